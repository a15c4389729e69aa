/* schemas/element.h -- what is measured: SL 651-2014 annex C mnemonics.
 *
 * A value is an integer in thousandths of the element's unit (value_milli):
 * 0.1 mm of rain is 100, a level of 12.345 m is 12345, 24.5 m/s is 24500.
 * Sums of such integers are exact (docs/decisions/0001-thousandths.md). */
#ifndef SCHEMAS_ELEMENT_H
#define SCHEMAS_ELEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/text.h"

/* code, wire name, SL 651 lead byte (0: ours, not in annex C), unit,
 * lowest and highest possible value in thousandths (physical, not
 * climatic: what lies outside is refused at the door), zh, en.
 * UG (gust, the largest 3 s wind since the last report) is ours; PN15, P4
 * (intervals of SL 323's rain table), INQ and W (its reservoir table, W in
 * millions of m3) are from SL 323.
 *
 * DT is minutes.  ZT is the 32-bit status word of SL 651 table 58.  DRZ1-8
 * are levels above the terminal's own base (its parameters 28-2F), which
 * we do not know: they feed no rule.  Metals are in micrograms, so that
 * annex C's five decimals of a milligram are kept. */
#define ELEMENTS(X)                                                            \
        X(ELEMENT_PJ, "PJ", 0x20, "mm", 0, 3000000, "当前降水量",              \
          "rain since 08:00")                                                  \
        X(ELEMENT_PT, "PT", 0x26, "mm", 0, 99999900, "累计雨量",               \
          "rain counter")                                                      \
        X(ELEMENT_PD, "PD", 0x1F, "mm", 0, 3000000, "日降水量", "daily rain")  \
        X(ELEMENT_P1, "P1", 0x1A, "mm", 0, 500000, "1小时降水量", "rain, 1 h") \
        X(ELEMENT_P3, "P3", 0x1C, "mm", 0, 1000000, "3小时降水量",             \
          "rain, 3 h")                                                         \
        X(ELEMENT_P6, "P6", 0x1D, "mm", 0, 1500000, "6小时降水量",             \
          "rain, 6 h")                                                         \
        X(ELEMENT_P12, "P12", 0x1E, "mm", 0, 2000000, "12小时降水量",          \
          "rain, 12 h")                                                        \
        X(ELEMENT_PN01, "PN01", 0x21, "mm", 0, 60000, "1分钟降水量",           \
          "rain, 1 min")                                                       \
        X(ELEMENT_PN05, "PN05", 0x22, "mm", 0, 150000, "5分钟降水量",          \
          "rain, 5 min")                                                       \
        X(ELEMENT_PN10, "PN10", 0x23, "mm", 0, 250000, "10分钟降水量",         \
          "rain, 10 min")                                                      \
        X(ELEMENT_PN30, "PN30", 0x24, "mm", 0, 400000, "30分钟降水量",         \
          "rain, 30 min")                                                      \
        X(ELEMENT_DRP, "DRP", 0xF4, "mm", 0, 25400, "5分钟时段雨量",           \
          "rain slot, 5 min")                                                  \
        X(ELEMENT_Z, "Z", 0x39, "m", -100000, 9000000, "水位", "water level")  \
        X(ELEMENT_ZU, "ZU", 0x3B, "m", -100000, 9000000, "闸坝上水位",         \
          "level above dam")                                                   \
        X(ELEMENT_ZB, "ZB", 0x3A, "m", -100000, 9000000, "闸坝下水位",         \
          "level below dam")                                                   \
        X(ELEMENT_Q, "Q", 0x27, "m3/s", -100000000, 500000000, "流量",         \
          "discharge")                                                         \
        X(ELEMENT_US, "US", 0x35, "m/s", 0, 120000, "风速", "wind speed")      \
        X(ELEMENT_UG, "UG", 0, "m/s", 0, 150000, "阵风", "gust")               \
        X(ELEMENT_UC, "UC", 0x33, "sector", 0, 16000, "风向",                  \
          "wind direction")                                                    \
        X(ELEMENT_M10, "M10", 0x10, "%", 0, 100000, "10厘米墒情",              \
          "soil moisture, 10 cm")                                              \
        X(ELEMENT_M20, "M20", 0x11, "%", 0, 100000, "20厘米墒情",              \
          "soil moisture, 20 cm")                                              \
        X(ELEMENT_M40, "M40", 0x13, "%", 0, 100000, "40厘米墒情",              \
          "soil moisture, 40 cm")                                              \
        X(ELEMENT_VT, "VT", 0x38, "V", 0, 60000, "电源电压", "supply voltage") \
        X(ELEMENT_AI, "AI", 0x02, "degC", -60000, 70000, "气温",               \
          "air temperature")                                                   \
        X(ELEMENT_P2, "P2", 0x1B, "mm", 0, 750000, "2小时降水量", "rain, 2 h") \
        X(ELEMENT_PR, "PR", 0x25, "mm", 0, 3000000, "暴雨量",                  \
          "rainstorm amount")                                                  \
        X(ELEMENT_AC, "AC", 0x01, "m2", 0, 999999990, "断面面积",              \
          "section area")                                                      \
        X(ELEMENT_C, "C", 0x03, "degC", -5000, 100000, "水温",                 \
          "water temperature")                                                 \
        X(ELEMENT_DT, "DT", 0x05, "min", 0, 60000000, "时段长", "duration")    \
        X(ELEMENT_ED, "ED", 0x06, "mm", 0, 200000, "日蒸发量",                 \
          "daily evaporation")                                                 \
        X(ELEMENT_EJ, "EJ", 0x07, "mm", 0, 200000, "当前蒸发",                 \
          "evaporation since 08:00")                                           \
        X(ELEMENT_FL, "FL", 0x08, "hPa", 300000, 1100000, "气压",              \
          "air pressure")                                                      \
        X(ELEMENT_GH, "GH", 0x09, "m", 0, 200000, "闸门开启高度",              \
          "gate opening")                                                      \
        X(ELEMENT_GN, "GN", 0x0A, "1", 0, 9999000, "闸门编号", "gate number")  \
        X(ELEMENT_GS, "GS", 0x0B, "1", 0, 99000, "输水设备类别",               \
          "outlet type")                                                       \
        X(ELEMENT_GT, "GT", 0x0C, "1", 0, 9999000, "闸门开启孔数",             \
          "gates open")                                                        \
        X(ELEMENT_GTP, "GTP", 0x0D, "degC", -80000, 90000, "地温",             \
          "ground temperature")                                                \
        X(ELEMENT_H, "H", 0x0E, "m", -100000, 9999000, "地下水埋深",           \
          "groundwater depth")                                                 \
        X(ELEMENT_HW, "HW", 0x0F, "m", 0, 100000, "波浪高度", "wave height")   \
        X(ELEMENT_M30, "M30", 0x12, "%", 0, 100000, "30厘米墒情",              \
          "soil moisture, 30 cm")                                              \
        X(ELEMENT_M50, "M50", 0x14, "%", 0, 100000, "50厘米墒情",              \
          "soil moisture, 50 cm")                                              \
        X(ELEMENT_M60, "M60", 0x15, "%", 0, 100000, "60厘米墒情",              \
          "soil moisture, 60 cm")                                              \
        X(ELEMENT_M80, "M80", 0x16, "%", 0, 100000, "80厘米墒情",              \
          "soil moisture, 80 cm")                                              \
        X(ELEMENT_M100, "M100", 0x17, "%", 0, 100000, "100厘米墒情",           \
          "soil moisture, 100 cm")                                             \
        X(ELEMENT_MST, "MST", 0x18, "%", 0, 100000, "湿度", "humidity")        \
        X(ELEMENT_NS, "NS", 0x19, "1", 0, 99000, "开机台数", "pumps running")  \
        X(ELEMENT_Q1, "Q1", 0x28, "m3/s", -999999999, 999999999,               \
          "取排水口流量1", "outlet discharge 1")                               \
        X(ELEMENT_Q2, "Q2", 0x29, "m3/s", -999999999, 999999999,               \
          "取排水口流量2", "outlet discharge 2")                               \
        X(ELEMENT_Q3, "Q3", 0x2A, "m3/s", -999999999, 999999999,               \
          "取排水口流量3", "outlet discharge 3")                               \
        X(ELEMENT_Q4, "Q4", 0x2B, "m3/s", -999999999, 999999999,               \
          "取排水口流量4", "outlet discharge 4")                               \
        X(ELEMENT_Q5, "Q5", 0x2C, "m3/s", -999999999, 999999999,               \
          "取排水口流量5", "outlet discharge 5")                               \
        X(ELEMENT_Q6, "Q6", 0x2D, "m3/s", -999999999, 999999999,               \
          "取排水口流量6", "outlet discharge 6")                               \
        X(ELEMENT_Q7, "Q7", 0x2E, "m3/s", -999999999, 999999999,               \
          "取排水口流量7", "outlet discharge 7")                               \
        X(ELEMENT_Q8, "Q8", 0x2F, "m3/s", -999999999, 999999999,               \
          "取排水口流量8", "outlet discharge 8")                               \
        X(ELEMENT_QA, "QA", 0x30, "m3/s", -999999999, 999999999, "总出库流量", \
          "total outflow")                                                     \
        X(ELEMENT_QZ, "QZ", 0x31, "m3/s", -999999999, 999999999,               \
          "输水设备流量", "structure discharge")                               \
        X(ELEMENT_SW, "SW", 0x32, "10kt", 0, INT64_C(99999999999), "输沙量",   \
          "sediment load")                                                     \
        X(ELEMENT_SQ, "SQ", 0x44, "kg/m3", 0, 2000000, "含沙量",               \
          "sediment concentration")                                            \
        X(ELEMENT_UE, "UE", 0x34, "Bft", 0, 18000, "风力", "wind force")       \
        X(ELEMENT_VA, "VA", 0x36, "m/s", -50000, 50000, "断面平均流速",        \
          "mean velocity")                                                     \
        X(ELEMENT_VJ, "VJ", 0x37, "m/s", -50000, 50000, "瞬时流速",            \
          "velocity")                                                          \
        X(ELEMENT_Z1, "Z1", 0x3C, "m", -100000, 9000000, "取排水口水位1",      \
          "outlet level 1")                                                    \
        X(ELEMENT_Z2, "Z2", 0x3D, "m", -100000, 9000000, "取排水口水位2",      \
          "outlet level 2")                                                    \
        X(ELEMENT_Z3, "Z3", 0x3E, "m", -100000, 9000000, "取排水口水位3",      \
          "outlet level 3")                                                    \
        X(ELEMENT_Z4, "Z4", 0x3F, "m", -100000, 9000000, "取排水口水位4",      \
          "outlet level 4")                                                    \
        X(ELEMENT_Z5, "Z5", 0x40, "m", -100000, 9000000, "取排水口水位5",      \
          "outlet level 5")                                                    \
        X(ELEMENT_Z6, "Z6", 0x41, "m", -100000, 9000000, "取排水口水位6",      \
          "outlet level 6")                                                    \
        X(ELEMENT_Z7, "Z7", 0x42, "m", -100000, 9000000, "取排水口水位7",      \
          "outlet level 7")                                                    \
        X(ELEMENT_Z8, "Z8", 0x43, "m", -100000, 9000000, "取排水口水位8",      \
          "outlet level 8")                                                    \
        X(ELEMENT_DRZ1, "DRZ1", 0xF5, "m", 0, 655340, "5分钟相对水位1",        \
          "relative level 1, 5 min")                                           \
        X(ELEMENT_DRZ2, "DRZ2", 0xF6, "m", 0, 655340, "5分钟相对水位2",        \
          "relative level 2, 5 min")                                           \
        X(ELEMENT_DRZ3, "DRZ3", 0xF7, "m", 0, 655340, "5分钟相对水位3",        \
          "relative level 3, 5 min")                                           \
        X(ELEMENT_DRZ4, "DRZ4", 0xF8, "m", 0, 655340, "5分钟相对水位4",        \
          "relative level 4, 5 min")                                           \
        X(ELEMENT_DRZ5, "DRZ5", 0xF9, "m", 0, 655340, "5分钟相对水位5",        \
          "relative level 5, 5 min")                                           \
        X(ELEMENT_DRZ6, "DRZ6", 0xFA, "m", 0, 655340, "5分钟相对水位6",        \
          "relative level 6, 5 min")                                           \
        X(ELEMENT_DRZ7, "DRZ7", 0xFB, "m", 0, 655340, "5分钟相对水位7",        \
          "relative level 7, 5 min")                                           \
        X(ELEMENT_DRZ8, "DRZ8", 0xFC, "m", 0, 655340, "5分钟相对水位8",        \
          "relative level 8, 5 min")                                           \
        X(ELEMENT_ZT, "ZT", 0x45, "bits", 0, INT64_C(4294967295000),           \
          "状态及报警", "status and alarms")                                   \
        X(ELEMENT_PH, "pH", 0x46, "pH", 0, 14000, "pH值", "pH")                \
        X(ELEMENT_DO, "DO", 0x47, "mg/L", 0, 60000, "溶解氧",                  \
          "dissolved oxygen")                                                  \
        X(ELEMENT_COND, "COND", 0x48, "uS/cm", 0, 99999000, "电导率",          \
          "conductivity")                                                      \
        X(ELEMENT_TURB, "TURB", 0x49, "NTU", 0, 9999000, "浊度", "turbidity")  \
        X(ELEMENT_CODMN, "CODMN", 0x4A, "mg/L", 0, 1000000, "高锰酸盐指数",    \
          "permanganate index")                                                \
        X(ELEMENT_REDOX, "REDOX", 0x4B, "mV", -2000000, 2000000,               \
          "氧化还原电位", "redox potential")                                   \
        X(ELEMENT_NH4N, "NH4N", 0x4C, "mg/L", 0, 9999990, "氨氮",              \
          "ammonia nitrogen")                                                  \
        X(ELEMENT_TP, "TP", 0x4D, "mg/L", 0, 100000, "总磷",                   \
          "total phosphorus")                                                  \
        X(ELEMENT_TN, "TN", 0x4E, "mg/L", 0, 1000000, "总氮",                  \
          "total nitrogen")                                                    \
        X(ELEMENT_TOC, "TOC", 0x4F, "mg/L", 0, 1000000, "总有机碳",            \
          "organic carbon")                                                    \
        X(ELEMENT_CU, "CU", 0x50, "ug/L", 0, 999999900, "铜", "copper")        \
        X(ELEMENT_ZN, "ZN", 0x51, "ug/L", 0, 999999900, "锌", "zinc")          \
        X(ELEMENT_SE, "SE", 0x52, "ug/L", 0, 999999900, "硒", "selenium")      \
        X(ELEMENT_AS, "AS", 0x53, "ug/L", 0, 999999900, "砷", "arsenic")       \
        X(ELEMENT_THG, "THG", 0x54, "ug/L", 0, 999999900, "总汞", "mercury")   \
        X(ELEMENT_CD, "CD", 0x55, "ug/L", 0, 999999900, "镉", "cadmium")       \
        X(ELEMENT_PB, "PB", 0x56, "ug/L", 0, 999999900, "铅", "lead")          \
        X(ELEMENT_CHLA, "CHLA", 0x57, "mg/L", 0, 100000, "叶绿素a",            \
          "chlorophyll a")                                                     \
        X(ELEMENT_WP1, "WP1", 0x58, "kPa", -200000, 1000000, "水压1",          \
          "water pressure 1")                                                  \
        X(ELEMENT_WP2, "WP2", 0x59, "kPa", -200000, 1000000, "水压2",          \
          "water pressure 2")                                                  \
        X(ELEMENT_WP3, "WP3", 0x5A, "kPa", -200000, 1000000, "水压3",          \
          "water pressure 3")                                                  \
        X(ELEMENT_WP4, "WP4", 0x5B, "kPa", -200000, 1000000, "水压4",          \
          "water pressure 4")                                                  \
        X(ELEMENT_WP5, "WP5", 0x5C, "kPa", -200000, 1000000, "水压5",          \
          "water pressure 5")                                                  \
        X(ELEMENT_WP6, "WP6", 0x5D, "kPa", -200000, 1000000, "水压6",          \
          "water pressure 6")                                                  \
        X(ELEMENT_WP7, "WP7", 0x5E, "kPa", -200000, 1000000, "水压7",          \
          "water pressure 7")                                                  \
        X(ELEMENT_WP8, "WP8", 0x5F, "kPa", -200000, 1000000, "水压8",          \
          "water pressure 8")                                                  \
        X(ELEMENT_SYL1, "SYL1", 0x60, "m3", INT64_C(-99999999999),             \
          INT64_C(99999999999), "水表1剩余水量", "meter 1, water left")        \
        X(ELEMENT_SYL2, "SYL2", 0x61, "m3", INT64_C(-99999999999),             \
          INT64_C(99999999999), "水表2剩余水量", "meter 2, water left")        \
        X(ELEMENT_SYL3, "SYL3", 0x62, "m3", INT64_C(-99999999999),             \
          INT64_C(99999999999), "水表3剩余水量", "meter 3, water left")        \
        X(ELEMENT_SYL4, "SYL4", 0x63, "m3", INT64_C(-99999999999),             \
          INT64_C(99999999999), "水表4剩余水量", "meter 4, water left")        \
        X(ELEMENT_SYL5, "SYL5", 0x64, "m3", INT64_C(-99999999999),             \
          INT64_C(99999999999), "水表5剩余水量", "meter 5, water left")        \
        X(ELEMENT_SYL6, "SYL6", 0x65, "m3", INT64_C(-99999999999),             \
          INT64_C(99999999999), "水表6剩余水量", "meter 6, water left")        \
        X(ELEMENT_SYL7, "SYL7", 0x66, "m3", INT64_C(-99999999999),             \
          INT64_C(99999999999), "水表7剩余水量", "meter 7, water left")        \
        X(ELEMENT_SYL8, "SYL8", 0x67, "m3", INT64_C(-99999999999),             \
          INT64_C(99999999999), "水表8剩余水量", "meter 8, water left")        \
        X(ELEMENT_SBL1, "SBL1", 0x68, "m3/h", 0, INT64_C(99999999990),         \
          "水表1每小时水量", "meter 1, per hour")                              \
        X(ELEMENT_SBL2, "SBL2", 0x69, "m3/h", 0, INT64_C(99999999990),         \
          "水表2每小时水量", "meter 2, per hour")                              \
        X(ELEMENT_SBL3, "SBL3", 0x6A, "m3/h", 0, INT64_C(99999999990),         \
          "水表3每小时水量", "meter 3, per hour")                              \
        X(ELEMENT_SBL4, "SBL4", 0x6B, "m3/h", 0, INT64_C(99999999990),         \
          "水表4每小时水量", "meter 4, per hour")                              \
        X(ELEMENT_SBL5, "SBL5", 0x6C, "m3/h", 0, INT64_C(99999999990),         \
          "水表5每小时水量", "meter 5, per hour")                              \
        X(ELEMENT_SBL6, "SBL6", 0x6D, "m3/h", 0, INT64_C(99999999990),         \
          "水表6每小时水量", "meter 6, per hour")                              \
        X(ELEMENT_SBL7, "SBL7", 0x6E, "m3/h", 0, INT64_C(99999999990),         \
          "水表7每小时水量", "meter 7, per hour")                              \
        X(ELEMENT_SBL8, "SBL8", 0x6F, "m3/h", 0, INT64_C(99999999990),         \
          "水表8每小时水量", "meter 8, per hour")                              \
        X(ELEMENT_VTA, "VTA", 0x70, "V", 0, 1000000, "交流A相电压",            \
          "AC voltage, phase A")                                               \
        X(ELEMENT_VTB, "VTB", 0x71, "V", 0, 1000000, "交流B相电压",            \
          "AC voltage, phase B")                                               \
        X(ELEMENT_VTC, "VTC", 0x72, "V", 0, 1000000, "交流C相电压",            \
          "AC voltage, phase C")                                               \
        X(ELEMENT_VIA, "VIA", 0x73, "A", 0, 1000000, "交流A相电流",            \
          "AC current, phase A")                                               \
        X(ELEMENT_VIB, "VIB", 0x74, "A", 0, 1000000, "交流B相电流",            \
          "AC current, phase B")                                               \
        X(ELEMENT_VIC, "VIC", 0x75, "A", 0, 1000000, "交流C相电流",            \
          "AC current, phase C")                                               \
        X(ELEMENT_PN15, "PN15", 0, "mm", 0, 300000, "15分钟降水量",            \
          "rain, 15 min")                                                      \
        X(ELEMENT_P4, "P4", 0, "mm", 0, 1250000, "4小时降水量", "rain, 4 h")   \
        X(ELEMENT_INQ, "INQ", 0, "m3/s", -100000000, 500000000, "入库流量",    \
          "inflow")                                                            \
        X(ELEMENT_W, "W", 0, "Mm3", 0, INT64_C(999999999), "蓄水量", "storage")

enum element {
#define X(code, name, lead, unit, lo, hi, zh, en) code,
        ELEMENTS(X)
#undef X
                ELEMENT_count
};

struct element_info {
        const char *name;
        uint8_t sl651_lead;
        const char *unit;
        int64_t min_milli;
        int64_t max_milli;
        const char *zh;
        const char *en;
};

const struct element_info *element_info(enum element e);
const char *element_name(enum element e);
bool element_from(struct text t, enum element *ret);
/* By the SL 651 lead byte; false when we do not keep that element. */
bool element_from_lead(uint8_t lead, enum element *ret);
/* Length in microseconds of a rain interval element (P1, PN05, DRP...),
 * 0 for all others. */
int64_t element_interval_us(enum element e);
/* Does it feed a station's one rain series? */
bool element_is_rain(enum element e);

#endif

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
 * UG (gust, the largest 3 s wind since the last report) is ours. */
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
          "air temperature")

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

#endif

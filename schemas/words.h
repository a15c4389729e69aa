/* schemas/words.h -- the closed lists of words everybody speaks.
 *
 * One table gives the enum, the wire name, the Chinese and the English
 * text.  For each list L: <l>_name(v), <l>_zh(v), <l>_en(v) and
 * <l>_from(text, &v) (false when unknown). */
#ifndef SCHEMAS_WORDS_H
#define SCHEMAS_WORDS_H

#include <stdbool.h>

#include "schemas/text.h"

#define HAZARDS(X)                                                   \
        X(HAZARD_FLOOD, "flood", "洪水", "flood")                    \
        X(HAZARD_RAINSTORM, "rainstorm", "暴雨", "rainstorm")        \
        X(HAZARD_WIND, "wind", "大风", "strong wind")                \
        X(HAZARD_DROUGHT, "drought", "干旱", "drought")              \
        X(HAZARD_SILENCE, "silence", "测站无数据", "station silent") \
        X(HAZARD_CALLS, "calls", "120 呼救聚集", "120 call cluster") \
        X(HAZARD_SYSTEM, "system", "系统", "system")

/* Ascending severity. LEVEL_NONE is "observed, and below every line". */
#define LEVELS(X)                                   \
        X(LEVEL_NONE, "none", "无", "none")         \
        X(LEVEL_WHITE, "white", "白色", "white")    \
        X(LEVEL_BLUE, "blue", "蓝色", "blue")       \
        X(LEVEL_YELLOW, "yellow", "黄色", "yellow") \
        X(LEVEL_ORANGE, "orange", "橙色", "orange") \
        X(LEVEL_RED, "red", "红色", "red")

#define ALERT_STATES(X)                                                 \
        X(ALERT_OPEN, "open", "未确认", "open")                         \
        X(ALERT_ACKNOWLEDGED, "acknowledged", "已确认", "acknowledged") \
        X(ALERT_ENDED, "ended", "已解除", "ended")                      \
        X(ALERT_CLOSED, "closed", "已关闭", "closed")                   \
        X(ALERT_WITHDRAWN, "withdrawn", "已撤回", "withdrawn")

#define INTENTS(X)                                              \
        X(INTENT_SEEN, "seen", "已知悉", "seen")                \
        X(INTENT_VERIFYING, "verifying", "核实中", "verifying") \
        X(INTENT_ACTING, "acting", "处置中", "acting")          \
        X(INTENT_REFUSED, "refused", "不受理", "refused")

#define ROLES(X)                                           \
        X(ROLE_VIEWER, "viewer", "观察员", "viewer")       \
        X(ROLE_OPERATOR, "operator", "值机员", "operator") \
        X(ROLE_DUTY, "duty", "值班员", "duty officer")     \
        X(ROLE_ADMIN, "admin", "管理员", "administrator")

/* Who must answer. The list is data of the plan later; these five are the
 * agencies of the shipped rule table. */
#define AGENCIES(X)                                                     \
        X(AGENCY_SANFANG, "sanfang", "三防办", "three-defenses office") \
        X(AGENCY_HYDROLOGY, "hydrology", "水文", "hydrology")           \
        X(AGENCY_WEATHER, "weather", "气象", "weather")                 \
        X(AGENCY_HEALTH120, "health120", "120 急救", "120 ambulance")   \
        X(AGENCY_COUNTY, "county", "县级三防", "county command")

#define STATION_KINDS(X)                                   \
        X(STATION_RAIN, "PP", "雨量站", "rain gauge")      \
        X(STATION_RIVER, "ZZ", "河道站", "river gauge")    \
        X(STATION_RESERVOIR, "RR", "水库站", "reservoir")  \
        X(STATION_WIND, "MM", "气象站", "weather station") \
        X(STATION_SOIL, "SS", "墒情站", "soil moisture")

#define FACILITY_KINDS(X)                                     \
        X(FACILITY_HOSPITAL, "hospital", "医院", "hospital")  \
        X(FACILITY_AMBULANCE, "ambulance_station", "急救站",  \
          "ambulance station")                                \
        X(FACILITY_SHELTER, "shelter", "避护场所", "shelter") \
        X(FACILITY_RESERVOIR, "reservoir", "水库", "reservoir")

/* WS/T 451-2014 and domain notes: incident life cycle. */
#define INCIDENT_STATES(X)                                                 \
        X(INCIDENT_RECEIVED, "received", "已接警", "received")             \
        X(INCIDENT_ACCEPTED, "accepted", "已受理", "accepted")             \
        X(INCIDENT_WAITING, "waiting", "待派", "waiting")                  \
        X(INCIDENT_DISPATCHED, "dispatched", "已派车", "dispatched")       \
        X(INCIDENT_ON_SCENE, "on_scene", "已到现场", "on scene")           \
        X(INCIDENT_TRANSPORTING, "transporting", "转运中", "transporting") \
        X(INCIDENT_CLOSED, "closed", "已结束", "closed")                   \
        X(INCIDENT_CANCELLED, "cancelled", "已取消", "cancelled")          \
        X(INCIDENT_FALSE, "false", "虚警", "false call")                   \
        X(INCIDENT_MERGED, "merged", "已并案", "merged")

#define UNIT_STATES(X)                                                \
        X(UNIT_AVAILABLE, "available", "待命", "available")           \
        X(UNIT_DISPATCHED, "dispatched", "已派车", "dispatched")      \
        X(UNIT_EN_ROUTE, "en_route", "出车", "en route")              \
        X(UNIT_ON_SCENE, "on_scene", "到达现场", "on scene")          \
        X(UNIT_LEAVING, "leaving", "离开现场", "leaving scene")       \
        X(UNIT_AT_HOSPITAL, "at_hospital", "到达医院", "at hospital") \
        X(UNIT_HANDED_OVER, "handed_over", "交接完成", "handed over") \
        X(UNIT_RETURNING, "returning", "返站", "returning")           \
        X(UNIT_ABORTED, "aborted", "中止任务", "aborted")             \
        X(UNIT_PAUSED, "paused", "暂停调用", "paused")

#define CRS_LIST(X)                                         \
        X(CRS_WGS84, "wgs84", "WGS 84", "WGS 84")           \
        X(CRS_CGCS2000, "cgcs2000", "CGCS2000", "CGCS2000") \
        X(CRS_GCJ02, "gcj02", "GCJ-02", "GCJ-02")           \
        X(CRS_BD09, "bd09", "BD-09", "BD-09")

/* What the observation time beside twelve 5-minute slots (F4, F5..FC)
 * means: the first slot's end (the standard), the last slot's end, or to be
 * guessed from the send time. */
#define SL651_SLOTS_WORDS(X)                                                \
        X(SL651_SLOTS_AUTO, "auto", "按发报时间判断", "by the send time")   \
        X(SL651_SLOTS_FIRST, "first", "首个时段末", "the first slot's end") \
        X(SL651_SLOTS_LAST, "last", "末个时段末", "the last slot's end")

/* SL 651-2014 6.3: how a terminal talks. */
#define SL651_MODES(X)                                         \
        X(SL651_M1, "m1", "自报", "send, no reply")            \
        X(SL651_M2, "m2", "自报确认", "send and confirm")      \
        X(SL651_M3, "m3", "多包", "many packets, one confirm") \
        X(SL651_M4, "m4", "查询应答", "query and answer")

/* A river is the stations of one river's name; it has no outline. */
#define ZONE_LEVELS(X)                           \
        X(ZONE_CITY, "city", "市", "city")       \
        X(ZONE_COUNTY, "county", "县", "county") \
        X(ZONE_TOWN, "town", "镇", "town")       \
        X(ZONE_RIVER, "river", "河流", "river")  \
        X(ZONE_CATCHMENT, "catchment", "流域", "catchment")

#define WORD_DECLARE(type, fn, LIST)                \
        enum type { LIST(WORD_ENUM) type##_count }; \
        const char *fn##_name(enum type v);         \
        const char *fn##_zh(enum type v);           \
        const char *fn##_en(enum type v);           \
        bool fn##_from(struct text t, enum type *ret);

#define WORD_ENUM(code, name, zh, en) code,

WORD_DECLARE(hazard, hazard, HAZARDS)
WORD_DECLARE(level, level, LEVELS)
WORD_DECLARE(alert_state, alert_state, ALERT_STATES)
WORD_DECLARE(intent, intent, INTENTS)
WORD_DECLARE(role, role, ROLES)
WORD_DECLARE(agency, agency, AGENCIES)
WORD_DECLARE(station_kind, station_kind, STATION_KINDS)
WORD_DECLARE(facility_kind, facility_kind, FACILITY_KINDS)
WORD_DECLARE(incident_state, incident_state, INCIDENT_STATES)
WORD_DECLARE(unit_state, unit_state, UNIT_STATES)
WORD_DECLARE(crs, crs, CRS_LIST)
WORD_DECLARE(zone_level, zone_level, ZONE_LEVELS)
WORD_DECLARE(sl651_slots, sl651_slots, SL651_SLOTS_WORDS)
WORD_DECLARE(sl651_mode, sl651_mode, SL651_MODES)

/* For the .c file that owns a list. */
struct word {
        const char *name;
        const char *zh;
        const char *en;
};

#define WORD_ROW(code, name, zh, en) {name, zh, en},

#define WORD_DEFINE(type, fn, LIST)                                 \
        static const struct word fn##_words[] = {LIST(WORD_ROW)};   \
        const char *fn##_name(enum type v)                          \
        {                                                           \
                return v < type##_count ? fn##_words[v].name : "?"; \
        }                                                           \
        const char *fn##_zh(enum type v)                            \
        {                                                           \
                return v < type##_count ? fn##_words[v].zh : "?";   \
        }                                                           \
        const char *fn##_en(enum type v)                            \
        {                                                           \
                return v < type##_count ? fn##_words[v].en : "?";   \
        }                                                           \
        bool fn##_from(struct text t, enum type *ret)               \
        {                                                           \
                for (int i = 0; i < type##_count; i++)              \
                        if (text_is(t, fn##_words[i].name)) {       \
                                *ret = (enum type)i;                \
                                return true;                        \
                        }                                           \
                return false;                                       \
        }

/* The national shape that stands beside each colour: circle, triangle...
 * is the console's; the numeral is the standard's: red is level I. */
#define AGENCY_BIT(a) (1u << (a))

#endif

/* schemas/rule.h -- a rule set as data: what the JSON of a rule table
 * becomes.  What an expression means is known to alerts/ alone; here it is
 * text. */
#ifndef SCHEMAS_RULE_H
#define SCHEMAS_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/element.h"
#include "schemas/place.h"
#include "schemas/words.h"

#define RULES_MAX 512         /* rules and their overrides */
#define SCOPE_MAX SUBJECT_MAX /* bytes of a zone or station code */
#define LINES_MAX 5
#define WHEN_MAX 400 /* bytes of an expression */

/* What a rule looks at. */
#define RULE_KINDS(X)                                                          \
        X(RULE_RIVER_LEVEL, "river_level", "河道水位", "river level")          \
        X(RULE_RESERVOIR_LIMIT, "reservoir_limit", "超汛限", "above limit")    \
        X(RULE_RAIN_SUM, "rain_sum", "时段雨量", "rain sum")                   \
        X(RULE_WIND, "wind", "风速", "wind speed")                             \
        X(RULE_DRY_DAYS, "dry_days", "连续无雨日", "days without rain")        \
        X(RULE_SOIL, "soil_moisture", "墒情", "soil moisture")                 \
        X(RULE_SILENCE, "silence", "测站失联", "station silent")               \
        X(RULE_LINK, "link", "链路中断", "link down")                          \
        X(RULE_FORECAST_LEVEL, "forecast_level", "预报水位", "level forecast") \
        X(RULE_FORECAST_RAIN, "forecast_rain", "预报雨量", "rain forecast")    \
        X(RULE_CLUSTER, "silence_cluster", "成片失联", "cluster of silence")   \
        X(RULE_EXPRESSION, "expression", "表达式", "expression")

WORD_DECLARE(rule_kind, rule_kind, RULE_KINDS)

/* Which number a line of a river rule is compared with.  DKEL is the lower
 * of LDKEL and RDKEL: where the water goes over first.  LAZ, the low-water
 * level, is reached from above: expressions alone have it. */
#define LINE_BASES(X)                                      \
        X(LINE_VALUE, "value", "定值", "fixed value")      \
        X(LINE_NEAR, "near", "接近警戒", "WRZ - near")     \
        X(LINE_WRZ, "WRZ", "警戒水位", "WRZ")              \
        X(LINE_GRZ, "GRZ", "保证水位", "GRZ")              \
        X(LINE_OBHTZ, "OBHTZ", "历史最高", "OBHTZ")        \
        X(LINE_FSLTDZ, "FSLTDZ", "汛限水位", "FSLTDZ")     \
        X(LINE_LDKEL, "LDKEL", "左堤顶", "LDKEL")          \
        X(LINE_RDKEL, "RDKEL", "右堤顶", "RDKEL")          \
        X(LINE_DKEL, "DKEL", "堤顶（低侧）", "dyke crest") \
        X(LINE_LAZ, "LAZ", "低水位告警", "LAZ")

WORD_DECLARE(line_base, line_base, LINE_BASES)

/* One limit of a rule: level is reached when value >= base + value
 * (<= for soil moisture). */
struct rule_line {
        enum level level;
        enum line_base base;
        int64_t value_milli;     /* the limit, or the offset to the base */
        int64_t window_us;       /* of a sum; 0 otherwise */
        bool unverified;         /* number marked [M] in its source */
        char when[WHEN_MAX + 1]; /* the expression of RULE_EXPRESSION */
};

/* Where in a rule set something is wrong. */
struct rule_fault {
        uint32_t rule, line; /* from 0 */
        uint32_t at;         /* byte in the line's expression */
};

/* An override is a rule of its own: it stands behind the one it was written
 * in, with the same id, what it does not say copied, and where it is for. */
struct rule {
        char id[33];
        char scope[SCOPE_MAX + 1]; /* zone or station; empty: everywhere */
        bool scope_station;        /* a station's code, else a zone's */
        bool off;                  /* there the rule does not count */
        enum rule_kind kind;
        enum hazard hazard;
        char text[160];    /* for people, zh */
        char text_en[160]; /* for people, en */
        char source[160];
        struct rule_line line[LINES_MAX];
        uint32_t n_lines;
        int64_t hysteresis_milli; /* below the line by this to step down */
        int64_t hold_us;          /* and for this long */
        int64_t cooldown_us;      /* no new episode for this long after one */
        bool gust;                /* wind: gust table, else mean */
        enum element element;     /* soil moisture depth */
        int64_t effective_milli;  /* dry days: rain that ends a dry spell */
        uint32_t intervals;       /* silence: missed intervals */
        /* Cluster of silence: where, at least how many stations that fell
         * silent within this time; the first line is also reached by this
         * part of the zone's stations. */
        enum zone_level zone_level;
        bool over_zone; /* an expression: said of each zone of the level */
        uint32_t least, percent;
        int64_t within_us;
        uint32_t agencies;                 /* AGENCY_BIT set that must answer */
        int64_t deadline_us[agency_count]; /* real time, red halves... */
};

struct rule_set {
        char name[33];
        uint32_t version;
        char text[160];
        struct rule rule[RULES_MAX];
        uint32_t n_rules;
};

/* The rules that it has; the room behind them (a table has 1.5 MB) is not
 * touched. */
void rule_set_copy(struct rule_set *dst, const struct rule_set *src);
/* The rule in force that an override at an index stands in, itself if it is
 * none. */
uint32_t rule_base(const struct rule_set *set, uint32_t rule);
/* Where it stands in the file: "/rules/3" or "/rules/3/overrides/0". */
void rule_pointer(const struct rule_set *set, uint32_t rule, char *dst,
                  size_t cap);

#endif

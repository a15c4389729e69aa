/* schemas/obs.h -- one trusted (or marked) observation, and one rain slot. */
#ifndef SCHEMAS_OBS_H
#define SCHEMAS_OBS_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/element.h"

/* Quality marks: they never delete.  `rules` says whether the rule engine
 * may use a value that carries the mark. */
#define MARKS(X)                                                               \
        X(MARK_LATE, "late", true, "迟到", "arrived late")                     \
        X(MARK_DUPLICATE, "duplicate", false, "重复", "same value again")      \
        X(MARK_CONFLICT, "conflict", false, "冲突", "another value first")     \
        X(MARK_MISSING, "missing", false, "缺测", "station says no value")     \
        X(MARK_STEP, "step", true, "突变", "implausible step")                 \
        X(MARK_OLD, "old", false, "过旧", "beyond the 72 h horizon")           \
        X(MARK_TEST, "test", false, "测试", "test report (SL 651 30H)")        \
        X(MARK_RANGE, "range", false, "越界", "outside the station's bounds")  \
        X(MARK_RATE, "rate", true, "变率", "changes too fast")                 \
        X(MARK_STUCK, "stuck", true, "不变", "has not moved for long")         \
        X(MARK_SPIKE, "spike", false, "尖峰", "one value far off its fellows") \
        X(MARK_CLOCK, "clock", true, "时钟", "the station's clock is off")     \
        X(MARK_NEIGHBOUR, "neighbour", true, "邻站", "unlike its neighbours")  \
        X(MARK_BATTERY, "battery", true, "欠压", "battery low")                \
        X(MARK_REVISED, "revised", true, "修正", "replaces an earlier value")  \
        X(MARK_REPAIRED, "repaired", true, "订正", "25.4 mm cap undone")       \
        X(MARK_EXTREME, "extreme", true, "超界", "beyond bounds, believed")

enum mark_bit {
#define X(code, name, rules, zh, en) code##_BIT,
        MARKS(X)
#undef X
                MARK_count
};

enum mark {
#define X(code, name, rules, zh, en) code = 1u << code##_BIT,
        MARKS(X)
#undef X
};

const char *mark_name(enum mark_bit bit);
/* True when no mark forbids the rule engine to use the value. */
bool marks_usable(uint32_t marks);

/* How far back data is still evaluated at its own time (design: 72 h). */
#define HORIZON_US (72 * INT64_C(3600000000))

struct observation {
        uint32_t station; /* index in struct places */
        enum element element;
        int64_t time_us;     /* end of the interval, or the instant */
        int64_t received_us; /* engine time when its record was taken */
        int64_t value_milli; /* 0 when MARK_MISSING */
        uint32_t marks;
        uint64_t seq;  /* journal record that brought it */
        uint32_t item; /* place within that record */
};

/* A piece of a station's one rain series: amount fallen in (begin, end]. */
struct rain_slot {
        uint32_t station;
        int64_t begin_us;
        int64_t end_us;
        int64_t amount_milli;
        enum element source;
        uint64_t seq;
        bool repaired;     /* an F4 cap was undone: */
        int64_t raw_milli; /* what the station had sent for it */
};

#endif

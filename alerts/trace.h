/* alerts/trace.h -- a rule at a station, instant by instant: what it was
 * compared with, and what came of it.
 *
 * In:     the data that the engine keeps (72 h), nothing else.
 * Out:    for each instant and line: value, threshold, and yes, no, cannot
 *         say or not set; and whether the line would stand, with hysteresis
 *         and hold.
 * Holds:  the data as it is known now: what came late is in it, so that a
 *         trace may say yes where no alert was raised at the time.
 * Thread: one owner of the engine; pure. */
#ifndef ALERTS_TRACE_H
#define ALERTS_TRACE_H

#include "alerts/engine.h"

#define TRACE_POINTS_MAX 2000u

#define TRACE_ANSWERS(X)                                                      \
        X(TRACE_NOT_SET, "not_set", "未设阈值", "no threshold set")           \
        X(TRACE_NO, "no", "未达到", "not reached")                            \
        X(TRACE_CANNOT_SAY, "cannot_say", "资料不全，无法判断", "cannot say") \
        X(TRACE_YES, "yes", "达到", "reached")

WORD_DECLARE(trace_answer, trace_answer, TRACE_ANSWERS)

struct trace_line {
        enum trace_answer answer;
        bool has_value; /* false: nothing is known of it */
        int64_t value_milli, threshold_milli;
        enum element element; /* ELEMENT_count: none */
        int64_t window_us;    /* of a sum of rain, else 0 */
        int64_t missing_us;   /* of the window, without data */
        bool on;              /* the line stands, by hysteresis and hold */
};

struct trace_point {
        int64_t at_us;
        uint32_t n_lines;
        struct trace_line line[LINES_MAX];
};

typedef void trace_take(void *self, const struct trace_point *point);

/* from < to, at most TRACE_POINTS_MAX steps (ERR_RANGE).  ERR_UNKNOWN: no
 * such rule; ERR_UNSUPPORTED: one that is not judged on a station's series;
 * ERR_MISMATCH: it looks at nothing that this station sends. */
enum status engine_trace(const struct engine *g, const struct places *p,
                         uint32_t station, const char *rule_id, int64_t from_us,
                         int64_t to_us, int64_t step_us, trace_take *take,
                         void *self, struct err *e);

#endif

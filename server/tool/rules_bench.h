/* server/tool/rules_bench.h -- one case of a rule test, run through the
 * whole pipeline as a server would take it: gate, quality marks, rain
 * series, rules, forecasts.
 *
 * Holds:  the clock ticks each minute, or as the case says, and before each
 *         message; duties are not answered, and their escalation is not
 *         compared.
 * Thread: one owner. */
#ifndef SERVER_TOOL_RULES_BENCH_H
#define SERVER_TOOL_RULES_BENCH_H

#include "server/pipeline.h"
#include "server/tool/rules_case.h"

#define GOT_MAX 400u

/* A transition that came. */
struct got {
        int64_t at_us, crossed_us;
        enum transition_kind what;
        enum level level;
        char subject[SUBJECT_MAX + 1];
        char rule[CODE_MAX + 1];
        bool late;
};

struct bench {
        struct state *s;
        struct effects fx;
        struct buf body;
        int64_t *asked_us; /* by station: the last level forecast */
        enum hazard hazard;
        /* Not NULL: the case ends when something else came than it says. */
        const struct rules_case *until_other;
        struct got got[GOT_MAX];
        uint32_t n_got;
};

/* A test file and the tables beside it. */
struct rules_file {
        const char *path;
        struct json *j;
        struct buf rules, checks;
        int64_t begin_us;
        char only[CODE_MAX + 1]; /* the station, when there is one */
};

/* Runs a case; b->got is what came of it. */
enum status rules_bench_run(struct bench *b, const struct rules_file *f,
                            const struct rules_case *c, struct err *e);
bool rules_bench_fits(const struct rules_expected *x, const struct got *g);

#endif

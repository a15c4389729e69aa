/* alerts/rerun.h -- a rule run again over data that is kept, on a track of
 * its own: past.c asks what late data made of times gone by. */
#ifndef ALERTS_RERUN_H
#define ALERTS_RERUN_H

#include "alerts/inside.h"

/* A time during which the rule was in force; end TIME_FOREVER: still. */
struct span {
        int64_t begin_us, end_us, last_us;
        struct lead first; /* the crossing */
        struct lead peak;
};

struct run {
        struct engine *g;
        const struct places *p;
        const struct rule *rule;
        const struct subject *subject;
        const struct series *series; /* NULL: rain, or an expression's own */
        struct track track;
        enum level level;
        struct span span[SPANS_MAX];
        uint32_t n;
        int64_t from_us, until_us; /* where the data is another now */
        /* Up to here that can matter: a line that was on by the old data may
         * have stayed so until all were clear for the hold after until. */
        int64_t reach_us;
        /* What the run has to know whole, as far as it has been walked. */
        int64_t walk_from_us, walk_until_us;
};

/* Runs the rule over from..until and over the whole of each episode that
 * meets it. The track at the end is that after until, or after the newest
 * data where a line is on until then. */
enum status rerun(struct run *run, struct step *s, const struct subject *u,
                  uint32_t rule, const struct series *x, int64_t from_us,
                  int64_t until_us);
/* Would any line of a worse level be reached within from..until?  Of no
 * zone. */
bool rerun_reaches(struct step *s, const struct subject *u, uint32_t rule,
                   const struct series *x, enum level than, int64_t from_us,
                   int64_t until_us);
/* Does an observed episode cover part of the span? */
bool rerun_overlaps(const struct engine *g, uint32_t episode,
                    const struct span *x);

#endif

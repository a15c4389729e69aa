/* test/flow/storm.h -- the recorded day as a fake source with a fake clock:
 * the whole storm, record by record, in milliseconds. */
#ifndef TEST_FLOW_STORM_H
#define TEST_FLOW_STORM_H

#include "schemas/wire/day.h"
#include "server/pipeline.h"
#include "sensors/day.h"

struct storm {
        struct day day;
        struct day_plan plan;
        struct state *state;
        struct effects fx;
        struct buf body;
        /* Called after each step; may be NULL. */
        void (*after)(void *self, const struct storm *s,
                      const struct record *r);
        void *self;
        uint64_t records;
        int64_t *asked_us;
};

/* Opens a day's folder with a rule table; fails the test on any error. */
void storm_open(struct storm *s, const char *day_dir, const char *rules);
/* The same, and `after` sees the first records too. */
void storm_open_seen(struct storm *s, const char *day_dir, const char *rules,
                     void (*after)(void *self, const struct storm *s,
                                   const struct record *r),
                     void *self);
void storm_close(struct storm *s);

/* Runs from one minute of the day to another (from included). */
void storm_run(struct storm *s, int64_t from_min, int64_t to_min);

/* One record; fails the test when it is refused. */
void storm_give(struct storm *s, enum record_kind kind, struct text body);

/* State out and in again, as a restart would. */
void storm_restart(struct storm *s);

#endif

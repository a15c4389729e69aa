/* server/clock.h -- engine time: the wall's in production, the storm's in
 * the demo.  It runs on the monotonic clock between two corrections, so a
 * jump of the wall clock moves no window. */
#ifndef SERVER_CLOCK_H
#define SERVER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
        bool storm;
        int64_t base_engine_us;
        int64_t base_mono_us;
        int64_t rate_milli;
        int64_t last_tick_us; /* engine time of the last tick written */
        int64_t told_mono_us; /* when that was */
};

int64_t clock_real_us(void); /* wall */
int64_t clock_mono_us(void);

/* Storm: goes on from engine_us (the last tick of the journal) at
 * rate_milli.  Wall: engine time is wall time, rate 1. */
void clock_start(struct clock *c, bool storm, int64_t engine_us,
                 int64_t rate_milli);
void clock_set_rate(struct clock *c, int64_t rate_milli);
int64_t clock_engine_us(struct clock *c);
/* The next tick that is due (whole engine seconds), or false.  While the
 * storm stands still, each real second repeats the last one: deadlines of
 * people and ends of sessions run on. */
bool clock_next_tick(struct clock *c, int64_t *ret_engine_us);

#endif

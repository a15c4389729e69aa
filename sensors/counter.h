/* sensors/counter.h -- how much a rain counter (PT, PJ) says has fallen.
 *
 * In:     one counter value, newer than what is remembered, and the two
 *         points that are remembered of that counter (check.h).
 * Out:    an interval and an amount, or "this says nothing", and marks.
 * Holds:  base is the last value believed.  A value that has grown by what
 *         can have fallen counts from it.  A full PT begins at 0 again.  A
 *         fall to less than half is a restart: what it shows has fallen
 *         since, a lower bound, unless it is more than a gauge that was
 *         set by hand would show.  A smaller fall is a correction and says
 *         nothing.  A leap says nothing and is marked a spike until a
 *         second value goes on from it (then the counter was set by hand,
 *         or the gauge replaced).  A value that goes on where the counter
 *         stood before a fall undoes it: the fall was a glitch.
 *         PJ counts from 08:00; what it shows at exactly 08:00 belongs to
 *         the day that ends, and says nothing when it has begun anew.
 * Source: SL 651-2014 annex C; docs/formulas.md#rain-counters.
 * Thread: any; pure. */
#ifndef SENSORS_COUNTER_H
#define SENSORS_COUNTER_H

#include "sensors/check.h"

/* What can fall: measured record 401 mm in 1 h; however short the time,
 * and what a restarted counter may show. */
#define COUNTER_FASTEST_MILLI_PER_H 500000
#define COUNTER_LEAST_LIMIT_MILLI 60000
#define COUNTER_RESTART_MILLI_PER_H 100000
#define COUNTER_RESTART_LEAST_MILLI 2000

struct counter_said {
        bool says;
        int64_t begin_us; /* fallen in (begin, the value's time] */
        int64_t amount_milli;
        uint32_t marks;
};

bool counter_is(enum element e);

/* False (nothing moved) when o is not newer than both points. */
bool counter_step(const struct observation *o, struct check_state *x,
                  struct counter_said *ret);

/* Between two values of one counter, a before b; false when that cannot
 * be said.  For values that come late. */
bool counter_between(enum element e, int64_t a_us, int64_t a_milli,
                     int64_t b_us, int64_t b_milli, int64_t *ret_milli);

#endif

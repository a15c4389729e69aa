/* sensors/check.h -- is a value plausible: quality marks for one value.
 *
 * In:     an accepted value, its station's bounds, the check table, and
 *         what is remembered of that element.
 * Out:    marks: range, extreme, step, rate, spike, stuck, clock, battery;
 *         nothing is ever deleted.
 * Holds:  two values per station and element (20 bytes): the last one that
 *         was believed, and the one after it that was not.
 *         A value outside the bounds, or further from the last believed one
 *         than the element can go, is not used by rules ("range", "spike")
 *         until a second one agrees with it; a value that goes through a
 *         bound step by step is believed at once ("extreme"): a record
 *         flood is not thrown away for being one.  A value that repeats
 *         itself outside its bounds is a sensor at its end, not a second
 *         witness.
 * Source: SL 323-2011 ST_STCHKVAL_B for the bounds; docs/quality.md.
 * Thread: any; pure. */
#ifndef SENSORS_CHECK_H
#define SENSORS_CHECK_H

#include "schemas/check.h"
#include "schemas/obs.h"

struct check_state {
        uint32_t base_s; /* of the last believed value; 0: none yet */
        int32_t base_milli;
        uint32_t other_s; /* of a value nobody has confirmed; 0: none */
        int32_t other_milli;
        uint32_t moved_s; /* since when base_milli stands */
};

/* Marks of a value that is new (not late by much, doubled or missing);
 * moves x.  Counters (PT, PJ) are judged by counter.h, not here. */
uint32_t check_value(const struct check_table *t, const struct station *s,
                     const struct observation *o, struct check_state *x);

/* What the time beside a value says of the station's clock; the newest
 * value before it came at before_received_us (TIME_NONE: none). */
uint32_t check_clock(const struct check_table *t, const struct station *s,
                     const struct observation *o, int64_t before_us,
                     int64_t before_received_us);

/* MARK_BATTERY when a supply voltage is too low, else 0. */
uint32_t check_battery(const struct check_table *t, const struct station *s,
                       const struct observation *o);

void check_state_save(const struct check_state *x, struct buf *b);
void check_state_load(struct check_state *x, struct unpack *u);

#endif

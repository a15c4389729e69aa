/* sensors/take_quality.h -- one new value is judged: its marks, and the
 * rain that it tells.
 *
 * Holds:  calls check.h, counter.h and rain_source.h in the right order; a
 *         value that is old, doubled, conflicting, missing or a test moves
 *         nothing.
 * Thread: as sensors.h. */
#ifndef SENSORS_TAKE_QUALITY_H
#define SENSORS_TAKE_QUALITY_H

#include "sensors/take.h"

/* What the station's element was before this value came. */
struct take_before {
        int64_t time_us, received_us; /* TIME_NONE: nothing */
};

struct take_before take_before(const struct series *x);
/* Adds to o->marks; what it tells of rain goes to t->s->slot[*n_slots].
 * told_time: the station gave the time itself. */
void take_judge(struct take *t, struct board_station *b, struct series *x,
                const struct take_before *before, bool told_time,
                struct observation *o, uint32_t *n_slots);
/* DRP values of this message that make a full slot's excess known; the
 * message's slots begin at fx->rain[first]. */
void take_uncap(struct take *t, struct board_station *b, uint32_t first,
                uint32_t first_observation);

#endif

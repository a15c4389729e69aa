/* sensors/rain_source.h -- which interval and amount of rain a value tells.
 *
 * In:     one accepted value of a rain element, and what the station said
 *         of that element before.
 * Out:    a slot for rain_add(), or "this says nothing".
 * Source: SL 651-2014 annex C: PN01..P12 end at their time; PD is the
 *         hydrological day that ended at the last 08:00; PJ counts since
 *         08:00; PT counts for ever (N(6,1): back to 0 after 99999.9 mm).
 * Thread: any; no state. */
#ifndef SENSORS_RAIN_SOURCE_H
#define SENSORS_RAIN_SOURCE_H

#include "sensors/series.h"

/* A counter that falls:  PJ at exactly 08:00 has begun the new day and
 * says nothing of the old; PT near its end has wrapped; a fall to less
 * than half is a restart, and what the counter shows has fallen since (a
 * lower bound); a smaller fall is a correction and says nothing.  A
 * difference beyond RAIN_FASTEST is a counter set by hand: nothing. */
#define RAIN_FASTEST_MILLI_PER_H 500000 /* measured record: 401 mm in 1 h */
#define RAIN_LEAST_LIMIT_MILLI 60000    /* however short the interval */

bool rain_source(const struct observation *o, const struct series *series,
                 struct rain_slot *ret);

/* Finest first: sorts by length, then by kind, then by time. */
int rain_source_order(const void *a, const void *b);

#endif

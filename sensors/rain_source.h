/* sensors/rain_source.h -- which interval and amount of rain a value tells.
 *
 * In:     one accepted value of a rain element, and what the station said
 *         of that element before.
 * Out:    slots for rain_add(), or "this says nothing".
 * Source: SL 651-2014 annex C: PN01..P12 end at their time; PD is the
 *         hydrological day that ended at the last 08:00; PJ counts since
 *         08:00; PT counts for ever (N(6,1): back to 0 after 99999.9 mm).
 *         counter.h has what a counter says.
 * Thread: any; no state. */
#ifndef SENSORS_RAIN_SOURCE_H
#define SENSORS_RAIN_SOURCE_H

#include "sensors/counter.h"
#include "sensors/series.h"

/* A counter value that comes late tells what fell before it and, where the
 * next is known, after it. */
#define RAIN_SLOTS_MAX 2

/* What an interval (PN01..P12, DRP, PD) tells. */
bool rain_source(const struct observation *o, struct rain_slot *ret);
/* What a counter in its order told (counter.h), as a slot. */
void rain_source_counter(const struct observation *o,
                         const struct counter_said *said,
                         struct rain_slot *ret);
/* What a counter that comes late tells; how many slots. */
uint32_t rain_source_late(const struct observation *o,
                          const struct series *series,
                          struct rain_slot ret[RAIN_SLOTS_MAX]);

/* Finest first: sorts by length, then by kind, then by time. */
int rain_source_order(const void *a, const void *b);

#endif

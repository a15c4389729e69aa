/* sensors/uncap.h -- the 25.4 mm cap of an F4 slot (DRP) undone.
 *
 * In:     what the station said of DRP, and its rain series.
 * Out:    slots that replace those of the same times, marked repaired,
 *         with the raw amount beside; the series' sum does not change.
 * Holds:  a byte of 0.1 mm ends at 25.4; what fell beyond is carried to
 *         the next slot.  So a slot after one of 25.4 holds its own rain
 *         and the carried rest, and nothing in the frame tells them apart.
 *         We take the slot after that as what it is likely to have had of
 *         its own (rain dies down) and move the rest back:
 *             carried = max(0, raw(t) - raw(t + 5 min))
 *         Three slots must be known: where the third is missing nothing is
 *         moved.  A run of full slots gets it all in its last one.  Where
 *         PN05, a counter or another source told that time, nothing is
 *         moved either.  The answer depends on the values only, not on the
 *         order in which they came.
 * Source: SL 651-2014 annex C (F4); docs/formulas.md#f4-cap.
 * Thread: one owner; pure. */
#ifndef SENSORS_UNCAP_H
#define SENSORS_UNCAP_H

#include "sensors/rain.h"
#include "sensors/series.h"

#define DRP_FULL_MILLI 25400

/* A DRP value at o->time_us is new: mends what it makes known.  Slots of
 * this record from fx->rain[first] on are mended in place, others are
 * pushed again. */
void uncap_look(struct rain *r, const struct series *drp,
                const struct series *pn05, const struct observation *o,
                struct effects *fx, uint32_t first);

#endif

/* sensors/dispatch.h -- the 120 boards: incidents and ambulances as the
 * city's dispatch system tells them; it stays the master.
 *
 * Holds:  at most incidents_max incidents (the oldest that is over goes
 *         first, and only when none is over the oldest of all) and
 *         units_max units (the one longest without an event goes first).
 *         An event older than the newest of its subject is kept and marked
 *         and does not move the state back; it may fill what was blank.
 * Thread: one owner; pure. */
#ifndef SENSORS_DISPATCH_H
#define SENSORS_DISPATCH_H

#include "schemas/wire/dispatch.h"
#include "sensors/sensors.h"

struct dispatch {
        struct incident *incident;
        struct unit *unit;
        uint32_t n_incidents, n_units;
        uint32_t max_incidents, max_units;
        uint32_t *incident_slots, *unit_slots; /* index + 1 */
        uint32_t n_incident_slots, n_unit_slots;
};

enum status dispatch_init(struct dispatch *d, uint32_t incidents_max,
                          uint32_t units_max, struct err *e);
void dispatch_done(struct dispatch *d);

/* True for a state in which nothing more is done. */
bool dispatch_is_over(enum incident_state s);

/* One event of a centre: pushes fx->dispatch_event, and fx->incident or
 * fx->unit as it then stands.  Counts into c. */
void dispatch_take(struct dispatch *d, const char *centre,
                   const struct dispatch_message *m, uint64_t seq,
                   int64_t engine_us, struct sensors_counts *c,
                   struct effects *fx);

/* Units without a fix for UNIT_LOST_US become lost. */
void dispatch_tick(struct dispatch *d, int64_t engine_us, struct effects *fx);

void dispatch_locate(struct dispatch *d, const char *centre, const char *id,
                     const char *county, const char *town);

void dispatch_save(const struct dispatch *d, struct buf *b);
void dispatch_load(struct dispatch *d, struct unpack *u);

#endif

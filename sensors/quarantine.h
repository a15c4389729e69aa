/* sensors/quarantine.h -- messages that could not be taken, once each.
 *
 * Holds:  at most `max` distinct contents (topic, reason, payload), in the
 *         order in which they were first seen; the oldest goes first.  A
 *         repeat only counts.
 * Thread: one owner; pure. */
#ifndef SENSORS_QUARANTINE_H
#define SENSORS_QUARANTINE_H

#include "sensors/sensors.h"

struct quarantine {
        struct quarantined *at; /* room for 2 * max */
        uint32_t start, n, max;
        uint32_t *slots; /* index of at + 1; stale ones point below start */
        uint32_t n_slots;
};

enum status quarantine_init(struct quarantine *q, uint32_t max, struct err *e);
void quarantine_done(struct quarantine *q);

/* True when an older content had to go. */
bool quarantine_put(struct quarantine *q, const struct record *r,
                    enum status reason, const char *detail, struct text topic,
                    struct text payload, int64_t engine_us);

void quarantine_save(const struct quarantine *q, struct buf *b);
void quarantine_load(struct quarantine *q, struct unpack *u);

#endif

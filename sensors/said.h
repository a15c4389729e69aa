/* sensors/said.h -- the last messages of one station, for its page.
 *
 * Holds:  at most LAST_MESSAGES of them in at most SAID_MAX bytes.  First
 *         bytes (struct last_message.head) are kept of the newest and of
 *         those that were refused, the oldest of which lose them when the
 *         room is too little; when, whether, why and how many stay.
 * Thread: one owner; pure. */
#ifndef SENSORS_SAID_H
#define SENSORS_SAID_H

#include "schemas/pack.h"
#include "sensors/sensors.h"

#define SAID_MAX 512

struct said {
        uint8_t *bytes; /* oldest first */
        uint16_t size, cap;
        uint16_t n;
};

void said_done(struct said *s);
enum status said_add(struct said *s, const struct last_message *m,
                     struct err *e);
/* Newest first; returns how many. */
uint32_t said_list(const struct said *s,
                   struct last_message out[LAST_MESSAGES]);

void said_save(const struct said *s, struct buf *b);
enum status said_load(struct said *s, struct unpack *u, struct err *e);

#endif

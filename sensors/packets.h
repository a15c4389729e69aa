/* sensors/packets.h -- one message of many packets (SYN) under way.
 *
 * Holds:  the packets as they came, each once, and what was asked for
 *         again.  Bounded by the caller: PACKETS_BYTES_MAX each.
 * Source: SL 651-2014 6.3 (M2, M3), 6.6.3.
 * Thread: one owner; pure. */
#ifndef SENSORS_PACKETS_H
#define SENSORS_PACKETS_H

#include "schemas/pack.h"
#include "schemas/time.h"
#include "sensors/sl651.h"

#define PACKETS_BYTES_MAX (1u << 20)
#define PACKETS_IDLE_US (10 * SECOND_US) /* then what misses is asked for */
#define PACKETS_AGE_US (10 * MINUTE_US)
#define PACKETS_RESENDS 2 /* 6.3: asked for twice, then given up */
#define PACKETS_NAKS_MAX 64

struct packets {
        struct sl651_head head; /* of the packet that came first */
        uint16_t got;
        bool has_first; /* packet 1: serial and send time */
        uint16_t serial;
        int64_t sent_us;
        bool is_tcp;
        char to[80];
        bool ended; /* the last packet was seen */
        uint8_t rounds;
        int64_t begun_us, moved_us; /* real time */
        uint64_t seq;               /* record of the newest packet */
        size_t bytes;
        struct text *frame; /* head.packets of them; p NULL: missing */
};

enum status packets_create(const struct sl651_head *h, int64_t real_us,
                           struct packets **ret, struct err *e);
void packets_free(struct packets *p);
/* Is this packet of that message?  serial is told by packet 1 only. */
bool packets_fit(const struct packets *p, const struct sl651_head *h,
                 uint16_t serial, int64_t sent_us);
/* Keeps a copy; one that is there already stays.  ERR_SIZE past the
 * bound. */
enum status packets_put(struct packets *p, const struct sl651_head *h,
                        struct text frame, struct err *e);
/* The numbers of up to max missing packets; returns how many. */
uint32_t packets_missing(const struct packets *p, uint16_t *ret, uint32_t max);
/* All frames that are there, one after another. */
void packets_join(const struct packets *p, struct buf *b);

void packets_save(const struct packets *p, struct buf *b);
enum status packets_load(struct packets **ret, struct unpack *u, struct err *e);

#endif

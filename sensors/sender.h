/* sensors/sender.h -- which (boot, seq) of a station or a 120 centre are in
 * the journal: what a receipt says, and how a repeat is known.
 *
 * Holds:  for each sender the SENDER_BOOTS boots it used last, each with at
 *         most SENDER_RANGES ranges of sequence numbers.  A number that
 *         would need one range more is not remembered: the sender gets no
 *         receipt for it, sends it again, and by then a gap has closed.
 *         Refused numbers count as in the journal; the last ones keep
 *         their reason.  Senders that are no station of the book share
 *         SENDER_STRANGERS places.
 * Thread: one owner. */
#ifndef SENSORS_SENDER_H
#define SENSORS_SENDER_H

#include <stdbool.h>

#include "schemas/pack.h"
#include "schemas/place.h"

#define SENDER_BOOTS 3
#define SENDER_RANGES 12
#define SENDER_REFUSED 8
#define SENDER_STRANGERS 1024

struct seq_range {
        uint64_t from, to; /* both inclusive */
};

struct sender_boot {
        uint64_t boot;
        struct seq_range *range; /* ascending, with gaps */
        uint16_t n, cap;
};

struct sender_refused {
        uint64_t boot, seq;
        enum status reason;
};

struct sender {
        char code[CODE_MAX + 1];
        bool is_centre;
        bool stranger;
        uint8_t n_boots;
        uint8_t n_refused;
        struct sender_boot *boot;       /* last used first */
        struct sender_refused *refused; /* newest first; NULL: none yet */
};

struct senders {
        struct sender *at;
        uint32_t n, cap;
        uint32_t n_strangers;
        uint32_t *slots; /* open addressing, index + 1 */
        uint32_t n_slots;
};

void senders_done(struct senders *s);
const struct sender *senders_find(const struct senders *s, const char *code,
                                  bool is_centre);
/* Finds or adds; OK with *ret NULL when there is no room for a stranger.
 * The pointer is good until the next call. */
enum status senders_get(struct senders *s, const char *code, bool is_centre,
                        bool stranger, struct sender **ret, struct err *e);

/* Taken before, and not refused then. */
bool sender_knows(const struct sender *s, uint64_t boot, uint64_t seq);
enum status sender_take(struct sender *s, uint64_t boot, uint64_t seq,
                        struct err *e);
enum status sender_refuse(struct sender *s, uint64_t boot, uint64_t seq,
                          enum status reason, struct err *e);

void senders_save(const struct senders *s, struct buf *b);
enum status senders_load(struct senders *s, struct unpack *u, struct err *e);

#endif

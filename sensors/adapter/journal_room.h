/* sensors/adapter/journal_room.h -- how much room the journal has left.
 *
 * In:     bytes used and allowed, bytes free on the disk, what failed.
 * Out:    one of five levels, the lesser of both rooms.
 * Holds:  a level is left only when there is a quarter more room than made
 *         it, so that a file that grows beside us makes no flicker.
 * Thread: any; no state. */
#ifndef SENSORS_ADAPTER_JOURNAL_ROOM_H
#define SENSORS_ADAPTER_JOURNAL_ROOM_H

#include "schemas/words.h"

#include <stdbool.h>
#include <stdint.h>

#define JOURNAL_LEVELS(X)                                                 \
        X(JOURNAL_FINE, "fine", "正常", "fine")                           \
        X(JOURNAL_LOW, "low", "余量不足", "room runs low")                \
        X(JOURNAL_CRITICAL, "critical", "余量告急", "room is nearly out") \
        X(JOURNAL_HELD, "held", "暂停接收", "messages are held")          \
        X(JOURNAL_BROKEN, "broken", "磁盘故障", "the disk failed")

WORD_DECLARE(journal_level, journal_level, JOURNAL_LEVELS)

struct journal_room {
        uint64_t used_bytes;    /* all segments */
        uint64_t limit_bytes;   /* of them, for messages */
        uint64_t free_bytes;    /* of the disk, for us; UINT64_MAX: not known */
        uint64_t reserve_bytes; /* for ticks, links, officers */
        bool held;              /* a message was refused and waits */
        bool broken;            /* nothing is taken until a new start */
};

/* Low: under a quarter of the limit, or the disk has less than eight
 * reserves. Critical: under a sixteenth, or less than two reserves. */
enum journal_level journal_room_level(const struct journal_room *r,
                                      enum journal_level before);

#endif

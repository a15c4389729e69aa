/* sensors/book.h -- how a station keeps its duty: what came, what did not.
 *
 * Holds:  per station about 100 bytes, by station index.  Which of its
 *         reporting intervals had a value stands in one bit each, for the
 *         last BOOK_SLOTS of them (a day of five minutes; a station that
 *         reports oftener is measured at five minutes).  Intervals are
 *         counted from the first value on, so that a report a second
 *         early or late is still its own.
 * Thread: one owner; pure. */
#ifndef SENSORS_BOOK_H
#define SENSORS_BOOK_H

#include "schemas/element.h"
#include "schemas/pack.h"
#include "schemas/status.h"
#include "schemas/time.h"
#include "sensors/table.h"

#define BOOK_SLOTS 288

struct book_facts {
        uint64_t messages; /* taken, the doubled ones too */
        uint64_t repeated; /* the same (boot, seq) again */
        uint64_t refused;
        uint64_t duplicates, conflicts, amended; /* values */
        uint64_t numbered; /* messages with a number of their own */
        uint64_t lost;     /* numbers given up as holes */
        int64_t base_us;   /* middle of interval 0; TIME_NONE: none yet */
        int64_t clock_us;  /* its newest value's time less our time */
        bool has_clock;
        /* The conflict that nobody has settled, TIME_NONE: none. */
        int64_t conflict_us;
        int64_t conflict_seen_us;
        enum element conflict_element;
        int64_t unit_us; /* of an interval as counted; 0: none */
        uint32_t newest; /* interval */
        uint8_t heard[BOOK_SLOTS / 8];
        /* Messages that brought nothing new (babble.h). */
        uint64_t needless;
        uint32_t babble_from_s, babble_n; /* of the window under way */
        uint32_t babble_s; /* when there were too many last; 0: never */
};

struct book {
        struct table stations; /* of struct book_facts */
};

void book_done(struct book *b);
const struct book_facts *book_find(const struct book *b, uint32_t station);
enum status book_get(struct book *b, uint32_t station, struct book_facts **ret,
                     struct err *e);

/* A value of that time came; interval_us as the station book says. */
void book_heard(struct book_facts *f, int64_t interval_us, int64_t time_us);
/* Intervals of the last day that are over, and how many had a value. */
void book_loss(const struct book_facts *f, int64_t now_us,
               uint32_t *ret_expected, uint32_t *ret_heard);

void book_save(const struct book *b, struct buf *out);
enum status book_load(struct book *b, struct unpack *u, struct err *e);

#endif

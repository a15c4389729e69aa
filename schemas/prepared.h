/* schemas/prepared.h -- a journal as the rules see it, for back-tests: what
 * the sensors made of each record, in the records' order, a few bytes each.
 *
 * In and out: a row of items, each a byte of kind and numbers as varints,
 *         most of them differences from the item before.  A file of a day
 *         (docs/rules.md#days) begins from nothing again.
 * Holds:  of a message only what the rules take: observations with their
 *         marks, slots of rain, stations that spoke.  Ticks with both their
 *         clocks.  All other records as they are.
 * Thread: one owner; pure. */
#ifndef SCHEMAS_PREPARED_H
#define SCHEMAS_PREPARED_H

#include "schemas/effect.h"
#include "schemas/record.h"

#define PREPARED_LIST_MAX 65536u /* values, slots, stations of one item */

/* What a difference is taken from. */
struct prepared_base {
        uint64_t seq;
        int64_t real_us, engine_us;
        int64_t time_us; /* of a value */
        uint32_t station;
        /* The differences of the last tick. */
        uint64_t tick_seq;
        int64_t tick_engine_us, tick_real_us;
};

struct prepared_out {
        struct buf *b;
        struct prepared_base last;
};

/* A tick that also says that stations began, or ceased, to babble. */
enum prepared_babble { BABBLE_AS_BEFORE, BABBLE_BEGINS, BABBLE_ENDS };

struct prepared_item {
        struct record r; /* of a record its body too, in the bytes read */
        bool is_tick, is_values; /* neither: a record */
        int64_t engine_us;       /* of a tick; r.real_us is its other clock */
        enum prepared_babble babble;
};

void prepared_put_record(struct prepared_out *o, const struct record *r);
void prepared_put_tick(struct prepared_out *o, uint64_t seq, int64_t engine_us,
                       int64_t real_us, enum prepared_babble babble);
/* fx->observation, fx->rain and fx->station of one record. */
void prepared_put_values(struct prepared_out *o, uint64_t seq, int64_t real_us,
                         const struct effects *fx);

struct prepared_in {
        const unsigned char *p, *end;
        bool failed;
        struct prepared_base last;
};

struct prepared_in prepared_read(struct text bytes);
/* The next item; its values are pushed into fx, which is not cleared.
 * ERR_TOO_FEW at the end, ERR_CORRUPT for what no writer writes. */
enum status prepared_next(struct prepared_in *in, struct prepared_item *ret,
                          struct effects *fx, struct err *e);

#endif

/* sensors/rain.h -- one rain series per station, each instant counted once.
 *
 * In:     amounts fallen in (begin, end], from any source, in any order.
 * Out:    slots for the part of the interval that was not counted yet.
 * Holds:  counted pieces of the last RAIN_KEEP_US, ascending, without
 *         overlap, on whole seconds; dry neighbours are one piece, so that
 *         a dry gauge costs a few bytes.  At most RAIN_PIECES_MAX; beyond
 *         that the oldest goes.
 *         What is counted stays: a total that comes over a part already
 *         counted gives only the rest (never below 0; a piece that
 *         reaches over its edge counts whole), spread over the holes by
 *         their length (exact in sum, last hole takes the odd
 *         thousandths).  Amounts are thousandths of a millimetre.
 * Thread: one owner; pure. */
#ifndef SENSORS_RAIN_H
#define SENSORS_RAIN_H

#include "schemas/effect.h"
#include "schemas/pack.h"
#include "schemas/time.h"

#define RAIN_KEEP_US (HORIZON_US + DAY_US) /* the longest interval is a day */
#define RAIN_PIECES_MAX 6144               /* one-minute slots of 96 h: 5760 */

struct rain_piece {
        uint32_t begin_s; /* seconds UTC since 1970: good until 2106 */
        uint32_t end_s;
        int32_t milli;
};

struct rain {
        struct rain_piece *at;
        uint32_t n, cap;
};

void rain_done(struct rain *r);

/* Pushes fx->rain for what is new.  An interval that begins before
 * engine_us - RAIN_KEEP_US is left out: what was counted there is no
 * longer known.  slot gives station, times, amount, source and seq. */
enum status rain_add(struct rain *r, const struct rain_slot *slot,
                     int64_t engine_us, struct effects *fx, struct err *e);

/* Moves carry thousandths from the piece (middle, middle + length] to the
 * one before it.  False (nothing moved) unless both stand there exactly,
 * with these amounts. */
bool rain_move_back(struct rain *r, int64_t middle_us, int64_t length_us,
                    int64_t first_milli, int64_t second_milli,
                    int64_t carry_milli);

/* An amended amount of exactly one counted piece, or of a time that was
 * dry: replaced and pushed.  Of times counted in other pieces nothing
 * changes. */
enum status rain_revise(struct rain *r, const struct rain_slot *slot,
                        int64_t engine_us, struct effects *fx, struct err *e);

/* Sum over (end - window, end] and how much of it is counted.  A wet piece
 * that reaches over an edge is left out of both: how much of it fell
 * inside is not known, so the sum is a lower bound. */
int64_t rain_sum(const struct rain *r, int64_t end_us, int64_t window_us,
                 int64_t *ret_covered_us);

void rain_save(const struct rain *r, struct buf *b);
enum status rain_load(struct rain *r, struct unpack *u, struct err *e);

#endif

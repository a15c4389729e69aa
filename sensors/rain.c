/* sensors/rain.c -- one rain series per station, each instant counted once.
 *
 * Source: docs/formulas.md#rain-series. */
#include "sensors/rain.h"

#include <stdlib.h>
#include <string.h>

#define HOLES_MAX 64

void rain_done(struct rain *r)
{
        free(r->at);
        memset(r, 0, sizeof *r);
}

/* First piece that ends after t. */
static uint32_t first_after(const struct rain *r, uint32_t t_s)
{
        uint32_t low = 0, high = r->n;

        while (low < high) {
                uint32_t mid = low + (high - low) / 2;

                if (r->at[mid].end_s > t_s)
                        high = mid;
                else
                        low = mid + 1;
        }
        return low;
}

static void drop_front(struct rain *r, uint32_t n)
{
        r->n -= n;
        memmove(r->at, r->at + n, r->n * sizeof *r->at);
}

static enum status room(struct rain *r, struct err *e)
{
        uint32_t cap = r->cap ? r->cap * 2 : 8;
        struct rain_piece *at;

        if (r->n == RAIN_PIECES_MAX)
                drop_front(r, RAIN_PIECES_MAX / 8);
        if (r->n < r->cap)
                return OK;
        at = realloc(r->at, cap * sizeof *at);
        if (!at)
                return err_set(e, ERR_MEMORY, "no memory for rain pieces");
        r->at = at;
        r->cap = cap;
        return OK;
}

/* Two dry pieces that touch become one. */
static void join(struct rain *r, uint32_t i)
{
        if (i + 1 >= r->n || r->at[i].milli || r->at[i + 1].milli ||
            r->at[i].end_s != r->at[i + 1].begin_s)
                return;
        r->at[i].end_s = r->at[i + 1].end_s;
        memmove(&r->at[i + 1], &r->at[i + 2], (r->n - i - 2) * sizeof *r->at);
        r->n--;
}

static enum status insert(struct rain *r, struct rain_piece p, struct err *e)
{
        enum status st = room(r, e);
        uint32_t i;

        if (st != OK)
                return st;
        i = first_after(r, p.begin_s);
        memmove(&r->at[i + 1], &r->at[i], (r->n - i) * sizeof *r->at);
        r->at[i] = p;
        r->n++;
        join(r, i);
        if (i > 0)
                join(r, i - 1);
        return OK;
}

/* The holes of (begin, end], and the amount that may be counted in it
 * already: all of a piece that reaches over an edge, since all of it may
 * have fallen inside.  What is too little is filled by a later total, what
 * is too much would stay.  Holes beyond HOLES_MAX are left for a later message.
 */
static uint32_t holes(const struct rain *r, uint32_t begin_s, uint32_t end_s,
                      struct rain_piece hole[HOLES_MAX], int64_t *ret_counted)
{
        uint32_t i = first_after(r, begin_s), n = 0, at = begin_s;

        *ret_counted = 0;
        for (; i < r->n && r->at[i].begin_s < end_s; i++) {
                *ret_counted += r->at[i].milli;
                if (r->at[i].begin_s > at && n < HOLES_MAX)
                        hole[n++] =
                                (struct rain_piece){at, r->at[i].begin_s, 0};
                at = r->at[i].end_s;
        }
        if (at < end_s && n < HOLES_MAX)
                hole[n++] = (struct rain_piece){at, end_s, 0};
        return n;
}

/* Spreads rest over the holes by length; exact in sum. */
static void spread(struct rain_piece *hole, uint32_t n, int64_t rest)
{
        int64_t length = 0, part;
        uint32_t i;

        for (i = 0; i < n; i++)
                length += hole[i].end_s - hole[i].begin_s;
        for (i = 0; i < n; i++) {
                int64_t own = hole[i].end_s - hole[i].begin_s;

                part = i + 1 < n ? rest * own / length : rest;
                hole[i].milli = (int32_t)part;
                rest -= part;
                length -= own;
        }
}

static bool seconds(int64_t us, uint32_t *ret_s)
{
        if (us < 0 || us / SECOND_US > UINT32_MAX)
                return false;
        *ret_s = (uint32_t)(us / SECOND_US);
        return true;
}

/* Pieces that ended before the time we keep. */
static void forget(struct rain *r, int64_t engine_us)
{
        uint32_t edge_s, i;

        if (!seconds(engine_us - RAIN_KEEP_US, &edge_s))
                return;
        i = first_after(r, edge_s);
        if (i > 0)
                drop_front(r, i);
}

enum status rain_add(struct rain *r, const struct rain_slot *slot,
                     int64_t engine_us, struct effects *fx, struct err *e)
{
        struct rain_piece hole[HOLES_MAX];
        struct rain_slot out = *slot;
        uint32_t begin_s, end_s, n, i;
        int64_t counted;
        enum status st;

        forget(r, engine_us);
        if (!seconds(slot->begin_us, &begin_s) ||
            !seconds(slot->end_us, &end_s) || begin_s >= end_s ||
            slot->begin_us < engine_us - RAIN_KEEP_US ||
            slot->amount_milli < 0 || slot->amount_milli > INT32_MAX)
                return OK;
        n = holes(r, begin_s, end_s, hole, &counted);
        spread(hole, n,
               slot->amount_milli > counted ? slot->amount_milli - counted : 0);
        for (i = 0; i < n; i++) {
                st = insert(r, hole[i], e);
                if (st != OK)
                        return st;
                out.begin_us = hole[i].begin_s * SECOND_US;
                out.end_us = hole[i].end_s * SECOND_US;
                out.amount_milli = hole[i].milli;
                effects_push_rain(fx, &out);
        }
        return OK;
}

bool rain_move_back(struct rain *r, int64_t middle_us, int64_t length_us,
                    int64_t first_milli, int64_t second_milli,
                    int64_t carry_milli)
{
        uint32_t begin_s, middle_s, end_s, i;
        struct rain_piece *p;

        if (!seconds(middle_us - length_us, &begin_s) ||
            !seconds(middle_us, &middle_s) ||
            !seconds(middle_us + length_us, &end_s))
                return false;
        i = first_after(r, begin_s);
        p = &r->at[i];
        if (i + 1 >= r->n || p[0].begin_s != begin_s ||
            p[0].end_s != middle_s || p[0].milli != first_milli ||
            p[1].begin_s != middle_s || p[1].end_s != end_s ||
            p[1].milli != second_milli)
                return false;
        p[0].milli += (int32_t)carry_milli;
        p[1].milli -= (int32_t)carry_milli;
        join(r, i + 1);
        return true;
}

/* True when all that is counted in [begin, end) is dry, or is one wet
 * piece of just these times. */
static bool replaceable(const struct rain *r, uint32_t begin_s, uint32_t end_s)
{
        uint32_t i;

        for (i = first_after(r, begin_s); i < r->n && r->at[i].begin_s < end_s;
             i++) {
                const struct rain_piece *p = &r->at[i];

                if (p->milli && (p->begin_s != begin_s || p->end_s != end_s))
                        return false;
        }
        return true;
}

/* Takes [begin, end) out; dry pieces over an edge are cut. */
static enum status clear(struct rain *r, uint32_t begin_s, uint32_t end_s,
                         struct err *e)
{
        uint32_t i = first_after(r, begin_s);
        enum status st;

        while (i < r->n && r->at[i].begin_s < end_s) {
                struct rain_piece old = r->at[i];

                if (old.begin_s >= begin_s && old.end_s <= end_s) {
                        r->n--;
                        memmove(&r->at[i], &r->at[i + 1],
                                (r->n - i) * sizeof *r->at);
                } else if (old.begin_s < begin_s && old.end_s > end_s) {
                        r->at[i].end_s = begin_s;
                        old.begin_s = end_s;
                        st = room(r, e);
                        if (st != OK)
                                return st;
                        i = first_after(r, begin_s);
                        memmove(&r->at[i + 1], &r->at[i],
                                (r->n - i) * sizeof *r->at);
                        r->at[i] = old;
                        r->n++;
                        return OK;
                } else if (old.begin_s < begin_s) {
                        r->at[i++].end_s = begin_s;
                } else {
                        r->at[i++].begin_s = end_s;
                }
        }
        return OK;
}

enum status rain_revise(struct rain *r, const struct rain_slot *slot,
                        int64_t engine_us, struct effects *fx, struct err *e)
{
        uint32_t begin_s, end_s;
        enum status st;

        if (!seconds(slot->begin_us, &begin_s) ||
            !seconds(slot->end_us, &end_s) || begin_s >= end_s ||
            slot->begin_us < engine_us - RAIN_KEEP_US ||
            slot->amount_milli < 0 || slot->amount_milli > INT32_MAX ||
            !replaceable(r, begin_s, end_s))
                return OK;
        st = clear(r, begin_s, end_s, e);
        return st == OK ? rain_add(r, slot, engine_us, fx, e) : st;
}

int64_t rain_sum(const struct rain *r, int64_t end_us, int64_t window_us,
                 int64_t *ret_covered_us)
{
        uint32_t begin_s, end_s, i;
        int64_t sum = 0, covered_s = 0;

        *ret_covered_us = 0;
        if (!seconds(end_us - window_us, &begin_s) || !seconds(end_us, &end_s))
                return 0;
        for (i = first_after(r, begin_s); i < r->n && r->at[i].begin_s < end_s;
             i++) {
                const struct rain_piece *p = &r->at[i];
                uint32_t low = p->begin_s > begin_s ? p->begin_s : begin_s;
                uint32_t high = p->end_s < end_s ? p->end_s : end_s;

                if (p->milli && (low != p->begin_s || high != p->end_s))
                        continue;
                sum += p->milli;
                covered_s += high - low;
        }
        *ret_covered_us = covered_s * SECOND_US;
        return sum;
}

void rain_save(const struct rain *r, struct buf *b)
{
        uint32_t i;

        pack_u32(b, r->n);
        for (i = 0; i < r->n; i++) {
                pack_u32(b, r->at[i].begin_s);
                pack_u32(b, r->at[i].end_s);
                pack_u32(b, (uint32_t)r->at[i].milli);
        }
}

enum status rain_load(struct rain *r, struct unpack *u, struct err *e)
{
        uint32_t n = unpack_count(u, 12), i, before = 0;

        if (n > RAIN_PIECES_MAX)
                u->failed = true;
        if (u->failed || n == 0)
                return OK;
        r->at = calloc(n, sizeof *r->at);
        if (!r->at)
                return err_set(e, ERR_MEMORY, "no memory for rain pieces");
        r->n = r->cap = n;
        for (i = 0; i < n; i++) {
                struct rain_piece *p = &r->at[i];

                p->begin_s = unpack_u32(u);
                p->end_s = unpack_u32(u);
                p->milli = (int32_t)unpack_u32(u);
                if (p->begin_s < before || p->end_s <= p->begin_s ||
                    p->milli < 0)
                        u->failed = true;
                before = p->end_s;
        }
        return OK;
}

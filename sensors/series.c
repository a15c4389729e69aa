/* sensors/series.c -- what one station said of one element lately. */
#include "sensors/series.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"

void series_done(struct series *s)
{
        free(s->at);
        memset(s, 0, sizeof *s);
}

static int64_t point_us(const struct series_point *p)
{
        return p->time_s * SECOND_US + p->time_us;
}

static struct series_point point(int64_t t_us, int32_t milli)
{
        return (struct series_point){(uint32_t)(t_us / SECOND_US),
                                     (uint32_t)(t_us % SECOND_US), milli};
}

/* Index (from start) of the first point at or after t. */
static uint32_t lower(const struct series *s, int64_t t_us)
{
        uint32_t low = 0, high = s->n;

        while (low < high) {
                uint32_t mid = low + (high - low) / 2;

                if (point_us(&s->at[s->start + mid]) < t_us)
                        low = mid + 1;
                else
                        high = mid;
        }
        return low;
}

static void forget(struct series *s, int64_t edge_us)
{
        uint32_t i = lower(s, edge_us);

        s->start += i;
        s->n -= i;
}

static enum status room(struct series *s, struct err *e)
{
        uint32_t cap = s->cap ? s->cap * 2 : 8;
        struct series_point *at;

        if (s->n == SERIES_MAX) {
                s->start++;
                s->n--;
        }
        assert(!s->cap == !s->at);
        if (s->start + s->n < s->cap)
                return OK;
        if (s->n <= s->cap / 2 && s->start > 0) {
                memmove(s->at, s->at + s->start, s->n * sizeof *s->at);
                s->start = 0;
                return OK;
        }
        at = malloc(cap * sizeof *at);
        if (!at)
                return err_set(e, ERR_MEMORY, "no memory for a series");
        if (s->n)
                memcpy(at, s->at + s->start, s->n * sizeof *at);
        free(s->at);
        s->at = at;
        s->start = 0;
        s->cap = cap;
        return OK;
}

static enum status insert(struct series *s, int64_t t_us, int32_t milli,
                          struct err *e)
{
        enum status st = room(s, e);
        struct series_point *p;
        uint32_t i;

        if (st != OK)
                return st;
        assert(s->at);
        i = lower(s, t_us);
        p = s->at + s->start;
        memmove(p + i + 1, p + i, (s->n - i) * sizeof *p);
        p[i] = point(t_us, milli);
        s->n++;
        return OK;
}

static void set_newest(struct series *s, const struct observation *o)
{
        if (s->has_newest && o->time_us < s->time_us)
                return;
        s->has_newest = true;
        s->time_us = o->time_us;
        s->received_us = o->received_us;
        s->value_milli = o->value_milli;
        s->marks = o->marks;
        s->seq = o->seq;
}

enum status series_put(struct series *s, struct observation *o, struct err *e)
{
        int32_t milli = o->marks & MARK_MISSING ? SERIES_NO_VALUE
                                                : (int32_t)o->value_milli;
        struct series_point *p;
        enum status st;
        uint32_t i;

        if (o->time_us < o->received_us - HORIZON_US || o->time_us < 0) {
                o->marks |= MARK_OLD;
                return OK;
        }
        forget(s, o->received_us - HORIZON_US);
        if (s->has_newest && o->time_us < s->time_us)
                o->marks |= MARK_LATE;
        i = lower(s, o->time_us);
        p = i < s->n ? &s->at[s->start + i] : NULL;
        if (p && point_us(p) == o->time_us) {
                if (p->milli == milli)
                        o->marks |= MARK_DUPLICATE;
                else if (p->milli != SERIES_NO_VALUE)
                        o->marks |= MARK_CONFLICT;
                else
                        p->milli = milli;
        } else {
                st = insert(s, o->time_us, milli, e);
                if (st != OK)
                        return st;
        }
        if (!(o->marks & (MARK_DUPLICATE | MARK_CONFLICT)))
                set_newest(s, o);
        return OK;
}

enum status series_amend(struct series *s, struct observation *o, struct err *e)
{
        struct series_point *p;
        enum status st;
        uint32_t i;

        if (o->time_us < o->received_us - HORIZON_US || o->time_us < 0) {
                o->marks |= MARK_OLD;
                return OK;
        }
        i = lower(s, o->time_us);
        p = i < s->n ? &s->at[s->start + i] : NULL;
        if (p && point_us(p) == o->time_us) {
                p->milli = (int32_t)o->value_milli;
        } else {
                st = insert(s, o->time_us, (int32_t)o->value_milli, e);
                if (st != OK)
                        return st;
        }
        set_newest(s, o);
        return OK;
}

bool series_before(const struct series *s, int64_t t_us, int64_t *ret_us,
                   int64_t *ret_milli)
{
        uint32_t i = lower(s, t_us);

        while (i-- > 0) {
                const struct series_point *p = &s->at[s->start + i];

                if (p->milli == SERIES_NO_VALUE)
                        continue;
                *ret_us = point_us(p);
                *ret_milli = p->milli;
                return true;
        }
        return false;
}

bool series_after(const struct series *s, int64_t t_us, int64_t *ret_us,
                  int64_t *ret_milli)
{
        uint32_t i;

        for (i = lower(s, t_us + 1); i < s->n; i++) {
                const struct series_point *p = &s->at[s->start + i];

                if (p->milli == SERIES_NO_VALUE)
                        continue;
                *ret_us = point_us(p);
                *ret_milli = p->milli;
                return true;
        }
        return false;
}

bool series_find(const struct series *s, int64_t t_us, int64_t *ret_milli)
{
        uint32_t i = lower(s, t_us);

        if (i == s->n || point_us(&s->at[s->start + i]) != t_us ||
            s->at[s->start + i].milli == SERIES_NO_VALUE)
                return false;
        *ret_milli = s->at[s->start + i].milli;
        return true;
}

uint32_t series_count(const struct series *s, int64_t from_us, int64_t to_us)
{
        uint32_t i = lower(s, from_us + 1), end = lower(s, to_us), n = 0;

        for (; i < end; i++)
                n += s->at[s->start + i].milli != SERIES_NO_VALUE;
        return n;
}

void series_save(const struct series *s, struct buf *b)
{
        uint32_t i;

        pack_u8(b, s->has_newest);
        pack_i64(b, s->time_us);
        pack_i64(b, s->received_us);
        pack_i64(b, s->value_milli);
        pack_u32(b, s->marks);
        pack_u64(b, s->seq);
        check_state_save(&s->check, b);
        pack_u32(b, s->n);
        for (i = 0; i < s->n; i++) {
                const struct series_point *p = &s->at[s->start + i];

                pack_i64(b, point_us(p));
                pack_u32(b, (uint32_t)p->milli);
        }
}

enum status series_load(struct series *s, struct unpack *u, struct err *e)
{
        int64_t before = -1;
        uint32_t n, i;

        s->has_newest = unpack_u8(u);
        s->time_us = unpack_i64(u);
        s->received_us = unpack_i64(u);
        s->value_milli = unpack_i64(u);
        s->marks = unpack_u32(u);
        s->seq = unpack_u64(u);
        check_state_load(&s->check, u);
        n = unpack_count(u, 12);
        if (n > SERIES_MAX)
                u->failed = true;
        if (u->failed || n == 0)
                return OK;
        s->at = calloc(n, sizeof *s->at);
        if (!s->at)
                return err_set(e, ERR_MEMORY, "no memory for a series");
        s->n = s->cap = n;
        for (i = 0; i < n; i++) {
                int64_t t_us = unpack_i64(u);

                if (t_us <= before)
                        u->failed = true;
                before = t_us;
                s->at[i] = point(t_us, (int32_t)unpack_u32(u));
        }
        return OK;
}

/* alerts/level_series.c -- the last 72 h of one element of one station.
 *
 * Holds:  samples in time order, one per instant (the first that came).
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <string.h>

struct series *level_series_find(const struct subject *u, enum element el)
{
        uint32_t i;

        for (i = 0; i < u->n_series; i++)
                if (u->series[i].element == el)
                        return &u->series[i];
        return NULL;
}

uint32_t level_series_after(const struct series *x, int64_t us)
{
        uint32_t lo = 0, hi = x->n, mid;

        if (hi && x->at[hi - 1].time_us <= us)
                return hi;
        while (lo < hi) {
                mid = (lo + hi) / 2;
                if (x->at[mid].time_us > us)
                        hi = mid;
                else
                        lo = mid + 1;
        }
        return lo;
}

static enum status series_of(struct subject *u, enum element el,
                             struct series **ret, struct err *e)
{
        struct series *x = level_series_find(u, el);
        enum status st;

        if (!x) {
                st = subject_grow((void **)&u->series, &u->cap_series,
                                  u->n_series, sizeof *x, e);
                if (st != OK)
                        return st;
                x = &u->series[u->n_series++];
                *x = (struct series){.element = el};
        }
        *ret = x;
        return OK;
}

static void forget_old(struct series *x)
{
        int64_t from = x->at[x->n - 1].time_us - HORIZON_US;
        uint32_t drop = 0;

        while (drop < x->n && x->at[drop].time_us < from)
                drop++;
        if (x->n - drop > SERIES_MAX)
                drop = x->n - SERIES_MAX;
        /* Moving a few hundred bytes now and then, not each time. */
        if (drop < 64 && x->n - drop < SERIES_MAX)
                return;
        memmove(x->at, x->at + drop, (x->n - drop) * sizeof *x->at);
        x->n -= drop;
}

enum status level_series_put(struct subject *u, enum element el,
                             const struct sample *s, bool revised,
                             bool *ret_newest, bool *ret_replaced,
                             struct err *e)
{
        struct series *x;
        uint32_t i;
        enum status st = series_of(u, el, &x, e);

        *ret_replaced = false;
        if (st != OK)
                return st;
        if (x->n && s->time_us < x->at[x->n - 1].time_us - HORIZON_US)
                return ERR_DUPLICATE;
        for (i = x->n; i > 0 && x->at[i - 1].time_us >= s->time_us; i--)
                if (x->at[i - 1].time_us == s->time_us) {
                        if (!revised)
                                return ERR_DUPLICATE;
                        x->at[i - 1] = *s;
                        *ret_replaced = true;
                        *ret_newest = i == x->n;
                        return OK;
                }
        st = subject_grow((void **)&x->at, &x->cap, x->n, sizeof *x->at, e);
        if (st != OK)
                return st;
        memmove(x->at + i + 1, x->at + i, (x->n - i) * sizeof *x->at);
        x->at[i] = *s;
        x->n++;
        *ret_newest = i == x->n - 1;
        forget_old(x);
        return OK;
}

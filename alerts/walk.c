/* alerts/walk.c -- the instants at which a rule is judged: those of the data
 * it looks at, in time order, each once.
 *
 * Holds:  a long dry part of rain is looked at every five minutes.
 * Thread: any; no state of its own. */
#include "alerts/inside.h"

#define DRY_STEP_US (5 * MINUTE_US)

void walk_begin(struct walk *w, const struct rain *rain, const struct series *x)
{
        *w = (struct walk){.rain = rain, .part_us = TIME_NONE};
        if (x)
                walk_series(w, x);
}

void walk_series(struct walk *w, const struct series *x)
{
        uint32_t i;

        for (i = 0; i < w->n && w->series[i] != x; i++)
                ;
        if (i == w->n && w->n < WALK_SERIES_MAX)
                w->series[w->n++] = x;
}

void walk_expression(struct walk *w, const struct expr *x,
                     const struct station *s, const struct subject *u)
{
        uint32_t i, k;

        if (x->rain)
                w->rain = &u->rain;
        for (i = 0; i < u->n_series; i++)
                for (k = 0; k < x->n_elements; k++)
                        if (expression_is(x->element[k], s,
                                          u->series[i].element))
                                walk_series(w, &u->series[i]);
}

/* The next instant of the rain, or TIME_FOREVER. */
static int64_t walk_rain(struct walk *w)
{
        const struct rain_part *x;

        if (!w->rain || w->part == w->rain->n)
                return TIME_FOREVER;
        x = &w->rain->at[w->part];
        if (w->part_us == TIME_NONE)
                w->part_us =
                        x->amount_milli ? x->end_us : x->begin_us + DRY_STEP_US;
        return w->part_us < x->end_us ? w->part_us : x->end_us;
}

static void walk_rain_on(struct walk *w, int64_t at_us)
{
        if (at_us == w->rain->at[w->part].end_us) {
                w->part++;
                w->part_us = TIME_NONE;
        } else {
                w->part_us += DRY_STEP_US;
        }
}

bool walk_next(struct walk *w, int64_t *ret_us, uint64_t *ret_seq)
{
        int64_t rain_us, at_us;
        uint32_t i;

        if (w->times) {
                if (w->next[0] == w->n_times)
                        return false;
                *ret_us = w->times[w->next[0]++];
                *ret_seq = w->times_seq;
                return true;
        }
        at_us = rain_us = walk_rain(w);
        for (i = 0; i < w->n; i++)
                if (w->next[i] < w->series[i]->n &&
                    w->series[i]->at[w->next[i]].time_us < at_us)
                        at_us = w->series[i]->at[w->next[i]].time_us;
        if (at_us == TIME_FOREVER)
                return false;
        *ret_us = at_us;
        if (rain_us == at_us) {
                *ret_seq = w->rain->at[w->part].seq;
                walk_rain_on(w, at_us);
        }
        for (i = 0; i < w->n; i++)
                if (w->next[i] < w->series[i]->n &&
                    w->series[i]->at[w->next[i]].time_us == at_us)
                        *ret_seq = w->series[i]->at[w->next[i]++].seq;
        return true;
}

/* Of the instants in a dry part those up to from are left out as well. */
static void skip_rain(struct walk *w, int64_t from_us)
{
        const struct rain_part *x;

        w->part = window_rain_after(w->rain, from_us);
        w->part_us = TIME_NONE;
        if (w->part == w->rain->n)
                return;
        x = &w->rain->at[w->part];
        if (x->amount_milli == 0 && from_us > x->begin_us)
                w->part_us = x->begin_us +
                             ((from_us - x->begin_us) / DRY_STEP_US + 1) *
                                     DRY_STEP_US;
}

static void skip_times(struct walk *w, int64_t from_us)
{
        uint32_t lo = 0, hi = w->n_times, mid;

        while (lo < hi) {
                mid = (lo + hi) / 2;
                if (w->times[mid] > from_us)
                        hi = mid;
                else
                        lo = mid + 1;
        }
        w->next[0] = lo;
}

void walk_skip(struct walk *w, int64_t from_us)
{
        uint32_t i;

        if (w->times)
                skip_times(w, from_us);
        for (i = 0; i < w->n; i++)
                w->next[i] = level_series_after(w->series[i], from_us);
        if (w->rain)
                skip_rain(w, from_us);
}

/* alerts/score.c -- how forecasts fared.
 *
 * Source: docs/forecasts.md#scores; GB/T 22482-2008 for what is asked of a
 *         peak: an error within a share of the rise from the issue to the
 *         peak, a time within a share of the way to it, neither less than
 *         a floor.
 * Thread: any; no state. */
#include "alerts/score.h"

#include <stdlib.h>

#include "schemas/time.h"

static int64_t apart(int64_t a, int64_t b)
{
        return a < b ? b - a : a - b;
}

/* Issue of the first run that told of the event; TIME_NONE. */
static int64_t first_told(const struct score_event *e,
                          const struct score_run *runs, uint32_t n,
                          int64_t window_us)
{
        int64_t first = TIME_NONE;
        uint32_t i;

        for (i = 0; i < n; i++)
                if (runs[i].issued_us < e->begin_us &&
                    apart(runs[i].cross_us, e->begin_us) <= window_us &&
                    (first == TIME_NONE || runs[i].issued_us < first))
                        first = runs[i].issued_us;
        return first;
}

static void tell_events(const struct score_event *events, uint32_t n_events,
                        const struct score_run *runs, uint32_t n_runs,
                        const struct score_span *w, struct score_tally *ret,
                        int64_t *lead_us, uint32_t *ret_n_lead)
{
        uint32_t i;

        *ret_n_lead = 0;
        for (i = 0; i < n_events; i++) {
                int64_t told =
                        first_told(&events[i], runs, n_runs, w->window_us);

                if (told != TIME_NONE) {
                        ret->hit++;
                        lead_us[(*ret_n_lead)++] = events[i].begin_us - told;
                } else if (events[i].seen) {
                        ret->miss++;
                } else {
                        ret->unseen++;
                }
        }
}

/* Did the water stand at the line about then? */
static bool came(const struct score_run *r, const struct score_event *events,
                 uint32_t n, int64_t window_us)
{
        uint32_t i;

        for (i = 0; i < n; i++)
                if (r->cross_us >= events[i].begin_us - window_us &&
                    r->cross_us <= events[i].last_us + window_us)
                        return true;
        return false;
}

/* One alarm of runs whose crossings lie near each other. */
struct alarm {
        uint32_t n;
        int64_t cross_us;                 /* of the latest */
        int64_t issued_us, taken_back_us; /* the last run; the one after it */
        bool open;
};

static void close_alarm(struct alarm *a, struct score_tally *ret)
{
        if (a->n && a->open)
                ret->open++;
        if (a->n && !a->open) {
                ret->false_alarm++;
                if (a->taken_back_us != TIME_NONE &&
                    a->taken_back_us <= a->cross_us)
                        ret->withdrawn++;
        }
        a->n = 0;
}

static void add_run(struct alarm *a, const struct score_run *r,
                    const struct score_span *w)
{
        if (a->n++ == 0) {
                a->open = false;
                a->issued_us = TIME_NONE;
        }
        a->cross_us = r->cross_us;
        a->open |= r->cross_us + w->window_us > w->known_us;
        if (a->issued_us == TIME_NONE || r->issued_us > a->issued_us) {
                a->issued_us = r->issued_us;
                a->taken_back_us = r->next_us;
        }
}

void score_tell(const struct score_event *events, uint32_t n_events,
                const struct score_run *runs, uint32_t n_runs,
                const struct score_span *w, struct score_tally *ret,
                int64_t *lead_us, uint32_t *ret_n_lead)
{
        struct alarm a = {0};
        uint32_t i;

        tell_events(events, n_events, runs, n_runs, w, ret, lead_us,
                    ret_n_lead);
        for (i = 0; i < n_runs; i++) {
                if (came(&runs[i], events, n_events, w->window_us))
                        continue;
                if (a.n && runs[i].cross_us - a.cross_us > w->gap_us)
                        close_alarm(&a, ret);
                add_run(&a, &runs[i], w);
        }
        close_alarm(&a, ret);
}

static int64_t allowed(int64_t way, int64_t share, int64_t floor)
{
        int64_t part = way * share / 1000;

        return part > floor ? part : floor;
}

void score_peak(const struct score_peak *p, const struct score_limits *l,
                struct score_peaks *ret)
{
        int64_t error = p->told_milli - p->peak_milli;
        int64_t naive = apart(p->naive_milli, p->peak_milli);
        int64_t late_us = p->told_us - p->peak_us;

        ret->n++;
        ret->error_milli += error;
        ret->error_abs_milli += apart(error, 0);
        ret->naive_abs_milli += naive;
        ret->time_us += late_us;
        ret->time_abs_us += apart(late_us, 0);
        if (apart(error, 0) <=
            allowed(naive, l->peak_share, l->peak_floor_milli))
                ret->peak_ok++;
        if (apart(late_us, 0) <=
            allowed(p->peak_us - p->issued_us, l->time_share, l->time_floor_us))
                ret->time_ok++;
}

static int by_size(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return (x > y) - (x < y);
}

int64_t score_median(int64_t *values, uint32_t n)
{
        qsort(values, n, sizeof *values, by_size);
        return values[(n - 1) / 2];
}

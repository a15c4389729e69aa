/* alerts/forecast.c -- a bounded damped-trend forecast of a water level.
 *
 * In:     the levels of the last 72 h of one river or reservoir station.
 * Out:    36 steps of 10 minutes, in mm, and persistence beside each.
 * Holds:  needs 6 values over 30 min, the newest at most an hour old.  Not
 *         lower than the lowest of 72 h less 1 m, nor higher than now plus
 *         3 m.  Doubles live only in here, with + - * / alone, so that
 *         every machine gives the same integers.
 * Source: docs/formulas.md#damped-trend; Gardner & McKenzie, "Forecasting
 *         trends in time series", Management Science 31 (1985) 1237-1246;
 *         damping 0.95 per step; the trend is the least-squares slope of
 *         the last hour.
 * Thread: any; no state of its own. */
#include "alerts/inside.h"

#include <stdio.h>
#include <string.h>

#define STEP_US (10 * MINUTE_US)
#define STEPS 36
#define DAMPING 0.95
#define FIT_US HOUR_US
#define FIT_WIDE_US (3 * HOUR_US)
#define FIT_MIN 6
#define FIT_SPAN_US (30 * MINUTE_US)
#define FRESH_US HOUR_US
#define LOWER_MILLI 1000
#define UPPER_MILLI 3000

/* First sample of those to fit; x->n when there are too few. */
static uint32_t fit_from(const struct series *x)
{
        static const int64_t window[] = {FIT_US, FIT_WIDE_US};
        int64_t now = x->at[x->n - 1].time_us;
        uint32_t w, i;

        for (w = 0; w < 2; w++) {
                for (i = x->n; i > 0; i--)
                        if (now - x->at[i - 1].time_us > window[w])
                                break;
                if (x->n - i >= FIT_MIN &&
                    now - x->at[i].time_us >= FIT_SPAN_US)
                        return i;
        }
        return x->n;
}

/* Thousandths per step, by least squares. */
static double slope(const struct series *x, uint32_t from)
{
        int64_t now = x->at[x->n - 1].time_us;
        int64_t level = x->at[x->n - 1].value_milli;
        double n = x->n - from, st = 0, sv = 0, stt = 0, stv = 0, t, v;
        uint32_t i;

        for (i = from; i < x->n; i++) {
                t = (double)(x->at[i].time_us - now) / (double)STEP_US;
                v = (double)(x->at[i].value_milli - level);
                st += t;
                sv += v;
                stt += t * t;
                stv += t * v;
        }
        return (n * stv - st * sv) / (n * stt - st * st);
}

static int64_t lowest(const struct series *x)
{
        int64_t low = x->at[x->n - 1].value_milli;
        uint32_t i;

        for (i = 0; i < x->n; i++)
                if (x->at[i].value_milli < low)
                        low = x->at[i].value_milli;
        return low;
}

void forecast_bounds(const struct series *x, int64_t *ret_low,
                     int64_t *ret_high)
{
        *ret_low = lowest(x) - LOWER_MILLI;
        *ret_high = x->at[x->n - 1].value_milli + UPPER_MILLI;
}

int64_t forecast_whole(double v)
{
        return v < 0 ? -(int64_t)(0.5 - v) : (int64_t)(v + 0.5);
}

static void fill(const struct series *x, uint32_t from, int64_t engine_us,
                 struct forecast *f)
{
        int64_t now = x->at[x->n - 1].time_us;
        int64_t level = x->at[x->n - 1].value_milli;
        int64_t low, high;
        double trend = slope(x, from), damped = 1, sum = 0;
        int k;

        forecast_bounds(x, &low, &high);
        f->n_steps = 0;
        for (k = 1; k <= STEPS; k++) {
                int64_t value, valid = now + k * STEP_US;

                damped *= DAMPING;
                sum += damped;
                value = level + forecast_whole(trend * sum);
                if (value < low)
                        value = low;
                if (value > high)
                        value = high;
                if (valid > engine_us)
                        f->step[f->n_steps++] =
                                (struct forecast_step){valid, value, level};
        }
}

void forecast_name(struct forecast *f, const struct station *s,
                   const char *model)
{
        char stamp[17];

        snprintf(f->source, sizeof f->source, "%s", FORECAST_OWN);
        snprintf(f->model, sizeof f->model, "%s", model);
        snprintf(f->subject, sizeof f->subject, "%s", s->code);
        time_format_id(stamp, f->issued_us);
        snprintf(f->id, sizeof f->id, "%s-%s-%s-%.20s-%s", f->subject,
                 element_name(f->element), FORECAST_OWN, f->model, stamp);
}

bool forecast_due(const struct engine *g, const struct places *p,
                  uint32_t station, int64_t engine_us, struct forecast *ret)
{
        const struct subject *u = subject_known(g, station);
        const struct series *x;
        int64_t newest;
        uint32_t from;

        if (!u || station >= p->n_stations ||
            (p->stations[station].kind != STATION_RIVER &&
             p->stations[station].kind != STATION_RESERVOIR))
                return false;
        x = level_series_find(u, u->level_element == ELEMENT_ZU ? ELEMENT_ZU
                                                                : ELEMENT_Z);
        if (!x || x->n < FIT_MIN)
                return false;
        newest = x->at[x->n - 1].time_us;
        if (newest < engine_us - FRESH_US)
                return false;
        if (u->run_us != TIME_NONE &&
            (engine_us - u->run_us < STEP_US || newest <= u->run_data_us))
                return false;
        from = fit_from(x);
        if (from == x->n)
                return false;
        memset(ret, 0, sizeof *ret);
        ret->element = x->element;
        ret->issued_us = engine_us;
        ret->begin_us = engine_us;
        forecast_name(ret, &p->stations[station], FORECAST_TREND);
        fill(x, from, engine_us, ret);
        return ret->n_steps > 0;
}

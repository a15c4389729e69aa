/* alerts/travel.c -- the level that comes down from the station upstream.
 *
 * In:     the levels of the last 72 h of a station and of the one upstream,
 *         and the time a flood takes between them.
 * Out:    steps of 10 minutes (more beyond 8 h) up to that time ahead, in
 *         mm, and persistence beside each.
 * Holds:  needs 36 pairs, 0.2 m of range upstream, both newest values at
 *         most an hour old; cut as the damped trend is.  Doubles live only
 *         in here, with + - * / alone, so that every machine gives the
 *         same integers.
 * Source: docs/formulas.md#travel-time: corresponding stages (相应水位法),
 *         Z_down(t + tau) = f(Z_up(t), Z_down(t)), SL 323 ST_FSDR_B for tau;
 *         ordinary least squares with a ridge of 10 mm.
 * Thread: any; no state of its own. */
#include "alerts/inside.h"

#include <stdio.h>
#include <string.h>

#define STEP_US (10 * MINUTE_US)
#define PAIRS_MIN 36
#define RANGE_MIN_MILLI 200
#define GAP_US HOUR_US /* between two values: no line is drawn over more */
#define FRESH_US HOUR_US
#define RIDGE_MILLI 10.0 /* a reading is known to a centimetre */

/* Values at ascending instants. */
struct cursor {
        const struct series *x;
        uint32_t i;
};

static bool value_at(struct cursor *c, int64_t us, double *ret)
{
        const struct sample *s = c->x->at, *next;

        while (c->i + 1 < c->x->n && s[c->i + 1].time_us <= us)
                c->i++;
        if (s[c->i].time_us > us)
                return false;
        *ret = (double)s[c->i].value_milli;
        if (s[c->i].time_us == us)
                return true;
        if (c->i + 1 == c->x->n)
                return false;
        next = &s[c->i + 1];
        if (next->time_us - s[c->i].time_us > GAP_US)
                return false;
        *ret += (double)(next->value_milli - s[c->i].value_milli) *
                (double)(us - s[c->i].time_us) /
                (double)(next->time_us - s[c->i].time_us);
        return true;
}

/* rise = a + b (up - up0) + c (down - down0) within the travel time. */
struct fit {
        double n, s1, s2, sy, s11, s12, s22, s1y, s2y;
        double up_low, up_high;
        double up0, down0;
        double a, b, c;
};

static void add_pair(struct fit *f, double up, double down, double later)
{
        double x1 = up - f->up0, x2 = down - f->down0, y = later - down;

        if (f->n < 1 || up < f->up_low)
                f->up_low = up;
        if (f->n < 1 || up > f->up_high)
                f->up_high = up;
        f->n += 1;
        f->s1 += x1;
        f->s2 += x2;
        f->sy += y;
        f->s11 += x1 * x1;
        f->s12 += x1 * x2;
        f->s22 += x2 * x2;
        f->s1y += x1 * y;
        f->s2y += x2 * y;
}

static bool solve(struct fit *f)
{
        double ridge = f->n * RIDGE_MILLI * RIDGE_MILLI;
        double c11, c12, c22, c1y, c2y, d;

        if (f->n < PAIRS_MIN || f->up_high - f->up_low < RANGE_MIN_MILLI)
                return false;
        c11 = f->s11 - f->s1 * f->s1 / f->n + ridge;
        c12 = f->s12 - f->s1 * f->s2 / f->n;
        c22 = f->s22 - f->s2 * f->s2 / f->n + ridge;
        c1y = f->s1y - f->s1 * f->sy / f->n;
        c2y = f->s2y - f->s2 * f->sy / f->n;
        d = c11 * c22 - c12 * c12; /* above 0: the ridge */
        f->b = (c1y * c22 - c2y * c12) / d;
        f->c = (c2y * c11 - c1y * c12) / d;
        f->a = (f->sy - f->b * f->s1 - f->c * f->s2) / f->n;
        return true;
}

static bool fit_pairs(const struct series *up, const struct series *down,
                      int64_t travel_us, struct fit *f)
{
        struct cursor u = {up, 0}, d = {down, 0};
        double x1, x2;
        uint32_t i;

        *f = (struct fit){.up0 = (double)up->at[up->n - 1].value_milli,
                          .down0 = (double)down->at[down->n - 1].value_milli};
        for (i = 0; i < down->n; i++) {
                int64_t t = down->at[i].time_us - travel_us;

                if (value_at(&u, t, &x1) && value_at(&d, t, &x2))
                        add_pair(f, x1, x2, (double)down->at[i].value_milli);
        }
        return solve(f);
}

/* The level downstream a travel time after t. */
static bool level_after(const struct fit *f, struct cursor *u, struct cursor *d,
                        int64_t t, double *ret)
{
        double up, down;

        if (!value_at(u, t, &up) || !value_at(d, t, &down))
                return false;
        *ret = down + f->a + f->b * (up - f->up0) + f->c * (down - f->down0);
        return true;
}

static int64_t step_of(int64_t travel_us)
{
        int64_t most = FORECAST_STEPS * STEP_US;

        return STEP_US * ((travel_us + most - 1) / most);
}

/* What the fit misses now fades out up to the travel time. */
static void fill(const struct fit *f, const struct series *up,
                 const struct series *down, int64_t travel_us,
                 int64_t engine_us, struct forecast *ret)
{
        struct cursor u = {up, 0}, d = {down, 0};
        int64_t now = down->at[down->n - 1].time_us, ahead, low, high, value;
        int64_t level = down->at[down->n - 1].value_milli;
        double told, off;

        ret->n_steps = 0;
        if (!level_after(f, &u, &d, now - travel_us, &told))
                return;
        off = (double)level - told;
        forecast_bounds(down, &low, &high);
        for (ahead = step_of(travel_us); ahead <= travel_us;
             ahead += step_of(travel_us)) {
                if (!level_after(f, &u, &d, now + ahead - travel_us, &told))
                        continue;
                told += off * (1 - (double)ahead / (double)travel_us);
                value = forecast_whole(told);
                value = value < low ? low : value > high ? high : value;
                if (now + ahead > engine_us && ret->n_steps < FORECAST_STEPS)
                        ret->step[ret->n_steps++] = (struct forecast_step){
                                now + ahead, value, level};
        }
}

static const struct series *level_of(const struct subject *u)
{
        const struct series *x;

        if (!u)
                return NULL;
        x = level_series_find(u, u->level_element == ELEMENT_ZU ? ELEMENT_ZU
                                                                : ELEMENT_Z);
        return x && x->n ? x : NULL;
}

static bool is_due(const struct subject *u, const struct series *up,
                   const struct series *down, int64_t engine_us)
{
        int64_t newest = down->at[down->n - 1].time_us;

        if (newest < engine_us - FRESH_US ||
            up->at[up->n - 1].time_us < engine_us - FRESH_US)
                return false;
        return u->travel_run_us == TIME_NONE ||
               (engine_us - u->travel_run_us >= STEP_US &&
                newest > u->travel_data_us);
}

bool travel_due(const struct engine *g, const struct places *p,
                uint32_t station, int64_t engine_us, struct forecast *ret)
{
        const struct subject *u = subject_known(g, station);
        const struct station *s = &p->stations[station];
        const struct series *up, *down = level_of(u);
        uint32_t at;
        struct fit f;

        if (!down || !s->upstream[0] ||
            (s->kind != STATION_RIVER && s->kind != STATION_RESERVOIR))
                return false;
        at = places_find_station(p, text_of(s->upstream));
        up = at == NO_INDEX ? NULL : level_of(subject_known(g, at));
        if (!up || !is_due(u, up, down, engine_us) ||
            !fit_pairs(up, down, s->travel_us, &f))
                return false;
        memset(ret, 0, sizeof *ret);
        ret->element = down->element;
        ret->issued_us = ret->begin_us = engine_us;
        forecast_name(ret, s, FORECAST_TRAVEL);
        fill(&f, up, down, s->travel_us, engine_us, ret);
        return ret->n_steps > 0;
}

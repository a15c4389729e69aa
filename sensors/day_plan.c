/* sensors/day_plan.c -- 120 in a storm: who is sent where.
 *
 * Holds:  calls are served in order of time; a unit is free once it is
 *         home again.  Distances on a small plane at the caller's latitude
 *         (good to 0.1 % over 100 km). */
#include "sensors/day.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPEED_MPS (40.0 / 3.6)
#define M_PER_DEGREE 111195.0 /* of latitude, sphere of 6371 km */
#define LEAVE_S 30
#define SCENE_S 480
#define HAND_OVER_S 300

struct crew {
        int64_t free_s;
};

static double distance_m(struct point a, struct point b)
{
        double k = cos((a.lat_deg + b.lat_deg) / 2 * 0.017453292519943295);
        double x = (a.lon_deg - b.lon_deg) * k, y = a.lat_deg - b.lat_deg;

        return sqrt(x * x + y * y) * M_PER_DEGREE;
}

static int64_t drive_s(struct point a, struct point b)
{
        return (int64_t)(distance_m(a, b) / SPEED_MPS) + 1;
}

static bool grow(void *items, uint32_t n, uint32_t *cap, size_t bytes)
{
        void **p = items, *more;

        if (n < *cap)
                return true;
        *cap = *cap ? *cap * 2 : 64;
        more = realloc(*p, *cap * bytes);
        if (more)
                *p = more;
        return more != NULL;
}

static bool add_event(struct day_plan *p, struct day_event ev)
{
        if (!grow(&p->events, p->n_events, &p->cap_events, sizeof ev))
                return false;
        p->events[p->n_events++] = ev;
        return true;
}

static bool add_leg(struct day_plan *p, struct day_leg leg)
{
        if (!grow(&p->legs, p->n_legs, &p->cap_legs, sizeof leg))
                return false;
        p->legs[p->n_legs++] = leg;
        return add_event(p, (struct day_event){leg.from_s, true, leg.unit,
                                               leg.state, leg.incident});
}

/* The nearest of the free; when none is free, the first to be. */
static uint32_t choose(const struct day *d, const struct crew *crew,
                       struct point to, int64_t at_s)
{
        uint32_t i, best = 0;
        double far = HUGE_VAL, m;

        for (i = 0; i < d->n_units; i++) {
                m = distance_m(d->units[i].home, to);
                if (crew[i].free_s <= at_s && m < far) {
                        far = m;
                        best = i;
                }
        }
        if (far < HUGE_VAL)
                return best;
        for (i = 1; i < d->n_units; i++)
                if (crew[i].free_s < crew[best].free_s)
                        best = i;
        return best;
}

static struct point nearest_hospital(const struct day *d, struct point from,
                                     struct point home)
{
        struct point best = home;
        double far = HUGE_VAL, m;
        uint32_t i;

        for (i = 0; i < d->n_hospitals; i++) {
                m = distance_m(from, d->hospitals[i]);
                if (m < far) {
                        far = m;
                        best = d->hospitals[i];
                }
        }
        return best;
}

/* The mission of one unit from the order at t on; false: no memory. */
static bool drive(const struct day *d, struct day_plan *p, uint32_t call,
                  uint32_t unit, int64_t t, struct crew *crew)
{
        struct point home = d->units[unit].home, scene = d->calls[call].at;
        struct point bed = nearest_hospital(d, scene, home);
        int64_t go = t + LEAVE_S, there = go + drive_s(home, scene);
        int64_t leave = there + SCENE_S, in = leave + drive_s(scene, bed);
        int64_t out = in + HAND_OVER_S, back = out + drive_s(bed, home);

        crew->free_s = back;
        return add_leg(p, (struct day_leg){unit, t, go, home, home,
                                           UNIT_DISPATCHED, call}) &&
               add_leg(p, (struct day_leg){unit, go, there, home, scene,
                                           UNIT_EN_ROUTE, call}) &&
               add_leg(p, (struct day_leg){unit, there, leave, scene, scene,
                                           UNIT_ON_SCENE, call}) &&
               add_leg(p, (struct day_leg){unit, leave, in, scene, bed,
                                           UNIT_LEAVING, call}) &&
               add_leg(p, (struct day_leg){unit, in, out, bed, bed,
                                           UNIT_AT_HOSPITAL, call}) &&
               add_leg(p, (struct day_leg){unit, out, back, bed, home,
                                           UNIT_RETURNING, NO_INDEX}) &&
               add_event(p, (struct day_event){back, true, unit, UNIT_AVAILABLE,
                                               NO_INDEX}) &&
               add_event(p, (struct day_event){t, false, call,
                                               INCIDENT_DISPATCHED, call}) &&
               add_event(p, (struct day_event){there, false, call,
                                               INCIDENT_ON_SCENE, call}) &&
               add_event(p, (struct day_event){leave, false, call,
                                               INCIDENT_TRANSPORTING, call}) &&
               add_event(p, (struct day_event){out, false, call,
                                               INCIDENT_CLOSED, call});
}

static bool serve(const struct day *d, struct day_plan *p, uint32_t call,
                  struct crew *crew)
{
        int64_t t = d->calls[call].at_min * 60;
        uint32_t unit;

        if (!add_event(p, (struct day_event){t, false, call, INCIDENT_RECEIVED,
                                             call}) ||
            !add_event(p, (struct day_event){t + 60, false, call,
                                             INCIDENT_ACCEPTED, call}))
                return false;
        t += 120;
        if (d->n_units == 0)
                return add_event(p, (struct day_event){t, false, call,
                                                       INCIDENT_WAITING, call});
        unit = choose(d, crew, d->calls[call].at, t);
        if (crew[unit].free_s > t) {
                if (!add_event(p, (struct day_event){t, false, call,
                                                     INCIDENT_WAITING, call}))
                        return false;
                t = crew[unit].free_s + 1;
        }
        return drive(d, p, call, unit, t, &crew[unit]);
}

static int by_time(const void *a, const void *b)
{
        const struct day_event *x = a, *y = b;

        if (x->at_s != y->at_s)
                return x->at_s < y->at_s ? -1 : 1;
        if (x->is_unit != y->is_unit)
                return x->is_unit - y->is_unit;
        if (x->index != y->index)
                return x->index < y->index ? -1 : 1;
        return x->state - y->state;
}

enum status day_plan_make(const struct day *d, struct day_plan *ret,
                          struct err *e)
{
        struct crew *crew = calloc(d->n_units + 1, sizeof *crew);
        struct day_plan p = {0};
        bool ok = crew != NULL;
        uint32_t i;

        for (i = 0; ok && i < d->n_calls; i++)
                ok = serve(d, &p, i, crew);
        free(crew);
        if (!ok) {
                day_plan_done(&p);
                return err_set(e, ERR_MEMORY, "day plan");
        }
        if (p.n_events)
                qsort(p.events, p.n_events, sizeof *p.events, by_time);
        *ret = p;
        return OK;
}

void day_plan_done(struct day_plan *p)
{
        free(p->events);
        free(p->legs);
        memset(p, 0, sizeof *p);
}

struct day_fix day_unit_at(const struct day *d, const struct day_plan *p,
                           uint32_t unit, int64_t at_s)
{
        struct day_fix fix = {UNIT_AVAILABLE, d->units[unit].home, NO_INDEX,
                              false};
        uint32_t i;

        for (i = 0; i < p->n_legs; i++) {
                const struct day_leg *l = &p->legs[i];
                double part;

                if (l->unit != unit || at_s < l->from_s || at_s >= l->to_s)
                        continue;
                part = (double)(at_s - l->from_s) /
                       (double)(l->to_s - l->from_s);
                fix.state = l->state;
                fix.incident = l->incident;
                fix.moving = l->from.lon_deg != l->to.lon_deg ||
                             l->from.lat_deg != l->to.lat_deg;
                fix.at.lon_deg = l->from.lon_deg +
                                 (l->to.lon_deg - l->from.lon_deg) * part;
                fix.at.lat_deg = l->from.lat_deg +
                                 (l->to.lat_deg - l->from.lat_deg) * part;
                break;
        }
        return fix;
}

/* gis/near.c -- which stations lie around a point. */
#include "gis/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gis/zone.h"

#define METRES_PER_DEG                                        \
        110000.0 /* a little less than any degree of latitude \
                  */

struct spot {
        int32_t x, y;  /* cell */
        bool in;       /* stands in the cell's list */
        uint32_t next; /* of the same slot, index + 1 */
};

struct near {
        struct spot *spot; /* by station index */
        uint32_t n, cap;
        uint32_t *slot; /* first of the list, index + 1 */
        uint32_t n_slots;
        uint32_t n_in;
};

enum status gis_near_create(struct near **ret, struct err *e)
{
        struct near *n = calloc(1, sizeof *n);

        if (!n)
                return err_set(e, ERR_MEMORY, "no memory for neighbours");
        *ret = n;
        return OK;
}

void gis_near_free(struct near *n)
{
        if (!n)
                return;
        free(n->spot);
        free(n->slot);
        free(n);
}

static uint32_t slot_of(const struct near *n, int32_t x, int32_t y)
{
        uint32_t h = (uint32_t)x * 73856093u ^ (uint32_t)y * 19349663u;

        return (h ^ h >> 15) % n->n_slots;
}

static void link_in(struct near *n, uint32_t i)
{
        uint32_t *slot = &n->slot[slot_of(n, n->spot[i].x, n->spot[i].y)];

        n->spot[i].next = *slot;
        *slot = i + 1;
}

static void link_out(struct near *n, uint32_t i)
{
        uint32_t *at = &n->slot[slot_of(n, n->spot[i].x, n->spot[i].y)];

        while (*at != i + 1)
                at = &n->spot[*at - 1].next;
        *at = n->spot[i].next;
        n->spot[i].in = false;
        n->n_in--;
}

/* Twice as many slots as stations, all linked anew. */
static enum status more_slots(struct near *n, struct err *e)
{
        uint32_t want = n->n_slots ? n->n_slots * 2 : 256, i;
        uint32_t *slot = calloc(want, sizeof *slot);

        if (!slot)
                return err_set(e, ERR_MEMORY, "no memory for neighbours");
        free(n->slot);
        n->slot = slot;
        n->n_slots = want;
        for (i = 0; i < n->n; i++)
                if (n->spot[i].in)
                        link_in(n, i);
        return OK;
}

static enum status room(struct near *n, uint32_t station, struct err *e)
{
        uint32_t cap = n->cap ? n->cap : 64;
        struct spot *more;

        while (cap <= station)
                cap *= 2;
        if (cap > n->cap) {
                more = realloc(n->spot, cap * sizeof *more);
                if (!more)
                        return err_set(e, ERR_MEMORY,
                                       "no memory for neighbours");
                memset(more + n->cap, 0, (cap - n->cap) * sizeof *more);
                n->spot = more;
                n->cap = cap;
        }
        if (station >= n->n)
                n->n = station + 1;
        return n->n_in * 2 >= n->n_slots ? more_slots(n, e) : OK;
}

static bool belongs(const struct station *s)
{
        return s->active && (s->at.lon_deg != 0 || s->at.lat_deg != 0) &&
               (s->kind == STATION_RAIN || s->kind == STATION_RIVER ||
                s->kind == STATION_RESERVOIR);
}

static int32_t cell(double deg)
{
        return (int32_t)floor(deg / NEAR_CELL_DEG);
}

enum status gis_near_put(struct near *n, const struct places *p,
                         uint32_t station, struct err *e)
{
        const struct station *s = &p->stations[station];
        enum status st = room(n, station, e);
        struct spot *x;

        if (st != OK)
                return st;
        x = &n->spot[station];
        if (x->in)
                link_out(n, station);
        if (!belongs(s))
                return OK;
        x->x = cell(s->at.lon_deg);
        x->y = cell(s->at.lat_deg);
        x->in = true;
        n->n_in++;
        link_in(n, station);
        return OK;
}

/* Into its place by distance, then by index; the furthest falls out. */
static void keep(struct around *a, uint32_t station, double distance_m)
{
        uint32_t i = a->n;

        while (i > 0 && (a->distance_m[i - 1] > distance_m ||
                         (a->distance_m[i - 1] == distance_m &&
                          a->station[i - 1] > station)))
                i--;
        if (i == AROUND_MAX)
                return;
        if (a->n < AROUND_MAX)
                a->n++;
        memmove(a->station + i + 1, a->station + i,
                (a->n - i - 1) * sizeof *a->station);
        memmove(a->distance_m + i + 1, a->distance_m + i,
                (a->n - i - 1) * sizeof *a->distance_m);
        a->station[i] = station;
        a->distance_m[i] = distance_m;
}

static void look(const struct near *n, const struct places *p, uint32_t station,
                 double distance_m, int32_t x, int32_t y, struct around *ret)
{
        struct point at = p->stations[station].at;
        uint32_t i = n->slot[slot_of(n, x, y)];

        for (; i; i = n->spot[i - 1].next) {
                const struct spot *s = &n->spot[i - 1];
                double d;

                if (s->x != x || s->y != y || i - 1 == station)
                        continue;
                d = gis_distance_m(at, p->stations[i - 1].at);
                if (d <= distance_m)
                        keep(ret, i - 1, d);
        }
}

void gis_near_find(const struct near *n, const struct places *p,
                   uint32_t station, double distance_m, struct around *ret)
{
        const struct point at = p->stations[station].at;
        double high_deg = distance_m / METRES_PER_DEG;
        double wide_deg = high_deg / fmax(cos(at.lat_deg * M_PI / 180), 0.05);
        int32_t x, y;

        ret->n = 0;
        if (n->n_slots == 0)
                return;
        for (y = cell(at.lat_deg - high_deg); y <= cell(at.lat_deg + high_deg);
             y++)
                for (x = cell(at.lon_deg - wide_deg);
                     x <= cell(at.lon_deg + wide_deg); x++)
                        look(n, p, station, distance_m, x, y, ret);
}

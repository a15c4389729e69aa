/* alerts/calls.c -- the 120 incidents of the last three days: how many in a
 * zone, near a place, how many people.
 *
 * Holds:  each incident once, at the time of its first call; cancelled ones
 *         and false calls are forgotten.  When there are too many the oldest
 *         goes, and is counted.
 * Source: distance on a sphere's tangent plane: exact to 0.1 % within
 *         100 km outside the polar circles.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#define METRES_A_DEGREE 111195.0 /* of a meridian; radius 6371.0 km */
#define E7 1e7

static int64_t e7(double deg)
{
        return (int64_t)(deg * E7 + (deg < 0 ? -0.5 : 0.5));
}

static bool counts(const struct incident *c)
{
        return c->state != INCIDENT_CANCELLED && c->state != INCIDENT_FALSE &&
               c->state != INCIDENT_MERGED;
}

static uint32_t find(const struct engine *g, const struct incident *c)
{
        uint32_t i;

        for (i = g->n_calls; i > 0; i--)
                if (strcmp(g->calls[i - 1].id, c->id) == 0 &&
                    strcmp(g->calls[i - 1].centre, c->centre) == 0)
                        return i - 1;
        return NO_INDEX;
}

static void drop(struct engine *g, uint32_t i)
{
        g->n_calls--;
        memmove(g->calls + i, g->calls + i + 1,
                (g->n_calls - i) * sizeof *g->calls);
}

/* In its place by time. */
static void put(struct engine *g, const struct incident *c)
{
        uint32_t i = g->n_calls;
        struct call *x;

        while (i > 0 && g->calls[i - 1].opened_us > c->opened_us)
                i--;
        memmove(g->calls + i + 1, g->calls + i,
                (g->n_calls - i) * sizeof *g->calls);
        g->n_calls++;
        x = &g->calls[i];
        *x = (struct call){.opened_us = c->opened_us,
                           .people = c->people,
                           .has_point = c->has_point,
                           .lon_e7 = c->has_point ? e7(c->at.lon_deg) : 0,
                           .lat_e7 = c->has_point ? e7(c->at.lat_deg) : 0};
        snprintf(x->centre, sizeof x->centre, "%s", c->centre);
        snprintf(x->id, sizeof x->id, "%s", c->id);
        snprintf(x->county, sizeof x->county, "%s", c->county);
        snprintf(x->town, sizeof x->town, "%s", c->town);
}

enum status calls_put(struct step *s, const struct incident *c)
{
        struct engine *g = s->g;
        uint32_t i = find(g, c);

        if (i != NO_INDEX)
                drop(g, i);
        while (g->n_calls &&
               g->calls[0].opened_us < s->m->engine_us - HORIZON_US)
                drop(g, 0);
        if (!counts(c) || c->opened_us < s->m->engine_us - HORIZON_US)
                return OK;
        if (!g->calls) {
                g->calls = calloc(CALLS_MAX, sizeof *g->calls);
                if (!g->calls)
                        return err_set(s->e, ERR_MEMORY, "%u incidents",
                                       CALLS_MAX);
        }
        if (g->n_calls == CALLS_MAX) {
                g->counts.dropped++;
                drop(g, 0);
        }
        put(g, c);
        return OK;
}

static bool in_window(const struct call *c, int64_t at_us, int64_t window_us)
{
        return c->opened_us > at_us - window_us && c->opened_us <= at_us;
}

static bool in_zone(const struct call *c, const char *zone)
{
        return subject_zone_over(zone, c->county, c->town);
}

void calls_in_zone(const struct engine *g, const char *zone, int64_t at_us,
                   int64_t window_us, struct call_sums *ret)
{
        uint32_t i;

        *ret = (struct call_sums){0, 0, 0};
        for (i = 0; i < g->n_calls; i++) {
                const struct call *c = &g->calls[i];

                if (!in_window(c, at_us, window_us) || !in_zone(c, zone))
                        continue;
                ret->n++;
                if (c->people <= 0)
                        continue;
                ret->people += c->people;
                if (c->people > ret->most)
                        ret->most = c->people;
        }
}

/* The cosine of degrees by + - * / alone, so that every machine decides
 * alike (Taylor; a millionth at 60 degrees, a ten-thousandth at 90). */
static double cosine(double deg)
{
        double x = deg * 3.14159265358979323846 / 180, q = x * x;

        return 1 -
               q / 2 *
                       (1 -
                        q / 12 * (1 - q / 30 * (1 - q / 56 * (1 - q / 90))));
}

static bool within(const struct call *c, int64_t lon_e7, int64_t lat_e7,
                   int64_t m)
{
        double y = (double)(c->lat_e7 - lat_e7) / E7 * METRES_A_DEGREE, x;

        if (y > (double)m || y < -(double)m)
                return false;
        x = (double)(c->lon_e7 - lon_e7) / E7 * METRES_A_DEGREE *
            cosine((double)(c->lat_e7 + lat_e7) / (2 * E7));
        return x * x + y * y <= (double)m * (double)m;
}

static int64_t near(const struct engine *g, int64_t lon_e7, int64_t lat_e7,
                    int64_t at_us, int64_t window_us, int64_t m)
{
        int64_t n = 0;
        uint32_t i;

        for (i = 0; i < g->n_calls; i++)
                n += g->calls[i].has_point &&
                     in_window(&g->calls[i], at_us, window_us) &&
                     within(&g->calls[i], lon_e7, lat_e7, m);
        return n;
}

int64_t calls_near(const struct engine *g, struct point at, int64_t at_us,
                   int64_t window_us, int64_t m)
{
        return near(g, e7(at.lon_deg), e7(at.lat_deg), at_us, window_us, m);
}

/* ---- the thickest crowd ---- */

/* Calls of a window by cells of the distance: what is within it lies in the
 * same cell or one of the eight around. */
struct cell {
        int64_t row, col;
        uint32_t call;
};

struct grid {
        struct cell cell[CALLS_MAX]; /* by row, then column */
        uint32_t n;
};

static int by_cell(const void *a, const void *b)
{
        const struct cell *x = a, *y = b;

        if (x->row != y->row)
                return x->row < y->row ? -1 : 1;
        if (x->col != y->col)
                return x->col < y->col ? -1 : 1;
        return x->call < y->call ? -1 : x->call > y->call;
}

/* A thousandth wider than the distance, and as wide as it must be where
 * the meridians are nearest; 1 to half the globe. */
static int64_t side_e7(double m, double shrink)
{
        double side = m * 1.001 / (METRES_A_DEGREE * shrink) * E7 + 1;

        return side < 180 * E7 ? (int64_t)side : (int64_t)(180 * E7);
}

static void lay_out(struct grid *grid, const struct engine *g, int64_t at_us,
                    int64_t window_us, int64_t m)
{
        double least = 1, c;
        int64_t side_lat, side_lon;
        uint32_t i;

        grid->n = 0;
        for (i = 0; i < g->n_calls; i++) {
                const struct call *x = &g->calls[i];

                if (!x->has_point || !in_window(x, at_us, window_us))
                        continue;
                c = cosine((double)x->lat_e7 / E7);
                least = c < least ? c : least;
                grid->cell[grid->n++].call = i;
        }
        side_lat = side_e7((double)m, 1);
        side_lon = side_e7((double)m, least > 0.001 ? least : 0.001);
        for (i = 0; i < grid->n; i++) {
                const struct call *x = &g->calls[grid->cell[i].call];

                /* From a corner of the globe: never below 0. */
                grid->cell[i].row = (x->lat_e7 + (int64_t)(90 * E7)) / side_lat;
                grid->cell[i].col =
                        (x->lon_e7 + (int64_t)(180 * E7)) / side_lon;
        }
        qsort(grid->cell, grid->n, sizeof *grid->cell, by_cell);
}

/* The first that does not stand before (row, col). */
static uint32_t first_of(const struct grid *grid, int64_t row, int64_t col)
{
        uint32_t low = 0, high = grid->n;

        while (low < high) {
                uint32_t mid = low + (high - low) / 2;
                const struct cell *c = &grid->cell[mid];

                if (c->row < row || (c->row == row && c->col < col))
                        low = mid + 1;
                else
                        high = mid;
        }
        return low;
}

static int64_t around(const struct grid *grid, const struct engine *g,
                      const struct cell *at, int64_t m)
{
        const struct call *x = &g->calls[at->call];
        int64_t row, n = 0;
        uint32_t i;

        for (row = at->row - 1; row <= at->row + 1; row++)
                for (i = first_of(grid, row, at->col - 1);
                     i < grid->n && grid->cell[i].row == row &&
                     grid->cell[i].col <= at->col + 1;
                     i++)
                        n += within(&g->calls[grid->cell[i].call], x->lon_e7,
                                    x->lat_e7, m);
        return n;
}

int64_t calls_crowd(const struct engine *g, const char *zone, int64_t at_us,
                    int64_t window_us, int64_t m)
{
        struct grid grid;
        int64_t most = 0, n;
        uint32_t i;

        lay_out(&grid, g, at_us, window_us, m);
        for (i = 0; i < grid.n; i++) {
                if (!in_zone(&g->calls[grid.cell[i].call], zone))
                        continue;
                n = around(&grid, g, &grid.cell[i], m);
                most = n > most ? n : most;
        }
        return most;
}

/* schemas/geo.c -- the least geometry that everybody needs. */
#include "schemas/geo.h"

#include <math.h>

/* Crossing number; Franklin, "PNPOLY": half-open edges, so that a border
 * shared by two polygons counts for one of them. */
static bool ring_crossed(const struct ring *r, struct point at)
{
        bool in = false;
        uint32_t i;

        for (i = 1; i < r->n; i++) {
                struct point a = r->at[i - 1], b = r->at[i];

                if ((a.lat_deg > at.lat_deg) == (b.lat_deg > at.lat_deg))
                        continue;
                if (at.lon_deg < (b.lon_deg - a.lon_deg) *
                                                 (at.lat_deg - a.lat_deg) /
                                                 (b.lat_deg - a.lat_deg) +
                                         a.lon_deg)
                        in = !in;
        }
        return in;
}

bool geo_inside(const struct ring *rings, uint32_t n, struct point at)
{
        bool in = false;
        uint32_t i;

        for (i = 0; i < n; i++)
                if (ring_crossed(&rings[i], at))
                        in = !in;
        return in;
}

bool geo_bounds(const struct ring *rings, uint32_t n, struct point *ret_low,
                struct point *ret_high)
{
        struct point low = {INFINITY, INFINITY}, high = {-INFINITY, -INFINITY};
        uint32_t i, k;

        for (i = 0; i < n; i++)
                for (k = 0; k < rings[i].n; k++) {
                        low.lon_deg = fmin(low.lon_deg, rings[i].at[k].lon_deg);
                        low.lat_deg = fmin(low.lat_deg, rings[i].at[k].lat_deg);
                        high.lon_deg =
                                fmax(high.lon_deg, rings[i].at[k].lon_deg);
                        high.lat_deg =
                                fmax(high.lat_deg, rings[i].at[k].lat_deg);
                }
        if (!(low.lon_deg <= high.lon_deg))
                return false;
        *ret_low = low;
        *ret_high = high;
        return true;
}

double geo_ring_area(const struct ring *r)
{
        double twice = 0;
        uint32_t i;

        for (i = 1; i < r->n; i++)
                twice += r->at[i - 1].lon_deg * r->at[i].lat_deg -
                         r->at[i].lon_deg * r->at[i - 1].lat_deg;
        return twice / 2;
}

/* Twice the signed area of a, b, c: on which side of ab lies c? */
static double turn(struct point a, struct point b, struct point c)
{
        return (b.lon_deg - a.lon_deg) * (c.lat_deg - a.lat_deg) -
               (b.lat_deg - a.lat_deg) * (c.lon_deg - a.lon_deg);
}

/* Touching is allowed: towns of one county meet in points. */
static bool edges_cross(const struct point *a, const struct point *b)
{
        double c = turn(a[0], a[1], b[0]), d = turn(a[0], a[1], b[1]);
        double e = turn(b[0], b[1], a[0]), f = turn(b[0], b[1], a[1]);

        return ((c > 0 && d < 0) || (c < 0 && d > 0)) &&
               ((e > 0 && f < 0) || (e < 0 && f > 0));
}

bool geo_ring_crosses(const struct ring *r, struct point *ret_near)
{
        uint32_t i, k;

        for (i = 0; i + 1 < r->n; i++)
                for (k = i + 2; k + 1 < r->n; k++)
                        if (edges_cross(&r->at[i], &r->at[k])) {
                                *ret_near = r->at[i + 1];
                                return true;
                        }
        return false;
}

static struct point centroid(const struct ring *r)
{
        struct point o = r->at[0], c = {0, 0};
        double twice = 0;
        uint32_t i;

        for (i = 1; i < r->n; i++) {
                double ax = r->at[i - 1].lon_deg - o.lon_deg;
                double ay = r->at[i - 1].lat_deg - o.lat_deg;
                double bx = r->at[i].lon_deg - o.lon_deg;
                double by = r->at[i].lat_deg - o.lat_deg;
                double cross = ax * by - bx * ay;

                twice += cross;
                c.lon_deg += (ax + bx) * cross;
                c.lat_deg += (ay + by) * cross;
        }
        if (twice == 0)
                return o;
        return (struct point){o.lon_deg + c.lon_deg / (3 * twice),
                              o.lat_deg + c.lat_deg / (3 * twice)};
}

#define LABEL_STEPS 64

/* The middle of the longest run of inside samples. */
static struct point widest(const struct ring *rings, uint32_t n,
                           struct point low, struct point high)
{
        double dx = (high.lon_deg - low.lon_deg) / LABEL_STEPS;
        double dy = (high.lat_deg - low.lat_deg) / LABEL_STEPS;
        struct point best = rings[0].at[0], at;
        int row, col, run, best_run = 0;

        for (row = 0; row < LABEL_STEPS; row++) {
                at.lat_deg = low.lat_deg + (row + 0.5) * dy;
                for (run = 0, col = 0; col < LABEL_STEPS; col++) {
                        at.lon_deg = low.lon_deg + (col + 0.5) * dx;
                        run = geo_inside(rings, n, at) ? run + 1 : 0;
                        if (run <= best_run)
                                continue;
                        best_run = run;
                        best.lat_deg = at.lat_deg;
                        best.lon_deg = at.lon_deg - (run - 1) * dx / 2;
                }
        }
        /* An even run's middle may fall on nothing but inside samples'
         * edge; a run is one stretch, so its middle is inside too. */
        return best;
}

struct point geo_label(const struct ring *rings, uint32_t n)
{
        struct point low = {0, 0}, high = {0, 0}, c;
        double area, best = -1;
        uint32_t i, big = 0;

        if (!geo_bounds(rings, n, &low, &high))
                return low;
        for (i = 0; i < n; i++) {
                area = fabs(geo_ring_area(&rings[i]));
                if (area > best) {
                        best = area;
                        big = i;
                }
        }
        c = centroid(&rings[big]);
        if (geo_inside(rings, n, c))
                return c;
        return widest(rings, n, low, high);
}

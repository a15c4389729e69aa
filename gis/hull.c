/* gis/hull.c -- an outline around some points. */
#include "gis/hull.h"

#include <math.h>
#include <stdlib.h>

#define METRES_PER_DEG 111320.0

static int by_lon(const void *a, const void *b)
{
        const struct point *x = a, *y = b;

        if (x->lon_deg != y->lon_deg)
                return x->lon_deg < y->lon_deg ? -1 : 1;
        return (x->lat_deg > y->lat_deg) - (x->lat_deg < y->lat_deg);
}

/* Above 0 when a, b, c turn to the left. */
static double turn(struct point a, struct point b, struct point c)
{
        return (b.lon_deg - a.lon_deg) * (c.lat_deg - a.lat_deg) -
               (b.lat_deg - a.lat_deg) * (c.lon_deg - a.lon_deg);
}

static void ring_around(struct point at, double around_m, struct point ret[8])
{
        double high = around_m / METRES_PER_DEG;
        double wide = high / fmax(cos(at.lat_deg * M_PI / 180), 0.05);
        int i;

        for (i = 0; i < 8; i++)
                ret[i] = (struct point){at.lon_deg + wide * cos(i * M_PI / 4),
                                        at.lat_deg + high * sin(i * M_PI / 4)};
}

uint32_t gis_hull(const struct point *at, uint32_t n, double around_m,
                  struct point *ret)
{
        struct point p[8 * GIS_HULL_POINTS_MAX];
        uint32_t i, k = 0, lower;

        if (n == 0 || n > GIS_HULL_POINTS_MAX)
                return 0;
        for (i = 0; i < n; i++)
                ring_around(at[i], around_m, p + (size_t)8 * i);
        n *= 8;
        qsort(p, n, sizeof *p, by_lon);
        for (i = 0; i < n; i++) {
                while (k >= 2 && turn(ret[k - 2], ret[k - 1], p[i]) <= 0)
                        k--;
                ret[k++] = p[i];
        }
        lower = k + 1;
        for (i = n - 1; i-- > 0;) {
                while (k >= lower && turn(ret[k - 2], ret[k - 1], p[i]) <= 0)
                        k--;
                ret[k++] = p[i];
        }
        return k - 1;
}

/* gis/zone.c -- which zone a point lies in, and how far apart points are. */
#include "gis/zone.h"

#include <math.h>
#include <string.h>

#include "schemas/geo.h"

#define EARTH_RADIUS_M 6371008.8
#define RADIANS (3.14159265358979323846 / 180.0)

bool gis_zone_has(const struct zone *z, struct point at)
{
        if (at.lon_deg < z->low.lon_deg || at.lon_deg > z->high.lon_deg ||
            at.lat_deg < z->low.lat_deg || at.lat_deg > z->high.lat_deg)
                return false;
        return geo_inside(z->rings, z->n_rings, at);
}

const struct zone *gis_zone_of(const struct places *p, enum zone_level level,
                               struct point at)
{
        uint32_t i;

        for (i = 0; i < p->n_zones; i++)
                if (p->zones[i].level == level &&
                    gis_zone_has(&p->zones[i], at))
                        return &p->zones[i];
        return NULL;
}

void gis_zone_codes(const struct places *p, struct point at, char town[10],
                    char county[7])
{
        const struct zone *t = gis_zone_of(p, ZONE_TOWN, at);
        const struct zone *c = NULL;

        town[0] = county[0] = '\0';
        if (t) {
                text_copy(town, 10, text_of(t->code));
                c = places_find_zone(p, text_of(t->parent));
        }
        if (!c || c->level != ZONE_COUNTY)
                c = gis_zone_of(p, ZONE_COUNTY, at);
        if (c)
                text_copy(county, 7, text_of(c->code));
}

/* Square degrees as geo_ring_area() counts them; holes are taken out. */
static double area(const struct zone *z)
{
        double sum = 0;
        uint32_t i;

        for (i = 0; i < z->n_rings; i++) {
                bool outer = i == 0 || z->rings[i].part != z->rings[i - 1].part;
                double one = fabs(geo_ring_area(&z->rings[i]));

                sum += outer ? one : -one;
        }
        return sum;
}

/* Two of one size: by code, so that the order is always the same. */
static bool is_smaller(const struct zone *a, const struct zone *b)
{
        double x = area(a), y = area(b);

        return x < y || (x == y && strcmp(a->code, b->code) < 0);
}

uint32_t gis_zone_catchments(const struct places *p, struct point at,
                             char ret[CATCHMENTS_MAX][ZONE_CODE_MAX + 1])
{
        const struct zone *found[CATCHMENTS_MAX] = {NULL}, *z, *out;
        uint32_t i, k, n = 0;

        for (i = 0; i < p->n_zones; i++) {
                z = &p->zones[i];
                if (z->level != ZONE_CATCHMENT || !gis_zone_has(z, at))
                        continue;
                n++;
                for (k = 0; z && k < CATCHMENTS_MAX; k++)
                        if (!found[k] || is_smaller(z, found[k])) {
                                out = found[k];
                                found[k] = z;
                                z = out;
                        }
        }
        for (k = 0; k < CATCHMENTS_MAX; k++)
                text_copy(ret[k], ZONE_CODE_MAX + 1,
                          text_of(found[k] ? found[k]->code : ""));
        return n;
}

double gis_distance_m(struct point a, struct point b)
{
        double lat_a = a.lat_deg * RADIANS, lat_b = b.lat_deg * RADIANS;
        double s = sin((lat_b - lat_a) / 2);
        double t = sin((b.lon_deg - a.lon_deg) * RADIANS / 2);
        double h = s * s + cos(lat_a) * cos(lat_b) * t * t;

        return 2 * EARTH_RADIUS_M * asin(sqrt(fmin(h, 1.0)));
}

bool gis_zones_box(const struct places *p, enum zone_level level,
                   struct point *ret_low, struct point *ret_high)
{
        struct point low = {0, 0}, high = {0, 0};
        bool any = false;
        uint32_t i;

        for (i = 0; i < p->n_zones; i++) {
                const struct zone *z = &p->zones[i];

                if (z->level != level)
                        continue;
                if (!any) {
                        low = z->low;
                        high = z->high;
                }
                any = true;
                low.lon_deg = fmin(low.lon_deg, z->low.lon_deg);
                low.lat_deg = fmin(low.lat_deg, z->low.lat_deg);
                high.lon_deg = fmax(high.lon_deg, z->high.lon_deg);
                high.lat_deg = fmax(high.lat_deg, z->high.lat_deg);
        }
        if (!any)
                return false;
        *ret_low = low;
        *ret_high = high;
        return true;
}

/* Tests of gis/hull.c: an outline around some points. */
#include "check.h"

#include "gis/hull.h"
#include "gis/zone.h"

static bool holds(const struct point *hull, uint32_t n, struct point at)
{
        uint32_t i;

        for (i = 0; i < n; i++) {
                struct point a = hull[i], b = hull[(i + 1) % n];

                if ((b.lon_deg - a.lon_deg) * (at.lat_deg - a.lat_deg) -
                            (b.lat_deg - a.lat_deg) * (at.lon_deg - a.lon_deg) <
                    -1e-12)
                        return false;
        }
        return n >= 3;
}

TEST(one_point_has_an_outline)
{
        struct point at = {110.9, 21.6}, out[GIS_HULL_MAX(1)];
        uint32_t n = gis_hull(&at, 1, 2000, out), i;

        CHECK_EQ(n, 8);
        for (i = 0; i < n; i++) {
                double d = gis_distance_m(at, out[i]);

                CHECK(d > 1950 && d < 2050);
        }
        CHECK(holds(out, n, at));
        CHECK_EQ(gis_hull(&at, 0, 2000, out), 0);
}

TEST(all_points_lie_within)
{
        struct point at[40], out[GIS_HULL_MAX(40)], far = {112, 21.6};
        uint32_t x = 9, i, round, n;

        for (round = 0; round < 50; round++) {
                for (i = 0; i < 40; i++) {
                        x = x * 1664525u + 1013904223u;
                        at[i].lon_deg = 110.5 + (x >> 12) % 1000 / 1e3;
                        x = x * 1664525u + 1013904223u;
                        at[i].lat_deg = 21.5 + (round ? (x >> 12) % 900 : 0) /
                                                       1e3; /* once in line */
                }
                n = gis_hull(at, 40, 2000, out);
                CHECK(n >= 8 && n < 100);
                for (i = 0; i < 40; i++)
                        CHECK(holds(out, n, at[i]));
                CHECK(!holds(out, n, far));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(one_point_has_an_outline),
                RUN(all_points_lie_within),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

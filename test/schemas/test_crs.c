/* Tests of schemas/crs.c. */
#include "check.h"

#include <math.h>

#include "schemas/crs.h"

/* A pair published with the formulas: a place in Beijing. */
TEST(gcj02_is_where_the_published_pair_says)
{
        struct point at = crs_wgs84_to_gcj02((struct point){116.404, 39.915});

        CHECK(fabs(at.lon_deg - 116.41024449916938) < 1e-9);
        CHECK(fabs(at.lat_deg - 39.91640428150164) < 1e-9);
}

TEST(gcj02_is_undone_within_a_millimetre)
{
        struct point here = {110.9186, 21.6417}, back;

        CHECK(crs_to_wgs84(CRS_GCJ02, crs_wgs84_to_gcj02(here), &back));
        CHECK(fabs(back.lon_deg - here.lon_deg) < 1e-8);
        CHECK(fabs(back.lat_deg - here.lat_deg) < 1e-8);
        CHECK(fabs(crs_wgs84_to_gcj02(here).lon_deg - here.lon_deg) > 0.003);
}

/* Baidu writes the same place as (116.41662724378733, 39.922699552216216)
 * when GCJ-02 has (116.41024449916938, 39.91640428150164). */
TEST(bd09_goes_all_the_way)
{
        struct point in = {116.41662724378733, 39.922699552216216}, back;

        CHECK(crs_to_wgs84(CRS_BD09, in, &back));
        CHECK(fabs(back.lon_deg - 116.404) < 2e-5);
        CHECK(fabs(back.lat_deg - 39.915) < 2e-5);
}

/* All over Guangdong, well under a metre. */
TEST(there_and_back_is_the_same_place)
{
        struct point here, gcj, bd;

        for (here.lon_deg = 109.6; here.lon_deg < 117.4; here.lon_deg += 0.13)
                for (here.lat_deg = 20.1; here.lat_deg < 25.6;
                     here.lat_deg += 0.11) {
                        CHECK(crs_to_wgs84(CRS_GCJ02, crs_wgs84_to_gcj02(here),
                                           &gcj));
                        CHECK(crs_to_wgs84(CRS_BD09, crs_wgs84_to_bd09(here),
                                           &bd));
                        CHECK(fabs(gcj.lon_deg - here.lon_deg) < 1e-7);
                        CHECK(fabs(gcj.lat_deg - here.lat_deg) < 1e-7);
                        CHECK(fabs(bd.lon_deg - here.lon_deg) < 1e-7);
                        CHECK(fabs(bd.lat_deg - here.lat_deg) < 1e-7);
                }
}

TEST(cgcs2000_and_places_abroad_stay)
{
        struct point in = {110.5, 21.5}, paris = {2.35, 48.85}, out;

        CHECK(crs_to_wgs84(CRS_CGCS2000, in, &out));
        CHECK(out.lon_deg == in.lon_deg && out.lat_deg == in.lat_deg);
        CHECK(crs_to_wgs84(CRS_GCJ02, paris, &out));
        CHECK(out.lon_deg == paris.lon_deg && out.lat_deg == paris.lat_deg);
}

TEST(what_is_off_the_earth_is_refused)
{
        struct point out = {7, 7};

        CHECK(!crs_to_wgs84(CRS_WGS84, (struct point){181, 0}, &out));
        CHECK(!crs_to_wgs84(CRS_WGS84, (struct point){0, NAN}, &out));
        CHECK(!crs_to_wgs84(CRS_GCJ02, (struct point){110, 91}, &out));
        CHECK(out.lon_deg == 7 && out.lat_deg == 7);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(gcj02_is_where_the_published_pair_says),
                RUN(gcj02_is_undone_within_a_millimetre),
                RUN(bd09_goes_all_the_way),
                RUN(there_and_back_is_the_same_place),
                RUN(cgcs2000_and_places_abroad_stay),
                RUN(what_is_off_the_earth_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of gis/zone.c. */
#include "check.h"

#include <math.h>

#include "gis/zone.h"
#include "schemas/wire/place.h"

#define BOX(w, s, e, n)                                                       \
        "{\"type\":\"Polygon\",\"coordinates\":[[[" #w "," #s "],[" #e "," #s \
        "],[" #e "," #n "],[" #w "," #n "],[" #w "," #s "]]]}"

static void put(struct places *p, const char *code, const char *level,
                const char *parent, const char *geometry)
{
        struct buf b = {0};
        struct err e = {0};

        buf_printf(&b,
                   "{\"what\":\"zone\",\"code\":\"%s\",\"name\":\"%s\","
                   "\"level\":\"%s\",\"parent\":\"%s\",\"geometry\":%s}",
                   code, code, level, parent, geometry);
        assert_int_equal(wire_import_apply(p, buf_as_text(&b), &e), OK);
        buf_done(&b);
}

static void two_counties(struct places *p)
{
        places_init(p);
        put(p, "440900", "city", "", BOX(0, 0, 2, 1));
        put(p, "440902", "county", "440900", BOX(0, 0, 1, 1));
        put(p, "440904", "county", "440900", BOX(1, 0, 2, 1));
        put(p, "440902101", "town", "440902", BOX(0, 0, 1, 0.5));
        /* drawn a hair over the county's border */
        put(p, "440904101", "town", "440904", BOX(0.999, 0.5, 2, 1));
}

TEST(a_point_has_a_town_and_that_towns_county)
{
        struct places p;
        char town[10], county[7];

        two_counties(&p);
        gis_zone_codes(&p, (struct point){0.5, 0.2}, town, county);
        CHECK_STR(town, "440902101");
        CHECK_STR(county, "440902");
        gis_zone_codes(&p, (struct point){0.9995, 0.7}, town, county);
        CHECK_STR(town, "440904101");
        CHECK_STR(county, "440904");
        places_done(&p);
}

TEST(a_point_without_a_town_still_has_a_county)
{
        struct places p;
        char town[10], county[7];

        two_counties(&p);
        gis_zone_codes(&p, (struct point){1.5, 0.2}, town, county);
        CHECK_STR(town, "");
        CHECK_STR(county, "440904");
        gis_zone_codes(&p, (struct point){3, 3}, town, county);
        CHECK_STR(town, "");
        CHECK_STR(county, "");
        places_done(&p);
}

/* Of catchments in each other the smallest comes first, however they stand
 * in the book; what surrounds a hole does not hold what lies in it. */
TEST(a_point_lies_in_all_catchments_around_it_smallest_first)
{
        struct places p;
        char c[CATCHMENTS_MAX][ZONE_CODE_MAX + 1];

        two_counties(&p);
        put(&p, "BIG", "catchment", "", BOX(0, 0, 2, 1));
        put(&p, "SMALL", "catchment", "BIG", BOX(0, 0, 1, 1));
        put(&p, "SMALLEST", "catchment", "SMALL", BOX(0, 0, 1, 0.5));
        CHECK_EQ(gis_zone_catchments(&p, (struct point){0.5, 0.25}, c), 3);
        CHECK_STR(c[0], "SMALLEST");
        CHECK_STR(c[1], "SMALL");
        CHECK_STR(c[2], "BIG");
        CHECK_STR(c[3], "");
        CHECK_EQ(gis_zone_catchments(&p, (struct point){1.5, 0.25}, c), 1);
        CHECK_STR(c[0], "BIG");
        CHECK_STR(c[1], "");
        CHECK_EQ(gis_zone_catchments(&p, (struct point){3, 3}, c), 0);
        CHECK_STR(c[0], "");
        put(&p, "A4", "catchment", "", BOX(0, 0, 1, 0.9));
        put(&p, "A5", "catchment", "", BOX(0, 0, 1, 0.4));
        CHECK_EQ(gis_zone_catchments(&p, (struct point){0.5, 0.25}, c), 5);
        CHECK_STR(c[0], "A5");
        CHECK_STR(c[3], "SMALL");
        places_done(&p);
}

TEST(a_shared_border_belongs_to_one_side)
{
        struct places p;
        uint32_t i, n = 0;

        two_counties(&p);
        for (i = 1; i <= 2; i++)
                n += gis_zone_has(&p.zones[i], (struct point){1, 0.25});
        CHECK_EQ(n, 1);
        places_done(&p);
}

/* A ray through a corner must count it once: the diamond's middle is in,
 * what lies beside it at the height of its corners is out. */
TEST(a_ray_through_a_corner_counts_once)
{
        struct places p;

        places_init(&p);
        put(&p, "440900", "city", "",
            "{\"type\":\"Polygon\",\"coordinates\":[[[0,1],[1,0],[2,1],[1,2],"
            "[0,1]]]}");
        CHECK(gis_zone_has(&p.zones[0], (struct point){0.5, 1}));
        CHECK(gis_zone_has(&p.zones[0], (struct point){1.5, 1}));
        CHECK(!gis_zone_has(&p.zones[0], (struct point){0.2, 0}));
        CHECK(!gis_zone_has(&p.zones[0], (struct point){0.2, 2}));
        CHECK(!gis_zone_has(&p.zones[0], (struct point){2.5, 1}));
        places_done(&p);
}

/* A town may hang on the city itself; its county is found by position. */
TEST(a_parent_that_is_no_county_is_not_taken_for_one)
{
        struct places p;
        char town[10], county[7];

        two_counties(&p);
        put(&p, "440904102", "town", "440900", BOX(1.1, 0.1, 1.2, 0.2));
        gis_zone_codes(&p, (struct point){1.15, 0.15}, town, county);
        CHECK_STR(town, "440904102");
        CHECK_STR(county, "440904");
        places_done(&p);
}

/* Maoming to Gaozhou seat, about 31 km by any map; a degree of the equator
 * of that sphere is 111,195 m. */
TEST(distances_are_great_circles)
{
        double m = gis_distance_m((struct point){110.9186, 21.6417},
                                  (struct point){110.8532, 21.918});

        CHECK(fabs(m - 31460) < 60);
        CHECK(fabs(gis_distance_m((struct point){0, 0}, (struct point){1, 0}) -
                   111195.08) < 0.5);
        CHECK(gis_distance_m((struct point){5, 5}, (struct point){5, 5}) == 0);
        CHECK(fabs(gis_distance_m((struct point){-90, 0},
                                  (struct point){90, 0}) -
                   20015114) < 50);
}

TEST(the_box_of_a_level_holds_its_zones)
{
        struct places p;
        struct point low, high = {9, 9};

        two_counties(&p);
        CHECK(gis_zones_box(&p, ZONE_COUNTY, &low, &high));
        CHECK(low.lon_deg == 0 && high.lon_deg == 2);
        places_done(&p);
        CHECK(!gis_zones_box(&p, ZONE_COUNTY, &low, &high));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_point_has_a_town_and_that_towns_county),
                RUN(a_point_without_a_town_still_has_a_county),
                RUN(a_point_lies_in_all_catchments_around_it_smallest_first),
                RUN(a_shared_border_belongs_to_one_side),
                RUN(a_ray_through_a_corner_counts_once),
                RUN(a_parent_that_is_no_county_is_not_taken_for_one),
                RUN(distances_are_great_circles),
                RUN(the_box_of_a_level_holds_its_zones),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

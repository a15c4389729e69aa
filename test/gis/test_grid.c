/* Tests of gis/grid.c. */
#include "check.h"

#include "gis/grid.h"
#include "schemas/geo.h"

static struct point corners[5];
static struct ring ring = {corners, 5, 0};

static struct zone box(double w, double s, double e, double n)
{
        struct zone z = {.code = "440902", .rings = &ring, .n_rings = 1};

        corners[0] = corners[4] = (struct point){w, s};
        corners[1] = (struct point){e, s};
        corners[2] = (struct point){e, n};
        corners[3] = (struct point){w, n};
        geo_bounds(&ring, 1, &z.low, &z.high);
        z.label = (struct point){(w + e) / 2, (s + n) / 2};
        return z;
}

/* 4 x 2 cells of one degree from (0, 2), 10 20 30 40 over 50 60 70 80 mm */
static struct raster eight(void)
{
        struct raster r;
        struct err e = {0};
        uint32_t i;

        assert_int_equal(raster_create(&r, 4, 2, &e), OK);
        r.north_deg = 2;
        r.dx_deg = r.dy_deg = 1;
        for (i = 0; i < 8; i++)
                r.value_milli[i] = 10000 * (int64_t)(i + 1);
        return r;
}

TEST(one_cell_gives_its_value)
{
        struct raster r = eight();
        struct zone z = box(1, 1, 2, 2);
        struct zone_mean m;
        struct err e = {0};

        CHECK_EQ(gis_grid_mean(&r, &z, &m, &e), OK);
        CHECK_EQ(m.mean_milli, 20000);
        CHECK_EQ(m.max_milli, 20000);
        CHECK_EQ(m.cover_permille, 1000);
        raster_done(&r);
}

/* Three quarters of cell 10 and one quarter of cell 20. */
TEST(a_cell_counts_by_its_share)
{
        struct raster r = eight();
        struct zone z = box(0.25, 1, 1.25, 2);
        struct zone_mean m;
        struct err e = {0};

        CHECK_EQ(gis_grid_mean(&r, &z, &m, &e), OK);
        CHECK_EQ(m.mean_milli, 12500);
        CHECK_EQ(m.max_milli, 20000);
        raster_done(&r);
}

TEST(rows_run_from_north_to_south)
{
        struct raster r = eight();
        struct zone z = box(0, 0, 1, 1);
        struct zone_mean m;
        struct err e = {0};

        CHECK_EQ(gis_grid_mean(&r, &z, &m, &e), OK);
        CHECK_EQ(m.mean_milli, 50000);
        raster_done(&r);
}

/* At 60 N a degree is half as wide as at the equator. */
TEST(cells_nearer_to_the_pole_are_smaller)
{
        struct raster r;
        struct zone z = box(0, -30, 1, 90);
        struct zone_mean m;
        struct err e = {0};

        CHECK_EQ(raster_create(&r, 1, 2, &e), OK);
        r.north_deg = 90;
        r.dx_deg = 1;
        r.dy_deg = 60; /* centres at 60 N and 0 */
        r.value_milli[0] = 30000;
        r.value_milli[1] = 0;
        CHECK_EQ(gis_grid_mean(&r, &z, &m, &e), OK);
        CHECK_EQ(m.mean_milli, 10000);
        raster_done(&r);
}

TEST(missing_cells_are_left_out_and_told)
{
        struct raster r = eight();
        struct zone z = box(0, 1, 4, 2);
        struct zone_mean m;
        struct err e = {0};

        r.value_milli[0] = RASTER_MISSING;
        CHECK_EQ(gis_grid_mean(&r, &z, &m, &e), OK);
        CHECK_EQ(m.mean_milli, 30000);
        CHECK_EQ(m.cover_permille, 750);
        raster_done(&r);
}

TEST(less_than_half_a_zone_gives_no_mean)
{
        struct raster r = eight();
        struct zone z = box(3, 0, 6, 2), away = box(50, 50, 51, 51);
        struct zone_mean m = {.mean_milli = 7};
        struct err e = {0};

        z = box(3, 0, 6, 2);
        CHECK_EQ(gis_grid_mean(&r, &z, &m, &e), ERR_TOO_FEW);
        away = box(50, 50, 51, 51);
        CHECK_EQ(gis_grid_mean(&r, &away, &m, &e), ERR_TOO_FEW);
        CHECK_EQ(m.mean_milli, 7);
        raster_done(&r);
}

TEST(a_zone_smaller_than_the_samples_takes_its_cell)
{
        struct raster r = eight();
        struct zone z = box(2.001, 0.001, 2.002, 0.002);
        struct zone_mean m;
        struct err e = {0};

        CHECK_EQ(gis_grid_mean(&r, &z, &m, &e), OK);
        CHECK_EQ(m.mean_milli, 70000);
        raster_done(&r);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(one_cell_gives_its_value),
                RUN(a_cell_counts_by_its_share),
                RUN(rows_run_from_north_to_south),
                RUN(cells_nearer_to_the_pole_are_smaller),
                RUN(missing_cells_are_left_out_and_told),
                RUN(less_than_half_a_zone_gives_no_mean),
                RUN(a_zone_smaller_than_the_samples_takes_its_cell),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

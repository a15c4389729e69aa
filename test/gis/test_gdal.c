/* Tests of gis/adapter/gdal.c; the files are made by data/make.sh. */
#include "check.h"

#include <glob.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gis/adapter/gdal.h"

#define DATA SOURCE_DIR "/test/gis/data/"
#define SPOILT "test_gdal-spoilt.tif" /* in the build folder */

static enum status read_file(const char *name, int band, struct raster *r,
                             struct err *e)
{
        struct gis_gdal_request q = {.path = name, .band = band};

        return gis_gdal_read(&q, r, e);
}

static enum status read_window(const char *name, double w, double s, double e_,
                               double n, struct raster *r, struct err *e)
{
        struct gis_gdal_request q = {.path = name,
                                     .has_window = true,
                                     .low = {w, s},
                                     .high = {e_, n}};

        return gis_gdal_read(&q, r, e);
}

TEST(a_geotiff_gives_its_cells_and_nodata_is_missing)
{
        struct raster r;
        struct err e = {0};

        CHECK_EQ(read_file(DATA "plain.tif", 0, &r, &e), OK);
        CHECK_EQ(r.width, 3);
        CHECK_EQ(r.height, 2);
        CHECK(r.west_deg == 110 && r.north_deg == 22);
        CHECK_EQ(r.value_milli[0], 10000);
        CHECK_EQ(r.value_milli[2], RASTER_MISSING);
        CHECK_EQ(r.value_milli[5], 60250);
        raster_done(&r);
}

TEST(a_window_takes_the_cells_it_touches)
{
        struct raster r;
        struct err e = {0};

        CHECK_EQ(
                read_window(DATA "plain.tif", 111.2, 20.1, 111.3, 20.9, &r, &e),
                OK);
        CHECK_EQ(r.width, 1);
        CHECK_EQ(r.height, 1);
        CHECK_EQ(r.value_milli[0], 50000);
        CHECK(r.west_deg == 111 && r.north_deg == 21);
        raster_done(&r);
}

/* Columns 34, 35, 0 and 1 of a grid that goes round the earth. */
TEST(a_window_over_greenwich_wraps)
{
        struct raster r;
        struct err e = {0};

        CHECK_EQ(read_window(DATA "round.tif", -15, 31, 15, 39, &r, &e), OK);
        CHECK_EQ(r.width, 4);
        CHECK_EQ(r.height, 1);
        CHECK(r.west_deg == -20);
        CHECK_EQ(r.value_milli[0], 34000);
        CHECK_EQ(r.value_milli[1], 35000);
        CHECK_EQ(r.value_milli[2], 0);
        CHECK_EQ(r.value_milli[3], 1000);
        raster_done(&r);
}

/* The file says 290 to 300 E, the world says 70 to 60 W. */
TEST(longitudes_past_180_are_turned)
{
        struct raster r;
        struct err e = {0};

        CHECK_EQ(read_window(DATA "west.tif", -69, 26, -61, 29, &r, &e), OK);
        CHECK(r.west_deg == -70);
        CHECK_EQ(r.width, 2);
        CHECK_EQ(r.value_milli[1], 2000);
        raster_done(&r);
        CHECK_EQ(read_file(DATA "west.tif", 1, &r, &e), OK);
        CHECK(r.west_deg == -70);
        raster_done(&r);
}

TEST(what_cannot_be_read_says_why_and_what_to_do)
{
        static const struct {
                const char *file, *says;
                int band;
                enum status code;
        } cases[] = {
                {DATA "utm.tif", "gdalwarp", 0, ERR_UNSUPPORTED},
                {DATA "no-crs.tif", "-a_srs", 0, ERR_UNSUPPORTED},
                {DATA "picture.tif", "GeoTIFF", 0, ERR_UNSUPPORTED},
                {DATA "make.sh", "GeoTIFF", 0, ERR_UNSUPPORTED},
                {DATA "two-bands.tif", "--band", 0, ERR_MISSING},
                {DATA "two-bands.tif", "bands 1 to 2", 3, ERR_MISSING},
                {DATA "absurd.tif", "nodata", 0, ERR_RANGE},
                {DATA "none.tif", "no such file", 0, ERR_IO},
                {DATA, "plain file", 0, ERR_IO},
                {"/vsicurl/http://127.0.0.1/x.tif", "no such file", 0, ERR_IO},
        };
        struct raster r = {.width = 7};
        struct err e;
        size_t i;

        for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                CHECK_EQ(read_file(cases[i].file, cases[i].band, &r, &e),
                         cases[i].code);
                CHECK(strstr(e.msg, cases[i].says) != NULL);
        }
        CHECK_EQ(r.width, 7);
}

TEST(a_grid_beside_the_zones_is_refused)
{
        struct raster r;
        struct err e = {0};

        CHECK_EQ(read_window(DATA "plain.tif", 10, 50, 11, 51, &r, &e),
                 ERR_RANGE);
        CHECK(strstr(e.msg, "beside") != NULL);
}

TEST(a_file_cut_short_is_no_grid)
{
        struct raster r;
        struct err e = {0};
        enum status st = read_file(DATA "cut.tif", 0, &r, &e);

        CHECK(st == ERR_SYNTAX || st == ERR_UNSUPPORTED);
}

/* Reads a file whose byte `at` was changed; its own process may die. */
static void read_spoilt(const char *bytes, size_t n, size_t at, int flip)
{
        struct raster r = {0};
        struct err e;
        FILE *f = fopen(SPOILT, "wb");

        if (!f)
                _exit(9);
        fwrite(bytes, 1, n, f);
        fseek(f, (long)at, SEEK_SET);
        fputc((unsigned char)bytes[at] ^ flip, f);
        fclose(f);
        alarm(10);
        read_file(SPOILT, 1, &r, &e);
        raster_done(&r);
        _exit(0);
}

/* Whatever a byte becomes, reading ends: with a grid, with words, or with
 * the death of the child that reads; never by hanging. */
TEST(no_changed_byte_makes_it_hang)
{
        static char bytes[4096];
        FILE *f = fopen(DATA "plain.tif", "rb");
        size_t n, at;
        int status, hung = 0, lost = 0;

        CHECK(f != NULL);
        n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
        for (at = 0; at < n; at += 5) {
                pid_t pid = fork();

                if (pid == 0)
                        read_spoilt(bytes, n, at, 0xFF);
                waitpid(pid, &status, 0);
                hung += WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
                lost += WIFEXITED(status) && WEXITSTATUS(status) == 9;
        }
        unlink(SPOILT);
        CHECK_EQ(hung, 0);
        CHECK_EQ(lost, 0);
}

/* A real forecast of 343 bands, kept beside the repository. */
TEST(a_real_grib2_file_lists_its_rain_and_gives_it)
{
        struct gis_gdal_request q = {.has_window = true,
                                     .low = {110.3, 21.4},
                                     .high = {111.7, 22.7}};
        struct raster r;
        struct err e = {0};
        glob_t g;

        if (glob(SOURCE_DIR "/../shared/data/grib/*.grib2", 0, NULL, &g) != 0) {
                print_message("skipped: ../shared/data/grib is not there\n");
                skip();
        }
        q.path = g.gl_pathv[0];
        CHECK_EQ(gis_gdal_read(&q, &r, &e), ERR_MISSING);
        CHECK(strstr(e.msg, "226 is 06 hr Total precipitation") != NULL);
        q.band = 226;
        CHECK_EQ(gis_gdal_read(&q, &r, &e), OK);
        CHECK_STR(r.unit, "[kg/(m^2)]");
        CHECK(r.dx_deg == 2.5);
        CHECK(r.west_deg <= 110.3 && r.west_deg > 107);
        CHECK(r.value_milli[0] >= 0 && r.value_milli[0] < 300000);
        raster_done(&r);
        q.low = (struct point){-1, -1}; /* over Greenwich */
        q.high = (struct point){1, 1};
        CHECK_EQ(gis_gdal_read(&q, &r, &e), OK);
        CHECK(r.west_deg <= -1 && r.west_deg > -4);
        raster_done(&r);
        globfree(&g);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_geotiff_gives_its_cells_and_nodata_is_missing),
                RUN(a_window_takes_the_cells_it_touches),
                RUN(a_window_over_greenwich_wraps),
                RUN(longitudes_past_180_are_turned),
                RUN(what_cannot_be_read_says_why_and_what_to_do),
                RUN(a_grid_beside_the_zones_is_refused),
                RUN(a_file_cut_short_is_no_grid),
                RUN(no_changed_byte_makes_it_hang),
                RUN(a_real_grib2_file_lists_its_rain_and_gives_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

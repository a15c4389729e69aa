/* Tests of server/tool/import*.c, csv.c, child.c and grid_read.c.
 *
 * The door is a fake that keeps what it is given.  The program serves as
 * its own child: called as "grid-read" it reads a raster, as `sanfang`
 * does. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "schemas/wire/forecast.h"
#include "schemas/wire/place.h"
#include "server/child.h"
#include "server/tool/csv.h"
#include "server/tool/import_read.h"
#include "server/tool/tool.h"

#define DAY SOURCE_DIR "/test/days/sanba-2023/"

/* ---- the fake door ---- */

static struct places book;
static struct forecast forecasts[16];
static uint32_t n_forecasts, n_records;
static char last_failure[256], vendor[2048];

struct door {
        int unused;
};

enum status door_open(const char *state_dir, struct door **ret, struct err *e)
{
        static struct door d;

        (void)state_dir, (void)e;
        *ret = &d;
        return OK;
}

enum status door_submit(struct door *d, enum record_kind kind, struct text body,
                        struct err *e)
{
        (void)d;
        n_records++;
        if (kind == RECORD_IMPORT &&
            memmem(body.p, body.n, "sl651_vendor\"", 13)) {
                assert_true(text_copy(vendor, sizeof vendor, body));
                return OK;
        }
        if (kind == RECORD_IMPORT)
                return wire_import_apply(&book, body, e);
        assert_int_equal(kind, RECORD_FORECAST);
        return wire_forecast_decode(body, &forecasts[n_forecasts++ % 16], e);
}

bool door_is_server(const struct door *d)
{
        return d != NULL;
}

void door_close(struct door *d)
{
        (void)d;
}

int tool_fail(const struct err *e)
{
        snprintf(last_failure, sizeof last_failure, "%s", e->msg);
        fprintf(stderr, "sanfang: %s\n", e->msg);
        return 1;
}

const char *tool_state_dir(void)
{
        return ".";
}

int tool_import_day(int argc, char **argv)
{
        (void)argc, (void)argv;
        return 77;
}

static void fresh(void)
{
        places_done(&book);
        n_forecasts = n_records = 0;
        last_failure[0] = '\0';
        optind = 0;
}

/* Runs `sanfang import ...`; the words end with NULL. */
static int import(const char *first, ...)
{
        char *argv[24] = {(char *)"import", (char *)first};
        int argc = 2;
        va_list ap;

        va_start(ap, first);
        while ((argv[argc] = va_arg(ap, char *)) != NULL)
                argc++;
        va_end(ap);
        optind = 0;
        return tool_import(argc, argv);
}

static const char *scratch(const char *name, const char *content)
{
        static char path[64];
        FILE *f;

        snprintf(path, sizeof path, "test_import-%s", name);
        f = fopen(path, "wb");
        assert_non_null(f);
        fputs(content, f);
        fclose(f);
        return path;
}

/* ---- a vendor's elements ---- */

TEST(a_vendors_table_goes_in_and_out)
{
        fresh();
        CHECK_EQ(import("vendor", SOURCE_DIR "/sensors/vendors/example.json",
                        (char *)0),
                 0);
        CHECK_EQ(n_records, 1);
        CHECK(strstr(vendor, "\"what\":\"sl651_vendor\"") != NULL);
        CHECK(strstr(vendor, "\"vendor\":\"example\"") != NULL);
        CHECK(strstr(vendor, "FF21") != NULL);
        CHECK_EQ(import("vendor", "--remove", "example", (char *)0), 0);
        CHECK(strstr(vendor, "\"remove\":true") != NULL);
        CHECK_EQ(n_records, 2);
        CHECK_EQ(import("vendor", scratch("v.json", "{\"vendor\":\"x\"}"),
                        (char *)0),
                 1);
        CHECK(strstr(last_failure, "elements") != NULL);
        CHECK_EQ(import("stations", "--remove", "x", (char *)0), 2);
        CHECK_EQ(n_records, 2);
}

/* ---- csv ---- */

TEST(csv_takes_what_spreadsheets_write)
{
        struct csv c;
        struct err e = {0};

        csv_init(&c, TEXT("\xEF\xBB\xBF"
                          "a,\"b, \"\"c\"\"\",\r\n\r\n"
                          "\"two\nlines\",x\r\nlast"));
        CHECK_EQ(csv_next(&c, &e), OK);
        CHECK_EQ(c.n_fields, 3);
        CHECK(text_is(c.field[0], "a"));
        CHECK(text_is(c.field[1], "b, \"c\""));
        CHECK_EQ(c.field[2].n, 0);
        CHECK_EQ(csv_next(&c, &e), OK);
        CHECK_EQ(c.line, 3);
        CHECK(text_is(c.field[0], "two\nlines"));
        CHECK_EQ(csv_next(&c, &e), OK);
        CHECK_EQ(c.line, 5);
        CHECK(text_is(c.field[0], "last"));
        CHECK_EQ(csv_next(&c, &e), ERR_TOO_FEW);
        csv_done(&c);
        csv_init(&c, TEXT("a,\"b"));
        CHECK_EQ(csv_next(&c, &e), ERR_SYNTAX);
        csv_done(&c);
        csv_init(&c, TEXT("a,\"b\"c"));
        CHECK_EQ(csv_next(&c, &e), ERR_SYNTAX);
        csv_done(&c);
}

/* ---- places ---- */

TEST(the_demonstration_goes_in_whole)
{
        uint32_t i, homeless = 0;

        fresh();
        CHECK_EQ(import("zones", DAY "zones.geojson", NULL), 0);
        CHECK_EQ(import("stations", DAY "stations.csv", NULL), 0);
        CHECK_EQ(import("facilities", DAY "facilities.geojson", NULL), 0);
        CHECK_EQ(book.n_zones, 81);
        CHECK_EQ(book.n_stations, 155);
        CHECK(book.n_facilities >= 44);
        for (i = 0; i < book.n_stations; i++)
                homeless += !book.stations[i].town[0] ||
                            !book.stations[i].county[0];
        CHECK_EQ(homeless, 0);
        i = places_find_station(&book, TEXT("MM-ZZ-XDJ03"));
        CHECK_EQ(book.stations[i].wrz_milli, 9000);
        CHECK_STR(book.stations[i].river, "小东江");
        CHECK_STR(book.stations[i].catchment[0], "XDJ");
        i = places_find_station(&book, TEXT("MM-RR-DB01"));
        CHECK_EQ(book.stations[i].season[0].fsltdz_milli, 114000);
        i = places_find_station(&book, TEXT("MM-RR-DB05"));
        CHECK_EQ(book.stations[i].n_seasons, 0);
}

TEST(town_and_county_are_found_where_the_file_has_none)
{
        const char *path = scratch("bare.csv", "code,name,kind,lon,lat\n"
                                               "A-1,甲,ZZ,110.85,21.66\n"
                                               "A-2,乙,PP,100.0,10.0\n");

        fresh();
        CHECK_EQ(import("stations", path, "--zones", DAY "zones.geojson", NULL),
                 0);
        CHECK_STR(book.stations[0].county, "440902");
        CHECK_STR(book.stations[0].town, "440902102");
        CHECK_STR(book.stations[1].county, "");
}

#define SQUARE(w, e)                                                \
        "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[" #w \
        ",21],[" #e ",21],[" #e ",22],[" #w ",22],[" #w ",21]]]}}"
#define CATCHMENT(code, parent)                                             \
        "{\"type\":\"Feature\",\"properties\":{\"code\":\"" code            \
        "\",\"name\":\"流域\",\"level\":\"catchment\",\"parent\":\"" parent \
        "\"},"

TEST(a_station_learns_its_catchments_from_their_outlines)
{
        const char *zones = scratch(
                "catchments.geojson",
                "{\"type\":\"FeatureCollection\",\"features\":[" CATCHMENT(
                        "BIG", "")
                        SQUARE(110, 112) "," CATCHMENT("SMALL", "BIG")
                                SQUARE(110, 111) "]}");
        char path[512];

        snprintf(path, sizeof path, "%s", zones);
        fresh();
        CHECK_EQ(import("zones", path, NULL), 0);
        CHECK_EQ(
                import("stations",
                       scratch("bare.csv", "code,name,kind,lon,lat,catchments\n"
                                           "A-1,甲,ZZ,110.5,21.5,\n"
                                           "A-2,乙,PP,111.5,21.5,\n"
                                           "A-3,丙,PP,100,10,\n"
                                           "A-4,丁,PP,110.5,21.5,BIG;OWN\n"),
                       "--zones", path, NULL),
                0);
        CHECK_STR(book.stations[0].catchment[0], "SMALL");
        CHECK_STR(book.stations[0].catchment[1], "BIG");
        CHECK_STR(book.stations[1].catchment[0], "BIG");
        CHECK_STR(book.stations[1].catchment[1], "");
        CHECK_STR(book.stations[2].catchment[0], "");
        CHECK_STR(book.stations[3].catchment[0], "BIG");
        CHECK_STR(book.stations[3].catchment[1], "OWN");
        CHECK_EQ(import("zones",
                        scratch("odd.geojson",
                                "{\"type\":\"FeatureCollection\",\"features\":"
                                "[" CATCHMENT("SELF", "SELF")
                                        SQUARE(110, 112) "]}"),
                        NULL),
                 1);
}

TEST(a_shifted_system_is_undone)
{
        const char *path = scratch("gcj.csv", "code,name,kind,lon,lat\n"
                                              "A-1,甲,ZZ,110.85,21.66\n");

        fresh();
        CHECK_EQ(import("stations", path, "--crs", "gcj02", NULL), 0);
        CHECK(book.stations[0].at.lon_deg < 110.848);
        CHECK(book.stations[0].at.lon_deg > 110.84);
        CHECK_EQ(import("stations", path, "--crs", "mars", NULL), 2);
}

TEST(a_wrong_file_names_line_and_field_and_nothing_goes_in)
{
#define HEAD "code,name,kind,lon,lat,WRZ,limits\n"
        static const struct {
                const char *csv, *says[3];
        } cases[] = {
                {HEAD "A,a,ZZ,1,2,9,\nB,b,ZZ,1,2,abc,\n",
                 {"line 3", "WRZ", "abc"}},
                {HEAD "A,a,ZZ,1,2,9\n", {"line 2", "6 fields", "7 columns"}},
                {HEAD "A,a,ZZ,1,2,9,04-15=3\n", {"line 2", "limits", "04-15"}},
                {HEAD "A,a,ZZ,1,2,9,99-15..10-15=3\n",
                 {"line 2", "FSLTDZ", "MM-DD"}},
                {HEAD "A,a,ZZ,1,2,9,\nA,b,ZZ,1,2,9,\n",
                 {"line 3", "code A", "twice"}},
                {HEAD "A,a,QQ,1,2,9,\n", {"line 2", "kind", "QQ"}},
                {HEAD "A,,ZZ,1,2,9,\n", {"line 2", "name", "missing"}},
                {HEAD "A,a,ZZ,1e3,2,9,\n", {"line 2", "lon", "1e3"}},
                {HEAD "A,a,ZZ,191,2,9,\n", {"line 2", "lon", "191"}},
                {"code,name,kind,lon\n", {"line 1", "lat", "missing"}},
                {"code,name,kind,lon,lat,color\n", {"line 1", "color", ""}},
                {"code,name,kind,lon,lat,lat\n", {"line 1", "lat", "twice"}},
                {HEAD, {"no station", "", ""}},
                {"", {"empty", "", ""}},
                {HEAD "A,\xB0\xA1,ZZ,1,2,9,\n", {"UTF-8", "", ""}},
        };
        const char *path;
        size_t i, k;

        for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                fresh();
                path = scratch("wrong.csv", cases[i].csv);
                CHECK_EQ(import("stations", path, NULL), 1);
                CHECK_EQ(n_records, 0);
                CHECK(strstr(last_failure, path) != NULL);
                for (k = 0; k < 3; k++)
                        CHECK(strstr(last_failure, cases[i].says[k]) != NULL);
        }
}

TEST(wrong_geojson_names_its_feature)
{
        const char *path;

        fresh();
        path = scratch("wrong.geojson",
                       "{\"type\":\"FeatureCollection\",\"features\":[{"
                       "\"properties\":{\"code\":\"440900\",\"name\":\"z\","
                       "\"level\":\"city\"},\"geometry\":{\"type\":\"Point\","
                       "\"coordinates\":[1,2]}}]}");
        CHECK_EQ(import("zones", path, NULL), 1);
        CHECK(strstr(last_failure, "feature 1") != NULL);
        CHECK_EQ(import("facilities", path, NULL), 1);
        path = scratch("wrong.geojson",
                       "{\"type\":\"FeatureCollection\",\"features\":[{"
                       "\"properties\":{\"code\":\"440900\",\"name\":\"z\","
                       "\"level\":\"city\"},\"geometry\":{\"type\":"
                       "\"Polygon\",\"coordinates\":[[[0,0],[2,2],[2,0],"
                       "[0,1],[0,0]]]}}]}");
        CHECK_EQ(import("zones", path, NULL), 1);
        CHECK(strstr(last_failure, "440900") != NULL);
        CHECK(strstr(last_failure, "crosses itself") != NULL);
        CHECK_EQ(import("zones", scratch("wrong.geojson", "{"), NULL), 1);
        CHECK_EQ(import("zones", scratch("wrong.geojson", "{}"), NULL), 1);
        CHECK_EQ(import("zones", "none.geojson", NULL), 1);
        CHECK_EQ(import("boats", "x", NULL), 2);
        CHECK_EQ(import("day", "x", NULL), 77);
        CHECK_EQ(n_records, 0);
}

/* ---- grids ---- */

#define GRID_TIMES                                                \
        "--source", "demo-qpf", "--model", "grid-6h", "--issued", \
                "2023-10-19T23:00:00+08:00", "--begin",           \
                "2023-10-20T02:00:00+08:00", "--end",             \
                "2023-10-20T08:00:00+08:00"

TEST(the_forecast_grid_is_heavy_over_two_counties_only)
{
        uint32_t i, heavy = 0;

        fresh();
        CHECK_EQ(import("grid", DAY "forecast-rain.tif", GRID_TIMES, NULL), 0);
        CHECK_EQ(n_forecasts, 5);
        for (i = 0; i < 5; i++) {
                const struct forecast *f = &forecasts[i];
                bool is_heavy = !strcmp(f->subject, "440902") ||
                                !strcmp(f->subject, "440904");

                CHECK(f->is_zone);
                CHECK_EQ(f->element, ELEMENT_P6);
                CHECK_EQ(f->n_steps, 1);
                CHECK_EQ(f->step[0].valid_us - f->begin_us,
                         INT64_C(6) * 3600 * 1000000);
                if (is_heavy)
                        CHECK(f->step[0].value_milli >= 60000);
                else
                        CHECK(f->step[0].value_milli < 30000);
                heavy += is_heavy;
        }
        CHECK_EQ(heavy, 2);
        fresh();
        CHECK_EQ(import("grid", DAY "forecast-rain.tif", GRID_TIMES, "--level",
                        "city", "--element", "P1", "--band", "1", NULL),
                 0);
        CHECK_EQ(n_forecasts, 1);
        CHECK_EQ(forecasts[0].element, ELEMENT_P1);
        CHECK(forecasts[0].step[0].value_milli < 45000);
}

TEST(metres_are_made_millimetres)
{
        fresh();
        CHECK_EQ(import("grid", DAY "forecast-rain.tif", GRID_TIMES, "--unit",
                        "m", "--dry-run", NULL),
                 0);
        CHECK_EQ(n_forecasts, 0);
        CHECK_EQ(import("grid", DAY "forecast-rain.tif", GRID_TIMES, "--unit",
                        "m", NULL),
                 1); /* 60 m of rain in 6 h is refused at the door */
}

TEST(a_wrong_grid_is_told_in_the_childs_words)
{
        fresh();
        CHECK_EQ(import("grid", SOURCE_DIR "/test/gis/data/utm.tif", GRID_TIMES,
                        "--zones", DAY "zones.geojson", NULL),
                 1);
        CHECK(strstr(last_failure, "utm.tif") != NULL);
        CHECK(strstr(last_failure, "gdalwarp") != NULL);
        CHECK_EQ(import("grid", SOURCE_DIR "/test/gis/data/plain.tif",
                        GRID_TIMES, NULL),
                 1);
        CHECK(strstr(last_failure, "--zones") != NULL);
        CHECK_EQ(import("grid", SOURCE_DIR "/test/gis/data/west.tif",
                        GRID_TIMES, "--zones", DAY "zones.geojson", NULL),
                 1);
        CHECK(strstr(last_failure, "beside") != NULL);
        CHECK_EQ(n_records, 0);
}

TEST(a_grid_without_its_times_is_refused)
{
        fresh();
        CHECK_EQ(import("grid", DAY "forecast-rain.tif", NULL), 1);
        CHECK(strstr(last_failure, "--issued") != NULL);
        CHECK_EQ(import("grid", DAY "forecast-rain.tif", "--issued",
                        "yesterday", NULL),
                 2);
        CHECK_EQ(import("grid", DAY "forecast-rain.tif", "--source", "a",
                        "--model", "b", "--issued", "2023-10-19T23:00:00+08:00",
                        "--begin", "2023-10-20T08:00:00+08:00", "--end",
                        "2023-10-20T08:00:00+08:00", NULL),
                 1);
        CHECK_EQ(n_records, 0);
}

/* ---- the child ---- */

static enum status shell(const char *script, size_t limit, int deadline_s,
                         struct err *e)
{
        char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
        struct buf out = {0};
        enum status st = child_run("/bin/sh", argv, limit, deadline_s, &out, e);

        buf_done(&out);
        return st;
}

TEST(a_child_that_dies_hangs_or_floods_is_an_error)
{
        struct err e = {0};
        time_t began;

        CHECK_EQ(shell("echo yes", 100, 5, &e), OK);
        CHECK_EQ(shell("kill -SEGV $$", 100, 5, &e), ERR_UNAVAILABLE);
        CHECK(strstr(e.msg, "killed") != NULL);
        CHECK_EQ(shell("exec sleep 30", 100, 1, &e), ERR_UNAVAILABLE);
        CHECK(strstr(e.msg, "1 s") != NULL);
        began = time(NULL);
        CHECK_EQ(shell("exec cat /dev/zero", 100000, 30, &e), ERR_SIZE);
        CHECK(time(NULL) - began < 15); /* at once, not at the deadline */
        CHECK_EQ(shell("echo sanfang: first >&2; echo sanfang: why >&2; exit 1",
                       100, 5, &e),
                 ERR_SYNTAX);
        CHECK_STR(e.msg, "why");
        CHECK_EQ(child_run("/none", (char *[]){(char *)"x", NULL}, 9, 1,
                           &(struct buf){0}, &e),
                 ERR_UNAVAILABLE);
}

/* What grid-read may not do once it has begun to read. */
static int try_to_break_out(void)
{
        char *argv[] = {(char *)"grid-read", (char *)"none.tif", NULL};
        char *other[] = {(char *)"true", NULL};
        struct rlimit cpu = {0, 0}, core = {9, 9};

        optind = 0;
        if (tool_grid_read(2, argv) != 1)
                return 1;
        if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EACCES)
                return 2;
        if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || errno != EACCES)
                return 3;
        if (execv("/bin/true", other) != -1 || errno != EACCES)
                return 4;
        getrlimit(RLIMIT_CPU, &cpu);
        getrlimit(RLIMIT_CORE, &core);
        if (cpu.rlim_max != 20 || core.rlim_max != 0)
                return 5;
        return 0;
}

TEST(the_reader_is_shut_in)
{
        int status = 0;
        pid_t pid = fork();

        if (pid == 0)
                _exit(try_to_break_out());
        waitpid(pid, &status, 0);
        CHECK(WIFEXITED(status));
        CHECK_EQ(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                RUN(a_vendors_table_goes_in_and_out),
                RUN(csv_takes_what_spreadsheets_write),
                RUN(the_demonstration_goes_in_whole),
                RUN(town_and_county_are_found_where_the_file_has_none),
                RUN(a_station_learns_its_catchments_from_their_outlines),
                RUN(a_shifted_system_is_undone),
                RUN(a_wrong_file_names_line_and_field_and_nothing_goes_in),
                RUN(wrong_geojson_names_its_feature),
                RUN(the_forecast_grid_is_heavy_over_two_counties_only),
                RUN(metres_are_made_millimetres),
                RUN(a_wrong_grid_is_told_in_the_childs_words),
                RUN(a_grid_without_its_times_is_refused),
                RUN(a_child_that_dies_hangs_or_floods_is_an_error),
                RUN(the_reader_is_shut_in),
        };

        if (argc > 1 && strcmp(argv[1], "grid-read") == 0)
                return tool_grid_read(argc - 1, argv + 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of `sanfang import sl323`: its readers, and the whole verb against
 * a real journal and a real PostgreSQL with the bureau's tables. */
#include "check.h"

#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#include "pg_temp.h"
#include "schemas/time.h"
#include "schemas/wire/obs.h"
#include "sensors/adapter/journal.h"
#include "server/tool/import.h"
#include "server/tool/sl323_read.h"
#include "server/tool/sl323_seen.h"
#include "server/tool/tool.h"

static char dir[64], last_failure[300];
static uint64_t seen_seq; /* of the journal, so far */
static struct err e;

int tool_fail(const struct err *why)
{
        snprintf(last_failure, sizeof last_failure, "%s", why->msg);
        fprintf(stderr, "sanfang: %s\n", why->msg);
        return 1;
}

const char *tool_state_dir(void)
{
        return dir;
}

/* ---- rows ---- */

static int64_t at(const char *beijing)
{
        int64_t us = 0;

        if (!time_parse_beijing(text_of(beijing), &us))
                fail_msg("%s", beijing);
        return us;
}

static struct sl323_row row;

static enum status rain(const char *tm, const char *drp, const char *intv,
                        const char *dyp)
{
        struct text f[] = {TEXT("A1      "), text_of(tm), text_of(drp),
                           text_of(intv), text_of(dyp)};

        return sl323_row(SL323_PPTN, f, 0, &row, &e);
}

TEST(an_interval_is_hours_and_minutes_not_a_fraction)
{
        int64_t us;

        CHECK(sl323_interval(TEXT("0.05"), &us) && us == 5 * MINUTE_US);
        CHECK(sl323_interval(TEXT("0.30"), &us) && us == 30 * MINUTE_US);
        CHECK(sl323_interval(TEXT("0.3"), &us) && us == 30 * MINUTE_US);
        CHECK(sl323_interval(TEXT("1.00"), &us) && us == HOUR_US);
        CHECK(sl323_interval(TEXT("24"), &us) && us == DAY_US);
        CHECK(!sl323_interval(TEXT("0.60"), &us));
        CHECK(!sl323_interval(TEXT("0.055"), &us));
        CHECK(!sl323_interval(TEXT("0"), &us));
        CHECK(!sl323_interval(TEXT("25"), &us));
}

TEST(rain_goes_to_the_element_of_its_interval)
{
        CHECK_EQ(rain("2023-10-20 03:00:00", "12.5", "1.00", ""), OK);
        CHECK_STR(row.stcd, "A1");
        CHECK_EQ(row.tm_us, at("2023-10-20 03:00"));
        CHECK_EQ(row.n, 1);
        CHECK_EQ(row.value[0].element, ELEMENT_P1);
        CHECK_EQ(row.value[0].value_milli, 12500);
        CHECK_EQ(rain("2023-10-20 03:05:00", "0.5", "0.05", ""), OK);
        CHECK_EQ(row.value[0].element, ELEMENT_PN05);
        CHECK_EQ(rain("2023-10-20 03:15:00", "7.5", "0.15", ""), OK);
        CHECK_EQ(row.value[0].element, ELEMENT_PN15);
        CHECK_EQ(rain("2023-10-20 04:00:00", "80", "4.00", ""), OK);
        CHECK_EQ(row.value[0].element, ELEMENT_P4);
        CHECK_EQ(rain("2023-10-20 08:00:00", "2", "1.00", "33.5"), OK);
        CHECK_EQ(row.n, 2);
        CHECK_EQ(row.value[1].element, ELEMENT_PD);
        CHECK_EQ(rain("2023-10-20 08:00:00", "33.5", "24.00", ""), OK);
        CHECK_EQ(row.value[0].element, ELEMENT_PD);
        CHECK_EQ(rain("2023-10-20 09:00:00", "33.5", "24.00", ""),
                 ERR_UNSUPPORTED);
        CHECK_EQ(rain("2023-10-20 03:00:00", "", "1.00", ""), OK);
        CHECK_EQ(row.n, 0); /* nothing there is not 0 */
}

TEST(a_wrong_field_is_named)
{
        CHECK_EQ(rain("2023-10-20 03:00", "1", "", ""), ERR_MISSING);
        CHECK(strstr(e.msg, "INTV"));
        CHECK_EQ(rain("2023-10-20 03:00", "x", "1.00", ""), ERR_NUMBER);
        CHECK(strstr(e.msg, "DRP"));
        CHECK_EQ(rain("2023-10-20 03:00", "-1", "1.00", ""), ERR_RANGE);
        CHECK_EQ(rain("yesterday", "1", "1.00", ""), ERR_TIME);
        CHECK(strstr(e.msg, "TM"));
        CHECK_EQ(rain("2023-10-20 03:00", "1", "0.07", ""), ERR_UNSUPPORTED);
}

TEST(a_reservoir_has_a_level_above_and_below)
{
        struct text f[] = {TEXT("R1"),      TEXT("2023-10-20 03:00"),
                           TEXT("35.12"),   TEXT("20.5"),
                           TEXT(""),        TEXT("123.4"),
                           TEXT("1050.125")};

        CHECK_EQ(sl323_row(SL323_RSVR, f, 0, &row, &e), OK);
        CHECK_EQ(row.n, 4);
        CHECK_EQ(row.value[0].element, ELEMENT_ZU);
        CHECK_EQ(row.value[0].value_milli, 35120);
        CHECK_EQ(row.value[1].element, ELEMENT_ZB);
        CHECK_EQ(row.value[2].element, ELEMENT_INQ);
        CHECK_EQ(row.value[2].value_milli, 123400);
        CHECK_EQ(row.value[3].element, ELEMENT_W);
        CHECK_EQ(row.value[3].value_milli, 1050125); /* 10^6 m3 */
}

/* ---- the verb ---- */

static int import(const char *first, ...)
{
        char *argv[24] = {(char *)"sl323", (char *)first};
        int argc = 2;
        va_list ap;

        va_start(ap, first);
        while ((argv[argc] = va_arg(ap, char *)) != NULL)
                argc++;
        va_end(ap);
        optind = 0;
        last_failure[0] = '\0';
        return tool_import_sl323(argc, argv);
}

static const char *file(const char *name, const char *content)
{
        static char path[128];
        FILE *f;

        snprintf(path, sizeof path, "%s/%s", dir, name);
        f = fopen(path, "wb");
        assert_non_null(f);
        fputs(content, f);
        fclose(f);
        return path;
}

static void add_station(const char *code)
{
        struct door *d = NULL;
        char body[300];

        snprintf(body, sizeof body,
                 "{\"what\":\"station\",\"code\":\"%s\",\"name\":\"%s\","
                 "\"kind\":\"ZZ\",\"lon\":110.9,\"lat\":21.6,"
                 "\"county\":\"440981\"}",
                 code, code);
        if (door_open(dir, &d, &e) != OK ||
            door_submit(d, RECORD_IMPORT, text_of(body), &e) != OK)
                fail_msg("%s", e.msg);
        door_close(d);
}

/* Values in the journal since the last look; *ret_one is the last of them. */
static uint32_t fresh_values(struct obs_item *ret_one)
{
        static struct obs_message m;
        struct journal_reader *reader = NULL;
        struct values_note note;
        struct record r;
        char path[128];
        uint32_t n = 0;

        snprintf(path, sizeof path, "%s/journal", dir);
        if (journal_reader_open(path, seen_seq + 1, &reader, &e) != OK)
                fail_msg("%s", e.msg);
        while (journal_reader_next(reader, &r, &e) == OK) {
                seen_seq = r.seq;
                if (r.kind != RECORD_VALUES)
                        continue;
                if (wire_values_decode(r.body, &note, &m, &e) != OK)
                        fail_msg("%s", e.msg);
                n += m.n;
                if (ret_one)
                        *ret_one = m.item[m.n - 1];
        }
        journal_reader_close(reader);
        return n;
}

static void open_dir(void)
{
        snprintf(dir, sizeof dir, "/var/tmp/sanfang-XXXXXX");
        assert_non_null(mkdtemp(dir));
        seen_seq = 0;
        add_station("A1");
        add_station("A2");
        fresh_values(NULL);
}

#define HEAD "stcd,tm,z,q\n"
#define ONE "A1,2023-10-20 02:00:00,12.34,100\n"
#define TWO "A2,2023-10-20 03:00:00,5.5,\n"

static char spec[200];

static const char *river(const char *rows)
{
        snprintf(spec, sizeof spec, "st_river_r=%s", file("river.csv", rows));
        return spec;
}

TEST(a_csv_file_is_taken_once_and_what_is_new_is_taken)
{
        struct obs_item one;

        open_dir();
        CHECK_EQ(import(river(HEAD ONE TWO), NULL), 0);
        CHECK_EQ(fresh_values(NULL), 3);
        CHECK_EQ(import(river(HEAD ONE TWO), NULL), 0);
        CHECK_EQ(fresh_values(NULL), 0);
        /* A late row, and one that was changed. */
        CHECK_EQ(import(river(HEAD ONE "A2,2023-10-20 03:00:00,5.6,\n"
                                       "A1,2023-10-18 02:00,11,\n" TWO),
                        NULL),
                 0);
        CHECK_EQ(fresh_values(NULL), 2);
        /* Older than 72 h before the newest: only when asked for. */
        CHECK_EQ(import(river(HEAD "A1,2023-10-16 02:00,10,\n"), NULL), 0);
        CHECK_EQ(fresh_values(NULL), 0);
        CHECK_EQ(import(river(HEAD "A1,2023-10-16 02:00,10,\n"), "--from",
                        "2023-10-16 00:00", NULL),
                 0);
        CHECK_EQ(fresh_values(&one), 1);
        CHECK_EQ(one.value_milli, 10000);
        temp_dir_remove(dir);
}

TEST(a_wrong_row_is_skipped_or_stops_with_strict)
{
        open_dir();
        CHECK_EQ(import(river(HEAD "A1,2023-10-20 02:00:00,high,\n" TWO), NULL),
                 0);
        CHECK_EQ(fresh_values(NULL), 1);
        CHECK_EQ(import(river(HEAD ONE "A1,2023-10-20 02:00:00,high,\n"),
                        "--strict", NULL),
                 1);
        CHECK(strstr(last_failure, "river.csv:3: Z: \"high\""));
        CHECK_EQ(import(river("a,b\n1,2\n"), NULL), 1);
        CHECK(strstr(last_failure, "river.csv:1: there is no column STCD"));
        /* A station that is not in the book, then is. */
        CHECK_EQ(import(river(HEAD "B7,2023-10-20 02:30:00,1,2\n"), NULL), 0);
        CHECK_EQ(fresh_values(NULL), 0);
        add_station("B7");
        CHECK_EQ(import(river(HEAD "B7,2023-10-20 02:30:00,1,2\n"), NULL), 0);
        CHECK_EQ(fresh_values(NULL), 2);
        file("sl323.state", "nonsense\n");
        CHECK_EQ(import(river(HEAD ONE), NULL), 1);
        CHECK(strstr(last_failure, "damaged"));
        temp_dir_remove(dir);
}

#define TABLES                                                                 \
        "CREATE SCHEMA hy; CREATE TABLE hy.st_pptn_r (stcd char(8), tm "       \
        "timestamp, drp numeric(5,1), intv numeric(5,2), pdr numeric(5,2), "   \
        "dyp numeric(5,1), wth char(1), PRIMARY KEY (stcd, tm)); "             \
        "CREATE TABLE hy.\"ST_RIVER_R\" (\"STCD\" char(8), \"TM\" timestamp, " \
        "\"Z\" numeric(7,3), \"Q\" numeric(9,3)); "                            \
        "CREATE TABLE hy.st_rsvr_r (stcd char(8), tm timestamp, rz "           \
        "numeric(7,3), inq numeric(9,3), w numeric(9,3), blrz numeric(7,3)); "
#define ROWS                                                                 \
        "INSERT INTO hy.st_pptn_r (stcd,tm,drp,intv) VALUES ('A1','2023-10-" \
        "20 02:00',12.5,1.00),('A1','2023-10-20 03:00',7,1.00),('A1','2023-" \
        "09-01 03:00',7,1.00); INSERT INTO hy.\"ST_RIVER_R\" VALUES ('A2',"  \
        "'2023-10-20 03:00',12.345,NULL); INSERT INTO hy.st_rsvr_r VALUES (" \
        "'A1','2023-10-20 03:00',35.1,20,1.5,NULL); SELECT 'made'"

TEST(a_database_is_read_as_far_as_it_is_new)
{
        struct pg_temp pg;
        struct obs_item one;

        if (pg_temp_missing())
                skip();
        assert_true(pg_temp_create(&pg));
        open_dir();
        CHECK_STR(pg_temp_ask(&pg, TABLES ROWS), "made");
        CHECK_EQ(import("--db", pg.uri, NULL), 0); /* not in the path */
        CHECK_EQ(fresh_values(NULL), 0);
        CHECK_EQ(import("--db", pg.uri, "ST_RIVER_R", NULL), 1);
        CHECK_EQ(import("--db", pg.uri, "--schema", "HY", NULL), 0);
        CHECK_EQ(fresh_values(NULL) >= 4, 1); /* September is too old */
        CHECK_EQ(import("--db", pg.uri, "--schema", "HY", NULL), 0);
        CHECK_EQ(fresh_values(NULL), 0);
        CHECK_STR(pg_temp_ask(&pg, "INSERT INTO hy.\"ST_RIVER_R\" VALUES "
                                   "('A1','2023-10-20 02:55',9.876,NULL); "
                                   "SELECT 'made'"),
                  "made");
        CHECK_EQ(import("--db", pg.uri, "--schema", "HY", NULL), 0);
        CHECK_EQ(fresh_values(&one), 1);
        CHECK_EQ(one.value_milli, 9876);
        CHECK_EQ(one.time_us, at("2023-10-20 02:55"));
        CHECK_EQ(import("--db", pg.uri, "--schema", "HY", "--from",
                        "2023-08-01 00:00", "ST_PPTN_R", NULL),
                 0);
        CHECK_EQ(fresh_values(&one), 1);
        CHECK_EQ(one.time_us, at("2023-09-01 03:00"));
        pg_temp_kill(&pg, 9);
        CHECK_EQ(import("--db", pg.uri, "--schema", "HY", NULL), 1);
        pg_temp_destroy(&pg);
        temp_dir_remove(dir);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(an_interval_is_hours_and_minutes_not_a_fraction),
                RUN(rain_goes_to_the_element_of_its_interval),
                RUN(a_wrong_field_is_named),
                RUN(a_reservoir_has_a_level_above_and_below),
                RUN(a_csv_file_is_taken_once_and_what_is_new_is_taken),
                RUN(a_wrong_row_is_skipped_or_stops_with_strict),
                RUN(a_database_is_read_as_far_as_it_is_new),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

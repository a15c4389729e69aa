/* test/server/test_backup.c -- what was backed up comes back, or a word. */
#include "check.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "schemas/time.h"
#include "sensors/adapter/journal.h"
#include "server/archive.h"
#include "server/file.h"
#include "server/recover.h"
#include "server/row_copy.h"
#include "server/snapshot.h"
#include "server/tool/tool.h"
#include "test/server/pg_temp.h"

static struct pg_temp db;
static char base[64];
static char said[256]; /* the last refusal */

/* The command's own main.c is not part of this test. */
int tool_fail(const struct err *e)
{
        snprintf(said, sizeof(said), "%s", e->msg);
        return 1;
}

const char *tool_state_dir(void)
{
        return "/nowhere";
}

static const char *path(const char *name)
{
        static char p[4][PATH_MAX];
        static int i;

        i = (i + 1) % 4;
        snprintf(p[i], sizeof(p[i]), "%s/%s", base, name);
        return p[i];
}

#define RUN_TOOL(tool, ...) \
        run(tool, (const char *const[]){#tool, __VA_ARGS__, NULL})

static int run(int (*tool)(int, char **), const char *const *args)
{
        char *argv[16];
        int n = 0;

        for (; args[n] && n < 15; n++)
                argv[n] = (char *)args[n];
        argv[n] = NULL;
        optind = 0;
        said[0] = 0;
        return tool(n, argv);
}

static void write_file(const char *name, const char *content)
{
        struct err e = {0};

        if (file_replace(path(name), text_of(content), &e) != OK)
                print_error("%s\n", e.msg);
}

/* Records 1..n; the journal stays open, as with a running server. */
static struct journal *make_state(const char *dir, uint64_t n)
{
        struct journal_config c = {.dir = dir};
        struct journal *j = NULL;
        struct err e = {0};
        uint64_t seq, i;

        if (journal_open(&c, &j, &e) != OK)
                print_error("%s\n", e.msg);
        for (i = 0; i < n; i++)
                journal_append(j, RECORD_LINK, (int64_t)i * SECOND_US,
                               TEXT("{}"), &seq, &e);
        return j;
}

static uint64_t last_record(const char *dir)
{
        struct journal_reader *r = NULL;
        struct record rec;
        uint64_t last = 0;

        if (journal_reader_open(dir, 0, &r, NULL) != OK)
                return 0;
        while (journal_reader_next(r, &rec, NULL) == OK)
                last = rec.seq;
        journal_reader_close(r);
        return last;
}

static void make_all(void)
{
        struct err e = {0};

        file_make_dir(path("state/journal"), &e);
        file_make_dir(path("state/snapshots"), &e);
        write_file("state/snapshots/00000000000000000005.snap", "five");
        write_file("state/archive.pos", "7\n");
}

TEST(a_running_state_is_copied_and_comes_back)
{
        struct journal *j;

        make_all();
        j = make_state(path("state/journal"), 20);
        CHECK_EQ(RUN_TOOL(tool_backup, "--state-dir", path("state"), "--to",
                          path("b1")),
                 0);
        CHECK_EQ(RUN_TOOL(tool_restore, "--from", path("b1"), "--state-dir",
                          path("r1")),
                 0);
        journal_close(j);
        CHECK_EQ(last_record(path("r1/journal")), 20);
        CHECK_EQ(archive_position_hint(path("r1")), 7);
        CHECK_EQ(access(path("r1/snapshots/00000000000000000005.snap"), R_OK),
                 0);
        /* It must not look like a clean end: numbers are never given twice. */
        CHECK(access(path("r1/journal/clean"), F_OK) != 0);
}

TEST(a_target_that_holds_something_is_refused)
{
        CHECK_EQ(RUN_TOOL(tool_backup, "--state-dir", path("state"), "--to",
                          path("b1")),
                 1);
        CHECK(strstr(said, "holds something already"));
        CHECK_EQ(RUN_TOOL(tool_restore, "--from", path("b1"), "--state-dir",
                          path("r1")),
                 1);
        CHECK(strstr(said, "not empty"));
        CHECK_EQ(RUN_TOOL(tool_backup, "--state-dir", path("no-such"), "--to",
                          path("b2")),
                 1);
        CHECK_EQ(RUN_TOOL(tool_restore, "--from", path("no-such"),
                          "--state-dir", path("r9")),
                 1);
}

TEST(a_changed_byte_is_named)
{
        write_file("b1/snapshots/00000000000000000005.snap", "fivE");
        CHECK_EQ(RUN_TOOL(tool_restore, "--from", path("b1"), "--state-dir",
                          path("r2")),
                 1);
        CHECK(strstr(said, "00000000000000000005.snap"));
        CHECK(access(path("r2"), F_OK) != 0); /* nothing was written */

        write_file("b1/SHA256SUMS", "../../etc/passwd\n");
        CHECK_EQ(RUN_TOOL(tool_restore, "--from", path("b1"), "--state-dir",
                          path("r2")),
                 1);
}

/* ---- every snapshot damaged, the journal's beginning gone ---- */

static void tick_on(struct journal *j, uint64_t n)
{
        static int64_t at_us = INT64_C(1697749200000000);
        struct buf b = {0};
        struct err e = {0};
        uint64_t seq;

        while (n-- > 0) {
                at_us += SECOND_US;
                buf_clear(&b);
                record_tick_pack(&b, at_us, at_us);
                if (journal_append(j, RECORD_TICK, at_us, buf_as_text(&b), &seq,
                                   &e) != OK)
                        fail_msg("%s", e.msg);
        }
        buf_done(&b);
}

static struct journal *open_small(const char *dir)
{
        struct journal_config c = {
                .dir = dir, .segment_bytes = 4096, .manual = true};
        struct journal *j = NULL;
        struct err e = {0};

        if (journal_open(&c, &j, &e) != OK)
                fail_msg("%s", e.msg);
        return j;
}

/* As a start does it; the state's sequence, or 0 with `said`. */
static uint64_t start(const char *dir)
{
        struct recovery r;
        struct err e = {0};
        uint64_t seq;

        if (recover(dir, NULL, 0, &r, &e) != OK)
                return tool_fail(&e), 0;
        seq = r.state->seq;
        state_free(r.state);
        return seq;
}

static void snapshot_now(const char *dir)
{
        struct recovery r;
        struct err e = {0};

        if (recover(dir, NULL, 0, &r, &e) != OK ||
            snapshot_write(dir, r.state, &e) != OK)
                fail_msg("%s", e.msg);
        state_free(r.state);
}

TEST(a_backup_mends_a_server_without_snapshots)
{
        struct journal *j;
        uint64_t last;

        file_make_dir(path("live/journal"), NULL);
        j = open_small(path("live/journal"));
        tick_on(j, 100);
        snapshot_now(path("live")); /* at 100 */
        tick_on(j, 300);
        CHECK_EQ(RUN_TOOL(tool_backup, "--state-dir", path("live"), "--to",
                          path("m1")),
                 0);
        tick_on(j, 300);
        journal_retain(j, 300);
        write_file("live/snapshots/00000000000000000100.snap", "SANFgarbage");
        CHECK_EQ(start(path("live")), 0);
        CHECK(strstr(said, "no snapshot can be read (1 damaged)"));
        CHECK(strstr(said, "sanfang restore --mend"));

        /* Not under a server that runs. */
        CHECK_EQ(RUN_TOOL(tool_restore, "--mend", "--from", path("m1"),
                          "--state-dir", path("live")),
                 1);
        journal_close(j);
        CHECK_EQ(RUN_TOOL(tool_restore, "--mend", "--from", path("m1"),
                          "--state-dir", path("live")),
                 0);
        last = last_record(path("live/journal"));
        CHECK_EQ(last, 700);
        CHECK_EQ(start(path("live")), last);
}

TEST(a_backup_that_ends_too_early_is_refused)
{
        struct journal *j = open_small(path("live/journal"));

        tick_on(j, 600);
        journal_retain(j, 1000);
        journal_close(j);
        CHECK_EQ(RUN_TOOL(tool_restore, "--mend", "--from", path("m1"),
                          "--state-dir", path("live")),
                 1);
        CHECK(strstr(said, "the backup ends at record 400"));
        CHECK(strstr(said, "a newer backup is needed"));
}

static void fill_database(const char *dir)
{
        struct archive_config c = {.uri = db.uri,
                                   .dir = dir,
                                   .migrations_dir = SOURCE_DIR "/schemas/sql"};
        struct observation x = {.element = ELEMENT_Z,
                                .time_us = INT64_C(1697742000000000),
                                .received_us = INT64_C(1697742005000000),
                                .value_milli = 1500,
                                .seq = 20};
        struct buf b = {0};
        struct archive *a = NULL;

        if (archive_create(&c, &a, NULL) != OK)
                return;
        archive_let_gap_stand(a); /* the records before are not put */
        buf_str(&b, "zone\t{\"code\":\"1\",\"level\":\"town\","
                    "\"name\":\"镇\",\"geometry\":{\"type\":\"Polygon\","
                    "\"coordinates\":[[[110,21],[111,21],[111,22],"
                    "[110,21]]]},\"seq\":20}\n");
        row_copy_observation(&b, "A", &x);
        archive_put(a, 20, buf_as_text(&b));
        buf_done(&b);
        for (int i = 0; i < 500 && archive_position_hint(dir) < 20; i++) {
                struct timespec t = {0, 20000000};

                nanosleep(&t, NULL);
        }
        archive_free(a);
}

TEST(the_database_comes_back_too)
{
        struct pg_temp other = db;

        fill_database(path("state"));
        CHECK_EQ(RUN_TOOL(tool_backup, "--state-dir", path("state"), "--to",
                          path("b3"), "--db", db.uri),
                 0);
        /* The database that still holds the schema is refused. */
        CHECK_EQ(RUN_TOOL(tool_restore, "--from", path("b3"), "--state-dir",
                          path("r3"), "--db", db.uri),
                 1);
        CHECK(strstr(said, "has a schema sanfang already"));

        pg_temp_ask(&db, "CREATE DATABASE second");
        snprintf(other.uri, sizeof(other.uri),
                 "host=%s port=%d user=sanfang dbname=second", db.dir, db.port);
        CHECK_EQ(RUN_TOOL(tool_restore, "--from", path("b3"), "--state-dir",
                          path("r3"), "--db", other.uri),
                 0);
        CHECK_STR(pg_temp_ask(&other, "SELECT value FROM"
                                      " sanfang.observation_20231020"),
                  "1.5");
        CHECK_STR(pg_temp_ask(&other, "SELECT ST_AsText(geom) FROM"
                                      " sanfang.zone"),
                  "MULTIPOLYGON(((110 21,111 21,111 22,110 21)))");
        CHECK_STR(pg_temp_ask(&other, "SELECT seq FROM sanfang.position"),
                  "20");
        CHECK_STR(pg_temp_ask(&other, "SET ROLE sanfang_reader; SELECT"
                                      " count(*) FROM sanfang.v_zone"),
                  "1");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_running_state_is_copied_and_comes_back),
                RUN(a_target_that_holds_something_is_refused),
                RUN(a_changed_byte_is_named),
                RUN(a_backup_mends_a_server_without_snapshots),
                RUN(a_backup_that_ends_too_early_is_refused),
                RUN(the_database_comes_back_too),
        };
        const char *missing = pg_temp_missing();
        int failed = 1;

        if (missing) {
                printf("skipped: %s is not installed\n", missing);
                return 77;
        }
        unsetenv("SANFANG_DB");
        snprintf(base, sizeof(base), "/tmp/sanfang-backup-XXXXXX");
        if (sodium_init() < 0 || !mkdtemp(base) || !pg_temp_create(&db))
                fprintf(stderr, "PostgreSQL did not start: %s/log\n", db.dir);
        else
                failed = cmocka_run_group_tests(tests, NULL, NULL);
        pg_temp_destroy(&db);
        temp_dir_remove(base);
        return failed;
}

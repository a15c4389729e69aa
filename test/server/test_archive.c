/* test/server/test_archive.c -- rows in PostGIS once, whatever dies. */
#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schemas/buf.h"
#include "schemas/time.h"
#include "server/adapter/pg.h"
#include "server/archive.h"
#include "server/migrate.h"
#include "server/row_copy.h"
#include "test/pause.h"
#include "test/server/pg_temp.h"

static struct pg_temp db;
static char dir[64];

#define MIGRATIONS SOURCE_DIR "/schemas/sql"

static struct archive *archive_with(size_t ram_bytes)
{
        struct archive_config c = {.uri = db.uri,
                                   .dir = dir,
                                   .migrations_dir = MIGRATIONS,
                                   .ram_bytes = ram_bytes,
                                   .batch_rows = 500,
                                   .batch_ms = 10};
        struct archive *a = NULL;
        struct err e = {0};

        if (archive_create(&c, &a, &e) != OK)
                print_error("%s\n", e.msg);
        return a;
}

/* Waits until the database is at seq, at most 30 s. */
static bool wait_for(struct archive *a, uint64_t seq)
{
        struct archive_status s = {0};

        for (int i = 0; i < 3000; i++) {
                archive_get_status(a, &s);
                if (s.up && s.position >= seq)
                        return true;
                pause_ms(10);
        }
        print_error("at %llu, want %llu: %s\n", (unsigned long long)s.position,
                    (unsigned long long)seq, s.last_error);
        return false;
}

static long ask(const char *sql)
{
        const char *s = pg_temp_ask(&db, sql);

        return *s ? atol(s) : -1;
}

static void fresh(void)
{
        char path[100];

        pg_temp_ask(&db, "DROP SCHEMA IF EXISTS sanfang CASCADE");
        snprintf(path, sizeof(path), "%s/archive.pos", dir);
        unlink(path);
}

static int64_t milli_of(const char *value)
{
        double v = strtod(value, NULL) * 1000;

        return (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
}

static void put_observation(struct archive *a, uint64_t record,
                            const char *station, const struct observation *x)
{
        struct buf b = {0};

        row_copy_observation(&b, station, x);
        archive_put(a, record, buf_as_text(&b));
        buf_done(&b);
}

static int64_t level_us(uint64_t seq)
{
        return (INT64_C(1697731200) + (int64_t)seq * 3) * SECOND_US;
}

/* A level of station S<n % 50> at a time of its own. */
static void put_level(struct archive *a, uint64_t seq, const char *value)
{
        struct observation x = {.element = ELEMENT_Z,
                                .time_us = level_us(seq),
                                .received_us = level_us(seq),
                                .value_milli = milli_of(value),
                                .seq = seq};
        char station[16];

        snprintf(station, sizeof(station), "S%d", (int)(seq % 50));
        put_observation(a, seq, station, &x);
}

TEST(rows_and_position_arrive_together)
{
        struct archive *a;
        uint64_t i;

        fresh();
        a = archive_with(0);
        for (i = 1; i <= 1000; i++)
                put_level(a, i, "9.05");
        archive_put(a, 1001, TEXT(""));
        CHECK(wait_for(a, 1001));
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"), 1000);
        CHECK_EQ(ask("SELECT seq FROM sanfang.position"), 1001);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation_default"), 0);
        archive_free(a);
        CHECK_EQ(archive_position_hint(dir), 1001);
}

/* Of a database that was set back, what the rules were given is cut back too,
 * so that its chain goes on. */
TEST(a_position_that_was_set_back_goes_on_from_there)
{
        struct archive *a;
        uint64_t i;

        fresh();
        a = archive_with(0);
        for (i = 1; i <= 20; i++) {
                put_level(a, i, "9.05");
                CHECK(wait_for(a, i));
        }
        archive_free(a);
        pg_temp_ask(&db, "UPDATE sanfang.position SET seq = 15");
        a = archive_with(0);
        for (i = 16; i <= 30; i++)
                put_level(a, i, "9.05");
        CHECK(wait_for(a, 30));
        archive_free(a);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.rule_input x WHERE after_seq"
                     " <> 0 AND after_seq NOT IN"
                     " (SELECT seq FROM sanfang.rule_input)"),
                 0);
        CHECK_EQ(ask("SELECT max(seq) FROM sanfang.rule_input"), 30);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.rule_input"
                     " WHERE after_seq = 15"),
                 1);
}

/* A refused message with contents of its own. */
static void put_nonsense(struct archive *a, uint64_t seq)
{
        struct buf b = {0};

        buf_printf(&b,
                   "quarantine\t{\"topic\":\"t%llu\",\"reason\":\"syntax\","
                   "\"detail\":\"\",\"raw\":\"\\\\x00\",\"seq\":%llu,"
                   "\"at\":\"2023-10-20T03:00:00+08:00\"}\n",
                   (unsigned long long)seq, (unsigned long long)seq);
        archive_put(a, seq, buf_as_text(&b));
        buf_done(&b);
}

TEST(what_strangers_fill_keeps_its_newest_rows)
{
        struct archive_config c = {.uri = db.uri,
                                   .dir = dir,
                                   .migrations_dir = MIGRATIONS,
                                   .batch_rows = 1,
                                   .batch_ms = 1,
                                   .bound_ms = 1};
        struct archive_status s = {0};
        struct archive *a = NULL;
        uint64_t i;

        fresh();
        CHECK_EQ(archive_create(&c, &a, NULL), OK);
        archive_put(a, 1, TEXT(""));
        CHECK(wait_for(a, 1));
        CHECK_EQ(ask("SELECT kept FROM sanfang.bound"
                     " WHERE table_name = 'quarantine'"),
                 100000);
        pg_temp_ask(&db, "UPDATE sanfang.bound SET kept = 3");
        for (i = 2; i <= 9; i++)
                put_nonsense(a, i);
        for (i = 10; i <= 14; i++)
                archive_put(a, i, TEXT("no_such_table\t{}\n"));
        CHECK(wait_for(a, 14));
        pause_ms(20);
        put_nonsense(a, 15);
        archive_free(a);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.quarantine"), 3);
        CHECK_EQ(ask("SELECT min(last_seq) FROM sanfang.quarantine"), 8);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.poison"), 3);
        CHECK_EQ(ask("SELECT min(seq) FROM sanfang.poison"), 12);
        CHECK_EQ(ask("SELECT sum(dropped) FROM sanfang.bound"), 8);
        a = archive_with(0);
        CHECK(wait_for(a, 15));
        archive_get_status(a, &s);
        CHECK_EQ(s.rows_dropped, 0); /* since the start; the table knows all */
        archive_free(a);
}

/* The same records again, as after a restart of the server. */
TEST(nothing_is_committed_that_the_journal_may_still_lose)
{
        struct archive_status status;
        struct archive *a;
        uint64_t i;

        fresh();
        a = archive_with(0);
        archive_on_synced(a, 0);
        archive_put(a, 1, TEXT(""));
        archive_on_synced(a, 1);
        CHECK(wait_for(a, 1));
        for (i = 2; i <= 10; i++)
                put_level(a, i, "9.05");
        for (i = 0; i < 20; i++) { /* it would be there long since */
                pause_ms(10);
                archive_get_status(a, &status);
                CHECK_EQ(status.position, 1);
        }
        archive_on_synced(a, 10);
        CHECK(wait_for(a, 10));
        archive_on_synced(a, 9);
        put_level(a, 11, "9.05");
        archive_free(a); /* ends although it is never safe */
        CHECK_EQ(ask("SELECT seq FROM sanfang.position"), 10);
}

TEST(what_comes_again_is_dropped)
{
        struct archive *a;
        uint64_t i;

        fresh();
        a = archive_with(0);
        for (i = 1; i <= 10; i++)
                archive_put(a, i,
                            TEXT("quarantine\t{\"topic\":\"t\","
                                 "\"reason\":\"utf8\",\"detail\":null,"
                                 "\"raw\":\"\\\\xff00\",\"seq\":7,"
                                 "\"at\":\"2023-10-20T03:00:00Z\"}\n"));
        CHECK(wait_for(a, 10));
        archive_free(a);
        a = archive_with(0);
        for (i = 5; i <= 12; i++)
                archive_put(a, i,
                            TEXT("quarantine\t{\"topic\":\"t\","
                                 "\"reason\":\"utf8\",\"detail\":null,"
                                 "\"raw\":\"\\\\xff00\",\"seq\":7,"
                                 "\"at\":\"2023-10-20T03:00:00Z\"}\n"));
        CHECK(wait_for(a, 12));
        archive_free(a);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.quarantine"), 1);
        CHECK_EQ(ask("SELECT count FROM sanfang.quarantine"), 12);
        CHECK_EQ(ask("SELECT octet_length(raw) FROM sanfang.quarantine"), 2);
}

/* Rows wait, so the archive is inside a transaction nearly all the time:
 * the kill of the postmaster hits one. */
static void die_and_return(long after_ms)
{
        pause_ms(after_ms);
        pg_temp_kill(&db, SIGKILL);
        assert_true(pg_temp_start(&db));
}

TEST(a_killed_database_neither_loses_nor_doubles)
{
        const uint64_t n = 20000;
        struct archive *a;
        uint64_t i;

        fresh();
        a = archive_with(0);
        put_level(a, 1, "1.5");
        CHECK(wait_for(a, 1)); /* the schema is there */
        for (i = 2; i <= n; i++) {
                put_level(a, i, "1.5");
                if (i % 4000 == 0)
                        die_and_return((long)(i / 400));
        }
        CHECK(wait_for(a, n));
        archive_free(a);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"), n);
        CHECK_EQ(ask("SELECT count(DISTINCT seq) FROM sanfang.observation"), n);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation_conflict"), 0);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.poison"), 0);
}

/* Counts add up: a commit of unknown fate that was done again would show,
 * since nothing but the position tells the two apart. */
TEST(counts_survive_kills_too)
{
        const uint64_t n = 20000;
        struct archive *a;
        char row[300];
        uint64_t i;

        fresh();
        a = archive_with(0);
        archive_put(a, 1, TEXT(""));
        CHECK(wait_for(a, 1));
        for (i = 2; i <= n; i++) {
                snprintf(row, sizeof(row),
                         "quarantine\t{\"topic\":\"t%llu\","
                         "\"reason\":\"crc\",\"detail\":null,"
                         "\"raw\":\"\\\\x01\",\"seq\":%llu,"
                         "\"at\":\"2023-10-20T03:00:00Z\"}\n",
                         (unsigned long long)(i % 200), (unsigned long long)i);
                archive_put(a, i, text_of(row));
                if (i % 4000 == 0)
                        die_and_return((long)(i / 600));
        }
        CHECK(wait_for(a, n));
        archive_free(a);
        CHECK_EQ(ask("SELECT sum(count) FROM sanfang.quarantine"), n - 1);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.quarantine"), 200);
}

/* A year that PostgreSQL does not know, and a name that is no UTF-8. */
static void put_poisons(struct archive *a, uint64_t seq)
{
        struct observation x = {.element = ELEMENT_Z,
                                .time_us = INT64_MIN / 2,
                                .received_us = level_us(seq),
                                .seq = seq};

        put_observation(a, seq, "high", &x);
        x.time_us = x.received_us;
        x.seq = seq + 1;
        put_observation(a, seq + 1, "S\xff", &x);
}

TEST(a_poison_row_stands_alone)
{
        struct archive_status s;
        struct archive *a;
        uint64_t i;

        fresh();
        a = archive_with(0);
        for (i = 1; i <= 332; i++)
                put_level(a, i, "2");
        put_poisons(a, 333);
        for (i = 335; i <= 700; i++)
                put_level(a, i, "2");
        archive_put(a, 701, TEXT("no_such_table\t{}\n"));
        archive_put(a, 702, TEXT("incident\t{\"centre\":\"x\\u0000\"}\n"));
        CHECK(wait_for(a, 702));
        archive_get_status(a, &s);
        archive_free(a);
        CHECK_EQ(s.poison_rows, 4);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"), 698);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.poison"), 4);
        CHECK_EQ(ask("SELECT seq FROM sanfang.poison WHERE table_name ="
                     " 'observation' AND row_text LIKE '[\"high\",\"Z\",%'"),
                 333);
        CHECK_EQ(ask("SELECT seq FROM sanfang.poison WHERE table_name ="
                     " 'observation' AND sqlstate = '22021'"),
                 334);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.poison WHERE sqlstate"
                     " LIKE '22%' AND table_name = 'incident'"),
                 1);
}

/* Waits until the archive complains so, at most 30 s. */
static bool wait_complaint(struct archive *a, const char *words)
{
        struct archive_status s = {0};

        for (int i = 0; i < 3000; i++) {
                archive_get_status(a, &s);
                if (strstr(s.last_error, words))
                        return true;
                pause_ms(10);
        }
        print_error("\"%s\", want \"%s\"\n", s.last_error, words);
        return false;
}

/* Waits until it says that the database takes nothing, at most 30 s. */
static bool wait_down(struct archive *a)
{
        struct archive_status s = {.up = true};

        for (int i = 0; i < 3000 && s.up; i++) {
                archive_get_status(a, &s);
                pause_ms(10);
        }
        return !s.up;
}

/* What the trigger of observation does: raises `state`, or "" nothing. A
 * function is replaced without a lock on the table, which the archive
 * takes too. */
static void refuse_with(const char *state)
{
        char sql[400], raise[120] = "";

        if (*state)
                snprintf(raise, sizeof(raise),
                         "RAISE EXCEPTION 'state %s' USING ERRCODE = '%s';",
                         state, state);
        snprintf(sql, sizeof(sql),
                 "CREATE OR REPLACE FUNCTION sanfang.refuse() RETURNS trigger"
                 " LANGUAGE plpgsql AS $$ BEGIN %s RETURN NEW; END $$",
                 raise);
        pg_temp_ask(&db, sql);
}

/* What ails the database is nothing against the row. */
TEST(a_sick_database_makes_no_row_poison)
{
        static const char *const states[] = {"53100", "53200", "53000",
                                             "55P03", "57014", "58030",
                                             "58P01", "40001", "XX001"};
        const size_t n = sizeof(states) / sizeof(*states);
        struct archive_status s;
        struct archive *a;
        char words[32];
        uint64_t seq = 2;

        fresh();
        a = archive_with(0);
        put_level(a, 1, "2");
        CHECK(wait_for(a, 1));
        refuse_with("");
        pg_temp_ask(&db, "CREATE TRIGGER refuse BEFORE INSERT ON"
                         " sanfang.observation FOR EACH ROW"
                         " EXECUTE FUNCTION sanfang.refuse()");
        for (size_t i = 0; i < n; i++) {
                refuse_with(states[i]);
                put_level(a, seq++, "2");
                put_level(a, seq++, "2");
                snprintf(words, sizeof(words), "state %s", states[i]);
                CHECK(wait_complaint(a, words));
                CHECK(i > 0 || wait_down(a));
                refuse_with("");
                CHECK(wait_for(a, seq - 1));
        }
        archive_get_status(a, &s);
        archive_free(a);
        CHECK_EQ(s.poison_rows, 0);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"), seq - 1);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.poison"), 0);
}

/* Only its own user may limit a process. */
static bool limit_files(pid_t pid, rlim_t bytes)
{
        struct rlimit limit = {bytes, RLIM_INFINITY};
        struct stat info;
        int status = 1;
        pid_t child;

        if (stat(db.dir, &info) != 0)
                return false;
        child = fork();
        if (child == 0)
                _exit(setresgid(info.st_gid, info.st_gid, info.st_gid) != 0 ||
                      setresuid(info.st_uid, info.st_uid, info.st_uid) != 0 ||
                      prlimit(pid, RLIMIT_FSIZE, &limit, NULL) != 0);
        return waitpid(child, &status, 0) == child && status == 0;
}

/* As on a disk that is full in a way PostgreSQL has no class for: XX000,
 * which is what PostGIS says about a bad row.  The commits are left to the
 * walwriter, since the log's files are larger. */
TEST(a_file_that_may_not_grow_makes_no_row_poison)
{
        struct archive_status s;
        struct archive *a;
        pid_t backend;
        uint64_t i;

        fresh();
        pg_temp_ask(&db, "ALTER DATABASE postgres SET synchronous_commit=off");
        a = archive_with(0);
        put_level(a, 1, "2");
        CHECK(wait_for(a, 1));
        backend = (pid_t)ask("SELECT pid FROM pg_stat_activity WHERE"
                             " application_name = 'sanfangd archive'");
        CHECK(backend > 0);
        CHECK(limit_files(backend, 12 * 8192));
        /* About a thousand fit; as poison the others would all find room. */
        for (i = 2; i <= 1300; i++)
                put_level(a, i, "2");
        CHECK(wait_complaint(a, "File too large"));
        CHECK(wait_down(a));
        CHECK(limit_files(backend, RLIM_INFINITY));
        CHECK(wait_for(a, 1300));
        archive_get_status(a, &s);
        archive_free(a);
        pg_temp_ask(&db, "ALTER DATABASE postgres RESET synchronous_commit");
        CHECK_EQ(s.poison_rows, 0);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"), 1300);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.poison"), 0);
}

static void put_slot(struct archive *a, uint64_t seq, int64_t milli)
{
        struct rain_slot x = {.begin_us = level_us(0),
                              .end_us = level_us(100),
                              .amount_milli = milli,
                              .source = ELEMENT_PN05,
                              .seq = seq};
        struct buf b = {0};

        row_copy_rain(&b, "S1", &x);
        archive_put(a, seq, buf_as_text(&b));
        buf_done(&b);
}

/* The lock holds the second table of the batch, so that the transaction
 * fails after it had moved the position and written the first. */
TEST(a_failing_transaction_changes_nothing)
{
        struct pg_config c = {.uri = db.uri,
                              .name = "test",
                              .statement_timeout_ms = 60000,
                              .lock_timeout_ms = 5000};
        struct archive *a;
        struct pg *other = NULL;

        fresh();
        a = archive_with(0);
        put_level(a, 1, "1");
        CHECK(wait_for(a, 1));
        CHECK_EQ(pg_open(&c, &other, NULL), OK);
        CHECK_EQ(pg_script(other, "BEGIN; LOCK TABLE sanfang.rain_slot"),
                 PG_DONE);
        put_level(a, 2, "1");
        put_slot(a, 3, 500);
        pause_ms(5600); /* past the archive's own lock timeout */
        CHECK_EQ(ask("SELECT seq FROM sanfang.position"), 1);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"), 1);
        CHECK_EQ(pg_script(other, "COMMIT"), PG_DONE);
        pg_close(other);
        CHECK(wait_for(a, 3));
        archive_free(a);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"), 2);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.rain_slot"), 1);
}

/* Somebody holds the position: rows must not be there before it moves. */
TEST(no_row_is_seen_before_its_position)
{
        struct pg_config c = {.uri = db.uri,
                              .name = "test",
                              .statement_timeout_ms = 60000,
                              .lock_timeout_ms = 5000};
        struct archive *a;
        struct pg *other = NULL;

        fresh();
        a = archive_with(0);
        put_level(a, 1, "1");
        CHECK(wait_for(a, 1));
        CHECK_EQ(pg_open(&c, &other, NULL), OK);
        CHECK_EQ(pg_script(other, "BEGIN; SELECT * FROM sanfang.position"
                                  " FOR UPDATE"),
                 PG_DONE);
        put_level(a, 2, "1");
        pause_ms(400);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"), 1);
        CHECK_EQ(pg_script(other, "COMMIT"), PG_DONE);
        pg_close(other);
        CHECK(wait_for(a, 2));
        archive_free(a);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"), 2);
}

/* A server that hangs keeps its sockets open and answers nothing. */
TEST(a_hanging_server_is_given_up)
{
        struct pg_config c = {.uri = db.uri,
                              .name = "test",
                              .statement_timeout_ms = 300,
                              .lock_timeout_ms = 300};
        struct timespec t0, t1;
        struct pg *p = NULL;
        int64_t pid = 0;

        CHECK_EQ(pg_open(&c, &p, NULL), OK);
        CHECK_EQ(pg_run(p, "SELECT pg_sleep(5)", 0, NULL), PG_RETRY);
        CHECK_STR(pg_sqlstate(p), "57014"); /* its own timeout */
        CHECK_EQ(pg_run(p, "SELECT pg_backend_pid()", 0, NULL), PG_DONE);
        CHECK(text_to_i64(pg_value(p, 0, 0), &pid));
        CHECK_EQ(kill((pid_t)pid, SIGSTOP), 0);
        clock_gettime(CLOCK_MONOTONIC, &t0);
        CHECK_EQ(pg_run(p, "SELECT 1", 0, NULL), PG_LOST);
        clock_gettime(CLOCK_MONOTONIC, &t1);
        CHECK(t1.tv_sec - t0.tv_sec <= 4);
        CHECK(strstr(pg_error(p), "does not answer"));
        CHECK_EQ(pg_script(p, "SELECT 1"), PG_LOST);
        pg_close(p);
        kill((pid_t)pid, SIGCONT);
}

TEST(migrations_twice_change_nothing)
{
        struct pg_config c = {.uri = db.uri,
                              .name = "test",
                              .statement_timeout_ms = 60000,
                              .lock_timeout_ms = 5000};
        struct err e = {0};
        struct pg *p = NULL;
        int applied = -1;

        fresh();
        CHECK_EQ(pg_open(&c, &p, NULL), OK);
        CHECK_EQ(migrate(p, MIGRATIONS, &applied, &e), OK);
        CHECK(applied > 0);
        CHECK_EQ(migrate(p, MIGRATIONS, &applied, &e), OK);
        CHECK_EQ(applied, 0);

        pg_temp_ask(&db, "UPDATE sanfang.migration SET checksum = 'x'"
                         " WHERE name = '0001_archive.sql'");
        applied = 7;
        CHECK_EQ(migrate(p, MIGRATIONS, &applied, &e), ERR_MISMATCH);
        CHECK(strstr(e.msg, "0001_archive.sql"));
        CHECK_EQ(applied, 7);

        pg_temp_ask(&db, "INSERT INTO sanfang.migration (name, checksum)"
                         " VALUES ('9999_later.sql', '')");
        CHECK_EQ(migrate(p, MIGRATIONS, &applied, &e), ERR_MISMATCH);
        CHECK(strstr(e.msg, "newer"));
        CHECK_EQ(migrate(p, "/nowhere", &applied, &e), ERR_CONFIG);
        pg_close(p);
}

TEST(rows_go_into_the_file_and_come_back)
{
        const uint64_t n = 5000;
        struct archive_status s = {0};
        struct archive *a;
        uint64_t i;

        fresh();
        pg_temp_kill(&db, SIGKILL);
        a = archive_with(20000);
        for (i = 1; i <= n; i++) {
                put_level(a, i, "3");
                if (i % 50 == 0)
                        pause_ms(1);
        }
        for (i = 0; i < 100 && s.spilled_bytes < 500000; i++) {
                pause_ms(20);
                archive_get_status(a, &s);
        }
        CHECK(s.spilled_bytes > 500000);
        CHECK(!s.up);
        CHECK(!s.overflow);
        CHECK_EQ(s.queued_rows, n);
        CHECK(pg_temp_start(&db));
        CHECK(wait_for(a, n));
        archive_get_status(a, &s);
        CHECK_EQ(s.queued_rows, 0);
        CHECK_EQ(s.queued_bytes, 0);
        CHECK_EQ(s.spilled_bytes, 0);
        archive_free(a);
        CHECK_EQ(ask("SELECT count(DISTINCT seq) FROM sanfang.observation"), n);
}

TEST(a_stop_without_database_is_quick)
{
        struct timespec t0, t1;
        struct archive *a;

        fresh();
        a = archive_with(0);
        put_level(a, 1, "1");
        CHECK(wait_for(a, 1));
        pg_temp_kill(&db, SIGKILL);
        put_level(a, 2, "1");
        pause_ms(300);
        clock_gettime(CLOCK_MONOTONIC, &t0);
        archive_free(a);
        clock_gettime(CLOCK_MONOTONIC, &t1);
        CHECK(t1.tv_sec - t0.tv_sec < 3);
        CHECK_EQ(archive_position_hint(dir), 1);
        CHECK(pg_temp_start(&db));
}

/* Of station A at three o'clock, taken received_us. */
static void put_at_three(struct archive *a, uint64_t seq, const char *value,
                         uint32_t marks, int64_t received_us)
{
        struct observation x = {.element = ELEMENT_Z,
                                .time_us = level_us(3600),
                                .received_us = received_us,
                                .value_milli = milli_of(value),
                                .marks = marks,
                                .seq = seq};

        put_observation(a, seq, "A", &x);
}

static void put_row(struct archive *a, uint64_t seq, const char *value,
                    uint32_t marks)
{
        put_at_three(a, seq, value, marks, level_us(3601));
}

TEST(the_first_value_of_an_instant_stays)
{
        struct archive *a;

        fresh();
        a = archive_with(0);
        put_row(a, 1, "0", MARK_LATE | MARK_MISSING);
        CHECK(wait_for(a, 1));
        put_row(a, 2, "9.05", MARK_LATE); /* a value after "missing" */
        CHECK(wait_for(a, 2));
        put_row(a, 3, "9.05", MARK_LATE); /* the same again: nothing */
        put_row(a, 4, "9.99", MARK_LATE); /* another: kept apart */
        put_row(a, 5, "0", MARK_LATE | MARK_MISSING); /* never back */
        CHECK(wait_for(a, 5));
        archive_free(a);
        CHECK_STR(pg_temp_ask(&db, "SELECT value, missing, marks, seq"
                                   " FROM sanfang.observation"),
                  "9.05|f|{late}|2");
        CHECK_STR(pg_temp_ask(&db, "SELECT value, marks, seq FROM"
                                   " sanfang.observation_conflict"),
                  "9.99|{late,conflict}|4");
}

/* What meets a key goes another way; all of it arrives, and so does what
 * came with it, and values stand as they were sent. */
TEST(a_key_that_is_there_costs_nothing_else)
{
        static const char *const value[] = {
                "0",          "-0.001",     "0.1",          "10000",
                "12345678.9", "-99999.999", "9007199254740"};
        struct archive *a;
        uint64_t i;

        fresh();
        a = archive_with(0);
        put_level(a, 1, "1");
        put_slot(a, 2, 500);
        CHECK(wait_for(a, 2));
        for (i = 3; i < 10; i++)
                put_level(a, i, value[i - 3]);
        put_slot(a, 10, 700); /* the newer sum of the same slot */
        put_level(a, 11, "2");
        CHECK(wait_for(a, 11));
        put_slot(a, 12, 800);
        CHECK(wait_for(a, 12));
        archive_free(a);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"), 9);
        CHECK_STR(pg_temp_ask(&db, "SELECT string_agg(value::text, ' ' ORDER"
                                   " BY seq) FROM sanfang.observation WHERE"
                                   " seq BETWEEN 3 AND 9"),
                  "0 -0.001 0.1 10000 12345678.9 -99999.999"
                  " 9007199254740");
        CHECK_STR(pg_temp_ask(&db, "SELECT value, source, seq,"
                                   " extract(epoch FROM time - begin_at)::int"
                                   " FROM sanfang.rain_slot"),
                  "0.8|PN05|12|300");
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.poison"), 0);
}

TEST(an_amendment_replaces_and_keeps_the_old_value)
{
        struct archive *a;

        fresh();
        a = archive_with(0);
        put_row(a, 1, "9.05", 0);
        CHECK(wait_for(a, 1));
        put_row(a, 2, "9.5", MARK_REVISED);
        put_row(a, 3, "9.6", MARK_REVISED); /* and again, in one batch */
        CHECK(wait_for(a, 3));
        put_row(a, 4, "9.7", MARK_OLD); /* nobody's amendment */
        CHECK(wait_for(a, 4));
        pg_temp_ask(&db, "UPDATE sanfang.position SET seq = 1");
        archive_free(a);
        a = archive_with(0); /* the same records once more */
        put_row(a, 2, "9.5", MARK_REVISED);
        put_row(a, 3, "9.6", MARK_REVISED);
        put_row(a, 4, "9.7", MARK_OLD);
        CHECK(wait_for(a, 4));
        archive_free(a);
        CHECK_STR(pg_temp_ask(&db, "SELECT value, marks, seq"
                                   " FROM sanfang.observation"),
                  "9.6|{revised}|3");
        CHECK_STR(pg_temp_ask(&db, "SELECT string_agg(concat_ws(' ', value,"
                                   " seq, by_seq), ',' ORDER BY seq)"
                                   " FROM sanfang.observation_revision"),
                  "9.05 1 2,9.5 2 3");
        CHECK_STR(pg_temp_ask(&db, "SELECT value, seq"
                                   " FROM sanfang.observation_conflict"),
                  "9.7|4");
}

static void put_z(struct archive *a, uint64_t seq, int64_t milli, uint64_t at,
                  uint32_t marks)
{
        struct observation x = {.element = ELEMENT_Z,
                                .time_us = level_us(at),
                                .received_us = level_us(at),
                                .value_milli = milli,
                                .marks = marks,
                                .seq = seq};

        put_observation(a, seq, "A", &x);
}

/* A thousand amendments, among them two of the same value. */
TEST(many_amendments_go_in_together)
{
        const uint64_t n = 1000;
        struct archive *a;
        uint64_t i;

        fresh();
        a = archive_with(0);
        for (i = 1; i <= n; i++)
                put_z(a, i, 9050, i, 0);
        CHECK(wait_for(a, n));
        for (i = 1; i <= n; i++)
                put_z(a, n + i, 9500, i, MARK_REVISED);
        put_z(a, 2 * n + 1, 9600, n, MARK_REVISED);
        CHECK(wait_for(a, 2 * n + 1));
        archive_free(a);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"
                     " WHERE value = 9.5 AND 'revised' = ANY(marks)"),
                 n - 1);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation"
                     " WHERE value = 9.6"),
                 1);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation_revision"
                     " WHERE value = 9.05"),
                 n);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation_revision"),
                 n + 1);
}

TEST(a_lying_clock_makes_no_partitions)
{
        struct archive *a;

        fresh();
        a = archive_with(0);
        put_at_three(a, 1, "1", 0, level_us(3601) + 1096 * DAY_US);
        CHECK(wait_for(a, 1));
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation_default"), 1);
        CHECK_EQ(ask("SELECT sanfang.make_partition('2023-10-20')::int"), 1);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation_default"), 0);
        CHECK_EQ(ask("SELECT count(*) FROM sanfang.observation_20231020"), 1);
        CHECK_EQ(ask("SELECT sanfang.make_partitions('2023-10-18Z',"
                     " '2023-10-21Z')"),
                 3);
        archive_free(a);
}

static void put_unit(struct archive *a, uint64_t record, uint64_t seq,
                     const char *state)
{
        char row[400];

        snprintf(row, sizeof(row),
                 "unit\t{\"centre\":\"MM\",\"id\":\"U1\",\"state\":\"%s\","
                 "\"incident\":null,\"lon\":110.9,\"lat\":21.6,\"time\":"
                 "\"2023-10-20T03:00:00+08:00\",\"fix_at\":null,"
                 "\"lost\":false,\"late_events\":0,\"seq\":%llu}\n",
                 state, (unsigned long long)seq);
        archive_put(a, record, text_of(row));
}

TEST(the_newest_state_wins_in_any_batch)
{
        struct archive *a;

        fresh();
        a = archive_with(0);
        put_unit(a, 1, 1, "available");
        put_unit(a, 2, 2, "dispatched");
        put_unit(a, 3, 3, "en_route");
        CHECK(wait_for(a, 3));
        put_unit(a, 4, 2, "paused"); /* older than what stands there */
        CHECK(wait_for(a, 4));
        archive_free(a);
        CHECK_STR(pg_temp_ask(&db, "SELECT state, ST_AsText(geom)"
                                   " FROM sanfang.unit"),
                  "en_route|POINT(110.9 21.6)");
}

TEST(an_older_database_is_noticed)
{
        struct archive_status s;
        struct archive *a;

        fresh();
        a = archive_with(0);
        put_level(a, 1, "1");
        put_level(a, 50, "1"); /* a jump alone is no gap */
        CHECK(wait_for(a, 50));
        archive_get_status(a, &s);
        CHECK(!s.gap);
        archive_free(a);

        /* A backup from before comes back; the journal begins later. */
        pg_temp_ask(&db, "UPDATE sanfang.position SET seq = 1");
        a = archive_with(0);
        archive_let_gap_stand(a);
        put_level(a, 51, "1");
        CHECK(wait_for(a, 51));
        archive_get_status(a, &s);
        CHECK(s.gap);
        CHECK_EQ(s.database_position_at_connect, 1);
        archive_free(a);
        CHECK_STR(pg_temp_ask(&db, "SELECT after_seq, before_seq"
                                   " FROM sanfang.gap"),
                  "1|51");
}

TEST(guests_read_views_and_nothing_else)
{
        struct archive *a;

        fresh();
        a = archive_with(0);
        put_level(a, 1, "1");
        CHECK(wait_for(a, 1));
        archive_free(a);
        CHECK_EQ(ask("SET ROLE sanfang_reader;"
                     "SELECT count(*) FROM sanfang.v_observation"),
                 1);
        CHECK_EQ(ask("SET ROLE sanfang_reader;"
                     "SELECT count(*) FROM sanfang.incident_dispatch"),
                 0);
        CHECK_EQ(ask("SET ROLE sanfang_reader;"
                     "SELECT count(*) FROM sanfang.observation"),
                 -1);
        CHECK_EQ(ask("SET ROLE sanfang_reader;"
                     "SELECT count(*) FROM sanfang.app_user"),
                 -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(rows_and_position_arrive_together),
                RUN(a_position_that_was_set_back_goes_on_from_there),
                RUN(what_strangers_fill_keeps_its_newest_rows),
                RUN(nothing_is_committed_that_the_journal_may_still_lose),
                RUN(what_comes_again_is_dropped),
                RUN(a_killed_database_neither_loses_nor_doubles),
                RUN(counts_survive_kills_too),
                RUN(a_poison_row_stands_alone),
                RUN(a_sick_database_makes_no_row_poison),
                RUN(a_file_that_may_not_grow_makes_no_row_poison),
                RUN(a_failing_transaction_changes_nothing),
                RUN(no_row_is_seen_before_its_position),
                RUN(a_hanging_server_is_given_up),
                RUN(migrations_twice_change_nothing),
                RUN(rows_go_into_the_file_and_come_back),
                RUN(a_stop_without_database_is_quick),
                RUN(the_first_value_of_an_instant_stays),
                RUN(a_key_that_is_there_costs_nothing_else),
                RUN(an_amendment_replaces_and_keeps_the_old_value),
                RUN(many_amendments_go_in_together),
                RUN(a_lying_clock_makes_no_partitions),
                RUN(the_newest_state_wins_in_any_batch),
                RUN(an_older_database_is_noticed),
                RUN(guests_read_views_and_nothing_else),
        };
        const char *missing = pg_temp_missing();
        int failed;

        if (missing) {
                printf("skipped: %s is not installed\n", missing);
                return 77;
        }
        snprintf(dir, sizeof(dir), "/tmp/sanfang-archive-XXXXXX");
        if (!mkdtemp(dir) || !pg_temp_create(&db)) {
                fprintf(stderr, "PostgreSQL did not start: %s/log\n", db.dir);
                return 1;
        }
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        pg_temp_destroy(&db);
        temp_dir_remove(dir);
        return failed;
}

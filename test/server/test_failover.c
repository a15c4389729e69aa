/* test/server/test_failover.c -- a database of two hosts: the first dies,
 * the standby is promoted, and the archive goes on with it.
 *
 * One story in three parts, each with what the last one left. */
#include "check.h"

#include <signal.h>
#include <stdlib.h>

#include "schemas/buf.h"
#include "schemas/time.h"
#include "server/archive.h"
#include "test/pause.h"
#include "test/server/pg_temp.h"

static struct pg_temp first, second, third;
static char dir[64];
static char uri[512];

static void uri_of(const struct pg_temp *a, const struct pg_temp *b)
{
        snprintf(uri, sizeof uri,
                 "host=%s,%s port=%d,%d user=sanfang dbname=postgres", a->dir,
                 b->dir, a->port, b->port);
}

static struct archive *begin(void)
{
        struct archive_config c = {.uri = uri,
                                   .dir = dir,
                                   .migrations_dir = SOURCE_DIR "/schemas/sql",
                                   .batch_rows = 500,
                                   .batch_ms = 10};
        struct archive *a = NULL;
        struct err e = {0};

        if (archive_create(&c, &a, &e) != OK)
                fail_msg("%s", e.msg);
        return a;
}

/* Refused messages are counted, so that one committed twice would show. */
static void put(struct archive *a, uint64_t seq)
{
        struct buf b = {0};

        buf_printf(&b,
                   "quarantine\t{\"topic\":\"t%llu\",\"reason\":\"syntax\","
                   "\"detail\":\"\",\"raw\":\"\\\\x00\",\"seq\":%llu,"
                   "\"at\":\"2023-10-20T03:00:00+08:00\"}\n",
                   (unsigned long long)seq % 50, (unsigned long long)seq);
        archive_put(a, seq, buf_as_text(&b));
        buf_done(&b);
}

static void put_all(struct archive *a, uint64_t from, uint64_t to)
{
        for (; from <= to; from++)
                put(a, from);
}

static struct archive_status status_of(struct archive *a)
{
        struct archive_status s = {0};

        archive_get_status(a, &s);
        return s;
}

static bool wait_for(struct archive *a, uint64_t seq)
{
        struct archive_status s = {0};

        for (int i = 0; i < 3000; i++) {
                s = status_of(a);
                if (s.up && s.position >= seq)
                        return true;
                pause_ms(10);
        }
        print_error("at %llu, want %llu: %s\n", (unsigned long long)s.position,
                    (unsigned long long)seq, s.last_error);
        return false;
}

static long ask(const struct pg_temp *db, const char *sql)
{
        const char *s = pg_temp_ask(db, sql);

        return *s ? atol(s) : -1;
}

static long taken(const struct pg_temp *db)
{
        return ask(db, "SELECT sum(count) FROM sanfang.quarantine");
}

static long position(const struct pg_temp *db)
{
        return ask(db, "SELECT seq FROM sanfang.position");
}

/* Until the standby has all that the primary wrote. */
static bool wait_for_standby(const struct pg_temp *db, long seq)
{
        for (int i = 0; i < 1000 && position(db) < seq; i++)
                pause_ms(20);
        return position(db) >= seq;
}

TEST(a_promoted_standby_is_written_on)
{
        struct archive *a;

        assert_true(pg_temp_standby(&first, &second));
        uri_of(&first, &second);
        a = begin();
        put(a, 1);
        CHECK(wait_for(a, 1));
        pg_temp_ask(&first, "ALTER SYSTEM SET synchronous_standby_names = '*'");
        pg_temp_ask(&first, "SELECT pg_reload_conf()");
        put_all(a, 2, 3000);
        CHECK(wait_for(a, 1000)); /* most likely amid a transaction */
        pg_temp_kill(&first, SIGKILL);
        put_all(a, 3001, 4000);
        assert_true(pg_temp_promote(&second));
        pg_temp_ask(&second, "ALTER SYSTEM RESET synchronous_standby_names");
        pg_temp_ask(&second, "SELECT pg_reload_conf()");
        CHECK(wait_for(a, 4000));
        CHECK(!status_of(a).gap && !status_of(a).behind);
        archive_free(a);
        CHECK_EQ(taken(&second), 4000);
        CHECK_EQ(position(&second), 4000);
        CHECK_EQ(ask(&second, "SELECT count(*) FROM sanfang.gap"), 0);
}

/* It comes back by itself, takes writes, and stands first in the string. */
TEST(an_old_primary_is_left_alone)
{
        struct archive *a;
        long before;

        assert_true(pg_temp_start(&first));
        before = taken(&first);
        CHECK(before > 0 && before <= 3000);
        a = begin();
        put_all(a, 4001, 4100);
        CHECK(wait_for(a, 4100));
        CHECK_EQ(taken(&second), 4100);
        CHECK_EQ(taken(&first), before);
        archive_free(a);

        /* Alone it is not taken either; the rows wait. */
        pg_temp_kill(&second, SIGTERM);
        a = begin();
        put_all(a, 4101, 4200);
        for (int i = 0;
             i < 500 && !strstr(status_of(a).last_error, "an old primary"); i++)
                pause_ms(10);
        CHECK(strstr(status_of(a).last_error, "an old primary"));
        CHECK(!status_of(a).up);
        pg_temp_kill(&first, SIGKILL);
        assert_true(pg_temp_start(&second));
        CHECK(wait_for(a, 4200));
        archive_free(a);
        CHECK_EQ(taken(&second), 4200);
}

/* What was written while it was away is not in it: no row is written over
 * the hole, and a start makes them all again. */
TEST(a_standby_that_lagged_is_told_again_what_it_lacks)
{
        struct archive *a;

        assert_true(pg_temp_standby(&second, &third));
        uri_of(&second, &third);
        a = begin();
        put_all(a, 4201, 4300);
        CHECK(wait_for(a, 4300));
        CHECK(wait_for_standby(&third, 4300));
        pg_temp_kill(&third, SIGKILL);
        put_all(a, 4301, 4400);
        CHECK(wait_for(a, 4400));
        pg_temp_kill(&second, SIGKILL);
        assert_true(pg_temp_start(&third));
        assert_true(pg_temp_promote(&third));
        put_all(a, 4401, 4500);
        for (int i = 0; i < 2000 && !status_of(a).behind; i++)
                pause_ms(10);
        CHECK(status_of(a).behind);
        archive_free(a);
        CHECK_EQ(position(&third), 4300);
        CHECK_EQ(ask(&third, "SELECT count(*) FROM sanfang.gap"), 0);

        /* The start: from where the database is. */
        CHECK_EQ(archive_position_hint(dir), 4300);
        a = begin();
        put_all(a, 4301, 4500);
        CHECK(wait_for(a, 4500));
        CHECK(!status_of(a).behind);
        archive_free(a);
        CHECK_EQ(taken(&third), 4500);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_promoted_standby_is_written_on),
                RUN(an_old_primary_is_left_alone),
                RUN(a_standby_that_lagged_is_told_again_what_it_lacks),
        };
        const char *missing = pg_temp_missing();
        int rc;

        if (missing) {
                printf("test_failover: left out, missing: %s\n", missing);
                return 77;
        }
        strcpy(dir, "/tmp/sanfang-failover-XXXXXX");
        if (!mkdtemp(dir) || !pg_temp_create(&first)) {
                fprintf(stderr, "no PostgreSQL: see %s/log\n", first.dir);
                return 1;
        }
        rc = cmocka_run_group_tests(tests, NULL, NULL);
        pg_temp_destroy(&first);
        if (second.dir[0])
                pg_temp_destroy(&second);
        if (third.dir[0])
                pg_temp_destroy(&third);
        temp_dir_remove(dir);
        return rc;
}

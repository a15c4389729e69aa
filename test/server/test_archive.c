/* test/server/test_archive.c -- rows in PostGIS once, whatever dies. */
#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "schemas/buf.h"
#include "schemas/time.h"
#include "server/adapter/pg.h"
#include "server/archive.h"
#include "server/migrate.h"
#include "test/server/pg_temp.h"

static struct pg_temp db;
static char dir[64];

#define MIGRATIONS SOURCE_DIR "/schemas/sql"

static void pause_ms(long ms)
{
        struct timespec t = {ms / 1000, ms % 1000 * 1000000};

        nanosleep(&t, NULL);
}

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

/* A level of station S<n % 50> at a time of its own. */
static void put_level(struct archive *a, uint64_t seq, const char *value)
{
        struct buf b = {0};
        char when[48];

        time_format_beijing(when, (INT64_C(1697731200) + (int64_t)seq * 3) *
                                          SECOND_US);
        buf_printf(&b,
                   "observation\t{\"station\":\"S%d\",\"element\":\"Z\","
                   "\"time\":\"%s\",\"value\":%s,\"missing\":false,"
                   "\"marks\":[],\"received_at\":\"%s\",\"seq\":%llu,"
                   "\"item\":0}\n",
                   (int)(seq % 50), when, value, when, (unsigned long long)seq);
        archive_put(a, seq, buf_as_text(&b));
        buf_done(&b);
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(rows_and_position_arrive_together),
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
        return failed;
}

/* Tests of server/pictures.c: pictures become files, on a worker that the
 * test runs. */
#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/pictures.h"

#define TIME_US INT64_C(1697742000000000) /* 2023-10-19T19:00:00Z */
#define NAME "/pictures/A1/20231019T190000Z.7.jpg"

static struct pictures *p;
static struct state *s;
static struct effects fx;
static char dir[64];
static void (*job_work)(void *), (*job_done)(void *);
static void *job;
static bool pool_full;

static enum status pool(void *self, void (*work)(void *), void (*done)(void *),
                        void *arg)
{
        (void)self;
        if (pool_full)
                return ERR_FULL;
        assert_null(job); /* one at a time */
        job_work = work;
        job_done = done;
        job = arg;
        return OK;
}

/* The worker does what it was given. */
static void work(void)
{
        void *arg = job;

        assert_non_null(arg);
        job = NULL;
        job_work(arg);
        job_done(arg);
}

static int setup(void **state)
{
        struct station a = {.code = "A1", .kind = STATION_RIVER};
        struct err e = {0};

        (void)state;
        snprintf(dir, sizeof dir, "/tmp/sanfang-pictures-XXXXXX");
        assert_non_null(mkdtemp(dir));
        job = NULL;
        pool_full = false;
        effects_init(&fx);
        station_checks_clear(&a.checks);
        assert_int_equal(state_create(&s, &e), OK);
        assert_int_equal(places_put_station(&s->places, &a, NULL, &e), OK);
        assert_int_equal(pictures_create(dir, pool, NULL, &p, &e), OK);
        return 0;
}

static int teardown(void **state)
{
        char cmd[96];

        (void)state;
        pictures_free(p);
        state_free(s);
        effects_done(&fx);
        snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
        return system(cmd) == 0 ? 0 : 1;
}

static void came(const char *kind, uint64_t seq, struct text bytes)
{
        struct attachment a = {.time_us = TIME_US, .seq = seq};

        snprintf(a.kind, sizeof a.kind, "%s", kind);
        effects_clear(&fx);
        effects_attach(&fx, &a, bytes);
        pictures_on_effects(p, s, &fx);
}

static const char *path(const char *name)
{
        static char full[160];

        snprintf(full, sizeof full, "%s%s", dir, name);
        return full;
}

static const char *content(const char *name)
{
        static char text[64];
        FILE *f = fopen(path(name), "rb");
        size_t n = 0;

        if (f) {
                n = fread(text, 1, sizeof text - 1, f);
                fclose(f);
        }
        text[n] = '\0';
        return f ? text : "no file";
}

static struct pictures_counts counts(void)
{
        struct pictures_counts n;

        pictures_get_counts(p, &n);
        return n;
}

TEST(a_picture_becomes_a_file_and_a_snapshot_waits_for_it)
{
        CHECK(!pictures_busy(p));
        came("picture", 7, TEXT("jpeg"));
        CHECK(pictures_busy(p));
        CHECK_EQ(counts().waiting, 4);
        work();
        CHECK_STR(content(NAME), "jpeg");
        CHECK(!pictures_busy(p));
        CHECK_EQ(counts().written, 1);
        CHECK_EQ(counts().bytes, 4);
        CHECK_EQ(counts().waiting, 0);
}

TEST(what_is_no_picture_is_no_file)
{
        came("text", 7, TEXT("words"));
        CHECK(!pictures_busy(p));
        CHECK(!job);
}

TEST(they_are_written_one_after_another)
{
        came("picture", 7, TEXT("one"));
        came("picture", 8, TEXT("two"));
        work();
        CHECK(pictures_busy(p));
        work();
        CHECK_STR(content("/pictures/A1/20231019T190000Z.8.jpg"), "two");
        CHECK(!pictures_busy(p));
}

TEST(the_same_again_is_the_same_file)
{
        struct stat before, after;

        came("picture", 7, TEXT("jpeg"));
        work();
        CHECK_EQ(stat(path(NAME), &before), 0);
        pictures_write_now(dir, s, &fx); /* after a crash */
        CHECK_EQ(stat(path(NAME), &after), 0);
        CHECK_EQ(before.st_ino, after.st_ino);
        /* One that a crash cut short is made again. */
        CHECK_EQ(truncate(path(NAME), 2), 0);
        pictures_write_now(dir, s, &fx);
        CHECK_STR(content(NAME), "jpeg");
}

TEST(a_disk_that_refuses_is_tried_again_and_then_it_is_lost)
{
        FILE *f = fopen(path("/pictures"), "wb"); /* no folder can be made */
        int64_t now_us = 0;
        int i;

        assert_non_null(f);
        fclose(f);
        came("picture", 7, TEXT("jpeg"));
        work();
        CHECK(pictures_busy(p));
        pictures_tick(p, now_us += 4 * 1000000);
        CHECK(!job); /* not yet */
        pictures_tick(p, now_us += 1000000);
        CHECK(job);
        for (i = 2; i < 12; i++) {
                work();
                CHECK_EQ(counts().lost, 0);
                pictures_tick(p, now_us += 5 * 1000000);
        }
        work();
        CHECK_EQ(counts().lost, 1);
        CHECK(!pictures_busy(p));
}

TEST(room_again_and_it_is_written)
{
        FILE *f = fopen(path("/pictures"), "wb");

        assert_non_null(f);
        fclose(f);
        came("picture", 7, TEXT("jpeg"));
        work();
        CHECK_EQ(unlink(path("/pictures")), 0);
        pictures_tick(p, 5 * 1000000);
        work();
        CHECK_STR(content(NAME), "jpeg");
        CHECK_EQ(counts().lost, 0);
}

TEST(a_pool_that_takes_nothing_now_takes_it_later)
{
        pool_full = true;
        came("picture", 7, TEXT("jpeg"));
        CHECK(pictures_busy(p));
        pool_full = false;
        pictures_tick(p, 5 * 1000000);
        work();
        CHECK_STR(content(NAME), "jpeg");
}

TEST(no_more_than_64_mib_wait)
{
        size_t n = 8u << 20;
        char *big = calloc(1, n);
        int i;

        assert_non_null(big);
        for (i = 0; i < 9; i++)
                came("picture", 10 + (uint64_t)i, (struct text){big, n});
        CHECK_EQ(counts().waiting, 64u << 20);
        CHECK_EQ(counts().lost, 1);
        free(big);
        job = NULL; /* it never ran */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(a_picture_becomes_a_file_and_a_snapshot_waits_for_it),
                CASE(what_is_no_picture_is_no_file),
                CASE(they_are_written_one_after_another),
                CASE(the_same_again_is_the_same_file),
                CASE(a_disk_that_refuses_is_tried_again_and_then_it_is_lost),
                CASE(room_again_and_it_is_written),
                CASE(a_pool_that_takes_nothing_now_takes_it_later),
                CASE(no_more_than_64_mib_wait),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of server/snapshot.c: what is kept, what is passed over. */
#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/file.h"
#include "server/snapshot.h"
#include "server/snapshot_fork.h"

static char dir[64];

static int open_dir(void **unused)
{
        (void)unused;
        snprintf(dir, sizeof dir, "/tmp/sanfang-snapshot-XXXXXX");
        return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **unused)
{
        char command[128];

        (void)unused;
        snprintf(command, sizeof command, "rm -rf '%s'", dir);
        return system(command);
}

static struct state *state_at(uint64_t seq)
{
        struct state *s = NULL;

        assert_int_equal(state_create(&s, NULL), OK);
        s->seq = seq;
        return s;
}

static void write_at(uint64_t seq)
{
        struct state *s = state_at(seq);
        struct err e = {0};

        if (snapshot_write(dir, s, &e) != OK)
                fail_msg("%s", e.msg);
        state_free(s);
}

/* The sequence that a start with this limit goes on from. */
static uint64_t load(uint64_t limit, uint32_t *ret_damaged)
{
        struct state *s = NULL;
        struct err e = {0};
        uint64_t seq;

        if (snapshot_load(dir, limit, &s, ret_damaged, &e) != OK)
                fail_msg("%s", e.msg);
        seq = s->seq;
        state_free(s);
        return seq;
}

static void damage(uint64_t seq)
{
        char path[128];
        FILE *f;

        snprintf(path, sizeof path, "%s/snapshots/%020llu.snap", dir,
                 (unsigned long long)seq);
        f = fopen(path, "r+");
        assert_non_null(f);
        fseek(f, 40, SEEK_SET);
        fputc('!', f);
        fclose(f);
}

TEST(the_newest_at_or_below_the_limit_is_taken)
{
        uint32_t damaged;

        CHECK_EQ(load(UINT64_MAX, &damaged), 0);
        write_at(100);
        write_at(200);
        write_at(300);
        CHECK_EQ(load(UINT64_MAX, &damaged), 300);
        CHECK_EQ(load(299, &damaged), 200);
        CHECK_EQ(load(50, &damaged), 0);
        CHECK_EQ(damaged, 0);
}

TEST(a_damaged_one_is_passed_over)
{
        uint32_t damaged;

        write_at(100);
        write_at(200);
        damage(200);
        CHECK_EQ(load(UINT64_MAX, &damaged), 100);
        CHECK_EQ(damaged, 1);
}

TEST(what_a_restart_needs_is_kept)
{
        uint32_t damaged;

        write_at(100);
        write_at(200);
        write_at(300);
        write_at(400);
        /* The archive is at 250: rows after it must be made again. */
        CHECK_EQ(snapshot_tidy(dir, 250, 1), 200);
        CHECK_EQ(load(399, &damaged), 300);
        CHECK_EQ(load(250, &damaged), 200);
        CHECK_EQ(load(150, &damaged), 100); /* where a replay begins */
        /* It has caught up, and the journal has let 100 go. */
        CHECK_EQ(snapshot_tidy(dir, 400, 150), 300);
        CHECK_EQ(load(299, &damaged), 200); /* now the replay's beginning */
        CHECK_EQ(load(150, &damaged), 0);
        /* Nothing is archived yet: all of the journal is needed. */
        CHECK_EQ(snapshot_tidy(dir, 10, 150), 0);
}

TEST(a_replay_begins_where_the_journal_does)
{
        struct state *s = NULL;
        struct err e = {0};

        write_at(100);
        write_at(200);
        CHECK_EQ(snapshot_load_first(dir, 1, &s, &e), OK);
        CHECK_EQ(s->seq, 0);
        state_free(s);
        CHECK_EQ(snapshot_load_first(dir, 101, &s, &e), OK);
        CHECK_EQ(s->seq, 100);
        state_free(s);
        CHECK_EQ(snapshot_load_first(dir, 102, &s, &e), OK);
        CHECK_EQ(s->seq, 200);
        state_free(s);
        CHECK_EQ(snapshot_load_first(dir, 500, &s, &e), ERR_MISSING);
}

/* What is written is the state of then, though it goes on meanwhile. */
TEST(a_copy_writes_what_was)
{
        struct state *s = state_at(700);
        uint32_t damaged;
        struct err e = {0};
        pid_t pid;

        CHECK_EQ(snapshot_fork(dir, s, &pid, &e), OK);
        s->seq = 701;
        CHECK_EQ(snapshot_wait(pid, &e), OK);
        state_free(s);
        CHECK_EQ(load(UINT64_MAX, &damaged), 700);
        CHECK_EQ(damaged, 0);
}

TEST(a_copy_that_cannot_write_says_so)
{
        struct state *s = state_at(800);
        struct err e = {0};
        pid_t pid;

        CHECK_EQ(snapshot_fork("/proc/nowhere", s, &pid, &e), OK);
        CHECK(snapshot_wait(pid, &e) != OK);
        CHECK(strstr(e.msg, "its process") != NULL);
        state_free(s);
}

#define IN_DIR(name) cmocka_unit_test_setup_teardown(name, open_dir, remove_dir)

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_DIR(the_newest_at_or_below_the_limit_is_taken),
                IN_DIR(a_damaged_one_is_passed_over),
                IN_DIR(what_a_restart_needs_is_kept),
                IN_DIR(a_replay_begins_where_the_journal_does),
                IN_DIR(a_copy_writes_what_was),
                IN_DIR(a_copy_that_cannot_write_says_so),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

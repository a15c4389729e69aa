/* test/sensors/test_journal_disk.c -- the journal on a bad disk: full, sick,
 * slow.  The calls that reach the disk are this file's own. */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensors/adapter/journal.h"

/* ---- the disk ---- */

static _Atomic int64_t room = INT64_MAX; /* left to preallocate */
static atomic_int write_error, sync_error;
static atomic_int held_syncs, syncs_waiting;

int posix_fallocate(int fd, off_t at, off_t n); /* fcntl.h */

int posix_fallocate(int fd, off_t at, off_t n)
{
        if (atomic_load(&room) < n)
                return ENOSPC;
        atomic_fetch_sub(&room, n);
        return syscall(SYS_fallocate, fd, 0, at, n) == 0 ? 0 : errno;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
        int error = atomic_load(&write_error);

        if (error && n > 1) /* a half is written before it fails */
                syscall(SYS_pwrite64, fd, p, n / 2, at);
        if (error) {
                errno = error;
                return -1;
        }
        return syscall(SYS_pwrite64, fd, p, n, at);
}

static ino_t synced_file[64]; /* files, in the order of their syncs */
static atomic_uint n_synced;

static void note_sync(int fd)
{
        struct stat info;
        unsigned at = atomic_fetch_add(&n_synced, 1);

        if (at < 64 && fstat(fd, &info) == 0)
                synced_file[at] = info.st_ino;
}

int fdatasync(int fd)
{
        note_sync(fd);
        atomic_fetch_add(&syncs_waiting, 1);
        while (atomic_load(&held_syncs))
                usleep(1000);
        if (atomic_load(&sync_error)) {
                errno = atomic_load(&sync_error);
                return -1;
        }
        return (int)syscall(SYS_fdatasync, fd);
}

static void mend(void)
{
        atomic_store(&room, INT64_MAX);
        atomic_store(&write_error, 0);
        atomic_store(&sync_error, 0);
        atomic_store(&held_syncs, 0);
        atomic_store(&syncs_waiting, 0);
}

/* ---- words ---- */

static char dir[256];

static void fresh(void)
{
        char cmd[512];

        mend();
        snprintf(dir, sizeof dir, "/tmp/sanfang-disk-%ld", (long)getpid());
        snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
        assert_int_equal(system(cmd), 0);
}

static struct journal *open_it(uint64_t segment, uint64_t reserve)
{
        struct journal_config c = {.dir = dir,
                                   .segment_bytes = segment,
                                   .max_bytes = UINT64_C(1) << 30,
                                   .reserve_bytes = reserve};
        struct journal *j = NULL;
        struct err e = {0};

        if (journal_open(&c, &j, &e) != OK)
                fail_msg("%s", e.msg);
        return j;
}

static enum status put(struct journal *j, enum record_kind k, struct err *e)
{
        static const char body[1000];
        struct record r;
        enum status st =
                journal_append(j, k, 1, (struct text){body, 1000}, NULL, e);

        while (journal_drain(j, &r))
                ;
        return st;
}

/* The records of the journal as it stands, all in order. */
static uint64_t count(uint64_t *ret_last)
{
        struct journal_reader *r = NULL;
        struct record rec = {0};
        struct err e = {0};
        uint64_t n = 0, last = 0;

        assert_int_equal(journal_reader_open(dir, 0, &r, &e), OK);
        while (journal_reader_next(r, &rec, &e) == OK) {
                assert_true(rec.seq > last);
                last = rec.seq;
                n++;
        }
        if (e.code != ERR_TOO_FEW)
                fail_msg("%s", e.msg);
        journal_reader_close(r);
        if (ret_last)
                *ret_last = last;
        return n;
}

static bool level_is(struct journal *j, enum journal_level want)
{
        struct journal_stats s;
        int i;

        for (i = 0; i < 5000; i++) {
                journal_get_stats(j, &s);
                if (s.level == want)
                        return true;
                usleep(1000);
        }
        return false;
}

/* ---- full ---- */

/* Across several segments, so that the reserve moves with them. */
TEST(on_a_full_disk_messages_are_refused_and_officers_go_on)
{
        struct journal *j;
        struct err e = {0};
        uint64_t messages = 0, commands = 0;

        fresh();
        j = open_it(64 << 10, 256 << 10); /* 64 kB stay preallocated */
        atomic_store(&room, 400 << 10);
        while (put(j, RECORD_MQTT, &e) == OK)
                messages++;
        CHECK_EQ(e.code, ERR_FULL);
        CHECK(messages > 64);
        CHECK_EQ(put(j, RECORD_FRAME, &e), ERR_FULL);
        CHECK_EQ(put(j, RECORD_VALUES, &e), ERR_FULL);
        CHECK(level_is(j, JOURNAL_HELD));
        atomic_store(&room, 0);
        while (put(j, commands % 2 ? RECORD_COMMAND : RECORD_TICK, &e) == OK)
                commands++;
        CHECK_EQ(e.code, ERR_FULL);
        CHECK(commands * 1025 > (60 << 10));
        CHECK_EQ(count(NULL), messages + commands);
        mend();
        CHECK_EQ(put(j, RECORD_MQTT, &e), OK);
        CHECK_EQ(count(NULL), messages + commands + 1);
        journal_close(j);
        j = open_it(64 << 10, 256 << 10);
        CHECK_EQ(put(j, RECORD_MQTT, &e), OK);
        CHECK_EQ(count(NULL), messages + commands + 2);
        journal_close(j);
}

/* The refused one came from a connection that was lost meanwhile. */
TEST(a_journal_that_has_room_again_says_so_without_a_message)
{
        struct journal *j;
        struct err e = {0};
        int i;

        fresh();
        j = open_it(64 << 10, 256 << 10);
        atomic_store(&room, 100 << 10);
        while (put(j, RECORD_MQTT, &e) == OK)
                ;
        CHECK(level_is(j, JOURNAL_HELD));
        mend();
        for (i = 0; i < 100; i++) {
                struct journal_stats s;

                CHECK_EQ(put(j, RECORD_TICK, &e), OK);
                journal_get_stats(j, &s);
                if (s.level == JOURNAL_FINE)
                        break;
                usleep(100000);
        }
        CHECK(i < 100);
        journal_close(j);
}

TEST(a_start_on_a_full_disk_still_takes_officers)
{
        struct journal *j;
        struct err e = {0};

        fresh();
        journal_close(open_it(1 << 20, 1 << 20));
        atomic_store(&room, 2000);
        {
                char mark[300];

                snprintf(mark, sizeof mark, "%s/clean", dir);
                unlink(mark);
        }
        j = open_it(1 << 20, 1 << 20);
        CHECK_EQ(put(j, RECORD_MQTT, &e), ERR_FULL);
        CHECK_EQ(put(j, RECORD_COMMAND, &e), OK);
        journal_close(j);
}

/* ---- sick ---- */

TEST(a_write_that_fails_half_way_leaves_nothing_and_the_next_stands_there)
{
        struct journal *j;
        struct err e = {0};
        uint64_t last;

        fresh();
        j = open_it(1 << 20, 1 << 20);
        CHECK_EQ(put(j, RECORD_MQTT, &e), OK);
        atomic_store(&write_error, EIO);
        CHECK_EQ(put(j, RECORD_MQTT, &e), ERR_IO);
        CHECK_EQ(put(j, RECORD_COMMAND, &e), ERR_IO);
        CHECK_EQ(count(NULL), 1);
        CHECK(level_is(j, JOURNAL_HELD));
        mend();
        CHECK_EQ(put(j, RECORD_MQTT, &e), OK);
        CHECK_EQ(count(&last), 2);
        CHECK_EQ(last, 2);
        journal_close(j);
}

/* The kernel may have dropped the pages and call them clean. */
TEST(after_a_failed_sync_nothing_is_taken_until_a_new_start)
{
        struct journal_stats s;
        struct journal *j;
        struct err e = {0};
        uint64_t synced, last;

        fresh();
        j = open_it(1 << 20, 1 << 20);
        CHECK_EQ(put(j, RECORD_MQTT, &e), OK);
        CHECK_EQ(journal_sync(j, &e), OK);
        synced = journal_synced_seq(j);
        atomic_store(&sync_error, EIO);
        CHECK_EQ(put(j, RECORD_MQTT, &e), OK);
        CHECK(level_is(j, JOURNAL_BROKEN));
        CHECK_EQ(journal_synced_seq(j), synced);
        CHECK_EQ(put(j, RECORD_MQTT, &e), ERR_IO);
        CHECK_EQ(put(j, RECORD_COMMAND, &e), ERR_IO);
        mend(); /* it may work again: too late */
        CHECK_EQ(put(j, RECORD_MQTT, &e), ERR_IO);
        CHECK(journal_sync(j, &e) != OK);
        CHECK_EQ(journal_synced_seq(j), synced);
        journal_get_stats(j, &s);
        CHECK(strstr(s.last_error, "start again"));
        last = journal_last_seq(j);
        journal_close(j);
        j = open_it(1 << 20, 1 << 20);
        CHECK_EQ(put(j, RECORD_MQTT, &e), OK);
        CHECK_EQ(journal_last_seq(j), last + JOURNAL_JUMP);
        CHECK_EQ(count(NULL), 3);
        journal_close(j);
}

/* ---- slow ---- */

TEST(while_the_disk_is_slow_records_are_taken_and_not_called_safe)
{
        struct journal *j;
        struct err e = {0};
        uint64_t synced;
        int i;

        fresh();
        j = open_it(1 << 20, 1 << 20);
        synced = journal_synced_seq(j);
        atomic_store(&syncs_waiting, 0);
        atomic_store(&held_syncs, 1);
        for (i = 0; i < 200; i++)
                CHECK_EQ(put(j, RECORD_MQTT, &e), OK);
        while (atomic_load(&syncs_waiting) == 0)
                usleep(1000);
        CHECK_EQ(journal_synced_seq(j), synced);
        CHECK_EQ(journal_last_seq(j), 200);
        mend();
        while (journal_synced_seq(j) < 200)
                usleep(1000);
        journal_close(j);
}

/* ---- after a kill ---- */

static void be_killed(void)
{
        struct journal *j = open_it(3000, 1 << 20);
        int i;

        for (i = 0; i < 12; i++)
                put(j, RECORD_MQTT, NULL);
        _exit(0); /* as SIGKILL would */
}

/* What the dead one wrote is called safe at once, so it must be. */
TEST(after_a_kill_every_young_segment_is_synced_before_it_counts)
{
        struct journal *j;
        struct dirent *d;
        unsigned n = 0, found = 0, i;
        pid_t pid;
        DIR *list;

        fresh();
        pid = fork();
        if (pid == 0)
                be_killed();
        CHECK_EQ(waitpid(pid, NULL, 0), pid);
        list = opendir(dir);
        CHECK(list != NULL);
        atomic_store(&n_synced, 0);
        j = open_it(3000, 1 << 20);
        while ((d = readdir(list))) {
                bool is_synced = false;

                if (!strstr(d->d_name, ".seg"))
                        continue;
                for (i = 0; i < atomic_load(&n_synced) && i < 64; i++)
                        is_synced |= synced_file[i] == d->d_ino;
                n++;
                found += is_synced;
        }
        closedir(list);
        CHECK(n > 4);
        CHECK_EQ(found, n);
        CHECK_EQ(count(NULL), 12);
        journal_close(j);
}

/* ---- levels ---- */

TEST(the_level_follows_the_lesser_room_and_does_not_flicker)
{
        struct journal_room r = {.used_bytes = 0,
                                 .limit_bytes = 1600,
                                 .free_bytes = UINT64_MAX,
                                 .reserve_bytes = 100};

        CHECK_EQ(journal_room_level(&r, JOURNAL_FINE), JOURNAL_FINE);
        r.used_bytes = 1200;
        CHECK_EQ(journal_room_level(&r, JOURNAL_FINE), JOURNAL_FINE);
        r.used_bytes = 1201;
        CHECK_EQ(journal_room_level(&r, JOURNAL_FINE), JOURNAL_LOW);
        r.used_bytes = 1101;
        CHECK_EQ(journal_room_level(&r, JOURNAL_LOW), JOURNAL_LOW);
        r.used_bytes = 1100;
        CHECK_EQ(journal_room_level(&r, JOURNAL_LOW), JOURNAL_FINE);
        r.used_bytes = 1501;
        CHECK_EQ(journal_room_level(&r, JOURNAL_LOW), JOURNAL_CRITICAL);
        r.used_bytes = 1480;
        CHECK_EQ(journal_room_level(&r, JOURNAL_CRITICAL), JOURNAL_CRITICAL);
        CHECK_EQ(journal_room_level(&r, JOURNAL_HELD), JOURNAL_CRITICAL);
        CHECK_EQ(journal_room_level(&r, JOURNAL_LOW), JOURNAL_LOW);
        r.used_bytes = 0;
        r.free_bytes = 799;
        CHECK_EQ(journal_room_level(&r, JOURNAL_FINE), JOURNAL_LOW);
        r.free_bytes = 199;
        CHECK_EQ(journal_room_level(&r, JOURNAL_FINE), JOURNAL_CRITICAL);
        r.held = true;
        CHECK_EQ(journal_room_level(&r, JOURNAL_FINE), JOURNAL_HELD);
        r.broken = true;
        CHECK_EQ(journal_room_level(&r, JOURNAL_FINE), JOURNAL_BROKEN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(on_a_full_disk_messages_are_refused_and_officers_go_on),
                RUN(a_journal_that_has_room_again_says_so_without_a_message),
                RUN(a_start_on_a_full_disk_still_takes_officers),
                RUN(a_write_that_fails_half_way_leaves_nothing_and_the_next_stands_there),
                RUN(after_a_failed_sync_nothing_is_taken_until_a_new_start),
                RUN(after_a_kill_every_young_segment_is_synced_before_it_counts),
                RUN(while_the_disk_is_slow_records_are_taken_and_not_called_safe),
                RUN(the_level_follows_the_lesser_room_and_does_not_flicker),
        };
        int rc = cmocka_run_group_tests(tests, NULL, NULL);

        fresh();
        return rc;
}

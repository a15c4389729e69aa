/* test/fault/test_disk.c -- what the drills' disk keeps and what it takes
 * back: a synced byte under a synced name is never lost.
 *
 * The test runs itself again as a child over the disk; the child does its
 * part, says "ready" on its standard output and waits for its end. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schemas/time.h"
#include "sensors/adapter/station.h"
#include "server/file.h"
#include "server/tool/ledger.h"
#include "test/pause.h"

#define SEEDS 10
#define LINES 12

static char dir[64], self[300];

/* ---- the child's parts ---- */

static void ready(void)
{
        ssize_t n = write(STDOUT_FILENO, "ready\n", 6);

        exit(n == 6 && pause() ? 0 : 1);
}

static int make(const char *path, bool synced, bool named)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        if (fd < 0 || write(fd, "synced\n", 7) != 7 ||
            (synced && fdatasync(fd) != 0) ||
            (named && file_sync_folder(path, NULL) != OK))
                exit(1);
        return fd;
}

/* kept: synced, then more that is not.  nameless: its folder is not synced. */
static void child_files(void)
{
        int fd = make("kept", true, true);

        make("nameless", true, false);
        for (int i = 0; i < 5; i++)
                if (write(fd, "not synced\n", 11) != 11)
                        exit(1);
        ready();
}

static void child_ledger(void)
{
        struct ledger l;

        if (ledger_open("ledger", &l, NULL) != OK)
                exit(1);
        for (uint64_t i = 0; i < LINES; i++) {
                ledger_add(&l, "S", 1, i, (int64_t)i, ELEMENT_Z, 1);
                if (i % 4 == 3 && ledger_flush(&l, NULL) != OK)
                        exit(1);
        }
        ready();
}

static void child_station(void)
{
        struct station_config c = {.dir = "store"};
        struct station_reading r = {SECOND_US, "Z", 1000};
        struct station_store *s;
        struct err e;
        uint32_t who;

        if (station_open(&c, SECOND_US, &s, &e) != OK ||
            station_sender(s, "S", &who, &e) != OK)
                exit(1);
        for (int i = 0; i < LINES; i++) {
                r.time_us += SECOND_US;
                if (station_put(s, who, &r, 1, &e) != OK ||
                    station_commit(s, r.time_us, &e) != OK)
                        exit(1);
        }
        ready();
}

/* What a forked process is told: PostgreSQL's backends are such. */
static void child_forks(void)
{
        int fd = make("grows", true, true), status = 0;
        pid_t pid = fork();

        if (pid == 0) {
                if (write(STDOUT_FILENO, "ready\n", 6) != 6)
                        _exit(9);
                for (int i = 0; i < 2000; i++) {
                        if (write(fd, "more\n", 5) < 0)
                                _exit(errno == ENOSPC &&
                                                      pwrite(fd, "S", 1, 0) == 1
                                              ? 0
                                              : 8);
                        pause_ms(5);
                }
                _exit(7);
        }
        exit(waitpid(pid, &status, 0) == pid && WIFEXITED(status)
                     ? WEXITSTATUS(status)
                     : 6);
}

static int be_child(const char *what)
{
        if (chdir(dir) != 0)
                return 1;
        if (!strcmp(what, "files"))
                child_files();
        if (!strcmp(what, "ledger"))
                child_ledger();
        if (!strcmp(what, "station"))
                child_station();
        if (!strcmp(what, "forks"))
                child_forks();
        return 1;
}

/* ---- the parent's hand ---- */

static void fresh_dir(void)
{
        char cmd[300];

        snprintf(cmd, sizeof cmd, "rm -rf '%s'; mkdir '%s' '%s/orders'", dir,
                 dir, dir);
        assert_int_equal(system(cmd), 0);
}

/* A child over the disk that is ready. */
static pid_t child(const char *what)
{
        char orders[80], said[6];
        int line[2];
        pid_t pid;

        snprintf(orders, sizeof orders, "%s/orders", dir);
        assert_int_equal(pipe(line), 0);
        pid = fork();
        if (pid == 0) {
                setenv("LD_PRELOAD", DISK_LIBRARY, 1);
                setenv("DISK_ORDERS", orders, 1);
                if (strcmp(what, "forks") != 0)
                        setenv("DISK_CUTS", "1", 1);
                dup2(line[1], STDOUT_FILENO);
                execl(self, self, dir, what, (char *)NULL);
                _exit(127);
        }
        close(line[1]);
        assert_int_equal(read(line[0], said, 6), 6);
        close(line[0]);
        return pid;
}

static void order(const char *name, long n)
{
        char path[128], text[24];
        struct err e;

        snprintf(path, sizeof path, "%s/orders/%s", dir, name);
        snprintf(text, sizeof text, "%ld", n);
        assert_int_equal(file_replace(path, text_of(text), &e), OK);
}

/* The power goes; what is left of the file, "-" when its name is gone. */
static void cut(pid_t pid, long seed)
{
        char name[40];
        int status;

        snprintf(name, sizeof name, "cut.%ld", (long)pid);
        order(name, seed);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
}

static const char *left(const char *name)
{
        static char text[20000];
        struct buf b = {.limit = 1 << 20};
        char path[128];
        struct err e;

        snprintf(path, sizeof path, "%s/%s", dir, name);
        if (file_read(path, &b, &e) != OK)
                snprintf(text, sizeof text, "-");
        else
                snprintf(text, sizeof text, "%.*s", (int)b.n, b.n ? b.p : "");
        buf_done(&b);
        return text;
}

TEST(a_cut_keeps_what_is_synced_and_may_take_the_rest)
{
        int taken = 0, torn = 0, gone = 0;

        for (long seed = 0; seed < SEEDS; seed++) {
                const char *kept;

                fresh_dir();
                cut(child("files"), seed);
                kept = left("kept");
                CHECK(strncmp(kept, "synced\n", 7) == 0);
                CHECK(strlen(kept) < 7 + 55);
                taken += strlen(kept) == 7;
                torn += strlen(kept) > 7;
                gone += strcmp(left("nameless"), "-") == 0;
        }
        CHECK(taken > 0 && torn > 0);
        CHECK(gone > 0 && gone < SEEDS);
}

TEST(a_cut_takes_no_line_of_a_ledger_that_was_flushed)
{
        for (long seed = 0; seed < SEEDS; seed++) {
                const char *p;
                int lines = 0;

                fresh_dir();
                cut(child("ledger"), seed);
                for (p = left("ledger"); (p = strchr(p, '\n')); p++)
                        lines++;
                CHECK_EQ(lines, LINES);
        }
}

TEST(a_cut_takes_no_reading_that_a_station_committed)
{
        for (long seed = 0; seed < SEEDS; seed++) {
                char path[80];
                struct station_config c = {.dir = path};
                struct station_store *s = NULL;
                struct station_stats stats;
                struct err e;

                fresh_dir();
                cut(child("station"), seed);
                snprintf(path, sizeof path, "%s/store", dir);
                CHECK_EQ(station_open(&c, SECOND_US, &s, &e), OK);
                station_get_stats(s, &stats);
                CHECK_EQ(stats.pending, LINES);
                station_close(s);
        }
}

TEST(a_full_disk_is_full_for_what_is_forked_too)
{
        int status = 0;
        pid_t pid;

        fresh_dir();
        pid = child("forks");
        order("no-room", 0);
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK(WIFEXITED(status));
        CHECK_EQ(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                RUN(a_cut_keeps_what_is_synced_and_may_take_the_rest),
                RUN(a_cut_takes_no_line_of_a_ledger_that_was_flushed),
                RUN(a_cut_takes_no_reading_that_a_station_committed),
                RUN(a_full_disk_is_full_for_what_is_forked_too),
        };
        char cmd[100];
        int failed;

        if (argc == 3) {
                snprintf(dir, sizeof dir, "%s", argv[1]);
                return be_child(argv[2]);
        }
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        return 77;
#endif
        if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
                return 1;
        snprintf(dir, sizeof dir, "/tmp/sanfang-disk-%ld", (long)getpid());
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
        return system(cmd) == 0 ? failed : 1;
}

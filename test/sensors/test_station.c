/* test/sensors/test_station.c -- a station forgets nothing before its
 * receipt, and gives no number twice. */
#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schemas/time.h"
#include "sensors/adapter/station.h"

#define BORN (INT64_C(1700000000) * SECOND_US)

static char dir[256];

static void fresh_dir(void)
{
        char cmd[512];

        snprintf(dir, sizeof dir, "/tmp/sanfang-station-%ld", (long)getpid());
        snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
        assert_int_equal(system(cmd), 0);
}

static struct station_store *open_store(void)
{
        struct station_config c = {.dir = dir};
        struct station_store *s = NULL;
        struct err e;

        if (station_open(&c, BORN, &s, &e) != OK)
                fail_msg("%s", e.msg);
        return s;
}

static uint32_t sender(struct station_store *s, const char *code)
{
        struct err e;
        uint32_t i = 99;

        assert_int_equal(station_sender(s, code, &i, &e), OK);
        return i;
}

static void put(struct station_store *s, uint32_t who, int64_t milli)
{
        struct station_reading r = {BORN, "Z", milli};
        struct err e;

        assert_int_equal(station_put(s, who, &r, 1, &e), OK);
}

static int send_all(struct station_store *s, int64_t now_us)
{
        struct station_message m;
        int n = 0;

        while (station_next_to_send(s, now_us, &m))
                n++;
        return n;
}

static uint64_t pending(struct station_store *s)
{
        struct station_stats st;

        station_get_stats(s, &st);
        return st.pending;
}

TEST(a_message_says_station_boot_seq_time_element_value)
{
        struct station_message m;
        struct station_store *s;
        struct err e;

        fresh_dir();
        s = open_store();
        put(s, sender(s, "MM01"), 12345);
        CHECK(!station_next_to_send(s, 0, &m)); /* not yet on the disk */
        CHECK_EQ(station_commit(s, 7, &e), OK);
        CHECK(station_next_to_send(s, 0, &m));
        CHECK_STR(m.topic, "sanfang/v1/st/MM01/up/obs");
        CHECK(text_is(m.payload,
                      "{\"station\":\"MM01\",\"boot\":1700000000,\"seq\":1,"
                      "\"obs\":[{\"time\":\"2023-11-15T06:13:20+08:00\","
                      "\"element\":\"Z\",\"value\":12.345}]}"));
        CHECK(!station_next_to_send(s, 0, &m));
        station_close(s);
}

TEST(without_a_receipt_it_is_sent_again_after_30_s)
{
        struct station_store *s;
        struct station_message m;
        struct err e;
        uint32_t a;

        fresh_dir();
        s = open_store();
        a = sender(s, "A");
        put(s, a, 1);
        put(s, a, 2);
        station_commit(s, 0, &e);
        CHECK_EQ(send_all(s, 0), 2);
        CHECK_EQ(send_all(s, 29 * SECOND_US), 0);
        CHECK_EQ(send_all(s, 30 * SECOND_US), 2);
        CHECK(!station_next_to_send(s, 31 * SECOND_US, &m));
        CHECK_EQ(station_on_receipt(
                         s, a, TEXT("{\"boot\":1700000000,\"upto\":1}"), &e),
                 OK);
        CHECK_EQ(send_all(s, 70 * SECOND_US), 1);
        CHECK(station_next_to_send(s, 110 * SECOND_US, &m));
        station_not_sent(s); /* no connection: due at once */
        CHECK_EQ(send_all(s, 110 * SECOND_US), 1);
        station_close(s);
}

static void check_next(struct station_store *s, int64_t now_us, const char *seq)
{
        struct station_message m;
        char payload[256];

        if (!station_next_to_send(s, now_us, &m))
                fail_msg("nothing is due, want %s", seq);
        assert_true(text_copy(payload, sizeof payload, m.payload));
        if (!strstr(payload, seq))
                fail_msg("%s, want %s", payload, seq);
}

TEST(after_a_new_connection_all_goes_again_oldest_first)
{
        struct station_store *s;
        struct station_message m;
        struct station_stats st;
        struct err e;
        uint32_t a;
        int i;

        fresh_dir();
        s = open_store();
        a = sender(s, "A");
        for (i = 1; i <= 3; i++)
                put(s, a, i);
        station_commit(s, 0, &e);
        CHECK_EQ(send_all(s, 0), 3);
        put(s, a, 4);
        station_commit(s, 0, &e);
        station_on_receipt(s, a, TEXT("{\"boot\":1700000000,\"upto\":1}"), &e);
        station_send_again(s);
        check_next(s, SECOND_US, "\"seq\":2,");
        check_next(s, SECOND_US, "\"seq\":3,");
        check_next(s, SECOND_US, "\"seq\":4,");
        CHECK(!station_next_to_send(s, SECOND_US, &m));
        station_get_stats(s, &st);
        CHECK_EQ(st.resent, 2);
        station_close(s);
}

TEST(what_a_later_one_overtook_is_lost_and_goes_at_once)
{
        struct station_store *s;
        struct station_message m;
        struct err e;
        uint32_t a, b;
        int i;

        fresh_dir();
        s = open_store();
        a = sender(s, "A");
        b = sender(s, "B");
        put(s, b, 1);
        for (i = 1; i <= 4; i++)
                put(s, a, i);
        station_commit(s, 0, &e);
        CHECK_EQ(send_all(s, 0), 5);
        station_on_receipt(s, a,
                           TEXT("{\"boot\":1700000000,\"upto\":1,"
                                "\"also\":[[3,3]]}"),
                           &e);
        check_next(s, SECOND_US, "\"seq\":2,"); /* 4 is still on its way */
        CHECK(!station_next_to_send(s, SECOND_US, &m));
        station_on_receipt(s, a,
                           TEXT("{\"boot\":1700000000,\"upto\":1,"
                                "\"also\":[[3,4]]}"),
                           &e);
        /* 2 went again after 4 was sent: it may still come. */
        CHECK(!station_next_to_send(s, SECOND_US, &m));
        station_close(s);
}

TEST(a_receipt_covers_its_own_sender_and_boot_only)
{
        struct station_store *s;
        struct err e;
        uint32_t a, b;
        int i;

        fresh_dir();
        s = open_store();
        a = sender(s, "A");
        b = sender(s, "B");
        for (i = 0; i < 5; i++) {
                put(s, a, i);
                put(s, b, i);
        }
        station_commit(s, 0, &e);
        CHECK_EQ(station_on_receipt(s, a, TEXT("{\"boot\":5,\"upto\":9}"), &e),
                 OK);
        CHECK_EQ(pending(s), 10);
        CHECK_EQ(station_on_receipt(s, a,
                                    TEXT("{\"boot\":1700000000,\"upto\":2,"
                                         "\"also\":[[4,5]],\"refused\":"
                                         "[{\"seq\":2,\"reason\":"
                                         "\"range\"}]}"),
                                    &e),
                 OK);
        CHECK_EQ(pending(s), 6);
        CHECK_EQ(station_on_receipt(s, a, TEXT("{\"upto\":2}"), &e),
                 ERR_MISSING);
        CHECK_EQ(station_on_receipt(s, a, TEXT("nonsense"), &e), ERR_SYNTAX);
        station_close(s);
        s = open_store(); /* what was covered stays covered */
        CHECK_EQ(pending(s), 6);
        CHECK_EQ(send_all(s, 0), 6);
        station_close(s);
}

TEST(after_a_kill_the_committed_are_there_and_the_rest_never_was)
{
        struct station_store *s;
        int64_t position = 0;
        struct err e;
        pid_t pid;
        int round;

        fresh_dir();
        for (round = 1; round <= 3; round++) {
                pid = fork();
                if (pid == 0) {
                        s = open_store();
                        put(s, sender(s, "A"), 1);
                        station_commit(s, round, &e);
                        put(s, sender(s, "A"), 2); /* not committed */
                        _exit(0);
                }
                waitpid(pid, NULL, 0);
                s = open_store();
                CHECK_EQ(pending(s), (uint64_t)round);
                CHECK(station_position(s, &position));
                CHECK_EQ(position, round);
                CHECK_EQ(station_boot(s), 1700000000);
                CHECK_EQ(station_next_seq(s, sender(s, "A")), round + 1);
                station_close(s);
        }
}

TEST(old_messages_go_from_the_disk_and_numbers_go_on)
{
        struct station_store *s;
        char cmd[400], receipt[80];
        struct err e;
        uint32_t a, quiet;
        int i;

        fresh_dir();
        s = open_store();
        quiet = sender(s, "QUIET");
        put(s, quiet, 1);
        a = sender(s, "A");
        station_commit(s, 0, &e);
        station_on_receipt(s, quiet, TEXT("{\"boot\":1700000000,\"upto\":1}"),
                           &e);
        for (i = 0; i < 40000; i++) {
                put(s, a, i);
                if (i % 100 == 0) {
                        snprintf(receipt, sizeof receipt,
                                 "{\"boot\":1700000000,\"upto\":%d}", i);
                        CHECK_EQ(station_on_receipt(s, a, text_of(receipt), &e),
                                 OK);
                        CHECK_EQ(station_commit(s, i, &e), OK);
                }
        }
        station_close(s);
        snprintf(cmd, sizeof cmd, "test $(du -sk '%s' | cut -f1) -lt 5000",
                 dir);
        CHECK_EQ(system(cmd), 0);
        s = open_store();
        CHECK_EQ(station_next_seq(s, sender(s, "QUIET")), 2);
        CHECK(pending(s) <= 101);
        station_close(s);
}

/* ---- the disk ---- */

static struct station_store *open_small(uint64_t max_bytes)
{
        struct station_config c = {.dir = dir, .max_bytes = max_bytes};
        struct station_store *s = NULL;
        struct err e;

        if (station_open(&c, BORN, &s, &e) != OK)
                fail_msg("%s", e.msg);
        return s;
}

TEST(a_full_store_refuses_and_forgets_nothing_and_goes_on_after_receipts)
{
        struct station_reading r = {BORN, "Z", 1};
        struct station_stats stats;
        struct station_store *s;
        struct err e = {0};
        char receipt[160];
        uint32_t who;
        int put_n = 0;

        fresh_dir();
        s = open_small(UINT64_C(4) << 20);
        who = sender(s, "S1");
        while (station_put(s, who, &r, 1, &e) == OK) {
                put_n++;
                if (put_n % 2000 == 0 && station_commit(s, put_n, &e) != OK)
                        break;
                assert_true(put_n < 200000);
        }
        CHECK(e.code == ERR_FULL || e.code == ERR_IO);
        CHECK(put_n > 1000);
        station_get_stats(s, &stats);
        CHECK(stats.pending >= (uint64_t)put_n);
        CHECK(send_all(s, 0) > 0); /* it still sends what it has */
        snprintf(receipt, sizeof receipt,
                 "{\"boot\":%llu,\"upto\":%d,\"also\":[],\"refused\":[]}",
                 (unsigned long long)station_boot(s), put_n / 2000 * 2000);
        station_on_receipt(s, who, text_of(receipt), &e);
        CHECK_EQ(station_commit(s, put_n, &e), OK);
        CHECK_EQ(station_put(s, who, &r, 1, &e), OK);
        CHECK_EQ(station_commit(s, put_n + 1, &e), OK);
        station_close(s);
}

TEST(a_disk_that_takes_no_more_is_told_and_nothing_committed_is_lost)
{
        struct station_reading r = {BORN, "Z", 1};
        struct station_stats stats;
        struct station_store *s;
        struct rlimit old, small;
        struct err e = {0};
        int64_t position = 0;
        uint32_t who;
        int committed = 0, i;

        fresh_dir();
        s = open_store();
        who = sender(s, "S1");
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
        small = old;
        small.rlim_cur = 24 << 10; /* less than a segment */
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        for (i = 1; i < 5000; i++) {
                if (station_put(s, who, &r, 1, &e) != OK ||
                    station_commit(s, i, &e) != OK)
                        break;
                committed = i;
        }
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        CHECK(i < 5000);
        CHECK(e.code == ERR_IO || e.code == ERR_FULL);
        station_close(s);
        s = open_store();
        who = sender(s, "S1");
        CHECK(committed == 0 || station_position(s, &position));
        CHECK(position >= committed);
        station_get_stats(s, &stats);
        CHECK_EQ(stats.pending, (uint64_t)position);
        CHECK_EQ(station_next_seq(s, who), (uint64_t)position + 1);
        put(s, who, 2); /* and there is room again */
        CHECK_EQ(station_commit(s, position + 1, &e), OK);
        station_close(s);
}

/* The newest segment of the store. */
static void segment_path(char path[512])
{
        char cmd[512], name[200] = "";
        FILE *p;

        snprintf(cmd, sizeof cmd,
                 "ls -1 '%.200s' | grep -v lock | sort | tail -1", dir);
        p = popen(cmd, "r");
        assert_non_null(p);
        assert_non_null(fgets(name, sizeof name, p));
        name[strcspn(name, "\n")] = '\0';
        snprintf(path, 512, "%s/%s", dir, name);
        pclose(p);
}

static size_t read_whole(const char *path, char *to, size_t cap)
{
        FILE *f = fopen(path, "rb");
        size_t n;

        assert_non_null(f);
        n = fread(to, 1, cap, f);
        fclose(f);
        return n;
}

static void write_whole(const char *path, const char *from, size_t n)
{
        FILE *f = fopen(path, "wb");

        assert_non_null(f);
        assert_int_equal(fwrite(from, 1, n, f), n);
        fclose(f);
}

/* A power cut drops what was written after the last commit: here all of it
 * from one byte on, for many such bytes. */
TEST(after_a_power_cut_the_committed_are_there)
{
        static char before[4 << 20], after[4 << 20];
        char path[512];
        struct station_stats stats;
        struct station_store *s;
        struct err e = {0};
        size_t n, same, end, i;
        uint32_t who;

        fresh_dir();
        s = open_store();
        who = sender(s, "S1");
        put(s, who, 1);
        put(s, who, 2);
        CHECK_EQ(station_commit(s, 2, &e), OK);
        segment_path(path);
        n = read_whole(path, before, sizeof before);
        put(s, who, 3);
        put(s, who, 4);
        assert_int_equal(read_whole(path, after, sizeof after), n);
        station_close(s);
        for (same = 0; same < n && before[same] == after[same]; same++)
                ;
        for (end = n; end > same && before[end - 1] == after[end - 1]; end--)
                ;
        CHECK(end > same); /* the unsynced bytes */
        for (i = same; i <= end; i += 29) {
                int64_t position = 0;

                memcpy(before + same, after + same, i - same);
                write_whole(path, before, n);
                s = open_store();
                CHECK(station_position(s, &position));
                CHECK_EQ(position, 2);
                station_get_stats(s, &stats);
                CHECK_EQ(stats.pending, 2);
                CHECK_EQ(station_next_seq(s, sender(s, "S1")), 3);
                station_close(s);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_message_says_station_boot_seq_time_element_value),
                RUN(without_a_receipt_it_is_sent_again_after_30_s),
                RUN(after_a_new_connection_all_goes_again_oldest_first),
                RUN(what_a_later_one_overtook_is_lost_and_goes_at_once),
                RUN(a_receipt_covers_its_own_sender_and_boot_only),
                RUN(after_a_kill_the_committed_are_there_and_the_rest_never_was),
                RUN(old_messages_go_from_the_disk_and_numbers_go_on),
                RUN(a_full_store_refuses_and_forgets_nothing_and_goes_on_after_receipts),
                RUN(a_disk_that_takes_no_more_is_told_and_nothing_committed_is_lost),
                RUN(after_a_power_cut_the_committed_are_there),
        };
        int rc = cmocka_run_group_tests(tests, NULL, NULL);

        fresh_dir();
        return rc;
}

/* test/sensors/test_journal.c -- what the journal took it gives back:
 * after a kill, a torn write, a flipped byte, a full disk. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensors/adapter/crc32c.h"
#include "sensors/adapter/journal.h"
#include "sensors/adapter/segment.h"

static char dir[256];

static void fresh_dir(void)
{
        char cmd[512];

        if (!dir[0])
                snprintf(dir, sizeof dir, "/tmp/sanfang-journal-%ld",
                         (long)getpid());
        snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
        assert_int_equal(system(cmd), 0);
}

static struct journal *open_with(struct journal_config c)
{
        struct journal *j = NULL;
        struct err e = {0};

        c.dir = dir;
        if (journal_open(&c, &j, &e) != OK)
                fail_msg("%s", e.msg);
        return j;
}

static struct journal *open_default(void)
{
        return open_with((struct journal_config){0});
}

static uint64_t put(struct journal *j, const char *body)
{
        struct err e = {0};
        uint64_t seq = 0;

        if (journal_append(j, RECORD_COMMAND, 7, text_of(body), &seq, &e) != OK)
                fail_msg("%s", e.msg);
        return seq;
}

/* All records from `from`, as "seq:body " in one text. */
static const char *all(uint64_t from)
{
        static char text[4096];
        struct journal_reader *r = NULL;
        struct record rec;
        struct err e = {0};
        size_t n = 0;

        text[0] = '\0';
        if (journal_reader_open(dir, from, &r, &e) != OK)
                fail_msg("%s", e.msg);
        while (journal_reader_next(r, &rec, &e) == OK)
                n += (size_t)snprintf(text + n, sizeof text - n,
                                      "%" PRIu64 ":%.*s ", rec.seq,
                                      (int)rec.body.n, rec.body.p);
        if (e.code != ERR_TOO_FEW)
                snprintf(text + n, sizeof text - n, "!%s", status_name(e.code));
        journal_reader_close(r);
        return text;
}

static void segment_path(char path[400], uint64_t first)
{
        char name[SEGMENT_NAME_MAX];

        segment_name(name, first);
        snprintf(path, 400, "%s/%s", dir, name);
}

static void flip(uint64_t first, off_t at)
{
        char path[400], c;
        int fd;

        segment_path(path, first);
        fd = open(path, O_RDWR);
        assert_true(fd >= 0);
        assert_int_equal(pread(fd, &c, 1, at), 1);
        c = (char)(c ^ 0x40);
        assert_int_equal(pwrite(fd, &c, 1, at), 1);
        close(fd);
}

static void copy_file(const char *from, const char *to, off_t bytes)
{
        char *p = malloc((size_t)bytes + 1);
        int a = open(from, O_RDONLY), b;

        assert_true(a >= 0 && p);
        assert_int_equal(read(a, p, (size_t)bytes), bytes);
        b = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_true(b >= 0);
        assert_int_equal(write(b, p, (size_t)bytes), bytes);
        close(a);
        close(b);
        free(p);
}

TEST(crc32c_of_the_standard_check_text_is_e3069283)
{
        uint32_t whole = crc32c(0, "123456789", 9);

        CHECK_EQ(whole, 0xE3069283);
        /* RFC 3720 B.4: 32 bytes of zeros. */
        CHECK_EQ(crc32c(0, (char[32]){0}, 32), 0x8A9136AA);
        CHECK_EQ(crc32c(crc32c(0, "1234", 4), "56789", 5), whole);
}

TEST(records_come_back_in_order_from_queue_and_reader)
{
        struct journal *j;
        struct record r;

        fresh_dir();
        j = open_default();
        CHECK_EQ(put(j, "a"), 1);
        CHECK_EQ(put(j, "b"), 2);
        CHECK(journal_drain(j, &r));
        CHECK_EQ(r.seq, 1);
        CHECK_EQ(r.kind, RECORD_COMMAND);
        CHECK_EQ(r.real_us, 7);
        CHECK_EQ(r.body.n, 1);
        CHECK_EQ(r.body.p[0], 'a');
        CHECK(journal_drain(j, &r));
        CHECK_EQ(r.seq, 2);
        CHECK(!journal_drain(j, &r));
        CHECK_STR(all(0), "1:a 2:b ");
        CHECK_STR(all(2), "2:b ");
        journal_close(j);
}

TEST(a_clean_end_goes_on_with_the_next_number)
{
        struct journal *j;
        struct record r;

        fresh_dir();
        j = open_default();
        put(j, "a");
        journal_close(j);
        j = open_default();
        CHECK(!journal_drain(j, &r)); /* replay is a reader's work */
        CHECK_EQ(put(j, "b"), 2);
        journal_close(j);
        CHECK_STR(all(0), "1:a 2:b ");
}

TEST(an_mqtt_record_unpacks_to_topic_and_payload)
{
        struct text topic, payload;
        struct journal *j;
        struct record r;
        struct err e;

        fresh_dir();
        j = open_default();
        CHECK_EQ(journal_append_mqtt(j, 1, TEXT("t/1"), TEXT("{}"), NULL, &e),
                 OK);
        CHECK(journal_drain(j, &r));
        CHECK_EQ(record_mqtt_unpack(&r, &topic, &payload, &e), OK);
        CHECK(text_is(topic, "t/1"));
        CHECK(text_is(payload, "{}"));
        journal_close(j);
}

TEST(a_second_process_is_refused)
{
        struct journal *j, *other = NULL;
        struct journal_config c = {.dir = dir};
        struct err e;

        fresh_dir();
        j = open_default();
        CHECK_EQ(journal_open(&c, &other, &e), ERR_CONFLICT);
        CHECK(other == NULL);
        journal_close(j);
}

TEST(submitted_records_are_written_by_the_other_thread_and_synced)
{
        struct journal *j;
        struct record r;
        struct err e;
        int i, got = 0;

        fresh_dir();
        j = open_default();
        for (i = 0; i < 100; i++)
                CHECK_EQ(journal_submit(j, RECORD_TICK, i, TEXT("x"), &e), OK);
        for (i = 0; i < 5000 && got < 100; i++) {
                while (journal_drain(j, &r)) {
                        CHECK_EQ(r.real_us, got);
                        got++;
                }
                usleep(1000);
        }
        CHECK_EQ(got, 100);
        for (i = 0; i < 5000 && journal_synced_seq(j) < 100; i++)
                usleep(1000);
        CHECK_EQ(journal_synced_seq(j), 100);
        journal_close(j);
}

/* A child appends and tells each number after append returned; it is
 * killed; every number it told is there, whole and in order. */
static uint64_t kill_once(uint64_t *ret_told, int ms)
{
        uint64_t told = 0, first = 0, seq;
        int fds[2];
        pid_t pid;

        assert_int_equal(pipe(fds), 0);
        pid = fork();
        if (pid == 0) {
                struct journal *j = open_with(
                        (struct journal_config){.segment_bytes = 64 << 10});
                struct record r;
                char body[300];
                int i;

                close(fds[0]);
                for (i = 0;; i++) {
                        memset(body, 'a' + i % 26, sizeof body);
                        body[i % 290 + 1] = '\0';
                        seq = put(j, body);
                        while (journal_drain(j, &r))
                                ;
                        if (write(fds[1], &seq, sizeof seq) < 0)
                                _exit(1);
                }
        }
        close(fds[1]);
        if (read(fds[0], &first, sizeof first) == sizeof first)
                told = first;
        usleep((useconds_t)ms * 1000);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        while (read(fds[0], &seq, sizeof seq) == sizeof seq)
                told = seq;
        close(fds[0]);
        *ret_told = told;
        return first;
}

TEST(after_kill_9_every_number_told_is_there_and_none_is_given_twice)
{
        uint64_t first, told, before = 0, last, n;
        struct journal_reader *r = NULL;
        struct record rec;
        struct err e = {0};
        int round;

        fresh_dir();
        for (round = 0; round < 8; round++) {
                first = kill_once(&told, 3 + 7 * round);
                CHECK(told > 0);
                CHECK(round == 0 || first >= before + 1000000 - 1);
                CHECK_EQ(journal_reader_open(dir, first, &r, &e), OK);
                last = n = 0;
                while (journal_reader_next(r, &rec, &e) == OK) {
                        CHECK(last == 0 || rec.seq == last + 1);
                        last = rec.seq;
                        n++;
                }
                CHECK_EQ(e.code, ERR_TOO_FEW);
                CHECK(last >= told);
                CHECK_EQ(n, last - first + 1);
                journal_reader_close(r);
                before = last;
        }
}

TEST(a_torn_tail_is_cut_at_every_byte_of_the_last_record)
{
        char path[400], spare[400];
        struct journal *j;
        struct stat info;
        off_t size, cut;

        fresh_dir();
        j = open_default();
        put(j, "one");
        put(j, "the second record");
        journal_close(j);
        segment_path(path, 1);
        snprintf(spare, sizeof spare, "%s.spare", dir);
        CHECK_EQ(stat(path, &info), 0);
        size = info.st_size;
        copy_file(path, spare, size);
        for (cut = size - 1; cut >= size - (off_t)SEGMENT_OVERHEAD - 17;
             cut--) {
                fresh_dir();
                CHECK_EQ(mkdir(dir, 0700), 0);
                copy_file(spare, path, cut);
                j = open_default();
                CHECK_EQ(put(j, "new"), 1000001);
                journal_close(j);
                CHECK_STR(all(0), "1:one 1000001:new ");
        }
        unlink(spare);
}

TEST(a_number_given_after_an_unclean_end_is_never_given_again)
{
        struct journal *j;
        char path[400];

        fresh_dir();
        j = open_default();
        put(j, "a");
        journal_close(j);
        snprintf(path, sizeof path, "%s/clean", dir);
        unlink(path);
        j = open_default();
        CHECK_EQ(put(j, "lost to the power cut"), 1000001);
        journal_close(j);
        unlink(path);
        segment_path(path, 1000001);
        CHECK_EQ(truncate(path, SEGMENT_MAGIC_BYTES), 0);
        j = open_default();
        CHECK_EQ(put(j, "b"), 2000000);
        journal_close(j);
        CHECK_STR(all(0), "1:a 2000000:b ");
}

TEST(a_flipped_byte_in_the_middle_is_named_and_nothing_is_cut)
{
        struct segment_scan s;
        struct journal *j;
        struct err e;
        int fd;

        fresh_dir();
        j = open_default();
        put(j, "one");
        put(j, "two");
        put(j, "three");
        journal_close(j);
        flip(1, SEGMENT_MAGIC_BYTES + SEGMENT_OVERHEAD + 3 + SEGMENT_OVERHEAD);
        fd = open(dir, O_RDONLY | O_DIRECTORY);
        CHECK_EQ(segment_scan(fd, 1, &s, NULL, NULL, &e), OK);
        close(fd);
        CHECK(s.damaged);
        CHECK(s.good_after);
        CHECK_EQ(s.damage_seq, 2);
        CHECK_EQ(s.good_bytes, SEGMENT_MAGIC_BYTES + SEGMENT_OVERHEAD + 3);
        CHECK_EQ(s.last_after, 3);
        CHECK_STR(all(0), "1:one !corrupt");
        j = open_default();
        CHECK_EQ(put(j, "four"), 1000003);
        journal_close(j);
        CHECK_STR(all(0), "1:one !corrupt"); /* kept for the examiner */
}

TEST(a_reader_goes_on_after_the_damage_when_told)
{
        struct journal_reader *r = NULL;
        struct journal *j;
        struct record rec;
        struct err e;

        fresh_dir();
        j = open_default();
        put(j, "one");
        put(j, "two");
        put(j, "three");
        journal_close(j);
        flip(1, SEGMENT_MAGIC_BYTES + SEGMENT_OVERHEAD + 3 + SEGMENT_OVERHEAD);
        j = open_default();
        put(j, "four");
        journal_close(j);
        CHECK_EQ(journal_reader_open(dir, 0, &r, &e), OK);
        CHECK_EQ(journal_reader_next(r, &rec, &e), OK);
        CHECK_EQ(journal_reader_next(r, &rec, &e), ERR_CORRUPT);
        CHECK(strstr(e.msg, "00000000000000000001.seg") != NULL);
        CHECK(strstr(e.msg, "byte 44") != NULL);
        CHECK_EQ(journal_reader_skip(r, &e), OK);
        CHECK_EQ(journal_reader_next(r, &rec, &e), OK);
        CHECK_EQ(rec.seq, 3);
        CHECK_EQ(journal_reader_next(r, &rec, &e), OK);
        CHECK_EQ(rec.seq, 1000003);
        CHECK_EQ(journal_reader_next(r, &rec, &e), ERR_TOO_FEW);
        journal_reader_close(r);
}

TEST(segments_roll_readers_follow_and_old_ones_go)
{
        struct journal_reader *r = NULL;
        struct journal_stats st;
        struct journal *j;
        struct record rec;
        struct err e;
        char body[1000];
        uint64_t want = 1;
        int i;

        fresh_dir();
        j = open_with((struct journal_config){.segment_bytes = 4096});
        memset(body, 'x', sizeof body - 1);
        body[sizeof body - 1] = '\0';
        CHECK_EQ(journal_reader_open(dir, 0, &r, &e), OK);
        for (i = 0; i < 100; i++) {
                put(j, body);
                while (journal_drain(j, &rec))
                        ;
                while (journal_reader_next(r, &rec, &e) == OK)
                        CHECK_EQ(rec.seq, want++);
                CHECK_EQ(e.code, ERR_TOO_FEW);
        }
        CHECK_EQ(want, 101);
        journal_reader_close(r);
        journal_retain(j, 50);
        for (i = 0; i < 3000; i++) {
                journal_get_stats(j, &st);
                if (st.first_seq > 40)
                        break;
                usleep(1000);
        }
        CHECK(st.first_seq > 40 && st.first_seq <= 50);
        CHECK_EQ(journal_reader_open(dir, 1, &r, &e), ERR_MISSING);
        CHECK_EQ(journal_reader_open(dir, 50, &r, &e), OK);
        CHECK_EQ(journal_reader_next(r, &rec, &e), OK);
        CHECK_EQ(rec.seq, 50);
        journal_reader_close(r);
        journal_close(j);
}

TEST(a_full_journal_refuses_messages_and_keeps_its_reserve_for_officers)
{
        struct journal_config c = {.segment_bytes = 4096,
                                   .max_bytes = 40960,
                                   .reserve_bytes = 8192};
        struct journal_stats stats;
        struct journal *j;
        struct record r;
        struct err e;
        char p[500];
        int messages = 0, commands = 0;

        memset(p, 'x', sizeof p);
        fresh_dir();
        j = open_with(c);
        while (journal_append_mqtt(j, 1, TEXT("t"), (struct text){p, sizeof p},
                                   NULL, &e) == OK) {
                messages++;
                while (journal_drain(j, &r))
                        ;
        }
        CHECK_EQ(e.code, ERR_FULL);
        CHECK(messages > 50 && messages < 65);
        journal_get_stats(j, &stats);
        CHECK(stats.full);
        CHECK(stats.disk_bytes <= 32768 + 4096);
        while (journal_append(j, RECORD_COMMAND, 1, TEXT("ack"), NULL, &e) ==
               OK) {
                commands++;
                while (journal_drain(j, &r))
                        ;
        }
        CHECK_EQ(e.code, ERR_FULL);
        CHECK(commands > 250);
        journal_retain(j, journal_last_seq(j));
        journal_close(j);
        j = open_with(c);
        CHECK_EQ(journal_append_mqtt(j, 1, TEXT("t"), TEXT("x"), NULL, &e), OK);
        journal_close(j);
}

TEST(a_write_that_the_system_refuses_leaves_nothing_behind)
{
        struct rlimit old, small;
        struct journal *j;
        struct record r;
        struct err e;
        char p[4000];
        int kept = 0, i;

        memset(p, 'x', sizeof p);
        fresh_dir();
        j = open_with((struct journal_config){.segment_bytes = 8 << 20});
        signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &old);
        small = old;
        small.rlim_cur = 100000;
        journal_append(j, RECORD_COMMAND, 1, TEXT("first"), NULL, &e);
        while (journal_drain(j, &r))
                ;
        setrlimit(RLIMIT_FSIZE, &small);
        for (i = 0; i < 2000; i++) {
                if (journal_append(j, RECORD_MQTT, 1,
                                   (struct text){p, sizeof p}, NULL, &e) != OK)
                        break;
                kept++;
                while (journal_drain(j, &r))
                        ;
        }
        CHECK(i < 2000);
        CHECK_EQ(e.code, ERR_IO);
        setrlimit(RLIMIT_FSIZE, &old);
        CHECK_EQ(put(j, "again"), kept + 2);
        journal_close(j);
        j = open_default();
        CHECK_EQ(put(j, "clean"), kept + 3);
        journal_close(j);
}

TEST(append_waits_for_the_loop_and_then_says_so)
{
        struct journal_stats stats;
        struct journal *j;
        struct record r;
        struct err e;
        char *p = calloc(1, 900000);
        int n = 0;

        fresh_dir();
        j = open_with((struct journal_config){.queue_bytes = 1});
        while (journal_append(j, RECORD_MQTT, 1, (struct text){p, 900000}, NULL,
                              &e) == OK)
                n++;
        CHECK_EQ(e.code, ERR_FULL);
        CHECK_EQ(n, 2);
        journal_get_stats(j, &stats);
        CHECK(stats.full);
        CHECK(stats.stalls > 0);
        CHECK(journal_drain(j, &r));
        CHECK(journal_drain(j, &r));
        CHECK_EQ(journal_append(j, RECORD_MQTT, 1, (struct text){p, 900000},
                                NULL, &e),
                 OK);
        journal_get_stats(j, &stats);
        CHECK(!stats.full);
        CHECK_EQ(journal_append(j, RECORD_MQTT, 1,
                                (struct text){p, RECORD_BODY_MAX + 1}, NULL,
                                &e),
                 ERR_SIZE);
        journal_close(j);
        free(p);
}

/* Four threads append, one submits, the loop drains, a reader follows. */
struct crowd {
        struct journal *j;
        int id;
};

static void *crowd_main(void *self)
{
        struct crowd *c = self;
        char body[64];
        int i;

        for (i = 0; i < 500; i++) {
                snprintf(body, sizeof body, "%d %d", c->id, i);
                while (journal_append(c->j, RECORD_MQTT, i, text_of(body), NULL,
                                      NULL) != OK)
                        usleep(100);
        }
        return NULL;
}

static void *reader_main(void *self)
{
        struct journal_reader *r = NULL;
        uint64_t *ret_last = self;
        struct record rec;
        struct err e;
        enum status st;

        if (journal_reader_open(dir, 0, &r, &e) != OK)
                return NULL;
        while (*ret_last < 2100) {
                st = journal_reader_next(r, &rec, &e);
                if (st == OK && rec.seq != *ret_last + 1)
                        break;
                if (st == OK)
                        *ret_last = rec.seq;
                else if (st == ERR_TOO_FEW)
                        usleep(500);
                else
                        break;
        }
        journal_reader_close(r);
        return NULL;
}

TEST(many_threads_one_order)
{
        struct crowd crowd[4];
        pthread_t thread[5];
        struct journal *j;
        struct record r;
        int next[4] = {0}, id, i, got = 0, ticks = 0;
        uint64_t last = 0, read_to = 0;
        char body[64];

        fresh_dir();
        j = open_with((struct journal_config){.segment_bytes = 8192,
                                              .sync_interval_us = 200});
        for (i = 0; i < 4; i++) {
                crowd[i] = (struct crowd){j, i};
                pthread_create(&thread[i], NULL, crowd_main, &crowd[i]);
        }
        pthread_create(&thread[4], NULL, reader_main, &read_to);
        while (got < 2100) {
                if (ticks < 100 &&
                    journal_submit(j, RECORD_TICK, 1, TEXT("t"), NULL) == OK)
                        ticks++;
                if (!journal_drain(j, &r)) {
                        usleep(100);
                        continue;
                }
                got++;
                CHECK_EQ(r.seq, last + 1);
                last = r.seq;
                if (r.kind == RECORD_TICK)
                        continue;
                CHECK(text_copy(body, sizeof body, r.body));
                CHECK_EQ(sscanf(body, "%d %d", &id, &i), 2);
                CHECK_EQ(i, next[id]);
                next[id]++;
        }
        for (i = 0; i < 5; i++)
                pthread_join(thread[i], NULL);
        CHECK_EQ(read_to, 2100);
        journal_close(j);
}

TEST(a_manual_journal_syncs_when_told)
{
        struct journal *j;
        struct record r;
        struct err e;

        fresh_dir();
        j = open_with((struct journal_config){.manual = true});
        put(j, "a");
        CHECK_EQ(journal_synced_seq(j), 0);
        CHECK_EQ(journal_sync(j, &e), OK);
        CHECK_EQ(journal_synced_seq(j), 1);
        CHECK(!journal_drain(j, &r));
        journal_close(j);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(crc32c_of_the_standard_check_text_is_e3069283),
                RUN(records_come_back_in_order_from_queue_and_reader),
                RUN(a_clean_end_goes_on_with_the_next_number),
                RUN(an_mqtt_record_unpacks_to_topic_and_payload),
                RUN(a_second_process_is_refused),
                RUN(submitted_records_are_written_by_the_other_thread_and_synced),
                RUN(after_kill_9_every_number_told_is_there_and_none_is_given_twice),
                RUN(a_torn_tail_is_cut_at_every_byte_of_the_last_record),
                RUN(a_number_given_after_an_unclean_end_is_never_given_again),
                RUN(a_flipped_byte_in_the_middle_is_named_and_nothing_is_cut),
                RUN(a_reader_goes_on_after_the_damage_when_told),
                RUN(segments_roll_readers_follow_and_old_ones_go),
                RUN(a_full_journal_refuses_messages_and_keeps_its_reserve_for_officers),
                RUN(a_write_that_the_system_refuses_leaves_nothing_behind),
                RUN(append_waits_for_the_loop_and_then_says_so),
                RUN(many_threads_one_order),
                RUN(a_manual_journal_syncs_when_told),
        };
        int rc = cmocka_run_group_tests(tests, NULL, NULL);

        fresh_dir();
        return rc;
}

/* Tests of server/terminal_tcp.c: real connections, a journal and clocks that
 * the test sets. */
#include "check.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "schemas/time.h"
#include "sensors/sl651.h"
#include "server/terminal_tcp.h"

#define FRAME_US (10 * SECOND_US)
#define IDLE_US (300 * SECOND_US)
#define TAKEN_MAX 256

static uv_loop_t loop;
static struct terminal_tcp *t;
static bool full; /* the journal takes nothing */
static int64_t mono, real;
static struct {
        char source[80];
        int64_t real_us;
        size_t n;
        uint8_t first, function;
} taken[TAKEN_MAX];
static uint32_t n_taken;

static enum status submit(void *self, int64_t real_us, struct text source,
                          struct text frame)
{
        (void)self;
        if (full)
                return ERR_FULL;
        assert_true(n_taken < TAKEN_MAX);
        text_copy(taken[n_taken].source, sizeof taken[0].source, source);
        taken[n_taken].real_us = real_us;
        taken[n_taken].n = frame.n;
        taken[n_taken].first = (uint8_t)frame.p[0];
        taken[n_taken++].function = frame.n > 10 ? (uint8_t)frame.p[10] : 0;
        return OK;
}

static int64_t mono_now(void)
{
        return mono;
}

static int64_t real_now(void)
{
        return real;
}

static int open_with(uint32_t max, uint32_t per_address)
{
        struct terminal_tcp_config c = {.address = "127.0.0.1",
                                        .max_connections = max,
                                        .max_per_address = per_address,
                                        .idle_us = IDLE_US,
                                        .frame_us = FRAME_US,
                                        .sweep_ms = 5};
        struct terminal_tcp_port port = {
                .submit = submit, .real_us = real_now, .mono_us = mono_now};
        struct err e = {0};

        full = false;
        n_taken = 0;
        mono = 1000 * SECOND_US;
        real = INT64_C(1697742000) * SECOND_US;
        assert_int_equal(uv_loop_init(&loop), 0);
        if (terminal_tcp_create(&c, &loop, &port, &t, &e) != OK)
                fail_msg("%s", e.msg);
        return 0;
}

static int setup(void **state)
{
        (void)state;
        return open_with(8, 8);
}

static int teardown(void **state)
{
        (void)state;
        terminal_tcp_close(t);
        while (uv_run(&loop, UV_RUN_DEFAULT))
                ;
        return uv_loop_close(&loop);
}

static struct terminal_tcp_counts counts(void)
{
        struct terminal_tcp_counts n;

        terminal_tcp_get_counts(t, &n);
        return n;
}

/* The loop turns until it holds; its timer wakes it every 5 ms. */
#define UNTIL(condition)                                                   \
        do {                                                               \
                int turns_ = 0;                                            \
                while (!(condition) && turns_++ < 2000)                    \
                        uv_run(&loop, UV_RUN_ONCE);                        \
                if (!(condition))                                          \
                        fail_msg("line %d: not %s", __LINE__, #condition); \
        } while (0)

/* A sweep of all deadlines, and what it closes. */
static void sweep(void)
{
        int i;

        for (i = 0; i < 3; i++)
                uv_run(&loop, UV_RUN_ONCE);
}

/* ---- terminals ---- */

static int dial(void)
{
        struct sockaddr_in a = {.sin_family = AF_INET};
        uint64_t before = counts().accepted;
        uint64_t refused = counts().closed[TERMINAL_FULL];
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        a.sin_port = htons((uint16_t)terminal_tcp_port(t));
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_true(fd >= 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
        UNTIL(counts().accepted > before ||
              counts().closed[TERMINAL_FULL] > refused);
        return fd;
}

static void say(int fd, const void *p, size_t n)
{
        assert_int_equal(write(fd, p, n), (ssize_t)n);
}

/* A report with so many bytes of body. */
static struct text frame(uint8_t function)
{
        static struct buf b;
        struct sl651_head h = {
                .centre = 1, .address = "0012345678", .function = function};

        buf_clear(&b);
        assert_int_equal(sl651_seal(&h, TEXT("\x01\x02\x03\x04"), &b, NULL),
                         OK);
        return buf_as_text(&b);
}

static void report(int fd, uint8_t function)
{
        struct text f = frame(function);

        say(fd, f.p, f.n);
}

static bool is_closed(int fd)
{
        char c;

        return recv(fd, &c, 1, MSG_DONTWAIT) == 0;
}

static bool heard(int fd, char *dst)
{
        return recv(fd, dst, 1, MSG_DONTWAIT) == 1;
}

/* ---- tests ---- */

TEST(a_frame_is_handed_over_once_with_its_connection)
{
        int fd = dial();

        report(fd, 0x32);
        UNTIL(n_taken);
        sweep();
        CHECK_EQ(n_taken, 1);
        CHECK_EQ(taken[0].function, 0x32);
        CHECK_EQ(taken[0].real_us, real);
        CHECK(strncmp(taken[0].source, "tcp/127.0.0.1:", 14) == 0);
        close(fd);
        UNTIL(counts().connections == 0);
        CHECK_EQ(counts().closed[TERMINAL_LEFT], 1);
}

TEST(a_frame_in_pieces_is_one_frame)
{
        int fd = dial();
        struct text f = frame(0x32);

        say(fd, f.p, 9);
        UNTIL(counts().bytes == 9);
        CHECK_EQ(n_taken, 0);
        say(fd, f.p + 9, f.n - 9);
        UNTIL(n_taken);
        CHECK_EQ(taken[0].n, f.n);
        close(fd);
}

TEST(an_answer_goes_to_its_connection_only)
{
        int a = dial(), b = dial();
        char c = 0, name[80];

        report(b, 0x33);
        UNTIL(n_taken);
        CHECK_EQ(terminal_tcp_send(t, taken[0].source, TEXT("!")), OK);
        CHECK(!heard(a, &c));
        CHECK(heard(b, &c));
        CHECK_EQ(c, '!');
        close(b);
        UNTIL(counts().connections == 1);
        CHECK_EQ(terminal_tcp_send(t, taken[0].source, TEXT("!")), ERR_UNKNOWN);
        /* The next one has its place, not its name. */
        b = dial();
        CHECK_EQ(terminal_tcp_send(t, taken[0].source, TEXT("!")), ERR_UNKNOWN);
        snprintf(name, sizeof name, "tcp/127.0.0.1:1/%d", 0);
        CHECK_EQ(terminal_tcp_send(t, name, TEXT("!")), ERR_UNKNOWN);
        CHECK_EQ(terminal_tcp_send(t, "", TEXT("!")), ERR_UNKNOWN);
        close(a);
        close(b);
}

TEST(a_full_journal_stops_the_reading_and_loses_nothing)
{
        int a = dial(), b = dial();
        uint64_t bytes;
        uint32_t i;

        full = true;
        report(a, 0x30);
        report(a, 0x31);
        UNTIL(counts().holds);
        bytes = counts().bytes;
        report(a, 0x32);
        report(b, 0x33);
        sweep();
        CHECK_EQ(counts().bytes, bytes); /* nobody is read */
        CHECK_EQ(n_taken, 0);
        CHECK_EQ(counts().frames, 0);
        CHECK_EQ(counts().answers, 0);
        full = false;
        UNTIL(n_taken == 4);
        CHECK(!counts().holds);
        for (i = 0; i < 4; i++)
                if (taken[i].function != 0x33)
                        break;
        CHECK_EQ(taken[i].function, 0x30); /* in the order of each */
        sweep();
        CHECK_EQ(n_taken, 4);
        CHECK_EQ(counts().frames, 4);
        close(a);
        close(b);
}

TEST(a_slow_frame_is_closed_however_it_drips)
{
        int fd = dial(), other = dial(), i;
        struct text f = frame(0x32);

        for (i = 0; i < 5; i++) {
                say(fd, f.p + i, 1);
                UNTIL(counts().bytes == (uint64_t)i + 1);
                mono += 2 * SECOND_US;
        }
        sweep();
        CHECK(!is_closed(fd)); /* ten seconds are allowed */
        mono += SECOND_US;
        UNTIL(counts().closed[TERMINAL_SLOW] == 1);
        UNTIL(is_closed(fd));
        CHECK_EQ(n_taken, 1); /* what it said is kept as garbage */
        CHECK(!is_closed(other));
        close(fd);
        close(other);
}

TEST(while_the_journal_is_full_nobody_is_too_slow_and_then_again)
{
        int slow = dial(), fd = dial();

        say(slow, "\x7e\x7e\x01", 3);
        UNTIL(counts().bytes == 3);
        full = true;
        report(fd, 0x32);
        UNTIL(counts().holds);
        mono += 3600 * SECOND_US;
        sweep();
        CHECK_EQ(counts().closed[TERMINAL_SLOW], 0);
        CHECK_EQ(counts().closed[TERMINAL_IDLE], 0);
        CHECK_EQ(counts().connections, 2);
        full = false;
        UNTIL(n_taken == 1);
        sweep(); /* the time in which we did not read is not theirs */
        CHECK_EQ(counts().connections, 2);
        mono += FRAME_US + SECOND_US;
        UNTIL(counts().closed[TERMINAL_SLOW] == 1);
        UNTIL(is_closed(slow));
        CHECK(!is_closed(fd));
        close(slow);
        close(fd);
}

TEST(who_says_nothing_is_closed_sooner_than_who_reported)
{
        int silent = dial(), fd = dial();

        report(fd, 0x32);
        UNTIL(n_taken);
        mono += 121 * SECOND_US;
        UNTIL(counts().closed[TERMINAL_IDLE] == 1);
        UNTIL(is_closed(silent));
        CHECK(!is_closed(fd));
        mono += IDLE_US;
        UNTIL(is_closed(fd));
        CHECK_EQ(counts().closed[TERMINAL_IDLE], 2);
        close(silent);
        close(fd);
}

TEST(eight_pieces_of_garbage_and_it_is_closed)
{
        struct text f = frame(0x32);
        char bad[64];
        int fd = dial(), i;

        memcpy(bad, f.p, f.n);
        bad[f.n - 1] ^= 1; /* its check sum */
        for (i = 0; i < 8; i++) {
                say(fd, bad, f.n);
                report(fd, 0x32);
        }
        UNTIL(counts().closed[TERMINAL_GARBAGE] == 1);
        UNTIL(is_closed(fd));
        CHECK(counts().bad >= 8);
        close(fd);
}

TEST(line_ends_between_frames_are_no_garbage)
{
        int fd = dial(), i;

        for (i = 0; i < 20; i++) {
                report(fd, 0x32);
                say(fd, "\r\n", 2);
        }
        UNTIL(n_taken == 20);
        sweep();
        CHECK_EQ(n_taken, 20);
        CHECK_EQ(counts().bad, 0);
        CHECK(!is_closed(fd));
        close(fd);
}

TEST(a_second_of_garbage_is_counted_beyond_a_hundred)
{
        int fd[20], i, k;

        terminal_tcp_close(t);
        while (uv_run(&loop, UV_RUN_DEFAULT))
                ;
        uv_loop_close(&loop);
        open_with(32, 32);
        for (i = 0; i < 20; i++) {
                fd[i] = dial();
                for (k = 0; k < 7; k++) {
                        say(fd[i], "xyz", 3);
                        report(fd[i], 0x32);
                }
        }
        UNTIL(counts().frames == 140);
        CHECK_EQ(counts().bad, 140);
        CHECK_EQ(counts().bad_dropped, 40);
        CHECK_EQ(n_taken, 240);
        for (i = 0; i < 20; i++)
                close(fd[i]);
}

TEST(no_more_connections_than_allowed)
{
        int fd[9], i;

        for (i = 0; i < 9; i++)
                fd[i] = dial();
        UNTIL(is_closed(fd[8]));
        CHECK_EQ(counts().connections, 8);
        CHECK_EQ(counts().closed[TERMINAL_FULL], 1);
        close(fd[0]);
        UNTIL(counts().connections == 7);
        close(fd[8]);
        fd[8] = dial();
        report(fd[8], 0x32);
        UNTIL(n_taken == 1);
        for (i = 1; i < 9; i++)
                close(fd[i]);
}

TEST(one_address_has_no_more_than_its_share)
{
        int a, b, c;

        terminal_tcp_close(t);
        while (uv_run(&loop, UV_RUN_DEFAULT))
                ;
        uv_loop_close(&loop);
        open_with(8, 2);
        a = dial();
        b = dial();
        c = dial();
        UNTIL(is_closed(c));
        CHECK_EQ(counts().closed[TERMINAL_ADDRESS], 1);
        close(a);
        UNTIL(counts().connections == 1);
        a = dial();
        report(a, 0x32);
        UNTIL(n_taken == 1);
        close(a);
        close(b);
        close(c);
}

TEST(who_does_not_read_his_answers_is_closed)
{
        static char big[65536];
        int fd = dial(), i;

        report(fd, 0x32);
        UNTIL(n_taken);
        for (i = 0; i < 400 && !counts().closed[TERMINAL_UNREAD]; i++)
                terminal_tcp_send(t, taken[0].source,
                                  (struct text){big, sizeof big});
        CHECK_EQ(counts().closed[TERMINAL_UNREAD], 1);
        UNTIL(counts().connections == 0);
        close(fd);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(a_frame_is_handed_over_once_with_its_connection),
                CASE(a_frame_in_pieces_is_one_frame),
                CASE(an_answer_goes_to_its_connection_only),
                CASE(a_full_journal_stops_the_reading_and_loses_nothing),
                CASE(a_slow_frame_is_closed_however_it_drips),
                CASE(while_the_journal_is_full_nobody_is_too_slow_and_then_again),
                CASE(who_says_nothing_is_closed_sooner_than_who_reported),
                CASE(eight_pieces_of_garbage_and_it_is_closed),
                CASE(line_ends_between_frames_are_no_garbage),
                CASE(a_second_of_garbage_is_counted_beyond_a_hundred),
                CASE(no_more_connections_than_allowed),
                CASE(one_address_has_no_more_than_its_share),
                CASE(who_does_not_read_his_answers_is_closed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

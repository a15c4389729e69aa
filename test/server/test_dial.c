/* Tests of server/tool/dial.c: a terminal on a TCP line, with a centre in
 * the same thread. */
#include "check.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "schemas/time.h"
#include "sensors/sl651_stream.h"
#include "server/tool/dial.h"

#define ADDRESS "0012345678"
#define T0 INT64_C(1697731200000000)

struct line {
        int listener, fd; /* of the centre */
        struct dial *dial;
        struct sl651_frame *f, *scratch;
        struct sl651_stream in;
        int64_t now_us;
        uint32_t confirmed;
        char port[8];
};

static void tell(void *self, uint64_t tag, enum terminal_fate fate)
{
        struct line *x = self;

        (void)tag;
        x->confirmed += fate == TERMINAL_CONFIRMED;
}

static struct line *open_line(bool hangs_up)
{
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct dial_config c = {.station = "T", .host = "127.0.0.1"};
        struct line *x = calloc(1, sizeof *x);
        socklen_t n = sizeof a;
        struct err e = {0};

        assert_non_null(x);
        x->fd = -1;
        x->now_us = SECOND_US;
        x->f = calloc(1, sizeof *x->f);
        x->scratch = calloc(1, sizeof *x->scratch);
        x->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(x->listener, (struct sockaddr *)&a, n), 0);
        assert_int_equal(listen(x->listener, 4), 0);
        getsockname(x->listener, (struct sockaddr *)&a, &n);
        snprintf(x->port, sizeof x->port, "%u", ntohs(a.sin_port));
        c.port = x->port;
        terminal_config_init(&c.terminal, ADDRESS);
        c.terminal.hangs_up = hangs_up;
        if (dial_open(&c, x->scratch, tell, x, &x->dial, &e) != OK)
                fail_msg("%s", e.msg);
        return x;
}

static void close_line(struct line *x)
{
        dial_close(x->dial);
        sl651_stream_done(&x->in);
        if (x->fd >= 0)
                close(x->fd);
        close(x->listener);
        free(x->f);
        free(x->scratch);
        free(x);
}

static void put(struct line *x, int64_t milli)
{
        struct terminal *t = dial_terminal(x->dial);
        struct err e = {0};

        terminal_begin(t, x->f, 0x32, T0);
        sl651_frame_add(x->f, ELEMENT_Z, false, milli, T0);
        if (terminal_put(t, x->f, 0, NULL, &e) != OK)
                fail_msg("%s", e.msg);
}

static void turn(struct line *x)
{
        struct err e = {0};

        if (dial_turn(x->dial, x->now_us, T0, &e) != OK)
                fail_msg("%s", e.msg);
}

static bool ready(int fd)
{
        struct pollfd p = {.fd = fd, .events = POLLIN};

        return poll(&p, 1, 5000) > 0;
}

/* Until the connection stands on both sides. */
static void pick_up(struct line *x)
{
        turn(x);
        assert_true(ready(x->listener));
        if (x->fd >= 0)
                close(x->fd);
        x->fd = accept(x->listener, NULL, NULL);
        assert_true(x->fd >= 0);
        sl651_stream_done(&x->in);
        x->in = (struct sl651_stream){0};
        turn(x);
}

/* What the centre hears; false when the line is closed. */
static bool hear(struct line *x, struct sl651_piece *ret)
{
        char b[4096];
        ssize_t n;

        while (!sl651_stream_next(&x->in, ret)) {
                assert_true(ready(x->fd));
                n = recv(x->fd, b, sizeof b, 0);
                if (n <= 0)
                        return false;
                assert_int_equal(
                        sl651_stream_feed(&x->in, (struct text){b, (size_t)n}),
                        n);
        }
        return true;
}

static void answer(struct line *x, struct text frame, uint8_t end)
{
        uint8_t a[SL651_ANSWER_MAX];
        struct err e = {0};
        size_t n;

        if (sl651_decode(frame, NULL, x->f, &e) != OK)
                fail_msg("%s", e.msg);
        n = sl651_answer(&x->f->head, x->f->serial, T0, end, 0, 0, a);
        assert_int_equal(send(x->fd, a, n, 0), n);
        assert_true(ready(dial_fd(x->dial, &(short){0})));
        turn(x);
}

TEST(a_report_is_sent_and_its_confirmation_heard)
{
        struct line *x = open_line(false);
        struct sl651_piece piece;

        put(x, 1000);
        pick_up(x);
        CHECK(hear(x, &piece));
        CHECK(!piece.garbage);
        answer(x, piece.bytes, SL651_ESC);
        CHECK_EQ(x->confirmed, 1);
        close_line(x);
}

TEST(it_dials_only_with_something_to_say_and_hangs_up_after_eot)
{
        struct line *x = open_line(true);
        struct sl651_piece piece;
        short events;

        turn(x);
        CHECK_EQ(dial_fd(x->dial, &events), -1);
        put(x, 1000);
        pick_up(x);
        CHECK(hear(x, &piece));
        answer(x, piece.bytes, SL651_EOT);
        CHECK_EQ(x->confirmed, 1);
        CHECK(!hear(x, &piece)); /* closed */
        CHECK_EQ(dial_fd(x->dial, &events), -1);
        close_line(x);
}

TEST(a_line_cut_in_the_frame_is_dialled_again_and_the_report_sent_again)
{
        struct line *x = open_line(false);
        struct sl651_piece piece;

        put(x, 1000);
        dial_harm(x->dial, DIAL_CUT);
        pick_up(x);
        CHECK(!hear(x, &piece)); /* half a frame, and the end */
        CHECK(sl651_stream_waiting(&x->in) > 0);
        x->now_us += SECOND_US;
        pick_up(x);
        CHECK(hear(x, &piece));
        CHECK(!piece.garbage);
        answer(x, piece.bytes, SL651_ESC);
        CHECK_EQ(x->confirmed, 1);
        close_line(x);
}

TEST(a_flipped_bit_is_sent_well_the_second_time)
{
        struct line *x = open_line(false);
        struct sl651_piece piece;

        put(x, 1000);
        dial_harm(x->dial, DIAL_FLIP);
        pick_up(x);
        x->now_us += 10 * SECOND_US; /* no answer comes */
        turn(x);
        do
                CHECK(hear(x, &piece));
        while (piece.garbage);
        answer(x, piece.bytes, SL651_ESC);
        CHECK_EQ(x->confirmed, 1);
        CHECK_EQ(terminal_counted(dial_terminal(x->dial))->repeats, 1);
        close_line(x);
}

TEST(a_line_that_is_away_comes_back_with_what_was_kept)
{
        struct line *x = open_line(false);
        struct sl651_piece piece;
        short events;

        put(x, 1000);
        pick_up(x);
        dial_away(x->dial, true, x->now_us);
        CHECK_EQ(dial_fd(x->dial, &events), -1);
        put(x, 2000);
        turn(x);
        CHECK_EQ(dial_fd(x->dial, &events), -1);
        dial_away(x->dial, false, x->now_us);
        pick_up(x);
        CHECK(hear(x, &piece));
        answer(x, piece.bytes, SL651_ESC);
        CHECK(hear(x, &piece));
        answer(x, piece.bytes, SL651_ESC);
        CHECK_EQ(x->confirmed, 2);
        close_line(x);
}

TEST(urls)
{
        char host[128], port[8];

        CHECK(dial_parse("tcp://127.0.0.1:5000", host, port));
        CHECK_STR(host, "127.0.0.1");
        CHECK_STR(port, "5000");
        CHECK(!dial_parse("127.0.0.1:5000", host, port));
        CHECK(!dial_parse("tcp://127.0.0.1", host, port));
        CHECK(!dial_parse("tcp://:5000", host, port));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_report_is_sent_and_its_confirmation_heard),
                RUN(it_dials_only_with_something_to_say_and_hangs_up_after_eot),
                RUN(a_line_cut_in_the_frame_is_dialled_again_and_the_report_sent_again),
                RUN(a_flipped_bit_is_sent_well_the_second_time),
                RUN(a_line_that_is_away_comes_back_with_what_was_kept),
                RUN(urls),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

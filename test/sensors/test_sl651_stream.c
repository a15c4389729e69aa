/* Tests of sensors/sl651_stream.c: a connection's bytes cut into frames. */
#include "sl651_frames.h"
#include "sl651_kit.h"

#include "sensors/sl651_stream.h"

#define SL427 "680A6830001234567801B1020384 16"
#define HJ212 "##0016QN=1;ST=32;CN=20C1A1\r\n"

static struct sl651_stream s;
static struct buf all, got, garbage;
static size_t n_frames, n_pieces;

/* Feeds t and writes what came out: frames to `got`, each with its length
 * before it, the rest to `garbage`. */
static void feed(struct text t)
{
        struct sl651_piece p;

        do {
                size_t n = sl651_stream_feed(&s, t);

                t.p += n;
                t.n -= n;
                while (sl651_stream_next(&s, &p)) {
                        n_pieces++;
                        if (p.garbage) {
                                buf_text(&garbage, p.bytes);
                                continue;
                        }
                        n_frames++;
                        buf_printf(&got, "[%s %zu]",
                                   sl651_protocol_name(p.protocol), p.bytes.n);
                        buf_text(&got, p.bytes);
                }
        } while (t.n > 0);
}

static void start(void)
{
        sl651_stream_done(&s);
        buf_clear(&got);
        buf_clear(&garbage);
        n_frames = n_pieces = 0;
}

static void add(const char *hex, bool with_garbage)
{
        kit_hex(&all, hex);
        if (with_garbage)
                buf_text(&all, TEXT("\x7E\x01"
                                    "12h#\x68\x03 junk~~"));
}

static void build(bool with_garbage)
{
        buf_clear(&all);
        kit_hex(&all, SL427);
        buf_str(&all, HJ212);
#define X(name, hex) add(hex, with_garbage);
        SL651_FRAMES(X)
#undef X
}

TEST(frames_do_not_depend_on_how_they_came)
{
        struct buf want = {.limit = 0};
        struct text t;
        size_t cut;

        build(false);
        t = buf_as_text(&all);
        start();
        feed(t);
        CHECK_EQ(n_frames, 36);
        CHECK_EQ(garbage.n, 0);
        buf_text(&want, buf_as_text(&got));
        for (cut = 1; cut < t.n; cut++) {
                start();
                feed((struct text){t.p, cut});
                feed((struct text){t.p + cut, t.n - cut});
                CHECK(text_eq(buf_as_text(&got), buf_as_text(&want)));
                CHECK_EQ(garbage.n, 0);
        }
        start();
        for (cut = 0; cut < t.n; cut++)
                feed((struct text){t.p + cut, 1});
        CHECK(text_eq(buf_as_text(&got), buf_as_text(&want)));
        CHECK_EQ(sl651_stream_waiting(&s), 0);
        CHECK(s.p == NULL); /* nothing held while nothing waits */
        buf_done(&want);
}

TEST(garbage_between_frames_costs_no_frame)
{
        struct text t;
        size_t cut, n;

        build(true);
        t = buf_as_text(&all);
        start();
        feed(t);
        CHECK_EQ(n_frames, 36);
        n = garbage.n + sl651_stream_waiting(&s); /* the last "~~" */
        CHECK_EQ(n, 34 * 15);
        for (cut = 1; cut < t.n; cut += 3) {
                start();
                feed((struct text){t.p, cut});
                feed((struct text){t.p + cut, t.n - cut});
                CHECK_EQ(n_frames, 36);
                CHECK_EQ(garbage.n + sl651_stream_waiting(&s), n);
        }
}

/* 7E 7E and a whole start of a frame within a body end nothing. */
TEST(a_start_within_a_body_is_no_start)
{
        struct buf one = {.limit = 0};

        kit_frame(&one, 0x35,
                  "0001231020030000F2F2 7E7E0100123456781234 2F000802");
        start();
        feed(buf_as_text(&one));
        feed(buf_as_text(&one));
        CHECK_EQ(n_frames, 2);
        CHECK_EQ(garbage.n, 0);
        buf_done(&one);
}

TEST(a_wrong_crc_is_one_piece_and_the_next_frame_is_whole)
{
        struct buf two = {.limit = 0};
        struct sl651_piece p;

        kit_hex(&two, "7E7E01001234567812342F0008020003591011155111036BCB");
        kit_hex(&two, "7E7E01001234567812342F0008020003591011155111036BCA");
        start();
        CHECK_EQ(sl651_stream_feed(&s, buf_as_text(&two)), two.n);
        CHECK(sl651_stream_next(&s, &p));
        CHECK(p.garbage);
        CHECK_EQ(p.reason, ERR_CRC);
        CHECK_EQ(p.bytes.n, two.n / 2);
        CHECK(sl651_stream_next(&s, &p));
        CHECK(!p.garbage);
        CHECK(!sl651_stream_next(&s, &p));
        buf_done(&two);
}

/* A length that grew swallows nothing: the frames after it come out. */
TEST(a_wrong_length_is_given_up)
{
        struct buf b = {.limit = 0};
        int i;

        kit_hex(&b, "7E7E01001234567812342F0FFF020003591011155111036BCA");
        for (i = 0; i < 3; i++)
                kit_hex(&b,
                        "7E7E01001234567812342F0008020003591011155111036BCA");
        start();
        feed(buf_as_text(&b));
        CHECK_EQ(n_frames, 0);
        CHECK_EQ(sl651_stream_waiting(&s), b.n);
        while (sl651_stream_waiting(&s) > 0) {
                sl651_stream_expire(&s);
                feed(TEXT(""));
        }
        CHECK_EQ(n_frames, 3);
        CHECK_EQ(garbage.n, b.n / 4);
        buf_done(&b);
}

TEST(noise_is_bounded_and_comes_out)
{
        char noise[3000];
        uint32_t x = 1;
        size_t i, round, fed = 0;

        start();
        for (round = 0; round < 50; round++) {
                for (i = 0; i < sizeof noise; i++) {
                        x = x * 1664525u + 1013904223u;
                        noise[i] = x >> 30 ? (char)(x >> 20) : 0x7E;
                }
                feed((struct text){noise, sizeof noise});
                fed += sizeof noise;
                CHECK(s.cap <= SL651_STREAM_MAX);
                CHECK_EQ(garbage.n + sl651_stream_waiting(&s), fed);
        }
        sl651_stream_done(&s);
}

/* What cannot be a head does not hold up what follows. */
TEST(an_impossible_head_does_not_wait)
{
        struct buf b = {.limit = 0};

        kit_hex(&b, "7E7E01001234567812342F3FFF02");
        start();
        feed(buf_as_text(&b));
        CHECK_EQ(sl651_stream_waiting(&s), 0);
        CHECK_EQ(garbage.n, b.n);
        buf_done(&b);
}

TEST(line_ends_are_no_harm)
{
        struct buf b = {.limit = 0};
        struct sl651_piece p;

        kit_hex(&b, "7E7E01001234567812342F0008020003591011155111036BCA0D0A");
        start();
        CHECK_EQ(sl651_stream_feed(&s, buf_as_text(&b)), b.n);
        CHECK(sl651_stream_next(&s, &p));
        CHECK(sl651_stream_next(&s, &p));
        CHECK(p.garbage);
        CHECK_EQ(p.reason, OK);
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(frames_do_not_depend_on_how_they_came),
                RUN(garbage_between_frames_costs_no_frame),
                RUN(a_start_within_a_body_is_no_start),
                RUN(a_wrong_crc_is_one_piece_and_the_next_frame_is_whole),
                RUN(a_wrong_length_is_given_up),
                RUN(noise_is_bounded_and_comes_out),
                RUN(an_impossible_head_does_not_wait),
                RUN(line_ends_are_no_harm),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

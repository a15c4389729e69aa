/* Tests of sensors/terminal.c: SL 651-2014 6.3 as a terminal keeps it. */
#include "check.h"

#include <stdlib.h>

#include "schemas/time.h"
#include "sensors/terminal.h"

#define ADDRESS "0012345678"
#define T0 INT64_C(1697731200000000) /* 2023-10-20 00:00 Beijing */
#define OWN_US (T0 + 123456)         /* its clock; frames carry seconds */

struct bench {
        struct terminal_config c;
        struct terminal *t;
        struct sl651_frame *f, *scratch;
        struct buf out;
        int64_t now_us;
        enum terminal_fate fate[8];
        uint64_t tag[8];
        uint32_t n_fates;
        struct sl651_head up; /* of what was sent last */
        uint16_t serial;
};

static void tell(void *self, uint64_t tag, enum terminal_fate fate)
{
        struct bench *b = self;

        b->tag[b->n_fates % 8] = tag;
        b->fate[b->n_fates++ % 8] = fate;
}

static struct bench *bench_open(enum sl651_mode mode)
{
        struct bench *b = calloc(1, sizeof *b);

        assert_non_null(b);
        b->f = calloc(1, sizeof *b->f);
        b->scratch = calloc(1, sizeof *b->scratch);
        terminal_config_init(&b->c, ADDRESS);
        b->c.mode = mode;
        b->now_us = SECOND_US;
        return b;
}

static void bench_start(struct bench *b)
{
        struct err e = {0};

        if (terminal_create(&b->c, b->scratch, tell, b, &b->t, &e) != OK)
                fail_msg("%s", e.msg);
        terminal_line(b->t, true, b->now_us);
}

static struct bench *bench(enum sl651_mode mode)
{
        struct bench *b = bench_open(mode);

        bench_start(b);
        return b;
}

static void done(struct bench *b)
{
        terminal_free(b->t);
        buf_done(&b->out);
        free(b->f);
        free(b->scratch);
        free(b);
}

static uint16_t level(struct bench *b, uint64_t tag, int64_t milli)
{
        struct err e = {0};
        uint16_t serial = 0;

        terminal_begin(b->t, b->f, 0x32, T0);
        assert_true(sl651_frame_add(b->f, ELEMENT_Z, false, milli, T0));
        if (terminal_put(b->t, b->f, tag, &serial, &e) != OK)
                fail_msg("%s", e.msg);
        return serial;
}

static void picture(struct bench *b, uint64_t tag, const char *bytes, size_t n)
{
        struct err e = {0};

        terminal_begin(b->t, b->f, 0x36, T0);
        assert_true(sl651_frame_span(b->f, SL651_SPAN_PICTURE,
                                     (struct text){bytes, n}, T0));
        if (terminal_put(b->t, b->f, tag, NULL, &e) != OK)
                fail_msg("%s", e.msg);
}

static enum terminal_act next(struct bench *b)
{
        enum terminal_act act = TERMINAL_WAIT;
        struct err e = {0};

        buf_clear(&b->out);
        if (terminal_next(b->t, b->now_us, OWN_US, &b->out, &act, &e) != OK)
                fail_msg("%s", e.msg);
        if (act == TERMINAL_SEND) {
                if (sl651_decode(buf_as_text(&b->out), NULL, b->f, &e) != OK)
                        fail_msg("%s", e.msg);
                b->up = b->f->head;
                if (!b->up.many || b->up.packet == 1)
                        b->serial = b->f->serial;
        }
        return act;
}

static void answer_as(struct bench *b, uint16_t serial, uint8_t end,
                      uint16_t packets, uint16_t packet)
{
        uint8_t a[SL651_ANSWER_MAX];
        size_t n = sl651_answer(&b->up, serial, T0, end, packets, packet, a);

        assert_true(n > 0);
        terminal_take(b->t, (struct text){(char *)a, n}, b->now_us, T0);
}

static void answer(struct bench *b, uint8_t end)
{
        answer_as(b, b->serial, end, 0, 0);
}

static void ask(struct bench *b, uint8_t function, int64_t from_us,
                int64_t to_us, enum element x)
{
        struct sl651_frame *f = b->f;
        struct buf out = {0};
        struct err e = {0};

        sl651_frame_init(f, function, ADDRESS, T0 + 90 * SECOND_US);
        f->head.downlink = true;
        f->head.end = SL651_ENQ;
        f->from_us = from_us;
        f->to_us = to_us;
        if (function != 0x37 && function != 0x4A) {
                f->n_asked = 1;
                f->asked[0].known = true;
                f->asked[0].element = x;
                f->asked[0].lead = element_info(x)->sl651_lead;
                f->asked[0].definition = x == ELEMENT_VT ? 0x12 : 0x23;
        }
        if (function == 0x38)
                f->step_us = 5 * MINUTE_US;
        if (sl651_encode(f, NULL, &out, &e) != OK)
                fail_msg("%02X: %s", function, e.msg);
        terminal_take(b->t, buf_as_text(&out), b->now_us, T0);
        buf_done(&out);
}

/* ---- M1 ---- */

TEST(m1_sends_and_forgets)
{
        struct bench *b = bench(SL651_M1);

        level(b, 7, 12340);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->up.function, 0x32);
        CHECK_EQ(b->up.end, SL651_ETX);
        CHECK_EQ(b->f->value[0].value_milli, 12340);
        CHECK_EQ(b->n_fates, 1);
        CHECK_EQ(b->fate[0], TERMINAL_SENT);
        CHECK_EQ(b->tag[0], 7);
        b->now_us += HOUR_US;
        CHECK_EQ(next(b), TERMINAL_WAIT);
        CHECK_EQ(terminal_counted(b->t)->keeps, 0);
        done(b);
}

/* ---- M2 ---- */

TEST(m2_sends_the_next_only_after_the_confirmation)
{
        struct bench *b = bench(SL651_M2);

        CHECK_EQ(level(b, 1, 1000), 1);
        CHECK_EQ(level(b, 2, 2000), 2);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->serial, 1);
        CHECK_EQ(next(b), TERMINAL_WAIT);
        answer(b, SL651_ESC);
        CHECK_EQ(b->fate[0], TERMINAL_CONFIRMED);
        CHECK_EQ(b->tag[0], 1);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->serial, 2);
        answer(b, SL651_EOT);
        CHECK_EQ(b->n_fates, 2);
        CHECK_EQ(terminal_waiting(b->t), 0);
        done(b);
}

static void repeats_twice(struct bench *b)
{
        struct buf first = {0};
        int i;

        level(b, 1, 1000);
        assert_int_equal(next(b), TERMINAL_SEND);
        buf_text(&first, buf_as_text(&b->out));
        for (i = 0; i < TERMINAL_REPEATS; i++) {
                b->now_us += b->c.answer_us - 1;
                assert_int_equal(next(b), TERMINAL_WAIT);
                b->now_us += 1;
                assert_int_equal(next(b), TERMINAL_SEND);
                assert_true(text_eq(buf_as_text(&first), buf_as_text(&b->out)));
        }
        b->now_us += b->c.answer_us;
        assert_int_equal(next(b), TERMINAL_HANG_UP);
        assert_int_equal(terminal_counted(b->t)->repeats, 2);
        assert_int_equal(terminal_counted(b->t)->given_up, 1);
        buf_done(&first);
}

TEST(it_repeats_twice_and_one_that_keeps_begins_again_later)
{
        struct bench *b = bench(SL651_M2);

        repeats_twice(b);
        CHECK_EQ(b->n_fates, 0);
        terminal_line(b->t, false, b->now_us);
        CHECK(!terminal_dials(b->t, b->now_us + b->c.redial_us - 1));
        CHECK_EQ(terminal_due_us(b->t), b->now_us + b->c.redial_us);
        b->now_us += b->c.redial_us;
        CHECK(terminal_dials(b->t, b->now_us));
        terminal_line(b->t, true, b->now_us);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->serial, 1);
        answer(b, SL651_EOT);
        CHECK_EQ(b->fate[0], TERMINAL_CONFIRMED);
        done(b);
}

TEST(one_that_does_not_keep_has_lost_it)
{
        struct bench *b = bench_open(SL651_M2);

        b->c.keeps = false;
        bench_start(b);
        repeats_twice(b);
        CHECK_EQ(b->n_fates, 1);
        CHECK_EQ(b->fate[0], TERMINAL_LOST);
        CHECK_EQ(terminal_waiting(b->t), 0);
        done(b);
}

TEST(what_is_not_its_own_confirms_nothing)
{
        struct bench *b = bench(SL651_M2);
        uint8_t a[SL651_ANSWER_MAX];
        struct sl651_head other;
        size_t n;

        level(b, 1, 1000);
        next(b);
        answer_as(b, 9, SL651_EOT, 0, 0); /* another serial */
        answer(b, SL651_ACK);             /* there is no next packet */
        other = b->up;
        snprintf(other.address, sizeof other.address, "0012345679");
        n = sl651_answer(&other, b->serial, T0, SL651_EOT, 0, 0, a);
        terminal_take(b->t, (struct text){(char *)a, n}, b->now_us, T0);
        other = b->up;
        other.function = 0x33;
        n = sl651_answer(&other, b->serial, T0, SL651_EOT, 0, 0, a);
        terminal_take(b->t, (struct text){(char *)a, n}, b->now_us, T0);
        CHECK_EQ(b->n_fates, 0);
        CHECK_EQ(terminal_counted(b->t)->strange, 4);
        n = sl651_answer(&b->up, b->serial, T0, SL651_EOT, 0, 0, a);
        a[n / 2] ^= 1;
        terminal_take(b->t, (struct text){(char *)a, n}, b->now_us, T0);
        CHECK_EQ(terminal_counted(b->t)->broken, 1);
        CHECK_EQ(b->n_fates, 0);
        done(b);
}

TEST(m2_waits_after_each_packet)
{
        struct bench *b = bench_open(SL651_M2);
        char bytes[250];

        memset(bytes, 'x', sizeof bytes);
        b->c.packet_bytes = 100;
        bench_start(b);
        picture(b, 1, bytes, sizeof bytes);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->up.packets, 3);
        CHECK_EQ(b->up.packet, 1);
        CHECK_EQ(b->up.end, SL651_ETB);
        CHECK_EQ(next(b), TERMINAL_WAIT);
        answer_as(b, b->serial, SL651_EOT, 3, 1); /* too early */
        CHECK_EQ(b->n_fates, 0);
        answer_as(b, b->serial, SL651_ACK, 3, 1);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->up.packet, 2);
        answer_as(b, b->serial, SL651_ACK, 3, 2);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->up.packet, 3);
        CHECK_EQ(b->up.end, SL651_ETX);
        answer_as(b, b->serial, SL651_EOT, 3, 3);
        CHECK_EQ(b->fate[0], TERMINAL_CONFIRMED);
        done(b);
}

/* ---- M3 ---- */

static struct bench *m3(void)
{
        static char bytes[350];
        struct bench *b = bench_open(SL651_M3);
        int i;

        memset(bytes, 'y', sizeof bytes);
        b->c.packet_bytes = 100;
        bench_start(b);
        picture(b, 1, bytes, sizeof bytes);
        for (i = 1; i <= 4; i++) {
                assert_int_equal(next(b), TERMINAL_SEND);
                assert_int_equal(b->up.packet, i);
                assert_int_equal(b->up.end, i == 4 ? SL651_ETX : SL651_ETB);
        }
        assert_int_equal(next(b), TERMINAL_WAIT);
        return b;
}

TEST(m3_waits_once_for_all_packets)
{
        struct bench *b = m3();

        answer_as(b, b->serial, SL651_ESC, 4, 4);
        CHECK_EQ(b->fate[0], TERMINAL_CONFIRMED);
        CHECK_EQ(terminal_counted(b->t)->frames, 4);
        done(b);
}

TEST(m3_sends_the_packet_again_that_nak_names_and_ends_it_with_etx)
{
        struct bench *b = m3();

        answer_as(b, b->serial, SL651_NAK, 4, 2);
        answer_as(b, b->serial, SL651_NAK, 4, 3);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->up.packet, 2);
        CHECK_EQ(b->up.end, SL651_ETX);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->up.packet, 3);
        CHECK_EQ(next(b), TERMINAL_WAIT);
        CHECK_EQ(terminal_counted(b->t)->naks, 2);
        answer_as(b, b->serial, SL651_EOT, 4, 4);
        CHECK_EQ(b->fate[0], TERMINAL_CONFIRMED);
        done(b);
}

TEST(m3_sends_a_named_packet_twice_and_then_gives_up)
{
        struct bench *b = m3();
        int i;

        for (i = 0; i < TERMINAL_REPEATS; i++) {
                answer_as(b, b->serial, SL651_NAK, 4, 2);
                CHECK_EQ(next(b), TERMINAL_SEND);
        }
        answer_as(b, b->serial, SL651_NAK, 4, 2);
        CHECK_EQ(next(b), TERMINAL_HANG_UP);
        CHECK_EQ(b->n_fates, 0);
        CHECK_EQ(terminal_waiting(b->t), 1);
        done(b);
}

/* ---- serial, link-keep, the line ---- */

TEST(serials_run_to_65535_and_begin_at_1)
{
        struct bench *b = bench_open(SL651_M1);
        uint16_t serial = 0;
        uint32_t i;

        b->c.memory_max = 0;
        bench_start(b);
        for (i = 1; i <= 65535; i++) {
                serial = level(b, i, 1);
                buf_clear(&b->out);
                enum terminal_act act;
                terminal_next(b->t, b->now_us, T0, &b->out, &act, NULL);
        }
        CHECK_EQ(serial, 65535);
        CHECK_EQ(level(b, 0, 1), 1);
        done(b);
}

TEST(link_keep_bears_the_last_serial_and_does_not_count)
{
        struct bench *b = bench(SL651_M2);

        level(b, 1, 1);
        next(b);
        answer(b, SL651_ESC);
        b->now_us += b->c.keep_us - 1;
        CHECK_EQ(next(b), TERMINAL_WAIT);
        CHECK_EQ(terminal_due_us(b->t), b->now_us + 1);
        b->now_us += 1;
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->up.function, 0x2F);
        CHECK_EQ(b->f->sent_us, T0);
        CHECK_EQ(b->serial, 1);
        CHECK_EQ(next(b), TERMINAL_WAIT); /* 2F has no downlink */
        CHECK_EQ(level(b, 2, 1), 2);
        done(b);
}

TEST(esc_keeps_it_on_line_for_ten_minutes_and_eot_lets_it_go)
{
        struct bench *b = bench_open(SL651_M2);

        b->c.hangs_up = true;
        b->c.keep_us = 0;
        bench_start(b);
        level(b, 1, 1);
        next(b);
        answer(b, SL651_ESC);
        b->now_us += TERMINAL_STAY_US - 1;
        CHECK_EQ(next(b), TERMINAL_WAIT);
        b->now_us += 1;
        CHECK_EQ(next(b), TERMINAL_HANG_UP);
        terminal_line(b->t, false, b->now_us);
        CHECK(!terminal_dials(b->t, b->now_us));
        level(b, 2, 1);
        CHECK(terminal_dials(b->t, b->now_us));
        terminal_line(b->t, true, b->now_us);
        next(b);
        answer(b, SL651_EOT);
        CHECK_EQ(next(b), TERMINAL_HANG_UP);
        done(b);
}

TEST(a_lost_line_begins_the_report_again)
{
        struct bench *b = bench(SL651_M2);

        level(b, 1, 1);
        next(b);
        b->now_us += b->c.answer_us;
        CHECK_EQ(next(b), TERMINAL_SEND); /* the first repeat */
        terminal_line(b->t, false, b->now_us);
        CHECK_EQ(next(b), TERMINAL_WAIT);
        terminal_line(b->t, true, b->now_us);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->serial, 1);
        b->now_us += b->c.answer_us;
        CHECK_EQ(next(b), TERMINAL_SEND);
        b->now_us += b->c.answer_us;
        CHECK_EQ(next(b), TERMINAL_SEND); /* two of them again */
        done(b);
}

TEST(a_full_store_pushes_out_the_oldest_that_is_not_under_way)
{
        struct bench *b = bench_open(SL651_M2);

        b->c.reports_max = 3;
        bench_start(b);
        level(b, 1, 1);
        level(b, 2, 2);
        level(b, 3, 3);
        next(b);
        level(b, 4, 4);
        CHECK_EQ(b->fate[0], TERMINAL_PUSHED_OUT);
        CHECK_EQ(b->tag[0], 2);
        CHECK_EQ(terminal_waiting(b->t), 3);
        answer(b, SL651_ESC);
        CHECK_EQ(b->tag[1], 1);
        next(b);
        CHECK_EQ(b->f->value[0].value_milli, 3);
        done(b);
}

/* ---- queries ---- */

static void an_hour_of_levels(struct bench *b)
{
        struct err e = {0};
        int i;

        for (i = 0; i <= 12; i++) {
                terminal_begin(b->t, b->f, 0x32, T0);
                sl651_frame_add(b->f, ELEMENT_Z, false, 10000 + i * 10,
                                T0 + i * 5 * MINUTE_US);
                sl651_frame_add(b->f, ELEMENT_VT, false, 12000,
                                T0 + i * 5 * MINUTE_US);
                if (terminal_put(b->t, b->f, 0, NULL, &e) != OK)
                        fail_msg("%s", e.msg);
                assert_int_equal(next(b), TERMINAL_SEND);
                answer(b, SL651_ESC);
        }
}

TEST(a_query_of_now_is_answered_with_the_newest_of_each)
{
        struct bench *b = bench(SL651_M2);

        an_hour_of_levels(b);
        ask(b, 0x37, TIME_NONE, TIME_NONE, ELEMENT_Z);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->up.function, 0x37);
        CHECK_EQ(b->serial, 14);
        CHECK_EQ(b->f->n_values, 2);
        CHECK_EQ(b->f->value[0].value_milli, 10120);
        CHECK_EQ(b->f->value[1].element, ELEMENT_VT);
        CHECK_EQ(b->f->value[1].time_us, T0 + HOUR_US);
        CHECK_EQ(next(b), TERMINAL_WAIT);
        done(b);
}

TEST(a_query_of_a_period_is_answered_from_the_store)
{
        struct bench *b = bench(SL651_M2);

        an_hour_of_levels(b);
        ask(b, 0x38, T0, T0 + HOUR_US, ELEMENT_Z);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->up.function, 0x38);
        CHECK_EQ(b->f->n_values, 13);
        CHECK_EQ(b->f->value[3].value_milli, 10030);
        CHECK_EQ(b->f->value[3].time_us, T0 + 15 * MINUTE_US);
        done(b);
}

TEST(a_query_of_an_element_is_answered_with_it_alone)
{
        struct bench *b = bench(SL651_M2);

        an_hour_of_levels(b);
        ask(b, 0x3A, TIME_NONE, TIME_NONE, ELEMENT_VT);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->f->n_values, 1);
        CHECK_EQ(b->f->value[0].element, ELEMENT_VT);
        ask(b, 0x3A, TIME_NONE, TIME_NONE, ELEMENT_Q); /* it has none */
        CHECK_EQ(next(b), TERMINAL_WAIT);
        CHECK_EQ(terminal_counted(b->t)->unanswered, 1);
        done(b);
}

TEST(the_centre_sets_its_clock)
{
        struct bench *b = bench(SL651_M2);

        ask(b, 0x4A, TIME_NONE, TIME_NONE, ELEMENT_Z);
        CHECK_EQ(terminal_clock_step_us(b->t), 90 * SECOND_US);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->up.function, 0x4A);
        done(b);
}

/* ---- ASCII, F4 ---- */

TEST(ascii_is_another_spelling_of_the_same)
{
        struct bench *b = bench_open(SL651_M2);

        b->c.ascii = true;
        bench_start(b);
        level(b, 1, 6380);
        CHECK_EQ(next(b), TERMINAL_SEND);
        CHECK_EQ(b->out.p[0], SL651_SOH);
        CHECK_EQ(b->f->value[0].value_milli, 6380);
        answer(b, SL651_EOT);
        CHECK_EQ(b->fate[0], TERMINAL_CONFIRMED);
        done(b);
}

TEST(f4_carries_what_is_over_25_4_to_the_next_slot)
{
        int64_t slot[12] = {0, 40000, 0, 1000}, next_hour[12] = {500};
        int64_t carry = 0;

        slot[11] = 60000;
        terminal_cap_rain(slot, &carry);
        CHECK_EQ(slot[1], 25400);
        CHECK_EQ(slot[2], 14600);
        CHECK_EQ(slot[3], 1000);
        CHECK_EQ(slot[11], 25400);
        CHECK_EQ(carry, 34600);
        terminal_cap_rain(next_hour, &carry);
        CHECK_EQ(next_hour[0], 25400);
        CHECK_EQ(next_hour[1], 9700);
        CHECK_EQ(carry, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(m1_sends_and_forgets),
                RUN(m2_sends_the_next_only_after_the_confirmation),
                RUN(it_repeats_twice_and_one_that_keeps_begins_again_later),
                RUN(one_that_does_not_keep_has_lost_it),
                RUN(what_is_not_its_own_confirms_nothing),
                RUN(m2_waits_after_each_packet),
                RUN(m3_waits_once_for_all_packets),
                RUN(m3_sends_the_packet_again_that_nak_names_and_ends_it_with_etx),
                RUN(m3_sends_a_named_packet_twice_and_then_gives_up),
                RUN(serials_run_to_65535_and_begin_at_1),
                RUN(link_keep_bears_the_last_serial_and_does_not_count),
                RUN(esc_keeps_it_on_line_for_ten_minutes_and_eot_lets_it_go),
                RUN(a_lost_line_begins_the_report_again),
                RUN(a_full_store_pushes_out_the_oldest_that_is_not_under_way),
                RUN(a_query_of_now_is_answered_with_the_newest_of_each),
                RUN(a_query_of_a_period_is_answered_from_the_store),
                RUN(a_query_of_an_element_is_answered_with_it_alone),
                RUN(the_centre_sets_its_clock),
                RUN(ascii_is_another_spelling_of_the_same),
                RUN(f4_carries_what_is_over_25_4_to_the_next_slot),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

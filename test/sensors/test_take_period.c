/* Tests of sensors/take_period.c: reports that a terminal lost are seen,
 * asked for with 38H, closed by what comes, or given up. */
#include "line_desk.h"

#include "sensors/gap.h"

#define BEGIN "2023-10-20T02:00:00+08:00"
#define OTHER "tcp/192.0.2.7:40001/18"

/* ---- what A1 says ---- */

static int64_t minute(int n)
{
        return at(BEGIN) + n * MINUTE_US;
}

/* A timed report of so many minutes after 02:00, as it is measured. */
static void report_as(uint8_t function, uint16_t serial, int n, bool ascii)
{
        d.now_us = minute(n);
        begin(function, A1, serial, BEGIN);
        f.head.ascii = ascii;
        f.sent_us = minute(n);
        f.station_class[0] = 'H';
        assert_true(sl651_frame_add(&f, ELEMENT_Z, false, 1000 + n, minute(n)));
        tcp_from(n % 2 ? OTHER : CONNECTION, sealed());
        assert_int_equal(desk_refused(&d), OK);
}

static void report(uint16_t serial, int n)
{
        report_as(0x32, serial, n, false);
}

/* An answer to 38H: levels every five minutes from..to, not after it. */
static void answer_38(int from, int to)
{
        int i;

        begin(0x38, A1, 1, BEGIN);
        f.sent_us = d.now_us - d.now_us % SECOND_US;
        f.step_us = 5 * MINUTE_US;
        f.station_class[0] = 'H';
        for (i = from; i <= to; i += 5)
                assert_true(sl651_frame_add(&f, ELEMENT_Z, false, 1000 + i,
                                            minute(i)));
        tcp(sealed());
        assert_int_equal(desk_refused(&d), OK);
}

static void pass(int64_t seconds)
{
        struct record r = {.kind = RECORD_TICK};

        d.now_us += seconds * SECOND_US;
        r.seq = ++d.seq;
        r.real_us = d.now_us;
        effects_clear(&d.fx);
        sensors_tick_gaps(d.s, &d.p, d.now_us, d.seq, &d.fx);
        assert_int_equal(
                sensors_tick_terminals(d.s, &d.p, &r, d.now_us, &d.fx, &d.e),
                OK);
}

static void may_be_asked(void)
{
        station(0)->terminal.ask = true;
}

/* The question that went out, the i-th of the bytes; its frame in f. */
static void question(uint32_t i)
{
        struct err e = {0};
        struct text t;

        assert_true(i < d.fx.n_downlink);
        t = (struct text){(char *)d.fx.downlink[i].bytes, d.fx.downlink[i].n};
        if (sl651_decode(t, NULL, &f, &e) != OK)
                fail_msg("%s", e.msg);
        assert_int_equal(f.head.function, 0x38);
        assert_true(f.head.downlink);
        assert_int_equal(f.head.end, SL651_ENQ);
}

static const struct gap *gap(void)
{
        assert_int_equal(sensors_n_gaps(d.s), 1);
        return sensors_gap(d.s, 0);
}

/* ---- seen ---- */

TEST(reports_in_their_order_leave_no_gap)
{
        report(65534, 0);
        report(65535, 5);
        report(1, 10);
        report(3, 15); /* a number is missing, but no time for it */
        report(4, 60); /* time is missing, but no number */
        CHECK_EQ(sensors_n_gaps(d.s), 0);
}

TEST(lost_reports_of_a_terminal_that_cannot_be_asked_are_peoples)
{
        report(1, 0);
        report(4, 20);
        CHECK_EQ(answer(), SL651_EOT);
        CHECK_EQ(gap()->missing, 2); /* there was time for three */
        CHECK(gap()->is_period && gap()->mute);
        CHECK_EQ(gap()->since_us, minute(0));
        CHECK_EQ(gap()->until_us, minute(20));
        CHECK_EQ(gap()->state, GAP_OPEN);
        CHECK_EQ(gap_owner(gap()), GAP_OF_PEOPLE);
        CHECK_EQ(d.fx.n_gap, 1);
        CHECK_EQ(sensors_counts(d.s)->gaps_seen, 1);
        pass(3600);
        CHECK_EQ(d.fx.n_downlink + d.fx.n_gap, 0);
}

TEST(numbers_that_begin_anew_are_counted_by_time)
{
        report(100, 0);
        report(1, 20);
        CHECK_EQ(gap()->missing, 3);
}

TEST(an_hours_pause_is_asked_for_no_further_than_two_days_back)
{
        report(1, 0);
        report(2000, 72 * 60);
        CHECK_EQ(gap()->since_us, minute(24 * 60));
        CHECK_EQ(gap()->missing, 48 * 12 - 1);
}

TEST(a_test_report_shows_no_gap)
{
        report(1, 0);
        report_as(0x30, 9, 20, false);
        CHECK_EQ(sensors_n_gaps(d.s), 0);
}

/* ---- asked ---- */

TEST(who_can_be_asked_is_told_to_stay_and_asked)
{
        may_be_asked();
        report(1, 0);
        CHECK_EQ(answer(), SL651_EOT);
        report(4, 20);
        CHECK_EQ(d.fx.n_downlink, 2);
        CHECK_EQ(answer_head(0).end, SL651_ESC);
        CHECK_STR(d.fx.downlink[1].to, CONNECTION);
        CHECK_EQ(d.fx.downlink[1].seq, d.seq);
        CHECK_EQ(gap()->asked, 1);
        CHECK_EQ(gap_owner(gap()), GAP_OF_STATION);
        CHECK_EQ(d.fx.n_gap, 2); /* seen, asked */
        question(1);
        CHECK_STR(f.head.address, A1);
        CHECK_EQ(f.head.centre, 1);
        CHECK_EQ(f.from_us, minute(0));
        CHECK_EQ(f.to_us, minute(60));
        CHECK_EQ(f.step_us, 5 * MINUTE_US);
        CHECK_EQ(f.n_asked, 1);
        CHECK_EQ(f.asked[0].element, ELEMENT_Z);
}

TEST(the_answer_closes_it)
{
        may_be_asked();
        report(1, 0);
        report(4, 20);
        answer_38(0, 15);
        CHECK_EQ(sensors_n_gaps(d.s), 0);
        CHECK_EQ(d.fx.n_gap, 1);
        CHECK_EQ(d.fx.gap[0].gap.state, GAP_FILLED);
        CHECK_EQ(d.fx.gap[0].gap.missing, 0);
        CHECK_EQ(d.fx.gap[0].lost, 0);
        CHECK_EQ(sensors_counts(d.s)->gaps_filled, 1);
        CHECK_EQ(d.fx.n_downlink, 0);
        report(5, 25); /* the answer's own serial is no report's */
        CHECK_EQ(sensors_n_gaps(d.s), 0);
        CHECK_EQ(counted(0, LINE_SERIAL_JUMP), 1);
}

TEST(a_late_report_closes_it_too)
{
        report(1, 0);
        report(3, 15);
        CHECK_EQ(gap()->missing, 1);
        begin(0x33, A1, 2, BEGIN);
        f.sent_us = d.now_us - d.now_us % SECOND_US;
        f.station_class[0] = 'H';
        CHECK(sl651_frame_add(&f, ELEMENT_Z, false, 7, minute(5)));
        tcp(sealed());
        CHECK_EQ(sensors_n_gaps(d.s), 0);
}

TEST(what_was_there_before_is_no_answer)
{
        report(1, 0);
        d.now_us = minute(20);
        begin(0x32, A1, 4, BEGIN); /* one value it still had */
        f.sent_us = minute(20);
        CHECK(sl651_frame_add(&f, ELEMENT_Z, false, 5, minute(10)));
        CHECK(sl651_frame_add(&f, ELEMENT_Z, false, 5, minute(20)));
        tcp(sealed());
        CHECK_EQ(gap()->missing, 2);
        answer_38(5, 10);
        CHECK_EQ(gap()->missing, 1);
}

TEST(half_an_answer_is_asked_again_when_the_terminal_speaks)
{
        may_be_asked();
        report(1, 0);
        report(4, 20);
        answer_38(5, 5);
        CHECK_EQ(gap()->missing, 1);
        CHECK_EQ(d.fx.n_downlink, 0); /* not at once */
        pass(100);
        CHECK_EQ(d.fx.n_downlink, 0); /* it has hung up */
        report(5, 25);
        CHECK_EQ(answer_head(0).end, SL651_ESC);
        CHECK_EQ(d.fx.n_downlink, 2);
        CHECK_STR(d.fx.downlink[1].to, OTHER);
        CHECK_EQ(gap()->asked, 2);
        answer_38(10, 10);
        CHECK_EQ(sensors_n_gaps(d.s), 0);
        report(6, 30);
        CHECK_EQ(answer(), SL651_EOT);
}

TEST(a_line_that_stays_is_asked_by_the_clock_more_and_more_seldom)
{
        uint32_t asked = 1, i;

        station(0)->terminal.mode = SL651_M4; /* without sl651_ask */
        report(1, 0);
        report(4, 20);
        CHECK_EQ(d.fx.n_downlink, 2);
        for (i = 0; i < 3600; i += 10) {
                pass(10);
                if (d.fx.n_downlink)
                        question(0);
                asked += d.fx.n_downlink;
                CHECK_EQ(gap()->asked, asked);
        }
        CHECK_EQ(asked, 7); /* after 30, 60, 120... s */
        CHECK_EQ(gap_owner(gap()), GAP_OF_PEOPLE);
}

TEST(after_a_day_it_is_a_hole)
{
        struct station_book book;
        int i;

        may_be_asked();
        report(1, 0);
        report(4, 20);
        for (i = 0; i < 24 * 60; i++)
                pass(60);
        CHECK_EQ(gap()->state, GAP_HOLE);
        CHECK_EQ(d.fx.gap[0].lost, 2);
        CHECK_EQ(gap()->asked, 1); /* it never spoke again */
        CHECK(sensors_book(d.s, &d.p, 0, d.now_us, &book));
        CHECK_EQ(book.lost, 2);
        CHECK_EQ(book.holes, 1);
        report(5, 24 * 60 + 21);
        CHECK_EQ(d.fx.n_downlink, 1);
        answer_38(5, 10); /* late is better than never */
        CHECK(sensors_book(d.s, &d.p, 0, d.now_us, &book));
        CHECK_EQ(book.lost, 0);
        CHECK_EQ(book.holes, 0);
}

TEST(by_mqtt_the_question_goes_to_its_topic)
{
        may_be_asked();
        report(1, 0);
        d.now_us = minute(20);
        begin(0x32, A1, 4, BEGIN);
        f.sent_us = minute(20);
        CHECK(sl651_frame_add(&f, ELEMENT_Z, false, 5, minute(20)));
        desk_take(&d, "sanfang/v1/st/A1/up/sl651", sealed());
        CHECK_EQ(d.fx.n_downlink, 2);
        CHECK(!d.fx.downlink[1].is_tcp);
        CHECK_STR(d.fx.downlink[1].to, "A1");
        pass(31);
        CHECK_EQ(d.fx.n_downlink, 1);
        question(0);
}

TEST(in_ascii_it_is_asked_in_ascii)
{
        may_be_asked();
        report_as(0x32, 1, 0, true);
        report_as(0x32, 4, 20, true);
        CHECK_EQ(d.fx.n_downlink, 2);
        question(1);
        CHECK(f.head.ascii);
        CHECK_EQ(f.asked[0].element, ELEMENT_Z);
}

/* ---- beside other gaps, over a restart, bounds ---- */

TEST(numbers_in_json_and_periods_do_not_mix)
{
        may_be_asked();
        report(1, 0);
        report(4, 20);
        desk_obs(&d, "{'station':'A1','boot':1697738400,'seq':1,'obs':["
                     "{'element':'Q','value':1}]}");
        desk_obs(&d, "{'station':'A1','boot':1697738400,'seq':3,'obs':["
                     "{'element':'Q','value':1}]}");
        CHECK_EQ(sensors_n_gaps(d.s), 2);
        desk_obs(&d, "{'station':'A1','boot':1697738400,'seq':2,'obs':["
                     "{'element':'Q','value':1}]}");
        CHECK_EQ(gap()->missing, 2);
        CHECK(gap()->is_period);
}

TEST(a_snapshot_keeps_it)
{
        struct sensors_config c = sensors_defaults();
        struct buf one = {0}, two = {0};
        struct unpack u;

        may_be_asked();
        report(1, 0);
        report(4, 20);
        sensors_save(d.s, &one);
        sensors_free(d.s);
        CHECK_EQ(sensors_create(&c, &d.s, &d.e), OK);
        u = (struct unpack){one.p, one.n, false};
        CHECK_EQ(sensors_load(d.s, &u, &d.e), OK);
        CHECK(!u.failed && u.n == 0);
        sensors_save(d.s, &two);
        CHECK_EQ(one.n, two.n);
        CHECK(memcmp(one.p, two.p, one.n) == 0);
        report(5, 25);
        CHECK_EQ(d.fx.n_downlink, 2);
        answer_38(5, 10);
        CHECK_EQ(sensors_n_gaps(d.s), 0);
        buf_done(&one);
        buf_done(&two);
}

TEST(one_station_has_no_more_than_sixteen)
{
        int i;

        for (i = 0; i < 20; i++)
                report((uint16_t)(1 + 3 * i), 20 * i);
        CHECK_EQ(sensors_n_gaps(d.s), GAPS_PER_SENDER);
        CHECK_EQ(sensors_counts(d.s)->gaps_dropped, 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(reports_in_their_order_leave_no_gap),
                CASE(lost_reports_of_a_terminal_that_cannot_be_asked_are_peoples),
                CASE(numbers_that_begin_anew_are_counted_by_time),
                CASE(an_hours_pause_is_asked_for_no_further_than_two_days_back),
                CASE(a_test_report_shows_no_gap),
                CASE(who_can_be_asked_is_told_to_stay_and_asked),
                CASE(the_answer_closes_it),
                CASE(a_late_report_closes_it_too),
                CASE(what_was_there_before_is_no_answer),
                CASE(half_an_answer_is_asked_again_when_the_terminal_speaks),
                CASE(a_line_that_stays_is_asked_by_the_clock_more_and_more_seldom),
                CASE(after_a_day_it_is_a_hole),
                CASE(by_mqtt_the_question_goes_to_its_topic),
                CASE(in_ascii_it_is_asked_in_ascii),
                CASE(numbers_in_json_and_periods_do_not_mix),
                CASE(a_snapshot_keeps_it),
                CASE(one_station_has_no_more_than_sixteen),
        };
        int failed = cmocka_run_group_tests(tests, NULL, NULL);

        buf_done(&out);
        return failed;
}

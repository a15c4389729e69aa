/* Tests of sensors/take_sl651.c: terminals that are in no book yet. */
#include "line_desk.h"

#include "sensors/applicant.h"

#define NEW "0044556677"
#define ELSEWHERE "tcp/192.0.2.9:40001/18"

/* ---- strangers ---- */

/* A timed report of the stranger. */
static struct text strange(uint16_t serial, int64_t milli)
{
        begin(0x32, NEW, serial, NOW);
        f.station_class[0] = 'H';
        add(ELEMENT_Z, milli, NOW);
        return sealed();
}

static const struct applicant_note *first(void)
{
        assert_int_equal(sensors_n_applicants(d.s), 1);
        return sensors_applicant(d.s, 0);
}

TEST(a_strangers_report_waits_and_is_confirmed)
{
        tcp(strange(7, 1250));
        CHECK_EQ(desk_refused(&d), ERR_UNKNOWN_STATION);
        CHECK_EQ(first()->waiting, 1);
        CHECK_STR(first()->name, NEW);
        CHECK_EQ(answer(), SL651_EOT);
        CHECK_STR(d.fx.downlink[0].to, CONNECTION);
        CHECK_EQ(d.fx.downlink[0].seq, d.seq); /* not before it is kept */
        CHECK_EQ(d.fx.downlink[0].bytes[15], 7);
        CHECK_STR(answer_head(0).address, NEW);
        CHECK_EQ(d.fx.n_observation, 0);
}

TEST(sent_again_from_elsewhere_it_waits_once)
{
        tcp(strange(7, 1250));
        tcp_from(ELSEWHERE, strange(7, 1250));
        CHECK_EQ(answer(), SL651_EOT);
        CHECK_STR(d.fx.downlink[0].to, ELSEWHERE);
        CHECK_EQ(first()->waiting, 1);
        CHECK_EQ(first()->count, 2);
}

TEST(a_stranger_that_keeps_its_link_is_told_to_stay)
{
        begin(0x2F, NEW, 1, NOW);
        tcp(sealed());
        CHECK_EQ(d.fx.n_downlink, 0);
        CHECK_EQ(first()->waiting, 0); /* nothing to wait for */
        CHECK_EQ(first()->count, 1);
        tcp(strange(2, 1250));
        CHECK_EQ(answer(), SL651_ESC);
        CHECK_EQ(first()->waiting, 1);
}

TEST(by_mqtt_a_stranger_is_confirmed_on_its_topic)
{
        desk_take(&d, "sanfang/v1/st/NEW/up/sl651", strange(7, 1250));
        CHECK_EQ(answer(), SL651_ESC);
        CHECK(!d.fx.downlink[0].is_tcp);
        CHECK_STR(d.fx.downlink[0].to, "NEW");
        CHECK_STR(first()->name, "NEW");
}

TEST(who_is_not_wanted_hears_nothing)
{
        tcp(strange(7, 1250));
        CHECK_EQ(sensors_dismiss(d.s, NEW, &d.fx, &d.e), OK);
        tcp(strange(8, 1260));
        CHECK_EQ(d.fx.n_downlink, 0);
        CHECK_EQ(first()->waiting, 0);
}

TEST(what_finds_no_room_is_not_confirmed)
{
        char address[11];
        uint32_t i;

        for (i = 0; i <= APPLICANTS_MAX; i++) {
                snprintf(address, sizeof address, "441%07X", i);
                begin(0x32, address, 1, NOW);
                add(ELEMENT_Z, 1, NOW);
                tcp(sealed());
                CHECK_EQ(answer(), i < APPLICANTS_MAX ? SL651_EOT : 0);
        }
        CHECK_EQ(sensors_counts(d.s)->applicants_full, 1);
}

TEST(a_packet_of_many_waits_in_silence)
{
        static char jpeg[900];
        struct buf body = {0}, packet = {0};
        uint32_t k;

        begin(0x36, NEW, 1, NOW);
        CHECK(sl651_frame_span(&f, SL651_SPAN_PICTURE,
                               (struct text){jpeg, sizeof jpeg}, at(NOW)));
        CHECK_EQ(sl651_encode_body(&f, NULL, &body, NULL), OK);
        for (k = 1; k <= 4; k++) {
                buf_clear(&packet);
                CHECK_EQ(sl651_packet(&f.head, buf_as_text(&body), 300, k,
                                      false, &packet, NULL),
                         OK);
                tcp(buf_as_text(&packet));
                CHECK_EQ(d.fx.n_downlink, 0);
        }
        CHECK_EQ(first()->waiting, 4);
        buf_done(&body);
        buf_done(&packet);
}

TEST(what_cannot_be_read_is_not_confirmed)
{
        struct sl651_head h = {.centre = 1, .address = NEW, .function = 0x32};
        struct buf frame = {0};

        CHECK_EQ(sl651_seal(&h, TEXT("\x01\x02\x03"), &frame, NULL), OK);
        tcp(buf_as_text(&frame));
        CHECK_EQ(desk_refused(&d), ERR_UNKNOWN_STATION);
        CHECK_EQ(d.fx.n_downlink, 0);
        buf_done(&frame);
}

TEST(admitted_its_report_is_taken_once_and_nobody_is_answered)
{
        uint32_t taken = 0;
        uint64_t seq;

        tcp(strange(7, 1250));
        seq = d.seq;
        tcp(strange(8, 1260));
        desk_station(&d, "NEW", NEW);
        effects_clear(&d.fx);
        CHECK_EQ(sensors_admit(d.s, &d.p, NEW, &d.fx, &taken, &d.e), OK);
        CHECK_EQ(taken, 2);
        CHECK_EQ(d.fx.n_observation, 2);
        CHECK_EQ(d.fx.observation[0].value_milli, 1250);
        CHECK_EQ(d.fx.observation[0].seq, seq);
        CHECK_EQ(d.fx.n_downlink, 0);
        tcp(strange(8, 1260)); /* its confirmation was lost */
        CHECK_EQ(d.fx.n_observation, 0);
        CHECK_EQ(answer(), SL651_EOT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(a_strangers_report_waits_and_is_confirmed),
                CASE(sent_again_from_elsewhere_it_waits_once),
                CASE(a_stranger_that_keeps_its_link_is_told_to_stay),
                CASE(by_mqtt_a_stranger_is_confirmed_on_its_topic),
                CASE(who_is_not_wanted_hears_nothing),
                CASE(what_finds_no_room_is_not_confirmed),
                CASE(a_packet_of_many_waits_in_silence),
                CASE(what_cannot_be_read_is_not_confirmed),
                CASE(admitted_its_report_is_taken_once_and_nobody_is_answered),
        };
        int failed = cmocka_run_group_tests(tests, NULL, NULL);

        buf_done(&out);
        return failed;
}

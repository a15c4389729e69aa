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

/* ---- a vendor's own elements ---- */

#define TABLE                                                           \
        "{\"what\":\"sl651_vendor\",\"vendor\":\"acme\",\"elements\":[" \
        "{\"lead\":\"FF10\",\"element\":\"M20\",\"decimals\":1}]}"

/* FF10 with 345 as three BCD digits and one decimal, of A1. */
static struct text of_vendor(uint16_t serial)
{
        struct sl651_head h = {.centre = 1, .address = A1, .function = 0x32};
        char body[26] = "\x00\x00\x23\x10\x20\x03\x00\x00\xF1\xF1"
                        "\x00\x12\x34\x56\x78\x48\xF0\xF0\x23\x10\x20"
                        "\x03\x00";
        char value[] = "\xFF\x10\x11\x03\x45";
        struct buf b = {0};

        body[1] = (char)serial;
        buf_add(&b, body, 23);
        buf_add(&b, value, 5);
        buf_clear(&out);
        assert_int_equal(sl651_seal(&h, buf_as_text(&b), &out, NULL), OK);
        buf_done(&b);
        return buf_as_text(&out);
}

static void restart(void)
{
        struct sensors_config c = sensors_defaults();
        struct buf one = {0};
        struct unpack u;

        sensors_save(d.s, &one);
        sensors_free(d.s);
        assert_int_equal(sensors_create(&c, &d.s, &d.e), OK);
        u = (struct unpack){one.p, one.n, false};
        assert_int_equal(sensors_load(d.s, &u, &d.e), OK);
        assert_true(!u.failed && u.n == 0);
        buf_done(&one);
}

TEST(a_stations_vendor_says_what_its_own_elements_are)
{
        CHECK_EQ(sensors_vendor(d.s, TEXT(TABLE), &d.e), OK);
        tcp(of_vendor(1));
        CHECK_EQ(desk_refused(&d), OK);
        CHECK_EQ(d.fx.n_observation, 0); /* A1 names no vendor */
        CHECK_EQ(counted(0, SL651_DEV_UNKNOWN_USER), 1);
        text_copy(station(0)->terminal.vendor, SL651_VENDOR_MAX + 1,
                  TEXT("acme"));
        restart(); /* a snapshot keeps the table */
        tcp(of_vendor(2));
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(d.fx.observation[0].element, ELEMENT_M20);
        CHECK_EQ(d.fx.observation[0].value_milli, 34500);
        CHECK_EQ(counted(0, SL651_DEV_UNKNOWN_USER), 1);
}

TEST(a_vendors_table_is_replaced_and_taken_away)
{
        text_copy(station(0)->terminal.vendor, SL651_VENDOR_MAX + 1,
                  TEXT("acme"));
        CHECK_EQ(sensors_vendor(d.s, TEXT(TABLE), &d.e), OK);
        CHECK_EQ(sensors_vendor(
                         d.s,
                         TEXT("{\"vendor\":\"acme\",\"elements\":[{\"lead\":"
                              "\"FF10\",\"element\":\"M10\"}]}"),
                         &d.e),
                 OK);
        tcp(of_vendor(1));
        CHECK_EQ(d.fx.observation[0].element, ELEMENT_M10);
        CHECK_EQ(sensors_vendor(d.s,
                                TEXT("{\"vendor\":\"acme\",\"remove\":true}"),
                                &d.e),
                 OK);
        tcp(of_vendor(2));
        CHECK_EQ(d.fx.n_observation, 0);
        CHECK_EQ(answer(), SL651_EOT);
        CHECK_EQ(sensors_vendor(d.s,
                                TEXT("{\"vendor\":\"acme\",\"remove\":true}"),
                                &d.e),
                 ERR_UNKNOWN);
}

TEST(vendors_tables_are_bounded)
{
        char table[80];
        int i;

        for (i = 0; i <= 32; i++) {
                snprintf(table, sizeof table,
                         "{\"vendor\":\"v%d\",\"elements\":[]}", i);
                CHECK_EQ(sensors_vendor(d.s, text_of(table), &d.e),
                         i < 32 ? OK : ERR_FULL);
        }
}

/* ---- what a person at the station types ---- */

/* 35H of A1 with a level for 03:00, sent so many seconds later. */
static struct text typed(uint16_t serial, int seconds, int64_t milli)
{
        begin(0x35, A1, serial, NOW);
        f.sent_us += seconds * SECOND_US;
        f.station_class[0] = 'H';
        add(ELEMENT_Z, milli, NOW);
        return sealed();
}

static int64_t newest_z(void)
{
        struct newest n = {0};

        assert_true(sensors_newest(d.s, 0, ELEMENT_Z, &n));
        return n.value_milli;
}

TEST(a_manual_report_amends_where_the_station_may)
{
        struct station_book book;

        station(0)->terminal.amends = true;
        tcp(level(1, NOW, 9050));
        tcp(typed(2, 1, 9950));
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(d.fx.observation[0].marks, MARK_REVISED);
        CHECK_EQ(d.fx.observation[0].value_milli, 9950);
        CHECK_EQ(d.fx.observation[0].seq, d.seq);
        CHECK_EQ(answer(), SL651_EOT);
        CHECK_EQ(newest_z(), 9950);
        CHECK(sensors_book(d.s, &d.p, 0, d.now_us, &book));
        CHECK_EQ(book.amended, 1);
        CHECK_EQ(book.conflicts, 0);
        tcp(typed(3, 2, 9950)); /* the same value: nothing to amend */
        CHECK_EQ(d.fx.observation[0].marks, MARK_DUPLICATE);
}

TEST(elsewhere_a_manual_report_is_a_conflict)
{
        tcp(level(1, NOW, 9050));
        tcp(typed(2, 1, 9950));
        CHECK_EQ(d.fx.observation[0].marks, MARK_CONFLICT);
        CHECK_EQ(newest_z(), 9050);
}

TEST(a_machines_report_never_amends)
{
        station(0)->terminal.amends = true;
        tcp(level(1, NOW, 9050));
        tcp(level(2, "2023-10-20T03:00:01+08:00", 9950));
        CHECK_EQ(d.fx.observation[0].marks, MARK_CONFLICT);
        CHECK_EQ(newest_z(), 9050);
}

TEST(an_old_manual_report_that_comes_again_does_not_amend)
{
        uint16_t i;

        station(0)->terminal.amends = true;
        tcp(typed(1, 0, 9050));
        tcp(typed(2, 1, 9950));
        CHECK_EQ(newest_z(), 9950);
        for (i = 0; i < LINE_HEARD; i++) /* the first is forgotten */
                tcp(level((uint16_t)(3 + i), "2023-10-20T03:00:10+08:00",
                          9950));
        tcp(typed(1, 0, 9050));
        CHECK_EQ(d.fx.observation[0].marks, MARK_CONFLICT);
        CHECK_EQ(newest_z(), 9950);
}

TEST(what_cannot_be_does_not_amend)
{
        station(0)->terminal.amends = true;
        tcp(level(1, NOW, 9050));
        begin(0x35, A1, 2, NOW);
        f.sent_us += SECOND_US;
        CHECK(sl651_frame_add(&f, ELEMENT_Z, true, 0, at(NOW))); /* missing */
        tcp(sealed());
        CHECK_EQ(newest_z(), 9050);
        CHECK_EQ(d.fx.observation[0].marks & MARK_REVISED, 0);
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
                CASE(a_stations_vendor_says_what_its_own_elements_are),
                CASE(a_vendors_table_is_replaced_and_taken_away),
                CASE(vendors_tables_are_bounded),
                CASE(a_manual_report_amends_where_the_station_may),
                CASE(elsewhere_a_manual_report_is_a_conflict),
                CASE(a_machines_report_never_amends),
                CASE(an_old_manual_report_that_comes_again_does_not_amend),
                CASE(what_cannot_be_does_not_amend),
        };
        int failed = cmocka_run_group_tests(tests, NULL, NULL);

        buf_done(&out);
        return failed;
}

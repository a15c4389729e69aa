/* Tests of sensors/take_sl651.c, take_packet.c, take_answer.c and line.c:
 * what a terminal sends, is told, and how it is counted. */
#include "line_desk.h"

/* ---- tests ---- */

TEST(a_frame_by_tcp_finds_its_station_and_is_confirmed)
{
        tcp(level(1, NOW, 9050));
        CHECK_EQ(desk_refused(&d), OK);
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(d.fx.observation[0].station, 0);
        CHECK_EQ(d.fx.observation[0].value_milli, 9050);
        CHECK_EQ(d.fx.observation[0].marks, 0);
        CHECK_EQ(answer(), SL651_EOT);
        CHECK_STR(d.fx.downlink[0].to, CONNECTION);
        CHECK(d.fx.downlink[0].is_tcp);
        CHECK_EQ(d.fx.downlink[0].seq, d.seq);
        CHECK_EQ(d.fx.downlink[0].bytes[15], 1); /* its serial */
        CHECK_EQ(sensors_line(d.s, 0)->frames, 1);
        CHECK_EQ(conform_total(&sensors_line(d.s, 0)->conform), 0);
}

TEST(who_keeps_the_link_is_told_to_stay)
{
        begin(0x2F, A1, 7, NOW);
        tcp(sealed());
        CHECK_EQ(desk_refused(&d), OK);
        CHECK_EQ(d.fx.n_downlink, 0); /* 2F wants none */
        CHECK_EQ(d.fx.n_station, 1);  /* but it lives */
        tcp(level(8, NOW, 1));
        CHECK_EQ(answer(), SL651_ESC);
}

TEST(by_mqtt_the_answer_goes_to_the_topics_station)
{
        desk_take(&d, "sanfang/v1/st/A1/up/sl651", level(1, NOW, 9050));
        CHECK_EQ(desk_refused(&d), OK);
        CHECK_EQ(answer(), SL651_ESC);
        CHECK(!d.fx.downlink[0].is_tcp);
        CHECK_STR(d.fx.downlink[0].to, "A1");
}

TEST(m1_waits_for_no_answer)
{
        station(0)->terminal.mode = SL651_M1;
        tcp(level(1, NOW, 9050));
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(d.fx.n_downlink, 0);
}

TEST(ascii_is_answered_in_ascii)
{
        begin(0x32, A1, 1, NOW);
        f.head.ascii = true;
        f.station_class[0] = 'H';
        add(ELEMENT_Z, 6380, NOW);
        tcp(sealed());
        CHECK_EQ(desk_refused(&d), OK);
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(answer(), SL651_EOT);
        CHECK(answer_head(0).ascii);
}

TEST(a_repeat_is_confirmed_again_and_taken_once)
{
        int i;

        tcp(level(1, NOW, 9050));
        for (i = 0; i < 2; i++) {
                tcp(level(1, NOW, 9050));
                CHECK_EQ(d.fx.n_observation, 0);
                CHECK_EQ(answer(), SL651_EOT);
        }
        CHECK_EQ(counted(0, LINE_REPEATS), 0); /* 6.3 allows two */
        tcp(level(1, NOW, 9050));
        CHECK_EQ(answer(), SL651_EOT);
        CHECK_EQ(counted(0, LINE_REPEATS), 1);
        CHECK_EQ(sensors_counts(d.s)->frames_again, 3);
}

TEST(an_old_report_replayed_changes_nothing)
{
        tcp(level(1, NOW, 9050));
        tcp(level(2, "2023-10-20T03:00:01+08:00", 9060));
        CHECK_EQ(counted(0, LINE_REPLAY), 0);
        tcp(level(1, NOW, 9050));
        CHECK_EQ(d.fx.n_observation, 0);
        CHECK_EQ(answer(), SL651_EOT);
        CHECK_EQ(counted(0, LINE_REPLAY), 1);
}

TEST(other_content_under_the_same_serial_and_time_is_not_lost)
{
        tcp(level(1, NOW, 9050));
        tcp(level(1, NOW, 9051));
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(d.fx.observation[0].marks, MARK_CONFLICT);
        CHECK_EQ(counted(0, LINE_SERIAL_REUSED), 1);
}

TEST(serials_that_jump_or_stand_are_counted)
{
        tcp(level(65534, NOW, 1));
        tcp(level(65535, "2023-10-20T03:00:01+08:00", 1));
        tcp(level(1, "2023-10-20T03:00:02+08:00", 1)); /* as they wrap */
        CHECK_EQ(conform_total(&sensors_line(d.s, 0)->conform), 0);
        tcp(level(3, "2023-10-20T03:00:03+08:00", 1));
        CHECK_EQ(counted(0, LINE_SERIAL_JUMP), 1);
        tcp(level(3, "2023-10-20T03:00:04+08:00", 1));
        CHECK_EQ(counted(0, LINE_SERIAL_STUCK), 1);
}

TEST(password_and_centre_are_the_stations)
{
        station(0)->terminal.password = 0x1234;
        station(0)->terminal.centre = 5;
        begin(0x32, A1, 1, NOW);
        f.head.centre = 5;
        f.head.password = 0x1235;
        add(ELEMENT_Z, 1, NOW);
        tcp(sealed());
        CHECK_EQ(desk_refused(&d), ERR_MISMATCH);
        CHECK(strstr(d.fx.refused[0].detail, "password") != NULL);
        CHECK_EQ(d.fx.n_observation + d.fx.n_downlink, 0);
        f.head.password = 0x1234;
        f.head.centre = 6;
        tcp(sealed());
        CHECK_EQ(desk_refused(&d), ERR_MISMATCH);
        CHECK(strstr(d.fx.refused[0].detail, "centre 6") != NULL);
        CHECK_EQ(d.fx.n_observation + d.fx.n_downlink, 0);
        f.head.centre = 5;
        tcp(sealed());
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(counted(0, LINE_PASSWORD), 1);
        CHECK_EQ(counted(0, LINE_OTHER_CENTRE), 1);
}

TEST(an_unknown_terminal_is_named)
{
        begin(0x32, "4409811234", 1, NOW);
        add(ELEMENT_Z, 1, NOW);
        tcp(sealed());
        CHECK_EQ(desk_refused(&d), ERR_UNKNOWN_STATION);
        CHECK(strstr(d.fx.refused[0].detail, "4409811234") != NULL);
        CHECK_STR(d.fx.refused[0].topic, "tcp/192.0.2.7");
}

TEST(a_broken_frame_gets_silence_and_is_kept)
{
        struct text t = level(1, NOW, 9050);

        ((char *)t.p)[t.n - 1] ^= 1;
        tcp(t);
        CHECK_EQ(desk_refused(&d), ERR_CRC);
        CHECK_EQ(d.fx.refused[0].n_raw, t.n);
        CHECK_EQ(d.fx.n_downlink, 0);
        desk_take(&d, "sanfang/v1/st/A1/up/sl651", t);
        CHECK_EQ(desk_refused(&d), ERR_CRC);
        CHECK_EQ(counted(0, LINE_BROKEN), 1); /* by MQTT we know whose */
        CHECK_EQ(d.fx.n_deviation, 1);
        CHECK_STR(d.fx.deviation[0].kind, "broken");
}

TEST(other_protocols_are_named_and_kept)
{
        tcp(TEXT("##0101QN=20160801085857223;ST=32;CN=1062"));
        CHECK_EQ(desk_refused(&d), ERR_UNSUPPORTED);
        tcp(TEXT("\x68\x03\x68\x01\x02\x03\x16"));
        CHECK_EQ(desk_refused(&d), ERR_UNSUPPORTED);
        CHECK_EQ(d.fx.n_downlink, 0);
}

TEST(a_clock_that_is_off_marks_its_values)
{
        tcp(level(1, "2023-10-20T02:56:00+08:00", 1));
        CHECK_EQ(d.fx.observation[0].marks, 0);
        CHECK_EQ(sensors_line(d.s, 0)->clock_offset_us, -4 * MINUTE_US);
        begin(0x32, A1, 2, "2023-10-20T02:50:00+08:00");
        add(ELEMENT_Z, 2, "2023-10-20T02:50:00+08:00");
        tcp(sealed());
        CHECK_EQ(d.fx.observation[0].marks & MARK_CLOCK, MARK_CLOCK);
        CHECK(marks_usable(MARK_CLOCK));
        CHECK_EQ(counted(0, LINE_CLOCK), 1);
        CHECK_EQ(answer(), SL651_EOT);
}

TEST(what_lies_in_the_future_is_kept_and_confirmed)
{
        begin(0x32, A1, 1, "2023-10-20T04:00:00+08:00");
        add(ELEMENT_Z, 2, "2023-10-20T04:00:00+08:00");
        tcp(sealed());
        CHECK_EQ(desk_refused(&d), ERR_FUTURE);
        CHECK_EQ(d.fx.n_observation, 0);
        CHECK_EQ(answer(), SL651_EOT); /* again would not help */
        CHECK_EQ(counted(0, LINE_FUTURE), 1);
        CHECK_EQ(counted(0, LINE_CLOCK), 1);
}

/* A1's frame with a block of A2 (0000000002) behind its own. */
static struct text two_blocks(uint16_t serial)
{
        begin(0x32, A1, serial, NOW);
        add(ELEMENT_Z, 1000, NOW);
        snprintf(f.address[1], sizeof f.address[1], "0000000002");
        f.n_addresses = 2;
        f.station_class[0] = f.station_class[1] = 'H';
        add(ELEMENT_Z, 2000, NOW);
        f.value[1].station = 1;
        return sealed();
}

TEST(each_block_goes_to_its_own_station)
{
        snprintf(station(1)->via, sizeof station(1)->via, "A1");
        desk_station(&d, "A2", "0000000002");
        snprintf(station(1)->via, sizeof station(1)->via, "A1");
        tcp(two_blocks(1));
        CHECK_EQ(d.fx.n_refused, 0);
        CHECK_EQ(d.fx.n_observation, 2);
        CHECK_EQ(d.fx.observation[0].station, 0);
        CHECK_EQ(d.fx.observation[0].value_milli, 1000);
        CHECK_EQ(d.fx.observation[1].station, 1);
        CHECK_EQ(d.fx.observation[1].value_milli, 2000);
        CHECK_EQ(d.fx.n_downlink, 1);
}

TEST(a_block_that_is_not_his_is_refused_alone)
{
        desk_station(&d, "A2", "0000000002");
        tcp(two_blocks(1));
        CHECK_EQ(desk_refused(&d), ERR_MISMATCH);
        CHECK(strstr(d.fx.refused[0].detail, "A2") != NULL);
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(d.fx.observation[0].station, 0);
        CHECK_EQ(answer(), SL651_EOT);
        CHECK_EQ(counted(0, LINE_FOREIGN), 1);
        desk_station(&d, "A2", "");
        tcp(two_blocks(2));
        CHECK_EQ(desk_refused(&d), ERR_UNKNOWN_STATION);
        CHECK_EQ(sensors_counts(d.s)->blocks_refused, 2);
}

TEST(several_stations_on_one_connection)
{
        desk_station(&d, "A2", "0000000002");
        tcp(level(1, NOW, 1000));
        CHECK_EQ(d.fx.observation[0].station, 0);
        begin(0x32, "0000000002", 1, NOW);
        add(ELEMENT_Z, 2000, NOW);
        tcp(sealed());
        CHECK_EQ(d.fx.observation[0].station, 1);
        CHECK_STR(d.fx.downlink[0].to, CONNECTION);
}

TEST(on_a_topic_only_those_it_reports_for)
{
        begin(0x32, "0000000002", 1, NOW);
        add(ELEMENT_Z, 2000, NOW);
        sealed();
        desk_station(&d, "A2", "0000000002");
        desk_take(&d, "sanfang/v1/st/A1/up/sl651", buf_as_text(&out));
        CHECK_EQ(desk_refused(&d), ERR_MISMATCH);
        snprintf(station(1)->via, sizeof station(1)->via, "A1");
        desk_take(&d, "sanfang/v1/st/A1/up/sl651", buf_as_text(&out));
        CHECK_EQ(desk_refused(&d), OK);
        CHECK_EQ(d.fx.observation[0].station, 1);
        CHECK_STR(d.fx.downlink[0].to, "A1");
}

TEST(texts_are_kept_beside_the_values)
{
        begin(0x35, A1, 1, NOW);
        CHECK(sl651_frame_span(&f, SL651_SPAN_TEXT, TEXT("Q 1.234"), at(NOW)));
        tcp(sealed());
        CHECK_EQ(d.fx.n_refused, 0);
        CHECK_EQ(d.fx.n_attachment, 1);
        CHECK_STR(d.fx.attachment[0].kind, "text");
        CHECK_EQ(d.fx.attachment[0].n, 7);
        CHECK(memcmp(d.fx.attachment[0].bytes, "Q 1.234", 7) == 0);
        CHECK_EQ(answer(), SL651_EOT);
}

TEST(two_reports_read_at_once_did_not_wait)
{
        struct text t = level(1, NOW, 1);
        int64_t now = d.now_us;

        tcp(t);
        d.now_us = now;
        tcp(level(2, "2023-10-20T03:00:01+08:00", 1));
        CHECK_EQ(counted(0, LINE_NO_WAIT), 1);
        CHECK_EQ(d.fx.n_observation, 1);
}

/* An hour of 5-minute rain with PT at the end of it, as stations send. */
static void hour_of_rain(uint16_t serial)
{
        int i;

        begin(0x34, A1, serial, NOW);
        f.station_class[0] = 'P';
        for (i = 0; i < 12; i++)
                assert_true(
                        sl651_frame_add(&f, ELEMENT_DRP, false, 500,
                                        at(NOW) - (11 - i) * 5 * MINUTE_US));
        add(ELEMENT_PT, 6000, NOW);
        tcp(sealed());
}

TEST(the_time_of_an_array_is_held_against_whom_the_book_says)
{
        hour_of_rain(1);
        CHECK_EQ(d.fx.n_observation, 13);
        CHECK_EQ(counted(0, LINE_SLOTS), 0); /* PT has a time of its own */
        station(0)->terminal.slots = SL651_SLOTS_LAST;
        hour_of_rain(2);
        CHECK_EQ(counted(0, LINE_SLOTS), 1);
}

/* ---- many packets ---- */

static char picture[2000];
static struct buf packet[8];

/* A picture of A1 in packets of 300 bytes; returns how many. */
static uint32_t cut_picture(uint16_t serial)
{
        struct buf body = {0};
        uint32_t n, k;

        for (k = 0; k < sizeof picture; k++)
                picture[k] = (char)(k * 31 + k / 256);
        begin(0x36, A1, serial, NOW);
        assert_true(sl651_frame_span(&f, SL651_SPAN_PICTURE,
                                     (struct text){picture, sizeof picture},
                                     at(NOW)));
        assert_int_equal(sl651_encode_body(&f, NULL, &body, NULL), OK);
        n = sl651_packets(body.n, 300);
        assert_int_equal(n, 7);
        for (k = 0; k < n; k++) {
                buf_clear(&packet[k]);
                assert_int_equal(sl651_packet(&f.head, buf_as_text(&body), 300,
                                              k + 1, false, &packet[k], NULL),
                                 OK);
        }
        buf_done(&body);
        return n;
}

static void send_packet(uint32_t k) /* from 1 */
{
        tcp(buf_as_text(&packet[k - 1]));
}

static void check_picture(void)
{
        assert_int_equal(d.fx.n_attachment, 1);
        assert_string_equal(d.fx.attachment[0].kind, "picture");
        assert_int_equal(d.fx.attachment[0].n, sizeof picture);
        assert_true(memcmp(d.fx.attachment[0].bytes, picture, sizeof picture) ==
                    0);
        assert_int_equal(answer(), SL651_EOT);
        assert_int_equal(answer_head(0).packet, 7);
        assert_int_equal(answer_head(0).packets, 7);
}

TEST(a_picture_of_many_packets_gets_one_answer)
{
        uint32_t k;
        uint64_t bytes;

        station(0)->terminal.mode = SL651_M3;
        cut_picture(9);
        for (k = 1; k < 7; k++) {
                send_packet(k);
                CHECK_EQ(d.fx.n_downlink + d.fx.n_refused, 0);
                CHECK_EQ(d.fx.n_station, 1);
        }
        CHECK_EQ(sensors_collecting(d.s, &bytes), 1);
        send_packet(7);
        check_picture();
        CHECK_EQ(sensors_collecting(d.s, &bytes), 0);
        CHECK_EQ(bytes, 0);
        send_packet(7); /* its answer was lost */
        CHECK_EQ(d.fx.n_attachment, 0);
        CHECK_EQ(answer(), SL651_EOT);
        CHECK_EQ(sensors_collecting(d.s, &bytes), 0);
}

TEST(in_m2_each_packet_is_acknowledged)
{
        cut_picture(9);
        send_packet(1);
        CHECK_EQ(answer(), SL651_ACK);
        CHECK_EQ(answer_head(0).packet, 1);
}

TEST(a_missing_packet_is_asked_for_by_its_number)
{
        uint32_t k;

        station(0)->terminal.mode = SL651_M3;
        cut_picture(9);
        for (k = 1; k <= 7; k++)
                if (k != 3 && k != 5)
                        send_packet(k);
        CHECK_EQ(d.fx.n_downlink, 2);
        CHECK_EQ(answer_head(0).end, SL651_NAK);
        CHECK_EQ(answer_head(0).packet, 3);
        CHECK_EQ(answer_head(1).packet, 5);
        send_packet(3);
        CHECK_EQ(d.fx.n_downlink, 0); /* the other is on its way */
        tick(5);
        CHECK_EQ(d.fx.n_downlink, 0);
        tick(6);
        CHECK_EQ(d.fx.n_downlink, 1);
        CHECK_EQ(answer_head(0).end, SL651_NAK);
        CHECK_EQ(answer_head(0).packet, 5);
        send_packet(5);
        check_picture();
}

TEST(after_two_questions_it_is_kept_incomplete)
{
        uint64_t bytes;
        uint32_t k;

        station(0)->terminal.mode = SL651_M3;
        cut_picture(9);
        for (k = 1; k <= 7; k++)
                if (k != 3)
                        send_packet(k);
        CHECK_EQ(d.fx.n_downlink, 1);
        tick(11);
        CHECK_EQ(d.fx.n_downlink, 1);
        tick(11);
        CHECK_EQ(d.fx.n_downlink, 0);
        CHECK_EQ(desk_refused(&d), ERR_TOO_FEW);
        CHECK(strstr(d.fx.refused[0].detail, " 3 of 7") != NULL);
        CHECK(d.fx.refused[0].n_raw > 1500);
        CHECK_STR(d.fx.refused[0].topic, "tcp/192.0.2.7");
        CHECK_EQ(sensors_collecting(d.s, &bytes), 0);
        CHECK_EQ(counted(0, LINE_PACKETS), 1);
        CHECK_EQ(sensors_counts(d.s)->messages_given_up, 1);
}

TEST(a_new_picture_ends_the_old_one)
{
        station(0)->terminal.mode = SL651_M3;
        cut_picture(9);
        send_packet(1);
        send_packet(2);
        cut_picture(10);
        send_packet(1);
        CHECK_EQ(desk_refused(&d), ERR_TOO_FEW);
        CHECK_EQ(counted(0, LINE_PACKETS), 1);
}

TEST(no_more_messages_are_collected_than_allowed)
{
        char address[11], code[16];
        struct text t;
        uint32_t i;

        for (i = 0; i <= LINES_COLLECTING; i++) {
                snprintf(address, sizeof address, "44090000%02X", i);
                snprintf(code, sizeof code, "M%u", i);
                desk_station(&d, code, address);
                begin(0x36, address, 1, NOW);
                CHECK(sl651_frame_span(&f, SL651_SPAN_PICTURE,
                                       (struct text){picture, 600}, at(NOW)));
                buf_clear(&out);
                buf_clear(&packet[0]);
                CHECK_EQ(sl651_encode_body(&f, NULL, &out, NULL), OK);
                t = buf_as_text(&out);
                CHECK_EQ(sl651_packet(&f.head, t, 300, 1, false, &packet[0],
                                      NULL),
                         OK);
                tcp(buf_as_text(&packet[0]));
                CHECK_EQ(desk_refused(&d),
                         i < LINES_COLLECTING ? OK : ERR_FULL);
        }
        CHECK_EQ(sensors_counts(d.s)->packets_full, 1);
        CHECK_EQ(d.fx.n_downlink, 0); /* not kept, not confirmed */
}

/* ---- memory over a restart ---- */

static void restart(void)
{
        struct sensors_config c = sensors_defaults();
        struct buf one = {0}, two = {0};
        struct unpack u;

        sensors_save(d.s, &one);
        sensors_free(d.s);
        assert_int_equal(sensors_create(&c, &d.s, &d.e), OK);
        u = (struct unpack){one.p, one.n, false};
        assert_int_equal(sensors_load(d.s, &u, &d.e), OK);
        assert_int_equal(u.n, 0);
        sensors_save(d.s, &two);
        assert_int_equal(one.n, two.n);
        assert_true(memcmp(one.p, two.p, one.n) == 0);
        buf_done(&one);
        buf_done(&two);
}

TEST(a_snapshot_keeps_all_of_it)
{
        uint32_t k;

        station(0)->terminal.mode = SL651_M3;
        tcp(level(1, "2023-10-20T02:50:00+08:00", 9050));
        cut_picture(2);
        for (k = 1; k < 6; k++)
                send_packet(k);
        restart();
        CHECK_EQ(counted(0, LINE_CLOCK), 1);
        tcp(level(1, "2023-10-20T02:50:00+08:00", 9050));
        CHECK_EQ(d.fx.n_observation, 0); /* known from before */
        CHECK_EQ(answer(), SL651_EOT);
        send_packet(7);
        CHECK_EQ(answer_head(0).packet, 6);
        restart();
        send_packet(6);
        check_picture();
        restart();
        send_packet(6);
        CHECK_EQ(d.fx.n_attachment, 0);
        CHECK_EQ(answer(), 0); /* ETB: no answer in M3 */
}

/* A1's clock is ten minutes slow. */
static void slow_clock(uint16_t serial)
{
        begin(0x32, A1, serial, "2023-10-20T02:50:00+08:00");
        f.station_class[0] = 'H';
        f.sent_us += serial * SECOND_US;
        add(ELEMENT_Z, serial, "2023-10-20T02:50:00+08:00");
        tcp(sealed());
}

TEST(a_departure_is_told_at_once_and_then_once_a_minute)
{
        slow_clock(1);
        CHECK_EQ(d.fx.n_deviation, 1);
        CHECK_STR(d.fx.deviation[0].kind, "clock");
        CHECK_EQ(d.fx.deviation[0].count, 1);
        CHECK_EQ(d.fx.deviation[0].seq, d.seq);
        slow_clock(2);
        CHECK_EQ(d.fx.n_deviation, 0);
        d.now_us += MINUTE_US;
        slow_clock(3);
        CHECK_EQ(d.fx.n_deviation, 1);
        CHECK_EQ(d.fx.deviation[0].count, 3);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(a_frame_by_tcp_finds_its_station_and_is_confirmed),
                CASE(who_keeps_the_link_is_told_to_stay),
                CASE(by_mqtt_the_answer_goes_to_the_topics_station),
                CASE(m1_waits_for_no_answer),
                CASE(ascii_is_answered_in_ascii),
                CASE(a_repeat_is_confirmed_again_and_taken_once),
                CASE(an_old_report_replayed_changes_nothing),
                CASE(other_content_under_the_same_serial_and_time_is_not_lost),
                CASE(serials_that_jump_or_stand_are_counted),
                CASE(password_and_centre_are_the_stations),
                CASE(an_unknown_terminal_is_named),
                CASE(a_broken_frame_gets_silence_and_is_kept),
                CASE(other_protocols_are_named_and_kept),
                CASE(a_clock_that_is_off_marks_its_values),
                CASE(what_lies_in_the_future_is_kept_and_confirmed),
                CASE(each_block_goes_to_its_own_station),
                CASE(a_block_that_is_not_his_is_refused_alone),
                CASE(several_stations_on_one_connection),
                CASE(on_a_topic_only_those_it_reports_for),
                CASE(texts_are_kept_beside_the_values),
                CASE(two_reports_read_at_once_did_not_wait),
                CASE(the_time_of_an_array_is_held_against_whom_the_book_says),
                CASE(a_picture_of_many_packets_gets_one_answer),
                CASE(in_m2_each_packet_is_acknowledged),
                CASE(a_missing_packet_is_asked_for_by_its_number),
                CASE(after_two_questions_it_is_kept_incomplete),
                CASE(a_new_picture_ends_the_old_one),
                CASE(no_more_messages_are_collected_than_allowed),
                CASE(a_snapshot_keeps_all_of_it),
                CASE(a_departure_is_told_at_once_and_then_once_a_minute),
        };
        int failed = cmocka_run_group_tests(tests, NULL, NULL);
        size_t k;

        buf_done(&out);
        for (k = 0; k < 8; k++)
                buf_done(&packet[k]);
        return failed;
}

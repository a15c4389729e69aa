/* Tests of sensors/take.c: what happens to a message. */
#include "desk_case.h"

#include "sensors/sender.h"

TEST(a_value_is_taken)
{
        struct newest n;

        desk_value(&d, "Z", "9.05", "02:55");
        CHECK_EQ(desk_marks(&d), 0);
        CHECK_EQ(d.fx.observation[0].value_milli, 9050);
        CHECK_EQ(d.fx.observation[0].received_us, d.now_us);
        CHECK_EQ(d.fx.n_station, 1);
        CHECK_EQ(d.fx.n_kept, 0); /* no boot and seq: no receipt */
        CHECK(sensors_newest(d.s, 0, ELEMENT_Z, &n));
        CHECK_EQ(n.value_milli, 9050);
        CHECK(!n.has_before);
        CHECK(!sensors_newest(d.s, 0, ELEMENT_Q, &n));
        CHECK(!sensors_newest(d.s, 1, ELEMENT_Z, &n));
        CHECK_EQ(sensors_last_seen(d.s, 0), d.now_us);
        CHECK_EQ(sensors_last_seen(d.s, 1), TIME_NONE);
        CHECK_EQ(sensors_counts(d.s)->observations, 1);
        CHECK_EQ(sensors_counts(d.s)->messages[TOPIC_OBS], 1);
}

TEST(the_value_an_hour_before_is_known)
{
        struct newest n;

        desk_value(&d, "Z", "1", "01:00");
        desk_value(&d, "Z", "2", "01:55");
        desk_value(&d, "Z", "3", "02:00");
        desk_value(&d, "Z", "4", "02:55");
        CHECK(sensors_newest(d.s, 0, ELEMENT_Z, &n));
        CHECK(n.has_before);
        CHECK_EQ(n.before_milli, 2000);
}

TEST(repeats_conflicts_and_lateness_are_marked)
{
        struct newest n;

        desk_value(&d, "Z", "1.5", "02:00");
        desk_value(&d, "Z", "1.5", "02:00");
        CHECK_EQ(desk_marks(&d), MARK_DUPLICATE);
        desk_value(&d, "Z", "1.6", "02:00");
        CHECK_EQ(desk_marks(&d), MARK_CONFLICT);
        desk_value(&d, "Z", "1.4", "01:00");
        CHECK_EQ(desk_marks(&d), MARK_LATE);
        desk_value(&d, "Z", "1.4", "01:00");
        CHECK_EQ(desk_marks(&d), MARK_LATE | MARK_DUPLICATE);
        CHECK(sensors_newest(d.s, 0, ELEMENT_Z, &n));
        CHECK_EQ(n.value_milli, 1500);
        CHECK_EQ(sensors_counts(d.s)->marked[MARK_DUPLICATE_BIT], 2);
        CHECK_EQ(sensors_counts(d.s)->marked[MARK_CONFLICT_BIT], 1);
}

TEST(beyond_the_horizon_is_old)
{
        desk_obs(&d, "{'station':'A1','obs':[{'time':'2023-10-17T03:00:00"
                     "+08:00','element':'Z','value':1}]}");
        CHECK_EQ(desk_marks(&d), 0);
        desk_obs(&d, "{'station':'A1','obs':[{'time':'2023-10-17T02:59:59"
                     "+08:00','element':'Z','value':1}]}");
        CHECK_EQ(desk_marks(&d), MARK_OLD);
}

TEST(missing_is_not_zero_and_may_be_filled)
{
        desk_value(&d, "Z", "null", "02:00");
        CHECK_EQ(desk_marks(&d), MARK_MISSING);
        desk_value(&d, "Z", "null", "02:00");
        CHECK_EQ(desk_marks(&d), MARK_MISSING | MARK_DUPLICATE);
        desk_value(&d, "Z", "3", "02:00");
        CHECK_EQ(desk_marks(&d), 0);
        desk_value(&d, "Z", "null", "02:00");
        CHECK_EQ(desk_marks(&d), MARK_MISSING | MARK_CONFLICT);
}

TEST(a_shuffled_message_does_not_make_itself_late)
{
        desk_obs(&d, "{'station':'A1','obs':["
                     "{'time':'2023-10-20T02:10:00+08:00','element':'Z',"
                     "'value':3},"
                     "{'time':'2023-10-20T02:00:00+08:00','element':'Z',"
                     "'value':1}]}");
        CHECK_EQ(d.fx.n_observation, 2);
        CHECK_EQ(d.fx.observation[0].value_milli, 1000);
        CHECK_EQ(d.fx.observation[0].item, 1); /* its place in the message */
        CHECK_EQ(d.fx.observation[0].marks, 0);
        CHECK_EQ(d.fx.observation[1].marks, 0);
}

TEST(without_time_it_is_the_servers)
{
        desk_obs(&d, "{'station':'A1','obs':[{'element':'Z','value':1}]}");
        CHECK_EQ(desk_marks(&d), 0);
        CHECK_EQ(d.fx.observation[0].time_us, d.now_us);
        /* Two readings within one tick of the engine are two readings. */
        desk_obs(&d, "{'station':'A1','obs':[{'element':'Z','value':2}]}");
        CHECK_EQ(desk_marks(&d), 0);
        CHECK_EQ(d.fx.observation[0].time_us, d.now_us + 1);
}

TEST(a_known_sequence_number_brings_nothing_new)
{
        const char *m = "{'station':'A1','boot':7,'seq':1,'obs':[{'time':"
                        "'2023-10-20T02:00:00+08:00','element':'Z',"
                        "'value':1}]}";

        desk_obs(&d, m);
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(d.fx.n_kept, 1);
        CHECK_STR(d.fx.kept[0].subject, "A1");
        CHECK_EQ(d.fx.kept[0].boot, 7);
        CHECK_EQ(d.fx.kept[0].message_seq, 1);
        CHECK(!d.fx.kept[0].refused);
        CHECK(!d.fx.kept[0].is_centre);
        desk_obs(&d, m);
        CHECK_EQ(d.fx.n_observation, 0);
        CHECK_EQ(d.fx.n_kept, 1); /* the receipt goes out again */
        CHECK_EQ(sensors_counts(d.s)->repeated, 1);
}

static void send_seq(uint64_t boot, uint64_t seq, const char *value)
{
        char json[256];

        snprintf(json, sizeof json,
                 "{'station':'A1','boot':%llu,'seq':%llu,'obs':[{'element':"
                 "'Z','value':%s}]}",
                 (unsigned long long)boot, (unsigned long long)seq, value);
        desk_obs(&d, json);
}

TEST(sequences_are_ranges_with_refusals)
{
        struct sequence_range r[SENDER_RANGES];
        struct sequence_refused no[4];
        uint64_t boot = 0;

        send_seq(1, 9, "1");
        send_seq(2, 1, "1");
        send_seq(2, 2, "1");
        send_seq(2, 5, "1");
        send_seq(2, 4, "1e6"); /* refused, and yet in the journal */
        CHECK_EQ(desk_refused(&d), ERR_RANGE);
        CHECK_EQ(d.fx.n_kept, 1);
        CHECK(d.fx.kept[0].refused);
        CHECK_EQ(d.fx.kept[0].reason, ERR_RANGE);
        CHECK_EQ(sensors_sequences(d.s, "A1", false, &boot, r, SENDER_RANGES),
                 2);
        CHECK_EQ(boot, 2);
        CHECK_EQ(r[0].from, 1);
        CHECK_EQ(r[0].to, 2);
        CHECK_EQ(r[1].from, 4);
        CHECK_EQ(r[1].to, 5);
        CHECK_EQ(sensors_sequences_refused(d.s, "A1", false, no, 4), 1);
        CHECK_EQ(no[0].seq, 4);
        CHECK_EQ(no[0].reason, ERR_RANGE);
        send_seq(2, 3, "1");
        CHECK_EQ(sensors_sequences(d.s, "A1", false, &boot, r, SENDER_RANGES),
                 1);
        CHECK_EQ(r[0].to, 5);
        /* What is left of the boot before gets its receipt as well. */
        send_seq(1, 10, "1");
        CHECK_EQ(sensors_sequences(d.s, "A1", false, &boot, r, SENDER_RANGES),
                 1);
        CHECK_EQ(boot, 1);
        CHECK_EQ(r[0].from, 9);
        CHECK_EQ(sensors_sequences(d.s, "A9", false, &boot, r, 1), 0);
        CHECK_EQ(sensors_sequences(d.s, "A1", true, &boot, r, 1), 0);
}

TEST(whole_messages_are_refused)
{
        static const struct {
                enum status want;
                const char *detail;
                const char *json;
        } bad[] = {
                {ERR_MISMATCH, "the topic says \"A1\"",
                 "{'station':'A2','obs':[{'element':'Z','value':1}]}"},
                {ERR_RANGE, "obs[1].value",
                 "{'station':'A1','obs':[{'element':'Z','value':1},"
                 "{'element':'Z','value':99999}]}"},
                {ERR_UNKNOWN_ELEMENT, "obs[0].element",
                 "{'station':'A1','obs':[{'element':'XX','value':1}]}"},
                {ERR_MISMATCH, "obs[0].unit",
                 "{'station':'A1','obs':[{'element':'Z','value':1,"
                 "'unit':'mm'}]}"},
                {ERR_FUTURE, "obs[0].time",
                 "{'station':'A1','obs':[{'time':'2023-10-20T03:05:01+08:00',"
                 "'element':'Z','value':1}]}"},
                {ERR_TIME, "obs[0].time",
                 "{'station':'A1','obs':[{'time':'yesterday','element':'Z',"
                 "'value':1}]}"},
                {ERR_MISSING, "\"boot\" without \"seq\"",
                 "{'station':'A1','boot':1,'obs':[{'element':'Z',"
                 "'value':1}]}"},
                {ERR_RANGE, "\"seq\" is below 0",
                 "{'station':'A1','boot':1,'seq':-1,'obs':[{'element':'Z',"
                 "'value':1}]}"},
                {ERR_TYPE, "obs[0].value",
                 "{'station':'A1','obs':[{'element':'Z','value':'1'}]}"},
                {ERR_SIZE, "\"obs\" has 0 items", "{'station':'A1','obs':[]}"},
                {ERR_SYNTAX, "", "{'station':'A1','obs':[}"},
        };
        size_t i;

        for (i = 0; i < sizeof bad / sizeof *bad; i++) {
                desk_obs(&d, bad[i].json);
                CHECK_EQ(desk_refused(&d), bad[i].want);
                CHECK(strstr(d.fx.refused[0].detail, bad[i].detail));
                CHECK_EQ(d.fx.n_observation, 0);
                CHECK_EQ(d.fx.n_station, 0);
        }
        CHECK_EQ(sensors_refused_by_reason(d.s)[ERR_MISMATCH], 2);
        CHECK_EQ(sensors_counts(d.s)->refused, i);
        CHECK_EQ(sensors_last_seen(d.s, 0), TIME_NONE);
}

TEST(five_minutes_ahead_is_still_taken)
{
        desk_value(&d, "Z", "1", "03:05");
        CHECK_EQ(desk_marks(&d), 0);
}

TEST(strangers_are_kept_in_quarantine)
{
        struct sequence_range r[2];
        uint64_t boot;

        desk_send(&d, "sanfang/v1/st/B7/up/obs",
                  "{'station':'B7','boot':1,'seq':1,'obs':[{'element':'Z',"
                  "'value':1}]}");
        CHECK_EQ(desk_refused(&d), ERR_UNKNOWN_STATION);
        CHECK_EQ(d.fx.n_kept, 1);
        CHECK(d.fx.kept[0].refused);
        CHECK_EQ(sensors_sequences(d.s, "B7", false, &boot, r, 2), 1);
        desk_send(&d, "sanfang/v1/st/B/7/up/obs", "{}");
        CHECK_EQ(desk_refused(&d), ERR_TOPIC);
        desk_send(&d, "elsewhere", "{}");
        CHECK_EQ(desk_refused(&d), ERR_TOPIC);
        CHECK_EQ(sensors_counts(d.s)->strange_topics, 2);
}

TEST(what_was_refused_may_come_better)
{
        struct sequence_refused no[4];

        send_seq(3, 1, "1e6");
        CHECK_EQ(desk_refused(&d), ERR_RANGE);
        CHECK_EQ(sensors_sequences_refused(d.s, "A1", false, no, 4), 1);
        send_seq(3, 1, "4");
        CHECK_EQ(desk_refused(&d), OK);
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(sensors_sequences_refused(d.s, "A1", false, no, 4), 0);
}

TEST(the_quarantine_counts_what_is_the_same)
{
        const struct quarantined *q;
        uint32_t n;

        desk_obs(&d, "{'station':'A1'");
        desk_obs(&d, "{'station':'A1'");
        desk_obs(&d, "{'station':'A2'");
        q = sensors_quarantine(d.s, &n);
        CHECK_EQ(n, 2);
        CHECK_EQ(q[0].count, 2);
        CHECK_EQ(q[0].first_seq, 1);
        CHECK_EQ(q[0].last_seq, 2);
        CHECK_EQ(q[1].count, 1);
        CHECK_STR(q[0].topic, OBS_A1);
        CHECK(memcmp(q[0].head, "{\"station\":\"A1\"", q[0].n_head) == 0);
}

TEST(the_last_messages_are_newest_first)
{
        struct last_message m[LAST_MESSAGES];
        char value[8];
        int i;

        for (i = 0; i < LAST_MESSAGES + 3; i++) {
                snprintf(value, sizeof value, "%d", i);
                desk_value(&d, "Z", value, "02:00");
        }
        desk_obs(&d, "nonsense");
        CHECK_EQ(sensors_last_messages(d.s, 0, m), LAST_MESSAGES);
        CHECK_EQ(m[0].seq, d.seq);
        CHECK(m[0].refused);
        CHECK_STR(m[0].head, "nonsense");
        CHECK(m[0].detail[0] != '\0');
        CHECK(!m[1].refused);
        CHECK_EQ(m[1].n_obs, 1);
        CHECK_EQ(m[11].seq, d.seq - 11);
        CHECK_EQ(sensors_last_messages(d.s, 1, m), 0);
}

static struct text frame(const char *hex)
{
        static char raw[256];
        size_t n = strlen(hex) / 2, i;
        unsigned v;

        for (i = 0; i < n; i++) {
                sscanf(hex + 2 * i, "%2x", &v);
                raw[i] = (char)v;
        }
        return (struct text){raw, n};
}

/* Address 0011223344: the code of the station without its leading 00. */
#define FRAME_32                                                       \
        "7E7E05001122334403E832002B020034170718110016F1F1001122334448" \
        "F0F01707181100201900004026190000403923000104903812109903A421"
/* Address 0012345678, A1's in the book. */
#define FRAME_33                                                         \
        "7E7E1000123456781234330038020002140612021500F1F1001234567850"   \
        "F0F01406120215F46000000000000000000000000026190000202019000010" \
        "1A1900001038121209037C62"
#define FRAME_30                                                       \
        "7E7E010012345678123430002B020003591011154947F1F1001234567848" \
        "F0F0591011154920190000052619000005392300000127381211150320FA"

TEST(a_terminal_is_known_by_its_address)
{
        struct newest n;
        struct last_message m[LAST_MESSAGES];

        d.now_us = at("2017-07-18T11:01:00+08:00");
        desk_take(&d, "sanfang/v1/st/11223344/up/sl651", frame(FRAME_32));
        CHECK_EQ(desk_refused(&d), OK);
        CHECK_EQ(d.fx.n_observation, 4);
        CHECK(sensors_newest(d.s, 2, ELEMENT_Z, &n));
        CHECK_EQ(n.value_milli, 10490);
        CHECK_EQ(n.time_us, at("2017-07-18T11:00:00+08:00"));
        CHECK_EQ(sensors_last_messages(d.s, 2, m), 1);
        CHECK(strncmp(m[0].head, "7E7E0500112233", 14) == 0);
        desk_take(&d, "sanfang/v1/st/A1/up/sl651", frame(FRAME_32));
        CHECK_EQ(desk_refused(&d), ERR_MISMATCH);
        d.now_us = at("2014-06-12T02:15:10+08:00");
        desk_take(&d, "sanfang/v1/st/A1/up/sl651", frame(FRAME_33));
        CHECK_EQ(desk_refused(&d), OK);
        CHECK_EQ(d.fx.n_observation, 16);
}

TEST(a_frame_from_the_future_is_refused)
{
        d.now_us = at("2017-07-18T10:54:00+08:00");
        desk_take(&d, "sanfang/v1/st/11223344/up/sl651", frame(FRAME_32));
        CHECK_EQ(desk_refused(&d), ERR_FUTURE);
}

TEST(a_test_report_stays_out_of_live_data)
{
        struct newest n;
        uint32_t i;

        d.now_us = at("2059-10-11T15:50:00+08:00");
        desk_take(&d, "sanfang/v1/st/A1/up/sl651", frame(FRAME_30));
        CHECK_EQ(d.fx.n_observation, 4);
        for (i = 0; i < 4; i++)
                CHECK_EQ(d.fx.observation[i].marks, MARK_TEST);
        CHECK(!sensors_newest(d.s, 0, ELEMENT_Z, &n));
        CHECK_EQ(d.fx.n_rain, 0);
        CHECK_EQ(sensors_last_seen(d.s, 0), d.now_us);
}

TEST(a_confirmation_that_comes_up_is_refused)
{
        desk_take(&d, "sanfang/v1/st/A1/up/sl651",
                  frame("7E7E00123456780112343080080200035910111549471B75D4"));
        CHECK_EQ(desk_refused(&d), ERR_UNSUPPORTED);
}

TEST(a_forecast_from_outside)
{
        const char *topic = "sanfang/v1/fc/gd/up/series";

        desk_send(&d, topic,
                  "{'source':'gd','model':'m','station':'A1','element':'Z',"
                  "'issued_at':'2023-10-20T02:00:00+08:00','values':[["
                  "'2023-10-20T04:00:00+08:00',9.5]]}");
        CHECK_EQ(d.fx.n_forecast, 1);
        CHECK_STR(d.fx.forecast[0].id, "A1-Z-gd-m-20231019T180000Z");
        CHECK_EQ(d.fx.forecast[0].step[0].value_milli, 9500);
        CHECK_EQ(d.fx.forecast[0].seq, d.seq);
        desk_send(&d, "sanfang/v1/fc/other/up/series",
                  "{'source':'gd','model':'m','station':'A1','element':'Z',"
                  "'issued_at':'2023-10-20T02:00:00+08:00','values':[["
                  "'2023-10-20T04:00:00+08:00',9.5]]}");
        CHECK_EQ(desk_refused(&d), ERR_MISMATCH);
        desk_send(&d, topic,
                  "{'source':'gd','model':'m','zone':'440999','element':'P1',"
                  "'issued_at':'2023-10-20T02:00:00+08:00','values':[["
                  "'2023-10-20T04:00:00+08:00',9.5]]}");
        CHECK_EQ(desk_refused(&d), ERR_UNKNOWN);
        desk_send(&d, topic,
                  "{'source':'gd','model':'m','zone':'440981','element':'P1',"
                  "'issued_at':'2023-10-20T06:00:00+08:00','values':[["
                  "'2023-10-20T07:00:00+08:00',9.5]]}");
        CHECK_EQ(desk_refused(&d), ERR_FUTURE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(a_value_is_taken),
                CASE(the_value_an_hour_before_is_known),
                CASE(repeats_conflicts_and_lateness_are_marked),
                CASE(beyond_the_horizon_is_old),
                CASE(missing_is_not_zero_and_may_be_filled),
                CASE(a_shuffled_message_does_not_make_itself_late),
                CASE(without_time_it_is_the_servers),
                CASE(a_known_sequence_number_brings_nothing_new),
                CASE(sequences_are_ranges_with_refusals),
                CASE(whole_messages_are_refused),
                CASE(five_minutes_ahead_is_still_taken),
                CASE(strangers_are_kept_in_quarantine),
                CASE(what_was_refused_may_come_better),
                CASE(the_quarantine_counts_what_is_the_same),
                CASE(the_last_messages_are_newest_first),
                CASE(a_terminal_is_known_by_its_address),
                CASE(a_frame_from_the_future_is_refused),
                CASE(a_test_report_stays_out_of_live_data),
                CASE(a_confirmation_that_comes_up_is_refused),
                CASE(a_forecast_from_outside),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of sensors/mapped.c and take_mapped.c: other sources, same door. */
#include "desk_case.h"

#include <stdlib.h>

#include "schemas/wire/obs.h"

static void quote(char *dst, size_t cap, const char *s)
{
        snprintf(dst, cap, "%s", s);
        for (; *dst; dst++)
                if (*dst == '\'')
                        *dst = '"';
}

static enum status mapping(const char *s)
{
        char body[2048];

        quote(body, sizeof body, s);
        return sensors_mapping(d.s, text_of(body), &d.e);
}

#define ACME                                                                 \
        "{'what':'mapping','name':'acme','topic':'acme/+/up','station':{"    \
        "'pointer':'/d/*/sn'},'time':{'pointer':'/d/*/t','format':'beijing'" \
        "},'elements':[{'pointer':'/d/*/mm','element':'Z','scale':'0.001'}," \
        "{'pointer':'/d/*/rain','element':'PN05'}]}"

static void vendor(const char *code, const char *vendor_id)
{
        struct station s = {.kind = STATION_RIVER, .active = true};

        snprintf(s.code, sizeof s.code, "%s", code);
        snprintf(s.vendor_id, sizeof s.vendor_id, "%s", vendor_id);
        s.interval_us = 5 * MINUTE_US;
        station_checks_clear(&s.checks);
        if (places_put_station(&d.p, &s, NULL, &d.e) != OK)
                fail_msg("%s", d.e.msg);
}

TEST(a_vendors_message_goes_through_the_same_door)
{
        struct newest x;

        CHECK_EQ(mapping(ACME), OK);
        vendor("A1", "sn-1");
        desk_send(&d, "acme/g1/up",
                  "{'d':[{'sn':'sn-1','t':'2023-10-20 02:55:00','mm':12345},"
                  "{'sn':'A2','t':'2023-10-20 02:50','mm':1,'rain':0.5}]}");
        CHECK_EQ(desk_refused(&d), OK);
        CHECK_EQ(d.fx.n_observation, 3);
        CHECK_EQ(d.fx.n_rain, 1);
        CHECK(sensors_newest(d.s, 0, ELEMENT_Z, &x));
        CHECK_EQ(x.value_milli, 12345);
        CHECK_EQ(x.time_us, at("2023-10-20T02:55:00+08:00"));
        CHECK(sensors_newest(d.s, 1, ELEMENT_Z, &x));
        CHECK_EQ(sensors_counts(d.s)->messages[TOPIC_MAPPED], 1);
        desk_send(&d, "acme/g1/up",
                  "{'d':[{'sn':'sn-1','t':'2023-10-20 02:55:00','mm':12345}]}");
        CHECK_EQ(desk_marks(&d), MARK_DUPLICATE);
}

TEST(an_unknown_device_does_not_hold_up_the_others)
{
        uint32_t n;

        CHECK_EQ(mapping(ACME), OK);
        desk_send(&d, "acme/g1/up",
                  "{'d':[{'sn':'who','t':'2023-10-20 02:55:00','mm':1},"
                  "{'sn':'A1','t':'2023-10-20 02:55:00','mm':12345}]}");
        CHECK_EQ(desk_refused(&d), ERR_UNKNOWN_STATION);
        CHECK(strstr(d.fx.refused[0].detail, "\"who\""));
        CHECK_EQ(d.fx.n_observation, 1);
        sensors_quarantine(d.s, &n);
        CHECK_EQ(n, 1);
}

TEST(a_wrong_vendor_message_leaves_nothing_but_its_refusal)
{
        struct newest x;

        CHECK_EQ(mapping(ACME), OK);
        desk_send(&d, "acme/g1/up",
                  "{'d':[{'sn':'A1','t':'2023-10-20 02:55:00','mm':12345},"
                  "{'sn':'A2','t':'2023-10-20 03:30:00','mm':1}]}");
        CHECK_EQ(desk_refused(&d), ERR_FUTURE);
        CHECK_EQ(d.fx.n_observation, 0);
        CHECK(!sensors_newest(d.s, 0, ELEMENT_Z, &x));
        desk_send(&d, "acme/g1/up", "{'d':3}");
        CHECK_EQ(desk_refused(&d), ERR_TYPE);
        desk_send(&d, "acme/g1/up/x", "{'d':[]}");
        CHECK_EQ(desk_refused(&d), ERR_TOPIC);
        CHECK_EQ(sensors_counts(d.s)->strange_topics, 1);
}

TEST(a_mapping_is_replaced_by_its_name_and_taken_away)
{
        CHECK_EQ(mapping(ACME), OK);
        CHECK_EQ(mapping("{'what':'mapping','name':'acme','topic':'b/#',"
                         "'station':{'constant':'A1'},'elements':[{'pointer':"
                         "'/l','element':'Z'}]}"),
                 OK);
        CHECK_EQ(sensors_n_mappings(d.s), 1);
        CHECK_STR(sensors_mapping_topic(d.s, 0), "b/#");
        desk_send(&d, "b/c", "{'l':1.5}");
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(d.fx.observation[0].time_us, d.now_us);
        CHECK_EQ(mapping("{'what':'mapping','name':'acme','topic':'b'}"),
                 ERR_MISSING);
        CHECK_EQ(sensors_n_mappings(d.s), 1); /* the old one stays */
        CHECK_EQ(mapping("{'what':'mapping','name':'acme','remove':true}"), OK);
        CHECK_EQ(sensors_n_mappings(d.s), 0);
        CHECK(sensors_mapping_topic(d.s, 0) == NULL);
        CHECK_EQ(mapping("{'what':'mapping','name':'acme','remove':true}"),
                 ERR_UNKNOWN);
}

TEST(there_are_so_many_mappings_and_no_more)
{
        char body[300];
        int i;

        for (i = 0; i < 33; i++) {
                snprintf(body, sizeof body,
                         "{'what':'mapping','name':'m%d','topic':'b/#',"
                         "'station':{'constant':'A1'},'elements':[{'pointer':"
                         "'/l','element':'Z'}]}",
                         i);
                CHECK_EQ(mapping(body), i < 32 ? OK : ERR_FULL);
        }
        CHECK_EQ(sensors_n_mappings(d.s), 32);
}

TEST(a_snapshot_keeps_the_mappings)
{
        struct sensors_config c = sensors_defaults();
        struct sensors *again;
        struct buf one = {0}, two = {0};
        struct unpack u;

        CHECK_EQ(mapping(ACME), OK);
        desk_send(&d, "acme/g1/up",
                  "{'d':[{'sn':'A1','t':'2023-10-20 02:55:00','mm':12345}]}");
        CHECK_EQ(sensors_create(&c, &again, &d.e), OK);
        sensors_save(d.s, &one);
        u = (struct unpack){one.p, one.n, false};
        CHECK_EQ(sensors_load(again, &u, &d.e), OK);
        CHECK_EQ(sensors_n_mappings(again), 1);
        sensors_save(again, &two);
        CHECK(text_eq(buf_as_text(&one), buf_as_text(&two)));
        sensors_free(again);
        buf_done(&one);
        buf_done(&two);
}

/* ---- strangers ---- */

static const struct applicant_note *waits(const char *name)
{
        uint32_t i, n = sensors_n_applicants(d.s);

        for (i = 0; i < n; i++)
                if (strcmp(sensors_applicant(d.s, i)->name, name) == 0)
                        return sensors_applicant(d.s, i);
        return NULL;
}

TEST(unknown_devices_wait_and_their_values_are_taken_when_admitted)
{
        struct newest x;
        uint32_t n;
        int64_t came = d.now_us;

        CHECK_EQ(mapping(ACME), OK);
        desk_send(&d, "acme/g1/up",
                  "{'d':[{'sn':'sn-1','t':'2023-10-20 02:55:00','mm':12345},"
                  "{'sn':'A2','t':'2023-10-20 02:50:00','mm':1},"
                  "{'sn':'sn-2','t':'2023-10-20 02:55:00','mm':777},"
                  "{'sn':'sn-1','t':'2023-10-20 02:50:00','mm':12300}]}");
        CHECK_EQ(d.fx.n_observation, 1);
        CHECK_EQ(d.fx.n_refused, 1); /* one message, one row */
        CHECK_EQ(d.fx.n_applicant, 2);
        CHECK_EQ(sensors_n_applicants(d.s), 2);
        CHECK_EQ(waits("sn-1")->waiting, 1);
        CHECK_EQ(waits("sn-2")->waiting, 1);
        d.now_us += HOUR_US;
        vendor("B1", "sn-1");
        effects_clear(&d.fx);
        CHECK_EQ(sensors_admit(d.s, &d.p, "sn-1", &d.fx, &n, &d.e), OK);
        CHECK_EQ(n, 1);
        CHECK_EQ(d.fx.n_observation, 2); /* not A2's again */
        CHECK_EQ(d.fx.n_refused, 0);     /* sn-2 still waits, not anew */
        CHECK_EQ(d.fx.observation[1].received_us, came);
        CHECK_EQ(d.fx.observation[1].seq, 1);
        CHECK_EQ(d.fx.observation[1].marks, 0);
        CHECK(sensors_newest(d.s, 3, ELEMENT_Z, &x));
        CHECK_EQ(x.value_milli, 12345);
        CHECK(waits("sn-1") == NULL);
        CHECK_EQ(waits("sn-2")->waiting, 1);
}

TEST(a_device_whose_name_is_no_code_does_not_wait)
{
        CHECK_EQ(mapping(ACME), OK);
        desk_send(&d, "acme/g1/up",
                  "{'d':[{'sn':'a:b','t':'2023-10-20 02:55:00','mm':1}]}");
        CHECK_EQ(desk_refused(&d), ERR_UNKNOWN_STATION);
        CHECK_EQ(sensors_n_applicants(d.s), 0);
        desk_send(&d, "acme/g1/up", "{'d':[{'sn':'sn-9'}]}");
        CHECK_EQ(sensors_n_applicants(d.s), 0); /* it says nothing */
}

/* ---- imported values ---- */

static void imported(const char *json)
{
        struct record r = {.kind = RECORD_VALUES, .real_us = d.now_us};
        char body[2048];

        quote(body, sizeof body, json);
        r.seq = ++d.seq;
        r.body = text_of(body);
        effects_clear(&d.fx);
        if (sensors_take(d.s, &d.p, &r, d.now_us, &d.fx, &d.e) != OK)
                fail_msg("%s", d.e.msg);
}

TEST(imported_values_are_checked_as_any_other)
{
        imported("{'station':'A1','source':'sl323','by':'me','obs':[{'time':"
                 "'2023-10-20T02:00:00+08:00','element':'P1','value':12.5}]}");
        CHECK_EQ(desk_refused(&d), OK);
        CHECK_EQ(desk_marks(&d), 0);
        CHECK_EQ(d.fx.n_rain, 1);
        imported("{'station':'A1','source':'sl323','obs':[{'time':"
                 "'2023-10-20T02:00:00+08:00','element':'P1','value':12.5}]}");
        CHECK_EQ(desk_marks(&d), MARK_DUPLICATE);
        CHECK_EQ(d.fx.n_rain, 0);
        imported("{'station':'A1','source':'sl323','obs':[{'time':"
                 "'2023-10-20T04:00:00+08:00','element':'P1','value':12.5}]}");
        CHECK_EQ(desk_refused(&d), ERR_FUTURE);
        imported("{'station':'A9','source':'sl323','obs':[{'time':"
                 "'2023-10-20T02:00:00+08:00','element':'P1','value':12.5}]}");
        CHECK_EQ(desk_refused(&d), ERR_UNKNOWN_STATION);
        imported("{'station':'A1','source':'sl323','obs':[{'element':'P1',"
                 "'value':12.5}]}");
        CHECK_EQ(desk_refused(&d), ERR_MISSING);
        imported("{'station':'A1','obs':[{'time':"
                 "'2023-10-20T02:00:00+08:00','element':'P1','value':12.5}]}");
        CHECK_EQ(desk_refused(&d), ERR_MISSING);
        CHECK_EQ(sensors_counts(d.s)->messages[TOPIC_VALUES], 6);
}

TEST(imported_values_of_an_unknown_station_wait_for_it)
{
        struct waiting_message m;
        uint32_t n;

        imported("{'station':'A9','source':'sl323','obs':[{'time':"
                 "'2023-10-20T02:00:00+08:00','element':'P1','value':12.5}]}");
        CHECK_EQ(desk_refused(&d), ERR_UNKNOWN_STATION);
        CHECK_EQ(waits("A9")->waiting, 1);
        CHECK(sensors_waiting(d.s, 0, 0, &m));
        CHECK(text_is(m.topic, "values"));
        CHECK(m.payload.n > 0 && m.payload.p[0] == '{');
        vendor("A9", "");
        effects_clear(&d.fx);
        CHECK_EQ(sensors_admit(d.s, &d.p, "A9", &d.fx, &n, &d.e), OK);
        CHECK_EQ(n, 1);
        CHECK_EQ(desk_marks(&d), 0);
        CHECK_EQ(d.fx.n_rain, 1);
        CHECK_EQ(sensors_n_applicants(d.s), 0);
}

TEST(a_values_record_comes_back_as_it_went)
{
        static struct obs_message m, back;
        struct values_note note = {"sl323", "chen"}, told;
        struct buf b = {0};

        snprintf(m.station, sizeof m.station, "A1");
        m.n = 2;
        m.item[0] = (struct obs_item){at(DESK_NOW), ELEMENT_Z, false, 12345};
        m.item[1] = (struct obs_item){at(DESK_NOW), ELEMENT_Q, true, 0};
        wire_values_encode(&note, &m, &b);
        CHECK_EQ(wire_values_decode(buf_as_text(&b), &told, &back, &d.e), OK);
        CHECK_STR(told.source, "sl323");
        CHECK_STR(told.by, "chen");
        CHECK_EQ(back.n, 2);
        CHECK_EQ(back.item[0].value_milli, 12345);
        CHECK(back.item[1].missing);
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(a_vendors_message_goes_through_the_same_door),
                CASE(an_unknown_device_does_not_hold_up_the_others),
                CASE(a_wrong_vendor_message_leaves_nothing_but_its_refusal),
                CASE(a_mapping_is_replaced_by_its_name_and_taken_away),
                CASE(there_are_so_many_mappings_and_no_more),
                CASE(a_snapshot_keeps_the_mappings),
                CASE(unknown_devices_wait_and_their_values_are_taken_when_admitted),
                CASE(a_device_whose_name_is_no_code_does_not_wait),
                CASE(imported_values_are_checked_as_any_other),
                CASE(imported_values_of_an_unknown_station_wait_for_it),
                CASE(a_values_record_comes_back_as_it_went),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

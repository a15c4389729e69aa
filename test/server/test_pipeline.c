/* Tests of server/pipeline.c, state.c and audit.c: records in, state and
 * effects out. */
#include "check.h"

#include <stdlib.h>

#include "schemas/time.h"
#include "schemas/wire/command.h"
#include "server/audit.h"
#include "server/pipeline.h"

#define START_US (INT64_C(1697731200) * SECOND_US) /* 2023-10-20 00:00 +08 */

struct bench {
        struct state *s;
        struct effects fx;
        struct buf body;
};

static void bench_open(struct bench *b)
{
        struct err e = {0};

        memset(b, 0, sizeof *b);
        effects_init(&b->fx);
        assert_int_equal(state_create(&b->s, &e), OK);
}

static void bench_close(struct bench *b)
{
        effects_done(&b->fx);
        buf_done(&b->body);
        state_free(b->s);
}

static void step(struct bench *b, enum record_kind kind, struct text body)
{
        struct record r = {b->s->seq + 1, kind, START_US, body};
        struct err e = {0};

        if (pipeline_step(b->s, &r, &b->fx, &e) != OK)
                fail_msg("step: %s", e.msg);
}

static void text_step(struct bench *b, enum record_kind kind, const char *body)
{
        step(b, kind, text_of(body));
        if (b->fx.n_refused)
                fail_msg("%s refused: %s", record_kind_name(kind),
                         b->fx.refused[0].detail);
}

static void tick(struct bench *b, int64_t engine_us)
{
        buf_clear(&b->body);
        record_tick_pack(&b->body, engine_us, engine_us);
        step(b, RECORD_TICK, buf_as_text(&b->body));
}

static void message(struct bench *b, const char *topic, const char *payload)
{
        buf_clear(&b->body);
        record_mqtt_pack(&b->body, text_of(topic), text_of(payload));
        step(b, RECORD_MQTT, buf_as_text(&b->body));
}

static const char rules[] =
        "{\"name\":\"test\",\"version\":3,\"rules\":[{\"id\":\"river\","
        "\"kind\":\"river_level\",\"hazard\":\"flood\","
        "\"text\":\"河道水位\",\"text_en\":\"river level\",\"source\":\"test\","
        "\"hysteresis\":0.1,\"hold_s\":600,"
        "\"deadlines_s\":{\"sanfang\":600,\"hydrology\":900},"
        "\"lines\":[{\"level\":\"yellow\",\"base\":\"WRZ\"},"
        "{\"level\":\"orange\",\"base\":\"GRZ\"}]}]}";

static void furnish(struct bench *b)
{
        text_step(b, RECORD_RULES, rules);
        text_step(b, RECORD_IMPORT,
                  "{\"what\":\"station\",\"code\":\"ZZ1\",\"name\":\"茂名\","
                  "\"kind\":\"ZZ\",\"lon\":110.9,\"lat\":21.6,"
                  "\"county\":\"440902\",\"river\":\"小东江\",\"WRZ\":9.0,"
                  "\"GRZ\":10.5,\"interval_s\":300}");
        text_step(b, RECORD_USER,
                  "{\"user\":\"duty\",\"shown\":\"d\",\"hash\":\"x\","
                  "\"role\":\"duty\",\"agency\":\"sanfang\"}");
        text_step(b, RECORD_USER,
                  "{\"user\":\"viewer\",\"shown\":\"v\",\"hash\":\"x\","
                  "\"role\":\"viewer\",\"agency\":null}");
        tick(b, START_US);
}

static void level(struct bench *b, const char *time, const char *value)
{
        char payload[256];
        int64_t at_us;

        snprintf(payload, sizeof payload,
                 "{\"station\":\"ZZ1\",\"obs\":[{\"time\":\"%s\","
                 "\"element\":\"Z\",\"value\":%s}]}",
                 time, value);
        assert_true(time_parse(text_of(time), &at_us));
        tick(b, at_us);
        message(b, "sanfang/v1/st/ZZ1/up/obs", payload);
        assert_int_equal(b->fx.n_observation, 1);
}

static void cross(struct bench *b)
{
        level(b, "2023-10-20T00:00:00+08:00", "8.5");
        assert_int_equal(b->fx.n_alert, 0);
        level(b, "2023-10-20T00:05:00+08:00", "9.0");
        assert_int_equal(b->fx.n_alert, 1);
}

static void command(struct bench *b, const char *user, const char *intent)
{
        char body[512];

        snprintf(body, sizeof body,
                 "{\"cmd\":\"ack\",\"request\":\"r1\",\"user\":\"%s\","
                 "\"alert\":\"ZZ1-flood-20231019T160500Z\","
                 "\"agency\":\"sanfang\",\"intent\":\"%s\",\"note\":\"\"}",
                 user, intent);
        text_step(b, RECORD_COMMAND, body);
}

TEST(a_crossing_raises_one_alert_named_by_its_data)
{
        struct bench b;

        bench_open(&b);
        furnish(&b);
        cross(&b);
        CHECK_STR(b.fx.alert[0].alert.id, "ZZ1-flood-20231019T160500Z");
        CHECK_EQ(b.fx.alert[0].alert.level, LEVEL_YELLOW);
        level(&b, "2023-10-20T00:10:00+08:00", "9.1");
        CHECK_EQ(b.fx.n_alert, 0);
        bench_close(&b);
}

TEST(a_duty_officer_may_acknowledge_and_a_viewer_may_not)
{
        struct bench b;

        bench_open(&b);
        furnish(&b);
        cross(&b);
        command(&b, "viewer", "seen");
        CHECK_EQ(b.fx.n_result, 1);
        CHECK_EQ(b.fx.result[0].status, ERR_FORBIDDEN);
        CHECK_EQ(b.fx.n_alert, 0);
        CHECK_STR(b.fx.audit[0].outcome, "forbidden");
        command(&b, "duty", "acting");
        CHECK_EQ(b.fx.result[0].status, OK);
        CHECK_EQ(b.fx.n_alert, 1);
        CHECK_EQ(b.fx.alert[0].alert.state, ALERT_ACKNOWLEDGED);
        CHECK_STR(b.fx.audit[0].outcome, "ok");
        bench_close(&b);
}

TEST(the_audit_chain_shows_a_changed_row)
{
        struct audit_row row;
        struct bench b;
        char before[65], hash[65];

        bench_open(&b);
        furnish(&b);
        memcpy(before, b.s->audit_hash, sizeof before);
        cross(&b);
        command(&b, "viewer", "seen");
        row = b.fx.audit[0];
        audit_hash(before, &row, hash);
        CHECK_STR(hash, row.hash);
        row.user[0] = 'w';
        audit_hash(before, &row, hash);
        CHECK(strcmp(hash, row.hash) != 0);
        bench_close(&b);
}

TEST(what_cannot_be_understood_is_kept_and_the_sequence_goes_on)
{
        struct bench b;

        bench_open(&b);
        furnish(&b);
        message(&b, "sanfang/v1/st/ZZ1/up/obs", "{\"station\":\"ZZ2\"}");
        CHECK_EQ(b.fx.n_refused, 1);
        step(&b, RECORD_USER, TEXT("{"));
        CHECK_EQ(b.fx.n_refused, 1);
        CHECK_EQ(b.fx.refused[0].reason, ERR_SYNTAX);
        cross(&b);
        bench_close(&b);
}

static void reload(struct bench *b)
{
        struct buf one = {0}, two = {0};
        struct err e = {0};
        struct state *s = NULL;

        state_save(b->s, &one);
        assert_int_equal(state_create(&s, &e), OK);
        if (state_load(s, buf_as_text(&one), &e) != OK)
                fail_msg("load: %s", e.msg);
        state_save(s, &two);
        assert_int_equal(one.n, two.n);
        assert_memory_equal(one.p, two.p, one.n);
        state_free(b->s);
        b->s = s;
        buf_done(&one);
        buf_done(&two);
}

TEST(a_state_that_was_saved_goes_on_the_same)
{
        struct bench a, b;

        bench_open(&a);
        bench_open(&b);
        furnish(&a);
        furnish(&b);
        cross(&a);
        cross(&b);
        reload(&b);
        command(&a, "duty", "seen");
        command(&b, "duty", "seen");
        level(&a, "2023-10-20T00:10:00+08:00", "10.6");
        level(&b, "2023-10-20T00:10:00+08:00", "10.6");
        CHECK_EQ(a.fx.n_alert, b.fx.n_alert);
        CHECK(a.fx.n_alert > 0);
        CHECK_EQ(a.fx.alert[0].alert.state, ALERT_OPEN); /* worse: again */
        CHECK_EQ(b.fx.alert[0].alert.level, LEVEL_ORANGE);
        assert_memory_equal(a.s->audit_hash, b.s->audit_hash, 64);
        bench_close(&a);
        bench_close(&b);
}

TEST(a_snapshot_cut_anywhere_is_refused)
{
        struct state *s;
        struct buf all = {0};
        struct bench b;
        struct err e = {0};
        size_t n;

        bench_open(&b);
        furnish(&b);
        cross(&b);
        state_save(b.s, &all);
        for (n = 0; n < all.n; n += 7) {
                s = NULL;
                assert_int_equal(state_create(&s, &e), OK);
                CHECK(state_load(s, (struct text){all.p, n}, &e) != OK);
                state_free(s);
        }
        buf_done(&all);
        bench_close(&b);
}

TEST(sessions_open_expire_and_end)
{
        struct bench b;

        bench_open(&b);
        furnish(&b);
        text_step(&b, RECORD_SESSION,
                  "{\"what\":\"open\",\"token_hash\":\"aa\",\"user\":\"duty\","
                  "\"wall\":false,\"expires\":\"2023-10-20T01:00:00+08:00\"}");
        CHECK(state_session(b.s, TEXT("aa")) != NULL);
        CHECK_STR(b.fx.audit[0].action, "sign_in");
        tick(&b, START_US + HOUR_US - 1);
        CHECK(state_session(b.s, TEXT("aa")) != NULL);
        tick(&b, START_US + HOUR_US);
        CHECK(state_session(b.s, TEXT("aa")) == NULL);
        bench_close(&b);
}

/* ---- stations that are not in the book, and amended values ---- */

static void users_of_stations(struct bench *b)
{
        text_step(b, RECORD_USER,
                  "{\"user\":\"op\",\"shown\":\"o\",\"hash\":\"x\","
                  "\"role\":\"operator\",\"agency\":null}");
        text_step(b, RECORD_USER,
                  "{\"user\":\"adm\",\"shown\":\"a\",\"hash\":\"x\","
                  "\"role\":\"admin\",\"agency\":null}");
}

static void stranger(struct bench *b, const char *value)
{
        char payload[200];

        snprintf(payload, sizeof payload,
                 "{\"station\":\"NEW1\",\"obs\":[{\"time\":"
                 "\"2023-10-20T00:00:00+08:00\",\"element\":\"Z\","
                 "\"value\":%s}]}",
                 value);
        message(b, "sanfang/v1/st/NEW1/up/obs", payload);
}

static void admit(struct bench *b, const char *user, const char *code)
{
        char body[512];

        snprintf(body, sizeof body,
                 "{\"cmd\":\"admit\",\"request\":\"r2\",\"user\":\"%s\","
                 "\"name\":\"NEW1\",\"record\":{\"what\":\"station\","
                 "\"code\":\"%s\",\"name\":\"x\",\"kind\":\"ZZ\","
                 "\"lon\":110.9,\"lat\":21.6,\"WRZ\":9.0,"
                 "\"interval_s\":300}}",
                 user, code);
        text_step(b, RECORD_COMMAND, body);
}

TEST(a_stranger_is_admitted_by_an_administrator_with_what_it_sent)
{
        struct bench b;

        bench_open(&b);
        furnish(&b);
        users_of_stations(&b);
        stranger(&b, "9.5");
        assert_int_equal(b.fx.n_refused, 1);
        assert_int_equal(b.fx.n_applicant, 1);
        admit(&b, "op", "NEW1");
        CHECK_EQ(b.fx.result[0].status, ERR_FORBIDDEN);
        CHECK_EQ(b.fx.n_booked, 0);
        admit(&b, "adm", "OTHER");
        CHECK_EQ(b.fx.result[0].status, ERR_MISMATCH);
        admit(&b, "adm", "NEW1");
        CHECK_EQ(b.fx.result[0].status, OK);
        CHECK_EQ(b.fx.n_booked, 1);
        CHECK_EQ(b.fx.n_observation, 1);
        CHECK(b.fx.observation[0].seq < b.s->seq);
        CHECK_EQ(b.fx.n_audit, 1);
        CHECK_STR(b.fx.audit[0].action, "admit");
        CHECK_STR(b.fx.audit[0].subject, "NEW1");
        /* 9.5 stands over its warning level: the rules saw it. */
        CHECK_EQ(b.fx.n_alert, 1);
        CHECK_EQ(sensors_n_applicants(b.s->sensors), 0);
        bench_close(&b);
}

TEST(an_import_lets_the_waiting_in_too)
{
        struct bench b;

        bench_open(&b);
        furnish(&b);
        stranger(&b, "1.5");
        text_step(&b, RECORD_IMPORT,
                  "{\"what\":\"station\",\"code\":\"NEW1\",\"name\":\"x\","
                  "\"kind\":\"ZZ\",\"lon\":110.9,\"lat\":21.6,"
                  "\"interval_s\":300}");
        CHECK_EQ(b.fx.n_observation, 1);
        bench_close(&b);
}

TEST(a_vendors_device_is_admitted_under_a_code_of_ours)
{
        struct bench b;

        bench_open(&b);
        furnish(&b);
        users_of_stations(&b);
        text_step(&b, RECORD_IMPORT,
                  "{\"what\":\"mapping\",\"name\":\"m\",\"topic\":\"acme/+\","
                  "\"station\":{\"level\":2},\"elements\":[{\"pointer\":"
                  "\"/z\",\"element\":\"Z\"}]}");
        message(&b, "acme/dev-7", "{\"z\":9.5}");
        assert_int_equal(b.fx.n_refused, 1);
        assert_int_equal(b.fx.n_applicant, 1);
        text_step(&b, RECORD_COMMAND,
                  "{\"cmd\":\"admit\",\"request\":\"r2\",\"user\":\"adm\","
                  "\"name\":\"dev-7\",\"record\":{\"what\":\"station\","
                  "\"code\":\"NEW7\",\"name\":\"x\",\"kind\":\"ZZ\","
                  "\"vendor_id\":\"dev-7\",\"lon\":110.9,\"lat\":21.6,"
                  "\"WRZ\":9.0,\"interval_s\":300}}");
        CHECK_EQ(b.fx.result[0].status, OK);
        CHECK_EQ(b.fx.n_observation, 1);
        CHECK_EQ(b.fx.n_alert, 1);
        CHECK_EQ(sensors_n_applicants(b.s->sensors), 0);
        bench_close(&b);
}

static void amend(struct bench *b, const char *user, const char *value,
                  const char *note)
{
        char body[512];

        snprintf(body, sizeof body,
                 "{\"cmd\":\"amend\",\"request\":\"r3\",\"user\":\"%s\","
                 "\"station\":\"ZZ1\",\"element\":\"Z\",\"time\":"
                 "\"2023-10-20T00:05:00+08:00\",\"value\":%s,"
                 "\"note\":\"%s\"}",
                 user, value, note);
        text_step(b, RECORD_COMMAND, body);
}

TEST(an_amended_level_is_what_the_rules_see)
{
        struct newest n = {0};
        struct bench b;

        bench_open(&b);
        furnish(&b);
        users_of_stations(&b);
        level(&b, "2023-10-20T00:00:00+08:00", "8.5");
        level(&b, "2023-10-20T00:05:00+08:00", "8.6");
        amend(&b, "viewer", "9.2", "read off the gauge");
        CHECK_EQ(b.fx.result[0].status, ERR_FORBIDDEN);
        amend(&b, "op", "9.2", "");
        CHECK_EQ(b.fx.result[0].status, ERR_MISSING);
        CHECK_EQ(b.fx.n_observation, 0);
        amend(&b, "op", "9.2", "read off the gauge");
        CHECK_EQ(b.fx.result[0].status, OK);
        CHECK_EQ(b.fx.n_observation, 1);
        CHECK_EQ(b.fx.observation[0].marks, MARK_REVISED);
        CHECK_EQ(b.fx.n_alert, 1);
        CHECK_STR(b.fx.audit[0].action, "amend");
        CHECK(strstr(b.fx.audit[0].detail, "9.200: read off the gauge"));
        CHECK(sensors_newest(b.s->sensors, 0, ELEMENT_Z, &n));
        CHECK_EQ(n.value_milli, 9200);
        bench_close(&b);
}

/* ---- check tables and neighbours ---- */

static void gauge(struct bench *b, const char *code, double lon)
{
        char body[300];

        snprintf(body, sizeof body,
                 "{\"what\":\"station\",\"code\":\"%s\",\"name\":\"%s\","
                 "\"kind\":\"PP\",\"lon\":%.3f,\"lat\":21.6,"
                 "\"county\":\"440902\",\"interval_s\":3600}",
                 code, code, lon);
        text_step(b, RECORD_IMPORT, body);
}

static void an_hour(struct bench *b, const char *code, const char *value)
{
        char topic[64], payload[256];

        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/up/obs", code);
        snprintf(payload, sizeof payload,
                 "{\"station\":\"%s\",\"obs\":[{\"time\":"
                 "\"2023-10-20T01:00:00+08:00\",\"element\":\"P1\","
                 "\"value\":%s}]}",
                 code, value);
        message(b, topic, payload);
}

/* Four gauges within 15 km and one 40 km off: within ten minutes after the
 * data of all is in, the dry one is marked, also in a loaded state. */
TEST(a_gauge_is_held_against_its_neighbours)
{
        static const char *const codes[] = {"G0", "G1", "G2", "G3", "FAR"};
        struct bench b;
        struct buf saved = {0};
        struct state *back = NULL;
        struct err e = {0};
        int i;

        bench_open(&b);
        text_step(&b, RECORD_IMPORT,
                  "{\"what\":\"checks\",\"name\":\"t\",\"version\":2,"
                  "\"neighbours\":{\"distance_m\":15000,\"least\":3,"
                  "\"windows\":[{\"window_s\":3600,\"dry\":0.5,\"wet\":10,"
                  "\"pour\":40,\"quiet\":0.5}]}}");
        CHECK_EQ(b.fx.n_audit, 1);
        CHECK_STR(b.fx.audit[0].subject, "t v2");
        for (i = 0; i < 5; i++)
                gauge(&b, codes[i], i == 4 ? 111.3 : 110.9 + i * 0.03);
        tick(&b, START_US + 3600 * SECOND_US);
        for (i = 0; i < 5; i++)
                an_hour(&b, codes[i], i == 0 ? "0.2" : i == 4 ? "0" : "12");
        tick(&b, START_US + 4490 * SECOND_US);
        for (i = 0; i < 5; i++)
                CHECK_EQ(sensors_rain_marks(b.s->sensors, (uint32_t)i), 0);
        tick(&b, START_US + 5090 * SECOND_US);
        for (i = 0; i < 5; i++)
                CHECK_EQ(sensors_rain_marks(b.s->sensors, (uint32_t)i),
                         i == 0 ? MARK_NEIGHBOUR : 0);
        CHECK_EQ(b.fx.n_station, 1);
        state_save(b.s, &saved);
        CHECK_EQ(state_create(&back, &e), OK);
        CHECK_EQ(state_load(back, buf_as_text(&saved), &e), OK);
        state_free(b.s);
        b.s = back;
        CHECK_EQ(sensors_rain_marks(b.s->sensors, 0), MARK_NEIGHBOUR);
        CHECK_EQ(sensors_check_table(b.s->sensors)->version, 2);
        an_hour(&b, "G1", "12"); /* doubled: changes nothing */
        tick(&b, START_US + 5690 * SECOND_US);
        CHECK_EQ(sensors_rain_marks(b.s->sensors, 0), MARK_NEIGHBOUR);
        buf_done(&saved);
        bench_close(&b);
}

TEST(a_wrong_check_table_changes_nothing)
{
        struct bench b;

        bench_open(&b);
        step(&b, RECORD_IMPORT,
             TEXT("{\"what\":\"checks\",\"name\":\"t\",\"version\":2,"
                  "\"elements\":[{\"element\":\"Z\",\"step\":-1}]}"));
        CHECK_EQ(b.fx.n_refused, 1);
        CHECK_EQ(b.fx.refused[0].reason, ERR_RANGE);
        CHECK_EQ(sensors_check_table(b.s->sensors)->version, 0);
        bench_close(&b);
}

/* A station says the same value n times, a second apart. */
static void babble(struct bench *b, int n)
{
        while (n-- > 0) {
                message(b, "sanfang/v1/st/ZZ1/up/obs",
                        "{\"station\":\"ZZ1\",\"obs\":[{\"time\":"
                        "\"2023-10-20T00:00:00+08:00\",\"element\":\"Z\","
                        "\"value\":1}]}");
        }
}

static uint32_t system_alerts(const struct bench *b)
{
        uint32_t i, n = 0;

        for (i = 0; i < b->fx.n_alert; i++)
                if (strcmp(b->fx.alert[i].alert.subject, "babble") == 0)
                        n++;
        return n;
}

TEST(a_station_that_babbles_is_one_system_alert)
{
        struct bench b;
        struct buf saved = {0};
        struct err e = {0};
        int i;

        bench_open(&b);
        furnish(&b);
        text_step(&b, RECORD_RULES,
                  "{\"name\":\"l\",\"version\":4,\"rules\":[{\"id\":\"link\","
                  "\"kind\":\"link\",\"text\":\"x\",\"text_en\":\"x\","
                  "\"source\":\"t\",\"hold_s\":0,\"deadlines_s\":{"
                  "\"sanfang\":86400},\"lines\":[{\"level\":\"yellow\"}]}]}");
        text_step(&b, RECORD_IMPORT,
                  "{\"what\":\"checks\",\"name\":\"t\",\"version\":2,"
                  "\"babble\":{\"window_s\":600,\"times\":1,\"least\":20}}");
        tick(&b, START_US);
        babble(&b, 21);
        tick(&b, START_US + MINUTE_US);
        CHECK_EQ(system_alerts(&b), 0);
        babble(&b, 1);
        tick(&b, START_US + 2 * MINUTE_US);
        CHECK_EQ(system_alerts(&b), 1);
        CHECK_EQ(b.fx.alert[0].alert.hazard, HAZARD_SYSTEM);
        CHECK_EQ(b.fx.alert[0].transition.kind, TRANSITION_RAISED);
        state_save(b.s, &saved);
        state_free(b.s);
        CHECK_EQ(state_create(&b.s, &e), OK);
        CHECK_EQ(state_load(b.s, buf_as_text(&saved), &e), OK);
        for (i = 3; i < 11; i++) {
                tick(&b, START_US + i * MINUTE_US);
                CHECK_EQ(system_alerts(&b), 0);
        }
        for (; i < 14 && !system_alerts(&b); i++)
                tick(&b, START_US + i * MINUTE_US);
        CHECK_EQ(system_alerts(&b), 1);
        CHECK_EQ(b.fx.alert[0].alert.state, ALERT_ENDED);
        buf_done(&saved);
        bench_close(&b);
}

/* The clock's last tick may be a little older than what a station sends. */
TEST(silence_is_counted_from_when_the_station_measured)
{
        struct bench b;
        int64_t at_us;

        bench_open(&b);
        furnish(&b);
        text_step(
                &b, RECORD_RULES,
                "{\"name\":\"s\",\"version\":4,\"rules\":[{\"id\":\"silence\","
                "\"kind\":\"silence\",\"hazard\":\"silence\",\"text\":\"x\","
                "\"text_en\":\"x\",\"source\":\"t\",\"intervals\":3,"
                "\"deadlines_s\":{\"sanfang\":1800},"
                "\"lines\":[{\"level\":\"white\"}]}]}");
        text_step(&b, RECORD_LINK, "{\"link\":\"broker\",\"up\":true}");
        assert_true(time_parse(TEXT("2023-10-20T05:04:54+08:00"), &at_us));
        tick(&b, at_us);
        message(&b, "sanfang/v1/st/ZZ1/up/obs",
                "{\"station\":\"ZZ1\",\"obs\":[{\"time\":"
                "\"2023-10-20T05:05:00+08:00\",\"element\":\"Z\","
                "\"value\":8.5}]}");
        tick(&b, at_us + 15 * MINUTE_US + 5 * SECOND_US);
        CHECK_EQ(b.fx.n_alert, 0);
        tick(&b, at_us + 15 * MINUTE_US + 7 * SECOND_US);
        CHECK_EQ(b.fx.n_alert, 1);
        CHECK_STR(b.fx.alert[0].alert.id, "ZZ1-silence-20231019T212000Z");
        bench_close(&b);
}

TEST(a_vendors_table_is_put_in_force_and_audited)
{
        struct bench b;

        bench_open(&b);
        text_step(&b, RECORD_IMPORT,
                  "{\"what\":\"sl651_vendor\",\"vendor\":\"acme\","
                  "\"elements\":[]}");
        CHECK_EQ(b.fx.n_audit, 1);
        CHECK_STR(b.fx.audit[0].action, "vendor");
        CHECK_STR(b.fx.audit[0].subject, "acme");
        text_step(&b, RECORD_IMPORT,
                  "{\"what\":\"sl651_vendor\",\"vendor\":\"acme\","
                  "\"remove\":true}");
        CHECK_STR(b.fx.audit[0].detail, "removed");
        step(&b, RECORD_IMPORT,
             TEXT("{\"what\":\"sl651_vendor\",\"vendor\":\"acme\","
                  "\"remove\":true}"));
        CHECK_EQ(b.fx.refused[0].reason, ERR_UNKNOWN);
        bench_close(&b);
}

#define SCOPED(version, code)                                               \
        "{\"name\":\"s\",\"version\":" version ",\"rules\":[{\"id\":\"z\"," \
        "\"kind\":\"river_level\",\"text\":\"x\",\"text_en\":\"x\","        \
        "\"source\":\"t\",\"deadlines_s\":{\"sanfang\":1800},"              \
        "\"lines\":[{\"level\":\"blue\",\"value\":5}],\"overrides\":["      \
        "{\"station\":\"ZZ1\",\"off\":true},{" code ",\"off\":true}]}]}"

TEST(an_override_of_no_known_place_keeps_the_old_table)
{
        struct bench b;

        bench_open(&b);
        furnish(&b);
        text_step(&b, RECORD_IMPORT,
                  "{\"what\":\"zone\",\"code\":\"440902\",\"name\":\"a\","
                  "\"name_en\":\"a\",\"level\":\"county\",\"parent\":"
                  "\"440900\",\"geometry\":{\"type\":\"Polygon\","
                  "\"coordinates\":[[[110,21],[111,21],[111,22],[110,21]]]},"
                  "\"label\":[110.9,21.2]}");
        text_step(&b, RECORD_RULES, SCOPED("4", "\"zone\":\"440902\""));
        step(&b, RECORD_RULES, TEXT(SCOPED("5", "\"zone\":\"449999\"")));
        CHECK_EQ(b.fx.refused[0].reason, ERR_UNKNOWN);
        assert_non_null(strstr(b.fx.refused[0].detail,
                               "rule z, override 2: there is no zone 449999"));
        step(&b, RECORD_RULES, TEXT(SCOPED("6", "\"station\":\"NONE\"")));
        CHECK_EQ(b.fx.refused[0].reason, ERR_UNKNOWN);
        CHECK_EQ(engine_rule_set(b.s->engine)->version, 4);
        bench_close(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_gauge_is_held_against_its_neighbours),
                RUN(a_wrong_check_table_changes_nothing),
                RUN(a_station_that_babbles_is_one_system_alert),
                RUN(silence_is_counted_from_when_the_station_measured),
                RUN(a_vendors_table_is_put_in_force_and_audited),
                RUN(an_override_of_no_known_place_keeps_the_old_table),
                RUN(a_crossing_raises_one_alert_named_by_its_data),
                RUN(a_duty_officer_may_acknowledge_and_a_viewer_may_not),
                RUN(the_audit_chain_shows_a_changed_row),
                RUN(what_cannot_be_understood_is_kept_and_the_sequence_goes_on),
                RUN(a_state_that_was_saved_goes_on_the_same),
                RUN(a_snapshot_cut_anywhere_is_refused),
                RUN(sessions_open_expire_and_end),
                RUN(a_stranger_is_admitted_by_an_administrator_with_what_it_sent),
                RUN(an_import_lets_the_waiting_in_too),
                RUN(a_vendors_device_is_admitted_under_a_code_of_ours),
                RUN(an_amended_level_is_what_the_rules_see),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

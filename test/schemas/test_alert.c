/* Tests of schemas/wire/alert.c: the alert object and its words. */
#include "check.h"
#include "schemas/time.h"
#include "schemas/wire/alert.h"

#define T0 INT64_C(1697673600000000) /* 2023-10-19 08:00 +08:00 */

static struct places places;

static void begin(void)
{
        struct station s = {.code = "Z_1",
                            .name = "茂名站",
                            .name_en = "Maoming",
                            .river = "小东江",
                            .river_en = "Xiaodong",
                            .wrz_milli = 9000,
                            .grz_milli = 10000,
                            .obhtz_milli = 12000,
                            .ldkel_milli = LEVEL_UNSET,
                            .laz_milli = LEVEL_UNSET,
                            .rdkel_milli = LEVEL_UNSET};
        struct zone z = {.code = "440981",
                         .name = "高州市",
                         .name_en = "Gaozhou",
                         .level = ZONE_COUNTY};

        places_init(&places);
        assert_int_equal(places_put_station(&places, &s, NULL, NULL), OK);
        assert_int_equal(places_put_zone(&places, &z, NULL), OK);
}

static struct alert flood(void)
{
        struct alert a = {.id = "Z-1-flood-20231019T000000Z",
                          .subject = "Z_1",
                          .hazard = HAZARD_FLOOD,
                          .level = LEVEL_YELLOW,
                          .level_observed = LEVEL_YELLOW,
                          .level_peak = LEVEL_YELLOW,
                          .state = ALERT_OPEN,
                          .station = 0,
                          .zone = "440902",
                          .county = "440902",
                          .river = "小东江",
                          .group = "flood/river/小东江",
                          .rule = "river-level",
                          .rule_version = 3,
                          .rule_text = "规则",
                          .rule_text_en = "rule",
                          .element = ELEMENT_Z,
                          .value_milli = 9050,
                          .threshold_milli = 9000,
                          .observed_us = T0,
                          .raised_us = T0 + SECOND_US,
                          .changed_us = T0 + SECOND_US,
                          .ended_us = TIME_NONE,
                          .changes = 1,
                          .n_evidence = 1};

        a.evidence[0] = (struct evidence){0, ELEMENT_Z, T0, 9050, 42, false};
        for (int i = 0; i < agency_count; i++)
                a.answers[i] = (struct answer){.given_real_us = TIME_NONE,
                                               .deadline_real_us = TIME_NONE,
                                               .escalated_real_us = TIME_NONE};
        return a;
}

static const char *title(const struct alert *a, bool english)
{
        static struct buf b;

        buf_clear(&b);
        wire_alert_title(a, &places, english, &b);
        buf_char(&b, '\0');
        return b.p;
}

static const char *object(const struct alert *a, int archived)
{
        static struct buf b;
        struct json_out o = json_out(&b);

        buf_clear(&b);
        wire_alert_put(&o, NULL, a, &places, archived);
        buf_char(&b, '\0');
        return b.p;
}

TEST(an_observed_level_in_words)
{
        struct alert a = flood();

        begin();
        CHECK_STR(title(&a, false),
                  "小东江茂名站 监测水位 9.05 m 达到 黄色 标准"
                  "（警戒水位 9.00 m）");
        CHECK_STR(title(&a, true),
                  "Maoming (Xiaodong): measured level 9.05 m reaches the "
                  "yellow standard (warning level 9.00 m)");
        places_done(&places);
}

TEST(a_forecast_names_its_lead_time)
{
        struct alert a = flood();

        begin();
        a.forecast = true;
        a.level_observed = LEVEL_NONE;
        a.level_forecast = LEVEL_YELLOW;
        a.lead_us = 3 * HOUR_US + 10 * MINUTE_US;
        CHECK_STR(title(&a, false),
                  "小东江茂名站 预报 3 小时后水位 9.05 m 将达到 黄色 标准"
                  "（警戒水位 9.00 m）");
        CHECK(strstr(title(&a, true), "forecast level 9.05 m in 3 h"));
        places_done(&places);
}

TEST(rain_names_its_window)
{
        struct alert a = flood();

        begin();
        snprintf(a.subject, sizeof a.subject, "440981");
        a.station = NO_INDEX;
        a.hazard = HAZARD_RAINSTORM;
        a.level = LEVEL_ORANGE;
        a.level_observed = LEVEL_NONE;
        a.level_forecast = LEVEL_ORANGE;
        a.element = ELEMENT_P3;
        a.window_us = 3 * HOUR_US;
        a.value_milli = 52400;
        a.threshold_milli = 50000;
        a.forecast = true;
        a.lead_us = 4 * HOUR_US;
        CHECK_STR(title(&a, false),
                  "高州市 预报 4 小时后 3小时降水量 52.4 mm 将达到 橙色 标准"
                  "（标准 50.0 mm）");
        places_done(&places);
}

TEST(a_river_is_told_by_its_name)
{
        struct alert a = flood();

        begin();
        snprintf(a.subject, sizeof a.subject, "river/小东江");
        a.station = NO_INDEX;
        CHECK_EQ(strncmp(title(&a, false), "小东江 ", strlen("小东江 ")), 0);
        CHECK_EQ(strncmp(title(&a, true), "Xiaodong", 8), 0);
        places_done(&places);
}

TEST(other_hazards_have_their_words)
{
        struct alert a = flood();

        begin();
        a.hazard = HAZARD_DROUGHT;
        a.element = ELEMENT_PD;
        a.value_milli = 21000;
        a.threshold_milli = 21000;
        CHECK(strstr(title(&a, false), "连续无有效降水 21 天 达到 黄色"));
        CHECK(strstr(object(&a, 0), "\"value\":21,\"unit\":\"d\""));
        a = flood();
        a.level = LEVEL_WHITE;
        CHECK(strstr(title(&a, false), "达到 超汛限 标准（汛限水位"));
        a = flood();
        a.hazard = HAZARD_SILENCE;
        a.element = ELEMENT_count;
        a.value_milli = 3000;
        CHECK_STR(title(&a, false), "小东江茂名站 连续 3 个报送间隔无数据");
        CHECK(strstr(object(&a, 0), "\"element\":null,\"value\":null"));
        a = flood();
        a.hazard = HAZARD_SYSTEM;
        a.station = NO_INDEX;
        a.element = ELEMENT_count;
        snprintf(a.subject, sizeof a.subject, "broker");
        CHECK_STR(title(&a, false), "消息服务 链路中断");
        CHECK_STR(title(&a, true), "broker: link down");
        snprintf(a.subject, sizeof a.subject, "stations");
        CHECK_STR(title(&a, false), "多个测站 同时无数据");
        places_done(&places);
}

TEST(no_title_says_that_we_issue_a_signal)
{
        struct alert a = flood();

        begin();
        for (int h = 0; h < hazard_count; h++)
                for (int f = 0; f < 2; f++) {
                        a.hazard = (enum hazard)h;
                        a.forecast = f;
                        CHECK(!strstr(title(&a, false), "发布"));
                        CHECK(!strstr(title(&a, false), "预警信号"));
                }
        places_done(&places);
}

static const char *const members[] = {
        "id",           "version",        "hazard",         "level",
        "level_peak",   "level_observed", "level_forecast", "state",
        "zone",         "county",         "station",        "river",
        "group",        "title",          "title_en",       "rule",
        "rule_version", "rule_text",      "rule_text_en",   "unverified",
        "element",      "value",          "unit",           "threshold",
        "window_s",     "observed_at",    "raised_at",      "changed_at",
        "ended_at",     "escalates_at",   "agencies",       "acked_by",
        "forecast",     "lead_s",         "late",           "reason",
        "merged_into",  "evidence",       "archived",
};

TEST(the_object_is_json_with_every_member)
{
        struct alert a = flood();
        struct json *j;
        struct err e = {0};

        begin();
        CHECK_EQ(json_parse(text_of(object(&a, 1)), 65536, &j, &e), OK);
        for (size_t i = 0; i < sizeof members / sizeof *members; i++)
                if (!json_get(j, members[i]))
                        fail_msg("no member %s", members[i]);
        CHECK(json_true(json_get(j, "archived")));
        CHECK(text_is(json_text(json_get(j, "station")), "Z_1"));
        CHECK(text_is(json_text(json_get(j, "observed_at")),
                      "2023-10-19T08:00:00+08:00"));
        CHECK(json_is_null(json_get(j, "ended_at")));
        CHECK(json_is_null(json_get(j, "merged_into")));
        CHECK_EQ(json_size(json_get(j, "evidence")), 1);
        json_free(j);
        CHECK(strstr(object(&a, -1), "archived") == NULL);
        places_done(&places);
}

TEST(it_escalates_at_the_first_duty_not_answered)
{
        struct alert a = flood();
        const char *json;

        begin();
        a.answers[AGENCY_SANFANG].required = true;
        a.answers[AGENCY_SANFANG].deadline_real_us = T0 + 10 * MINUTE_US;
        a.answers[AGENCY_HYDROLOGY].required = true;
        a.answers[AGENCY_HYDROLOGY].deadline_real_us = T0 + 15 * MINUTE_US;
        CHECK(strstr(object(&a, 0),
                     "\"escalates_at\":\"2023-10-19T08:10:00+08:00\""));
        a.answers[AGENCY_SANFANG].given = true;
        a.answers[AGENCY_SANFANG].intent = INTENT_ACTING;
        snprintf(a.answers[AGENCY_SANFANG].user, CODE_MAX, "duty");
        json = object(&a, 0);
        CHECK(strstr(json, "\"escalates_at\":\"2023-10-19T08:15:00+08:00\""));
        CHECK(strstr(json, "\"acked_by\":[\"duty\"]"));
        a.answers[AGENCY_SANFANG].intent = INTENT_REFUSED;
        CHECK(strstr(object(&a, 0), "\"acked_by\":[]"));
        a.answers[AGENCY_HYDROLOGY].escalated = true;
        CHECK(strstr(object(&a, 0), "\"escalates_at\":null"));
        places_done(&places);
}

TEST(a_transition_as_an_object)
{
        struct alert a = flood();
        struct transition t = {.kind = TRANSITION_ACK,
                               .from_level = LEVEL_YELLOW,
                               .to_level = LEVEL_YELLOW,
                               .from_state = ALERT_OPEN,
                               .to_state = ALERT_ACKNOWLEDGED,
                               .at_us = T0,
                               .real_us = T0,
                               .seq = 9,
                               .n = 2,
                               .agency = AGENCY_SANFANG,
                               .user = "duty",
                               .note = "\"好\""};
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct json *j;

        wire_transition_put(&o, NULL, &a, &t);
        CHECK_EQ(json_parse(buf_as_text(&b), 65536, &j, NULL), OK);
        CHECK(text_is(json_text(json_get(j, "kind")), "ack"));
        CHECK(text_is(json_text(json_get(j, "agency")), "sanfang"));
        CHECK(text_is(json_text(json_get(j, "note")), "\"好\""));
        json_free(j);
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(an_observed_level_in_words),
                RUN(a_forecast_names_its_lead_time),
                RUN(rain_names_its_window),
                RUN(a_river_is_told_by_its_name),
                RUN(other_hazards_have_their_words),
                RUN(no_title_says_that_we_issue_a_signal),
                RUN(the_object_is_json_with_every_member),
                RUN(it_escalates_at_the_first_duty_not_answered),
                RUN(a_transition_as_an_object),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

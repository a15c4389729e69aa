/* Tests of schemas/wire/rule.c: rule tables, right and wrong. */
#include <stdlib.h>

#include "check.h"
#include "schemas/time.h"
#include "schemas/wire/rule.h"

static char text[65536];

static struct text file(const char *name)
{
        char path[512];
        FILE *f;
        size_t n;

        snprintf(path, sizeof path, SOURCE_DIR "/alerts/rules/%s.json", name);
        f = fopen(path, "rb");
        assert_non_null(f);
        n = fread(text, 1, sizeof text, f);
        fclose(f);
        return (struct text){text, n};
}

static const struct rule *rule(const struct rule_set *s, const char *id)
{
        for (uint32_t i = 0; i < s->n_rules; i++)
                if (strcmp(s->rule[i].id, id) == 0)
                        return &s->rule[i];
        fail_msg("no rule %s", id);
        return NULL;
}

TEST(the_guangdong_table_is_as_documented)
{
        static struct rule_set s;
        const struct rule *r;
        struct err e = {0};

        CHECK_EQ(wire_rules_decode(file("guangdong"), &s, &e), OK);
        CHECK_STR(s.name, "guangdong");
        CHECK_EQ(s.n_rules, 14);
        r = rule(&s, "silence-cluster");
        CHECK_EQ(r->zone_level, ZONE_COUNTY);
        CHECK_EQ(r->least, 3);
        CHECK_EQ(r->percent, 30);
        CHECK_EQ(r->within_us, 6 * HOUR_US);
        CHECK_EQ(r->line[0].value_milli, 6000);
        r = rule(&s, "rain-sum");
        CHECK_EQ(r->n_lines, 3); /* no blue */
        CHECK_EQ(r->line[0].level, LEVEL_YELLOW);
        CHECK_EQ(r->line[0].value_milli, 50000);
        CHECK_EQ(r->line[0].window_us, 6 * HOUR_US);
        CHECK(r->line[2].unverified);
        CHECK_EQ(r->line[2].value_milli, 100000);
        CHECK_EQ(r->deadline_us[AGENCY_SANFANG], 10 * MINUTE_US);
        CHECK(r->agencies & AGENCY_BIT(AGENCY_WEATHER));
        CHECK(!(r->agencies & AGENCY_BIT(AGENCY_HYDROLOGY)));
        r = rule(&s, "river-level");
        CHECK_EQ(r->line[0].base, LINE_NEAR);
        CHECK_EQ(r->line[3].base, LINE_OBHTZ);
        CHECK_EQ(r->hysteresis_milli, 50);
        CHECK_EQ(r->hold_us, 30 * MINUTE_US);
        CHECK_EQ(rule(&s, "reservoir-limit")->line[0].level, LEVEL_WHITE);
        CHECK_EQ(rule(&s, "forecast-level")->intervals, 2);
        CHECK_EQ(rule(&s, "silence")->intervals, 3);
        CHECK(rule(&s, "wind-gust")->gust);
        CHECK_EQ(rule(&s, "wind-gust")->line[3].value_milli, 37000);
        CHECK_EQ(rule(&s, "soil-moisture")->element, ELEMENT_M20);
        CHECK_EQ(rule(&s, "dry-days")->effective_milli, 5000);
}

TEST(the_national_table_has_a_blue_rain_line)
{
        static struct rule_set s;
        struct err e = {0};

        CHECK_EQ(wire_rules_decode(file("national"), &s, &e), OK);
        CHECK_EQ(rule(&s, "rain-sum")->line[0].level, LEVEL_BLUE);
        CHECK_EQ(rule(&s, "rain-sum")->line[0].window_us, 12 * HOUR_US);
        CHECK(!rule(&s, "rain-sum")->line[0].unverified);
}

TEST(every_number_has_a_source)
{
        static const char *const names[] = {"guangdong", "national",
                                            "flash-flood"};
        static struct rule_set s;
        struct err e = {0};

        for (int i = 0; i < 2; i++) {
                CHECK_EQ(wire_rules_decode(file(names[i]), &s, &e), OK);
                for (uint32_t k = 0; k < s.n_rules; k++)
                        CHECK(s.rule[k].source[0] && s.rule[k].text[0] &&
                              s.rule[k].text_en[0] && s.rule[k].agencies);
        }
}

TEST(what_is_written_reads_back_the_same)
{
        static struct rule_set a, b;
        struct err e = {0};
        struct buf one = {0}, two = {0};

        CHECK_EQ(wire_rules_decode(file("guangdong"), &a, &e), OK);
        wire_rules_encode(&a, &one);
        CHECK_EQ(wire_rules_decode(buf_as_text(&one), &b, &e), OK);
        CHECK_EQ(memcmp(&a, &b, sizeof a), 0);
        wire_rules_encode(&b, &two);
        CHECK(text_eq(buf_as_text(&one), buf_as_text(&two)));
        buf_done(&one);
        buf_done(&two);
}

#define RULE(body)                                                 \
        "{\"name\":\"t\",\"version\":1,\"rules\":[{\"id\":\"r1\"," \
        "\"text\":\"x\",\"text_en\":\"x\",\"source\":\"x\"," body "}]}"
#define DUE "\"deadlines_s\":{\"sanfang\":600}"

/* Tables with one mistake each, and words that its error must say. */
static const struct {
        const char *json;
        enum status status;
        const char *says[3];
} wrong_tables[] = {
        {"[]", ERR_TYPE, {"object"}},
        {"{\"version\":1,\"rules\":[]}", ERR_MISSING, {"\"name\"", "add"}},
        {"{\"name\":\"t\",\"rules\":[]}", ERR_MISSING, {"\"version\""}},
        {"{\"name\":\"t\",\"version\":0,\"rules\":[]}",
         ERR_RANGE,
         {"\"version\""}},
        {"{\"name\":\"t\",\"version\":1}", ERR_MISSING, {"\"rules\""}},
        {"{\"name\":\"t\",\"version\":1,\"rulez\":[]}",
         ERR_UNKNOWN,
         {"rulez", "spelling"}},
        {"{\"name\":\"t\",\"version\":1,\"rules\":[{}]}",
         ERR_MISSING,
         {"rule 1", "\"id\""}},
        {RULE("\"kind\":\"rain\""),
         ERR_UNKNOWN,
         {"rule r1", "\"kind\"", "rain_sum"}},
        {RULE("\"kind\":\"rain_sum\"," DUE),
         ERR_MISSING,
         {"rule r1", "\"lines\""}},
        {RULE("\"kind\":\"rain_sum\",\"lines\":[{\"level\":\"pink\"}]"
              "," DUE),
         ERR_UNKNOWN,
         {"rule r1", "\"level\"", "yellow"}},
        {RULE("\"kind\":\"rain_sum\",\"lines\":[{\"level\":\"red\","
              "\"window_s\":60}]," DUE),
         ERR_MISSING,
         {"rule r1", "\"value\""}},
        {RULE("\"kind\":\"rain_sum\",\"lines\":[{\"level\":\"red\","
              "\"value\":5}]," DUE),
         ERR_MISSING,
         {"rule r1", "\"window_s\""}},
        {RULE("\"kind\":\"rain_sum\",\"lines\":[{\"level\":\"red\","
              "\"value\":\"5\",\"window_s\":60}]," DUE),
         ERR_TYPE,
         {"rule r1", "\"value\"", "number"}},
        {RULE("\"kind\":\"wind\",\"lines\":[{\"level\":\"red\","
              "\"base\":\"WRZ\"}]," DUE),
         ERR_MISMATCH,
         {"rule r1", "\"base\"", "remove"}},
        {RULE("\"kind\":\"river_level\",\"lines\":[{\"level\":\"red\","
              "\"base\":\"LAZ\"}]," DUE),
         ERR_MISMATCH,
         {"rule r1", "LAZ", "Z <= station.LAZ"}},
        {RULE("\"kind\":\"wind\",\"lines\":[{\"level\":\"red\","
              "\"value\":5},{\"level\":\"blue\",\"value\":9}]," DUE),
         ERR_MISMATCH,
         {"rule r1", "blue", "red"}},
        {RULE("\"kind\":\"wind\",\"lines\":[{\"level\":\"blue\","
              "\"value\":9},{\"level\":\"red\",\"value\":5}]," DUE),
         ERR_MISMATCH,
         {"rule r1", "red", "mend"}},
        {RULE("\"kind\":\"wind\",\"lines\":[{\"level\":\"red\","
              "\"value\":5}],\"runs\":2," DUE),
         ERR_MISMATCH,
         {"rule r1", "\"runs\"", "remove"}},
        {RULE("\"kind\":\"wind\",\"hazard\":\"flood\",\"lines\":[{"
              "\"level\":\"red\",\"value\":5}]," DUE),
         ERR_MISMATCH,
         {"rule r1", "\"hazard\"", "wind"}},
        {RULE("\"kind\":\"wind\",\"lines\":[{\"level\":\"red\","
              "\"value\":5}],\"hold_s\":-1," DUE),
         ERR_RANGE,
         {"rule r1", "\"hold_s\""}},
        {RULE("\"kind\":\"wind\",\"lines\":[{\"level\":\"red\","
              "\"value\":5}]"),
         ERR_MISSING,
         {"rule r1", "\"deadlines_s\"", "sanfang"}},
        {RULE("\"kind\":\"wind\",\"lines\":[{\"level\":\"red\","
              "\"value\":5}],\"deadlines_s\":{\"army\":60}"),
         ERR_UNKNOWN,
         {"rule r1", "army", "hydrology"}},
        {RULE("\"kind\":\"wind\",\"lines\":[{\"level\":\"red\","
              "\"value\":5}],\"deadlines_s\":{\"sanfang\":0}"),
         ERR_RANGE,
         {"rule r1", "sanfang", "seconds"}},
        {RULE("\"kind\":\"soil_moisture\",\"lines\":[{\"level\":"
              "\"red\",\"value\":5}]," DUE),
         ERR_UNKNOWN,
         {"rule r1", "\"element\"", "M20"}},
        {RULE("\"kind\":\"soil_moisture\",\"element\":\"Z\",\"lines\":["
              "{\"level\":\"red\",\"value\":5}]," DUE),
         ERR_UNKNOWN,
         {"rule r1", "\"element\""}},
};

TEST(errors_name_the_rule_the_field_and_what_to_do)
{
        static struct rule_set s;

        for (size_t i = 0; i < sizeof wrong_tables / sizeof *wrong_tables;
             i++) {
                struct err e = {0};

                s.n_rules = 77;
                CHECK_EQ(wire_rules_decode(text_of(wrong_tables[i].json), &s,
                                           &e),
                         wrong_tables[i].status);
                CHECK_EQ(s.n_rules, 77); /* untouched */
                for (int k = 0; k < 3 && wrong_tables[i].says[k]; k++)
                        if (!strstr(e.msg, wrong_tables[i].says[k]))
                                fail_msg("\"%s\" does not say %s", e.msg,
                                         wrong_tables[i].says[k]);
        }
}

TEST(an_id_may_stand_once)
{
        static const char one[] =
                "{\"id\":\"a\",\"kind\":\"link\",\"text\":\"x\",\"text_en\":"
                "\"x\",\"source\":\"x\",\"lines\":[{\"level\":\"red\"}]," DUE
                "}";
        char json[1024];
        static struct rule_set s;
        struct err e = {0};

        snprintf(json, sizeof json,
                 "{\"name\":\"t\",\"version\":1,\"rules\":[%s]}", one);
        CHECK_EQ(wire_rules_decode(text_of(json), &s, &e), OK);
        snprintf(json, sizeof json,
                 "{\"name\":\"t\",\"version\":1,\"rules\":[%s,%s]}", one, one);
        CHECK_EQ(wire_rules_decode(text_of(json), &s, &e), ERR_DUPLICATE);
        CHECK(strstr(e.msg, "rule a") != NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_guangdong_table_is_as_documented),
                RUN(the_national_table_has_a_blue_rain_line),
                RUN(every_number_has_a_source),
                RUN(what_is_written_reads_back_the_same),
                RUN(errors_name_the_rule_the_field_and_what_to_do),
                RUN(an_id_may_stand_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

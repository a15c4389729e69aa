/* Tests of alerts/contradict.c and expr_imply.c: what in a table cannot be
 * meant is refused, and what only looks odd is not. */
#include <stdlib.h>

#include "alerts/engine.h"
#include "check.h"
#include "schemas/wire/rule.h"
#include "server/rule_file.h"

#define HEAD "{\"name\":\"t\",\"version\":1,\"rules\":[\n"
#define RULE(id, body)                                                       \
        "{\"id\":\"" id "\",\"text\":\"x\",\"text_en\":\"x\",\"source\":\"x" \
        "\",\"deadlines_s\":{\"sanfang\":600}," body "}"
#define TAIL "]}"
#define ONE(body) HEAD RULE("r1", body) TAIL
#define TWO(a, b) HEAD RULE("r1", a) ",\n" RULE("r2", b) TAIL

#define SUM2(ya, wa, yb, wb)                                             \
        "\"kind\":\"rain_sum\",\"lines\":[\n{\"level\":\"yellow\","      \
        "\"value\":" ya ",\"window_s\":" wa "},\n{\"level\":\"orange\"," \
        "\"value\":" yb ",\"window_s\":" wb "}]"
#define LINE1(level, rest) "\"lines\":[{\"level\":\"" level "\"," rest "}]"
#define WHEN(level, when) "{\"level\":\"" level "\",\"when\":\"" when "\"}"
#define FLOOD "\"kind\":\"expression\",\"hazard\":\"flood\",\"lines\":[\n"
#define EXPR1(a) FLOOD WHEN("blue", a) "]"
#define EXPR2(a, b) FLOOD WHEN("blue", a) ",\n" WHEN("red", b) "]"
#define WIND "\"kind\":\"wind\","
#define SOIL "\"kind\":\"soil_moisture\",\"element\":\"M20\","

static const struct {
        const char *json;
        const char *says[3]; /* none: it is right */
} tables[] = {
        /* A window that is longer is reached first. */
        {ONE(SUM2("50", "21600", "50", "10800")), {0}},
        {ONE(SUM2("50", "10800", "50", "21600")),
         {"line 3, column 1: rule r1, yellow", "never seen", "orange"}},
        {ONE(SUM2("50", "10800", "50.1", "21600")), {0}},
        {ONE(SUM2("50", "10800", "49.9", "21600")), {"line 3", "never seen"}},
        {ONE("\"kind\":\"rain_sum\",\"lines\":[\n"
             "{\"level\":\"blue\",\"value\":30,\"window_s\":3600},\n"
             "{\"level\":\"yellow\",\"value\":60,\"window_s\":3600},\n"
             "{\"level\":\"red\",\"value\":25,\"window_s\":7200}]"),
         {"line 3", "rule r1, blue", "red"}},
        /* A limit that cannot be, or always is. */
        {ONE(WIND LINE1("red", "\"value\":121")),
         {"rule r1, red", "never reached", "0 to 120"}},
        {ONE(WIND LINE1("red", "\"value\":120")), {0}},
        {ONE(WIND "\"gust\":true," LINE1("red", "\"value\":121")), {0}},
        {ONE(WIND LINE1("red", "\"value\":0")), {"always reached", "above 0"}},
        {ONE(SOIL LINE1("red", "\"value\":-1")), {"never reached"}},
        {ONE(SOIL LINE1("red", "\"value\":0")), {0}},
        {ONE(SOIL LINE1("red", "\"value\":100")),
         {"always reached", "under 100"}},
        {ONE("\"kind\":\"dry_days\"," LINE1("red", "\"value\":401")),
         {"never reached", "0 to 400"}},
        {ONE("\"kind\":\"dry_days\"," LINE1("red", "\"value\":400")), {0}},
        {ONE("\"kind\":\"rain_sum\"," LINE1("red",
                                            "\"value\":0,\"window_s\":60")),
         {"always reached"}},
        {ONE("\"kind\":\"river_level\"," LINE1("red", "\"value\":-1")), {0}},
        /* Levels: only one base is known to be at most another. */
        {ONE("\"kind\":\"river_level\",\"lines\":["
             "{\"level\":\"blue\",\"base\":\"WRZ\"},"
             "{\"level\":\"red\",\"base\":\"near\"}]"),
         {"rule r1, blue", "never seen"}},
        {ONE("\"kind\":\"river_level\",\"lines\":["
             "{\"level\":\"blue\",\"base\":\"WRZ\"},"
             "{\"level\":\"red\",\"base\":\"near\",\"value\":0.1}]"),
         {0}},
        {ONE("\"kind\":\"river_level\",\"lines\":["
             "{\"level\":\"blue\",\"base\":\"GRZ\"},"
             "{\"level\":\"red\",\"base\":\"WRZ\"}]"),
         {0}}, /* a station may have only the one */
        /* Clusters of silence. */
        {ONE("\"kind\":\"silence_cluster\",\"zone\":\"county\",\"least\":6,"
             "\"lines\":[{\"level\":\"yellow\",\"value\":3},"
             "{\"level\":\"red\",\"value\":6}]"),
         {"rule r1, yellow", "never seen"}},
        {ONE("\"kind\":\"silence_cluster\",\"zone\":\"county\",\"least\":5,"
             "\"lines\":[{\"level\":\"yellow\",\"value\":3},"
             "{\"level\":\"red\",\"value\":6}]"),
         {0}},
        /* Expressions: a line that holds whenever a lesser one does. */
        {ONE(EXPR2("Z >= 5 m", "Z >= 6 m")), {0}},
        {ONE(EXPR2("Z >= 5 m", "Z >= 5 m")),
         {"line 3, column 25: rule r1, blue", "never seen", "red"}},
        {ONE(EXPR2("Z > 5 m", "Z >= 5 m")), {"rule r1, blue"}},
        {ONE(EXPR2("Z >= 5 m", "Z > 5 m")), {0}},
        {ONE(EXPR2("Z <= 5 m", "Z <= 6 m")), {"rule r1, blue"}},
        {ONE(EXPR2("Z <= 5 m", "Z <= 4 m")), {0}},
        {ONE(EXPR2("Z >= 5 m", "Z <= 5 m")), {0}},
        {ONE(EXPR2("Z >= station.WRZ", "Z >= station.WRZ - 0.1 m")),
         {"rule r1, blue"}},
        {ONE(EXPR2("Z >= station.WRZ", "Z >= station.WRZ + 0.1 m")), {0}},
        {ONE(EXPR2("Z >= station.WRZ", "Z >= station.near")),
         {"rule r1, blue"}},
        {ONE(EXPR2("Z > station.WRZ", "Z > station.near")), {0}},
        {ONE(EXPR2("Z >= station.GRZ", "Z >= station.WRZ")), {0}},
        {ONE(EXPR2("sum(rain, 1h) >= 50 mm", "sum(rain, 3h) >= 50 mm")),
         {"rule r1, blue"}},
        {ONE(EXPR2("sum(rain, 3h) >= 50 mm", "sum(rain, 1h) >= 50 mm")), {0}},
        {ONE(EXPR2("sum(rain, 3h) <= 5 mm", "sum(rain, 1h) <= 5 mm")), {0}},
        {ONE(EXPR2("max(Z, 1h) >= 5 m", "max(Z, 2h) >= 5 m")),
         {"rule r1, blue"}},
        {ONE(EXPR2("min(Z, 1h) <= 5 m", "min(Z, 2h) <= 5 m")),
         {"rule r1, blue"}},
        {ONE(EXPR2("min(Z, 1h) >= 5 m", "min(Z, 2h) >= 5 m")), {0}},
        {ONE(EXPR2("mean(Z, 1h) >= 5 m", "mean(Z, 2h) >= 5 m")), {0}},
        {ONE(EXPR2("Z >= 5 m and rate(Z, 1h) > 1 m/h", "Z >= 4 m")),
         {"rule r1, blue"}},
        {ONE(EXPR2("Z >= 5 m", "Z >= 4 m and rate(Z, 1h) > 1 m/h")), {0}},
        {ONE(EXPR2("Z >= 5 m", "Z >= 4 m or rate(Z, 1h) > 1 m/h")),
         {"rule r1, blue"}},
        {ONE(EXPR2("Z >= 5 m or rate(Z, 1h) > 1 m/h", "Z >= 4 m")), {0}},
        {ONE(EXPR2("Z >= 6 m or Z >= 5 m and Z < 9 m", "Z >= 4 m")),
         {"rule r1, blue"}},
        {ONE(EXPR2("not Z < 5 m", "Z >= 4 m")), {0}}, /* not known */
        /* Two parts that rule each other out. */
        {ONE(EXPR1("Z >= 5 m and Z < 5 m")), {"rule r1, blue", "never holds"}},
        {ONE(EXPR1("Z >= 5 m and Z <= 5 m")), {0}},
        {ONE(EXPR1("Z >= 5 m and rate(Z, 1h) > 0 m/h and Z < 4 m")),
         {"never holds"}},
        {ONE(EXPR1("Z >= 5 m or Z < 4 m")), {0}},
        {ONE(EXPR1("Z >= 5 m and (Z < 4 m or Z > 6 m)")), {0}},
        /* Two rules with one limit. */
        {TWO(WIND LINE1("red", "\"value\":30"),
             WIND LINE1("blue", "\"value\":30")),
         {"line 3", "rule r2, blue", "is red in rule r1"}},
        {TWO(WIND LINE1("red", "\"value\":30"),
             WIND LINE1("red", "\"value\":30")),
         {0}},
        {TWO(WIND LINE1("red", "\"value\":30"),
             WIND LINE1("blue", "\"value\":29")),
         {0}},
        {TWO(WIND LINE1("red", "\"value\":30"),
             WIND "\"gust\":true," LINE1("blue", "\"value\":30")),
         {0}},
        {TWO(SOIL LINE1("red", "\"value\":30"),
             "\"kind\":\"soil_moisture\",\"element\":\"M40\"," LINE1(
                     "blue", "\"value\":30")),
         {0}},
        {TWO("\"kind\":\"silence\",\"lines\":[{\"level\":\"red\"}]",
             "\"kind\":\"silence\",\"lines\":[{\"level\":\"blue\"}]"),
         {"rule r2, blue", "is red in rule r1"}},
        {TWO("\"kind\":\"silence\",\"lines\":[{\"level\":\"red\"}],"
             "\"intervals\":9",
             "\"kind\":\"silence\",\"lines\":[{\"level\":\"blue\"}]"),
         {0}},
        {TWO(EXPR1("Z >= 5 m"), FLOOD WHEN("red", "Z >= 5 m") "]"),
         {"rule r2, red", "is blue in rule r1"}},
        {TWO(EXPR1("Z >= 5 m"),
             "\"kind\":\"expression\",\"hazard\":\"drought\",\"lines\":[" WHEN(
                     "red", "Z >= 5 m") "]"),
         {0}},
};

static void wants(size_t i, enum status st, const struct err *e)
{
        size_t k;

        if (!tables[i].says[0] && st != OK)
                fail_msg("%s\nis refused: %s", tables[i].json, e->msg);
        for (k = 0; k < 3 && tables[i].says[k]; k++)
                if (st == OK || !strstr(e->msg, tables[i].says[k]))
                        fail_msg("%s\nno \"%s\" in: %s", tables[i].json,
                                 tables[i].says[k],
                                 st == OK ? "(taken)" : e->msg);
}

TEST(what_cannot_be_meant_is_refused_and_nothing_else)
{
        struct rule_set *set = calloc(1, sizeof *set);
        struct json_place at;
        size_t i;

        assert_non_null(set);
        for (i = 0; i < sizeof tables / sizeof *tables; i++) {
                struct err e = {0};
                enum status st =
                        rule_file_decode(text_of(tables[i].json), set, &at, &e);

                wants(i, st, &e);
                if (st != OK)
                        CHECK(at.line > 0);
        }
        free(set);
}

TEST(a_table_of_an_old_journal_is_still_taken)
{
        struct rule_set *set = calloc(1, sizeof *set);
        struct engine *g;
        struct err e = {0};

        assert_non_null(set);
        assert_int_equal(engine_create(&g, &e), OK);
        assert_int_equal(wire_rules_decode(text_of(ONE(SUM2("50", "10800", "50",
                                                            "21600"))),
                                           set, &e),
                         OK);
        CHECK_EQ(engine_rules(g, set, &e), OK);
        engine_free(g);
        free(set);
}

/* "and" and "or" nested so that each way would have to be tried. */
TEST(a_tangle_of_and_and_or_takes_no_time)
{
        struct rule_set *set = calloc(1, sizeof *set);
        static char json[4000];
        char a[400], b[400];
        struct json_place at;
        struct err e = {0};
        size_t i, n = 0, m = 0;

        assert_non_null(set);
        for (i = 0; i < 20; i++) {
                n += (size_t)snprintf(a + n, sizeof a - n, "%sZ>=%zu m",
                                      i ? " and " : "", i + 1);
                m += (size_t)snprintf(b + m, sizeof b - m, "%sQ>=%zu m3/s",
                                      i ? " or " : "", i + 1);
        }
        snprintf(json, sizeof json, HEAD RULE("r1", EXPR2("%s", "%s")) TAIL, a,
                 b);
        CHECK_EQ(rule_file_decode(text_of(json), set, &at, &e), OK);
        free(set);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(what_cannot_be_meant_is_refused_and_nothing_else),
                RUN(a_table_of_an_old_journal_is_still_taken),
                RUN(a_tangle_of_and_and_or_takes_no_time),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test/alerts/test_scope.c -- overrides by zone and station, and the
 * cool-down of a rule. */
#include "world.h"

static const char head[] = "{\"name\":\"t\",\"version\":1,\"rules\":[{\"id\":"
                           "\"r\",\"text\":\"x\",\"text_en\":\"x\",\"source\":"
                           "\"x\",\"deadlines_s\":{\"sanfang\":600},";

/* A table of one rule; its text must be right. */
static void table(struct world *w, const char *rule)
{
        struct rule_set *set = malloc(sizeof *set), *again;
        struct buf b = {0}, twice = {0};
        char json[4096];

        snprintf(json, sizeof json, "%s%s}]}", head, rule);
        if (wire_rules_decode(text_of(json), set, &w->e) != OK ||
            engine_rules(w->g, set, &w->e) != OK)
                fail_msg("%s", w->e.msg);
        /* Written again, it is the same. */
        again = malloc(sizeof *again);
        wire_rules_encode(set, &b);
        if (wire_rules_decode(buf_as_text(&b), again, &w->e) != OK)
                fail_msg("%s", w->e.msg);
        wire_rules_encode(again, &twice);
        assert_int_equal(again->n_rules, set->n_rules);
        assert_int_equal(b.n, twice.n);
        assert_memory_equal(b.p, twice.p, b.n);
        buf_done(&b);
        buf_done(&twice);
        free(again);
        free(set);
}

static struct world began(void)
{
        struct world w;

        world_begin(&w, "guangdong");
        snprintf(w.places.stations[RIVER].town, 10, "440902101");
        snprintf(w.places.stations[RIVER].catchment[0], 10, "XDJ");
        snprintf(w.places.stations[RIVER].catchment[1], 10, "JJ");
        world_zone(&w, "440902101", ZONE_TOWN);
        return w;
}

#define LINES(value) "\"lines\":[{\"level\":\"blue\",\"value\":" #value "}]"
#define BASE(value) "\"kind\":\"river_level\"," LINES(value)

/* The limit that the last crossing was compared with, at a fresh river. */
static int64_t limit_with(const char *overrides)
{
        struct world w = began();
        char rule[2048];
        int64_t ret;

        snprintf(rule, sizeof rule, BASE(5) "%s%s%s",
                 overrides[0] ? ",\"overrides\":[" : "", overrides,
                 overrides[0] ? "]" : "");
        table(&w, rule);
        level(&w, 5, 100000);
        ret = live(last(&w, HAZARD_FLOOD))
                      ? last(&w, HAZARD_FLOOD)->threshold_milli
                      : 0;
        world_end(&w);
        return ret;
}

#define CITY "{\"zone\":\"440900\"," LINES(6) "}"
#define COUNTY "{\"zone\":\"440902\"," LINES(7) "}"
#define TOWN "{\"zone\":\"440902101\"," LINES(8) "}"
#define STATION "{\"station\":\"Z_1\"," LINES(9) "}"

TEST(the_most_specific_override_counts)
{
        CHECK_EQ(limit_with(""), 5000);
        CHECK_EQ(limit_with(CITY), 6000);
        CHECK_EQ(limit_with(CITY "," COUNTY), 7000);
        CHECK_EQ(limit_with(COUNTY "," CITY), 7000);
        CHECK_EQ(limit_with(TOWN "," COUNTY "," CITY), 8000);
        CHECK_EQ(limit_with(STATION "," TOWN "," COUNTY "," CITY), 9000);
        CHECK_EQ(limit_with(TOWN "," CITY "," STATION), 9000);
        CHECK_EQ(limit_with("{\"zone\":\"440981\"," LINES(7) "}"), 5000);
        CHECK_EQ(limit_with("{\"station\":\"DAM\"," LINES(7) "}"), 5000);
        CHECK_EQ(limit_with("{\"zone\":\"440902\",\"off\":true}"), 0);
        CHECK_EQ(limit_with("{\"zone\":\"440902\",\"off\":true}," TOWN), 8000);
        CHECK_EQ(limit_with("{\"station\":\"Z_1\",\"off\":true}," TOWN), 0);
}

TEST(what_an_override_does_not_say_is_inherited)
{
        struct world w = began();

        table(&w, BASE(5) ",\"hysteresis\":1,\"overrides\":["
                          "{\"zone\":\"440902\",\"hysteresis\":3}]");
        level(&w, 5, 5000);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        CHECK_STR(last(&w, HAZARD_FLOOD)->rule, "r");
        CHECK_STR(last(&w, HAZARD_FLOOD)->rule_scope, "440902");
        level(&w, 10, 2500); /* the rule itself would have ended */
        CHECK(live(last(&w, HAZARD_FLOOD)));
        world_restart(&w);
        level(&w, 15, 1900);
        CHECK(!live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

TEST(rain_of_a_station_and_a_forecast_of_a_zone)
{
        struct world w = began();
        struct forecast f = {.is_zone = true,
                             .element = ELEMENT_PJ,
                             .begin_us = at(0),
                             .issued_us = at(0),
                             .n_steps = 1,
                             .seq = 7};

        snprintf(f.source, sizeof f.source, "nwp");
        f.step[0].valid_us = at(60);
        f.step[0].value_milli = 20000;
        table(&w, "\"kind\":\"forecast_rain\",\"lines\":[{\"level\":\"blue\","
                  "\"value\":30,\"window_s\":3600}],\"overrides\":["
                  "{\"zone\":\"440981\",\"lines\":[{\"level\":\"blue\","
                  "\"value\":15,\"window_s\":3600}]}]");
        snprintf(f.subject, sizeof f.subject, "440902");
        world_keep(&w, engine_forecast(w.g, &w.places, &f, &w.m, &w.fx, &w.e));
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 0);
        snprintf(f.subject, sizeof f.subject, "440981");
        world_keep(&w, engine_forecast(w.g, &w.places, &f, &w.m, &w.fx, &w.e));
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 1);
        CHECK_STR(last(&w, HAZARD_RAINSTORM)->rule_scope, "440981");
        /* A gauge has its own. */
        table(&w, "\"kind\":\"rain_sum\",\"lines\":[{\"level\":\"blue\","
                  "\"value\":30,\"window_s\":3600}],\"overrides\":["
                  "{\"station\":\"P1\",\"lines\":[{\"level\":\"yellow\","
                  "\"value\":15,\"window_s\":3600}]}]");
        slot(&w, 5, 16000);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_YELLOW);
        slot(&w, 10, 16000);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_YELLOW);
        world_end(&w);
}

TEST(silence_waits_as_long_as_the_override_says)
{
        struct world w = began();

        table(&w, "\"kind\":\"silence\",\"intervals\":3,\"lines\":[{\"level\":"
                  "\"blue\"}],\"overrides\":[{\"station\":\"Z_1\","
                  "\"intervals\":6},{\"station\":\"DAM\",\"off\":true}]");
        broker(&w, 0, true);
        value(&w, RIVER, ELEMENT_Z, 1, 100);
        value(&w, BARE, ELEMENT_Z, 1, 100);
        value(&w, DAM, ELEMENT_Z, 1, 100);
        tick(&w, 17);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 1);
        CHECK_STR(last(&w, HAZARD_SILENCE)->subject, "Z_BARE");
        tick(&w, 30);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 1);
        tick(&w, 32);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 2);
        CHECK_STR(last(&w, HAZARD_SILENCE)->subject, "Z_1");
        tick(&w, 300);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 2);
        world_end(&w);
}

TEST(a_table_or_a_move_leaves_no_alert_behind)
{
        struct world w = began();

        table(&w, BASE(5));
        level(&w, 5, 5500);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        /* The override's line is the same: it goes on as it was. */
        table(&w, BASE(5) ",\"overrides\":[{\"zone\":\"440902\","
                          "\"hysteresis\":1},{\"zone\":\"440981\","
                          "\"off\":true}]");
        tick(&w, 6);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        /* It lies elsewhere now, where the rule is off. */
        snprintf(w.places.stations[RIVER].county, 7, "440981");
        w.places.stations[RIVER].town[0] = '\0';
        engine_places(w.g);
        world_restart(&w);
        tick(&w, 7);
        CHECK(!live(last(&w, HAZARD_FLOOD)));
        level(&w, 10, 5600);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        world_end(&w);
}

TEST(an_override_that_goes_off_ends_the_alert)
{
        struct world w = began();

        table(&w, BASE(5));
        level(&w, 5, 5500);
        table(&w, BASE(5) ",\"overrides\":[{\"station\":\"Z_1\",\"off\":true}"
                          "]");
        tick(&w, 6);
        CHECK(!live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

TEST(an_expression_of_stations_has_overrides_too)
{
        struct world w = began();

        table(&w, "\"kind\":\"expression\",\"hazard\":\"flood\",\"lines\":[{"
                  "\"level\":\"blue\",\"when\":\"Z >= 5 m\"}],\"overrides\":[{"
                  "\"zone\":\"440902\",\"lines\":[{\"level\":\"blue\","
                  "\"when\":\"Z >= 7 m\"}]}]");
        level(&w, 5, 6000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 0);
        level(&w, 10, 7000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        /* Late data is judged by the override as well. */
        level(&w, 15, 100);
        level(&w, 20, 100);
        level(&w, 3, 6500);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        level(&w, 2, 7500);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        world_end(&w);
}

#define AT_RIVER "{\"river\":\"小东江\"," LINES(6.5) "}"
#define AT_OTHER "{\"river\":\"鉴江\"," LINES(6.6) "}"
#define INNER "{\"zone\":\"XDJ\"," LINES(6.3) "}"
#define OUTER "{\"zone\":\"JJ\"," LINES(6.2) "}"
#define BESIDE "{\"zone\":\"LJ\"," LINES(6.1) "}"

TEST(a_river_comes_before_its_catchment_and_after_the_county)
{
        CHECK_EQ(limit_with(BESIDE "," AT_OTHER), 5000);
        CHECK_EQ(limit_with(OUTER "," BESIDE "," CITY), 6200);
        CHECK_EQ(limit_with(OUTER "," INNER "," CITY), 6300);
        CHECK_EQ(limit_with(INNER "," OUTER), 6300);
        CHECK_EQ(limit_with(INNER "," AT_RIVER "," OUTER), 6500);
        CHECK_EQ(limit_with(AT_RIVER "," COUNTY "," INNER), 7000);
        CHECK_EQ(limit_with(STATION "," AT_RIVER), 9000);
}

/* ---- wrong ones ---- */

static void refused(const char *rule, const char *a, const char *b)
{
        struct rule_set *set = malloc(sizeof *set);
        struct err e = {0};
        char json[4096];

        snprintf(json, sizeof json, "%s%s}]}", head, rule);
        assert_int_not_equal(wire_rules_decode(text_of(json), set, &e), OK);
        if (!strstr(e.msg, a) || !strstr(e.msg, b))
                fail_msg("\"%s\" says not %s, %s", e.msg, a, b);
        free(set);
}

TEST(a_wrong_override_is_named)
{
        refused(BASE(5) ",\n\"overrides\":[" CITY ",\n  " CITY "]",
                "line 3, column 3: rule r, override 2", "override 1 too");
        refused(BASE(5) ",\"overrides\":[{\"off\":true}]", "override 1",
                "\"zone\", \"river\" and \"station\"");
        refused(BASE(5) ",\"overrides\":[{\"zone\":\"4409\"}]", "4409",
                "6 digits");
        refused(BASE(5) ",\"overrides\":[{\"zone\":\"440900\",\"of\":true}]",
                "override 1", "\"of\"");
        refused("\"kind\":\"link\",\"lines\":[{\"level\":\"red\"}],"
                "\"overrides\":[{\"zone\":\"440900\",\"off\":true}]",
                "a link", "overrides");
        refused("\"kind\":\"silence_cluster\",\"zone\":\"county\",\"lines\":[{"
                "\"level\":\"blue\",\"value\":5}],\"overrides\":[{\"zone\":"
                "\"440902101\",\"off\":true}]",
                "440902101", "none lies in town");
        refused("\"kind\":\"silence_cluster\",\"zone\":\"river\",\"lines\":[{"
                "\"level\":\"blue\",\"value\":5}],\"overrides\":[{\"zone\":"
                "\"440900\",\"off\":true}]",
                "said of each river", "none lies in city");
        refused("\"kind\":\"silence_cluster\",\"zone\":\"county\",\"lines\":[{"
                "\"level\":\"blue\",\"value\":5}],\"overrides\":[{\"zone\":"
                "\"XDJ\",\"off\":true}]",
                "said of each county", "none lies in catchment");
        refused("\"kind\":\"silence_cluster\",\"zone\":\"basin\",\"lines\":[{"
                "\"level\":\"blue\",\"value\":5}]",
                "\"zone\"", "river or catchment");
        refused(BASE(5) ",\"overrides\":[{\"zone\":\"river/x\",\"off\":true}]",
                "override 1", "may hold only");
        refused(BASE(5) ",\"overrides\":[{\"zone\":\"XDJ0000000\",\"off\":"
                        "true}]",
                "override 1", "a letter and up to 8");

        refused("\"kind\":\"silence_cluster\",\"zone\":\"county\",\"lines\":[{"
                "\"level\":\"blue\",\"value\":5}],\"overrides\":[{\"station\":"
                "\"Z_1\",\"off\":true}]",
                "override 1", "said of zones");
}

/* ---- the cool-down ---- */

static uint64_t cooled(const struct world *w)
{
        struct engine_counts c;

        engine_count(w->g, &c);
        return c.cooled;
}

static struct world cooling(void)
{
        struct world w = began();

        table(&w, "\"kind\":\"river_level\",\"cooldown_s\":3600,\"lines\":[{"
                  "\"level\":\"blue\",\"value\":5},{\"level\":\"red\","
                  "\"value\":8}]");
        level(&w, 0, 5100);
        level(&w, 5, 1000);
        assert_int_equal(count(&w, HAZARD_FLOOD), 1);
        assert_false(live(last(&w, HAZARD_FLOOD)));
        return w;
}

TEST(a_crossing_within_the_cool_down_waits)
{
        struct world w = cooling();

        level(&w, 10, 5200);
        level(&w, 15, 5200);
        tick(&w, 64);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(cooled(&w), 1);
        world_restart(&w);
        tick(&w, 65); /* over, and the line is still reached */
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        CHECK_EQ(last(&w, HAZARD_FLOOD)->observed_us, at(10));
        CHECK_EQ(last(&w, HAZARD_FLOOD)->raised_us, at(65));
        world_end(&w);
}

TEST(what_came_and_went_within_it_rings_not)
{
        struct world w = cooling();

        level(&w, 10, 5200);
        level(&w, 15, 1000);
        level(&w, 20, 5200);
        level(&w, 25, 1000);
        CHECK_EQ(cooled(&w), 2);
        level(&w, 12, 5300); /* late, into the first */
        level(&w, 30, 1000);
        level(&w, 27, 5300); /* late, a third of its own */
        tick(&w, 65);
        tick(&w, 120);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        level(&w, 121, 5200);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        world_end(&w);
}

TEST(a_worse_level_does_not_wait)
{
        struct world w = cooling();

        level(&w, 10, 5200);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        level(&w, 15, 8000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_RED);
        /* After red, red waits too. */
        level(&w, 20, 1000);
        level(&w, 25, 9000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        level(&w, 80, 9000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 3);
        world_end(&w);
}

TEST(a_late_crossing_that_outlasts_it_is_told)
{
        struct world w = cooling();

        level(&w, 100, 1000); /* nothing between */
        level(&w, 90, 5100);  /* late, after the cool-down */
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        CHECK(last(&w, HAZARD_FLOOD)->late);
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_most_specific_override_counts),
                RUN(what_an_override_does_not_say_is_inherited),
                RUN(rain_of_a_station_and_a_forecast_of_a_zone),
                RUN(silence_waits_as_long_as_the_override_says),
                RUN(a_table_or_a_move_leaves_no_alert_behind),
                RUN(an_override_that_goes_off_ends_the_alert),
                RUN(an_expression_of_stations_has_overrides_too),
                RUN(a_river_comes_before_its_catchment_and_after_the_county),
                RUN(a_wrong_override_is_named),
                RUN(a_crossing_within_the_cool_down_waits),
                RUN(what_came_and_went_within_it_rings_not),
                RUN(a_worse_level_does_not_wait),
                RUN(a_late_crossing_that_outlasts_it_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of alerts/cluster.c: stations of a zone that fall silent together
 * are one alert. */
#include "world.h"

#define FIRST N_WORLD
#define N_MORE 10 /* stations X0.. of county 440981, every 5 minutes */

static void begin(struct world *w)
{
        char code[16];

        world_begin(w, "guangdong");
        broker(w, 0, true);
        for (int i = 0; i < N_MORE; i++) {
                struct station s;

                snprintf(code, sizeof code, "X%d", i);
                world_station(w, code, STATION_RAIN, LEVEL_UNSET, LEVEL_UNSET,
                              LEVEL_UNSET);
                s = w->places.stations[FIRST + i];
                snprintf(s.county, sizeof s.county, "440981");
                assert_int_equal(
                        places_put_station(&w->places, &s, NULL, &w->e), OK);
        }
}

/* All of them speak at these minutes, but for those below `mute`. */
static void speak(struct world *w, int from, int to, int mute)
{
        for (int t = from; t <= to; t += 5) {
                world_now(w, t);
                for (int i = mute; i < N_MORE; i++)
                        engine_seen(w->g, FIRST + (uint32_t)i, at(t));
                tick(w, t + 0.5);
        }
}

static uint32_t live_silences(const struct world *w)
{
        const struct alert *a;
        uint32_t n = engine_alerts(w->g, &a), i, k = 0;

        for (i = 0; i < n; i++)
                k += a[i].hazard == HAZARD_SILENCE && live(&a[i]);
        return k;
}

static const struct alert *of(const struct world *w, const char *subject)
{
        static const struct alert none = {.state = alert_state_count};
        const struct alert *a;
        uint32_t n = engine_alerts(w->g, &a);

        while (n > 0)
                if (strcmp(a[--n].subject, subject) == 0)
                        return &a[n];
        return &none;
}

TEST(two_silent_stations_are_two_alerts)
{
        struct world w;

        begin(&w);
        speak(&w, 0, 60, 0);
        speak(&w, 65, 120, 2);
        CHECK_EQ(live_silences(&w), 2);
        CHECK_EQ(of(&w, "440981")->state, alert_state_count);
        world_end(&w);
}

TEST(silent_at_once_is_one_alert)
{
        struct world w;
        const struct alert *a;

        begin(&w);
        speak(&w, 0, 60, 0);
        speak(&w, 65, 90, 6);
        a = of(&w, "440981");
        CHECK_EQ(live_silences(&w), 1);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 1); /* no other was ever raised */
        CHECK_EQ(a->level, LEVEL_YELLOW);
        CHECK_EQ(a->n_members, 6);
        CHECK_EQ(a->member[0], FIRST);
        CHECK_EQ(a->value_milli, 6000);
        CHECK_STR(a->id, "440981-silence-20231019T011500Z");
        CHECK_EQ(a->observed_us, at(75));
        CHECK_STR(a->zone, "440981");
        CHECK_STR(a->group, "silence/county/440981");
        CHECK_STR(a->rule, "silence-cluster");
        world_end(&w);
}

/* The same rule said of rivers, and of catchments. */
static void said_of(struct world *w, enum zone_level level)
{
        struct rule_set *set = world_rule_set(w, "guangdong");
        uint32_t i;

        for (i = 0; i < set->n_rules; i++)
                if (set->rule[i].kind == RULE_CLUSTER)
                        set->rule[i].zone_level = level;
        assert_int_equal(engine_rules(w->g, set, &w->e), OK);
        free(set);
        for (i = FIRST; i < FIRST + N_MORE; i++) {
                struct station s = w->places.stations[i];

                snprintf(s.river, sizeof s.river, "鉴江");
                snprintf(s.catchment[0], 10, "JJ");
                assert_int_equal(
                        places_put_station(&w->places, &s, NULL, &w->e), OK);
        }
        world_zone(w, "JJ", ZONE_CATCHMENT);
        world_zone(w, "LJ", ZONE_CATCHMENT);
}

TEST(silent_along_a_river_or_in_a_catchment_is_one_alert)
{
        static const struct {
                enum zone_level level;
                const char *subject, *group;
        } is[] = {{ZONE_RIVER, "river/鉴江", "silence/river/鉴江"},
                  {ZONE_CATCHMENT, "JJ", "silence/catchment/JJ"}};

        for (int i = 0; i < 2; i++) {
                struct world w;
                const struct alert *a;

                begin(&w);
                said_of(&w, is[i].level);
                speak(&w, 0, 60, 0);
                speak(&w, 65, 90, 6);
                a = of(&w, is[i].subject);
                CHECK_EQ(count(&w, HAZARD_SILENCE), 1);
                CHECK_EQ(a->n_members, 6);
                CHECK_STR(a->group, is[i].group);
                CHECK_STR(a->county, "440981");
                CHECK_STR(a->zone, i ? "JJ" : "440981");
                world_end(&w);
        }
}

TEST(one_after_the_other_is_merged)
{
        struct world w;
        const struct alert *a;

        begin(&w);
        speak(&w, 0, 60, 0);
        speak(&w, 65, 100, 1);
        speak(&w, 105, 140, 2);
        CHECK_EQ(live_silences(&w), 2);
        speak(&w, 145, 180, 3); /* three of ten are 30 % */
        a = of(&w, "440981");
        CHECK_EQ(live_silences(&w), 1);
        CHECK(live(a));
        CHECK_EQ(a->n_members, 3);
        CHECK_EQ(of(&w, "X0")->state, ALERT_ENDED);
        CHECK_STR(of(&w, "X0")->merged_into, a->id);
        CHECK_STR(of(&w, "X1")->merged_into, a->id);
        CHECK_EQ(of(&w, "X2")->state, alert_state_count); /* never its own */
        CHECK_EQ(logged(&w, TRANSITION_MERGED), 2);
        /* The fourth joins without a word of its own. */
        speak(&w, 185, 220, 4);
        CHECK_EQ(of(&w, "440981")->n_members, 4);
        CHECK_EQ(of(&w, "X3")->state, alert_state_count);
        CHECK_EQ(logged(&w, TRANSITION_MEMBERS), 1);
        world_end(&w);
}

TEST(who_stays_silent_is_told_singly_again)
{
        struct station_standing st;
        struct world w;

        begin(&w);
        speak(&w, 0, 60, 0);
        speak(&w, 65, 90, 4);
        CHECK_EQ(live_silences(&w), 1);
        speak(&w, 95, 95, 2); /* two are back: one fewer than three */
        CHECK_EQ(live_silences(&w), 1);
        CHECK_EQ(of(&w, "440981")->n_members, 2);
        engine_standing(w.g, &w.places, FIRST, at(96), &st);
        CHECK_EQ(st.standing, STANDING_SILENT);
        speak(&w, 100, 100, 1);
        CHECK_EQ(of(&w, "440981")->state, ALERT_ENDED);
        CHECK_EQ(live_silences(&w), 1);
        CHECK(live(of(&w, "X0")));
        CHECK_EQ(of(&w, "X1")->state, alert_state_count);
        speak(&w, 105, 105, 0);
        CHECK_EQ(live_silences(&w), 0);
        world_end(&w);
}

TEST(the_long_dead_are_no_cluster)
{
        struct world w;

        begin(&w);
        speak(&w, 0, 60, 0);
        speak(&w, 65, 600, 2);
        CHECK_EQ(live_silences(&w), 2);
        speak(&w, 605, 640, 3); /* the third, nine hours later */
        CHECK_EQ(live_silences(&w), 3);
        CHECK_EQ(of(&w, "440981")->state, alert_state_count);
        world_end(&w);
}

TEST(a_cluster_survives_a_restart)
{
        struct world w, x;
        uint32_t i;

        begin(&w);
        begin(&x);
        speak(&w, 0, 60, 0);
        speak(&x, 0, 60, 0);
        for (int t = 65; t < 150; t += 5) {
                int mute = t < 100 ? 4 : t < 120 ? 6 : 1;

                world_restart(&w);
                speak(&w, t, t, mute);
                speak(&x, t, t, mute);
        }
        CHECK_EQ(w.n_log, x.n_log);
        for (i = 0; i < w.n_log; i++) {
                CHECK_STR(w.log[i].alert.id, x.log[i].alert.id);
                CHECK_EQ(w.log[i].transition.kind, x.log[i].transition.kind);
                CHECK_EQ(w.log[i].alert.n_members, x.log[i].alert.n_members);
        }
        CHECK(logged(&w, TRANSITION_MEMBERS) > 0);
        world_end(&w);
        world_end(&x);
}

TEST(without_the_rule_each_is_told_again)
{
        struct world w;

        begin(&w);
        speak(&w, 0, 60, 0);
        speak(&w, 65, 90, 6);
        CHECK_EQ(live_silences(&w), 1);
        world_rules(&w, "no-cluster");
        tick(&w, 91);
        CHECK_EQ(of(&w, "440981")->state, ALERT_ENDED);
        CHECK_EQ(live_silences(&w), 6);
        world_end(&w);
}

/* A new table is judged before anybody has looked who is silent. */
TEST(a_new_table_after_a_restart_keeps_the_members)
{
        struct world w;

        begin(&w);
        speak(&w, 0, 60, 0);
        speak(&w, 65, 90, 6);
        world_restart(&w);
        world_rules(&w, "national");
        speak(&w, 95, 95, 6);
        CHECK(live(of(&w, "440981")));
        CHECK_EQ(of(&w, "440981")->n_members, 6);
        CHECK_EQ(logged(&w, TRANSITION_MEMBERS), 0);
        CHECK_EQ(live_silences(&w), 1);
        world_end(&w);
}

/* Six are orange here, or, with one line, yellow. */
static void six_are(struct world *w, uint32_t n_lines)
{
        struct rule_set *set = world_rule_set(w, "guangdong");
        uint32_t i;

        for (i = 0; i < set->n_rules; i++)
                if (set->rule[i].kind == RULE_CLUSTER) {
                        set->rule[i].line[1].value_milli = 6000;
                        set->rule[i].n_lines = n_lines;
                }
        assert_int_equal(engine_rules(w->g, set, &w->e), OK);
        free(set);
}

TEST(a_lower_grade_of_a_new_table_after_a_restart_keeps_the_members)
{
        struct world w;

        begin(&w);
        six_are(&w, 2);
        speak(&w, 0, 60, 0);
        speak(&w, 65, 90, 6);
        CHECK_EQ(of(&w, "440981")->level, LEVEL_ORANGE);
        world_restart(&w);
        six_are(&w, 1);
        w.n_log = 0;
        tick(&w, 91);
        CHECK_EQ(of(&w, "440981")->level, LEVEL_YELLOW);
        CHECK_EQ(of(&w, "440981")->n_members, 6);
        CHECK_EQ(logged(&w, TRANSITION_MEMBERS), 0);
        CHECK(w.n_log > 0);
        CHECK_EQ(w.log[0].alert.n_members, 6);
        world_end(&w);
}

TEST(a_dead_broker_makes_no_cluster)
{
        struct world w;

        begin(&w);
        speak(&w, 0, 60, 0);
        broker(&w, 61, false);
        speak(&w, 65, 200, N_MORE);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 0);
        CHECK_EQ(count(&w, HAZARD_SYSTEM), 1);
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(two_silent_stations_are_two_alerts),
                RUN(silent_at_once_is_one_alert),
                RUN(silent_along_a_river_or_in_a_catchment_is_one_alert),
                RUN(one_after_the_other_is_merged),
                RUN(who_stays_silent_is_told_singly_again),
                RUN(the_long_dead_are_no_cluster),
                RUN(a_cluster_survives_a_restart),
                RUN(without_the_rule_each_is_told_again),
                RUN(a_new_table_after_a_restart_keeps_the_members),
                RUN(a_lower_grade_of_a_new_table_after_a_restart_keeps_the_members),
                RUN(a_dead_broker_makes_no_cluster),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

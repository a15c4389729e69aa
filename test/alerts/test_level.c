/* Tests of alerts/level.c: rivers and reservoirs against their lines. */
#include "world.h"

TEST(a_river_is_graded_just_at_its_lines)
{
        static const struct {
                int64_t milli;
                enum level level;
        } rows[] = {
                {8699, LEVEL_NONE},    {8700, LEVEL_BLUE},
                {8701, LEVEL_BLUE},    {8999, LEVEL_BLUE},
                {9000, LEVEL_YELLOW},  {9001, LEVEL_YELLOW},
                {9999, LEVEL_YELLOW},  {10000, LEVEL_ORANGE},
                {11999, LEVEL_ORANGE}, {12000, LEVEL_RED},
                {12001, LEVEL_RED},
        };
        struct world w;

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                world_begin(&w, "guangdong");
                level(&w, 0, rows[i].milli);
                if (rows[i].level == LEVEL_NONE)
                        CHECK_EQ(count(&w, HAZARD_FLOOD), 0);
                else
                        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, rows[i].level);
                world_end(&w);
        }
}

TEST(an_alert_says_what_and_why)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        level(&w, 0, 8000);
        level(&w, 5, 9050);
        a = last(&w, HAZARD_FLOOD);
        CHECK_STR(a->id, "Z-1-flood-20231019T000500Z");
        CHECK_STR(a->subject, "Z_1");
        CHECK_STR(a->group, "flood/river/小东江");
        CHECK_STR(a->zone, "440902");
        CHECK_STR(a->rule, "river-level");
        CHECK_EQ(a->rule_version, 2);
        CHECK(a->rule_text[0] && a->rule_text_en[0]);
        CHECK_EQ(a->value_milli, 9050);
        CHECK_EQ(a->threshold_milli, 9000);
        CHECK_EQ(a->observed_us, at(5));
        CHECK_EQ(a->n_evidence, 1);
        CHECK_EQ(a->evidence[0].value_milli, 9050);
        CHECK_EQ(a->evidence[0].seq, w.m.seq - 1);
        CHECK(!a->unverified && !a->forecast && !a->late);
        CHECK(a->answers[AGENCY_SANFANG].required);
        CHECK(!a->answers[AGENCY_WEATHER].required);
        world_end(&w);
}

TEST(the_number_for_near_is_marked_unverified)
{
        struct world w;

        world_begin(&w, "guangdong");
        level(&w, 5, 8700);
        CHECK(last(&w, HAZARD_FLOOD)->unverified);
        world_end(&w);
}

TEST(no_threshold_is_no_alert_and_says_so)
{
        struct station_standing s;
        struct world w;

        world_begin(&w, "guangdong");
        value(&w, BARE, ELEMENT_Z, 0, 99000);
        CHECK_EQ(count(&w, hazard_count), 0);
        engine_standing(w.g, &w.places, BARE, at(0), &s);
        CHECK_EQ(s.standing, STANDING_NO_THRESHOLD);
        engine_standing(w.g, &w.places, RIVER, at(0), &s);
        CHECK_EQ(s.standing, STANDING_NO_DATA);
        world_end(&w);
}

TEST(a_missing_grz_leaves_the_other_lines)
{
        struct world w;

        world_begin(&w, "guangdong");
        w.places.stations[RIVER].grz_milli = LEVEL_UNSET;
        level(&w, 0, 11000);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_YELLOW);
        level(&w, 5, 12000);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_RED);
        world_end(&w);
}

TEST(a_reservoir_over_its_limit_is_a_notice_without_colour)
{
        struct world w;

        world_begin(&w, "guangdong");
        value(&w, DAM, ELEMENT_Z, 0, 113999);
        CHECK_EQ(count(&w, hazard_count), 0);
        value(&w, DAM, ELEMENT_Z, 5, 114000);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_WHITE);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->threshold_milli, 114000);
        world_end(&w);
}

TEST(out_of_season_a_reservoir_has_no_limit)
{
        struct world w;

        world_begin(&w, "guangdong");
        value(&w, DAM, ELEMENT_Z, 20 * 1440, 119000); /* 8 November */
        CHECK_EQ(count(&w, hazard_count), 0);
        world_end(&w);
}

TEST(it_grades_up_and_down_and_ends_after_the_hold)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        level(&w, 0, 9000);
        level(&w, 5, 10000);
        level(&w, 10, 9960); /* in the hysteresis band */
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(a->level, LEVEL_ORANGE);
        level(&w, 15, 9949);
        level(&w, 40, 9949);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_ORANGE);
        level(&w, 45, 9949); /* thirty minutes below */
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_YELLOW);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level_peak, LEVEL_ORANGE);
        level(&w, 50, 8000);
        level(&w, 79, 8000);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        level(&w, 80, 8000);
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(a->state, ALERT_ENDED);
        CHECK_EQ(a->ended_us, at(80));
        CHECK(a->reason[0]);
        CHECK_EQ(logged(&w, TRANSITION_RAISED), 1);
        CHECK_EQ(logged(&w, TRANSITION_UP), 1);
        CHECK_EQ(logged(&w, TRANSITION_DOWN), 1);
        CHECK_EQ(logged(&w, TRANSITION_ENDED), 1);
        CHECK_EQ(a->changes, 4);
        world_end(&w);
}

TEST(a_level_that_plays_around_its_line_does_not_flap)
{
        struct world w;

        world_begin(&w, "guangdong");
        for (int i = 0; i < 200; i++)
                level(&w, 5 * i, i % 2 ? 8960 : 9020);
        CHECK_EQ(w.n_log, 1);
        for (int i = 200; i < 400; i++) /* below, but never for the hold */
                level(&w, 5 * i, i % 5 ? 8500 : 9020);
        CHECK_EQ(w.n_log, 1);
        world_end(&w);
}

TEST(exactly_the_hysteresis_below_is_not_clear_of_the_line)
{
        struct world w;

        world_begin(&w, "guangdong");
        level(&w, 0, 8700);
        for (int t = 5; t <= 90; t += 5)
                level(&w, t, 8650);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        for (int t = 95; t <= 125; t += 5)
                level(&w, t, 8649);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_ENDED);
        world_end(&w);
}

TEST(a_reservoir_that_sends_zu_is_judged_by_zu_alone)
{
        struct world w;

        world_begin(&w, "guangdong");
        value(&w, DAM, ELEMENT_ZU, 0, 114100);
        value(&w, DAM, ELEMENT_Z, 1, 20000); /* below the dam */
        CHECK(live(last(&w, HAZARD_FLOOD)));
        CHECK_EQ(last(&w, HAZARD_FLOOD)->element, ELEMENT_ZU);
        world_end(&w);
}

TEST(two_hundred_crossings_are_one_alert_each)
{
        struct world w;
        char code[16];

        world_begin(&w, "guangdong");
        for (int i = 0; i < 200; i++) {
                snprintf(code, sizeof code, "X%03d", i);
                world_station(&w, code, STATION_RIVER, 9000, LEVEL_UNSET,
                              LEVEL_UNSET);
        }
        for (int round = 0; round < 3; round++)
                for (uint32_t i = 0; i < 200; i++)
                        value(&w, N_WORLD + i, ELEMENT_Z, round * 5,
                              9100 + round);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 200);
        CHECK_EQ(w.n_log, 200);
        world_end(&w);
}

TEST(values_that_rules_may_not_use_are_not_used)
{
        static const enum mark marks[] = {MARK_DUPLICATE, MARK_CONFLICT,
                                          MARK_MISSING, MARK_OLD, MARK_TEST};
        struct world w;

        world_begin(&w, "guangdong");
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
                struct observation o = {RIVER, ELEMENT_Z, at(1), at(1),
                                        13000, marks[i],  1,     0};

                world_keep(&w, engine_observe(w.g, &w.places, &o, &w.m, &w.fx,
                                              &w.e));
        }
        CHECK_EQ(count(&w, hazard_count), 0);
        world_end(&w);
}

static void amend(struct world *w, double minutes, int64_t milli)
{
        struct observation o = {RIVER, ELEMENT_Z,    at(minutes), at(minutes),
                                milli, MARK_REVISED, w->m.seq,    0};

        world_keep(w,
                   engine_observe(w->g, &w->places, &o, &w->m, &w->fx, &w->e));
}

TEST(an_amended_newest_value_is_judged)
{
        struct world w;

        world_begin(&w, "guangdong");
        level(&w, 0, 8000);
        level(&w, 5, 8000);
        amend(&w, 5, 9050);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_YELLOW);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->value_milli, 9050);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->evidence[0].value_milli, 9050);
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_river_is_graded_just_at_its_lines),
                RUN(an_alert_says_what_and_why),
                RUN(the_number_for_near_is_marked_unverified),
                RUN(no_threshold_is_no_alert_and_says_so),
                RUN(a_missing_grz_leaves_the_other_lines),
                RUN(a_reservoir_over_its_limit_is_a_notice_without_colour),
                RUN(out_of_season_a_reservoir_has_no_limit),
                RUN(it_grades_up_and_down_and_ends_after_the_hold),
                RUN(a_level_that_plays_around_its_line_does_not_flap),
                RUN(exactly_the_hysteresis_below_is_not_clear_of_the_line),
                RUN(a_reservoir_that_sends_zu_is_judged_by_zu_alone),
                RUN(two_hundred_crossings_are_one_alert_each),
                RUN(values_that_rules_may_not_use_are_not_used),
                RUN(an_amended_newest_value_is_judged),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

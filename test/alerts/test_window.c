/* Tests of alerts/window.c: rain sums over sliding windows. */
#include "world.h"

/* n slots of 5 minutes of `milli` each; the first ends at 5 min + from. */
static void slots(struct world *w, int from, int n, int64_t milli)
{
        for (int i = 1; i <= n; i++)
                slot(w, from + 5 * i, milli);
}

TEST(fifty_millimetres_from_tenths_is_exactly_fifty)
{
        struct world w;

        /* 36 slots in 3 h: 31 of 1.4 mm (14 tenths), 5 of 1.3 less... */
        world_begin(&w, "guangdong");
        slots(&w, 0, 32, 1400);  /* 44.8 */
        slots(&w, 160, 4, 1300); /* 50.0 in exactly 3 h */
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 1);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_ORANGE);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->value_milli, 50000);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->observed_us, at(180));
        world_end(&w);
}

TEST(five_hundred_tenths_in_minutes_reach_the_limit)
{
        struct world w;

        world_begin(&w, "guangdong");
        for (int i = 1; i <= 1000; i++) {
                struct rain_slot s = {GAUGE,
                                      T0 + (i - 1) * 20 * SECOND_US,
                                      T0 + i * 20 * SECOND_US,
                                      i <= 500 ? 100 : 0,
                                      ELEMENT_PN01,
                                      w.m.seq,
                                      false,
                                      0};

                w.m.engine_us = s.end_us;
                world_keep(&w,
                           engine_rain(w.g, &w.places, &s, &w.m, &w.fx, &w.e));
                CHECK_EQ(count(&w, HAZARD_RAINSTORM), i >= 500);
        }
        world_end(&w);
}

TEST(a_tenth_under_the_limit_is_no_alert)
{
        struct world w;

        world_begin(&w, "guangdong");
        slots(&w, 0, 35, 1400);
        slots(&w, 175, 1, 900); /* 49.9 in 3 h */
        slots(&w, 180, 72, 0);
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 0);
        world_end(&w);
}

TEST(each_colour_has_its_window)
{
        struct world w;

        world_begin(&w, "guangdong"); /* 60 mm in 6 h, 30 in any 3 h */
        slots(&w, 0, 72, 833);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_YELLOW);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->window_us, 6 * HOUR_US);
        world_end(&w);
        world_begin(&w, "guangdong");
        slots(&w, 0, 36, 2777); /* 99.972 in 3 h */
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_ORANGE);
        world_end(&w);
        world_begin(&w, "guangdong");
        slots(&w, 0, 36, 2778); /* 100.008 */
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_RED);
        CHECK(last(&w, HAZARD_RAINSTORM)->unverified);
        world_end(&w);
        world_begin(&w, "national"); /* 50.4 mm in 12 h */
        slots(&w, 0, 144, 350);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_BLUE);
        CHECK(!last(&w, HAZARD_RAINSTORM)->unverified);
        world_end(&w);
}

TEST(guangdong_has_no_blue)
{
        struct world w;

        world_begin(&w, "guangdong");
        slots(&w, 0, 144, 350);
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 0);
        world_end(&w);
}

TEST(rain_just_outside_the_window_does_not_count)
{
        struct world w;

        world_begin(&w, "guangdong");
        slot(&w, 5, 20000);
        slots(&w, 5, 35, 0);
        slot(&w, 185, 30000); /* 3 h and 5 min window would be 50 */
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_YELLOW);
        world_end(&w);
}

TEST(evidence_is_the_last_wet_slots)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        slots(&w, 0, 20, 2500);
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_EQ(a->n_evidence, 8);
        CHECK_EQ(a->evidence[7].time_us, at(100));
        CHECK_EQ(a->evidence[0].time_us, at(65));
        CHECK_EQ(a->evidence[7].value_milli, 2500);
        world_end(&w);
}

TEST(a_partial_sum_over_the_limit_raises)
{
        struct world w;

        world_begin(&w, "guangdong");
        slot(&w, 5, 25000);
        slot(&w, 120, 25000); /* two hours are missing between */
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_ORANGE);
        world_end(&w);
}

TEST(a_partial_sum_under_the_limit_cannot_say)
{
        struct station_standing s;
        struct world w;

        world_begin(&w, "guangdong");
        slots(&w, 0, 12, 0);
        engine_standing(w.g, &w.places, GAUGE, at(60), &s);
        CHECK_EQ(s.standing, STANDING_CANNOT_SAY);
        slots(&w, 60, 60, 0);
        engine_standing(w.g, &w.places, GAUGE, at(360), &s);
        CHECK_EQ(s.standing, STANDING_NORMAL);
        world_end(&w);
}

TEST(missing_slots_do_not_end_an_alert)
{
        struct world w;

        world_begin(&w, "guangdong");
        slots(&w, 0, 5, 10000);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_ORANGE);
        slots(&w, 400, 10, 0); /* six hours unknown */
        CHECK(live(last(&w, HAZARD_RAINSTORM)));
        slots(&w, 450, 140, 0); /* and now known to be dry */
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->state, ALERT_ENDED);
        world_end(&w);
}

TEST(a_late_slot_counts_in_the_current_window)
{
        struct world w;

        world_begin(&w, "guangdong");
        slot(&w, 5, 25000);
        slot(&w, 15, 24000);
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 0);
        slot(&w, 10, 1000);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level, LEVEL_ORANGE);
        CHECK(live(last(&w, HAZARD_RAINSTORM)));
        CHECK(!last(&w, HAZARD_RAINSTORM)->late);
        CHECK_EQ(w.n_log, 1);
        world_end(&w);
}

TEST(a_late_slot_finds_a_past_crossing)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        slot(&w, 5, 25000);
        slots(&w, 10, 150, 0); /* twelve hours on */
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 0);
        slot(&w, 10, 25000);
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 1);
        CHECK_EQ(a->state, ALERT_ENDED);
        CHECK(a->late);
        CHECK_EQ(a->observed_us, at(10));
        CHECK(!a->answers[AGENCY_SANFANG].required);
        CHECK(a->ended_us > at(6 * 60) && a->ended_us < at(7 * 60));
        slot(&w, 15, 0); /* nothing new in it */
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 1);
        world_end(&w);
}

TEST(a_slot_that_lies_partly_in_known_rain_is_not_counted)
{
        struct world w;

        world_begin(&w, "guangdong");
        slot(&w, 5, 30000);
        slot(&w, 8, 0); /* (3, 8]: must not wipe the 30 mm out */
        slot(&w, 8, 25000);
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 0);
        slot(&w, 10, 20000);
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 1);
        world_end(&w);
}

TEST(an_amended_slot_replaces_the_first)
{
        struct world w;

        world_begin(&w, "guangdong");
        slot(&w, 5, 30000);
        slot(&w, 5, 20000);
        slot(&w, 10, 29900); /* 49.9, not 79.9 */
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 0);
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(fifty_millimetres_from_tenths_is_exactly_fifty),
                RUN(five_hundred_tenths_in_minutes_reach_the_limit),
                RUN(a_tenth_under_the_limit_is_no_alert),
                RUN(each_colour_has_its_window),
                RUN(guangdong_has_no_blue),
                RUN(rain_just_outside_the_window_does_not_count),
                RUN(evidence_is_the_last_wet_slots),
                RUN(a_partial_sum_over_the_limit_raises),
                RUN(a_partial_sum_under_the_limit_cannot_say),
                RUN(missing_slots_do_not_end_an_alert),
                RUN(a_late_slot_counts_in_the_current_window),
                RUN(a_late_slot_finds_a_past_crossing),
                RUN(a_slot_that_lies_partly_in_known_rain_is_not_counted),
                RUN(an_amended_slot_replaces_the_first),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

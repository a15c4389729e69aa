/* Tests of alerts/amend.c: a value that replaces one judged already. */
#include "world.h"

static void amend(struct world *w, uint32_t station, enum element el,
                  double minutes, int64_t milli)
{
        struct observation o = {station,        el,    at(minutes),
                                w->m.engine_us, milli, MARK_REVISED,
                                w->m.seq,       0};

        world_keep(w,
                   engine_observe(w->g, &w->places, &o, &w->m, &w->fx, &w->e));
}

TEST(the_crossing_that_was_a_slip_is_withdrawn)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        level(&w, 0, 8000);
        level(&w, 5, 12500);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_RED);
        amend(&w, RIVER, ELEMENT_Z, 5, 8050);
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(a->state, ALERT_WITHDRAWN);
        CHECK(strstr(a->reason, "数据更正"));
        for (int i = 0; i < agency_count; i++)
                CHECK_EQ(a->answers[i].deadline_real_us, TIME_NONE);
        level(&w, 10, 8100); /* and it stays so */
        tick(&w, 20);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(logged(&w, TRANSITION_WITHDRAWN), 1);
        level(&w, 25, 9000); /* until there is a real one */
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        world_end(&w);
}

TEST(an_ended_one_is_withdrawn_too)
{
        struct world w;

        world_begin(&w, "guangdong");
        for (int t = 0; t <= 120; t += 5)
                level(&w, t, t == 30 ? 9500 : 8000);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_ENDED);
        amend(&w, RIVER, ELEMENT_Z, 30, 8000);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_WITHDRAWN);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        world_end(&w);
}

TEST(one_that_has_other_values_to_stand_on_stays)
{
        struct world w;

        world_begin(&w, "guangdong");
        level(&w, 0, 9000);
        level(&w, 5, 9500);
        level(&w, 10, 9600);
        amend(&w, RIVER, ELEMENT_Z, 5, 8000);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        CHECK_EQ(logged(&w, TRANSITION_WITHDRAWN), 0);
        amend(&w, RIVER, ELEMENT_Z, 10, 10500); /* worse than was thought */
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_ORANGE);
        amend(&w, RIVER, ELEMENT_Z, 10, 9100); /* and better after all */
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_YELLOW);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

TEST(a_crossing_that_was_typed_wrong_is_not_missed)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        for (int t = 0; t <= 60; t += 5)
                level(&w, t, 8000);
        amend(&w, RIVER, ELEMENT_Z, 30, 9500); /* long past */
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK(a->late);
        CHECK_EQ(a->observed_us, at(30));
        CHECK_EQ(a->state, ALERT_ENDED);
        amend(&w, RIVER, ELEMENT_Z, 60, 10100); /* and one that stands now */
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        CHECK(live(a));
        CHECK(!a->late);
        CHECK_EQ(a->level, LEVEL_ORANGE);
        world_end(&w);
}

TEST(amended_rain_takes_back_what_it_raised)
{
        struct world w;

        world_begin(&w, "guangdong");
        for (int t = 5; t <= 60; t += 5)
                slot(&w, t, 1000);
        slot(&w, 65, 45000);
        CHECK(live(last(&w, HAZARD_RAINSTORM)));
        slot(&w, 65, 1000); /* as the sensors' series tells an amendment */
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->state, ALERT_WITHDRAWN);
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 1);
        slot(&w, 30, 60000); /* fell half an hour ago: still in the sum */
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 2);
        CHECK(live(last(&w, HAZARD_RAINSTORM)));
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->observed_us, at(30));
        world_end(&w);
}

TEST(what_began_before_all_that_is_kept_is_left_alone)
{
        struct world w;

        world_begin(&w, "guangdong");
        for (int t = 0; t <= 80 * 60; t += 10)
                level(&w, t, 9500);
        for (int t = 80 * 60 - 300; t <= 80 * 60; t += 10)
                amend(&w, RIVER, ELEMENT_Z, t, 8690); /* within hysteresis */
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

/* The slip's hold bridged what came late behind its end; without the slip
 * that is a crossing of its own. */
TEST(a_crossing_that_the_slip_had_swallowed_is_not_missed)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        level(&w, 0, 8000);
        level(&w, 5, 10500); /* the slip */
        for (int t = 10; t <= 70; t += 5)
                if (t != 15 && t != 45)
                        level(&w, t, 8200);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->ended_us, at(40));
        level(&w, 15, 8680); /* late: not clear of the line yet */
        level(&w, 45, 8720); /* late: so it was on until then */
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        amend(&w, RIVER, ELEMENT_Z, 5, 8600);
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(logged(&w, TRANSITION_WITHDRAWN), 1);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        CHECK_EQ(a->level_peak, LEVEL_BLUE);
        CHECK_EQ(a->observed_us, at(45));
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_crossing_that_was_a_slip_is_withdrawn),
                RUN(an_ended_one_is_withdrawn_too),
                RUN(one_that_has_other_values_to_stand_on_stays),
                RUN(a_crossing_that_was_typed_wrong_is_not_missed),
                RUN(amended_rain_takes_back_what_it_raised),
                RUN(what_began_before_all_that_is_kept_is_left_alone),
                RUN(a_crossing_that_the_slip_had_swallowed_is_not_missed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of alerts/coordinate.c: answers, deadlines, escalation. */
#include "world.h"

#define ID "Z-1-flood-20231019T000000Z"

static void flood(struct world *w)
{
        world_begin(w, "guangdong");
        level(w, 0, 9000);
}

static const struct answer *of(const struct world *w, enum agency a)
{
        return &last(w, HAZARD_FLOOD)->answers[a];
}

TEST(deadlines_run_on_real_time)
{
        struct world w;

        flood(&w);
        CHECK_EQ(of(&w, AGENCY_SANFANG)->deadline_real_us, at(10));
        CHECK_EQ(of(&w, AGENCY_HYDROLOGY)->deadline_real_us, at(15));
        w.m.engine_us = at(600); /* ten hours of storm in five minutes */
        w.m.real_us = at(5);
        tick(&w, 600);
        CHECK_EQ(logged(&w, TRANSITION_ESCALATED), 0);
        w.m.real_us = at(10);
        tick(&w, 600);
        CHECK_EQ(logged(&w, TRANSITION_ESCALATED), 1);
        CHECK(of(&w, AGENCY_SANFANG)->escalated);
        CHECK_EQ(of(&w, AGENCY_SANFANG)->escalated_real_us, at(10));
        world_end(&w);
}

TEST(an_escalation_survives_a_restart_and_fires_once)
{
        struct world w;

        flood(&w);
        tick(&w, 9);
        world_restart(&w);
        tick(&w, 9.9);
        CHECK_EQ(logged(&w, TRANSITION_ESCALATED), 0);
        tick(&w, 10);
        CHECK_EQ(logged(&w, TRANSITION_ESCALATED), 1);
        world_restart(&w);
        for (int t = 11; t < 100; t++) {
                tick(&w, t);
                world_restart(&w);
        }
        CHECK_EQ(logged(&w, TRANSITION_ESCALATED), 4); /* one per agency */
        world_end(&w);
}

TEST(an_answer_stops_its_own_deadline_only)
{
        struct world w;

        flood(&w);
        CHECK_EQ(answer(&w, ID, AGENCY_SANFANG, INTENT_ACTING), OK);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_ACKNOWLEDGED);
        CHECK_EQ(of(&w, AGENCY_SANFANG)->deadline_real_us, TIME_NONE);
        CHECK_EQ(of(&w, AGENCY_HYDROLOGY)->deadline_real_us, at(15));
        tick(&w, 60);
        CHECK(!of(&w, AGENCY_SANFANG)->escalated);
        CHECK(of(&w, AGENCY_HYDROLOGY)->escalated);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_ACKNOWLEDGED);
        world_end(&w);
}

TEST(another_agency_does_not_acknowledge_for_the_office)
{
        struct world w;

        flood(&w);
        CHECK_EQ(answer(&w, ID, AGENCY_HEALTH120, INTENT_SEEN), OK);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_OPEN);
        CHECK(of(&w, AGENCY_HEALTH120)->given);
        CHECK_STR(of(&w, AGENCY_HEALTH120)->user, "health120");
        world_end(&w);
}

TEST(a_refusal_is_an_answer_but_no_acknowledgement)
{
        struct world w;

        flood(&w);
        CHECK_EQ(answer(&w, ID, AGENCY_SANFANG, INTENT_REFUSED), OK);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_OPEN);
        tick(&w, 11);
        CHECK(!of(&w, AGENCY_SANFANG)->escalated);
        CHECK_EQ(answer(&w, ID, AGENCY_SANFANG, INTENT_SEEN), OK);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_ACKNOWLEDGED);
        world_end(&w);
}

TEST(the_same_answer_twice_changes_nothing)
{
        struct world w;
        uint32_t n;

        flood(&w);
        CHECK_EQ(answer(&w, ID, AGENCY_SANFANG, INTENT_SEEN), OK);
        n = w.n_log;
        CHECK_EQ(answer(&w, ID, AGENCY_SANFANG, INTENT_SEEN), OK);
        CHECK_EQ(w.n_log, n);
        CHECK_EQ(answer(&w, ID, AGENCY_SANFANG, INTENT_ACTING), OK);
        CHECK_EQ(w.n_log, n + 1);
        world_end(&w);
}

TEST(a_worse_grade_opens_it_again)
{
        struct world w;

        flood(&w);
        CHECK_EQ(answer(&w, ID, AGENCY_SANFANG, INTENT_SEEN), OK);
        CHECK_EQ(answer(&w, ID, AGENCY_HYDROLOGY, INTENT_SEEN), OK);
        level(&w, 20, 10000);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_OPEN);
        CHECK_EQ(logged(&w, TRANSITION_REOPENED), 1);
        CHECK(!of(&w, AGENCY_SANFANG)->given);
        CHECK(!of(&w, AGENCY_HYDROLOGY)->given);
        CHECK_EQ(of(&w, AGENCY_SANFANG)->deadline_real_us, at(30));
        tick(&w, 30);
        CHECK(of(&w, AGENCY_SANFANG)->escalated);
        world_end(&w);
}

TEST(going_down_and_up_to_the_acknowledged_grade_stays_acknowledged)
{
        struct world w;

        world_begin(&w, "guangdong");
        level(&w, 0, 10000);
        CHECK_EQ(answer(&w, ID, AGENCY_SANFANG, INTENT_SEEN), OK);
        level(&w, 5, 9500);
        level(&w, 35, 9500);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_YELLOW);
        level(&w, 40, 10000);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_ORANGE);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_ACKNOWLEDGED);
        world_end(&w);
}

TEST(red_halves_the_deadline)
{
        struct world w;

        world_begin(&w, "guangdong");
        level(&w, 0, 12000);
        CHECK_EQ(of(&w, AGENCY_SANFANG)->deadline_real_us, at(5));
        world_end(&w);
}

TEST(an_ended_alert_has_no_deadlines_and_takes_no_answer)
{
        struct world w;

        flood(&w);
        level(&w, 1, 8000);
        level(&w, 31.5, 8000);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_ENDED);
        w.n_log = 0;
        tick(&w, 100);
        CHECK_EQ(logged(&w, TRANSITION_ESCALATED), 0);
        CHECK_EQ(answer(&w, ID, AGENCY_SANFANG, INTENT_SEEN), ERR_CONFLICT);
        CHECK_EQ(answer(&w, "nothing", AGENCY_SANFANG, INTENT_SEEN),
                 ERR_UNKNOWN);
        world_end(&w);
}

TEST(a_closed_alert_stays_closed_until_it_gets_worse)
{
        struct world w;

        flood(&w);
        world_keep(&w,
                   engine_close(w.g, ID, "duty", "误报", &w.m, &w.fx, &w.e));
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_CLOSED);
        CHECK_STR(last(&w, HAZARD_FLOOD)->reason, "误报");
        level(&w, 5, 9500);
        world_restart(&w);
        level(&w, 10, 9500);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        level(&w, 15, 10000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_ORANGE);
        world_end(&w);
}

TEST(after_it_fell_a_closed_alert_does_not_hold_the_next_one)
{
        struct world w;

        flood(&w);
        world_keep(&w,
                   engine_close(w.g, ID, "duty", "已处置", &w.m, &w.fx, &w.e));
        level(&w, 5, 8000);
        level(&w, 40, 8000);
        level(&w, 45, 9000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(deadlines_run_on_real_time),
                RUN(an_escalation_survives_a_restart_and_fires_once),
                RUN(an_answer_stops_its_own_deadline_only),
                RUN(another_agency_does_not_acknowledge_for_the_office),
                RUN(a_refusal_is_an_answer_but_no_acknowledgement),
                RUN(the_same_answer_twice_changes_nothing),
                RUN(a_worse_grade_opens_it_again),
                RUN(going_down_and_up_to_the_acknowledged_grade_stays_acknowledged),
                RUN(red_halves_the_deadline),
                RUN(an_ended_alert_has_no_deadlines_and_takes_no_answer),
                RUN(a_closed_alert_stays_closed_until_it_gets_worse),
                RUN(after_it_fell_a_closed_alert_does_not_hold_the_next_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

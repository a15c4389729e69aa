/* Tests of alerts/silence.c: silent stations and dead links. */
#include "world.h"

TEST(a_station_is_silent_after_three_missed_intervals)
{
        struct station_standing s;
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        broker(&w, 0, true);
        level(&w, 1, 5000);
        tick(&w, 15.9);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 0);
        engine_standing(w.g, &w.places, RIVER, at(15.9), &s);
        CHECK_EQ(s.standing, STANDING_STALE);
        tick(&w, 16);
        a = last(&w, HAZARD_SILENCE);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 1);
        CHECK_STR(a->id, "Z-1-silence-20231019T001600Z");
        engine_standing(w.g, &w.places, RIVER, at(16), &s);
        CHECK_EQ(s.standing, STANDING_SILENT);
        tick(&w, 100);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 1);
        level(&w, 101, 5000);
        tick(&w, 101.1);
        CHECK_EQ(last(&w, HAZARD_SILENCE)->state, ALERT_ENDED);
        tick(&w, 116);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 2);
        world_end(&w);
}

TEST(a_disk_that_runs_low_is_yellow_and_a_journal_that_is_full_orange)
{
        struct world w;

        world_begin(&w, "guangdong");
        broker(&w, 0, true);
        link_is(&w, 1, "disk", false);
        link_is(&w, 1, "journal", true);
        tick(&w, 2);
        CHECK_EQ(count(&w, HAZARD_SYSTEM), 1);
        CHECK_STR(last(&w, HAZARD_SYSTEM)->subject, "disk");
        CHECK_EQ(last(&w, HAZARD_SYSTEM)->level, LEVEL_YELLOW);
        link_is(&w, 3, "journal", false);
        tick(&w, 4);
        CHECK_EQ(count(&w, HAZARD_SYSTEM), 2);
        CHECK_STR(last(&w, HAZARD_SYSTEM)->subject, "journal");
        CHECK_EQ(last(&w, HAZARD_SYSTEM)->level, LEVEL_ORANGE);
        link_is(&w, 5, "journal", true);
        CHECK_EQ(last(&w, HAZARD_SYSTEM)->state, ALERT_ENDED);
        world_end(&w);
}

TEST(a_dead_broker_is_one_alert_and_no_silences)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        broker(&w, 0, true);
        for (uint32_t i = 0; i < N_WORLD; i++)
                engine_seen(w.g, i, at(1));
        broker(&w, 5, false);
        tick(&w, 5.01);
        CHECK_EQ(count(&w, HAZARD_SYSTEM), 0); /* under 3 s */
        for (int t = 6; t < 120; t++)
                tick(&w, t);
        CHECK_EQ(count(&w, hazard_count), 1);
        a = last(&w, HAZARD_SYSTEM);
        CHECK_STR(a->subject, "broker");
        CHECK_STR(a->zone, "440900");
        CHECK_EQ(a->observed_us, at(5));
        broker(&w, 120, true);
        CHECK_EQ(last(&w, HAZARD_SYSTEM)->state, ALERT_ENDED);
        tick(&w, 134); /* counted from when the broker came back */
        CHECK_EQ(count(&w, HAZARD_SILENCE), 0);
        tick(&w, 135);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 1); /* all at once: a cluster */
        CHECK_EQ(last(&w, HAZARD_SILENCE)->n_members, N_WORLD);
        world_end(&w);
}

TEST(a_silence_stands_while_the_broker_restarts)
{
        struct world w;

        world_begin(&w, "guangdong");
        broker(&w, 0, true);
        level(&w, 1, 5000);
        tick(&w, 20);
        broker(&w, 21, false);
        broker(&w, 22, true);
        tick(&w, 23);
        CHECK(live(last(&w, HAZARD_SILENCE)));
        CHECK_EQ(count(&w, HAZARD_SILENCE), 1);
        world_end(&w);
}

TEST(without_any_link_there_is_no_silence)
{
        struct world w;

        world_begin(&w, "guangdong");
        level(&w, 1, 5000);
        tick(&w, 600);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 0);
        world_end(&w);
}

TEST(a_station_that_never_sent_is_no_data_not_silent)
{
        struct station_standing s;
        struct world w;

        world_begin(&w, "guangdong");
        broker(&w, 0, true);
        tick(&w, 600);
        CHECK_EQ(count(&w, hazard_count), 0);
        engine_standing(w.g, &w.places, GAUGE, at(600), &s);
        CHECK_EQ(s.standing, STANDING_NO_DATA);
        world_end(&w);
}

TEST(silence_in_a_flood_keeps_the_flood_alert)
{
        struct station_standing s;
        struct world w;

        world_begin(&w, "guangdong");
        broker(&w, 0, true);
        level(&w, 1, 10500);
        for (int t = 2; t < 600; t += 7)
                tick(&w, t);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        engine_standing(w.g, &w.places, RIVER, at(600), &s);
        CHECK_EQ(s.standing, STANDING_SILENT);
        CHECK_EQ(s.level, LEVEL_ORANGE); /* and the colour stays */
        world_end(&w);
}

TEST(silence_of_many_stations_is_itself_an_alert)
{
        struct world w;
        const struct alert *a;
        char code[16];

        world_begin(&w, "guangdong");
        broker(&w, 0, true);
        world_rules(&w, "no-cluster");
        for (int i = 0; i < 40; i++) {
                snprintf(code, sizeof code, "X%02d", i);
                world_station(&w, code, STATION_RAIN, LEVEL_UNSET, LEVEL_UNSET,
                              LEVEL_UNSET);
        }
        for (uint32_t i = 0; i < 40; i++)
                engine_seen(w.g, N_WORLD + i, at(i < 9 ? 1 : 10));
        tick(&w, 16);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 9);
        tick(&w, 17);
        CHECK_EQ(count(&w, HAZARD_SYSTEM), 0);
        tick(&w, 25);
        world_restart(&w);
        tick(&w, 26);
        a = last(&w, HAZARD_SYSTEM);
        CHECK_EQ(count(&w, HAZARD_SYSTEM), 1);
        CHECK_STR(a->subject, "stations");
        for (uint32_t i = 0; i < 40; i++)
                engine_seen(w.g, N_WORLD + i, at(27));
        tick(&w, 28);
        tick(&w, 29);
        CHECK_EQ(last(&w, HAZARD_SYSTEM)->state, ALERT_ENDED);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 40);
        world_end(&w);
}

TEST(silence_survives_a_restart)
{
        struct world w;

        world_begin(&w, "guangdong");
        broker(&w, 0, true);
        level(&w, 1, 5000);
        tick(&w, 10);
        world_restart(&w);
        tick(&w, 16);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 1);
        world_restart(&w);
        tick(&w, 17);
        level(&w, 18, 5000);
        tick(&w, 18.5);
        CHECK_EQ(count(&w, HAZARD_SILENCE), 1);
        CHECK_EQ(last(&w, HAZARD_SILENCE)->state, ALERT_ENDED);
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_station_is_silent_after_three_missed_intervals),
                RUN(a_dead_broker_is_one_alert_and_no_silences),
                RUN(a_silence_stands_while_the_broker_restarts),
                RUN(a_disk_that_runs_low_is_yellow_and_a_journal_that_is_full_orange),
                RUN(without_any_link_there_is_no_silence),
                RUN(a_station_that_never_sent_is_no_data_not_silent),
                RUN(silence_in_a_flood_keeps_the_flood_alert),
                RUN(silence_of_many_stations_is_itself_an_alert),
                RUN(silence_survives_a_restart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of alerts/forecast.c and outlook.c: forecasts made, and judged. */
#include "world.h"

/* Lets the pipeline's part be played: makes a run when due, and takes it. */
static bool run(struct world *w, struct forecast *f)
{
        if (!engine_forecast_due(w->g, &w->places, RIVER, w->m.engine_us, f))
                return false;
        f->seq = w->m.seq;
        world_keep(w,
                   engine_forecast(w->g, &w->places, f, &w->m, &w->fx, &w->e));
        return true;
}

/* A reading every 5 minutes, and a forecast whenever one is due. */
static void rise(struct world *w, double from, double until, int64_t start,
                 int64_t per_step)
{
        struct forecast f;

        for (double t = from; t <= until; t += 5) {
                level(w, t, start);
                start += per_step;
                run(w, &f);
                tick(w, t);
        }
}

TEST(six_values_over_half_an_hour_are_needed)
{
        struct world w;
        struct forecast f;

        world_begin(&w, "guangdong");
        for (int t = 0; t <= 25; t += 5)
                level(&w, t, 5000);
        CHECK(!engine_forecast_due(w.g, &w.places, RIVER, at(25), &f));
        level(&w, 30, 5000);
        CHECK(engine_forecast_due(w.g, &w.places, RIVER, at(30), &f));
        world_end(&w);
}

TEST(a_run_is_due_every_ten_minutes_with_new_data)
{
        struct world w;
        struct forecast f;

        world_begin(&w, "guangdong");
        for (int t = 0; t <= 30; t += 5)
                level(&w, t, 5000);
        CHECK(run(&w, &f));
        CHECK(!run(&w, &f));
        world_now(&w, 41);
        CHECK(!run(&w, &f)); /* nothing new came */
        level(&w, 42, 5000);
        CHECK(run(&w, &f));
        level(&w, 47, 5000);
        CHECK(!run(&w, &f)); /* too soon */
        world_restart(&w);
        CHECK(!run(&w, &f));
        world_end(&w);
}

TEST(a_reservoir_that_sends_zu_has_forecasts_of_zu)
{
        struct world w;
        struct forecast f;

        world_begin(&w, "guangdong");
        for (int t = 0; t <= 30; t += 5)
                value(&w, DAM, ELEMENT_ZU, t, 100000);
        CHECK(engine_forecast_due(w.g, &w.places, DAM, at(30), &f));
        CHECK_EQ(f.element, ELEMENT_ZU);
        world_keep(&w, engine_forecast(w.g, &w.places, &f, &w.m, &w.fx, &w.e));
        CHECK(!engine_forecast_due(w.g, &w.places, DAM, at(45), &f));
        value(&w, DAM, ELEMENT_ZU, 45, 100000);
        CHECK(engine_forecast_due(w.g, &w.places, DAM, at(45), &f));
        world_end(&w);
}

TEST(a_steady_rise_is_damped)
{
        struct world w;
        struct forecast f;

        world_begin(&w, "guangdong");
        for (int t = 0; t <= 60; t += 5)
                level(&w, t, 5000 + 10 * t); /* 100 mm in ten minutes */
        CHECK(engine_forecast_due(w.g, &w.places, RIVER, at(60), &f));
        CHECK_STR(f.source, "sanfangd");
        CHECK_STR(f.model, "damped-trend");
        CHECK_STR(f.id, "Z_1-Z-sanfangd-damped-trend-20231019T010000Z");
        CHECK_EQ(f.n_steps, 36);
        CHECK_EQ(f.step[0].valid_us, at(70));
        CHECK_EQ(f.step[35].valid_us, at(60 + 360));
        CHECK_EQ(f.step[0].value_milli, 5600 + 95);
        CHECK_EQ(f.step[1].value_milli, 5600 + 185);   /* 95 + 90.25 */
        CHECK_EQ(f.step[35].value_milli, 5600 + 1600); /* 1900 (1-.95^36) */
        CHECK_EQ(f.step[35].persistence_milli, 5600);
        world_end(&w);
}

TEST(a_wild_rise_is_bounded)
{
        struct world w;
        struct forecast f;

        world_begin(&w, "guangdong");
        for (int t = 0; t <= 60; t += 5)
                level(&w, t, 1000 + 500 * t);
        CHECK(engine_forecast_due(w.g, &w.places, RIVER, at(60), &f));
        CHECK_EQ(f.step[35].value_milli, 31000 + 3000);
        world_end(&w);
        world_begin(&w, "guangdong");
        for (int t = 0; t <= 60; t += 5)
                level(&w, t, 40000 - 500 * t);
        CHECK(engine_forecast_due(w.g, &w.places, RIVER, at(60), &f));
        CHECK_EQ(f.step[35].value_milli, 10000 - 1000);
        world_end(&w);
}

TEST(stale_data_makes_no_forecast)
{
        struct world w;
        struct forecast f;

        world_begin(&w, "guangdong");
        for (int t = 0; t <= 60; t += 5)
                level(&w, t, 5000);
        CHECK(!engine_forecast_due(w.g, &w.places, RIVER, at(121), &f));
        world_end(&w);
}

TEST(a_forecast_raises_and_is_then_observed)
{
        struct world w;
        const struct alert *a;
        struct station_standing s;

        world_begin(&w, "guangdong");
        rise(&w, 0, 50, 7600, 40); /* 80 mm in ten minutes */
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK(a->forecast);
        CHECK_EQ(a->level, LEVEL_YELLOW);
        CHECK_EQ(a->level_forecast, LEVEL_YELLOW);
        CHECK_EQ(a->level_observed, LEVEL_NONE);
        CHECK(a->lead_us > HOUR_US && a->lead_us < 6 * HOUR_US);
        CHECK_STR(a->rule, "forecast-level");
        CHECK_EQ(a->evidence[0].time_us, a->observed_us);
        engine_standing(w.g, &w.places, RIVER, at(50), &s);
        CHECK_EQ(s.standing, STANDING_ALERT);
        CHECK_EQ(s.level, LEVEL_NONE);
        CHECK_EQ(s.level_forecast, LEVEL_YELLOW);
        CHECK(s.next_us > at(50) && s.next_us <= a->observed_us);
        rise(&w, 55, 200, 8040, 40);
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK(!a->forecast);
        CHECK(a->level_observed >= LEVEL_YELLOW);
        CHECK_EQ(a->observed_us, at(140)); /* 8.7 m */
        CHECK_EQ(logged(&w, TRANSITION_OBSERVED) >= 1, 1);
        CHECK_EQ(logged(&w, TRANSITION_RAISED), 1);
        world_end(&w);
}

TEST(one_crossing_run_alone_is_noise)
{
        struct world w;
        struct forecast f;

        world_begin(&w, "guangdong");
        for (int t = 0; t <= 30; t += 5)
                level(&w, t, 7600 + 8 * t);
        CHECK(run(&w, &f));
        CHECK(f.step[35].value_milli >= 9000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 0);
        world_end(&w);
}

TEST(a_false_forecast_is_withdrawn_with_a_reason)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        rise(&w, 0, 50, 7600, 40);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        rise(&w, 55, 200, 8040, 0); /* and it stops rising */
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(a->state, ALERT_WITHDRAWN);
        CHECK(strstr(a->reason, "不再达到标准") != NULL);
        CHECK_EQ(logged(&w, TRANSITION_WITHDRAWN), 1);
        CHECK_EQ(a->answers[AGENCY_SANFANG].deadline_real_us, TIME_NONE);
        world_end(&w);
}

TEST(a_forecast_whose_time_has_passed_is_withdrawn)
{
        struct world w;
        const struct alert *a;
        struct station_standing s;
        int64_t valid;

        world_begin(&w, "guangdong");
        rise(&w, 0, 50, 7600, 40);
        engine_standing(w.g, &w.places, RIVER, at(50), &s);
        valid = s.next_us; /* by the last run; then silence */
        w.m.engine_us = valid + HOUR_US - SECOND_US;
        world_keep(&w, engine_tick(w.g, &w.places, &w.m, &w.fx, &w.e));
        CHECK(live(last(&w, HAZARD_FLOOD)));
        world_restart(&w);
        w.m.engine_us = valid + HOUR_US;
        world_keep(&w, engine_tick(w.g, &w.places, &w.m, &w.fx, &w.e));
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(a->state, ALERT_WITHDRAWN);
        CHECK(strstr(a->reason, "未监测到") != NULL);
        world_end(&w);
}

TEST(observed_and_forecast_stand_side_by_side)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        rise(&w, 0, 60, 8600, 40); /* 9.08 now, going to 10 and more */
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(a->level_observed, LEVEL_YELLOW);
        CHECK_EQ(a->level_forecast, LEVEL_ORANGE);
        CHECK_EQ(a->level, LEVEL_ORANGE);
        CHECK(!a->forecast);
        rise(&w, 65, 240, 9080, 0);
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(a->level, LEVEL_YELLOW);
        CHECK_EQ(a->level_forecast, LEVEL_NONE);
        CHECK(live(a));
        world_end(&w);
}

/* A grid's mean over a zone: hourly steps. */
static void grid(struct world *w, const char *zone, double issued,
                 const int64_t *mm, uint32_t n)
{
        struct forecast f = {.is_zone = true,
                             .element = ELEMENT_P1,
                             .n_steps = n,
                             .seq = w->m.seq};

        snprintf(f.source, sizeof f.source, "gd-qpf");
        snprintf(f.model, sizeof f.model, "grid");
        snprintf(f.subject, sizeof f.subject, "%s", zone);
        f.issued_us = at(issued);
        f.begin_us = at(issued);
        for (uint32_t i = 0; i < n; i++)
                f.step[i] = (struct forecast_step){at(issued + 60 * (i + 1)),
                                                   mm[i] * 1000, 0};
        world_now(w, issued);
        world_keep(w,
                   engine_forecast(w->g, &w->places, &f, &w->m, &w->fx, &w->e));
}

TEST(forecast_rain_raises_where_it_falls_and_nowhere_else)
{
        static const int64_t wet[] = {0, 10, 20, 20, 5, 0};
        static const int64_t dry[] = {5, 5, 5, 5, 5, 4};
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        grid(&w, "440902", 0, dry, 6);
        CHECK_EQ(count(&w, hazard_count), 0);
        grid(&w, "440981", 0, wet, 6);
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 1);
        CHECK_STR(a->subject, "440981");
        CHECK_STR(a->zone, "440981");
        CHECK_STR(a->county, "440981");
        CHECK_STR(a->group, "rainstorm/county/440981");
        CHECK_EQ(a->level, LEVEL_ORANGE); /* 10 + 20 + 20 in 3 h */
        CHECK_EQ(a->value_milli, 50000);
        CHECK_EQ(a->lead_us, 4 * HOUR_US);
        CHECK_EQ(a->station, NO_INDEX);
        CHECK(a->forecast);
        grid(&w, "440981", 60, dry, 6); /* the next run clears it */
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->state, ALERT_WITHDRAWN);
        world_end(&w);
}

TEST(a_gauge_in_the_zone_turns_its_forecast_observed)
{
        static const int64_t wet[] = {20, 20, 20, 0, 0, 0};
        struct world w;
        const struct alert *a, *zone;

        world_begin(&w, "guangdong");
        grid(&w, "440902", 0, wet, 6); /* the gauge's county */
        grid(&w, "440981", 0, wet, 6); /* another */
        for (int t = 5; t <= 30; t += 5)
                slot(&w, t, 10000);
        engine_alerts(w.g, &a);
        zone = &a[0];
        CHECK_STR(zone->subject, "440902");
        CHECK(!zone->forecast);
        CHECK_EQ(zone->level_observed, LEVEL_ORANGE);
        CHECK_EQ(zone->observed_us, at(25));
        CHECK_EQ(zone->evidence[zone->n_evidence - 1].station, GAUGE);
        CHECK(a[1].forecast);
        CHECK_EQ(logged(&w, TRANSITION_OBSERVED), 1);
        world_restart(&w);
        for (int t = 35; t <= 500; t += 5)
                slot(&w, t, 0);
        tick(&w, 500);
        engine_alerts(w.g, &a);
        CHECK_EQ(a[0].state, ALERT_ENDED);     /* with the gauge's own */
        CHECK_EQ(a[1].state, ALERT_WITHDRAWN); /* its time has passed */
        CHECK_EQ(a[2].state, ALERT_ENDED);
        world_end(&w);
}

TEST(a_forecast_of_rain_that_fell_already_is_observed_at_once)
{
        static const int64_t wet[] = {20, 20, 20};
        struct world w;

        world_begin(&w, "guangdong");
        for (int t = 5; t <= 30; t += 5)
                slot(&w, t, 10000);
        grid(&w, "440900", 30, wet, 3); /* the whole city */
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 2);
        CHECK(!last(&w, HAZARD_RAINSTORM)->forecast);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->level_observed, LEVEL_ORANGE);
        world_end(&w);
}

TEST(an_older_run_is_not_judged)
{
        static const int64_t wet[] = {50, 60};
        static const int64_t dry[] = {0, 0};
        struct world w;

        world_begin(&w, "guangdong");
        grid(&w, "440981", 60, dry, 2);
        grid(&w, "440981", 0, wet, 2);
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 0);
        grid(&w, "999999", 60, wet, 2); /* no such zone */
        CHECK_EQ(count(&w, HAZARD_RAINSTORM), 0);
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(six_values_over_half_an_hour_are_needed),
                RUN(a_run_is_due_every_ten_minutes_with_new_data),
                RUN(a_reservoir_that_sends_zu_has_forecasts_of_zu),
                RUN(a_steady_rise_is_damped),
                RUN(a_wild_rise_is_bounded),
                RUN(stale_data_makes_no_forecast),
                RUN(a_forecast_raises_and_is_then_observed),
                RUN(one_crossing_run_alone_is_noise),
                RUN(a_false_forecast_is_withdrawn_with_a_reason),
                RUN(a_forecast_whose_time_has_passed_is_withdrawn),
                RUN(observed_and_forecast_stand_side_by_side),
                RUN(forecast_rain_raises_where_it_falls_and_nowhere_else),
                RUN(a_gauge_in_the_zone_turns_its_forecast_observed),
                RUN(a_forecast_of_rain_that_fell_already_is_observed_at_once),
                RUN(an_older_run_is_not_judged),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of alerts/travel.c: the level that comes from upstream. */
#include "world.h"

#define TRAVEL_MIN 120
#define UP 7 /* the eighth station of the world */

/* Upstream: a flood of 2 m every 12 hours, up in four, down in eight. */
static int64_t up_milli(int64_t minute)
{
        int64_t m = (minute + 720) % 720;

        return 3000 + (m < 240 ? m * 2000 / 240 : (720 - m) * 2000 / 480);
}

/* Downstream the same, two hours later and four fifths as high. */
static int64_t down_milli(int64_t minute)
{
        return 5000 + (up_milli(minute - TRAVEL_MIN) - 3000) * 4 / 5;
}

static void begin(struct world *w)
{
        struct station *s;

        world_begin(w, "guangdong");
        world_station(w, "Z_UP", STATION_RIVER, LEVEL_UNSET, LEVEL_UNSET,
                      LEVEL_UNSET);
        assert_int_equal(places_find_station(&w->places, TEXT("Z_UP")), UP);
        s = &w->places.stations[RIVER];
        snprintf(s->upstream, sizeof s->upstream, "Z_UP");
        s->travel_us = TRAVEL_MIN * MINUTE_US;
}

static void flow(struct world *w, int from, int until)
{
        for (int t = from; t <= until; t += 10) {
                value(w, UP, ELEMENT_Z, t, up_milli(t));
                level(w, t, down_milli(t));
        }
}

static bool due(struct world *w, int minute, struct forecast *f)
{
        world_now(w, minute);
        return engine_travel_due(w->g, &w->places, RIVER, at(minute), f);
}

TEST(what_went_by_upstream_comes_down)
{
        struct world w;
        struct forecast f;

        begin(&w);
        flow(&w, 0, 2280); /* a flood's foot has gone by upstream */
        CHECK(due(&w, 2280, &f));
        CHECK_STR(f.source, "sanfangd");
        CHECK_STR(f.model, "travel-time");
        CHECK_STR(f.subject, "Z_1");
        CHECK_EQ(f.n_steps, 12); /* up to the travel time */
        CHECK_EQ(f.step[11].valid_us, at(2280 + TRAVEL_MIN));
        for (uint32_t i = 0; i < f.n_steps; i++) {
                int64_t off = f.step[i].value_milli -
                              down_milli(2280 + 10 * (int64_t)(i + 1));

                CHECK(off > -60 && off < 60);
                CHECK_EQ(f.step[i].persistence_milli, down_milli(2280));
        }
        /* Where doing nothing is half a metre wrong. */
        CHECK(down_milli(2400) - down_milli(2280) > 300);
        /* The crest has gone by upstream: it comes, and the fall after. */
        flow(&w, 2290, 2460);
        CHECK(due(&w, 2460, &f));
        for (uint32_t i = 0; i < f.n_steps; i++) {
                int64_t off = f.step[i].value_milli -
                              down_milli(2460 + 10 * (int64_t)(i + 1));

                CHECK(off > -60 && off < 60);
        }
        world_end(&w);
}

TEST(few_pairs_or_a_quiet_river_say_nothing)
{
        struct world w;
        struct forecast f;

        begin(&w);
        flow(&w, 0, 400); /* 29 pairs */
        CHECK(!due(&w, 400, &f));
        flow(&w, 410, 470);
        CHECK(due(&w, 470, &f));
        world_end(&w);
        begin(&w);
        for (int t = 0; t <= 900; t += 10) {
                value(&w, UP, ELEMENT_Z, t, 3000 + t % 190);
                level(&w, t, 5000);
        }
        CHECK(!due(&w, 900, &f)); /* 0.19 m of range */
        world_end(&w);
}

TEST(without_a_station_upstream_or_its_fresh_data_there_is_none)
{
        struct world w;
        struct forecast f;

        begin(&w);
        flow(&w, 0, 900);
        CHECK(due(&w, 900, &f));
        w.places.stations[RIVER].upstream[0] = '\0';
        CHECK(!due(&w, 900, &f));
        snprintf(w.places.stations[RIVER].upstream, CODE_MAX, "NOBODY");
        CHECK(!due(&w, 900, &f));
        snprintf(w.places.stations[RIVER].upstream, CODE_MAX, "Z_UP");
        for (int t = 910; t <= 980; t += 10)
                level(&w, t, down_milli(t));
        CHECK(!due(&w, 980, &f)); /* upstream is silent for 80 min */
        world_end(&w);
}

TEST(it_is_bounded_as_the_trend_is)
{
        struct world w;
        struct forecast f;

        begin(&w);
        flow(&w, 0, 900);
        /* A slip of 60 m upstream, within the travel time. */
        value(&w, UP, ELEMENT_Z, 910, 63000);
        level(&w, 910, down_milli(910));
        CHECK(due(&w, 910, &f));
        CHECK_EQ(f.step[f.n_steps - 1].value_milli, down_milli(910) + 3000);
        world_end(&w);
}

TEST(each_model_has_its_own_turn_and_its_own_outlook)
{
        struct world w;
        struct forecast f;
        const struct alert *a;

        begin(&w);
        flow(&w, 0, 900);
        CHECK(due(&w, 900, &f));
        world_keep(&w, engine_forecast(w.g, &w.places, &f, &w.m, &w.fx, &w.e));
        CHECK(!due(&w, 900, &f));
        CHECK(engine_forecast_due(w.g, &w.places, RIVER, at(900), &f));
        world_restart(&w);
        CHECK(!due(&w, 909, &f));
        flow(&w, 910, 910);
        CHECK(due(&w, 910, &f));
        /* Two runs over WRZ by one model; the other's runs under it. */
        for (int t = 0; t < 2; t++) {
                f.issued_us = at(920 + 10 * t);
                f.step[0] = (struct forecast_step){at(1100), 7000, 6000};
                f.n_steps = 1;
                snprintf(f.model, sizeof f.model, "damped-trend");
                world_keep(&w, engine_forecast(w.g, &w.places, &f, &w.m, &w.fx,
                                               &w.e));
                f.step[0].value_milli = 9500;
                snprintf(f.model, sizeof f.model, "travel-time");
                world_keep(&w, engine_forecast(w.g, &w.places, &f, &w.m, &w.fx,
                                               &w.e));
        }
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK(a->forecast && a->level_forecast == LEVEL_YELLOW);
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(what_went_by_upstream_comes_down),
                RUN(few_pairs_or_a_quiet_river_say_nothing),
                RUN(without_a_station_upstream_or_its_fresh_data_there_is_none),
                RUN(it_is_bounded_as_the_trend_is),
                RUN(each_model_has_its_own_turn_and_its_own_outlook),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

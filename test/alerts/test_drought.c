/* Tests of alerts/drought.c: dry days and soil moisture. */
#include "world.h"

/* A daily report for the hydrological day n (1, 2, 3...). */
static void day(struct world *w, int n, int64_t milli)
{
        struct rain_slot s = {
                GAUGE,      at((n - 1) * 1440), at(n * 1440), milli,
                ELEMENT_PD, w->m.seq,           false,        0};

        world_now(w, n * 1440);
        world_keep(w, engine_rain(w->g, &w->places, &s, &w->m, &w->fx, &w->e));
}

/* The same day in hourly slots. */
static void hours(struct world *w, int n, int64_t last_milli)
{
        for (int h = 1; h <= 24; h++) {
                double t = (n - 1) * 1440 + h * 60;
                struct rain_slot s = {
                        GAUGE,      at(t - 60), at(t), h == 24 ? last_milli : 0,
                        ELEMENT_P1, w->m.seq,   false, 0};

                world_now(w, t);
                world_keep(w, engine_rain(w->g, &w->places, &s, &w->m, &w->fx,
                                          &w->e));
        }
}

TEST(sixty_dry_days_go_through_the_four_grades)
{
        static const struct {
                int day;
                enum level level;
        } steps[] = {{9, LEVEL_NONE},    {10, LEVEL_BLUE},   {20, LEVEL_BLUE},
                     {21, LEVEL_YELLOW}, {30, LEVEL_YELLOW}, {31, LEVEL_ORANGE},
                     {45, LEVEL_ORANGE}, {46, LEVEL_RED},    {60, LEVEL_RED}};
        struct world w;
        size_t k = 0;

        world_begin(&w, "guangdong");
        hours(&w, 0, 60000); /* a wet day first */
        for (int n = 1; n <= 60; n++) {
                hours(&w, n, n % 3 ? 0 : 4900); /* 4.9 mm is still dry */
                if (n != steps[k].day)
                        continue;
                if (steps[k].level == LEVEL_NONE)
                        CHECK_EQ(count(&w, HAZARD_DROUGHT), 0);
                else
                        CHECK_EQ(last(&w, HAZARD_DROUGHT)->level,
                                 steps[k].level);
                k++;
        }
        CHECK_EQ(k, sizeof steps / sizeof *steps);
        CHECK_EQ(count(&w, HAZARD_DROUGHT), 1);
        CHECK_EQ(last(&w, HAZARD_DROUGHT)->changes, 4);
        hours(&w, 61, 5000); /* 5 mm ends it */
        CHECK_EQ(last(&w, HAZARD_DROUGHT)->state, ALERT_ENDED);
        CHECK_EQ(last(&w, HAZARD_DROUGHT)->ended_us, at(61 * 1440));
        world_end(&w);
}

TEST(daily_reports_do_as_well)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        for (int n = 1; n <= 60; n++)
                day(&w, n, 0);
        a = last(&w, HAZARD_DROUGHT);
        CHECK_EQ(a->level, LEVEL_RED);
        CHECK_EQ(a->observed_us, at(10 * 1440));
        CHECK_EQ(a->value_milli, 46000);
        CHECK_STR(a->id, "P1-drought-20231029T000000Z");
        CHECK(a->unverified);
        world_end(&w);
}

TEST(a_shower_before_eight_belongs_to_the_day_that_ends)
{
        struct world w;

        world_begin(&w, "guangdong");
        for (int n = 1; n <= 12; n++)
                hours(&w, n, n == 5 ? 5000 : 0); /* ends 08:00 of day 5 */
        CHECK_EQ(count(&w, HAZARD_DROUGHT), 0);
        for (int n = 13; n <= 15; n++)
                hours(&w, n, 0);
        CHECK_EQ(last(&w, HAZARD_DROUGHT)->observed_us, at(15 * 1440));
        world_end(&w);
}

TEST(a_day_without_data_is_not_a_dry_day)
{
        struct world w;

        world_begin(&w, "guangdong");
        for (int n = 1; n <= 10; n++)
                if (n != 4)
                        day(&w, n, 0);
        CHECK_EQ(count(&w, HAZARD_DROUGHT), 0);
        day(&w, 11, 0); /* ten known dry days, one unknown in eleven */
        CHECK_EQ(count(&w, HAZARD_DROUGHT), 1);
        world_end(&w);
}

TEST(many_unknown_days_cannot_say)
{
        struct world w;

        world_begin(&w, "guangdong");
        for (int n = 1; n <= 60; n++)
                if (n % 5) /* one in five is unknown */
                        day(&w, n, 0);
        CHECK_EQ(count(&w, HAZARD_DROUGHT), 0);
        world_end(&w);
}

TEST(an_unknown_day_does_not_end_a_drought)
{
        struct world w;

        world_begin(&w, "guangdong");
        for (int n = 1; n <= 12; n++)
                day(&w, n, 0);
        day(&w, 15, 0); /* two unknown days: cannot say */
        CHECK(live(last(&w, HAZARD_DROUGHT)));
        CHECK_EQ(last(&w, HAZARD_DROUGHT)->level, LEVEL_BLUE);
        world_end(&w);
}

TEST(soil_gets_worse_downwards)
{
        static const struct {
                int64_t milli;
                enum level level;
        } rows[] = {{60001, LEVEL_NONE},   {60000, LEVEL_BLUE},
                    {50001, LEVEL_BLUE},   {50000, LEVEL_YELLOW},
                    {40000, LEVEL_ORANGE}, {30001, LEVEL_ORANGE},
                    {30000, LEVEL_RED},    {0, LEVEL_RED}};
        struct world w;

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                world_begin(&w, "guangdong");
                value(&w, FIELD, ELEMENT_M20, 0, rows[i].milli);
                if (rows[i].level == LEVEL_NONE)
                        CHECK_EQ(count(&w, HAZARD_DROUGHT), 0);
                else
                        CHECK_EQ(last(&w, HAZARD_DROUGHT)->level,
                                 rows[i].level);
                world_end(&w);
        }
}

TEST(soil_ends_above_the_line_and_hysteresis)
{
        struct world w;

        world_begin(&w, "guangdong");
        value(&w, FIELD, ELEMENT_M20, 0, 55000);
        value(&w, FIELD, ELEMENT_M20, 600, 61500);
        value(&w, FIELD, ELEMENT_M20, 1200, 61500);
        CHECK(live(last(&w, HAZARD_DROUGHT)));
        value(&w, FIELD, ELEMENT_M20, 1800, 62001);
        value(&w, FIELD, ELEMENT_M20, 2160, 62001);
        CHECK_EQ(last(&w, HAZARD_DROUGHT)->state, ALERT_ENDED);
        world_end(&w);
}

TEST(another_depth_is_not_compared)
{
        struct world w;

        world_begin(&w, "guangdong");
        value(&w, FIELD, ELEMENT_M40, 0, 10000);
        CHECK_EQ(count(&w, HAZARD_DROUGHT), 0);
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(sixty_dry_days_go_through_the_four_grades),
                RUN(daily_reports_do_as_well),
                RUN(a_shower_before_eight_belongs_to_the_day_that_ends),
                RUN(a_day_without_data_is_not_a_dry_day),
                RUN(many_unknown_days_cannot_say),
                RUN(an_unknown_day_does_not_end_a_drought),
                RUN(soil_gets_worse_downwards),
                RUN(soil_ends_above_the_line_and_hysteresis),
                RUN(another_depth_is_not_compared),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

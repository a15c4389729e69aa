/* Tests of alerts/wind.c: mean and gust are never mixed up. */
#include "world.h"

static enum level grade(uint32_t station, enum element el, int64_t milli)
{
        struct world w;
        enum level l = LEVEL_NONE;

        world_begin(&w, "guangdong");
        value(&w, station, el, 0, milli);
        if (count(&w, HAZARD_WIND))
                l = last(&w, HAZARD_WIND)->level;
        world_end(&w);
        return l;
}

TEST(mean_wind_is_graded_at_forces_6_8_10_12)
{
        CHECK_EQ(grade(MAST, ELEMENT_US, 10799), LEVEL_NONE);
        CHECK_EQ(grade(MAST, ELEMENT_US, 10800), LEVEL_BLUE);
        CHECK_EQ(grade(MAST, ELEMENT_US, 17199), LEVEL_BLUE);
        CHECK_EQ(grade(MAST, ELEMENT_US, 17200), LEVEL_YELLOW);
        CHECK_EQ(grade(MAST, ELEMENT_US, 24499), LEVEL_YELLOW);
        CHECK_EQ(grade(MAST, ELEMENT_US, 24500), LEVEL_ORANGE);
        CHECK_EQ(grade(MAST, ELEMENT_US, 32699), LEVEL_ORANGE);
        CHECK_EQ(grade(MAST, ELEMENT_US, 32700), LEVEL_RED);
}

TEST(gusts_are_graded_at_forces_7_9_11_13)
{
        CHECK_EQ(grade(MAST, ELEMENT_UG, 13899), LEVEL_NONE);
        CHECK_EQ(grade(MAST, ELEMENT_UG, 13900), LEVEL_BLUE);
        CHECK_EQ(grade(MAST, ELEMENT_UG, 20800), LEVEL_YELLOW);
        CHECK_EQ(grade(MAST, ELEMENT_UG, 28500), LEVEL_ORANGE);
        CHECK_EQ(grade(MAST, ELEMENT_UG, 36999), LEVEL_ORANGE);
        CHECK_EQ(grade(MAST, ELEMENT_UG, 37000), LEVEL_RED);
}

TEST(a_station_that_declares_gusts_is_judged_by_the_gust_table)
{
        CHECK_EQ(grade(GUSTY, ELEMENT_US, 10800), LEVEL_NONE);
        CHECK_EQ(grade(GUSTY, ELEMENT_US, 13900), LEVEL_BLUE);
}

TEST(mean_and_gust_are_one_episode_of_the_worse)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        value(&w, MAST, ELEMENT_US, 0, 11000);
        value(&w, MAST, ELEMENT_UG, 0, 29000);
        a = last(&w, HAZARD_WIND);
        CHECK_EQ(count(&w, HAZARD_WIND), 1);
        CHECK_EQ(a->level, LEVEL_ORANGE);
        CHECK_STR(a->rule, "wind-gust");
        CHECK_EQ(a->element, ELEMENT_UG);
        value(&w, MAST, ELEMENT_UG, 10, 5000);
        value(&w, MAST, ELEMENT_UG, 40, 5000);
        a = last(&w, HAZARD_WIND);
        CHECK_EQ(a->level, LEVEL_BLUE);
        CHECK_STR(a->rule, "wind-mean");
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(mean_wind_is_graded_at_forces_6_8_10_12),
                RUN(gusts_are_graded_at_forces_7_9_11_13),
                RUN(a_station_that_declares_gusts_is_judged_by_the_gust_table),
                RUN(mean_and_gust_are_one_episode_of_the_worse),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test/server/test_clock.c -- the storm may stand still, people's time not. */
#include "check.h"

#include <time.h>

#include "schemas/time.h"
#include "server/clock.h"

#define BEGIN (INT64_C(1697731200) * SECOND_US)

TEST(a_storm_that_stands_repeats_its_last_tick_each_second)
{
        struct timespec second = {1, 50 * 1000 * 1000};
        struct clock c = {0};
        int64_t at = 0;

        clock_start(&c, true, BEGIN, 0);
        CHECK(clock_next_tick(&c, &at));
        CHECK_EQ(at, BEGIN);
        CHECK(!clock_next_tick(&c, &at));
        nanosleep(&second, NULL);
        CHECK(clock_next_tick(&c, &at));
        CHECK_EQ(at, BEGIN);
        CHECK(!clock_next_tick(&c, &at));
}

TEST(a_storm_that_runs_gives_each_engine_second_once)
{
        struct timespec tenth = {0, 100 * 1000 * 1000};
        struct clock c = {0};
        int64_t at = 0, want = BEGIN;

        clock_start(&c, true, BEGIN, 150 * 1000);
        nanosleep(&tenth, NULL);
        while (clock_next_tick(&c, &at)) {
                want += SECOND_US;
                CHECK_EQ(at, want);
        }
        CHECK(want - BEGIN >= 15 * SECOND_US);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_storm_that_stands_repeats_its_last_tick_each_second),
                RUN(a_storm_that_runs_gives_each_engine_second_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

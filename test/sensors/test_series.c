/* Tests of sensors/series.c. */
#include "check.h"

#include "schemas/time.h"
#include "sensors/series.h"

#define NOW_US (INT64_C(1697742000) * SECOND_US)

static uint32_t put(struct series *s, int64_t t_us, int64_t milli,
                    int64_t engine_us)
{
        struct observation o = {.time_us = t_us,
                                .received_us = engine_us,
                                .value_milli = milli};
        struct err e = {0};

        if (series_put(s, &o, &e) != OK)
                fail_msg("%s", e.msg);
        return o.marks;
}

TEST(microseconds_are_told_apart)
{
        struct series s = {0};

        CHECK_EQ(put(&s, NOW_US, 1, NOW_US), 0);
        CHECK_EQ(put(&s, NOW_US + 1, 1, NOW_US), 0);
        CHECK_EQ(put(&s, NOW_US, 1, NOW_US), MARK_LATE | MARK_DUPLICATE);
        series_done(&s);
}

/* Three days of five-minute values, in any order, are all known again. */
TEST(a_repeat_is_known_within_the_horizon)
{
        struct series s = {0};
        int64_t n = 864, i;

        for (i = 0; i < n; i++)
                put(&s, NOW_US - (i * 611 % n) * 5 * MINUTE_US, i % 50, NOW_US);
        CHECK_EQ(s.n, 864);
        for (i = 0; i < n; i++)
                CHECK(put(&s, NOW_US - (i * 611 % n) * 5 * MINUTE_US, i % 50,
                          NOW_US) &
                      MARK_DUPLICATE);
        CHECK_EQ(s.n, 864);
        series_done(&s);
}

TEST(memory_is_bounded)
{
        struct series s = {0};
        int64_t i;

        for (i = 0; i < 5000; i++)
                put(&s, NOW_US + i * SECOND_US, i, NOW_US + i * SECOND_US);
        CHECK_EQ(s.n, SERIES_MAX);
        CHECK(s.cap <= SERIES_MAX * 2);
        CHECK_EQ(put(&s, NOW_US + 4999 * SECOND_US, 4999,
                     NOW_US + 4999 * SECOND_US),
                 MARK_DUPLICATE);
        series_done(&s);
}

TEST(an_hourly_station_keeps_three_days)
{
        struct series s = {0};
        int64_t i;

        for (i = 0; i < 24 * 60; i++)
                put(&s, NOW_US + i * HOUR_US, i, NOW_US + i * HOUR_US);
        CHECK_EQ(s.n, 73);
        CHECK(s.cap <= 256);
        series_done(&s);
}

TEST(the_value_before)
{
        struct series s = {0};
        int64_t t, v;
        struct observation gap = {.time_us = NOW_US + HOUR_US,
                                  .received_us = NOW_US + HOUR_US,
                                  .marks = MARK_MISSING};
        struct err e = {0};

        CHECK(!series_before(&s, NOW_US, &t, &v));
        put(&s, NOW_US, 5, NOW_US);
        CHECK(!series_before(&s, NOW_US, &t, &v));
        CHECK_EQ(series_put(&s, &gap, &e), OK);
        CHECK(series_before(&s, NOW_US + 2 * HOUR_US, &t, &v));
        CHECK_EQ(t, NOW_US);
        CHECK_EQ(v, 5);
        series_done(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(microseconds_are_told_apart),
                RUN(a_repeat_is_known_within_the_horizon),
                RUN(memory_is_bounded),
                RUN(an_hourly_station_keeps_three_days),
                RUN(the_value_before),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

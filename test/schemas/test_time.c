/* Tests of schemas/time.c. */
#include "check.h"

#include "schemas/time.h"

TEST(a_time_with_offset_is_read)
{
        int64_t us = 7;
        char text[48];

        CHECK(time_parse(TEXT("2023-10-20T03:00:00+08:00"), &us));
        CHECK_EQ(us, INT64_C(1697742000) * SECOND_US);
        time_format_utc(text, us);
        CHECK_STR(text, "2023-10-19T19:00:00Z");
        time_format_beijing(text, us);
        CHECK_STR(text, "2023-10-20T03:00:00+08:00");
        time_format_id(text, us);
        CHECK_STR(text, "20231019T190000Z");
}

TEST(a_fraction_is_kept)
{
        int64_t us = 0;
        char text[48];

        CHECK(time_parse(TEXT("1970-01-01T00:00:00.25Z"), &us));
        CHECK_EQ(us, 250000);
        time_format_utc(text, us);
        CHECK_STR(text, "1970-01-01T00:00:00.250000Z");
}

TEST(a_time_without_offset_or_with_a_wrong_day_is_refused)
{
        int64_t us = 7;

        CHECK(!time_parse(TEXT("2023-10-20T03:00:00"), &us));
        CHECK(!time_parse(TEXT("2023-02-29T03:00:00Z"), &us));
        CHECK(!time_parse(TEXT("2023-10-20T24:00:00Z"), &us));
        CHECK(!time_parse(TEXT("2023-10-20T03:00:00Zx"), &us));
        CHECK(!time_parse(TEXT("2023-10-20T03:00:60Z"), &us));
        CHECK(!time_parse(TEXT(""), &us));
        CHECK_EQ(us, 7);
}

TEST(eight_o_clock_ends_the_hydrological_day)
{
        int64_t at, end;

        CHECK(time_from_beijing(2023, 10, 20, 8, 0, 0, &at));
        CHECK_EQ(time_hydro_day_end(at), at);
        CHECK_EQ(time_hydro_day_end(at - 1), at);
        CHECK_EQ(time_hydro_day_end(at + 1), at + DAY_US);
        CHECK(time_from_beijing(2023, 10, 20, 0, 0, 0, &end));
        CHECK_EQ(time_hydro_day_end(end), at);
        CHECK_EQ(time_mmdd(end), 1020);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_time_with_offset_is_read),
                RUN(a_fraction_is_kept),
                RUN(a_time_without_offset_or_with_a_wrong_day_is_refused),
                RUN(eight_o_clock_ends_the_hydrological_day),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

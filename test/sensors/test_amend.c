/* Tests of sensors/amend.c: an authorised later value replaces. */
#include "desk.h"
#include "sensors/rain.h"
#include "sensors/series.h"

static enum status amend(struct desk *d, enum element el, int64_t milli,
                         const char *time)
{
        struct amendment a = {
                .element = el, .time_us = at(time), .value_milli = milli};

        effects_clear(&d->fx);
        return sensors_amend(d->s, &d->p, &a, ++d->seq, d->now_us, &d->fx,
                             &d->e);
}

static int64_t newest(const struct desk *d, enum element el)
{
        struct newest n = {0};

        assert_true(sensors_newest(d->s, 0, el, &n));
        return n.value_milli;
}

TEST(the_newest_value_is_replaced)
{
        struct desk d;

        desk_open(&d, NULL);
        desk_value(&d, "Z", "9.00", "02:50");
        desk_value(&d, "Z", "19.00", "02:55");
        CHECK_EQ(amend(&d, ELEMENT_Z, 9100, "2023-10-20T02:55:00+08:00"), OK);
        CHECK_EQ(desk_marks(&d), MARK_REVISED);
        CHECK(marks_usable(MARK_REVISED));
        CHECK_EQ(d.fx.observation[0].value_milli, 9100);
        CHECK_EQ(d.fx.n_station, 1);
        CHECK_EQ(newest(&d, ELEMENT_Z), 9100);
        /* The station itself may not go back. */
        desk_value(&d, "Z", "19.00", "02:55");
        CHECK(desk_marks(&d) & MARK_CONFLICT);
        CHECK_EQ(newest(&d, ELEMENT_Z), 9100);
        desk_close(&d);
}

TEST(an_older_value_is_replaced_and_the_newest_stays)
{
        struct desk d;

        desk_open(&d, NULL);
        desk_value(&d, "Z", "9.00", "02:50");
        desk_value(&d, "Z", "9.10", "02:55");
        CHECK_EQ(amend(&d, ELEMENT_Z, 8000, "2023-10-20T02:50:00+08:00"), OK);
        CHECK_EQ(newest(&d, ELEMENT_Z), 9100);
        desk_value(&d, "Z", "8.00", "02:50");
        CHECK(desk_marks(&d) & MARK_DUPLICATE);
        CHECK_EQ(amend(&d, ELEMENT_Z, 8000, "2023-10-20T02:40:00+08:00"), OK);
        CHECK_EQ(newest(&d, ELEMENT_Z), 9100);
        desk_close(&d);
}

TEST(beyond_the_horizon_it_is_only_archived)
{
        struct desk d;

        desk_open(&d, NULL);
        CHECK_EQ(amend(&d, ELEMENT_Z, 8000, "2023-10-10T02:50:00+08:00"), OK);
        CHECK_EQ(desk_marks(&d), MARK_REVISED | MARK_OLD);
        CHECK(!marks_usable(MARK_REVISED | MARK_OLD));
        desk_close(&d);
}

TEST(what_cannot_be_is_refused)
{
        struct amendment a = {.station = 99, .element = ELEMENT_Z};
        struct desk d;

        desk_open(&d, NULL);
        CHECK_EQ(amend(&d, ELEMENT_Z, INT64_C(1000000000000),
                       "2023-10-20T02:50:00+08:00"),
                 ERR_RANGE);
        CHECK_EQ(amend(&d, ELEMENT_Z, 9000, "2023-10-20T04:50:00+08:00"),
                 ERR_FUTURE);
        CHECK_EQ(sensors_amend(d.s, &d.p, &a, 1, d.now_us, &d.fx, &d.e),
                 ERR_UNKNOWN_STATION);
        CHECK_EQ(d.fx.n_observation, 0);
        CHECK_EQ(sensors_counts(d.s)->amended, 0);
        desk_close(&d);
}

static int64_t rain(const struct desk *d, const char *end, int64_t window_us)
{
        int64_t covered;

        return sensors_rain_sum(d->s, 0, at(end), window_us, &covered);
}

TEST(an_amended_rain_interval_changes_the_one_series)
{
        struct desk d;

        desk_open(&d, NULL);
        desk_value(&d, "PN05", "1.0", "02:05");
        desk_value(&d, "PN05", "50.0", "02:10");
        desk_value(&d, "PN05", "0", "02:15");
        desk_value(&d, "PN05", "0", "02:20");
        desk_value(&d, "PN05", "0", "02:25");
        CHECK_EQ(amend(&d, ELEMENT_PN05, 5000, "2023-10-20T02:10:00+08:00"),
                 OK);
        CHECK_EQ(d.fx.n_rain, 1);
        CHECK_EQ(d.fx.rain[0].amount_milli, 5000);
        CHECK_EQ(rain(&d, "2023-10-20T02:25:00+08:00", 25 * MINUTE_US), 6000);
        /* In the middle of a dry time that is kept as one piece. */
        CHECK_EQ(amend(&d, ELEMENT_PN05, 2000, "2023-10-20T02:20:00+08:00"),
                 OK);
        CHECK_EQ(d.fx.n_rain, 1);
        CHECK_EQ(rain(&d, "2023-10-20T02:25:00+08:00", 25 * MINUTE_US), 8000);
        CHECK_EQ(rain(&d, "2023-10-20T02:20:00+08:00", 5 * MINUTE_US), 2000);
        CHECK_EQ(rain(&d, "2023-10-20T02:15:00+08:00", 5 * MINUTE_US), 0);
        CHECK_EQ(rain(&d, "2023-10-20T02:25:00+08:00", 5 * MINUTE_US), 0);
        /* And back to dry. */
        CHECK_EQ(amend(&d, ELEMENT_PN05, 0, "2023-10-20T02:20:00+08:00"), OK);
        CHECK_EQ(rain(&d, "2023-10-20T02:25:00+08:00", 25 * MINUTE_US), 6000);
        desk_close(&d);
}

TEST(an_amended_hour_over_finer_rain_counts_nothing_twice)
{
        struct desk d;

        desk_open(&d, NULL);
        desk_value(&d, "PN05", "1.0", "01:05");
        desk_value(&d, "P1", "7.0", "02:00");
        CHECK_EQ(amend(&d, ELEMENT_P1, 9000, "2023-10-20T02:00:00+08:00"), OK);
        CHECK_EQ(d.fx.n_rain, 0);
        CHECK_EQ(rain(&d, "2023-10-20T02:00:00+08:00", HOUR_US), 7000);
        desk_close(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_newest_value_is_replaced),
                RUN(an_older_value_is_replaced_and_the_newest_stays),
                RUN(beyond_the_horizon_it_is_only_archived),
                RUN(what_cannot_be_is_refused),
                RUN(an_amended_rain_interval_changes_the_one_series),
                RUN(an_amended_hour_over_finer_rain_counts_nothing_twice),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

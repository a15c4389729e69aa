/* Tests of sensors/rain.c and rain_source.c: each instant counted once. */
#include "desk_case.h"

#include "sensors/rain.h"

/* The i-th slot pushed by the last message. */
static bool slot_is(uint32_t i, const char *begin, const char *end,
                    int64_t milli)
{
        char text[64];
        const struct rain_slot *s = &d.fx.rain[i];

        if (i >= d.fx.n_rain)
                return false;
        snprintf(text, sizeof text, "2023-10-20T%s:00+08:00", begin);
        if (s->begin_us != at(text))
                return false;
        snprintf(text, sizeof text, "2023-10-20T%s:00+08:00", end);
        return s->end_us == at(text) && s->amount_milli == milli;
}

/* Sum in mm/1000 and coverage in minutes over the hours before a time. */
static int64_t sum(const char *time, int hours, int64_t *ret_minutes)
{
        char text[64];
        int64_t covered_us, v;

        snprintf(text, sizeof text, "2023-10-20T%s:00+08:00", time);
        v = sensors_rain_sum(d.s, 0, at(text), hours * HOUR_US, &covered_us);
        *ret_minutes = covered_us / MINUTE_US;
        return v;
}

TEST(slots_of_five_minutes_add_up)
{
        int64_t minutes;

        desk_value(&d, "PN05", "1.2", "02:05");
        CHECK(slot_is(0, "02:00", "02:05", 1200));
        desk_value(&d, "PN05", "0.1", "02:10");
        CHECK_EQ(sum("02:10", 1, &minutes), 1300);
        CHECK_EQ(minutes, 10);
        desk_value(&d, "PN05", "0.1", "02:10"); /* again */
        CHECK_EQ(d.fx.n_rain, 0);
        CHECK_EQ(sum("02:10", 1, &minutes), 1300);
        desk_value(&d, "DRP", "0.2", "02:10"); /* the same five minutes */
        CHECK_EQ(d.fx.n_rain, 0);
        CHECK_EQ(sensors_counts(d.s)->rain_slots, 2);
}

TEST(the_finest_of_a_message_comes_first)
{
        int64_t minutes;

        desk_obs(&d, "{'station':'A1','obs':["
                     "{'time':'2023-10-20T03:00:00+08:00','element':'P1',"
                     "'value':9},"
                     "{'time':'2023-10-20T03:00:00+08:00','element':'PN05',"
                     "'value':4},"
                     "{'time':'2023-10-20T03:00:00+08:00','element':'PN30',"
                     "'value':7}]}");
        CHECK_EQ(d.fx.n_rain, 3);
        CHECK(slot_is(0, "02:55", "03:00", 4000));
        CHECK(slot_is(1, "02:30", "02:55", 3000));
        CHECK(slot_is(2, "02:00", "02:30", 2000));
        CHECK_EQ(sum("03:00", 1, &minutes), 9000);
        CHECK_EQ(minutes, 60);
}

TEST(an_hourly_total_fills_only_the_hole)
{
        desk_value(&d, "PN05", "1", "02:05");
        desk_value(&d, "PN05", "1", "02:15");
        desk_value(&d, "P1", "8", "03:00");
        CHECK_EQ(d.fx.n_rain, 2);
        /* 6.0 mm are left for 5 and 45 minutes. */
        CHECK(slot_is(0, "02:05", "02:10", 600));
        CHECK(slot_is(1, "02:15", "03:00", 5400));
}

TEST(a_total_below_what_was_counted_gives_dry_holes)
{
        int64_t minutes;

        desk_value(&d, "PN05", "3", "02:05");
        desk_value(&d, "P1", "2.9", "03:00");
        CHECK_EQ(d.fx.n_rain, 1);
        CHECK(slot_is(0, "02:05", "03:00", 0));
        CHECK_EQ(sum("03:00", 1, &minutes), 3000);
        CHECK_EQ(minutes, 60);
}

TEST(fine_data_after_the_total_is_not_counted_again)
{
        int64_t minutes;

        desk_value(&d, "P1", "6", "02:00");
        desk_value(&d, "PN05", "5", "01:30");
        CHECK_EQ(d.fx.n_rain, 0);
        CHECK_EQ(sum("02:00", 1, &minutes), 6000);
}

TEST(a_wet_piece_over_an_edge_is_no_part_of_a_sum)
{
        int64_t minutes;

        desk_value(&d, "P1", "6", "02:00");
        CHECK_EQ(sum("01:30", 1, &minutes), 0);
        CHECK_EQ(minutes, 0);
        desk_value(&d, "P3", "6", "02:00"); /* two dry hours before */
        CHECK_EQ(sum("00:30", 1, &minutes), 0);
        CHECK_EQ(minutes, 60);
}

TEST(a_counter_gives_differences)
{
        desk_value(&d, "PT", "1234.5", "02:00");
        CHECK_EQ(d.fx.n_rain, 0); /* nothing to compare with */
        desk_value(&d, "PT", "1235.0", "02:05");
        CHECK(slot_is(0, "02:00", "02:05", 500));
        desk_value(&d, "PT", "1.5", "02:10"); /* it began anew */
        CHECK(slot_is(0, "02:05", "02:10", 1500));
        desk_value(&d, "PT", "1.4", "02:15"); /* somebody corrected it */
        CHECK_EQ(d.fx.n_rain, 0);
        desk_value(&d, "PT", "900", "02:20"); /* somebody set it */
        CHECK_EQ(d.fx.n_rain, 0);
        desk_value(&d, "PT", "900.2", "02:25");
        CHECK(slot_is(0, "02:20", "02:25", 200));
        desk_value(&d, "PT", "900.1", "02:23"); /* late, and between */
        CHECK_EQ(d.fx.n_rain, 0);
}

TEST(a_full_counter_begins_at_nothing)
{
        desk_value(&d, "PT", "99999.8", "02:00");
        desk_value(&d, "PT", "0.3", "02:05");
        CHECK(slot_is(0, "02:00", "02:05", 500));
}

TEST(rain_since_eight)
{
        d.now_us = at("2023-10-20T09:00:00+08:00");
        desk_value(&d, "PJ", "3", "07:00");
        /* Since yesterday 08:00. */
        CHECK_EQ(d.fx.n_rain, 1);
        CHECK_EQ(d.fx.rain[0].begin_us, at("2023-10-19T08:00:00+08:00"));
        CHECK_EQ(d.fx.rain[0].amount_milli, 3000);
        desk_value(&d, "PJ", "4.5", "08:00"); /* 08:00 ends the day */
        CHECK(slot_is(0, "07:00", "08:00", 1500));
        desk_value(&d, "PJ", "0.7", "08:10"); /* a new day */
        CHECK(slot_is(0, "08:00", "08:10", 700));
        desk_value(&d, "PJ", "0.9", "08:20");
        CHECK(slot_is(0, "08:10", "08:20", 200));
}

TEST(a_gauge_that_resets_at_eight_sharp_says_nothing_of_the_old_day)
{
        d.now_us = at("2023-10-20T09:00:00+08:00");
        desk_value(&d, "PJ", "3", "07:55");
        desk_value(&d, "PJ", "0", "08:00");
        CHECK_EQ(d.fx.n_rain, 0);
        desk_value(&d, "PJ", "0.2", "08:05");
        CHECK(slot_is(0, "08:00", "08:05", 200));
}

/* What 08:00 says belongs to the old day, however small it is. */
TEST(eight_sharp_belongs_to_the_old_day)
{
        d.now_us = at("2023-10-20T09:00:00+08:00");
        desk_value(&d, "PJ", "0.5", "07:00");
        desk_value(&d, "PJ", "0.5", "08:00");
        CHECK(slot_is(0, "07:00", "08:00", 0));
        desk_value(&d, "PJ", "0.7", "08:10");
        CHECK(slot_is(0, "08:00", "08:10", 700));
}

TEST(the_daily_total_is_of_the_day_that_ended)
{
        d.now_us = at("2023-10-20T09:00:00+08:00");
        desk_value(&d, "PD", "12", "08:30");
        CHECK_EQ(d.fx.n_rain, 1);
        CHECK_EQ(d.fx.rain[0].begin_us, at("2023-10-19T08:00:00+08:00"));
        CHECK_EQ(d.fx.rain[0].end_us, at("2023-10-20T08:00:00+08:00"));
}

TEST(missing_rain_is_a_hole)
{
        int64_t minutes;

        desk_value(&d, "PN05", "null", "02:05");
        CHECK_EQ(d.fx.n_rain, 0);
        sum("03:00", 1, &minutes);
        CHECK_EQ(minutes, 0);
}

/* Three hours of 0.1 mm slots: exactly 3.6 mm, whatever the order. */
TEST(tenths_add_up_exactly)
{
        int64_t minutes;
        int i;

        for (i = 0; i < 36; i++) {
                int m = (i * 7 % 36 + 1) * 5; /* shuffled */
                char time[8];

                snprintf(time, sizeof time, "%02d:%02d", m / 60, m % 60);
                desk_value(&d, "PN05", "0.1", time);
                CHECK_EQ(d.fx.n_rain, 1);
        }
        CHECK_EQ(sum("03:00", 3, &minutes), 3600);
        CHECK_EQ(minutes, 180);
}

/* Any set of overlapping totals: the pieces never overlap, and each
 * instant is counted once. */
TEST(pieces_never_overlap)
{
        struct rain r = {0};
        struct effects fx;
        uint32_t x = 12345, i, k;
        int64_t total = 0, covered;

        effects_init(&fx);
        for (i = 0; i < 3000; i++) {
                struct rain_slot s = {.source = ELEMENT_P1};

                x = x * 1664525u + 1013904223u;
                s.end_us = d.now_us - (x >> 8) % 500 * 5 * MINUTE_US;
                s.begin_us = s.end_us - (1 + (x >> 20) % 24) * 5 * MINUTE_US;
                s.amount_milli = (x >> 4) % 3 * 500;
                CHECK_EQ(rain_add(&r, &s, d.now_us, &fx, &d.e), OK);
        }
        for (k = 0; k < r.n; k++) {
                CHECK(r.at[k].begin_s < r.at[k].end_s);
                CHECK(k == 0 || r.at[k].begin_s >= r.at[k - 1].end_s);
        }
        for (i = 0; i < fx.n_rain; i++)
                total += fx.rain[i].amount_milli;
        CHECK_EQ(rain_sum(&r, d.now_us, 50 * HOUR_US, &covered), total);
        effects_done(&fx);
        rain_done(&r);
}

TEST(a_dry_gauge_takes_one_piece)
{
        struct rain r = {0};
        struct effects fx;
        int i;

        effects_init(&fx);
        for (i = 0; i < 864; i++) {
                struct rain_slot s = {.source = ELEMENT_PN05};

                s.begin_us = d.now_us + i * 5 * MINUTE_US;
                s.end_us = s.begin_us + 5 * MINUTE_US;
                CHECK_EQ(rain_add(&r, &s, s.end_us, &fx, &d.e), OK);
        }
        CHECK_EQ(r.n, 1);
        effects_done(&fx);
        rain_done(&r);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(slots_of_five_minutes_add_up),
                CASE(the_finest_of_a_message_comes_first),
                CASE(an_hourly_total_fills_only_the_hole),
                CASE(a_total_below_what_was_counted_gives_dry_holes),
                CASE(fine_data_after_the_total_is_not_counted_again),
                CASE(a_wet_piece_over_an_edge_is_no_part_of_a_sum),
                CASE(a_counter_gives_differences),
                CASE(a_full_counter_begins_at_nothing),
                CASE(rain_since_eight),
                CASE(a_gauge_that_resets_at_eight_sharp_says_nothing_of_the_old_day),
                CASE(eight_sharp_belongs_to_the_old_day),
                CASE(the_daily_total_is_of_the_day_that_ended),
                CASE(missing_rain_is_a_hole),
                CASE(tenths_add_up_exactly),
                CASE(pieces_never_overlap),
                CASE(a_dry_gauge_takes_one_piece),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of sensors/check.c: which value is believed. */
#include "desk_case.h"

#include "sensors/check.h"
#include "schemas/wire/check.h"

static struct check_table table;
static struct station gauge;
static struct check_state x;

static int setup(void **state)
{
        (void)state;
        check_table_clear(&table);
        table.gap_us = 6 * HOUR_US;
        table.rate_least_us = 10 * MINUTE_US;
        table.ahead_us = 2 * MINUTE_US;
        table.behind_us = 15 * MINUTE_US;
        table.element[ELEMENT_Z].step_milli = 1000;
        table.element[ELEMENT_Z].rate_milli = 3000;
        table.element[ELEMENT_Z].spike_milli = 5000;
        table.element[ELEMENT_Z].stuck_us = 2 * HOUR_US;
        table.element[ELEMENT_P1].high_milli = 401000;
        table.element[ELEMENT_PN05].stuck_us = HOUR_US;
        memset(&gauge, 0, sizeof gauge);
        memset(&x, 0, sizeof x);
        gauge.kind = STATION_RIVER;
        gauge.interval_us = 5 * MINUTE_US;
        station_checks_clear(&gauge.checks);
        return 0;
}

#define CHECKED(name) cmocka_unit_test_setup(name, setup)

/* A value of an element so many minutes on. */
static uint32_t said(enum element e, int minute, int64_t milli)
{
        struct observation o = {.element = e, .value_milli = milli};

        o.time_us = at(DESK_NOW) + minute * MINUTE_US;
        o.received_us = o.time_us;
        return check_value(&table, &gauge, &o, &x);
}

static uint32_t level(int minute, int64_t milli)
{
        return said(ELEMENT_Z, minute, milli);
}

TEST(without_a_table_nothing_is_marked)
{
        check_table_clear(&table);
        CHECK_EQ(level(0, 5000), 0);
        CHECK_EQ(level(5, 500000), 0);
        CHECK_EQ(level(10, -90000), 0);
}

TEST(a_step_and_a_rate_are_marked_and_used)
{
        CHECK_EQ(level(0, 5000), 0);
        CHECK_EQ(level(5, 5500), 0); /* 0.5 m counts as in 10 min: 3 m/h */
        CHECK_EQ(level(10, 6001), MARK_RATE);
        CHECK_EQ(level(15, 7002), MARK_STEP | MARK_RATE);
        CHECK_EQ(level(75, 9500), MARK_STEP); /* 2.5 m in an hour */
        CHECK(marks_usable(MARK_STEP | MARK_RATE));
}

TEST(the_stations_own_bounds_come_first)
{
        gauge.checks.ztcult_milli = 300;
        gauge.checks.zdcult_milli = 2000;
        CHECK_EQ(level(0, 5000), 0);
        CHECK_EQ(level(5, 5301), MARK_STEP);
        CHECK_EQ(level(10, 3400) & MARK_STEP, 0); /* falls may be larger */
        CHECK_EQ(level(15, 1399), MARK_STEP | MARK_RATE);
}

TEST(a_spike_is_not_used_and_forgotten)
{
        CHECK_EQ(level(0, 5000), 0);
        CHECK(level(5, 10001) & MARK_SPIKE);
        CHECK(!marks_usable(MARK_SPIKE));
        CHECK_EQ(level(10, 5100), 0); /* held against 5.000, not 10.001 */
        CHECK(level(15, -1000) & MARK_SPIKE);
        CHECK_EQ(level(20, 5100), 0);
}

TEST(a_second_value_confirms_the_leap)
{
        level(0, 5000);
        CHECK(level(5, 11000) & MARK_SPIKE);
        CHECK_EQ(level(10, 11200) & (MARK_SPIKE | MARK_RANGE), 0);
        CHECK_EQ(level(15, 11300), 0);
        /* Two that do not agree confirm nothing. */
        CHECK(level(20, 40000) & MARK_SPIKE);
        CHECK(level(25, 30000) & MARK_SPIKE);
        CHECK_EQ(level(30, 11400), 0);
}

TEST(outside_the_bounds_is_not_used)
{
        gauge.checks.zult_milli = 12000;
        gauge.checks.zllt_milli = 1000;
        CHECK_EQ(level(0, 12001), MARK_RANGE); /* nothing to hold it against */
        CHECK_EQ(level(5, 11000), 0);          /* inside: believed */
        CHECK_EQ(level(10, 11000), 0);
        CHECK(level(15, 30000) & MARK_RANGE);
        CHECK(level(20, 30000) & MARK_RANGE); /* at its end, no witness */
        CHECK(level(25, 30000) & MARK_RANGE);
        CHECK_EQ(level(30, 11000), 0);
        CHECK(level(35, -8000) & MARK_RANGE);
        CHECK(!marks_usable(MARK_RANGE));
}

/* The highest flood on record is not thrown away for being one. */
TEST(a_flood_through_the_bound_is_believed)
{
        gauge.checks.zult_milli = 12000;
        level(0, 11000);
        CHECK_EQ(level(5, 11900), MARK_RATE);
        CHECK_EQ(level(10, 12300), MARK_EXTREME);
        CHECK_EQ(level(15, 12700), MARK_EXTREME);
        CHECK(marks_usable(MARK_EXTREME));
        CHECK_EQ(level(20, 12300), MARK_EXTREME);
        CHECK_EQ(level(25, 11900), 0);
        /* A wave that comes in one leap: the second value tells. */
        setup(NULL);
        gauge.checks.zult_milli = 12000;
        level(0, 5000);
        CHECK(level(5, 14000) & MARK_RANGE);
        CHECK(level(10, 14300) & MARK_EXTREME);
        CHECK_EQ(level(15, 14500), MARK_EXTREME);
}

TEST(after_a_long_gap_nothing_compares)
{
        level(0, 5000);
        CHECK_EQ(level(361, 11000), 0);
        CHECK_EQ(level(366, 11100), 0);
}

TEST(a_late_value_moves_nothing)
{
        gauge.checks.zult_milli = 12000;
        level(60, 5000);
        CHECK_EQ(level(30, 11000), 0);
        CHECK_EQ(level(31, 12500), MARK_RANGE);
        CHECK_EQ(level(65, 5100), 0);
}

TEST(what_does_not_move_is_stuck)
{
        int m;

        for (m = 0; m < 120; m += 5)
                CHECK_EQ(level(m, 5000), 0);
        CHECK_EQ(level(120, 5000), MARK_STUCK);
        CHECK_EQ(level(125, 5000), MARK_STUCK);
        CHECK_EQ(level(130, 5001), 0);
        CHECK_EQ(level(135, 5001), 0);
        CHECK(marks_usable(MARK_STUCK));
}

TEST(no_rain_may_last_but_the_same_rain_may_not)
{
        int m;

        for (m = 0; m <= 300; m += 5)
                CHECK_EQ(said(ELEMENT_PN05, m, 0), 0);
        for (m = 305; m < 365; m += 5)
                CHECK_EQ(said(ELEMENT_PN05, m, 1200), 0);
        CHECK_EQ(said(ELEMENT_PN05, 365, 1200), MARK_STUCK);
}

TEST(rain_of_one_interval_has_its_bound)
{
        gauge.checks.pult_milli = 20000;
        CHECK_EQ(said(ELEMENT_PN05, 0, 19900), 0);
        CHECK_EQ(said(ELEMENT_PN05, 5, 20000), 0);
        CHECK_EQ(said(ELEMENT_PN05, 10, 20100), MARK_EXTREME);
        CHECK_EQ(said(ELEMENT_PN05, 15, 0), 0);
        CHECK_EQ(said(ELEMENT_PN05, 20, 20100), MARK_RANGE); /* from nothing */
        /* An hour holds twelve of its intervals, a day no more than a day. */
        setup(NULL);
        gauge.checks.pult_milli = 20000;
        CHECK_EQ(said(ELEMENT_P1, 0, 240000), 0);
        CHECK_EQ(said(ELEMENT_P1, 60, 0), 0);
        CHECK_EQ(said(ELEMENT_P1, 120, 240100), MARK_RANGE);
        gauge.checks.pdult_milli = 100000;
        CHECK_EQ(said(ELEMENT_P1, 180, 0), 0);
        CHECK_EQ(said(ELEMENT_P1, 240, 100100), MARK_RANGE);
}

/* received minutes after it was measured; heard and told before. */
static uint32_t clock(int late, int before_received, int before_told)
{
        int64_t now = at(DESK_NOW);
        struct observation o = {.element = ELEMENT_Z, .received_us = now};

        o.time_us = now - late * MINUTE_US;
        return check_clock(&table, &gauge, &o, now - before_told * MINUTE_US,
                           now - before_received * MINUTE_US);
}

TEST(a_clock_that_is_off)
{
        CHECK_EQ(clock(0, 5, 5), 0);
        CHECK_EQ(clock(-2, 5, 3), 0);
        CHECK_EQ(clock(-3, 5, 2), MARK_CLOCK);
        CHECK_EQ(clock(20, 5, 25), 0); /* an interval more is allowed */
        CHECK_EQ(clock(21, 5, 26), MARK_CLOCK);
        /* A backlog comes faster than it was measured. */
        CHECK_EQ(clock(60, 0, 65), 0);
        CHECK_EQ(clock(60, 0, 61), 0);
        /* An hour of values at once: the first comes an hour after. */
        CHECK_EQ(clock(55, 60, 60), 0);
        CHECK(marks_usable(MARK_CLOCK));
}

TEST(a_low_battery)
{
        struct observation o = {.element = ELEMENT_VT, .value_milli = 10900};

        CHECK_EQ(check_battery(&table, &gauge, &o), 0);
        gauge.checks.vtllt_milli = 11000;
        CHECK_EQ(check_battery(&table, &gauge, &o), MARK_BATTERY);
        o.value_milli = 11000;
        CHECK_EQ(check_battery(&table, &gauge, &o), 0);
        o.element = ELEMENT_Z;
        o.value_milli = 0;
        CHECK_EQ(check_battery(&table, &gauge, &o), 0);
}

TEST(state_goes_through_bytes)
{
        struct buf b = {0};
        struct check_state back;
        struct unpack u;

        level(0, -5000);
        level(5, 90000);
        check_state_save(&x, &b);
        u = (struct unpack){b.p, b.n, false};
        check_state_load(&back, &u);
        CHECK(!u.failed && u.n == 0);
        CHECK(memcmp(&back, &x, sizeof x) == 0);
        buf_done(&b);
}

/* ---- through the door ---- */

static void bounds(const char *key, int64_t milli)
{
        struct station s = d.p.stations[0];

        if (strcmp(key, "ZULT") == 0)
                s.checks.zult_milli = milli;
        else
                s.checks.vtllt_milli = milli;
        if (places_put_station(&d.p, &s, NULL, &d.e) != OK)
                fail_msg("%s", d.e.msg);
}

TEST(the_newest_value_carries_its_marks)
{
        struct newest n;

        bounds("ZULT", 12000);
        desk_value(&d, "Z", "30", "02:00");
        CHECK_EQ(desk_marks(&d), MARK_RANGE);
        CHECK(sensors_newest(d.s, 0, ELEMENT_Z, &n));
        CHECK_EQ(n.marks, MARK_RANGE);
        CHECK_EQ(sensors_counts(d.s)->marked[MARK_RANGE_BIT], 1);
        /* Doubled and old values are not judged again. */
        desk_value(&d, "Z", "30", "02:00");
        CHECK_EQ(desk_marks(&d), MARK_DUPLICATE);
}

TEST(a_low_battery_marks_the_whole_station)
{
        bounds("VTLLT", 11000);
        desk_value(&d, "Z", "5", "02:00");
        CHECK_EQ(desk_marks(&d), 0);
        desk_value(&d, "VT", "10.8", "02:00");
        CHECK_EQ(desk_marks(&d), MARK_BATTERY);
        desk_value(&d, "Z", "5", "02:05");
        CHECK_EQ(desk_marks(&d), MARK_BATTERY);
        desk_value(&d, "VT", "12.1", "02:05");
        CHECK_EQ(desk_marks(&d), 0);
        desk_value(&d, "Z", "5", "02:10");
        CHECK_EQ(desk_marks(&d), 0);
}

/* ---- neighbours ---- */

static void hour_of_rain(uint32_t station, const char *value)
{
        char topic[64], json[256];

        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/up/obs",
                 d.p.stations[station].code);
        snprintf(json, sizeof json,
                 "{'station':'%s','obs':[{'time':'2023-10-20T02:00:00+08:00',"
                 "'element':'P1','value':%s}]}",
                 d.p.stations[station].code, value);
        desk_send(&d, topic, json);
}

static void around(void)
{
        struct around a = {.station = {1, 2, 3}, .n = 3};

        /* 02:15 and 15 minutes of grace: the window ends at 02:00. */
        effects_clear(&d.fx);
        sensors_around(d.s, 0, &a, at("2023-10-20T02:15:00+08:00"), &d.fx);
}

static void neighbours(const char *own, const char *others)
{
        uint32_t i;

        desk_station(&d, "A4", "");
        table.around_least = 3;
        table.n_windows = 1;
        table.window[0] =
                (struct check_window){HOUR_US, 500, 10000, 40000, 500};
        sensors_checks(d.s, &table);
        hour_of_rain(0, own);
        for (i = 1; i < 4; i++)
                hour_of_rain(i, others);
        around();
}

TEST(dry_while_all_around_pour)
{
        neighbours("0.5", "10");
        CHECK_EQ(d.fx.n_station, 1);
        CHECK_EQ(sensors_rain_marks(d.s, 0), MARK_NEIGHBOUR);
        desk_value(&d, "PN05", "0", "02:05");
        CHECK_EQ(desk_marks(&d), MARK_NEIGHBOUR);
        desk_value(&d, "Z", "5", "02:05"); /* not its rain */
        CHECK_EQ(desk_marks(&d), 0);
        CHECK(marks_usable(MARK_NEIGHBOUR));
        CHECK_EQ(sensors_rain_marks(d.s, 1), 0);
}

TEST(pours_alone)
{
        neighbours("40", "0.5");
        CHECK_EQ(sensors_rain_marks(d.s, 0), MARK_NEIGHBOUR);
}

TEST(a_cell_at_its_edge_is_no_fault)
{
        neighbours("0.6", "10");
        CHECK_EQ(sensors_rain_marks(d.s, 0), 0);
        hour_of_rain(3, "9.9");
        CHECK_EQ(d.fx.n_station, 1);
        around();
        CHECK_EQ(sensors_rain_marks(d.s, 0), 0);
}

TEST(too_few_neighbours_say_nothing)
{
        desk_station(&d, "A4", "");
        table.around_least = 3;
        table.n_windows = 1;
        table.window[0] =
                (struct check_window){HOUR_US, 500, 10000, 40000, 500};
        sensors_checks(d.s, &table);
        hour_of_rain(0, "0");
        hour_of_rain(1, "30");
        hour_of_rain(2, "30");
        around();
        CHECK_EQ(sensors_rain_marks(d.s, 0), 0);
        hour_of_rain(3, "30");
        around();
        CHECK_EQ(sensors_rain_marks(d.s, 0), MARK_NEIGHBOUR);
}

/* ---- the shipped table ---- */

TEST(the_shipped_table_is_right)
{
        struct check_table t, back;
        struct err e = {0};
        struct buf b = {0};
        struct unpack u;
        char text[16384];
        FILE *f = fopen(SOURCE_DIR "/sensors/checks/default.json", "rb");
        size_t n;

        CHECK(f != NULL);
        n = fread(text, 1, sizeof text, f);
        fclose(f);
        if (wire_checks_decode((struct text){text, n}, &t, &e) != OK)
                fail_msg("%s", e.msg);
        CHECK_EQ(t.element[ELEMENT_Z].spike_milli, 5000);
        CHECK_EQ(t.element[ELEMENT_Q].high_milli, LEVEL_UNSET);
        CHECK_EQ(t.around_m, 15000);
        CHECK_EQ(t.n_windows, 2);
        check_table_save(&t, &b);
        u = (struct unpack){b.p, b.n, false};
        check_table_load(&back, &u);
        CHECK(!u.failed && u.n == 0);
        CHECK(memcmp(&back, &t, sizeof t) == 0);
        buf_done(&b);
}

TEST(a_wrong_table_names_its_fault)
{
        static const struct {
                enum status want;
                const char *detail;
                const char *json;
        } bad[] = {
                {ERR_MISMATCH, "\"what\"", "{\"name\":\"a\",\"version\":1}"},
                {ERR_UNKNOWN, "\"rnage\"",
                 "{\"what\":\"checks\",\"name\":\"a\",\"version\":1,"
                 "\"rnage\":1}"},
                {ERR_UNKNOWN_ELEMENT, "\"element\"",
                 "{\"what\":\"checks\",\"name\":\"a\",\"version\":1,"
                 "\"elements\":[{\"element\":\"ZZZ\"}]}"},
                {ERR_DUPLICATE, "Z stands twice",
                 "{\"what\":\"checks\",\"name\":\"a\",\"version\":1,"
                 "\"elements\":[{\"element\":\"Z\"},{\"element\":\"Z\"}]}"},
                {ERR_RANGE, "\"low\" is above \"high\"",
                 "{\"what\":\"checks\",\"name\":\"a\",\"version\":1,"
                 "\"elements\":[{\"element\":\"Z\",\"low\":2,\"high\":1}]}"},
                {ERR_MISSING, "\"wet\" is missing",
                 "{\"what\":\"checks\",\"name\":\"a\",\"version\":1,"
                 "\"neighbours\":{\"windows\":[{\"window_s\":3600,"
                 "\"dry\":1}]}}"},
                {ERR_TYPE, "\"step\" must be a number",
                 "{\"what\":\"checks\",\"name\":\"a\",\"version\":1,"
                 "\"elements\":[{\"element\":\"Z\",\"step\":\"1\"}]}"},
        };
        struct check_table t;
        struct err e;
        size_t i;

        for (i = 0; i < sizeof bad / sizeof *bad; i++) {
                e = (struct err){0};
                CHECK_EQ(wire_checks_decode(text_of(bad[i].json), &t, &e),
                         bad[i].want);
                if (!strstr(e.msg, bad[i].detail))
                        fail_msg("\"%s\" does not say %s", e.msg,
                                 bad[i].detail);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                CHECKED(without_a_table_nothing_is_marked),
                CHECKED(a_step_and_a_rate_are_marked_and_used),
                CHECKED(the_stations_own_bounds_come_first),
                CHECKED(a_spike_is_not_used_and_forgotten),
                CHECKED(a_second_value_confirms_the_leap),
                CHECKED(outside_the_bounds_is_not_used),
                CHECKED(a_flood_through_the_bound_is_believed),
                CHECKED(after_a_long_gap_nothing_compares),
                CHECKED(a_late_value_moves_nothing),
                CHECKED(what_does_not_move_is_stuck),
                CHECKED(no_rain_may_last_but_the_same_rain_may_not),
                CHECKED(rain_of_one_interval_has_its_bound),
                CHECKED(a_clock_that_is_off),
                CHECKED(a_low_battery),
                CHECKED(state_goes_through_bytes),
                CASE(the_newest_value_carries_its_marks),
                CASE(a_low_battery_marks_the_whole_station),
                CASE(dry_while_all_around_pour),
                CASE(pours_alone),
                CASE(a_cell_at_its_edge_is_no_fault),
                CASE(too_few_neighbours_say_nothing),
                CHECKED(the_shipped_table_is_right),
                CHECKED(a_wrong_table_names_its_fault),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test/sensors/test_day.c -- a storm's stations and ambulances, by time. */
#include "check.h"

#include "sensors/day.h"

static const char storm[] =
        "{\"name\":\"t\",\"begin\":\"2023-10-19T00:00:00+08:00\","
        "\"live_from\":\"2023-10-20T00:00:00+08:00\","
        "\"end\":\"2023-10-21T00:00:00+08:00\","
        "\"series\":[{\"station\":\"A\",\"element\":\"Z\",\"every_s\":300,"
        "\"knots\":[[0,10],[60,11.005],[120,9]]}],"
        "\"rain\":[{\"station\":\"A\",\"hourly\":[[0,7.3],[2,0.1]]}],"
        "\"silences\":[{\"station\":\"A\",\"from_min\":30,\"to_min\":40}],"
        "\"calls\":[{\"incident\":\"I2\",\"at_min\":11,\"nature\":\"n\","
        "\"address\":\"a\",\"lon\":110.9,\"lat\":21.7,\"people\":2},"
        "{\"incident\":\"I1\",\"at_min\":10,\"nature\":\"n\","
        "\"address\":\"a\",\"lon\":110.91,\"lat\":21.7,\"people\":1}],"
        "\"units\":[{\"unit\":\"U1\",\"lon\":110.92,\"lat\":21.7}]}";

static struct day load(void)
{
        struct day d;
        struct err e;

        if (wire_day_decode(text_of(storm), &d, &e) != OK)
                fail_msg("%s", e.msg);
        return d;
}

TEST(a_level_is_linear_between_knots_and_holds_at_both_ends)
{
        struct day d = load();

        CHECK_EQ(day_series_milli(&d.series[0], -5), 10000);
        CHECK_EQ(day_series_milli(&d.series[0], 0), 10000);
        CHECK_EQ(day_series_milli(&d.series[0], 30), 10500);
        CHECK_EQ(day_series_milli(&d.series[0], 60), 11010);
        CHECK_EQ(day_series_milli(&d.series[0], 90), 10000);
        CHECK_EQ(day_series_milli(&d.series[0], 99999), 9000);
        day_done(&d);
}

TEST(twelve_slots_add_up_to_the_hour_exactly)
{
        struct day d = load();
        int64_t hour[4] = {0}, m, v;

        for (m = 5; m <= 240; m += 5) {
                v = day_rain_milli(&d.rain[0], m);
                CHECK(v >= 0);
                CHECK_EQ(v % 100, 0);
                hour[(m - 1) / 60] += v;
        }
        CHECK_EQ(hour[0], 7300);
        CHECK_EQ(hour[1], 0);
        CHECK_EQ(hour[2], 100);
        CHECK_EQ(hour[3], 0);
        CHECK_EQ(day_rain_milli(&d.rain[0], 0), 0);
        day_done(&d);
}

TEST(a_dead_station_reads_nothing)
{
        struct day d = load();
        struct day_reading r[4];

        CHECK_EQ(day_readings(&d, 0, 25, r, 4), 2);
        CHECK_EQ(r[0].element, ELEMENT_Z);
        CHECK_EQ(r[1].element, ELEMENT_PN05);
        CHECK_EQ(day_readings(&d, 0, 27, r, 4), 0);
        CHECK_EQ(day_readings(&d, 0, 30, r, 4), 0);
        CHECK_EQ(day_readings(&d, 0, 40, r, 4), 2);
        day_done(&d);
}

TEST(one_ambulance_serves_two_calls_one_after_the_other)
{
        struct day d = load();
        struct day_plan p;
        struct err e;
        struct day_fix fix;
        int64_t closed[2] = {0}, on_scene[2] = {0}, last = 0;
        bool waited = false;
        uint32_t i;

        CHECK_STR(d.calls[0].incident, "I1"); /* by time */
        CHECK_EQ(day_plan_make(&d, &p, &e), OK);
        for (i = 0; i < p.n_events; i++) {
                const struct day_event *v = &p.events[i];

                CHECK(v->at_s >= last);
                last = v->at_s;
                if (!v->is_unit && v->state == INCIDENT_ON_SCENE)
                        on_scene[v->index] = v->at_s;
                if (!v->is_unit && v->state == INCIDENT_CLOSED)
                        closed[v->index] = v->at_s;
                if (!v->is_unit && v->state == INCIDENT_WAITING)
                        waited = v->index == 1;
        }
        CHECK(waited);
        /* 0.01 degree at 21.7 N is 1033 m: 93 s at 40 km/h. */
        CHECK_EQ(on_scene[0], 600 + 120 + 30 + 93);
        CHECK(on_scene[1] > closed[0]);
        fix = day_unit_at(&d, &p, 0, 600 + 120 + 30 + 46);
        CHECK_EQ(fix.state, UNIT_EN_ROUTE);
        CHECK(fix.moving);
        CHECK(fix.at.lon_deg < 110.916 && fix.at.lon_deg > 110.914);
        CHECK_EQ(day_unit_at(&d, &p, 0, 0).state, UNIT_AVAILABLE);
        CHECK_EQ(day_unit_at(&d, &p, 0, 999999).state, UNIT_AVAILABLE);
        day_plan_done(&p);
        day_done(&d);
}

TEST(a_wrong_file_names_the_place)
{
        struct day d;
        struct err e;

        CHECK_EQ(wire_day_decode(
                         TEXT("{\"name\":\"t\",\"begin\":"
                              "\"2023-10-19T00:00:00+08:00\",\"live_from\":"
                              "\"2023-10-19T00:00:00+08:00\",\"end\":"
                              "\"2023-10-19T00:00:00+08:00\",\"series\":"
                              "[{\"station\":\"A\",\"element\":\"XX\","
                              "\"every_s\":300}]}"),
                         &d, &e),
                 ERR_UNKNOWN_ELEMENT);
        CHECK_STR(e.msg, "series[0]: \"XX\"");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_level_is_linear_between_knots_and_holds_at_both_ends),
                RUN(twelve_slots_add_up_to_the_hour_exactly),
                RUN(a_dead_station_reads_nothing),
                RUN(one_ambulance_serves_two_calls_one_after_the_other),
                RUN(a_wrong_file_names_the_place),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

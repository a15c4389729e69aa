/* Tests of sensors/dispatch.c: the 120 boards keep their order. */
#include "desk_case.h"

#define INCIDENT "sanfang/v1/120/mm/up/incident"
#define UNIT "sanfang/v1/120/mm/up/unit"

static void incident(const char *id, const char *state, const char *time)
{
        char json[400];

        snprintf(json, sizeof json,
                 "{'incident':'%s','time':'2023-10-20T%s+08:00','state':'%s',"
                 "'nature':'溺水','people':2,'address':'镇中路','lon':110.9,"
                 "'lat':21.7}",
                 id, time, state);
        desk_send(&d, INCIDENT, json);
}

static void unit(const char *id, const char *state, const char *time, bool fix)
{
        char json[400];

        snprintf(json, sizeof json,
                 "{'unit':'%s','time':'2023-10-20T%s+08:00','state':'%s'%s}",
                 id, time, state, fix ? ",'lon':110.9,'lat':21.7" : "");
        desk_send(&d, UNIT, json);
}

TEST(an_incident_lives)
{
        const struct incident *x;
        uint32_t n;

        incident("C1", "received", "02:00:00");
        CHECK_EQ(d.fx.n_incident, 1);
        CHECK_EQ(d.fx.n_dispatch_event, 1);
        CHECK(!d.fx.dispatch_event[0].out_of_order);
        incident("C1", "dispatched", "02:03:00");
        x = sensors_incidents(d.s, &n);
        CHECK_EQ(n, 1);
        CHECK_EQ(x->state, INCIDENT_DISPATCHED);
        CHECK_EQ(x->opened_us, at("2023-10-20T02:00:00+08:00"));
        CHECK_EQ(x->time_us, at("2023-10-20T02:03:00+08:00"));
        CHECK_EQ(x->people, 2);
        CHECK_STR(x->nature, "溺水");
        CHECK_STR(x->centre, "mm");
        CHECK(x->has_point);
}

TEST(what_comes_out_of_order_does_not_move_it_back)
{
        const struct incident *x;
        uint32_t n;

        incident("C1", "on_scene", "02:10:00");
        incident("C1", "received", "02:00:00");
        CHECK_EQ(d.fx.n_dispatch_event, 1);
        CHECK(d.fx.dispatch_event[0].out_of_order);
        CHECK_EQ(d.fx.dispatch_event[0].state, INCIDENT_RECEIVED);
        x = sensors_incidents(d.s, &n);
        CHECK_EQ(x->state, INCIDENT_ON_SCENE);
        CHECK_EQ(x->late_events, 1);
        CHECK_EQ(x->opened_us, at("2023-10-20T02:00:00+08:00"));
        /* Of one instant, what is further on stands. */
        incident("C1", "dispatched", "02:10:00");
        CHECK_EQ(sensors_incidents(d.s, &n)->state, INCIDENT_ON_SCENE);
        CHECK_EQ(sensors_counts(d.s)->out_of_order, 2);
}

TEST(a_late_event_may_fill_a_blank)
{
        const struct incident *x;
        uint32_t n;

        desk_send(&d, INCIDENT,
                  "{'incident':'C1','time':'2023-10-20T02:10:00+08:00',"
                  "'state':'accepted'}");
        x = sensors_incidents(d.s, &n);
        CHECK_EQ(x->people, -1);
        CHECK(!x->has_point);
        incident("C1", "received", "02:00:00");
        CHECK_EQ(x->people, 2);
        CHECK(x->has_point);
        CHECK_STR(x->address, "镇中路");
}

TEST(a_unit_moves_and_is_lost)
{
        const struct unit *x;
        uint32_t n;

        unit("V1", "en_route", "02:59:30", true);
        x = sensors_units(d.s, &n);
        CHECK_EQ(n, 1);
        CHECK_EQ(x->state, UNIT_EN_ROUTE);
        CHECK(!x->lost);
        effects_clear(&d.fx);
        sensors_tick(d.s, at("2023-10-20T03:00:30+08:00"), &d.fx);
        CHECK_EQ(d.fx.n_unit, 0); /* 60 s exactly */
        sensors_tick(d.s, at("2023-10-20T03:00:31+08:00"), &d.fx);
        CHECK_EQ(d.fx.n_unit, 1);
        CHECK(d.fx.unit[0].lost);
        sensors_tick(d.s, at("2023-10-20T03:00:32+08:00"), &d.fx);
        CHECK_EQ(d.fx.n_unit, 1); /* told once */
        d.now_us = at("2023-10-20T03:01:00+08:00");
        unit("V1", "on_scene", "03:01:00", false);
        CHECK(sensors_units(d.s, &n)->lost); /* a state is no fix */
        unit("V1", "on_scene", "03:01:00", true);
        CHECK(!sensors_units(d.s, &n)->lost);
        unit("V1", "available", "02:00:00", true);
        CHECK(d.fx.dispatch_event[0].out_of_order);
        CHECK_EQ(sensors_units(d.s, &n)->state, UNIT_ON_SCENE);
        CHECK_EQ(sensors_units(d.s, &n)->fix_us,
                 at("2023-10-20T03:01:00+08:00"));
}

TEST(coordinates_are_converted_at_the_door)
{
        const struct unit *x;
        uint32_t n;

        /* The same place told in WGS 84 and in GCJ-02. */
        desk_send(&d, UNIT,
                  "{'unit':'V1','time':'2023-10-20T03:00:00+08:00','state':"
                  "'available','lon':110.92,'lat':21.66,'crs':'gcj02'}");
        x = sensors_units(d.s, &n);
        CHECK(x->at.lon_deg < 110.918 && x->at.lon_deg > 110.910);
        CHECK(x->at.lat_deg < 21.665 && x->at.lat_deg > 21.655);
        CHECK(x->at.lon_deg != 110.92);
}

TEST(a_known_sequence_number_is_no_new_event)
{
        const char *m = "{'incident':'C1','boot':1,'seq':1,'time':"
                        "'2023-10-20T02:00:00+08:00','state':'received'}";
        struct sequence_range r[2];
        uint64_t boot;

        desk_send(&d, INCIDENT, m);
        CHECK_EQ(d.fx.n_kept, 1);
        CHECK(d.fx.kept[0].is_centre);
        desk_send(&d, INCIDENT, m);
        CHECK_EQ(d.fx.n_dispatch_event, 0);
        CHECK_EQ(d.fx.n_kept, 1);
        CHECK_EQ(sensors_sequences(d.s, "mm", true, &boot, r, 2), 1);
        CHECK_EQ(boot, 1);
}

TEST(bad_events_are_refused)
{
        static const struct {
                enum status want;
                const char *topic;
                const char *json;
        } bad[] = {
                {ERR_UNKNOWN, INCIDENT,
                 "{'incident':'C1','time':'2023-10-20T02:00:00+08:00',"
                 "'state':'en_route'}"},
                {ERR_UNKNOWN, UNIT,
                 "{'unit':'V1','time':'2023-10-20T02:00:00+08:00',"
                 "'state':'received'}"},
                {ERR_MISSING, UNIT,
                 "{'unit':'V1','time':'2023-10-20T02:00:00+08:00',"
                 "'state':'paused','lon':110}"},
                {ERR_RANGE, UNIT,
                 "{'unit':'V1','time':'2023-10-20T02:00:00+08:00',"
                 "'state':'paused','lon':110,'lat':91}"},
                {ERR_UNKNOWN, UNIT,
                 "{'unit':'V1','time':'2023-10-20T02:00:00+08:00',"
                 "'state':'paused','lon':110,'lat':21,'crs':'moon'}"},
                {ERR_FUTURE, UNIT,
                 "{'unit':'V1','time':'2023-10-20T04:00:00+08:00',"
                 "'state':'paused'}"},
                {ERR_SYNTAX, INCIDENT,
                 "{'incident':'a b','time':'2023-10-20T02:00:00+08:00',"
                 "'state':'received'}"},
        };
        size_t i;

        for (i = 0; i < sizeof bad / sizeof *bad; i++) {
                desk_send(&d, bad[i].topic, bad[i].json);
                CHECK_EQ(desk_refused(&d), bad[i].want);
                CHECK_EQ(d.fx.n_dispatch_event, 0);
        }
}

TEST(personal_data_does_not_come_in)
{
        static const char *const keys[] = {"'caller':'x'",
                                           "'phone':'1'",
                                           "'Patient_Name':'x'",
                                           "'name':'x'",
                                           "'people_detail':{'age':3}",
                                           "'电话':'1'",
                                           "'notes':[{'id-card':'1'}]"};
        const struct quarantined *q;
        char json[300];
        uint32_t n;
        size_t i;

        for (i = 0; i < sizeof keys / sizeof *keys; i++) {
                snprintf(json, sizeof json,
                         "{'incident':'C1','boot':1,'seq':%zu,'time':"
                         "'2023-10-20T02:00:00+08:00','state':'received',%s}",
                         i + 1, keys[i]);
                desk_send(&d, INCIDENT, json);
                CHECK_EQ(desk_refused(&d), ERR_FORBIDDEN);
                CHECK(strstr(d.fx.refused[0].detail,
                             "must not carry personal data"));
                /* Not even in the quarantine. */
                CHECK(!memmem(d.fx.refused[0].raw, d.fx.refused[0].n_raw, "C1",
                              2));
                CHECK_EQ(d.fx.n_kept, 1);
                CHECK(d.fx.kept[0].refused);
        }
        q = sensors_quarantine(d.s, &n);
        CHECK(n > 0);
        CHECK(memcmp(q[0].head, "(not kept", 9) == 0);
}

TEST(the_place_of_an_incident_is_told_later)
{
        const struct incident *x;
        uint32_t n;

        incident("C1", "received", "02:00:00");
        sensors_locate_incident(d.s, "mm", "C1", "440981", "440981103");
        sensors_locate_incident(d.s, "mm", "C2", "440981", "440981103");
        x = sensors_incidents(d.s, &n);
        CHECK_STR(x->county, "440981");
        CHECK_STR(x->town, "440981103");
}

TEST(what_is_over_goes_first)
{
        struct sensors_config c = sensors_defaults();
        const struct incident *x;
        uint32_t n, i;
        bool open = false;

        desk_close(&d);
        c.incidents_max = 3;
        c.units_max = 2;
        desk_open(&d, &c);
        incident("C1", "received", "02:00:00");
        incident("C2", "closed", "02:30:00");
        incident("C3", "closed", "02:10:00");
        incident("C4", "received", "02:40:00");
        x = sensors_incidents(d.s, &n);
        CHECK_EQ(n, 3);
        for (i = 0; i < n; i++) {
                CHECK(strcmp(x[i].id, "C3") != 0);
                open = open || strcmp(x[i].id, "C1") == 0;
        }
        CHECK(open);
        CHECK_EQ(sensors_counts(d.s)->incidents_dropped, 1);
        incident("C4", "accepted", "02:41:00"); /* still found */
        x = sensors_incidents(d.s, &n);
        CHECK_EQ(n, 3);
        unit("V1", "available", "02:00:00", true);
        unit("V2", "available", "02:01:00", true);
        unit("V3", "available", "02:02:00", true);
        sensors_units(d.s, &n);
        CHECK_EQ(n, 2);
        CHECK_EQ(sensors_counts(d.s)->units_dropped, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(an_incident_lives),
                CASE(what_comes_out_of_order_does_not_move_it_back),
                CASE(a_late_event_may_fill_a_blank),
                CASE(a_unit_moves_and_is_lost),
                CASE(coordinates_are_converted_at_the_door),
                CASE(a_known_sequence_number_is_no_new_event),
                CASE(bad_events_are_refused),
                CASE(personal_data_does_not_come_in),
                CASE(the_place_of_an_incident_is_told_later),
                CASE(what_is_over_goes_first),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

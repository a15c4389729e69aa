/* test/flow/storm.c -- the recorded day as a fake source. */
#include "flow/storm.h"

#include "check.h"

#include <stdlib.h>

#include "gis/adapter/gdal.h"
#include "gis/grid.h"
#include "schemas/time.h"
#include "schemas/wire/command.h"
#include "schemas/wire/forecast.h"
#include "server/file.h"
#include "server/tool/import_read.h"

#define READINGS_MAX 16

void storm_give(struct storm *s, enum record_kind kind, struct text body)
{
        struct record r = {s->state->seq + 1, kind, s->state->engine_us, body};
        struct err e = {0};

        if (pipeline_step(s->state, &r, &s->fx, &e) != OK)
                fail_msg("step: %s", e.msg);
        if (s->fx.n_refused)
                fail_msg("%s refused: %s: %.*s", record_kind_name(kind),
                         s->fx.refused[0].detail,
                         (int)(body.n < 200 ? body.n : 200), body.p);
        s->records++;
        if (s->after)
                s->after(s->self, s, &r);
}

static void read_file(struct buf *b, const char *dir, const char *name)
{
        struct err e = {0};
        char path[512];

        snprintf(path, sizeof path, "%s/%s", dir, name);
        buf_clear(b);
        if (file_read(path, b, &e) != OK)
                fail_msg("%s", e.msg);
}

static void give_list(struct storm *s, struct import_list *l)
{
        size_t i;

        for (i = 0; i < l->n; i++)
                storm_give(s, RECORD_IMPORT, l->body[i]);
        import_list_done(l);
}

static void import_all(struct storm *s, const char *dir)
{
        struct import_list l = {0};
        struct buf b = {0};
        struct err e = {0};

        read_file(&b, dir, "zones.geojson");
        if (import_zones(buf_as_text(&b), "zones", CRS_WGS84, &l, &e) != OK)
                fail_msg("%s", e.msg);
        give_list(s, &l);
        l = (struct import_list){0};
        read_file(&b, dir, "stations.csv");
        if (import_stations(buf_as_text(&b), "stations", CRS_WGS84,
                            &s->state->places, &l, &e) != OK)
                fail_msg("%s", e.msg);
        give_list(s, &l);
        l = (struct import_list){0};
        read_file(&b, dir, "facilities.geojson");
        if (import_facilities(buf_as_text(&b), "facilities", CRS_WGS84,
                              &s->state->places, &l, &e) != OK)
                fail_msg("%s", e.msg);
        give_list(s, &l);
        if (wire_day_hospitals(buf_as_text(&b), &s->day, &e) != OK)
                fail_msg("%s", e.msg);
        buf_done(&b);
}

static void begin(struct storm *s)
{
        struct clock_note n = {s->day.begin_us, 60000};
        struct link_note l = {"broker", true, ""};

        buf_clear(&s->body);
        wire_clock_encode(&n, &s->body);
        storm_give(s, RECORD_CLOCK, buf_as_text(&s->body));
        buf_clear(&s->body);
        wire_link_encode(&l, &s->body);
        storm_give(s, RECORD_LINK, buf_as_text(&s->body));
}

void storm_open(struct storm *s, const char *day_dir, const char *rules)
{
        storm_open_seen(s, day_dir, rules, NULL, NULL);
}

void storm_open_seen(struct storm *s, const char *day_dir, const char *rules,
                     void (*after)(void *self, const struct storm *s,
                                   const struct record *r),
                     void *self)
{
        struct buf b = {0};
        struct err e = {0};

        memset(s, 0, sizeof *s);
        s->after = after;
        s->self = self;
        effects_init(&s->fx);
        assert_int_equal(state_create(&s->state, &e), OK);
        read_file(&b, day_dir, "storm.json");
        if (wire_day_decode(buf_as_text(&b), &s->day, &e) != OK)
                fail_msg("storm.json: %s", e.msg);
        buf_clear(&b);
        if (file_read(rules, &b, &e) != OK)
                fail_msg("%s", e.msg);
        storm_give(s, RECORD_RULES, buf_as_text(&b));
        buf_clear(&b);
        if (file_read(SOURCE_DIR "/sensors/checks/default.json", &b, &e) != OK)
                fail_msg("%s", e.msg);
        storm_give(s, RECORD_IMPORT, buf_as_text(&b));
        buf_done(&b);
        import_all(s, day_dir);
        if (day_plan_make(&s->day, &s->plan, &e) != OK)
                fail_msg("%s", e.msg);
        s->asked_us = calloc(s->state->places.n_stations, sizeof *s->asked_us);
        assert_non_null(s->asked_us);
        begin(s);
}

void storm_close(struct storm *s)
{
        day_plan_done(&s->plan);
        day_done(&s->day);
        effects_done(&s->fx);
        buf_done(&s->body);
        state_free(s->state);
        free(s->asked_us);
}

static void give_message(struct storm *s, const char *topic, const char *json)
{
        buf_clear(&s->body);
        record_mqtt_pack(&s->body, text_of(topic), text_of(json));
        storm_give(s, RECORD_MQTT, buf_as_text(&s->body));
}

static void give_station(struct storm *s, uint32_t i, int64_t minute)
{
        struct day_reading r[READINGS_MAX];
        uint32_t n = day_readings(&s->day, i, minute, r, READINGS_MAX), k;
        struct buf b = {0};
        struct json_out o = json_out(&b);
        char topic[96];

        if (n == 0)
                return;
        json_open(&o, NULL);
        json_put_str(&o, "station", s->day.stations[i]);
        json_open_array(&o, "obs");
        for (k = 0; k < n; k++) {
                json_open(&o, NULL);
                json_put_time(&o, "time", s->day.begin_us + minute * MINUTE_US);
                json_put_str(&o, "element", element_name(r[k].element));
                json_put_milli(&o, "value", r[k].value_milli);
                json_close(&o);
        }
        json_close_array(&o);
        json_close(&o);
        buf_char(&b, '\0');
        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/up/obs",
                 s->day.stations[i]);
        give_message(s, topic, b.p);
        buf_done(&b);
}

static void give_event(struct storm *s, const struct day_event *v)
{
        char json[512], at[48];

        time_format_beijing(at, s->day.begin_us + v->at_s * SECOND_US);
        if (v->is_unit) {
                struct day_fix f =
                        day_unit_at(&s->day, &s->plan, v->index, v->at_s);

                snprintf(json, sizeof json,
                         "{\"unit\":\"%s\",\"time\":\"%s\",\"state\":\"%s\","
                         "\"lon\":%.6f,\"lat\":%.6f}",
                         s->day.units[v->index].unit, at,
                         unit_state_name((enum unit_state)v->state),
                         f.at.lon_deg, f.at.lat_deg);
                give_message(s, "sanfang/v1/120/MM120/up/unit", json);
                return;
        }
        snprintf(json, sizeof json,
                 "{\"incident\":\"%s\",\"time\":\"%s\",\"state\":\"%s\","
                 "\"lon\":%.6f,\"lat\":%.6f}",
                 s->day.calls[v->index].incident, at,
                 incident_state_name((enum incident_state)v->state),
                 s->day.calls[v->index].at.lon_deg,
                 s->day.calls[v->index].at.lat_deg);
        give_message(s, "sanfang/v1/120/MM120/up/incident", json);
}

static void give_events(struct storm *s, int64_t minute)
{
        uint32_t i;

        for (i = 0; i < s->plan.n_events; i++)
                if (s->plan.events[i].at_s > (minute - 1) * 60 &&
                    s->plan.events[i].at_s <= minute * 60)
                        give_event(s, &s->plan.events[i]);
}

static void give_zone(struct storm *s, const struct day_grid *g,
                      const struct raster *r, const struct zone *z)
{
        struct forecast f = {
                .is_zone = true, .element = ELEMENT_P6, .n_steps = 1};
        struct zone_mean mean;
        struct err e = {0};

        if (gis_grid_mean(r, z, &mean, &e) != OK)
                fail_msg("%s: %s", z->code, e.msg);
        snprintf(f.source, sizeof f.source, "%s", g->source);
        snprintf(f.model, sizeof f.model, "%s", g->model);
        snprintf(f.subject, sizeof f.subject, "%s", z->code);
        f.issued_us = s->day.begin_us + g->issued_min * MINUTE_US;
        f.begin_us = s->day.begin_us + g->begin_min * MINUTE_US;
        f.step[0].valid_us = s->day.begin_us + g->end_min * MINUTE_US;
        f.step[0].value_milli = mean.mean_milli;
        if (g->end_min - g->begin_min == 180)
                f.element = ELEMENT_P3;
        buf_clear(&s->body);
        wire_forecast_encode(&f, &s->body);
        storm_give(s, RECORD_FORECAST, buf_as_text(&s->body));
}

static void give_grids(struct storm *s, int64_t minute)
{
        struct gis_gdal_request q = {0};
        struct raster r;
        char path[512];
        struct err e = {0};
        uint32_t i, k;

        for (i = 0; i < s->day.n_grids; i++) {
                if (s->day.grids[i].at_min != minute)
                        continue;
                snprintf(path, sizeof path,
                         SOURCE_DIR "/test/days/sanba-2023/%s",
                         s->day.grids[i].file);
                q.path = path;
                if (gis_gdal_read(&q, &r, &e) != OK)
                        fail_msg("%s", e.msg);
                for (k = 0; k < s->state->places.n_zones; k++)
                        if (s->state->places.zones[k].level == ZONE_COUNTY)
                                give_zone(s, &s->day.grids[i], &r,
                                          &s->state->places.zones[k]);
                raster_done(&r);
        }
}

static void give_forecast(struct storm *s, const struct forecast *f)
{
        buf_clear(&s->body);
        wire_forecast_encode(f, &s->body);
        storm_give(s, RECORD_FORECAST, buf_as_text(&s->body));
}

/* Both kinds of each station, as server/app_time.c has them made. */
static void give_forecasts(struct storm *s)
{
        const struct engine *g = s->state->engine;
        const struct places *p = &s->state->places;
        static struct forecast f;
        uint32_t i;

        for (i = 0; i < p->n_stations; i++) {
                int64_t now = s->state->engine_us;
                bool due = false;

                if (now - s->asked_us[i] < 10 * MINUTE_US)
                        continue;
                if (engine_forecast_due(g, p, i, now, &f)) {
                        give_forecast(s, &f);
                        due = true;
                }
                if (engine_travel_due(g, p, i, now, &f)) {
                        give_forecast(s, &f);
                        due = true;
                }
                if (due)
                        s->asked_us[i] = now;
        }
}

void storm_run(struct storm *s, int64_t from_min, int64_t to_min)
{
        int64_t m, at_us;
        uint32_t i;

        for (m = from_min; m < to_min; m++) {
                at_us = s->day.begin_us + m * MINUTE_US;
                buf_clear(&s->body);
                record_tick_pack(&s->body, at_us, at_us);
                storm_give(s, RECORD_TICK, buf_as_text(&s->body));
                for (i = 0; i < s->day.n_stations; i++)
                        give_station(s, i, m);
                give_events(s, m);
                give_grids(s, m);
                give_forecasts(s);
        }
}

void storm_restart(struct storm *s)
{
        struct state *again = NULL;
        struct buf b = {0};
        struct err e = {0};

        state_save(s->state, &b);
        assert_int_equal(state_create(&again, &e), OK);
        if (state_load(again, buf_as_text(&b), &e) != OK)
                fail_msg("load: %s", e.msg);
        state_free(s->state);
        s->state = again;
        buf_done(&b);
}

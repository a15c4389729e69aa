/* server/route_view.c -- the situation as it is now, from memory.
 *
 * All of it works with PostgreSQL away.
 * Thread: the loop. */
#include "server/route.h"

#include <string.h>

#include "schemas/time.h"

ROUTE(config)
{
        const struct port_config *p = r->port->config;
        struct view v = route_view(r);
        const struct zone *city =
                places_find_zone(&v.state->places, text_of(p->city));
        struct json_out o = json_out(&x->body);

        json_open(&o, NULL);
        json_open(&o, "source_line");
        json_put_str(&o, "zh", p->source_line_zh);
        json_put_str(&o, "en", p->source_line_en);
        json_close(&o);
        json_open(&o, "city");
        json_put_str(&o, "code", p->city);
        json_put_str(&o, "name", city ? city->name : "");
        json_put_str(&o, "name_en", city ? city->name_en : "");
        if (city) {
                json_put_degree(&o, "lon", city->label.lon_deg);
                json_put_degree(&o, "lat", city->label.lat_deg);
        } else {
                json_put_null(&o, "lon");
                json_put_null(&o, "lat");
        }
        json_close(&o);
        json_put_bool(&o, "demo", p->demo);
        json_put_bool(&o, "storm_clock", p->storm_clock);
        json_open(&o, "illustrative");
        json_put_str(&o, "zh", p->illustrative_zh);
        json_put_str(&o, "en", p->illustrative_en);
        json_close(&o);
        json_put_str(&o, "version", SANFANG_VERSION);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(situation)
{
        struct hub_message *m;

        if (http_arg(&x->req, "at")) {
                http_problem(x, 404, "unsupported",
                             "the situation at another time is not kept");
                return;
        }
        m = hub_snapshot(r->hub);
        if (!m) {
                http_problem_status(x, ERR_MEMORY, NULL);
                return;
        }
        buf_add(&x->body, m->json, m->n_json);
        hub_message_unref(m);
        http_answer(x, 200, HTTP_JSON);
}

/* The adapter joins the hub with what is granted here.  Last-Event-ID, what
 * a browser's EventSource sends by itself, is newer than the address. */
ROUTE(feed)
{
        struct http_feed *f = &x->feed;
        bool sse = http_list_has(x->req.accept, "text/event-stream");
        const char *last = x->req.last_event_id;
        int64_t n;

        if (!x->req.websocket && !sse) {
                http_problem(x, 400, "unsupported",
                             "the feed is a WebSocket, or an event stream "
                             "with Accept: text/event-stream");
                return;
        }
        f->has_since = http_arg(&x->req, "since") != NULL;
        if (!http_arg_u64(&x->req, "since", 0, INT64_MAX, &f->since))
                f->has_since = false;
        if (last[0] && text_to_i64(text_of(last), &n) && n >= 0) {
                f->has_since = true;
                f->since = (uint64_t)n;
        }
        memcpy(f->token_hash, c->token_hash, sizeof(f->token_hash));
        f->granted = true;
        http_answer(x, 200, sse ? "text/event-stream" : NULL);
}

/* True for state=open or none given with open as the default. */
static bool wants_open(const struct http_request *q, bool otherwise)
{
        const char *state = http_arg(q, "state");

        if (!state || !*state)
                return otherwise;
        return !strcmp(state, "open");
}

ROUTE(alerts)
{
        struct view v = route_view(r);
        struct json_out o = json_out(&x->body);

        if (http_arg(&x->req, "from") || http_arg(&x->req, "to")) {
                route_alert_history(r, x);
                return;
        }
        json_open(&o, NULL);
        view_alerts(&v, &o, "alerts", wants_open(&x->req, false));
        view_groups(&v, &o, "groups");
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(stations)
{
        struct view v = route_view(r);
        struct json_out o = json_out(&x->body);

        json_open(&o, NULL);
        json_open_array(&o, "stations");
        for (uint32_t i = 0; i < v.state->places.n_stations; i++)
                view_station(&v, &o, NULL, i);
        json_close_array(&o);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(station)
{
        struct view v = route_view(r);
        uint32_t i = places_find_station(&v.state->places, text_of(at->at[0]));

        if (i == NO_INDEX) {
                http_problem(x, 404, "unknown_station", "no such station");
                return;
        }
        view_station_page(&v, &x->body, i);
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(zones)
{
        struct view v = route_view(r);

        view_zones(&v, &x->body);
        http_answer(x, 200, "application/geo+json");
}

ROUTE(facilities)
{
        struct view v = route_view(r);
        struct json_out o = json_out(&x->body);

        json_open(&o, NULL);
        view_facilities(&v, &o, "facilities");
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(incidents)
{
        struct view v = route_view(r);
        bool open_only = wants_open(&x->req, true);
        struct json_out o = json_out(&x->body);
        uint32_t n;
        const struct incident *in = sensors_incidents(v.state->sensors, &n);

        json_open(&o, NULL);
        json_open_array(&o, "incidents");
        for (uint32_t i = 0; i < n; i++)
                if (!open_only || view_incident_open(&in[i]))
                        view_incident(&o, NULL, &in[i]);
        json_close_array(&o);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(units)
{
        struct view v = route_view(r);
        struct json_out o = json_out(&x->body);
        uint32_t n;
        const struct unit *u = sensors_units(v.state->sensors, &n);

        json_open(&o, NULL);
        json_open_array(&o, "units");
        for (uint32_t i = 0; i < n; i++)
                view_unit(&o, NULL, &u[i]);
        json_close_array(&o);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

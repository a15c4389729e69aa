/* server/route_history.c -- what only the archive (PostGIS) knows.
 *
 * With the archive away these say 503, but for what memory can answer in
 * its place: the alert without its history, the newest forecasts, the
 * collapsed quarantine.
 * Thread: the loop. */
#include "server/route.h"

#include <stdio.h>
#include <string.h>

#include "schemas/time.h"

/* {"a":1,"b":2} written into b without its braces. */
static struct text members(const struct buf *b)
{
        return b->n >= 2 ? (struct text){b->p + 1, b->n - 2}
                         : (struct text){"", 0};
}

static bool limit_arg(struct http_exchange *x, uint64_t def, uint64_t max,
                      char dst[24])
{
        uint64_t n = def;

        if (!http_arg_u64(&x->req, "limit", 1, max, &n)) {
                http_problem(x, 400, "range", "\"limit\" is out of range");
                return false;
        }
        snprintf(dst, 24, "%llu", (unsigned long long)n);
        return true;
}

/* from and to, by default the last 24 hours of engine time. */
static bool span_args(struct routes *r, struct http_exchange *x, char *from,
                      char *to)
{
        int64_t to_us = r->port->engine_now(r->port->self) + SECOND_US;
        int64_t from_us;

        if (!http_arg_time(&x->req, "to", &to_us))
                goto bad;
        from_us = to_us - DAY_US;
        if (!http_arg_time(&x->req, "from", &from_us) || from_us > to_us)
                goto bad;
        time_format_utc(from, from_us);
        time_format_utc(to, to_us);
        return true;
bad:
        http_problem(x, 400, "time",
                     "\"from\" and \"to\" are RFC 3339 with an offset, "
                     "from before to");
        return false;
}

/* ---- observations ---- */

ROUTE(observations)
{
        const struct state *s = r->port->state(r->port->self);
        const char *name = http_arg(&x->req, "element");
        char from[40], to[40], limit[24];
        struct buf b = {0};
        struct json_out o = json_out(&b);
        int element = 0;

        if (places_find_station(&s->places, text_of(at->at[0])) == NO_INDEX) {
                http_problem(x, 404, "unknown_station", "no such station");
                return;
        }
        if (!name || !view_element_from(text_of(name), &element)) {
                http_problem(x, 400, "unknown_element",
                             "\"element\" is an SL 651 mnemonic, or P");
                return;
        }
        if (!span_args(r, x, from, to) || !limit_arg(x, 5000, 20000, limit))
                return;
        json_open(&o, NULL);
        json_put_str(&o, "station", at->at[0]);
        json_put_str(&o, "element", view_element_name(element));
        json_put_str(&o, "unit", view_element_unit(element));
        json_close(&o);
        route_ask(r, x, QUERY_OBSERVATIONS,
                  (const char *const[]){at->at[0], view_element_name(element),
                                        from, to, limit, NULL},
                  members(&b), "observations", NULL);
        buf_done(&b);
}

/* The one rain series, slot by slot, each with what it came from. */
ROUTE(rain)
{
        const struct state *s = r->port->state(r->port->self);
        char from[40], to[40], limit[24];

        if (places_find_station(&s->places, text_of(at->at[0])) == NO_INDEX) {
                http_problem(x, 404, "unknown_station", "no such station");
                return;
        }
        if (span_args(r, x, from, to) && limit_arg(x, 5000, 20000, limit))
                route_ask(
                        r, x, QUERY_RAIN,
                        (const char *const[]){at->at[0], from, to, limit, NULL},
                        (struct text){"", 0}, "rain", NULL);
}

/* ---- one alert, its history, who lies near it ---- */

static void alert_without_history(struct routes *r, struct http_exchange *x,
                                  struct text open)
{
        struct json_out o = json_out(&x->body);

        (void)r;
        json_open(&o, NULL);
        buf_text(o.b, open);
        o.comma = open.n > 0;
        json_open_array(&o, "transitions");
        json_close_array(&o);
        json_put_str(&o, "history", "unavailable");
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(alert)
{
        struct view v = route_view(r);
        const struct alert *a =
                engine_find(v.state->engine, text_of(at->at[0]));
        struct buf b = {0};
        struct json_out o = json_out(&b);

        if (!a) {
                http_problem(x, 404, "unknown", "no alert of that name");
                return;
        }
        view_alert(&v, &o, NULL, a);
        route_ask(r, x, QUERY_TRANSITIONS, (const char *const[]){a->id, NULL},
                  members(&b), "transitions", alert_without_history);
        buf_done(&b);
}

void route_alert_history(struct routes *r, struct http_exchange *x)
{
        char from[40], to[40], limit[24];

        if (span_args(r, x, from, to) && limit_arg(x, 500, 5000, limit))
                route_ask(r, x, QUERY_ALERT_HISTORY,
                          (const char *const[]){from, to, limit, NULL},
                          (struct text){"", 0}, "alerts", NULL);
}

ROUTE(exposed)
{
        const struct state *s = r->port->state(r->port->self);
        uint64_t radius = 5000;
        char text[24];

        if (!engine_find(s->engine, text_of(at->at[0]))) {
                http_problem(x, 404, "unknown", "no alert of that name");
                return;
        }
        if (!http_arg_u64(&x->req, "radius_m", 1, 100000, &radius)) {
                http_problem(x, 400, "range", "\"radius_m\" is 1 to 100000");
                return;
        }
        snprintf(text, sizeof(text), "%llu", (unsigned long long)radius);
        route_ask(r, x, QUERY_EXPOSED,
                  (const char *const[]){at->at[0], text, NULL},
                  (struct text){"", 0}, "exposed", NULL);
}

ROUTE(incident_events)
{
        route_ask(r, x, QUERY_INCIDENT_EVENTS,
                  (const char *const[]){at->at[0], at->at[1], NULL},
                  (struct text){"", 0}, "events", NULL);
}

/* ---- forecasts: newest from memory, history from PostGIS ---- */

static void forecasts_from_memory(struct routes *r, struct http_exchange *x,
                                  const char *subject)
{
        struct json_out o = json_out(&x->body);

        json_open(&o, NULL);
        hub_put_forecasts(r->hub, &o, "forecasts", subject);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

static void forecasts_down(struct routes *r, struct http_exchange *x,
                           struct text open)
{
        (void)open;
        forecasts_from_memory(r, x, http_arg(&x->req, "subject"));
}

ROUTE(forecasts)
{
        const char *subject = http_arg(&x->req, "subject");
        const char *history = http_arg(&x->req, "history");
        char limit[24];

        if (!subject || !*subject || !history) {
                forecasts_from_memory(r, x,
                                      subject && *subject ? subject : NULL);
                return;
        }
        if (!limit_arg(x, 50, 500, limit))
                return;
        route_ask(r, x, QUERY_FORECASTS,
                  (const char *const[]){subject, limit, NULL},
                  (struct text){"", 0}, "forecasts", forecasts_down);
}

/* ---- audit, quarantine, bulletin ---- */

ROUTE(audit)
{
        uint64_t before = INT64_MAX;
        char limit[24], text[24];

        if (!limit_arg(x, 200, 1000, limit))
                return;
        if (!http_arg_u64(&x->req, "before", 1, INT64_MAX, &before)) {
                http_problem(x, 400, "range", "\"before\" is a row number");
                return;
        }
        snprintf(text, sizeof(text), "%llu", (unsigned long long)before);
        route_ask(r, x, QUERY_AUDIT, (const char *const[]){text, limit, NULL},
                  (struct text){"", 0}, "audit", NULL);
}

static void quarantine_from_memory(struct routes *r, struct http_exchange *x,
                                   struct text open)
{
        struct view v = route_view(r);
        struct json_out o = json_out(&x->body);
        uint64_t limit = 200;

        (void)open;
        http_arg_u64(&x->req, "limit", 1, 1000, &limit);
        json_open(&o, NULL);
        view_quarantine(&v, &o, "quarantine", (uint32_t)limit);
        json_put_str(&o, "history", "unavailable");
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(quarantine)
{
        char limit[24];

        if (limit_arg(x, 200, 1000, limit))
                route_ask(r, x, QUERY_QUARANTINE,
                          (const char *const[]){limit, NULL},
                          (struct text){"", 0}, "quarantine",
                          quarantine_from_memory);
}

ROUTE(bulletin)
{
        char from[40], to[40];

        if (span_args(r, x, from, to))
                route_ask(r, x, QUERY_BULLETIN,
                          (const char *const[]){from, to, NULL},
                          (struct text){"", 0}, "bulletin", NULL);
}

/* server/route_forecast.c -- forecasts that people and models without a
 * broker bring (POST forecasts), and how all of them fared.
 *
 * The body is that of sanfang/v1/fc/<source>/up/series.  It becomes a
 * record with who gave it; the answer waits until that is on the disk.
 * Thread: the loop. */
#include "server/route.h"

#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/forecast.h"

static void answer_given(struct routes *r, struct pending *p)
{
        const struct item *it = &p->items[0];
        struct json_out o = json_out(&p->x->body);
        struct forecast f;

        (void)r;
        if (it->status != OK) {
                http_problem_status(p->x, it->status, it->msg);
                return;
        }
        if (wire_forecast_decode(buf_as_text(&p->x->req.body), &f, NULL) == OK)
                wire_forecast_put(&o, NULL, &f);
        http_answer(p->x, 201, HTTP_JSON);
}

/* Journals it, and has x wait for it. */
static void give(struct routes *r, struct http_exchange *x,
                 const struct caller *c, const struct forecast *f)
{
        struct pending *p = route_wait(r, x, 1, answer_given);
        struct forecast_note note = {"", ""};
        struct buf b = {0};
        struct err e = {0};
        enum status st;

        if (!p)
                return;
        route_new_request(p->items[0].request);
        memcpy(note.request, p->items[0].request, sizeof note.request);
        memcpy(note.by, c->user->name, sizeof note.by);
        wire_forecast_note_encode(f, &note, &b);
        st = route_submit(r, RECORD_FORECAST, &b, &e);
        if (st != OK) {
                http_problem_status(x, st, e.msg);
                route_wait_drop(r, p);
        }
        buf_done(&b);
}

ROUTE(forecast_give)
{
        struct forecast f;
        struct err e = {0};
        enum status st =
                wire_forecast_decode(buf_as_text(&x->req.body), &f, &e);

        if (st == OK)
                give(r, x, c, &f);
        else
                http_problem_status(x, st, e.msg);
}

#define SCORE_SPAN_US (30 * DAY_US)
#define SCORE_SPAN_MAX_US (366 * DAY_US)

/* from and to of the issue; by default the last 30 days. */
static bool score_span(struct routes *r, struct http_exchange *x, char *from,
                       char *to)
{
        int64_t to_us = r->port->engine_now(r->port->self) + SECOND_US;
        int64_t from_us;
        bool ok = http_arg_time(&x->req, "to", &to_us);

        from_us = to_us - SCORE_SPAN_US;
        ok = ok && http_arg_time(&x->req, "from", &from_us);
        if (!ok || from_us > to_us || to_us - from_us > SCORE_SPAN_MAX_US) {
                http_problem(x, 400, "time",
                             "\"from\" and \"to\" are RFC 3339 with an "
                             "offset, from before to, at most 366 days");
                return false;
        }
        time_format_utc(from, from_us);
        time_format_utc(to, to_us);
        return true;
}

/* Scores of made up data are never called skill. */
static bool is_synthetic(const struct port_config *c)
{
        return c->demo || c->storm_clock;
}

ROUTE(forecast_scores)
{
        const char *source = http_arg(&x->req, "source");
        const char *station = http_arg(&x->req, "station");
        char from[40], to[40];

        if (score_span(r, x, from, to))
                route_ask(r, x, QUERY_SCORES,
                          (const char *const[]){
                                  from, to, source ? source : "",
                                  station ? station : "",
                                  is_synthetic(r->port->config) ? "true" : "",
                                  NULL},
                          (struct text){"", 0}, "scores", NULL);
}

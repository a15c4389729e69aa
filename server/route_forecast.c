/* server/route_forecast.c -- forecasts that people and models without a
 * broker bring: POST forecasts.
 *
 * The body is that of sanfang/v1/fc/<source>/up/series.  It becomes a
 * record with who gave it; the answer waits until that is on the disk.
 * Thread: the loop. */
#include "server/route.h"

#include <string.h>

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

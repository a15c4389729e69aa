/* server/route_terminal.c -- what stations' terminals sent beside values:
 * conformance, texts, pictures.
 *
 * Thread: the loop. */
#include "server/route.h"

#include <string.h>

#include "server/conformance.h"
#include "server/files.h"
#include "server/picture_name.h"

/* The station of the path; answers 404. */
static uint32_t station_of(struct routes *r, struct http_exchange *x,
                           const struct pieces *at)
{
        const struct state *s = r->port->state(r->port->self);
        uint32_t i = places_find_station(&s->places, text_of(at->at[0]));

        if (i == NO_INDEX)
                http_problem(x, 404, "unknown_station", "no such station");
        return i;
}

ROUTE(conformance)
{
        const struct state *s = r->port->state(r->port->self);
        const char *format = http_arg(&x->req, "format");
        const char *lang = http_arg(&x->req, "lang");
        uint32_t i = station_of(r, x, at);

        if (i == NO_INDEX)
                return;
        if (!format || !strcmp(format, "json")) {
                conformance_json(s, i, &x->body);
                http_answer(x, 200, HTTP_JSON);
        } else if (!strcmp(format, "text")) {
                conformance_text(s, i, !lang || !strcmp(lang, "zh"),
                                 r->port->engine_now(r->port->self), &x->body);
                http_answer(x, 200, "text/plain; charset=utf-8");
        } else {
                http_problem(x, 400, "range", "\"format\" is json or text");
        }
}

static void ask_list(struct routes *r, struct http_exchange *x,
                     const struct pieces *at, enum query q, const char *key)
{
        const char *limit = http_arg(&x->req, "limit");
        uint64_t n;

        if (station_of(r, x, at) == NO_INDEX)
                return;
        if (!http_arg_u64(&x->req, "limit", 1, 1000, &n) && limit) {
                http_problem(x, 400, "range", "\"limit\" is out of range");
                return;
        }
        route_ask(r, x, q,
                  (const char *const[]){at->at[0], limit ? limit : "", NULL},
                  (struct text){"", 0}, key, NULL);
}

ROUTE(pictures)
{
        ask_list(r, x, at, QUERY_PICTURES, "pictures");
}

ROUTE(texts)
{
        ask_list(r, x, at, QUERY_TEXTS, "texts");
}

ROUTE(picture)
{
        char path[PICTURE_PATH_MAX];

        if (!r->port->config->state_dir ||
            !picture_path(r->port->config->state_dir, at->at[0], path)) {
                http_problem(x, 404, "unknown", "no such picture");
                return;
        }
        files_send(r->files, x, path, "image/jpeg");
}

/* server/route_ask.c -- a question to PostGIS, and the answer from it.
 *
 * Thread: the loop; the database's thread is behind port->ask(). */
#include "server/route.h"

#include <stdlib.h>

struct question {
        struct routes *routes;
        struct http_exchange *x;
        struct buf open;
        const char *key;
        void (*down)(struct routes *r, struct http_exchange *x,
                     struct text open);
};

static void question_free(struct question *q)
{
        http_unref(q->x);
        buf_done(&q->open);
        free(q);
}

static void put_answer(struct question *q, struct text json)
{
        struct json_out o = json_out(&q->x->body);

        if (json.n && json.p[0] == '{') {
                buf_text(&q->x->body, json);
        } else {
                json_open(&o, NULL);
                buf_text(o.b, buf_as_text(&q->open));
                o.comma = q->open.n > 0;
                json_put_raw(&o, q->key,
                             json.n && json.p[0] == '[' ? json : TEXT("[]"));
                json_close(&o);
        }
        http_answer(q->x, 200, HTTP_JSON);
}

static void unavailable(struct question *q, enum status st, const struct err *e)
{
        bool is_down = st == ERR_UNAVAILABLE || st == ERR_FULL || st == ERR_IO;

        if (is_down && q->down)
                q->down(q->routes, q->x, buf_as_text(&q->open));
        else if (is_down)
                http_problem(q->x, 503, "unavailable",
                             "the archive (PostGIS) does not answer now");
        else
                http_problem_status(q->x, st, e ? e->msg : NULL);
}

static void on_answer(void *self, enum status st, struct text json,
                      const struct err *e)
{
        struct question *q = self;

        if (st == OK)
                put_answer(q, json);
        else
                unavailable(q, st, e);
        question_free(q);
}

void route_ask(struct routes *r, struct http_exchange *x, enum query query,
               const char *const *params, struct text open, const char *key,
               void (*down)(struct routes *r, struct http_exchange *x,
                            struct text open))
{
        struct question *q = calloc(1, sizeof(*q));
        struct err e = {0};
        enum status st;

        if (!q) {
                http_problem_status(x, ERR_MEMORY, NULL);
                return;
        }
        q->routes = r;
        q->x = http_ref(x);
        q->key = key;
        q->down = down;
        buf_text(&q->open, open);
        st = r->port->ask(r->port->self, query, params, on_answer, q, &e);
        if (st == OK)
                return;
        unavailable(q, st, &e);
        question_free(q);
}

/* server/routes.c -- from a request to its handler, with all the doors in
 * between; and the answers that wait for the disk.
 *
 * Order of the doors: path (404), method (405), origin (403), length and
 * type (411, 413, 415), session (401), right (403, recorded).
 * Thread: the loop. */
#include "server/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schemas/time.h"

#define DENIED_PER_SECOND 20u

static const struct route_row table[] = {
#define X(method, path, access, name) \
        {HTTP_##method, path, ACCESS_##access, #name},
        ROUTES(X)
#undef X
};

static const route_handler handlers[] = {
#define X(method, path, access, name) route_##name,
        ROUTES(X)
#undef X
};

#define N_ROUTES (sizeof(table) / sizeof(table[0]))

uint32_t routes_table(const struct route_row **ret)
{
        *ret = table;
        return N_ROUTES;
}

/* ---- life ---- */

enum status routes_create(const struct port *port, struct hub *hub,
                          struct routes **ret, struct err *e)
{
        struct routes *r = calloc(1, sizeof(*r));
        enum status st;

        if (!r)
                return err_set(e, ERR_MEMORY, "routes");
        r->port = port;
        r->hub = hub;
        r->files = files_create();
        st = r->files ? login_create(port, &r->login, e)
                      : err_set(e, ERR_MEMORY, "routes");
        if (st != OK) {
                routes_free(r);
                return st;
        }
        *ret = r;
        return OK;
}

static void pending_free(struct routes *r, struct pending *p)
{
        struct pending **at = &r->pending;

        while (*at != p)
                at = &(*at)->next;
        *at = p->next;
        r->n_pending--;
        http_unref(p->x);
        free(p->items);
        explicit_bzero(p, sizeof(*p));
        free(p);
}

void routes_free(struct routes *r)
{
        if (!r)
                return;
        while (r->pending)
                pending_free(r, r->pending);
        login_free(r->login);
        files_free(r->files);
        free(r);
}

struct web_counters *routes_web_counters(struct routes *r)
{
        return &r->metrics.web;
}

int64_t route_real_now(struct routes *r)
{
        return r->port->real_now(r->port->self);
}

struct view route_view(struct routes *r)
{
        const struct port *p = r->port;

        return (struct view){.state = p->state(p->self),
                             .engine_us = p->engine_now(p->self),
                             .real_us = p->real_now(p->self),
                             .archived = p->archived(p->self)};
}

/* ---- which route ---- */

static bool take_piece(struct pieces *at, struct text t)
{
        return t.n && at->n < PIECES_MAX &&
               text_copy(at->at[at->n++], sizeof(at->at[0]), t);
}

/* Piece by piece; {x...} takes all the rest. */
static bool path_fits(const char *pattern, const char *path, struct pieces *ret)
{
        struct text want = text_of(pattern), is = text_of(path), w, p;

        ret->n = 0;
        while (text_cut(&want, '/', &w)) {
                if (w.n > 4 && w.p[0] == '{' && w.p[w.n - 2] == '.')
                        return is.p && take_piece(ret, is);
                if (!text_cut(&is, '/', &p))
                        return false;
                if (w.n && w.p[0] == '{') {
                        if (!take_piece(ret, p))
                                return false;
                } else if (!text_eq(w, p)) {
                        return false;
                }
        }
        return !is.p;
}

/* The row of this path and method.  A literal row wins over a pattern
 * ("alerts/ack" is no alert); -1 and *ret_allow when only the path fits. */
static int find_route(const struct http_request *q, struct pieces *ret,
                      char *allow, size_t cap)
{
        enum http_method m = q->method == HTTP_HEAD ? HTTP_GET : q->method;
        struct pieces at;
        int found = -1;

        allow[0] = '\0';
        for (size_t i = 0; i < N_ROUTES; i++) {
                if (!path_fits(table[i].path, q->path, &at))
                        continue;
                if (table[i].method != m) {
                        size_t n = strlen(allow);

                        snprintf(allow + n, cap - n, "%s%s", n ? ", " : "",
                                 http_method_name(table[i].method));
                } else if (found < 0 || !at.n) {
                        found = (int)i;
                        *ret = at;
                }
        }
        return found;
}

/* ---- who ---- */

bool route_caller(struct routes *r, const struct http_request *q,
                  struct caller *ret)
{
        const struct state *s = r->port->state(r->port->self);
        struct text token = http_cookie(q, "sanfang_session");
        int64_t now = route_real_now(r);

        memset(ret, 0, sizeof(*ret));
        if (token.n != 64)
                return false;
        login_hash(token, ret->token_hash);
        ret->session = state_session(s, text_of(ret->token_hash));
        if (!ret->session || ret->session->expires_real_us <= now)
                return false;
        ret->user = state_user(s, text_of(ret->session->user));
        if (!ret->user || ret->user->disabled)
                return false;
        ret->wall = ret->session->wall;
        ret->role = ret->wall ? ROLE_VIEWER : ret->user->role;
        if (!ret->wall && !hub_has_session(r->hub, ret->token_hash) &&
            login_idle(r->login, ret->token_hash, now))
                return false;
        login_touch(r->login, ret->token_hash, now);
        return true;
}

void route_denied(struct routes *r, const char *user, const char *action,
                  const char *subject)
{
        struct session_note n = {.what = SESSION_DENIED};
        int64_t second = route_real_now(r) / SECOND_US;
        struct buf b = {0};

        r->metrics.denied++;
        if (second != r->denied_second)
                r->denied_in_second = 0;
        r->denied_second = second;
        if (r->denied_in_second++ >= DENIED_PER_SECOND) {
                r->metrics.denied_not_recorded++;
                return;
        }
        text_copy(n.user, sizeof(n.user), text_of(user));
        text_copy(n.from, sizeof(n.from), text_of(action));
        text_copy(n.subject, sizeof(n.subject), text_of(subject));
        wire_session_encode(&n, &b);
        route_submit(r, RECORD_SESSION, &b, NULL);
        buf_done(&b);
}

static bool right_enough(const struct caller *c, enum access need)
{
        switch (need) {
        case ACCESS_OPEN:
        case ACCESS_VIEWER:
                return true;
        case ACCESS_OPERATOR:
                return c->role >= ROLE_OPERATOR;
        case ACCESS_DUTY:
                return c->role >= ROLE_DUTY;
        case ACCESS_ADMIN:
                return c->role >= ROLE_ADMIN;
        }
        return false;
}

/* ---- the doors ---- */

static bool body_ok(struct http_exchange *x)
{
        const struct http_request *q = &x->req;
        const char *type = q->content_type;

        if (q->length_missing) {
                x->close = true;
                http_problem(x, 411, "length_required",
                             "send the body with Content-Length");
                return false;
        }
        if (q->too_large || q->body.n > HTTP_BODY_MAX) {
                x->close = true;
                http_problem(x, 413, "size", "a body has at most 64 kB");
                return false;
        }
        if (q->method != HTTP_POST ||
            (!strncasecmp(type, "application/json", 16) &&
             (!type[16] || type[16] == ';' || type[16] == ' ')))
                return true;
        http_problem(x, 415, "media_type",
                     "a POST needs Content-Type: application/json");
        return false;
}

static bool origin_ok(struct routes *r, struct http_exchange *x)
{
        const struct http_request *q = &x->req;
        bool reads = (q->method == HTTP_GET || q->method == HTTP_HEAD) &&
                     !q->websocket;

        if (reads || http_origin_ok(q, r->port->config->allowed_origins))
                return true;
        r->metrics.foreign_origin++;
        http_problem(x, 403, "origin",
                     "requests from another site are refused");
        return false;
}

static bool caller_ok(struct routes *r, struct http_exchange *x,
                      const struct route_row *row, const struct pieces *at,
                      struct caller *c)
{
        char act[64];

        if (!route_caller(r, &x->req, c) && row->access != ACCESS_OPEN) {
                http_problem(x, 401, "unauthorised", "sign in first");
                return false;
        }
        if (row->access == ACCESS_OPEN)
                return true;
        if (right_enough(c, row->access) &&
            (!c->wall || row->method == HTTP_GET ||
             !strcmp(row->name, "session_end")))
                return true;
        snprintf(act, sizeof(act), "%s", row->name);
        route_denied(r, c->user->name, act, at->n ? at->at[0] : "");
        http_problem(x, 403, "forbidden", "this user may not do that");
        return false;
}

static void no_route(struct http_exchange *x, const char *allow)
{
        if (*allow) {
                http_header(x, "Allow", allow);
                http_problem(x, 405, "method", "not with this method");
                return;
        }
        http_problem(x, 404, "unknown", "no such resource");
}

void routes_serve(struct routes *r, struct http_exchange *x)
{
        struct caller c = {0};
        struct pieces at = {0};
        char allow[64];
        int i = find_route(&x->req, &at, allow, sizeof(allow));

        http_ref(x);
        x->by_status = r->metrics.http;
        if (i < 0)
                no_route(x, allow);
        else if (x->req.websocket && strcmp(table[i].name, "feed") != 0)
                http_problem(x, 404, "unknown", "no WebSocket here");
        else if (origin_ok(r, x) && body_ok(x) &&
                 caller_ok(r, x, &table[i], &at, &c))
                handlers[i](r, x, &c, &at);
        http_unref(x);
}

struct json *route_body(struct http_exchange *x)
{
        struct json *j = NULL;
        struct err e = {0};
        enum status st =
                json_parse(buf_as_text(&x->req.body), JSON_MESSAGE_MAX, &j, &e);

        if (st != OK) {
                http_problem(x, 400, status_name(st), e.msg);
                return NULL;
        }
        if (!json_is_object(j)) {
                json_free(j);
                http_problem(x, 400, "type", "the body is not an object");
                return NULL;
        }
        return j;
}

/* ---- answers that wait ---- */

enum status route_submit(struct routes *r, enum record_kind kind,
                         const struct buf *body, struct err *e)
{
        enum status st;

        if (body->failed)
                return err_set(e, ERR_MEMORY, "no memory for the record");
        st = r->port->submit(r->port->self, kind, buf_as_text(body), e);
        if (st != OK)
                r->metrics.journal_refused++;
        return st;
}

struct pending *route_wait(struct routes *r, struct http_exchange *x,
                           uint32_t n,
                           void (*answer)(struct routes *, struct pending *))
{
        struct pending *p = NULL;

        if (r->n_pending < PENDING_MAX)
                p = calloc(1, sizeof(*p));
        else
                r->metrics.pending_full++;
        if (p && n)
                p->items = calloc(n, sizeof(*p->items));
        if (!p || (n && !p->items)) {
                free(p);
                http_header(x, "Retry-After", "1");
                http_problem(x, 503, "full", "too many commands wait");
                return NULL;
        }
        p->x = http_ref(x);
        p->n = n;
        p->answer = answer;
        p->deadline_us = route_real_now(r) + COMMAND_TIMEOUT_US;
        p->next = r->pending;
        r->pending = p;
        r->n_pending++;
        return p;
}

void route_forget(struct routes *r, struct pending *p)
{
        pending_free(r, p);
}

/* All its records have been taken, and are on the disk. */
static bool is_safe(struct routes *r, const struct pending *p)
{
        for (uint32_t i = 0; i < p->n; i++)
                if (!p->items[i].done)
                        return false;
        if ((p->opens[0] || p->ends[0]) && !p->seq)
                return false;
        return p->seq <= r->port->synced_seq(r->port->self);
}

static void answer_ready(struct routes *r)
{
        struct pending *next;

        for (struct pending *p = r->pending; p; p = next) {
                next = p->next;
                if (!is_safe(r, p))
                        continue;
                p->answer(r, p);
                pending_free(r, p);
        }
}

static void take_result(struct routes *r, const struct command_result *res,
                        uint64_t seq)
{
        for (struct pending *p = r->pending; p; p = p->next)
                for (uint32_t i = 0; i < p->n; i++) {
                        struct item *it = &p->items[i];

                        if (it->done || strcmp(it->request, res->request))
                                continue;
                        it->done = true;
                        it->status = res->status;
                        memcpy(it->msg, res->msg, sizeof(it->msg));
                        if (seq > p->seq)
                                p->seq = seq;
                        if (res->status == OK)
                                r->metrics.commands_ok++;
                        else
                                r->metrics.commands_refused++;
                        return;
                }
}

static void take_sessions(struct routes *r, uint64_t seq)
{
        const struct state *s = r->port->state(r->port->self);

        for (struct pending *p = r->pending; p; p = p->next) {
                if (p->seq)
                        continue;
                if ((p->opens[0] && state_session(s, text_of(p->opens))) ||
                    (p->ends[0] && !state_session(s, text_of(p->ends))))
                        p->seq = seq;
        }
}

void routes_on_effects(struct routes *r, const struct effects *fx, uint64_t seq)
{
        metrics_on_effects(&r->metrics, fx);
        if (!r->pending)
                return;
        for (uint32_t i = 0; i < fx->n_result; i++)
                take_result(r, &fx->result[i], seq);
        take_sessions(r, seq);
        answer_ready(r);
}

void routes_on_synced(struct routes *r, uint64_t synced_seq)
{
        (void)synced_seq;
        answer_ready(r);
}

/* What did not come in time is said so; the record may still be taken,
 * and the feed will show it. */
static void time_out(struct routes *r, struct pending *p)
{
        r->metrics.commands_timed_out++;
        http_header(p->x, "Retry-After", "5");
        http_problem(p->x, 503, "timeout",
                     "the journal did not confirm in time; look at the "
                     "alert before trying again");
        pending_free(r, p);
}

void routes_tick(struct routes *r)
{
        int64_t now = route_real_now(r);
        struct pending *next;

        login_tick(r->login);
        answer_ready(r);
        for (struct pending *p = r->pending; p; p = next) {
                next = p->next;
                if (now > p->deadline_us)
                        time_out(r, p);
        }
}

/* ---- questions to PostGIS ---- */

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

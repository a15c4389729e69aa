/* server/routes.c -- from a request to its handler, with all the doors in
 * between.  The handlers are above it only in the table; what they need
 * stands below, in route.c, route_wait.c and route_ask.c.
 *
 * Order of the doors: path (404), method (405), origin (403), length and
 * type (411, 413, 415), session (401), right (403, recorded).
 * Thread: the loop. */
#include "server/route.h"

#include "server/backtests.h"
#include "server/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
        r->backtests = backtests_create(port);
        st = r->files && r->backtests ? login_create(port, &r->login, e)
                                      : err_set(e, ERR_MEMORY, "routes");
        if (st != OK) {
                routes_free(r);
                return st;
        }
        *ret = r;
        return OK;
}

void routes_free(struct routes *r)
{
        if (!r)
                return;
        route_wait_done(r);
        login_free(r->login);
        files_free(r->files);
        backtests_free(r->backtests);
        free(r);
}

void routes_stop(struct routes *r)
{
        backtests_stop(r->backtests);
}

struct web_counters *routes_web_counters(struct routes *r)
{
        return &r->metrics.web;
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

/* ---- from the app ---- */

void routes_on_effects(struct routes *r, const struct effects *fx, uint64_t seq)
{
        metrics_on_effects(&r->metrics, fx);
        route_wait_effects(r, fx, seq);
}

void routes_on_synced(struct routes *r, uint64_t synced_seq)
{
        (void)synced_seq;
        route_wait_ready(r);
}

void routes_tick(struct routes *r)
{
        login_tick(r->login);
        route_wait_tick(r);
}

/* server/route_session.c -- signing in and out, and wall displays.
 *
 * Every opening, ending and refused sign-in is a journal record; the
 * answer waits until it is on the disk.  The cookie's token is never kept.
 * Thread: the loop. */
#include "server/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"

#define COOKIE "sanfang_session"

static void set_cookie(struct routes *r, struct http_exchange *x,
                       const char *token, int64_t life_us)
{
        char line[256];

        snprintf(line, sizeof(line),
                 COOKIE "=%s; HttpOnly; SameSite=Strict; Path=/; "
                        "Max-Age=%lld%s",
                 token, (long long)(life_us / SECOND_US),
                 r->port->config->secure_cookie ? "; Secure" : "");
        http_header(x, "Set-Cookie", line);
}

static void put_session(struct json_out *o, const struct user *u,
                        const struct session *s)
{
        json_put_str(o, "user", u->name);
        json_put_str(o, "shown", u->shown);
        json_put_str(o, "role", role_name(s->wall ? ROLE_VIEWER : u->role));
        if (u->has_agency && !s->wall)
                json_put_str(o, "agency", agency_name(u->agency));
        else
                json_put_null(o, "agency");
        json_put_str(o, "zone", u->zone);
        json_put_bool(o, "wall", s->wall);
        json_put_time(o, "expires_at", s->expires_real_us);
}

/* ---- sign in ---- */

struct sign_in {
        struct routes *routes;
        struct http_exchange *x;
        char user[CODE_MAX + 1];
};

static void answer_open(struct routes *r, struct pending *p)
{
        const struct state *s = r->port->state(r->port->self);
        const struct session *e = state_session(s, text_of(p->opens));
        const struct user *u = e ? state_user(s, text_of(e->user)) : NULL;
        struct json_out o = json_out(&p->x->body);

        if (!u) {
                http_problem(p->x, 401, "unauthorised", "sign in again");
                return;
        }
        login_touch(r->login, p->opens, route_real_now(r));
        json_open(&o, NULL);
        put_session(&o, u, e);
        json_close(&o);
        set_cookie(r, p->x, p->token, SESSION_LIFE_US);
        http_answer(p->x, 200, HTTP_JSON);
}

static void answer_wall(struct routes *r, struct pending *p)
{
        struct json_out o = json_out(&p->x->body);
        char url[96];

        (void)r;
        snprintf(url, sizeof(url), "/wall?key=%s", p->token);
        json_open(&o, NULL);
        json_put_str(&o, "token_url", url);
        json_close(&o);
        http_answer(p->x, 200, HTTP_JSON);
}

/* Journals a new session and waits for it. */
static void open_session(struct routes *r, struct http_exchange *x,
                         const char *user, bool wall)
{
        struct session_note n = {.what = SESSION_OPEN, .wall = wall};
        struct pending *p =
                route_wait(r, x, 0, wall ? answer_wall : answer_open);
        struct buf b = {0};
        struct err e = {0};

        if (!p)
                return;
        login_token(p->token, p->opens);
        memcpy(n.token_hash, p->opens, sizeof(n.token_hash));
        text_copy(n.user, sizeof(n.user), text_of(user));
        text_copy(n.from, sizeof(n.from), text_of(x->req.address));
        n.expires_real_us = route_real_now(r) +
                            (wall ? SESSION_WALL_LIFE_US : SESSION_LIFE_US);
        wire_session_encode(&n, &b);
        if (route_submit(r, RECORD_SESSION, &b, &e) != OK) {
                http_problem_status(x, ERR_FULL, e.msg);
                route_wait_drop(r, p);
        }
        buf_done(&b);
}

static void note_failed(struct routes *r, const char *user, const char *address)
{
        struct session_note n = {.what = SESSION_FAILED};
        struct buf b = {0};

        text_copy(n.user, sizeof(n.user), text_of(user));
        text_copy(n.from, sizeof(n.from), text_of(address));
        wire_session_encode(&n, &b);
        route_submit(r, RECORD_SESSION, &b, NULL);
        buf_done(&b);
}

static void on_verified(void *self, bool ok)
{
        struct sign_in *s = self;

        if (ok) {
                open_session(s->routes, s->x, s->user, false);
        } else {
                note_failed(s->routes, s->user, s->x->req.address);
                http_problem(s->x, 401, "unauthorised",
                             "user or password is wrong");
        }
        http_unref(s->x);
        free(s);
}

static void start_sign_in(struct routes *r, struct http_exchange *x,
                          const char *user, const char *password)
{
        struct sign_in *s = calloc(1, sizeof(*s));
        struct err e = {0};
        char seconds[16];
        int retry_s = 5;
        enum status st;

        if (!s) {
                http_problem_status(x, ERR_MEMORY, NULL);
                return;
        }
        s->routes = r;
        s->x = http_ref(x);
        text_copy(s->user, sizeof(s->user), text_of(user));
        st = login_verify(r->login, user, password, x->req.address, on_verified,
                          s, &retry_s, &e);
        if (st == OK)
                return;
        if (st == ERR_FULL) {
                snprintf(seconds, sizeof(seconds), "%d", retry_s);
                http_header(x, "Retry-After", seconds);
                http_problem(x, 429, "too_many", e.msg);
        } else {
                http_problem_status(x, st, e.msg);
        }
        http_unref(s->x);
        free(s);
}

ROUTE(session_open)
{
        struct json *j = route_body(x);
        char user[CODE_MAX + 1], password[129];
        struct err e = {0};
        enum status st;

        if (!j)
                return;
        st = json_need_text(j, "user", user, sizeof(user), &e);
        if (st == OK)
                st = json_need_text(j, "password", password, sizeof(password),
                                    &e);
        if (st != OK)
                http_problem(x, 400, status_name(st), e.msg);
        else if (!text_is_code(text_of(user), CODE_MAX))
                /* No such name can exist; the answer is as for a wrong one. */
                http_problem(x, 401, "unauthorised",
                             "user or password is wrong");
        else
                start_sign_in(r, x, user, password);
        explicit_bzero(password, sizeof(password));
        json_free(j);
}

ROUTE(session_show)
{
        struct json_out o = json_out(&x->body);

        json_open(&o, NULL);
        put_session(&o, c->user, c->session);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

/* ---- sign out ---- */

static void answer_end(struct routes *r, struct pending *p)
{
        if (p->token[0]) /* one's own: the cookie goes too */
                set_cookie(r, p->x, "", 0);
        http_answer(p->x, 204, NULL);
}

static void end_session(struct routes *r, struct http_exchange *x,
                        const char *token_hash, const char *user, bool own)
{
        struct session_note n = {.what = SESSION_END};
        struct pending *p = route_wait(r, x, 0, answer_end);
        struct buf b = {0};
        struct err e = {0};

        if (!p)
                return;
        memcpy(p->ends, token_hash, sizeof(p->ends));
        p->token[0] = own ? 'o' : '\0';
        memcpy(n.token_hash, token_hash, sizeof(n.token_hash));
        text_copy(n.user, sizeof(n.user), text_of(user));
        wire_session_encode(&n, &b);
        if (route_submit(r, RECORD_SESSION, &b, &e) == OK) {
                hub_end_session(r->hub, token_hash);
        } else {
                http_problem_status(x, ERR_FULL, e.msg);
                route_wait_drop(r, p);
        }
        buf_done(&b);
}

ROUTE(session_end)
{
        end_session(r, x, c->token_hash, c->user->name, true);
}

ROUTE(session_revoke)
{
        const struct state *s = r->port->state(r->port->self);
        const struct session *e = state_session(s, text_of(at->at[0]));

        if (!e)
                http_problem(x, 404, "unknown", "no such session");
        else
                end_session(r, x, e->token_hash, c->user->name, false);
}

ROUTE(session_wall)
{
        open_session(r, x, c->user->name, true);
}

ROUTE(sessions)
{
        const struct state *s = r->port->state(r->port->self);
        struct json_out o = json_out(&x->body);

        json_open(&o, NULL);
        json_open_array(&o, "sessions");
        for (uint32_t i = 0; i < s->n_sessions; i++) {
                const struct session *e = &s->sessions[i];

                json_open(&o, NULL);
                json_put_str(&o, "token_hash", e->token_hash);
                json_put_str(&o, "user", e->user);
                json_put_bool(&o, "wall", e->wall);
                json_put_time(&o, "opened_at", e->opened_real_us);
                json_put_time(&o, "expires_at", e->expires_real_us);
                json_put_time(&o, "used_at",
                              login_used_us(r->login, e->token_hash));
                json_put_bool(&o, "live",
                              hub_has_session(r->hub, e->token_hash));
                json_close(&o);
        }
        json_close_array(&o);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

/* GET /wall?key=K gives the wall its cookie and hides the key again. */
ROUTE(wall)
{
        const char *key = http_arg(&x->req, "key");
        const struct session *e;
        char hash[65];

        if (!key) {
                route_page(r, x, c, at);
                return;
        }
        login_hash(text_of(key), hash);
        e = state_session(r->port->state(r->port->self), text_of(hash));
        if (strlen(key) != 64 || !e || !e->wall ||
            e->expires_real_us <= route_real_now(r)) {
                http_problem(x, 401, "unauthorised",
                             "this wall key is not, or no longer, good");
                return;
        }
        set_cookie(r, x, key, e->expires_real_us - route_real_now(r));
        http_header(x, "Location", "/wall");
        http_answer(x, 303, NULL);
}

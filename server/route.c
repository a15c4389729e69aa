/* server/route.c -- what every handler needs: who asks, what the body says,
 * and where a record goes.
 *
 * Thread: the loop. */
#include "server/route.h"

#include <string.h>

#include "schemas/time.h"
#include "server/login.h"

#define DENIED_PER_SECOND 20u

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

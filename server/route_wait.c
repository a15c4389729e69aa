/* server/route_wait.c -- answers that wait until their record is taken and
 * on the disk.
 *
 * Holds:  at most PENDING_MAX wait, each at most COMMAND_TIMEOUT_US.
 * Thread: the loop. */
#include "server/route.h"

#include <stdlib.h>
#include <string.h>

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

void route_wait_drop(struct routes *r, struct pending *p)
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

void route_wait_ready(struct routes *r)
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

                        if (it->done || strcmp(it->request, res->request) != 0)
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

void route_wait_effects(struct routes *r, const struct effects *fx,
                        uint64_t seq)
{
        if (!r->pending)
                return;
        for (uint32_t i = 0; i < fx->n_result; i++)
                take_result(r, &fx->result[i], seq);
        take_sessions(r, seq);
        route_wait_ready(r);
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

void route_wait_tick(struct routes *r)
{
        int64_t now = route_real_now(r);
        struct pending *next;

        route_wait_ready(r);
        for (struct pending *p = r->pending; p; p = next) {
                next = p->next;
                if (now > p->deadline_us)
                        time_out(r, p);
        }
}

void route_wait_done(struct routes *r)
{
        while (r->pending)
                pending_free(r, r->pending);
}

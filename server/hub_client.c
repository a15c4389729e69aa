/* server/hub_client.c -- one client's queue of messages.
 *
 * Holds:  a client more than queue_bytes or queue_us behind is closed, so
 *         that the others are not held; what is new is not counted yet, for
 *         one message (a city's forecasts) may be larger than that.  A
 *         snapshot or a replay is not counted in bytes and has a minute.
 * Thread: the loop. */
#include "server/hub_inside.h"

#include <stdlib.h>

#define INITIAL_US (60 * SECOND_US) /* to swallow the snapshot */
#define CLOSE_SLOW 1013

static void hub_client_clear(struct hub_client *c)
{
        while (c->n) {
                hub_message_unref(c->queue[c->first].message);
                c->first = (c->first + 1) % c->cap;
                c->n--;
        }
        c->bytes = 0;
}

void hub_client_close(struct hub_client *c, int code)
{
        if (c->closing)
                return;
        c->closing = code;
        c->sink.wake(c->sink.self);
}

void hub_client_close_slow(struct hub_client *c)
{
        if (c->closing)
                return;
        hub_client_clear(c);
        c->hub->stats.dropped_slow++;
        hub_client_close(c, CLOSE_SLOW);
}

static bool client_grow(struct hub_client *c)
{
        uint32_t cap = c->cap ? c->cap * 2 : 16;
        struct queued *q = calloc(cap, sizeof(*q));

        if (!q)
                return false;
        for (uint32_t i = 0; i < c->n; i++)
                q[i] = c->queue[(c->first + i) % c->cap];
        free(c->queue);
        c->queue = q;
        c->first = 0;
        c->cap = cap;
        return true;
}

void hub_client_push(struct hub_client *c, struct hub_message *m, bool initial)
{
        if (c->closing)
                return;
        if ((!initial && c->bytes > c->hub->config.queue_bytes) ||
            (c->n == c->cap && !client_grow(c))) {
                hub_client_close_slow(c);
                return;
        }
        m->refs++;
        c->queue[(c->first + c->n) % c->cap] =
                (struct queued){m, hub_real_now(c->hub), initial};
        c->n++;
        if (!initial)
                c->bytes += m->n_json;
        c->sink.wake(c->sink.self);
}

struct hub_message *hub_take(struct hub_client *c)
{
        struct queued q;

        if (!c->n)
                return NULL;
        q = c->queue[c->first];
        c->first = (c->first + 1) % c->cap;
        c->n--;
        if (!q.initial)
                c->bytes -= q.message->n_json;
        c->hub->stats.messages++;
        c->hub->stats.bytes += q.message->n_json;
        return q.message;
}

int hub_closing(const struct hub_client *c)
{
        return c->n ? 0 : c->closing;
}

void hub_client_drop_slow(struct hub *h)
{
        int64_t now = hub_real_now(h);

        for (struct hub_client *c = h->clients; c; c = c->next) {
                const struct queued *q = &c->queue[c->first];

                if (c->closing || !c->n)
                        continue;
                if (now - q->at_us >
                    (q->initial ? INITIAL_US : h->config.queue_us))
                        hub_client_close_slow(c);
        }
}

void hub_client_free(struct hub_client *c)
{
        hub_client_clear(c);
        free(c->queue);
        free(c);
}

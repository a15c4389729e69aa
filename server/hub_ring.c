/* server/hub_ring.c -- the encoded deltas kept for who comes back.
 *
 * Holds:  a ring bounded by bytes; each delta covers from + 1 to its
 *         message's seq, and begins where the one before it ended.
 * Thread: the loop. */
#include "server/hub_inside.h"

#include <stdlib.h>

static struct delta *ring_at(struct hub *h, uint32_t i)
{
        return &h->ring[(h->ring_first + i) % h->ring_cap];
}

static void ring_drop_first(struct hub *h)
{
        struct delta *d = ring_at(h, 0);

        h->stats.ring_bytes -= d->message->n_json;
        hub_message_unref(d->message);
        h->ring_first = (h->ring_first + 1) % h->ring_cap;
        h->ring_n--;
}

void hub_ring_clear(struct hub *h)
{
        while (h->ring_n)
                ring_drop_first(h);
}

static bool ring_grow(struct hub *h)
{
        uint32_t cap = h->ring_cap ? h->ring_cap * 2 : 256;
        struct delta *r = calloc(cap, sizeof(*r));

        if (!r)
                return false;
        for (uint32_t i = 0; i < h->ring_n; i++)
                r[i] = *ring_at(h, i);
        free(h->ring);
        h->ring = r;
        h->ring_first = 0;
        h->ring_cap = cap;
        return true;
}

/* Takes a reference.  A ring that cannot grow starts again: what it no
 * longer has is answered with a snapshot. */
void hub_ring_push(struct hub *h, uint64_t from, struct hub_message *m)
{
        if (h->ring_n == h->ring_cap && !ring_grow(h)) {
                hub_ring_clear(h);
                if (!h->ring_cap)
                        return;
        }
        m->refs++;
        h->ring_n++;
        *ring_at(h, h->ring_n - 1) = (struct delta){from, m};
        h->stats.ring_bytes += m->n_json;
        while (h->ring_n > 1 && h->stats.ring_bytes > h->config.ring_bytes)
                ring_drop_first(h);
}

bool hub_ring_find(struct hub *h, uint64_t since, uint32_t *ret)
{
        uint32_t lo = 0, hi = h->ring_n;

        if (since == h->head) {
                *ret = h->ring_n;
                return true;
        }
        while (lo < hi) {
                uint32_t mid = lo + (hi - lo) / 2;

                if (ring_at(h, mid)->from < since)
                        lo = mid + 1;
                else
                        hi = mid;
        }
        if (lo >= h->ring_n || ring_at(h, lo)->from != since)
                return false;
        *ret = lo;
        return true;
}

void hub_ring_replay(struct hub *h, struct hub_client *c, uint32_t from)
{
        for (uint32_t i = from; i < h->ring_n; i++)
                hub_client_push(c, ring_at(h, i)->message, true);
}

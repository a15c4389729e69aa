/* server/hub_message.c -- what the feed says, encoded once and shared.
 *
 * Thread: the loop. */
#include "server/hub_message.h"

#include <stdlib.h>
#include <string.h>

char *hub_json(struct hub_message *m)
{
        return m->bytes + HUB_HEADROOM;
}

void hub_message_unref(struct hub_message *m)
{
        if (m && --m->refs == 0)
                free(m);
}

struct hub_message *hub_message_create(uint64_t seq, const struct buf *b)
{
        struct hub_message *m;

        if (b->failed)
                return NULL;
        m = malloc(sizeof(*m) + HUB_HEADROOM + b->n + 2);
        if (!m)
                return NULL;
        m->refs = 1;
        m->seq = seq;
        m->n_json = b->n;
        memset(m->bytes, 0, HUB_HEADROOM);
        memcpy(hub_json(m), b->p, b->n);
        memcpy(hub_json(m) + b->n, "\n\n", 2);
        return m;
}

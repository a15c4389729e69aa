/* server/hub_message.c -- what the feed says, encoded once and shared.
 *
 * Thread: the loop. */
#include "server/hub_message.h"

#include <stdlib.h>
#include <string.h>

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
        m = malloc(sizeof(*m) + b->n);
        if (!m)
                return NULL;
        m->refs = 1;
        m->seq = seq;
        m->n_json = b->n;
        memcpy(m->json, b->p, b->n);
        return m;
}

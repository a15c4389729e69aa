/* server/hub_message.h -- what the feed says, encoded once and shared.
 *
 * Thread: the loop. */
#ifndef SERVER_HUB_MESSAGE_H
#define SERVER_HUB_MESSAGE_H

#include "schemas/buf.h"

struct hub_message {
        unsigned refs;
        uint64_t seq;
        size_t n_json;
        char json[]; /* n_json bytes */
};

void hub_message_unref(struct hub_message *m);
/* Of the JSON in b, with one reference; NULL: no memory. */
struct hub_message *hub_message_create(uint64_t seq, const struct buf *b);

#endif

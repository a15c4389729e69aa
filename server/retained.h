/* server/retained.h -- the current alerts of each zone, retained on
 * sanfang/v1/alert/<zone>.
 *
 * An alert's own zone carries the objects; county and city carry counts
 * by level.  All are published again after each connect.
 * Thread: the loop. */
#ifndef SERVER_RETAINED_H
#define SERVER_RETAINED_H

#include "server/receipt.h"
#include "server/state.h"

struct retained;

enum status retained_create(receipt_send send, void *self, const char *city,
                            struct retained **ret, struct err *e);
void retained_free(struct retained *r);
void retained_on_effects(struct retained *r, const struct effects *fx);
/* Everything again: after a connect, after a start. */
void retained_all(struct retained *r, const struct state *s);
/* Publishes what changed since; what the broker does not take waits. */
void retained_tick(struct retained *r, const struct state *s);

#endif

/* server/receipt.h -- telling a station what is in the database.
 *
 * A receipt names the (boot, sequence) ranges that are committed; it is
 * cumulative, and at most one goes out per station in 5 s.  Ranges come
 * from the state; a copy waits until the archive has passed it.  A round
 * costs what it tells, not how many stations there are, and tells a few
 * hundred at most; the rest is told by the next.
 * Thread: the loop. */
#ifndef SERVER_RECEIPT_H
#define SERVER_RECEIPT_H

#include "server/state.h"

struct receipts;

/* Sends one payload; returns OK when the broker client took it. */
typedef enum status (*receipt_send)(void *self, const char *topic,
                                    struct text payload);

enum status receipts_create(receipt_send send, void *self,
                            struct receipts **ret, struct err *e);
void receipts_free(struct receipts *r);
void receipts_on_effects(struct receipts *r, const struct effects *fx);
/* Each 250 ms and whenever the archive moves: takes copies, sends what is
 * due. */
void receipts_tick(struct receipts *r, const struct state *s,
                   uint64_t archived_seq, int64_t mono_us);

#endif

/* server/confirm.h -- the answer an SL 651 terminal waits for.
 *
 * A terminal repeats a report twice at most and then gives up, so its
 * confirmation follows the journal's fdatasync, not the commit: on
 * .../down/sl651 within one sync interval, also while PostgreSQL is down.
 * A broken frame gets no answer (M2: the terminal sends it again).
 * Holds:  at most 1024 answers wait; one more is dropped and counted.
 * Thread: the loop. */
#ifndef SERVER_CONFIRM_H
#define SERVER_CONFIRM_H

#include "schemas/record.h"
#include "server/receipt.h"

struct confirms;

enum status confirms_create(receipt_send send, void *self,
                            struct confirms **ret, struct err *e);
void confirms_free(struct confirms *c);
/* now_us: the time the answer carries (engine time). */
void confirms_on_record(struct confirms *c, const struct record *r,
                        const struct effects *fx, int64_t now_us);
void confirms_on_synced(struct confirms *c, uint64_t synced_seq);

#endif

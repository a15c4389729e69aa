/* server/confirm.h -- the answers that SL 651 terminals wait for.
 *
 * What they are is decided in the pipeline (struct downlink); here they
 * wait until their record is on the disk.  A terminal repeats a report
 * twice at most and then gives up, so that is the journal's fdatasync, not
 * the commit, unless sl651.confirm_after says "commit": on .../down/sl651
 * or the TCP connection within one sync interval, also while PostgreSQL is
 * down.  A broken frame gets no answer (M2: the terminal sends it again).
 * Holds:  at most CONFIRMS_MAX answers wait; one more is counted and not
 *         sent: its terminal repeats the report, which is confirmed again
 *         and taken once.
 * Thread: the loop. */
#ifndef SERVER_CONFIRM_H
#define SERVER_CONFIRM_H

#include "schemas/record.h"
#include "server/receipt.h"

#define CONFIRMS_MAX 65536u

struct confirms;

/* To the terminal on a TCP connection, named as in its RECORD_FRAME;
 * ERR_UNKNOWN when that connection is gone. */
typedef enum status (*confirm_send)(void *self, const char *to,
                                    struct text bytes);

enum status confirms_create(receipt_send mqtt, confirm_send tcp, void *self,
                            struct confirms **ret, struct err *e);
void confirms_free(struct confirms *c);
void confirms_on_effects(struct confirms *c, const struct effects *fx);
/* Up to which record answers may go out: it is on the disk, or, when the
 * configuration wants it (confirm_after = commit), in PostgreSQL. */
uint64_t confirm_safe_seq(bool after_commit, uint64_t synced,
                          uint64_t archived);
/* What was decided up to seq is safe: its answers go out. */
void confirms_on_safe(struct confirms *c, uint64_t seq);

struct confirms_counts {
        uint64_t sent, waiting;
        uint64_t unsent;  /* no broker, or the connection was gone */
        uint64_t dropped; /* at CONFIRMS_MAX */
};
void confirms_get_counts(const struct confirms *c, struct confirms_counts *ret);

#endif

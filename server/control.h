/* server/control.h -- the way in for the `sanfang` command: a Unix socket.
 *
 * STATE/sanfangd.sock, mode 0600: who may open it may administer.  One
 * JSON object a line: {"kind":"import","body":"{...}"} -> {"ok":true,
 * "seq":N} or {"ok":false,"code","detail"}, after the record was taken and
 * is on the disk; {"ask":"state"} -> {"ok":true,"snapshot":N} after a
 * snapshot was written (what `sanfang backup` waits for).
 * Thread: the loop. */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include <uv.h>

#include "schemas/effect.h"
#include "schemas/record.h"

struct control;

struct control_port {
        void *self;
        enum status (*submit)(void *self, enum record_kind kind,
                              struct text body, struct err *e);
        /* Starts a snapshot; control_on_snapshot answers. */
        void (*snapshot)(void *self);
};

enum status control_create(uv_loop_t *loop, const char *path,
                           const struct control_port *port,
                           struct control **ret, struct err *e);
/* Begins closing; the memory goes with the last close callback. */
void control_close(struct control *c);
/* After each step: was it one of ours, and how did it end? */
void control_on_record(struct control *c, const struct record *r,
                       const struct effects *fx);
void control_on_synced(struct control *c, uint64_t synced_seq);
void control_on_snapshot(struct control *c, uint64_t seq, enum status st);

#endif

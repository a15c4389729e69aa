/* server/terminal_tcp.h -- SL 651 terminals on TCP.
 *
 * In:     bytes of up to max_connections connections.
 * Out:    each frame, and each piece of garbage, once, to submit(); the
 *         source is "tcp/ADDRESS:PORT/CONNECTION".  Answers come back with
 *         terminal_tcp_send().
 * Holds:  a frame that began ends within frame_us or the connection is
 *         closed; so is one without a whole frame for idle_us, one with
 *         BAD_MAX pieces of garbage, and one that does not read its
 *         answers.  When submit() refuses (the journal is full) nothing
 *         more is read from anybody until it takes again, and nothing is
 *         confirmed.  A connection that waits holds no buffer.
 * Thread: the loop. */
#ifndef SERVER_TERMINAL_TCP_H
#define SERVER_TERMINAL_TCP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "schemas/status.h"
#include "schemas/text.h"

struct terminal_tcp;

struct terminal_tcp_config {
        const char *address;
        int port; /* 0: any free one (terminal_tcp_port) */
        uint32_t max_connections;
        uint32_t max_per_address;
        int64_t idle_us;
        int64_t frame_us;
        uint32_t sweep_ms; /* how often deadlines are looked at; 0: 250 */
};

struct terminal_tcp_port {
        void *self;
        /* real_us: when it was read; frames of one piece share it.
         * Anything but OK: not kept, asked again later. */
        enum status (*submit)(void *self, int64_t real_us, struct text source,
                              struct text frame);
        int64_t (*real_us)(void);
        int64_t (*mono_us)(void);
};

enum status terminal_tcp_create(const struct terminal_tcp_config *c,
                                uv_loop_t *loop,
                                const struct terminal_tcp_port *port,
                                struct terminal_tcp **ret, struct err *e);
/* Begins closing; the memory goes with the last close callback.  NULL is
 * fine. */
void terminal_tcp_close(struct terminal_tcp *t);
int terminal_tcp_port(const struct terminal_tcp *t);

/* ERR_UNKNOWN when that connection is gone; ERR_FULL when it does not
 * read (then it is closed). */
enum status terminal_tcp_send(struct terminal_tcp *t, const char *source,
                              struct text bytes);

#define TERMINAL_CLOSED(X)                                  \
        X(TERMINAL_LEFT, "left")           /* by its end */ \
        X(TERMINAL_RESET, "reset")         /* by a fault */ \
        X(TERMINAL_IDLE, "idle")           /* no frame */   \
        X(TERMINAL_SLOW, "slow_frame")     /* frame_us */   \
        X(TERMINAL_GARBAGE, "garbage")     /* BAD_MAX */    \
        X(TERMINAL_UNREAD, "unread")       /* answers */    \
        X(TERMINAL_FULL, "full")           /* at accept */  \
        X(TERMINAL_ADDRESS, "per_address") /* at accept */  \
        X(TERMINAL_STOP, "stop")           /* by us */

enum terminal_closed {
#define X(code, name) code,
        TERMINAL_CLOSED(X)
#undef X
                TERMINAL_CLOSED_count
};

const char *terminal_closed_name(enum terminal_closed c);

struct terminal_tcp_counts {
        uint32_t connections;
        uint64_t accepted, frames, bad, bad_dropped, bytes, answers, held;
        bool holds; /* the journal takes nothing now */
        uint64_t closed[TERMINAL_CLOSED_count];
};
/* t may be NULL: all zero. */
void terminal_tcp_get_counts(const struct terminal_tcp *t,
                             struct terminal_tcp_counts *ret);

#endif

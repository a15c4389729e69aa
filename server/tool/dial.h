/* server/tool/dial.h -- a terminal and its line: a TCP connection of its
 * own, or a broker that it shares.
 *
 * Holds:  dials when the terminal wants to and not more often than once a
 *         second; hangs up when the terminal says so.
 * Thread: one owner; nothing here waits. */
#ifndef SERVER_TOOL_DIAL_H
#define SERVER_TOOL_DIAL_H

#include "sensors/terminal.h"
#include "server/tool/radio.h"

struct dial;

struct dial_config {
        const char *station;     /* its code: for the topic */
        const char *host, *port; /* TCP; NULL: the radio; copied */
        struct radio *radio;
        struct terminal_config terminal;
};

/* What is done to the next report's frame: once. */
enum dial_harm {
        DIAL_WELL,
        DIAL_FLIP, /* one bit */
        DIAL_CUT   /* half of it, then the connection is gone (TCP) */
};

/* "tcp://HOST:PORT" in two; false: it is not that. */
bool dial_parse(const char *url, char host[128], char port[8]);

enum status dial_open(const struct dial_config *c, struct sl651_frame *scratch,
                      terminal_tell tell, void *self, struct dial **ret,
                      struct err *e);
void dial_close(struct dial *d); /* NULL is fine */
struct terminal *dial_terminal(struct dial *d);
/* Reads, sends, dials and hangs up, as far as it goes without waiting.
 * own_us: the terminal's own clock. */
enum status dial_turn(struct dial *d, int64_t now_us, int64_t own_us,
                      struct err *e);
/* A frame from the radio. */
void dial_take(struct dial *d, struct text frame, int64_t now_us,
               int64_t own_us);
/* For poll; -1: no connection. */
int dial_fd(const struct dial *d, short *ret_events);
/* The line is gone and stays away until it is given back. */
void dial_away(struct dial *d, bool away, int64_t now_us);
void dial_harm(struct dial *d, enum dial_harm harm);

#endif

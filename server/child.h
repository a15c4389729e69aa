/* server/child.h -- a program run to its end, its words kept.
 *
 * Holds:  output past `limit` bytes, or a run past the deadline, kills the
 *         child; it inherits no descriptor but 0 (/dev/null), 1 and 2.
 * Thread: the calling thread waits. */
#ifndef SERVER_TOOL_CHILD_H
#define SERVER_TOOL_CHILD_H

#include "schemas/buf.h"

/* Looks at a child each 200 ms and after each word of it (its stderr so
 * far); false: it is to be killed. */
struct child_watch {
        bool (*go_on)(void *self, struct text words);
        void *self;
};

/* Fills out and words (stdout and stderr).  OK when it ended with 0;
 * ERR_UNAVAILABLE when it could not start, ran too long or was killed;
 * ERR_SIZE; otherwise ERR_SYNTAX with the last line of its words. */
enum status child_run(const char *program, char *const argv[], size_t out_limit,
                      int deadline_s, struct buf *out, struct err *e);
/* The same; when the watch ends it: ERR_UNAVAILABLE. */
enum status child_run_watched(const char *program, char *const argv[],
                              size_t out_limit, int deadline_s,
                              const struct child_watch *watch, struct buf *out,
                              struct err *e);

#endif

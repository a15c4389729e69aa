/* server/tool/follow.h -- the server's clock, followed from outside.
 *
 * Holds:  asked twice a second; between two answers the last rate goes on,
 *         at most one second past the last answer: when the server stops,
 *         so does its storm. */
#ifndef SERVER_TOOL_FOLLOW_H
#define SERVER_TOOL_FOLLOW_H

#include "schemas/buf.h"
#include "schemas/status.h"

struct follow {
        const char *url;
        bool known;
        int64_t engine_us; /* at the last answer */
        int64_t mono_us;   /* when it was asked */
        int64_t asked_us;
        int64_t rate_milli;
        struct buf body;
};

/* Asks when it is time to. */
void follow_poll(struct follow *f);
/* false: no answer was ever had. */
bool follow_now(const struct follow *f, int64_t *ret_engine_us);

#endif

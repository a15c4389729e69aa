/* server/tool/rules_moved.h -- a rule with one limit moved by the smallest
 * step that its data has: a rule whose cases do not notice is not tested
 * there.
 *
 * Thread: any; no state. */
#ifndef SERVER_TOOL_RULES_MOVED_H
#define SERVER_TOOL_RULES_MOVED_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/rule.h"

struct rules_moved {
        struct rule rule;
        /* Of the line that was moved and of the one before it; LEVEL_NONE:
         * there is none. */
        enum level level, before;
        char what[200]; /* "yellow: 50 to 50.1" */
};

/* Moves the n-th limit of the rule (each is moved down and up).  False:
 * there are no more. */
bool rules_move(const struct rule *r, uint32_t n, struct rules_moved *ret);

#endif

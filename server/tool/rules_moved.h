/* server/tool/rules_moved.h -- a rule with one limit moved by the smallest
 * step that its data has: a rule whose cases do not notice is not tested
 * there.
 *
 * Thread: any; no state. */
#ifndef SERVER_TOOL_RULES_MOVED_H
#define SERVER_TOOL_RULES_MOVED_H

#include <stdbool.h>
#include <stddef.h>

#include "schemas/rule.h"

/* Moves the n-th limit of the rule (each is moved down and up) in *ret and
 * says which ("yellow: 50 to 50.1").  False: there are no more. */
bool rules_move(const struct rule *r, uint32_t n, struct rule *ret, char *what,
                size_t cap);

#endif

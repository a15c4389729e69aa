/* server/tool/rules_claim.h -- does a case of a rule test show what it says
 * that it shows ("shows": "late" or "missing")?
 *
 * Holds:  late is shown when something in the case comes late, and what the
 *         rule did would have been otherwise had it come in time; missing
 *         when something is marked as lost, and it would have been
 *         otherwise had that come (docs/rules.md#late-and-missing).
 * Thread: one owner. */
#ifndef SERVER_TOOL_RULES_CLAIM_H
#define SERVER_TOOL_RULES_CLAIM_H

#include "server/tool/rules_bench.h"

/* c is the case that j is, and b has just run it.  *ret_why: NULL, or in
 * words why it is not so. */
enum status rules_claim_check(struct bench *b, const struct rules_file *f,
                              const struct json *j, const struct rules_case *c,
                              const char **ret_why, struct err *e);

#endif

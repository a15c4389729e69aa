/* server/rule_file.h -- a rule table from its file, checked to the last
 * expression.
 *
 * Thread: any; no state. */
#ifndef SERVER_RULE_FILE_H
#define SERVER_RULE_FILE_H

#include "schemas/place.h"
#include "schemas/rule.h"
#include "schemas/wire/json_place.h"

/* What wire_rules_decode() and engine_rules_check() find.  The message
 * begins with line and column, and e->line and e->column say them where they
 * are known; *ret_at (which may be NULL) is the place of a mistake in an
 * expression, its line 0 when there is none to show. */
enum status rule_file_decode(struct text json, struct rule_set *ret,
                             struct json_place *ret_at, struct err *e);

/* Is each zone and station of its overrides in the book?  A book that is
 * still empty says nothing.  json is its text. */
enum status rule_file_places(struct text json, const struct rule_set *set,
                             const struct places *p, struct json_place *ret_at,
                             struct err *e);

#endif

/* schemas/wire/rule.h -- a rule table (alerts/rules/NAME.json) and back. */
#ifndef SCHEMAS_WIRE_RULE_H
#define SCHEMAS_WIRE_RULE_H

#include "schemas/rule.h"
#include "schemas/wire/json.h"

/* Errors name the rule's id (or its number) and the field. */
enum status wire_rules_decode(struct text json, struct rule_set *ret,
                              struct err *e);
void wire_rules_encode(const struct rule_set *r, struct buf *b);

#endif

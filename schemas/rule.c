/* schemas/rule.c -- names of the rule kinds and line bases. */
#include "schemas/rule.h"

WORD_DEFINE(rule_kind, rule_kind, RULE_KINDS)
WORD_DEFINE(line_base, line_base, LINE_BASES)

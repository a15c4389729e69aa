/* schemas/rule.c -- names of the rule kinds and line bases, and where in a
 * table a rule stands. */
#include "schemas/rule.h"

#include <stdio.h>
#include <string.h>

WORD_DEFINE(rule_kind, rule_kind, RULE_KINDS)
WORD_DEFINE(line_base, line_base, LINE_BASES)

void rule_set_copy(struct rule_set *dst, const struct rule_set *src)
{
        memcpy(dst->name, src->name, sizeof dst->name);
        memcpy(dst->text, src->text, sizeof dst->text);
        dst->version = src->version;
        dst->n_rules = src->n_rules;
        memcpy(dst->rule, src->rule, src->n_rules * sizeof dst->rule[0]);
}

uint32_t rule_base(const struct rule_set *set, uint32_t rule)
{
        while (rule > 0 && set->rule[rule].scope[0])
                rule--;
        return rule;
}

void rule_pointer(const struct rule_set *set, uint32_t rule, char *dst,
                  size_t cap)
{
        uint32_t base = rule_base(set, rule), i, n = 0;

        for (i = 0; i < base; i++)
                n += set->rule[i].scope[0] == '\0';
        if (rule == base)
                snprintf(dst, cap, "/rules/%u", n);
        else
                snprintf(dst, cap, "/rules/%u/overrides/%u", n,
                         rule - base - 1);
}

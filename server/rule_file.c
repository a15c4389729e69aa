/* server/rule_file.c -- what schemas/ reads and alerts/ understands, told
 * as one mistake at one place. */
#include "server/rule_file.h"

#include <stdio.h>

#include "alerts/engine.h"
#include "schemas/wire/rule.h"

enum status rule_file_decode(struct text json, struct rule_set *ret,
                             struct json_place *ret_at, struct err *e)
{
        struct rule_fault fault = {0};
        struct json_place at = {0};
        struct err why = {0};
        char pointer[64];
        enum status st = wire_rules_decode(json, ret, e);

        if (st == OK)
                st = engine_rules_check(ret, &fault, &why);
        if (why.msg[0]) {
                snprintf(pointer, sizeof pointer, "/rules/%u/lines/%u%s",
                         fault.rule, fault.line,
                         ret->rule[fault.rule].kind == RULE_EXPRESSION ? "/when"
                                                                       : "");
                if (json_place_of(json, pointer, fault.at, &at))
                        err_set(e, st, "line %u, column %u: %s", at.line,
                                at.column, why.msg);
                else
                        err_set(e, st, "%s", why.msg);
        }
        if (ret_at)
                *ret_at = at;
        return st;
}

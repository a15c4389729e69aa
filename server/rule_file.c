/* server/rule_file.c -- what schemas/ reads and alerts/ understands, told
 * as one mistake at one place. */
#include "server/rule_file.h"

#include <stdio.h>
#include <string.h>

#include "alerts/engine.h"
#include "schemas/wire/rule.h"

enum status rule_file_decode(struct text json, struct rule_set *ret,
                             struct json_place *ret_at, struct err *e)
{
        struct rule_fault fault = {0};
        struct json_place at = {0};
        struct err why = {0};
        char rule[48], pointer[80];
        enum status st = wire_rules_decode(json, ret, e);

        if (st == OK)
                st = engine_rules_check(ret, &fault, &why);
        if (why.msg[0]) {
                rule_pointer(ret, fault.rule, rule, sizeof rule);
                snprintf(pointer, sizeof pointer, "%s/lines/%u%s", rule,
                         fault.line,
                         ret->rule[fault.rule].kind == RULE_EXPRESSION ? "/when"
                                                                       : "");
                if (json_place_of(json, pointer, fault.at, &at))
                        err_set(e, st, "line %u, column %u: %s", at.line,
                                at.column, why.msg);
                else
                        err_set(e, st, "%s", why.msg);
                err_place(e, at.line, at.column);
                err_fault(e, st, why.fault);
        }
        if (ret_at)
                *ret_at = at;
        return st;
}

static bool is_known(const struct rule *r, const struct places *p)
{
        struct text code = text_of(r->scope);

        if (r->scope_station)
                return p->n_stations == 0 ||
                       places_find_station(p, code) != NO_INDEX;
        if (text_starts(code, RIVER_PREFIX))
                return p->n_stations == 0 || places_has_zone(p, code);
        return p->n_zones == 0 || places_has_zone(p, code);
}

static const char *scope_word(const struct rule *r)
{
        enum zone_level level = ZONE_CITY;

        if (r->scope_station)
                return "station";
        zone_code_level(r->scope, &level);
        return level > ZONE_TOWN ? zone_level_name(level) : "zone";
}

static const char *scope_name(const struct rule *r)
{
        bool river = text_starts(text_of(r->scope), RIVER_PREFIX);

        return r->scope + (river ? strlen(RIVER_PREFIX) : 0);
}

enum status rule_file_places(struct text json, const struct rule_set *set,
                             const struct places *p, struct json_place *ret_at,
                             struct err *e)
{
        struct json_place at = {0};
        char pointer[48];
        uint32_t i, base;

        for (i = 0; i < set->n_rules; i++) {
                const struct rule *r = &set->rule[i];

                if (!r->scope[0] || is_known(r, p))
                        continue;
                base = rule_base(set, i);
                rule_pointer(set, i, pointer, sizeof pointer);
                json_place_of(json, pointer, 0, &at);
                if (ret_at)
                        *ret_at = at;
                err_set(e, ERR_UNKNOWN,
                        "line %u, column %u: rule %s, override %u: there is "
                        "no %s %s in the book: mend the code, or import the "
                        "place first",
                        at.line, at.column, r->id, i - base, scope_word(r),
                        scope_name(r));
                err_place(e, at.line, at.column);
                return err_fault(e, ERR_UNKNOWN, FAULT_PLACE);
        }
        return OK;
}

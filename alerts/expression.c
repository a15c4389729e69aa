/* alerts/expression.c -- rules whose lines are expressions: compiled, what
 * they look at, and what they make of a station's data.
 *
 * Source: docs/rules.md#expressions.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdlib.h>

void expression_free(struct program *programs, uint32_t n_rules)
{
        uint32_t i, k;

        for (i = 0; programs && i < n_rules; i++)
                for (k = 0; k < programs[i].n_lines; k++)
                        expr_done(&programs[i].line[k]);
        free(programs);
}

static enum status compile_rule(const struct rule *r, struct program *p,
                                struct rule_fault *fault, struct err *e)
{
        struct err why = {0};
        enum status st;

        for (; p->n_lines < r->n_lines; p->n_lines++) {
                const struct rule_line *l = &r->line[p->n_lines];

                fault->line = p->n_lines;
                st = expr_compile(text_of(l->when), r->over_zone,
                                  &p->line[p->n_lines], &fault->at, &why);
                if (st == OK && r->over_zone && r->zone_level > ZONE_TOWN &&
                    p->line[p->n_lines].incidents) {
                        expr_done(&p->line[p->n_lines]);
                        fault->at = 0;
                        st = err_set(&why, ERR_TYPE,
                                     "incidents are counted in a city, county "
                                     "or town, not in a %s",
                                     zone_level_name(r->zone_level));
                }
                if (st != OK) {
                        err_set(e, st, "rule %s, %s: %s", r->id,
                                level_name(l->level), why.msg);
                        return err_fault(e, st, why.fault);
                }
        }
        return OK;
}

static void sum_up(const struct rule *r, struct program *p)
{
        uint32_t i;

        p->zone = r->over_zone;
        p->sums_only = true;
        for (i = 0; i < p->n_lines; i++) {
                p->sums_only &= expr_sums_only(&p->line[i]);
                p->ticks |= p->line[i].ticks;
                p->incidents |= p->line[i].incidents;
                p->forecast |= p->line[i].forecast != ELEMENT_count;
        }
}

enum status expression_compile(const struct rule_set *set, struct program **ret,
                               struct rule_fault *ret_fault, struct err *e)
{
        struct program *p = calloc(set->n_rules + 1u, sizeof *p);
        enum status st = OK;
        uint32_t i;

        if (!p)
                return err_set(e, ERR_MEMORY, "%u rules", set->n_rules);
        for (i = 0; i < set->n_rules && st == OK; i++) {
                ret_fault->rule = i;
                if (set->rule[i].kind != RULE_EXPRESSION)
                        continue;
                st = compile_rule(&set->rule[i], &p[i], ret_fault, e);
                sum_up(&set->rule[i], &p[i]);
        }
        if (st == OK)
                scope_index(set, p);
        if (st == OK)
                *ret = p;
        else
                expression_free(p, set->n_rules);
        return st;
}

void expression_adopt(struct engine *g, struct program *programs,
                      uint32_t n_old)
{
        expression_free(g->programs, n_old);
        g->programs = programs;
}

bool expression_is(enum element wanted, const struct station *s,
                   enum element el)
{
        if (el == ELEMENT_US && s->wind_is_gust)
                return wanted == ELEMENT_UG;
        if (el == ELEMENT_ZU && s->kind == STATION_RESERVOIR &&
            wanted == ELEMENT_Z)
                return true;
        return wanted == el;
}

bool expression_looks(const struct expr *x, const struct station *s,
                      enum element el)
{
        uint32_t i;

        if (el == ELEMENT_count)
                return x->rain;
        for (i = 0; i < x->n_elements; i++)
                if (expression_is(x->element[i], s, el))
                        return true;
        return false;
}

bool expression_watches(const struct program *p, const struct station *s,
                        enum element el)
{
        uint32_t i;

        for (i = 0; i < p->n_lines; i++)
                if (p->line[i].forecast == ELEMENT_count &&
                    expression_looks(&p->line[i], s, el))
                        return true;
        return false;
}

bool expression_keeps(const struct program *p, const struct station *s,
                      enum element el)
{
        uint32_t i, k;

        for (i = 0; i < p->n_lines; i++) {
                if (expression_looks(&p->line[i], s, el))
                        return true;
                for (k = 0; k < p->line[i].n_clauses; k++)
                        if (expression_looks(&p->line[i].clause[k], s, el))
                                return true;
        }
        return false;
}

bool expression_watches_rain(const struct program *p)
{
        uint32_t i;

        for (i = 0; i < p->n_lines; i++)
                if (p->line[i].rain && p->line[i].forecast == ELEMENT_count)
                        return true;
        return false;
}

int64_t expression_widest(const struct program *p)
{
        int64_t widest = 0;
        uint32_t i;

        for (i = 0; i < p->n_lines; i++)
                if (p->line[i].widest_us > widest)
                        widest = p->line[i].widest_us;
        return widest;
}

/* Has the station every level that the line asks for?  A flood-season limit
 * that is out of season is still one. */
static bool has_levels(const struct expr *x, const struct station *s)
{
        uint32_t i;

        for (i = 0; i < x->n_ops; i++) {
                struct rule_line line = {
                        .base = (enum line_base)x->op[i].value};

                if (x->op[i].code != EXPR_STATION)
                        continue;
                if (line.base == LINE_FSLTDZ
                            ? s->n_seasons == 0
                            : level_threshold(s, &line, 0) == LEVEL_UNSET)
                        return false;
        }
        return true;
}

/* What a station of a kind is there for. */
static bool is_for(const struct expr *x, const struct station *s)
{
        uint32_t i;

        if (x->forecast == ELEMENT_Z)
                return s->kind == STATION_RIVER || s->kind == STATION_RESERVOIR;
        if (s->kind == STATION_RAIN)
                return x->rain || x->forecast == ELEMENT_PJ;
        for (i = 0; i < x->n_elements; i++)
                switch (x->element[i]) {
                case ELEMENT_Z:
                case ELEMENT_ZU:
                        return s->kind == STATION_RIVER ||
                               s->kind == STATION_RESERVOIR;
                case ELEMENT_US:
                case ELEMENT_UG:
                        return s->kind == STATION_WIND;
                default:
                        return s->kind == STATION_SOIL;
                }
        return false;
}

bool expression_has_threshold(const struct program *p, const struct station *s)
{
        uint32_t i;

        for (i = 0; i < p->n_lines && !p->zone; i++)
                if (is_for(&p->line[i], s) && has_levels(&p->line[i], s))
                        return true;
        return false;
}

static struct expr_data data_of(const struct engine *g, const struct places *p,
                                const struct subject *u, uint32_t rule,
                                uint32_t line, int64_t at_us)
{
        bool zone = u->kind == SUBJECT_ZONE;

        return (struct expr_data){.u = u,
                                  .station = zone ? NULL
                                                  : &p->stations[u->station],
                                  .at_us = at_us,
                                  .engine = g,
                                  .places = p,
                                  .rule = rule,
                                  .line = line};
}

void expression_readings(const struct engine *g, const struct places *p,
                         const struct subject *u, uint32_t rule, int64_t at_us,
                         struct reading *ret)
{
        const struct program *x = &g->programs[rule];
        struct expr_data d;
        struct expr_result r;
        uint32_t i;

        for (i = 0; i < x->n_lines; i++) {
                if (x->line[i].forecast != ELEMENT_count) {
                        ret[i] = (struct reading){.absent = true};
                        continue;
                }
                d = data_of(g, p, u, rule, i, at_us);
                expr_judge(&x->line[i], &d,
                           g->rules.rule[rule].hysteresis_milli, &r);
                ret[i] = (struct reading){
                        .absent = r.strict == TRUTH_NOT_SET,
                        .unsure = r.strict == TRUTH_CANNOT_SAY,
                        .value_milli = r.value_milli,
                        .threshold_milli = r.threshold_milli,
                        .element = r.element,
                        .window_us = r.window_us,
                        .judged = true,
                        .keep = x->zone && r.strict == TRUTH_CANNOT_SAY,
                        .reached = r.strict == TRUTH_YES,
                        .below = r.relaxed <= TRUTH_NO};
        }
}

bool expression_forecast(const struct engine *g, const struct places *p,
                         const struct subject *u, uint32_t rule, uint32_t line,
                         const struct forecast *f, int64_t *ret_valid_us,
                         struct expr_result *ret)
{
        struct expr_data d = data_of(g, p, u, rule, line, f->issued_us);

        *ret = (struct expr_result){.element = ELEMENT_count};
        d.run = f;
        for (d.steps = 1; d.steps <= f->n_steps; d.steps++) {
                expr_judge(&g->programs[rule].line[line], &d, 0, ret);
                if (ret->strict != TRUTH_YES)
                        continue;
                *ret_valid_us = f->step[d.steps - 1].valid_us;
                return true;
        }
        return false;
}

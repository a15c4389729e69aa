/* alerts/contradict.c -- what in a rule table cannot be meant: a level that
 * is never seen, and two rules that give one limit two levels.
 *
 * In:     a rule set whose fields are right one by one, its expressions
 *         compiled.
 * Holds:  only what is certainly wrong is refused, at any station and with
 *         any data.  Yellow at 50 mm in 6 h and orange at 50 mm in 3 h is
 *         right; the other way round yellow would never be seen alone.
 *         A table that is in a journal is not asked again.
 * Thread: any; no state. */
#include "alerts/inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FAULT(e, r, l, what, ...) fault(e, r, l, what, __VA_ARGS__)

__attribute__((format(printf, 5, 6))) static enum status
fault(struct err *e, const struct rule *r, const struct rule_line *l,
      enum fault what, const char *fmt, ...)
{
        char text[200];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        err_set(e, ERR_MISMATCH, "rule %s, %s: %s", r->id, level_name(l->level),
                text);
        return err_fault(e, ERR_MISMATCH, what);
}

/* ---- one line ---- */

static bool is_rain(const struct rule *r)
{
        return r->kind == RULE_RAIN_SUM || r->kind == RULE_FORECAST_RAIN;
}

/* What the value of a line can be; false: anything. */
static bool range_of(const struct rule *r, int64_t *ret_low, int64_t *ret_high)
{
        enum element el;

        switch (r->kind) {
        case RULE_WIND:
                el = r->gust ? ELEMENT_UG : ELEMENT_US;
                break;
        case RULE_SOIL:
                el = r->element;
                break;
        case RULE_DRY_DAYS:
                *ret_low = 0;
                *ret_high = DAYS_MAX * INT64_C(1000);
                return true;
        case RULE_RAIN_SUM:
        case RULE_FORECAST_RAIN:
                *ret_low = 0;
                *ret_high = INT64_MAX;
                return true;
        default:
                return false;
        }
        *ret_low = element_info(el)->min_milli;
        *ret_high = element_info(el)->max_milli;
        return true;
}

static enum status check_line(const struct rule *r, const struct rule_line *l,
                              struct err *e)
{
        int64_t low, high, v = l->value_milli;
        bool falls = r->kind == RULE_SOIL;

        if (!range_of(r, &low, &high))
                return OK;
        if (falls ? v < low : v > high)
                return FAULT(e, r, l, FAULT_NEVER,
                             "this limit is never reached: give %lld to %lld",
                             (long long)(low / 1000), (long long)(high / 1000));
        if (falls ? v >= high : v <= low)
                return FAULT(e, r, l, FAULT_ALWAYS,
                             "this limit is always reached: give one %s %lld",
                             falls ? "under" : "above",
                             (long long)((falls ? high : low) / 1000));
        return OK;
}

/* ---- two lines of one rule ---- */

/* Is b, the worse, reached whenever a is? */
static bool line_implies(const struct rule *r, const struct rule_line *a,
                         const struct rule_line *b)
{
        switch (r->kind) {
        case RULE_SILENCE:
        case RULE_LINK:
        case RULE_EXPRESSION:
                return false;
        case RULE_CLUSTER:
                return b->value_milli <= (int64_t)r->least * 1000;
        case RULE_SOIL:
                return b->value_milli >= a->value_milli;
        default:
                break;
        }
        /* Rain of a longer time is no less; "near" is at most WRZ. */
        if (is_rain(r) ? b->window_us < a->window_us
                       : b->base != a->base &&
                                 !(a->base == LINE_WRZ && b->base == LINE_NEAR))
                return false;
        return b->value_milli <= a->value_milli;
}

static enum status check_pair(const struct rule *r, const struct program *p,
                              uint32_t i, uint32_t k, struct err *e)
{
        const struct rule_line *a = &r->line[i], *b = &r->line[k];

        if (r->kind == RULE_EXPRESSION ? !expr_implies(&p->line[i], &p->line[k])
                                       : !line_implies(r, a, b))
                return OK;
        return FAULT(e, r, a, FAULT_NEVER,
                     "this level is never seen: whenever it is reached, %s is "
                     "too; mend the limit of one of the two",
                     level_name(b->level));
}

static enum status check_rule(const struct rule *r, const struct program *p,
                              struct rule_fault *ret, struct err *e)
{
        enum status st = OK;
        uint32_t i, k;

        for (i = 0; i < r->n_lines && st == OK; i++) {
                ret->line = i;
                if (r->kind != RULE_EXPRESSION)
                        st = check_line(r, &r->line[i], e);
                else if (expr_never(&p->line[i]))
                        st = FAULT(e, r, &r->line[i], FAULT_NEVER,
                                   "this never holds: two parts that are "
                                   "joined by \"and\" rule each other out");
                for (k = i + 1; k < r->n_lines && st == OK; k++)
                        st = check_pair(r, p, i, k, e);
        }
        return st;
}

/* ---- two rules ---- */

/* Do they look at the same thing in the same way? */
static bool is_alike(const struct rule *a, const struct rule *b)
{
        return a->kind == b->kind && a->hazard == b->hazard &&
               a->gust == b->gust && a->element == b->element &&
               a->effective_milli == b->effective_milli &&
               a->intervals == b->intervals && a->zone_level == b->zone_level &&
               a->least == b->least && a->percent == b->percent &&
               a->within_us == b->within_us && a->kind != RULE_LINK;
}

static bool is_same_limit(const struct rule_line *a, const struct rule_line *b)
{
        return a->base == b->base && a->value_milli == b->value_milli &&
               a->window_us == b->window_us && strcmp(a->when, b->when) == 0;
}

/* One limit at which a and b differ: the line of b is told. */
static enum status check_two(const struct rule *a, const struct rule *b,
                             struct rule_fault *ret, struct err *e)
{
        uint32_t i, k;

        if (!is_alike(a, b))
                return OK;
        for (k = 0; k < b->n_lines; k++)
                for (i = 0; i < a->n_lines; i++) {
                        if (a->line[i].level == b->line[k].level ||
                            !is_same_limit(&a->line[i], &b->line[k]))
                                continue;
                        ret->line = k;
                        return FAULT(e, b, &b->line[k], FAULT_CONTRADICTION,
                                     "the same limit is %s in rule %s: take "
                                     "one of the two away",
                                     level_name(a->line[i].level), a->id);
                }
        return OK;
}

enum status contradict_check(const struct rule_set *set,
                             const struct program *programs,
                             struct rule_fault *ret, struct err *e)
{
        enum status st = OK;
        uint32_t i, k;

        for (i = 0; i < set->n_rules && st == OK; i++) {
                *ret = (struct rule_fault){.rule = i};
                st = check_rule(&set->rule[i], &programs[i], ret, e);
                for (k = 0; k < i && st == OK; k++)
                        if (strcmp(set->rule[k].scope, set->rule[i].scope) == 0)
                                st = check_two(&set->rule[k], &set->rule[i],
                                               ret, e);
        }
        return st;
}

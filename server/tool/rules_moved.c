/* server/tool/rules_moved.c -- see rules_moved.h.
 *
 * Holds:  steps are those in which stations measure: 0.1 mm of rain, 0.1
 *         m/s of wind, 0.1 % of moisture, a millimetre of level, a day, an
 *         interval, a station. */
#include "server/tool/rules_moved.h"

#include <stdio.h>
#include <string.h>

#include "alerts/expr.h"
#include "schemas/time.h"

#define NUMBER_MAX 32

/* What is looked for while limits are counted. */
struct search {
        const struct rule *from;
        struct rules_moved *ret;
        struct rule *to; /* &ret->rule */
        uint32_t left;   /* limits to skip; each has two moves */
        bool found;
};

/* Is it this one's turn?  Then *ret_sign is -1 or +1. */
static bool is_turn(struct search *s, int *ret_sign)
{
        if (s->found)
                return false;
        if (s->left >= 2) {
                s->left -= 2;
                return false;
        }
        *ret_sign = s->left == 0 ? -1 : 1;
        s->found = true;
        return true;
}

static void put_number(char dst[NUMBER_MAX], int64_t milli)
{
        snprintf(dst, NUMBER_MAX, "%.12g", (double)milli / 1000);
}

static void say(struct search *s, const char *where, int64_t was_milli,
                int64_t is_milli)
{
        char a[NUMBER_MAX], b[NUMBER_MAX];

        put_number(a, was_milli);
        put_number(b, is_milli);
        snprintf(s->ret->what, sizeof s->ret->what, "%s: %s to %s", where, a,
                 b);
}

/* ---- fields ---- */

static int64_t step_milli(enum rule_kind k)
{
        switch (k) {
        case RULE_RAIN_SUM:
        case RULE_FORECAST_RAIN:
        case RULE_WIND:
        case RULE_SOIL:
                return 100;
        case RULE_DRY_DAYS:
        case RULE_CLUSTER:
                return 1000;
        default:
                return 1;
        }
}

static void move_value(struct search *s, uint32_t line)
{
        struct rule_line *l = &s->to->line[line];
        int sign;

        if (!is_turn(s, &sign))
                return;
        l->value_milli += sign * step_milli(s->from->kind);
        say(s, level_name(l->level), s->from->line[line].value_milli,
            l->value_milli);
}

static void move_count(struct search *s, const char *name, uint32_t *count)
{
        int64_t was = *count;
        int sign;

        if (was < 1 || !is_turn(s, &sign))
                return;
        *count = (uint32_t)(was + sign);
        say(s, name, was * 1000, (was + sign) * 1000);
}

static void move_hold(struct search *s)
{
        int sign;

        if (s->from->hold_us < SECOND_US || !is_turn(s, &sign))
                return;
        s->to->hold_us += sign * SECOND_US;
        say(s, "hold_s", s->from->hold_us / 1000, s->to->hold_us / 1000);
}

/* ---- expressions ---- */

/* In thousandths of the unit that is written. */
static int64_t step_of(struct text unit)
{
        if (text_is(unit, "m") || text_is(unit, "m/h"))
                return 1;
        if (unit.n == 0 || text_is(unit, "days") || text_is(unit, "day") ||
            text_is(unit, "intervals") || text_is(unit, "interval"))
                return 1000;
        return 100;
}

static bool is_time(struct text unit)
{
        int64_t num, den;
        const char *base = expr_unit_base(unit, &num, &den);

        return base && strcmp(base, "s") == 0;
}

/* The text with what stands from..to put in another way. */
static void put_instead(struct search *s, uint32_t line, uint32_t from,
                        uint32_t to, const char *with)
{
        const struct rule_line *l = &s->from->line[line];
        struct rule_line *r = &s->to->line[line];

        snprintf(r->when, sizeof r->when, "%.*s%s%s", (int)from, l->when, with,
                 l->when + to);
        snprintf(s->ret->what, sizeof s->ret->what, "%s: \"%.*s\" to \"%s\"",
                 level_name(l->level), (int)(to - from), l->when + from, with);
}

static void move_number(struct search *s, uint32_t line,
                        const struct expr_token *t)
{
        int64_t milli = t->micro / 1000;
        char number[NUMBER_MAX];
        int sign;

        if (!is_turn(s, &sign))
                return;
        put_number(number, milli + sign * step_of(t->unit));
        put_instead(s, line, t->at, t->at + (uint32_t)t->text.n, number);
}

/* station.X, and nothing is added to it. */
static void move_base(struct search *s, uint32_t line, uint32_t from,
                      struct text all)
{
        char with[64];
        int sign;

        if (!is_turn(s, &sign))
                return;
        snprintf(with, sizeof with, "(%.*s %s 0.001 m)",
                 (int)(all.n > 40 ? 40 : all.n), all.p, sign < 0 ? "-" : "+");
        put_instead(s, line, from, from + (uint32_t)all.n, with);
}

static bool is_compared(const struct expr_token *t)
{
        return t->kind == EXPR_TOKEN_SIGN &&
               (t->text.p[0] == '>' || t->text.p[0] == '<');
}

static bool is_added(const struct expr_token *t)
{
        return t->kind == EXPR_TOKEN_SIGN &&
               (text_is(t->text, "+") || text_is(t->text, "-"));
}

/* Limits are numbers with a unit that is no time, bare ones behind a
 * comparison, and the levels of the station. */
static void move_expression(struct search *s, uint32_t line)
{
        struct text t = text_of(s->from->line[line].when);
        struct expr_token before = {0}, now, next;
        uint32_t pos = 0, station_at = 0;
        bool station = false;

        if (expr_next(t, &pos, &now, NULL) != OK)
                return;
        for (; now.kind != EXPR_TOKEN_END; before = now, now = next) {
                if (expr_next(t, &pos, &next, NULL) != OK)
                        return;
                if (now.kind == EXPR_TOKEN_NUMBER &&
                    (now.unit.n ? !is_time(now.unit) : is_compared(&before)))
                        move_number(s, line, &now);
                if (now.kind == EXPR_TOKEN_NAME && station &&
                    text_is(before.text, ".") && !is_added(&next))
                        move_base(s, line, station_at,
                                  (struct text){t.p + station_at,
                                                now.at + now.text.n -
                                                        station_at});
                if (now.kind == EXPR_TOKEN_NAME) {
                        station = text_is(now.text, "station");
                        station_at = now.at;
                }
        }
}

/* ---- the whole ---- */

static void move_line(struct search *s, uint32_t line)
{
        const struct rule *r = s->from;

        if (s->found || r->kind == RULE_SILENCE || r->kind == RULE_LINK)
                return;
        if (r->kind == RULE_EXPRESSION)
                move_expression(s, line);
        else
                move_value(s, line);
        if (!s->found)
                return;
        s->ret->level = r->line[line].level;
        if (line > 0)
                s->ret->before = r->line[line - 1].level;
}

bool rules_move(const struct rule *r, uint32_t n, struct rules_moved *ret)
{
        struct search s = {r, ret, &ret->rule, n, false};
        uint32_t i;

        ret->rule = *r;
        ret->level = ret->before = LEVEL_NONE;
        for (i = 0; i < r->n_lines; i++)
                move_line(&s, i);
        if (r->kind == RULE_SILENCE)
                move_count(&s, "intervals", &ret->rule.intervals);
        if (r->kind == RULE_FORECAST_LEVEL || r->kind == RULE_FORECAST_RAIN)
                move_count(&s, "runs", &ret->rule.intervals);
        if (r->kind == RULE_CLUSTER)
                move_count(&s, "least", &ret->rule.least);
        if (r->kind == RULE_LINK)
                move_hold(&s);
        return s.found;
}

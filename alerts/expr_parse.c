/* alerts/expr_parse.c -- from the text of an expression to its operations.
 *
 *   or      := and { "or" and }
 *   and     := not { "and" not }
 *   not     := "not" not | compare
 *   compare := sum [ ( ">=" | ">" | "<=" | "<" ) sum ]
 *   sum     := term { ( "+" | "-" ) term }
 *   term    := factor { ( "*" | "/" ) factor }
 *   factor  := NUMBER [ UNIT ] | "-" factor | "(" or ")" | NAME
 *            | NAME "(" arguments ")" | "station" "." NAME
 *
 * Holds:  each part has a kind: a truth, or a number with a unit; parts
 *         that do not fit are refused at the byte where they begin.
 * Thread: any; no state. */
#include "alerts/expr_part.h"

#include <stdlib.h>
#include <string.h>

#define DRY_DAYS_MAX 400

static enum status parse_number(struct parser *p, struct kind *ret)
{
        struct expr_token n = p->now;
        int64_t num = 1, den = 1;

        *ret = (struct kind){.literal = true,
                             .unit = "",
                             .element = ELEMENT_count,
                             .at = n.at};
        if (n.unit.n) {
                ret->unit = expr_unit_base(n.unit, &num, &den);
                if (!ret->unit)
                        return err_fault(
                                p->e,
                                part_fault(
                                        p, n.unit_at, ERR_UNKNOWN,
                                        "there is no unit \"%.*s\": use mm, m, "
                                        "m/s, m/h, mm/h, m3/s, %%, days, or "
                                        "min, "
                                        "h, d for a time",
                                        SHOWN(n.unit)),
                                FAULT_UNIT);
        }
        if (__builtin_mul_overflow(n.micro / den, num, &ret->micro))
                return part_fault(p, n.at, ERR_NUMBER,
                                  "this number is too large");
        ret->end = p->pos;
        if (part_emit(p, EXPR_NUMBER, ELEMENT_count, ret->micro) != OK)
                return ERR_SIZE;
        return part_advance(p);
}

/* ---- arithmetic ---- */

static enum status need_number(struct parser *p, const struct kind *k)
{
        if (!k->truth)
                return OK;
        return part_fault(p, k->at, ERR_TYPE,
                          "\"%.*s\" is true or false: a number is needed here",
                          SHOWN(part_source(p, k)));
}

static enum status parse_bracket(struct parser *p, struct kind *ret)
{
        uint32_t at = p->now.at;
        enum status st;

        if (++p->brackets > EXPR_DEPTH_MAX)
                return part_fault(p, at, ERR_DEPTH, "too many brackets");
        st = part_advance(p);
        if (st == OK)
                st = part_condition(p, ret);
        if (st != OK)
                return st;
        p->brackets--;
        ret->at = at;
        ret->end = p->pos;
        return part_expect(p, ")", "to close the bracket");
}

static enum status parse_factor(struct parser *p, struct kind *ret)
{
        uint32_t at = p->now.at;
        enum status st;

        if (p->now.kind == EXPR_TOKEN_NUMBER)
                return parse_number(p, ret);
        if (part_is_sign(p, "("))
                return parse_bracket(p, ret);
        if (p->now.kind == EXPR_TOKEN_NAME)
                return part_name(p, ret);
        if (!part_is_sign(p, "-"))
                return part_fault(p, at, ERR_SYNTAX,
                                  p->now.kind == EXPR_TOKEN_END
                                          ? "the expression ends too early"
                                          : "a value is missing here");
        if (++p->brackets > EXPR_DEPTH_MAX)
                return part_fault(p, at, ERR_DEPTH, "too many signs");
        st = part_advance(p);
        if (st == OK)
                st = parse_factor(p, ret);
        if (st == OK)
                st = need_number(p, ret);
        if (st != OK)
                return st;
        p->brackets--;
        ret->at = at;
        ret->micro = -ret->micro;
        ret->bounded = false;
        return part_emit(p, EXPR_NEGATE, ELEMENT_count, 0);
}

/* Which of the two is the factor: a bare number. */
static enum status scale(struct parser *p, const struct kind *a,
                         const struct kind *b, bool times, struct kind *ret)
{
        bool left = times && a->unit[0] == '\0' && a->literal;
        const struct kind *factor = left ? a : b;

        if (factor->unit[0] || !factor->literal)
                return part_fault(p, factor->at, ERR_TYPE,
                                  "%s must be a bare number, such as 2 or 0.5",
                                  times ? "one of the two" : "what divides");
        if (!times && factor->micro == 0)
                return part_fault(p, factor->at, ERR_RANGE,
                                  "nothing is divided by 0");
        *ret = left ? *b : *a;
        ret->at = a->at;
        ret->end = b->end;
        ret->bounded = false;
        ret->literal = false;
        /* The factor's own operation stays: value says where it lies. */
        return part_emit(p, times ? EXPR_TIMES : EXPR_OVER, ELEMENT_count,
                         left);
}

static enum status parse_term(struct parser *p, struct kind *ret)
{
        enum status st = parse_factor(p, ret);

        while (st == OK && (part_is_sign(p, "*") || part_is_sign(p, "/"))) {
                bool times = part_is_sign(p, "*");
                struct kind a = *ret, b = part_none;

                st = need_number(p, &a);
                if (st == OK)
                        st = part_advance(p);
                if (st == OK)
                        st = parse_factor(p, &b);
                if (st == OK)
                        st = need_number(p, &b);
                if (st == OK)
                        st = scale(p, &a, &b, times, ret);
        }
        return st;
}

/* Two numbers that meet must have one unit. */
static enum status same_unit(struct parser *p, const struct kind *a,
                             const struct kind *b)
{
        const struct kind *odd = a->unit[0] == '\0' ? a : b;
        const struct kind *other = odd == a ? b : a;

        if (strcmp(a->unit, b->unit) == 0)
                return OK;
        if (odd->unit[0] == '\0' && odd->literal)
                return err_fault(
                        p->e,
                        part_fault(p, odd->at, ERR_MISMATCH,
                                   "\"%.*s\" has no unit: write %.*s %s",
                                   SHOWN(part_source(p, odd)),
                                   SHOWN(part_source(p, odd)), other->unit),
                        FAULT_UNITS);
        return err_fault(p->e,
                         part_fault(p, b->at, ERR_MISMATCH,
                                    "\"%.*s\" is in %s, \"%.*s\" is in %s: "
                                    "compare like with "
                                    "like",
                                    SHOWN(part_source(p, a)),
                                    a->unit[0] ? a->unit : "no unit",
                                    SHOWN(part_source(p, b)),
                                    b->unit[0] ? b->unit : "no unit"),
                         FAULT_UNITS);
}

static enum status parse_sum(struct parser *p, struct kind *ret)
{
        enum status st = parse_term(p, ret);

        while (st == OK && (part_is_sign(p, "+") || part_is_sign(p, "-"))) {
                bool add = part_is_sign(p, "+");
                struct kind b = part_none;

                st = need_number(p, ret);
                if (st == OK)
                        st = part_advance(p);
                if (st == OK)
                        st = parse_term(p, &b);
                if (st == OK)
                        st = need_number(p, &b);
                if (st == OK)
                        st = same_unit(p, ret, &b);
                if (st == OK)
                        st = part_emit(p, add ? EXPR_ADD : EXPR_SUBTRACT,
                                       ELEMENT_count, 0);
                if (st != OK)
                        return st;
                ret->end = b.end;
                ret->literal = false;
                ret->bounded = false;
        }
        return st;
}

/* ---- comparisons and words ---- */

/* A limit outside what the element can be is a slip of the pen. */
static enum status reachable(struct parser *p, enum expr_code code,
                             const struct kind *a, const struct kind *b)
{
        bool up = code == EXPR_AT_LEAST || code == EXPR_ABOVE;
        const struct element_info *info;
        int64_t low, high;

        if (a->unit && strcmp(a->unit, "days") == 0 && b->literal &&
            b->micro > DRY_DAYS_MAX * EXPR_ONE)
                return part_fault(p, b->at, ERR_RANGE,
                                  "daily totals are kept for %d days",
                                  DRY_DAYS_MAX);
        if (!a->bounded || !b->literal)
                return OK;
        info = element_info(a->element);
        low = info->min_milli * 1000;
        high = info->max_milli * 1000;
        if (b->micro < low || b->micro > high ||
            (code == EXPR_ABOVE && b->micro == high) ||
            (code == EXPR_BELOW && b->micro == low))
                return err_fault(
                        p->e,
                        part_fault(
                                p, b->at, ERR_RANGE,
                                "%s can be %lld to %lld %s: this is %s reached",
                                info->name, (long long)(info->min_milli / 1000),
                                (long long)(info->max_milli / 1000), info->unit,
                                (b->micro >= high) == up ? "never" : "always"),
                        FAULT_NEVER);
        return OK;
}

static bool comparison(const struct parser *p, enum expr_code *ret)
{
        static const struct {
                const char *sign;
                enum expr_code code;
        } signs[] = {{">=", EXPR_AT_LEAST},
                     {">", EXPR_ABOVE},
                     {"<=", EXPR_AT_MOST},
                     {"<", EXPR_BELOW}};
        size_t i;

        for (i = 0; i < 4; i++)
                if (part_is_sign(p, signs[i].sign)) {
                        *ret = signs[i].code;
                        return true;
                }
        return false;
}

static enum status compare(struct parser *p, enum expr_code code,
                           const struct kind *a, const struct kind *b)
{
        enum status st = need_number(p, a);

        if (st == OK)
                st = need_number(p, b);
        if (st == OK)
                st = same_unit(p, a, b);
        if (st == OK)
                st = reachable(p, code, a, b);
        if (st == OK)
                st = part_emit(p, code, a->element, a->shown_us);
        if (st != OK)
                return st;
        if (!p->slack_unit)
                p->slack_unit = a->unit;
        if (strcmp(p->slack_unit, a->unit) == 0)
                p->op[p->n_ops - 1].slack = p->negated ? -1 : 1;
        return OK;
}

static enum status parse_compare(struct parser *p, struct kind *ret)
{
        enum status st = parse_sum(p, ret);
        enum expr_code code;
        struct kind b = part_none;

        if (st != OK || !comparison(p, &code))
                return st;
        st = part_advance(p);
        if (st == OK)
                st = parse_sum(p, &b);
        if (st == OK)
                st = compare(p, code, ret, &b);
        if (st != OK)
                return st;
        ret->truth = true;
        ret->literal = false;
        ret->end = b.end;
        if (comparison(p, &code))
                return part_fault(
                        p, p->now.at, ERR_SYNTAX,
                        "one comparison at a time: join two by \"and\"");
        return OK;
}

static enum status need_truth(struct parser *p, const struct kind *k)
{
        if (k->truth)
                return OK;
        return part_fault(p, k->at, ERR_TYPE,
                          "\"%.*s\" is a number: compare it, for example with "
                          ">= and a limit",
                          SHOWN(part_source(p, k)));
}

static enum status parse_not(struct parser *p, struct kind *ret)
{
        uint32_t at = p->now.at;
        enum status st;

        if (!part_is_word(p, "not"))
                return parse_compare(p, ret);
        if (++p->brackets > EXPR_DEPTH_MAX)
                return part_fault(p, at, ERR_DEPTH, "too many \"not\"");
        p->negated = !p->negated;
        st = part_advance(p);
        if (st == OK)
                st = parse_not(p, ret);
        if (st == OK)
                st = need_truth(p, ret);
        if (st != OK)
                return st;
        p->negated = !p->negated;
        p->brackets--;
        ret->at = at;
        return part_emit(p, EXPR_NOT, ELEMENT_count, 0);
}

/* One level of "and" or "or". */
static enum status
parse_word(struct parser *p, const char *word, enum expr_code code,
           enum status (*part)(struct parser *, struct kind *),
           struct kind *ret)
{
        enum status st = part(p, ret);

        while (st == OK && part_is_word(p, word)) {
                struct kind b = part_none;

                st = need_truth(p, ret);
                if (st == OK)
                        st = part_advance(p);
                if (st == OK)
                        st = part(p, &b);
                if (st == OK)
                        st = need_truth(p, &b);
                if (st == OK)
                        st = part_emit(p, code, ELEMENT_count, 0);
                if (st != OK)
                        return st;
                ret->end = b.end;
        }
        return st;
}

static enum status parse_and(struct parser *p, struct kind *ret)
{
        return parse_word(p, "and", EXPR_AND, parse_not, ret);
}

enum status part_condition(struct parser *p, struct kind *ret)
{
        return parse_word(p, "or", EXPR_OR, parse_and, ret);
}

static enum status parse_all(struct parser *p)
{
        struct kind k = part_none;
        enum status st = part_advance(p);

        if (st == OK)
                st = part_condition(p, &k);
        if (st == OK && p->now.kind != EXPR_TOKEN_END)
                st = part_fault(p, p->now.at, ERR_SYNTAX,
                                "nothing is expected here: join conditions by "
                                "\"and\" or \"or\"");
        return st == OK ? need_truth(p, &k) : st;
}

enum status part_finish(struct parser *p, struct expr *ret)
{
        struct expr *x = p->x;

        if (!x->rain && x->n_elements == 0 && x->n_clauses == 0 && !x->ticks &&
            x->forecast == ELEMENT_count)
                return part_fault(p, 0, ERR_MISSING,
                                  "no measured value stands here: add an "
                                  "element or sum(rain, ...)");
        if (x->forecast != ELEMENT_count && x->ticks)
                return part_fault(p, 0, ERR_MISMATCH,
                                  "a forecast stands beside silence or calls: "
                                  "split the rule");
        x->op = malloc(p->n_ops * sizeof *x->op);
        if (!x->op)
                return err_set(p->e, ERR_MEMORY, "%u operations", p->n_ops);
        memcpy(x->op, p->op, p->n_ops * sizeof *x->op);
        x->n_ops = p->n_ops;
        *ret = *x;
        return OK;
}

enum status expr_compile(struct text t, bool over_zone, struct expr *ret,
                         uint32_t *ret_at, struct err *e)
{
        struct expr x = {.forecast = ELEMENT_count};
        struct parser p = {.t = t, .x = &x, .zone = over_zone, .e = e};
        enum status st = parse_all(&p);

        if (st == OK)
                st = part_finish(&p, ret);
        *ret_at = p.at;
        if (st != OK)
                part_drop(&x);
        return st;
}

void expr_done(struct expr *x)
{
        part_drop(x);
        free(x->op);
        *x = (struct expr){0};
}

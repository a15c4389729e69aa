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
#include "alerts/expr.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/rule.h"
#include "schemas/time.h"

#define DRY_DAYS_MAX 400

/* What a part of the text is. */
struct kind {
        bool truth;
        const char *unit; /* of a number; "": a bare number */
        bool literal;     /* value is known: micro */
        int64_t micro;
        enum element element; /* what to show of it; ELEMENT_count: none */
        bool bounded;         /* lies within what the element can be */
        int64_t shown_us;     /* window of a rain sum */
        uint32_t at, end;     /* bytes in the text */
};

static const struct kind no_kind = {.unit = "", .element = ELEMENT_count};

struct parser {
        struct text t;
        uint32_t pos;          /* behind the token */
        uint32_t end;          /* of the token before */
        struct expr_token now; /* the token looked at */
        struct expr *x;
        struct expr_op op[EXPR_OPS_MAX];
        uint32_t n_ops;
        uint32_t numbers, truths; /* on the stacks at this point */
        uint32_t brackets;
        bool negated;           /* under an odd number of "not" */
        const char *slack_unit; /* of the first comparison */
        uint32_t at;            /* where the mistake is */
        struct err *e;
};

static enum status parse_or(struct parser *p, struct kind *ret);

__attribute__((format(printf, 4, 5))) static enum status
fault(struct parser *p, uint32_t at, enum status code, const char *fmt, ...)
{
        char text[200];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        p->at = at;
        return err_set(p->e, code, "%s", text);
}

static enum status advance(struct parser *p)
{
        enum status st;

        p->end = p->pos;
        st = expr_next(p->t, &p->pos, &p->now, p->e);
        if (st != OK)
                p->at = p->now.at;
        return st;
}

static bool is_sign(const struct parser *p, const char *sign)
{
        return p->now.kind == EXPR_TOKEN_SIGN && text_is(p->now.text, sign);
}

static bool is_word(const struct parser *p, const char *word)
{
        return p->now.kind == EXPR_TOKEN_NAME && text_is(p->now.text, word);
}

/* The text of a part, for messages. */
static struct text source(const struct parser *p, const struct kind *k)
{
        uint32_t n = k->end > k->at ? k->end - k->at : 0;

        return (struct text){p->t.p + k->at, n > 40 ? 40 : n};
}

#define SHOWN(t) (int)(t).n, (t).p

static enum status expect(struct parser *p, const char *sign, const char *where)
{
        if (!is_sign(p, sign))
                return fault(p, p->now.at, ERR_SYNTAX, "\"%s\" is missing %s",
                             sign, where);
        return advance(p);
}

/* How an operation changes the two stacks. */
static void count_stacks(struct parser *p, enum expr_code code)
{
        switch (code) {
        case EXPR_NEGATE:
        case EXPR_NOT:
                break;
        case EXPR_ADD:
        case EXPR_SUBTRACT:
        case EXPR_TIMES:
        case EXPR_OVER:
                p->numbers--;
                break;
        case EXPR_AT_LEAST:
        case EXPR_ABOVE:
        case EXPR_AT_MOST:
        case EXPR_BELOW:
                p->numbers -= 2;
                p->truths++;
                break;
        case EXPR_AND:
        case EXPR_OR:
                p->truths--;
                break;
        case EXPR_SEASON:
                p->truths++;
                break;
        default:
                p->numbers++;
                break;
        }
}

static enum status emit(struct parser *p, enum expr_code code,
                        enum element element, int64_t value)
{
        if (p->n_ops == EXPR_OPS_MAX)
                return fault(p, p->now.at, ERR_SIZE,
                             "the expression is too long: split the rule");
        count_stacks(p, code);
        if (p->numbers > EXPR_DEPTH_MAX || p->truths > EXPR_DEPTH_MAX)
                return fault(p, p->now.at, ERR_DEPTH,
                             "too many things wait here: split the rule");
        p->op[p->n_ops++] = (struct expr_op){.code = (uint8_t)code,
                                             .element = (uint16_t)element,
                                             .value = value};
        return OK;
}

static enum status watch(struct parser *p, enum element el, uint32_t at)
{
        struct expr *x = p->x;
        uint32_t i;

        for (i = 0; i < x->n_elements; i++)
                if (x->element[i] == el)
                        return OK;
        if (x->n_elements == EXPR_ELEMENTS_MAX)
                return fault(p, at, ERR_FULL,
                             "at most %d different elements in one expression",
                             EXPR_ELEMENTS_MAX);
        x->element[x->n_elements++] = el;
        return OK;
}

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
                        return fault(p, n.unit_at, ERR_UNKNOWN,
                                     "there is no unit \"%.*s\": use mm, m, "
                                     "m/s, m/h, mm/h, m3/s, %%, days, or min, "
                                     "h, d for a time",
                                     SHOWN(n.unit));
        }
        if (__builtin_mul_overflow(n.micro / den, num, &ret->micro))
                return fault(p, n.at, ERR_NUMBER, "this number is too large");
        ret->end = p->pos;
        if (emit(p, EXPR_NUMBER, ELEMENT_count, ret->micro) != OK)
                return ERR_SIZE;
        return advance(p);
}

/* ---- names and functions ---- */

static const struct {
        const char *name;
        enum expr_code code;
        const char *use;
} functions[] = {
        {"sum", EXPR_SUM, "sum(rain, 3h)"},
        {"max", EXPR_MAX, "max(Z, 1h)"},
        {"min", EXPR_MIN, "min(Z, 1h)"},
        {"mean", EXPR_MEAN, "mean(US, 10min)"},
        {"rate", EXPR_RATE, "rate(Z, 1h)"},
        {"change", EXPR_CHANGE, "change(Z, 1h)"},
        {"dry_days", EXPR_DRY_DAYS, "dry_days(5 mm)"},
        {"season", EXPR_SEASON, "season(04-15, 10-15)"},
};

static enum status no_such_name(struct parser *p, const struct expr_token *n)
{
        char upper[16];
        enum element el = ELEMENT_count;
        size_t i;

        for (i = 0; i < n->text.n && i < sizeof upper; i++)
                upper[i] = (char)(n->text.p[i] & ~0x20);
        if (n->text.n <= sizeof upper &&
            element_from((struct text){upper, n->text.n}, &el))
                return fault(p, n->at, ERR_UNKNOWN,
                             "there is no \"%.*s\": write %s", SHOWN(n->text),
                             element_name(el));
        return fault(p, n->at, ERR_UNKNOWN,
                     "there is no element or function \"%.*s\": elements are "
                     "Z, Q, US, UG, M20 and so on as in SL 651; functions sum, "
                     "max, min, mean, rate, change, dry_days, season",
                     (int)(n->text.n > 24 ? 24 : n->text.n), n->text.p);
}

/* An element that is kept as a series, named at the token. */
static enum status take_element(struct parser *p, enum element *ret)
{
        struct expr_token n = p->now;

        if (n.kind != EXPR_TOKEN_NAME)
                return fault(p, n.at, ERR_SYNTAX,
                             "the name of an element is missing, such as Z");
        if (text_is(n.text, "rain"))
                return fault(p, n.at, ERR_TYPE,
                             "rain falls in parts: write sum(rain, 1h)");
        if (!element_from(n.text, ret))
                return no_such_name(p, &n);
        if (element_is_rain(*ret))
                return fault(p, n.at, ERR_TYPE,
                             "%s is part of the station's one rain series: "
                             "write sum(rain, 1h)",
                             element_name(*ret));
        if (watch(p, *ret, n.at) != OK)
                return ERR_FULL;
        return advance(p);
}

static enum status take_window(struct parser *p, int64_t *ret_us)
{
        struct expr_token n = p->now;
        int64_t num, den;
        const char *unit = expr_unit_base(n.unit, &num, &den);

        if (n.kind != EXPR_TOKEN_NUMBER || !unit || strcmp(unit, "s") != 0)
                return fault(p, n.at, ERR_TYPE,
                             "a length of time is missing, such as 10min or "
                             "3h");
        if (n.micro > EXPR_WINDOW_MAX_US)
                return fault(p, n.at, ERR_RANGE,
                             "at most 72 h of data are kept");
        *ret_us = n.micro / den * num;
        if (*ret_us > EXPR_WINDOW_MAX_US)
                return fault(p, n.at, ERR_RANGE,
                             "this is longer than the 72 h of data that are "
                             "kept");
        if (*ret_us < MINUTE_US)
                return fault(p, n.at, ERR_RANGE, "a window has 1 min or more");
        if (*ret_us > p->x->widest_us)
                p->x->widest_us = *ret_us;
        return advance(p);
}

static enum status call_sum(struct parser *p, struct kind *ret)
{
        int64_t window_us = 0;
        enum status st;

        if (!is_word(p, "rain"))
                return fault(p, p->now.at, ERR_TYPE,
                             "only rain can be summed up: write sum(rain, 3h)");
        st = advance(p);
        if (st == OK)
                st = expect(p, ",", "before the length of time");
        if (st == OK)
                st = take_window(p, &window_us);
        if (st != OK)
                return st;
        p->x->rain = true;
        ret->unit = "mm";
        ret->element = ELEMENT_PJ;
        ret->shown_us = window_us;
        return emit(p, EXPR_SUM, ELEMENT_PJ, window_us);
}

static enum status call_window(struct parser *p, enum expr_code code,
                               struct kind *ret)
{
        uint32_t at = p->now.at;
        int64_t window_us = 0;
        enum element el = ELEMENT_count;
        enum status st = take_element(p, &el);

        if (st == OK)
                st = expect(p, ",", "before the length of time");
        if (st == OK)
                st = take_window(p, &window_us);
        if (st != OK)
                return st;
        ret->unit = element_info(el)->unit;
        if (code == EXPR_RATE) {
                ret->unit = expr_unit_per_hour(ret->unit);
                if (!ret->unit)
                        return fault(p, at, ERR_TYPE,
                                     "rate() does not know %s, which is in %s",
                                     element_name(el), element_info(el)->unit);
        }
        ret->bounded = code != EXPR_RATE && code != EXPR_CHANGE;
        ret->element = ret->bounded ? el : ELEMENT_count;
        return emit(p, code, el, window_us);
}

static enum status call_dry_days(struct parser *p, struct kind *ret)
{
        struct expr_token n = p->now;

        if (n.kind != EXPR_TOKEN_NUMBER || !text_is(n.unit, "mm"))
                return fault(p, n.at, ERR_TYPE,
                             "the daily rain that ends a dry spell is missing: "
                             "write dry_days(5 mm)");
        p->x->rain = true;
        ret->unit = "days";
        ret->element = ELEMENT_PD;
        if (emit(p, EXPR_DRY_DAYS, ELEMENT_PD, n.micro / 1000) != OK)
                return ERR_SIZE;
        return advance(p);
}

/* "04-15" as 415. */
static enum status take_date(struct parser *p, int64_t *ret_mmdd)
{
        static const int days[] = {31, 29, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};
        struct expr_token month = p->now;
        int64_t m = month.micro / EXPR_ONE, d;
        enum status st;

        if (month.kind != EXPR_TOKEN_NUMBER || month.unit.n ||
            month.text.n != 2 || m < 1 || m > 12)
                return fault(p, month.at, ERR_TYPE,
                             "a date is missing: month and day, such as 04-15");
        st = advance(p);
        if (st == OK)
                st = expect(p, "-", "between month and day");
        if (st != OK)
                return st;
        d = p->now.micro / EXPR_ONE;
        if (p->now.kind != EXPR_TOKEN_NUMBER || p->now.unit.n ||
            p->now.text.n != 2 || d < 1 || d > days[m - 1])
                return fault(p, p->now.at, ERR_RANGE,
                             "month %lld has no such day", (long long)m);
        *ret_mmdd = m * 100 + d;
        return advance(p);
}

static enum status call_season(struct parser *p, struct kind *ret)
{
        int64_t from = 0, to = 0;
        enum status st = take_date(p, &from);

        if (st == OK)
                st = expect(p, ",", "between the two dates");
        if (st == OK)
                st = take_date(p, &to);
        if (st != OK)
                return st;
        ret->truth = true;
        return emit(p, EXPR_SEASON, ELEMENT_count, from * 10000 + to);
}

static enum status parse_call(struct parser *p, size_t f, struct kind *ret)
{
        enum status st = advance(p);
        char where[64];

        snprintf(where, sizeof where, "here, as in %s", functions[f].use);
        if (st == OK)
                st = expect(p, "(", where);
        if (st != OK)
                return st;
        switch (functions[f].code) {
        case EXPR_SUM:
                st = call_sum(p, ret);
                break;
        case EXPR_DRY_DAYS:
                st = call_dry_days(p, ret);
                break;
        case EXPR_SEASON:
                st = call_season(p, ret);
                break;
        default:
                st = call_window(p, functions[f].code, ret);
                break;
        }
        if (st != OK)
                return st;
        ret->end = p->pos;
        return expect(p, ")", where);
}

static enum status parse_station(struct parser *p, struct kind *ret)
{
        enum line_base base;
        enum status st = advance(p);

        if (st == OK)
                st = expect(p, ".", "behind station, as in station.WRZ");
        if (st != OK)
                return st;
        if (p->now.kind != EXPR_TOKEN_NAME ||
            !line_base_from(p->now.text, &base) || base == LINE_VALUE)
                return fault(p, p->now.at, ERR_UNKNOWN,
                             "a station has near, WRZ, GRZ, OBHTZ and FSLTDZ");
        ret->unit = "m";
        ret->end = p->pos;
        if (emit(p, EXPR_STATION, ELEMENT_count, (int64_t)base) != OK)
                return ERR_SIZE;
        return advance(p);
}

static enum status parse_name(struct parser *p, struct kind *ret)
{
        enum element el = ELEMENT_count;
        enum status st;
        size_t i;

        *ret = (struct kind){.unit = "",
                             .element = ELEMENT_count,
                             .at = p->now.at,
                             .end = p->pos};
        for (i = 0; i < sizeof functions / sizeof *functions; i++)
                if (text_is(p->now.text, functions[i].name))
                        return parse_call(p, i, ret);
        if (is_word(p, "station"))
                return parse_station(p, ret);
        st = take_element(p, &el);
        if (st != OK)
                return st;
        ret->unit = element_info(el)->unit;
        ret->element = el;
        ret->bounded = true;
        return emit(p, EXPR_VALUE, el, 0);
}

/* ---- arithmetic ---- */

static enum status need_number(struct parser *p, const struct kind *k)
{
        if (!k->truth)
                return OK;
        return fault(p, k->at, ERR_TYPE,
                     "\"%.*s\" is true or false: a number is needed here",
                     SHOWN(source(p, k)));
}

static enum status parse_bracket(struct parser *p, struct kind *ret)
{
        uint32_t at = p->now.at;
        enum status st;

        if (++p->brackets > EXPR_DEPTH_MAX)
                return fault(p, at, ERR_DEPTH, "too many brackets");
        st = advance(p);
        if (st == OK)
                st = parse_or(p, ret);
        if (st != OK)
                return st;
        p->brackets--;
        ret->at = at;
        ret->end = p->pos;
        return expect(p, ")", "to close the bracket");
}

static enum status parse_factor(struct parser *p, struct kind *ret)
{
        uint32_t at = p->now.at;
        enum status st;

        if (p->now.kind == EXPR_TOKEN_NUMBER)
                return parse_number(p, ret);
        if (is_sign(p, "("))
                return parse_bracket(p, ret);
        if (p->now.kind == EXPR_TOKEN_NAME)
                return parse_name(p, ret);
        if (!is_sign(p, "-"))
                return fault(p, at, ERR_SYNTAX,
                             p->now.kind == EXPR_TOKEN_END
                                     ? "the expression ends too early"
                                     : "a value is missing here");
        if (++p->brackets > EXPR_DEPTH_MAX)
                return fault(p, at, ERR_DEPTH, "too many signs");
        st = advance(p);
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
        return emit(p, EXPR_NEGATE, ELEMENT_count, 0);
}

/* Which of the two is the factor: a bare number. */
static enum status scale(struct parser *p, const struct kind *a,
                         const struct kind *b, bool times, struct kind *ret)
{
        bool left = times && a->unit[0] == '\0' && a->literal;
        const struct kind *factor = left ? a : b;

        if (factor->unit[0] || !factor->literal)
                return fault(p, factor->at, ERR_TYPE,
                             "%s must be a bare number, such as 2 or 0.5",
                             times ? "one of the two" : "what divides");
        if (!times && factor->micro == 0)
                return fault(p, factor->at, ERR_RANGE,
                             "nothing is divided by 0");
        *ret = left ? *b : *a;
        ret->at = a->at;
        ret->end = b->end;
        ret->bounded = false;
        ret->literal = false;
        /* The factor's own operation stays: value says where it lies. */
        return emit(p, times ? EXPR_TIMES : EXPR_OVER, ELEMENT_count, left);
}

static enum status parse_term(struct parser *p, struct kind *ret)
{
        enum status st = parse_factor(p, ret);

        while (st == OK && (is_sign(p, "*") || is_sign(p, "/"))) {
                bool times = is_sign(p, "*");
                struct kind a = *ret, b = no_kind;

                st = need_number(p, &a);
                if (st == OK)
                        st = advance(p);
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
                return fault(p, odd->at, ERR_MISMATCH,
                             "\"%.*s\" has no unit: write %.*s %s",
                             SHOWN(source(p, odd)), SHOWN(source(p, odd)),
                             other->unit);
        return fault(p, b->at, ERR_MISMATCH,
                     "\"%.*s\" is in %s, \"%.*s\" is in %s: compare like with "
                     "like",
                     SHOWN(source(p, a)), a->unit[0] ? a->unit : "no unit",
                     SHOWN(source(p, b)), b->unit[0] ? b->unit : "no unit");
}

static enum status parse_sum(struct parser *p, struct kind *ret)
{
        enum status st = parse_term(p, ret);

        while (st == OK && (is_sign(p, "+") || is_sign(p, "-"))) {
                bool add = is_sign(p, "+");
                struct kind b = no_kind;

                st = need_number(p, ret);
                if (st == OK)
                        st = advance(p);
                if (st == OK)
                        st = parse_term(p, &b);
                if (st == OK)
                        st = need_number(p, &b);
                if (st == OK)
                        st = same_unit(p, ret, &b);
                if (st == OK)
                        st = emit(p, add ? EXPR_ADD : EXPR_SUBTRACT,
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
                return fault(p, b->at, ERR_RANGE,
                             "daily totals are kept for %d days", DRY_DAYS_MAX);
        if (!a->bounded || !b->literal)
                return OK;
        info = element_info(a->element);
        low = info->min_milli * 1000;
        high = info->max_milli * 1000;
        if (b->micro < low || b->micro > high ||
            (code == EXPR_ABOVE && b->micro == high) ||
            (code == EXPR_BELOW && b->micro == low))
                return fault(p, b->at, ERR_RANGE,
                             "%s can be %lld to %lld %s: this is %s reached",
                             info->name, (long long)(info->min_milli / 1000),
                             (long long)(info->max_milli / 1000), info->unit,
                             (b->micro >= high) == up ? "never" : "always");
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
                if (is_sign(p, signs[i].sign)) {
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
                st = emit(p, code, a->element, a->shown_us);
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
        struct kind b = no_kind;

        if (st != OK || !comparison(p, &code))
                return st;
        st = advance(p);
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
                return fault(p, p->now.at, ERR_SYNTAX,
                             "one comparison at a time: join two by \"and\"");
        return OK;
}

static enum status need_truth(struct parser *p, const struct kind *k)
{
        if (k->truth)
                return OK;
        return fault(p, k->at, ERR_TYPE,
                     "\"%.*s\" is a number: compare it, for example with "
                     ">= and a limit",
                     SHOWN(source(p, k)));
}

static enum status parse_not(struct parser *p, struct kind *ret)
{
        uint32_t at = p->now.at;
        enum status st;

        if (!is_word(p, "not"))
                return parse_compare(p, ret);
        if (++p->brackets > EXPR_DEPTH_MAX)
                return fault(p, at, ERR_DEPTH, "too many \"not\"");
        p->negated = !p->negated;
        st = advance(p);
        if (st == OK)
                st = parse_not(p, ret);
        if (st == OK)
                st = need_truth(p, ret);
        if (st != OK)
                return st;
        p->negated = !p->negated;
        p->brackets--;
        ret->at = at;
        return emit(p, EXPR_NOT, ELEMENT_count, 0);
}

/* One level of "and" or "or". */
static enum status
parse_word(struct parser *p, const char *word, enum expr_code code,
           enum status (*part)(struct parser *, struct kind *),
           struct kind *ret)
{
        enum status st = part(p, ret);

        while (st == OK && is_word(p, word)) {
                struct kind b = no_kind;

                st = need_truth(p, ret);
                if (st == OK)
                        st = advance(p);
                if (st == OK)
                        st = part(p, &b);
                if (st == OK)
                        st = need_truth(p, &b);
                if (st == OK)
                        st = emit(p, code, ELEMENT_count, 0);
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

static enum status parse_or(struct parser *p, struct kind *ret)
{
        return parse_word(p, "or", EXPR_OR, parse_and, ret);
}

static enum status parse_all(struct parser *p)
{
        struct kind k = no_kind;
        enum status st = advance(p);

        if (st == OK)
                st = parse_or(p, &k);
        if (st == OK && p->now.kind != EXPR_TOKEN_END)
                st = fault(p, p->now.at, ERR_SYNTAX,
                           "nothing is expected here: join conditions by "
                           "\"and\" or \"or\"");
        return st == OK ? need_truth(p, &k) : st;
}

enum status expr_compile(struct text t, struct expr *ret, uint32_t *ret_at,
                         struct err *e)
{
        struct expr x = {0};
        struct parser p = {.t = t, .x = &x, .e = e};
        enum status st = parse_all(&p);

        *ret_at = p.at;
        if (st != OK)
                return st;
        if (!x.rain && x.n_elements == 0) {
                *ret_at = 0;
                return err_set(e, ERR_MISSING,
                               "no measured value stands here: add an element "
                               "or sum(rain, ...)");
        }
        x.op = malloc(p.n_ops * sizeof *x.op);
        if (!x.op)
                return err_set(e, ERR_MEMORY, "%u operations", p.n_ops);
        memcpy(x.op, p.op, p.n_ops * sizeof *x.op);
        x.n_ops = p.n_ops;
        *ret = x;
        return OK;
}

void expr_done(struct expr *x)
{
        free(x->op);
        *x = (struct expr){0};
}

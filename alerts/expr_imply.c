/* alerts/expr_imply.c -- what can be said of expressions before any data
 * has come: one that holds whenever another does, one that never holds.
 *
 * Holds:  only what is certain is said, whatever data comes or is missing:
 *         "no" means "not known".  An operation that is not listed here is
 *         not understood and says nothing.
 * Thread: any; no state. */
#include "alerts/inside.h"

#include <string.h>

#define STEPS_MAX 20000u /* and/or can be nested so that it takes for ever */

/* A part of an expression: op[from..end), the last one on top. */
struct part {
        const struct expr *x;
        uint32_t from, end;
};

static int arity(const struct expr_op *op)
{
        switch (op->code) {
        case EXPR_NEGATE:
        case EXPR_NOT:
                return 1;
        case EXPR_ADD:
        case EXPR_SUBTRACT:
        case EXPR_TIMES:
        case EXPR_OVER:
        case EXPR_AT_LEAST:
        case EXPR_ABOVE:
        case EXPR_AT_MOST:
        case EXPR_BELOW:
        case EXPR_AND:
        case EXPR_OR:
                return 2;
        default:
                return 0;
        }
}

static const struct expr_op *top(const struct part *p)
{
        return &p->x->op[p->end - 1];
}

/* The two sides of a part whose top has two. */
static void split(const struct part *p, struct part *ret_a, struct part *ret_b)
{
        uint32_t i = p->end - 1;
        int need = 1;

        while (need > 0 && i > p->from)
                need += arity(&p->x->op[--i]) - 1;
        *ret_a = (struct part){p->x, p->from, i};
        *ret_b = (struct part){p->x, i, p->end - 1};
}

/* ---- comparisons ---- */

/* A limit as base + offset; base LINE_VALUE: a bare number. */
static bool limit_of(const struct part *p, enum line_base *ret_base,
                     int64_t *ret_micro)
{
        const struct expr_op *op = &p->x->op[p->from];
        uint32_t n = p->end - p->from;

        *ret_base = LINE_VALUE;
        *ret_micro = 0;
        if (n == 1 && op->code == EXPR_NUMBER) {
                *ret_micro = op->value;
                return true;
        }
        if (op->code != EXPR_STATION)
                return false;
        *ret_base = (enum line_base)op->value;
        if (n == 1)
                return true;
        if (n != 3 || op[1].code != EXPR_NUMBER ||
            (op[2].code != EXPR_ADD && op[2].code != EXPR_SUBTRACT))
                return false;
        *ret_micro = op[2].code == EXPR_ADD ? op[1].value : -op[1].value;
        return true;
}

static bool is_known(const struct expr_op *op)
{
        switch (op->code) {
        case EXPR_NUMBER:
        case EXPR_VALUE:
        case EXPR_SUM:
        case EXPR_MAX:
        case EXPR_MIN:
        case EXPR_MEAN:
        case EXPR_RATE:
        case EXPR_CHANGE:
        case EXPR_DRY_DAYS:
        case EXPR_STATION:
        case EXPR_NEGATE:
        case EXPR_ADD:
        case EXPR_SUBTRACT:
        case EXPR_TIMES:
        case EXPR_OVER:
                return true;
        default:
                return false;
        }
}

static bool is_same(const struct part *a, const struct part *b)
{
        uint32_t i, n = a->end - a->from;

        if (n != b->end - b->from)
                return false;
        for (i = 0; i < n; i++) {
                const struct expr_op *p = &a->x->op[a->from + i];
                const struct expr_op *q = &b->x->op[b->from + i];

                if (p->code != q->code || p->element != q->element ||
                    p->value != q->value || !is_known(p))
                        return false;
        }
        return true;
}

/* Is b never less than a (up), or never more?  A longer window has no less
 * rain, no lower maximum and no higher minimum, and what was seen of it is
 * known also where data is missing; of a shorter one less is known. */
static bool goes_beyond(const struct part *a, const struct part *b, bool up)
{
        const struct expr_op *p = top(a), *q = top(b);

        if (is_same(a, b))
                return true;
        if (a->end - a->from != 1 || b->end - b->from != 1 ||
            p->code != q->code || p->element != q->element ||
            q->value < p->value)
                return false;
        if (p->code == EXPR_SUM || p->code == EXPR_MAX)
                return up;
        return p->code == EXPR_MIN && !up;
}

static bool is_up(const struct expr_op *op)
{
        return op->code == EXPR_AT_LEAST || op->code == EXPR_ABOVE;
}

static bool is_sharp(const struct expr_op *op)
{
        return op->code == EXPR_ABOVE || op->code == EXPR_BELOW;
}

static bool is_comparison(const struct expr_op *op)
{
        return op->code >= EXPR_AT_LEAST && op->code <= EXPR_BELOW;
}

static bool comparison_implies(const struct part *a, const struct part *b)
{
        struct part al, ar, bl, br;
        enum line_base base_a, base_b;
        int64_t u, v;
        bool up = is_up(top(a));

        if (up != is_up(top(b)))
                return false;
        split(a, &al, &ar);
        split(b, &bl, &br);
        if (!goes_beyond(&al, &bl, up) || !limit_of(&ar, &base_a, &u) ||
            !limit_of(&br, &base_b, &v))
                return false;
        /* "near" is at most WRZ. */
        if (base_a != base_b &&
            !(up && base_a == LINE_WRZ && base_b == LINE_NEAR) &&
            !(!up && base_a == LINE_NEAR && base_b == LINE_WRZ))
                return false;
        if (u == v && base_a == base_b)
                return is_sharp(top(a)) || !is_sharp(top(b));
        if (u == v)
                return !is_sharp(top(b));
        return up ? v < u : v > u;
}

/* Can the two never hold together? */
static bool comparisons_clash(const struct part *a, const struct part *b)
{
        struct part al, ar, bl, br;
        enum line_base base_a, base_b;
        int64_t u, v;
        bool up = is_up(top(a));

        if (up == is_up(top(b)))
                return false;
        split(a, &al, &ar);
        split(b, &bl, &br);
        if (!is_same(&al, &bl) || !limit_of(&ar, &base_a, &u) ||
            !limit_of(&br, &base_b, &v) || base_a != base_b)
                return false;
        if (u == v)
                return is_sharp(top(a)) || is_sharp(top(b));
        return up ? v < u : v > u;
}

/* ---- and, or ---- */

/* On the two sides of a or of b. */
static bool implies(const struct part *a, const struct part *b, uint32_t *steps)
{
        struct part l, r;
        uint8_t ca = top(a)->code, cb = top(b)->code;

        if ((*steps)++ > STEPS_MAX)
                return false;
        if (ca == EXPR_OR) {
                split(a, &l, &r);
                return implies(&l, b, steps) && implies(&r, b, steps);
        }
        if (cb == EXPR_AND) {
                split(b, &l, &r);
                return implies(a, &l, steps) && implies(a, &r, steps);
        }
        if (cb == EXPR_OR) {
                split(b, &l, &r);
                if (implies(a, &l, steps) || implies(a, &r, steps))
                        return true;
        }
        if (ca == EXPR_AND) {
                split(a, &l, &r);
                return implies(&l, b, steps) || implies(&r, b, steps);
        }
        if (is_comparison(top(a)) && is_comparison(top(b)))
                return comparison_implies(a, b);
        return ca == EXPR_SEASON && cb == EXPR_SEASON &&
               top(a)->value == top(b)->value;
}

/* Does a comparison of a, joined by "and" alone, clash with one of b? */
static bool clash(const struct part *a, const struct part *b, uint32_t *steps)
{
        struct part l, r;

        if ((*steps)++ > STEPS_MAX)
                return false;
        if (top(a)->code == EXPR_AND) {
                split(a, &l, &r);
                return clash(&l, b, steps) || clash(&r, b, steps);
        }
        if (top(b)->code == EXPR_AND) {
                split(b, &l, &r);
                return clash(a, &l, steps) || clash(a, &r, steps);
        }
        return is_comparison(top(a)) && is_comparison(top(b)) &&
               comparisons_clash(a, b);
}

static bool never(const struct part *p, uint32_t *steps)
{
        struct part l, r;
        uint8_t code = top(p)->code;

        if ((*steps)++ > STEPS_MAX || (code != EXPR_AND && code != EXPR_OR))
                return false;
        split(p, &l, &r);
        if (code == EXPR_OR)
                return never(&l, steps) && never(&r, steps);
        return never(&l, steps) || never(&r, steps) || clash(&l, &r, steps);
}

bool expr_implies(const struct expr *a, const struct expr *b)
{
        struct part pa = {a, 0, a->n_ops}, pb = {b, 0, b->n_ops};
        uint32_t steps = 0;

        return implies(&pa, &pb, &steps);
}

bool expr_never(const struct expr *x)
{
        struct part p = {x, 0, x->n_ops};
        uint32_t steps = 0;

        return never(&p, &steps);
}

bool expr_sums_only(const struct expr *x)
{
        uint32_t i;

        for (i = 0; i < x->n_ops; i++)
                switch (x->op[i].code) {
                case EXPR_NUMBER:
                case EXPR_SUM:
                case EXPR_ADD:
                case EXPR_AND:
                case EXPR_OR:
                        continue;
                case EXPR_AT_LEAST:
                case EXPR_ABOVE:
                        if (x->op[i - 1].code == EXPR_NUMBER)
                                continue;
                        return false;
                default:
                        return false;
                }
        return true;
}

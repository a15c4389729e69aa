/* alerts/expr_part.c -- what all parts of the parser need: the token at
 * hand, where a mistake is, and the operations that come out.
 *
 * Thread: any; no state. */
#include "alerts/expr_part.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const struct kind part_none = {.unit = "", .element = ELEMENT_count};

__attribute__((format(printf, 4, 5))) enum status
part_fault(struct parser *p, uint32_t at, enum status code, const char *fmt,
           ...)
{
        char text[200];
        va_list ap;

        va_start(ap, fmt);
        vsnprintf(text, sizeof text, fmt, ap);
        va_end(ap);
        p->at = at;
        return err_set(p->e, code, "%s", text);
}

enum status part_advance(struct parser *p)
{
        enum status st;

        p->end = p->pos;
        st = expr_next(p->t, &p->pos, &p->now, p->e);
        if (st != OK)
                p->at = p->now.at;
        return st;
}

bool part_is_sign(const struct parser *p, const char *sign)
{
        return p->now.kind == EXPR_TOKEN_SIGN && text_is(p->now.text, sign);
}

bool part_is_word(const struct parser *p, const char *word)
{
        return p->now.kind == EXPR_TOKEN_NAME && text_is(p->now.text, word);
}

/* The text of a part, for messages. */
struct text part_source(const struct parser *p, const struct kind *k)
{
        uint32_t n = k->end > k->at ? k->end - k->at : 0;

        return (struct text){p->t.p + k->at, n > 40 ? 40 : n};
}

enum status part_expect(struct parser *p, const char *sign, const char *where)
{
        if (!part_is_sign(p, sign))
                return part_fault(p, p->now.at, ERR_SYNTAX,
                                  "\"%s\" is missing %s", sign, where);
        return part_advance(p);
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
        case EXPR_SILENT:
                p->truths++;
                break;
        default:
                p->numbers++;
                break;
        }
}

enum status part_emit(struct parser *p, enum expr_code code,
                      enum element element, int64_t value)
{
        if (p->n_ops == EXPR_OPS_MAX)
                return part_fault(p, p->now.at, ERR_SIZE,
                                  "the expression is too long: split the rule");
        count_stacks(p, code);
        if (p->numbers > EXPR_DEPTH_MAX || p->truths > EXPR_DEPTH_MAX)
                return part_fault(p, p->now.at, ERR_DEPTH,
                                  "too many things wait here: split the rule");
        p->op[p->n_ops++] = (struct expr_op){.code = (uint8_t)code,
                                             .element = (uint16_t)element,
                                             .value = value};
        return OK;
}

enum status part_watch(struct parser *p, enum element el, uint32_t at)
{
        struct expr *x = p->x;
        uint32_t i;

        if (p->zone)
                return part_fault(p, at, ERR_TYPE,
                                  "a zone has no %s of its own: write "
                                  "count(stations in zone where ...)",
                                  element_name(el));
        for (i = 0; i < x->n_elements; i++)
                if (x->element[i] == el)
                        return OK;
        if (x->n_elements == EXPR_ELEMENTS_MAX)
                return part_fault(
                        p, at, ERR_FULL,
                        "at most %d different elements in one expression",
                        EXPR_ELEMENTS_MAX);
        x->element[x->n_elements++] = el;
        return OK;
}

void part_drop(struct expr *x)
{
        uint32_t i;

        for (i = 0; i < x->n_clauses; i++)
                expr_done(&x->clause[i]);
        free(x->clause);
        x->clause = NULL;
        x->n_clauses = 0;
}

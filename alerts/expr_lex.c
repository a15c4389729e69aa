/* alerts/expr_lex.c -- the words and signs of a rule's expression.
 *
 * Holds:  a number takes the unit that follows it with it ("50 mm"), so
 *         that a unit never stands alone.
 * Thread: any; no state. */
#include "alerts/expr.h"

#include <string.h>

#define DIGITS_MAX 12 /* before the point; six behind it */

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static char char_at(struct text t, uint32_t i)
{
        return i < t.n ? t.p[i] : '\0';
}

static uint32_t skip_blanks(struct text t, uint32_t i)
{
        while (char_at(t, i) == ' ' || char_at(t, i) == '\t')
                i++;
        return i;
}

static uint32_t skip_unit(struct text t, uint32_t i)
{
        for (;;) {
                char c = char_at(t, i);

                if (is_letter(c) || is_digit(c) || c == '%')
                        i++;
                else if (c == '/' && is_letter(char_at(t, i + 1)))
                        i++;
                else
                        return i;
        }
}

static bool is_word(struct text t)
{
        return text_is(t, "and") || text_is(t, "or") || text_is(t, "not");
}

/* The unit behind a number, when there is one. */
static void take_unit(struct text t, uint32_t *pos, struct expr_token *ret)
{
        uint32_t begin = skip_blanks(t, *pos), end;
        struct text unit;

        ret->unit_at = *pos;
        if (!is_letter(char_at(t, begin)) && char_at(t, begin) != '%')
                return;
        end = skip_unit(t, begin);
        unit = (struct text){t.p + begin, end - begin};
        if (is_word(unit))
                return;
        ret->unit = unit;
        ret->unit_at = begin;
        *pos = end;
}

static enum status number(struct text t, uint32_t *pos, struct expr_token *ret,
                          struct err *e)
{
        uint32_t i = *pos, decimals = 0, digits = 0;
        int64_t v = 0;

        for (; is_digit(char_at(t, i)); i++, digits++)
                if (digits < DIGITS_MAX)
                        v = v * 10 + (t.p[i] - '0');
        if (digits > DIGITS_MAX)
                return err_set(e, ERR_NUMBER, "this number is too large");
        if (char_at(t, i) == '.') {
                for (i++; is_digit(char_at(t, i)); i++, decimals++)
                        if (decimals < 6)
                                v = v * 10 + (t.p[i] - '0');
                if (decimals == 0 || decimals > 6)
                        return err_set(e, ERR_NUMBER,
                                       "write one to six digits behind the "
                                       "point");
        }
        for (; decimals < 6; decimals++)
                v *= 10;
        ret->kind = EXPR_TOKEN_NUMBER;
        ret->text = (struct text){t.p + *pos, i - *pos};
        ret->micro = v;
        *pos = i;
        take_unit(t, pos, ret);
        return OK;
}

enum status expr_next(struct text t, uint32_t *pos, struct expr_token *ret,
                      struct err *e)
{
        uint32_t i = skip_blanks(t, *pos), n = 1;
        char c = char_at(t, i);

        *ret = (struct expr_token){.at = i};
        *pos = i;
        if (i >= t.n)
                return OK;
        if (is_digit(c))
                return number(t, pos, ret, e);
        if (is_letter(c)) {
                while (is_letter(char_at(t, i + n)) ||
                       is_digit(char_at(t, i + n)))
                        n++;
                ret->kind = EXPR_TOKEN_NAME;
        } else if (c && strchr("(),.+-*/<>", c)) {
                if ((c == '<' || c == '>') && char_at(t, i + 1) == '=')
                        n = 2;
                ret->kind = EXPR_TOKEN_SIGN;
        } else if (c == '=' || c == '!') {
                return err_set(e, ERR_SYNTAX,
                               "\"%c\" does not exist here: a measured value "
                               "is compared with >=, >, <= or <",
                               c);
        } else {
                return err_set(e, ERR_SYNTAX,
                               "this character has no meaning in an "
                               "expression");
        }
        ret->text = (struct text){t.p + i, n};
        *pos = i + n;
        return OK;
}

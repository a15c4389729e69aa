/* server/tool/csv.c -- rows of a CSV file (RFC 4180). */
#include "server/tool/csv.h"

#include <string.h>

void csv_init(struct csv *c, struct text bytes)
{
        memset(c, 0, sizeof *c);
        if (text_starts(bytes, "\xEF\xBB\xBF")) {
                bytes.p += 3;
                bytes.n -= 3;
        }
        c->rest = bytes;
        c->next_line = 1;
}

void csv_done(struct csv *c)
{
        buf_done(&c->copy);
}

static int peek(const struct csv *c)
{
        return c->rest.n ? (unsigned char)c->rest.p[0] : -1;
}

static int take(struct csv *c)
{
        int byte = peek(c);

        if (byte < 0)
                return byte;
        c->rest.p++;
        c->rest.n--;
        if (byte == '\n')
                c->next_line++;
        return byte;
}

/* After the opening quote; "" inside is one quote. */
static enum status quoted(struct csv *c, struct err *e)
{
        int byte;

        while ((byte = take(c)) >= 0) {
                if (byte != '"') {
                        buf_char(&c->copy, (char)byte);
                        continue;
                }
                if (peek(c) != '"')
                        return OK;
                buf_char(&c->copy, (char)take(c));
        }
        return err_set(e, ERR_SYNTAX, "line %u: a quote is never closed",
                       c->line);
}

static enum status field(struct csv *c, size_t *ret_start, struct err *e)
{
        *ret_start = c->copy.n;
        if (peek(c) == '"') {
                take(c);
                return quoted(c, e);
        }
        while (peek(c) >= 0 && peek(c) != ',' && peek(c) != '\n')
                buf_char(&c->copy, (char)take(c));
        while (c->copy.n > *ret_start && c->copy.p[c->copy.n - 1] == '\r')
                c->copy.n--;
        return OK;
}

/* Reads one row; offsets first, for the copy may move while it grows. */
static enum status row(struct csv *c, struct err *e)
{
        size_t start[CSV_FIELDS_MAX], end[CSV_FIELDS_MAX];
        enum status st;
        uint32_t i;

        c->n_fields = 0;
        buf_clear(&c->copy);
        for (;;) {
                if (c->n_fields == CSV_FIELDS_MAX)
                        return err_set(e, ERR_SIZE,
                                       "line %u: more than %d columns", c->line,
                                       CSV_FIELDS_MAX);
                st = field(c, &start[c->n_fields], e);
                if (st != OK)
                        return st;
                end[c->n_fields++] = c->copy.n;
                if (peek(c) == '\r')
                        take(c);
                if (peek(c) != ',')
                        break;
                take(c);
        }
        if (peek(c) >= 0 && take(c) != '\n')
                return err_set(e, ERR_SYNTAX,
                               "line %u: text after a closing quote", c->line);
        if (c->copy.failed)
                return err_set(e, ERR_MEMORY, "line %u", c->line);
        for (i = 0; i < c->n_fields; i++)
                c->field[i] =
                        (struct text){c->copy.n ? c->copy.p + start[i] : "",
                                      end[i] - start[i]};
        return OK;
}

enum status csv_next(struct csv *c, struct err *e)
{
        enum status st;

        while (c->rest.n) {
                c->line = c->next_line;
                st = row(c, e);
                if (st != OK)
                        return st;
                if (c->n_fields > 1 || c->field[0].n)
                        return OK;
        }
        return err_set(e, ERR_TOO_FEW, "no more rows");
}

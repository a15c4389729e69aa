/* sensors/conform.c -- the conformance meter. */
#include "sensors/conform.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"

#define TELL_US MINUTE_US /* at most one archive row a minute and kind */

static const struct {
        const char *name, *zh, *en, *clause;
} kinds[CONFORM_KINDS] = {
#define X(code, name, zh, en, clause) [code] = {name, zh, en, clause},
        SL651_DEVIATIONS(X) LINE_DEVIATIONS(X)
#undef X
};

const char *conform_name(uint32_t kind)
{
        return kind < CONFORM_KINDS ? kinds[kind].name : "?";
}

const char *conform_zh(uint32_t kind)
{
        return kind < CONFORM_KINDS ? kinds[kind].zh : "?";
}

const char *conform_en(uint32_t kind)
{
        return kind < CONFORM_KINDS ? kinds[kind].en : "?";
}

const char *conform_clause(uint32_t kind)
{
        return kind < CONFORM_KINDS ? kinds[kind].clause : "?";
}

void conform_done(struct conform *c)
{
        free(c->row);
        memset(c, 0, sizeof *c);
}

static enum status get_row(struct conform *c, uint32_t kind,
                           struct conform_row **ret, struct err *e)
{
        struct conform_row *more;
        uint32_t i;

        for (i = 0; i < c->n && c->row[i].kind != kind; i++)
                ;
        if (i == c->n && c->n == c->cap) {
                more = realloc(c->row, (c->cap + 4) * sizeof *more);
                if (!more)
                        return err_set(e, ERR_MEMORY, "conformance");
                c->row = more;
                c->cap += 4;
        }
        if (i == c->n)
                c->row[c->n++] = (struct conform_row){.kind = (uint16_t)kind,
                                                      .told_us = TIME_NONE};
        *ret = &c->row[i];
        return OK;
}

enum status conform_add(struct conform *c, uint32_t kind, uint32_t at,
                        uint64_t seq, int64_t time_us, struct err *e)
{
        struct conform_row *r = NULL;
        enum status st = get_row(c, kind, &r, e);

        if (st != OK)
                return st;
        if (r->count++ == 0)
                r->first_us = time_us;
        r->last_us = time_us;
        r->seq = seq;
        r->at = at;
        return OK;
}

bool conform_tell(struct conform_row *r, int64_t now_us)
{
        if (r->told == r->count ||
            (r->told_us != TIME_NONE && now_us - r->told_us < TELL_US))
                return false;
        r->told = r->count;
        r->told_us = now_us;
        return true;
}

uint64_t conform_total(const struct conform *c)
{
        uint64_t sum = 0;
        uint32_t i;

        for (i = 0; i < c->n; i++)
                sum += c->row[i].count;
        return sum;
}

void conform_save(const struct conform *c, struct buf *b)
{
        uint32_t i;

        pack_u32(b, c->n);
        for (i = 0; i < c->n; i++) {
                const struct conform_row *r = &c->row[i];

                pack_str(b, conform_name(r->kind));
                pack_u32(b, r->at);
                pack_u64(b, r->count);
                pack_u64(b, r->seq);
                pack_i64(b, r->first_us);
                pack_i64(b, r->last_us);
                pack_i64(b, r->told_us);
                pack_u64(b, r->told);
        }
}

static uint32_t kind_from(struct text name)
{
        uint32_t k;

        for (k = 0; k < CONFORM_KINDS; k++)
                if (text_is(name, kinds[k].name))
                        break;
        return k;
}

enum status conform_load(struct conform *c, struct unpack *u, struct err *e)
{
        uint32_t n = unpack_count(u, 56), i, kind;
        struct conform_row *r = NULL;
        enum status st = OK;

        for (i = 0; i < n && st == OK && !u->failed; i++) {
                kind = kind_from(unpack_text(u));
                if (kind == CONFORM_KINDS)
                        u->failed = true;
                else
                        st = get_row(c, kind, &r, e);
                if (u->failed || st != OK || !r)
                        break;
                r->at = unpack_u32(u);
                r->count = unpack_u64(u);
                r->seq = unpack_u64(u);
                r->first_us = unpack_i64(u);
                r->last_us = unpack_i64(u);
                r->told_us = unpack_i64(u);
                r->told = unpack_u64(u);
        }
        return st;
}

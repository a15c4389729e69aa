/* server/tool/days_archive.c -- day files out of the archive.
 *
 * In:     sanfang.rule_input, its rows one after the other by a cursor: a
 *         season is never held at once.
 * Out:    items as `sanfang export days` makes them of the journal, byte
 *         for byte.
 * Holds:  rows make a chain from record 1 on.  What a gap left out is told;
 *         an archive without its beginning is refused, since it lacks the
 *         stations and the rules. */
#include <stdio.h>
#include <stdlib.h>

#include "schemas/pack.h"
#include "server/adapter/pg.h"
#include "server/prepare.h"
#include "server/tool/days.h"

#define STATEMENT_MS 600000
#define LOCK_MS 5000
#define FETCH "FETCH 64 FROM input"

struct read {
        struct pg *pg;
        struct days_out *days;
        struct effects fx;
        struct buf bytes; /* of one row */
        uint64_t last_seq;
        bool babble;
};

static enum status failed(const struct pg *p, struct err *e)
{
        return err_set(e, ERR_UNAVAILABLE, "the archive: %s", pg_error(p));
}

static uint64_t number(const struct pg *p, int row, int column)
{
        int64_t n = 0;

        text_to_i64(pg_value(p, row, column), &n);
        return (uint64_t)n;
}

static void put_item(struct read *a, struct prepared_out *o,
                     const struct prepared_item *x)
{
        bool babble = x->babble == BABBLE_BEGINS;

        if (!x->is_tick && x->is_values) {
                prepared_put_values(o, x->r.seq, x->r.real_us, &a->fx);
        } else if (!x->is_tick) {
                prepared_put_record(o, &x->r);
        } else {
                prepared_put_tick(o, x->r.seq, x->engine_us, x->r.real_us,
                                  babble == a->babble ? BABBLE_AS_BEFORE
                                                      : x->babble);
                a->babble = babble;
        }
}

/* What one record gave. */
static enum status take_chunk(struct read *a, struct text chunk, struct err *e)
{
        struct unpack u = {chunk.p, chunk.n, false};
        int64_t engine_us = unpack_i64(&u);
        struct prepared_in in = prepared_read((struct text){u.p, u.n});
        struct prepared_out *o = NULL;
        struct prepared_item x;
        enum status st = u.failed ? ERR_CORRUPT : OK;

        while (st == OK) {
                effects_clear(&a->fx);
                st = prepared_next(&in, &x, &a->fx, e);
                if (st != OK)
                        break;
                if (!o)
                        o = days_at(a->days, engine_us);
                put_item(a, o, &x);
        }
        return st == ERR_TOO_FEW ? OK : st;
}

static enum status take_row(struct read *a, int row, struct err *e)
{
        uint64_t seq = number(a->pg, row, 0);
        uint64_t after = number(a->pg, row, 1);
        struct unpack u;
        enum status st = OK;

        if (after != a->last_seq && a->last_seq == 0)
                return err_set(e, ERR_MISSING,
                               "the archive has what the rules were given "
                               "from record %llu on only; the stations and "
                               "the rules before are in the journal",
                               (unsigned long long)after + 1);
        if (after != a->last_seq)
                return err_set(e, ERR_CORRUPT,
                               "sanfang.rule_input: no row from record %llu "
                               "to %llu",
                               (unsigned long long)a->last_seq + 1,
                               (unsigned long long)after);
        a->last_seq = seq;
        pg_bytes(a->pg, row, 2, &a->bytes);
        u = (struct unpack){a->bytes.p, a->bytes.n, a->bytes.failed};
        while (st == OK && u.n && !u.failed) {
                struct text chunk = unpack_text(&u);

                st = u.failed ? ERR_CORRUPT : take_chunk(a, chunk, e);
        }
        if (st != OK || u.failed)
                return err_set(e, ERR_CORRUPT,
                               "sanfang.rule_input: the row of record %llu "
                               "is damaged",
                               (unsigned long long)seq);
        return OK;
}

static enum status take_rows(struct read *a, struct err *e)
{
        enum status st = OK;
        int64_t row, n;

        if (pg_run(a->pg,
                   "DECLARE input NO SCROLL CURSOR FOR SELECT seq, after_seq,"
                   " items FROM sanfang.rule_input ORDER BY seq",
                   0, NULL) != PG_DONE)
                return failed(a->pg, e);
        do {
                if (pg_run(a->pg, FETCH, 0, NULL) != PG_DONE)
                        return failed(a->pg, e);
                n = pg_rows(a->pg);
                for (row = 0; row < n && st == OK; row++)
                        st = take_row(a, (int)row, e);
        } while (st == OK && n > 0);
        if (st == OK && a->last_seq == 0)
                st = err_set(e, ERR_MISSING, "the archive is empty");
        return st;
}

/* What never came into this database. */
static enum status look_for_gaps(struct read *a, struct err *e)
{
        int64_t row, n;

        if (pg_run(a->pg,
                   "SELECT after_seq, before_seq FROM sanfang.gap"
                   " ORDER BY after_seq",
                   0, NULL) != PG_DONE)
                return failed(a->pg, e);
        n = pg_rows(a->pg);
        for (row = 0; row < n; row++) {
                uint64_t after = number(a->pg, (int)row, 0);
                unsigned long long before = number(a->pg, (int)row, 1);

                if (after == 0)
                        return err_set(e, ERR_MISSING,
                                       "the archive begins with record %llu; "
                                       "the stations and the rules before are "
                                       "in the journal",
                                       before);
                fprintf(stderr,
                        "sanfang: records %llu to %llu never came into the "
                        "archive\n",
                        (unsigned long long)after + 1, before - 1);
        }
        return OK;
}

enum status days_from_archive(const char *uri, struct days_out *d,
                              struct err *e)
{
        struct pg_config c = {.uri = uri,
                              .name = "sanfang export days",
                              .statement_timeout_ms = STATEMENT_MS,
                              .lock_timeout_ms = LOCK_MS,
                              .read_only = true};
        struct read a = {.days = d};
        enum status st = pg_open(&c, &a.pg, e);

        effects_init(&a.fx);
        /* One view of it, while the server writes on. */
        if (st == OK && pg_script(a.pg, "BEGIN ISOLATION LEVEL REPEATABLE "
                                        "READ") != PG_DONE)
                st = failed(a.pg, e);
        if (st == OK)
                st = look_for_gaps(&a, e);
        if (st == OK)
                st = take_rows(&a, e);
        effects_done(&a.fx);
        buf_done(&a.bytes);
        pg_close(a.pg);
        return st;
}

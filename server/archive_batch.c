/* server/archive_batch.c -- one batch is one transaction.
 *
 * Holds:  the position is moved from the value that we believe (somebody
 *         else having moved it stops us), then each table's rows go in as
 *         one statement.  When PostgreSQL finds a row wrong for ever, the
 *         batch is done again with savepoints, halving down to that row,
 *         which goes to sanfang.poison.
 * Thread: the archive's. */
#include "server/archive_inside.h"

#include <stdio.h>
#include <stdlib.h>

#include "schemas/wire/json.h"

static bool rows_add(struct rows *l, struct text json, uint64_t seq)
{
        if (l->n == l->cap) {
                uint32_t cap = l->cap ? 2 * l->cap : 256;
                struct row *p = realloc(l->row, cap * sizeof(*p));

                if (!p)
                        return false;
                l->row = p;
                l->cap = cap;
        }
        l->row[l->n++] = (struct row){json, seq};
        return true;
}

static bool sort_entry(struct archive *a, const struct entry *x)
{
        struct text rest = {x->bytes, x->n}, line, name;
        enum put_table t;
        bool good = true;

        while (good && rest.n && text_cut(&rest, '\n', &line)) {
                struct text whole = line;

                if (!line.n)
                        continue;
                if (text_cut(&line, '\t', &name) && line.n &&
                    query_put_from(name, &t))
                        good = rows_add(&a->rows[t], line, x->seq);
                else
                        good = rows_add(&a->unknown, whole, x->seq);
        }
        return good;
}

bool archive_batch_sort(struct archive *a, uint64_t *ret_last)
{
        const struct entry *x;
        uint32_t rows = 0;
        int t;

        for (t = 0; t < PUT_count; t++)
                a->rows[t].n = 0;
        a->unknown.n = 0;
        for (x = a->batch; x; x = x->next) {
                if (rows > 0 && rows + x->rows > a->limit_rows)
                        break;
                if (!sort_entry(a, x))
                        return false;
                rows += x->rows;
                *ret_last = x->seq;
        }
        return true;
}

static const char *join(struct archive *a, const struct row *r, uint32_t n)
{
        buf_clear(&a->json);
        buf_char(&a->json, '[');
        for (uint32_t i = 0; i < n; i++) {
                if (i)
                        buf_char(&a->json, ',');
                buf_text(&a->json, r[i].json);
        }
        buf_char(&a->json, ']');
        buf_char(&a->json, 0);
        return a->json.failed ? NULL : a->json.p;
}

static enum pg_outcome put_rows(struct archive *a, enum put_table t,
                                const struct row *r, uint32_t n)
{
        const char *json = join(a, r, n);
        enum pg_outcome o;

        if (!json)
                return PG_RETRY;
        o = pg_run(a->pg, a->put_sql[t].p, 1, &json);
        if (o == PG_DONE && t == PUT_observation && pg_rows(a->pg) < n)
                o = pg_run(a->pg, query_conflict_statement(), 1, &json);
        if (o == PG_DONE)
                a->written += n;
        return o;
}

/* What the row was and why it could not go in. */
static enum pg_outcome put_poison(struct archive *a, const char *table,
                                  const struct row *r, const char *state,
                                  const char *why)
{
        char seq[24];
        const char *params[] = {table, NULL, state, why, seq};
        struct buf text = {0};
        struct json_out o = json_out(&text);
        enum pg_outcome out = PG_RETRY;

        snprintf(seq, sizeof(seq), "%llu", (unsigned long long)r->seq);
        /* As a JSON string, so that no byte of it can be refused again. */
        json_put_bytes(&o, NULL, r->json);
        buf_char(&text, 0);
        params[1] = text.p;
        if (!text.failed)
                out = pg_run(a->pg,
                             "INSERT INTO sanfang.poison (table_name,"
                             " row_text, sqlstate, error, seq)"
                             " VALUES ($1, $2, $3, $4, $5::bigint)",
                             5, params);
        if (out == PG_DONE)
                a->poisoned++;
        buf_done(&text);
        return out;
}

/* Inside a savepoint; halves until the wrong rows stand alone. */
static enum pg_outcome put_careful(struct archive *a, enum put_table t,
                                   const struct row *r, uint32_t n)
{
        char state[8], why[200];
        enum pg_outcome o = pg_script(a->pg, "SAVEPOINT part");

        if (o != PG_DONE)
                return o;
        o = put_rows(a, t, r, n);
        if (o == PG_DONE)
                return pg_script(a->pg, "RELEASE SAVEPOINT part");
        if (o != PG_POISON)
                return o;
        snprintf(state, sizeof(state), "%s", pg_sqlstate(a->pg));
        snprintf(why, sizeof(why), "%s", pg_error(a->pg));
        o = pg_script(a->pg, "ROLLBACK TO SAVEPOINT part;"
                             "RELEASE SAVEPOINT part");
        if (o != PG_DONE)
                return o;
        if (n == 1)
                return put_poison(a, query_put_name(t), r, state, why);
        o = put_careful(a, t, r, n / 2);
        return o == PG_DONE ? put_careful(a, t, r + n / 2, n - n / 2) : o;
}

static enum pg_outcome put_all(struct archive *a, bool careful)
{
        enum pg_outcome o = PG_DONE;
        uint32_t i;
        int t;

        a->poisoned = 0;
        a->written = 0;
        for (t = 0; o == PG_DONE && t < PUT_count; t++) {
                const struct rows *l = &a->rows[t];

                if (l->n && careful)
                        o = put_careful(a, (enum put_table)t, l->row, l->n);
                else if (l->n)
                        o = put_rows(a, (enum put_table)t, l->row, l->n);
        }
        for (i = 0; o == PG_DONE && i < a->unknown.n; i++)
                o = put_poison(a, "?", &a->unknown.row[i], "", "no such table");
        return o;
}

/* Moves the position in the transaction.  PG_WRONG when another writer
 * moved it: connecting again finds out where it is. */
static enum pg_outcome move_position(struct archive *a, uint64_t to)
{
        char from_text[24], to_text[24];
        const char *params[] = {to_text, from_text};
        enum pg_outcome o;

        snprintf(from_text, sizeof(from_text), "%llu",
                 (unsigned long long)a->position);
        snprintf(to_text, sizeof(to_text), "%llu", (unsigned long long)to);
        o = pg_run(a->pg,
                   "UPDATE sanfang.position SET seq = $1::bigint,"
                   " moved_at = now() WHERE seq = $2::bigint",
                   2, params);
        if (o != PG_DONE || pg_rows(a->pg) == 1)
                return o;
        archive_set_error(a, "somebody else moved sanfang.position");
        return PG_WRONG;
}

enum pg_outcome archive_batch_prepare(struct archive *a)
{
        const struct rows *l = &a->rows[PUT_observation];
        const char *json;
        enum pg_outcome o;

        if (!l->n)
                return PG_DONE;
        json = join(a, l->row, l->n);
        if (!json)
                return PG_RETRY;
        o = pg_run(a->pg, "SELECT sanfang.prepare_partitions($1::jsonb)", 1,
                   &json);
        return o == PG_POISON ? PG_DONE : o;
}

enum pg_outcome archive_batch_transaction(struct archive *a, uint64_t last,
                                          bool careful)
{
        enum pg_outcome o = pg_script(a->pg, "BEGIN");

        if (o == PG_DONE)
                o = move_position(a, last);
        if (o == PG_DONE)
                o = put_all(a, careful);
        if (o == PG_DONE)
                o = pg_commit(a->pg);
        if (o == PG_LOST || (o != PG_DONE && pg_sqlstate(a->pg)[0]))
                archive_set_error(a, pg_error(a->pg));
        if (o != PG_DONE && o != PG_LOST)
                pg_script(a->pg, "ROLLBACK");
        return o;
}

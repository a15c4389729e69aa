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

#include "schemas/pack.h"
#include "schemas/wire/json.h"

static bool rows_add(struct rows *l, struct text bytes, uint64_t seq)
{
        if (l->n == l->cap) {
                uint32_t cap = l->cap ? 2 * l->cap : 256;
                struct row *p = realloc(l->row, cap * sizeof(*p));

                if (!p)
                        return false;
                l->row = p;
                l->cap = cap;
        }
        l->row[l->n++] = (struct row){bytes, seq};
        return true;
}

static bool sort_copy(struct archive *a, const struct copy_row *row,
                      uint64_t seq)
{
        static const enum list list_of[] = {[ROW_FRESH] = LIST_fresh,
                                            [ROW_MERGE] = LIST_merge,
                                            [ROW_REVISION] = LIST_revision,
                                            [ROW_RAIN] = LIST_rain};

        if (row->kind != ROW_RAIN)
                archive_partition_note(a, row);
        return rows_add(&a->rows[list_of[row->kind]], row->tuple, seq);
}

static bool sort_line(struct archive *a, struct text line, uint64_t seq)
{
        struct text whole = line, name;
        enum put_table t;

        if (!line.n)
                return true;
        if (text_cut(&line, '\t', &name) && line.n && query_put_from(name, &t))
                return rows_add(&a->rows[t], line, seq);
        return rows_add(&a->unknown, whole, seq);
}

static bool sort_entry(struct archive *a, const struct entry *x)
{
        struct text rest = {x->bytes, x->n}, line, chunk;
        struct copy_row row;
        bool good = true;

        while (good && rest.n) {
                if (row_chunk_cut(&rest, &chunk))
                        pack_text(&a->chunks, chunk);
                else if (row_copy_cut(&rest, &row))
                        good = sort_copy(a, &row, x->seq);
                else if (text_cut(&rest, '\n', &line))
                        good = sort_line(a, line, x->seq);
        }
        return good && !a->chunks.failed;
}

bool archive_batch_sort(struct archive *a, uint64_t *ret_last)
{
        const struct entry *x;
        uint32_t rows = 0;
        int t;

        for (t = 0; t < LIST_count; t++)
                a->rows[t].n = 0;
        a->unknown.n = 0;
        buf_clear(&a->chunks);
        for (x = a->batch; x; x = x->next) {
                if (rows > 0 && rows + x->rows > a->limit_rows)
                        break;
                if (a->chunks.n > CHUNKS_MAX)
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
        buf_clear(&a->bytes);
        buf_char(&a->bytes, '[');
        for (uint32_t i = 0; i < n; i++) {
                if (i)
                        buf_char(&a->bytes, ',');
                buf_text(&a->bytes, r[i].bytes);
        }
        buf_char(&a->bytes, ']');
        buf_char(&a->bytes, 0);
        return a->bytes.failed ? NULL : a->bytes.p;
}

static enum pg_outcome put_json(struct archive *a, enum put_table t,
                                const struct row *r, uint32_t n)
{
        const char *json = join(a, r, n);

        return json ? pg_run(a->pg, a->put_sql[t].p, 1, &json) : PG_RETRY;
}

static enum pg_outcome put_rows(struct archive *a, int l, const struct row *r,
                                uint32_t n, enum effort effort)
{
        enum pg_outcome o = l < PUT_count
                                    ? put_json(a, (enum put_table)l, r, n)
                                    : archive_copy_put(a, (enum list)l, r, n,
                                                       effort != EFFORT_FAST);

        if (o == PG_DONE)
                a->written += n;
        return o;
}

static const char *list_name(int l)
{
        if (l < PUT_count)
                return query_put_name((enum put_table)l);
        return l == LIST_rain ? "rain_slot" : "observation";
}

/* As one JSON text, so that no byte of it can be refused again. */
static void poison_text(int l, const struct row *r, struct buf *b)
{
        struct json_out o = json_out(b);

        if (l < PUT_count || l == LIST_count)
                json_put_bytes(&o, NULL, r->bytes);
        else
                row_copy_describe(r->bytes, b);
        buf_char(b, 0);
}

/* What the row was and why it could not go in; LIST_count: of no table. */
static enum pg_outcome put_poison(struct archive *a, int l, const struct row *r,
                                  const char *state, const char *why)
{
        const char *table = l == LIST_count ? "?" : list_name(l);
        char seq[24];
        const char *params[] = {table, NULL, state, why, seq};
        struct buf text = {0};
        enum pg_outcome out = PG_RETRY;

        snprintf(seq, sizeof(seq), "%llu", (unsigned long long)r->seq);
        poison_text(l, r, &text);
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
static enum pg_outcome put_careful(struct archive *a, int l,
                                   const struct row *r, uint32_t n)
{
        char state[8], why[200];
        enum pg_outcome o = pg_script(a->pg, "SAVEPOINT part");

        if (o != PG_DONE)
                return o;
        o = put_rows(a, l, r, n, EFFORT_CAREFUL);
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
                return put_poison(a, l, r, state, why);
        o = put_careful(a, l, r, n / 2);
        return o == PG_DONE ? put_careful(a, l, r + n / 2, n - n / 2) : o;
}

static enum pg_outcome put_all(struct archive *a, enum effort effort)
{
        enum pg_outcome o = PG_DONE;
        uint32_t i;
        int l;

        a->poisoned = 0;
        a->written = 0;
        for (l = 0; o == PG_DONE && l < LIST_count; l++) {
                const struct rows *x = &a->rows[l];

                if (x->n && effort == EFFORT_CAREFUL)
                        o = put_careful(a, l, x->row, x->n);
                else if (x->n)
                        o = put_rows(a, l, x->row, x->n, effort);
        }
        for (i = 0; o == PG_DONE && i < a->unknown.n; i++)
                o = put_poison(a, LIST_count, &a->unknown.row[i], "",
                               "no such table");
        return o;
}

/* What the batch gave to the rules, as one row. */
static enum pg_outcome put_chunks(struct archive *a, uint64_t last)
{
        char seq[24], after[24];
        const char *params[] = {seq, after, NULL};

        snprintf(seq, sizeof seq, "%llu", (unsigned long long)last);
        snprintf(after, sizeof after, "%llu", (unsigned long long)a->position);
        buf_clear(&a->bytes);
        buf_str(&a->bytes, "\\x");
        buf_hex(&a->bytes, a->chunks.p, a->chunks.n);
        buf_char(&a->bytes, '\0');
        if (a->bytes.failed)
                return PG_RETRY;
        params[2] = a->bytes.p;
        return pg_run(a->pg,
                      "INSERT INTO sanfang.rule_input (seq, after_seq, items)"
                      " VALUES ($1::bigint, $2::bigint, $3::bytea)",
                      3, params);
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

static enum pg_outcome rolled_back(struct archive *a, enum pg_outcome o)
{
        pg_script(a->pg, "ROLLBACK");
        return o;
}

enum pg_outcome archive_batch_transaction(struct archive *a, uint64_t last,
                                          enum effort effort)
{
        enum pg_outcome o = pg_script(a->pg, "BEGIN");

        if (o == PG_DONE)
                o = move_position(a, last);
        if (o == PG_DONE)
                o = put_all(a, effort);
        if (o == PG_DONE)
                o = put_chunks(a, last);
        if (o == PG_DONE)
                o = pg_commit(a->pg);
        if (o == PG_POISON && effort == EFFORT_FAST && archive_copy_met_key(a))
                return rolled_back(a, o);
        if (o == PG_LOST || (o != PG_DONE && pg_sqlstate(a->pg)[0]))
                archive_set_error(a, pg_error(a->pg));
        return o == PG_DONE || o == PG_LOST ? o : rolled_back(a, o);
}

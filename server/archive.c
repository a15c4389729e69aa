/* server/archive.c -- see archive.h.
 *
 * One batch is one transaction: the position is moved from the value that
 * we believe (somebody else having moved it stops us), then each table's
 * rows go in as one statement.  When PostgreSQL finds a row wrong for
 * ever, the batch is done again with savepoints, halving down to that row,
 * which goes to sanfang.poison.  After a lost connection the position is
 * read again: it says whether a commit of unknown fate had happened. */
#include "server/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "schemas/wire/json.h"
#include "server/adapter/pg.h"
#include "server/migrate.h"
#include "server/query.h"
#include "server/queue.h"

#define BATCH_BYTES (4u << 20)
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000
#define HINT_EVERY_MS 200
#define STATEMENT_TIMEOUT_MS 30000
#define LOCK_TIMEOUT_MS 5000

/* One line of an entry, while its batch is on its way. */
struct row {
        struct text json;
        uint64_t seq;
};

struct rows {
        struct row *row;
        uint32_t n, cap;
};

struct archive {
        struct archive_config config;
        char *uri, *dir, *migrations;
        struct queue *queue;
        pthread_t thread;
        bool started;

        pthread_mutex_t lock; /* guards status */
        struct archive_status status;

        /* Only the thread: */
        struct pg *pg;
        struct entry *batch; /* taken, not yet committed */
        struct rows rows[PUT_count];
        struct rows unknown; /* lines that name no table of ours */
        struct buf put_sql[PUT_count];
        struct buf json;
        uint64_t position;          /* the database's */
        uint64_t known;             /* highest it ever told us, or the hint */
        bool gap_checked;           /* since the connection was made */
        uint32_t limit_rows;        /* halved while batches fail */
        uint64_t poisoned, written; /* in the running transaction */
        uint64_t hinted;
        int64_t hinted_ms;
};

static int64_t now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what others see ---- */

static void tell(struct archive *a)
{
        if (a->config.notify)
                a->config.notify(a->config.self);
}

static void set_error(struct archive *a, const char *what)
{
        pthread_mutex_lock(&a->lock);
        snprintf(a->status.last_error, sizeof(a->status.last_error), "%s",
                 what);
        pthread_mutex_unlock(&a->lock);
}

static void set_up(struct archive *a, bool up)
{
        bool was;

        pthread_mutex_lock(&a->lock);
        was = a->status.up;
        a->status.up = up;
        pthread_mutex_unlock(&a->lock);
        if (was != up)
                tell(a);
}

void archive_get_status(struct archive *a, struct archive_status *ret)
{
        struct queue_counts c;

        queue_get_counts(a->queue, &c);
        pthread_mutex_lock(&a->lock);
        *ret = a->status;
        pthread_mutex_unlock(&a->lock);
        ret->queued_rows = c.rows;
        ret->queued_bytes = c.bytes;
        ret->spilled_bytes = c.spilled_bytes;
        ret->overflow = c.over;
        if (c.over)
                snprintf(ret->last_error, sizeof(ret->last_error),
                         "the spill file could not be written and rows were "
                         "dropped: make room and start again, the journal "
                         "makes them again");
}

/* ---- the hint ---- */

uint64_t archive_position_hint(const char *dir)
{
        char path[512];
        unsigned long long seq = 0;
        FILE *f;

        snprintf(path, sizeof(path), "%s/archive.pos", dir);
        f = fopen(path, "re");
        if (!f)
                return 0;
        if (fscanf(f, "%llu", &seq) != 1)
                seq = 0;
        fclose(f);
        return seq;
}

/* A whole file or the old one; it is only a hint, so no fsync. */
static void write_hint(struct archive *a, bool now)
{
        char path[512], temp[520];
        FILE *f;
        bool good;

        if (a->hinted == a->position ||
            (!now && now_ms() - a->hinted_ms < HINT_EVERY_MS))
                return;
        snprintf(path, sizeof(path), "%s/archive.pos", a->dir);
        snprintf(temp, sizeof(temp), "%s.tmp", path);
        f = fopen(temp, "we");
        if (!f)
                return;
        good = fprintf(f, "%llu\n", (unsigned long long)a->position) > 0;
        good = fclose(f) == 0 && good;
        if (good && rename(temp, path) == 0) {
                a->hinted = a->position;
                a->hinted_ms = now_ms();
        }
}

/* ---- one batch ---- */

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
                    put_table_from(name, &t))
                        good = rows_add(&a->rows[t], line, x->seq);
                else
                        good = rows_add(&a->unknown, whole, x->seq);
        }
        return good;
}

/* The entries' lines by table, and the last sequence; false: no memory. */
static bool sort_batch(struct archive *a, uint64_t *ret_last)
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
                o = pg_run(a->pg, put_conflict_statement(), 1, &json);
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
                return put_poison(a, put_table_name(t), r, state, why);
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
        set_error(a, "somebody else moved sanfang.position");
        return PG_WRONG;
}

/* Partitions are made ahead, each in a transaction of its own; what goes
 * wrong there only means that rows fall into the default partition. */
static enum pg_outcome prepare(struct archive *a)
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

static enum pg_outcome transaction(struct archive *a, uint64_t last,
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
                set_error(a, pg_error(a->pg));
        if (o != PG_DONE && o != PG_LOST)
                pg_script(a->pg, "ROLLBACK");
        return o;
}

/* Frees the entries up to and with seq. */
static void drop_until(struct archive *a, uint64_t seq)
{
        struct entry *x;

        while ((x = a->batch) && x->seq <= seq) {
                a->batch = x->next;
                queue_release(a->queue, x);
        }
}

static enum pg_outcome commit_batch(struct archive *a)
{
        uint64_t last = 0;
        enum pg_outcome o;

        if (!sort_batch(a, &last))
                return PG_RETRY;
        o = prepare(a);
        if (o == PG_DONE)
                o = transaction(a, last, false);
        if (o == PG_POISON)
                o = transaction(a, last, true);
        if (o != PG_DONE)
                return o;

        a->position = last;
        if (last > a->known)
                a->known = last;
        drop_until(a, last);
        pthread_mutex_lock(&a->lock);
        a->status.position = last;
        a->status.commits++;
        a->status.rows_written += a->written;
        a->status.poison_rows += a->poisoned;
        pthread_mutex_unlock(&a->lock);
        write_hint(a, false);
        tell(a);
        return PG_DONE;
}

/* ---- the connection ---- */

static enum status read_position(struct archive *a, struct err *e)
{
        int64_t seq;

        if (pg_run(a->pg, "SELECT seq FROM sanfang.position", 0, NULL) !=
                    PG_DONE ||
            !text_to_i64(pg_value(a->pg, 0, 0), &seq) || seq < 0)
                return err_set(e, ERR_UNAVAILABLE, "sanfang.position: %s",
                               pg_error(a->pg));
        a->position = (uint64_t)seq;
        a->gap_checked = false;
        pthread_mutex_lock(&a->lock);
        a->status.position = a->position;
        a->status.database_position_at_connect = a->position;
        pthread_mutex_unlock(&a->lock);
        return OK;
}

static bool connect_database(struct archive *a)
{
        struct pg_config c = {.uri = a->uri,
                              .name = "sanfangd archive",
                              .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
                              .lock_timeout_ms = LOCK_TIMEOUT_MS};
        struct err e = {0};
        int applied;
        enum status st;

        st = pg_open(&c, &a->pg, &e);
        if (st == OK)
                st = migrate(a->pg, a->migrations, &applied, &e);
        if (st == OK)
                st = read_position(a, &e);
        if (st == OK) {
                set_up(a, true);
                return true;
        }
        set_error(a, e.msg);
        pg_close(a->pg);
        a->pg = NULL;
        return false;
}

static void disconnect(struct archive *a)
{
        pg_close(a->pg);
        a->pg = NULL;
        set_up(a, false);
}

/* The database told us more before than it knows now (it was restored),
 * or knows nothing though the journal no longer begins at 1. */
static void check_gap(struct archive *a)
{
        char after[24], before[24];
        const char *params[] = {after, before};
        uint64_t first = a->batch->seq;

        if (a->gap_checked)
                return;
        a->gap_checked = true;
        if (first <= a->position + 1 ||
            (a->position >= a->known && a->position > 0))
                return;
        snprintf(after, sizeof(after), "%llu", (unsigned long long)a->position);
        snprintf(before, sizeof(before), "%llu", (unsigned long long)first);
        pg_run(a->pg,
               "INSERT INTO sanfang.gap (after_seq, before_seq)"
               " VALUES ($1::bigint, $2::bigint)"
               " ON CONFLICT (after_seq) DO NOTHING",
               2, params);
        pthread_mutex_lock(&a->lock);
        a->status.gap = true;
        snprintf(a->status.last_error, sizeof(a->status.last_error),
                 "the database ends at record %s, the next one at hand is "
                 "%s: what lies between is not archived",
                 after, before);
        pthread_mutex_unlock(&a->lock);
}

/* ---- the thread ---- */

/* True when there is something to commit. */
static bool next_batch(struct archive *a)
{
        drop_until(a, a->position);
        if (!a->batch && queue_wait(a->queue, (uint32_t)a->config.batch_rows,
                                    a->config.batch_ms))
                a->batch = queue_take(a->queue, (uint32_t)a->config.batch_rows,
                                      BATCH_BYTES);
        if (a->batch)
                check_gap(a);
        drop_until(a, a->position);
        return a->batch != NULL;
}

static bool stopping(struct archive *a)
{
        return !queue_pause(a->queue, 0);
}

static void work(struct archive *a)
{
        int backoff_ms = BACKOFF_MIN_MS;
        enum pg_outcome o;

        for (;;) {
                if (!a->pg && !connect_database(a)) {
                        o = PG_LOST;
                } else if (!next_batch(a)) {
                        if (stopping(a))
                                return;
                        continue;
                } else {
                        o = commit_batch(a);
                }
                if (o == PG_DONE) {
                        backoff_ms = BACKOFF_MIN_MS;
                        a->limit_rows = (uint32_t)a->config.batch_rows;
                        continue;
                }
                a->limit_rows = a->limit_rows > 1 ? a->limit_rows / 2 : 1;
                if (o != PG_RETRY && a->pg)
                        disconnect(a);
                if (!queue_pause(a->queue, backoff_ms))
                        return;
                backoff_ms = backoff_ms * 2 < BACKOFF_MAX_MS ? backoff_ms * 2
                                                             : BACKOFF_MAX_MS;
        }
}

static void *archive_main(void *self)
{
        struct archive *a = self;

        work(a);
        write_hint(a, true);
        pg_close(a->pg);
        a->pg = NULL;
        return NULL;
}

/* ---- create, put, free ---- */

static enum status archive_fill(struct archive *a,
                                const struct archive_config *c, struct err *e)
{
        char path[512];
        int t;

        a->config = *c;
        if (a->config.ram_bytes == 0)
                a->config.ram_bytes = 64u << 20;
        if (a->config.batch_rows <= 0)
                a->config.batch_rows = 500;
        if (a->config.batch_ms <= 0)
                a->config.batch_ms = 50;
        a->limit_rows = (uint32_t)a->config.batch_rows;
        a->uri = strdup(c->uri);
        a->dir = strdup(c->dir);
        a->migrations = strdup(c->migrations_dir);
        for (t = 0; t < PUT_count; t++) {
                put_statement((enum put_table)t, &a->put_sql[t]);
                buf_char(&a->put_sql[t], 0);
                if (a->put_sql[t].failed)
                        return err_set(e, ERR_MEMORY, "the archive");
        }
        if (!a->uri || !a->dir || !a->migrations)
                return err_set(e, ERR_MEMORY, "the archive");
        a->known = archive_position_hint(c->dir);
        a->hinted = a->known;
        a->status.position = a->known;
        snprintf(path, sizeof(path), "%s/archive.spill", c->dir);
        return queue_create(path, a->config.ram_bytes, &a->queue, e);
}

enum status archive_create(const struct archive_config *c, struct archive **ret,
                           struct err *e)
{
        struct archive *a = calloc(1, sizeof(*a));
        enum status st;

        if (!a)
                return err_set(e, ERR_MEMORY, "the archive");
        pthread_mutex_init(&a->lock, NULL);
        st = archive_fill(a, c, e);
        if (st != OK)
                goto out;
        if (pthread_create(&a->thread, NULL, archive_main, a) != 0) {
                st = err_set(e, ERR_IO, "no thread for the archive");
                goto out;
        }
        a->started = true;
        *ret = a;
        a = NULL;
out:
        archive_free(a);
        return st;
}

void archive_free(struct archive *a)
{
        struct entry *x;
        int t;

        if (!a)
                return;
        if (a->started) {
                queue_stop(a->queue);
                pthread_join(a->thread, NULL);
        }
        while ((x = a->batch)) {
                a->batch = x->next;
                free(x);
        }
        queue_free(a->queue);
        for (t = 0; t < PUT_count; t++) {
                free(a->rows[t].row);
                buf_done(&a->put_sql[t]);
        }
        free(a->unknown.row);
        buf_done(&a->json);
        pthread_mutex_destroy(&a->lock);
        free(a->uri);
        free(a->dir);
        free(a->migrations);
        free(a);
}

void archive_put(struct archive *a, uint64_t seq, struct text rows)
{
        queue_put(a->queue, seq, rows);
}

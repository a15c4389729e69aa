/* server/archive.c -- the archive's thread and its connection.
 *
 * After a lost connection the position is read again: it says whether a
 * commit of unknown fate had happened.
 * Thread: its own; archive_put from the loop. */
#include "server/archive_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/migrate.h"

#define BATCH_BYTES (4u << 20)
#define BOUND_MS 60000
#define SAFE_MS 2
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000
#define STUCK_MS 1000 /* such a pause: the fifth try in a row has failed */
#define STATEMENT_TIMEOUT_MS 30000
#define LOCK_TIMEOUT_MS 5000

/* ---- one batch ---- */

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

        if (!archive_batch_sort(a, &last))
                return PG_RETRY;
        o = archive_partition_make(a);
        if (o == PG_DONE)
                o = archive_batch_transaction(a, last, EFFORT_FAST);
        if (o == PG_POISON && a->stage_left == STAGE_BATCHES)
                o = archive_batch_transaction(a, last, EFFORT_STAGED);
        if (o == PG_POISON)
                o = archive_batch_transaction(a, last, EFFORT_CAREFUL);
        if (o != PG_DONE)
                return o;

        if (a->stage_left > 0)
                a->stage_left--;
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
        archive_write_hint(a, false);
        archive_tell(a);
        return archive_bound(a);
}

/* ---- the connection ---- */

/* Rows of a position that somebody set back: their chain goes on from it. */
static enum status cut_chain(struct archive *a, struct err *e)
{
        if (pg_run(a->pg,
                   "DELETE FROM sanfang.rule_input WHERE seq >"
                   " (SELECT seq FROM sanfang.position)",
                   0, NULL) != PG_DONE)
                return err_set(e, ERR_UNAVAILABLE, "sanfang.rule_input: %s",
                               pg_error(a->pg));
        return OK;
}

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
                              .lock_timeout_ms = LOCK_TIMEOUT_MS,
                              .first_host = a->first_host,
                              .stop = &a->stop};
        struct err e = {0};
        int applied;
        enum status st;

        st = pg_open(&c, &a->pg, &e);
        if (st == OK)
                st = archive_line_check(a, &e);
        if (st == OK)
                st = migrate(a->pg, a->migrations, &applied, &e);
        if (st == OK && pg_script(a->pg, query_stage_create) != PG_DONE)
                st = err_set(&e, ERR_UNAVAILABLE, "%s", pg_error(a->pg));
        if (st == OK)
                st = cut_chain(a, &e);
        if (st == OK)
                st = read_position(a, &e);
        archive_partition_forget(a);
        if (st == OK) {
                archive_set_up(a, true);
                return true;
        }
        archive_set_error(a, e.msg);
        pg_close(a->pg);
        a->pg = NULL;
        return false;
}

static void disconnect(struct archive *a)
{
        pg_close(a->pg);
        a->pg = NULL;
        archive_set_up(a, false);
}

/* Only a start makes again what is missing, out of the journal. */
static void stand_still(struct archive *a, const char *after,
                        const char *before)
{
        a->behind = true;
        pthread_mutex_lock(&a->lock);
        a->status.behind = true;
        snprintf(a->status.last_error, sizeof(a->status.last_error),
                 "the database went back to record %s, the next one at hand "
                 "is %s: a start makes again what lies between",
                 after, before);
        pthread_mutex_unlock(&a->lock);
        archive_tell(a);
}

/* The database told us more before than it knows now (it was restored, or
 * is a promoted standby that lagged), or knows nothing though the journal
 * no longer begins at 1. */
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
        if (a->position < a->known && !atomic_load(&a->gap_stands)) {
                stand_still(a, after, before);
                return;
        }
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

/* Waits until the journal has the batch on its disk: after a power cut the
 * database must not know of records that the journal has lost, or the
 * state made again from it would differ.  False when stopping. */
static bool wait_until_safe(struct archive *a)
{
        const struct entry *x;
        uint64_t last = 0;

        for (x = a->batch; x; x = x->next)
                last = x->seq;
        while (atomic_load(&a->safe) < last)
                if (!queue_pause(a->queue, SAFE_MS) &&
                    atomic_load(&a->safe) < last)
                        return false;
        return true;
}

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
        if (a->behind)
                return false;
        drop_until(a, a->position);
        return a->batch != NULL && wait_until_safe(a);
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
                        if (a->behind ? !queue_pause(a->queue, BACKOFF_MAX_MS)
                                      : stopping(a))
                                return;
                        continue;
                } else {
                        o = commit_batch(a);
                }
                if (o == PG_DONE) {
                        backoff_ms = BACKOFF_MIN_MS;
                        a->limit_rows = (uint32_t)a->config.batch_rows;
                        archive_set_up(a, true);
                        continue;
                }
                /* It answers and takes nothing: its disk is full. */
                if (o == PG_RETRY && backoff_ms >= STUCK_MS)
                        archive_set_up(a, false);
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
        archive_write_hint(a, true);
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
                a->config.batch_rows = 5000;
        if (a->config.batch_ms <= 0)
                a->config.batch_ms = 50;
        if (a->config.bound_ms <= 0)
                a->config.bound_ms = BOUND_MS;
        a->limit_rows = (uint32_t)a->config.batch_rows;
        a->uri = strdup(c->uri);
        a->dir = strdup(c->dir);
        a->migrations = strdup(c->migrations_dir);
        for (t = 0; t < PUT_count; t++) {
                query_put_statement((enum put_table)t, &a->put_sql[t]);
                buf_char(&a->put_sql[t], 0);
                if (a->put_sql[t].failed)
                        return err_set(e, ERR_MEMORY, "the archive");
        }
        if (!a->uri || !a->dir || !a->migrations)
                return err_set(e, ERR_MEMORY, "the archive");
        a->known = archive_position_hint(c->dir);
        a->hinted = a->known;
        archive_line_load(a);
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
        atomic_store(&a->safe, UINT64_MAX);
        st = archive_fill(a, c, e);
        if (st != OK)
                goto out;
        if (pthread_create(&a->thread, NULL, archive_main, a) != 0) {
                st = err_set(e, ERR_IO, "no thread for the archive");
                goto out;
        }
        pthread_setname_np(a->thread, "archive");
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
                atomic_store(&a->stop, true);
                queue_stop(a->queue);
                pthread_join(a->thread, NULL);
        }
        while ((x = a->batch)) {
                a->batch = x->next;
                free(x);
        }
        queue_free(a->queue);
        for (t = 0; t < LIST_count; t++)
                free(a->rows[t].row);
        for (t = 0; t < PUT_count; t++)
                buf_done(&a->put_sql[t]);
        free(a->unknown.row);
        buf_done(&a->bytes);
        buf_done(&a->chunks);
        pthread_mutex_destroy(&a->lock);
        free(a->uri);
        free(a->dir);
        free(a->migrations);
        free(a);
}

void archive_on_synced(struct archive *a, uint64_t seq)
{
        atomic_store(&a->safe, seq);
}

void archive_let_gap_stand(struct archive *a)
{
        atomic_store(&a->gap_stands, true);
}

void archive_put(struct archive *a, uint64_t seq, struct text rows)
{
        queue_put(a->queue, seq, rows);
}

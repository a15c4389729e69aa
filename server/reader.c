/* server/reader.c -- see reader.h; the SQL is in server/query.c.
 *
 * Questions wait in one list, answers in another; a lock guards both.
 * While the connection is down nothing waits: reader_ask refuses at once,
 * and the thread tries again with growing pauses. */
#include "server/reader.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/adapter/pg.h"
#include "server/query.h"
#include "server/score.h"

#define WAITING_MAX 64
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000
#define STATEMENT_TIMEOUT_MS 5000
#define LOCK_TIMEOUT_MS 2000

struct question {
        struct question *next;
        enum query query;
        char *params[QUERY_PARAMETERS_MAX];
        reader_answer answer;
        void *self;
        /* the answer */
        enum status status;
        char *json;
        size_t n;
        struct err err;
};

struct chain {
        struct question *first, *last;
};

struct reader {
        char *uri;
        void (*wake)(void *self);
        void *self;
        pthread_t thread;
        bool started;
        pthread_mutex_t lock; /* guards all below but pg */
        pthread_cond_t more;
        struct chain asked, ready;
        uint32_t waiting; /* asked and not yet dispatched */
        bool up, stop;
        atomic_bool hurry; /* as stop, for the connection */
        struct pg *pg;     /* only the thread */
};

static void chain_add(struct chain *c, struct question *q)
{
        q->next = NULL;
        if (c->last)
                c->last->next = q;
        else
                c->first = q;
        c->last = q;
}

static struct question *chain_take(struct chain *c)
{
        struct question *q = c->first;

        if (!q)
                return NULL;
        c->first = q->next;
        if (!c->first)
                c->last = NULL;
        return q;
}

static void question_free(struct question *q)
{
        if (!q)
                return;
        for (int i = 0; i < QUERY_PARAMETERS_MAX; i++)
                free(q->params[i]);
        free(q->json);
        free(q);
}

/* ---- the thread ---- */

static void finish(struct reader *r, struct question *q)
{
        pthread_mutex_lock(&r->lock);
        chain_add(&r->ready, q);
        pthread_mutex_unlock(&r->lock);
        if (r->wake)
                r->wake(r->self);
}

static void fail(struct question *q, enum status st, const char *why)
{
        q->status = err_set(&q->err, st, "%s: %s", query_name(q->query), why);
}

static enum pg_outcome run(struct reader *r, struct question *q)
{
        const char *params[QUERY_PARAMETERS_MAX];

        for (int i = 0; i < QUERY_PARAMETERS_MAX; i++)
                params[i] = q->params[i];
        return pg_run(r->pg, query_sql(q->query), query_parameters(q->query),
                      params);
}

/* What is more than SQL is made of its rows here, off the loop. */
static enum status finish_rows(struct question *q, struct text json,
                               struct buf *ret)
{
        if (q->query == QUERY_SCORES)
                return score_answer(json, ret, &q->err);
        buf_text(ret, json);
        return ret->failed ? err_set(&q->err, ERR_MEMORY, "the answer") : OK;
}

static void keep_answer(struct reader *r, struct question *q)
{
        struct buf b = {0};
        struct text json = pg_value(r->pg, 0, 0);

        if (!json.p) {
                fail(q, ERR_UNKNOWN, "no such row, or not archived yet");
                return;
        }
        q->status = finish_rows(q, json, &b);
        q->json = b.p;
        q->n = b.n;
}

static void set_up(struct reader *r, bool up)
{
        pthread_mutex_lock(&r->lock);
        r->up = up;
        pthread_mutex_unlock(&r->lock);
}

static bool connect_database(struct reader *r)
{
        struct pg_config c = {.uri = r->uri,
                              .name = "sanfangd reader",
                              .statement_timeout_ms = STATEMENT_TIMEOUT_MS,
                              .lock_timeout_ms = LOCK_TIMEOUT_MS,
                              .read_only = true,
                              .stop = &r->hurry};

        pg_close(r->pg);
        r->pg = NULL;
        if (pg_open(&c, &r->pg, NULL) != OK)
                return false;
        set_up(r, true);
        return true;
}

static void answer_question(struct reader *r, struct question *q)
{
        enum pg_outcome o = run(r, q);

        /* The server may have been started again since the last one. */
        if (o == PG_LOST && !atomic_load(&r->hurry) && connect_database(r))
                o = run(r, q);
        if (o == PG_DONE)
                keep_answer(r, q);
        else if (o == PG_POISON)
                fail(q, ERR_SYNTAX, pg_error(r->pg));
        else
                fail(q, ERR_UNAVAILABLE,
                     r->pg ? pg_error(r->pg) : "PostgreSQL is away");
        if (o == PG_LOST) {
                set_up(r, false);
                pg_close(r->pg);
                r->pg = NULL;
        }
        finish(r, q);
}

/* The next question, or NULL after ms (-1: for ever) or on stop. */
static struct question *next_question(struct reader *r, int ms)
{
        struct timespec until;
        struct question *q;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += ms / 1000;
        until.tv_nsec += (long)(ms % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
        }
        pthread_mutex_lock(&r->lock);
        while (!r->stop && !r->asked.first)
                if (ms < 0)
                        pthread_cond_wait(&r->more, &r->lock);
                else if (pthread_cond_timedwait(&r->more, &r->lock, &until) ==
                         ETIMEDOUT)
                        break;
        q = r->stop ? NULL : chain_take(&r->asked);
        pthread_mutex_unlock(&r->lock);
        return q;
}

static bool stopped(struct reader *r)
{
        bool stop;

        pthread_mutex_lock(&r->lock);
        stop = r->stop;
        pthread_mutex_unlock(&r->lock);
        return stop;
}

static void *reader_main(void *self)
{
        struct reader *r = self;
        int backoff_ms = BACKOFF_MIN_MS;
        struct question *q;

        while (!stopped(r)) {
                if (!r->pg && !connect_database(r)) {
                        /* What was asked before we knew that it is down. */
                        q = next_question(r, backoff_ms);
                        for (; q; q = next_question(r, 0)) {
                                fail(q, ERR_UNAVAILABLE, "PostgreSQL is away");
                                finish(r, q);
                        }
                        backoff_ms = backoff_ms * 2 < BACKOFF_MAX_MS
                                             ? backoff_ms * 2
                                             : BACKOFF_MAX_MS;
                        continue;
                }
                backoff_ms = BACKOFF_MIN_MS;
                q = next_question(r, -1);
                if (q)
                        answer_question(r, q);
        }
        pg_close(r->pg);
        r->pg = NULL;
        return NULL;
}

/* ---- the loop ---- */

enum status reader_create(const char *uri, void (*wake)(void *self), void *self,
                          struct reader **ret, struct err *e)
{
        struct reader *r = calloc(1, sizeof(*r));
        pthread_condattr_t attr;

        if (!r)
                return err_set(e, ERR_MEMORY, "the reader");
        r->wake = wake;
        r->self = self;
        pthread_mutex_init(&r->lock, NULL);
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&r->more, &attr);
        pthread_condattr_destroy(&attr);
        r->uri = strdup(uri);
        if (!r->uri) {
                reader_free(r);
                return err_set(e, ERR_MEMORY, "the reader");
        }
        if (pthread_create(&r->thread, NULL, reader_main, r) != 0) {
                reader_free(r);
                return err_set(e, ERR_IO, "no thread for the reader");
        }
        pthread_setname_np(r->thread, "reader");
        r->started = true;
        *ret = r;
        return OK;
}

static struct question *question_make(enum query q, const char *const *params)
{
        struct question *x = calloc(1, sizeof(*x));
        int i;

        if (!x)
                return NULL;
        x->query = q;
        for (i = 0; i < query_parameters(q); i++) {
                /* What is not given is empty. */
                x->params[i] = strdup(params && *params ? *params++ : "");
                if (!x->params[i]) {
                        question_free(x);
                        return NULL;
                }
        }
        return x;
}

enum status reader_ask(struct reader *r, enum query q,
                       const char *const *params, reader_answer answer,
                       void *self, struct err *e)
{
        struct question *x = question_make(q, params);
        enum status st = OK;

        if (!x)
                return err_set(e, ERR_MEMORY, "a question");
        x->answer = answer;
        x->self = self;
        pthread_mutex_lock(&r->lock);
        if (!r->up) {
                st = err_set(e, ERR_UNAVAILABLE, "PostgreSQL is away");
        } else if (r->waiting >= WAITING_MAX) {
                st = err_set(e, ERR_FULL, "%d questions wait already",
                             WAITING_MAX);
        } else {
                chain_add(&r->asked, x);
                r->waiting++;
                x = NULL;
                pthread_cond_signal(&r->more);
        }
        pthread_mutex_unlock(&r->lock);
        question_free(x);
        return st;
}

static void tell(struct question *q)
{
        q->answer(q->self, q->status, (struct text){q->json, q->n}, &q->err);
        question_free(q);
}

void reader_dispatch(struct reader *r)
{
        struct question *q;

        for (;;) {
                pthread_mutex_lock(&r->lock);
                q = chain_take(&r->ready);
                if (q)
                        r->waiting--;
                pthread_mutex_unlock(&r->lock);
                if (!q)
                        return;
                tell(q);
        }
}

void reader_free(struct reader *r)
{
        struct question *q;

        if (!r)
                return;
        if (r->started) {
                atomic_store(&r->hurry, true);
                pthread_mutex_lock(&r->lock);
                r->stop = true;
                pthread_cond_signal(&r->more);
                pthread_mutex_unlock(&r->lock);
                pthread_join(r->thread, NULL);
        }
        while ((q = chain_take(&r->ready)))
                tell(q);
        while ((q = chain_take(&r->asked))) {
                fail(q, ERR_UNAVAILABLE, "the server is stopping");
                tell(q);
        }
        pthread_cond_destroy(&r->more);
        pthread_mutex_destroy(&r->lock);
        free(r->uri);
        free(r);
}

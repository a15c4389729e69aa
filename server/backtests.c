/* server/backtests.c -- see backtests.h. */
#include "server/backtests.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schemas/wire/command.h"
#include "server/child.h"
#include "server/file.h"

struct backtests {
        const struct port *port;
        bool running;
        struct backtest_progress newest;
        char user[CODE_MAX + 1], against[65];
        /* The worker's until done. */
        char draft_file[PATH_MAX], now_file[PATH_MAX], journal[PATH_MAX];
        char upto[24];
        struct buf out;
        enum status status;
        struct err err;
        /* Between the two threads. */
        atomic_int percent;
        atomic_bool stop;
};

struct backtests *backtests_create(const struct port *port)
{
        struct backtests *b = calloc(1, sizeof *b);

        if (b)
                b->port = port;
        return b;
}

void backtests_free(struct backtests *b)
{
        if (!b)
                return;
        buf_done(&b->out);
        free(b);
}

void backtests_stop(struct backtests *b)
{
        atomic_store(&b->stop, true);
}

/* ---- on the worker ---- */

/* The newest "47 %" of what the child said. */
static int percent_of(struct text words)
{
        struct text line;
        int percent = 0;
        int64_t n;

        while (text_cut(&words, '\n', &line))
                if (line.n > 2 && line.p[line.n - 1] == '%' &&
                    text_to_i64((struct text){line.p, line.n - 2}, &n) &&
                    n >= 0 && n <= 100)
                        percent = (int)n;
        return percent;
}

static bool go_on(void *self, struct text words)
{
        struct backtests *b = self;

        atomic_store(&b->percent, percent_of(words));
        return !atomic_load(&b->stop);
}

static void work(void *self)
{
        struct backtests *b = self;
        struct child_watch watch = {go_on, b};
        const char *argv[] = {b->port->config->command,
                              "rules",
                              "backtest",
                              "--json",
                              "--progress",
                              "--journal",
                              b->journal,
                              "--upto",
                              b->upto,
                              b->draft_file,
                              b->now_file,
                              NULL};

        b->status = child_run_watched(argv[0], (char *const *)argv,
                                      BACKTEST_RESULT_MAX, BACKTEST_DEADLINE_S,
                                      &watch, &b->out, &b->err);
}

/* ---- on the loop ---- */

static void submit(struct backtests *b)
{
        struct command c = {.kind = COMMAND_RULES_TESTED,
                            .text = buf_as_text(&b->out)};
        struct buf body = {.limit = RECORD_BODY_MAX};

        snprintf(c.request, sizeof c.request, "backtest");
        snprintf(c.user, sizeof c.user, "%s", b->user);
        memcpy(c.hash, b->newest.hash, sizeof c.hash);
        memcpy(c.against, b->against, sizeof c.against);
        wire_command_encode(&c, &body);
        b->status = body.failed ? err_set(&b->err, ERR_SIZE,
                                          "the result is too large")
                                : b->port->submit(b->port->self, RECORD_COMMAND,
                                                  buf_as_text(&body), &b->err);
        buf_done(&body);
}

static void done(void *self)
{
        struct backtests *b = self;

        unlink(b->draft_file);
        unlink(b->now_file);
        b->running = false;
        if (!atomic_load(&b->stop)) {
                if (b->status == OK)
                        submit(b);
                b->newest.running = false;
                b->newest.status = b->status;
                snprintf(b->newest.msg, sizeof b->newest.msg, "%.190s",
                         b->status == OK ? "" : b->err.msg);
        }
        buf_done(&b->out);
        memset(&b->out, 0, sizeof b->out);
}

/* Both tables as files that the child reads. */
static enum status write_files(struct backtests *b, const struct rules_book *k,
                               const struct rules_draft *d, struct err *e)
{
        const char *dir = b->port->config->state_dir;
        enum status st;

        snprintf(b->draft_file, sizeof b->draft_file, "%s/backtest-draft.json",
                 dir);
        snprintf(b->now_file, sizeof b->now_file, "%s/backtest-now.json", dir);
        snprintf(b->journal, sizeof b->journal, "%s/journal", dir);
        st = file_replace(b->draft_file,
                          (struct text){d->table.text, d->table.n_text}, e);
        if (st == OK)
                st = file_replace(b->now_file,
                                  (struct text){k->now.text, k->now.n_text}, e);
        return st;
}

static const struct rules_draft *find(const struct rules_book *k,
                                      const char *hash)
{
        uint32_t i;

        for (i = 0; i < k->n_drafts; i++)
                if (strcmp(k->draft[i].table.hash, hash) == 0)
                        return &k->draft[i];
        return NULL;
}

enum status backtests_start(struct backtests *b, const char *hash,
                            const char *user, struct err *e)
{
        const struct port *p = b->port;
        const struct rules_book *k = &p->state(p->self)->rules;
        const struct rules_draft *d = find(k, hash);
        enum status st;

        if (!d)
                return err_set(e, ERR_UNKNOWN, "no draft of that text is kept");
        if (b->running)
                return err_set(e, ERR_FULL,
                               "another back-test runs: %d %% done",
                               atomic_load(&b->percent));
        if (!k->now.hash[0])
                return err_set(e, ERR_CONFLICT, "no table is in force yet");
        st = write_files(b, k, d, e);
        if (st != OK)
                return st;
        b->newest = (struct backtest_progress){.running = true};
        memcpy(b->newest.hash, d->table.hash, sizeof b->newest.hash);
        memcpy(b->against, k->now.hash, sizeof b->against);
        snprintf(b->user, sizeof b->user, "%s", user);
        snprintf(b->upto, sizeof b->upto, "%llu",
                 (unsigned long long)p->synced_seq(p->self));
        atomic_store(&b->percent, 0);
        st = p->work(p->self, work, done, b);
        b->running = st == OK;
        if (st != OK)
                b->newest.running = false;
        return st == OK ? OK : err_set(e, st, "no worker is free");
}

void backtests_look(const struct backtests *b, struct backtest_progress *ret)
{
        *ret = b->newest;
        ret->percent = atomic_load(&b->percent);
}

/* server/app_port.c -- the app as HTTP sees it (server/port.h). */
#include "server/app_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/log.h"
#include "server/paths.h"

/* ---- the port: what HTTP asks of us ---- */

static const struct state *port_state(void *self)
{
        return ((struct app *)self)->state;
}

static int64_t port_engine_now(void *self)
{
        return clock_engine_us(&((struct app *)self)->clock);
}

static int64_t port_real_now(void *self)
{
        (void)self;
        return clock_real_us();
}

enum status app_submit(void *self, enum record_kind kind, struct text body,
                       struct err *e)
{
        struct app *a = self;

        return journal_submit(a->journal, kind, clock_real_us(), body, e);
}

static uint64_t port_synced(void *self)
{
        return journal_synced_seq(((struct app *)self)->journal);
}

static void port_journal_stats(void *self, struct journal_stats *ret)
{
        journal_get_stats(((struct app *)self)->journal, ret);
}

static void port_archive_status(void *self, struct archive_status *ret)
{
        struct app *a = self;

        memset(ret, 0, sizeof *ret);
        if (a->archive)
                archive_get_status(a->archive, ret);
}

static uint64_t port_archived(void *self)
{
        return ((struct app *)self)->told_archived;
}

static enum status port_ask(void *self, enum query q, const char *const *params,
                            reader_answer answer, void *answer_self,
                            struct err *e)
{
        struct app *a = self;

        if (!a->reader)
                return err_set(e, ERR_UNAVAILABLE, "no database configured");
        return reader_ask(a->reader, q, params, answer, answer_self, e);
}

struct job {
        uv_work_t req;
        void (*work)(void *job);
        void (*done)(void *job);
        void *arg;
};

static void on_work(uv_work_t *w)
{
        struct job *j = w->data;

        j->work(j->arg);
}

static void on_work_done(uv_work_t *w, int status)
{
        struct job *j = w->data;

        (void)status;
        j->done(j->arg);
        free(j);
}

enum status app_work(void *self, void (*work)(void *job),
                     void (*done)(void *job), void *arg)
{
        struct app *a = self;
        struct job *j = malloc(sizeof *j);

        if (!j)
                return ERR_MEMORY;
        *j = (struct job){.work = work, .done = done, .arg = arg};
        j->req.data = j;
        if (uv_queue_work(a->loop, &j->req, on_work, on_work_done) != 0) {
                free(j);
                return ERR_UNAVAILABLE;
        }
        return OK;
}

static void port_terminals(void *self, struct terminal_counts *ret)
{
        struct app *a = self;

        terminal_tcp_get_counts(a->terminals, &ret->tcp);
        confirms_get_counts(a->confirms, &ret->confirms);
        pictures_get_counts(a->pictures, &ret->pictures);
}

static int64_t port_lag(void *self)
{
        return ((struct app *)self)->lag_us;
}

static void port_log(void *self, bool warn, const char *line)
{
        (void)self;
        if (warn)
                log_warn("http", "%s", line);
        else
                log_info("http", "%s", line);
}

void app_fill_port(struct app *a)
{
        struct config *c = &a->config;

        snprintf(a->illustrative[0], sizeof a->illustrative[0],
                 "行政区与河流轮廓为示意，不作为界线依据");
        snprintf(a->illustrative[1], sizeof a->illustrative[1],
                 "Outlines of zones and rivers are illustrative only");
        snprintf(a->rivers_file, sizeof a->rivers_file, "%s/rivers.geojson",
                 c->day_dir);
        a->port_config = (struct port_config){
                .source_line_zh = c->source_zh,
                .source_line_en = c->source_en,
                .illustrative_zh = c->demo ? a->illustrative[0] : "",
                .illustrative_en = c->demo ? a->illustrative[1] : "",
                .state_dir = c->state_dir,
                .command = paths_command(),
                .city = c->city,
                .console_dir = c->console_dir,
                .rivers_file = c->day_dir[0] ? a->rivers_file : NULL,
                .allowed_origins = c->origin[0] ? c->origin : NULL,
                .journal_max_bytes = (uint64_t)c->journal_max_mb << 20,
                .demo = c->demo,
                .storm_clock = a->clock.storm,
                .secure_cookie = c->behind_proxy || c->tls_certificate[0],
                .behind_proxy = c->behind_proxy,
        };
        a->port = (struct port){
                .self = a,
                .config = &a->port_config,
                .state = port_state,
                .engine_now = port_engine_now,
                .real_now = port_real_now,
                .submit = app_submit,
                .synced_seq = port_synced,
                .journal_stats = port_journal_stats,
                .archived = port_archived,
                .archive_status = port_archive_status,
                .ask = port_ask,
                .work = app_work,
                .terminals = port_terminals,
                .loop_lag_us = port_lag,
                .log = port_log,
        };
}

/* server/app.c -- sanfangd put together.
 *
 * Out of one loop: drain the journal, step, hand the effects to archive,
 * hub, routes, receipts and the retained topics; write ticks, forecasts
 * and snapshots.  Other threads only wake it.
 * Thread: the loop, but for the callbacks marked otherwise. */
#include "server/app.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "schemas/time.h"
#include "schemas/wire/command.h"
#include "schemas/wire/forecast.h"
#include "schemas/wire/rule.h"
#include "sensors/adapter/journal.h"
#include "sensors/adapter/mqtt.h"
#include "server/adapter/lws.h"
#include "server/clock.h"
#include "server/confirm.h"
#include "server/control.h"
#include "server/file.h"
#include "server/hub.h"
#include "server/log.h"
#include "server/paths.h"
#include "server/pipeline.h"
#include "server/recover.h"
#include "server/retained.h"
#include "server/routes.h"
#include "server/row.h"
#include "server/snapshot.h"

#define DRAIN_BUDGET_US 10000 /* then other clients get their turn */
#define TICK_MS 20
#define SLOW_MS 250
#define TICKS_AT_ONCE 400
#define FORECAST_WAIT_US (10 * MINUTE_US)

struct app {
        struct config config;
        uv_loop_t *loop;
        uv_async_t wake;
        uv_timer_t tick_timer, slow_timer;
        struct journal *journal;
        struct state *state;
        struct effects fx;
        struct buf rows;
        struct clock clock;
        struct archive *archive;
        struct reader *reader;
        struct hub *hub;
        struct routes *routes;
        struct web *web;
        struct receipts *receipts;
        struct retained *retained;
        struct confirms *confirms;
        struct control *control;
        struct mqtt *mqtt;
        struct port port;
        struct port_config port_config;
        char rivers_file[PATH_MAX];
        char illustrative[2][160];
        int64_t *asked_us; /* per station: engine time of the last run */
        uint32_t n_asked;
        uint64_t told_archived, told_synced;
        bool database_up;
        int64_t snapshot_mono_us;
        bool snapshot_busy;
        int64_t lag_us, turn_us;
        bool stopping;
        uint32_t handles; /* of ours that are not closed yet */
        atomic_bool mqtt_up;
};

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

static enum status port_submit(void *self, enum record_kind kind,
                               struct text body, struct err *e)
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

static enum status port_work(void *self, void (*work)(void *job),
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

static void fill_port(struct app *a)
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
                .submit = port_submit,
                .synced_seq = port_synced,
                .journal_stats = port_journal_stats,
                .archived = port_archived,
                .archive_status = port_archive_status,
                .ask = port_ask,
                .work = port_work,
                .loop_lag_us = port_lag,
                .log = port_log,
        };
}

/* ---- other threads: they only wake the loop ---- */

/* Any thread.  libuv 1.44 reads its pending flag plainly, so what was
 * written before must be visible first: a full fence. */
static void wake(void *self)
{
        struct app *a = self;

        atomic_thread_fence(memory_order_seq_cst);
        uv_async_send(&a->wake);
}

/* Paho's receive thread. */
static enum status on_message(void *self, struct text topic,
                              struct text payload, struct err *e)
{
        struct app *a = self;
        uint64_t seq;

        return journal_append_mqtt(a->journal, clock_real_us(), topic, payload,
                                   &seq, e);
}

static void submit_link(struct app *a, enum link l, bool up, const char *why)
{
        struct link_note n = {.up = up};
        struct buf b = {0};
        struct err e = {0};

        snprintf(n.link, sizeof n.link, "%s", link_name(l));
        snprintf(n.why, sizeof n.why, "%s", why);
        wire_link_encode(&n, &b);
        if (journal_submit(a->journal, RECORD_LINK, clock_real_us(),
                           buf_as_text(&b), &e) != OK)
                log_warn("link_not_kept", "link=%s msg=\"%s\"", n.link, e.msg);
        buf_done(&b);
}

/* Paho's threads. */
static void on_link(void *self, bool up, const char *why)
{
        struct app *a = self;

        log_info("broker", "up=%d why=\"%s\"", up, why ? why : "");
        atomic_store(&a->mqtt_up, up);
        submit_link(a, LINK_BROKER, up, why ? why : "");
}

static enum status send_qos0(void *self, const char *topic, struct text payload)
{
        struct app *a = self;

        if (!a->mqtt)
                return ERR_UNAVAILABLE;
        return mqtt_publish(a->mqtt, topic, payload, 0, false, NULL);
}

static enum status send_retained(void *self, const char *topic,
                                 struct text payload)
{
        struct app *a = self;

        if (!a->mqtt)
                return ERR_UNAVAILABLE;
        return mqtt_publish(a->mqtt, topic, payload, 1, true, NULL);
}

/* ---- the step ---- */

static void on_state_changed(struct app *a, const struct record *r)
{
        if (r->kind == RECORD_CLOCK || r->kind == RECORD_COMMAND)
                clock_set_rate(&a->clock, a->state->rate_milli);
        if (r->kind == RECORD_LINK && a->state->link_up[LINK_BROKER])
                retained_all(a->retained, a->state);
}

static void take(struct app *a, const struct record *r)
{
        struct err e = {0};

        if (pipeline_step(a->state, r, &a->fx, &e) != OK) {
                log_warn("step_failed", "seq=%llu msg=\"%s\"",
                         (unsigned long long)r->seq, e.msg);
                abort(); /* the journal has it: a restart takes it again */
        }
        if (a->archive) {
                buf_clear(&a->rows);
                rows_encode(a->state, r, &a->fx, &a->rows);
                archive_put(a->archive, r->seq, buf_as_text(&a->rows));
        }
        hub_on_effects(a->hub, &a->fx, r->seq);
        routes_on_effects(a->routes, &a->fx, r->seq);
        control_on_record(a->control, r, &a->fx);
        receipts_on_effects(a->receipts, &a->fx);
        confirms_on_record(a->confirms, r, &a->fx, a->state->engine_us);
        retained_on_effects(a->retained, &a->fx);
        on_state_changed(a, r);
}

/* True when there is more. */
static bool drain(struct app *a)
{
        int64_t start = clock_mono_us();
        struct record r;

        while (journal_drain(a->journal, &r)) {
                take(a, &r);
                if (clock_mono_us() - start > DRAIN_BUDGET_US)
                        return true;
        }
        return false;
}

static void look_at_database(struct app *a)
{
        struct archive_status s;

        if (!a->archive)
                return;
        archive_get_status(a->archive, &s);
        if (s.position != a->told_archived) {
                a->told_archived = s.position;
                hub_on_archived(a->hub, s.position);
        }
        if (s.up == a->database_up)
                return;
        a->database_up = s.up;
        log_info("database", "up=%d msg=\"%s\"", s.up, s.last_error);
        submit_link(a, LINK_DATABASE, s.up, s.up ? "" : s.last_error);
}

static void on_wake(uv_async_t *h)
{
        struct app *a = h->data;
        uint64_t synced;

        if (a->stopping)
                return;
        if (drain(a))
                uv_async_send(&a->wake);
        synced = journal_synced_seq(a->journal);
        if (synced != a->told_synced) {
                a->told_synced = synced;
                routes_on_synced(a->routes, synced);
                control_on_synced(a->control, synced);
                confirms_on_synced(a->confirms, synced);
        }
        look_at_database(a);
        if (a->reader)
                reader_dispatch(a->reader);
}

/* ---- time ---- */

static bool grow_asked(struct app *a)
{
        uint32_t n = a->state->places.n_stations, i;
        int64_t *more;

        if (n <= a->n_asked)
                return true;
        more = realloc(a->asked_us, n * sizeof *more);
        if (!more)
                return false;
        for (i = a->n_asked; i < n; i++)
                more[i] = INT64_MIN / 2;
        a->asked_us = more;
        a->n_asked = n;
        return true;
}

/* Runs the level forecasts that are due; each becomes a record. */
static void run_forecasts(struct app *a)
{
        int64_t now = a->state->engine_us;
        static struct forecast f;
        struct buf b = {0};
        uint32_t i;

        if (!grow_asked(a))
                return;
        for (i = 0; i < a->n_asked; i++) {
                if (now - a->asked_us[i] < FORECAST_WAIT_US ||
                    !engine_forecast_due(a->state->engine, &a->state->places, i,
                                         now, &f))
                        continue;
                buf_clear(&b);
                wire_forecast_encode(&f, &b);
                if (journal_submit(a->journal, RECORD_FORECAST, clock_real_us(),
                                   buf_as_text(&b), NULL) == OK)
                        a->asked_us[i] = now;
        }
        buf_done(&b);
}

static void on_tick(uv_timer_t *t)
{
        struct app *a = t->data;
        struct clock before;
        struct buf b = {0};
        int64_t engine_us, now = clock_mono_us();
        int n;

        a->lag_us = now - a->turn_us - TICK_MS * 1000;
        a->turn_us = now;
        for (n = 0; n < TICKS_AT_ONCE; n++) {
                before = a->clock;
                if (!clock_next_tick(&a->clock, &engine_us))
                        break;
                buf_clear(&b);
                record_tick_pack(&b, engine_us, clock_real_us());
                if (journal_submit(a->journal, RECORD_TICK, clock_real_us(),
                                   buf_as_text(&b), NULL) != OK) {
                        a->clock.last_tick_us = before.last_tick_us;
                        break;
                }
        }
        buf_done(&b);
}

struct snapshot_job {
        struct app *app;
        struct buf bytes;
        uint64_t seq;
        uint64_t oldest;
        enum status st;
        struct err e;
};

/* Worker pool. */
static void snapshot_work(void *arg)
{
        struct snapshot_job *j = arg;

        j->st = snapshot_write(j->app->config.state_dir, j->seq,
                               buf_as_text(&j->bytes), &j->e);
        j->oldest =
                snapshot_tidy(j->app->config.state_dir,
                              archive_position_hint(j->app->config.state_dir));
}

static void snapshot_done(void *arg)
{
        struct snapshot_job *j = arg;
        struct app *a = j->app;

        a->snapshot_busy = false;
        a->snapshot_mono_us = clock_mono_us();
        if (j->st != OK)
                log_warn("snapshot_failed", "msg=\"%s\"", j->e.msg);
        else if (!a->stopping && j->oldest)
                journal_retain(a->journal, j->oldest);
        if (!a->stopping)
                control_on_snapshot(a->control, j->seq, j->st);
        buf_done(&j->bytes);
        free(j);
}

static void start_snapshot(void *self)
{
        struct app *a = self;
        struct snapshot_job *j;

        if (a->snapshot_busy)
                return;
        j = calloc(1, sizeof *j);
        if (!j)
                return;
        j->app = a;
        j->seq = a->state->seq;
        state_save(a->state, &j->bytes);
        if (j->bytes.failed ||
            port_work(a, snapshot_work, snapshot_done, j) != OK) {
                log_warn("snapshot_failed", "msg=\"no memory\"");
                buf_done(&j->bytes);
                free(j);
                return;
        }
        a->snapshot_busy = true;
}

static void on_slow(uv_timer_t *t)
{
        struct app *a = t->data;
        int64_t now = clock_mono_us();

        run_forecasts(a);
        hub_tick(a->hub);
        routes_tick(a->routes);
        receipts_tick(a->receipts, a->state, a->told_archived, now);
        if (atomic_load(&a->mqtt_up))
                retained_tick(a->retained, a->state);
        if (now - a->snapshot_mono_us > a->config.snapshot_s * SECOND_US)
                start_snapshot(a);
        uv_async_send(&a->wake); /* a lost wake-up costs 250 ms, no more */
        sd_notify(0, "WATCHDOG=1");
}

/* ---- start, in order ---- */

static enum status open_journal(struct app *a, struct err *e)
{
        struct config *c = &a->config;
        char dir[PATH_MAX];
        struct journal_config jc = {
                .dir = dir,
                .segment_bytes = (uint64_t)c->journal_segment_mb << 20,
                .max_bytes = (uint64_t)c->journal_max_mb << 20,
                .reserve_bytes = (uint64_t)c->journal_reserve_mb << 20,
                .sync_interval_us = c->journal_sync_ms * 1000,
                .wake = wake,
                .self = a,
        };
        enum status st = file_make_dir(c->state_dir, e);

        snprintf(dir, sizeof dir, "%s/journal", c->state_dir);
        return st == OK ? journal_open(&jc, &a->journal, e) : st;
}

static enum status open_archive(struct app *a, struct err *e)
{
        struct config *c = &a->config;
        struct archive_config ac = {
                .uri = c->database_uri,
                .dir = c->state_dir,
                .migrations_dir = c->migrations_dir[0] ? c->migrations_dir
                                                       : paths_sql_dir(),
                .notify = wake,
                .self = a,
        };
        enum status st;

        if (!c->database_uri[0]) {
                log_warn("no_database", "msg=\"database.uri is not set: "
                                        "nothing will be archived\"");
                return OK;
        }
        st = archive_create(&ac, &a->archive, e);
        if (st == OK)
                st = reader_create(c->database_uri, wake, a, &a->reader, e);
        return st;
}

static enum status rebuild(struct app *a, struct err *e)
{
        struct recovery r;
        enum status st = recover(a->config.state_dir, a->archive, &r, e);

        if (st != OK)
                return st;
        a->state = r.state;
        log_info("recovered", "snapshot=%llu records=%llu seq=%llu damaged=%u",
                 (unsigned long long)r.from_seq, (unsigned long long)r.replayed,
                 (unsigned long long)a->state->seq, r.damaged);
        clock_start(&a->clock, !strcmp(a->config.clock_mode, "storm"),
                    a->state->engine_us, a->state->rate_milli);
        return OK;
}

/* The configured rule table, when none is in force or reload asks. */
static enum status put_rules(struct app *a, struct err *e)
{
        struct rule_set *set = calloc(1, sizeof *set);
        struct buf b = {.limit = JSON_FILE_MAX};
        enum status st = set ? file_read(a->config.rules, &b, e)
                             : err_set(e, ERR_MEMORY, "no memory");

        if (st == OK)
                st = wire_rules_decode(buf_as_text(&b), set, e);
        if (st == OK)
                st = port_submit(a, RECORD_RULES, buf_as_text(&b), e);
        buf_done(&b);
        free(set);
        return st;
}

static enum status start_rules(struct app *a, struct err *e)
{
        const struct rule_set *now = engine_rule_set(a->state->engine);
        struct err why = {0};
        enum status st;

        if (!a->config.rules[0] || (now && now->n_rules))
                return OK;
        st = put_rules(a, &why);
        return st == OK ? OK
                        : err_set(e, st, "rules %s: %s", a->config.rules,
                                  why.msg);
}

static enum status start_outputs(struct app *a, struct err *e)
{
        struct hub_config hc = hub_defaults();
        enum status st;

        fill_port(a);
        st = hub_create(&a->port, &hc, &a->hub, e);
        if (st == OK)
                st = routes_create(&a->port, a->hub, &a->routes, e);
        if (st == OK)
                st = receipts_create(send_qos0, a, &a->receipts, e);
        if (st == OK)
                st = confirms_create(send_qos0, a, &a->confirms, e);
        if (st == OK)
                st = retained_create(send_retained, a, a->config.city,
                                     &a->retained, e);
        return st;
}

static enum status start_control(struct app *a, struct err *e)
{
        struct control_port p = {a, port_submit, start_snapshot};
        char path[PATH_MAX];

        snprintf(path, sizeof path, "%s/sanfangd.sock", a->config.state_dir);
        return control_create(a->loop, path, &p, &a->control, e);
}

static enum status start_web(struct app *a, struct err *e)
{
        struct config *c = &a->config;
        struct web_config wc = {
                .address = c->http_address,
                .port = (int)c->http_port,
                .certificate =
                        c->tls_certificate[0] ? c->tls_certificate : NULL,
                .key = c->tls_key[0] ? c->tls_key : NULL,
                .behind_proxy = c->behind_proxy,
        };

        return web_create(&wc, a->loop, a->routes, a->hub, &a->web, e);
}

static enum status start_mqtt(struct app *a, struct err *e)
{
        struct config *c = &a->config;
        struct mqtt_sink sink = {a, on_message, on_link};
        char password[256] = "";
        struct mqtt_config mc = {
                .url = c->mqtt_url,
                .client_id = c->mqtt_client_id,
                .user = c->mqtt_user[0] ? c->mqtt_user : NULL,
                .password = password,
                .ca_file = c->mqtt_ca_file[0] ? c->mqtt_ca_file : NULL,
                .topics = {"sanfang/v1/st/+/up/#", "sanfang/v1/120/+/up/#",
                           "sanfang/v1/fc/+/up/#"},
                .keep_alive_s = 10,
                .session_expiry_s = 86400,
        };
        enum status st = OK;

        if (c->mqtt_password_file[0])
                st = file_first_line(c->mqtt_password_file, password,
                                     sizeof password, e);
        if (st == OK)
                st = mqtt_create(&mc, &sink, &a->mqtt, e);
        explicit_bzero(password, sizeof password);
        return st;
}

static void start_timers(struct app *a)
{
        a->turn_us = clock_mono_us();
        a->snapshot_mono_us = a->turn_us;
        uv_timer_start(&a->tick_timer, on_tick, TICK_MS, TICK_MS);
        uv_timer_start(&a->slow_timer, on_slow, SLOW_MS, SLOW_MS);
}

static void init_handles(struct app *a)
{
        uv_async_init(a->loop, &a->wake, on_wake);
        uv_timer_init(a->loop, &a->tick_timer);
        uv_timer_init(a->loop, &a->slow_timer);
        a->wake.data = a->tick_timer.data = a->slow_timer.data = a;
        a->handles = 3;
}

enum status app_start(const struct config *c, uv_loop_t *loop, struct app **ret,
                      struct err *e)
{
        struct app *a = calloc(1, sizeof *a);
        enum status st;

        if (!a)
                return err_set(e, ERR_MEMORY, "no memory");
        a->config = *c;
        a->loop = loop;
        effects_init(&a->fx);
        init_handles(a);
        *ret = a;
        st = open_journal(a, e);
        if (st == OK)
                st = open_archive(a, e);
        if (st == OK)
                st = rebuild(a, e);
        if (st == OK)
                st = start_outputs(a, e);
        if (st == OK)
                st = start_control(a, e);
        if (st == OK)
                st = start_web(a, e);
        if (st == OK)
                st = start_rules(a, e);
        if (st != OK)
                return st;
        /* What we know of the links begins with "down". */
        if (a->state->link_up[LINK_BROKER])
                submit_link(a, LINK_BROKER, false, "sanfangd started");
        a->database_up = a->state->link_up[LINK_DATABASE];
        st = start_mqtt(a, e);
        if (st == OK)
                start_timers(a);
        return st;
}

/* ---- stop, the same list upside down ---- */

static void on_closed(uv_handle_t *h)
{
        struct app *a = h->data;

        a->handles--;
}

void app_stop(struct app *a)
{
        if (!a || a->stopping)
                return;
        log_info("stopping", "seq=%llu",
                 (unsigned long long)(a->state ? a->state->seq : 0));
        mqtt_free(a->mqtt); /* no more intake; the session is kept */
        a->mqtt = NULL;
        if (a->state && a->journal && a->hub)
                while (drain(a))
                        ;
        a->stopping = true;
        uv_timer_stop(&a->tick_timer);
        uv_timer_stop(&a->slow_timer);
        if (a->hub)
                hub_stop(a->hub);
        web_close(a->web);
        a->web = NULL;
        control_close(a->control);
        uv_close((uv_handle_t *)&a->tick_timer, on_closed);
        uv_close((uv_handle_t *)&a->slow_timer, on_closed);
        reader_free(a->reader);
        a->reader = NULL;
        archive_free(a->archive);
        a->archive = NULL;
        journal_close(a->journal);
        a->journal = NULL;
        uv_close((uv_handle_t *)&a->wake, on_closed);
}

void app_reload(struct app *a)
{
        struct err e = {0};

        if (a->stopping || !a->config.rules[0])
                return;
        if (put_rules(a, &e) == OK)
                log_info("reloaded", "rules=%s", a->config.rules);
        else
                log_warn("reload_refused",
                         "rules=%s msg=\"%s; the old rules stay in force\"",
                         a->config.rules, e.msg);
}

static void last_snapshot(struct app *a)
{
        struct buf b = {0};
        struct err e = {0};

        if (!a->state)
                return;
        state_save(a->state, &b);
        if (b.failed || snapshot_write(a->config.state_dir, a->state->seq,
                                       buf_as_text(&b), &e) != OK)
                log_warn("snapshot_failed", "msg=\"%s\"", e.msg);
        buf_done(&b);
}

void app_free(struct app *a)
{
        if (!a)
                return;
        if (a->stopping)
                last_snapshot(a);
        routes_free(a->routes);
        hub_free(a->hub);
        receipts_free(a->receipts);
        retained_free(a->retained);
        confirms_free(a->confirms);
        state_free(a->state);
        effects_done(&a->fx);
        buf_done(&a->rows);
        free(a->asked_us);
        free(a);
}

/* server/app.c -- sanfangd put together: start and stop.
 *
 * Out of one loop: drain the journal, step, hand the effects to archive,
 * hub, routes, receipts and the retained topics; write ticks, forecasts
 * and snapshots.  Other threads only wake it.
 * Thread: the loop. */
#include "server/app_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/check.h"
#include "schemas/time.h"
#include "server/file.h"
#include "server/log.h"
#include "server/paths.h"
#include "server/recover.h"
#include "server/rule_file.h"
#include "server/snapshot.h"

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
                .wake = app_wake,
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
                .notify = app_wake,
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
                archive_on_synced(a->archive, journal_synced_seq(a->journal));
        if (st == OK)
                st = reader_create(c->database_uri, app_wake, a, &a->reader, e);
        return st;
}

static enum status rebuild(struct app *a, struct err *e)
{
        struct recovery r;
        enum status st = recover(a->config.state_dir, a->archive,
                                 journal_last_seq(a->journal), &r, e);

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
                st = rule_file_decode(buf_as_text(&b), set, NULL, e);
        if (st == OK)
                st = app_submit(a, RECORD_RULES, buf_as_text(&b), e);
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

/* The configured check table, in the same way. */
static enum status put_checks(struct app *a, struct err *e)
{
        struct check_table *c = calloc(1, sizeof *c);
        struct buf b = {.limit = RECORD_BODY_MAX};
        enum status st = c ? file_read(a->config.checks, &b, e)
                           : err_set(e, ERR_MEMORY, "no memory");

        if (st == OK)
                st = wire_checks_decode(buf_as_text(&b), c, e);
        if (st == OK)
                st = app_submit(a, RECORD_IMPORT, buf_as_text(&b), e);
        buf_done(&b);
        free(c);
        return st;
}

static enum status start_checks(struct app *a, struct err *e)
{
        const struct check_table *now = sensors_check_table(a->state->sensors);
        struct err why = {0};
        enum status st;

        if (!a->config.checks[0] || now->version)
                return OK;
        st = put_checks(a, &why);
        return st == OK ? OK
                        : err_set(e, st, "checks %s: %s", a->config.checks,
                                  why.msg);
}

static enum status start_outputs(struct app *a, struct err *e)
{
        struct hub_config hc = hub_defaults();
        enum status st;

        app_fill_port(a);
        st = hub_create(&a->port, &hc, &a->hub, e);
        if (st == OK)
                st = routes_create(&a->port, a->hub, &a->routes, e);
        if (st == OK)
                st = receipts_create(app_send_qos0, a, &a->receipts, e);
        if (st == OK)
                st = confirms_create(app_send_qos0, app_send_terminal, a,
                                     &a->confirms, e);
        if (st == OK)
                st = pictures_create(a->config.state_dir, app_work, a,
                                     &a->pictures, e);
        if (st == OK)
                st = retained_create(app_send_retained, a, a->config.city,
                                     &a->retained, e);
        return st;
}

static enum status start_control(struct app *a, struct err *e)
{
        struct control_port p = {a, app_submit, app_start_snapshot};
        char path[PATH_MAX];

        snprintf(path, sizeof path, "%s/sanfangd.sock", a->config.state_dir);
        return control_create(a->loop, path, &p, &a->control, e);
}

static enum status submit_frame(void *self, int64_t real_us, struct text source,
                                struct text frame)
{
        struct app *a = self;
        enum status st;

        buf_clear(&a->frame);
        record_mqtt_pack(&a->frame, source, frame);
        st = a->frame.failed ? ERR_MEMORY
                             : journal_submit(a->journal, RECORD_FRAME, real_us,
                                              buf_as_text(&a->frame), NULL);
        a->frame.failed = false;
        return st;
}

static enum status start_terminals(struct app *a, struct err *e)
{
        struct config *c = &a->config;
        struct terminal_tcp_port port = {a, submit_frame, clock_real_us,
                                         clock_mono_us};
        struct terminal_tcp_config tc = {
                .address = c->sl651_address,
                .port = (int)c->sl651_port,
                .max_connections = (uint32_t)c->sl651_max_connections,
                .max_per_address = (uint32_t)c->sl651_max_per_address,
                .idle_us = c->sl651_idle_s * SECOND_US,
                .frame_us = 10 * SECOND_US,
        };

        a->confirm_commit = !strcmp(c->sl651_confirm_after, "commit");
        if (!c->sl651_port)
                return OK;
        return terminal_tcp_create(&tc, a->loop, &port, &a->terminals, e);
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
        struct mqtt_sink sink = {a, app_on_message, app_on_link};
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
                .refused = app_on_refused,
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
        uv_timer_start(&a->tick_timer, app_on_tick, APP_TICK_MS, APP_TICK_MS);
        uv_timer_start(&a->slow_timer, app_on_slow, APP_SLOW_MS, APP_SLOW_MS);
}

static void init_handles(struct app *a)
{
        uv_async_init(a->loop, &a->wake, app_on_wake);
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
                st = start_terminals(a, e);
        if (st == OK)
                st = start_rules(a, e);
        if (st == OK)
                st = start_checks(a, e);
        if (st != OK)
                return st;
        /* What we know of the links begins with "down". */
        if (a->state->link_up[LINK_BROKER])
                app_submit_link(a, LINK_BROKER, false, "sanfangd started");
        a->database_up = a->state->link_up[LINK_DATABASE];
        st = start_mqtt(a, e);
        if (st == OK) {
                a->told_mappings = sensors_mapping_changes(a->state->sensors);
                app_want_mappings(a);
                start_timers(a);
        }
        return st;
}

/* ---- stop, the same list upside down ---- */

static void on_closed(uv_handle_t *h)
{
        struct app *a = h->data;

        a->handles--;
}

/* What was taken last is put on the disk, so that it may be archived. */
static void let_archive_end(struct app *a)
{
        if (!a->archive || !a->journal)
                return;
        journal_sync(a->journal, NULL);
        archive_on_synced(a->archive, journal_synced_seq(a->journal));
}

void app_stop(struct app *a)
{
        if (!a || a->stopping)
                return;
        log_info("stopping", "seq=%llu",
                 (unsigned long long)(a->state ? a->state->seq : 0));
        mqtt_free(a->mqtt); /* no more intake; the session is kept */
        a->mqtt = NULL;
        terminal_tcp_close(a->terminals);
        a->terminals = NULL;
        if (a->state && a->journal && a->hub)
                while (app_drain(a))
                        ;
        a->stopping = true;
        if (a->routes)
                routes_stop(a->routes);
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
        let_archive_end(a);
        archive_free(a->archive);
        a->archive = NULL;
        journal_close(a->journal);
        a->journal = NULL;
        uv_close((uv_handle_t *)&a->wake, on_closed);
}

bool app_wants_start(const struct app *a)
{
        return a->wants_start;
}

void app_reload(struct app *a)
{
        struct err e = {0};

        if (a->stopping)
                return;
        if (a->config.checks[0] && put_checks(a, &e) == OK)
                log_info("reloaded", "checks=%s", a->config.checks);
        else if (a->config.checks[0])
                log_warn("reload_refused",
                         "checks=%s msg=\"%s; the old ones stay in force\"",
                         a->config.checks, e.msg);
        if (!a->config.rules[0])
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
        struct err e = {0};

        if (a->state && snapshot_write(a->config.state_dir, a->state, &e) != OK)
                log_warn("snapshot_failed", "msg=\"%s\"", e.msg);
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
        buf_done(&a->frame);
        pictures_free(a->pictures);
        free(a->asked_us);
        free(a);
}

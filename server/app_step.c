/* server/app_step.c -- records in, effects out to all who want them.
 *
 * Thread: the loop, but for what other threads call, as marked. */
#include "server/app_inside.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/command.h"
#include "server/log.h"
#include "server/pipeline.h"
#include "server/row.h"

#define DRAIN_BUDGET_US 10000 /* then other clients get their turn */

/* ---- other threads: they only wake the loop ---- */

/* Any thread.  libuv 1.44 reads its pending flag plainly, so what was
 * written before must be visible first: a full fence. */
void app_wake(void *self)
{
        struct app *a = self;

        atomic_thread_fence(memory_order_seq_cst);
        uv_async_send(&a->wake);
}

/* Paho's receive thread. */
enum status app_on_message(void *self, struct text topic, struct text payload,
                           struct err *e)
{
        struct app *a = self;
        uint64_t seq;

        return journal_append_mqtt(a->journal, clock_real_us(), topic, payload,
                                   &seq, e);
}

void app_submit_link(struct app *a, enum link l, bool up, const char *why)
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
void app_on_link(void *self, bool up, const char *why)
{
        struct app *a = self;

        log_info("broker", "up=%d why=\"%s\"", up, why ? why : "");
        atomic_store(&a->mqtt_up, up);
        app_submit_link(a, LINK_BROKER, up, why ? why : "");
}

/* Paho's threads: a vendor's topic that our account may not read. */
void app_on_refused(void *self, const char *filter, const char *why)
{
        (void)self;
        log_warn("subscription_refused", "filter=\"%s\" msg=\"%s\"", filter,
                 why);
}

void app_want_mappings(struct app *a)
{
        const char *filters[MQTT_MORE_MAX];
        uint32_t n = sensors_n_mappings(a->state->sensors), i;

        if (n > MQTT_MORE_MAX)
                n = MQTT_MORE_MAX;
        for (i = 0; i < n; i++)
                filters[i] = sensors_mapping_topic(a->state->sensors, i);
        mqtt_want(a->mqtt, filters, n);
}

enum status app_send_qos0(void *self, const char *topic, struct text payload)
{
        struct app *a = self;

        if (!a->mqtt)
                return ERR_UNAVAILABLE;
        return mqtt_publish(a->mqtt, topic, payload, 0, false, NULL);
}

enum status app_send_terminal(void *self, const char *to, struct text bytes)
{
        struct app *a = self;

        return terminal_tcp_send(a->terminals, to, bytes);
}

enum status app_send_retained(void *self, const char *topic,
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
        if (r->kind == RECORD_IMPORT && a->mqtt &&
            sensors_mapping_changes(a->state->sensors) != a->told_mappings) {
                a->told_mappings = sensors_mapping_changes(a->state->sensors);
                app_want_mappings(a);
        }
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
        confirms_on_effects(a->confirms, &a->fx);
        pictures_on_effects(a->pictures, a->state, &a->fx);
        retained_on_effects(a->retained, &a->fx);
        on_state_changed(a, r);
}

/* True when there is more. */
bool app_drain(struct app *a)
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

static void tell_foreign(const struct app *a, struct archive_status *s)
{
        s->up = false;
        snprintf(s->last_error, sizeof s->last_error,
                 "数据库属于另一份日志（序号 %llu），未入库；请换用空库",
                 (unsigned long long)a->foreign_position);
}

/* A database that is ahead of our journal was filled from another one: it
 * would take our rows for old ones.  It counts as down, loudly, until the
 * server is started with another. */
static bool is_foreign(struct app *a, const struct archive_status *s)
{
        uint64_t at = s->database_position_at_connect;

        if (a->foreign_position == 0 && s->up &&
            at > journal_last_seq(a->journal)) {
                a->foreign_position = at;
                log_warn("foreign_database",
                         "position=%llu journal=%llu msg=\"this database "
                         "was filled from another journal: nothing is "
                         "archived; use an empty one\"",
                         (unsigned long long)at,
                         (unsigned long long)journal_last_seq(a->journal));
        }
        return a->foreign_position != 0;
}

/* Rows that the database lost are made again by a replay of the journal,
 * and that is what a start does.  Whoever supervises us starts us. */
static void start_again(struct app *a, const struct archive_status *s)
{
        if (a->wants_start)
                return;
        a->wants_start = true;
        log_warn("database_went_back", "position=%llu msg=\"%s\"",
                 (unsigned long long)s->position, s->last_error);
        raise(SIGTERM); /* the signal's way out is the only one */
}

static void look_at_database(struct app *a)
{
        struct archive_status s;

        if (!a->archive)
                return;
        archive_get_status(a->archive, &s);
        if (s.behind)
                start_again(a, &s);
        if (is_foreign(a, &s)) {
                tell_foreign(a, &s);
        } else if (s.position != a->told_archived) {
                a->told_archived = s.position;
                hub_on_archived(a->hub, s.position);
        }
        if (s.up == a->database_up)
                return;
        a->database_up = s.up;
        log_info("database", "up=%d msg=\"%s\"", s.up, s.last_error);
        app_submit_link(a, LINK_DATABASE, s.up, s.up ? "" : s.last_error);
}

void app_on_wake(uv_async_t *h)
{
        struct app *a = h->data;
        uint64_t synced;

        if (a->stopping)
                return;
        if (app_drain(a))
                uv_async_send(&a->wake);
        hub_hurry(a->hub);
        synced = journal_synced_seq(a->journal);
        if (synced != a->told_synced) {
                a->told_synced = synced;
                if (a->archive)
                        archive_on_synced(a->archive, synced);
                routes_on_synced(a->routes, synced);
                control_on_synced(a->control, synced);
        }
        look_at_database(a);
        confirms_on_safe(
                a->confirms,
                confirm_safe_seq(a->confirm_commit, synced, a->told_archived));
        receipts_tick(a->receipts, a->state, a->told_archived, clock_mono_us());
        if (a->reader)
                reader_dispatch(a->reader);
}

/* server/hub_encode.c -- what the feed says: snapshot, delta, heartbeat and
 * bye as messages, and the strip that tells whether the system lives.
 *
 * Thread: the loop. */
#include "server/hub_inside.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/wire/forecast.h"

/* ---- the strip ---- */

static void put_links(const struct hub *h, struct json_out *o)
{
        json_open(o, "links");
        for (int i = 0; i < link_count; i++) {
                json_open(o, link_name((enum link)i));
                json_put_bool(o, "up", h->link_up[i]);
                json_put_time(o, "since", h->link_since_us[i]);
                json_close(o);
        }
        json_close(o);
}

static void put_stores(const struct hub *h, struct json_out *o, uint64_t seq)
{
        struct archive_status a = {0};
        struct journal_stats j = {0};
        uint64_t max = h->port->config->journal_max_bytes;

        h->port->archive_status(h->port->self, &a);
        h->port->journal_stats(h->port->self, &j);
        json_open(o, "archive");
        json_put_bool(o, "up", a.up);
        json_put_u64(o, "position", a.position);
        json_put_u64(o, "lag_records", archive_lag_records(&a, seq));
        json_put_u64(o, "queued_rows", a.queued_rows);
        json_put_bool(o, "gap", a.gap);
        json_close(o);
        json_open(o, "journal");
        json_put_u64(o, "seq", seq);
        json_put_u64(o, "synced", h->port->synced_seq(h->port->self));
        json_put_u64(o, "disk_bytes", j.disk_bytes);
        json_put_u64(o, "max_bytes", max);
        json_put_bool(o, "full", j.full);
        json_put_u64(o, "room_bytes", j.room_bytes);
        json_put_str(o, "level", journal_level_name(j.level));
        json_close(o);
}

/* Drafts of rule tables that wait for somebody: a second person, or their
 * author, who may read the answer. */
static void put_rules(const struct rules_book *k, struct json_out *o)
{
        json_open_array(o, "drafts");
        for (uint32_t i = 0; i < k->n_drafts; i++) {
                const struct rules_draft *d = &k->draft[i];
                enum rules_ask ask = rules_book_asks(k, d);

                if (ask == RULES_ASK_NOTHING)
                        continue;
                json_open(o, NULL);
                json_put_str(o, "hash", d->table.hash);
                json_put_str(o, "name", d->table.name);
                json_put_i64(o, "version", d->table.version);
                json_put_str(o, "author", d->author);
                json_put_time(o, "drafted_at", d->drafted_us);
                json_put_words(o, "confirmed_by",
                               ask == RULES_ASK_AUTHOR ? d->confirmed_by : "");
                json_close(o);
        }
        json_close_array(o);
}

void hub_put_system(struct hub *h, struct json_out *o, const char *key)
{
        const struct state *s = hub_state(h);
        int64_t now = hub_real_now(h);
        uint32_t n_quarantine = 0;

        sensors_quarantine(s->sensors, &n_quarantine);
        json_open(o, key);
        json_put_time(o, "engine", h->port->engine_now(h->port->self));
        json_put_time(o, "real", now);
        json_put_milli(o, "rate", s->rate_milli);
        json_put_bool(o, "paused", s->rate_milli == 0);
        put_links(h, o);
        json_put_time(o, "last_message_at", h->last_message_us);
        if (h->last_message_us == TIME_NONE)
                json_put_null(o, "last_message_age_s");
        else
                json_put_i64(o, "last_message_age_s",
                             (now - h->last_message_us) / SECOND_US);
        json_put_u64(o, "silent_stations", h->stats.silent);
        json_put_u64(o, "stale_stations", h->stats.stale);
        json_put_u64(o, "stations", s->places.n_stations);
        put_stores(h, o, s->seq);
        json_open(o, "quarantine");
        json_put_u64(o, "count", n_quarantine);
        json_close(o);
        put_rules(&s->rules, o);
        json_put_u64(o, "clients", h->stats.clients);
        json_close(o);
}

void hub_put_forecasts(struct hub *h, struct json_out *o, const char *key,
                       const char *subject)
{
        json_open_array(o, key);
        for (uint32_t i = 0; i < h->board.n; i++)
                if (!subject || !strcmp(subject, h->board.list[i].subject))
                        wire_forecast_put(o, NULL, &h->board.list[i]);
        json_close_array(o);
}

/* ---- messages to all ---- */

static void put_dispatch(const struct view *v, struct json_out *o)
{
        uint32_t n;
        const struct incident *in = sensors_incidents(v->state->sensors, &n);
        const struct unit *u;

        json_open_array(o, "incidents");
        for (uint32_t i = 0; i < n; i++)
                if (view_incident_shown(v, &in[i]))
                        view_incident(o, NULL, &in[i]);
        json_close_array(o);
        u = sensors_units(v->state->sensors, &n);
        json_open_array(o, "units");
        for (uint32_t i = 0; i < n; i++)
                view_unit(o, NULL, &u[i]);
        json_close_array(o);
}

struct hub_message *hub_encode_snapshot(struct hub *h)
{
        struct view v = hub_view(h);
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct hub_message *m;

        json_open(&o, NULL);
        json_put_str(&o, "type", "snapshot");
        json_put_u64(&o, "seq", h->head);
        hub_put_system(h, &o, "system");
        json_open_array(&o, "stations");
        for (uint32_t i = 0; i < v.state->places.n_stations; i++)
                view_station(&v, &o, NULL, i);
        json_close_array(&o);
        view_alerts(&v, &o, "alerts", false);
        put_dispatch(&v, &o);
        view_groups(&v, &o, "groups");
        hub_put_forecasts(h, &o, "forecasts", NULL);
        json_close(&o);
        m = hub_message_create(h->head, &b);
        buf_done(&b);
        h->stats.snapshots++;
        return m;
}

struct hub_message *hub_encode_delta(struct hub *h, uint64_t seq)
{
        struct view v = hub_view(h);
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct hub_message *m;

        json_open(&o, NULL);
        json_put_str(&o, "type", "delta");
        json_put_u64(&o, "seq", seq);
        hub_changes_put(&h->changes, &v, &o);
        if (v.real_us - h->system_at_us >= HEARTBEAT_US ||
            v.real_us < h->system_at_us || !hub_changes_any(&h->changes)) {
                hub_put_system(h, &o, "system");
                h->system_at_us = v.real_us;
        }
        json_close(&o);
        m = hub_message_create(seq, &b);
        buf_done(&b);
        return m;
}

struct hub_message *hub_encode_heartbeat(struct hub *h)
{
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct hub_message *m;

        json_open(&o, NULL);
        json_put_str(&o, "type", "delta");
        json_put_u64(&o, "seq", h->head);
        hub_put_system(h, &o, "system");
        json_close(&o);
        m = hub_message_create(h->head, &b);
        buf_done(&b);
        return m;
}

struct hub_message *hub_encode_bye(struct hub *h, const char *why)
{
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct hub_message *m;

        json_open(&o, NULL);
        json_put_str(&o, "type", "bye");
        json_put_str(&o, "why", why);
        json_close(&o);
        m = hub_message_create(h->head, &b);
        buf_done(&b);
        return m;
}

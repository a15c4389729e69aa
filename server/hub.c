/* server/hub.c -- the feed: one snapshot, then numbered deltas, to many.
 *
 * The design stands in hub.h.  `head` is the sequence at which the last
 * delta ended; every number a client knows is such an end, so resuming
 * neither skips nor doubles.
 * Thread: the loop. */
#include "server/hub_put.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/forecast.h"

#define HEARTBEAT_US SECOND_US
#define SNAPSHOT_SHARE_US (2 * SECOND_US)
#define INITIAL_US (60 * SECOND_US) /* to swallow the snapshot */
#define SWEEP_STATIONS 4000u        /* per tick */
#define CLOSE_SESSION 4001          /* our own: the session has ended */
#define CLOSE_RESTART 1001
#define CLOSE_SLOW 1013

struct queued {
        struct hub_message *message;
        int64_t at_us;
        bool initial;
};

struct hub_client {
        struct hub *hub;
        struct hub_sink sink;
        char token_hash[65];
        struct queued *queue; /* ring buffer of cap entries */
        uint32_t first, n, cap;
        size_t bytes; /* of what is not initial */
        int closing;
        struct hub_client *prev, *next;
};

struct delta {
        uint64_t from; /* covers from + 1 .. message->seq */
        struct hub_message *message;
};

struct shown {
        uint8_t standing, level, level_forecast, hazard;
        int64_t next_us;
};

struct hub {
        const struct port *port;
        struct hub_config config;
        struct hub_client *clients;
        struct hub_client *check; /* whose session is looked at next */
        bool started, stopped;
        uint64_t head;
        struct delta *ring;
        uint32_t ring_first, ring_n, ring_cap;
        struct changes changes;
        struct forecast_board board;
        struct hub_message *snapshot;
        int64_t snapshot_at_us;
        int64_t sent_at_us;   /* of the last message to all */
        int64_t system_at_us; /* of the last delta with the strip */
        int refill;           /* of the forecasts: 0 to ask, 1 asked, 2 done */
        char (*unarchived)[ALERT_ID_MAX + 1];
        uint32_t n_unarchived, cap_unarchived;
        struct shown *shown;
        uint32_t n_shown, sweep;
        bool link_up[link_count];
        int64_t link_since_us[link_count];
        int64_t last_message_us;
        struct hub_stats stats;
};

struct hub_config hub_defaults(void)
{
        return (struct hub_config){.ring_bytes = 8u << 20,
                                   .queue_bytes = 1u << 20,
                                   .queue_us = 10 * SECOND_US,
                                   .clients_max = 2000,
                                   .forecasts_max = 4096};
}

static const struct state *state_of(const struct hub *h)
{
        return h->port->state(h->port->self);
}

static int64_t real_now(const struct hub *h)
{
        return h->port->real_now(h->port->self);
}

static struct view view_now(const struct hub *h)
{
        return (struct view){.state = state_of(h),
                             .engine_us = h->port->engine_now(h->port->self),
                             .real_us = real_now(h),
                             .archived = h->port->archived(h->port->self)};
}

/* ---- messages ---- */

char *hub_json(struct hub_message *m)
{
        return m->bytes + HUB_HEADROOM;
}

void hub_message_unref(struct hub_message *m)
{
        if (m && --m->refs == 0)
                free(m);
}

static struct hub_message *message_create(uint64_t seq, const struct buf *b)
{
        struct hub_message *m;

        if (b->failed)
                return NULL;
        m = malloc(sizeof(*m) + HUB_HEADROOM + b->n + 2);
        if (!m)
                return NULL;
        m->refs = 1;
        m->seq = seq;
        m->n_json = b->n;
        memset(m->bytes, 0, HUB_HEADROOM);
        memcpy(hub_json(m), b->p, b->n);
        memcpy(hub_json(m) + b->n, "\n\n", 2);
        return m;
}

/* ---- one client's queue ---- */

static void client_drop_queue(struct hub_client *c)
{
        while (c->n) {
                hub_message_unref(c->queue[c->first].message);
                c->first = (c->first + 1) % c->cap;
                c->n--;
        }
        c->bytes = 0;
}

static void client_close(struct hub_client *c, int code)
{
        if (c->closing)
                return;
        c->closing = code;
        c->sink.wake(c->sink.self);
}

static void client_close_slow(struct hub_client *c)
{
        if (c->closing)
                return;
        client_drop_queue(c);
        c->hub->stats.dropped_slow++;
        client_close(c, CLOSE_SLOW);
}

static bool client_grow(struct hub_client *c)
{
        uint32_t cap = c->cap ? c->cap * 2 : 16;
        struct queued *q = calloc(cap, sizeof(*q));

        if (!q)
                return false;
        for (uint32_t i = 0; i < c->n; i++)
                q[i] = c->queue[(c->first + i) % c->cap];
        free(c->queue);
        c->queue = q;
        c->first = 0;
        c->cap = cap;
        return true;
}

static void client_push(struct hub_client *c, struct hub_message *m,
                        bool initial)
{
        if (c->closing)
                return;
        if ((!initial && c->bytes + m->n_json > c->hub->config.queue_bytes) ||
            (c->n == c->cap && !client_grow(c))) {
                client_close_slow(c);
                return;
        }
        m->refs++;
        c->queue[(c->first + c->n) % c->cap] =
                (struct queued){m, real_now(c->hub), initial};
        c->n++;
        if (!initial)
                c->bytes += m->n_json;
        c->sink.wake(c->sink.self);
}

struct hub_message *hub_take(struct hub_client *c)
{
        struct queued q;

        if (!c->n)
                return NULL;
        q = c->queue[c->first];
        c->first = (c->first + 1) % c->cap;
        c->n--;
        if (!q.initial)
                c->bytes -= q.message->n_json;
        c->hub->stats.messages++;
        c->hub->stats.bytes += q.message->n_json;
        return q.message;
}

int hub_closing(const struct hub_client *c)
{
        return c->n ? 0 : c->closing;
}

/* ---- the ring ---- */

static struct delta *ring_at(struct hub *h, uint32_t i)
{
        return &h->ring[(h->ring_first + i) % h->ring_cap];
}

static void ring_drop_first(struct hub *h)
{
        struct delta *d = ring_at(h, 0);

        h->stats.ring_bytes -= d->message->n_json;
        hub_message_unref(d->message);
        h->ring_first = (h->ring_first + 1) % h->ring_cap;
        h->ring_n--;
}

static void ring_clear(struct hub *h)
{
        while (h->ring_n)
                ring_drop_first(h);
}

static bool ring_grow(struct hub *h)
{
        uint32_t cap = h->ring_cap ? h->ring_cap * 2 : 256;
        struct delta *r = calloc(cap, sizeof(*r));

        if (!r)
                return false;
        for (uint32_t i = 0; i < h->ring_n; i++)
                r[i] = *ring_at(h, i);
        free(h->ring);
        h->ring = r;
        h->ring_first = 0;
        h->ring_cap = cap;
        return true;
}

/* Takes a reference.  A ring that cannot grow starts again: what it no
 * longer has is answered with a snapshot. */
static void ring_push(struct hub *h, uint64_t from, struct hub_message *m)
{
        if (h->ring_n == h->ring_cap && !ring_grow(h)) {
                ring_clear(h);
                if (!h->ring_cap)
                        return;
        }
        m->refs++;
        h->ring_n++;
        *ring_at(h, h->ring_n - 1) = (struct delta){from, m};
        h->stats.ring_bytes += m->n_json;
        while (h->ring_n > 1 && h->stats.ring_bytes > h->config.ring_bytes)
                ring_drop_first(h);
}

/* Index of the first delta after `since`, ring_n at the head; false when
 * `since` is not the end of a delta that we still know. */
static bool ring_find(struct hub *h, uint64_t since, uint32_t *ret)
{
        uint32_t lo = 0, hi = h->ring_n;

        if (since == h->head) {
                *ret = h->ring_n;
                return true;
        }
        while (lo < hi) {
                uint32_t mid = lo + (hi - lo) / 2;

                if (ring_at(h, mid)->from < since)
                        lo = mid + 1;
                else
                        hi = mid;
        }
        if (lo >= h->ring_n || ring_at(h, lo)->from != since)
                return false;
        *ret = lo;
        return true;
}

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
        json_put_u64(o, "lag_records", seq > a.position ? seq - a.position : 0);
        json_put_u64(o, "queued_rows", a.queued_rows);
        json_put_bool(o, "gap", a.gap);
        json_close(o);
        json_open(o, "journal");
        json_put_u64(o, "seq", seq);
        json_put_u64(o, "synced", h->port->synced_seq(h->port->self));
        json_put_u64(o, "disk_bytes", j.disk_bytes);
        json_put_u64(o, "max_bytes", max);
        json_put_bool(o, "full", j.full);
        json_close(o);
}

void hub_put_system(struct hub *h, struct json_out *o, const char *key)
{
        const struct state *s = state_of(h);
        int64_t now = real_now(h);
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

/* ---- snapshot and delta ---- */

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

static struct hub_message *make_snapshot(struct hub *h)
{
        struct view v = view_now(h);
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
        m = message_create(h->head, &b);
        buf_done(&b);
        h->stats.snapshots++;
        return m;
}

static void send_all(struct hub *h, struct hub_message *m)
{
        struct hub_client *next;

        h->sent_at_us = real_now(h);
        for (struct hub_client *c = h->clients; c; c = next) {
                next = c->next;
                client_push(c, m, false);
        }
}

static void start(struct hub *h)
{
        const struct state *s = state_of(h);

        h->started = true;
        h->head = s->seq;
        for (int i = 0; i < link_count; i++) {
                h->link_up[i] = s->link_up[i];
                h->link_since_us[i] = s->real_us ? s->real_us : real_now(h);
        }
        changes_clear(&h->changes, s->places.n_stations);
}

/* Memory ran out while collecting: nobody may go on from a hole. */
static void restart_all(struct hub *h)
{
        h->stats.lost_memory++;
        ring_clear(h);
        for (struct hub_client *c = h->clients; c; c = c->next)
                client_close_slow(c);
}

static struct hub_message *make_delta(struct hub *h, uint64_t seq)
{
        struct view v = view_now(h);
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct hub_message *m;

        json_open(&o, NULL);
        json_put_str(&o, "type", "delta");
        json_put_u64(&o, "seq", seq);
        changes_put(&h->changes, &v, &o);
        if (v.real_us - h->system_at_us >= HEARTBEAT_US ||
            v.real_us < h->system_at_us || !changes_any(&h->changes)) {
                hub_put_system(h, &o, "system");
                h->system_at_us = v.real_us;
        }
        json_close(&o);
        m = message_create(seq, &b);
        buf_done(&b);
        return m;
}

/* Ends the present delta at the state's sequence.  Nothing is kept when
 * the journal stands still: a paused clock only gets a heartbeat. */
static void flush(struct hub *h)
{
        const struct state *s = state_of(h);
        uint64_t from = h->head;
        struct hub_message *m;

        if (s->seq == h->head)
                return;
        m = h->changes.lost ? NULL : make_delta(h, s->seq);
        h->head = s->seq;
        if (m) {
                ring_push(h, from, m);
                send_all(h, m);
                hub_message_unref(m);
                h->stats.deltas++;
        } else {
                restart_all(h);
        }
        changes_clear(&h->changes, s->places.n_stations);
}

static void heartbeat(struct hub *h)
{
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct hub_message *m;

        json_open(&o, NULL);
        json_put_str(&o, "type", "delta");
        json_put_u64(&o, "seq", h->head);
        hub_put_system(h, &o, "system");
        json_close(&o);
        m = message_create(h->head, &b);
        buf_done(&b);
        if (!m)
                return;
        send_all(h, m);
        hub_message_unref(m);
}

struct hub_message *hub_snapshot(struct hub *h)
{
        int64_t now = real_now(h);

        if (!h->started)
                start(h);
        flush(h);
        if (!h->snapshot || h->snapshot->seq != h->head ||
            now - h->snapshot_at_us > SNAPSHOT_SHARE_US ||
            now < h->snapshot_at_us) {
                hub_message_unref(h->snapshot);
                h->snapshot = make_snapshot(h);
                h->snapshot_at_us = now;
        }
        if (h->snapshot)
                h->snapshot->refs++;
        return h->snapshot;
}

/* ---- from the app ---- */

static void take_links(struct hub *h)
{
        const struct state *s = state_of(h);

        for (int i = 0; i < link_count; i++) {
                if (s->link_up[i] == h->link_up[i])
                        continue;
                h->link_up[i] = s->link_up[i];
                h->link_since_us[i] = s->real_us;
        }
}

static void wait_for_archive(struct hub *h, const struct effects *fx)
{
        for (uint32_t i = 0; i < fx->n_alert; i++) {
                const char *id = fx->alert[i].alert.id;
                uint32_t k = 0;

                while (k < h->n_unarchived && strcmp(h->unarchived[k], id))
                        k++;
                if (k < h->n_unarchived)
                        continue;
                if (h->n_unarchived == h->cap_unarchived) {
                        uint32_t cap =
                                h->cap_unarchived ? h->cap_unarchived * 2 : 64;
                        void *p = realloc(h->unarchived,
                                          cap * sizeof(*h->unarchived));
                        if (!p) {
                                h->changes.lost = true;
                                return;
                        }
                        h->unarchived = p;
                        h->cap_unarchived = cap;
                }
                memcpy(h->unarchived[h->n_unarchived++], id, ALERT_ID_MAX + 1);
        }
}

void hub_on_effects(struct hub *h, const struct effects *fx, uint64_t seq)
{
        struct view v;

        (void)seq;
        for (uint32_t i = 0; i < fx->n_forecast; i++)
                forecast_board_put(&h->board, &fx->forecast[i]);
        if (fx->n_observation || fx->n_kept || fx->n_refused ||
            fx->n_dispatch_event)
                h->last_message_us = state_of(h)->real_us;
        if (!h->started)
                return;
        take_links(h);
        v = view_now(h);
        changes_take(&h->changes, &v, fx);
        wait_for_archive(h, fx);
}

void hub_on_archived(struct hub *h, uint64_t seq)
{
        struct view v;
        uint32_t kept = 0;

        if (!h->n_unarchived)
                return;
        v = view_now(h);
        if (v.archived < seq)
                v.archived = seq;
        for (uint32_t i = 0; i < h->n_unarchived; i++) {
                const struct alert *a =
                        engine_find(v.state->engine, text_of(h->unarchived[i]));

                if (a && a->seq_changed > seq)
                        memmove(h->unarchived[kept++], h->unarchived[i],
                                ALERT_ID_MAX + 1);
                else if (a)
                        changes_alert(&h->changes, &v, a);
        }
        h->n_unarchived = kept;
}

static void count_standing(struct hub *h, const struct shown *s, int by)
{
        if (s->standing == STANDING_STALE)
                h->stats.stale += (uint32_t)by;
        if (s->standing == STANDING_SILENT)
                h->stats.silent += (uint32_t)by;
}

static bool grow_shown(struct hub *h, uint32_t n)
{
        struct shown *p;

        if (n <= h->n_shown)
                return true;
        p = realloc(h->shown, n * sizeof(*p));
        if (!p)
                return false;
        for (uint32_t i = h->n_shown; i < n; i++)
                p[i] = (struct shown){.standing = STANDING_NO_DATA,
                                      .next_us = TIME_NONE};
        h->shown = p;
        h->n_shown = n;
        return true;
}

/* A station becomes stale or its forecast line passes without a record:
 * look at a slice of all stations each tick. */
static void sweep(struct hub *h)
{
        const struct state *s = state_of(h);
        uint32_t n = s->places.n_stations;
        uint32_t todo = n < SWEEP_STATIONS ? n : SWEEP_STATIONS;
        int64_t now = h->port->engine_now(h->port->self);

        if (!grow_shown(h, n))
                return;
        for (; todo; todo--) {
                uint32_t i = h->sweep++ % n;
                struct station_standing st = {.next_us = TIME_NONE};
                struct shown is;

                engine_standing(s->engine, &s->places, i, now, &st);
                is = (struct shown){(uint8_t)st.standing, (uint8_t)st.level,
                                    (uint8_t)st.level_forecast,
                                    (uint8_t)st.hazard, st.next_us};
                if (is.standing == h->shown[i].standing &&
                    is.level == h->shown[i].level &&
                    is.level_forecast == h->shown[i].level_forecast &&
                    is.hazard == h->shown[i].hazard &&
                    is.next_us == h->shown[i].next_us)
                        continue;
                count_standing(h, &h->shown[i], -1);
                count_standing(h, &is, 1);
                h->shown[i] = is;
                if (!marks_add(&h->changes.stations, i))
                        h->changes.lost = true;
        }
}

static bool session_stands(struct hub *h, const struct hub_client *c)
{
        const struct state *s = state_of(h);
        const struct session *e = state_session(s, text_of(c->token_hash));
        const struct user *u;

        if (!e || e->expires_real_us <= real_now(h))
                return false;
        u = state_user(s, text_of(e->user));
        return u && !u->disabled;
}

static void say_bye(struct hub *h, struct hub_client *c, const char *why,
                    int code)
{
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct hub_message *m;

        json_open(&o, NULL);
        json_put_str(&o, "type", "bye");
        json_put_str(&o, "why", why);
        json_close(&o);
        m = message_create(h->head, &b);
        buf_done(&b);
        if (m) {
                client_push(c, m, true);
                hub_message_unref(m);
        }
        client_close(c, code);
}

/* An eighth of the clients each tick, so each within two seconds. */
static void check_clients(struct hub *h)
{
        uint32_t todo = h->stats.clients / 8 + 1;

        for (; todo && h->clients; todo--) {
                struct hub_client *c = h->check ? h->check : h->clients;

                h->check = c->next;
                if (!c->closing && !session_stands(h, c))
                        say_bye(h, c, "session", CLOSE_SESSION);
        }
}

static void drop_slow(struct hub *h)
{
        int64_t now = real_now(h);

        for (struct hub_client *c = h->clients; c; c = c->next) {
                const struct queued *q = &c->queue[c->first];

                if (c->closing || !c->n)
                        continue;
                if (now - q->at_us >
                    (q->initial ? INITIAL_US : h->config.queue_us))
                        client_close_slow(c);
        }
}

/* ---- forecasts of before the start, from PostGIS ---- */

/* The next whole object of a JSON array's text, or false. */
static bool cut_object(struct text *rest, struct text *ret)
{
        size_t begin = 0, depth = 0;
        bool quoted = false;

        for (size_t i = 0; i < rest->n; i++) {
                char c = rest->p[i];

                if (quoted) {
                        i += c == '\\';
                        quoted = c != '"';
                } else if (c == '"') {
                        quoted = true;
                } else if (c == '{' && !depth++) {
                        begin = i;
                } else if (c == '}' && depth && !--depth) {
                        *ret = (struct text){rest->p + begin, i + 1 - begin};
                        rest->p += i + 1;
                        rest->n -= i + 1;
                        return true;
                }
        }
        return false;
}

/* What is already here is newer or the same: board_put keeps the newest. */
static void on_forecasts(void *self, enum status st, struct text json,
                         const struct err *e)
{
        struct hub *h = self;
        struct text one;
        const char *list = st == OK ? memchr(json.p, '[', json.n) : NULL;
        struct forecast f;

        (void)e;
        h->refill = st == OK ? 2 : 0;
        if (!list)
                return;
        json.n -= (size_t)(list - json.p);
        json.p = list;
        while (cut_object(&json, &one))
                if (wire_forecast_decode(one, &f, NULL) == OK)
                        forecast_board_put(&h->board, &f);
        hub_message_unref(h->snapshot);
        h->snapshot = NULL;
}

static void refill_board(struct hub *h)
{
        struct archive_status a = {0};

        if (h->refill)
                return;
        h->port->archive_status(h->port->self, &a);
        if (!a.up)
                return;
        h->refill = 1;
        if (h->port->ask(h->port->self, QUERY_FORECASTS,
                         (const char *const[]){"", "500", NULL}, on_forecasts,
                         h, NULL) != OK)
                h->refill = 0;
}

void hub_tick(struct hub *h)
{
        int64_t now;

        if (h->stopped)
                return;
        if (!h->started)
                start(h);
        refill_board(h);
        take_links(h);
        sweep(h);
        drop_slow(h);
        check_clients(h);
        if (changes_any(&h->changes))
                flush(h);
        now = real_now(h); /* a flush has just set sent_at_us */
        if (now - h->sent_at_us < HEARTBEAT_US && now >= h->sent_at_us)
                return;
        if (state_of(h)->seq != h->head)
                flush(h);
        else
                heartbeat(h);
}

void hub_stop(struct hub *h)
{
        if (h->stopped)
                return;
        if (h->started)
                flush(h);
        h->stopped = true;
        for (struct hub_client *c = h->clients; c; c = c->next)
                say_bye(h, c, "restart", CLOSE_RESTART);
}

/* ---- clients ---- */

static void replay(struct hub *h, struct hub_client *c, uint32_t from)
{
        for (uint32_t i = from; i < h->ring_n; i++)
                client_push(c, ring_at(h, i)->message, true);
}

/* Many who come back at once share one snapshot: one that is at most two
 * seconds old is good, followed by the deltas since. */
static bool greet(struct hub *h, struct hub_client *c)
{
        int64_t age = real_now(h) - h->snapshot_at_us;
        struct hub_message *m;
        uint32_t at;

        if (h->snapshot && age >= 0 && age <= SNAPSHOT_SHARE_US &&
            ring_find(h, h->snapshot->seq, &at)) {
                client_push(c, h->snapshot, true);
                replay(h, c, at);
                return true;
        }
        m = hub_snapshot(h);
        if (!m)
                return false;
        client_push(c, m, true);
        hub_message_unref(m);
        return true;
}

static void link_client(struct hub *h, struct hub_client *c)
{
        c->next = h->clients;
        if (c->next)
                c->next->prev = c;
        h->clients = c;
        h->stats.clients++;
        h->stats.joined++;
}

enum status hub_join(struct hub *h, const struct hub_sink *sink,
                     const char *token_hash, bool has_since, uint64_t since,
                     struct hub_client **ret, struct err *e)
{
        struct hub_client *c;
        uint32_t at;

        if (h->stopped)
                return err_set(e, ERR_UNAVAILABLE, "the server is stopping");
        if (h->stats.clients >= h->config.clients_max) {
                h->stats.refused_full++;
                return err_set(e, ERR_FULL, "%u feeds are open",
                               h->stats.clients);
        }
        c = calloc(1, sizeof(*c));
        if (!c)
                return err_set(e, ERR_MEMORY, "feed client");
        c->hub = h;
        c->sink = *sink;
        text_copy(c->token_hash, sizeof(c->token_hash), text_of(token_hash));
        if (!h->started)
                start(h);
        if (has_since && ring_find(h, since, &at)) {
                h->stats.resumed++;
                replay(h, c, at);
        } else if (!greet(h, c)) {
                client_drop_queue(c);
                free(c->queue);
                free(c);
                return err_set(e, ERR_MEMORY, "snapshot");
        }
        link_client(h, c);
        *ret = c;
        return OK;
}

void hub_leave(struct hub_client *c)
{
        struct hub *h;

        if (!c)
                return;
        h = c->hub;
        if (h->check == c)
                h->check = c->next;
        if (c->prev)
                c->prev->next = c->next;
        else
                h->clients = c->next;
        if (c->next)
                c->next->prev = c->prev;
        h->stats.clients--;
        client_drop_queue(c);
        free(c->queue);
        free(c);
}

void hub_end_session(struct hub *h, const char *token_hash)
{
        for (struct hub_client *c = h->clients; c; c = c->next)
                if (!strcmp(c->token_hash, token_hash) && !c->closing)
                        say_bye(h, c, "session", CLOSE_SESSION);
}

bool hub_has_session(const struct hub *h, const char *token_hash)
{
        for (const struct hub_client *c = h->clients; c; c = c->next)
                if (!strcmp(c->token_hash, token_hash))
                        return true;
        return false;
}

void hub_get_stats(const struct hub *h, struct hub_stats *ret)
{
        *ret = h->stats;
        ret->ring_deltas = h->ring_n;
        ret->forecasts = h->board.n;
}

enum status hub_create(const struct port *port, const struct hub_config *c,
                       struct hub **ret, struct err *e)
{
        struct hub *h = calloc(1, sizeof(*h));

        if (!h)
                return err_set(e, ERR_MEMORY, "hub");
        h->port = port;
        h->config = c ? *c : hub_defaults();
        h->board.max = h->config.forecasts_max;
        h->last_message_us = TIME_NONE;
        for (int i = 0; i < link_count; i++)
                h->link_since_us[i] = TIME_NONE;
        *ret = h;
        return OK;
}

void hub_free(struct hub *h)
{
        if (!h)
                return;
        assert(!h->clients);
        ring_clear(h);
        free(h->ring);
        hub_message_unref(h->snapshot);
        changes_done(&h->changes);
        forecast_board_done(&h->board);
        free(h->unarchived);
        free(h->shown);
        free(h);
}

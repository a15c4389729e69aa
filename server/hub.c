/* server/hub.c -- the feed: one snapshot, then numbered deltas, to many.
 *
 * The design stands in hub.h.  `head` is the sequence at which the last
 * delta ended; every number a client knows is such an end, so resuming
 * neither skips nor doubles.
 * Thread: the loop. */
#include "server/hub_inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SNAPSHOT_SHARE_US (2 * SECOND_US)
#define ARCHIVED_AT_ONCE 256      /* alerts told as archived in one go */
#define ALONE_US (60 * SECOND_US) /* real time; then nobody comes back */
#define CLOSE_SESSION 4001        /* our own: the session has ended */
#define CLOSE_RESTART 1001

struct hub_config hub_defaults(void)
{
        return (struct hub_config){.ring_bytes = 8u << 20,
                                   .queue_bytes = 1u << 20,
                                   .queue_us = 10 * SECOND_US,
                                   .clients_max = 2000,
                                   .forecasts_max = 4096};
}

/* ---- snapshot and delta ---- */

static void send_all(struct hub *h, struct hub_message *m)
{
        struct hub_client *next;

        h->sent_at_us = hub_real_now(h);
        for (struct hub_client *c = h->clients; c; c = next) {
                next = c->next;
                hub_client_push(c, m, false);
        }
}

static void start(struct hub *h)
{
        const struct state *s = hub_state(h);

        h->started = true;
        h->seen_at_us = hub_real_now(h);
        h->head = s->seq;
        for (int i = 0; i < link_count; i++) {
                h->link_up[i] = s->link_up[i];
                h->link_since_us[i] = s->real_us ? s->real_us : hub_real_now(h);
        }
        hub_changes_clear(&h->changes, s->places.n_stations);
}

/* Memory ran out while collecting: nobody may go on from a hole. */
static void restart_all(struct hub *h)
{
        h->stats.lost_memory++;
        hub_ring_clear(h);
        for (struct hub_client *c = h->clients; c; c = c->next)
                hub_client_close_slow(c);
}

/* Nobody has looked for a while: who comes now takes a snapshot, and no
 * delta is made for him who does not. */
static bool is_alone(struct hub *h)
{
        int64_t now = hub_real_now(h);

        if (h->clients || now < h->seen_at_us)
                h->seen_at_us = now;
        return now - h->seen_at_us > ALONE_US;
}

/* Ends the present delta at the state's sequence.  Nothing is kept when
 * the journal stands still: a paused clock only gets a heartbeat. */
static void flush(struct hub *h)
{
        const struct state *s = hub_state(h);
        uint64_t from = h->head;
        struct hub_message *m;

        if (s->seq == h->head)
                return;
        if (is_alone(h)) {
                hub_ring_clear(h);
                h->head = s->seq;
                hub_changes_clear(&h->changes, s->places.n_stations);
                return;
        }
        m = h->changes.lost ? NULL : hub_encode_delta(h, s->seq);
        h->head = s->seq;
        if (m) {
                hub_ring_push(h, from, m);
                send_all(h, m);
                hub_message_unref(m);
                h->stats.deltas++;
        } else {
                restart_all(h);
        }
        hub_changes_clear(&h->changes, s->places.n_stations);
}

static void heartbeat(struct hub *h)
{
        struct hub_message *m = hub_encode_heartbeat(h);

        if (!m)
                return;
        send_all(h, m);
        hub_message_unref(m);
}

struct hub_message *hub_snapshot(struct hub *h)
{
        int64_t now = hub_real_now(h);

        if (!h->started)
                start(h);
        h->seen_at_us = now;
        flush(h);
        if (!h->snapshot || h->snapshot->seq != h->head ||
            now - h->snapshot_at_us > SNAPSHOT_SHARE_US ||
            now < h->snapshot_at_us) {
                hub_message_unref(h->snapshot);
                h->snapshot = hub_encode_snapshot(h);
                h->snapshot_at_us = now;
        }
        if (h->snapshot)
                h->snapshot->refs++;
        return h->snapshot;
}

/* ---- from the app ---- */

/* Room at the end: what went from the front is taken back first. */
static bool grow_unarchived(struct hub *h)
{
        uint32_t gone = h->first_unarchived;
        uint32_t cap = h->cap_unarchived ? h->cap_unarchived * 2 : 64;
        void *p;

        if (h->n_unarchived < h->cap_unarchived)
                return true;
        if (gone > h->cap_unarchived / 2) {
                h->n_unarchived -= gone;
                h->first_unarchived = 0;
                memmove(h->unarchived, h->unarchived + gone,
                        h->n_unarchived * sizeof *h->unarchived);
                return true;
        }
        p = realloc(h->unarchived, cap * sizeof *h->unarchived);
        if (!p)
                return false;
        h->unarchived = p;
        h->cap_unarchived = cap;
        return true;
}

static void wait_for_archive(struct hub *h, const struct effects *fx,
                             uint64_t seq)
{
        for (uint32_t i = 0; i < fx->n_alert; i++) {
                const struct alert *a = &fx->alert[i].alert;
                struct unarchived *u;

                if (!grow_unarchived(h) ||
                    (a->station != NO_INDEX &&
                     !hub_marks_add(&h->alerted, a->station))) {
                        h->changes.lost = true;
                        return;
                }
                u = &h->unarchived[h->n_unarchived++];
                text_copy(u->id, sizeof u->id, text_of(a->id));
                u->seq = seq;
        }
}

void hub_on_effects(struct hub *h, const struct effects *fx, uint64_t seq)
{
        struct view v;

        for (uint32_t i = 0; i < fx->n_forecast; i++)
                hub_board_put(&h->board, &fx->forecast[i]);
        if (fx->n_observation || fx->n_kept || fx->n_refused ||
            fx->n_dispatch_event)
                h->last_message_us = hub_state(h)->real_us;
        if (!h->started)
                return;
        hub_watch_links(h);
        v = hub_view(h);
        hub_changes_take(&h->changes, &v, fx);
        wait_for_archive(h, fx, seq);
}

/* Some each time: after a long outage there may be thousands. */
static void tell_archived(struct hub *h)
{
        struct view v = hub_view(h);
        uint32_t todo = ARCHIVED_AT_ONCE;

        if (v.archived < h->archived)
                v.archived = h->archived;
        for (; todo && h->first_unarchived < h->n_unarchived; todo--) {
                const struct unarchived *u =
                        &h->unarchived[h->first_unarchived];
                const struct alert *a;

                if (u->seq > h->archived)
                        break;
                a = engine_find(v.state->engine, text_of(u->id));
                if (a && a->seq_changed <= u->seq) /* else told later */
                        hub_changes_alert(&h->changes, &v, a);
                h->first_unarchived++;
        }
        if (h->first_unarchived == h->n_unarchived)
                h->first_unarchived = h->n_unarchived = 0;
}

void hub_on_archived(struct hub *h, uint64_t seq)
{
        h->archived = seq;
        tell_archived(h);
}

static bool session_stands(struct hub *h, const struct hub_client *c)
{
        const struct state *s = hub_state(h);
        const struct session *e = state_session(s, text_of(c->token_hash));
        const struct user *u;

        if (!e || e->expires_real_us <= hub_real_now(h))
                return false;
        u = state_user(s, text_of(e->user));
        return u && !u->disabled;
}

static void say_bye(struct hub *h, struct hub_client *c, const char *why,
                    int code)
{
        struct hub_message *m = hub_encode_bye(h, why);

        if (m) {
                hub_client_push(c, m, true);
                hub_message_unref(m);
        }
        hub_client_close(c, code);
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

void hub_tick(struct hub *h)
{
        int64_t now;

        if (h->stopped)
                return;
        if (!h->started)
                start(h);
        hub_refill(h);
        hub_watch_links(h);
        hub_watch_stations(h);
        tell_archived(h);
        hub_client_drop_slow(h);
        check_clients(h);
        if (hub_changes_any(&h->changes))
                flush(h);
        now = hub_real_now(h); /* a flush has just set sent_at_us */
        if (now - h->sent_at_us < HEARTBEAT_US && now >= h->sent_at_us)
                return;
        if (hub_state(h)->seq != h->head)
                flush(h);
        else
                heartbeat(h);
}

void hub_hurry(struct hub *h)
{
        int64_t now;

        if (h->stopped || !h->started || h->changes.alerts.n == 0)
                return;
        now = hub_real_now(h);
        if (now - h->sent_at_us >= HURRY_US || now < h->sent_at_us)
                flush(h);
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

/* Many who come back at once share one snapshot: one that is at most two
 * seconds old is good, followed by the deltas since. */
static bool greet(struct hub *h, struct hub_client *c)
{
        int64_t age = hub_real_now(h) - h->snapshot_at_us;
        struct hub_message *m;
        uint32_t at;

        if (h->snapshot && age >= 0 && age <= SNAPSHOT_SHARE_US &&
            hub_ring_find(h, h->snapshot->seq, &at)) {
                hub_client_push(c, h->snapshot, true);
                hub_ring_replay(h, c, at);
                return true;
        }
        m = hub_snapshot(h);
        if (!m)
                return false;
        hub_client_push(c, m, true);
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
        if (has_since && hub_ring_find(h, since, &at)) {
                h->stats.resumed++;
                hub_ring_replay(h, c, at);
        } else if (!greet(h, c)) {
                hub_client_free(c);
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
        hub_client_free(c);
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
        hub_ring_clear(h);
        free(h->ring);
        hub_message_unref(h->snapshot);
        hub_changes_done(&h->changes);
        hub_board_done(&h->board);
        free(h->unarchived);
        hub_marks_done(&h->alerted);
        free(h->shown);
        free(h);
}

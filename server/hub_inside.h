/* server/hub_inside.h -- what the files of the hub share; nobody else's.
 *
 *   hub.c          who is told what, and when: effects, ticks, join, leave
 *   hub_client.c   one client's queue, and when it is too far behind
 *   hub_ring.c     the encoded deltas kept for who comes back
 *   hub_encode.c   snapshot, delta, heartbeat and bye as messages
 *   hub_watch.c    what changes without a record: standings and links
 *   hub_refill.c   the forecasts of before the start, from PostGIS
 *   hub_message.c  a message, counted by reference
 *   hub_changes.c  what has changed since the last delta
 *
 * Thread: the loop. */
#ifndef SERVER_HUB_INSIDE_H
#define SERVER_HUB_INSIDE_H

#include "schemas/time.h"
#include "server/hub_changes.h"

#define HEARTBEAT_US SECOND_US
#define HURRY_US 40000 /* between two messages because of alerts */

/* A message that a client has still to take. */
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

/* One piece of the ring. */
struct delta {
        uint64_t from; /* covers from + 1 .. message->seq */
        struct hub_message *message;
};

/* An alert that is shown as not archived until seq is. */
struct unarchived {
        char id[ALERT_ID_MAX + 1];
        uint64_t seq;
};

/* What the last sweep saw of a station. */
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
        int64_t seen_at_us;   /* when a client was there, or the start */
        int64_t system_at_us; /* of the last delta with the strip */
        int refill;           /* of the forecasts: 0 to ask, 1 asked, 2 done */
        struct unarchived *unarchived; /* in the order of seq */
        uint32_t first_unarchived, n_unarchived, cap_unarchived;
        uint64_t archived;
        struct marks alerted; /* stations with an alert since the last tick */
        struct shown *shown;
        uint32_t n_shown, sweep;
        bool link_up[link_count];
        int64_t link_since_us[link_count];
        int64_t last_message_us;
        struct hub_stats stats;
};

static inline const struct state *hub_state(const struct hub *h)
{
        return h->port->state(h->port->self);
}

static inline int64_t hub_real_now(const struct hub *h)
{
        return h->port->real_now(h->port->self);
}

static inline struct view hub_view(const struct hub *h)
{
        return (struct view){.state = hub_state(h),
                             .engine_us = h->port->engine_now(h->port->self),
                             .real_us = hub_real_now(h),
                             .archived = h->port->archived(h->port->self)};
}

/* ---- hub_client.c ---- */
/* initial: a snapshot or a replay, which has a minute to be taken. */
void hub_client_push(struct hub_client *c, struct hub_message *m, bool initial);
/* Closes when all is taken; the slow ones at once. */
void hub_client_close(struct hub_client *c, int code);
void hub_client_close_slow(struct hub_client *c);
void hub_client_drop_slow(struct hub *h);
void hub_client_free(struct hub_client *c);

/* ---- hub_ring.c ---- */
void hub_ring_push(struct hub *h, uint64_t from, struct hub_message *m);
/* Index of the first delta after `since`, ring_n at the head; false when
 * `since` is not the end of a delta that we still know. */
bool hub_ring_find(struct hub *h, uint64_t since, uint32_t *ret);
void hub_ring_replay(struct hub *h, struct hub_client *c, uint32_t from);
void hub_ring_clear(struct hub *h);

/* ---- hub_encode.c: a message with one reference, or NULL ---- */
struct hub_message *hub_encode_snapshot(struct hub *h);
struct hub_message *hub_encode_delta(struct hub *h, uint64_t seq);
struct hub_message *hub_encode_heartbeat(struct hub *h);
struct hub_message *hub_encode_bye(struct hub *h, const char *why);

/* ---- hub_watch.c ---- */
void hub_watch_links(struct hub *h);
void hub_watch_stations(struct hub *h);

/* ---- hub_refill.c ---- */
void hub_refill(struct hub *h);

#endif

/* server/hub.h -- the feed: one snapshot, then numbered deltas, to many.
 *
 * In:     effects of each step, a tick every 250 ms, archived positions.
 * Out:    encoded messages, shared by all clients and counted by
 *         reference; a client's sink is woken and takes them one by one.
 * Holds:  a ring of encoded deltas bounded by bytes.  A client that says
 *         since=N gets exactly what came after N when N is the end of a
 *         delta still in the ring (or the ring's beginning), else a
 *         snapshot.  Map values merge, newest wins; an alert change never
 *         merges and is never dropped.  A client more than queue_bytes or
 *         queue_us behind is closed (1013), so that the others are not
 *         held; it comes back with its last sequence.
 * Thread: the loop; knows no socket. */
#ifndef SERVER_HUB_H
#define SERVER_HUB_H

#include "schemas/wire/json.h"
#include "server/hub_message.h"
#include "server/port.h"

struct hub_config {
        size_t ring_bytes;      /* 8 MiB */
        size_t queue_bytes;     /* per client, 1 MiB */
        int64_t queue_us;       /* per client, 10 s of real time */
        uint32_t clients_max;   /* 2000 */
        uint32_t forecasts_max; /* 4096 newest kept */
};
struct hub_config hub_defaults(void);

struct hub;
struct hub_client;

struct hub_sink {
        void *self;
        /* There is something to take, or the client is to be closed. */
        void (*wake)(void *self);
};

enum status hub_create(const struct port *port, const struct hub_config *c,
                       struct hub **ret, struct err *e);
/* Clients that are still there must have left before. */
void hub_free(struct hub *h);

/* ---- from the app ---- */

void hub_on_effects(struct hub *h, const struct effects *fx, uint64_t seq);
/* Each 250 ms: a delta when something changed, and one each second. */
void hub_tick(struct hub *h);
/* After each drain: a change of an alert does not wait for the tick, unless
 * the last message is younger than 40 ms. */
void hub_hurry(struct hub *h);
/* PostGIS has everything up to seq: alerts that waited are sent again. */
void hub_on_archived(struct hub *h, uint64_t seq);
/* {"type":"bye","why":"restart"} to all; they close when it is sent. */
void hub_stop(struct hub *h);

/* ---- from the adapter ---- */

/* ERR_FULL when there are clients_max already. */
enum status hub_join(struct hub *h, const struct hub_sink *sink,
                     const char *token_hash, bool has_since, uint64_t since,
                     struct hub_client **ret, struct err *e);
/* The next message, with a reference for the caller; NULL when none. */
struct hub_message *hub_take(struct hub_client *c);
/* The WebSocket close code once nothing is left to take, or 0. */
int hub_closing(const struct hub_client *c);
void hub_leave(struct hub_client *c);

/* ---- from the routes ---- */

/* The snapshot at the head, shared; a reference for the caller. */
struct hub_message *hub_snapshot(struct hub *h);
/* Ends the feeds of a session with {"type":"bye","why":"session"}. */
void hub_end_session(struct hub *h, const char *token_hash);
/* True when a feed of this session is open: the screen is in use. */
bool hub_has_session(const struct hub *h, const char *token_hash);
/* The system strip Y, and the newest forecasts. */
void hub_put_system(struct hub *h, struct json_out *o, const char *key);
/* subject NULL: all. */
void hub_put_forecasts(struct hub *h, struct json_out *o, const char *key,
                       const char *subject);

struct hub_stats {
        uint32_t clients;
        uint64_t joined, resumed, snapshots, dropped_slow, refused_full;
        uint64_t messages, bytes, deltas;
        size_t ring_bytes;
        uint32_t ring_deltas, forecasts;
        uint32_t stale, silent; /* stations, by the last sweep */
        uint64_t lost_memory;   /* deltas that could not be made */
};
void hub_get_stats(const struct hub *h, struct hub_stats *ret);

#endif

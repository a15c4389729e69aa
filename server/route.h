/* server/route.h -- what the route_*.c files share.  Only they and
 * routes.c include this. */
#ifndef SERVER_ROUTE_H
#define SERVER_ROUTE_H

#include "schemas/wire/command.h"
#include "server/routes.h"
#include "server/view.h"

#define PIECES_MAX 2
#define GROUP_MAX 200
#define PENDING_MAX 256
#define COMMAND_TIMEOUT_US (10 * INT64_C(1000000))

/* The signed-in caller of a request; valid during the handler. */
struct caller {
        const struct user *user; /* NULL: nobody */
        const struct session *session;
        char token_hash[65];
        enum role role; /* a wall session is a viewer */
        bool wall;
};

struct pieces {
        char at[PIECES_MAX][160];
        uint32_t n;
};

/* One command of a pending answer. */
struct item {
        char request[40];
        char alert[ALERT_ID_MAX + 1];
        bool done;
        enum status status;
        char msg[200];
};

/* A request that waits for its record to be taken and on the disk. */
struct pending {
        struct http_exchange *x;
        struct item *items;
        uint32_t n;
        char opens[65]; /* waits for this session to stand, or "" */
        char ends[65];  /* waits for it to be gone, or "" */
        char token[65]; /* for the cookie */
        uint64_t seq;   /* highest of its records; 0 none yet */
        int64_t deadline_us;
        void (*answer)(struct routes *r, struct pending *p);
        struct pending *next;
};

struct files;     /* server/files.h */
struct backtests; /* server/backtests.h */

struct routes {
        const struct port *port;
        struct hub *hub;
        struct login *login;
        struct metrics metrics;
        struct files *files;
        struct backtests *backtests;
        struct pending *pending;
        uint32_t n_pending;
        int64_t denied_second; /* budget of denied records */
        uint32_t denied_in_second;
};

typedef void (*route_handler)(struct routes *r, struct http_exchange *x,
                              const struct caller *c, const struct pieces *at);

#define X(method, path, access, name)                                \
        void route_##name(struct routes *r, struct http_exchange *x, \
                          const struct caller *c, const struct pieces *at);
ROUTES(X)
#undef X

/* A handler's first line; not every handler needs everything. */
#define ROUTE(name)                                                       \
        void route_##name(struct routes *r __attribute__((unused)),       \
                          struct http_exchange *x,                        \
                          const struct caller *c __attribute__((unused)), \
                          const struct pieces *at __attribute__((unused)))

struct view route_view(struct routes *r);
int64_t route_real_now(struct routes *r);

/* Who signed in with this request's cookie; false when nobody. */
bool route_caller(struct routes *r, const struct http_request *q,
                  struct caller *ret);
/* Records a refused act for the audit, within a budget. */
void route_denied(struct routes *r, const char *user, const char *action,
                  const char *subject);

/* Parses the body as a JSON object; answers 400 and returns NULL. */
struct json *route_body(struct http_exchange *x);

/* A pending answer for n commands (0 for sessions); NULL when full, then
 * the exchange has been answered. */
struct pending *route_wait(struct routes *r, struct http_exchange *x,
                           uint32_t n,
                           void (*answer)(struct routes *, struct pending *));
/* Journals a record; an item that could not be is done with its status. */
enum status route_submit(struct routes *r, enum record_kind kind,
                         const struct buf *body, struct err *e);
/* Journals one command as item i of p, under a new request number. */
void route_command(struct routes *r, struct pending *p, uint32_t i,
                   struct command *cmd);
/* One command of the caller's, and its answer when it has been taken. */
void route_command_alone(struct routes *r, struct http_exchange *x,
                         const struct caller *c, struct command *cmd,
                         void (*answer)(struct routes *, struct pending *));
/* A random request number. */
void route_new_request(char request[40]);
/* Gives up a pending answer before it was waited for. */
void route_wait_drop(struct routes *r, struct pending *p);

/* What waits is answered: after effects, after a sync, each tick; done
 * gives all of it up. */
void route_wait_effects(struct routes *r, const struct effects *fx,
                        uint64_t seq);
void route_wait_ready(struct routes *r);
void route_wait_tick(struct routes *r);
void route_wait_done(struct routes *r);

/* Asks PostGIS; the answer is {"...given...", key: array} or, when the
 * reader gives an object, that object.  `open` (may be empty) holds members
 * already encoded, without braces.  down: called instead of a 503 problem
 * when PostGIS is away, may be NULL. */
void route_ask(struct routes *r, struct http_exchange *x, enum query q,
               const char *const *params, struct text open, const char *key,
               void (*down)(struct routes *r, struct http_exchange *x,
                            struct text open));

/* Alerts of a span of time, from PostGIS: GET alerts?from=&to=. */
void route_alert_history(struct routes *r, struct http_exchange *x);

#endif

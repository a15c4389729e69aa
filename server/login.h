/* server/login.h -- passwords, tokens and who may try how often.
 *
 * Argon2id (libsodium) runs on the worker pool, at most two at once; an
 * unknown user costs the same work.  Failures are counted by (user,
 * address): five in fifteen minutes close that pair, never the account,
 * so that a duty desk cannot be locked out from elsewhere.  When failures
 * come from everywhere, attempts are slowed down for all alike.
 * Holds:  tokens are 256 random bits; only their SHA-256 is kept.
 * Thread: the loop; the worker touches only its own job. */
#ifndef SERVER_LOGIN_H
#define SERVER_LOGIN_H

#include "server/port.h"

#define LOGIN_FAILURES 5
#define LOGIN_WINDOW_US (15 * INT64_C(60000000))
#define LOGIN_PAIRS_MAX 4096
#define LOGIN_RUNNING_MAX 2
#define LOGIN_WAITING_MAX 32
#define LOGIN_STORM 60 /* failures in a minute that slow everybody down */
#define LOGIN_STORM_PAUSE_US INT64_C(1000000)

#define SESSION_LIFE_US (12 * INT64_C(3600000000))
#define SESSION_WALL_LIFE_US (INT64_C(720) * 3600000000) /* 30 days */
#define SESSION_IDLE_US INT64_C(3600000000)

struct login;

enum status login_create(const struct port *port, struct login **ret,
                         struct err *e);
void login_free(struct login *l);

/* A fresh token (64 hex digits) and the hash that the state keeps. */
void login_token(char token[65], char hash[65]);
void login_hash(struct text token, char hash[65]);

typedef void (*login_done)(void *self, bool ok);

/* Checks a password, later.  ERR_FULL with *ret_retry_s when this pair
 * has failed too often or too many wait; then done is not called. */
enum status login_verify(struct login *l, const char *user,
                         const char *password, const char *address,
                         login_done done, void *self, int *ret_retry_s,
                         struct err *e);
/* Starts what waits; once a tick. */
void login_tick(struct login *l);

/* The session was used now. */
void login_touch(struct login *l, const char *token_hash, int64_t now_us);
/* True when it has not been used for an hour; a session that was never
 * seen (the server started since) counts as used now. */
bool login_idle(struct login *l, const char *token_hash, int64_t now_us);
int64_t login_used_us(const struct login *l, const char *token_hash);

struct login_stats {
        uint64_t ok, failed, limited, queue_full;
        uint32_t running, waiting, pairs;
};
void login_get_stats(const struct login *l, struct login_stats *ret);

#endif

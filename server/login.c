/* server/login.c -- passwords, tokens and who may try how often.
 *
 * Source: OWASP ASVS 5.0 V6.3, V7.2; libsodium crypto_pwhash (Argon2id).
 * Thread: the loop; verify() on the worker pool. */
#include "server/login.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "schemas/time.h"

#define PASSWORD_MAX 128
#define USED_MAX 4096

/* One (user, address) that has failed; times are a ring, oldest first. */
struct pair {
        char user[CODE_MAX + 1];
        char address[64];
        int64_t failed_us[LOGIN_FAILURES];
        uint32_t n;
};

struct used {
        char token_hash[65];
        int64_t at_us;
};

struct attempt {
        struct login *login;
        char user[CODE_MAX + 1];
        char address[64];
        char hash[160];
        char password[PASSWORD_MAX + 1];
        bool known; /* the hash is this user's own */
        bool ok;
        login_done done;
        void *self;
        struct attempt *next;
};

struct login {
        const struct port *port;
        struct pair *pairs;
        uint32_t n_pairs;
        struct used *used;
        uint32_t n_used;
        struct attempt *first, *last;
        int64_t storm_us[LOGIN_STORM]; /* the last failures of all */
        uint32_t storm_at;
        int64_t paused_until_us;
        struct login_stats stats;
};

enum status login_create(const struct port *port, struct login **ret,
                         struct err *e)
{
        struct login *l;

        if (sodium_init() < 0)
                return err_set(e, ERR_UNAVAILABLE, "libsodium");
        l = calloc(1, sizeof(*l));
        if (l)
                l->pairs = calloc(LOGIN_PAIRS_MAX, sizeof(*l->pairs));
        if (l)
                l->used = calloc(USED_MAX, sizeof(*l->used));
        if (!l || !l->pairs || !l->used) {
                login_free(l);
                return err_set(e, ERR_MEMORY, "login");
        }
        l->port = port;
        for (uint32_t i = 0; i < LOGIN_STORM; i++)
                l->storm_us[i] = TIME_NONE;
        *ret = l;
        return OK;
}

static void attempt_free(struct attempt *a)
{
        sodium_memzero(a, sizeof(*a));
        free(a);
}

void login_free(struct login *l)
{
        if (!l)
                return;
        while (l->first) {
                struct attempt *next = l->first->next;

                attempt_free(l->first);
                l->first = next;
        }
        free(l->pairs);
        free(l->used);
        free(l);
}

void login_hash(struct text token, char hash[65])
{
        unsigned char sum[crypto_hash_sha256_BYTES];

        crypto_hash_sha256(sum, (const unsigned char *)token.p, token.n);
        sodium_bin2hex(hash, 65, sum, sizeof(sum));
}

void login_token(char token[65], char hash[65])
{
        unsigned char bits[32];

        randombytes_buf(bits, sizeof(bits));
        sodium_bin2hex(token, 65, bits, sizeof(bits));
        sodium_memzero(bits, sizeof(bits));
        login_hash((struct text){token, 64}, hash);
}

/* ---- how often ---- */

static struct pair *find_pair(struct login *l, const char *user,
                              const char *address)
{
        for (uint32_t i = 0; i < l->n_pairs; i++)
                if (!strcmp(l->pairs[i].user, user) &&
                    !strcmp(l->pairs[i].address, address))
                        return &l->pairs[i];
        return NULL;
}

static int64_t newest(const struct pair *p)
{
        return p->n ? p->failed_us[p->n - 1] : TIME_NONE;
}

/* A free slot, one whose failures are all past, or the least recent. */
static struct pair *new_pair(struct login *l)
{
        struct pair *old = &l->pairs[0];

        if (l->n_pairs < LOGIN_PAIRS_MAX)
                return &l->pairs[l->n_pairs++];
        for (uint32_t i = 1; i < l->n_pairs; i++)
                if (newest(&l->pairs[i]) < newest(old))
                        old = &l->pairs[i];
        memset(old, 0, sizeof(*old));
        return old;
}

static void forget_old(struct pair *p, int64_t now_us)
{
        uint32_t kept = 0;

        for (uint32_t i = 0; i < p->n; i++)
                if (p->failed_us[i] > now_us - LOGIN_WINDOW_US)
                        p->failed_us[kept++] = p->failed_us[i];
        p->n = kept;
}

static void note_failure(struct login *l, const struct attempt *a,
                         int64_t now_us)
{
        struct pair *p = find_pair(l, a->user, a->address);

        if (!p) {
                p = new_pair(l);
                memcpy(p->user, a->user, sizeof(p->user));
                memcpy(p->address, a->address, sizeof(p->address));
        }
        forget_old(p, now_us);
        if (p->n < LOGIN_FAILURES)
                p->failed_us[p->n++] = now_us;
        l->storm_us[l->storm_at] = now_us;
        l->storm_at = (l->storm_at + 1) % LOGIN_STORM;
        /* The slot that comes next holds the oldest of the last 60. */
        if (l->storm_us[l->storm_at] != TIME_NONE &&
            now_us - l->storm_us[l->storm_at] < MINUTE_US)
                l->paused_until_us = now_us + LOGIN_STORM_PAUSE_US;
}

static void forget_pair(struct login *l, const struct attempt *a)
{
        struct pair *p = find_pair(l, a->user, a->address);

        if (p)
                *p = l->pairs[--l->n_pairs];
}

/* Seconds until this pair may try again, 0 for now. */
static int closed_for_s(struct login *l, const char *user, const char *address,
                        int64_t now_us)
{
        struct pair *p = find_pair(l, user, address);
        int64_t wait_us;

        if (!p)
                return 0;
        forget_old(p, now_us);
        if (p->n < LOGIN_FAILURES)
                return 0;
        wait_us = p->failed_us[0] + LOGIN_WINDOW_US - now_us;
        return (int)(wait_us / SECOND_US) + 1;
}

/* ---- the work ---- */

static void verify(void *job)
{
        struct attempt *a = job;

        a->ok = crypto_pwhash_str_verify(a->hash, a->password,
                                         strlen(a->password)) == 0 &&
                a->known;
        sodium_memzero(a->password, sizeof(a->password));
}

static void verified(void *job)
{
        struct attempt *a = job;
        struct login *l = a->login;
        const struct state *s = l->port->state(l->port->self);
        const struct user *u = s ? state_user(s, text_of(a->user)) : NULL;
        bool ok = a->ok && u && !u->disabled && !strcmp(u->hash, a->hash);

        l->stats.running--;
        if (ok) {
                l->stats.ok++;
                forget_pair(l, a);
        } else {
                l->stats.failed++;
                note_failure(l, a, l->port->real_now(l->port->self));
        }
        a->done(a->self, ok);
        attempt_free(a);
        login_tick(l);
}

void login_tick(struct login *l)
{
        int64_t now = l->port->real_now(l->port->self);

        while (l->first && l->stats.running < LOGIN_RUNNING_MAX &&
               now >= l->paused_until_us) {
                struct attempt *a = l->first;

                l->first = a->next;
                if (!l->first)
                        l->last = NULL;
                l->stats.waiting--;
                l->stats.running++;
                if (l->port->work(l->port->self, verify, verified, a) == OK)
                        continue;
                l->stats.running--;
                a->done(a->self, false);
                attempt_free(a);
        }
}

static bool waits_already(const struct login *l, const char *user,
                          const char *address)
{
        for (const struct attempt *a = l->first; a; a = a->next)
                if (!strcmp(a->user, user) && !strcmp(a->address, address))
                        return true;
        return false;
}

/* An unknown user is checked against another's hash and always fails, so
 * that the answer takes as long. */
static void take_hash(const struct login *l, struct attempt *a)
{
        const struct state *s = l->port->state(l->port->self);
        const struct user *u = state_user(s, text_of(a->user));

        a->known = u && !u->disabled;
        if (!u && s->n_users)
                u = &s->users[0];
        if (u)
                memcpy(a->hash, u->hash, sizeof(a->hash));
}

static void append(struct login *l, struct attempt *a)
{
        if (l->last)
                l->last->next = a;
        else
                l->first = a;
        l->last = a;
        l->stats.waiting++;
}

enum status login_verify(struct login *l, const char *user,
                         const char *password, const char *address,
                         login_done done, void *self, int *ret_retry_s,
                         struct err *e)
{
        int64_t now = l->port->real_now(l->port->self);
        int wait_s = closed_for_s(l, user, address, now);
        struct attempt *a;

        if (wait_s) {
                l->stats.limited++;
                *ret_retry_s = wait_s;
                return err_set(e, ERR_FULL, "too many failures; wait %d s",
                               wait_s);
        }
        if (l->stats.waiting >= LOGIN_WAITING_MAX ||
            waits_already(l, user, address)) {
                l->stats.queue_full++;
                *ret_retry_s = 5;
                return err_set(e, ERR_FULL, "too many sign-ins wait");
        }
        a = calloc(1, sizeof(*a));
        if (!a)
                return err_set(e, ERR_MEMORY, "sign-in");
        a->login = l;
        text_copy(a->user, sizeof(a->user), text_of(user));
        text_copy(a->address, sizeof(a->address), text_of(address));
        text_copy(a->password, sizeof(a->password), text_of(password));
        a->done = done;
        a->self = self;
        take_hash(l, a);
        append(l, a);
        login_tick(l);
        return OK;
}

/* ---- idle sessions ---- */

static struct used *find_used(const struct login *l, const char *token_hash)
{
        for (uint32_t i = 0; i < l->n_used; i++)
                if (!strcmp(l->used[i].token_hash, token_hash))
                        return &l->used[i];
        return NULL;
}

void login_touch(struct login *l, const char *token_hash, int64_t now_us)
{
        struct used *u = find_used(l, token_hash);

        if (!u && l->n_used < USED_MAX) {
                u = &l->used[l->n_used++];
        } else if (!u) {
                u = &l->used[0];
                for (uint32_t i = 1; i < l->n_used; i++)
                        if (l->used[i].at_us < u->at_us)
                                u = &l->used[i];
        }
        memcpy(u->token_hash, token_hash, sizeof(u->token_hash));
        u->at_us = now_us;
}

int64_t login_used_us(const struct login *l, const char *token_hash)
{
        const struct used *u = find_used(l, token_hash);

        return u ? u->at_us : TIME_NONE;
}

bool login_idle(struct login *l, const char *token_hash, int64_t now_us)
{
        int64_t at = login_used_us(l, token_hash);

        if (at == TIME_NONE) {
                login_touch(l, token_hash, now_us);
                return false;
        }
        return now_us - at > SESSION_IDLE_US;
}

void login_get_stats(const struct login *l, struct login_stats *ret)
{
        *ret = l->stats;
        ret->pairs = l->n_pairs;
}

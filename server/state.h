/* server/state.h -- everything that is decided from the journal.
 *
 * state' = step(state, record): pipeline_step() is the only writer.
 * Thread: the loop; tests and `sanfang replay` run their own. */
#ifndef SERVER_STATE_H
#define SERVER_STATE_H

#include "alerts/engine.h"
#include "schemas/effect.h"
#include "schemas/place.h"
#include "schemas/record.h"
#include "sensors/sensors.h"
#include "server/rules_book.h"

struct near; /* gis/near.h */

struct user {
        char name[CODE_MAX + 1];
        char shown[64]; /* the person's or desk's name */
        char hash[160]; /* Argon2id string of libsodium */
        enum role role;
        bool has_agency;
        enum agency agency;
        char zone[10]; /* "" all, else county: may act there only */
        bool disabled;
};

/* A session is known by the SHA-256 of its cookie. */
struct session {
        char token_hash[65]; /* hex */
        char user[CODE_MAX + 1];
        bool wall; /* read-only, idle time does not end it */
        int64_t opened_real_us;
        int64_t expires_real_us;
};

/* A disk or a journal that is "down" has little or no room left. */
#define LINKS(X)                                                 \
        X(LINK_BROKER, "broker", "消息服务", "broker")           \
        X(LINK_DATABASE, "database", "数据库", "database")       \
        X(LINK_DISK, "disk", "日志空间", "room for the journal") \
        X(LINK_JOURNAL, "journal", "日志", "journal")

WORD_DECLARE(link, link, LINKS)

struct state {
        struct places places;
        struct near *near; /* made from places */
        struct sensors *sensors;
        struct engine *engine;
        struct rules_book rules; /* the engine's set as it was written */
        struct user *users;
        uint32_t n_users;
        struct session *sessions;
        uint32_t n_sessions;
        bool babble; /* some station does, and that is told */
        bool link_up[link_count];
        int64_t engine_us;  /* of the last tick or clock record */
        int64_t real_us;    /* of the last record */
        int64_t rate_milli; /* engine seconds per 1000 real: 1000, 60000, 0 */
        uint64_t seq;       /* last record taken */
        uint64_t audit_n;
        char audit_hash[65];
        uint64_t records; /* steps since the beginning */
};

enum status state_create(struct state **ret, struct err *e);
void state_free(struct state *s);

const struct user *state_user(const struct state *s, struct text name);
const struct session *state_session(const struct state *s,
                                    struct text token_hash);
/* May the user act on an alert of this zone (his role, his county)? */
bool state_may_ack(const struct user *u, const struct alert *a);

/* Snapshot bytes (state and its sequence), and back into a fresh state. */
void state_save(const struct state *s, struct buf *b);
enum status state_load(struct state *s, struct text bytes, struct err *e);

#endif

/* test/server/fake.h -- a stand-in for the app behind the HTTP port.
 *
 * A real state and the real pipeline, a journal that is a list in memory,
 * a clock that the test moves, a worker pool and a PostGIS that answer
 * when told. */
#ifndef TEST_SERVER_FAKE_H
#define TEST_SERVER_FAKE_H

#include "server/hub.h"
#include "server/routes.h"

#define FAKE_START_US INT64_C(1697749200000000) /* 2023-10-20T05:00+08 */

struct fake_record;
struct fake_job;

struct fake {
        struct port port;
        struct port_config config;
        struct state *state;
        struct hub *hub;
        struct routes *routes;
        struct effects fx;
        int64_t real_us, engine_us;
        uint64_t seq, synced, archived;
        bool journal_full; /* submit refuses */
        bool disk_stuck;   /* records are taken but never synced */
        bool database_up;
        const char *answer; /* what PostGIS says */
        enum query asked;
        char params[6][160];
        struct fake_record *first, *last;
        struct fake_job *jobs;
        uint32_t n_results_ok;
};

/* With one county, a river gauge ZZ-01 (WRZ 9.00 m) and a rain gauge PP-01,
 * rules, and the users viewer, operator, duty, hydro, county, admin; all
 * have the password "pw". */
struct fake *fake_create(void);
void fake_free(struct fake *f);

void fake_submit(struct fake *f, enum record_kind kind, const char *body);
void fake_mqtt(struct fake *f, const char *topic, const char *payload);
/* An observation of ZZ-01: level in metres as text, minutes after start. */
void fake_level(struct fake *f, const char *value, int minute);
/* Takes all records and jobs, then syncs and tells routes and hub. */
void fake_run(struct fake *f);
/* Moves both clocks, with a tick record, and runs. */
void fake_pass(struct fake *f, int64_t us);

/* One request; answered or pending.  The caller unrefs. */
struct http_exchange *fake_ask(struct fake *f, enum http_method m,
                               const char *path, const char *token,
                               const char *body);
/* The same, run until it is answered; returns the status. */
int fake_status(struct fake *f, enum http_method m, const char *path,
                const char *token, const char *body);
/* A session opened without a password; token has 65 bytes. */
void fake_session(struct fake *f, const char *user, bool wall, char *token);
/* The first alert's id, or "". */
const char *fake_alert(struct fake *f);
bool fake_has(const struct http_exchange *x, const char *piece);

/* A client of the feed that keeps what it was told. */
struct fake_client {
        struct hub_client *client;
        int woken;
};
enum status fake_join(struct fake *f, struct fake_client *c, const char *token,
                      bool has_since, uint64_t since);
/* The next message as a C string (malloc'ed), or NULL. */
char *fake_next(struct fake_client *c);
uint64_t fake_seq(const char *message);

#endif

/* server/routes.h -- the table of routes, and who may take them.
 *
 * A route is one row: method, path, least right, handler.  A handler that
 * has no row does not exist (its prototype comes from the table), and a row
 * without a right does not compile.  test/server/test_routes.c walks
 * routes by roles; test_openapi.c wants each route in
 * schemas/openapi.yaml.
 * Commands are answered when their record is on the disk.
 * Thread: the loop. */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include "server/http.h"
#include "server/hub.h"
#include "server/metrics.h"

/* Ascending. Wall sessions count as viewers and may only read. */
#define ACCESSES(X)                    \
        X(ACCESS_OPEN, "open")         \
        X(ACCESS_VIEWER, "viewer")     \
        X(ACCESS_OPERATOR, "operator") \
        X(ACCESS_DUTY, "duty")         \
        X(ACCESS_ADMIN, "admin")

enum access {
#define X(code, name) code,
        ACCESSES(X)
#undef X
};

#define V1 "/api/v1/"

/* {x} stands for one piece of a path, {x...} for the rest of it. */
#define ROUTES(X)                                                         \
        X(GET, "/healthz", OPEN, healthz)                                 \
        X(GET, "/readyz", OPEN, readyz)                                   \
        X(GET, "/metrics", OPEN, metrics)                                 \
        X(GET, V1 "clock", OPEN, clock)                                   \
        X(POST, V1 "clock", ADMIN, clock_set)                             \
        X(POST, V1 "session", OPEN, session_open)                         \
        X(GET, V1 "session", VIEWER, session_show)                        \
        X(DELETE, V1 "session", VIEWER, session_end)                      \
        X(POST, V1 "session/wall", DUTY, session_wall)                    \
        X(GET, V1 "sessions", ADMIN, sessions)                            \
        X(DELETE, V1 "sessions/{token_hash}", ADMIN, session_revoke)      \
        X(GET, V1 "config", VIEWER, config)                               \
        X(GET, V1 "situation", VIEWER, situation)                         \
        X(GET, V1 "feed", VIEWER, feed)                                   \
        X(GET, V1 "alerts", VIEWER, alerts)                               \
        X(GET, V1 "alerts/{id}", VIEWER, alert)                           \
        X(GET, V1 "alerts/{id}/exposed", VIEWER, exposed)                 \
        X(POST, V1 "alerts/{id}/ack", DUTY, ack)                          \
        X(POST, V1 "alerts/ack", DUTY, ack_group)                         \
        X(POST, V1 "alerts/{id}/close", DUTY, close)                      \
        X(GET, V1 "stations", VIEWER, stations)                           \
        X(GET, V1 "stations/{code}", VIEWER, station)                     \
        X(GET, V1 "stations/{code}/observations", VIEWER, observations)   \
        X(GET, V1 "stations/{code}/rain", VIEWER, rain)                   \
        X(GET, V1 "stations/{code}/book", VIEWER, station_book)           \
        X(POST, V1 "stations/{code}/amend", OPERATOR, station_amend)      \
        X(GET, V1 "book", VIEWER, book)                                   \
        X(GET, V1 "gaps", VIEWER, gaps)                                   \
        X(GET, V1 "applicants", OPERATOR, applicants)                     \
        X(GET, V1 "applicants/{name}", OPERATOR, applicant)               \
        X(POST, V1 "applicants/{name}/admit", ADMIN, applicant_admit)     \
        X(POST, V1 "applicants/{name}/dismiss", ADMIN, applicant_dismiss) \
        X(GET, V1 "stations/{code}/conformance", VIEWER, conformance)     \
        X(GET, V1 "stations/{code}/pictures", VIEWER, pictures)           \
        X(GET, V1 "stations/{code}/texts", VIEWER, texts)                 \
        X(GET, V1 "pictures/{id}", VIEWER, picture)                       \
        X(GET, V1 "zones", VIEWER, zones)                                 \
        X(GET, V1 "facilities", VIEWER, facilities)                       \
        X(GET, V1 "rivers", VIEWER, rivers)                               \
        X(GET, V1 "incidents", VIEWER, incidents)                         \
        X(GET, V1 "incidents/{centre}/{incident}/events", VIEWER,         \
          incident_events)                                                \
        X(GET, V1 "units", VIEWER, units)                                 \
        X(GET, V1 "rules", VIEWER, rules)                                 \
        X(GET, V1 "rules/text", VIEWER, rules_text)                       \
        X(POST, V1 "rules/check", OPERATOR, rules_check)                  \
        X(GET, V1 "rules/versions", VIEWER, rules_versions)               \
        X(GET, V1 "rules/versions/{seq}", VIEWER, rules_version)          \
        X(GET, V1 "rules/drafts", VIEWER, rules_drafts)                   \
        X(POST, V1 "rules/drafts", ADMIN, rules_draft_put)                \
        X(GET, V1 "rules/drafts/{hash}", VIEWER, rules_draft)             \
        X(POST, V1 "rules/drafts/{hash}/backtest", ADMIN, rules_backtest) \
        X(POST, V1 "rules/drafts/{hash}/confirm", DUTY, rules_confirm)    \
        X(POST, V1 "rules/drafts/{hash}/activate", ADMIN, rules_activate) \
        X(GET, V1 "rules/{id}/trace", VIEWER, rule_trace)                 \
        X(GET, V1 "forecasts", VIEWER, forecasts)                         \
        X(POST, V1 "forecasts", OPERATOR, forecast_give)                  \
        X(GET, V1 "forecasts/scores", VIEWER, forecast_scores)            \
        X(GET, V1 "audit", DUTY, audit)                                   \
        X(GET, V1 "quarantine", VIEWER, quarantine)                       \
        X(GET, V1 "bulletin", VIEWER, bulletin)                           \
        X(GET, "/", OPEN, page)                                           \
        X(GET, "/wall", OPEN, wall)                                       \
        X(GET, "/bulletin", OPEN, page)                                   \
        X(GET, "/favicon.svg", OPEN, page)                                \
        X(GET, "/favicon.ico", OPEN, page)                                \
        X(GET, "/app/{file...}", OPEN, page)

struct routes;

enum status routes_create(const struct port *port, struct hub *hub,
                          struct routes **ret, struct err *e);
void routes_free(struct routes *r);
/* No record is written from now on; a back-test that runs is ended. */
void routes_stop(struct routes *r);

/* One whole request; answered now or later (x is referenced). */
void routes_serve(struct routes *r, struct http_exchange *x);

/* ---- from the app ---- */

void routes_on_effects(struct routes *r, const struct effects *fx,
                       uint64_t seq);
void routes_on_synced(struct routes *r, uint64_t synced_seq);
/* Deadlines and waiting sign-ins; each 250 ms. */
void routes_tick(struct routes *r);

/* Counters that the adapter fills. */
struct web_counters *routes_web_counters(struct routes *r);

/* ---- the table, for tests ---- */

struct route_row {
        enum http_method method;
        const char *path;
        enum access access;
        const char *name;
};
uint32_t routes_table(const struct route_row **ret);

#endif

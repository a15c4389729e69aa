/* server/reader.h -- questions to PostGIS, off the loop.
 *
 * A question is a named SQL of server/query.c that returns one JSON text.
 * It runs on a thread of its own with a connection of its own; the answer
 * comes back on the loop through reader_dispatch.
 *
 * Answers (the bodies of docs of the HTTP API; times RFC 3339 +08:00):
 *   observations     {"station","element","unit","observations":[{"time",
 *                    "value"|null,"marks","received_at"}]}, oldest first,
 *                    the newest `limit` of the span; element "P" is the one
 *                    rain series: [{"begin","time","value","source"}]
 *   rain             {"station","unit","slots":[{"begin","end","amount",
 *                    "source","repaired","raw"|null,"seq"}],"sources":
 *                    [{"source","slots","amount"}]}, oldest first, the
 *                    newest `limit` that lie in or over the span
 *   exposed          {"alert","radius_m","incidents":[I],"units":[U],
 *                    "hospitals":[],"shelters":[],"reservoirs":[],
 *                    "ambulance_stations":[]}, each with "distance_m" (0
 *                    inside the alert's zone), nearest first
 *   audit            {"audit":[{"n","seq","real_at","at","user","role",
 *                    "action","subject","outcome","detail","hash"}]},
 *                    newest first
 *   quarantine       {"quarantine":[{"id","topic","reason","detail",
 *                    "first_seq","last_seq","first_at","last_at","count",
 *                    "bytes","head"}]}, newest first
 *   alert_history    {"alerts":[A with "archived":true]}, newest first
 *   transitions      [T], an array, oldest first
 *   forecasts        {"forecasts":[F]}, newest first
 *   incident_events  {"centre","incident","events":[{"seq","what","unit",
 *                    "state","time","lon","lat","out_of_order"}],
 *                    "acceptances":[{"acceptance","time","dispatches":
 *                    [{"unit","time"}]}]}
 *   bulletin         {"from","to","rain":{"maxima":[{"county","county_name",
 *                    "station","name","sum"}],"over":{"50":n,"100":n,
 *                    "250":n},"gauges":[{"station","name","county",
 *                    "county_name","sum","over":50|100|250}]},
 *                    "rivers":[{"station","name","river","time","value",
 *                    "wrz","above"}],"reservoirs":[{"station","name",
 *                    "time","value","limit","above"}],
 *                    "gaps":[{"station","name","kind","last_at","received",
 *                    "expected"}],"calls":{"opened","closed","open",
 *                    "by_county":[{"county","county_name","opened"}]}}
 *   pictures         {"station","pictures":[{"id","time","bytes","sha256",
 *                    "seq"}]}, newest first
 *   texts            {"station","texts":[{"kind","time","words"|null,
 *                    "bytes","seq"}]}, newest first
 *   scores           as server/score.h says
 * Statuses: OK; ERR_UNAVAILABLE (PostgreSQL is away, or gave up after 5 s);
 * ERR_UNKNOWN (no such row, or not archived yet); ERR_SYNTAX (a parameter).
 * Thread: all functions from the loop. */
#ifndef SERVER_READER_H
#define SERVER_READER_H

#include <stdint.h>

#include "schemas/status.h"
#include "schemas/text.h"

/* name, how many parameters (texts, in the order of the comment); an empty
 * text is "not given" for from, to, before, limit and the subject. */
#define QUERIES(X)                                            \
        /* code, element, from, to, limit */                  \
        X(QUERY_OBSERVATIONS, "observations", 5)              \
        /* code, from, to, limit */                           \
        X(QUERY_RAIN, "rain", 4)                              \
        /* alert id, radius_m */                              \
        X(QUERY_EXPOSED, "exposed", 2)                        \
        /* before n, limit */                                 \
        X(QUERY_AUDIT, "audit", 2)                            \
        /* limit */                                           \
        X(QUERY_QUARANTINE, "quarantine", 1)                  \
        /* from, to, limit */                                 \
        X(QUERY_ALERT_HISTORY, "alert_history", 3)            \
        /* alert id */                                        \
        X(QUERY_TRANSITIONS, "transitions", 1)                \
        /* subject, limit */                                  \
        X(QUERY_FORECASTS, "forecasts", 2)                    \
        /* centre, incident id */                             \
        X(QUERY_INCIDENT_EVENTS, "incident_events", 2)        \
        /* from, to */                                        \
        X(QUERY_BULLETIN, "bulletin", 2)                      \
        /* station, state, limit */                           \
        X(QUERY_GAPS, "gaps", 3)                              \
        /* code, limit */                                     \
        X(QUERY_PICTURES, "pictures", 2)                      \
        /* code, limit */                                     \
        X(QUERY_TEXTS, "texts", 2)                            \
        /* limit */                                           \
        X(QUERY_RULE_VERSIONS, "rule_versions", 1)            \
        /* seq */                                             \
        X(QUERY_RULE_VERSION, "rule_version", 1)              \
        /* from, to, source, station, "true": made up data */ \
        X(QUERY_SCORES, "scores", 5)

#define QUERY_PARAMETERS_MAX 5

enum query {
#define X(code, name, n) code,
        QUERIES(X)
#undef X
                QUERY_count
};

struct reader;

typedef void (*reader_answer)(void *self, enum status st, struct text json,
                              const struct err *e);

enum status reader_create(const char *uri, void (*wake)(void *self), void *self,
                          struct reader **ret, struct err *e);
/* Whoever still waits is answered ERR_UNAVAILABLE; NULL is fine. */
void reader_free(struct reader *r);
/* At most 64 wait; one more is ERR_FULL.  ERR_UNAVAILABLE at once while
 * PostgreSQL is away.  params are copied; NULL ends them. */
enum status reader_ask(struct reader *r, enum query q,
                       const char *const *params, reader_answer answer,
                       void *self, struct err *e);
/* On the loop, after wake: calls the answers that are ready. */
void reader_dispatch(struct reader *r);

#endif

/* server/reader.h -- questions to PostGIS, off the loop.
 *
 * A question is a named SQL of server/reader.c that returns one JSON text.
 * It runs on a thread of its own with a connection of its own; the answer
 * comes back on the loop through reader_dispatch.
 * Thread: all functions from the loop. */
#ifndef SERVER_READER_H
#define SERVER_READER_H

#include <stdint.h>

#include "schemas/status.h"
#include "schemas/text.h"

/* name, parameters in order (texts) */
#define QUERIES(X)                                                          \
        X(QUERY_OBSERVATIONS, "observations") /* code, element, from, to, limit */ \
        X(QUERY_EXPOSED, "exposed")           /* alert id, radius_m */      \
        X(QUERY_AUDIT, "audit")               /* before n, limit */         \
        X(QUERY_QUARANTINE, "quarantine")     /* limit */                   \
        X(QUERY_ALERT_HISTORY, "alert_history") /* from, to, limit */       \
        X(QUERY_TRANSITIONS, "transitions")   /* alert id */                \
        X(QUERY_FORECASTS, "forecasts")       /* subject, limit */          \
        X(QUERY_INCIDENT_EVENTS, "incident_events") /* centre, id */        \
        X(QUERY_BULLETIN, "bulletin")         /* from, to */

enum query {
#define X(code, name) code,
        QUERIES(X)
#undef X
        QUERY_count
};

struct reader;

typedef void (*reader_answer)(void *self, enum status st, struct text json,
                              const struct err *e);

enum status reader_create(const char *uri, void (*wake)(void *self),
                          void *self, struct reader **ret, struct err *e);
void reader_free(struct reader *r);
/* At most 64 wait; one more is ERR_FULL. params are copied; NULL ends. */
enum status reader_ask(struct reader *r, enum query q,
                       const char *const *params, reader_answer answer,
                       void *self, struct err *e);
/* On the loop, after wake: calls the answers that are ready. */
void reader_dispatch(struct reader *r);

#endif

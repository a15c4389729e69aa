/* server/metrics.h -- counters, and the text that Prometheus reads.
 *
 * Source: Prometheus text exposition format 0.0.4.
 * Thread: the loop. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "server/http.h"
#include "server/hub.h"
#include "server/login.h"

/* Filled by the web adapter. */
struct web_counters {
        uint32_t connections;
        uint64_t accepted;
        uint64_t refused_connections; /* more than allowed */
        uint64_t too_slow;            /* bodies or answers that took too long */
        uint64_t too_large;           /* bodies, messages */
};

struct metrics {
        uint64_t http[HTTP_STATUSES]; /* answers by status code */
        uint64_t records;
        uint64_t messages_taken, messages_refused;
        uint64_t transitions[transition_kind_count];
        uint64_t commands_ok, commands_refused, commands_timed_out;
        uint64_t denied, denied_not_recorded;
        uint64_t foreign_origin, pending_full, journal_refused;
        struct web_counters web;
};

void metrics_on_effects(struct metrics *m, const struct effects *fx);
/* pending: commands that wait for the disk. */
void metrics_text(const struct metrics *m, const struct port *port,
                  const struct hub *hub, const struct login *login,
                  uint32_t pending, struct buf *b);

#endif

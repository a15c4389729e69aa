/* server/pipeline.h -- the hot path: state' = step(state, record). */
#ifndef SERVER_PIPELINE_H
#define SERVER_PIPELINE_H

#include "server/state.h"

/* Takes one record.  fx is cleared first and holds what changed.  A
 * record that cannot be understood is refused (fx->refused, or fx->result
 * for commands) and still moves s->seq; any status but OK is our own
 * failure (memory) and the process must stop. */
enum status pipeline_step(struct state *s, const struct record *r,
                          struct effects *fx, struct err *e);

/* What pipeline_step() does with a record whose values are known already
 * (schemas/prepared.h): fx, not cleared, holds them.  Back-tests go this
 * way, without sensors. */
enum status pipeline_values(struct state *s, const struct record *r,
                            struct effects *fx, struct err *e);
struct prepared_item;
enum status pipeline_tick(struct state *s, const struct prepared_item *tick,
                          struct effects *fx, struct err *e);

#endif

/* server/prepare.h -- a step as a back-test needs it: what a record gave to
 * the rules, as items of schemas/prepared.h.
 *
 * In:     the record, and the state and effects after its step.
 * Out:    items; none for what decides nothing.  No password hash.
 * Holds:  run by pipeline_prepared.c they give the same alerts.
 * Thread: the loop's, or of who runs a journal; pure. */
#ifndef SERVER_PREPARE_H
#define SERVER_PREPARE_H

#include "schemas/prepared.h"
#include "server/state.h"

/* Nobody signs in to a back-test. */
#define PREPARE_NO_HASH "-"

/* Would the record put a rule table in force? */
bool prepare_is_rules(const struct record *r);
/* Is there anything of the record that a back-test needs? */
bool prepare_wants(const struct record *r, const struct effects *fx);
/* babble: what a tick says of it; else of no effect. */
void prepare_put(struct prepared_out *o, const struct state *s,
                 const struct record *r, const struct effects *fx,
                 enum prepared_babble babble);

/* The same as one chunk of bytes that stands for itself: i64 engine time
 * (little-endian), then the items, whose ticks all say whether stations
 * babble.  Nothing is added for a record that is not wanted. */
void prepare_chunk(struct buf *b, const struct state *s, const struct record *r,
                   const struct effects *fx);
#define PREPARE_CHUNK_HEAD 8

#endif

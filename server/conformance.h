/* server/conformance.h -- how far a station keeps to SL 651-2014, as JSON
 * for programs and as a report in words for its vendor.
 *
 * Thread: the loop. */
#ifndef SERVER_CONFORMANCE_H
#define SERVER_CONFORMANCE_H

#include "server/state.h"

/* {"station","name","sl651","frames","clock_offset_s"|null,"total",
 *  "deviations":[{"kind","zh","en","clause","count","first_at","last_at",
 *  "seq","byte"}]}, the most frequent first. */
void conformance_json(const struct state *s, uint32_t station, struct buf *b);
/* The same as a text that can be sent, in Chinese or English. */
void conformance_text(const struct state *s, uint32_t station, bool zh,
                      int64_t now_us, struct buf *b);

#endif

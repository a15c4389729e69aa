/* sensors/babble.h -- stations that say the same far more often than they
 * should.
 *
 * In:     each message that brought nothing new: sent again, or of a time
 *         less than half an interval after what was known.
 * Out:    whether a station babbles: more of them within a window than the
 *         check table allows.  It does until a window has passed since.
 * Holds:  nothing is refused for it: what is doubled is not stored twice
 *         anyway, and a true reading in a flood of others is still true.
 * Thread: any; no state of its own. */
#ifndef SENSORS_BABBLE_H
#define SENSORS_BABBLE_H

#include "schemas/check.h"
#include "sensors/book.h"

void babble_count(struct book_facts *f, const struct check_table *c,
                  int64_t interval_us, int64_t now_us);
/* One that babbled then is still told at now_us. */
bool babble_lasts(uint32_t babble_s, const struct check_table *c,
                  int64_t now_us);
/* The latest babble_s in the book; 0: none ever. */
uint32_t babble_latest_s(const struct book *b);
bool babble_now(const struct book_facts *f, const struct check_table *c,
                int64_t now_us);

#endif

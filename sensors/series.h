/* sensors/series.h -- what one station said of one element lately.
 *
 * In:     values with their own time, in any order, and the engine time.
 * Out:    marks: late, duplicate, conflict, old, missing.
 * Holds:  the newest value, and (time, value) of the last HORIZON_US so
 *         that a repeat is known; at most SERIES_MAX of them, 12 bytes
 *         each (12 kB; an hourly element takes 1 kB).  A station that
 *         sends more (one-minute data) is remembered for less long: an
 *         older repeat then looks late, and the key in the database keeps
 *         it from standing there twice.
 * Thread: one owner; pure. */
#ifndef SENSORS_SERIES_H
#define SENSORS_SERIES_H

#include "schemas/obs.h"
#include "schemas/pack.h"
#include "schemas/status.h"
#include "sensors/check.h"

#define SERIES_MAX 1024

struct series_point {
        uint32_t time_s;  /* seconds UTC since 1970: good until 2106 */
        uint32_t time_us; /* within the second */
        int32_t milli;    /* SERIES_NO_VALUE: the station had none */
};
#define SERIES_NO_VALUE INT32_MIN

struct series {
        bool has_newest;
        int64_t time_us; /* of the newest, by observation time */
        int64_t received_us;
        int64_t value_milli;
        uint32_t marks;
        uint64_t seq;
        struct check_state check; /* what its next value is held against */
        struct series_point *at;  /* ascending */
        uint32_t start, n, cap;
};

void series_done(struct series *s);

/* Takes o (time, value, received time, MARK_MISSING) and adds to o->marks
 * what it finds.  Old, doubled and conflicting values change nothing; a
 * value fills a place where the station had said "missing". */
enum status series_put(struct series *s, struct observation *o, struct err *e);

/* Replaces what stands at o->time_us, or adds it: an amendment.  Beyond
 * the horizon it only marks MARK_OLD. */
enum status series_amend(struct series *s, struct observation *o,
                         struct err *e);

/* The last value strictly before t, not missing; false when none. */
bool series_before(const struct series *s, int64_t t_us, int64_t *ret_us,
                   int64_t *ret_milli);

/* The same strictly after t. */
bool series_after(const struct series *s, int64_t t_us, int64_t *ret_us,
                  int64_t *ret_milli);
/* What was said for exactly that time; false when nothing, or missing. */
bool series_find(const struct series *s, int64_t t_us, int64_t *ret_milli);

/* How many values lie strictly between. */
uint32_t series_count(const struct series *s, int64_t from_us, int64_t to_us);

void series_save(const struct series *s, struct buf *b);
enum status series_load(struct series *s, struct unpack *u, struct err *e);

#endif

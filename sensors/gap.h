/* sensors/gap.h -- holes in the numbers of stations, until they are filled.
 *
 * In:     a sender's ranges after each message; real time from ticks.
 * Out:    fx->gap: seen (after GAP_SEEN_US), asked for again, filled, or
 *         given up as a hole: after GAP_AGE_US, or GAP_LEFT_US after the
 *         station began to count anew (a higher boot) when nothing of the
 *         old numbers comes any more.  Who sends receipts asks the station
 *         at each change that leaves a gap open.
 * Holds:  entries in order of (centre, subject, boot, from); at most
 *         GAPS_MAX in all and GAPS_PER_SENDER of one: holes make room,
 *         the longest decided first; what finds none is counted.  A hole
 *         is forgotten after GAP_KEEP_US; filled late it is told filled.
 *         Real time, since a station's patience is not the storm's.
 *
 * Periods of a terminal's reports (gap.is_period) stand in the same list,
 * at most GAPS_PERIODS of them; take_period.c notices, asks and counts what
 * came, since it knows serials and series.  They grow old like the others.
 * Thread: one owner; pure. */
#ifndef SENSORS_GAP_H
#define SENSORS_GAP_H

#include "schemas/effect.h"
#include "schemas/pack.h"
#include "schemas/time.h"
#include "sensors/sender.h"

#define GAPS_MAX 8192
#define GAPS_PER_SENDER 16
#define GAPS_PERIODS 4096
#define GAP_SEEN_US (10 * SECOND_US)
#define GAP_ASK_MIN_US (30 * SECOND_US) /* doubled each time */
#define GAP_ASK_MAX_US HOUR_US
#define GAP_LEFT_US (10 * MINUTE_US)
#define GAP_AGE_US DAY_US
#define GAP_KEEP_US (7 * DAY_US)

struct gap_entry {
        struct gap gap;
        int64_t due_us;  /* when it is asked for again */
        int64_t left_us; /* a higher boot came; TIME_NONE: not yet */
        uint64_t lost;   /* counted as lost when it was given up */
        uint32_t had;    /* values within a period when it was noticed */
};

struct gaps {
        struct gap_entry *at;
        uint32_t n, cap;
        uint32_t n_periods;
};

void gaps_done(struct gaps *g);

/* After x took (or refused) a number of x->boot[0]: what is filled, what
 * is newly missing.  *ret_dropped counts what found no room. */
enum status gaps_follow(struct gaps *g, const struct sender *x, int64_t real_us,
                        uint64_t seq, struct effects *fx, uint64_t *ret_dropped,
                        struct err *e);
/* So many reports of a station between two send times are lost: an open
 * gap, told at once.  Known, or no room: nothing. */
struct gap_period {
        const char *station;
        int64_t since_us, until_us;
        uint64_t lost;
        uint32_t had; /* values that lie within it already */
        bool mute;
};
enum status gaps_period(struct gaps *g, const struct gap_period *p,
                        int64_t real_us, uint64_t seq, struct effects *fx,
                        uint64_t *ret_dropped, struct err *e);
/* n values lie within the i-th entry, a period, now; true: it is filled,
 * told, and gone from the list. */
bool gaps_period_has(struct gaps *g, uint32_t i, uint32_t n, int64_t real_us,
                     uint64_t seq, struct effects *fx);
/* Its turn to be asked for has come. */
bool gaps_period_due(const struct gap_entry *x, int64_t real_us);
/* The i-th entry is asked for now: told. */
void gaps_asked(struct gaps *g, uint32_t i, int64_t real_us, uint64_t seq,
                struct effects *fx);
/* The place of a station's first entry. */
uint32_t gaps_first(const struct gaps *g, const char *station);

void gaps_tick(struct gaps *g, int64_t real_us, uint64_t seq,
               struct effects *fx);

/* The entries of one sender, ascending; returns how many. */
uint32_t gaps_of(const struct gaps *g, const char *subject, bool is_centre,
                 const struct gap_entry **ret);

void gaps_save(const struct gaps *g, struct buf *b);
enum status gaps_load(struct gaps *g, struct unpack *u, struct err *e);

#endif

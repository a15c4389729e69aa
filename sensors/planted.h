/* sensors/planted.h -- a day of stations with faults planted in it, made
 * from a seed before anything is sent: what each station measured, and when
 * and how it will tell it.
 *
 * In:     a recorded day (sensors/day.h), shares, a seed.
 * Out:    stations with their line and habits; reports in order of
 *         delivery; the true rain of each slot; what was planted.
 * Holds:  the same day, configuration and seed give the same plan.
 *         Each (station, element, time) is measured once.  Faults: sent
 *         twice, late, out of order, missing values, a slow clock, F4
 *         slots over 25.4 mm, a link that is away, a connection cut within
 *         a frame, a flipped bit, and a station that babbles.
 *         A slot over 25.4 mm is followed by two equal ones, since only
 *         then can its carried rest be told from new rain
 *         (docs/formulas.md#f4-cap).
 * Thread: any; pure. */
#ifndef SENSORS_PLANTED_H
#define SENSORS_PLANTED_H

#include "schemas/words.h"
#include "sensors/day.h"

struct planted_config {
        uint64_t seed;
        uint32_t stations;      /* spread over the day's; 0: all */
        int64_t from_us, to_us; /* whole hours; (from, to] is told */
        uint32_t sl651_milli;   /* share of the stations, thousandths */
        uint32_t tcp_milli;     /* of those, over TCP; the rest MQTT */
        uint32_t ascii_milli;   /* of those, in ASCII */
};

enum planted_line { PLANTED_JSON, PLANTED_MQTT, PLANTED_TCP };

struct planted_station {
        uint32_t at; /* in day->stations */
        enum planted_line line;
        char address[11];
        uint8_t station_class;
        bool ascii;
        bool rain;     /* F4 by the hour */
        bool counter;  /* and PT and PJ with it */
        bool overflow; /* more than 25.4 mm in a slot */
        bool uniform;  /* 31 by the hour, else 32 and 33 */
        bool babbles;
        int64_t slow_us;                  /* its clock is so far behind */
        int64_t away_from_us, away_to_us; /* link away; 0: never */
};

struct planted_value {
        enum element element;
        bool missing;
        bool late; /* a newer one was told before */
        int64_t time_us;
        int64_t value_milli;
};

/* What is done to a report on the line. */
#define PLANTED_FAULTS(X)                                           \
        X(PLANTED_TWICE, "duplicate")   /* told again */            \
        X(PLANTED_LATE, "late")         /* told late */             \
        X(PLANTED_MISSING, "missing")   /* holds no value */        \
        X(PLANTED_OVERFLOW, "overflow") /* F4 over 25.4 */          \
        X(PLANTED_CUT, "cut")           /* line cut in the frame */ \
        X(PLANTED_FLIP, "flip")         /* one bit, first try */    \
        X(PLANTED_BABBLE, "babble")     /* told 60 times */

enum planted_fault {
#define X(code, name) code,
        PLANTED_FAULTS(X)
#undef X
                PLANTED_FAULT_count
};

const char *planted_fault_name(enum planted_fault f);

struct planted_report {
        uint32_t station;
        uint8_t function;  /* 0: JSON */
        int64_t sent_us;   /* by its own clock */
        int64_t due_us;    /* when it is given to the line */
        uint32_t times;    /* so often, one after another */
        uint32_t faults;   /* 1 << enum planted_fault */
        uint32_t first, n; /* its values */
        uint32_t order;    /* as made: breaks ties */
};

/* What truly fell in the five minutes that end then. */
struct planted_slot {
        uint32_t station;
        int64_t end_us;
        int64_t amount_milli;
};

struct planted {
        struct planted_config c;
        const struct day *day;
        struct planted_station *stations;
        uint32_t n_stations, cap_stations;
        struct planted_report *reports; /* by due_us */
        uint32_t n_reports, cap_reports;
        struct planted_value *values;
        uint32_t n_values, cap_values;
        struct planted_slot *slots;
        uint32_t n_slots, cap_slots;
};

#define PLANTED_BABBLE_TIMES 60

/* day must outlive it. ERR_RANGE: the times; ERR_MEMORY. */
enum status planted_make(const struct day *day, const struct planted_config *c,
                         struct planted *ret, struct err *e);
void planted_done(struct planted *p);
const char *planted_code(const struct planted *p, uint32_t station);

#endif

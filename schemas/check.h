/* schemas/check.h -- what is plausible where the station book says nothing:
 * a check table as data.
 *
 * The JSON of sensors/checks/default.json becomes this; wire/check.h reads
 * it.  A station's own bounds (struct station_checks) come first.
 * Holds:  LEVEL_UNSET says "no bound", 0 of a time says "not looked at";
 *         values are thousandths of the element's unit.
 * Thread: any; data. */
#ifndef SCHEMAS_CHECK_H
#define SCHEMAS_CHECK_H

#include "schemas/element.h"
#include "schemas/pack.h"
#include "schemas/place.h"

/* What is plausible for one element. */
struct check_element {
        int64_t low_milli, high_milli;
        int64_t step_milli;  /* largest change from value to value */
        int64_t rate_milli;  /* largest change per hour */
        int64_t spike_milli; /* a larger change must be said twice */
        int64_t stuck_us;    /* unchanged for so long */
};

/* A rain gauge against those around it, over one window. */
struct check_window {
        int64_t window_us;
        int64_t dry_milli, wet_milli;    /* at most this, all around that */
        int64_t pour_milli, quiet_milli; /* at least this, all around that */
};

#define CHECK_WINDOWS_MAX 4

struct check_table {
        char name[33];
        uint32_t version;            /* 0: no table, nothing is looked at */
        int64_t ahead_us, behind_us; /* a station's clock against ours */
        int64_t gap_us;              /* beyond it two values do not compare */
        int64_t rate_least_us;       /* a rate over less counts as over this */
        struct check_element element[ELEMENT_count];
        /* A station babbles when more messages than this within the window
         * bring nothing new; 0: not looked at. */
        int64_t babble_window_us;
        uint32_t babble_times; /* what its interval lets expect */
        uint32_t babble_least;
        int64_t around_m; /* neighbours lie within */
        uint32_t around_least;
        struct check_window window[CHECK_WINDOWS_MAX];
        uint32_t n_windows;
};

/* Nothing set. */
void check_table_clear(struct check_table *t);

/* For snapshots; elements by name. */
void check_table_save(const struct check_table *t, struct buf *b);
void check_table_load(struct check_table *t, struct unpack *u);

/* The stations around one, nearest first: gis finds them, server/ hands
 * them to sensors. */
#define AROUND_MAX 8

struct around {
        uint32_t station[AROUND_MAX];
        double distance_m[AROUND_MAX];
        uint32_t n;
};

#endif

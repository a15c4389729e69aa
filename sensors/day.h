/* sensors/day.h -- what a storm's stations and ambulances tell, by time.
 *
 * In:     struct day; minutes or seconds from its begin.
 * Out:    readings, events of incidents and units, positions.
 * Holds:  the same day gives the same answers for ever.
 * Thread: any; no state but the plan. Places are for show, so that
 *         positions are doubles; readings are integers. */
#ifndef SENSORS_DAY_H
#define SENSORS_DAY_H

#include "schemas/dispatch.h"
#include "schemas/wire/day.h"

/* Linear between knots; before the first its value, after the last the
 * last for ever; rounded to 0.01 m for levels, 0.1 for all else. */
int64_t day_series_milli(const struct day_series *s, int64_t minute);

/* Rain of the five minutes that end at `minute` (a multiple of 5). The
 * twelve slots of an hour add up to its amount exactly. */
int64_t day_rain_milli(const struct day_rain *r, int64_t minute);

struct day_reading {
        enum element element;
        int64_t value_milli;
};

/* What a station (index in d->stations) reads at a minute; silent: 0.
 * At most max readings; returns how many. */
uint32_t day_readings(const struct day *d, uint32_t station, int64_t minute,
                      struct day_reading *ret, uint32_t max);

/* ---- 120: who is sent where, decided once for the whole day ---- */

struct day_event {
        int64_t at_s;
        bool is_unit;
        uint32_t index;    /* in d->calls or d->units */
        int state;         /* enum incident_state or enum unit_state */
        uint32_t incident; /* of a unit's event: in d->calls or NO_INDEX */
};

struct day_leg {
        uint32_t unit;
        int64_t from_s, to_s;
        struct point from, to;
        enum unit_state state;
        uint32_t incident;
};

struct day_plan {
        struct day_event *events; /* by time */
        uint32_t n_events, cap_events;
        struct day_leg *legs; /* of one unit: by time */
        uint32_t n_legs, cap_legs;
};

/* The nearest free ambulance drives straight at 40 km/h to the caller,
 * to the nearest hospital, and home. */
enum status day_plan_make(const struct day *d, struct day_plan *ret,
                          struct err *e);
void day_plan_done(struct day_plan *p);

struct day_fix {
        enum unit_state state;
        struct point at;
        uint32_t incident; /* NO_INDEX: none */
        bool moving;
};
struct day_fix day_unit_at(const struct day *d, const struct day_plan *p,
                           uint32_t unit, int64_t at_s);

#endif

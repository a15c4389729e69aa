/* schemas/wire/day.h -- a recorded or synthetic day: storm.json.
 *
 * {"name","begin","live_from","end","synthetic",
 *  "series":[{"station","element","every_s","knots":[[minute,value]...]}],
 *  "rain":[{"station","hourly":[[hour,mm]...]}],
 *  "silences":[{"station","from_min","to_min"}],
 *  "calls":[{"incident","at_min","nature","address","lon","lat","people"}],
 *  "units":[{"unit","lon","lat"}],
 *  "grids":[{"file","source","model","issued_min","begin_min","end_min",
 *            "at_min"}]}
 * Minutes and hours count from `begin`. Knots ascend. */
#ifndef SCHEMAS_WIRE_DAY_H
#define SCHEMAS_WIRE_DAY_H

#include "schemas/element.h"
#include "schemas/place.h"
#include "schemas/status.h"

#define DAY_HOURS_MAX INT64_C(2160) /* 90 days */

struct day_knot {
        int64_t minute_milli; /* thousandths of a minute */
        int64_t value_milli;
};

struct day_series {
        uint32_t station;
        enum element element;
        int64_t every_s;
        struct day_knot *knots;
        uint32_t n_knots;
};

struct day_rain {
        uint32_t station;
        int64_t *hourly_milli; /* by hour from begin */
        uint32_t n_hours;
};

struct day_silence {
        uint32_t station;
        int64_t from_min, to_min;
};

struct day_call {
        char incident[CODE_MAX + 1];
        int64_t at_min;
        char nature[64];
        char address[160];
        struct point at;
        int64_t people;
};

struct day_unit {
        char unit[CODE_MAX + 1];
        struct point home;
};

struct day_grid {
        char file[128];
        char source[CODE_MAX + 1];
        char model[CODE_MAX + 1];
        int64_t issued_min, begin_min, end_min, at_min;
};

struct day {
        char name[96];
        int64_t begin_us, live_from_us, end_us;
        char (*stations)[CODE_MAX + 1]; /* in order of first mention */
        uint32_t n_stations;
        struct day_series *series;
        uint32_t n_series;
        struct day_rain *rain;
        uint32_t n_rain;
        struct day_silence *silences;
        uint32_t n_silences;
        struct day_call *calls; /* by at_min */
        uint32_t n_calls;
        struct day_unit *units;
        uint32_t n_units;
        struct day_grid *grids;
        uint32_t n_grids;
        struct point *hospitals; /* of facilities.geojson */
        uint32_t n_hospitals;
};

/* Errors name the list, the place in it and what is wrong there. */
enum status wire_day_decode(struct text json, struct day *ret, struct err *e);
/* Adds the hospitals of a facilities.geojson. */
enum status wire_day_hospitals(struct text geojson, struct day *d,
                               struct err *e);
void day_done(struct day *d);

#endif

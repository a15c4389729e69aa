/* schemas/dispatch.h -- 120: incidents and units as the city's dispatch
 * system (the master) tells them.  No caller's or patient's data. */
#ifndef SCHEMAS_DISPATCH_H
#define SCHEMAS_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/place.h"

#define UNIT_LOST_US (60 * INT64_C(1000000)) /* no fix for 60 s: lost */

struct incident {
        char centre[CODE_MAX + 1];
        char id[CODE_MAX + 1];
        enum incident_state state;
        char nature[64];
        char address[160];
        int64_t people; /* -1 unknown */
        bool has_point;
        struct point at; /* WGS 84 */
        char county[7];
        char town[10];
        int64_t opened_us;    /* earliest event time seen */
        int64_t time_us;      /* event time of the newest state */
        uint32_t late_events; /* came out of order: kept, marked */
        uint64_t seq;
};

struct unit {
        char centre[CODE_MAX + 1];
        char id[CODE_MAX + 1];
        enum unit_state state;
        bool has_point;
        struct point at;             /* WGS 84 */
        char incident[CODE_MAX + 1]; /* "" for none */
        int64_t time_us;             /* event time of the newest state */
        int64_t fix_us;              /* event time of the newest position */
        bool lost;
        uint32_t late_events;
        uint64_t seq;
};

/* One event as it came, whether or not it changed the board. */
struct dispatch_event {
        bool is_unit;
        char centre[CODE_MAX + 1];
        char id[CODE_MAX + 1];
        char incident[CODE_MAX + 1]; /* of a unit's event */
        int state; /* enum incident_state or enum unit_state */
        int64_t time_us;
        bool has_point;
        struct point at;
        bool out_of_order;
        uint64_t seq;
};

#endif

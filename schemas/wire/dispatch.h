/* schemas/wire/dispatch.h -- sanfang/v1/120/<centre>/up/incident|unit.
 *
 * Incident: {"incident","boot","seq","time","state","nature","people",
 *  "address","lon","lat","crs"}; unit: {"unit","boot","seq","time","state",
 *  "lon","lat","crs","incident"}.  Only the first, time and state must be
 * there; boot and seq, and lon and lat, stand together or not at all; null
 * is as good as absent.  crs: wgs84 (default), cgcs2000, gcj02, bd09.
 * Keys that we do not know are ignored, but a key at any depth that names
 * a caller or patient (phone, name, age...) makes the message refused:
 * such data must not come in at all. */
#ifndef SCHEMAS_WIRE_DISPATCH_H
#define SCHEMAS_WIRE_DISPATCH_H

#include "schemas/dispatch.h"
#include "schemas/wire/obs.h"

struct dispatch_message {
        struct wire_seq from;
        bool is_unit;
        char id[CODE_MAX + 1];
        char incident[CODE_MAX + 1]; /* of a unit, "" for none */
        int64_t time_us;
        int state; /* enum incident_state or enum unit_state */
        char nature[64];
        char address[160];
        int64_t people; /* -1 unknown */
        bool has_point;
        struct point at; /* converted to WGS 84 */
};

/* ERR_FORBIDDEN: personal data; the message names the key alone. */
enum status wire_incident_decode(struct text body, struct dispatch_message *ret,
                                 struct err *e);
enum status wire_unit_decode(struct text body, struct dispatch_message *ret,
                             struct err *e);
/* Either kind, as a dispatch system would send it (point in WGS 84). */
void wire_dispatch_encode(const struct dispatch_message *m, struct buf *b);

#endif

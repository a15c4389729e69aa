/* schemas/wire/obs.h -- sanfang/v1/st/<station>/up/obs.
 *
 * {"station","boot","seq","obs":[{"time","element","value","unit"?}]}
 * boot and seq stand together or not at all; time absent means server
 * time; value null means "the station says it has none"; unit, when there,
 * must be the element's own.  Keys that we do not know are ignored.
 * schemas/json/obs.schema.json says the same. */
#ifndef SCHEMAS_WIRE_OBS_H
#define SCHEMAS_WIRE_OBS_H

#include "schemas/element.h"
#include "schemas/place.h"
#include "schemas/wire/json.h"

#define OBS_ITEMS_MAX 512

struct obs_item {
        int64_t time_us; /* TIME_NONE: server time */
        enum element element;
        bool missing;
        int64_t value_milli; /* 0 when missing */
};

/* A sender's own count: both or none. */
struct wire_seq {
        bool has;
        uint64_t boot;
        uint64_t seq;
};

struct obs_message {
        char station[CODE_MAX + 1];
        struct wire_seq from;
        struct obs_item item[OBS_ITEMS_MAX];
        uint32_t n;
};

/* Body of a RECORD_VALUES: values that came by no station's message.
 * {"station","source","by","obs":[...]}; each with its time. */
struct values_note {
        char source[CODE_MAX + 1]; /* "sl323" */
        char by[CODE_MAX + 1];     /* who imported, "" for nobody */
};
enum status wire_values_decode(struct text body, struct values_note *ret_note,
                               struct obs_message *ret, struct err *e);
void wire_values_encode(const struct values_note *note,
                        const struct obs_message *m, struct buf *b);

/* All of it or nothing: an error names the field, "obs[3].value". */
enum status wire_obs_decode(struct text body, struct obs_message *ret,
                            struct err *e);
void wire_obs_encode(const struct obs_message *m, struct buf *b);

/* The "boot" and "seq" members of an object. */
enum status wire_seq_get(const struct json *j, struct wire_seq *ret,
                         struct err *e);
/* The same from a whole message that may be wrong elsewhere; has is false
 * when they cannot be read.  For telling the sender what was refused. */
struct wire_seq wire_seq_peek(struct text body);

#endif

/* schemas/effect.h -- what one step of the pipeline changed.
 *
 * sensors and alerts push here; server/ hands it to the archive, the hub,
 * the outbox and to whoever waits for a command's answer.
 * Holds:  everything is copied in; nothing points out of it.
 * Thread: the loop. */
#ifndef SCHEMAS_EFFECT_H
#define SCHEMAS_EFFECT_H

#include "schemas/alert.h"
#include "schemas/applicant.h"
#include "schemas/dispatch.h"
#include "schemas/forecast.h"
#include "schemas/gap.h"
#include "schemas/obs.h"

struct alert_change {
        struct alert alert; /* after the transition */
        struct transition transition;
};

/* A message that could not be taken, as it came. */
struct refused {
        uint64_t seq;
        enum status reason;
        char detail[160];
        char topic[200]; /* cut, valid UTF-8 not promised */
        char *raw;       /* malloc'ed, n_raw bytes; owned by effects */
        size_t n_raw;
};

/* A station's or centre's (boot, seq) is now in the journal; the receipt
 * may say so once this record is archived. */
struct kept {
        char subject[CODE_MAX + 1];
        bool is_centre;
        uint64_t boot;
        uint64_t message_seq;
        bool refused;       /* went to quarantine: counts as kept */
        enum status reason; /* when refused */
        uint64_t seq;       /* the journal record */
};

/* Bytes that an SL 651 terminal waits for; they go out once their record
 * is on the disk (or, by configuration, in the database). */
#define DOWNLINK_MAX 128
struct downlink {
        uint64_t seq;
        bool is_tcp;
        char to[80]; /* a station's code, or the source of a RECORD_FRAME */
        uint8_t bytes[DOWNLINK_MAX];
        uint32_t n;
};

/* Bytes that a terminal sent and that are kept beside the values: a
 * picture, a manual text, a software version... (SL651_SPANS). */
struct attachment {
        uint32_t station;
        uint32_t item; /* place within the record */
        char kind[12]; /* "picture", "text", "version"... */
        int64_t time_us;
        uint64_t seq;
        char *bytes; /* malloc'ed; owned by effects */
        size_t n;
};

/* A row of a station's conformance, as it stands after the step. */
struct deviation_row {
        uint32_t station;
        char kind[24];
        uint64_t count;
        int64_t first_us, last_us;
        uint64_t seq; /* newest example: record and byte */
        uint32_t at;
};

/* A station's newest state as the map shows it (which station changed). */
struct station_change {
        uint32_t station;
};

/* A gap in a sender's numbers was seen, asked for again, filled or given
 * up. */
struct gap_change {
        struct gap gap; /* after the change */
        int64_t lost;   /* numbers given up; negative: came after all */
        uint64_t seq;
};

/* A place in the book that did not come by an import record. */
struct booked {
        uint32_t station;
};

/* A table came into force, or a draft of one changed. */
struct rules_change {
        char hash[65]; /* of its text */
        bool in_force;
};

struct audit_row {
        uint64_t n; /* 1, 2, 3... */
        uint64_t seq;
        int64_t real_us;
        int64_t engine_us;
        char user[CODE_MAX + 1];
        char role[16];
        char action[32];
        char subject[ALERT_ID_MAX + 1];
        char outcome[32]; /* "ok" or a status name */
        char detail[NOTE_MAX + 1];
        char hash[65]; /* hex SHA-256 of (previous hash, canonical row) */
};

/* The answer to a command record, for the request that waits. */
struct command_result {
        char request[40];
        enum status status;
        char msg[256];
        uint64_t seq;
};

#define EFFECT_LISTS(X)                          \
        X(struct observation, observation)       \
        X(struct rain_slot, rain)                \
        X(struct alert_change, alert)            \
        X(struct incident, incident)             \
        X(struct unit, unit)                     \
        X(struct dispatch_event, dispatch_event) \
        X(struct forecast, forecast)             \
        X(struct refused, refused)               \
        X(struct kept, kept)                     \
        X(struct station_change, station)        \
        X(struct downlink, downlink)             \
        X(struct gap_change, gap)                \
        X(struct applicant_note, applicant)      \
        X(struct booked, booked)                 \
        X(struct attachment, attachment)         \
        X(struct deviation_row, deviation)       \
        X(struct rules_change, rules_change)     \
        X(struct audit_row, audit)               \
        X(struct command_result, result)

/* For each list L: fx->L (array), fx->n_L, and effects_push_L(fx, &item). */
struct effects {
#define X(type, name)      \
        type *name;        \
        uint32_t n_##name; \
        uint32_t cap_##name;
        EFFECT_LISTS(X)
#undef X
        bool failed; /* memory ran out: the step must not be used */
};

void effects_init(struct effects *fx);
/* Empties the lists, keeps their memory. */
void effects_clear(struct effects *fx);
void effects_done(struct effects *fx);

#define X(type, name) \
        void effects_push_##name(struct effects *fx, const type *item);
EFFECT_LISTS(X)
#undef X

/* Makes a struct refused (cutting topic, copying raw) and pushes it. */
void effects_refuse(struct effects *fx, uint64_t seq, enum status reason,
                    const char *detail, struct text topic, struct text raw);

/* Copies the bytes and pushes the rest of *a. */
void effects_attach(struct effects *fx, const struct attachment *a,
                    struct text bytes);

#endif

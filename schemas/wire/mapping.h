/* schemas/wire/mapping.h -- how to read a vendor's own JSON.
 *
 * A mapping is a file of an administrator: which topics it is for, where
 * in a message the station, the time and the values stand (JSON pointers,
 * RFC 6901), and what each value is.  docs/mapping.md explains every
 * member; schemas/json/mapping.schema.json says the same.
 *
 * A pointer token "*" stands for each item of one list; a mapping walks at
 * most one list, the same for all its pointers.
 * Holds:  all or nothing: an error names the member and what is right.
 * Thread: any; no state. */
#ifndef SCHEMAS_WIRE_MAPPING_H
#define SCHEMAS_WIRE_MAPPING_H

#include "schemas/decimal.h"
#include "schemas/element.h"
#include "schemas/place.h"
#include "schemas/wire/json.h"

#define MAPPING_ELEMENTS_MAX 64
#define MAPPING_CONDITIONS_MAX 8
#define MAPPING_POINTER_MAX 127
#define MAPPING_TOPIC_MAX 127
#define MAPPING_READINGS_MAX 512

/* name, word in the file. */
#define MAPPING_TIMES(X)                                                     \
        X(MAPPING_TIME_NONE, "server", "收到时", "when the server takes it") \
        X(MAPPING_TIME_RFC3339, "rfc3339", "带时区", "2023-10-20T03:00:00Z") \
        X(MAPPING_TIME_BEIJING, "beijing", "北京时", "2023-10-20 03:00:00")  \
        X(MAPPING_TIME_EPOCH_S, "epoch_s", "秒", "seconds since 1970 UTC")   \
        X(MAPPING_TIME_EPOCH_MS, "epoch_ms", "毫秒", "milliseconds of it")

WORD_DECLARE(mapping_time, mapping_time, MAPPING_TIMES)

struct mapping_pointer {
        char path[MAPPING_POINTER_MAX + 1]; /* "/a/0/b"; "" is the whole */
};

/* The field there must equal this; a field that is not there does not. */
struct mapping_condition {
        struct mapping_pointer at;
        enum { EQUALS_TEXT, EQUALS_NUMBER, EQUALS_BOOL } kind;
        char text[64];
        struct decimal number;
        bool yes;
};

struct mapping_element {
        struct mapping_pointer at;
        enum element element;
        struct decimal scale;  /* 1 when not said */
        struct decimal offset; /* added after the scale, 0 when not said */
        bool has_missing;
        struct decimal missing; /* raw value that says "no value" */
        bool required;
        struct mapping_condition when[MAPPING_CONDITIONS_MAX];
        uint32_t n_when;
};

struct mapping {
        char name[CODE_MAX + 1];
        bool remove; /* this record ends the mapping; nothing else is set */
        char topic[MAPPING_TOPIC_MAX + 1]; /* MQTT filter; + and a last # */
        /* The station: a level of the topic (1..), or a constant, or a
         * field of the message. */
        int station_level; /* 0: not by level */
        char station[CODE_MAX + 1];
        struct mapping_pointer station_at;
        enum mapping_time time;
        struct mapping_pointer time_at;
        char list[MAPPING_POINTER_MAX + 1]; /* before the "*" */
        bool has_list;
        struct mapping_condition when[MAPPING_CONDITIONS_MAX];
        uint32_t n_when;
        struct mapping_element *elements;
        uint32_t n_elements;
};

/* From a file or a record (there "what" is "mapping" besides).  On OK the
 * caller owns *ret: wire_mapping_done. */
enum status wire_mapping_decode(struct text body, struct mapping *ret,
                                struct err *e);
void wire_mapping_done(struct mapping *m);

/* The record that takes a mapping's file in, and the one that ends it. */
enum status wire_mapping_record(struct text file, struct buf *b, struct err *e);
void wire_mapping_remove(const char *name, struct buf *b);

/* One value that a message holds. */
struct mapping_reading {
        char station[65]; /* as the vendor calls it */
        int64_t time_us;  /* TIME_NONE: server time */
        enum element element;
        bool missing;
        int64_t value_milli;
};

bool wire_mapping_matches(const struct mapping *m, struct text topic);

/* Reads a message.  *ret_n is 0 and the status OK when the mapping's
 * conditions say that the message is not for it.  An error names the
 * pointer that failed.  ret has room for MAPPING_READINGS_MAX. */
enum status wire_mapping_read(const struct mapping *m, struct text topic,
                              struct text payload, struct mapping_reading *ret,
                              uint32_t *ret_n, struct err *e);
/* The same of a message that is parsed already. */
enum status wire_mapping_read_json(const struct mapping *m, struct text topic,
                                   const struct json *message,
                                   struct mapping_reading *ret, uint32_t *ret_n,
                                   struct err *e);

#endif

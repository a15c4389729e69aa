/* schemas/status.h -- what can go wrong, told once.
 *
 * One table gives the code, its name and its text.  The place that knows
 * fills struct err; callers pass the code up unchanged; only server/ logs. */
#ifndef SCHEMAS_STATUS_H
#define SCHEMAS_STATUS_H

#include <stdint.h>

#define STATUSES(X)                                                         \
        X(OK, "ok", "done")                                                 \
        X(ERR_MEMORY, "memory", "no memory left")                           \
        X(ERR_IO, "io", "the system refused a read or write")               \
        X(ERR_FULL, "full", "a limit is reached")                           \
        X(ERR_SYNTAX, "syntax", "the bytes do not follow the format")       \
        X(ERR_UTF8, "utf8", "the text is not valid UTF-8")                  \
        X(ERR_DUPLICATE, "duplicate", "a key or record stands twice")       \
        X(ERR_DEPTH, "depth", "nested deeper than allowed")                 \
        X(ERR_SIZE, "size", "larger than allowed")                          \
        X(ERR_NUMBER, "number", "not a finite number that can be kept")     \
        X(ERR_TYPE, "type", "a field has the wrong type")                   \
        X(ERR_MISSING, "missing", "a field that must be there is not")      \
        X(ERR_RANGE, "range", "a value is outside what is possible")        \
        X(ERR_TIME, "time", "a time is not RFC 3339 with an offset")        \
        X(ERR_FUTURE, "future", "a time lies in the future")                \
        X(ERR_TOPIC, "topic", "the topic is not one of ours")               \
        X(ERR_MISMATCH, "mismatch", "two places disagree")                  \
        X(ERR_UNKNOWN_STATION, "unknown_station", "no such station")        \
        X(ERR_UNKNOWN_ELEMENT, "unknown_element", "no such element")        \
        X(ERR_UNKNOWN, "unknown", "no such thing")                          \
        X(ERR_CRC, "crc", "the check sum does not fit")                     \
        X(ERR_UNSUPPORTED, "unsupported", "recognised and kept, not read")  \
        X(ERR_FORBIDDEN, "forbidden", "this user may not do that")          \
        X(ERR_UNAUTHORISED, "unauthorised", "sign in first")                \
        X(ERR_CONFLICT, "conflict", "the thing is no longer in that state") \
        X(ERR_TOO_FEW, "too_few", "not enough data")                        \
        X(ERR_CONFIG, "config", "the configuration is wrong")               \
        X(ERR_UNAVAILABLE, "unavailable", "a part that is needed is down")  \
        X(ERR_CORRUPT, "corrupt", "stored data is damaged")

enum status {
#define X(code, name, text) code,
        STATUSES(X)
#undef X
                STATUS_COUNT
};

/* What is usually wrong in a rule table, for who says it in other words:
 * the names are stable, the English of msg is not. */
#define FAULTS(X)                                                    \
        X(FAULT_NONE, "")                                            \
        X(FAULT_JSON, "json")                   /* its syntax */     \
        X(FAULT_FIELD, "unknown_field")         /* of an object */   \
        X(FAULT_UNIT, "unknown_unit")           /* no such unit */   \
        X(FAULT_UNITS, "units_differ")          /* mm against m */   \
        X(FAULT_ATTRIBUTE, "unknown_attribute") /* station.WRX */    \
        X(FAULT_NAME, "unknown_name")           /* element */        \
        X(FAULT_WINDOW, "window_too_long")      /* than is kept */   \
        X(FAULT_NEVER, "never_reached")         /* level or limit */ \
        X(FAULT_ALWAYS, "always_reached")       /* a limit */        \
        X(FAULT_CONTRADICTION, "contradiction") /* of two rules */   \
        X(FAULT_PLACE, "unknown_place")         /* zone, station */

enum fault {
#define X(code, name) code,
        FAULTS(X)
#undef X
                FAULT_COUNT
};

struct err {
        enum status code;
        /* Of a text that people write: where, from 1; 0: no one place. */
        uint32_t line, column;
        enum fault fault;
        char msg[256];
};

/* Fills *e (which may be NULL) and returns code, so that a refusal is one
 * line: return err_set(e, ERR_RANGE, "..."). */
enum status err_set(struct err *e, enum status code, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* The place of what err_set() told, and which of the usual mistakes it is;
 * e may be NULL.  err_fault() returns code. */
void err_place(struct err *e, uint32_t line, uint32_t column);
enum status err_fault(struct err *e, enum status code, enum fault fault);
/* Its stable name, "" for FAULT_NONE. */
const char *fault_name(enum fault fault);

/* Short stable name of a code, as it stands in quarantine and metrics. */
const char *status_name(enum status code);

/* One English sentence for a code. */
const char *status_text(enum status code);

#endif

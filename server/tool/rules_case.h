/* server/tool/rules_case.h -- one case of a rule test file: what comes in,
 * when, and what must come of it (docs/rules.md#tests).
 *
 * Times are RFC 3339, or "+HH:MM[:SS]" after "begin" (the case's own, or
 * the file's).
 * Thread: one owner. */
#ifndef SERVER_TOOL_RULES_CASE_H
#define SERVER_TOOL_RULES_CASE_H

#include "schemas/alert.h"
#include "schemas/record.h"
#include "schemas/wire/json.h"

/* What a case says that it shows. */
enum rules_claim { CLAIM_NONE, CLAIM_LATE, CLAIM_MISSING };

/* The same case told otherwise, to see whether it would end otherwise. */
enum rules_version {
        AS_IT_CAME,
        ALL_IN_TIME, /* what came late had come in time */
        NOTHING_LOST /* what did not come had come */
};

/* A record that comes at an instant. */
struct rules_event {
        int64_t at_us;
        uint32_t n; /* events of one instant keep their order */
        enum record_kind kind;
        struct buf body;
};

struct rules_expected {
        int64_t at_us; /* of the transition, engine time */
        enum transition_kind what;
        bool has_level;
        enum level level; /* after it */
        char subject[SUBJECT_MAX + 1];
        char rule[33]; /* "": any */
        bool has_late, late;
        int64_t crossed_us; /* observation time; TIME_NONE: any */
};

struct rules_case {
        char name[160];
        char rule[33];
        enum rules_claim shows;
        enum rules_version version;
        uint32_t n_late, n_lost; /* what the version is about */
        int64_t begin_us, until_us;
        int64_t tick_us;            /* between ticks of the clock */
        struct rules_event *events; /* in the order in which they come */
        uint32_t n_events;
        struct rules_expected *expected;
        uint32_t n_expected;
};

/* An instant of the file; the error names the key. */
enum status rules_case_time(const struct json *j, const char *key,
                            int64_t begin_us, int64_t *ret_us, struct err *e);
/* A case as it stands in "cases"; only: the station that an expectation
 * without one means, or "".  The caller owns *ret (rules_case_done), also
 * after an error. */
enum status rules_case_read(const struct json *j, int64_t begin_us,
                            const char *only, enum rules_version version,
                            struct rules_case *ret, struct err *e);
const char *rules_claim_name(enum rules_claim c);
void rules_case_done(struct rules_case *c);

#endif

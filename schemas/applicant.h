/* schemas/applicant.h -- a station that nobody has put into the book yet. */
#ifndef SCHEMAS_APPLICANT_H
#define SCHEMAS_APPLICANT_H

#include "schemas/place.h"

#define APPLICANT_STATES(X)                                            \
        X(APPLICANT_WAITS, "waiting", "待接纳", "waits for an answer") \
        X(APPLICANT_DISMISSED, "dismissed", "不接纳", "is not wanted") \
        X(APPLICANT_ADMITTED, "admitted", "已接纳", "is in the book now")

WORD_DECLARE(applicant_state, applicant_state, APPLICANT_STATES)

/* What the archive is told of it. */
struct applicant_note {
        char name[CODE_MAX + 1]; /* of its topic, terminal address, or the
                                  * vendor's name for it */
        enum applicant_state state;
        uint64_t first_seq, last_seq;
        int64_t first_us, last_us; /* engine time */
        uint64_t count;            /* messages so far */
        uint32_t waiting;          /* of them at hand */
        uint64_t dropped;          /* beyond a bound; in quarantine only */
};

#endif

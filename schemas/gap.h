/* schemas/gap.h -- numbers that a station gave and that never came, and
 * periods of which a terminal's reports are lost.
 *
 * A hole in (station, boot, sequence) is noticed at once, and a gap when
 * it has stood for ten seconds: then the receipt asks for it.  A period is
 * seen by an SL 651 terminal's serials and send times and asked for with
 * 38H, where the terminal can be asked. */
#ifndef SCHEMAS_GAP_H
#define SCHEMAS_GAP_H

#include "schemas/place.h"

#define GAP_STATES(X)                                                 \
        X(GAP_WAITING, "waiting", "稍候", "may still come by itself") \
        X(GAP_OPEN, "open", "缺失", "asked for again")                \
        X(GAP_HOLE, "hole", "空洞", "given up: it will not come")     \
        X(GAP_FILLED, "filled", "已补", "all of it came after all")

WORD_DECLARE(gap_state, gap_state, GAP_STATES)

/* Whose work a gap is. */
#define GAP_OWNERS(X)                                                   \
        X(GAP_OF_STATION, "station", "测站", "the station sends again") \
        X(GAP_OF_PEOPLE, "people", "值班", "somebody calls the vendor") \
        X(GAP_OF_NOBODY, "nobody", "无", "filled or given up")

WORD_DECLARE(gap_owner, gap_owner, GAP_OWNERS)

struct gap {
        char subject[CODE_MAX + 1]; /* station or 120 centre */
        bool is_centre;
        enum gap_state state;
        uint32_t asked; /* receipts that named it missing */
        uint64_t boot;
        uint64_t from, to;   /* both inclusive, as first noticed */
        uint64_t missing;    /* numbers of them that have not come */
        int64_t noticed_us;  /* real time, as all here */
        int64_t changed_us;  /* of the last change of state */
        int64_t answered_us; /* when some of it came; TIME_NONE: never */
        /* Of a period: send times of the reports around it; boot is its
         * begin in seconds, from 0, to and missing count reports. */
        bool is_period;
        bool mute; /* nobody can ask: people's from the beginning */
        int64_t since_us, until_us;
};

#define GAP_ASKED_ENOUGH 6 /* unanswered: then people own it */
enum gap_owner gap_owner(const struct gap *g);

#endif

/* sensors/topic.h -- what a message is, told by its MQTT topic.
 *
 *   sanfang/v1/st/<station>/up/obs|sl651
 *   sanfang/v1/120/<centre>/up/incident|unit
 *   sanfang/v1/fc/<source>/up/series
 *
 * Holds:  names are strict codes ([A-Za-z0-9_-], 1..CODE_MAX).
 * Thread: any; no state. */
#ifndef SENSORS_TOPIC_H
#define SENSORS_TOPIC_H

#include "schemas/place.h"
#include "schemas/status.h"
#include "schemas/text.h"

/* code, word for metrics, branch, last level; NULL: not told by the topic
 * (a vendor's topic with a mapping; values that came by no topic). */
#define TOPIC_KINDS(X)                                   \
        X(TOPIC_OBS, "obs", "st", "obs")                 \
        X(TOPIC_SL651, "sl651", "st", "sl651")           \
        X(TOPIC_INCIDENT, "incident", "120", "incident") \
        X(TOPIC_UNIT, "unit", "120", "unit")             \
        X(TOPIC_SERIES, "series", "fc", "series")        \
        X(TOPIC_MAPPED, "mapped", NULL, NULL)            \
        X(TOPIC_VALUES, "values", NULL, NULL)

enum topic_kind {
#define X(code, name, branch, leaf) code,
        TOPIC_KINDS(X)
#undef X
                topic_kind_count
};

struct topic {
        enum topic_kind kind;
        char name[CODE_MAX + 1]; /* station, centre or source */
};

/* ERR_TOPIC names what does not fit. */
enum status topic_parse(struct text t, struct topic *ret, struct err *e);
const char *topic_kind_name(enum topic_kind k);

#endif

/* schemas/alert.h -- an alert episode and its transitions. */
#ifndef SCHEMAS_ALERT_H
#define SCHEMAS_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/element.h"
#include "schemas/place.h"
#include "schemas/words.h"

#define ALERT_ID_MAX 64
#define EVIDENCE_MAX 8
#define MEMBERS_MAX 64 /* stations that a cluster's alert lists */
#define NOTE_MAX 200

/* What raised it: an observation (or a window's last part). */
struct evidence {
        uint32_t station; /* index, NO_INDEX when none */
        enum element element;
        int64_t time_us;
        int64_t value_milli;
        uint64_t seq;  /* the journal record that brought it */
        bool forecast; /* a forecast said so; time_us is its valid time */
};

/* One agency's duty on one alert.  Deadlines are real time (people). */
struct answer {
        bool required;
        bool given;
        enum intent intent;
        char user[CODE_MAX + 1];
        char note[NOTE_MAX + 1];
        int64_t given_real_us;
        int64_t deadline_real_us; /* TIME_NONE: none running */
        bool escalated;
        int64_t escalated_real_us;
};

struct alert {
        char id[ALERT_ID_MAX + 1];     /* subject-hazard-20231019T190000Z */
        char subject[SUBJECT_MAX + 1]; /* station, zone code, link name */
        enum hazard hazard;
        enum level level;          /* the one in force: max of the two */
        enum level level_observed; /* LEVEL_NONE: not (yet) observed */
        enum level level_forecast; /* LEVEL_NONE: none forecast */
        enum level level_peak;
        enum alert_state state;
        uint32_t station; /* index or NO_INDEX */
        char zone[10];    /* the alert's own zone: town, else county, city */
        char county[7];
        char river[RIVER_MAX + 1];
        char group[80]; /* "flood/river/小东江", "rainstorm/county/440981" */
        bool forecast;  /* raised by forecast, not observed (yet) */
        int64_t lead_us; /* crossing's valid time minus issue time */
        char rule[CODE_MAX + 1];
        char rule_scope[SUBJECT_MAX + 1]; /* its override: zone, station */
        uint32_t rule_version;
        char rule_text[160]; /* as it stands in the rule table, zh */
        char rule_text_en[160];
        bool unverified; /* the rule's number is marked unverified */
        enum element element;
        int64_t value_milli;
        int64_t threshold_milli;
        int64_t window_us;   /* of a sum, 0 otherwise */
        int64_t observed_us; /* time of the crossing, as first seen */
        int64_t raised_us;   /* engine time */
        int64_t raised_real_us;
        int64_t changed_us;
        int64_t ended_us; /* TIME_NONE while open */
        bool late;        /* crossing wholly past when first seen */
        uint64_t seq_raised;
        uint64_t seq_changed;
        uint32_t changes; /* counts transitions: version of the object */
        struct evidence evidence[EVIDENCE_MAX];
        uint32_t n_evidence;
        uint32_t member[MEMBERS_MAX]; /* stations of a cluster, by index */
        uint32_t n_members;
        struct answer answers[agency_count];
        char reason[NOTE_MAX + 1]; /* why ended, withdrawn or closed */
        char merged_into[ALERT_ID_MAX + 1];
};

#define TRANSITIONS(X)                                                 \
        X(TRANSITION_RAISED, "raised", "发生", "raised")               \
        X(TRANSITION_UP, "up", "升级", "graded up")                    \
        X(TRANSITION_DOWN, "down", "降级", "graded down")              \
        X(TRANSITION_OBSERVED, "observed", "转为实测", "now observed") \
        X(TRANSITION_ACK, "ack", "确认", "acknowledged")               \
        X(TRANSITION_ESCALATED, "escalated", "超时上报", "escalated")  \
        X(TRANSITION_REOPENED, "reopened", "重新打开", "opened again") \
        X(TRANSITION_ENDED, "ended", "解除", "ended")                  \
        X(TRANSITION_CLOSED, "closed", "关闭", "closed")               \
        X(TRANSITION_WITHDRAWN, "withdrawn", "撤回", "withdrawn")      \
        X(TRANSITION_MERGED, "merged", "并入", "merged")               \
        X(TRANSITION_MEMBERS, "members", "成员变化", "members changed")

WORD_DECLARE(transition_kind, transition_kind, TRANSITIONS)

struct transition {
        enum transition_kind kind;
        enum level from_level, to_level;
        enum alert_state from_state, to_state;
        int64_t at_us;      /* engine time */
        int64_t real_us;    /* real time */
        uint64_t seq;       /* journal record that caused it */
        uint32_t n;         /* alert.changes after it: 1, 2, 3... */
        enum agency agency; /* agency_count: none */
        char user[CODE_MAX + 1];
        char note[NOTE_MAX + 1];
};

/* Somebody may still have to answer it: open or acknowledged. */
bool alert_is_live(const struct alert *a);
/* Required, not answered, not escalated, with a deadline. */
bool alert_duty_waits(const struct answer *x);
/* When the next duty is escalated, real time; TIME_NONE: none will be. */
int64_t alert_escalates_us(const struct alert *a);

#endif

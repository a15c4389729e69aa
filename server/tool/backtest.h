/* server/tool/backtest.h -- what a rule table would have said.
 *
 * A run over a journal becomes a list of alerts, each with the times at
 * which a grade was first forecast and first observed, by the engine's
 * clock: when people would have known.  Lists are scored and compared.
 * Thread: one owner; pure. */
#ifndef SERVER_TOOL_BACKTEST_H
#define SERVER_TOOL_BACKTEST_H

#include "schemas/effect.h"
#include "schemas/place.h"

struct backtest_alert {
        char id[ALERT_ID_MAX + 1];
        char subject[SUBJECT_MAX + 1];
        enum hazard hazard;
        bool is_zone;
        char zone[10], county[10];
        char name[64], name_en[64];  /* of the subject; empty: a link */
        int64_t raised_us, ended_us; /* TIME_NONE: it lives */
        enum level peak;
        bool late; /* told when it was over: rang nowhere */
        /* First time at this grade or worse; TIME_NONE: never.  Forecast
         * only while it was not observed. */
        int64_t forecast_us[level_count], observed_us[level_count];
};

struct backtest {
        char name[33]; /* of the table */
        uint32_t version;
        int64_t from_us, to_us;   /* raised within; TIME_NONE: open */
        int64_t begin_us, end_us; /* engine time that was run through */
        struct backtest_alert *list;
        uint32_t n, cap;
        bool failed; /* no memory */
};

void backtest_take(struct backtest *b, const struct places *p,
                   const struct alert_change *c);
void backtest_done(struct backtest *b);

/* How forecasts of one hazard fared at one grade. */
struct backtest_score {
        uint32_t observed;     /* alerts that reached it, by measurement */
        uint32_t hits;         /* of them, those with a forecast before */
        uint32_t false_alarms; /* forecast, ended, never observed */
        uint32_t open;         /* forecast, and not decided at the end */
        int64_t lead_least_us, lead_median_us; /* of the hits */
};
void backtest_score(const struct backtest *b, enum hazard h, enum level l,
                    struct backtest_score *ret);

/* Below so many events a rate says nothing. */
#define BACKTEST_RATES_LEAST 10u

/* The same; false when it is not worth a line: nothing was forecast, or no
 * rule has a line of this grade and it fared as the one above it. */
bool backtest_tells(const struct backtest *b, enum hazard h, enum level l,
                    struct backtest_score *ret);

/* What became of an alert of one list in the other. */
enum backtest_fate {
        BACKTEST_SAME,
        BACKTEST_MOVED, /* at another time, or another worst grade */
        BACKTEST_GONE   /* nothing of the subject and hazard at that time */
};
/* The alert of `other` that it overlaps in time, NULL when GONE. */
enum backtest_fate backtest_find(const struct backtest_alert *a,
                                 const struct backtest *other,
                                 const struct backtest_alert **ret);

#endif

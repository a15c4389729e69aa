/* alerts/engine.h -- from observations and forecasts to alert episodes.
 *
 * In:     trusted observations, rain slots, forecasts, ticks, links and
 *         officers' commands, each with the journal sequence it came from.
 * Out:    effects: alert changes, each an alert after one transition.
 * Holds:  one live episode per (subject, hazard); its level is the highest
 *         of all rules that look at that subject and hazard.  Windows run
 *         on observation time; people's deadlines on real time.
 * Thread: one owner; pure. */
#ifndef ALERTS_ENGINE_H
#define ALERTS_ENGINE_H

#include "schemas/dispatch.h"
#include "schemas/effect.h"
#include "schemas/place.h"
#include "schemas/rule.h"

struct engine;

enum status engine_create(struct engine **ret, struct err *e);
void engine_free(struct engine *g);

/* The moment a step happens, the same for all calls of one record. */
struct moment {
        int64_t engine_us;
        int64_t real_us;
        uint64_t seq;
};

/* Are all expressions of the set right, and is nothing in it that cannot be
 * meant?  On failure *ret says where. */
enum status engine_rules_check(const struct rule_set *rules,
                               struct rule_fault *ret, struct err *e);

/* Puts a rule set in force; standing episodes are judged anew at the next
 * value.  The set is copied.  A set that is not right changes nothing. */
enum status engine_rules(struct engine *g, const struct rule_set *rules,
                         struct err *e);
/* Stations may lie in other zones now: at the next tick another override
 * may count for them. */
void engine_places(struct engine *g);
const struct rule_set *engine_rule_set(const struct engine *g);

enum status engine_observe(struct engine *g, const struct places *p,
                           const struct observation *o, const struct moment *m,
                           struct effects *fx, struct err *e);
enum status engine_rain(struct engine *g, const struct places *p,
                        const struct rain_slot *slot, const struct moment *m,
                        struct effects *fx, struct err *e);
enum status engine_forecast(struct engine *g, const struct places *p,
                            const struct forecast *f, const struct moment *m,
                            struct effects *fx, struct err *e);
/* Silence, holds, forecast expiry, escalation deadlines. */
enum status engine_tick(struct engine *g, const struct places *p,
                        const struct moment *m, struct effects *fx,
                        struct err *e);
/* link: "broker", "database"...  Silence counts only while "broker" is up. */
enum status engine_link(struct engine *g, const struct places *p,
                        const char *link, bool up, const struct moment *m,
                        struct effects *fx, struct err *e);

/* A 120 incident as it is now. */
enum status engine_incident(struct engine *g, const struct places *p,
                            const struct incident *c, const struct moment *m,
                            struct effects *fx, struct err *e);

/* The station sent something (any element), for silence. */
void engine_seen(struct engine *g, uint32_t station, int64_t engine_us);

struct ack {
        char alert[ALERT_ID_MAX + 1];
        char user[CODE_MAX + 1];
        enum agency agency;
        enum intent intent;
        char note[NOTE_MAX + 1];
};
/* ERR_UNKNOWN, ERR_CONFLICT (ended).  Giving the same answer twice is OK
 * and changes nothing. */
enum status engine_ack(struct engine *g, const struct ack *a,
                       const struct moment *m, struct effects *fx,
                       struct err *e);
/* Close by an officer with a word; only of ended or open episodes. */
enum status engine_close(struct engine *g, const char *alert, const char *user,
                         const char *why, const struct moment *m,
                         struct effects *fx, struct err *e);

/* All episodes kept (live first is not promised): open ones and those
 * ended within the horizon. */
uint32_t engine_alerts(const struct engine *g, const struct alert **ret);
const struct alert *engine_find(const struct engine *g, struct text id);

/* How a station stands for the map. */
enum standing {
        STANDING_NORMAL,
        STANDING_ALERT,        /* level says which */
        STANDING_NO_THRESHOLD, /* no rule has a number to compare with */
        STANDING_NO_DATA,      /* never sent */
        STANDING_STALE,        /* older than 2 intervals */
        STANDING_SILENT,       /* a silence episode stands */
        STANDING_CANNOT_SAY    /* a window too full of holes */
};
const char *standing_name(enum standing s);

struct station_standing {
        enum standing standing;
        enum level level;          /* observed */
        enum level level_forecast; /* forecast */
        enum hazard hazard;        /* of the worst */
        int64_t next_us; /* forecast time of the next line up, TIME_NONE */
};
void engine_standing(const struct engine *g, const struct places *p,
                     uint32_t station, int64_t engine_us,
                     struct station_standing *ret);

/* Level forecasts: due when a river or reservoir station has new data and
 * its last run is older than 10 min of engine time.  Computes one, pure;
 * the caller journals it, and engine_forecast takes it from the journal.
 * Returns false when none is due. */
bool engine_forecast_due(const struct engine *g, const struct places *p,
                         uint32_t station, int64_t engine_us,
                         struct forecast *ret);

/* The same by travel time from the station upstream, where one is named and
 * the last 72 h have enough pairs. */
bool engine_travel_due(const struct engine *g, const struct places *p,
                       uint32_t station, int64_t engine_us,
                       struct forecast *ret);

/* For metrics: live episodes now, and totals since the beginning. */
struct engine_counts {
        uint32_t open[hazard_count][level_count];
        uint64_t raised, late, escalated, withdrawn, ended, merged;
        uint64_t cooled;  /* crossings that a cool-down held back */
        uint64_t dropped; /* a bound was reached: episodes, series, spans */
};
void engine_count(const struct engine *g, struct engine_counts *ret);

void engine_save(const struct engine *g, struct buf *b);
enum status engine_load(struct engine *g, struct unpack *u, struct err *e);

#endif

/* alerts/inside.h -- what the files of the engine share; nobody else's.
 *
 * A subject is what an alert is about: a station, a zone or a link.  Each
 * rule that watches a subject has a track: one trigger per line of the
 * rule, switched on when the line is reached and off when the value stayed
 * below it by the hysteresis for the hold.  Forecast runs have an outlook
 * in the same way.  episode.c turns tracks and outlooks into episodes.
 * Thread: one owner; pure. */
#ifndef ALERTS_INSIDE_H
#define ALERTS_INSIDE_H

#include "alerts/engine.h"
#include "alerts/expr.h"
#include "schemas/time.h"

#define SERIES_MAX 4400u /* samples kept of one element: 72 h of minutes */
#define PARTS_MAX 6000u  /* rain parts kept of one station */
#define DAYS_MAX 400u    /* daily rain totals kept of one station */
#define OUTLOOKS_MAX 32u /* (rule, source, model) of one subject */
#define OTHERS_MAX 4096u /* zones and links */
#define EPISODES_MAX 20000u
#define CALLS_MAX 4096u /* 120 incidents kept */
#define SPANS_MAX 64u
#define EXPIRY_US HOUR_US /* a forecast crossing overdue by this is off */
#define RAIN_KEEP_US (HORIZON_US + 24 * HOUR_US)
#define TIME_FOREVER INT64_MAX

struct sample {
        int64_t time_us;
        int64_t value_milli;
        uint64_t seq;
};

/* One element of one station, oldest first, within the horizon. */
struct series {
        enum element element;
        struct sample *at;
        uint32_t n, cap;
};

/* Rain fallen in (begin, end]; dry neighbours are kept as one part. */
struct rain_part {
        int64_t begin_us, end_us;
        int64_t amount_milli;
        uint64_t seq;
        /* All up to here, from some beginning: a sum over a window is the
         * difference of two, whatever its length. */
        int64_t sum_milli, sum_us;
        enum element source;
};

struct rain {
        struct rain_part *at; /* by end, not overlapping */
        uint32_t n, cap;
};

/* Rain of one hydrological day; a number of days is its end / DAY_US. */
struct day {
        int32_t amount_milli;
        uint16_t covered_min;
};

struct days {
        int64_t first; /* day number of at[0] */
        struct day *at;
        uint32_t n, cap;
        int64_t judged; /* last complete day that was judged */
};

/* One line of one rule.  value, threshold, time and seq are those of the
 * crossing that switched it on. */
struct trigger {
        bool on;
        int64_t below_us; /* clearly below since; TIME_NONE */
        int64_t on_us;
        int64_t value_milli, threshold_milli;
        uint64_t seq;
        enum element element; /* ELEMENT_count: none */
        int64_t window_us;    /* of an expression's sum of rain */
};

struct track {
        uint32_t rule; /* index in the rule set */
        /* Judged last on data up to here, when this table was in force. */
        uint32_t table;
        int64_t judged_us;
        struct trigger line[LINES_MAX];
};

/* One line of a forecast rule: on after `runs` crossing runs in a row. */
struct outlook_line {
        bool on;
        uint8_t crossed, cleared; /* runs in a row */
        int64_t valid_us, issued_us;
        int64_t value_milli, threshold_milli;
        uint64_t seq;
        enum element element;
};

struct outlook {
        uint32_t rule;
        char source[CODE_MAX + 1], model[CODE_MAX + 1];
        int64_t issued_us;
        struct outlook_line line[LINES_MAX];
};

/* When a station began to meet, or to fail, a condition that is counted in
 * its zone (where.c). */
struct where_change {
        int64_t time_us;
        enum truth truth;
};

struct where {
        uint32_t rule, line, clause;
        int64_t last_us; /* of the data it was last judged on */
        struct where_change *at;
        uint32_t n, cap;
};

/* How far a rule of zones has been judged for one of them (zone.c). */
struct zone_state {
        uint32_t rule;
        bool dirty;   /* a station of it sent something */
        bool amended; /* a value that was judged is another now */
        int64_t judged_us, newest_us;
        int64_t late_from_us, late_until_us; /* TIME_NONE: nothing late */
        uint64_t seq;                        /* of the newest record */
};

/* A 120 incident, once, at the time of its first call. */
struct call {
        char centre[CODE_MAX + 1], id[CODE_MAX + 1];
        int64_t opened_us, people; /* -1: unknown */
        bool has_point;
        int64_t lon_e7, lat_e7; /* ten-millionths of a degree */
        char county[7], town[10];
};

enum subject_kind { SUBJECT_STATION, SUBJECT_ZONE, SUBJECT_LINK };

struct members {
        uint32_t n, n_listed;
        uint32_t at[MEMBERS_MAX]; /* station indices, ascending */
};

/* The zones that one station can lie in: one of each level, and the
 * catchments around the smallest. */
#define ZONE_SLOTS (ZONE_CATCHMENT + CATCHMENTS_MAX)

struct subject {
        char code[SUBJECT_MAX + 1];
        enum subject_kind kind;
        uint32_t station; /* NO_INDEX for zones and links */
        struct track *tracks;
        uint32_t n_tracks, cap_tracks;
        struct outlook *outlooks;
        uint32_t n_outlooks, cap_outlooks;
        struct series *series;
        uint32_t n_series, cap_series;
        struct rain rain;
        struct days days;
        bool silence_changed; /* within one tick */
        /* Member of a cluster of silence: index in engine.others, plus 1. */
        uint32_t cluster;
        struct members *members;    /* a zone's silent stations, or NULL */
        bool unsure;                /* a rain window is too full of holes */
        enum element level_element; /* Z or ZU; ELEMENT_count: none yet */
        int64_t seen_us;            /* engine time of the last message */
        bool link_down;
        int64_t link_us, link_real_us;         /* when it last changed */
        int64_t run_us, run_data_us;           /* last own level forecast */
        int64_t travel_run_us, travel_data_us; /* the same by travel time */
        struct where *wheres;                  /* of a station */
        uint32_t n_wheres, cap_wheres;
        struct zone_state *states; /* of a zone */
        uint32_t n_states, cap_states;
        uint32_t *station_at; /* of a zone: those that sent, ascending */
        uint32_t n_station_at, cap_station_at;
        bool zone_stale;              /* station_at must be made anew */
        uint32_t zone_at[ZONE_SLOTS]; /* of a station: in others, + 1 */
        struct members *meeting;      /* who meets the line that is judged */
        uint32_t head;                /* its newest episode, NO_INDEX */
};

/* What the engine knows of an episode beside the alert itself. */
struct episode {
        int64_t begin_us; /* it covers (begin, ended] */
        bool was_observed;
        bool late_inside;    /* late data fell into it while it lived */
        bool amended;        /* an amendment fell into it */
        int64_t cooled_us;   /* of the last crossing held back after it */
        enum level suppress; /* closed by an officer up to this level */
        enum level answered_at[agency_count];
        enum level acked_at; /* LEVEL_NONE: not acknowledged */
        uint32_t older;      /* the subject's next older episode */
};

/* The expressions of one rule, compiled. */
struct program {
        struct expr line[LINES_MAX];
        uint32_t n_lines;
        bool zone;            /* said of zones */
        bool ticks, forecast; /* what one of its lines looks at */
        bool incidents;
        bool sums_only; /* of rain: nothing rises while it is dry */
        bool scoped;    /* it is an override, or has some */
        uint32_t base, n_over;
};

struct engine {
        struct rule_set rules;
        struct program *programs; /* by rule; empty for other kinds */
        bool rules_changed;
        uint32_t table; /* how many tables were in force, of this process */
        struct subject **stations; /* by station index, NULL: no data yet */
        uint32_t n_stations;
        struct subject **others;
        uint32_t n_others, cap_others;
        struct alert *alerts;
        struct episode *episodes; /* beside alerts */
        uint32_t n_alerts, cap_alerts;
        bool broker_up;
        int64_t broker_up_us;
        /* Nothing of the kind is due before these. */
        int64_t next_silence_us, next_expiry_us, next_sweep_us;
        int64_t next_minute_us; /* rules that time alone changes */
        struct call *calls;     /* by opened_us */
        uint32_t n_calls;
        int64_t next_cool_us; /* the first cool-down with a crossing ends */
        int64_t next_deadline_real_us;
        struct engine_counts counts;
};

/* One call of the door: where it reads, when, and where effects go. */
struct step {
        struct engine *g;
        const struct places *p;
        const struct moment *m;
        struct effects *fx;
        struct err *e;
        int64_t at_us;      /* observation time of the cause */
        const char *why;    /* zh, for an end; NULL: the usual words */
        bool amended_ended; /* an episode that was amended has ended now */
};

/* ---- subject.c ---- */
enum status subject_station(struct engine *g, const struct places *p,
                            uint32_t station, struct subject **ret,
                            struct err *e);
enum status subject_other(struct engine *g, enum subject_kind kind,
                          const char *code, struct subject **ret,
                          struct err *e);
struct subject *subject_known(const struct engine *g, uint32_t station);
struct subject *subject_find_other(const struct engine *g,
                                   enum subject_kind kind, const char *code);
void subject_free(struct subject *u);
/* All subjects: stations first, then others; NULL ones are skipped by
 * returning the next. *i starts at 0; NULL at the end. */
struct subject *subject_each(const struct engine *g, uint32_t *i);
enum status subject_track(struct subject *u, uint32_t rule, struct track **ret,
                          struct err *e);
struct track *subject_find_track(const struct subject *u, uint32_t rule);
/* Grows an array that holds n items so that one more fits. */
enum status subject_grow(void **array, uint32_t *cap, uint32_t n, size_t size,
                         struct err *e);

enum zone_level subject_zone_level(const char *zone);
/* Does a city, county or town hold what lies in a county and a town (may be
 * empty)?  A river or a catchment does not. */
bool subject_zone_over(const char *zone, const char *county, const char *town);

/* ---- scope.c: which of a rule and its overrides counts where ---- */
/* Finds who has overrides, for the programs of the set. */
void scope_index(const struct rule_set *set, struct program *programs);
/* Does the rule, or the override, count at the station, or in the zone? */
bool scope_station(const struct engine *g, uint32_t rule,
                   const struct station *s);
bool scope_zone(const struct engine *g, uint32_t rule, const struct places *p,
                const char *zone);
/* What stands by a rule that does not count for the subject any more goes
 * over to the one that does, or goes. */
void scope_settle(const struct engine *g, const struct places *p,
                  struct subject *u);
/* Has any rule an override? */
bool scope_any(const struct engine *g);

/* ---- trigger.c ---- */
/* What one line has to judge. */
struct reading {
        bool absent; /* no threshold set: the line is not compared */
        bool unsure; /* under the line only because data is missing */
        int64_t value_milli, threshold_milli;
        enum element element;
        /* An expression has judged already; the values are for people. */
        bool judged, reached, below;
        bool keep;         /* of a zone nothing can be said yet: all stays */
        int64_t window_us; /* of the sum of rain that it shows */
};
/* Was any line on, or is one now? */
bool trigger_track(struct track *t, const struct rule *r,
                   const struct reading *reading, int64_t at_us, uint64_t seq);
/* Highest level that is on; *ret_line (may be NULL) is its line. */
bool trigger_reached(const struct rule *r, const struct reading *x);
enum level trigger_level(const struct track *t, const struct rule *r,
                         uint32_t *ret_line);
/* Does it leave the line, when it stays so for the hold? */
bool trigger_is_clear(const struct rule *r, const struct reading *x);
void trigger_clear(struct trigger *t);

/* ---- level_series.c ---- */
struct series *level_series_find(const struct subject *u, enum element el);
/* Index of the first sample after the instant; n when there is none. */
uint32_t level_series_after(const struct series *x, int64_t us);
/* Adds a sample in its place.  *ret_newest: nothing is newer.  ERR_DUPLICATE
 * when that instant has a value, or it is older than what is kept.  A
 * revised one replaces the value of its instant. */
enum status level_series_put(struct subject *u, enum element el,
                             const struct sample *s, bool revised,
                             bool *ret_newest, bool *ret_replaced,
                             struct err *e);

/* ---- level.c, wind.c, drought.c: who watches what ---- */
bool level_watches(const struct rule *r, const struct station *s,
                   enum element el);
int64_t level_threshold(const struct station *s, const struct rule_line *l,
                        int64_t at_us);
/* What each line of a rule makes of one value of a station. */
void level_readings(const struct station *s, const struct rule *r,
                    enum element el, int64_t value_milli, int64_t at_us,
                    struct reading *ret);
bool wind_watches(const struct rule *r, const struct station *s,
                  enum element el);
bool drought_watches_soil(const struct rule *r, enum element el);
enum status drought_slot(struct step *s, struct subject *u, int64_t end_us,
                         int64_t amount_milli, int64_t covered_us);
/* Known dry days up to the day, since the last wet one; *ret_unsure: there
 * may be more. */
int64_t drought_count(const struct days *d, int64_t day, int64_t effective,
                      bool *ret_unsure);

/* ---- window.c ---- */
/* P3 for 3 h and so on. */
enum element window_element(int64_t window_us);
/* Puts the slot in; *ret_added is the change of the amount. */
enum status window_rain_put(struct rain *r, const struct rain_slot *slot,
                            int64_t *ret_added, int64_t *ret_covered_us,
                            struct err *e);
/* Index of the first part that ends after the instant. */
uint32_t window_rain_after(const struct rain *r, int64_t us);
/* The sums of the parts again, from the one at this index on. */
void window_rain_index(struct rain *r, uint32_t from);
int64_t window_rain_sum(const struct rain *r, int64_t end_us, int64_t window_us,
                        int64_t *ret_covered_us);
void window_rain_readings(const struct rain *r, const struct rule *rule,
                          int64_t at_us, struct reading *ret);
uint32_t window_evidence(const struct subject *u, int64_t end_us,
                         int64_t window_us, struct evidence *ret);

/* ---- expression.c: rules of expressions ---- */
/* Compiles all expressions of a set. */
enum status expression_compile(const struct rule_set *set, struct program **ret,
                               struct rule_fault *ret_fault, struct err *e);
void expression_free(struct program *programs, uint32_t n_rules);
/* Puts the programs in force. */
void expression_adopt(struct engine *g, struct program *programs,
                      uint32_t n_old);
/* Is the element of the station what an expression calls `wanted`? */
bool expression_is(enum element wanted, const struct station *s,
                   enum element el);
/* Does an expression look at the element; ELEMENT_count: at rain? */
bool expression_looks(const struct expr *x, const struct station *s,
                      enum element el);
/* Does one of its lines look at the element of a station, or at rain?  What
 * is counted in a zone is not among it. */
bool expression_watches(const struct program *p, const struct station *s,
                        enum element el);
bool expression_watches_rain(const struct program *p);
/* Does it need the element at all, be it for a count? */
bool expression_keeps(const struct program *p, const struct station *s,
                      enum element el);
/* The longest window of its lines. */
int64_t expression_widest(const struct program *p);
/* Is the station one that it can be compared at? */
bool expression_has_threshold(const struct program *p, const struct station *s);
/* What each line makes of the data of a station, or of a zone's stations,
 * up to an instant.  Lines of forecasts are not compared. */
void expression_readings(const struct engine *g, const struct places *p,
                         const struct subject *u, uint32_t rule, int64_t at_us,
                         struct reading *ret);
/* The first step of a run by which a line of forecasts is reached. */
bool expression_forecast(const struct engine *g, const struct places *p,
                         const struct subject *u, uint32_t rule, uint32_t line,
                         const struct forecast *f, int64_t *ret_valid_us,
                         struct expr_result *ret);

/* ---- contradict.c ---- */
/* A level that is never seen, two rules that give one limit two levels. */
enum status contradict_check(const struct rule_set *set,
                             const struct program *programs,
                             struct rule_fault *ret, struct err *e);

/* ---- watch.c ---- */
/* Does the rule look at the element of the station, or at its rain sums? */
bool watch_value(const struct engine *g, uint32_t rule, const struct station *s,
                 enum element el);
bool watch_rain(const struct engine *g, uint32_t rule, const struct station *s);
/* A rule of zones that is said of this one? */
bool watch_zone(const struct engine *g, uint32_t rule, const struct places *p,
                const struct subject *u);

/* ---- walk.c: the instants of data, in time order, each once ---- */
#define WALK_SERIES_MAX (EXPR_ELEMENTS_MAX * 2)
struct walk {
        const struct rain *rain; /* NULL: not looked at */
        uint32_t part;
        int64_t part_us; /* next instant in a dry part; TIME_NONE: its first */
        const struct series *series[WALK_SERIES_MAX];
        uint32_t next[WALK_SERIES_MAX];
        uint32_t n;
        const int64_t *times; /* given ones instead */
        uint32_t n_times;
        uint64_t times_seq;
};
/* rain, x: what it looks at; NULL: not at that. */
void walk_begin(struct walk *w, const struct rain *rain,
                const struct series *x);
void walk_series(struct walk *w, const struct series *x);
void walk_expression(struct walk *w, const struct expr *x,
                     const struct station *s, const struct subject *u);
/* Starts at the first instant after from. */
void walk_skip(struct walk *w, int64_t from_us);
bool walk_next(struct walk *w, int64_t *ret_us, uint64_t *ret_seq);

/* ---- where.c: since when a station meets a counted condition ---- */
/* Data of from..until has come. */
enum status where_take(struct step *s, struct subject *u, uint32_t rule,
                       uint32_t line, uint32_t clause, int64_t from_us);
/* NOT_SET: the station says nothing any more and is left out. */
enum truth where_truth(const struct engine *g, const struct station *s,
                       const struct subject *u, const struct expr_data *d,
                       uint32_t clause);
const struct where *where_find(const struct subject *u, uint32_t rule,
                               uint32_t line, uint32_t clause);
void where_drop(struct subject *u);

/* ---- calls.c: 120 incidents ---- */
/* In a zone, or (m > 0) near a place: how many, and how many people. */
struct call_sums {
        int64_t n, people, most;
};
enum status calls_put(struct step *s, const struct incident *c);
void calls_in_zone(const struct engine *g, const char *zone, int64_t at_us,
                   int64_t window_us, struct call_sums *ret);
/* The most that lie within a distance of one of the zone's. */
int64_t calls_crowd(const struct engine *g, const char *zone, int64_t at_us,
                    int64_t window_us, int64_t m);
int64_t calls_near(const struct engine *g, struct point at, int64_t at_us,
                   int64_t window_us, int64_t m);

/* ---- zone.c: rules that are said of zones ---- */
/* A station's data has come or (amended) is another now; el: ELEMENT_count
 * for rain. */
enum status zone_heard(struct step *s, struct subject *u, enum element el,
                       int64_t from_us, int64_t until_us, bool amended);
enum status zone_tick(struct step *s);
/* The instants at which a zone's rule can change, and the one at which it
 * was judged last, after from up to until, sorted; free() them. */
enum status zone_times(const struct step *s, const struct subject *u,
                       uint32_t rule, int64_t from_us, int64_t until_us,
                       int64_t **ret, uint32_t *ret_n);

/* ---- amend.c: a value that replaces another ---- */
enum status amend_value(struct step *s, struct subject *u, enum element el,
                        int64_t time_us);
enum status amend_rain(struct step *s, struct subject *u,
                       const struct rain_slot *slot);
/* Late data can take the ground from an episode that an amendment fell
 * into: looks at those of the subject again. */
enum status amend_again(struct step *s, struct subject *u, int64_t from_us,
                        int64_t until_us);
/* The same for a rule of a zone. */
enum status amend_zone(struct step *s, struct subject *u, uint32_t rule,
                       int64_t from_us, int64_t until_us);

/* ---- past.c: what late data says about times gone by ---- */
/* Settles the spans that a change within from..until concerns.  For all
 * but expressions the rule looks at one series x, or (NULL) at rain. */
enum status past_judge(struct step *s, struct subject *u, uint32_t rule,
                       const struct series *x, int64_t from_us,
                       int64_t until_us);
/* The track in force becomes what the data as it is now makes of it; a line
 * that began before what is kept stays. */
enum status past_retrack(struct step *s, struct subject *u, uint32_t rule,
                         const struct series *x);
/* Has the rule a crossing for an episode to rest on: its own, also when it
 * began before what is kept, or one that no other episode stands for? */
bool past_grounds(struct step *s, const struct subject *u, uint32_t rule,
                  const struct series *x, uint32_t episode);
/* Does an episode cover part of from..until? */
bool past_covered(const struct engine *g, const struct subject *u,
                  enum hazard h, int64_t from_us, int64_t until_us);
/* The longest window of a rule's lines. */
int64_t past_widest(const struct engine *g, uint32_t rule);
void past_mark(struct engine *g, const struct subject *u, enum hazard h);
/* An ended episode that late data fell into: look at its time again. */
bool past_waits(const struct engine *g, const struct subject *u, enum hazard h);
bool past_due(struct engine *g, const struct subject *u, enum hazard h,
              int64_t *ret_from_us, int64_t *ret_until_us);

/* ---- episode.c ---- */
/* The rule that leads at a level, and the crossing it rests on. */
struct lead {
        enum level level;
        const struct rule *rule;
        uint32_t line;
        int64_t on_us, value_milli, threshold_milli;
        uint64_t seq;
        enum element element;
        int64_t window_us;          /* of a sum of rain */
        const struct subject *from; /* where the crossing was */
        int64_t lead_us;            /* forecasts: valid minus issue time */
};
/* Brings the live episode of (subject, hazard) in line with its tracks and
 * outlooks: raises, grades, ends or withdraws it. */
enum status episode_refresh(struct step *s, struct subject *u, enum hazard h);
/* Judges one reading set in order, on the track of a rule. */
enum status episode_judge(struct step *s, struct subject *u, uint32_t rule,
                          const struct reading *reading, uint64_t seq);
enum status episode_late(struct step *s, struct subject *u,
                         const struct lead *lead, enum level peak,
                         int64_t begin_us, int64_t end_us);
/* An observed episode turns out to have had no crossing. */
void episode_withdraw(struct step *s, uint32_t index, const char *why);
/* The live episode's index, or NO_INDEX. */
uint32_t episode_live(const struct engine *g, const struct subject *u,
                      enum hazard h);
/* Is a crossing at the level held back by the cool-down of an episode that
 * ended before it?  Then *ret_episode is that one. */
bool episode_cooling(const struct engine *g, const struct subject *u,
                     const struct rule *r, enum level level, int64_t at_us,
                     uint32_t *ret_episode);
/* Raises what is still reached after its cool-down. */
enum status episode_cooled(struct step *s);
/* Forgets episodes that ended longer than the horizon ago. */
void episode_sweep(struct engine *g, int64_t engine_us);
void episode_relink(struct engine *g);

/* ---- carry.c ---- */
/* What becomes of each rule of the old set. */
struct carry {
        const struct rule_set *old, *now;
        uint32_t to[RULES_MAX]; /* index in the new set, or NO_INDEX */
        bool lines[RULES_MAX];  /* with lines of the same levels */
        bool moves;             /* something is not as it was */
};
void carry_plan(struct carry *c, const struct rule_set *old,
                const struct rule_set *now);
void carry_subject(struct subject *u, const struct carry *c);
/* Lines of one rule become those of another: a line keeps its state when
 * that has one of the same level. */
void carry_track(struct track *t, const struct rule *old,
                 const struct rule *now);
void carry_outlook(struct outlook *o, const struct rule *old,
                   const struct rule *now);

/* ---- fields.c: an alert's own words and places ---- */
void fields_place(struct alert *a, const struct subject *u,
                  const struct places *p);
void fields_rule(struct alert *a, const struct rule_set *set,
                 const struct subject *u, const struct lead *lead,
                 bool forecast);
void fields_id(const struct engine *g, struct alert *a,
               const struct subject *u);

/* ---- transition.c ---- */
/* Counts a change of alerts[index] and pushes it to the step's effects. */
void transition_push(struct step *s, uint32_t index, enum transition_kind kind,
                     enum level from_level, enum alert_state from_state,
                     enum agency agency, const char *user, const char *note);

/* ---- coordinate.c ---- */
/* An agency's answer, and an officer's close; as engine_ack() says. */
enum status coordinate_ack(struct step *s, const struct ack *k);
enum status coordinate_close(struct step *s, const char *alert,
                             const char *user, const char *why);
void coordinate_start(struct engine *g, uint32_t index, const struct rule *r,
                      int64_t real_us);
/* After a worse grade: true when answers given below it were reopened. */
bool coordinate_worse(struct engine *g, uint32_t index, const struct rule *r,
                      int64_t real_us);
void coordinate_stop(struct alert *a);
void coordinate_tick(struct step *s);

/* ---- observe.c ---- */
enum status observe_value(struct step *s, const struct observation *o);
enum status observe_rain(struct step *s, const struct rain_slot *slot);

/* ---- silence.c ---- */
void silence_seen(struct engine *g, uint32_t station, int64_t engine_us);
enum status silence_link(struct step *s, const char *link, bool up);
enum status silence_tick(struct step *s);
enum status silence_links(struct step *s);

/* ---- cluster.c ---- */
/* Which stations are silent together: moves subject.cluster and brings the
 * zones' episodes in line, for all rules of the kind. */
enum status cluster_tick(struct step *s);
/* The alert of the cluster that a station is a member of, or NULL. */
const struct alert *cluster_alert(const struct engine *g,
                                  const struct subject *u);
/* Is it silent by a rule; since when (TIME_NONE: it is not). */
int64_t silence_since(const struct engine *g, const struct subject *u);

/* ---- outlook.c ---- */
enum status outlook_take(struct step *s, const struct forecast *f);
enum status outlook_tick(struct step *s);

/* ---- forecast.c, travel.c, standing.c, save.c: as engine.h says ---- */
#define FORECAST_TREND "damped-trend"
#define FORECAST_TRAVEL "travel-time"
/* Millimetres, half away from zero. */
int64_t forecast_whole(double v);
/* What a forecast of a level is cut to. */
void forecast_bounds(const struct series *x, int64_t *ret_low,
                     int64_t *ret_high);
/* Its source, model, subject and id. */
void forecast_name(struct forecast *f, const struct station *s,
                   const char *model);
bool travel_due(const struct engine *g, const struct places *p,
                uint32_t station, int64_t engine_us, struct forecast *ret);
bool forecast_due(const struct engine *g, const struct places *p,
                  uint32_t station, int64_t engine_us, struct forecast *ret);
void standing_of(const struct engine *g, const struct places *p,
                 uint32_t station, int64_t engine_us,
                 struct station_standing *ret);
void save_write(const struct engine *g, struct buf *b);
enum status save_read(struct engine *g, struct unpack *u, struct err *e);

#endif

/* test/alerts/world.h -- a small world to drive the engine by hand.
 *
 * Times are minutes after 2023-10-19 08:00 +08:00; levels in mm. */
#ifndef TEST_ALERTS_WORLD_H
#define TEST_ALERTS_WORLD_H

#include <stdlib.h>

#include "alerts/engine.h"
#include "check.h"
#include "schemas/time.h"
#include "schemas/wire/rule.h"

#define T0 INT64_C(1697673600000000) /* 2023-10-19 00:00 UTC */

enum { RIVER, BARE, DAM, GAUGE, MAST, GUSTY, FIELD, N_WORLD };

struct world {
        struct places places;
        struct engine *g;
        struct effects fx;
        struct moment m;
        struct err e;
        /* Everything that was emitted, as "hazard kind level state;" */
        struct alert_change *log;
        uint32_t n_log, cap_log;
};

static inline int64_t at(double minutes)
{
        return T0 + (int64_t)(minutes * 60e6);
}

static inline void world_station(struct world *w, const char *code,
                                 enum station_kind kind, int64_t wrz,
                                 int64_t grz, int64_t obhtz)
{
        struct station s = {0};

        snprintf(s.code, sizeof s.code, "%s", code);
        snprintf(s.name, sizeof s.name, "%s站", code);
        snprintf(s.county, sizeof s.county, "440902");
        s.kind = kind;
        s.wrz_milli = wrz;
        s.grz_milli = grz;
        s.obhtz_milli = obhtz;
        s.ldkel_milli = s.rdkel_milli = s.laz_milli = LEVEL_UNSET;
        s.near_milli = 300;
        s.interval_us = 5 * MINUTE_US;
        s.active = true;
        if (kind == STATION_RIVER)
                snprintf(s.river, sizeof s.river, "小东江");
        if (kind == STATION_RESERVOIR) {
                s.season[0] = (struct season_limit){415, 1031, 114000};
                s.n_seasons = 1;
        }
        s.wind_is_gust = strcmp(code, "W_GUST") == 0;
        assert_int_equal(places_put_station(&w->places, &s, NULL, &w->e), OK);
}

static inline void world_zone(struct world *w, const char *code,
                              enum zone_level level)
{
        struct zone z = {0};

        snprintf(z.code, sizeof z.code, "%s", code);
        snprintf(z.name, sizeof z.name, "%s区", code);
        z.level = level;
        assert_int_equal(places_put_zone(&w->places, &z, &w->e), OK);
}

/* Takes the rules of a kind out. */
static inline void world_drop(struct rule_set *set, enum rule_kind kind)
{
        uint32_t i, n = 0;

        for (i = 0; i < set->n_rules; i++)
                if (set->rule[i].kind != kind)
                        set->rule[n++] = set->rule[i];
        set->n_rules = n;
}

/* The shipped table; "no-cluster" is guangdong without silence_cluster. To
 * be freed. */
static inline struct rule_set *world_rule_set(struct world *w, const char *name)
{
        bool bare = strcmp(name, "no-cluster") == 0;
        enum rule_kind drop = bare ? RULE_CLUSTER : rule_kind_count;
        static char text[65536];
        struct rule_set *set = malloc(sizeof *set);
        char path[512];
        size_t n;
        FILE *f;

        snprintf(path, sizeof path, SOURCE_DIR "/alerts/rules/%s.json",
                 bare ? "guangdong" : name);
        f = fopen(path, "rb");
        assert_non_null(f);
        n = fread(text, 1, sizeof text, f);
        fclose(f);
        if (wire_rules_decode((struct text){text, n}, set, &w->e) != OK)
                fail_msg("%s", w->e.msg);
        world_drop(set, drop);
        return set;
}

static inline void world_rules(struct world *w, const char *name)
{
        struct rule_set *set = world_rule_set(w, name);

        assert_int_equal(engine_rules(w->g, set, &w->e), OK);
        free(set);
}

/* A rule of an expression, yellow and (may be NULL) red. */
static inline struct rule one_rule(enum hazard h, const char *yellow,
                                   const char *red)
{
        struct rule r = {.id = "x",
                         .kind = RULE_EXPRESSION,
                         .hazard = h,
                         .n_lines = red ? 2 : 1};

        r.line[0].level = LEVEL_YELLOW;
        snprintf(r.line[0].when, sizeof r.line[0].when, "%s", yellow);
        r.line[1].level = LEVEL_RED;
        snprintf(r.line[1].when, sizeof r.line[1].when, "%s", red ? red : "");
        return r;
}

/* A table of that rule alone. */
static inline void world_rule(struct world *w, const struct rule *r)
{
        struct rule_set *set = calloc(1, sizeof *set);

        snprintf(set->name, sizeof set->name, "one");
        set->version = 1;
        set->n_rules = 1;
        set->rule[0] = *r;
        if (engine_rules(w->g, set, &w->e) != OK)
                fail_msg("%s", w->e.msg);
        free(set);
}

static inline void put_rule(struct world *w, const char *yellow,
                            const char *red, int64_t hysteresis_milli,
                            int64_t hold_us)
{
        struct rule r = one_rule(HAZARD_FLOOD, yellow, red);

        r.hysteresis_milli = hysteresis_milli;
        r.hold_us = hold_us;
        world_rule(w, &r);
}

static inline void world_begin(struct world *w, const char *rules)
{
        memset(w, 0, sizeof *w);
        places_init(&w->places);
        effects_init(&w->fx);
        world_station(w, "Z_1", STATION_RIVER, 9000, 10000, 12000);
        world_station(w, "Z_BARE", STATION_RIVER, LEVEL_UNSET, LEVEL_UNSET,
                      LEVEL_UNSET);
        world_station(w, "DAM", STATION_RESERVOIR, LEVEL_UNSET, LEVEL_UNSET,
                      LEVEL_UNSET);
        world_station(w, "P1", STATION_RAIN, LEVEL_UNSET, LEVEL_UNSET,
                      LEVEL_UNSET);
        world_station(w, "W_MEAN", STATION_WIND, LEVEL_UNSET, LEVEL_UNSET,
                      LEVEL_UNSET);
        world_station(w, "W_GUST", STATION_WIND, LEVEL_UNSET, LEVEL_UNSET,
                      LEVEL_UNSET);
        world_station(w, "SOIL", STATION_SOIL, LEVEL_UNSET, LEVEL_UNSET,
                      LEVEL_UNSET);
        world_zone(w, "440900", ZONE_CITY);
        world_zone(w, "440902", ZONE_COUNTY);
        world_zone(w, "440981", ZONE_COUNTY);
        assert_int_equal(engine_create(&w->g, &w->e), OK);
        world_rules(w, rules);
        w->m = (struct moment){at(0), at(0), 1};
}

static inline void world_end(struct world *w)
{
        places_done(&w->places);
        effects_done(&w->fx);
        engine_free(w->g);
        free(w->log);
}

/* Moves what was emitted to the log. */
static inline void world_keep(struct world *w, enum status st)
{
        uint32_t i;

        if (st != OK)
                fail_msg("%s: %s", status_name(st), w->e.msg);
        for (i = 0; i < w->fx.n_alert; i++) {
                if (w->n_log == w->cap_log) {
                        w->cap_log = w->cap_log ? 2 * w->cap_log : 64;
                        w->log = realloc(w->log, w->cap_log * sizeof *w->log);
                }
                w->log[w->n_log++] = w->fx.alert[i];
        }
        effects_clear(&w->fx);
        w->m.seq++;
}

static inline void world_now(struct world *w, double minutes)
{
        if (at(minutes) > w->m.engine_us) {
                w->m.real_us += at(minutes) - w->m.engine_us;
                w->m.engine_us = at(minutes);
        }
}

static inline void value(struct world *w, uint32_t station, enum element el,
                         double minutes, int64_t milli)
{
        struct observation o = {station, el, at(minutes), 0,
                                milli,   0,  w->m.seq,    0};

        world_now(w, minutes);
        o.received_us = w->m.engine_us;
        engine_seen(w->g, station, w->m.engine_us);
        world_keep(w,
                   engine_observe(w->g, &w->places, &o, &w->m, &w->fx, &w->e));
}

static inline void level(struct world *w, double minutes, int64_t milli)
{
        value(w, RIVER, ELEMENT_Z, minutes, milli);
}

/* A five-minute slot that ends then. */
static inline void slot(struct world *w, double minutes, int64_t milli)
{
        struct rain_slot s = {GAUGE,        at(minutes - 5), at(minutes), milli,
                              ELEMENT_PN05, w->m.seq,        false,       0};

        world_now(w, minutes);
        engine_seen(w->g, GAUGE, w->m.engine_us);
        world_keep(w, engine_rain(w->g, &w->places, &s, &w->m, &w->fx, &w->e));
}

static inline void tick(struct world *w, double minutes)
{
        world_now(w, minutes);
        world_keep(w, engine_tick(w->g, &w->places, &w->m, &w->fx, &w->e));
}

static inline void link_is(struct world *w, double minutes, const char *link,
                           bool up)
{
        world_now(w, minutes);
        world_keep(w, engine_link(w->g, &w->places, link, up, &w->m, &w->fx,
                                  &w->e));
}

static inline void broker(struct world *w, double minutes, bool up)
{
        link_is(w, minutes, "broker", up);
}

static inline enum status answer(struct world *w, const char *id,
                                 enum agency agency, enum intent intent)
{
        struct ack a = {.agency = agency, .intent = intent};
        enum status st;

        snprintf(a.alert, sizeof a.alert, "%s", id);
        snprintf(a.user, sizeof a.user, "%s", agency_name(agency));
        st = engine_ack(w->g, &a, &w->m, &w->fx, &w->e);
        world_keep(w, OK);
        return st;
}

/* The episodes of a hazard (all of them when hazard_count). */
static inline uint32_t count(const struct world *w, enum hazard h)
{
        const struct alert *a;
        uint32_t n = engine_alerts(w->g, &a), i, k = 0;

        for (i = 0; i < n; i++)
                k += h == hazard_count || a[i].hazard == h;
        return k;
}

/* The last episode of a hazard. */
static inline const struct alert *last(const struct world *w, enum hazard h)
{
        static const struct alert none = {.state = alert_state_count};
        const struct alert *a;
        uint32_t n = engine_alerts(w->g, &a);

        while (n > 0)
                if (a[--n].hazard == h)
                        return &a[n];
        return &none;
}

static inline bool live(const struct alert *a)
{
        return a->state == ALERT_OPEN || a->state == ALERT_ACKNOWLEDGED;
}

static inline uint32_t logged(const struct world *w, enum transition_kind k)
{
        uint32_t i, n = 0;

        for (i = 0; i < w->n_log; i++)
                n += w->log[i].transition.kind == k;
        return n;
}

/* Saves, loads into a fresh engine, and goes on with that. */
static inline void world_restart(struct world *w)
{
        struct buf b = {0}, again = {0};
        struct engine *fresh;
        struct unpack u;

        engine_save(w->g, &b);
        assert_false(b.failed);
        u = (struct unpack){b.p, b.n, false};
        assert_int_equal(engine_create(&fresh, &w->e), OK);
        if (engine_load(fresh, &u, &w->e) != OK)
                fail_msg("%s", w->e.msg);
        assert_int_equal(u.n, 0);
        engine_save(fresh, &again);
        assert_int_equal(again.n, b.n);
        assert_memory_equal(again.p, b.p, b.n);
        engine_free(w->g);
        w->g = fresh;
        buf_done(&b);
        buf_done(&again);
}

#endif

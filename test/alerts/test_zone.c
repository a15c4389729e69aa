/* Tests of alerts/zone.c, where.c and calls.c: rules that are said of zones,
 * and rules that time alone changes. */
#include "chance.h"
#include "world.h"

#define N_GAUGES 5
#define FIRST N_WORLD /* gauges X0, X1... of county 440981 */

/* All gauges lie in one county; two lie in catchment IN, which lies in OUT
 * as two more do; three stand at one river and two at another. */
static void place(struct station *s, int gauge)
{
        snprintf(s->county, sizeof s->county, "440981");
        if (gauge < 4)
                snprintf(s->catchment[gauge < 2], 10, "OUT");
        if (gauge < 2)
                snprintf(s->catchment[0], 10, "IN");
        snprintf(s->river, sizeof s->river, "%s", gauge < 3 ? "甲河" : "乙河");
}

static void begin_at(struct world *w, enum zone_level level, const char *yellow,
                     const char *red, int64_t hold_us)
{
        struct rule r = one_rule(HAZARD_RAINSTORM, yellow, red);
        char code[8];

        world_begin(w, "guangdong");
        for (int i = 0; i < N_GAUGES; i++) {
                struct station s;

                snprintf(code, sizeof code, "X%d", i);
                world_station(w, code, STATION_RAIN, LEVEL_UNSET, LEVEL_UNSET,
                              LEVEL_UNSET);
                s = w->places.stations[FIRST + i];
                place(&s, i);
                assert_int_equal(
                        places_put_station(&w->places, &s, NULL, &w->e), OK);
        }
        r.over_zone = true;
        r.zone_level = level;
        r.hold_us = hold_us;
        world_rule(w, &r);
}

static void begin(struct world *w, const char *yellow, const char *red,
                  int64_t hold_us)
{
        begin_at(w, ZONE_COUNTY, yellow, red, hold_us);
}

/* A five-minute slot of a gauge that ends at `end` and comes at `now`. */
static void rain_at(struct world *w, int gauge, double end, double now,
                    int64_t milli)
{
        struct rain_slot s = {FIRST + (uint32_t)gauge,
                              at(end - 5),
                              at(end),
                              milli,
                              ELEMENT_PN05,
                              w->m.seq,
                              false,
                              0};

        world_now(w, now);
        world_keep(w, engine_rain(w->g, &w->places, &s, &w->m, &w->fx, &w->e));
}

static void rain(struct world *w, int gauge, double end, int64_t milli)
{
        rain_at(w, gauge, end, end, milli);
}

static const char count_rule[] =
        "count(stations in zone where sum(rain, 10min) >= 10 mm) >= 2";

/* All gauges send; those below `wet` send 5 mm in each slot. */
static void round_of(struct world *w, double end, int wet)
{
        for (int i = 0; i < N_GAUGES; i++)
                rain(w, i, end, i < wet ? 5000 : 0);
        tick(w, end + 0.1);
}

TEST(two_gauges_of_a_county_make_one_alert_of_the_county)
{
        struct world w;
        const struct alert *a;

        begin(&w, count_rule, NULL, 0);
        for (int t = 5; t <= 30; t += 5)
                round_of(&w, t, 1);
        CHECK_EQ(count(&w, hazard_count), 0);
        round_of(&w, 35, 2);
        CHECK_EQ(count(&w, hazard_count), 0); /* 5 mm of the second */
        round_of(&w, 40, 2);
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_EQ(count(&w, hazard_count), 1);
        CHECK_STR(a->subject, "440981");
        CHECK_STR(a->county, "440981");
        CHECK_EQ(a->station, NO_INDEX);
        CHECK_EQ(a->observed_us, at(40));
        CHECK_EQ(a->value_milli, 2000);
        CHECK_EQ(a->threshold_milli, 2000);
        CHECK_EQ(a->n_members, 2);
        CHECK_EQ(a->member[0], FIRST);
        CHECK_EQ(a->member[1], FIRST + 1);
        for (int t = 45; t <= 60; t += 5)
                round_of(&w, t, 0);
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_EQ(a->state, ALERT_ENDED);
        CHECK_EQ(a->ended_us, at(45));
        world_end(&w);
}

TEST(the_order_in_which_gauges_send_does_not_matter)
{
        struct world w;

        begin(&w, count_rule, NULL, 0);
        for (int i = N_GAUGES; i-- > 0;)
                rain(&w, i, 5, 5000);
        tick(&w, 5.1);
        rain(&w, 0, 10, 5000);
        tick(&w, 10.1); /* one alone is not enough */
        CHECK_EQ(count(&w, hazard_count), 0);
        rain_at(&w, 1, 10, 10.2, 5000);
        tick(&w, 10.3);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->observed_us, at(10));
        world_end(&w);
}

TEST(one_gauge_that_says_nothing_does_not_hold_what_needs_two)
{
        struct world w;

        begin(&w, count_rule, NULL, 0);
        round_of(&w, 5, 2);
        round_of(&w, 10, 2);
        CHECK(live(last(&w, HAZARD_RAINSTORM)));
        rain(&w, 0, 15, 0);
        for (int i = 2; i < N_GAUGES; i++)
                rain(&w, i, 15, 0);
        tick(&w, 15.1);
        CHECK(!live(last(&w, HAZARD_RAINSTORM)));
        world_end(&w);
}

/* Two gauges are wet and fall silent: what they would say now nobody knows,
 * so a third may not end it; after six hours they are left out. */
TEST(two_that_fell_silent_hold_the_alert_and_are_left_out_after_six_hours)
{
        struct world w;

        begin(&w, count_rule, NULL, 0);
        round_of(&w, 5, 2);
        round_of(&w, 10, 2);
        for (int t = 15; t <= 365; t += 5) {
                rain(&w, 2, t, 0);
                tick(&w, t + 0.1);
        }
        CHECK(live(last(&w, HAZARD_RAINSTORM)));
        for (int t = 370; t <= 380; t += 5) {
                rain(&w, 2, t, 0);
                tick(&w, t + 0.1);
        }
        CHECK(!live(last(&w, HAZARD_RAINSTORM)));
        world_end(&w);
}

TEST(late_gauges_make_an_episode_that_is_over)
{
        struct world w;
        const struct alert *a;

        begin(&w, count_rule, NULL, 0);
        for (int t = 5; t <= 120; t += 5) {
                rain(&w, 0, t, t == 30 || t == 35 ? 5000 : 0);
                rain(&w, 1, t, 0);
                tick(&w, t + 0.1);
        }
        CHECK_EQ(count(&w, hazard_count), 0);
        for (int t = 5; t <= 120; t += 5)
                rain_at(&w, 2, t, 121, t == 30 || t == 35 ? 5000 : 0);
        tick(&w, 121.1);
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_EQ(count(&w, hazard_count), 1);
        CHECK(a->late);
        CHECK_EQ(a->state, ALERT_ENDED);
        CHECK_EQ(a->observed_us, at(35));
        CHECK_EQ(a->ended_us, at(40));
        world_end(&w);
}

TEST(an_amended_slot_takes_the_ground_from_the_alert)
{
        struct world w;
        const struct alert *a;

        begin(&w, count_rule, NULL, 0);
        round_of(&w, 5, 2);
        round_of(&w, 10, 2);
        CHECK(live(last(&w, HAZARD_RAINSTORM)));
        rain_at(&w, 1, 10, 11, 100); /* it was 0.1 mm */
        tick(&w, 11.1);
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_EQ(count(&w, hazard_count), 1);
        CHECK_EQ(a->state, ALERT_WITHDRAWN);
        rain_at(&w, 1, 10, 12, 5000); /* no, it was right */
        tick(&w, 12.1);
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_EQ(count(&w, hazard_count), 2);
        CHECK_EQ(a->observed_us, at(10));
        world_end(&w);
}

TEST(areal_rain_is_the_mean_of_the_gauges)
{
        struct world w;
        const struct alert *a;

        begin(&w, "areal(rain, 10min) >= 4 mm", NULL, 0);
        round_of(&w, 5, 2);
        round_of(&w, 10, 2); /* 10, 10, 0, 0, 0 */
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_EQ(count(&w, hazard_count), 1);
        CHECK_EQ(a->observed_us, at(10));
        CHECK_EQ(a->value_milli, 4000);
        round_of(&w, 15, 0);
        CHECK(!live(last(&w, HAZARD_RAINSTORM)));
        world_end(&w);
}

/* At each tick the newest slots are not all in yet: what cannot be said then
 * does not begin the hold again. */
TEST(an_alert_ends_after_its_hold_though_gauges_send_one_by_one)
{
        struct world w;
        const struct alert *a;

        begin(&w, count_rule, NULL, 10 * MINUTE_US);
        round_of(&w, 5, 2);
        round_of(&w, 10, 2);
        CHECK(live(last(&w, HAZARD_RAINSTORM)));
        for (int t = 15; t <= 30; t += 5)
                for (int i = 0; i < N_GAUGES; i++) {
                        rain_at(&w, i, t, t + 0.2 * (i + 1), 0);
                        tick(&w, t + 0.2 * (i + 1) + 0.1);
                }
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_EQ(a->state, ALERT_ENDED);
        CHECK_EQ(a->ended_us, at(25));
        world_end(&w);
}

/* Two slots of one gauge come between two ticks: the first counts too. */
TEST(what_becomes_known_of_the_last_instant_is_judged_at_it)
{
        struct world w;

        begin(&w, count_rule, NULL, 0);
        round_of(&w, 5, 2);
        round_of(&w, 10, 2);
        for (int i = 1; i < N_GAUGES; i++)
                rain(&w, i, 15, i < 2 ? 5000 : 0);
        tick(&w, 15.1);
        CHECK(live(last(&w, HAZARD_RAINSTORM))); /* gauge 0 may be wet */
        for (int t = 15; t <= 20; t += 5)
                rain_at(&w, 0, t, 20, 0);
        for (int i = 1; i < N_GAUGES; i++)
                rain(&w, i, 20, 0);
        tick(&w, 20.1);
        CHECK_EQ(last(&w, HAZARD_RAINSTORM)->ended_us, at(15));
        world_end(&w);
}

TEST(areal_rain_with_a_slot_missing_is_a_lower_bound)
{
        struct world w;

        begin(&w, "areal(rain, 10min) >= 4 mm", NULL, 0);
        round_of(&w, 5, 2);
        round_of(&w, 10, 2);
        CHECK(live(last(&w, HAZARD_RAINSTORM)));
        for (int i = 1; i < N_GAUGES; i++)
                rain(&w, i, 15, 0);
        tick(&w, 15.1);
        CHECK(live(last(&w, HAZARD_RAINSTORM)));
        rain_at(&w, 0, 15, 15.2, 0);
        tick(&w, 15.3);
        CHECK(!live(last(&w, HAZARD_RAINSTORM)));
        world_end(&w);
}

/* ---- against what the sorted truth says ---- */

#define STEPS 60
#define CALM 14 /* dry at the end, for longer than slots are late */

struct truth {
        int64_t milli[N_GAUGES][STEPS + 1]; /* of the slot that ends then */
};

/* A zone and its gauges, one bit each. */
static const struct area {
        enum zone_level level;
        const char *code;
        unsigned gauges;
} areas[] = {
        {ZONE_COUNTY, "440981", 0x1f},    {ZONE_CATCHMENT, "IN", 0x03},
        {ZONE_CATCHMENT, "OUT", 0x0f},    {ZONE_RIVER, "river/甲河", 0x07},
        {ZONE_RIVER, "river/乙河", 0x18},
};

#define N_AREAS (sizeof areas / sizeof *areas)

static bool holds(const struct truth *t, const struct area *x, int step)
{
        int n = 0;

        for (int i = 0; i < N_GAUGES; i++)
                n += step >= 2 && (x->gauges >> i & 1) &&
                     t->milli[i][step] + t->milli[i][step - 1] >= 10000;
        return n >= 2;
}

static bool is_of(const struct alert *a, const struct area *x)
{
        return strcmp(a->subject, x->code) == 0 &&
               a->state != ALERT_WITHDRAWN && !a->merged_into[0];
}

/* Nothing is said of any other zone. */
static void check_subjects(const struct world *w, enum zone_level level)
{
        const struct alert *a;
        uint32_t n = engine_alerts(w->g, &a), i, k, found;

        for (i = 0; i < n; i++) {
                for (k = 0, found = 0; k < N_AREAS; k++)
                        found += areas[k].level == level &&
                                 strcmp(a[i].subject, areas[k].code) == 0;
                assert_int_equal(found, 1);
        }
}

/* Each run of steps at which it holds has one, and there are as many
 * episodes as runs.  One that stood while nothing was known may cover the
 * next run too, which has its own all the same. */
static void check_truth(const struct world *w, const struct truth *t,
                        const struct area *x)
{
        const struct alert *a;
        uint32_t n = engine_alerts(w->g, &a), i, found;
        uint32_t runs = 0, kept = 0;
        int end;

        for (int k = 1; k <= STEPS; k++) {
                if (!holds(t, x, k) || holds(t, x, k - 1))
                        continue;
                runs++;
                for (end = k; end < STEPS && holds(t, x, end + 1); end++)
                        ;
                for (i = 0, found = 0; i < n; i++)
                        found += is_of(&a[i], x) &&
                                 a[i].observed_us <= at(5 * end) &&
                                 (a[i].ended_us == TIME_NONE ||
                                  a[i].ended_us > at(5 * k));
                if (found == 0)
                        fail_msg("seed %u, %s: no episode at %d", seed, x->code,
                                 5 * k);
        }
        for (i = 0; i < n; i++)
                kept += is_of(&a[i], x);
        if (kept != runs)
                fail_msg("seed %u, %s: %u episodes for %u crossings", seed,
                         x->code, kept, runs);
}

struct parcel {
        int gauge, step, comes;
};

static int by_coming(const void *a, const void *b)
{
        return ((const struct parcel *)a)->comes -
               ((const struct parcel *)b)->comes;
}

/* Slots come late by up to an hour, some twice; a restart in the middle. */
static void play(struct world *w, const struct truth *t)
{
        struct parcel p[2 * N_GAUGES * STEPS];
        int n = 0, next = 0;

        for (int k = 1; k <= STEPS; k++)
                for (int i = 0; i < N_GAUGES; i++)
                        for (int d = chance(8) == 0; d >= 0; d--)
                                p[n++] = (struct parcel){
                                        i, k,
                                        60 * 5 * k + (int)chance(60) +
                                                (chance(5) == 0
                                                         ? (int)chance(3600)
                                                         : 0)};
        qsort(p, (size_t)n, sizeof *p, by_coming);
        for (int s = 0; s < 60 * 5 * STEPS + 7300; s += 10) {
                for (; next < n && p[next].comes <= s; next++)
                        rain_at(w, p[next].gauge, 5 * p[next].step, s / 60.0,
                                t->milli[p[next].gauge][p[next].step]);
                if (s % 1700 == 0)
                        world_restart(w);
                tick(w, s / 60.0);
        }
}

TEST(each_crossing_of_a_zone_has_one_episode_however_the_data_comes)
{
        static const enum zone_level levels[] = {ZONE_COUNTY, ZONE_CATCHMENT,
                                                 ZONE_RIVER};

        for (uint32_t k = 0; k < 48; k++) {
                enum zone_level level = levels[k % 3];
                struct truth t = {0};
                struct world w;

                seed = 1100 + k;
                for (int i = 0; i < N_GAUGES; i++)
                        for (int s = 1; s <= STEPS - CALM; s++)
                                t.milli[i][s] = chance(3)   ? 0
                                                : chance(2) ? 5000
                                                            : 9000;
                begin_at(&w, level, count_rule, NULL, 0);
                play(&w, &t);
                check_subjects(&w, level);
                for (size_t i = 0; i < N_AREAS; i++)
                        if (areas[i].level == level)
                                check_truth(&w, &t, &areas[i]);
                world_end(&w);
        }
}

/* ---- of a river and of a catchment ---- */

static const struct alert *find(const struct world *w, const char *subject)
{
        static const struct alert none = {.state = alert_state_count};
        const struct alert *a;
        uint32_t n = engine_alerts(w->g, &a);

        while (n > 0)
                if (strcmp(a[--n].subject, subject) == 0)
                        return &a[n];
        return &none;
}

static const char at_wrz[] =
        "count(stations in zone where Z >= station.WRZ) >= 3";

/* Gauges R0, R1... of one river, the last in another county. */
static void river_begin(struct world *w, int n)
{
        struct rule r = one_rule(HAZARD_FLOOD, at_wrz, NULL);
        char code[16];

        world_begin(w, "guangdong");
        for (int i = 0; i < n; i++) {
                struct station s;

                snprintf(code, sizeof code, "R%d", i);
                world_station(w, code, STATION_RIVER, 9000, 10000, 12000);
                s = w->places.stations[FIRST + i];
                snprintf(s.river, sizeof s.river, "鉴江");
                snprintf(s.county, sizeof s.county, "%s",
                         i == n - 1 ? "441681" : "441602");
                assert_int_equal(
                        places_put_station(&w->places, &s, NULL, &w->e), OK);
        }
        r.over_zone = true;
        r.zone_level = ZONE_RIVER;
        world_rule(w, &r);
}

TEST(three_stations_of_a_river_make_one_alert_of_the_river)
{
        struct world w;
        const struct alert *a;

        river_begin(&w, 3);
        value(&w, RIVER, ELEMENT_Z, 5, 9500); /* of another river */
        for (uint32_t i = 0; i < 2; i++)
                value(&w, FIRST + i, ELEMENT_Z, 5, 9500);
        value(&w, FIRST + 2, ELEMENT_Z, 5, 8999);
        tick(&w, 5.1);
        CHECK_EQ(count(&w, hazard_count), 0);
        value(&w, FIRST, ELEMENT_Z, 10, 9500);
        value(&w, FIRST + 1, ELEMENT_Z, 10, 9500);
        value(&w, FIRST + 2, ELEMENT_Z, 10, 9000);
        tick(&w, 10.1);
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, hazard_count), 1);
        CHECK_STR(a->subject, "river/鉴江");
        CHECK_STR(a->river, "鉴江");
        CHECK_STR(a->group, "flood/river/鉴江");
        CHECK_STR(a->zone, "441600"); /* of two counties of a city */
        CHECK_STR(a->county, "");
        CHECK_EQ(a->n_members, 3);
        CHECK_EQ(strspn(a->id, "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"),
                 strlen(a->id));
        CHECK_EQ(strncmp(a->id, "river-", 6), 0);
        world_restart(&w);
        for (uint32_t i = 0; i < 3; i++)
                value(&w, FIRST + i, ELEMENT_Z, 15, i ? 9500 : 8000);
        tick(&w, 15.1);
        CHECK(!live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

TEST(an_override_of_a_river_counts_at_that_river_alone)
{
        struct world w;
        struct rule_set *set = calloc(1, sizeof *set);

        river_begin(&w, 3);
        set->version = 2;
        set->n_rules = 2;
        set->rule[0] = one_rule(HAZARD_FLOOD, at_wrz, NULL);
        set->rule[0].over_zone = true;
        set->rule[0].zone_level = ZONE_RIVER;
        set->rule[1] = set->rule[0];
        snprintf(set->rule[1].scope, sizeof set->rule[1].scope, "river/鉴江");
        snprintf(set->rule[1].line[0].when, WHEN_MAX,
                 "count(stations in zone where Z >= station.WRZ) >= 2");
        CHECK_EQ(engine_rules(w.g, set, &w.e), OK);
        free(set);
        for (uint32_t i = 0; i < 2; i++)
                value(&w, FIRST + i, ELEMENT_Z, 5, 9500);
        value(&w, RIVER, ELEMENT_Z, 5, 9500);
        value(&w, BARE, ELEMENT_Z, 5, 9500);
        tick(&w, 5.1);
        CHECK_EQ(count(&w, hazard_count), 1);
        CHECK_STR(last(&w, HAZARD_FLOOD)->subject, "river/鉴江");
        CHECK_STR(last(&w, HAZARD_FLOOD)->rule_scope, "river/鉴江");
        world_end(&w);
}

TEST(a_gauge_counts_in_each_catchment_that_holds_it)
{
        struct world w;
        const struct alert *a;

        begin_at(&w, ZONE_CATCHMENT, count_rule, NULL, 0);
        for (int t = 5; t <= 10; t += 5)
                for (int i = 0; i < N_GAUGES; i++)
                        rain(&w, i, t, i == 0 || i == 2 ? 5000 : 0);
        tick(&w, 10.1);
        CHECK_EQ(count(&w, hazard_count), 1);
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_STR(a->subject, "OUT");
        CHECK_STR(a->zone, "OUT");
        CHECK_STR(a->county, "440981");
        CHECK_STR(a->group, "rainstorm/catchment/OUT");
        CHECK_EQ(a->n_members, 2);
        for (int t = 15; t <= 20; t += 5)
                for (int i = 0; i < N_GAUGES; i++)
                        rain(&w, i, t, i < 2 ? 5000 : 0);
        tick(&w, 20.1);
        /* At 15 OUT had no two of 10 mm: that was its first. */
        CHECK_EQ(count(&w, hazard_count), 3);
        CHECK(live(find(&w, "IN")));
        CHECK(live(find(&w, "OUT")));
        world_end(&w);
}

/* An import moves a gauge into the catchment: it counts there from then. */
TEST(a_gauge_that_is_moved_counts_where_it_lies_now)
{
        struct world w;
        struct station s;

        begin_at(&w, ZONE_CATCHMENT, count_rule, NULL, 0);
        round_of(&w, 5, 1);
        s = w.places.stations[FIRST + 4];
        snprintf(s.catchment[0], 10, "IN");
        CHECK_EQ(places_put_station(&w.places, &s, NULL, &w.e), OK);
        for (int t = 10; t <= 15; t += 5) {
                for (int i = 0; i < N_GAUGES; i++)
                        rain(&w, i, t, i == 0 || i == 4 ? 5000 : 0);
                tick(&w, t + 0.1);
        }
        CHECK_EQ(count(&w, hazard_count), 1);
        CHECK_STR(last(&w, HAZARD_RAINSTORM)->subject, "IN");
        world_end(&w);
}

TEST(incidents_are_not_counted_in_a_river)
{
        struct world w;
        struct rule_set *set = calloc(1, sizeof *set);

        river_begin(&w, 3);
        set->n_rules = 1;
        set->rule[0] = one_rule(HAZARD_CALLS,
                                "count(incidents in zone over 1h) >= 3", NULL);
        set->rule[0].over_zone = true;
        set->rule[0].zone_level = ZONE_RIVER;
        CHECK_EQ(engine_rules(w.g, set, &w.e), ERR_TYPE);
        CHECK(strstr(w.e.msg, "not in a river"));
        set->rule[0].zone_level = ZONE_TOWN;
        CHECK_EQ(engine_rules(w.g, set, &w.e), OK);
        free(set);
        world_end(&w);
}

/* ---- incidents ---- */

static void call(struct world *w, const char *id, double minutes, double lon,
                 int64_t people, enum incident_state state)
{
        struct incident c = {.state = state,
                             .people = people,
                             .has_point = true,
                             .at = {lon, 21.6},
                             .opened_us = at(minutes)};

        snprintf(c.centre, sizeof c.centre, "mm120");
        snprintf(c.id, sizeof c.id, "%s", id);
        snprintf(c.county, sizeof c.county, "440981");
        world_now(w, minutes);
        world_keep(w,
                   engine_incident(w->g, &w->places, &c, &w->m, &w->fx, &w->e));
}

static void calls_rule(struct world *w, const char *text, bool zone)
{
        struct rule r = one_rule(HAZARD_CALLS, text, NULL);

        r.over_zone = zone;
        r.zone_level = ZONE_COUNTY;
        world_rule(w, &r);
}

TEST(five_calls_in_half_an_hour_are_a_cluster_until_they_are_old)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        calls_rule(&w, "count(incidents in zone over 30min) >= 3", true);
        call(&w, "a", 1, 110.9, -1, INCIDENT_RECEIVED);
        call(&w, "b", 5, 110.9, -1, INCIDENT_RECEIVED);
        call(&w, "b", 5, 110.9, -1, INCIDENT_DISPATCHED); /* the same */
        tick(&w, 6);
        CHECK_EQ(count(&w, hazard_count), 0);
        call(&w, "c", 7, 110.9, -1, INCIDENT_FALSE);
        tick(&w, 7);
        CHECK_EQ(count(&w, hazard_count), 0);
        call(&w, "d", 8, 110.9, -1, INCIDENT_RECEIVED);
        world_restart(&w);
        tick(&w, 9);
        a = last(&w, HAZARD_CALLS);
        CHECK_EQ(count(&w, hazard_count), 1);
        CHECK_STR(a->subject, "440981");
        CHECK_EQ(a->value_milli, 3000);
        tick(&w, 30);
        CHECK(live(last(&w, HAZARD_CALLS)));
        tick(&w, 31); /* the first is half an hour old */
        CHECK(!live(last(&w, HAZARD_CALLS)));
        world_end(&w);
}

TEST(calls_that_lie_apart_are_no_crowd)
{
        struct world w;

        world_begin(&w, "guangdong");
        calls_rule(&w, "count(incidents within 2 km over 1h) >= 3", true);
        call(&w, "a", 1, 110.900, -1, INCIDENT_RECEIVED);
        call(&w, "b", 2, 110.919, -1, INCIDENT_RECEIVED); /* 1.96 km */
        call(&w, "c", 3, 110.940, -1, INCIDENT_RECEIVED); /* 2.17 km on */
        tick(&w, 4);
        CHECK_EQ(count(&w, hazard_count), 0);
        call(&w, "d", 5, 110.881, -1, INCIDENT_RECEIVED); /* about a */
        tick(&w, 6);
        CHECK_EQ(count(&w, hazard_count), 1);
        world_end(&w);
}

TEST(calls_near_a_station_are_told_at_the_station)
{
        struct world w;

        world_begin(&w, "guangdong");
        w.places.stations[RIVER].at = (struct point){110.9, 21.6};
        for (uint32_t i = 1; i < N_WORLD; i++)
                w.places.stations[i].at = (struct point){111.9, 21.6};
        calls_rule(&w, "count(incidents within 1 km over 1h) >= 2", false);
        call(&w, "a", 1, 110.905, -1, INCIDENT_RECEIVED);
        call(&w, "b", 2, 110.895, -1, INCIDENT_RECEIVED);
        tick(&w, 3);
        CHECK_EQ(count(&w, hazard_count), 1);
        CHECK_EQ(last(&w, HAZARD_CALLS)->station, RIVER);
        world_end(&w);
}

TEST(many_people_in_one_incident_are_told)
{
        struct world w;

        world_begin(&w, "guangdong");
        calls_rule(&w, "max(people, 2h) >= 10 or sum(people, 2h) >= 15", true);
        call(&w, "a", 1, 110.9, 7, INCIDENT_RECEIVED);
        call(&w, "b", 1, 110.9, 7, INCIDENT_RECEIVED);
        tick(&w, 2);
        CHECK_EQ(count(&w, hazard_count), 0);
        call(&w, "b", 1, 110.9, 10, INCIDENT_ON_SCENE);
        tick(&w, 3);
        CHECK_EQ(last(&w, HAZARD_CALLS)->value_milli, 10000);
        world_end(&w);
}

/* ---- silence and forecasts in expressions ---- */

TEST(a_gauge_that_falls_silent_close_to_its_line_is_told)
{
        struct world w;

        world_begin(&w, "guangdong");
        put_rule(&w, "silent(3 intervals) and Z >= station.WRZ - 0.5 m", NULL,
                 0, 0);
        broker(&w, 0, true);
        level(&w, 1, 8400);
        tick(&w, 16);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 0);
        level(&w, 17, 8600);
        tick(&w, 31.9);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 0);
        tick(&w, 32);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->observed_us, at(32));
        level(&w, 33, 8600);
        tick(&w, 34);
        CHECK(!live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

static void forecast(struct world *w, const char *subject, bool zone,
                     enum element el, double issued, int64_t first,
                     int64_t more)
{
        struct forecast f = {.is_zone = zone,
                             .element = el,
                             .issued_us = at(issued),
                             .begin_us = at(issued),
                             .n_steps = 12,
                             .seq = w->m.seq};

        snprintf(f.subject, sizeof f.subject, "%s", subject);
        snprintf(f.source, sizeof f.source, "test");
        for (int i = 0; i < 12; i++)
                f.step[i] = (struct forecast_step){at(issued + 60 * (i + 1)),
                                                   first + i * more, 0};
        world_now(w, issued);
        world_keep(w,
                   engine_forecast(w->g, &w->places, &f, &w->m, &w->fx, &w->e));
}

TEST(a_forecast_in_an_expression_is_a_forecast_alert_with_its_lead)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        put_rule(&w, "forecast(Z, 6h) >= station.GRZ", "Z >= 20 m", 0, 0);
        forecast(&w, "Z_1", false, ELEMENT_Z, 10, 9300, 100);
        CHECK_EQ(count(&w, hazard_count), 0); /* 9.8 m in 6 h, 10 m in 8 h */
        forecast(&w, "Z_1", false, ELEMENT_Z, 20, 9600, 100);
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, hazard_count), 1);
        CHECK(a->forecast);
        CHECK_EQ(a->level_forecast, LEVEL_YELLOW);
        CHECK_EQ(a->level_observed, LEVEL_NONE);
        CHECK_EQ(a->lead_us, 5 * HOUR_US);
        CHECK_EQ(a->value_milli, 10000);
        CHECK_EQ(a->threshold_milli, 10000);
        CHECK_EQ(a->element, ELEMENT_Z);
        world_restart(&w);
        level(&w, 25, 9900); /* observed data does not reach it */
        CHECK(last(&w, HAZARD_FLOOD)->forecast);
        forecast(&w, "Z_1", false, ELEMENT_Z, 30, 9000, 10);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_WITHDRAWN);
        world_end(&w);
}

TEST(rain_forecast_of_a_county_is_judged_by_its_sum)
{
        struct rule r =
                one_rule(HAZARD_RAINSTORM, "forecast(rain, 3h) >= 50 mm", NULL);
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        r.over_zone = true;
        r.zone_level = ZONE_COUNTY;
        world_rule(&w, &r);
        forecast(&w, "440900", true, ELEMENT_P1, 5, 90000, 0);
        CHECK_EQ(count(&w, hazard_count), 0);               /* not a county */
        forecast(&w, "P1", false, ELEMENT_P1, 7, 90000, 0); /* a gauge */
        forecast(&w, "440981", true, ELEMENT_P1, 10, 16000, 0);
        CHECK_EQ(count(&w, hazard_count), 0);
        forecast(&w, "440981", true, ELEMENT_P1, 20, 17000, 0);
        a = last(&w, HAZARD_RAINSTORM);
        CHECK_EQ(count(&w, hazard_count), 1);
        CHECK(a->forecast);
        CHECK_STR(a->subject, "440981");
        CHECK_EQ(a->value_milli, 51000);
        CHECK_EQ(a->lead_us, 3 * HOUR_US);
        CHECK_EQ(a->element, ELEMENT_P3);
        world_end(&w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(two_gauges_of_a_county_make_one_alert_of_the_county),
                RUN(the_order_in_which_gauges_send_does_not_matter),
                RUN(one_gauge_that_says_nothing_does_not_hold_what_needs_two),
                RUN(two_that_fell_silent_hold_the_alert_and_are_left_out_after_six_hours),
                RUN(late_gauges_make_an_episode_that_is_over),
                RUN(an_amended_slot_takes_the_ground_from_the_alert),
                RUN(areal_rain_is_the_mean_of_the_gauges),
                RUN(an_alert_ends_after_its_hold_though_gauges_send_one_by_one),
                RUN(what_becomes_known_of_the_last_instant_is_judged_at_it),
                RUN(areal_rain_with_a_slot_missing_is_a_lower_bound),
                RUN(each_crossing_of_a_zone_has_one_episode_however_the_data_comes),
                RUN(three_stations_of_a_river_make_one_alert_of_the_river),
                RUN(an_override_of_a_river_counts_at_that_river_alone),
                RUN(a_gauge_counts_in_each_catchment_that_holds_it),
                RUN(a_gauge_that_is_moved_counts_where_it_lies_now),
                RUN(incidents_are_not_counted_in_a_river),
                RUN(five_calls_in_half_an_hour_are_a_cluster_until_they_are_old),
                RUN(calls_that_lie_apart_are_no_crowd),
                RUN(calls_near_a_station_are_told_at_the_station),
                RUN(many_people_in_one_incident_are_told),
                RUN(a_gauge_that_falls_silent_close_to_its_line_is_told),
                RUN(a_forecast_in_an_expression_is_a_forecast_alert_with_its_lead),
                RUN(rain_forecast_of_a_county_is_judged_by_its_sum),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

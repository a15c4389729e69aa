/* test/fuzz/fuzz_rule.c -- any bytes as a rule table, and a small storm
 * judged by it.
 *
 * What is taken is written and read again the same.  Whatever the rules
 * say, the engine takes levels, rain, wind, soil, silence and ticks without
 * harm, keeps one live episode per subject and hazard, and goes into a
 * snapshot and back unchanged. */
#include <stdlib.h>
#include <string.h>

#include "alerts/engine.h"
#include "schemas/time.h"
#include "schemas/wire/rule.h"

#define T0 (INT64_C(1697742000) * SECOND_US) /* 2023-10-20 03:00 +08 */
#define STEPS 60
#define STEP_US (10 * MINUTE_US)

/* One station of each kind, and what it sends. */
static const struct {
        enum station_kind kind;
        enum element element;
        int64_t low_milli, high_milli;
} gauges[] = {
        {STATION_RAIN, ELEMENT_PD, 0, 40000},
        {STATION_RIVER, ELEMENT_Z, 8000, 12000},
        {STATION_RESERVOIR, ELEMENT_Z, 80000, 90000},
        {STATION_WIND, ELEMENT_US, 1000, 45000},
        {STATION_SOIL, ELEMENT_M10, 5000, 30000},
};

#define N_GAUGES (sizeof(gauges) / sizeof(gauges[0]))

static void fill_book(struct places *p)
{
        places_init(p);
        for (uint32_t i = 0; i < N_GAUGES; i++) {
                struct station s = {.kind = gauges[i].kind,
                                    .code = {'S', (char)('0' + i), '\0'},
                                    .wrz_milli = 9000,
                                    .grz_milli = 10500,
                                    .obhtz_milli = LEVEL_UNSET,
                                    .ldkel_milli = LEVEL_UNSET,
                                    .laz_milli = LEVEL_UNSET,
                                    .rdkel_milli = LEVEL_UNSET,
                                    .near_milli = 300,
                                    .interval_us = STEP_US,
                                    .active = true};

                if (s.kind == STATION_RESERVOIR) {
                        s.season[0] = (struct season_limit){415, 1031, 85000};
                        s.n_seasons = 1;
                }
                if (places_put_station(p, &s, NULL, NULL) != OK)
                        abort();
        }
}

static void check(enum status st)
{
        if (st != OK && st != ERR_FULL)
                abort();
}

/* Up to the middle of the storm and down again; in between one gauge is
 * silent, and one value comes an hour late. */
static void step(struct engine *g, const struct places *p, uint32_t n,
                 struct effects *fx)
{
        struct moment m = {T0 + n * STEP_US, T0 + n * STEP_US, n + 1};
        int64_t share = n < STEPS / 2 ? n : STEPS - n;

        for (uint32_t i = 0; i < N_GAUGES; i++) {
                struct observation o = {.station = i,
                                        .element = gauges[i].element,
                                        .time_us = m.engine_us,
                                        .seq = m.seq};

                if (i == 1 && n > 40 && n < 50)
                        continue;
                if (n == 45)
                        o.time_us -= HOUR_US - MINUTE_US;
                o.value_milli = gauges[i].low_milli +
                                (gauges[i].high_milli - gauges[i].low_milli) *
                                        share * 2 / STEPS;
                engine_seen(g, i, m.engine_us);
                check(engine_observe(g, p, &o, &m, fx, NULL));
        }
        check(engine_rain(g, p,
                          &(struct rain_slot){0, m.engine_us - STEP_US,
                                              m.engine_us, share * 500,
                                              ELEMENT_PN10, m.seq, false, 0},
                          &m, fx, NULL));
        if (n == 20 || n == 25)
                check(engine_link(g, p, "database", n == 25, &m, fx, NULL));
        check(engine_tick(g, p, &m, fx, NULL));
        effects_clear(fx);
}

static void one_episode_each(const struct engine *g)
{
        const struct alert *a;
        uint32_t n = engine_alerts(g, &a);

        for (uint32_t i = 0; i < n; i++)
                for (uint32_t k = i + 1; alert_is_live(&a[i]) && k < n; k++)
                        if (alert_is_live(&a[k]) &&
                            a[i].hazard == a[k].hazard &&
                            !strcmp(a[i].subject, a[k].subject))
                                abort();
}

static void into_a_snapshot_and_back(const struct engine *g)
{
        struct engine *again = NULL;
        struct buf one = {0}, two = {0};
        struct unpack u;

        engine_save(g, &one);
        u = (struct unpack){one.p, one.n, false};
        if (engine_create(&again, NULL) != OK ||
            engine_load(again, &u, NULL) != OK)
                abort();
        engine_save(again, &two);
        if (one.n != two.n || memcmp(one.p, two.p, one.n) != 0)
                abort();
        engine_free(again);
        buf_done(&one);
        buf_done(&two);
}

static void storm(const struct rule_set *rules)
{
        struct places p;
        struct effects fx;
        struct engine *g = NULL;
        struct err e = {0};
        enum status st;

        fill_book(&p);
        effects_init(&fx);
        if (engine_create(&g, NULL) != OK)
                abort();
        st = engine_rules(g, rules, &e);
        if (st != OK) { /* an expression that is not right says why */
                if (!e.msg[0] || engine_rule_set(g)->n_rules)
                        abort();
                goto out;
        }
        for (uint32_t n = 0; n < STEPS; n++) {
                step(g, &p, n, &fx);
                one_episode_each(g);
        }
        into_a_snapshot_and_back(g);
out:
        engine_free(g);
        effects_done(&fx);
        places_done(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct rule_set rules, again;
        struct buf one = {0}, two = {0};
        struct err e = {0};

        memset(&rules, 0, sizeof(rules));
        memset(&again, 0, sizeof(again));
        if (wire_rules_decode((struct text){(const char *)data, size}, &rules,
                              &e) != OK) {
                if (!e.msg[0])
                        abort(); /* it must say why */
                return 0;
        }
        wire_rules_encode(&rules, &one);
        if (wire_rules_decode(buf_as_text(&one), &again, &e) != OK)
                abort();
        wire_rules_encode(&again, &two);
        if (one.n != two.n || memcmp(one.p, two.p, one.n) != 0)
                abort();
        buf_done(&one);
        buf_done(&two);
        storm(&rules);
        return 0;
}

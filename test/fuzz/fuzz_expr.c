/* test/fuzz/fuzz_expr.c -- any bytes as an expression, judged on the data
 * of a station that the first eight of them choose.
 *
 * A refusal says why and where.  What is taken is judged at any time with
 * one of the four answers, and easing the limits never turns yes into
 * anything else.  It is also put in force, said of a station or of a zone,
 * and runs through the same data with calls, forecasts and ticks. */
#include <stdlib.h>
#include <string.h>

#include "alerts/inside.h"

#define T0 (INT64_C(1697742000) * SECOND_US)
#define STEP_US (5 * MINUTE_US)
#define STEPS 80

static void put(struct engine *g, const struct places *p, enum element el,
                int64_t at_us, int64_t milli)
{
        struct observation o = {.element = el,
                                .time_us = at_us,
                                .value_milli = milli,
                                .seq = 1};
        struct moment m = {at_us, at_us, 1};
        struct effects fx;

        effects_init(&fx);
        if (engine_observe(g, p, &o, &m, &fx, NULL) != OK)
                abort();
        effects_done(&fx);
}

static void rain(struct engine *g, const struct places *p, int64_t end_us,
                 int64_t milli)
{
        struct rain_slot s = {
                0, end_us - STEP_US, end_us, milli, ELEMENT_PN05, 1, false, 0};
        struct moment m = {end_us, end_us, 1};
        struct effects fx;

        effects_init(&fx);
        if (engine_rain(g, p, &s, &m, &fx, NULL) != OK)
                abort();
        effects_done(&fx);
}

/* A call, a forecast of a county and of the station, a tick. */
static void other(struct engine *g, const struct places *p, int64_t at_us,
                  uint8_t chosen)
{
        struct incident c = {.people = chosen,
                             .has_point = chosen & 1,
                             .at = {110 + chosen % 3 * 0.01, 21},
                             .opened_us = at_us,
                             .county = "440981",
                             .centre = "c"};
        struct forecast f = {.source = "x",
                             .element = chosen & 2 ? ELEMENT_Z : ELEMENT_P1,
                             .is_zone = chosen & 4,
                             .issued_us = at_us,
                             .begin_us = at_us,
                             .n_steps = 3};
        struct moment m = {at_us, at_us, 1};
        struct effects fx;

        c.id[0] = (char)('a' + chosen % 20);
        strcpy(f.subject, f.is_zone ? "440981" : "S");
        for (int i = 0; i < 3; i++)
                f.step[i] = (struct forecast_step){at_us + (i + 1) * HOUR_US,
                                                   chosen * 100, 0};
        effects_init(&fx);
        if (engine_incident(g, p, &c, &m, &fx, NULL) != OK ||
            engine_forecast(g, p, &f, &m, &fx, NULL) != OK ||
            engine_tick(g, p, &m, &fx, NULL) != OK)
                abort();
        effects_done(&fx);
}

/* Each of the eight bytes is one element: how often it is sent, and where
 * it stands. */
static void fill(struct engine *g, const struct places *p,
                 const uint8_t *chosen)
{
        static const struct {
                enum element element;
                int64_t low, high;
        } feeds[] = {{ELEMENT_Z, -2000, 14000}, {ELEMENT_Q, 0, 900000},
                     {ELEMENT_US, 0, 60000},    {ELEMENT_UG, 0, 70000},
                     {ELEMENT_M20, 0, 100000},  {ELEMENT_VT, 0, 15000}};

        for (int64_t i = 1; i <= STEPS; i++) {
                int64_t at_us = T0 + i * STEP_US;

                for (size_t f = 0; f < sizeof feeds / sizeof *feeds; f++)
                        if (i % (1 + chosen[f] % 16) == 0)
                                put(g, p, feeds[f].element, at_us,
                                    feeds[f].low +
                                            (feeds[f].high - feeds[f].low) *
                                                    ((chosen[f] * i) % 97) /
                                                    97);
                if (i % (1 + chosen[6] % 4) == 0)
                        rain(g, p, at_us, chosen[7] * (i % 7) * 10);
                if (i % 5 == 0)
                        other(g, p, at_us, (uint8_t)(chosen[3] * i));
        }
}

static void judge(const struct expr *x, const struct engine *g,
                  const struct places *p)
{
        for (int64_t i = -1; i < STEPS + 30; i += 7) {
                struct expr_data d = {.u = subject_known(g, 0),
                                      .station = &p->stations[0],
                                      .at_us = T0 + i * STEP_US + i % 3,
                                      .engine = g,
                                      .places = p};
                struct expr_result r, tight;

                expr_judge(x, &d, 300, &r);
                expr_judge(x, &d, 0, &tight);
                if (r.strict > TRUTH_YES || r.relaxed > TRUTH_YES)
                        abort();
                if (r.strict != tight.strict || tight.relaxed != tight.strict)
                        abort();
                if (r.strict == TRUTH_YES && r.relaxed != TRUTH_YES)
                        abort();
        }
}

/* As a rule, through the whole engine. */
static void drive(struct text when, bool over_zone, const struct places *p,
                  const uint8_t *chosen)
{
        static struct rule_set set;
        const struct alert *a;
        struct engine *g = NULL;
        struct rule *r = &set.rule[0];
        uint32_t i, n;

        if (when.n > WHEN_MAX)
                return;
        set.n_rules = 1;
        *r = (struct rule){.id = "x",
                           .kind = RULE_EXPRESSION,
                           .hazard = HAZARD_CALLS,
                           .n_lines = 1,
                           .over_zone = over_zone,
                           .zone_level = ZONE_COUNTY,
                           .hysteresis_milli = 100};
        r->line[0].level = LEVEL_RED;
        memcpy(r->line[0].when, when.p, when.n);
        if (strlen(r->line[0].when) != when.n)
                return; /* a NUL within is not of JSON */
        if (engine_create(&g, NULL) != OK || engine_rules(g, &set, NULL) != OK)
                abort();
        fill(g, p, chosen);
        n = engine_alerts(g, &a);
        for (i = 0; i < n; i++)
                if (a[i].level != LEVEL_RED ||
                    (a[i].station == NO_INDEX) != over_zone)
                        abort();
        engine_free(g);
}

/* A table whose one rule looks at everything, so that all is kept. */
static void keep_all(struct engine *g)
{
        static struct rule_set set;

        set.n_rules = 1;
        set.rule[0].kind = RULE_EXPRESSION;
        set.rule[0].n_lines = 1;
        set.rule[0].line[0].level = LEVEL_RED;
        strcpy(set.rule[0].line[0].when,
               "Z > 8999 m and Q > 1 m3/s and US > 1 m/s and UG > 1 m/s and "
               "M20 > 1 % and VT > 1 V and sum(rain, 1h) > 1 mm");
        if (engine_rules(g, &set, NULL) != OK)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct station s = {.kind = STATION_RIVER,
                            .code = "S",
                            .county = "440981",
                            .at = {110, 21},
                            .wrz_milli = 9000,
                            .grz_milli = 10500,
                            .obhtz_milli = LEVEL_UNSET,
                            .ldkel_milli = LEVEL_UNSET,
                            .laz_milli = LEVEL_UNSET,
                            .rdkel_milli = LEVEL_UNSET,
                            .near_milli = 300,
                            .interval_us = STEP_US,
                            .active = true};
        struct engine *g = NULL;
        struct places p;
        struct expr x;
        struct err e = {0};
        uint32_t at = UINT32_MAX;
        struct text text;
        bool zone = size > 8 && data[4] & 1;

        if (size < 8)
                return 0;
        text = (struct text){(const char *)data + 8, size - 8};
        if (expr_compile(text, zone, &x, &at, &e) != OK) {
                if (!e.msg[0] || at > size - 8)
                        abort();
                return 0;
        }
        places_init(&p);
        s.wind_is_gust = data[2] & 1;
        if (places_put_station(&p, &s, NULL, NULL) != OK ||
            engine_create(&g, NULL) != OK)
                abort();
        keep_all(g);
        fill(g, &p, data);
        if (!zone)
                judge(&x, g, &p);
        drive(text, zone, &p, data);
        expr_done(&x);
        engine_free(g);
        places_done(&p);
        return 0;
}

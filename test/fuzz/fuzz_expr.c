/* test/fuzz/fuzz_expr.c -- any bytes as an expression, judged on the data
 * of a station that the first eight of them choose.
 *
 * A refusal says why and where.  What is taken is judged at any time with
 * one of the four answers, and easing the limits never turns yes into
 * anything else. */
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
        }
}

static void judge(const struct expr *x, const struct engine *g,
                  const struct places *p)
{
        for (int64_t i = -1; i < STEPS + 30; i += 7) {
                struct expr_data d = {subject_known(g, 0), &p->stations[0],
                                      T0 + i * STEP_US + i % 3};
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
                            .wrz_milli = 9000,
                            .grz_milli = 10500,
                            .obhtz_milli = LEVEL_UNSET,
                            .near_milli = 300,
                            .interval_us = STEP_US,
                            .active = true};
        struct engine *g = NULL;
        struct places p;
        struct expr x;
        struct err e = {0};
        uint32_t at = UINT32_MAX;

        if (size < 8)
                return 0;
        if (expr_compile((struct text){(const char *)data + 8, size - 8}, &x,
                         &at, &e) != OK) {
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
        judge(&x, g, &p);
        expr_done(&x);
        engine_free(g);
        places_done(&p);
        return 0;
}

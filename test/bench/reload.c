/* test/bench/reload.c -- does a new rule table hold the loop?
 *
 * Usage: bench_reload [STATIONS [RULES]]
 * RULES (500), of which the last 20 look at the rain of each station
 * (100,000), each with a track for every one of them; an episode stands at
 * one station of a hundred.  Then other tables come: the same with other
 * limits, one rule put before all, one taken away.  Prints how long each
 * held: read and compiled, put in force, and the longest tick after it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alerts/engine.h"
#include "schemas/time.h"

#define T0 (INT64_C(1697673600) * SECOND_US)
#define SLOT_US (5 * MINUTE_US)
#define ON_RAIN 20
#define TICKS 5

struct bench {
        struct engine *g;
        struct places p;
        struct effects fx;
        uint32_t stations, rules;
        int64_t now_us;
};

static double now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(enum status st, const struct err *e)
{
        if (st == OK)
                return;
        fprintf(stderr, "bench_reload: %s\n", e->msg);
        exit(1);
}

static void name(struct rule *r, uint32_t id)
{
        memset(r, 0, sizeof *r);
        snprintf(r->id, sizeof r->id, "r%u", id);
        r->kind = RULE_EXPRESSION;
        r->hazard = HAZARD_RAINSTORM;
        r->n_lines = 2;
        r->line[0].level = LEVEL_YELLOW;
        r->line[1].level = LEVEL_RED;
}

/* Rule 0 to n - 1; the last ones look at rain, one limit is within reach. */
static void fill(struct rule_set *set, uint32_t n, int more_mm)
{
        char when[64];
        uint32_t i;

        memset(set, 0, sizeof *set);
        snprintf(set->name, sizeof set->name, "bench");
        for (i = 0; i < n; i++) {
                struct rule *r = &set->rule[set->n_rules++];
                bool rain = i + ON_RAIN >= n;

                name(r, i);
                snprintf(when, sizeof when,
                         rain ? "sum(rain, %uh) >= %u mm"
                              : "max(UG, %uh) >= %u m/s",
                         1 + i % 24,
                         (i + 1 == n ? 30
                          : rain     ? 900
                                     : 100) +
                                 (unsigned)more_mm);
                snprintf(r->line[0].when, WHEN_MAX, "%s", when);
                snprintf(r->line[1].when, WHEN_MAX, "%s and Z > 99 m", when);
        }
}

static void put_stations(struct bench *b)
{
        struct station s = {.kind = STATION_RAIN,
                            .wrz_milli = LEVEL_UNSET,
                            .grz_milli = LEVEL_UNSET,
                            .obhtz_milli = LEVEL_UNSET,
                            .county = "440981",
                            .interval_us = SLOT_US,
                            .active = true};
        struct err e = {0};
        uint32_t i;

        for (i = 0; i < b->stations; i++) {
                snprintf(s.code, sizeof s.code, "S%u", i);
                must(places_put_station(&b->p, &s, NULL, &e), &e);
        }
}

/* A slot of each station: one of a hundred has much rain. */
static void rain(struct bench *b)
{
        struct moment m = {b->now_us, b->now_us, 1};
        struct err e = {0};
        uint32_t i;

        for (i = 0; i < b->stations; i++) {
                struct rain_slot s = {.station = i,
                                      .begin_us = b->now_us - SLOT_US,
                                      .end_us = b->now_us,
                                      .amount_milli = i % 100 ? 100 : 40000,
                                      .source = ELEMENT_PN05,
                                      .seq = 1};

                effects_clear(&b->fx);
                must(engine_rain(b->g, &b->p, &s, &m, &b->fx, &e), &e);
        }
}

static void swap(struct bench *b, const struct rule_set *set, const char *what)
{
        double begin = now_ms(), put, worst = 0, tick;
        uint32_t changes = 0, i;
        struct err e = {0};

        must(engine_rules(b->g, set, &e), &e);
        put = now_ms() - begin;
        for (i = 0; i < TICKS; i++) {
                struct moment m = {b->now_us, b->now_us, 2};

                b->now_us += SECOND_US;
                begin = now_ms();
                effects_clear(&b->fx);
                must(engine_tick(b->g, &b->p, &m, &b->fx, &e), &e);
                tick = now_ms() - begin;
                changes += b->fx.n_alert;
                worst = tick > worst ? tick : worst;
        }
        printf("| %s | %.1f | %.1f | %u |\n", what, put, worst, changes);
        fflush(stdout);
}

int main(int argc, char **argv)
{
        struct bench b = {.stations =
                                  argc > 1 ? (uint32_t)atoi(argv[1]) : 100000,
                          .rules = argc > 2 ? (uint32_t)atoi(argv[2]) : 500,
                          .now_us = T0};
        struct rule_set *set = calloc(1, sizeof *set);
        struct err e = {0};

        if (!set || b.rules + 1 > RULES_MAX || b.rules < ON_RAIN)
                return 2;
        places_init(&b.p);
        effects_init(&b.fx);
        must(engine_create(&b.g, &e), &e);
        put_stations(&b);
        fill(set, b.rules, 0);
        must(engine_rules(b.g, set, &e), &e);
        rain(&b);
        printf("| table, %u rules, %u stations with %d tracks | put in force, "
               "ms | worst tick, ms | changes |\n|---|---|---|---|\n",
               b.rules, b.stations, ON_RAIN);
        swap(&b, set, "the same again");
        fill(set, b.rules, 1);
        swap(&b, set, "other limits");
        memmove(&set->rule[1], &set->rule[0],
                set->n_rules * sizeof set->rule[0]);
        name(&set->rule[0], 9999);
        snprintf(set->rule[0].line[0].when, WHEN_MAX, "US >= 10 m/s");
        snprintf(set->rule[0].line[1].when, WHEN_MAX, "US >= 20 m/s");
        set->n_rules++;
        swap(&b, set, "a rule before all");
        set->n_rules--;
        swap(&b, set, "the last taken away");
        engine_free(b.g);
        places_done(&b.p);
        effects_done(&b.fx);
        free(set);
        return 0;
}

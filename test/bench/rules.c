/* test/bench/rules.c -- how fast are expressions judged?
 *
 * Usage: bench_rules [STATIONS [SLOTS]]
 * 20 rules look at the rain of each station (100,000), every five minutes a
 * slot (36, three hours).  Prints evaluations a second on one core, what a
 * slot costs, and the same with windows from 1 h to 72 h, after each has
 * been filled.  Then a day of slots that comes when it is over, in quiet
 * weather and while each rule has an alert. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alerts/engine.h"
#include "schemas/time.h"

#define T0 (INT64_C(1697673600) * SECOND_US)
#define SLOT_US (5 * MINUTE_US)
#define RULES 20
#define HIGH_MM 900 /* no rain here reaches it */
#define DAY 288     /* slots */

static double now_s(void)
{
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(enum status st, const struct err *e)
{
        if (st == OK)
                return;
        fprintf(stderr, "bench_rules: %s\n", e->msg);
        exit(1);
}

static void put_rules(struct engine *g, const struct places *p, int hours,
                      uint32_t limit_mm)
{
        struct moment m = {T0 - SLOT_US, T0, 1};
        struct effects fx;
        struct rule_set *set = calloc(1, sizeof *set);
        struct err e = {0};

        if (!set)
                exit(1);
        for (; set->n_rules < RULES; set->n_rules++) {
                struct rule *r = &set->rule[set->n_rules];

                snprintf(r->id, sizeof r->id, "r%u", set->n_rules);
                r->kind = RULE_EXPRESSION;
                r->hazard = HAZARD_RAINSTORM;
                r->n_lines = 1;
                r->line[0].level = LEVEL_RED;
                snprintf(r->line[0].when, WHEN_MAX, "sum(rain, %dh) >= %u mm",
                         hours, limit_mm + set->n_rules);
        }
        must(engine_rules(g, set, &e), &e);
        free(set);
        effects_init(&fx);
        must(engine_tick(g, p, &m, &fx, &e), &e);
        effects_done(&fx);
}

static void put_stations(struct places *p, uint32_t n)
{
        struct station s = {.kind = STATION_RAIN,
                            .wrz_milli = LEVEL_UNSET,
                            .grz_milli = LEVEL_UNSET,
                            .obhtz_milli = LEVEL_UNSET,
                            .ldkel_milli = LEVEL_UNSET,
                            .laz_milli = LEVEL_UNSET,
                            .rdkel_milli = LEVEL_UNSET,
                            .interval_us = SLOT_US,
                            .active = true};
        struct err e = {0};
        uint32_t i;

        for (i = 0; i < n; i++) {
                snprintf(s.code, sizeof s.code, "S%u", i);
                must(places_put_station(p, &s, NULL, &e), &e);
        }
}

/* Slots from..until of all stations, a tenth of a millimetre each: no two
 * are joined. */
static double rain_s(struct engine *g, const struct places *p, int from,
                     int until)
{
        struct effects fx;
        struct err e = {0};
        double begin = now_s();
        uint32_t i;
        int k;

        effects_init(&fx);
        for (k = from; k < until; k++)
                for (i = 0; i < p->n_stations; i++) {
                        struct moment m = {T0 + k * SLOT_US, T0, 1};
                        struct rain_slot s = {.station = i,
                                              .begin_us =
                                                      T0 + (k - 1) * SLOT_US,
                                              .end_us = T0 + k * SLOT_US,
                                              .amount_milli = 100 + k % 3,
                                              .source = ELEMENT_PN05,
                                              .seq = 1};

                        must(engine_rain(g, p, &s, &m, &fx, &e), &e);
                        effects_clear(&fx);
                }
        effects_done(&fx);
        return now_s() - begin;
}

static void measure(uint32_t stations, int hours, int fill, int slots)
{
        struct engine *g = NULL;
        struct places p;
        struct err e = {0};
        double s;

        places_init(&p);
        must(engine_create(&g, &e), &e);
        put_stations(&p, stations);
        put_rules(g, &p, hours, HIGH_MM);
        if (fill)
                rain_s(g, &p, 0, fill);
        s = rain_s(g, &p, fill, fill + slots);
        printf("| %u | %d h | %d | %.0f | %.2f |\n", stations, hours, fill,
               RULES * (double)stations * slots / s,
               s * 1e6 / ((double)stations * slots));
        fflush(stdout);
        engine_free(g);
        places_done(&p);
}

/* Three days of slots without the second, which comes after the third. */
static void measure_late(const char *weather, uint32_t limit_mm)
{
        const uint32_t stations = 20;
        struct engine *g = NULL;
        struct places p;
        struct err e = {0};
        double s;

        places_init(&p);
        must(engine_create(&g, &e), &e);
        put_stations(&p, stations);
        put_rules(g, &p, 3, limit_mm);
        rain_s(g, &p, 0, DAY);
        rain_s(g, &p, 2 * DAY, 3 * DAY);
        s = rain_s(g, &p, DAY, 2 * DAY);
        printf("| %s | %.0f | %.1f |\n", weather, s * 1e6 / (stations * DAY),
               s * 1e3 / stations);
        engine_free(g);
        places_done(&p);
}

int main(int argc, char **argv)
{
        uint32_t stations = argc > 1 ? (uint32_t)atoi(argv[1]) : 100000;
        int slots = argc > 2 ? atoi(argv[2]) : 36;
        static const int hours[] = {1, 3, 24, 72};
        size_t i;

        printf("| stations | window | slots before | evaluations/s | "
               "us per slot, %d rules |\n|---|---|---|---|---|\n",
               RULES);
        measure(stations, 3, 0, slots);
        for (i = 0; i < sizeof hours / sizeof *hours; i++)
                measure(1000, hours[i], 900, 100);
        printf("\n| a day that comes late | us per slot, %d rules | ms per "
               "station |\n|---|---|---|\n",
               RULES);
        measure_late("quiet", HIGH_MM);
        measure_late("an alert of each rule all the time", 1);
        return 0;
}

/* test/bench/prometheus.c -- our half of `./run bench prometheus`.
 *
 * Usage: bench_prometheus SERIES.om [STATIONS [INSTANTS [END_S]]]
 * Makes the series of STATIONS (1,000) gauges: 72 h of slots of 5 minutes,
 * mostly dry, and INSTANTS (60) more, the last at END_S (Unix time), and
 * writes them as OpenMetrics text.  Then gives them to the engine, with a
 * rule of one window after the other, and with all of them.  Prints a line
 * of JSON: CPU of an evaluation at the last INSTANTS, and how often a limit
 * was reached at those (found by adding up the slots), with how often the
 * engine raised an alert beside how often it should have. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alerts/engine.h"
#include "schemas/time.h"

#define SLOT_S 300
#define FILL 864 /* slots of 72 h */
#define WINDOWS 5

static const struct window {
        int hours, limit_mm;
} windows[WINDOWS] = {{1, 30}, {3, 50}, {6, 80}, {24, 100}, {72, 150}};

struct bench {
        uint32_t stations, instants, slots;
        int64_t begin_s; /* of the first slot */
        int32_t *milli;  /* by station, then slot */
};

static double now_us(void)
{
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void must(enum status st, const struct err *e)
{
        if (st == OK)
                return;
        fprintf(stderr, "bench_prometheus: %s\n", e->msg);
        exit(1);
}

static uint32_t chance(uint64_t *x, uint32_t below)
{
        *x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (uint32_t)((*x >> 33) % below);
}

/* A storm of some hours now and then, another at each station. */
static void make(struct bench *b)
{
        uint64_t x = 20231020;
        uint32_t i, k, until = 0, strength = 0;

        for (i = 0; i < b->stations; i++, until = 0)
                for (k = 0; k < b->slots; k++) {
                        if (k >= until && chance(&x, 200) == 0) {
                                until = k + 6 + chance(&x, 40);
                                strength = 1 + chance(&x, 70);
                        }
                        if (k < until)
                                b->milli[i * b->slots + k] =
                                        (int32_t)chance(&x, strength) * 100;
                }
}

static int64_t end_of(const struct bench *b, uint32_t slot)
{
        return b->begin_s + (slot + INT64_C(1)) * SLOT_S;
}

static void write_series(const struct bench *b, const char *path)
{
        FILE *f = fopen(path, "w");
        uint32_t i, k;

        if (!f)
                must(ERR_IO, &(struct err){.msg = "cannot write the series"});
        fputs("# TYPE rain gauge\n", f);
        for (i = 0; i < b->stations; i++)
                for (k = 0; k < b->slots; k++) {
                        int32_t v = b->milli[i * b->slots + k];

                        fprintf(f, "rain{station=\"S%u\"} %d.%d %lld\n", i,
                                v / 1000, v % 1000 / 100,
                                (long long)end_of(b, k));
                }
        fputs("# EOF\n", f);
        if (fclose(f) != 0)
                must(ERR_IO, &(struct err){.msg = "cannot write the series"});
}

/* ---- what should come ---- */

/* At how many of the last instants the limit was reached, and how often
 * that began, from the first slot on. */
static void expect(const struct bench *b, const struct window *w,
                   uint64_t *ret_reached, uint64_t *ret_began)
{
        uint32_t n = (uint32_t)(w->hours * 3600 / SLOT_S), i, k;

        *ret_reached = *ret_began = 0;
        for (i = 0; i < b->stations; i++) {
                const int32_t *v = &b->milli[i * b->slots];
                int64_t sum = 0;
                bool on = false, was;

                for (k = 0; k < b->slots; k++) {
                        sum += v[k];
                        if (k >= n)
                                sum -= v[k - n];
                        was = on;
                        on = sum >= w->limit_mm * INT64_C(1000);
                        *ret_began += on && !was;
                        *ret_reached += on && k >= FILL;
                }
        }
}

/* ---- the engine ---- */

static void put_rules(struct engine *g, uint32_t from, uint32_t n)
{
        struct rule_set *set = calloc(1, sizeof *set);
        struct err e = {0};
        uint32_t i;

        if (!set)
                exit(1);
        for (i = from; i < from + n; i++) {
                struct rule *r = &set->rule[set->n_rules++];

                snprintf(r->id, sizeof r->id, "r%u", i);
                r->kind = RULE_EXPRESSION;
                r->hazard = HAZARD_RAINSTORM;
                r->n_lines = 1;
                r->line[0].level = LEVEL_RED;
                snprintf(r->line[0].when, WHEN_MAX, "sum(rain, %dh) >= %d mm",
                         windows[i].hours, windows[i].limit_mm);
        }
        must(engine_rules(g, set, &e), &e);
        free(set);
}

static void put_stations(struct places *p, uint32_t n)
{
        struct station s = {.kind = STATION_RAIN,
                            .wrz_milli = LEVEL_UNSET,
                            .grz_milli = LEVEL_UNSET,
                            .obhtz_milli = LEVEL_UNSET,
                            .interval_us = SLOT_S * SECOND_US,
                            .active = true};
        struct err e = {0};
        uint32_t i;

        for (i = 0; i < n; i++) {
                snprintf(s.code, sizeof s.code, "S%u", i);
                must(places_put_station(p, &s, NULL, &e), &e);
        }
}

static void rain(const struct bench *b, struct engine *g,
                 const struct places *p, uint32_t from, uint32_t until)
{
        struct effects fx;
        struct err e = {0};
        uint32_t i, k;

        effects_init(&fx);
        for (k = from; k < until; k++)
                for (i = 0; i < b->stations; i++) {
                        int64_t end_us = end_of(b, k) * SECOND_US;
                        struct moment m = {end_us, end_us, k + 1};
                        struct rain_slot s = {
                                .station = i,
                                .begin_us = end_us - SLOT_S * SECOND_US,
                                .end_us = end_us,
                                .amount_milli = b->milli[i * b->slots + k],
                                .source = ELEMENT_PN05,
                                .seq = k + 1};

                        must(engine_rain(g, p, &s, &m, &fx, &e), &e);
                        effects_clear(&fx);
                }
        effects_done(&fx);
}

/* CPU of an evaluation; rules from..from + n. */
static double run(const struct bench *b, uint32_t from, uint32_t n,
                  uint64_t *ret_raised)
{
        struct engine_counts c;
        struct engine *g = NULL;
        struct places p;
        struct err e = {0};
        double us;

        places_init(&p);
        must(engine_create(&g, &e), &e);
        put_stations(&p, b->stations);
        put_rules(g, from, n);
        rain(b, g, &p, 0, FILL);
        us = now_us();
        rain(b, g, &p, FILL, b->slots);
        us = now_us() - us;
        engine_count(g, &c);
        *ret_raised = c.raised;
        engine_free(g);
        places_done(&p);
        return us / ((double)n * b->stations * b->instants);
}

int main(int argc, char **argv)
{
        struct bench b = {.stations = argc > 2 ? (uint32_t)atoi(argv[2]) : 1000,
                          .instants = argc > 3 ? (uint32_t)atoi(argv[3]) : 60};
        int64_t end_s = argc > 4 ? atoll(argv[4]) : 1697760000;
        uint64_t reached, began, raised;
        uint32_t i;
        double us;

        if (argc < 2 || b.stations == 0 || b.instants == 0)
                return 2;
        b.slots = FILL + b.instants;
        b.begin_s = end_s - (int64_t)b.slots * SLOT_S;
        b.milli = calloc((size_t)b.stations * b.slots, sizeof *b.milli);
        if (!b.milli)
                return 1;
        make(&b);
        write_series(&b, argv[1]);
        printf("{\"stations\":%u,\"instants\":%u,\"slot_s\":%d,\"end_s\":%lld,"
               "\"rules\":[",
               b.stations, b.instants, SLOT_S, (long long)end_s);
        for (i = 0; i < WINDOWS; i++) {
                expect(&b, &windows[i], &reached, &began);
                us = run(&b, i, 1, &raised);
                printf("%s{\"hours\":%d,\"limit_mm\":%d,\"us\":%.4f,"
                       "\"reached\":%llu,\"began\":%llu,\"raised\":%llu}",
                       i ? "," : "", windows[i].hours, windows[i].limit_mm, us,
                       (unsigned long long)reached, (unsigned long long)began,
                       (unsigned long long)raised);
        }
        printf("],\"all_us\":%.4f}\n", run(&b, 0, WINDOWS, &raised));
        free(b.milli);
        return 0;
}

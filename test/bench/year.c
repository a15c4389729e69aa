/* test/bench/year.c -- how long does a back-test of a year take?
 *
 * Usage: bench_year TABLE FOLDER [STATIONS [DAYS]]
 * Makes day files of 1,000 rain gauges that send a slot of 5 minutes each,
 * 365 days long and mostly dry, with storms over neighbours; a tick each
 * second.  Then runs TABLE over them, on one core.  Prints what making
 * them and what running took, apart, and what came of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "schemas/wire/place.h"
#include "server/file.h"
#include "server/tool/days.h"

#define T0 (INT64_C(1767196800) * SECOND_US) /* 2026-01-01 00:00 +08:00 */
#define SLOT_S 300
#define AROUND 50 /* neighbours under one storm */

static double seconds_of(clockid_t id)
{
        struct timespec t;

        clock_gettime(id, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(enum status st, const struct err *e)
{
        if (st == OK)
                return;
        fprintf(stderr, "bench_year: %s\n", e->msg);
        exit(1);
}

/* ---- the year ---- */

struct storm {
        int begin, end; /* slots of the year */
        uint32_t mm_per_h;
};

struct year {
        struct days_out out;
        struct prepared_out *o;
        uint32_t n_stations;
        uint64_t seq, chance, wet;
        struct storm *storm; /* of each group of neighbours */
        struct effects fx;
};

/* Numerical Recipes' generator; the high half. */
static uint32_t chance(struct year *y, uint32_t below)
{
        y->chance = y->chance * UINT64_C(6364136223846793005) +
                    UINT64_C(1442695040888963407);
        return (uint32_t)((y->chance >> 33) % below);
}

/* Rain on one day of four, on two of three from April to September. */
static void begin_storms(struct year *y, int slot)
{
        int month = slot / 288 % 365 / 30;
        uint32_t often = month >= 3 && month <= 8 ? 66 : 25, i;

        for (i = 0; i * AROUND < y->n_stations; i++) {
                struct storm *x = &y->storm[i];

                if (chance(y, 100) >= often)
                        continue;
                x->begin = slot + (int)chance(y, 200);
                x->end = x->begin + 12 + (int)chance(y, 60);
                x->mm_per_h = 2 + chance(y, 8);
                if (chance(y, 10) == 0)
                        x->mm_per_h *= 8;
        }
}

static int64_t rain_milli(struct year *y, uint32_t station, int slot)
{
        const struct storm *x = &y->storm[station / AROUND];

        if (slot < x->begin || slot >= x->end)
                return 0;
        return (int64_t)chance(y, x->mm_per_h * 2000 / 12 + 1) / 100 * 100;
}

static void message(struct year *y, uint32_t station, int slot,
                    int64_t engine_us)
{
        int64_t end_us = T0 + (slot + INT64_C(1)) * SLOT_S * SECOND_US;
        struct observation x = {.station = station,
                                .element = ELEMENT_PN05,
                                .time_us = end_us,
                                .value_milli = rain_milli(y, station, slot),
                                .seq = ++y->seq};
        struct rain_slot r = {.station = station,
                              .begin_us = end_us - SLOT_S * SECOND_US,
                              .end_us = end_us,
                              .amount_milli = x.value_milli,
                              .source = ELEMENT_PN05,
                              .seq = y->seq};

        effects_clear(&y->fx);
        effects_push_observation(&y->fx, &x);
        effects_push_rain(&y->fx, &r);
        prepared_put_values(y->o, y->seq, engine_us + station % 1000, &y->fx);
        y->wet += x.value_milli > 0;
}

/* The slot's messages come within the minute after it. */
static void put_slot(struct year *y, int slot)
{
        int64_t engine_us;
        uint32_t i;
        int s;

        if (slot % 288 == 0)
                begin_storms(y, slot);
        for (s = 0; s < SLOT_S; s++) {
                engine_us = T0 + ((slot + INT64_C(1)) * SLOT_S + s) * SECOND_US;
                y->o = days_at(&y->out, engine_us);
                prepared_put_tick(y->o, ++y->seq, engine_us, engine_us,
                                  BABBLE_AS_BEFORE);
                for (i = (uint32_t)s; s < 60 && i < y->n_stations; i += 60)
                        message(y, i, slot, engine_us);
        }
}

static void put_stations(struct year *y)
{
        struct station s = {.kind = STATION_RAIN,
                            .wrz_milli = LEVEL_UNSET,
                            .grz_milli = LEVEL_UNSET,
                            .obhtz_milli = LEVEL_UNSET,
                            .near_milli = 500,
                            .at = {110.9, 21.6},
                            .county = "440981",
                            .interval_us = SLOT_S * SECOND_US,
                            .active = true};
        struct buf b = {.limit = 1u << 16};
        uint32_t i;

        y->o = days_at(&y->out, T0);
        for (i = 0; i < y->n_stations; i++) {
                struct record r = {++y->seq, RECORD_IMPORT, T0, {"", 0}};

                snprintf(s.code, sizeof s.code, "S%05u", i);
                snprintf(s.name, sizeof s.name, "S%05u", i);
                buf_clear(&b);
                wire_station_encode(&s, &b);
                r.body = buf_as_text(&b);
                prepared_put_record(y->o, &r);
        }
        buf_done(&b);
}

static void make(const char *folder, uint32_t stations, int days)
{
        struct year y = {.n_stations = stations, .chance = 20260501};
        double begin = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        struct err e = {0};
        int slot;

        effects_init(&y.fx);
        y.storm = calloc(stations / AROUND + 1u, sizeof *y.storm);
        if (!y.storm)
                must(ERR_MEMORY, &(struct err){.msg = "no memory"});
        must(days_create(&y.out, folder, 0, &e), &e);
        put_stations(&y);
        for (slot = 0; slot < days * 288; slot++)
                put_slot(&y, slot);
        must(days_close(&y.out, &e), &e);
        printf("made: %u files, %.0f MB, %llu records, %.1f %% of %.1f million "
               "slots wet: %.1f s CPU\n",
               y.out.n_files, (double)y.out.bytes / 1e6,
               (unsigned long long)y.seq,
               100.0 * (double)y.wet / (288.0 * days * stations),
               288e-6 * days * stations,
               seconds_of(CLOCK_PROCESS_CPUTIME_ID) - begin);
        fflush(stdout);
        effects_done(&y.fx);
        free(y.storm);
}

/* ---- the run ---- */

struct tally {
        uint64_t changes, raised, dropped;
};

static void on_step(void *self, const struct state *s, const struct record *r,
                    const struct effects *fx)
{
        struct tally *t = self;
        struct engine_counts c;

        t->changes += fx->n_alert;
        if (r->kind != RECORD_NONE)
                return;
        engine_count(s->engine, &c); /* the end */
        t->raised = c.raised;
        t->dropped = c.dropped;
}

static void run(const char *folder, const char *table, double slots)
{
        struct buf rules = {.limit = JSON_FILE_MAX};
        struct tally t = {0};
        struct err e = {0};
        double wall, cpu;

        must(file_read(table, &rules, &e), &e);
        wall = seconds_of(CLOCK_MONOTONIC);
        cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        must(days_run(folder, buf_as_text(&rules), UINT64_MAX, on_step, &t, &e),
             &e);
        wall = seconds_of(CLOCK_MONOTONIC) - wall;
        cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        printf("run: %.1f s, %.1f s CPU on one core, %.0f ns a slot; "
               "%llu alerts, %llu changes, %llu dropped\n",
               wall, cpu, cpu * 1e9 / slots, (unsigned long long)t.raised,
               (unsigned long long)t.changes, (unsigned long long)t.dropped);
        buf_done(&rules);
}

int main(int argc, char **argv)
{
        uint32_t stations = argc > 3 ? (uint32_t)atoi(argv[3]) : 1000;
        int days = argc > 4 ? atoi(argv[4]) : 365;

        if (argc < 3) {
                fprintf(stderr,
                        "usage: bench_year TABLE FOLDER [STATIONS [DAYS]]\n");
                return 2;
        }
        make(argv[2], stations, days);
        run(argv[2], argv[1], 288.0 * days * stations);
        return 0;
}

/* test/oracle/drive.c -- the rule engine, driven by lines of text, for an
 * oracle that knows nothing of it.
 *
 * One command a line; times in seconds after the beginning, values in
 * thousandths:
 *   N FILE              a new engine with the rule table
 *   S CODE KIND WRZ     a station (PP or ZZ) that sends each five minutes;
 *                       near is 300 below WRZ, GRZ 1000 and OBHTZ 3000 above
 *   V I EL TIME VALUE R a value of the I-th station; R 1: it amends
 *   P I END VALUE       five minutes of rain
 *   X                   a restart: into a snapshot and back
 *   E                   prints each episode, then "."
 * It stops at the first thing that goes wrong and says what.  -v prints each
 * command and each change of an alert to stderr. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/engine.h"
#include "schemas/time.h"
#include "schemas/wire/rule.h"

#define T0 INT64_C(1697673600000000)

struct drive {
        struct places places;
        struct engine *g;
        struct effects fx;
        struct moment m;
        bool open;
};

static void die(const char *what, const struct err *e)
{
        fprintf(stderr, "drive: %s: %s\n", what, e->msg);
        exit(1);
}

static void close_world(struct drive *d)
{
        if (!d->open)
                return;
        places_done(&d->places);
        effects_done(&d->fx);
        engine_free(d->g);
}

static void new_world(struct drive *d, const char *path)
{
        static char text[1 << 16];
        struct rule_set *set = malloc(sizeof *set);
        struct err e = {0};
        FILE *f = fopen(path, "rb");
        size_t n;

        close_world(d);
        memset(d, 0, sizeof *d);
        d->open = true;
        places_init(&d->places);
        effects_init(&d->fx);
        d->m = (struct moment){T0, T0, 1};
        if (!f || !set)
                die(path, &(struct err){.msg = "cannot open it"});
        n = fread(text, 1, sizeof text, f);
        fclose(f);
        if (engine_create(&d->g, &e) != OK ||
            wire_rules_decode((struct text){text, n}, set, &e) != OK ||
            engine_rules(d->g, set, &e) != OK)
                die(path, &e);
        free(set);
}

static void station(struct drive *d, const char *code, const char *kind,
                    int64_t wrz)
{
        bool river = strcmp(kind, "ZZ") == 0;
        struct station s = {.kind = river ? STATION_RIVER : STATION_RAIN,
                            .wrz_milli = river ? wrz : LEVEL_UNSET,
                            .grz_milli = river ? wrz + 1000 : LEVEL_UNSET,
                            .obhtz_milli = river ? wrz + 3000 : LEVEL_UNSET,
                            .ldkel_milli = LEVEL_UNSET,
                            .laz_milli = LEVEL_UNSET,
                            .rdkel_milli = LEVEL_UNSET,
                            .near_milli = 300,
                            .interval_us = 5 * MINUTE_US,
                            .active = true};
        struct err e = {0};

        snprintf(s.code, sizeof s.code, "%.32s", code);
        snprintf(s.county, sizeof s.county, "440902");
        if (places_put_station(&d->places, &s, NULL, &e) != OK)
                die(code, &e);
}

/* The engine's clock never runs back; it ticks when it goes on. */
static void now(struct drive *d, int64_t time_us)
{
        struct err e = {0};

        d->m.seq++;
        effects_clear(&d->fx);
        if (time_us <= d->m.engine_us)
                return;
        d->m.engine_us = time_us;
        if (engine_tick(d->g, &d->places, &d->m, &d->fx, &e) != OK)
                die("tick", &e);
}

static void value(struct drive *d, uint32_t i, const char *element,
                  int64_t time_us, int64_t milli, int revised)
{
        struct observation o = {.station = i,
                                .time_us = time_us,
                                .value_milli = milli,
                                .marks = revised ? MARK_REVISED : 0,
                                .seq = d->m.seq};
        struct err e = {0};

        if (!element_from(text_of(element), &o.element))
                die(element, &(struct err){.msg = "no such element"});
        now(d, time_us);
        if (engine_observe(d->g, &d->places, &o, &d->m, &d->fx, &e) != OK)
                die("value", &e);
}

static void rain(struct drive *d, uint32_t i, int64_t end_us, int64_t milli)
{
        struct rain_slot s = {.station = i,
                              .begin_us = end_us - 5 * MINUTE_US,
                              .end_us = end_us,
                              .amount_milli = milli,
                              .source = ELEMENT_PN05,
                              .seq = d->m.seq};
        struct err e = {0};

        now(d, end_us);
        if (engine_rain(d->g, &d->places, &s, &d->m, &d->fx, &e) != OK)
                die("rain", &e);
}

static void restart(struct drive *d)
{
        struct buf b = {0};
        struct engine *again;
        struct err e = {0};
        struct unpack u;

        engine_save(d->g, &b);
        u = (struct unpack){b.p, b.n, false};
        if (engine_create(&again, &e) != OK || engine_load(again, &u, &e) != OK)
                die("restart", &e);
        engine_free(d->g);
        d->g = again;
        buf_done(&b);
}

static void print_all(struct drive *d)
{
        const struct alert *a;
        uint32_t n = engine_alerts(d->g, &a), i;

        for (i = 0; i < n; i++)
                printf("%u %s %s %s %lld %lld\n", a[i].station,
                       hazard_name(a[i].hazard),
                       a[i].merged_into[0] ? "merged"
                                           : alert_state_name(a[i].state),
                       level_name(a[i].level_peak),
                       (long long)((a[i].observed_us - T0) / SECOND_US),
                       a[i].ended_us == TIME_NONE
                               ? 0LL
                               : (long long)((a[i].ended_us - T0) / SECOND_US));
        printf(".\n");
        fflush(stdout);
}

static bool command(struct drive *d, char *line)
{
        char a[200], b[40];
        long long time, milli;
        unsigned i;
        int revised;

        if (sscanf(line, "V %u %39s %lld %lld %d", &i, b, &time, &milli,
                   &revised) == 5)
                value(d, i, b, T0 + time * SECOND_US, milli, revised);
        else if (sscanf(line, "P %u %lld %lld", &i, &time, &milli) == 3)
                rain(d, i, T0 + time * SECOND_US, milli);
        else if (sscanf(line, "N %199s", a) == 1)
                new_world(d, a);
        else if (sscanf(line, "S %199s %39s %lld", a, b, &milli) == 3)
                station(d, a, b, milli);
        else if (strcmp(line, "X\n") == 0)
                restart(d);
        else if (strcmp(line, "E\n") == 0)
                print_all(d);
        else
                return false;
        return true;
}

static void tell(const struct drive *d, const char *line)
{
        uint32_t i;

        fputs(line, stderr);
        for (i = 0; i < d->fx.n_alert; i++)
                fprintf(stderr, "    %s %s %s: %s\n", d->fx.alert[i].alert.id,
                        transition_kind_name(d->fx.alert[i].transition.kind),
                        level_name(d->fx.alert[i].alert.level),
                        d->fx.alert[i].transition.note);
}

int main(int argc, char **argv)
{
        bool verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
        static struct drive d;
        char line[300];

        while (fgets(line, sizeof line, stdin)) {
                if (!command(&d, line)) {
                        fprintf(stderr, "drive: what is: %s", line);
                        return 2;
                }
                if (verbose)
                        tell(&d, line);
        }
        close_world(&d);
        return 0;
}

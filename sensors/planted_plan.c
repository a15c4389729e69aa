/* sensors/planted_plan.c -- a day with faults planted in it: who speaks
 * what, and in which order it is told. */
#include "sensors/planted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "sensors/planted_part.h"

#define SLOW_US (10 * MINUTE_US)

/* ---- roles ---- */

struct roles {
        uint32_t n_sl651, n_tcp, n_ascii; /* so many so far */
        uint32_t n_rain, n_level, n_json;
};

/* True for so many of each thousand, spread evenly. */
static bool share(uint32_t k, uint32_t milli)
{
        return (uint64_t)(k + 1) * milli / 1000 > (uint64_t)k * milli / 1000;
}

/* What a day's station measures: rain, and whether all of it has a lead. */
static bool speaks_sl651(const struct day *d, uint32_t at, bool *ret_rain,
                         uint32_t *ret_series)
{
        bool all = true;
        uint32_t i;

        *ret_rain = false;
        *ret_series = 0;
        for (i = 0; i < d->n_rain; i++)
                *ret_rain |= d->rain[i].station == at;
        for (i = 0; i < d->n_series; i++) {
                if (d->series[i].station != at)
                        continue;
                all &= element_info(d->series[i].element)->sl651_lead != 0;
                *ret_series += 1;
        }
        return all && (!*ret_rain || *ret_series == 0);
}

static void give_line(const struct planted *p, struct planted_station *s,
                      struct roles *r)
{
        s->line =
                share(r->n_sl651, p->c.tcp_milli) ? PLANTED_TCP : PLANTED_MQTT;
        s->ascii = share(r->n_sl651, p->c.ascii_milli);
        snprintf(s->address, sizeof s->address, "0044%06u", s->at + 1);
        r->n_sl651++;
}

/* The first rain station overflows, the second has counters, and so on;
 * of the others every third tells by the hour and two have slow clocks. */
static void give_habits(struct planted_station *s, bool rain, uint32_t series,
                        struct roles *r)
{
        if (rain) {
                s->rain = true;
                s->station_class = 0x50;
                s->overflow = r->n_rain % 4 == 0;
                s->counter = r->n_rain % 4 == 1;
                r->n_rain++;
                return;
        }
        s->station_class = 0x48;
        s->uniform = series == 1 && r->n_level % 3 == 1;
        s->slow_us = r->n_level % 12 == 2 ? SLOW_US : 0;
        r->n_level++;
}

/* Every fifth line of a terminal is away for a while. */
static void give_absence(const struct planted *p, uint32_t station)
{
        struct planted_station *s = &p->stations[station];
        int64_t span_us = p->c.to_us - p->c.from_us;
        uint64_t x = planted_chance(p, station, 0, DICE_AWAY);

        if (s->line == PLANTED_JSON || s->slow_us || x % 5 != 0)
                return;
        s->away_from_us = p->c.from_us + span_us / 4 +
                          (int64_t)(x / 5 % 1000) * (span_us / 2) / 1000;
        s->away_to_us = s->away_from_us + 20 * MINUTE_US;
}

static bool add_station(struct planted *p, uint32_t at, struct roles *r)
{
        struct planted_station *s = planted_grow(&p->stations, p->n_stations,
                                                 &p->cap_stations, sizeof *s);
        uint32_t series, k = p->n_stations;
        bool rain, can;

        if (!s)
                return false;
        *s = (struct planted_station){.at = at, .line = PLANTED_JSON};
        p->n_stations++;
        can = speaks_sl651(p->day, at, &rain, &series);
        if (can && r->n_sl651 < (uint64_t)(k + 1) * p->c.sl651_milli / 1000) {
                give_line(p, s, r);
                give_habits(s, rain, series, r);
                give_absence(p, k);
        } else {
                s->babbles = r->n_json == 1;
                r->n_json++;
        }
        return true;
}

static bool choose(struct planted *p)
{
        uint32_t all = p->day->n_stations, n = p->c.stations, k;
        struct roles r = {0};

        if (n == 0 || n > all)
                n = all;
        for (k = 0; k < n; k++)
                if (!add_station(p, (uint32_t)((uint64_t)k * all / n), &r))
                        return false;
        return true;
}

/* ---- order ---- */

static int by_due(const void *a, const void *b)
{
        const struct planted_report *x = a, *y = b;

        if (x->due_us != y->due_us)
                return x->due_us < y->due_us ? -1 : 1;
        return x->order < y->order ? -1 : 1;
}

struct told {
        int64_t newest_us;
        bool any;
};

/* In the order of the line: what was overtaken is late.  Within a report
 * values stand in order of time. */
static void mark_late(struct planted *p, struct told *told)
{
        uint32_t i, k;

        for (i = 0; i < p->n_reports; i++) {
                const struct planted_report *r = &p->reports[i];

                for (k = r->first; k < r->first + r->n; k++) {
                        struct planted_value *v = &p->values[k];
                        struct told *t =
                                &told[r->station * ELEMENT_count + v->element];

                        v->late = t->any && v->time_us < t->newest_us;
                        if (!v->late)
                                *t = (struct told){v->time_us, true};
                }
        }
}

static enum status order(struct planted *p, struct err *e)
{
        struct told *told =
                calloc((size_t)p->n_stations * ELEMENT_count + 1, sizeof *told);

        if (!told)
                return err_set(e, ERR_MEMORY, "planted day");
        if (p->n_reports > 0)
                qsort(p->reports, p->n_reports, sizeof *p->reports, by_due);
        mark_late(p, told);
        free(told);
        return OK;
}

enum status planted_make(const struct day *day, const struct planted_config *c,
                         struct planted *ret, struct err *e)
{
        struct planted p = {.c = *c, .day = day};
        enum status st = OK;
        bool room;
        uint32_t i;

        if (c->from_us % HOUR_US || c->to_us % HOUR_US ||
            c->from_us >= c->to_us || c->from_us < day->begin_us ||
            c->sl651_milli > 1000 || c->tcp_milli > 1000 ||
            c->ascii_milli > 1000)
                return err_set(e, ERR_RANGE,
                               "a planted day: whole hours of the day, shares "
                               "of at most 1");
        room = choose(&p);
        for (i = 0; room && i < p.n_stations; i++)
                room = planted_tell(&p, i);
        st = room ? order(&p, e) : err_set(e, ERR_MEMORY, "planted day");
        if (st != OK) {
                planted_done(&p);
                return st;
        }
        *ret = p;
        return OK;
}

void planted_done(struct planted *p)
{
        free(p->stations);
        free(p->reports);
        free(p->values);
        free(p->slots);
        memset(p, 0, sizeof *p);
}

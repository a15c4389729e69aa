/* sensors/planted.c -- a day of stations with faults planted in it: the
 * stations and their reports. */
#include "sensors/planted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "sensors/planted_part.h"
#include "sensors/terminal.h"

#define READINGS_MAX 16
#define SLOT_US (5 * MINUTE_US)

const char *planted_fault_name(enum planted_fault f)
{
        static const char *const names[] = {
#define X(code, name) name,
                PLANTED_FAULTS(X)
#undef X
        };

        return f < PLANTED_FAULT_count ? names[f] : "?";
}

const char *planted_code(const struct planted *p, uint32_t station)
{
        return p->day->stations[p->stations[station].at];
}

/* splitmix64 of what is asked about: no order of calls matters. */
uint64_t planted_chance(const struct planted *p, uint32_t station, int64_t k,
                        enum planted_dice salt)
{
        uint64_t x = p->c.seed * UINT64_C(0x9E3779B97F4A7C15) +
                     ((uint64_t)station << 40) + ((uint64_t)salt << 56) +
                     (uint64_t)k;

        x += UINT64_C(0x9E3779B97F4A7C15);
        x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
        return x ^ (x >> 31);
}

static bool in_milli(const struct planted *p, uint32_t station, int64_t k,
                     enum planted_dice salt, uint32_t milli)
{
        return planted_chance(p, station, k, salt) % 1000 < milli;
}

void *planted_grow(void *items, uint32_t n, uint32_t *cap, size_t bytes)
{
        void **list = items, *more;

        if (n == *cap) {
                more = realloc(*list, (*cap ? *cap * 2 : 256) * bytes);
                if (!more)
                        return NULL;
                *list = more;
                *cap = *cap ? *cap * 2 : 256;
        }
        return (char *)*list + n * bytes;
}

/* ---- making reports ---- */

static bool begin_report(struct planted *p, uint32_t station, uint8_t function,
                         int64_t at_us)
{
        const struct planted_station *s = &p->stations[station];
        struct planted_report *r = planted_grow(&p->reports, p->n_reports,
                                                &p->cap_reports, sizeof *r);
        int64_t wait_us;

        if (!r)
                return false;
        wait_us = (int64_t)(1 +
                            planted_chance(p, station, at_us, DICE_WAIT) % 20) *
                  SECOND_US;
        *r = (struct planted_report){.station = station,
                                     .function = function,
                                     .sent_us = at_us + wait_us,
                                     .due_us = at_us + wait_us + s->slow_us,
                                     .times = 1,
                                     .first = p->n_values,
                                     .order = p->n_reports};
        p->n_reports++;
        return true;
}

static bool add_value(struct planted *p, enum element element, int64_t time_us,
                      int64_t value_milli)
{
        struct planted_report *r = &p->reports[p->n_reports - 1];
        struct planted_value *v = planted_grow(&p->values, p->n_values,
                                               &p->cap_values, sizeof *v);
        int64_t k = time_us / SECOND_US * 512 + element;

        if (!v)
                return false;
        *v = (struct planted_value){.element = element,
                                    .time_us = time_us,
                                    .value_milli = value_milli};
        if (element != ELEMENT_PT && element != ELEMENT_PJ &&
            in_milli(p, r->station, k, DICE_MISSING, 10)) {
                v->missing = true;
                v->value_milli = 0;
                r->faults |= 1u << PLANTED_MISSING;
        }
        p->n_values++;
        r->n++;
        return true;
}

static bool add_voltage(struct planted *p, uint32_t station, int64_t time_us)
{
        int64_t v = 12000 + 10 * (int64_t)(planted_chance(p, station, time_us,
                                                          DICE_VOLTAGE) %
                                           80);

        return add_value(p, ELEMENT_VT, time_us, v);
}

/* Faults of a whole report, once its values are there. */
static void plant(struct planted *p)
{
        struct planted_report *r = &p->reports[p->n_reports - 1];
        const struct planted_station *s = &p->stations[r->station];
        int64_t k = r->sent_us / SECOND_US;
        int64_t late_us;

        if (s->babbles) {
                r->times = PLANTED_BABBLE_TIMES;
                r->faults |= 1u << PLANTED_BABBLE;
                return;
        }
        if (in_milli(p, r->station, k, DICE_TWICE, 20)) {
                r->times = 2;
                r->faults |= 1u << PLANTED_TWICE;
        }
        /* A counter's difference over two hours says no single slots. */
        if (!s->counter && in_milli(p, r->station, k, DICE_LATE, 30)) {
                late_us = (int64_t)(7 + planted_chance(p, r->station, k,
                                                       DICE_HOW_LATE) %
                                                34) *
                          MINUTE_US;
                if (r->due_us + late_us <= p->c.to_us) {
                        r->due_us += late_us;
                        r->sent_us += late_us;
                        r->faults |= 1u << PLANTED_LATE;
                }
        }
        if (s->line == PLANTED_TCP && in_milli(p, r->station, k, DICE_CUT, 10))
                r->faults |= 1u << PLANTED_CUT;
        else if (s->line != PLANTED_JSON &&
                 in_milli(p, r->station, k, DICE_FLIP, 10))
                r->faults |= 1u << PLANTED_FLIP;
}

static bool add_slot(struct planted *p, uint32_t station, int64_t end_us,
                     int64_t amount_milli)
{
        struct planted_slot *x =
                planted_grow(&p->slots, p->n_slots, &p->cap_slots, sizeof *x);

        if (!x)
                return false;
        *x = (struct planted_slot){station, end_us, amount_milli};
        p->n_slots++;
        return true;
}

static int64_t minute_of(const struct planted *p, int64_t at_us)
{
        return (at_us - p->day->begin_us) / MINUTE_US;
}

/* ---- what JSON, and the terminals of levels and wind, tell at once ---- */

static bool tell_at(struct planted *p, uint32_t station, int64_t at_us)
{
        struct planted_station *s = &p->stations[station];
        struct day_reading r[READINGS_MAX];
        int64_t minute = minute_of(p, at_us);
        uint32_t i, n = day_readings(p->day, s->at, minute, r, READINGS_MAX);
        uint8_t function = minute % 60 == 0 ? 0x32 : 0x33;

        if (n == 0)
                return true;
        if (!begin_report(p, station, s->line == PLANTED_JSON ? 0 : function,
                          at_us))
                return false;
        for (i = 0; i < n; i++) {
                if (!add_value(p, r[i].element, at_us, r[i].value_milli))
                        return false;
                if (r[i].element == ELEMENT_PN05 &&
                    !p->values[p->n_values - 1].missing &&
                    !add_slot(p, station, at_us, r[i].value_milli))
                        return false;
        }
        if (s->line != PLANTED_JSON && !add_voltage(p, station, at_us))
                return false;
        plant(p);
        return true;
}

static bool tell_at_once(struct planted *p, uint32_t station)
{
        int64_t at_us = p->c.from_us + MINUTE_US;

        for (; at_us <= p->c.to_us; at_us += MINUTE_US)
                if (!tell_at(p, station, at_us))
                        return false;
        return true;
}

/* ---- 31: one element of an hour, at its end ---- */

static bool tell_uniform(struct planted *p, uint32_t station)
{
        struct day_reading r[READINGS_MAX];
        int64_t hour_us = p->c.from_us + HOUR_US, at_us;
        uint32_t n;

        for (; hour_us <= p->c.to_us; hour_us += HOUR_US) {
                if (!begin_report(p, station, 0x31, hour_us))
                        return false;
                for (at_us = hour_us - 11 * SLOT_US; at_us <= hour_us;
                     at_us += SLOT_US) {
                        n = day_readings(p->day, p->stations[station].at,
                                         minute_of(p, at_us), r, READINGS_MAX);
                        if (n && !add_value(p, r[0].element, at_us,
                                            r[0].value_milli))
                                return false;
                }
                plant(p);
        }
        return true;
}

/* ---- 34: twelve slots of rain, with or without the counters ---- */

static const struct day_rain *rain_of(const struct planted *p, uint32_t station)
{
        uint32_t i;

        for (i = 0; i < p->day->n_rain; i++)
                if (p->day->rain[i].station == p->stations[station].at)
                        return &p->day->rain[i];
        return NULL;
}

/* Fallen in (from, to]. */
static int64_t fallen(const struct planted *p, uint32_t station,
                      int64_t from_us, int64_t to_us)
{
        const struct day_rain *rain = rain_of(p, station);
        int64_t sum = 0;

        for (from_us += SLOT_US; from_us <= to_us; from_us += SLOT_US)
                sum += day_rain_milli(rain, minute_of(p, from_us));
        return sum;
}

/* Slots 3.. of each third hour: 33.0 to 47.7 mm, then two equal ones of at
 * most 2.9: with what is carried the second stays under 25.4, since of two
 * full slots nobody can tell which one overflowed. */
static void pour(const struct planted *p, uint32_t station, int64_t hour_us,
                 int64_t slot[12])
{
        int64_t hour = (hour_us - p->c.from_us) / HOUR_US;
        uint64_t x = planted_chance(p, station, hour, DICE_POUR);

        if (!p->stations[station].overflow || hour % 3 != 1)
                return;
        slot[2] = 33000 + 100 * (int64_t)(x % 148);
        slot[3] = slot[4] = 100 * (int64_t)(x / 148 % 30);
}

static bool add_counters(struct planted *p, uint32_t station, int64_t hour_us)
{
        int64_t base =
                100 *
                (int64_t)(planted_chance(p, station, 0, DICE_COUNTER) % 9000);
        int64_t day_us = time_hydro_day_end(hour_us) - DAY_US;

        if (day_us < p->day->begin_us)
                day_us = p->day->begin_us;
        return add_value(
                       p, ELEMENT_PT, hour_us,
                       base + fallen(p, station, p->day->begin_us, hour_us)) &&
               add_value(p, ELEMENT_PJ, hour_us,
                         fallen(p, station, day_us, hour_us));
}

/* A missing slot of the twelve is no rain slot.  Where it would hide what
 * was planted (an overflow, or the one hole that a counter fills) the value
 * is told after all. */
static bool keep_slot(struct planted *p, const struct planted_station *s, int i,
                      const int64_t told[12])
{
        struct planted_value *v = &p->values[p->n_values - 1];

        if (!v->missing)
                return true;
        if (!s->counter && !s->overflow)
                return false;
        v->missing = false;
        v->value_milli = told[i];
        return true;
}

static bool tell_hour(struct planted *p, uint32_t station, int64_t hour_us,
                      int64_t *carry)
{
        const struct day_rain *rain = rain_of(p, station);
        struct planted_station *s = &p->stations[station];
        int64_t slot[12], at_us, told[12];
        int i;

        for (i = 0; i < 12; i++)
                slot[i] = day_rain_milli(
                        rain, minute_of(p, hour_us - (11 - i) * SLOT_US));
        pour(p, station, hour_us, slot);
        memcpy(told, slot, sizeof told);
        terminal_cap_rain(told, carry);
        if (!begin_report(p, station, 0x34, hour_us))
                return false;
        if (memcmp(told, slot, sizeof told) != 0)
                p->reports[p->n_reports - 1].faults |= 1u << PLANTED_OVERFLOW;
        for (i = 0; i < 12; i++) {
                at_us = hour_us - (11 - i) * SLOT_US;
                if (!add_value(p, ELEMENT_DRP, at_us, told[i]))
                        return false;
                if (keep_slot(p, s, i, told) &&
                    !add_slot(p, station, at_us, slot[i]))
                        return false;
        }
        if ((s->counter && !add_counters(p, station, hour_us)) ||
            !add_voltage(p, station, hour_us))
                return false;
        plant(p);
        return true;
}

static bool tell_rain(struct planted *p, uint32_t station)
{
        int64_t hour_us = p->c.from_us + HOUR_US, carry = 0;

        for (; hour_us <= p->c.to_us; hour_us += HOUR_US)
                if (!tell_hour(p, station, hour_us, &carry))
                        return false;
        return true;
}

bool planted_tell(struct planted *p, uint32_t station)
{
        const struct planted_station *s = &p->stations[station];

        if (s->rain)
                return tell_rain(p, station);
        if (s->uniform)
                return tell_uniform(p, station);
        return tell_at_once(p, station);
}

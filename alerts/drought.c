/* alerts/drought.c -- days without effective rain, and soil moisture.
 *
 * In:     rain by hydrological day (08:00 to 08:00, Beijing) from the one
 *         rain series, into which a daily report (PD) flows as well.
 * Out:    at the end of each day, the dry days in a row.
 * Holds:  a day under the effective amount with less than nine tenths of
 *         its minutes covered is unknown: it is not a dry day, and a spell
 *         is known only while at most one in ten of its days is unknown.
 * Source: docs/rules.md#drought; docs/formulas.md#dry-days.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <string.h>

#define DAY_MIN 1440
#define DAY_KNOWN_MIN (DAY_MIN * 9 / 10)

bool drought_watches_soil(const struct rule *r, enum element el)
{
        return r->kind == RULE_SOIL && r->element == el;
}

static enum status extend(struct days *d, int64_t day, struct err *e)
{
        uint32_t drop;
        enum status st;

        if (d->n && day - d->first >= 2 * (int64_t)DAYS_MAX)
                d->n = 0; /* all of it is too old */
        if (d->n == 0)
                d->first = day;
        while (d->first + d->n <= day) {
                if (d->n == DAYS_MAX) {
                        drop = DAYS_MAX / 8;
                        memmove(d->at, d->at + drop,
                                (d->n - drop) * sizeof *d->at);
                        d->n -= drop;
                        d->first += drop;
                }
                st = subject_grow((void **)&d->at, &d->cap, d->n, sizeof *d->at,
                                  e);
                if (st != OK)
                        return st;
                d->at[d->n++] = (struct day){0, 0};
        }
        return OK;
}

/* The day's cell; NULL in *ret when it is older than what is kept. */
static enum status cell(struct days *d, int64_t day, struct day **ret,
                        struct err *e)
{
        enum status st = OK;
        uint32_t front;

        *ret = NULL;
        if (d->n == 0 || day >= d->first) {
                st = extend(d, day, e);
        } else if (d->first - day <= 8 && d->n < DAYS_MAX - 8) {
                front = (uint32_t)(d->first - day);
                st = extend(d, d->first + d->n - 1 + front, e);
                if (st != OK)
                        return st;
                memmove(d->at + front, d->at, (d->n - front) * sizeof *d->at);
                memset(d->at, 0, front * sizeof *d->at);
                d->first = day;
        }
        if (st == OK && day >= d->first)
                *ret = &d->at[day - d->first];
        return st;
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
        return v < low ? low : v > high ? high : v;
}

struct spell {
        int64_t dry;
        bool unsure; /* an unknown day stands in or before it */
};

static struct spell spell_of(const struct days *d, int64_t day,
                             int64_t effective)
{
        int64_t dry = 0, unknown = 0;
        struct spell s = {0, false};

        for (; d->n && day >= d->first && day < d->first + d->n; day--) {
                const struct day *x = &d->at[day - d->first];

                if (x->amount_milli >= effective)
                        break;
                if (x->covered_min >= DAY_KNOWN_MIN)
                        dry++;
                else
                        unknown++;
                if (unknown * 10 <= dry + unknown)
                        s.dry = dry;
        }
        s.unsure = unknown > 0;
        return s;
}

int64_t drought_count(const struct days *d, int64_t day, int64_t effective,
                      bool *ret_unsure)
{
        struct spell s = spell_of(d, day, effective);

        *ret_unsure = s.unsure;
        return s.dry;
}

static enum status judge_day(struct step *s, struct subject *u, int64_t day,
                             uint64_t seq)
{
        const struct rule_set *set = &s->g->rules;
        struct reading reading[LINES_MAX];
        enum status st = OK;
        struct spell spell;
        uint32_t i, k;

        for (i = 0; i < set->n_rules && st == OK; i++) {
                const struct rule *r = &set->rule[i];

                if (r->kind != RULE_DRY_DAYS ||
                    !scope_station(s->g, i, &s->p->stations[u->station]))
                        continue;
                spell = spell_of(&u->days, day, r->effective_milli);
                for (k = 0; k < r->n_lines; k++)
                        reading[k] = (struct reading){
                                .unsure = spell.unsure,
                                .value_milli = spell.dry * 1000,
                                .threshold_milli = r->line[k].value_milli,
                                .element = ELEMENT_PD};
                s->at_us = day * DAY_US;
                st = episode_judge(s, u, i, reading, seq);
        }
        return st;
}

/* Judges the days that have become complete; the last one again when an
 * older day has changed. */
static enum status judge_days(struct step *s, struct subject *u,
                              int64_t complete, int64_t changed)
{
        struct days *d = &u->days;
        int64_t day = d->judged + 1;
        enum status st = OK;

        if (d->judged == TIME_NONE || complete - d->judged > DAYS_MAX)
                day = complete;
        else if (complete <= d->judged)
                day = changed <= d->judged ? d->judged : complete + 1;
        for (; day <= complete && st == OK; day++)
                st = judge_day(s, u, day, s->m->seq);
        if (d->judged == TIME_NONE || complete > d->judged)
                d->judged = complete;
        return st;
}

enum status drought_slot(struct step *s, struct subject *u, int64_t end_us,
                         int64_t amount_milli, int64_t covered_us)
{
        int64_t day = time_hydro_day_end(end_us) / DAY_US;
        int64_t newest = u->rain.at[u->rain.n - 1].end_us;
        struct day *x;
        enum status st = cell(&u->days, day, &x, s->e);

        if (st != OK || !x)
                return st;
        x->amount_milli =
                (int32_t)clamp(x->amount_milli + amount_milli, 0, INT32_MAX);
        x->covered_min = (uint16_t)clamp(
                x->covered_min + covered_us / MINUTE_US, 0, DAY_MIN);
        return judge_days(s, u, newest / DAY_US, day);
}

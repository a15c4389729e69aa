/* alerts/zone.c -- rules that are said of zones: how many of a zone's
 * stations meet a condition, its areal rain, its 120 incidents.
 *
 * In:     the data of the zone's stations, as it comes.
 * Holds:  zones of which something came are judged at the next tick, at each
 *         instant at which an answer of one of their stations changed and at
 *         the newest; so it does not matter in which order stations send.
 *         What comes later than the tick has the past judged again.  Rules
 *         of incidents are judged at each whole minute, at that minute.
 * Source: docs/rules.md#zones.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which stations ---- */

/* The code of the station's zone of a level; "" when it is not known.
 * Behind the last level stand the catchments around the smallest. */
static void zone_code(const struct station *s, uint32_t slot,
                      char ret[SUBJECT_MAX + 1])
{
        ret[0] = '\0';
        if (slot >= ZONE_CATCHMENT)
                memcpy(ret, s->catchment[slot - ZONE_CATCHMENT],
                       sizeof s->catchment[0]);
        else if (slot == ZONE_RIVER && s->river[0])
                snprintf(ret, SUBJECT_MAX + 1, RIVER_PREFIX "%s", s->river);
        else if (slot == ZONE_TOWN)
                memcpy(ret, s->town, sizeof s->town);
        else if (slot == ZONE_COUNTY)
                memcpy(ret, s->county, sizeof s->county);
        else if (slot == ZONE_CITY && s->county[0]) {
                memcpy(ret, s->county, 4);
                memcpy(ret + 4, "00", 3);
        }
}

/* The zone that the station lies in now; NULL: none is known. */
static enum status zone_of(struct step *s, struct subject *u, uint32_t slot,
                           struct subject **ret)
{
        char code[SUBJECT_MAX + 1];
        uint32_t at = u->zone_at[slot], i;
        enum status st;

        *ret = NULL;
        zone_code(&s->p->stations[u->station], slot, code);
        if (!code[0])
                return OK;
        if (at && strcmp(s->g->others[at - 1]->code, code) == 0) {
                *ret = s->g->others[at - 1];
                return OK;
        }
        st = subject_other(s->g, SUBJECT_ZONE, code, ret, s->e);
        if (st == ERR_FULL) {
                s->g->counts.dropped++;
                return OK;
        }
        if (st != OK)
                return st;
        for (i = 0; s->g->others[i] != *ret; i++)
                ;
        u->zone_at[slot] = i + 1;
        (*ret)->zone_stale = true;
        return OK;
}

/* The zone's stations that ever sent anything. */
static enum status list_stations(struct step *s, struct subject *zone)
{
        struct engine *g = s->g;
        enum status st = OK;
        uint32_t i;

        if (!zone->zone_stale)
                return OK;
        zone->zone_stale = false;
        zone->n_station_at = 0;
        for (i = 0; i < g->n_stations && i < s->p->n_stations; i++) {
                if (!g->stations[i] ||
                    !zone_holds_station(zone->code, &s->p->stations[i]))
                        continue;
                st = subject_grow((void **)&zone->station_at,
                                  &zone->cap_station_at, zone->n_station_at,
                                  sizeof *zone->station_at, s->e);
                if (st != OK)
                        return st;
                zone->station_at[zone->n_station_at++] = i;
        }
        return OK;
}

static enum status state_of(struct step *s, struct subject *zone, uint32_t rule,
                            struct zone_state **ret)
{
        enum status st;
        uint32_t i;

        for (i = 0; i < zone->n_states; i++)
                if (zone->states[i].rule == rule) {
                        *ret = &zone->states[i];
                        return OK;
                }
        st = subject_grow((void **)&zone->states, &zone->cap_states,
                          zone->n_states, sizeof **ret, s->e);
        if (st != OK)
                return st;
        *ret = &zone->states[zone->n_states++];
        **ret = (struct zone_state){.rule = rule,
                                    .judged_us = TIME_NONE,
                                    .newest_us = TIME_NONE,
                                    .late_from_us = TIME_NONE,
                                    .late_until_us = TIME_NONE};
        return OK;
}

/* ---- what came ---- */

/* The answers of the station, and whether the rule looks at it at all. */
static enum status hear_rule(struct step *s, struct subject *u, uint32_t rule,
                             enum element el, int64_t from_us, bool *ret_looks)
{
        const struct program *p = &s->g->programs[rule];
        const struct station *station = &s->p->stations[u->station];
        enum status st = OK;
        uint32_t i, k;

        *ret_looks = false;
        for (i = 0; i < p->n_lines; i++) {
                *ret_looks |= el == ELEMENT_count && p->line[i].rain;
                for (k = 0; k < p->line[i].n_clauses && st == OK; k++) {
                        if (!expression_looks(&p->line[i].clause[k], station,
                                              el))
                                continue;
                        *ret_looks = true;
                        st = where_take(s, u, rule, i, k, from_us);
                }
        }
        return st;
}

struct heard {
        int64_t from_us, until_us;
        bool amended;
};

static void mark(struct zone_state *z, int64_t from_us, int64_t until_us,
                 bool amended, uint64_t seq)
{
        z->dirty = true;
        z->seq = seq;
        z->amended |= amended;
        if (until_us > z->newest_us)
                z->newest_us = until_us;
        if (z->judged_us == TIME_NONE || (until_us >= z->judged_us && !amended))
                return;
        if (z->late_from_us == TIME_NONE || from_us < z->late_from_us)
                z->late_from_us = from_us;
        if (until_us > z->late_until_us)
                z->late_until_us = until_us;
}

/* One zone of each level, but all catchments that hold the station. */
static enum status mark_zones(struct step *s, struct subject *u, uint32_t rule,
                              const struct heard *h)
{
        enum zone_level level = s->g->rules.rule[rule].zone_level;
        uint32_t slot = level, end = level + 1;
        struct subject *zone = NULL;
        struct zone_state *z;
        enum status st = OK;

        if (level == ZONE_CATCHMENT)
                end = ZONE_SLOTS;
        for (; slot < end && st == OK; slot++) {
                st = zone_of(s, u, slot, &zone);
                if (st != OK || !zone)
                        break;
                st = state_of(s, zone, rule, &z);
                if (st == OK)
                        mark(z, h->from_us, h->until_us, h->amended, s->m->seq);
        }
        return st;
}

enum status zone_heard(struct step *s, struct subject *u, enum element el,
                       int64_t from_us, int64_t until_us, bool amended)
{
        struct heard h = {from_us, until_us, amended};
        enum status st = OK;
        bool looks;
        uint32_t i;

        for (i = 0; i < s->g->rules.n_rules && st == OK; i++) {
                if (!s->g->programs[i].zone ||
                    !scope_station(s->g, i, &s->p->stations[u->station]))
                        continue;
                st = hear_rule(s, u, i, el, from_us, &looks);
                if (st == OK && looks)
                        st = mark_zones(s, u, i, &h);
        }
        return st;
}

/* ---- when it changes ---- */

struct times {
        int64_t *at;
        uint32_t n, cap;
        struct err *e;
};

static enum status add(struct times *t, int64_t us)
{
        enum status st;

        if (t->n && t->at[t->n - 1] == us)
                return OK;
        st = subject_grow((void **)&t->at, &t->cap, t->n, sizeof *t->at, t->e);
        if (st == OK)
                t->at[t->n++] = us;
        return st;
}

static int by_time(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return (x > y) - (x < y);
}

static enum status times_of_rain(struct times *t, const struct rain *r,
                                 int64_t from_us, int64_t until_us)
{
        struct walk w;
        uint64_t seq;
        int64_t at_us;
        enum status st = OK;

        walk_begin(&w, r, NULL);
        walk_skip(&w, from_us);
        while (st == OK && walk_next(&w, &at_us, &seq) && at_us <= until_us)
                if (at_us > from_us)
                        st = add(t, at_us);
        return st;
}

static enum status times_of_where(struct times *t, const struct subject *u,
                                  uint32_t rule, int64_t from_us,
                                  int64_t until_us)
{
        enum status st = OK;
        uint32_t i, k;

        for (i = 0; i < u->n_wheres; i++)
                for (k = 0; k < u->wheres[i].n && st == OK; k++)
                        if (u->wheres[i].rule == rule &&
                            u->wheres[i].at[k].time_us > from_us &&
                            u->wheres[i].at[k].time_us <= until_us)
                                st = add(t, u->wheres[i].at[k].time_us);
        return st;
}

enum status zone_times(const struct step *s, const struct subject *u,
                       uint32_t rule, int64_t from_us, int64_t until_us,
                       int64_t **ret, uint32_t *ret_n)
{
        struct times t = {.e = s->e};
        bool areal = expression_watches_rain(&s->g->programs[rule]);
        enum status st = OK;
        uint32_t i, n;

        *ret = NULL;
        *ret_n = 0;
        for (i = 0; i < u->n_station_at && st == OK; i++) {
                const struct subject *m = s->g->stations[u->station_at[i]];

                st = times_of_where(&t, m, rule, from_us, until_us);
                if (st == OK && areal)
                        st = times_of_rain(&t, &m->rain, from_us, until_us);
        }
        for (i = 0; i < u->n_states && st == OK; i++)
                if (u->states[i].rule == rule &&
                    u->states[i].judged_us > from_us &&
                    u->states[i].judged_us <= until_us)
                        st = add(&t, u->states[i].judged_us);
        if (st != OK) {
                free(t.at);
                return st;
        }
        if (t.n)
                qsort(t.at, t.n, sizeof *t.at, by_time);
        for (i = 0, n = 0; i < t.n; i++)
                if (n == 0 || t.at[n - 1] != t.at[i])
                        t.at[n++] = t.at[i];
        *ret = t.at;
        *ret_n = n;
        return OK;
}

/* ---- judging ---- */

/* The stations that meet the worst line that is reached. */
static void gather(const struct step *s, struct subject *zone, uint32_t rule,
                   const struct reading *reading, struct members *ret)
{
        const struct program *p = &s->g->programs[rule];
        struct expr_data d = {.engine = s->g, .rule = rule, .at_us = s->at_us};
        uint32_t i;

        *ret = (struct members){.n = 0};
        for (d.line = p->n_lines; d.line > 0; d.line--)
                if (reading[d.line - 1].reached)
                        break;
        if (d.line == 0 || p->line[--d.line].n_clauses == 0)
                return;
        for (i = 0; i < zone->n_station_at; i++) {
                uint32_t at = zone->station_at[i];
                const struct station *station = &s->p->stations[at];

                if (!station->active ||
                    !zone_holds_station(zone->code, station) ||
                    where_truth(s->g, station, s->g->stations[at], &d, 0) !=
                            TRUTH_YES)
                        continue;
                if (ret->n_listed < MEMBERS_MAX)
                        ret->at[ret->n_listed++] = at;
                ret->n++;
        }
}

static enum status judge_at(struct step *s, struct subject *zone,
                            const struct zone_state *z, int64_t at_us)
{
        struct reading reading[LINES_MAX];
        struct members who;
        int64_t was_us = s->at_us;
        enum status st;

        s->at_us = at_us;
        expression_readings(s->g, s->p, zone, z->rule, at_us, reading);
        gather(s, zone, z->rule, reading, &who);
        zone->meeting = &who;
        st = episode_judge(s, zone, z->rule, reading, z->seq);
        zone->meeting = NULL;
        s->at_us = was_us;
        return st;
}

/* At the instant judged last, of which more may be known now, at each change
 * since, and at the newest instant. */
static enum status judge_on(struct step *s, struct subject *zone,
                            struct zone_state *z)
{
        int64_t *times = NULL;
        uint32_t i, n = 0;
        enum status st = OK;

        if (z->judged_us != TIME_NONE && z->judged_us < z->newest_us) {
                st = judge_at(s, zone, z, z->judged_us);
                if (st == OK)
                        st = zone_times(s, zone, z->rule, z->judged_us,
                                        z->newest_us - 1, &times, &n);
        }
        for (i = 0; i < n && st == OK; i++)
                st = judge_at(s, zone, z, times[i]);
        free(times);
        if (st == OK)
                st = judge_at(s, zone, z, z->newest_us);
        z->judged_us = z->newest_us;
        return st;
}

static enum status judge_past(struct step *s, struct subject *zone,
                              struct zone_state *z)
{
        enum hazard h = s->g->rules.rule[z->rule].hazard;
        int64_t from = z->late_from_us, until = z->late_until_us;
        uint32_t rule = z->rule;
        bool amended = z->amended;
        enum status st;

        z->late_from_us = z->late_until_us = TIME_NONE;
        z->amended = false;
        if (from == TIME_NONE && !past_due(s->g, zone, h, &from, &until))
                return OK;
        if (amended)
                st = amend_zone(s, zone, rule, from, until);
        else {
                past_mark(s->g, zone, h);
                st = past_judge(s, zone, rule, NULL, from, until);
        }
        return st == OK ? amend_again(s, zone, from, until) : st;
}

static enum status judge_state(struct step *s, struct subject *zone,
                               struct zone_state *z)
{
        int64_t at_us = s->at_us;
        enum status st;

        z->dirty = false;
        st = list_stations(s, zone);
        if (st == OK)
                st = judge_on(s, zone, z);
        s->at_us = z->newest_us;
        if (st == OK)
                st = judge_past(s, zone, z);
        s->at_us = at_us;
        return st;
}

/* ---- rules that time alone changes ---- */

static enum status minute_station(struct step *s, uint32_t rule,
                                  uint32_t station)
{
        struct subject *u = subject_known(s->g, station);
        struct reading reading[LINES_MAX];
        enum status st = OK;

        if (!s->p->stations[station].active ||
            !scope_station(s->g, rule, &s->p->stations[station]))
                return OK;
        if (!u && s->g->programs[rule].incidents)
                st = subject_station(s->g, s->p, station, &u, s->e);
        if (st != OK || !u)
                return st;
        expression_readings(s->g, s->p, u, rule, s->at_us, reading);
        return episode_judge(s, u, rule, reading, s->m->seq);
}

static enum status minute_zones(struct step *s, uint32_t rule)
{
        enum zone_level level = s->g->rules.rule[rule].zone_level;
        struct zone_state z = {.rule = rule, .seq = s->m->seq};
        char code[SUBJECT_MAX + 1];
        struct subject *zone;
        enum status st = OK;
        uint32_t i = 0;

        while (st == OK && places_next_zone(s->p, level, &i, code)) {
                if (!scope_zone(s->g, rule, s->p, code))
                        continue;
                st = subject_other(s->g, SUBJECT_ZONE, code, &zone, s->e);
                if (st == OK)
                        st = list_stations(s, zone);
                if (st == OK)
                        st = judge_at(s, zone, &z, s->at_us);
        }
        return st;
}

static enum status minute(struct step *s)
{
        struct engine *g = s->g;
        enum status st = OK;
        uint32_t i, k;

        if (s->m->engine_us < g->next_minute_us)
                return OK;
        s->at_us = s->m->engine_us / MINUTE_US * MINUTE_US;
        g->next_minute_us = s->at_us + MINUTE_US;
        for (i = 0; i < g->rules.n_rules && st == OK; i++) {
                if (!g->programs[i].ticks)
                        continue;
                if (g->programs[i].zone)
                        st = minute_zones(s, i);
                for (k = 0; k < s->p->n_stations && st == OK; k++)
                        if (!g->programs[i].zone)
                                st = minute_station(s, i, k);
        }
        s->at_us = s->m->engine_us;
        return st;
}

enum status zone_tick(struct step *s)
{
        struct engine *g = s->g;
        enum status st = OK;
        uint32_t i, k;

        for (i = 0; i < g->n_others && st == OK; i++)
                for (k = 0; k < g->others[i]->n_states && st == OK; k++) {
                        struct zone_state *z = &g->others[i]->states[k];

                        if (z->dirty && !g->programs[z->rule].ticks)
                                st = judge_state(s, g->others[i], z);
                }
        return st == OK ? minute(s) : st;
}

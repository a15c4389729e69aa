/* alerts/engine.c -- the door: each call finds the rules that look, lets
 * them judge, and brings the episodes in line.
 *
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdlib.h>
#include <string.h>

enum status engine_create(struct engine **ret, struct err *e)
{
        struct engine *g = calloc(1, sizeof *g);

        if (!g)
                return err_set(e, ERR_MEMORY, "engine");
        g->broker_up_us = TIME_NONE;
        *ret = g;
        return OK;
}

void engine_free(struct engine *g)
{
        uint32_t i;

        if (!g)
                return;
        for (i = 0; i < g->n_stations; i++)
                subject_free(g->stations[i]);
        for (i = 0; i < g->n_others; i++)
                subject_free(g->others[i]);
        free(g->stations);
        free(g->others);
        free(g->alerts);
        free(g->episodes);
        free(g);
}

const struct rule_set *engine_rule_set(const struct engine *g)
{
        return &g->rules;
}

/* Index of the rule of the same id and kind in the new set. */
static uint32_t same_rule(const struct rule *old, const struct rule_set *set)
{
        uint32_t i;

        for (i = 0; i < set->n_rules; i++)
                if (set->rule[i].kind == old->kind &&
                    strcmp(set->rule[i].id, old->id) == 0)
                        return i;
        return NO_INDEX;
}

/* A line keeps its state when the new rule has one of the same level. */
static void carry_lines(void *lines, size_t size, const struct rule *old,
                        const struct rule *now, const void *off)
{
        char kept[LINES_MAX * 128];
        uint32_t i, k;

        memcpy(kept, lines, LINES_MAX * size);
        for (i = 0; i < LINES_MAX; i++) {
                memcpy((char *)lines + i * size, off, size);
                for (k = 0; i < now->n_lines && k < old->n_lines; k++)
                        if (old->line[k].level == now->line[i].level)
                                memcpy((char *)lines + i * size,
                                       kept + k * size, size);
        }
}

static void carry_subject(struct subject *u, const struct rule_set *old,
                          const struct rule_set *now)
{
        static const struct outlook_line no_outlook;
        struct trigger off;
        uint32_t i, n = 0, to;

        trigger_clear(&off);
        for (i = 0; i < u->n_tracks; i++) {
                struct track t = u->tracks[i];

                to = same_rule(&old->rule[t.rule], now);
                if (to == NO_INDEX)
                        continue;
                carry_lines(t.line, sizeof off, &old->rule[t.rule],
                            &now->rule[to], &off);
                t.rule = to;
                u->tracks[n++] = t;
        }
        u->n_tracks = n;
        for (i = 0, n = 0; i < u->n_outlooks; i++) {
                struct outlook o = u->outlooks[i];

                to = same_rule(&old->rule[o.rule], now);
                if (to == NO_INDEX)
                        continue;
                carry_lines(o.line, sizeof no_outlook, &old->rule[o.rule],
                            &now->rule[to], &no_outlook);
                o.rule = to;
                u->outlooks[n++] = o;
        }
        u->n_outlooks = n;
}

enum status engine_rules(struct engine *g, const struct rule_set *rules,
                         struct err *e)
{
        struct subject *u;
        uint32_t i = 0;

        if (rules->n_rules > RULES_MAX)
                return err_set(e, ERR_FULL, "%u rules, at most %d",
                               rules->n_rules, RULES_MAX);
        while ((u = subject_each(g, &i)) != NULL)
                carry_subject(u, &g->rules, rules);
        g->rules = *rules;
        g->rules_changed = true;
        g->next_silence_us = 0;
        return OK;
}

enum status engine_judge(struct step *s, struct subject *u, uint32_t rule,
                         const struct reading *reading, uint64_t seq)
{
        const struct rule *r = &s->g->rules.rule[rule];
        struct track *t;
        enum status st = subject_track(u, rule, &t, s->e);

        if (st != OK)
                return st;
        track_step(t, r, reading, s->at_us, seq);
        return episode_refresh(s, u, r->hazard);
}

void scalar_readings(const struct station *s, const struct rule *r,
                     enum element el, int64_t value_milli, int64_t at_us,
                     struct reading *ret)
{
        bool level =
                r->kind == RULE_RIVER_LEVEL || r->kind == RULE_RESERVOIR_LIMIT;
        uint32_t i;

        for (i = 0; i < r->n_lines; i++) {
                int64_t limit = r->line[i].value_milli;

                if (level)
                        limit = level_threshold(s, &r->line[i], at_us);
                ret[i] = (struct reading){limit == LEVEL_UNSET, false,
                                          value_milli, limit, el};
        }
}

static bool watches(const struct rule *r, const struct station *s,
                    enum element el)
{
        if (r->kind == RULE_FORECAST_LEVEL)
                return false;
        return level_watches(r, s, el) || wind_watches(r, s, el) ||
               soil_watches(r, el);
}

/* Is it worth keeping: a rule looks, or level forecasts are made of it? */
static bool wanted(const struct engine *g, const struct station *s,
                   enum element el)
{
        uint32_t i;

        if (el == ELEMENT_Z &&
            (s->kind == STATION_RIVER || s->kind == STATION_RESERVOIR))
                return true;
        for (i = 0; i < g->rules.n_rules; i++)
                if (watches(&g->rules.rule[i], s, el))
                        return true;
        return false;
}

/* A reservoir may send Z or ZU; what came first is its level. */
static bool is_other_level(struct subject *u, enum element el)
{
        if (el != ELEMENT_Z && el != ELEMENT_ZU)
                return false;
        if (u->level_element == ELEMENT_count)
                u->level_element = el;
        return u->level_element != el;
}

static bool any_reached(const struct rule *r, const struct reading *reading)
{
        uint32_t i;

        for (i = 0; i < r->n_lines; i++)
                if (line_reached(r, &reading[i]))
                        return true;
        return false;
}

/* In its order: the rule steps.  Late: the past is looked at, and again
 * when an episode that late data fell into has ended. */
static enum status judge_one(struct step *s, struct subject *u, uint32_t rule,
                             const struct observation *o, bool newest)
{
        const struct rule *r = &s->g->rules.rule[rule];
        const struct series *x = level_series_find(u, o->element);
        struct reading reading[LINES_MAX];
        int64_t from, until;
        enum status st;

        scalar_readings(&s->p->stations[o->station], r, o->element,
                        o->value_milli, o->time_us, reading);
        if (!newest) {
                past_mark(s->g, u, r->hazard);
                if (!any_reached(r, reading) &&
                    !past_covered(s->g, u, r->hazard, o->time_us, o->time_us))
                        return OK; /* quiet then, and nothing stood */
                return past_scalar(s, u, rule, x, o->time_us, o->time_us);
        }
        st = engine_judge(s, u, rule, reading, o->seq);
        if (st == OK && past_due(s->g, u, r->hazard, &from, &until))
                st = past_scalar(s, u, rule, x, from, until);
        return st;
}

static enum status judge_scalar(struct step *s, struct subject *u,
                                const struct observation *o, bool newest)
{
        const struct station *station = &s->p->stations[o->station];
        enum status st = OK;
        uint32_t i;

        for (i = 0; i < s->g->rules.n_rules && st == OK; i++)
                if (watches(&s->g->rules.rule[i], station, o->element))
                        st = judge_one(s, u, i, o, newest);
        return st;
}

enum status engine_observe(struct engine *g, const struct places *p,
                           const struct observation *o, const struct moment *m,
                           struct effects *fx, struct err *e)
{
        struct step s = {g, p, m, fx, e, o->time_us, NULL};
        struct sample sample = {o->time_us, o->value_milli, o->seq};
        bool newest = false;
        struct subject *u;
        enum status st;

        if (!marks_usable(o->marks))
                return OK;
        st = subject_station(g, p, o->station, &u, e);
        if (st != OK)
                return st;
        if (o->element == ELEMENT_PD)
                return drought_daily(&s, u, o);
        if (!wanted(g, &p->stations[o->station], o->element) ||
            is_other_level(u, o->element))
                return OK;
        st = level_series_put(u, o->element, &sample, &newest, e);
        if (st == ERR_DUPLICATE)
                return OK;
        return st == OK ? judge_scalar(&s, u, o, newest) : st;
}

static void say_unsure(struct subject *u, const struct rule *r,
                       const struct reading *reading)
{
        uint32_t i;

        for (i = 0; i < r->n_lines; i++)
                if (reading[i].unsure &&
                    reading[i].value_milli < reading[i].threshold_milli)
                        u->unsure = true;
}

/* Can a window that holds the late slot reach a line at all?  All rain
 * that any such window can hold is looked at at once. */
static bool may_reach(const struct subject *u, const struct rule *r,
                      int64_t late_us)
{
        int64_t covered;
        uint32_t i;

        for (i = 0; i < r->n_lines; i++) {
                int64_t w = r->line[i].window_us;

                if (window_rain_sum(&u->rain, late_us + w, 2 * w, &covered) >=
                    r->line[i].value_milli)
                        return true;
        }
        return false;
}

static enum status judge_rain(struct step *s, struct subject *u, uint32_t rule,
                              const struct rain_slot *slot)
{
        const struct rule *r = &s->g->rules.rule[rule];
        struct reading reading[LINES_MAX];
        int64_t from = slot->end_us, until = slot->end_us;
        enum status st;

        s->at_us = u->rain.at[u->rain.n - 1].end_us;
        rain_readings(&u->rain, r, s->at_us, reading);
        say_unsure(u, r, reading);
        st = engine_judge(s, u, rule, reading, slot->seq);
        if (slot->end_us < s->at_us) {
                past_mark(s->g, u, r->hazard);
                if (!may_reach(u, r, slot->end_us) &&
                    !past_covered(s->g, u, r->hazard, slot->begin_us,
                                  slot->end_us + past_widest(r)))
                        return st;
        } else if (!past_due(s->g, u, r->hazard, &from, &until))
                return st;
        return st == OK ? past_rain(s, u, rule, from, until) : st;
}

enum status engine_rain(struct engine *g, const struct places *p,
                        const struct rain_slot *slot, const struct moment *m,
                        struct effects *fx, struct err *e)
{
        struct step s = {g, p, m, fx, e, slot->end_us, NULL};
        int64_t newest, added, covered;
        struct subject *u;
        uint32_t i;
        enum status st = subject_station(g, p, slot->station, &u, e);

        if (st != OK || slot->begin_us >= slot->end_us)
                return st;
        newest = u->rain.n ? u->rain.at[u->rain.n - 1].end_us : slot->end_us;
        if (slot->end_us <= newest - RAIN_KEEP_US)
                return OK;
        st = rain_put(&u->rain, slot, &added, &covered, e);
        if (st == OK)
                st = drought_slot(&s, u, slot->end_us, added, covered);
        u->unsure = false;
        for (i = 0; i < g->rules.n_rules && st == OK; i++)
                if (g->rules.rule[i].kind == RULE_RAIN_SUM)
                        st = judge_rain(&s, u, i, slot);
        return st;
}

/* A new rule set may have taken the rule of a standing episode away. */
static enum status rejudge(struct step *s)
{
        struct subject *u;
        uint32_t i = 0;
        enum status st = OK;
        int h;

        if (!s->g->rules_changed)
                return OK;
        s->g->rules_changed = false;
        s->why = "规则已更换";
        while (st == OK && (u = subject_each(s->g, &i)) != NULL)
                for (h = 0; h < hazard_count && st == OK; h++)
                        if (u->head != NO_INDEX)
                                st = episode_refresh(s, u, (enum hazard)h);
        s->why = NULL;
        return st;
}

enum status engine_tick(struct engine *g, const struct places *p,
                        const struct moment *m, struct effects *fx,
                        struct err *e)
{
        struct step s = {g, p, m, fx, e, m->engine_us, NULL};
        enum status st = rejudge(&s);

        if (st == OK)
                st = link_tick(&s);
        if (st == OK)
                st = silence_tick(&s);
        if (st == OK)
                st = outlook_tick(&s);
        if (st != OK)
                return st;
        coordinate_tick(&s);
        if (m->engine_us >= g->next_sweep_us) {
                episode_sweep(g, m->engine_us);
                g->next_sweep_us = m->engine_us + HOUR_US;
        }
        return OK;
}

uint32_t engine_alerts(const struct engine *g, const struct alert **ret)
{
        *ret = g->alerts;
        return g->n_alerts;
}

const struct alert *engine_find(const struct engine *g, struct text id)
{
        uint32_t i;

        for (i = g->n_alerts; i > 0; i--)
                if (text_is(id, g->alerts[i - 1].id))
                        return &g->alerts[i - 1];
        return NULL;
}

void engine_count(const struct engine *g, struct engine_counts *ret)
{
        uint32_t i;

        *ret = g->counts;
        memset(ret->open, 0, sizeof ret->open);
        for (i = 0; i < g->n_alerts; i++)
                if (alert_is_live(&g->alerts[i]))
                        ret->open[g->alerts[i].hazard][g->alerts[i].level]++;
}

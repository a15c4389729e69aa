/* alerts/observe.c -- an observation or a slot of rain, judged by the rules
 * that look at it.
 *
 * Holds:  in its order a rule steps; late data has the past looked at.
 * Thread: one owner; pure. */
#include "alerts/rerun.h"

/* Is it worth keeping: a rule looks, or level forecasts are made of it? */
static bool wanted(const struct engine *g, const struct station *s,
                   enum element el)
{
        uint32_t i;

        if (el == ELEMENT_Z &&
            (s->kind == STATION_RIVER || s->kind == STATION_RESERVOIR))
                return true;
        for (i = 0; i < g->rules.n_rules; i++)
                if (watch_value(g, i, s, el) ||
                    expression_keeps(&g->programs[i], s, el))
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
                if (trigger_reached(r, &reading[i]))
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

        level_readings(&s->p->stations[o->station], r, o->element,
                       o->value_milli, o->time_us, reading);
        if (!newest) {
                past_mark(s->g, u, r->hazard);
                if (!any_reached(r, reading) &&
                    !past_covered(s->g, u, r->hazard, o->time_us, o->time_us))
                        return OK; /* quiet then, and nothing stood */
                return past_judge(s, u, rule, x, o->time_us, o->time_us);
        }
        st = episode_judge(s, u, rule, reading, o->seq);
        if (st == OK && past_due(s->g, u, r->hazard, &from, &until))
                st = past_judge(s, u, rule, x, from, until);
        return st;
}

/* The newest instant of the data that an expression looks at. */
static int64_t newest_of(const struct program *p, const struct station *s,
                         const struct subject *u)
{
        int64_t newest = TIME_NONE;
        uint32_t i;

        if (expression_watches_rain(p) && u->rain.n)
                newest = u->rain.at[u->rain.n - 1].end_us;
        for (i = 0; i < u->n_series; i++) {
                const struct series *x = &u->series[i];

                if (x->n && x->at[x->n - 1].time_us > newest &&
                    expression_watches(p, s, x->element))
                        newest = x->at[x->n - 1].time_us;
        }
        return newest;
}

static enum status expression_past(struct step *s, struct subject *u,
                                   uint32_t rule, int64_t from_us,
                                   int64_t until_us, bool late)
{
        enum hazard h = s->g->rules.rule[rule].hazard;
        int64_t last_us = until_us + expression_widest(&s->g->programs[rule]);

        if (!late) {
                if (!past_due(s->g, u, h, &from_us, &until_us))
                        return OK;
        } else {
                past_mark(s->g, u, h);
                if (!past_covered(s->g, u, h, from_us, last_us) &&
                    !rerun_reaches(s, u, rule, NULL, LEVEL_NONE, from_us,
                                   last_us))
                        return OK; /* quiet then, and nothing stood */
        }
        return past_judge(s, u, rule, NULL, from_us, until_us);
}

/* Data of from..until has come: an expression is judged at the newest
 * instant of what it looks at; late data has the past looked at too. */
static enum status judge_expression(struct step *s, struct subject *u,
                                    uint32_t rule, int64_t from_us,
                                    int64_t until_us, uint64_t seq)
{
        const struct station *station = &s->p->stations[u->station];
        struct reading reading[LINES_MAX];
        int64_t at_us = s->at_us;
        enum status st;

        s->at_us = newest_of(&s->g->programs[rule], station, u);
        expression_readings(s->g, s->p, u, rule, s->at_us, reading);
        st = episode_judge(s, u, rule, reading, seq);
        if (st == OK)
                st = expression_past(s, u, rule, from_us, until_us,
                                     until_us < s->at_us);
        s->at_us = at_us;
        return st;
}

static enum status judge_scalar(struct step *s, struct subject *u,
                                const struct observation *o, bool newest)
{
        const struct station *station = &s->p->stations[o->station];
        enum status st = OK;
        uint32_t i;

        for (i = 0; i < s->g->rules.n_rules && st == OK; i++) {
                if (!watch_value(s->g, i, station, o->element))
                        continue;
                if (s->g->rules.rule[i].kind == RULE_EXPRESSION)
                        st = judge_expression(s, u, i, o->time_us, o->time_us,
                                              o->seq);
                else
                        st = judge_one(s, u, i, o, newest);
        }
        return st;
}

enum status observe_value(struct step *s, const struct observation *o)
{
        struct sample sample = {o->time_us, o->value_milli, o->seq};
        bool revised = o->marks & MARK_REVISED, newest = false, replaced;
        struct subject *u;
        enum status st;

        if (!marks_usable(o->marks))
                return OK;
        st = subject_station(s->g, s->p, o->station, &u, s->e);
        if (st != OK)
                return st;
        if (!wanted(s->g, &s->p->stations[o->station], o->element) ||
            is_other_level(u, o->element))
                return OK;
        st = level_series_put(u, o->element, &sample, revised, &newest,
                              &replaced, s->e);
        if (st == ERR_DUPLICATE)
                return OK;
        if (st == OK)
                st = zone_heard(s, u, o->element, o->time_us, o->time_us,
                                replaced);
        if (st != OK)
                return st;
        if (replaced)
                return amend_value(s, u, o->element, o->time_us);
        st = judge_scalar(s, u, o, newest);
        if (st == OK && (!newest || s->amended_ended))
                st = amend_again(s, u, o->time_us, o->time_us);
        return st;
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

/* A dry slot right behind what was judged last: no sum of rain grows, so a
 * line of sums that is off stays off, and nothing has to be judged.  Most
 * slots of a year are such. */
static bool stays_off(struct step *s, const struct subject *u, uint32_t rule,
                      const struct rain_slot *slot)
{
        const struct engine *g = s->g;
        const struct rule *r = &g->rules.rule[rule];
        struct track *t = subject_find_track(u, rule);
        uint32_t i;

        if (!t || t->judged_us != slot->begin_us || t->table != g->table ||
            g->rules_changed || g->n_alerts >= EPISODES_MAX ||
            past_waits(g, u, r->hazard))
                return false;
        if (r->kind != RULE_RAIN_SUM && !g->programs[rule].sums_only)
                return false;
        for (i = 0; i < r->n_lines; i++)
                if (t->line[i].on)
                        return false;
        t->judged_us = slot->end_us;
        return true;
}

static enum status judge_rain(struct step *s, struct subject *u, uint32_t rule,
                              const struct rain_slot *slot)
{
        const struct rule *r = &s->g->rules.rule[rule];
        struct reading reading[LINES_MAX];
        int64_t from = slot->end_us, until = slot->end_us;
        enum status st;

        s->at_us = u->rain.at[u->rain.n - 1].end_us;
        window_rain_readings(&u->rain, r, s->at_us, reading);
        say_unsure(u, r, reading);
        st = episode_judge(s, u, rule, reading, slot->seq);
        if (slot->end_us < s->at_us) {
                past_mark(s->g, u, r->hazard);
                if (!may_reach(u, r, slot->end_us) &&
                    !past_covered(s->g, u, r->hazard, slot->begin_us,
                                  slot->end_us + past_widest(s->g, rule)))
                        return st;
        } else if (!past_due(s->g, u, r->hazard, &from, &until))
                return st;
        return st == OK ? past_judge(s, u, rule, NULL, from, until) : st;
}

enum status observe_rain(struct step *s, const struct rain_slot *slot)
{
        const struct rule_set *rules = &s->g->rules;
        int64_t newest, added, covered;
        struct subject *u;
        bool amended, dry;
        uint32_t i;
        enum status st = subject_station(s->g, s->p, slot->station, &u, s->e);

        if (st != OK || slot->begin_us >= slot->end_us)
                return st;
        newest = u->rain.n ? u->rain.at[u->rain.n - 1].end_us : slot->end_us;
        if (slot->end_us <= newest - RAIN_KEEP_US)
                return OK;
        st = window_rain_put(&u->rain, slot, &added, &covered, s->e);
        if (st == OK)
                st = drought_slot(s, u, slot->end_us, added, covered);
        /* Rain that was known otherwise: nothing of it is new. */
        amended = added && covered < slot->end_us - slot->begin_us;
        if (st == OK)
                st = zone_heard(s, u, ELEMENT_count, slot->begin_us,
                                slot->end_us, amended);
        if (st == OK && amended)
                return amend_rain(s, u, slot);
        dry = slot->amount_milli == 0 && !u->unsure;
        u->unsure = false;
        for (i = 0; i < rules->n_rules && st == OK; i++)
                if (!watch_rain(s->g, i, &s->p->stations[slot->station]) ||
                    (dry && stays_off(s, u, i, slot)))
                        continue;
                else if (rules->rule[i].kind == RULE_RAIN_SUM)
                        st = judge_rain(s, u, i, slot);
                else
                        st = judge_expression(s, u, i, slot->begin_us,
                                              slot->end_us, slot->seq);
        if (st == OK && (slot->end_us < newest || s->amended_ended))
                st = amend_again(s, u, slot->begin_us, slot->end_us);
        return st;
}

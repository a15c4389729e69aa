/* alerts/amend.c -- a value that replaces one which was judged already.
 *
 * In:     the station's data, the new value in its place.
 * Out:    tracks as they would be had the new value come at first; what it
 *         makes of times gone by, as for a late value; and an episode whose
 *         crossing is no longer there ends as withdrawn, with the reason.
 * Holds:  what was shown stays in the record.  An episode that began before
 *         what is kept of the data is left alone.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <string.h>

/* What has changed: an element's series, or (ELEMENT_count) the rain. */
struct amended {
        enum element element;
        int64_t from_us, until_us;
};

static bool concerns(const struct step *s, const struct subject *u,
                     uint32_t rule, const struct amended *a)
{
        if (u->kind == SUBJECT_ZONE)
                return watch_zone(s->g, rule, s->p, u);
        if (a->element == ELEMENT_count)
                return watch_rain(s->g, rule, &s->p->stations[u->station]);
        return watch_value(s->g, rule, &s->p->stations[u->station], a->element);
}

/* The series of a rule of a kind; an expression finds its own. */
static const struct series *series_for(const struct step *s,
                                       const struct subject *u, uint32_t rule,
                                       enum element el)
{
        if (s->g->rules.rule[rule].kind == RULE_EXPRESSION ||
            el == ELEMENT_count)
                return NULL;
        return level_series_find(u, el);
}

/* Was it raised by the rule; or by what other stations observed? */
static bool is_rule(const struct step *s, uint32_t rule, uint32_t episode)
{
        return strcmp(s->g->alerts[episode].rule, s->g->rules.rule[rule].id) ==
               0;
}

static bool grounds(struct step *s, const struct subject *u, uint32_t rule,
                    uint32_t episode)
{
        const struct station *station = &s->p->stations[u->station];
        const struct rule *r = &s->g->rules.rule[rule];
        uint32_t i;

        if (u->kind == SUBJECT_ZONE)
                return watch_zone(s->g, rule, s->p, u)
                               ? past_grounds(s, u, rule, NULL, episode)
                               : is_rule(s, rule, episode);
        if (!scope_station(s->g, rule, station))
                return false;
        /* Days in a row, silence and calls are not walked again here. */
        if (r->kind == RULE_DRY_DAYS || s->g->programs[rule].ticks)
                return is_rule(s, rule, episode);
        if (r->kind == RULE_EXPRESSION || watch_rain(s->g, rule, station))
                return past_grounds(s, u, rule, NULL, episode);
        for (i = 0; i < u->n_series; i++)
                if (watch_value(s->g, rule, station, u->series[i].element) &&
                    past_grounds(s, u, rule, &u->series[i], episode))
                        return true;
        return false;
}

/* What was merged into a withdrawn episode stands for itself again. */
static void unmerge(struct step *s, const struct subject *u, uint32_t from)
{
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = s->g->episodes[i].older) {
                struct alert *a = &s->g->alerts[i];

                if (strcmp(a->merged_into, s->g->alerts[from].id) != 0)
                        continue;
                a->merged_into[0] = '\0';
                transition_push(s, i, TRANSITION_MERGED, a->level, a->state,
                                agency_count, NULL, "数据更正：并入取消");
        }
}

/* Withdraws the episode when it rests on nothing. */
static void look_again(struct step *s, struct subject *u, uint32_t episode)
{
        const struct engine *g = s->g;
        uint32_t i;

        for (i = 0; i < g->rules.n_rules; i++)
                if (g->rules.rule[i].hazard == g->alerts[episode].hazard &&
                    grounds(s, u, i, episode))
                        return;
        episode_withdraw(s, episode, "数据更正：依据已不存在");
        unmerge(s, u, episode);
}

static bool is_observed(const struct engine *g, uint32_t i, enum hazard h)
{
        return g->alerts[i].hazard == h && g->episodes[i].was_observed &&
               g->alerts[i].state != ALERT_WITHDRAWN;
}

static bool meets(const struct engine *g, uint32_t i, const struct amended *a)
{
        return g->episodes[i].begin_us <= a->until_us &&
               (g->alerts[i].ended_us == TIME_NONE ||
                g->alerts[i].ended_us >= a->from_us);
}

/* The change concerns all the time of the episodes that it falls into. */
static struct amended widen(const struct engine *g, const struct subject *u,
                            enum hazard h, struct amended a)
{
        struct amended all = a;
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older) {
                if (!is_observed(g, i, h) || !meets(g, i, &a))
                        continue;
                if (g->episodes[i].begin_us < all.from_us)
                        all.from_us = g->episodes[i].begin_us;
                if (g->alerts[i].ended_us > all.until_us)
                        all.until_us = g->alerts[i].ended_us;
        }
        return all;
}

static void withdraw(struct step *s, struct subject *u, enum hazard h,
                     const struct amended *a)
{
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = s->g->episodes[i].older)
                if (is_observed(s->g, i, h) && meets(s->g, i, a)) {
                        s->g->episodes[i].amended = true;
                        look_again(s, u, i);
                }
}

/* What other crossings the time of the episode holds. */
static enum status judge_time_of(struct step *s, struct subject *u,
                                 uint32_t episode)
{
        const struct station *station = &s->p->stations[u->station];
        enum hazard h = s->g->alerts[episode].hazard;
        int64_t from_us = s->g->episodes[episode].begin_us;
        int64_t until_us = s->g->alerts[episode].ended_us;
        enum status st = OK;
        uint32_t i, k;

        for (i = 0; i < s->g->rules.n_rules && st == OK; i++) {
                if (s->g->rules.rule[i].hazard != h)
                        continue;
                if (u->kind == SUBJECT_ZONE ? !watch_zone(s->g, i, s->p, u)
                                            : !scope_station(s->g, i, station))
                        continue;
                if (s->g->rules.rule[i].kind == RULE_EXPRESSION ||
                    watch_rain(s->g, i, station)) {
                        st = past_judge(s, u, i, NULL, from_us, until_us);
                        continue;
                }
                for (k = 0; k < u->n_series && st == OK; k++)
                        if (watch_value(s->g, i, station, u->series[k].element))
                                st = past_judge(s, u, i, &u->series[k], from_us,
                                                until_us);
        }
        return st;
}

enum status amend_again(struct step *s, struct subject *u, int64_t from_us,
                        int64_t until_us)
{
        struct amended late = {ELEMENT_count, from_us,
                               until_us + EXPR_WINDOW_MAX_US};
        enum status st = OK;
        uint32_t i, older;

        /* Making room may have moved them all. */
        for (i = u->head; i < s->g->n_alerts && st == OK; i = older) {
                older = s->g->episodes[i].older;
                if (!s->g->episodes[i].amended ||
                    s->g->alerts[i].state == ALERT_WITHDRAWN ||
                    alert_is_live(&s->g->alerts[i]) || !meets(s->g, i, &late))
                        continue;
                look_again(s, u, i);
                st = judge_time_of(s, u, i);
        }
        return st;
}

static enum status amend_hazard(struct step *s, struct subject *u,
                                enum hazard h, const struct amended *a)
{
        const struct rule_set *set = &s->g->rules;
        struct amended all = *a;
        int64_t widest_us = 0;
        bool any = false;
        enum status st = OK;
        uint32_t i;

        for (i = 0; i < set->n_rules && st == OK; i++) {
                if (set->rule[i].hazard != h || !concerns(s, u, i, a))
                        continue;
                any = true;
                if (past_widest(s->g, i) > widest_us)
                        widest_us = past_widest(s->g, i);
                st = past_retrack(s, u, i, series_for(s, u, i, a->element));
        }
        if (st != OK || !any)
                return st;
        all.until_us += widest_us;
        all = widen(s->g, u, h, all);
        past_mark(s->g, u, h);
        withdraw(s, u, h, &all);
        s->why = "数据更正：监测值未达到标准";
        st = episode_refresh(s, u, h);
        s->why = NULL;
        for (i = 0; i < set->n_rules && st == OK; i++)
                if (set->rule[i].hazard == h && concerns(s, u, i, a))
                        st = past_judge(s, u, i,
                                        series_for(s, u, i, a->element),
                                        all.from_us, all.until_us);
        return st;
}

static enum status amend_all(struct step *s, struct subject *u,
                             const struct amended *a, int64_t newest_us)
{
        int64_t at_us = s->at_us;
        enum status st = OK;
        int h;

        s->at_us = newest_us;
        for (h = 0; h < hazard_count && st == OK; h++)
                st = amend_hazard(s, u, (enum hazard)h, a);
        if (st == OK && s->amended_ended)
                st = amend_again(s, u, a->from_us, a->until_us);
        s->at_us = at_us;
        return st;
}

enum status amend_value(struct step *s, struct subject *u, enum element el,
                        int64_t time_us)
{
        const struct series *x = level_series_find(u, el);

        return amend_all(s, u, &(struct amended){el, time_us, time_us},
                         x->at[x->n - 1].time_us);
}

enum status amend_rain(struct step *s, struct subject *u,
                       const struct rain_slot *slot)
{
        return amend_all(
                s, u,
                &(struct amended){ELEMENT_count, slot->begin_us, slot->end_us},
                u->rain.at[u->rain.n - 1].end_us);
}

enum status amend_zone(struct step *s, struct subject *u, uint32_t rule,
                       int64_t from_us, int64_t until_us)
{
        struct amended a = {ELEMENT_count, from_us, until_us};

        return amend_hazard(s, u, s->g->rules.rule[rule].hazard, &a);
}

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
        if (a->element == ELEMENT_count)
                return watch_rain(s->g, rule);
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

/* Has the rule a crossing that the episode stands for? */
static bool founds(struct step *s, const struct subject *u, uint32_t rule,
                   uint32_t episode)
{
        const struct station *station = &s->p->stations[u->station];
        const struct rule *r = &s->g->rules.rule[rule];
        uint32_t i;

        /* Days in a row are not walked again here. */
        if (r->kind == RULE_DRY_DAYS)
                return strcmp(s->g->alerts[episode].rule, r->id) == 0;
        if (r->kind == RULE_EXPRESSION || watch_rain(s->g, rule))
                return past_founds(s, u, rule, NULL, episode);
        for (i = 0; i < u->n_series; i++)
                if (watch_value(s->g, rule, station, u->series[i].element) &&
                    past_founds(s, u, rule, &u->series[i], episode))
                        return true;
        return false;
}

static bool founded(struct step *s, const struct subject *u, uint32_t episode)
{
        uint32_t i;

        for (i = 0; i < s->g->rules.n_rules; i++)
                if (s->g->rules.rule[i].hazard ==
                            s->g->alerts[episode].hazard &&
                    founds(s, u, i, episode))
                        return true;
        return false;
}

/* Episodes that the change can have taken the ground from. */
static void withdraw(struct step *s, struct subject *u, enum hazard h,
                     const struct amended *a, int64_t widest_us)
{
        struct engine *g = s->g;
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older) {
                if (g->alerts[i].hazard != h || !g->episodes[i].was_observed ||
                    g->alerts[i].state == ALERT_WITHDRAWN)
                        continue;
                if (g->episodes[i].begin_us > a->until_us + widest_us ||
                    (g->alerts[i].ended_us != TIME_NONE &&
                     g->alerts[i].ended_us < a->from_us))
                        continue;
                if (!founded(s, u, i))
                        episode_withdraw(s, i, "数据更正：依据已不存在");
        }
}

static enum status amend_hazard(struct step *s, struct subject *u,
                                enum hazard h, const struct amended *a)
{
        const struct rule_set *set = &s->g->rules;
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
        withdraw(s, u, h, a, widest_us);
        s->why = "数据更正：监测值未达到标准";
        st = episode_refresh(s, u, h);
        s->why = NULL;
        for (i = 0; i < set->n_rules && st == OK; i++)
                if (set->rule[i].hazard == h && concerns(s, u, i, a))
                        st = past_judge(s, u, i,
                                        series_for(s, u, i, a->element),
                                        a->from_us, a->until_us);
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

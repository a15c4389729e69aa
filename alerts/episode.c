/* alerts/episode.c -- the life of an episode: raised, graded, ended.
 *
 * In:     the levels that a subject's tracks (observed) and outlooks
 *         (forecast) have reached.
 * Out:    effects: the alert after each transition.
 * Holds:  at most one live episode per (subject, hazard); its level is the
 *         higher of observed and forecast.  A forecast counts only above
 *         what is observed.  A zone's forecast of rain is observed when a
 *         gauge in the zone reaches a line.  An episode an officer closed
 *         stays closed
 *         while its cause lasts, unless the grade gets worse.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t episode_live(const struct engine *g, const struct subject *u,
                      enum hazard h)
{
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older)
                if (g->alerts[i].hazard == h && alert_is_live(&g->alerts[i]))
                        return i;
        return NO_INDEX;
}

static void lead_tracks(const struct engine *g, const struct subject *u,
                        enum hazard h, struct lead *ret)
{
        uint32_t i, line = 0;

        *ret = (struct lead){.level = LEVEL_NONE};
        for (i = 0; i < u->n_tracks; i++) {
                const struct track *t = &u->tracks[i];
                const struct rule *r = &g->rules.rule[t->rule];
                enum level level;

                if (r->hazard != h)
                        continue;
                level = trigger_level(t, r, &line);
                if (level < ret->level || level == LEVEL_NONE ||
                    (level == ret->level && r > ret->rule))
                        continue;
                *ret = (struct lead){.level = level,
                                     .rule = r,
                                     .line = line,
                                     .on_us = t->line[line].on_us,
                                     .value_milli = t->line[line].value_milli,
                                     .threshold_milli =
                                             t->line[line].threshold_milli,
                                     .seq = t->line[line].seq,
                                     .element = t->line[line].element,
                                     .window_us = t->line[line].window_us,
                                     .from = u};
        }
}

static bool in_zone(const struct places *p, const struct alert *a,
                    const char *zone)
{
        if (subject_zone_level(zone) > ZONE_TOWN)
                return a->station < p->n_stations &&
                       zone_holds_station(zone, &p->stations[a->station]);
        return strcmp(a->zone, zone) == 0 ||
               subject_zone_over(zone, a->county, a->zone);
}

/* The worst that the zone's stations have observed. */
static void lead_zone(const struct step *s, const struct subject *zone,
                      enum hazard h, struct lead *ret)
{
        const struct engine *g = s->g;
        struct lead one;
        uint32_t i;

        *ret = (struct lead){.level = LEVEL_NONE};
        for (i = 0; i < g->n_alerts; i++) {
                const struct alert *a = &g->alerts[i];
                const struct subject *u;

                if (a->hazard != h || a->station == NO_INDEX ||
                    a->level_observed <= ret->level || !alert_is_live(a) ||
                    !in_zone(s->p, a, zone->code))
                        continue;
                u = subject_known(g, a->station);
                lead_tracks(g, u, h, &one);
                if (one.level > ret->level)
                        *ret = one;
        }
}

/* A zone has an episode by a rule of zones, by a forecast (then what its
 * stations observe counts) or by a cluster of silence; a member of one has
 * none of its own. */
static void lead_observed(const struct step *s, const struct subject *u,
                          enum hazard h, bool is_live, struct lead *ret)
{
        struct lead seen;

        *ret = (struct lead){.level = LEVEL_NONE};
        if (h == HAZARD_SILENCE && u->cluster)
                return;
        lead_tracks(s->g, u, h, ret);
        if (u->kind != SUBJECT_ZONE || h == HAZARD_SILENCE || !is_live ||
            u->n_outlooks == 0)
                return;
        lead_zone(s, u, h, &seen);
        if (seen.level > ret->level)
                *ret = seen;
}

static void lead_outlook(const struct engine *g, const struct outlook *o,
                         enum level above, struct lead *ret)
{
        const struct rule *r = &g->rules.rule[o->rule];
        uint32_t i;

        for (i = 0; i < r->n_lines; i++) {
                const struct outlook_line *x = &o->line[i];
                enum level level = r->line[i].level;

                if (!x->on || level <= above || level < ret->level ||
                    (level == ret->level && x->valid_us >= ret->on_us))
                        continue;
                *ret = (struct lead){.level = level,
                                     .rule = r,
                                     .line = i,
                                     .on_us = x->valid_us,
                                     .value_milli = x->value_milli,
                                     .threshold_milli = x->threshold_milli,
                                     .seq = x->seq,
                                     .element = x->element,
                                     .lead_us = x->valid_us - x->issued_us};
        }
}

static void lead_forecast(const struct engine *g, const struct subject *u,
                          enum hazard h, enum level above, struct lead *ret)
{
        uint32_t i;

        *ret = (struct lead){.level = LEVEL_NONE};
        for (i = 0; i < u->n_outlooks; i++)
                if (g->rules.rule[u->outlooks[i].rule].hazard == h)
                        lead_outlook(g, &u->outlooks[i], above, ret);
}

/* Makes room; when all are live the newest must wait, and is counted. */
static enum status room(struct engine *g, bool *ret_full, struct err *e)
{
        uint32_t cap = g->cap_alerts ? g->cap_alerts * 2 : 64;
        struct alert *alerts;
        struct episode *episodes;

        *ret_full = g->n_alerts >= EPISODES_MAX;
        if (*ret_full || g->n_alerts < g->cap_alerts)
                return OK;
        if (cap > EPISODES_MAX)
                cap = EPISODES_MAX;
        alerts = realloc(g->alerts, cap * sizeof *alerts);
        if (!alerts)
                return err_set(e, ERR_MEMORY, "%u episodes", cap);
        g->alerts = alerts;
        episodes = realloc(g->episodes, cap * sizeof *episodes);
        if (!episodes)
                return err_set(e, ERR_MEMORY, "%u episodes", cap);
        g->episodes = episodes;
        g->cap_alerts = cap;
        return OK;
}

/* A fresh alert with everything that does not depend on how it came. */
static enum status fresh(struct step *s, struct subject *u, enum hazard h,
                         uint32_t *ret, struct err *e)
{
        struct engine *g = s->g;
        struct alert *a;
        bool full;
        enum status st = room(g, &full, e);

        *ret = NO_INDEX;
        if (st != OK)
                return st;
        if (full && s->m->engine_us >= g->next_sweep_us - HOUR_US) {
                /* All but the last hour's ended ones go, once an hour. */
                episode_sweep(g, s->m->engine_us + HORIZON_US);
                g->next_sweep_us = s->m->engine_us + 2 * HOUR_US;
        }
        if (g->n_alerts >= EPISODES_MAX) {
                g->counts.dropped++;
                return OK;
        }
        *ret = g->n_alerts++;
        a = &g->alerts[*ret];
        memset(a, 0, sizeof *a);
        memset(&g->episodes[*ret], 0, sizeof g->episodes[*ret]);
        a->hazard = h;
        a->station = u->station;
        a->state = ALERT_OPEN;
        a->raised_us = s->m->engine_us;
        a->raised_real_us = s->m->real_us;
        a->seq_raised = s->m->seq;
        a->ended_us = TIME_NONE;
        for (int i = 0; i < agency_count; i++) {
                a->answers[i].deadline_real_us = TIME_NONE;
                a->answers[i].given_real_us = TIME_NONE;
                a->answers[i].escalated_real_us = TIME_NONE;
        }
        snprintf(a->subject, sizeof a->subject, "%s", u->code);
        fields_place(a, u, s->p);
        return OK;
}

static void link_in(struct engine *g, struct subject *u, uint32_t index)
{
        g->episodes[index].older = u->head;
        u->head = index;
}

static void set_levels(struct alert *a, enum level observed,
                       enum level forecast)
{
        a->level_observed = observed;
        a->level_forecast = forecast;
        a->level = observed > forecast ? observed : forecast;
        if (a->level > a->level_peak)
                a->level_peak = a->level;
}

static enum status raise(struct step *s, struct subject *u, enum hazard h,
                         const struct lead *obs, const struct lead *fc)
{
        bool seen = obs->level != LEVEL_NONE;
        const struct lead *lead = fc->level > obs->level ? fc : obs;
        struct engine *g = s->g;
        uint32_t index;
        struct alert *a;
        enum status st = fresh(s, u, h, &index, s->e);

        if (st != OK || index == NO_INDEX)
                return st;
        a = &g->alerts[index];
        set_levels(a, obs->level, fc->level);
        a->forecast = !seen;
        a->observed_us = seen ? obs->on_us : fc->on_us;
        fields_rule(a, &g->rules, u, lead, lead == fc);
        g->episodes[index].begin_us = seen ? obs->on_us : s->at_us;
        g->episodes[index].was_observed = seen;
        fields_id(g, a, u);
        coordinate_start(g, index, lead->rule, s->m->real_us);
        link_in(g, u, index);
        g->counts.raised++;
        transition_push(s, index, TRANSITION_RAISED, LEVEL_NONE, ALERT_OPEN,
                        agency_count, NULL, NULL);
        return OK;
}

/* An officer closed it and its cause has not got worse since. */
static bool suppressed(struct engine *g, struct subject *u, enum hazard h,
                       enum level level)
{
        bool hold = false;
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older) {
                if (g->alerts[i].hazard != h ||
                    g->episodes[i].suppress == LEVEL_NONE)
                        continue;
                if (level != LEVEL_NONE && level <= g->episodes[i].suppress)
                        hold = true;
                else
                        g->episodes[i].suppress = LEVEL_NONE;
        }
        return hold;
}

bool episode_cooling(const struct engine *g, const struct subject *u,
                     const struct rule *r, enum level level, int64_t at_us,
                     uint32_t *ret_episode)
{
        uint32_t i;

        for (i = u->head; i != NO_INDEX && r->cooldown_us;
             i = g->episodes[i].older) {
                const struct alert *a = &g->alerts[i];

                if (a->hazard != r->hazard || a->state != ALERT_ENDED ||
                    a->late || strcmp(a->rule, r->id) != 0 ||
                    level > a->level_peak || at_us < a->ended_us ||
                    at_us >= a->ended_us + r->cooldown_us)
                        continue;
                *ret_episode = i;
                return true;
        }
        return false;
}

/* Holds a crossing back; the tick after the cool-down looks again. */
static bool cools(struct step *s, const struct subject *u,
                  const struct lead *lead)
{
        struct engine *g = s->g;
        int64_t until_us;
        uint32_t i;

        if (!episode_cooling(g, u, lead->rule, lead->level, s->at_us, &i))
                return false;
        until_us = g->alerts[i].ended_us + lead->rule->cooldown_us;
        if (until_us < g->next_cool_us)
                g->next_cool_us = until_us;
        if (g->episodes[i].cooled_us != lead->on_us)
                g->counts.cooled++;
        g->episodes[i].cooled_us = lead->on_us;
        return true;
}

static const char *usual_end(enum hazard h)
{
        switch (h) {
        case HAZARD_SILENCE:
                return "测站恢复报数";
        case HAZARD_SYSTEM:
                return "链路恢复";
        default:
                return "监测值已回到标准以下";
        }
}

static void finish(struct step *s, const struct subject *u, uint32_t index)
{
        struct alert *a = &s->g->alerts[index];
        const struct alert *into =
                a->hazard == HAZARD_SILENCE ? cluster_alert(s->g, u) : NULL;
        bool seen = s->g->episodes[index].was_observed;
        enum alert_state from = a->state;
        enum level level = a->level;
        const char *why = s->why;

        if (into) {
                why = "并入成片失联";
                memcpy(a->merged_into, into->id, sizeof a->merged_into);
        }
        if (!why)
                why = seen ? usual_end(a->hazard) : "后续预报不再达到标准";
        a->state = seen ? ALERT_ENDED : ALERT_WITHDRAWN;
        a->level_observed = LEVEL_NONE; /* level stays the last in force */
        a->level_forecast = LEVEL_NONE;
        a->ended_us = s->at_us;
        s->amended_ended |= s->g->episodes[index].amended;
        snprintf(a->reason, sizeof a->reason, "%s", why);
        coordinate_stop(a);
        if (seen)
                s->g->counts.ended++;
        else
                s->g->counts.withdrawn++;
        transition_push(s, index,
                        into   ? TRANSITION_MERGED
                        : seen ? TRANSITION_ENDED
                               : TRANSITION_WITHDRAWN,
                        level, from, agency_count, NULL, why);
}

/* Which transition tells the change from `was` to the alert as it is. */
static enum transition_kind kind_of(const struct alert *a,
                                    const struct alert *was)
{
        if (was->forecast && !a->forecast)
                return TRANSITION_OBSERVED;
        if (a->level > was->level)
                return TRANSITION_UP;
        if (a->level < was->level)
                return TRANSITION_DOWN;
        return a->level_observed > was->level_observed ? TRANSITION_OBSERVED
                                                       : TRANSITION_DOWN;
}

static void regrade(struct step *s, struct subject *u, uint32_t index,
                    const struct lead *obs, const struct lead *fc)
{
        struct engine *g = s->g;
        struct alert *a = &g->alerts[index];
        const struct lead *lead = fc->level > obs->level ? fc : obs;
        struct alert was = *a;
        bool worse;

        if (obs->level == a->level_observed && fc->level == a->level_forecast)
                return;
        set_levels(a, obs->level, fc->level);
        if (obs->level != LEVEL_NONE && !g->episodes[index].was_observed) {
                g->episodes[index].was_observed = true;
                g->episodes[index].begin_us = obs->on_us;
                a->forecast = false;
                a->observed_us = obs->on_us;
        }
        fields_rule(a, &g->rules, u, lead, lead == fc);
        worse = a->level > was.level &&
                coordinate_worse(g, index, lead->rule, s->m->real_us);
        transition_push(s, index, kind_of(a, &was), was.level, was.state,
                        agency_count, NULL, NULL);
        if (worse)
                transition_push(s, index, TRANSITION_REOPENED, a->level,
                                was.state, agency_count, NULL,
                                "等级升高，需重新答复");
}

static enum status refresh_one(struct step *s, struct subject *u, enum hazard h,
                               bool *ret_raised)
{
        uint32_t index = episode_live(s->g, u, h);
        struct lead obs, fc;
        enum level level;
        bool held;

        *ret_raised = false;
        lead_observed(s, u, h, index != NO_INDEX, &obs);
        lead_forecast(s->g, u, h, obs.level, &fc);
        level = obs.level > fc.level ? obs.level : fc.level;
        if (index == NO_INDEX) {
                held = suppressed(s->g, u, h, level);
                if (level == LEVEL_NONE || held ||
                    cools(s, u, fc.level > obs.level ? &fc : &obs))
                        return OK;
                *ret_raised = true;
                return raise(s, u, h, &obs, &fc);
        }
        if (level == LEVEL_NONE)
                finish(s, u, index);
        else
                regrade(s, u, index, &obs, &fc);
        return OK;
}

/* What a station observes may turn its zones' forecasts into observed. */
static enum status refresh_zones(struct step *s, const struct subject *u,
                                 enum hazard h)
{
        struct alert at = {.hazard = h, .station = u->station};
        enum status st = OK;
        bool raised;
        uint32_t i;

        fields_place(&at, u, s->p);
        for (i = 0; i < s->g->n_others && st == OK; i++) {
                struct subject *zone = s->g->others[i];

                if (zone->kind == SUBJECT_ZONE && zone->n_outlooks &&
                    in_zone(s->p, &at, zone->code) &&
                    episode_live(s->g, zone, h) != NO_INDEX)
                        st = refresh_one(s, zone, h, &raised);
        }
        return st;
}

enum status episode_refresh(struct step *s, struct subject *u, enum hazard h)
{
        uint32_t before = s->fx->n_alert;
        bool raised;
        enum status st = refresh_one(s, u, h, &raised);

        if (st == OK && raised && u->kind == SUBJECT_ZONE)
                st = refresh_one(s, u, h, &raised); /* seen already? */
        if (st == OK && u->kind == SUBJECT_STATION && h == HAZARD_RAINSTORM &&
            s->fx->n_alert != before)
                st = refresh_zones(s, u, h);
        return st;
}

enum status episode_cooled(struct step *s)
{
        struct engine *g = s->g;
        struct subject *u;
        uint32_t i = 0;
        enum status st = OK;
        int h;

        if (s->m->engine_us < g->next_cool_us)
                return OK;
        g->next_cool_us = TIME_FOREVER;
        while (st == OK && (u = subject_each(g, &i)) != NULL)
                for (h = 0; h < hazard_count && st == OK; h++)
                        if (u->head != NO_INDEX &&
                            episode_live(g, u, (enum hazard)h) == NO_INDEX)
                                st = episode_refresh(s, u, (enum hazard)h);
        return st;
}

enum status episode_judge(struct step *s, struct subject *u, uint32_t rule,
                          const struct reading *reading, uint64_t seq)
{
        const struct rule *r = &s->g->rules.rule[rule];
        struct track *t;
        enum status st = subject_track(u, rule, &t, s->e);

        if (st != OK)
                return st;
        t->judged_us = s->at_us;
        t->table = s->g->table;
        /* Off before and after: nothing is new for a station's episode, but
         * for a rule set that was changed and one that found no room. */
        if (!trigger_track(t, r, reading, s->at_us, seq) &&
            u->kind == SUBJECT_STATION && !s->g->rules_changed &&
            s->g->n_alerts < EPISODES_MAX)
                return OK;
        return episode_refresh(s, u, r->hazard);
}

enum status episode_late(struct step *s, struct subject *u,
                         const struct lead *lead, enum level peak,
                         int64_t begin_us, int64_t end_us)
{
        struct engine *g = s->g;
        uint32_t index;
        struct alert *a;
        enum status st = fresh(s, u, lead->rule->hazard, &index, s->e);

        if (st != OK || index == NO_INDEX)
                return st;
        a = &g->alerts[index];
        a->level = peak;
        a->level_peak = peak;
        a->level_observed = peak;
        a->late = true;
        a->observed_us = begin_us;
        fields_rule(a, &g->rules, u, lead, false);
        fields_id(g, a, u);
        a->state = ALERT_ENDED;
        a->ended_us = end_us;
        snprintf(a->reason, sizeof a->reason, "%s",
                 "迟到数据：过程已结束，仅作记录");
        g->episodes[index].begin_us = begin_us;
        g->episodes[index].was_observed = true;
        link_in(g, u, index);
        g->counts.late++;
        g->counts.raised++;
        transition_push(s, index, TRANSITION_RAISED, LEVEL_NONE, ALERT_ENDED,
                        agency_count, NULL, a->reason);
        return OK;
}

void episode_withdraw(struct step *s, uint32_t index, const char *why)
{
        struct alert *a = &s->g->alerts[index];
        enum alert_state from = a->state;
        enum level level = a->level;

        if (a->ended_us == TIME_NONE)
                a->ended_us = s->at_us;
        a->state = ALERT_WITHDRAWN;
        a->level_observed = LEVEL_NONE;
        a->level_forecast = LEVEL_NONE;
        snprintf(a->reason, sizeof a->reason, "%s", why);
        coordinate_stop(a);
        s->g->counts.withdrawn++;
        transition_push(s, index, TRANSITION_WITHDRAWN, level, from,
                        agency_count, NULL, why);
}

static struct subject *owner(const struct engine *g, const struct alert *a)
{
        struct subject *u = NULL;

        if (a->station != NO_INDEX)
                return subject_known(g, a->station);
        if (a->hazard != HAZARD_SYSTEM)
                u = subject_find_other(g, SUBJECT_ZONE, a->subject);
        return u ? u : subject_find_other(g, SUBJECT_LINK, a->subject);
}

void episode_relink(struct engine *g)
{
        struct subject *u;
        uint32_t i = 0;

        while ((u = subject_each(g, &i)) != NULL)
                u->head = NO_INDEX;
        for (i = 0; i < g->n_alerts; i++) {
                u = owner(g, &g->alerts[i]);
                if (u)
                        link_in(g, u, i);
        }
}

void episode_sweep(struct engine *g, int64_t engine_us)
{
        uint32_t i, n = 0;

        for (i = 0; i < g->n_alerts; i++) {
                const struct alert *a = &g->alerts[i];
                bool old = !alert_is_live(a) &&
                           g->episodes[i].suppress == LEVEL_NONE &&
                           a->changed_us < engine_us - HORIZON_US - HOUR_US;

                if (old)
                        continue;
                g->alerts[n] = *a;
                g->episodes[n++] = g->episodes[i];
        }
        if (n == g->n_alerts)
                return;
        g->n_alerts = n;
        episode_relink(g);
}

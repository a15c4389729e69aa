/* alerts/silence.c -- stations that say nothing, and links that are down.
 *
 * Holds:  a station is silent after `intervals` of its reporting intervals
 *         without a message, in engine time, counted from its last message
 *         or from when the broker came back, whichever is later: a dead
 *         broker is one system alert, not one per station.  A station that
 *         never sent is "no data", not silent.  Stations that fell silent
 *         together in one zone are one alert of the zone (cluster.c).  A fifth
 * of the stations silent at once (and ten at least) is a system alert of its
 * own, with the subject "stations", until it is less than a tenth. Thread: one
 * owner; pure. */
#include "alerts/inside.h"

#include <string.h>

#define MANY 10 /* silent stations */

void silence_seen(struct engine *g, uint32_t station, int64_t engine_us)
{
        struct subject *u = subject_known(g, station);
        uint32_t i;

        if (!u && subject_station(g, NULL, station, &u, NULL) != OK)
                return;
        if (u->seen_us == TIME_NONE)
                g->next_silence_us = 0;
        for (i = 0; i < u->n_tracks; i++)
                if (g->rules.rule[u->tracks[i].rule].kind == RULE_SILENCE &&
                    u->tracks[i].line[0].on)
                        g->next_silence_us = 0;
        if (u->seen_us == TIME_NONE || engine_us > u->seen_us)
                u->seen_us = engine_us;
}

/* The journal that can keep no more is worse than any link that is down:
 * it has all lines of the rule, the others the first. */
static uint32_t lines_of(const struct rule *r, const struct subject *u)
{
        bool one = r->kind == RULE_LINK && strcmp(u->code, "journal") != 0;

        return one && r->n_lines > 1 ? 1 : r->n_lines;
}

static enum status set_lines(struct step *s, struct subject *u, uint32_t rule,
                             bool on, int64_t value_milli, int64_t at_us)
{
        const struct rule *r = &s->g->rules.rule[rule];
        struct track *t;
        enum status st = subject_track(u, rule, &t, s->e);
        uint32_t i, n = lines_of(r, u);

        if (st != OK)
                return st;
        for (i = 0; i < n; i++) {
                trigger_clear(&t->line[i]);
                if (!on)
                        continue;
                t->line[i].on = true;
                t->line[i].on_us = at_us;
                t->line[i].value_milli = value_milli;
                t->line[i].threshold_milli = value_milli;
                t->line[i].seq = s->m->seq;
        }
        return OK;
}

static enum status set_line(struct step *s, struct subject *u, uint32_t rule,
                            bool on, int64_t value_milli, int64_t at_us)
{
        enum status st = set_lines(s, u, rule, on, value_milli, at_us);

        return st == OK ? episode_refresh(s, u, s->g->rules.rule[rule].hazard)
                        : st;
}

static enum status silence_check(struct step *s, uint32_t station,
                                 uint32_t rule)
{
        const struct rule *r = &s->g->rules.rule[rule];
        const struct station *x = &s->p->stations[station];
        struct subject *u = subject_known(s->g, station);
        const struct track *t = subject_find_track(u, rule);
        int64_t from = u->seen_us, due;
        bool on = t && t->line[0].on;
        bool here = scope_station(s->g, rule, x);
        enum status st;

        if (on) {
                if (here && x->active && u->seen_us < t->line[0].on_us)
                        return OK;
                u->silence_changed = true;
                u->cluster = 0;
                return set_lines(s, u, rule, false, 0, 0);
        }
        if (!here || !s->g->broker_up || !x->active || x->interval_us <= 0)
                return OK;
        if (s->g->broker_up_us > from)
                from = s->g->broker_up_us;
        due = from + r->intervals * x->interval_us;
        if (s->m->engine_us < due) {
                if (due < s->g->next_silence_us)
                        s->g->next_silence_us = due;
                return OK;
        }
        st = subject_station(s->g, s->p, station, &u, s->e); /* its code */
        u->silence_changed = true;
        return st == OK ? set_lines(s, u, rule, true,
                                    (int64_t)r->intervals * 1000, due)
                        : st;
}

int64_t silence_since(const struct engine *g, const struct subject *u)
{
        uint32_t i;

        for (i = 0; i < u->n_tracks; i++)
                if (g->rules.rule[u->tracks[i].rule].kind == RULE_SILENCE &&
                    u->tracks[i].line[0].on)
                        return u->tracks[i].line[0].on_us;
        return TIME_NONE;
}

/* Told through the rule for links, as if the stations were one. */
static enum status many_silent(struct step *s)
{
        struct engine *g = s->g;
        uint32_t i, seen = 0, silent = 0;
        struct subject *u;
        bool down;
        enum status st;

        for (i = 0; i < g->n_stations; i++) {
                if (!g->stations[i] || g->stations[i]->seen_us == TIME_NONE)
                        continue;
                seen++;
                silent += silence_since(g, g->stations[i]) != TIME_NONE;
        }
        u = subject_find_other(g, SUBJECT_LINK, "stations");
        down = u && u->link_down ? silent * 10 >= seen
                                 : silent >= MANY && silent * 5 >= seen;
        if (!u && !down)
                return OK;
        st = subject_other(g, SUBJECT_LINK, "stations", &u, s->e);
        if (st == OK && u->link_down != down) {
                u->link_down = down;
                u->link_us = s->m->engine_us;
                u->link_real_us = s->m->real_us;
        }
        return st;
}

static bool has_kind(const struct rule_set *set, enum rule_kind kind)
{
        uint32_t k;

        for (k = 0; k < set->n_rules; k++)
                if (set->rule[k].kind == kind)
                        return true;
        return false;
}

/* What has changed is told once it is known who is silent together. */
static enum status tell(struct step *s)
{
        enum status st = OK;
        uint32_t i;

        for (i = 0; i < s->g->n_stations && st == OK; i++) {
                struct subject *u = s->g->stations[i];

                if (!u || !u->silence_changed)
                        continue;
                u->silence_changed = false;
                st = episode_refresh(s, u, HAZARD_SILENCE);
        }
        return st;
}

enum status silence_tick(struct step *s)
{
        struct engine *g = s->g;
        enum status st = OK;
        uint32_t i, k;

        if (s->m->engine_us < g->next_silence_us)
                return OK;
        /* At least once a minute, since intervals may be imported anew. */
        g->next_silence_us = s->m->engine_us + MINUTE_US;
        for (k = 0; k < g->rules.n_rules; k++) {
                if (g->rules.rule[k].kind != RULE_SILENCE)
                        continue;
                for (i = 0; i < g->n_stations && st == OK; i++)
                        if (g->stations[i] && i < s->p->n_stations &&
                            g->stations[i]->seen_us != TIME_NONE)
                                st = silence_check(s, i, k);
                if (st == OK && !g->rules.rule[k].scope[0])
                        st = many_silent(s);
        }
        if (st != OK || (!has_kind(&g->rules, RULE_SILENCE) &&
                         !has_kind(&g->rules, RULE_CLUSTER)))
                return st; /* nobody is silent by a rule */
        st = cluster_tick(s);
        return st == OK ? tell(s) : st;
}

static enum status link_check(struct step *s, struct subject *u, uint32_t rule)
{
        const struct rule *r = &s->g->rules.rule[rule];
        const struct track *t = subject_find_track(u, rule);
        bool on = t && t->line[0].on;
        bool down = u->link_down &&
                    (on || s->m->real_us - u->link_real_us >= r->hold_us);

        if (down == on)
                return OK;
        return set_line(s, u, rule, down, 1000, u->link_us);
}

enum status silence_links(struct step *s)
{
        struct engine *g = s->g;
        enum status st = OK;
        uint32_t i, k;

        for (k = 0; k < g->rules.n_rules; k++) {
                if (g->rules.rule[k].kind != RULE_LINK)
                        continue;
                for (i = 0; i < g->n_others && st == OK; i++)
                        if (g->others[i]->kind == SUBJECT_LINK)
                                st = link_check(s, g->others[i], k);
        }
        return st;
}

enum status silence_link(struct step *s, const char *link, bool up)
{
        struct engine *g = s->g;
        struct subject *u;
        enum status st = subject_other(g, SUBJECT_LINK, link, &u, s->e);

        if (st != OK)
                return st;
        if (u->link_us == TIME_NONE || u->link_down == up) {
                u->link_down = !up;
                u->link_us = s->m->engine_us;
                u->link_real_us = s->m->real_us;
        }
        if (strcmp(link, "broker") == 0 && g->broker_up != up) {
                g->broker_up = up;
                g->broker_up_us = s->m->engine_us;
                g->next_silence_us = 0;
        }
        return silence_links(s);
}

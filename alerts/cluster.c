/* alerts/cluster.c -- stations of one zone that fell silent together.
 *
 * Holds:  a rule of kind silence_cluster looks at each zone of its level.
 *         Stations whose silence began within `within` of now, at least
 *         `least` of them, make a cluster when they are as many as the
 *         first line says, or `percent` of the zone's stations that ever
 *         sent; long dead ones do not count.  While it stands, all that
 *         fell silent since then (and `within` before) are members: they
 *         have no alert of their own, and one they had is merged into it.
 *         It ends when it has two members fewer than `least`; who is still
 *         silent then is told singly again.
 *         A line goes up and down with the number at once.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdlib.h>
#include <string.h>

/* Stations that are silent now, ascending. */
struct silent {
        uint32_t *at;
        uint32_t n;
};

static enum status find_silent(struct step *s, struct silent *ret)
{
        struct engine *g = s->g;
        uint32_t i;

        ret->n = 0;
        ret->at = malloc((g->n_stations + 1u) * sizeof *ret->at);
        if (!ret->at)
                return err_set(s->e, ERR_MEMORY, "silent stations");
        for (i = 0; i < g->n_stations && i < s->p->n_stations; i++)
                if (g->stations[i] &&
                    silence_since(g, g->stations[i]) != TIME_NONE)
                        ret->at[ret->n++] = i;
        return OK;
}

/* Of the silent ones, those of the zone that began at from or later. */
static void gather(const struct step *s, const char *zone,
                   const struct silent *all, int64_t from_us,
                   struct members *ret, int64_t *ret_last_us)
{
        uint32_t i;

        memset(ret, 0, sizeof *ret);
        *ret_last_us = TIME_NONE;
        for (i = 0; i < all->n; i++) {
                const struct subject *u = s->g->stations[all->at[i]];
                int64_t since_us = silence_since(s->g, u);

                if (since_us < from_us ||
                    !zone_holds_station(zone, &s->p->stations[all->at[i]]))
                        continue;
                if (since_us > *ret_last_us)
                        *ret_last_us = since_us;
                if (ret->n_listed < MEMBERS_MAX)
                        ret->at[ret->n_listed++] = all->at[i];
                ret->n++;
        }
}

/* How many of the zone's stations ever sent. */
static uint32_t known_in(const struct step *s, const char *zone)
{
        uint32_t i, n = 0;

        for (i = 0; i < s->g->n_stations && i < s->p->n_stations; i++)
                n += s->g->stations[i] &&
                     s->g->stations[i]->seen_us != TIME_NONE &&
                     s->p->stations[i].active &&
                     zone_holds_station(zone, &s->p->stations[i]);
        return n;
}

static bool reached(const struct step *s, const struct rule *r, uint32_t line,
                    const char *zone, const struct members *m)
{
        if (m->n < r->least)
                return false;
        if ((int64_t)m->n * 1000 >= r->line[line].value_milli)
                return true;
        return line == 0 && r->percent &&
               (uint64_t)m->n * 100 >= (uint64_t)r->percent * known_in(s, zone);
}

/* Keeps the members beside the zone, for its alert. */
static enum status keep_members(struct subject *u, const struct members *m,
                                struct err *e)
{
        if (!u->members)
                u->members = malloc(sizeof *u->members);
        if (!u->members)
                return err_set(e, ERR_MEMORY, "members of %s", u->code);
        *u->members = *m;
        return OK;
}

/* The live alert shows who is silent now. */
static void show_members(struct step *s, struct subject *u)
{
        uint32_t index = episode_live(s->g, u, HAZARD_SILENCE);
        const struct members *m = u->members;
        struct alert *a;

        if (index == NO_INDEX)
                return;
        a = &s->g->alerts[index];
        if (a->n_members == m->n_listed &&
            a->value_milli == m->n * INT64_C(1000) &&
            memcmp(a->member, m->at, m->n_listed * sizeof *m->at) == 0)
                return;
        a->n_members = m->n_listed;
        memcpy(a->member, m->at, m->n_listed * sizeof *m->at);
        a->value_milli = m->n * INT64_C(1000);
        transition_push(s, index, TRANSITION_MEMBERS, a->level, a->state,
                        agency_count, NULL, NULL);
}

/* Brings the zone's lines to what its members reach. */
static enum status set_lines(struct step *s, struct subject *u, uint32_t rule,
                             const char *zone, const struct members *m,
                             int64_t last_us)
{
        const struct rule *r = &s->g->rules.rule[rule];
        struct track *t;
        enum status st = subject_track(u, rule, &t, s->e);
        bool on, stands;
        uint32_t i;

        if (st != OK)
                return st;
        stands = t->line[0].on && m->n + 1 >= r->least;
        for (i = 0; i < r->n_lines; i++) {
                on = reached(s, r, i, zone, m) || (i == 0 && stands);
                if (on && !t->line[i].on)
                        t->line[i] = (struct trigger){
                                .on = true,
                                .below_us = TIME_NONE,
                                .on_us = last_us,
                                .threshold_milli = r->line[i].value_milli,
                                .seq = s->m->seq,
                                .element = ELEMENT_count};
                if (!on)
                        trigger_clear(&t->line[i]);
                t->line[i].value_milli = m->n * INT64_C(1000);
        }
        return OK;
}

static void mark_members(struct step *s, const char *zone,
                         const struct silent *all, int64_t from_us,
                         uint32_t cluster, uint32_t *now)
{
        uint32_t i;

        for (i = 0; i < all->n; i++)
                if (silence_since(s->g, s->g->stations[all->at[i]]) >=
                            from_us &&
                    zone_holds_station(zone, &s->p->stations[all->at[i]]))
                        now[i] = cluster;
}

static uint32_t index_of(const struct engine *g, const struct subject *u)
{
        uint32_t i;

        for (i = 0; i < g->n_others && g->others[i] != u; i++)
                ;
        return i;
}

static enum status look_at(struct step *s, uint32_t rule, const char *zone,
                           const struct silent *all, uint32_t *now)
{
        const struct rule *r = &s->g->rules.rule[rule];
        struct subject *u = subject_find_other(s->g, SUBJECT_ZONE, zone);
        const struct track *t = u ? subject_find_track(u, rule) : NULL;
        bool on = t && t->line[0].on;
        int64_t from_us =
                (on ? t->line[0].on_us : s->m->engine_us) - r->within_us;
        int64_t last_us;
        struct members m;
        enum status st = OK;

        gather(s, zone, all, from_us, &m, &last_us);
        if (!on && !reached(s, r, 0, zone, &m))
                return OK;
        st = subject_other(s->g, SUBJECT_ZONE, zone, &u, s->e);
        if (st == OK)
                st = keep_members(u, &m, s->e);
        if (st == OK)
                st = set_lines(s, u, rule, zone, &m, last_us);
        if (st == OK)
                st = episode_refresh(s, u, HAZARD_SILENCE);
        if (st != OK)
                return st;
        show_members(s, u);
        t = subject_find_track(u, rule);
        if (t->line[0].on)
                mark_members(s, zone, all, from_us, index_of(s->g, u) + 1, now);
        return OK;
}

static enum status look_at_all(struct step *s, uint32_t rule,
                               const struct silent *all, uint32_t *now)
{
        enum zone_level level = s->g->rules.rule[rule].zone_level;
        char code[SUBJECT_MAX + 1];
        enum status st = OK;
        uint32_t i = 0;

        while (st == OK && places_next_zone(s->p, level, &i, code))
                if (scope_zone(s->g, rule, s->p, code))
                        st = look_at(s, rule, code, all, now);
        return st;
}

/* Who has joined or left a cluster is told by silence.c. */
static void settle(struct step *s, const struct silent *all,
                   const uint32_t *now)
{
        uint32_t i;

        for (i = 0; i < all->n; i++) {
                struct subject *u = s->g->stations[all->at[i]];

                if (u->cluster == now[i])
                        continue;
                u->cluster = now[i];
                u->silence_changed = true;
        }
}

enum status cluster_tick(struct step *s)
{
        const struct rule_set *rules = &s->g->rules;
        struct silent all = {NULL, 0};
        uint32_t *now = NULL, k;
        enum status st = find_silent(s, &all);

        if (st == OK) {
                now = calloc(all.n + 1u, sizeof *now);
                if (!now)
                        st = err_set(s->e, ERR_MEMORY, "silent stations");
        }
        for (k = 0; k < rules->n_rules && st == OK; k++)
                if (rules->rule[k].kind == RULE_CLUSTER)
                        st = look_at_all(s, k, &all, now);
        if (st == OK && now)
                settle(s, &all, now);
        free(all.at);
        free(now);
        return st;
}

const struct alert *cluster_alert(const struct engine *g,
                                  const struct subject *u)
{
        const struct subject *zone;
        uint32_t i;

        if (u->cluster == 0 || u->cluster > g->n_others)
                return NULL;
        zone = g->others[u->cluster - 1];
        for (i = zone->head; i != NO_INDEX; i = g->episodes[i].older)
                if (g->alerts[i].hazard == HAZARD_SILENCE)
                        return &g->alerts[i];
        return NULL;
}

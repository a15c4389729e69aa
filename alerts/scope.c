/* alerts/scope.c -- which of a rule and its overrides counts where.
 *
 * Holds:  overrides stand behind their rule in the set.  For a station the
 *         most specific one counts: the station's own, its town's, its
 *         county's, its city's, and then the rule itself; for a zone its
 *         own, and those of the zones it lies in.
 * Source: docs/rules.md#overrides.
 * Thread: any; no state. */
#include "alerts/inside.h"

#include <stdio.h>
#include <string.h>

void scope_index(const struct rule_set *set, struct program *programs)
{
        uint32_t i;

        for (i = 0; i < set->n_rules; i++) {
                struct program *base;

                programs[i].base = rule_base(set, i);
                if (programs[i].base == i)
                        continue;
                base = &programs[programs[i].base];
                base->n_over++;
                base->scoped = programs[i].scoped = true;
        }
}

/* Where something lies; "" and NULL: in none. */
struct spot {
        const char *station, *county, *town;
        char river[SUBJECT_MAX + 1];               /* its code */
        const char *catchment[CATCHMENTS_MAX + 1]; /* the smallest first */
};

/* How near an override is, by its level: the higher the nearer.  What the
 * administration says of a place goes before what is said of its water. */
static const int near_by_level[] = {
        [ZONE_CITY] = 1,
        [ZONE_CATCHMENT] = 2, /* and up to CATCHMENTS_MAX - 1 more */
        [ZONE_RIVER] = 2 + CATCHMENTS_MAX,
        [ZONE_COUNTY] = 3 + CATCHMENTS_MAX,
        [ZONE_TOWN] = 4 + CATCHMENTS_MAX,
};
#define NEAR_STATION (5 + CATCHMENTS_MAX)

/* How near the override is: 0 for one that is for somewhere else. */
static int nearness(const struct rule *r, const struct spot *x)
{
        enum zone_level level = subject_zone_level(r->scope);
        int i;

        if (r->scope_station)
                return x->station && strcmp(r->scope, x->station) == 0
                               ? NEAR_STATION
                               : 0;
        if (level == ZONE_RIVER)
                return strcmp(r->scope, x->river) == 0 ? near_by_level[level]
                                                       : 0;
        for (i = 0; level == ZONE_CATCHMENT && x->catchment[i]; i++)
                if (strcmp(r->scope, x->catchment[i]) == 0)
                        return near_by_level[level] + CATCHMENTS_MAX - 1 - i;
        return subject_zone_over(r->scope, x->county, x->town)
                       ? near_by_level[level]
                       : 0;
}

/* The one that counts there; it may be one that is off. */
static uint32_t pick(const struct engine *g, uint32_t rule,
                     const struct spot *x)
{
        uint32_t base = g->programs[rule].base, best = base, i;
        int most = 0, n;

        for (i = base + 1; i <= base + g->programs[base].n_over; i++) {
                n = nearness(&g->rules.rule[i], x);
                if (n > most) {
                        most = n;
                        best = i;
                }
        }
        return best;
}

static struct spot spot_of_station(const struct station *s)
{
        struct spot x = {
                .station = s->code, .county = s->county, .town = s->town};
        int i;

        if (s->river[0])
                snprintf(x.river, sizeof x.river, RIVER_PREFIX "%s", s->river);
        for (i = 0; i < CATCHMENTS_MAX && s->catchment[i][0]; i++)
                x.catchment[i] = s->catchment[i];
        return x;
}

/* A catchment lies in those that are its parent, and the parent's. */
static void spot_catchments(const struct places *p, const char *zone,
                            struct spot *x)
{
        const struct zone *z = places_find_zone(p, text_of(zone));
        int i;

        x->catchment[0] = zone;
        for (i = 1; z && z->parent[0] && i < CATCHMENTS_MAX; i++) {
                x->catchment[i] = z->parent;
                z = places_find_zone(p, text_of(z->parent));
        }
}

/* county: room for its code. */
static struct spot spot_of_zone(const struct places *p, const char *zone,
                                char county[7])
{
        const struct zone *z = places_find_zone(p, text_of(zone));
        enum zone_level level = subject_zone_level(zone);
        bool town = level == ZONE_TOWN;
        struct spot x = {.county = "", .town = ""};

        if (level == ZONE_RIVER) {
                snprintf(x.river, sizeof x.river, "%s", zone);
                return x;
        }
        if (level == ZONE_CATCHMENT) {
                spot_catchments(p, zone, &x);
                return x;
        }
        snprintf(county, 7, "%.6s",
                 town && z && z->parent[0] ? z->parent : zone);
        x.county = county;
        x.town = town ? zone : "";
        return x;
}

static bool counts(const struct engine *g, uint32_t rule, const struct spot *x)
{
        return pick(g, rule, x) == rule && !g->rules.rule[rule].off;
}

bool scope_station(const struct engine *g, uint32_t rule,
                   const struct station *s)
{
        struct spot x;

        if (!g->programs[rule].scoped)
                return true;
        x = spot_of_station(s);
        return counts(g, rule, &x);
}

bool scope_zone(const struct engine *g, uint32_t rule, const struct places *p,
                const char *zone)
{
        char county[7];
        struct spot x;

        if (!g->programs[rule].scoped)
                return true;
        x = spot_of_zone(p, zone, county);
        return counts(g, rule, &x);
}

bool scope_any(const struct engine *g)
{
        uint32_t i;

        for (i = 0; i < g->rules.n_rules; i++)
                if (g->programs[i].scoped)
                        return true;
        return false;
}

static void settle_tracks(const struct engine *g, struct subject *u,
                          const struct spot *x)
{
        const struct rule *rule = g->rules.rule;
        uint32_t i, n = 0;

        for (i = 0; i < u->n_tracks; i++) {
                struct track t = u->tracks[i];
                uint32_t to = pick(g, t.rule, x);

                if (rule[to].off || (to != t.rule && subject_find_track(u, to)))
                        continue;
                if (to != t.rule)
                        carry_track(&t, &rule[t.rule], &rule[to]);
                t.rule = to;
                u->tracks[n++] = t;
        }
        u->n_tracks = n;
}

static bool has_outlook(const struct subject *u, uint32_t rule,
                        const char *source, uint32_t n)
{
        uint32_t i;

        for (i = 0; i < n; i++)
                if (u->outlooks[i].rule == rule &&
                    strcmp(u->outlooks[i].source, source) == 0)
                        return true;
        return false;
}

static void settle_outlooks(const struct engine *g, struct subject *u,
                            const struct spot *x)
{
        const struct rule *rule = g->rules.rule;
        uint32_t i, n = 0;

        for (i = 0; i < u->n_outlooks; i++) {
                struct outlook o = u->outlooks[i];
                uint32_t to = pick(g, o.rule, x);

                if (rule[to].off)
                        continue;
                if (to != o.rule && has_outlook(u, to, o.source, u->n_outlooks))
                        continue;
                if (to != o.rule)
                        carry_outlook(&o, &rule[o.rule], &rule[to]);
                o.rule = to;
                u->outlooks[n++] = o;
        }
        u->n_outlooks = n;
}

void scope_settle(const struct engine *g, const struct places *p,
                  struct subject *u)
{
        char county[7];
        struct spot x;

        if (u->kind == SUBJECT_LINK ||
            (u->kind == SUBJECT_STATION && u->station >= p->n_stations))
                return;
        x = u->kind == SUBJECT_STATION
                    ? spot_of_station(&p->stations[u->station])
                    : spot_of_zone(p, u->code, county);
        settle_tracks(g, u, &x);
        settle_outlooks(g, u, &x);
}

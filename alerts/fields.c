/* alerts/fields.c -- an alert's words, places and identifier.
 *
 * Thread: any; no state. */
#include "alerts/inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "schemas/hash.h"

static void place_station(struct alert *a, const struct station *s)
{
        snprintf(a->zone, sizeof a->zone, "%s",
                 s->town[0] ? s->town : s->county);
        snprintf(a->county, sizeof a->county, "%s", s->county);
        snprintf(a->river, sizeof a->river, "%s", s->river);
}

/* A river or a catchment may lie in many counties: the one of all its
 * stations, and the zone that an alert of a river is told in: that county,
 * else their city. */
static void place_stations(struct alert *a, const char *code,
                           const struct places *p)
{
        const struct station *one = NULL, *s;
        bool county = true, city = true;
        uint32_t i;

        for (i = 0; i < p->n_stations; i++) {
                s = &p->stations[i];
                if (!s->county[0] || !zone_holds_station(code, s))
                        continue;
                if (!one)
                        one = s;
                county &= strcmp(one->county, s->county) == 0;
                city &= strncmp(one->county, s->county, 4) == 0;
        }
        if (one && county)
                snprintf(a->county, sizeof a->county, "%s", one->county);
        if (a->zone[0] || !one)
                return;
        if (county)
                snprintf(a->zone, sizeof a->zone, "%s", one->county);
        else if (city)
                snprintf(a->zone, sizeof a->zone, "%.4s00", one->county);
}

static void place_zone(struct alert *a, const char *code,
                       const struct places *p)
{
        const struct zone *z = places_find_zone(p, text_of(code));
        enum zone_level level = subject_zone_level(code);

        if (level == ZONE_RIVER)
                snprintf(a->river, sizeof a->river, "%s",
                         code + strlen(RIVER_PREFIX));
        else
                snprintf(a->zone, sizeof a->zone, "%.9s", code);
        if (level > ZONE_TOWN)
                place_stations(a, code, p);
        else if (z && z->level == ZONE_COUNTY)
                snprintf(a->county, sizeof a->county, "%.6s", code);
        else if (z && z->level == ZONE_TOWN)
                snprintf(a->county, sizeof a->county, "%.6s", z->parent);
}

static void place_city(struct alert *a, const struct places *p)
{
        uint32_t i;

        for (i = 0; i < p->n_zones; i++)
                if (p->zones[i].level == ZONE_CITY) {
                        snprintf(a->zone, sizeof a->zone, "%s",
                                 p->zones[i].code);
                        return;
                }
}

static void put_group(struct alert *a, const struct subject *u)
{
        bool zone = u->kind == SUBJECT_ZONE;
        const char *hazard = hazard_name(a->hazard);

        if (a->river[0] && (zone || a->hazard == HAZARD_FLOOD))
                snprintf(a->group, sizeof a->group, "%s/river/%s", hazard,
                         a->river);
        else if (zone && subject_zone_level(u->code) == ZONE_CATCHMENT)
                snprintf(a->group, sizeof a->group, "%s/catchment/%s", hazard,
                         u->code);
        else if (a->county[0])
                snprintf(a->group, sizeof a->group, "%s/county/%s", hazard,
                         a->county);
        else
                snprintf(a->group, sizeof a->group, "%s/city/%s", hazard,
                         a->zone);
}

void fields_place(struct alert *a, const struct subject *u,
                  const struct places *p)
{
        if (u->kind == SUBJECT_STATION)
                place_station(a, &p->stations[u->station]);
        else if (u->kind == SUBJECT_ZONE)
                place_zone(a, u->code, p);
        else
                place_city(a, p);
        if (a->zone[0] == '\0')
                place_city(a, p);
        put_group(a, u);
}

static void add_evidence(struct alert *a, const struct evidence *x)
{
        if (a->n_evidence == EVIDENCE_MAX) {
                memmove(a->evidence, a->evidence + 1,
                        (EVIDENCE_MAX - 1) * sizeof *a->evidence);
                a->n_evidence--;
        }
        a->evidence[a->n_evidence++] = *x;
}

/* Rain shows the slots of its window; all else the value that crossed. */
static void set_evidence(struct alert *a, const struct subject *u,
                         const struct lead *lead, bool forecast)
{
        const struct subject *at = lead->from ? lead->from : u;
        struct evidence x = {at->station,       lead->element, lead->on_us,
                             lead->value_milli, lead->seq,     forecast};
        int64_t window_us = a->window_us;
        uint32_t n = a->n_evidence;

        if (!forecast && window_us) {
                a->n_evidence = window_evidence(at, lead->on_us, window_us,
                                                a->evidence);
                return;
        }
        if (n && a->evidence[n - 1].time_us == x.time_us &&
            a->evidence[n - 1].seq == x.seq)
                return;
        add_evidence(a, &x);
}

static void set_members(struct alert *a, const struct members *m)
{
        if (!m) /* not looked at since the start: the list stays */
                return;
        a->n_members = m->n_listed;
        memcpy(a->member, m->at, m->n_listed * sizeof *m->at);
}

void fields_rule(struct alert *a, const struct rule_set *set,
                 const struct subject *u, const struct lead *lead,
                 bool forecast)
{
        const struct rule *r = lead->rule;
        const struct rule_line *l = &r->line[lead->line];

        snprintf(a->rule, sizeof a->rule, "%.32s", r->id);
        memcpy(a->rule_scope, r->scope, sizeof a->rule_scope);
        a->rule_version = set->version;
        memcpy(a->rule_text, r->text, sizeof a->rule_text);
        memcpy(a->rule_text_en, r->text_en, sizeof a->rule_text_en);
        a->unverified = l->unverified;
        a->element = lead->element;
        a->value_milli = lead->value_milli;
        a->threshold_milli = lead->threshold_milli;
        a->window_us = lead->window_us ? lead->window_us : l->window_us;
        if (forecast)
                a->lead_us = lead->lead_us;
        set_evidence(a, u, lead, forecast);
        if (r->kind == RULE_CLUSTER)
                set_members(a, u->members);
        else if (r->kind == RULE_EXPRESSION && r->over_zone)
                set_members(a, u->meeting);
}

static bool taken(const struct engine *g, const struct subject *u,
                  const char *id)
{
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older)
                if (strcmp(g->alerts[i].id, id) == 0)
                        return true;
        return false;
}

/* An identifier has no room for a river's name: what it hashes to. */
static void id_subject(const struct subject *u, char ret[CODE_MAX + 1])
{
        const char *name = u->code + strlen(RIVER_PREFIX);

        if (u->kind == SUBJECT_ZONE &&
            subject_zone_level(u->code) == ZONE_RIVER)
                snprintf(ret, CODE_MAX + 1, "river-%016" PRIx64,
                         hash_64_add(HASH_64, name, strlen(name)));
        else
                snprintf(ret, CODE_MAX + 1, "%.*s", CODE_MAX, u->code);
}

void fields_id(const struct engine *g, struct alert *a, const struct subject *u)
{
        char stamp[17], base[ALERT_ID_MAX - 3], subject[CODE_MAX + 1];
        char *c;
        int n;

        time_format_id(stamp, a->observed_us);
        id_subject(u, subject);
        snprintf(base, sizeof base, "%s-%s-%s", subject, hazard_name(a->hazard),
                 stamp);
        for (c = base; *c; c++)
                if (*c == '_')
                        *c = '-';
        snprintf(a->id, sizeof a->id, "%s", base);
        for (n = 2; n < 100 && taken(g, u, a->id); n++)
                snprintf(a->id, sizeof a->id, "%s-%d", base, n);
}

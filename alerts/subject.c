/* alerts/subject.c -- what alerts are about: stations, zones, links.
 *
 * Holds:  pointers to subjects stay good until the engine is freed.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

enum status subject_grow(void **array, uint32_t *cap, uint32_t n, size_t size,
                         struct err *e)
{
        uint32_t want = *cap + *cap / 2 + 1;
        void *more;

        if (n < *cap)
                return OK;
        more = realloc(*array, want * size);
        if (!more)
                return err_set(e, ERR_MEMORY, "%u items", want);
        *array = more;
        *cap = want;
        return OK;
}

static struct subject *subject_new(enum subject_kind kind, uint32_t station,
                                   const char *code)
{
        struct subject *u = calloc(1, sizeof *u);

        if (!u)
                return NULL;
        u->kind = kind;
        u->station = station;
        snprintf(u->code, sizeof u->code, "%s", code);
        u->level_element = ELEMENT_count;
        u->seen_us = TIME_NONE;
        u->run_us = TIME_NONE;
        u->run_data_us = TIME_NONE;
        u->travel_run_us = u->travel_data_us = TIME_NONE;
        u->link_us = TIME_NONE;
        u->link_real_us = TIME_NONE;
        u->days.judged = TIME_NONE;
        u->head = NO_INDEX;
        u->zone_stale = true;
        return u;
}

void subject_free(struct subject *u)
{
        uint32_t i;

        if (!u)
                return;
        for (i = 0; i < u->n_series; i++)
                free(u->series[i].at);
        free(u->series);
        free(u->members);
        where_drop(u);
        free(u->states);
        free(u->station_at);
        free(u->tracks);
        free(u->outlooks);
        free(u->rain.at);
        free(u->days.at);
        free(u);
}

static enum status more_stations(struct engine *g, uint32_t n, struct err *e)
{
        struct subject **more;

        if (n <= g->n_stations)
                return OK;
        n = (n + 63) / 64 * 64;
        more = realloc(g->stations, n * sizeof *more);
        if (!more)
                return err_set(e, ERR_MEMORY, "%u stations", n);
        memset(more + g->n_stations, 0, (n - g->n_stations) * sizeof *more);
        g->stations = more;
        g->n_stations = n;
        return OK;
}

enum status subject_station(struct engine *g, const struct places *p,
                            uint32_t station, struct subject **ret,
                            struct err *e)
{
        enum status st;

        if (p && station >= p->n_stations)
                return err_set(e, ERR_UNKNOWN_STATION, "station %u", station);
        st = more_stations(g, station + 1, e);
        if (st != OK)
                return st;
        if (!g->stations[station])
                g->stations[station] =
                        subject_new(SUBJECT_STATION, station, "");
        if (!g->stations[station])
                return err_set(e, ERR_MEMORY, "station %u", station);
        if (p &&
            strcmp(g->stations[station]->code, p->stations[station].code) != 0)
                snprintf(g->stations[station]->code, SUBJECT_MAX + 1, "%s",
                         p->stations[station].code);
        *ret = g->stations[station];
        return OK;
}

struct subject *subject_known(const struct engine *g, uint32_t station)
{
        return station < g->n_stations ? g->stations[station] : NULL;
}

struct subject *subject_find_other(const struct engine *g,
                                   enum subject_kind kind, const char *code)
{
        uint32_t i;

        for (i = 0; i < g->n_others; i++)
                if (g->others[i]->kind == kind &&
                    strcmp(g->others[i]->code, code) == 0)
                        return g->others[i];
        return NULL;
}

enum status subject_other(struct engine *g, enum subject_kind kind,
                          const char *code, struct subject **ret, struct err *e)
{
        struct subject *u = subject_find_other(g, kind, code);
        enum status st;

        if (!u) {
                if (g->n_others >= OTHERS_MAX)
                        return err_set(e, ERR_FULL, "%u zones and links",
                                       g->n_others);
                st = subject_grow((void **)&g->others, &g->cap_others,
                                  g->n_others, sizeof(struct subject *), e);
                if (st != OK)
                        return st;
                u = subject_new(kind, NO_INDEX, code);
                if (!u)
                        return err_set(e, ERR_MEMORY, "subject %s", code);
                g->others[g->n_others++] = u;
        }
        *ret = u;
        return OK;
}

enum zone_level subject_zone_level(const char *zone)
{
        enum zone_level level = ZONE_TOWN;

        zone_code_level(zone, &level);
        return level;
}

bool subject_zone_over(const char *zone, const char *county, const char *town)
{
        switch (subject_zone_level(zone)) {
        case ZONE_TOWN:
                return strcmp(town, zone) == 0;
        case ZONE_COUNTY:
                return strcmp(county, zone) == 0;
        case ZONE_CITY:
                return strncmp(county, zone, 4) == 0;
        default:
                return false;
        }
}

struct subject *subject_each(const struct engine *g, uint32_t *i)
{
        struct subject *u;

        while (*i < g->n_stations) {
                u = g->stations[(*i)++];
                if (u)
                        return u;
        }
        if (*i - g->n_stations < g->n_others)
                return g->others[(*i)++ - g->n_stations];
        return NULL;
}

struct track *subject_find_track(const struct subject *u, uint32_t rule)
{
        uint32_t i;

        for (i = 0; i < u->n_tracks; i++)
                if (u->tracks[i].rule == rule)
                        return &u->tracks[i];
        return NULL;
}

enum status subject_track(struct subject *u, uint32_t rule, struct track **ret,
                          struct err *e)
{
        struct track *t = subject_find_track(u, rule);
        enum status st;
        uint32_t i;

        if (!t) {
                st = subject_grow((void **)&u->tracks, &u->cap_tracks,
                                  u->n_tracks, sizeof *t, e);
                if (st != OK)
                        return st;
                t = &u->tracks[u->n_tracks++];
                memset(t, 0, sizeof *t);
                t->rule = rule;
                for (i = 0; i < LINES_MAX; i++)
                        trigger_clear(&t->line[i]);
        }
        *ret = t;
        return OK;
}

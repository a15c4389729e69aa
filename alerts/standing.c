/* alerts/standing.c -- how a station stands, in one word, for the map.
 *
 * Holds:  "no threshold set", "no data" and "cannot say" are states of
 *         their own and never "normal".
 * Thread: any; no state. */
#include "alerts/inside.h"

const char *standing_name(enum standing s)
{
        static const char *const names[] = {
                "normal", "alert",  "no_threshold", "no_data",
                "stale",  "silent", "cannot_say"};

        return s <= STANDING_CANNOT_SAY ? names[s] : "?";
}

/* A limit out of season is still one. */
static bool has_base(const struct station *s, const struct rule_line *l)
{
        return l->base == LINE_FSLTDZ ? s->n_seasons > 0
                                      : level_threshold(s, l, 0) != LEVEL_UNSET;
}

/* Does any line of any rule have a number to compare this station with? */
static bool has_threshold(const struct engine *g, const struct station *s)
{
        const struct rule_set *set = &g->rules;
        uint32_t i, k;

        for (i = 0; i < set->n_rules; i++) {
                const struct rule *r = &set->rule[i];
                bool level = r->kind == RULE_RIVER_LEVEL ||
                             r->kind == RULE_RESERVOIR_LIMIT;

                if (!scope_station(g, i, s) ||
                    (level && !level_watches(r, s, ELEMENT_Z)))
                        continue;
                for (k = 0; level && k < r->n_lines; k++)
                        if (has_base(s, &r->line[k]))
                                return true;
                if (s->kind == STATION_RAIN &&
                    (r->kind == RULE_RAIN_SUM || r->kind == RULE_DRY_DAYS))
                        return true;
                if (s->kind == STATION_WIND && r->kind == RULE_WIND)
                        return true;
                if (s->kind == STATION_SOIL && r->kind == RULE_SOIL)
                        return true;
                if (r->kind == RULE_EXPRESSION &&
                    expression_has_threshold(&g->programs[i], s))
                        return true;
        }
        return false;
}

/* The worst live episode that is about a danger, not about our feed. */
static const struct alert *worst(const struct engine *g,
                                 const struct subject *u)
{
        const struct alert *best = NULL;
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older) {
                const struct alert *a = &g->alerts[i];

                if (!alert_is_live(a) || a->hazard == HAZARD_SILENCE)
                        continue;
                if (!best || a->level > best->level ||
                    (a->level == best->level && a->hazard < best->hazard))
                        best = a;
        }
        return best;
}

/* Levels in force: of live episodes, or of ones an officer closed early. */
static void levels(const struct engine *g, const struct subject *u,
                   struct station_standing *ret)
{
        const struct alert *a = worst(g, u);
        uint32_t i;

        if (a) {
                ret->hazard = a->hazard;
                ret->level = a->level_observed;
                ret->level_forecast = a->level_forecast;
        }
        for (i = 0; i < u->n_tracks; i++) {
                const struct rule *r = &g->rules.rule[u->tracks[i].rule];
                enum level level = trigger_level(&u->tracks[i], r, NULL);

                if (r->kind == RULE_SILENCE || level <= ret->level)
                        continue;
                ret->level = level;
                ret->hazard = r->hazard;
        }
}

static int64_t next_line(const struct engine *g, const struct subject *u,
                         enum level above, int64_t engine_us)
{
        int64_t next = TIME_NONE;
        uint32_t i, k;

        for (i = 0; i < u->n_outlooks; i++)
                for (k = 0; k < LINES_MAX; k++) {
                        const struct outlook_line *x = &u->outlooks[i].line[k];
                        const struct rule *r =
                                &g->rules.rule[u->outlooks[i].rule];

                        if (!x->on || r->line[k].level <= above ||
                            x->valid_us <= engine_us)
                                continue;
                        if (next == TIME_NONE || x->valid_us < next)
                                next = x->valid_us;
                }
        return next;
}

static bool silent(const struct engine *g, const struct subject *u)
{
        uint32_t i;

        for (i = 0; i < u->n_tracks; i++)
                if (g->rules.rule[u->tracks[i].rule].kind == RULE_SILENCE &&
                    u->tracks[i].line[0].on)
                        return true;
        return false;
}

static bool has_data(const struct subject *u)
{
        return u && (u->seen_us != TIME_NONE || u->n_series || u->rain.n ||
                     u->days.n);
}

void standing_of(const struct engine *g, const struct places *p,
                 uint32_t station, int64_t engine_us,
                 struct station_standing *ret)
{
        const struct subject *u = subject_known(g, station);
        const struct station *s = &p->stations[station];

        *ret = (struct station_standing){.standing = STANDING_NO_DATA,
                                         .next_us = TIME_NONE};
        if (u) {
                levels(g, u, ret);
                ret->next_us = next_line(g, u, ret->level, engine_us);
        }
        if (!has_data(u))
                ret->standing = STANDING_NO_DATA;
        else if (silent(g, u))
                ret->standing = STANDING_SILENT;
        else if (u->seen_us != TIME_NONE && s->interval_us > 0 &&
                 engine_us - u->seen_us > 2 * s->interval_us)
                ret->standing = STANDING_STALE;
        else if (ret->level != LEVEL_NONE || ret->level_forecast != LEVEL_NONE)
                ret->standing = STANDING_ALERT;
        else if (!has_threshold(g, s))
                ret->standing = STANDING_NO_THRESHOLD;
        else if (s->kind == STATION_RAIN && (u->unsure || u->rain.n == 0))
                ret->standing = STANDING_CANNOT_SAY;
        else
                ret->standing = STANDING_NORMAL;
}

/* server/tool/backtest.c -- see backtest.h. */
#include "server/tool/backtest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"

static struct backtest_alert *find(struct backtest *b, const char *id)
{
        uint32_t i;

        for (i = b->n; i > 0; i--)
                if (strcmp(b->list[i - 1].id, id) == 0)
                        return &b->list[i - 1];
        return NULL;
}

static void put_names(struct backtest_alert *x, const struct places *p,
                      const struct alert *a)
{
        const char *name;

        if (a->station < p->n_stations) {
                snprintf(x->name, sizeof x->name, "%s",
                         p->stations[a->station].name);
                snprintf(x->name_en, sizeof x->name_en, "%s",
                         p->stations[a->station].name_en);
                return;
        }
        name = places_zone_name(p, a->subject, false);
        x->is_zone = a->station == NO_INDEX && name;
        if (!x->is_zone)
                return;
        snprintf(x->name, sizeof x->name, "%s", name);
        snprintf(x->name_en, sizeof x->name_en, "%s",
                 places_zone_name(p, a->subject, true));
}

static struct backtest_alert *add(struct backtest *b, const struct places *p,
                                  const struct alert *a)
{
        struct backtest_alert *x;
        uint32_t cap = b->cap ? 2 * b->cap : 64;
        int l;

        if (b->n == b->cap) {
                x = realloc(b->list, cap * sizeof *x);
                if (!x)
                        return NULL;
                b->list = x;
                b->cap = cap;
        }
        x = &b->list[b->n++];
        *x = (struct backtest_alert){.hazard = a->hazard,
                                     .raised_us = a->raised_us,
                                     .late = a->late};
        snprintf(x->id, sizeof x->id, "%s", a->id);
        snprintf(x->subject, sizeof x->subject, "%s", a->subject);
        snprintf(x->zone, sizeof x->zone, "%s", a->zone);
        snprintf(x->county, sizeof x->county, "%s", a->county);
        put_names(x, p, a);
        for (l = 0; l < level_count; l++)
                x->forecast_us[l] = x->observed_us[l] = TIME_NONE;
        return x;
}

static bool is_asked_for(const struct backtest *b, const struct alert *a)
{
        return (b->from_us == TIME_NONE || a->raised_us >= b->from_us) &&
               (b->to_us == TIME_NONE || a->raised_us < b->to_us);
}

void backtest_take(struct backtest *b, const struct places *p,
                   const struct alert_change *c)
{
        const struct alert *a = &c->alert;
        int64_t at_us = c->transition.at_us;
        struct backtest_alert *x;
        int l;

        if (!is_asked_for(b, a))
                return;
        x = find(b, a->id);
        if (!x)
                x = add(b, p, a);
        if (!x) {
                b->failed = true;
                return;
        }
        for (l = LEVEL_WHITE; l < level_count; l++) {
                if ((int)a->level_observed >= l &&
                    x->observed_us[l] == TIME_NONE)
                        x->observed_us[l] = at_us;
                if ((int)a->level_forecast >= l &&
                    x->forecast_us[l] == TIME_NONE &&
                    x->observed_us[l] == TIME_NONE)
                        x->forecast_us[l] = at_us;
        }
        if (a->level_peak > x->peak)
                x->peak = a->level_peak;
        x->ended_us = alert_is_live(a) ? TIME_NONE : at_us;
}

void backtest_done(struct backtest *b)
{
        free(b->list);
        memset(b, 0, sizeof *b);
}

/* ---- scores ---- */

/* A code of 6 digits that ends in 00 is a city, of 9 a town. */
static bool zone_holds(const char *zone, const char *inner)
{
        size_t n = strlen(zone);

        if (n == 6 && strcmp(zone + 4, "00") == 0)
                n = 4;
        return n > 0 && strncmp(zone, inner, n) == 0;
}

/* When the grade was forecast for the alert's subject, or for a zone that it
 * lies in, and still was when it came. */
static int64_t forecast_before(const struct backtest *b,
                               const struct backtest_alert *a, enum level l)
{
        int64_t at_us = a->forecast_us[l];
        uint32_t i;

        for (i = 0; i < b->n && at_us == TIME_NONE; i++) {
                const struct backtest_alert *z = &b->list[i];

                if (z->is_zone && z != a && z->hazard == a->hazard &&
                    z->forecast_us[l] != TIME_NONE &&
                    z->forecast_us[l] <= a->observed_us[l] &&
                    (z->ended_us == TIME_NONE ||
                     z->ended_us >= a->observed_us[l]) &&
                    zone_holds(z->subject, a->zone))
                        at_us = z->forecast_us[l];
        }
        return at_us;
}

static int by_value(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return x < y ? -1 : x > y;
}

static void count_alert(const struct backtest *b,
                        const struct backtest_alert *a, enum level l,
                        struct backtest_score *s, int64_t *lead_us)
{
        bool came = a->observed_us[l] != TIME_NONE;
        int64_t before_us;

        if (!came && a->forecast_us[l] != TIME_NONE) {
                s->open += a->ended_us == TIME_NONE;
                s->false_alarms += a->ended_us != TIME_NONE;
        }
        /* A zone's alert is observed by its gauges, which have their own. */
        if (!came || a->is_zone || a->late)
                return;
        s->observed++;
        before_us = forecast_before(b, a, l);
        if (before_us != TIME_NONE)
                lead_us[s->hits++] = a->observed_us[l] - before_us;
}

void backtest_score(const struct backtest *b, enum hazard h, enum level l,
                    struct backtest_score *ret)
{
        int64_t *lead_us = calloc(b->n + 1u, sizeof *lead_us);
        uint32_t i;

        *ret = (struct backtest_score){.lead_least_us = TIME_NONE,
                                       .lead_median_us = TIME_NONE};
        if (!lead_us)
                return;
        for (i = 0; i < b->n; i++)
                if (b->list[i].hazard == h)
                        count_alert(b, &b->list[i], l, ret, lead_us);
        if (ret->hits) {
                qsort(lead_us, ret->hits, sizeof *lead_us, by_value);
                ret->lead_least_us = lead_us[0];
                ret->lead_median_us = lead_us[ret->hits / 2];
        }
        free(lead_us);
}

bool backtest_tells(const struct backtest *b, enum hazard h, enum level l,
                    struct backtest_score *ret)
{
        struct backtest_score above = {.observed = 0};

        backtest_score(b, h, l, ret);
        if (l + 1 < level_count)
                backtest_score(b, h, (enum level)(l + 1), &above);
        return ret->hits + ret->false_alarms + ret->open &&
               (ret->observed != above.observed || ret->hits != above.hits ||
                ret->open != above.open ||
                ret->false_alarms != above.false_alarms);
}

/* ---- one list and the other ---- */

static bool overlaps(const struct backtest_alert *a,
                     const struct backtest_alert *b)
{
        return (a->ended_us == TIME_NONE || b->raised_us <= a->ended_us) &&
               (b->ended_us == TIME_NONE || a->raised_us <= b->ended_us);
}

enum backtest_fate backtest_find(const struct backtest_alert *a,
                                 const struct backtest *other,
                                 const struct backtest_alert **ret)
{
        const struct backtest_alert *x, *best = NULL;
        uint32_t i;

        for (i = 0; i < other->n; i++) {
                x = &other->list[i];
                if (x->hazard != a->hazard || x->late != a->late ||
                    strcmp(x->subject, a->subject) != 0 || !overlaps(a, x))
                        continue;
                if (!best || llabs(x->raised_us - a->raised_us) <
                                     llabs(best->raised_us - a->raised_us))
                        best = x;
        }
        *ret = best;
        if (!best)
                return BACKTEST_GONE;
        return best->raised_us == a->raised_us && best->peak == a->peak &&
                               memcmp(best->observed_us, a->observed_us,
                                      sizeof a->observed_us) == 0 &&
                               memcmp(best->forecast_us, a->forecast_us,
                                      sizeof a->forecast_us) == 0
                       ? BACKTEST_SAME
                       : BACKTEST_MOVED;
}

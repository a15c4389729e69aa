/* alerts/watch.c -- which rule looks at which data of a station.
 *
 * Thread: any; no state. */
#include "alerts/inside.h"

/* Those of zones, and those that time changes, are judged at ticks. */
static bool is_judged_on_data(const struct engine *g, uint32_t rule)
{
        return !g->programs[rule].zone && !g->programs[rule].ticks;
}

bool watch_zone(const struct engine *g, uint32_t rule, const struct places *p,
                const struct subject *u)
{
        const struct rule *r = &g->rules.rule[rule];

        return u->kind == SUBJECT_ZONE && r->kind == RULE_EXPRESSION &&
               g->programs[rule].zone && !g->programs[rule].ticks &&
               r->zone_level == subject_zone_level(u->code) &&
               scope_zone(g, rule, p, u->code);
}

bool watch_value(const struct engine *g, uint32_t rule, const struct station *s,
                 enum element el)
{
        const struct rule *r = &g->rules.rule[rule];

        if (!scope_station(g, rule, s))
                return false;
        if (r->kind == RULE_EXPRESSION)
                return is_judged_on_data(g, rule) &&
                       expression_watches(&g->programs[rule], s, el);
        if (r->kind == RULE_FORECAST_LEVEL)
                return false;
        return level_watches(r, s, el) || wind_watches(r, s, el) ||
               drought_watches_soil(r, el);
}

bool watch_rain(const struct engine *g, uint32_t rule, const struct station *s)
{
        const struct rule *r = &g->rules.rule[rule];

        if (!scope_station(g, rule, s))
                return false;
        if (r->kind == RULE_EXPRESSION)
                return is_judged_on_data(g, rule) &&
                       expression_watches_rain(&g->programs[rule]);
        return r->kind == RULE_RAIN_SUM;
}

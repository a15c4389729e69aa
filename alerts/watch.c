/* alerts/watch.c -- which rule looks at which data of a station.
 *
 * Thread: any; no state. */
#include "alerts/inside.h"

bool watch_value(const struct engine *g, uint32_t rule, const struct station *s,
                 enum element el)
{
        const struct rule *r = &g->rules.rule[rule];

        if (r->kind == RULE_EXPRESSION)
                return expression_watches(&g->programs[rule], s, el);
        if (r->kind == RULE_FORECAST_LEVEL)
                return false;
        return level_watches(r, s, el) || wind_watches(r, s, el) ||
               drought_watches_soil(r, el);
}

bool watch_rain(const struct engine *g, uint32_t rule)
{
        const struct rule *r = &g->rules.rule[rule];

        if (r->kind == RULE_EXPRESSION)
                return expression_watches_rain(&g->programs[rule]);
        return r->kind == RULE_RAIN_SUM;
}

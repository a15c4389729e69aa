/* alerts/wind.c -- which wind a rule looks at: mean or gust, never both.
 *
 * Holds:  UG is always a gust; US is what the station declares it to be.
 * Source: Beaufort bounds, SL 651-2014 annex F; docs/formulas.md#wind.
 * Thread: any; no state. */
#include "alerts/inside.h"

bool wind_watches(const struct rule *r, const struct station *s,
                  enum element el)
{
        bool gust = el == ELEMENT_UG || s->wind_is_gust;

        if (r->kind != RULE_WIND)
                return false;
        if (el != ELEMENT_US && el != ELEMENT_UG)
                return false;
        return r->gust == gust;
}

/* alerts/level.c -- river and reservoir levels against their lines.
 *
 * In:     levels in thousandths of a metre, the station's SL 323 levels.
 * Holds:  a line whose base is not set at the station is not compared.
 * Source: docs/rules.md; 水情预警发布管理办法 (2013).
 * Thread: any; no state. */
#include "alerts/inside.h"

bool level_watches(const struct rule *r, const struct station *s,
                   enum element el)
{
        if (el != ELEMENT_Z && el != ELEMENT_ZU)
                return false;
        if (el == ELEMENT_ZU && s->kind != STATION_RESERVOIR)
                return false;
        if (r->kind == RULE_RESERVOIR_LIMIT)
                return s->kind == STATION_RESERVOIR;
        if (r->kind != RULE_RIVER_LEVEL && r->kind != RULE_FORECAST_LEVEL)
                return false;
        return s->kind == STATION_RIVER || s->kind == STATION_RESERVOIR;
}

static int64_t base_milli(const struct station *s, enum line_base base,
                          int64_t at_us)
{
        switch (base) {
        case LINE_NEAR:
                return s->wrz_milli == LEVEL_UNSET
                               ? LEVEL_UNSET
                               : s->wrz_milli - s->near_milli;
        case LINE_WRZ:
                return s->wrz_milli;
        case LINE_GRZ:
                return s->grz_milli;
        case LINE_OBHTZ:
                return s->obhtz_milli;
        case LINE_FSLTDZ:
                return station_limit_milli(s, at_us);
        case LINE_LDKEL:
                return s->ldkel_milli;
        case LINE_RDKEL:
                return s->rdkel_milli;
        case LINE_DKEL:
                return station_dyke_milli(s);
        case LINE_LAZ:
                return s->laz_milli;
        default:
                return 0;
        }
}

int64_t level_threshold(const struct station *s, const struct rule_line *l,
                        int64_t at_us)
{
        int64_t base = base_milli(s, l->base, at_us);

        return base == LEVEL_UNSET ? LEVEL_UNSET : base + l->value_milli;
}

void level_readings(const struct station *s, const struct rule *r,
                    enum element el, int64_t value_milli, int64_t at_us,
                    struct reading *ret)
{
        bool level =
                r->kind == RULE_RIVER_LEVEL || r->kind == RULE_RESERVOIR_LIMIT;
        uint32_t i;

        for (i = 0; i < r->n_lines; i++) {
                int64_t limit = r->line[i].value_milli;

                if (level)
                        limit = level_threshold(s, &r->line[i], at_us);
                ret[i] = (struct reading){.absent = limit == LEVEL_UNSET,
                                          .value_milli = value_milli,
                                          .threshold_milli = limit,
                                          .element = el};
        }
}

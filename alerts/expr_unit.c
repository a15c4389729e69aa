/* alerts/expr_unit.c -- the units of a rule's expression.
 *
 * Holds:  rain in mm and levels in m are different things: they have no
 *         common base, so that one cannot be compared with the other.
 * Thread: any; no state. */
#include "alerts/expr.h"

#include <string.h>

static const struct {
        const char *name, *base;
        int64_t num, den;
} units[] = {
        {"m", "m", 1, 1},           {"cm", "m", 1, 100},
        {"mm", "mm", 1, 1},         {"m/s", "m/s", 1, 1},
        {"m/h", "m/h", 1, 1},       {"cm/h", "m/h", 1, 100},
        {"mm/h", "mm/h", 1, 1},     {"m3/s", "m3/s", 1, 1},
        {"m3/s/h", "m3/s/h", 1, 1}, {"%/h", "%/h", 1, 1},
        {"days", "days", 1, 1},     {"day", "days", 1, 1},
        {"s", "s", 1, 1},           {"min", "s", 60, 1},
        {"h", "s", 3600, 1},        {"d", "s", 86400, 1},
};

const char *expr_unit_base(struct text name, int64_t *ret_num, int64_t *ret_den)
{
        size_t i;
        int el;

        for (i = 0; i < sizeof units / sizeof *units; i++)
                if (text_is(name, units[i].name)) {
                        *ret_num = units[i].num;
                        *ret_den = units[i].den;
                        return units[i].base;
                }
        *ret_num = 1;
        *ret_den = 1;
        for (el = 0; el < ELEMENT_count; el++)
                if (text_is(name, element_info((enum element)el)->unit))
                        return element_info((enum element)el)->unit;
        return NULL;
}

const char *expr_unit_per_hour(const char *unit)
{
        static const char *const rates[][2] = {
                {"m", "m/h"}, {"mm", "mm/h"}, {"m3/s", "m3/s/h"}, {"%", "%/h"}};
        size_t i;

        for (i = 0; i < sizeof rates / sizeof *rates; i++)
                if (strcmp(rates[i][0], unit) == 0)
                        return rates[i][1];
        return NULL;
}

/* schemas/element.c -- the element table of SL 651-2014 annex C, as far as
 * it is kept today. */
#include "schemas/element.h"

#include "schemas/time.h"

static const struct element_info table[ELEMENT_count] = {
#define X(code, name, lead, unit, lo, hi, zh, en) \
        [code] = {name, lead, unit, lo, hi, zh, en},
        ELEMENTS(X)
#undef X
};

const struct element_info *element_info(enum element e)
{
        return &table[e];
}

const char *element_name(enum element e)
{
        return e < ELEMENT_count ? table[e].name : "?";
}

bool element_from(struct text t, enum element *ret)
{
        for (int i = 0; i < ELEMENT_count; i++)
                if (text_is(t, table[i].name)) {
                        *ret = (enum element)i;
                        return true;
                }
        return false;
}

bool element_from_lead(uint8_t lead, enum element *ret)
{
        for (int i = 0; i < ELEMENT_count; i++)
                if (lead && table[i].sl651_lead == lead) {
                        *ret = (enum element)i;
                        return true;
                }
        return false;
}

int64_t element_interval_us(enum element e)
{
        switch (e) {
        case ELEMENT_PN01:
                return MINUTE_US;
        case ELEMENT_PN05:
        case ELEMENT_DRP:
                return 5 * MINUTE_US;
        case ELEMENT_PN10:
                return 10 * MINUTE_US;
        case ELEMENT_PN15:
                return 15 * MINUTE_US;
        case ELEMENT_PN30:
                return 30 * MINUTE_US;
        case ELEMENT_P1:
                return HOUR_US;
        case ELEMENT_P2:
                return 2 * HOUR_US;
        case ELEMENT_P3:
                return 3 * HOUR_US;
        case ELEMENT_P4:
                return 4 * HOUR_US;
        case ELEMENT_P6:
                return 6 * HOUR_US;
        case ELEMENT_P12:
                return 12 * HOUR_US;
        default:
                return 0;
        }
}

bool element_is_rain(enum element e)
{
        return e == ELEMENT_PJ || e == ELEMENT_PT || e == ELEMENT_PD ||
               element_interval_us(e) > 0;
}

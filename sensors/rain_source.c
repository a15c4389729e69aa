/* sensors/rain_source.c -- which interval and amount of rain a value tells. */
#include "sensors/rain_source.h"

#include "schemas/time.h"

static struct rain_slot slot_of(const struct observation *o)
{
        return (struct rain_slot){.station = o->station,
                                  .end_us = o->time_us,
                                  .amount_milli = o->value_milli,
                                  .source = o->element,
                                  .seq = o->seq};
}

bool rain_source(const struct observation *o, struct rain_slot *ret)
{
        int64_t length_us = element_interval_us(o->element);

        if (!marks_usable(o->marks))
                return false;
        if (length_us == 0 && o->element != ELEMENT_PD)
                return false;
        *ret = slot_of(o);
        if (o->element == ELEMENT_PD) {
                length_us = DAY_US;
                ret->end_us = time_hydro_day_end(o->time_us);
                if (ret->end_us != o->time_us)
                        ret->end_us -= DAY_US;
        }
        ret->begin_us = ret->end_us - length_us;
        return true;
}

void rain_source_counter(const struct observation *o,
                         const struct counter_said *said, struct rain_slot *ret)
{
        *ret = slot_of(o);
        ret->begin_us = said->begin_us;
        ret->amount_milli = said->amount_milli;
}

/* Are both of one hydrological day, so that PJ compares? */
static bool one_day(enum element e, int64_t a_us, int64_t b_us)
{
        return e != ELEMENT_PJ ||
               time_hydro_day_end(a_us) == time_hydro_day_end(b_us);
}

/* From the value before it, or PJ from the beginning of its day. */
static bool late_before(const struct observation *o,
                        const struct series *series, struct rain_slot *ret)
{
        int64_t us, milli;

        *ret = slot_of(o);
        if (series_before(series, o->time_us, &us, &milli) &&
            one_day(o->element, us, o->time_us)) {
                ret->begin_us = us;
                return counter_between(o->element, us, milli, o->time_us,
                                       o->value_milli, &ret->amount_milli);
        }
        if (o->element != ELEMENT_PJ)
                return false;
        ret->begin_us = time_hydro_day_end(o->time_us) - DAY_US;
        return !(o->time_us == ret->begin_us + DAY_US && o->value_milli == 0) &&
               counter_between(o->element, ret->begin_us, 0, o->time_us,
                               o->value_milli, &ret->amount_milli);
}

static bool late_after(const struct observation *o, const struct series *series,
                       struct rain_slot *ret)
{
        int64_t us, milli;

        *ret = slot_of(o);
        if (!series_after(series, o->time_us, &us, &milli) ||
            !one_day(o->element, o->time_us, us))
                return false;
        ret->begin_us = o->time_us;
        ret->end_us = us;
        return counter_between(o->element, o->time_us, o->value_milli, us,
                               milli, &ret->amount_milli);
}

uint32_t rain_source_late(const struct observation *o,
                          const struct series *series,
                          struct rain_slot ret[RAIN_SLOTS_MAX])
{
        uint32_t n = 0;

        if (!marks_usable(o->marks))
                return 0;
        n += late_before(o, series, &ret[n]);
        n += late_after(o, series, &ret[n]);
        return n;
}

/* Of two of the same length, the one that was measured as an interval. */
static int kind(const struct rain_slot *s)
{
        return s->source == ELEMENT_PT ? 1 : s->source == ELEMENT_PJ ? 2 : 0;
}

int rain_source_order(const void *a, const void *b)
{
        const struct rain_slot *x = a, *y = b;
        int64_t lx = x->end_us - x->begin_us, ly = y->end_us - y->begin_us;

        if (lx != ly)
                return lx < ly ? -1 : 1;
        if (kind(x) != kind(y))
                return kind(x) - kind(y);
        if (x->end_us != y->end_us)
                return x->end_us < y->end_us ? -1 : 1;
        return (int)x->source - (int)y->source;
}

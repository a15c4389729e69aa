/* sensors/rain_source.c -- which interval and amount of rain a value tells. */
#include "sensors/rain_source.h"

#include "schemas/time.h"

#define PT_WRAP_MILLI INT64_C(100000000) /* 99999.9 mm and one tenth more */
#define PT_NEAR_END_MILLI INT64_C(99000000)

static bool plausible(const struct rain_slot *s)
{
        int64_t limit = (s->end_us - s->begin_us) / SECOND_US *
                        RAIN_FASTEST_MILLI_PER_H / 3600;

        if (limit < RAIN_LEAST_LIMIT_MILLI)
                limit = RAIN_LEAST_LIMIT_MILLI;
        return s->amount_milli <= limit;
}

/* Since `before_milli` stood there; false when that cannot be said. */
static bool counted(int64_t before_milli, int64_t now_milli, bool wraps,
                    int64_t *ret_milli)
{
        if (now_milli >= before_milli)
                *ret_milli = now_milli - before_milli;
        else if (wraps && before_milli >= PT_NEAR_END_MILLI &&
                 now_milli < PT_WRAP_MILLI - PT_NEAR_END_MILLI)
                *ret_milli = now_milli + PT_WRAP_MILLI - before_milli;
        else if (now_milli * 2 < before_milli)
                *ret_milli = now_milli;
        else
                return false;
        return true;
}

static bool from_counter(const struct observation *o,
                         const struct series *series, struct rain_slot *s)
{
        int64_t before_us, before_milli;

        if (!series_before(series, o->time_us, &before_us, &before_milli))
                return false;
        s->begin_us = before_us;
        return counted(before_milli, o->value_milli, true, &s->amount_milli);
}

static bool from_day(const struct observation *o, const struct series *series,
                     struct rain_slot *s)
{
        int64_t end_us = time_hydro_day_end(o->time_us);
        int64_t start_us = end_us - DAY_US, before_us, before_milli;

        s->begin_us = start_us;
        s->amount_milli = o->value_milli;
        if (!series_before(series, o->time_us, &before_us, &before_milli) ||
            before_us <= start_us)
                return true;
        s->begin_us = before_us;
        if (o->time_us == end_us && o->value_milli < before_milli)
                return false;
        return counted(before_milli, o->value_milli, false, &s->amount_milli);
}

bool rain_source(const struct observation *o, const struct series *series,
                 struct rain_slot *ret)
{
        int64_t length_us = element_interval_us(o->element);
        struct rain_slot s = {.station = o->station,
                              .end_us = o->time_us,
                              .amount_milli = o->value_milli,
                              .source = o->element,
                              .seq = o->seq};
        bool says = true;

        if (!marks_usable(o->marks))
                return false;
        if (length_us > 0) {
                s.begin_us = s.end_us - length_us;
        } else if (o->element == ELEMENT_PD) {
                s.end_us = time_hydro_day_end(o->time_us);
                if (s.end_us != o->time_us)
                        s.end_us -= DAY_US;
                s.begin_us = s.end_us - DAY_US;
        } else if (o->element == ELEMENT_PT) {
                says = from_counter(o, series, &s) && plausible(&s);
        } else if (o->element == ELEMENT_PJ) {
                says = from_day(o, series, &s) && plausible(&s);
        } else {
                return false;
        }
        if (says)
                *ret = s;
        return says;
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

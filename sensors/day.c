/* sensors/day.c -- readings of a storm's stations, by time. */
#include "sensors/day.h"

/* An hour's rain over its twelve slots, in hundredths: up, then down. */
static const int hump[12] = {2, 4, 6, 9, 12, 14, 15, 13, 10, 7, 5, 3};

static int64_t round_to(int64_t milli, int64_t step)
{
        int64_t half = milli < 0 ? -step / 2 : step / 2;

        return (milli + half) / step * step;
}

static bool is_level(enum element e)
{
        return e == ELEMENT_Z || e == ELEMENT_ZU || e == ELEMENT_ZB;
}

int64_t day_series_milli(const struct day_series *s, int64_t minute)
{
        const struct day_knot *k = s->knots;
        int64_t at = minute * 1000, v;
        uint32_t i;

        for (i = 0; i < s->n_knots && k[i].minute_milli <= at; i++)
                ;
        if (i == 0)
                v = k[0].value_milli;
        else if (i == s->n_knots)
                v = k[i - 1].value_milli;
        else
                v = k[i - 1].value_milli +
                    (k[i].value_milli - k[i - 1].value_milli) *
                            (at - k[i - 1].minute_milli) /
                            (k[i].minute_milli - k[i - 1].minute_milli);
        return round_to(v, is_level(s->element) ? 10 : 100);
}

int64_t day_rain_milli(const struct day_rain *r, int64_t minute)
{
        int64_t hour = (minute - 1) / 60;
        int64_t slot = (minute - 1) % 60 / 5, before = 0, k;
        int64_t tenths;

        if (minute < 1 || hour >= r->n_hours)
                return 0;
        tenths = r->hourly_milli[hour] / 100;
        for (k = 0; k < slot; k++)
                before += hump[k];
        return (tenths * (before + hump[slot]) / 100 - tenths * before / 100) *
               100;
}

static bool is_silent(const struct day *d, uint32_t station, int64_t minute)
{
        uint32_t i;

        for (i = 0; i < d->n_silences; i++)
                if (d->silences[i].station == station &&
                    minute >= d->silences[i].from_min &&
                    minute < d->silences[i].to_min)
                        return true;
        return false;
}

uint32_t day_readings(const struct day *d, uint32_t station, int64_t minute,
                      struct day_reading *ret, uint32_t max)
{
        uint32_t i, n = 0;

        if (is_silent(d, station, minute))
                return 0;
        for (i = 0; i < d->n_series && n < max; i++) {
                const struct day_series *s = &d->series[i];

                if (s->station == station && minute * 60 % s->every_s == 0)
                        ret[n++] = (struct day_reading){
                                s->element, day_series_milli(s, minute)};
        }
        for (i = 0; i < d->n_rain && n < max && minute % 5 == 0; i++)
                if (d->rain[i].station == station)
                        ret[n++] = (struct day_reading){
                                ELEMENT_PN05,
                                day_rain_milli(&d->rain[i], minute)};
        return n;
}

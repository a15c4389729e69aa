/* sensors/amend.c -- an authorised later value for the same key.
 *
 * Of rain only measured intervals (PN05, P1...) are amended in the rain
 * series too: an amended counter stands as a value, what was counted from
 * it stays. */
#include "sensors/sensors_part.h"

static enum status check(const struct sensors *s, const struct places *p,
                         const struct amendment *a, int64_t engine_us,
                         struct err *e)
{
        const struct element_info *k = element_info(a->element);

        if (a->station >= p->n_stations)
                return err_set(e, ERR_UNKNOWN_STATION, "no such station");
        if (a->value_milli < k->min_milli || a->value_milli > k->max_milli)
                return err_set(e, ERR_RANGE, "no possible value of %s",
                               k->name);
        if (a->time_us > engine_us + s->config.future_us)
                return err_set(e, ERR_FUTURE, "\"time\" lies in the future");
        return OK;
}

/* Settles the conflict of that key, if it is the one that flags. */
static void settle(struct book_facts *f, const struct amendment *a)
{
        f->amended++;
        if (f->conflict_us == a->time_us && f->conflict_element == a->element)
                f->conflict_us = TIME_NONE;
}

enum status sensors_amend(struct sensors *s, const struct places *p,
                          const struct amendment *a, uint64_t seq,
                          int64_t engine_us, struct effects *fx, struct err *e)
{
        struct observation o = {.station = a->station,
                                .element = a->element,
                                .time_us = a->time_us,
                                .received_us = engine_us,
                                .value_milli = a->value_milli,
                                .marks = MARK_REVISED | a->marks,
                                .seq = seq,
                                .item = a->item};
        struct station_change change = {a->station};
        struct board_station *b = NULL;
        struct book_facts *f = NULL;
        struct series *x = NULL;
        struct rain_slot slot;
        enum status st = check(s, p, a, engine_us, e);

        if (st == OK)
                st = board_get(&s->board, a->station, &b, e);
        if (st == OK)
                st = book_get(&s->book, a->station, &f, e);
        if (st == OK)
                st = board_series(b, a->element, &x, e);
        if (st == OK)
                st = series_amend(x, &o, e);
        if (st != OK)
                return st;
        settle(f, a);
        s->counts.amended++;
        effects_push_observation(fx, &o);
        effects_push_station(fx, &change);
        if (element_interval_us(o.element) > 0 && rain_source(&o, &slot))
                st = rain_revise(&b->rain, &slot, engine_us, fx, e);
        return st;
}

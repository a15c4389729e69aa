/* sensors/uncap.c -- the 25.4 mm cap of an F4 slot undone. */
#include "sensors/uncap.h"

#define SLOT_US (5 * MINUTE_US)

/* The record's own slot when it has one, else a new one. */
static void push(struct effects *fx, uint32_t first,
                 const struct rain_slot *slot)
{
        uint32_t i;

        for (i = first; i < fx->n_rain; i++) {
                struct rain_slot *x = &fx->rain[i];

                if (x->station == slot->station && x->end_us == slot->end_us &&
                    x->begin_us == slot->begin_us) {
                        *x = *slot;
                        return;
                }
        }
        effects_push_rain(fx, slot);
}

/* The slot that ends at end_us holds what was carried from the full one
 * before it: how much; 0 when nothing can be said. */
static int64_t carried(const struct series *drp, int64_t end_us,
                       int64_t *ret_raw)
{
        int64_t full, after;

        if (!series_find(drp, end_us - SLOT_US, &full) ||
            full != DRP_FULL_MILLI || !series_find(drp, end_us, ret_raw) ||
            *ret_raw >= DRP_FULL_MILLI ||
            !series_find(drp, end_us + SLOT_US, &after) || after >= *ret_raw)
                return 0;
        return *ret_raw - after;
}

static void mend(struct rain *r, const struct series *drp,
                 const struct series *pn05, const struct observation *o,
                 int64_t end_us, struct effects *fx, uint32_t first)
{
        int64_t raw = 0, unused, back = carried(drp, end_us, &raw);
        struct rain_slot slot = {.station = o->station,
                                 .source = ELEMENT_DRP,
                                 .seq = o->seq,
                                 .repaired = true};

        if (back == 0 ||
            (pn05 && (series_find(pn05, end_us, &unused) ||
                      series_find(pn05, end_us - SLOT_US, &unused))) ||
            !rain_move_back(r, end_us - SLOT_US, SLOT_US, DRP_FULL_MILLI, raw,
                            back))
                return;
        slot.begin_us = end_us - 2 * SLOT_US;
        slot.end_us = end_us - SLOT_US;
        slot.raw_milli = DRP_FULL_MILLI;
        slot.amount_milli = DRP_FULL_MILLI + back;
        push(fx, first, &slot);
        slot.begin_us = slot.end_us;
        slot.end_us = end_us;
        slot.raw_milli = raw;
        slot.amount_milli = raw - back;
        push(fx, first, &slot);
}

void uncap_look(struct rain *r, const struct series *drp,
                const struct series *pn05, const struct observation *o,
                struct effects *fx, uint32_t first)
{
        int i;

        for (i = -1; i <= 1; i++)
                mend(r, drp, pn05, o, o->time_us + i * SLOT_US, fx, first);
}

/* sensors/take_quality.c -- one new value is judged. */
#include "sensors/take_quality.h"

#include "sensors/uncap.h"

/* Such a value says nothing new of now. */
#define SAYS_NOTHING \
        (MARK_DUPLICATE | MARK_CONFLICT | MARK_OLD | MARK_MISSING | MARK_TEST)

struct take_before take_before(const struct series *x)
{
        return x->has_newest ? (struct take_before){x->time_us, x->received_us}
                             : (struct take_before){TIME_NONE, TIME_NONE};
}

/* The station as a whole: a low battery or a gauge that stands apart. */
static void mark_station(struct take *t, struct board_station *b,
                         struct observation *o)
{
        const struct station *s = &t->p->stations[t->station];
        uint32_t low = check_battery(&t->s->checks, s, o);

        if (o->element == ELEMENT_VT && !(o->marks & MARK_LATE))
                b->marks = (b->marks & ~(uint32_t)MARK_BATTERY) | low;
        o->marks |= low | (b->marks & MARK_BATTERY);
        if (element_is_rain(o->element))
                o->marks |= b->marks & MARK_NEIGHBOUR;
        if (o->element == ELEMENT_DRP && o->value_milli == DRP_FULL_MILLI)
                o->marks |= MARK_REPAIRED;
}

static void judge_counter(struct take *t, struct series *x,
                          struct observation *o, uint32_t *n_slots)
{
        struct rain_slot *slot = &t->s->slot[*n_slots];
        struct counter_said said;

        if (!counter_step(o, &x->check, &said)) {
                *n_slots += rain_source_late(o, x, slot);
                return;
        }
        o->marks |= said.marks;
        if (!said.says || !marks_usable(o->marks))
                return;
        rain_source_counter(o, &said, slot);
        (*n_slots)++;
}

void take_judge(struct take *t, struct board_station *b, struct series *x,
                const struct take_before *before, bool told_time,
                struct observation *o, uint32_t *n_slots)
{
        const struct station *s = &t->p->stations[t->station];

        if (o->marks & SAYS_NOTHING)
                return;
        mark_station(t, b, o);
        if (told_time && t->topic.kind != TOPIC_SL651)
                o->marks |= check_clock(&t->s->checks, s, o, before->time_us,
                                        before->received_us);
        if (counter_is(o->element)) {
                judge_counter(t, x, o, n_slots);
        } else {
                o->marks |= check_value(&t->s->checks, s, o, &x->check);
                *n_slots += rain_source(o, &t->s->slot[*n_slots]);
        }
        if (x->time_us == o->time_us)
                x->marks = o->marks;
}

void take_uncap(struct take *t, struct board_station *b, uint32_t first,
                uint32_t first_observation)
{
        const struct series *drp = board_find_series(b, ELEMENT_DRP);
        const struct series *pn05 = board_find_series(b, ELEMENT_PN05);
        uint32_t i;

        for (i = first_observation; drp && i < t->fx->n_observation; i++) {
                const struct observation *o = &t->fx->observation[i];

                if (o->element == ELEMENT_DRP && !(o->marks & SAYS_NOTHING))
                        uncap_look(&b->rain, drp, pn05, o, t->fx, first);
        }
}

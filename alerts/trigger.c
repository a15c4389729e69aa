/* alerts/trigger.c -- one line of a rule, on or off.
 *
 * On:     when the line is reached.
 * Off:    when the value stayed below the line by the hysteresis for the
 *         hold, in observation time; in between nothing changes, so a
 *         value that plays around its line does not flap.
 * Holds:  missing data never switches a line off (a silent gauge in a
 *         flood is bad news, not good news).
 * Thread: any; no state of its own. */
#include "alerts/inside.h"

void trigger_clear(struct trigger *t)
{
        *t = (struct trigger){.below_us = TIME_NONE,
                              .on_us = TIME_NONE,
                              .element = ELEMENT_count};
}

/* Soil moisture is dangerous downwards, all else upwards. */
bool trigger_reached(const struct rule *r, const struct reading *x)
{
        if (x->absent)
                return false;
        if (x->judged)
                return x->reached;
        if (r->kind == RULE_SOIL)
                return x->value_milli <= x->threshold_milli;
        return x->value_milli >= x->threshold_milli;
}

static bool clearly_below(const struct rule *r, const struct reading *x)
{
        if (x->judged)
                return x->below;
        if (r->kind == RULE_SOIL)
                return x->value_milli >
                       x->threshold_milli + r->hysteresis_milli;
        return x->value_milli < x->threshold_milli - r->hysteresis_milli;
}

bool trigger_is_clear(const struct rule *r, const struct reading *x)
{
        return x->absent || (!x->keep && !x->unsure && !trigger_reached(r, x) &&
                             clearly_below(r, x));
}

static void switch_on(struct trigger *t, const struct reading *x, int64_t at_us,
                      uint64_t seq)
{
        t->on = true;
        t->on_us = at_us;
        t->value_milli = x->value_milli;
        t->threshold_milli = x->threshold_milli;
        t->seq = seq;
        t->element = x->element;
        t->window_us = x->window_us;
}

static void trigger_step(struct trigger *t, const struct rule *r,
                         const struct reading *x, int64_t at_us, uint64_t seq)
{
        if (x->absent) {
                trigger_clear(t);
        } else if (trigger_reached(r, x)) {
                if (!t->on)
                        switch_on(t, x, at_us, seq);
                t->below_us = TIME_NONE;
        } else if (t->on && !x->unsure && clearly_below(r, x)) {
                if (t->below_us == TIME_NONE)
                        t->below_us = at_us;
                if (at_us - t->below_us >= r->hold_us)
                        trigger_clear(t);
        } else {
                t->below_us = TIME_NONE;
        }
}

bool trigger_track(struct track *t, const struct rule *r,
                   const struct reading *reading, int64_t at_us, uint64_t seq)
{
        bool any = false, was;
        uint32_t i;

        for (i = 0; i < r->n_lines; i++) {
                was = t->line[i].on;
                if (!reading[i].keep)
                        trigger_step(&t->line[i], r, &reading[i], at_us, seq);
                any |= was || t->line[i].on;
        }
        return any;
}

enum level trigger_level(const struct track *t, const struct rule *r,
                         uint32_t *ret_line)
{
        enum level best = LEVEL_NONE;
        uint32_t i;

        for (i = 0; i < r->n_lines; i++)
                if (t->line[i].on && r->line[i].level > best) {
                        best = r->line[i].level;
                        if (ret_line)
                                *ret_line = i;
                }
        return best;
}

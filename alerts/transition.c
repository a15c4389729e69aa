/* alerts/transition.c -- one transition of an episode, told as an effect.
 *
 * In:     the alert as it is after the transition.
 * Out:    the alert and what changed, numbered by alert.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdio.h>
#include <string.h>

void transition_push(struct step *s, uint32_t index, enum transition_kind kind,
                     enum level from_level, enum alert_state from_state,
                     enum agency agency, const char *user, const char *note)
{
        struct alert *a = &s->g->alerts[index];
        struct alert_change c;

        a->changes++;
        a->changed_us = s->m->engine_us;
        a->seq_changed = s->m->seq;
        memset(&c, 0, sizeof c);
        c.alert = *a;
        c.transition = (struct transition){
                .kind = kind,
                .from_level = from_level,
                .to_level = alert_is_live(a) ? a->level : LEVEL_NONE,
                .from_state = from_state,
                .to_state = a->state,
                .at_us = s->m->engine_us,
                .real_us = s->m->real_us,
                .seq = s->m->seq,
                .n = a->changes,
                .agency = agency};
        snprintf(c.transition.user, sizeof c.transition.user, "%s",
                 user ? user : "");
        snprintf(c.transition.note, sizeof c.transition.note, "%s",
                 note ? note : "");
        effects_push_alert(s->fx, &c);
}

/* schemas/alert.c -- names of the transitions, and which alerts live. */
#include "schemas/alert.h"

#include "schemas/time.h"

WORD_DEFINE(transition_kind, transition_kind, TRANSITIONS)

bool alert_is_live(const struct alert *a)
{
        return a->state == ALERT_OPEN || a->state == ALERT_ACKNOWLEDGED;
}

bool alert_duty_waits(const struct answer *x)
{
        return x->required && !x->given && !x->escalated &&
               x->deadline_real_us != TIME_NONE;
}

int64_t alert_escalates_us(const struct alert *a)
{
        int64_t next = TIME_NONE;
        int i;

        for (i = 0; i < agency_count && alert_is_live(a); i++) {
                const struct answer *x = &a->answers[i];

                if (alert_duty_waits(x) &&
                    (next == TIME_NONE || x->deadline_real_us < next))
                        next = x->deadline_real_us;
        }
        return next;
}

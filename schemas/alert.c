/* schemas/alert.c -- names of the transitions, and which alerts live. */
#include "schemas/alert.h"

WORD_DEFINE(transition_kind, transition_kind, TRANSITIONS)

bool alert_is_live(const struct alert *a)
{
        return a->state == ALERT_OPEN || a->state == ALERT_ACKNOWLEDGED;
}

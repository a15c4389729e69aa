/* schemas/gap.c -- words for gaps in a sender's numbers. */
#include "schemas/gap.h"

WORD_DEFINE(gap_state, gap_state, GAP_STATES)
WORD_DEFINE(gap_owner, gap_owner, GAP_OWNERS)

enum gap_owner gap_owner(const struct gap *g)
{
        if (g->state != GAP_OPEN && g->state != GAP_WAITING)
                return GAP_OF_NOBODY;
        return g->mute || g->asked >= GAP_ASKED_ENOUGH ? GAP_OF_PEOPLE
                                                       : GAP_OF_STATION;
}

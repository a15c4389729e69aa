/* schemas/alert.c -- names of the transitions. */
#include "schemas/alert.h"

WORD_DEFINE(transition_kind, transition_kind, TRANSITIONS)

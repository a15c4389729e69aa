/* schemas/applicant.c -- words for stations that wait. */
#include "schemas/applicant.h"

WORD_DEFINE(applicant_state, applicant_state, APPLICANT_STATES)

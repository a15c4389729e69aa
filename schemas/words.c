/* schemas/words.c -- names and texts of the closed lists. */
#include "schemas/words.h"

WORD_DEFINE(hazard, hazard, HAZARDS)
WORD_DEFINE(level, level, LEVELS)
WORD_DEFINE(alert_state, alert_state, ALERT_STATES)
WORD_DEFINE(intent, intent, INTENTS)
WORD_DEFINE(role, role, ROLES)
WORD_DEFINE(agency, agency, AGENCIES)
WORD_DEFINE(station_kind, station_kind, STATION_KINDS)
WORD_DEFINE(facility_kind, facility_kind, FACILITY_KINDS)
WORD_DEFINE(incident_state, incident_state, INCIDENT_STATES)
WORD_DEFINE(unit_state, unit_state, UNIT_STATES)
WORD_DEFINE(crs, crs, CRS_LIST)
WORD_DEFINE(zone_level, zone_level, ZONE_LEVELS)
WORD_DEFINE(sl651_slots, sl651_slots, SL651_SLOTS_WORDS)
WORD_DEFINE(sl651_mode, sl651_mode, SL651_MODES)

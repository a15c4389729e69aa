/* server/view.h -- the situation as JSON: stations, values, groups...
 *
 * In:     the state and a moment; nothing else is asked.
 * Out:    members written into an open struct json_out.
 * Thread: the loop; pure. */
#ifndef SERVER_VIEW_H
#define SERVER_VIEW_H

#include "schemas/wire/json.h"
#include "server/state.h"

struct view {
        const struct state *state;
        int64_t engine_us;
        int64_t real_us;
        uint64_t archived; /* highest sequence in PostGIS */
};

/* How long an ended alert or a closed incident stays on the map. */
#define VIEW_ALERT_KEEP_US (24 * INT64_C(3600000000))
#define VIEW_INCIDENT_KEEP_US INT64_C(3600000000)

/* One station as the map draws it. */
void view_station(const struct view *v, struct json_out *o, const char *key,
                  uint32_t station);
/* Only what changes by itself: standing, levels, next_at, last_seen. */
void view_standing(const struct view *v, struct json_out *o, uint32_t station);

/* The rain series is the pseudo element "P"; its number is this. */
#define VIEW_RAIN ELEMENT_count
#define VIEW_ELEMENTS (ELEMENT_count + 1)
const char *view_element_name(int element);
bool view_element_from(struct text t, int *ret);
const char *view_element_unit(int element);
/* False (nothing written) when the station never sent that element. */
bool view_value(const struct view *v, struct json_out *o, const char *key,
                uint32_t station, int element);

bool view_alert_shown(const struct view *v, const struct alert *a);
void view_alert(const struct view *v, struct json_out *o, const char *key,
                const struct alert *a);
void view_alerts(const struct view *v, struct json_out *o, const char *key,
                 bool open_only);
/* Open alerts by their group, worst group first. */
void view_groups(const struct view *v, struct json_out *o, const char *key);

bool view_incident_open(const struct incident *i);
bool view_incident_shown(const struct view *v, const struct incident *i);
void view_incident(struct json_out *o, const char *key,
                   const struct incident *i);
void view_unit(struct json_out *o, const char *key, const struct unit *u);

/* GeoJSON FeatureCollection; level_observed is the worst open alert. */
void view_zones(const struct view *v, struct buf *b);
void view_facilities(const struct view *v, struct json_out *o, const char *key);
/* The rules in force, for people: lines with their bases and windows. */
void view_rules(const struct view *v, struct buf *b);
/* A station's page: S and its last messages. */
void view_station_page(const struct view *v, struct buf *b, uint32_t station);
/* The quarantine in memory, newest first. */
void view_quarantine(const struct view *v, struct json_out *o, const char *key,
                     uint32_t limit);

#endif

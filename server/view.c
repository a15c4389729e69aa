/* server/view.c -- the situation as JSON: stations, values, alerts.
 *
 * Holds:  a missing value is null, never 0; "no threshold" is null too.
 * Thread: the loop; pure. */
#include "server/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gis/hull.h"
#include "schemas/time.h"
#include "schemas/wire/alert.h"
#include "schemas/wire/place.h"
#include "schemas/wire/rule.h"

static void put_milli_or_null(struct json_out *o, const char *key, bool has,
                              int64_t milli)
{
        if (has)
                json_put_milli(o, key, milli);
        else
                json_put_null(o, key);
}

/* ---- stations and values ---- */

const char *view_element_name(int element)
{
        return element == VIEW_RAIN ? "P" : element_name((enum element)element);
}

const char *view_element_unit(int element)
{
        return element == VIEW_RAIN ? "mm"
                                    : element_info((enum element)element)->unit;
}

bool view_element_from(struct text t, int *ret)
{
        enum element e;

        if (text_is(t, "P")) {
                *ret = VIEW_RAIN;
                return true;
        }
        if (!element_from(t, &e))
                return false;
        *ret = (int)e;
        return true;
}

static void put_levels(const struct view *v, struct json_out *o,
                       const struct station *s)
{
        int64_t limit = station_limit_milli(s, v->engine_us);

        json_open(o, "levels");
        put_milli_or_null(o, "WRZ", s->wrz_milli != LEVEL_UNSET, s->wrz_milli);
        put_milli_or_null(o, "GRZ", s->grz_milli != LEVEL_UNSET, s->grz_milli);
        put_milli_or_null(o, "OBHTZ", s->obhtz_milli != LEVEL_UNSET,
                          s->obhtz_milli);
        put_milli_or_null(o, "FSLTDZ", limit != LEVEL_UNSET, limit);
        put_milli_or_null(o, "near", s->near_milli != LEVEL_UNSET,
                          s->near_milli);
        put_milli_or_null(o, "LDKEL", s->ldkel_milli != LEVEL_UNSET,
                          s->ldkel_milli);
        put_milli_or_null(o, "RDKEL", s->rdkel_milli != LEVEL_UNSET,
                          s->rdkel_milli);
        put_milli_or_null(o, "LAZ", s->laz_milli != LEVEL_UNSET, s->laz_milli);
        json_close(o);
}

static void put_standing(const struct view *v, struct json_out *o,
                         uint32_t station)
{
        const struct state *s = v->state;
        struct station_standing st = {.next_us = TIME_NONE};
        bool hazard;

        engine_standing(s->engine, &s->places, station, v->engine_us, &st);
        hazard = st.level != LEVEL_NONE || st.level_forecast != LEVEL_NONE ||
                 st.standing == STANDING_SILENT;
        json_put_str(o, "standing", standing_name(st.standing));
        json_put_str(o, "level", level_name(st.level));
        json_put_str(o, "level_forecast", level_name(st.level_forecast));
        json_put_words(o, "hazard", hazard ? hazard_name(st.hazard) : NULL);
        json_put_time(o, "next_at", st.next_us);
        json_put_time(o, "last_seen", sensors_last_seen(s->sensors, station));
        json_put_bool(o, "conflict",
                      sensors_in_conflict(s->sensors, station, v->engine_us));
}

void view_standing(const struct view *v, struct json_out *o, uint32_t station)
{
        json_open(o, NULL);
        json_put_str(o, "code", v->state->places.stations[station].code);
        put_standing(v, o, station);
        json_close(o);
}

static void put_station_members(const struct view *v, struct json_out *o,
                                uint32_t station)
{
        const struct station *s = &v->state->places.stations[station];

        json_put_str(o, "code", s->code);
        json_put_str(o, "name", s->name);
        json_put_str(o, "name_en", s->name_en);
        json_put_str(o, "kind", station_kind_name(s->kind));
        json_put_degree(o, "lon", s->at.lon_deg);
        json_put_degree(o, "lat", s->at.lat_deg);
        json_put_str(o, "zone", s->town[0] ? s->town : s->county);
        json_put_str(o, "county", s->county);
        wire_catchments_put(o, s);
        json_put_str(o, "river", s->river);
        json_put_str(o, "river_en", s->river_en);
        json_put_str(o, "datum", s->datum);
        put_levels(v, o, s);
        json_put_bool(o, "levels_synthetic", s->levels_synthetic);
        json_put_bool(o, "active", s->active);
        json_put_i64(o, "interval_s", s->interval_us / SECOND_US);
        json_put_str(o, "sl651", s->sl651);
        put_standing(v, o, station);
        json_open_array(o, "values");
        for (int e = 0; e < VIEW_ELEMENTS; e++)
                view_value(v, o, NULL, station, e);
        json_close_array(o);
}

void view_station(const struct view *v, struct json_out *o, const char *key,
                  uint32_t station)
{
        json_open(o, key);
        put_station_members(v, o, station);
        json_close(o);
}

static void put_marks(struct json_out *o, uint32_t marks)
{
        json_open_array(o, "marks");
        for (int bit = 0; bit < MARK_count; bit++)
                if (marks & (1u << bit))
                        json_put_str(o, NULL, mark_name((enum mark_bit)bit));
        json_close_array(o);
}

/* True for the elements that feed a station's one rain series. */
static bool is_rain(enum element e)
{
        return e == ELEMENT_PJ || e == ELEMENT_PT ||
               (element_interval_us(e) > 0 &&
                !strcmp(element_info(e)->unit, "mm"));
}

/* Rain in the windows that end at the newest rain report.  A window that
 * is not covered at all has no sum: null, not 0. */
static bool put_rain(const struct view *v, struct json_out *o, const char *key,
                     uint32_t station)
{
        static const struct {
                const char *name;
                int64_t window_us;
        } windows[] = {{"1h", HOUR_US},
                       {"3h", 3 * HOUR_US},
                       {"6h", 6 * HOUR_US},
                       {"24h", 24 * HOUR_US}};
        const struct sensors *s = v->state->sensors;
        int64_t sum[4], covered[4], end_us = TIME_NONE;
        struct newest n;

        for (int e = 0; e < ELEMENT_count; e++)
                if (is_rain((enum element)e) &&
                    sensors_newest(s, station, (enum element)e, &n) && n.has &&
                    n.time_us > end_us)
                        end_us = n.time_us;
        if (end_us == TIME_NONE)
                return false;
        for (int i = 0; i < 4; i++)
                sum[i] = sensors_rain_sum(s, station, end_us,
                                          windows[i].window_us, &covered[i]);
        json_open(o, key);
        json_put_str(o, "station", v->state->places.stations[station].code);
        json_put_str(o, "element", "P");
        json_put_time(o, "time", end_us);
        put_milli_or_null(o, "value", covered[0] > 0, sum[0]);
        json_put_str(o, "unit", "mm");
        put_marks(o, sensors_rain_marks(s, station));
        json_put_i64(o, "trend", 0);
        json_put_null(o, "change");
        json_open(o, "rain");
        for (int i = 0; i < 4; i++)
                put_milli_or_null(o, windows[i].name, covered[i] > 0, sum[i]);
        json_put_milli(o, "covered_24h", covered[3] * 1000 / (24 * HOUR_US));
        json_close(o);
        json_close(o);
        return true;
}

bool view_value(const struct view *v, struct json_out *o, const char *key,
                uint32_t station, int element)
{
        struct newest n;
        int64_t change;
        bool missing;

        if (element == VIEW_RAIN)
                return put_rain(v, o, key, station);
        if (!sensors_newest(v->state->sensors, station, (enum element)element,
                            &n) ||
            !n.has)
                return false;
        missing = n.marks & MARK_MISSING;
        change = n.value_milli - n.before_milli;
        json_open(o, key);
        json_put_str(o, "station", v->state->places.stations[station].code);
        json_put_str(o, "element", view_element_name(element));
        json_put_time(o, "time", n.time_us);
        put_milli_or_null(o, "value", !missing, n.value_milli);
        json_put_str(o, "unit", view_element_unit(element));
        put_marks(o, n.marks);
        json_put_i64(o, "trend",
                     n.has_before && !missing ? (change > 0) - (change < 0)
                                              : 0);
        put_milli_or_null(o, "change", n.has_before && !missing, change);
        json_close(o);
        return true;
}

void view_station_page(const struct view *v, struct buf *b, uint32_t station)
{
        struct last_message m[LAST_MESSAGES];
        uint32_t n = sensors_last_messages(v->state->sensors, station, m);
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        put_station_members(v, &o, station);
        json_open_array(&o, "messages");
        for (uint32_t i = 0; i < n; i++) {
                json_open(&o, NULL);
                json_put_u64(&o, "seq", m[i].seq);
                json_put_time(&o, "time", m[i].received_us);
                json_put_bool(&o, "refused", m[i].refused);
                json_put_words(&o, "reason",
                               m[i].refused ? status_name(m[i].reason) : NULL);
                json_put_bytes(&o, "detail", text_of(m[i].detail));
                json_put_bytes(&o, "head", text_of(m[i].head));
                json_put_u64(&o, "n_obs", m[i].n_obs);
                json_close(&o);
        }
        json_close_array(&o);
        json_close(&o);
}

/* ---- alerts and their groups ---- */

bool view_alert_shown(const struct view *v, const struct alert *a)
{
        if (alert_is_live(a) || a->ended_us == TIME_NONE)
                return true;
        return a->ended_us + VIEW_ALERT_KEEP_US >= v->engine_us;
}

#define OUTLINE_M 2000.0 /* around the members of a cluster */

/* The outline of a cluster's members, as GeoJSON; nothing for others. */
static void put_outline(const struct view *v, struct json_out *o,
                        const struct alert *a)
{
        const struct places *p = &v->state->places;
        struct point at[MEMBERS_MAX], outline[GIS_HULL_MAX(MEMBERS_MAX)];
        uint32_t i, n = 0;

        for (i = 0; i < a->n_members; i++)
                if (a->member[i] < p->n_stations)
                        at[n++] = p->stations[a->member[i]].at;
        n = gis_hull(at, n, OUTLINE_M, outline);
        if (n == 0)
                return;
        json_open(o, "outline");
        json_put_str(o, "type", "Polygon");
        json_open_array(o, "coordinates");
        json_open_array(o, NULL);
        for (i = 0; i <= n; i++) {
                json_open_array(o, NULL);
                json_put_degree(o, NULL, outline[i % n].lon_deg);
                json_put_degree(o, NULL, outline[i % n].lat_deg);
                json_close_array(o);
        }
        json_close_array(o);
        json_close_array(o);
        json_close(o);
}

void view_alert(const struct view *v, struct json_out *o, const char *key,
                const struct alert *a)
{
        json_open(o, key);
        wire_alert_fields(o, a, &v->state->places,
                          a->seq_changed <= v->archived);
        put_outline(v, o, a);
        json_close(o);
}

void view_alerts(const struct view *v, struct json_out *o, const char *key,
                 bool open_only)
{
        const struct alert *a;
        uint32_t n = engine_alerts(v->state->engine, &a);

        json_open_array(o, key);
        for (uint32_t i = 0; i < n; i++)
                if (open_only ? alert_is_live(&a[i])
                              : view_alert_shown(v, &a[i]))
                        view_alert(v, o, NULL, &a[i]);
        json_close_array(o);
}

/* Same group together, the worst and oldest of each first. */
static int by_group(const void *x, const void *y)
{
        const struct alert *a = *(const struct alert *const *)x;
        const struct alert *b = *(const struct alert *const *)y;
        int c = strcmp(a->group, b->group);

        if (c)
                return c;
        if (a->level != b->level)
                return a->level > b->level ? -1 : 1;
        if (a->raised_us != b->raised_us)
                return a->raised_us < b->raised_us ? -1 : 1;
        return strcmp(a->id, b->id);
}

struct group {
        const struct alert **first;
        uint32_t n;
        uint32_t unacknowledged;
        int64_t escalates_us;
};

static int by_worst(const void *x, const void *y)
{
        const struct group *a = x, *b = y;
        enum level la = a->first[0]->level, lb = b->first[0]->level;

        if (la != lb)
                return la > lb ? -1 : 1;
        return strcmp(a->first[0]->group, b->first[0]->group);
}

static uint32_t collect_groups(const struct alert **list, uint32_t n,
                               struct group *groups)
{
        uint32_t n_groups = 0;

        for (uint32_t i = 0; i < n; i++) {
                struct group *g;
                int64_t at;

                if (!i || strcmp(list[i]->group, list[i - 1]->group) != 0) {
                        groups[n_groups++] = (struct group){
                                .first = &list[i], .escalates_us = TIME_NONE};
                }
                g = &groups[n_groups - 1];
                g->n++;
                g->unacknowledged += list[i]->state == ALERT_OPEN;
                at = alert_escalates_us(list[i]);
                if (at != TIME_NONE &&
                    (g->escalates_us == TIME_NONE || at < g->escalates_us))
                        g->escalates_us = at;
        }
        return n_groups;
}

/* "小东江 洪水" or, for a group of a zone, "信宜市 暴雨". */
static void put_group_title(const struct view *v, struct json_out *o,
                            const struct alert *a)
{
        const struct places *p = &v->state->places;
        const char *place = strchr(a->group, '/'), *zh, *en;
        char title[200];

        /* "river/..." is the code of a river; else the code comes last. */
        place = place ? place + 1 : a->group;
        if (strncmp(place, RIVER_PREFIX, strlen(RIVER_PREFIX)) != 0)
                place = strrchr(a->group, '/') ? strrchr(a->group, '/') + 1
                                               : place;
        zh = places_zone_name(p, place, false);
        en = places_zone_name(p, place, true);
        snprintf(title, sizeof(title), "%s %s", zh ? zh : place,
                 hazard_zh(a->hazard));
        json_put_bytes(o, "title", text_of(title));
        snprintf(title, sizeof(title), "%s: %s", en ? en : place,
                 hazard_en(a->hazard));
        json_put_bytes(o, "title_en", text_of(title));
}

static void put_group(const struct view *v, struct json_out *o,
                      const struct group *g)
{
        json_open(o, NULL);
        json_put_bytes(o, "key", text_of(g->first[0]->group));
        json_put_str(o, "hazard", hazard_name(g->first[0]->hazard));
        put_group_title(v, o, g->first[0]);
        json_put_str(o, "level", level_name(g->first[0]->level));
        json_put_u64(o, "count", g->n);
        json_open_array(o, "alerts");
        for (uint32_t i = 0; i < g->n; i++)
                json_put_str(o, NULL, g->first[i]->id);
        json_close_array(o);
        json_put_u64(o, "unacknowledged", g->unacknowledged);
        json_put_time(o, "escalates_at", g->escalates_us);
        json_close(o);
}

void view_groups(const struct view *v, struct json_out *o, const char *key)
{
        const struct alert *a;
        uint32_t n = engine_alerts(v->state->engine, &a), n_open = 0;
        const struct alert **list = calloc(n + 1, sizeof(*list));
        struct group *groups = calloc(n + 1, sizeof(*groups));
        uint32_t n_groups;

        json_open_array(o, key);
        if (!list || !groups) {
                o->b->failed = true;
                goto out;
        }
        for (uint32_t i = 0; i < n; i++)
                if (alert_is_live(&a[i]))
                        list[n_open++] = &a[i];
        qsort(list, n_open, sizeof(*list), by_group);
        n_groups = collect_groups(list, n_open, groups);
        qsort(groups, n_groups, sizeof(*groups), by_worst);
        for (uint32_t i = 0; i < n_groups; i++)
                put_group(v, o, &groups[i]);
out:
        json_close_array(o);
        free(groups);
        free(list);
}

/* ---- 120 ---- */

bool view_incident_open(const struct incident *i)
{
        switch (i->state) {
        case INCIDENT_CLOSED:
        case INCIDENT_CANCELLED:
        case INCIDENT_FALSE:
        case INCIDENT_MERGED:
                return false;
        default:
                return true;
        }
}

bool view_incident_shown(const struct view *v, const struct incident *i)
{
        return view_incident_open(i) ||
               i->time_us + VIEW_INCIDENT_KEEP_US >= v->engine_us;
}

void view_incident(struct json_out *o, const char *key,
                   const struct incident *i)
{
        json_open(o, key);
        json_put_str(o, "centre", i->centre);
        json_put_str(o, "incident", i->id);
        json_put_str(o, "state", incident_state_name(i->state));
        json_put_str(o, "nature", i->nature);
        if (i->people >= 0)
                json_put_i64(o, "people", i->people);
        else
                json_put_null(o, "people");
        json_put_str(o, "address", i->address);
        wire_point_put(o, i->has_point, i->at);
        json_put_str(o, "county", i->county);
        json_put_str(o, "town", i->town);
        json_put_time(o, "opened_at", i->opened_us);
        json_put_time(o, "time", i->time_us);
        json_put_u64(o, "late_events", i->late_events);
        json_put_bool(o, "open", view_incident_open(i));
        json_close(o);
}

void view_unit(struct json_out *o, const char *key, const struct unit *u)
{
        json_open(o, key);
        json_put_str(o, "centre", u->centre);
        json_put_str(o, "unit", u->id);
        json_put_str(o, "state", unit_state_name(u->state));
        wire_point_put(o, u->has_point, u->at);
        json_put_words(o, "incident", u->incident);
        json_put_time(o, "time", u->time_us);
        json_put_time(o, "fix_at", u->has_point ? u->fix_us : TIME_NONE);
        json_put_bool(o, "lost", u->lost);
        json_put_u64(o, "late_events", u->late_events);
        json_close(o);
}

/* ---- places, rules, quarantine ---- */

static enum level zone_level_now(const struct view *v, const struct zone *z)
{
        const struct alert *a;
        uint32_t n = engine_alerts(v->state->engine, &a);
        enum level worst = LEVEL_NONE;

        for (uint32_t i = 0; i < n; i++)
                if (alert_is_live(&a[i]) && a[i].level_observed > worst &&
                    (!strcmp(a[i].zone, z->code) ||
                     !strcmp(a[i].county, z->code)))
                        worst = a[i].level_observed;
        return worst;
}

static void put_zone(const struct view *v, struct json_out *o,
                     const struct zone *z)
{
        struct buf shape = {0};

        wire_zone_geometry(z, &shape);
        json_open(o, NULL);
        json_put_str(o, "type", "Feature");
        json_put_str(o, "id", z->code);
        json_open(o, "properties");
        json_put_str(o, "code", z->code);
        json_put_str(o, "name", z->name);
        json_put_str(o, "name_en", z->name_en);
        json_put_str(o, "level", zone_level_name(z->level));
        json_put_str(o, "parent", z->parent);
        json_open_array(o, "label");
        json_put_degree(o, NULL, z->label.lon_deg);
        json_put_degree(o, NULL, z->label.lat_deg);
        json_close_array(o);
        json_put_str(o, "level_observed", level_name(zone_level_now(v, z)));
        json_close(o);
        json_put_raw(o, "geometry",
                     shape.n ? buf_as_text(&shape) : TEXT("null"));
        json_close(o);
        if (shape.failed)
                o->b->failed = true;
        buf_done(&shape);
}

void view_zones(const struct view *v, struct buf *b)
{
        const struct places *p = &v->state->places;
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "type", "FeatureCollection");
        json_open_array(&o, "features");
        for (uint32_t i = 0; i < p->n_zones; i++)
                put_zone(v, &o, &p->zones[i]);
        json_close_array(&o);
        json_close(&o);
}

void view_facilities(const struct view *v, struct json_out *o, const char *key)
{
        const struct places *p = &v->state->places;

        json_open_array(o, key);
        for (uint32_t i = 0; i < p->n_facilities; i++) {
                const struct facility *f = &p->facilities[i];

                json_open(o, NULL);
                json_put_str(o, "id", f->id);
                json_put_str(o, "name", f->name);
                json_put_str(o, "name_en", f->name_en);
                json_put_str(o, "kind", facility_kind_name(f->kind));
                json_put_degree(o, "lon", f->at.lon_deg);
                json_put_degree(o, "lat", f->at.lat_deg);
                json_put_str(o, "county", f->county);
                if (f->capacity >= 0)
                        json_put_i64(o, "capacity", f->capacity);
                else
                        json_put_null(o, "capacity");
                json_close(o);
        }
        json_close_array(o);
}

void view_rules(const struct view *v, struct buf *b)
{
        const struct rule_set *r = engine_rule_set(v->state->engine);

        if (r)
                wire_rules_encode(r, b);
        else
                buf_str(b, "{\"name\":\"\",\"version\":0,\"rules\":[]}");
}

static void put_quarantined(struct json_out *o, const struct quarantined *q)
{
        json_open(o, NULL);
        json_put_u64(o, "first_seq", q->first_seq);
        json_put_u64(o, "last_seq", q->last_seq);
        json_put_time(o, "first_at", q->first_us);
        json_put_time(o, "last_at", q->last_us);
        json_put_u64(o, "count", q->count);
        json_put_str(o, "reason", status_name(q->reason));
        json_put_str(o, "reason_text", status_text(q->reason));
        json_put_bytes(o, "detail", text_of(q->detail));
        json_put_bytes(o, "topic", text_of(q->topic));
        json_put_bytes(o, "head", (struct text){q->head, q->n_head});
        json_close(o);
}

void view_quarantine(const struct view *v, struct json_out *o, const char *key,
                     uint32_t limit)
{
        uint32_t n;
        const struct quarantined *q = sensors_quarantine(v->state->sensors, &n);

        json_open_array(o, key);
        for (uint32_t i = n; i > 0 && n - i < limit; i--)
                put_quarantined(o, &q[i - 1]);
        json_close_array(o);
}

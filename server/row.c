/* server/row.c -- see row.h; the tables are in schemas/sql. */
#include "server/row_part.h"

#include <stdio.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/alert.h"
#include "schemas/wire/command.h"
#include "schemas/wire/forecast.h"
#include "schemas/wire/json.h"
#include "schemas/wire/place.h"
#include "schemas/wire/rule.h"
#include "server/prepare.h"
#include "server/row_copy.h"

/* ---- a line ---- */

struct json_out row_begin(struct buf *rows, const char *table)
{
        struct json_out o = json_out(rows);

        buf_str(rows, table);
        buf_char(rows, '\t');
        json_open(&o, NULL);
        return o;
}

void row_end(struct json_out *o)
{
        json_close(o);
        buf_char(o->b, '\n');
}

/* "" is no value; bytes that are not UTF-8 (a cut text) become U+FFFD. */
static void put_count(struct json_out *o, const char *key, int64_t n)
{
        if (n < 0)
                json_put_null(o, key);
        else
                json_put_i64(o, key, n);
}

static void put_station_code(struct json_out *o, const struct state *s,
                             uint32_t index)
{
        json_put_str(o, "station", s->places.stations[index].code);
}

/* ---- what stations sent ---- */

static void put_marks(struct json_out *o, uint32_t marks)
{
        json_open_array(o, "marks");
        for (int i = 0; i < MARK_count; i++)
                if (marks & (1u << i))
                        json_put_str(o, NULL, mark_name((enum mark_bit)i));
        json_close_array(o);
}

/* Another value for an instant that has one. */
static void row_conflict(const struct state *s, const struct observation *x,
                         struct buf *rows)
{
        struct json_out o = row_begin(rows, "observation_conflict");

        put_station_code(&o, s, x->station);
        json_put_str(&o, "element", element_name(x->element));
        json_put_time(&o, "time", x->time_us);
        if (x->marks & MARK_MISSING)
                json_put_null(&o, "value");
        else
                json_put_milli(&o, "value", x->value_milli);
        put_marks(&o, x->marks);
        json_put_time(&o, "received_at", x->received_us);
        json_put_u64(&o, "seq", x->seq);
        json_put_i64(&o, "item", x->item);
        row_end(&o);
}

/* A duplicate is in the table already; a conflict has its own table. */
static void row_observation(const struct state *s, const struct observation *x,
                            struct buf *rows)
{
        if ((x->marks & MARK_DUPLICATE) || x->station >= s->places.n_stations)
                return;
        if (x->marks & MARK_CONFLICT)
                row_conflict(s, x, rows);
        else
                row_copy_observation(rows, s->places.stations[x->station].code,
                                     x);
}

static void row_rain(const struct state *s, const struct rain_slot *x,
                     struct buf *rows)
{
        if (x->station < s->places.n_stations)
                row_copy_rain(rows, s->places.stations[x->station].code, x);
}

/* ---- 120 ---- */

static void row_incident(const struct incident *x, struct buf *rows)
{
        struct json_out o = row_begin(rows, "incident");

        json_put_str(&o, "centre", x->centre);
        json_put_str(&o, "id", x->id);
        json_put_str(&o, "state", incident_state_name(x->state));
        json_put_words(&o, "nature", x->nature);
        json_put_words(&o, "address", x->address);
        put_count(&o, "people", x->people);
        wire_point_put(&o, x->has_point, x->at);
        json_put_words(&o, "county", x->county);
        json_put_words(&o, "town", x->town);
        json_put_time(&o, "opened_at", x->opened_us);
        json_put_time(&o, "time", x->time_us);
        json_put_i64(&o, "late_events", x->late_events);
        json_put_u64(&o, "seq", x->seq);
        row_end(&o);
}

static void row_unit(const struct unit *x, uint64_t seq, struct buf *rows)
{
        struct json_out o = row_begin(rows, "unit");

        json_put_str(&o, "centre", x->centre);
        json_put_str(&o, "id", x->id);
        json_put_str(&o, "state", unit_state_name(x->state));
        json_put_words(&o, "incident", x->incident);
        wire_point_put(&o, x->has_point, x->at);
        json_put_time(&o, "time", x->time_us);
        json_put_time(&o, "fix_at", x->has_point ? x->fix_us : TIME_NONE);
        json_put_bool(&o, "lost", x->lost);
        json_put_i64(&o, "late_events", x->late_events);
        json_put_u64(&o, "seq", seq);
        row_end(&o);
}

static void row_dispatch_event(const struct dispatch_event *x, uint32_t n,
                               struct buf *rows)
{
        struct json_out o = row_begin(rows, "dispatch_event");

        json_put_u64(&o, "seq", x->seq);
        json_put_i64(&o, "n", n);
        json_put_str(&o, "what", x->is_unit ? "unit" : "incident");
        json_put_str(&o, "centre", x->centre);
        json_put_words(&o, "incident", x->is_unit ? x->incident : x->id);
        json_put_words(&o, "unit", x->is_unit ? x->id : "");
        json_put_str(&o, "state",
                     x->is_unit ? unit_state_name((enum unit_state)x->state)
                                : incident_state_name(
                                          (enum incident_state)x->state));
        json_put_time(&o, "time", x->time_us);
        wire_point_put(&o, x->has_point, x->at);
        json_put_bool(&o, "out_of_order", x->out_of_order);
        row_end(&o);
}

static void row_unit_position(const struct dispatch_event *x, struct buf *rows)
{
        struct json_out o;

        if (!x->is_unit || !x->has_point)
                return;
        o = row_begin(rows, "unit_position");
        json_put_str(&o, "centre", x->centre);
        json_put_str(&o, "unit", x->id);
        json_put_time(&o, "time", x->time_us);
        wire_point_put(&o, true, x->at);
        json_put_str(&o, "state", unit_state_name((enum unit_state)x->state));
        json_put_u64(&o, "seq", x->seq);
        row_end(&o);
}

/* ---- forecasts ---- */

static void row_forecast(const struct forecast *f, struct buf *rows)
{
        struct json_out o = row_begin(rows, "forecast");

        json_put_str(&o, "id", f->id);
        json_put_str(&o, "source", f->source);
        json_put_str(&o, "model", f->model);
        json_put_str(&o, "subject", f->subject);
        json_put_bool(&o, "is_zone", f->is_zone);
        json_put_str(&o, "element", element_name(f->element));
        json_put_time(&o, "issued_at", f->issued_us);
        json_put_time(&o, "begin_at", f->begin_us);
        json_put_u64(&o, "seq", f->seq);
        row_end(&o);
        for (uint32_t i = 0; i < f->n_steps; i++) {
                o = row_begin(rows, "forecast_value");
                json_put_str(&o, "id", f->id);
                json_put_time(&o, "valid_at", f->step[i].valid_us);
                json_put_milli(&o, "value", f->step[i].value_milli);
                wire_level_put(&o, "persistence", f->step[i].persistence_milli);
                wire_forecast_put_quantiles(&o, "quantiles", f, i);
                row_end(&o);
        }
}

/* ---- alerts ---- */

static void row_transition(const struct alert_change *c, struct text object,
                           struct buf *rows)
{
        const struct transition *t = &c->transition;
        struct json_out o = row_begin(rows, "alert_transition");

        json_put_str(&o, "alert", c->alert.id);
        json_put_i64(&o, "n", t->n);
        json_put_str(&o, "kind", transition_kind_name(t->kind));
        json_put_str(&o, "from_level", level_name(t->from_level));
        json_put_str(&o, "to_level", level_name(t->to_level));
        json_put_str(&o, "from_state", alert_state_name(t->from_state));
        json_put_str(&o, "to_state", alert_state_name(t->to_state));
        json_put_time(&o, "at", t->at_us);
        json_put_time(&o, "real_at", t->real_us);
        json_put_words(&o, "agency",
                       t->agency < agency_count ? agency_name(t->agency) : "");
        json_put_words(&o, "user_name", t->user);
        json_put_words(&o, "note", t->note);
        json_put_u64(&o, "seq", t->seq);
        json_put_raw(&o, "object", object);
        row_end(&o);
}

static void row_answers(const struct alert *a, struct buf *rows)
{
        for (int i = 0; i < agency_count; i++) {
                const struct answer *x = &a->answers[i];
                struct json_out o;

                if (!x->required && !x->given)
                        continue;
                o = row_begin(rows, "alert_answer");
                json_put_str(&o, "alert", a->id);
                json_put_str(&o, "agency", agency_name((enum agency)i));
                json_put_bool(&o, "required", x->required);
                json_put_bool(&o, "given", x->given);
                json_put_words(&o, "intent",
                               x->given ? intent_name(x->intent) : "");
                json_put_words(&o, "user_name", x->user);
                json_put_words(&o, "note", x->note);
                json_put_time(&o, "given_at",
                              x->given ? x->given_real_us : TIME_NONE);
                json_put_time(&o, "deadline_at", x->deadline_real_us);
                json_put_bool(&o, "escalated", x->escalated);
                json_put_time(&o, "escalated_at",
                              x->escalated ? x->escalated_real_us : TIME_NONE);
                json_put_i64(&o, "changes", a->changes);
                row_end(&o);
        }
}

static void row_evidence(const struct state *s, const struct alert *a,
                         struct buf *rows)
{
        for (uint32_t i = 0; i < a->n_evidence && i < EVIDENCE_MAX; i++) {
                const struct evidence *x = &a->evidence[i];
                struct json_out o;

                if (x->station >= s->places.n_stations)
                        continue;
                o = row_begin(rows, "alert_evidence");
                json_put_str(&o, "alert", a->id);
                put_station_code(&o, s, x->station);
                json_put_str(&o, "element", element_name(x->element));
                json_put_time(&o, "time", x->time_us);
                json_put_milli(&o, "value", x->value_milli);
                json_put_u64(&o, "seq", x->seq);
                json_put_bool(&o, "forecast", x->forecast);
                row_end(&o);
        }
}

static void rows_alert(const struct state *s, const struct alert_change *c,
                       struct buf *rows)
{
        struct buf object = {0};
        struct json_out w = json_out(&object);
        struct json_out o;

        wire_alert_put(&w, NULL, &c->alert, &s->places, -1);
        if (object.failed)
                rows->failed = true;
        o = row_begin(rows, "alert");
        json_put_str(&o, "id", c->alert.id);
        json_put_i64(&o, "changes", c->alert.changes);
        json_put_u64(&o, "seq_raised", c->alert.seq_raised);
        json_put_u64(&o, "seq", c->alert.seq_changed);
        json_put_raw(&o, "object", buf_as_text(&object));
        row_end(&o);
        row_transition(c, buf_as_text(&object), rows);
        row_answers(&c->alert, rows);
        row_evidence(s, &c->alert, rows);
        buf_done(&object);
}

/* ---- what could not be taken, and the audit ---- */

static void row_refused(const struct refused *x, int64_t at_us,
                        struct buf *rows)
{
        struct json_out o = row_begin(rows, "quarantine");

        json_put_bytes(&o, "topic", text_of(x->topic));
        json_put_str(&o, "reason", status_name(x->reason));
        json_put_words(&o, "detail", x->detail);
        json_put_hex(&o, "raw", (struct text){x->raw, x->n_raw});
        json_put_u64(&o, "seq", x->seq);
        json_put_time(&o, "at", at_us);
        row_end(&o);
}

static void row_gap(const struct gap_change *c, struct buf *rows)
{
        struct json_out o = row_begin(rows, "gap_report");
        const struct gap *g = &c->gap;

        json_put_str(&o, "subject", g->subject);
        json_put_bool(&o, "is_centre", g->is_centre);
        json_put_u64(&o, "boot", g->boot);
        json_put_u64(&o, "first_number", g->from);
        json_put_u64(&o, "last_number", g->to);
        json_put_u64(&o, "missing", g->missing);
        json_put_str(&o, "state", gap_state_name(g->state));
        json_put_i64(&o, "asked", g->asked);
        json_put_str(&o, "owner", gap_owner_name(gap_owner(g)));
        json_put_time(&o, "noticed_at", g->noticed_us);
        json_put_time(&o, "changed_at", g->changed_us);
        json_put_time(&o, "since", g->is_period ? g->since_us : TIME_NONE);
        json_put_time(&o, "until", g->is_period ? g->until_us : TIME_NONE);
        json_put_u64(&o, "seq", c->seq);
        row_end(&o);
}

static void row_applicant(const struct applicant_note *x, uint64_t seq,
                          struct buf *rows)
{
        struct json_out o = row_begin(rows, "applicant");

        json_put_str(&o, "name", x->name);
        json_put_str(&o, "state", applicant_state_name(x->state));
        json_put_time(&o, "first_at", x->first_us);
        json_put_time(&o, "last_at", x->last_us);
        json_put_u64(&o, "messages", x->count);
        json_put_i64(&o, "waiting", x->waiting);
        json_put_u64(&o, "dropped", x->dropped);
        json_put_u64(&o, "seq", seq);
        row_end(&o);
}

static void row_audit(const struct audit_row *x, struct buf *rows)
{
        struct json_out o = row_begin(rows, "audit");

        json_put_u64(&o, "n", x->n);
        json_put_u64(&o, "seq", x->seq);
        json_put_time(&o, "real_at", x->real_us);
        json_put_time(&o, "at", x->engine_us);
        json_put_words(&o, "user_name", x->user);
        json_put_words(&o, "role", x->role);
        json_put_str(&o, "action", x->action);
        json_put_words(&o, "subject", x->subject);
        json_put_str(&o, "outcome", x->outcome);
        json_put_words(&o, "detail", x->detail);
        json_put_str(&o, "hash", x->hash);
        row_end(&o);
}

/* ---- imports: places, users, rules ---- */

static void put_seasons(struct json_out *o, const struct station *x)
{
        char day[8];

        json_open_array(o, "fsltdz");
        for (uint32_t i = 0; i < x->n_seasons && i < SEASONS_MAX; i++) {
                const struct season_limit *l = &x->season[i];

                json_open(o, NULL);
                snprintf(day, sizeof(day), "%02u-%02u",
                         (unsigned)l->begin_mmdd / 100 % 100,
                         (unsigned)l->begin_mmdd % 100);
                json_put_str(o, "from", day);
                snprintf(day, sizeof(day), "%02u-%02u",
                         (unsigned)l->end_mmdd / 100 % 100,
                         (unsigned)l->end_mmdd % 100);
                json_put_str(o, "to", day);
                json_put_milli(o, "limit", l->fsltdz_milli);
                json_close(o);
        }
        json_close_array(o);
}

/* The terminal's password stays in the journal. */
static void put_terminal(struct json_out *o, const struct station *x)
{
        json_put_words(o, "sl651", x->sl651);
        json_put_words(o, "vendor_id", x->vendor_id);
        json_put_words(o, "via", x->via);
        if (x->terminal.centre)
                json_put_i64(o, "sl651_centre", x->terminal.centre);
        json_put_str(o, "sl651_slots", sl651_slots_name(x->terminal.slots));
        json_put_str(o, "sl651_mode", sl651_mode_name(x->terminal.mode));
        json_put_words(o, "sl651_vendor", x->terminal.vendor);
        json_put_bool(o, "sl651_ask", x->terminal.ask);
        json_put_bool(o, "sl651_amends", x->terminal.amends);
        json_open(o, "checks");
#define X(field, key, help)                         \
        if (x->checks.field##_milli != LEVEL_UNSET) \
                json_put_milli(o, key, x->checks.field##_milli);
        STATION_CHECKS(X)
#undef X
        json_close(o);
}

static void row_station(const struct station *x, uint64_t seq, struct buf *rows)
{
        struct json_out o = row_begin(rows, "station");

        json_put_str(&o, "code", x->code);
        json_put_bytes(&o, "name", text_of(x->name));
        json_put_words(&o, "name_en", x->name_en);
        json_put_str(&o, "kind", station_kind_name(x->kind));
        wire_point_put(&o, true, x->at);
        json_put_words(&o, "zone", *x->town ? x->town : x->county);
        json_put_words(&o, "county", x->county);
        wire_catchments_put(&o, x);
        json_put_words(&o, "river", x->river);
        json_put_words(&o, "river_en", x->river_en);
        json_put_words(&o, "datum", x->datum);
        wire_level_put(&o, "wrz", x->wrz_milli);
        wire_level_put(&o, "grz", x->grz_milli);
        wire_level_put(&o, "obhtz", x->obhtz_milli);
        wire_level_put(&o, "ldkel", x->ldkel_milli);
        wire_level_put(&o, "rdkel", x->rdkel_milli);
        wire_level_put(&o, "laz", x->laz_milli);
        json_put_words(&o, "upstream", x->upstream);
        wire_level_put(&o, "travel_h",
                       x->upstream[0] ? x->travel_us / (HOUR_US / 1000)
                                      : LEVEL_UNSET);
        wire_level_put(&o, "near", x->near_milli);
        put_seasons(&o, x);
        json_put_i64(&o, "interval_s", x->interval_us / SECOND_US);
        json_put_str(&o, "wind", x->wind_is_gust ? "gust" : "mean");
        put_terminal(&o, x);
        json_put_bool(&o, "levels_synthetic", x->levels_synthetic);
        json_put_bool(&o, "active", x->active);
        json_put_u64(&o, "seq", seq);
        row_end(&o);
}

static void row_zone(const struct zone *x, struct text geometry, uint64_t seq,
                     struct buf *rows)
{
        struct json_out o = row_begin(rows, "zone");

        json_put_str(&o, "code", x->code);
        json_put_str(&o, "level", zone_level_name(x->level));
        json_put_bytes(&o, "name", text_of(x->name));
        json_put_words(&o, "name_en", x->name_en);
        json_put_words(&o, "parent", x->parent);
        json_put_degree(&o, "label_lon", x->label.lon_deg);
        json_put_degree(&o, "label_lat", x->label.lat_deg);
        if (geometry.n)
                json_put_raw(&o, "geometry", geometry);
        else
                json_put_null(&o, "geometry");
        json_put_u64(&o, "seq", seq);
        row_end(&o);
}

static void row_facility(const struct facility *x, uint64_t seq,
                         struct buf *rows)
{
        struct json_out o = row_begin(rows, "facility");

        json_put_str(&o, "id", x->id);
        json_put_str(&o, "kind", facility_kind_name(x->kind));
        json_put_bytes(&o, "name", text_of(x->name));
        json_put_words(&o, "name_en", x->name_en);
        wire_point_put(&o, true, x->at);
        json_put_words(&o, "county", x->county);
        put_count(&o, "capacity", x->capacity);
        json_put_u64(&o, "seq", seq);
        row_end(&o);
}

static void rows_zone(const struct zone *z, uint64_t seq, struct buf *rows)
{
        struct buf geometry = {0};

        if (!z)
                return;
        if (z->n_rings)
                wire_zone_geometry(z, &geometry);
        if (geometry.failed)
                rows->failed = true;
        row_zone(z, buf_as_text(&geometry), seq, rows);
        buf_done(&geometry);
}

/* A row is one line; a table comes as its file was written.  Between the
 * tokens of JSON a space says the same as a new line, and within them a
 * new line cannot stand. */
static void put_on_one_line(struct json_out *o, const char *key,
                            struct text object)
{
        struct buf line = {0};
        size_t i;

        for (i = 0; i < object.n; i++)
                buf_char(&line, object.p[i] == '\n' || object.p[i] == '\r'
                                        ? ' '
                                        : object.p[i]);
        if (line.failed)
                o->b->failed = true;
        json_put_raw(o, key, buf_as_text(&line));
        buf_done(&line);
}

static void row_checks(const struct state *s, const struct record *r,
                       const struct json *j, struct buf *rows)
{
        const struct check_table *c = sensors_check_table(s->sensors);
        struct json_out o;

        if (!text_is(json_text(json_get(j, "name")), c->name))
                return; /* it was refused */
        o = row_begin(rows, "check_set");
        json_put_str(&o, "name", c->name);
        json_put_i64(&o, "version", c->version);
        put_on_one_line(&o, "object", r->body);
        json_put_u64(&o, "seq", r->seq);
        row_end(&o);
}

/* The place as it stands in the book after the step; a refused import of
 * an unknown place finds nothing there. */
static void rows_import(const struct state *s, const struct record *r,
                        struct buf *rows)
{
        const struct places *p = &s->places;
        struct json *j = NULL;
        struct text what, id;
        uint32_t i;

        if (json_parse(r->body, RECORD_BODY_MAX, &j, NULL) != OK)
                return;
        what = json_text(json_get(j, "what"));
        id = json_text(json_get(j, "code"));
        if (text_is(what, "station")) {
                i = places_find_station(p, id);
                if (i != NO_INDEX)
                        row_station(&p->stations[i], r->seq, rows);
        } else if (text_is(what, "checks")) {
                row_checks(s, r, j, rows);
        } else if (text_is(what, "zone")) {
                rows_zone(places_find_zone(p, id), r->seq, rows);
        } else if (text_is(what, "facility")) {
                id = json_text(json_get(j, "id"));
                for (i = 0; i < p->n_facilities; i++)
                        if (text_is(id, p->facilities[i].id))
                                row_facility(&p->facilities[i], r->seq, rows);
        }
        json_free(j);
}

static void rows_user(const struct state *s, const struct record *r,
                      struct buf *rows)
{
        struct user_note note;
        const struct user *u;
        struct json_out o;

        if (wire_user_decode(r->body, &note, NULL) != OK)
                return;
        u = state_user(s, text_of(note.name));
        if (!u)
                return;
        o = row_begin(rows, "app_user");
        json_put_str(&o, "name", u->name);
        json_put_bytes(&o, "shown", text_of(u->shown));
        json_put_str(&o, "role", role_name(u->role));
        json_put_words(&o, "agency",
                       u->has_agency ? agency_name(u->agency) : "");
        json_put_words(&o, "zone", u->zone);
        json_put_bool(&o, "disabled", u->disabled);
        json_put_u64(&o, "seq", r->seq);
        row_end(&o);
}

static void row_rule_set(const struct state *s, uint64_t seq, struct buf *rows)
{
        const struct rule_set *set = engine_rule_set(s->engine);
        struct buf object = {0};
        struct json_out o;

        wire_rules_encode(set, &object);
        if (object.failed)
                rows->failed = true;
        o = row_begin(rows, "rule_set");
        json_put_str(&o, "name", set->name);
        json_put_i64(&o, "version", set->version);
        json_put_raw(&o, "object", buf_as_text(&object));
        json_put_u64(&o, "seq", seq);
        row_end(&o);
        buf_done(&object);
}

static void put_rules_text(struct json_out *o, const struct rules_text *t)
{
        json_put_str(o, "hash", t->hash);
        json_put_str(o, "name", t->name);
        json_put_i64(o, "version", t->version);
        json_put_text(o, "text", (struct text){t->text, t->n_text});
}

static void row_rule_version(const struct state *s, struct buf *rows)
{
        const struct rules_book *b = &s->rules;
        struct json_out o = row_begin(rows, "rule_version");

        put_rules_text(&o, &b->now);
        json_put_words(&o, "put_by", b->by);
        json_put_time(&o, "put_at", b->since_us);
        json_put_u64(&o, "seq", b->seq);
        row_end(&o);
}

static void row_rule_draft(const struct rules_draft *d, struct buf *rows)
{
        struct json_out o = row_begin(rows, "rule_draft");

        put_rules_text(&o, &d->table);
        json_put_words(&o, "author", d->author);
        json_put_time(&o, "drafted_at", d->drafted_us);
        json_put_words(&o, "tested_by", d->tested_by);
        json_put_time(&o, "tested_at",
                      d->tested_by[0] ? d->tested_us : TIME_NONE);
        json_put_words(&o, "tested_against", d->tested_against);
        if (d->n_result)
                json_put_text(&o, "result",
                              (struct text){d->result, d->n_result});
        json_put_words(&o, "confirmed_by", d->confirmed_by);
        json_put_words(&o, "confirmed_against", d->confirmed_against);
        json_put_time(&o, "confirmed_at",
                      d->confirmed_by[0] ? d->confirmed_us : TIME_NONE);
        json_put_u64(&o, "seq", d->seq);
        row_end(&o);
}

static void rows_rules(const struct state *s, const struct record *r,
                       const struct rules_change *c, struct buf *rows)
{
        const struct rules_book *b = &s->rules;
        uint32_t i;

        if (c->in_force) {
                row_rule_set(s, r->seq, rows);
                row_rule_version(s, rows);
                return;
        }
        for (i = 0; i < b->n_drafts; i++)
                if (strcmp(b->draft[i].table.hash, c->hash) == 0)
                        row_rule_draft(&b->draft[i], rows);
}

/* ---- all of it ---- */

static void rows_dispatch(const struct record *r, const struct effects *fx,
                          struct buf *rows)
{
        uint32_t i;

        for (i = 0; i < fx->n_incident; i++)
                row_incident(&fx->incident[i], rows);
        /* A unit becomes lost by a tick: that record is the newest. */
        for (i = 0; i < fx->n_unit; i++)
                row_unit(&fx->unit[i], r->seq, rows);
        for (i = 0; i < fx->n_dispatch_event; i++) {
                row_dispatch_event(&fx->dispatch_event[i], i, rows);
                row_unit_position(&fx->dispatch_event[i], rows);
        }
}

void rows_encode(const struct state *s, const struct record *r,
                 const struct effects *fx, struct buf *rows)
{
        size_t from = row_chunk_begin(rows);
        uint32_t i;

        prepare_chunk(rows, s, r, fx);
        row_chunk_end(rows, from);
        if (r->kind == RECORD_IMPORT)
                rows_import(s, r, rows);
        else if (r->kind == RECORD_USER)
                rows_user(s, r, rows);
        for (i = 0; i < fx->n_rules_change; i++)
                rows_rules(s, r, &fx->rules_change[i], rows);
        for (i = 0; i < fx->n_observation; i++)
                row_observation(s, &fx->observation[i], rows);
        for (i = 0; i < fx->n_rain; i++)
                row_rain(s, &fx->rain[i], rows);
        rows_dispatch(r, fx, rows);
        for (i = 0; i < fx->n_forecast; i++)
                row_forecast(&fx->forecast[i], rows);
        for (i = 0; i < fx->n_alert; i++)
                rows_alert(s, &fx->alert[i], rows);
        for (i = 0; i < fx->n_booked; i++)
                row_station(&s->places.stations[fx->booked[i].station], r->seq,
                            rows);
        for (i = 0; i < fx->n_gap; i++)
                row_gap(&fx->gap[i], rows);
        for (i = 0; i < fx->n_applicant; i++)
                row_applicant(&fx->applicant[i], r->seq, rows);
        for (i = 0; i < fx->n_refused; i++)
                row_refused(&fx->refused[i], s->engine_us, rows);
        rows_terminal(s, fx, rows);
        for (i = 0; i < fx->n_audit; i++)
                row_audit(&fx->audit[i], rows);
}

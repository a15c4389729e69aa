/* server/query.c -- see query.h. */
#include "server/query.h"

#include <string.h>

#include "schemas/element.h"
#include "server/row_copy.h"

/* ---- rows in ---- */

struct put {
        const char *name, *key, *columns, *rule;
};

static const struct put puts_of[] = {
#define X(name, key, columns, rule) {#name, key, columns, rule},
        PUT_TABLES(X)
#undef X
};

/* ---- observations and rain slots: COPY ---- */

#define STAGE "pg_temp.stage_observation"
#define RAIN_STAGE "pg_temp.stage_rain_slot"
#define SAME_KEY \
        "(o.station, o.element, o.time) = (r.station, r.element, r.time)"

/* The copies have no key, so they take what comes. */
const char query_stage_create[] =
        "CREATE TEMP TABLE IF NOT EXISTS stage_observation"
        " (LIKE sanfang.observation) ON COMMIT DELETE ROWS;"
        "CREATE TEMP TABLE IF NOT EXISTS stage_rain_slot"
        " (LIKE sanfang.rain_slot) ON COMMIT DELETE ROWS";

#define COPY(table, columns) \
        "COPY " table " (" columns ") FROM STDIN (FORMAT binary)"

const char query_observation_copy[] =
        COPY("sanfang.observation", ROW_OBSERVATION_COLUMNS);
const char query_rain_copy[] = COPY("sanfang.rain_slot", ROW_RAIN_COLUMNS);
const char query_observation_stage[] = COPY(STAGE, ROW_OBSERVATION_COLUMNS);
const char query_rain_stage[] = COPY(RAIN_STAGE, ROW_RAIN_COLUMNS);

/* A value replaces "missing" at the same instant; nothing else is ever
 * replaced. */
const char query_observation_merge[] =
        "INSERT INTO sanfang.observation AS old (" ROW_OBSERVATION_COLUMNS ")"
        " SELECT DISTINCT ON (station, element, time) " ROW_OBSERVATION_COLUMNS
        " FROM " STAGE " ORDER BY station, element, time, missing, seq, item"
        " ON CONFLICT (station, element, time) DO UPDATE SET"
        " value = excluded.value, missing = false, marks = excluded.marks,"
        " received_at = excluded.received_at, seq = excluded.seq,"
        " item = excluded.item"
        " WHERE old.missing AND NOT excluded.missing";

const char query_observation_conflict[] =
        "INSERT INTO sanfang.observation_conflict (station, element, time,"
        " value, marks, received_at, seq, item)"
        " SELECT r.station, r.element, r.time, r.value,"
        " array_append(array_remove(r.marks, 'conflict'), 'conflict'),"
        " r.received_at, r.seq, r.item"
        " FROM " STAGE " r JOIN sanfang.observation o ON " SAME_KEY
        " WHERE NOT r.missing AND o.value IS DISTINCT FROM r.value"
        " AND (o.seq, o.item) <> (r.seq, r.item)"
        " ON CONFLICT (seq, item) DO NOTHING";

const char query_observation_keep[] =
        "INSERT INTO sanfang.observation_revision (" ROW_OBSERVATION_COLUMNS
        ", by_seq, by_item)"
        " SELECT o.station, o.element, o.time, o.value, o.missing, o.marks,"
        " o.received_at, o.seq, o.item, r.seq, r.item"
        " FROM " STAGE " r JOIN sanfang.observation o ON " SAME_KEY
        " WHERE (o.seq, o.item) < (r.seq, r.item)"
        " ON CONFLICT (station, element, time, seq, item) DO NOTHING";

const char query_observation_revise[] =
        "INSERT INTO sanfang.observation AS old (" ROW_OBSERVATION_COLUMNS ")"
        " SELECT " ROW_OBSERVATION_COLUMNS " FROM " STAGE
        " ON CONFLICT (station, element, time) DO UPDATE SET"
        " value = excluded.value, missing = excluded.missing,"
        " marks = excluded.marks, received_at = excluded.received_at,"
        " seq = excluded.seq, item = excluded.item"
        " WHERE (old.seq, old.item) < (excluded.seq, excluded.item)";

const char query_rain_merge[] =
        "INSERT INTO sanfang.rain_slot AS old (" ROW_RAIN_COLUMNS ")"
        " SELECT DISTINCT ON (station, time) " ROW_RAIN_COLUMNS
        " FROM " RAIN_STAGE " ORDER BY station, time, seq DESC, ctid DESC"
        " ON CONFLICT (station, time) DO UPDATE SET"
        " begin_at = excluded.begin_at, value = excluded.value,"
        " source = excluded.source, raw = excluded.raw, seq = excluded.seq"
        " WHERE excluded.seq >= old.seq";

const char query_partition[] = "SELECT sanfang.make_partition($1::date)";

/* ---- alerts and what could not be taken ---- */

#define ALERT_COLUMNS                                                       \
        "hazard, level, level_observed, level_forecast, level_peak, state," \
        " zone, county, station, river, title, title_en, rule,"             \
        " rule_version, rule_text, rule_text_en, unverified, element,"      \
        " value, unit, threshold, window_s, observed_at, raised_at,"        \
        " changed_at, ended_at, escalates_at, forecast, lead_s, late,"      \
        " reason, merged_into, rule_scope"

/* The columns come out of the object itself. */
static const char put_alert[] =
        "INSERT INTO sanfang.alert AS old (id, changes, seq_raised, seq,"
        " object, group_key, geom, " ALERT_COLUMNS ")"
        " SELECT r.id, r.changes, r.seq_raised, r.seq, r.object,"
        " r.object ->> 'group',"
        " coalesce((SELECT s.geom FROM sanfang.station s"
        "   WHERE s.code = r.object ->> 'station'),"
        "  (SELECT z.geom FROM sanfang.zone z"
        "   WHERE z.code = r.object ->> 'zone')), o.*"
        " FROM (SELECT DISTINCT ON (id) *"
        "  FROM jsonb_populate_recordset(NULL::sanfang.alert, $1::jsonb)"
        "  ORDER BY id, changes DESC) r"
        " CROSS JOIN LATERAL (SELECT " ALERT_COLUMNS
        "  FROM jsonb_populate_record(NULL::sanfang.alert, r.object)) o"
        " ON CONFLICT (id) DO UPDATE SET (changes, seq, object, group_key,"
        " geom, " ALERT_COLUMNS ") = (SELECT excluded.changes, excluded.seq,"
        " excluded.object, excluded.group_key,"
        " coalesce(excluded.geom, old.geom), o.*"
        " FROM (SELECT " ALERT_COLUMNS
        "  FROM jsonb_populate_record(NULL::sanfang.alert, excluded.object))"
        " o) WHERE excluded.changes > old.changes";

/* Equal contents are one row; the counts add up. */
static const char put_quarantine[] =
        "INSERT INTO sanfang.quarantine AS old (id, topic, reason, detail,"
        " raw, first_seq, last_seq, first_at, last_at, count)"
        " SELECT id, min(topic), min(reason),"
        " (array_agg(detail ORDER BY seq DESC))[1],"
        " (array_agg(raw))[1], min(seq), max(seq), min(at), max(at),"
        " count(*)"
        " FROM (SELECT encode(sha256(convert_to(topic || E'\\n' || reason"
        "   || E'\\n', 'UTF8') || raw), 'hex') AS id, r.*"
        "  FROM jsonb_to_recordset($1::jsonb) AS r(topic text, reason text,"
        "   detail text, raw bytea, seq bigint, at timestamptz)) q"
        " GROUP BY id"
        " ON CONFLICT (id) DO UPDATE SET"
        " count = old.count + excluded.count, detail = excluded.detail,"
        " last_seq = excluded.last_seq, last_at = excluded.last_at";

const char *query_put_name(enum put_table t)
{
        return t < PUT_count ? puts_of[t].name : "?";
}

bool query_put_from(struct text name, enum put_table *ret)
{
        for (int i = 0; i < PUT_count; i++)
                if (text_is(name, puts_of[i].name)) {
                        *ret = (enum put_table)i;
                        return true;
                }
        return false;
}

/* "a = excluded.a, b = excluded.b" */
static void assignments(const char *columns, struct buf *b)
{
        struct text rest = text_of(columns), c;
        bool first = true;

        while (text_cut(&rest, ',', &c)) {
                buf_str(b, first ? "" : ", ");
                buf_text(b, c);
                buf_str(b, " = excluded.");
                buf_text(b, c);
                first = false;
        }
}

static void put_plain(const struct put *t, struct buf *b)
{
        bool newest = strcmp(t->rule, "FIRST") != 0;

        buf_printf(b,
                   "INSERT INTO sanfang.%s AS old (%s,%s) SELECT DISTINCT ON "
                   "(%s) %s,%s FROM jsonb_populate_recordset("
                   "NULL::sanfang.%s, $1::jsonb) WITH ORDINALITY "
                   "ORDER BY %s, ordinality%s ON CONFLICT (%s) DO ",
                   t->name, t->key, t->columns, t->key, t->key, t->columns,
                   t->name, t->key, newest ? " DESC" : "", t->key);
        if (!newest) {
                buf_str(b, "NOTHING");
                return;
        }
        buf_str(b, "UPDATE SET ");
        assignments(t->columns, b);
        buf_printf(b, " WHERE excluded.%s >= old.%s", t->rule, t->rule);
}

void query_put_statement(enum put_table t, struct buf *b)
{
        switch (t) {
        case PUT_alert:
                buf_str(b, put_alert);
                break;
        case PUT_quarantine:
                buf_str(b, put_quarantine);
                break;
        default:
                put_plain(&puts_of[t], b);
        }
}

/* ---- questions ---- */

/* One clause a line, by hand: clang-format would break the strings. */
/* clang-format off */

#define T(x) "sanfang.rfc3339(" x ")"
#define NUM(x) "trim_scale(" x ")"
/* Rows of a sub-select as an array; [] when there are none. */
#define LIST(order, from)                                             \
        "coalesce((SELECT json_agg(x ORDER BY " order ") FROM (" from \
        ") x), '[]'::json)"
#define LIMIT(p, otherwise, most)                                     \
        "LIMIT least(coalesce(nullif(" p ", '')::integer, " otherwise \
        "), " most ")"
#define SPAN(p_from, p_to)                                                \
        "coalesce(nullif(" p_from ", ''), '-infinity')::timestamptz AND " \
        "coalesce(nullif(" p_to ", ''), 'infinity')::timestamptz"

#define UNIT_CASE(code, name, lead, unit, lo, hi, zh, en) \
        " WHEN '" name "' THEN '" unit "'"

static const char ask_observations[] =
        "SELECT json_build_object('station', $1::text, 'element', $2::text, "
        "'unit', CASE $2::text WHEN 'P' THEN 'mm'" ELEMENTS(UNIT_CASE) " END, "
        "'observations', CASE WHEN $2::text = 'P' THEN "
        LIST("x.time",
             "SELECT " T("r.begin_at") " AS begin, " T("r.time") " AS time, "
             NUM("r.value") " AS value, r.source"
             " FROM sanfang.rain_slot r"
             " WHERE r.station = $1 AND r.time BETWEEN " SPAN("$3", "$4")
             " ORDER BY r.time DESC " LIMIT("$5", "5000", "20000"))
        " ELSE "
        LIST("x.time",
             "SELECT " T("o.time") " AS time, " NUM("o.value") " AS value,"
             " o.marks, " T("o.received_at") " AS received_at"
             " FROM sanfang.observation o"
             " WHERE o.station = $1 AND o.element = $2 AND o.time BETWEEN "
             SPAN("$3", "$4")
             " ORDER BY o.time DESC " LIMIT("$5", "5000", "20000"))
        " END)";

static const char ask_rain[] =
        "WITH slot AS MATERIALIZED (SELECT begin_at, time, value, source, raw,"
        " seq FROM sanfang.rain_slot"
        " WHERE station = $1 AND time > coalesce(nullif($2, '')::timestamptz,"
        " '-infinity') AND begin_at < coalesce(nullif($3, '')::timestamptz,"
        " 'infinity')"
        " ORDER BY time DESC " LIMIT("$4", "5000", "20000") ")"
        " SELECT json_build_object('station', $1::text, 'unit', 'mm',"
        " 'slots', "
        LIST("x.end",
             "SELECT " T("s.begin_at") " AS begin, " T("s.time") " AS end, "
             NUM("s.value") " AS amount, s.source, s.raw IS NOT NULL AS"
             " repaired, " NUM("s.raw") " AS raw, s.seq"
             " FROM slot s")
        ", 'sources', "
        LIST("x.source",
             "SELECT s.source, count(*) AS slots, " NUM("sum(s.value)")
             " AS amount FROM slot s GROUP BY s.source")
        ")";

/* What stands within $2 metres of the alert's place (a, from the CTE). */
#define NEAR(alias)                                                       \
        alias ".geom && sanfang.around(a.geom, $2::float8) AND "          \
              "ST_DWithin(" alias ".geom::geography, a.geom::geography, " \
              "$2::float8)"
#define DISTANCE(alias)                                \
        "round(ST_Distance(" alias ".geom::geography," \
        " a.geom::geography)::numeric) AS distance_m"
#define FACILITIES_NEAR(kind)                                             \
        LIST("x.distance_m",                                              \
             "SELECT f.id, f.name, f.name_en, f.kind, f.lon, f.lat,"      \
             " f.county, f.capacity, " DISTANCE("f")                      \
             " FROM sanfang.facility f"                                   \
             " WHERE f.kind = '" kind "' AND " NEAR("f")                  \
             " ORDER BY distance_m LIMIT 50")

static const char ask_exposed[] =
        "WITH a AS MATERIALIZED (SELECT geom"
        " FROM sanfang.alert"
        " WHERE id = $1)"
        " SELECT json_build_object('alert', $1::text, 'radius_m', $2::float8,"
        " 'located', a.geom IS NOT NULL, 'incidents', "
        LIST("x.distance_m",
             "SELECT i.centre, i.id AS incident, i.state, i.nature, i.people,"
             " i.address, i.lon, i.lat, i.county, i.town, " T("i.opened_at")
             " AS opened_at, " T("i.time") " AS time, i.late_events, true AS"
             " open, " DISTANCE("i")
             " FROM sanfang.incident i"
             " WHERE i.state NOT IN ('closed', 'cancelled', 'false', 'merged')"
             " AND " NEAR("i")
             " ORDER BY distance_m LIMIT 200")
        ", 'units', "
        LIST("x.distance_m",
             "SELECT u.centre, u.id AS unit, u.state, u.lon, u.lat,"
             " u.incident, " T("u.time") " AS time, " T("u.fix_at") " AS"
             " fix_at, u.lost, u.late_events, " DISTANCE("u")
             " FROM sanfang.unit u"
             " WHERE " NEAR("u")
             " ORDER BY distance_m LIMIT 100")
        ", 'hospitals', " FACILITIES_NEAR("hospital") ", 'shelters', "
        FACILITIES_NEAR("shelter") ", 'reservoirs', "
        FACILITIES_NEAR("reservoir") ", 'ambulance_stations', "
        FACILITIES_NEAR("ambulance_station") ")"
        " FROM a";

static const char ask_audit[] =
        "SELECT json_build_object('audit', "
        LIST("x.n DESC",
             "SELECT n, seq, " T("real_at") " AS real_at, " T("at") " AS at,"
             " user_name AS user, role, action, subject, outcome, detail, hash"
             " FROM sanfang.audit"
             " WHERE n < coalesce(nullif($1, '')::bigint, 9223372036854775807)"
             " ORDER BY n DESC " LIMIT("$2", "100", "1000"))
        ")";

static const char ask_quarantine[] =
        "SELECT json_build_object('quarantine', "
        LIST("x.last_seq DESC",
             "SELECT id, topic, reason, detail, first_seq, last_seq, "
             T("first_at") " AS first_at, " T("last_at") " AS last_at, count,"
             " octet_length(raw) AS bytes, encode(substring(raw FROM 1 FOR"
             " 256), 'escape') AS head"
             " FROM sanfang.quarantine"
             " ORDER BY last_seq DESC " LIMIT("$1", "100", "1000"))
        ")";

static const char ask_gaps[] =
        "SELECT json_build_object('gaps', "
        LIST("x.changed_at DESC, x.first_number",
             "SELECT subject, is_centre, boot, first_number, last_number,"
             " missing, state, asked, owner, " T("noticed_at") " AS noticed_at,"
             " " T("changed_at") " AS changed_at, " T("since") " AS since,"
             " " T("until") " AS until"
             " FROM sanfang.gap_report"
             " WHERE ($1 = '' OR subject = $1)"
             " AND ($2 = '' OR state = $2)"
             " ORDER BY gap_report.changed_at DESC " LIMIT("$3", "200", "1000"))
        ")";

static const char ask_alert_history[] =
        "SELECT json_build_object('alerts', coalesce((SELECT json_agg(x.object"
        " || '{\"archived\":true}'"
        " ORDER BY x.observed_at DESC, x.id)"
        " FROM (SELECT id, object, observed_at"
        " FROM sanfang.alert"
        " WHERE observed_at BETWEEN " SPAN("$1", "$2")
        " ORDER BY observed_at DESC, id " LIMIT("$3", "500", "5000") ") x),"
        " '[]'::json))";

static const char ask_transitions[] =
        "SELECT "
        LIST("x.n",
             "SELECT n, kind, from_level, to_level, from_state, to_state, "
             T("at") " AS at, " T("real_at") " AS real_at, agency, user_name"
             " AS user, note"
             " FROM sanfang.alert_transition"
             " WHERE alert = $1"
             " ORDER BY n LIMIT 1000");

static const char ask_forecasts[] =
        "SELECT json_build_object('forecasts', coalesce((SELECT"
        " json_agg(json_build_object('id', f.id, 'source', f.source, 'model',"
        " f.model, CASE WHEN f.is_zone THEN 'zone' ELSE 'station' END,"
        " f.subject, 'element', f.element, 'issued_at', " T("f.issued_at") ","
        " 'begin_at', " T("f.begin_at") ", "
        "'values', (SELECT json_agg(json_build_array(" T("v.valid_at") ", "
        NUM("v.value") ")"
        " ORDER BY v.valid_at)"
        " FROM sanfang.forecast_value v"
        " WHERE v.id = f.id), "
        "'persistence', (SELECT json_agg(" NUM("v.persistence")
        " ORDER BY v.valid_at) FILTER (WHERE v.persistence IS NOT NULL)"
        " FROM sanfang.forecast_value v"
        " WHERE v.id = f.id), "
        "'quantiles', (SELECT json_object_agg(q.share, q.list)"
        " FROM (SELECT k.key AS share, json_agg(json_build_array("
        T("v.valid_at") ", k.value) ORDER BY v.valid_at) AS list"
        " FROM sanfang.forecast_value v, jsonb_each(v.quantiles) k"
        " WHERE v.id = f.id GROUP BY k.key) q))"
        " ORDER BY f.issued_at DESC, f.id)"
        " FROM (SELECT *"
        " FROM sanfang.forecast"
        " WHERE $1 = '' OR subject = $1"
        " ORDER BY issued_at DESC, id " LIMIT("$2", "20", "500") ") f),"
        " '[]'::json))";

static const char ask_incident_events[] =
        "SELECT json_build_object('centre', $1::text, 'incident', $2::text,"
        " 'events', "
        LIST("x.at, x.seq, x.n",
             "SELECT seq, n, what, unit, state, time AS at, " T("time") " AS"
             " time, lon, lat, out_of_order"
             " FROM sanfang.dispatch_event"
             " WHERE centre = $1 AND incident = $2"
             " ORDER BY dispatch_event.time, seq, n LIMIT 1000")
        ", "
        "'acceptances', coalesce((SELECT"
        " json_agg(json_build_object('acceptance', a.acceptance, 'time', "
        T("a.time") ", "
        "'dispatches', coalesce((SELECT json_agg(json_build_object('unit',"
        " d.unit, 'time', " T("d.time") ")"
        " ORDER BY d.time)"
        " FROM sanfang.incident_dispatch d"
        " WHERE d.centre = a.centre AND d.incident = a.incident AND"
        " d.acceptance = a.acceptance), '[]'::json))"
        " ORDER BY a.acceptance)"
        " FROM sanfang.incident_acceptance a"
        " WHERE a.centre = $1 AND a.incident = $2), '[]'::json))";

/* One pass over each table for the period (from, to]; then the pieces. */
static const char ask_bulletin[] =
        "WITH span AS MATERIALIZED (SELECT $1::timestamptz AS low,"
        " $2::timestamptz AS high), "
        "rain AS MATERIALIZED (SELECT r.station, s.name, s.county, z.name AS"
        " county_name, sum(r.value) AS sum"
        " FROM span, sanfang.rain_slot r"
        " JOIN sanfang.station s ON s.code = r.station"
        " LEFT JOIN sanfang.zone z ON z.code = s.county"
        " WHERE r.begin_at >= span.low AND r.time > span.low AND r.time <="
        " span.high"
        " GROUP BY r.station, s.name, s.county, z.name), "
        "level AS MATERIALIZED (SELECT DISTINCT ON (o.station) o.station,"
        " o.time, o.value"
        " FROM span, sanfang.observation o"
        " WHERE o.element = 'Z' AND NOT o.missing AND NOT o.marks &&"
        " '{test,old}' AND o.time > span.high - interval '6 hours' AND o.time"
        " <= span.high"
        " ORDER BY o.station, o.time DESC), "
        "got AS MATERIALIZED (SELECT o.station, max(o.time) AS last_at,"
        " count(DISTINCT o.time) AS received"
        " FROM span, sanfang.observation o"
        " WHERE NOT o.missing AND o.time > span.low AND o.time <= span.high"
        " GROUP BY o.station), "
        "call AS MATERIALIZED (SELECT i.*, z.name AS county_name"
        " FROM span, sanfang.incident i"
        " LEFT JOIN sanfang.zone z ON z.code = i.county"
        " WHERE i.opened_at > span.low AND i.opened_at <= span.high)"
        " SELECT json_build_object('from', " T("span.low") ", 'to', "
        T("span.high") ", "
        "'rain', json_build_object('maxima', "
        LIST("x.sum DESC, x.county",
             "SELECT DISTINCT ON (county) county, county_name, station, name, "
             NUM("sum") " AS sum"
             " FROM rain"
             " ORDER BY county, rain.sum DESC, station")
        ", "
        "'over', (SELECT json_build_object( '50', count(*) FILTER (WHERE sum"
        " >= 50), '100', count(*) FILTER (WHERE sum >= 100), '250', count(*)"
        " FILTER (WHERE sum >= 250))"
        " FROM rain), 'gauges', "
        LIST("x.sum DESC, x.station",
             "SELECT station, name, county, county_name, " NUM("sum") " AS"
             " sum, CASE WHEN sum >= 250 THEN 250 WHEN sum >= 100 THEN 100"
             " ELSE 50 END AS over"
             " FROM rain"
             " WHERE sum >= 50")
        "), 'rivers', "
        LIST("x.above DESC, x.station",
             "SELECT l.station, s.name, s.river, " T("l.time") " AS time, "
             NUM("l.value") " AS value, " NUM("s.wrz") " AS wrz, "
             NUM("l.value - s.wrz") " AS above"
             " FROM level l"
             " JOIN sanfang.station s ON s.code = l.station"
             " WHERE s.kind = 'ZZ' AND l.value >= s.wrz")
        ", 'reservoirs', "
        LIST("x.above DESC, x.station",
             "SELECT l.station, s.name, " T("l.time") " AS time, "
             NUM("l.value") " AS value, " NUM("f.max") " AS limit, "
             NUM("l.value - f.max") " AS above"
             " FROM level l"
             " JOIN sanfang.station s ON s.code = l.station, LATERAL (SELECT"
             " sanfang.limit_in_force(s.fsltdz, l.time) AS max) f"
             " WHERE s.kind = 'RR' AND l.value > f.max")
        ", 'gaps', "
        LIST("x.received, x.station",
             "SELECT s.code AS station, s.name, s.kind, " T("g.last_at") " AS"
             " last_at, coalesce(g.received, 0) AS received, e.expected"
             " FROM sanfang.station s"
             " LEFT JOIN got g ON g.station = s.code, LATERAL (SELECT"
             " floor(extract(epoch FROM span.high - span.low) /"
             " s.interval_s)::bigint AS expected) e"
             " WHERE s.active AND s.interval_s > 0 AND coalesce(g.received, 0)"
             " < 0.9 * e.expected"
             " ORDER BY received, s.code LIMIT 500")
        ", "
        "'calls', json_build_object( 'opened', (SELECT count(*)"
        " FROM call), "
        "'closed', (SELECT count(*)"
        " FROM call"
        " WHERE state IN ('closed', 'cancelled', 'false', 'merged')), "
        "'open', (SELECT count(*)"
        " FROM call"
        " WHERE state NOT IN ('closed', 'cancelled', 'false', 'merged')),"
        " 'by_county', "
        LIST("x.opened DESC, x.county",
             "SELECT county, county_name, count(*) AS opened"
             " FROM call"
             " GROUP BY county, county_name")
        "))"
        " FROM span";

static const char ask_pictures[] =
        "SELECT json_build_object('station', $1::text, 'pictures', "
        LIST("x.time DESC, x.seq DESC",
             "SELECT id, " T("p.time") " AS time, bytes, sha256, seq"
             " FROM sanfang.picture p"
             " WHERE station = $1"
             " ORDER BY p.time DESC, seq DESC " LIMIT("$2", "100", "1000"))
        ")";

static const char ask_texts[] =
        "SELECT json_build_object('station', $1::text, 'texts', "
        LIST("x.time DESC, x.seq DESC",
             "SELECT kind, " T("t.time") " AS time, words,"
             " octet_length(raw) AS bytes, seq"
             " FROM sanfang.station_text t"
             " WHERE station = $1"
             " ORDER BY t.time DESC, seq DESC " LIMIT("$2", "100", "1000"))
        ")";

static const char ask_rule_versions[] =
        "SELECT json_build_object('versions', "
        LIST("x.seq DESC",
             "SELECT seq, hash, name, version, put_by AS by, " T("put_at")
             " AS put_at"
             " FROM sanfang.rule_version"
             " ORDER BY seq DESC " LIMIT("$1", "100", "1000"))
        ")";

static const char ask_rule_version[] =
        "SELECT json_build_object('versions', "
        LIST("x.seq DESC",
             "SELECT seq, hash, name, version, put_by AS by, " T("put_at")
             " AS put_at, text"
             " FROM sanfang.rule_version"
             " WHERE seq = nullif($1, '')::bigint")
        ")";
/* clang-format on */

static const char *const sql_of[] = {
        [QUERY_OBSERVATIONS] = ask_observations,
        [QUERY_RAIN] = ask_rain,
        [QUERY_EXPOSED] = ask_exposed,
        [QUERY_AUDIT] = ask_audit,
        [QUERY_QUARANTINE] = ask_quarantine,
        [QUERY_ALERT_HISTORY] = ask_alert_history,
        [QUERY_TRANSITIONS] = ask_transitions,
        [QUERY_FORECASTS] = ask_forecasts,
        [QUERY_INCIDENT_EVENTS] = ask_incident_events,
        [QUERY_BULLETIN] = ask_bulletin,
        [QUERY_GAPS] = ask_gaps,
        [QUERY_PICTURES] = ask_pictures,
        [QUERY_TEXTS] = ask_texts,
        [QUERY_RULE_VERSIONS] = ask_rule_versions,
        [QUERY_RULE_VERSION] = ask_rule_version,
        [QUERY_SCORES] = query_scores,
};

static const struct {
        const char *name;
        int parameters;
} query_row[] = {
#define X(code, name, n) {name, n},
        QUERIES(X)
#undef X
};

_Static_assert(sizeof(sql_of) / sizeof(*sql_of) == QUERY_count,
               "each question has its SQL");

const char *query_sql(enum query q)
{
        return sql_of[q];
}

const char *query_name(enum query q)
{
        return q < QUERY_count ? query_row[q].name : "?";
}

int query_parameters(enum query q)
{
        return query_row[q].parameters;
}

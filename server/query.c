/* server/query.c -- see query.h. */
#include "server/query.h"

#include <string.h>

/* ---- rows in ---- */

struct put {
        const char *name, *key, *columns, *rule;
};

static const struct put puts_of[] = {
#define X(name, key, columns, rule) {#name, key, columns, rule},
        PUT_TABLES(X)
#undef X
};

/* A value replaces "missing" at the same instant; nothing else is ever
 * replaced. */
static const char put_observation[] =
        "INSERT INTO sanfang.observation AS old (station, element, time,"
        " value, missing, marks, received_at, seq, item)"
        " SELECT DISTINCT ON (station, element, time) station, element,"
        " time, value, missing, marks, received_at, seq, item"
        " FROM jsonb_populate_recordset(NULL::sanfang.observation, $1::jsonb)"
        " WITH ORDINALITY"
        " ORDER BY station, element, time, missing, ordinality"
        " ON CONFLICT (station, element, time) DO UPDATE SET"
        " value = excluded.value, missing = false, marks = excluded.marks,"
        " received_at = excluded.received_at, seq = excluded.seq,"
        " item = excluded.item"
        " WHERE old.missing AND NOT excluded.missing";

static const char put_conflict[] =
        "INSERT INTO sanfang.observation_conflict (station, element, time,"
        " value, marks, received_at, seq, item)"
        " SELECT r.station, r.element, r.time, r.value,"
        " array_append(array_remove(r.marks, 'conflict'), 'conflict'),"
        " r.received_at, r.seq, r.item"
        " FROM jsonb_populate_recordset(NULL::sanfang.observation, $1::jsonb)"
        " r JOIN sanfang.observation o USING (station, element, time)"
        " WHERE NOT r.missing AND o.value IS DISTINCT FROM r.value"
        " AND (o.seq, o.item) <> (r.seq, r.item)"
        " ON CONFLICT (seq, item) DO NOTHING";

#define ALERT_COLUMNS                                                       \
        "hazard, level, level_observed, level_forecast, level_peak, state," \
        " zone, county, station, river, title, title_en, rule,"             \
        " rule_version, rule_text, rule_text_en, unverified, element,"      \
        " value, unit, threshold, window_s, observed_at, raised_at,"        \
        " changed_at, ended_at, escalates_at, forecast, lead_s, late,"      \
        " reason, merged_into"

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

const char *put_table_name(enum put_table t)
{
        return t < PUT_count ? puts_of[t].name : "?";
}

bool put_table_from(struct text name, enum put_table *ret)
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

void put_statement(enum put_table t, struct buf *b)
{
        switch (t) {
        case PUT_observation:
                buf_str(b, put_observation);
                break;
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

const char *put_conflict_statement(void)
{
        return put_conflict;
}

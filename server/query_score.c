/* server/query_score.c -- the SQL of the forecast scores.
 *
 * Parameters: from, to (of the issue), source, station ("": all), "true"
 * where the data is made up.
 * Out:   {"from","to","synthetic","limits":[...],"errors":[...],
 *        "told":[{source,model,station,line,known,events:[[begin,last,seen]],
 *        runs:[[issued,cross,next]]}],"peaks":[[source,model,issued,naive,
 *        peak_at,peak,told_at,told]]}; in told and peaks times are
 *        microseconds, levels thousandths.  server/score.c makes the
 *        answer of it.
 * Source: docs/forecasts.md#scores.
 * Thread: any. */
#include "server/query.h"

/* clang-format off */
#define US(x) "(extract(epoch FROM " x ") * 1000000)::bigint"
#define MILLI(x) "round(" x " * 1000)::bigint"
#define T(x) "sanfang.rfc3339(" x ")"
#define USABLE                                                              \
        " AND o.value IS NOT NULL AND NOT o.marks && '{duplicate,conflict," \
        "missing,old,test,range,spike}'::text[]"
#define HOURS(name)                                                       \
        "(SELECT value FROM sanfang.score_limit WHERE name = '" name "')" \
        " * interval '1 hour'"
#define KEY "source, model, station, element, name"

/* Runs, with the level that stood at the issue; our own keep it. */
#define RUN                                                                  \
        "run AS MATERIALIZED (SELECT f.id, f.source, f.model,"               \
        " f.subject AS station, f.element, f.issued_at, n.value AS naive,"   \
        " lead(f.issued_at) OVER (PARTITION BY f.source, f.model, f.subject,"\
        "  f.element ORDER BY f.issued_at) AS next_at"                       \
        " FROM sanfang.forecast f LEFT JOIN LATERAL"                         \
        " (SELECT o.value FROM sanfang.observation o"                        \
        "  WHERE f.source <> 'sanfangd' AND o.station = f.subject"           \
        "  AND o.element = f.element AND o.time <= f.issued_at"              \
        "  AND o.time > f.issued_at - interval '3 hours'" USABLE             \
        "  ORDER BY o.time DESC LIMIT 1) n ON true"                          \
        " WHERE NOT f.is_zone AND f.element IN ('Z', 'ZU', 'Q')"             \
        " AND f.issued_at >= $1::timestamptz"                                \
        " AND f.issued_at < $2::timestamptz"                                 \
        " AND ($3 = '' OR f.source = $3) AND ($4 = '' OR f.subject = $4)),"  \
        " step AS MATERIALIZED (SELECT r.*, v.valid_at, v.value,"            \
        " coalesce(v.persistence, r.naive) AS before FROM run r"             \
        " JOIN sanfang.forecast_value v ON v.id = r.id"                      \
        " WHERE v.valid_at > r.issued_at),"                                  \
        " obs AS MATERIALIZED (SELECT o.* FROM"                              \
        " (SELECT DISTINCT station, element FROM run) r CROSS JOIN LATERAL"  \
        " (SELECT o.station, o.element, o.time, o.value"                     \
        "  FROM sanfang.observation o WHERE o.station = r.station"           \
        "  AND o.element = r.element"                                        \
        "  AND o.time >= $1::timestamptz - interval '1 day'"                 \
        "  AND o.time <= $2::timestamptz + interval '3 days'" USABLE         \
        "  OFFSET 0) o),"

/* Forecast less observed, at the same instant, by lead. */
#define ERRORS                                                               \
        " error AS (SELECT s.source, s.model, s.element,"                    \
        " CASE WHEN s.lead <= '1 hour' THEN 0 WHEN s.lead <= '3 hours' THEN" \
        " 1 WHEN s.lead <= '6 hours' THEN 3 WHEN s.lead <= '12 hours' THEN 6"\
        " WHEN s.lead <= '24 hours' THEN 12 ELSE 24 END AS hour,"            \
        " s.value - o.value AS e, s.before - o.value AS p"                   \
        " FROM (SELECT *, valid_at - issued_at AS lead FROM step) s"         \
        " JOIN obs o ON o.station = s.station AND o.element = s.element"     \
        " AND o.time = s.valid_at),"                                         \
        " errors AS (SELECT source, model, element, hour, count(*) AS n,"    \
        " avg(e) AS bias, avg(abs(e)) AS mae, sqrt(avg(e * e)) AS rmse,"     \
        " count(p) AS n_p, avg(p) AS bias_p, avg(abs(p)) AS mae_p,"          \
        " sqrt(avg(p * p)) AS rmse_p FROM error GROUP BY 1, 2, 3, 4),"

/* The water at or above a line; above again within the gap is the same. */
#define EVENTS                                                               \
        " line AS MATERIALIZED (SELECT s.code AS station, l.name, l.level"   \
        " FROM sanfang.station s CROSS JOIN LATERAL (VALUES ('WRZ', s.wrz)," \
        " ('GRZ', s.grz), ('OBHTZ', s.obhtz),"                               \
        " ('DKEL', least(s.ldkel, s.rdkel))) l(name, level)"                 \
        " WHERE l.level IS NOT NULL AND s.code IN (SELECT station FROM run))"\
        ", above AS (SELECT o.station, o.element, l.name, o.time, o.value,"  \
        " o.time - lag(o.time) OVER (PARTITION BY o.station, o.element,"     \
        "  l.name ORDER BY o.time) AS since"                                 \
        " FROM obs o JOIN line l ON l.station = o.station"                   \
        " WHERE o.element <> 'Q' AND o.value >= l.level),"                   \
        " island AS (SELECT *, count(*) FILTER (WHERE since IS NULL"         \
        " OR since > " HOURS("event_gap") ") OVER (PARTITION BY station,"    \
        " element, name ORDER BY time) AS k FROM above),"                    \
        " event AS MATERIALIZED (SELECT station, element, name,"             \
        " min(time) AS begin_at, max(time) AS last_at, max(value) AS peak,"  \
        " (array_agg(time ORDER BY value DESC, time))[1] AS peak_at"         \
        " FROM island GROUP BY station, element, name, k"                    \
        " HAVING min(time) >= $1::timestamptz"                               \
        " AND min(time) < $2::timestamptz),"                                 \
        " known AS (SELECT station, element, max(time) AS at FROM obs"       \
        " GROUP BY 1, 2),"

/* Runs from below a line, and which events they could have told of. */
#define TOLD                                                                 \
        " crossing AS MATERIALIZED (SELECT s.source, s.model, s.station,"    \
        " s.element, l.name, s.issued_at, s.next_at, max(s.valid_at) AS"     \
        " until_at, min(s.valid_at) FILTER (WHERE s.value >= l.level)"       \
        " AS cross_at FROM step s JOIN line l ON l.station = s.station"      \
        " WHERE s.element <> 'Q' AND (s.before IS NULL OR s.before <"        \
        " l.level) GROUP BY 1, 2, 3, 4, 5, 6, 7),"                           \
        " runs AS (SELECT " KEY ", json_agg(json_build_array("               \
        US("issued_at") ", " US("cross_at") ", " US("next_at") ")"           \
        " ORDER BY cross_at, issued_at) AS list FROM crossing"               \
        " WHERE cross_at IS NOT NULL GROUP BY " KEY "),"                     \
        " could AS (SELECT DISTINCT c.source, c.model, c.station, c.element,"\
        " c.name, e.begin_at FROM event e JOIN crossing c"                   \
        " ON (c.station, c.element, c.name) = (e.station, e.element, e.name)"\
        " AND c.issued_at < e.begin_at AND c.until_at >= e.begin_at),"       \
        " events AS (SELECT " KEY ", json_agg(json_build_array("             \
        US("begin_at") ", " US("last_at") ", c.begin_at IS NOT NULL)"        \
        " ORDER BY begin_at) AS list"                                        \
        " FROM (SELECT DISTINCT source, model, station, element FROM run) r" \
        " JOIN event e USING (station, element)"                             \
        " LEFT JOIN could c USING (" KEY ", begin_at)"                       \
        " GROUP BY " KEY "),"                                                \
        " told AS (SELECT " KEY ", e.list AS events, r.list AS runs"         \
        " FROM events e FULL JOIN runs r USING (" KEY ")),"

/* Of the lowest line: the first run that reaches over the peak, once the
 * water has been below the line again. */
#define PEAKS                                                                \
        " base AS (SELECT DISTINCT ON (station) station, name FROM line"     \
        " ORDER BY station, level, name),"                                   \
        " top AS MATERIALIZED (SELECT s.id, s.source, s.model, s.station, s.element,"     \
        " s.issued_at, min(s.before) AS before, max(s.valid_at) AS until_at,"\
        " max(s.value) AS told, (array_agg(s.valid_at ORDER BY s.value DESC,"\
        " s.valid_at))[1] AS told_at FROM step s"                            \
        " GROUP BY 1, 2, 3, 4, 5, 6),"                                       \
        " peak AS (SELECT DISTINCT ON (e.station, e.element, e.begin_at,"    \
        " t.source, t.model) t.source, t.model, t.issued_at, t.before,"      \
        " e.peak_at, e.peak, t.told_at, t.told FROM event e"                 \
        " JOIN base b ON (b.station, b.name) = (e.station, e.name)"          \
        " JOIN known k ON (k.station, k.element) = (e.station, e.element)"   \
        " JOIN top t ON (t.station, t.element) = (e.station, e.element)"     \
        " WHERE t.issued_at < e.peak_at AND t.until_at >= e.peak_at"         \
        " AND t.before IS NOT NULL AND k.at > e.last_at"                     \
        " ORDER BY e.station, e.element, e.begin_at, t.source, t.model,"     \
        " t.issued_at)"

#define ROUND(x) "round(" x ", 4)"

const char query_scores[] =
        "WITH " RUN ERRORS EVENTS TOLD PEAKS
        " SELECT json_build_object('from', " T("$1::timestamptz") ", 'to', "
        T("$2::timestamptz") ", 'synthetic', $5 = 'true', 'limits',"
        " (SELECT json_agg(l ORDER BY l.name) FROM sanfang.score_limit l),"
        " 'errors', coalesce((SELECT json_agg(json_build_array(source, model,"
        " element, hour, n, " ROUND("bias") ", " ROUND("mae") ", "
        ROUND("rmse") ", n_p, " ROUND("bias_p") ", " ROUND("mae_p") ", "
        ROUND("rmse_p") ") ORDER BY source, model, element, hour)"
        " FROM errors), '[]'),"
        " 'told', coalesce((SELECT json_agg(json_build_object('source',"
        " t.source, 'model', t.model, 'line', t.name, 'known', "
        US("k.at") ", 'events', coalesce(t.events, '[]'), 'runs',"
        " coalesce(t.runs, '[]')) ORDER BY t.source, t.model, t.name,"
        " t.station, t.element) FROM told t LEFT JOIN known k"
        " USING (station, element)), '[]'),"
        " 'peaks', coalesce((SELECT json_agg(json_build_array(source, model, "
        US("issued_at") ", " MILLI("before") ", " US("peak_at") ", "
        MILLI("peak") ", " US("told_at") ", " MILLI("told") ")"
        " ORDER BY source, model, issued_at, peak_at) FROM peak), '[]'))";
/* clang-format on */

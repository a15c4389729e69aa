-- 0002_views.sql -- what others may rest on (docs/database.md).
--
-- Read-only SQL for other programs goes through these views and the role
-- sanfang_reader; the tables behind them may change.

CREATE VIEW sanfang.v_station AS
        SELECT code, name, name_en, kind, lon, lat, zone, county, river,
               river_en, datum, wrz, grz, obhtz, near, fsltdz, interval_s,
               wind, levels_synthetic, active, geom
        FROM sanfang.station;

CREATE VIEW sanfang.v_zone AS
        SELECT code, level, name, name_en, parent, geom FROM sanfang.zone;

CREATE VIEW sanfang.v_facility AS
        SELECT id, kind, name, name_en, county, capacity, geom
        FROM sanfang.facility;

-- Values that a rule may use carry none of: conflict, old, test, missing.
CREATE VIEW sanfang.v_observation AS
        SELECT o.station, o.element, o."time", o.value, o.missing, o.marks,
               o.received_at, o.seq, s.zone, s.county, s.geom
        FROM sanfang.observation o
        LEFT JOIN sanfang.station s ON s.code = o.station;

CREATE VIEW sanfang.v_rain AS
        SELECT r.station, r.begin_at, r."time", r.value, r.source,
               s.zone, s.county, s.geom
        FROM sanfang.rain_slot r
        LEFT JOIN sanfang.station s ON s.code = r.station;

CREATE VIEW sanfang.v_alert AS
        SELECT id, changes, hazard, level, level_observed, level_forecast,
               level_peak, state, zone, county, station, river, group_key,
               title, title_en, rule, rule_version, rule_text, element,
               value, unit, threshold, window_s, observed_at, raised_at,
               changed_at, ended_at, escalates_at, forecast, lead_s, late,
               reason, merged_into, geom
        FROM sanfang.alert;

CREATE VIEW sanfang.v_alert_transition AS
        SELECT alert, n, kind, from_level, to_level, from_state, to_state,
               at, real_at, agency, user_name, note, seq
        FROM sanfang.alert_transition;

CREATE VIEW sanfang.v_alert_answer AS
        SELECT alert, agency, required, given, intent, user_name, note,
               given_at, deadline_at, escalated, escalated_at
        FROM sanfang.alert_answer;

CREATE VIEW sanfang.v_alert_evidence AS
        SELECT alert, station, element, "time", value, seq
        FROM sanfang.alert_evidence;

CREATE VIEW sanfang.v_incident AS
        SELECT centre, id, state, nature, address, people, county, town,
               opened_at, "time", late_events,
               state NOT IN ('closed', 'cancelled', 'false', 'merged')
                       AS open, geom
        FROM sanfang.incident;

CREATE VIEW sanfang.v_unit AS
        SELECT centre, id, state, incident, "time", fix_at, lost, geom
        FROM sanfang.unit;

CREATE VIEW sanfang.v_forecast AS
        SELECT f.id, f.source, f.model, f.subject, f.is_zone, f.element,
               f.issued_at, v.valid_at, v.value, v.persistence
        FROM sanfang.forecast f
        JOIN sanfang.forecast_value v ON v.id = f.id;

CREATE VIEW sanfang.v_quarantine AS
        SELECT id, topic, reason, detail, first_at, last_at, count,
               octet_length(raw) AS bytes
        FROM sanfang.quarantine;

-- The role for read-only guests, where we may make one.
DO $$
BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sanfang_reader')
        THEN
                CREATE ROLE sanfang_reader NOLOGIN;
        END IF;
EXCEPTION
        WHEN insufficient_privilege OR duplicate_object
             OR unique_violation THEN
                RAISE NOTICE 'role sanfang_reader was not made: %', SQLERRM;
END $$;

DO $$
DECLARE
        v record;
BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sanfang_reader')
        THEN
                RETURN;
        END IF;
        GRANT USAGE ON SCHEMA sanfang TO sanfang_reader;
        FOR v IN SELECT viewname FROM pg_views WHERE schemaname = 'sanfang'
                 AND (viewname LIKE 'v\_%' OR viewname LIKE 'incident\_%')
        LOOP
                EXECUTE format('GRANT SELECT ON sanfang.%I TO sanfang_reader',
                               v.viewname);
        END LOOP;
END $$;

-- 0001_archive.sql -- the archive of the journal.
--
-- Rows come from server/row.c; the JSON keys there are the column names
-- here.  Tables are an archive, not the master: `sanfang replay` makes them
-- again from the journal.  seq is always the journal record that made or
-- last changed a row.  There are no foreign keys: a message may name what
-- was imported later, and a row must never be lost for that.
-- Times are timestamptz, geometry is EPSG:4326, levels are metres, rain is
-- millimetres.  NULL in a threshold says "no threshold set".

CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public;

-- How far the archive has come: one row, moved in the transaction that
-- writes the rows.
CREATE TABLE sanfang.position (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        seq bigint NOT NULL,
        moved_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO sanfang.position (seq) VALUES (0);

-- What the journal could no longer give when this database came back.
CREATE TABLE sanfang.gap (
        after_seq bigint PRIMARY KEY,
        before_seq bigint NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now()
);

-- Rows that PostgreSQL refused, one by one, with its reason.
CREATE TABLE sanfang.poison (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        table_name text NOT NULL,
        row_text text NOT NULL,
        sqlstate text NOT NULL,
        error text NOT NULL,
        seq bigint NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now()
);

-- ---- places ----

CREATE TABLE sanfang.station (
        code text PRIMARY KEY,
        name text NOT NULL,
        name_en text,
        kind text NOT NULL,     -- SL 323 STTP: PP ZZ RR MM SS
        lon double precision,
        lat double precision,
        zone text,              -- town, else county
        county text,
        river text,
        river_en text,
        datum text,             -- DTMNM: levels compare only within one
        wrz numeric,            -- warning level
        grz numeric,            -- guarantee level
        obhtz numeric,          -- highest on record
        near numeric,           -- "close to" margin below wrz
        fsltdz jsonb,           -- [{"from":"04-15","to":"10-15","limit":88.5}]
        interval_s integer,
        wind text,              -- mean or gust
        sl651 text,
        levels_synthetic boolean NOT NULL DEFAULT false,
        active boolean NOT NULL DEFAULT true,
        seq bigint NOT NULL,
        geom public.geometry(Point, 4326) GENERATED ALWAYS AS
                (public.ST_SetSRID(public.ST_MakePoint(lon, lat), 4326)) STORED
);
CREATE INDEX station_geom ON sanfang.station USING gist (geom);

CREATE TABLE sanfang.zone (
        code text PRIMARY KEY,  -- GB/T 2260, towns 9 digits
        level text NOT NULL,    -- city county town
        name text NOT NULL,
        name_en text,
        parent text,
        label_lon double precision,
        label_lat double precision,
        geometry jsonb,         -- GeoJSON as imported
        seq bigint NOT NULL,
        geom public.geometry(MultiPolygon, 4326) GENERATED ALWAYS AS
                (public.ST_Multi(public.ST_CollectionExtract(
                        public.ST_MakeValid(public.ST_SetSRID(
                        public.ST_GeomFromGeoJSON(geometry::text), 4326)),
                        3))) STORED
);
CREATE INDEX zone_geom ON sanfang.zone USING gist (geom);

CREATE TABLE sanfang.facility (
        id text PRIMARY KEY,
        kind text NOT NULL,     -- hospital ambulance_station shelter reservoir
        name text NOT NULL,
        name_en text,
        lon double precision,
        lat double precision,
        county text,
        capacity bigint,
        seq bigint NOT NULL,
        geom public.geometry(Point, 4326) GENERATED ALWAYS AS
                (public.ST_SetSRID(public.ST_MakePoint(lon, lat), 4326)) STORED
);
CREATE INDEX facility_geom ON sanfang.facility USING gist (geom);

-- ---- what stations sent ----

CREATE TABLE sanfang.observation (
        station text NOT NULL,
        element text NOT NULL,          -- SL 651 mnemonic
        "time" timestamptz NOT NULL,    -- end of its interval
        value numeric,                  -- NULL when missing
        missing boolean NOT NULL DEFAULT false,
        marks text[] NOT NULL DEFAULT '{}',
        received_at timestamptz NOT NULL,
        seq bigint NOT NULL,
        item integer NOT NULL,
        PRIMARY KEY (station, element, "time")
) PARTITION BY RANGE ("time");
CREATE INDEX observation_time ON sanfang.observation USING brin ("time");
-- The net: what lies too far from now to deserve a partition of its own.
CREATE TABLE sanfang.observation_default
        PARTITION OF sanfang.observation DEFAULT;

-- Another value for an instant that already has one: kept, never used.
CREATE TABLE sanfang.observation_conflict (
        station text NOT NULL,
        element text NOT NULL,
        "time" timestamptz NOT NULL,
        value numeric,
        marks text[] NOT NULL DEFAULT '{}',
        received_at timestamptz NOT NULL,
        seq bigint NOT NULL,
        item integer NOT NULL,
        PRIMARY KEY (seq, item)
);
CREATE INDEX observation_conflict_key
        ON sanfang.observation_conflict (station, element, "time");

-- The one rain series of each station: fallen in (begin_at, time].
CREATE TABLE sanfang.rain_slot (
        station text NOT NULL,
        begin_at timestamptz NOT NULL,
        "time" timestamptz NOT NULL,
        value numeric NOT NULL,
        source text NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (station, "time")
);
CREATE INDEX rain_slot_time ON sanfang.rain_slot USING brin ("time");

-- One day (Beijing calendar) of observations; true when it was made now.
-- Rows of that day that fell into the net before are moved out of it.
CREATE FUNCTION sanfang.make_partition(day date) RETURNS boolean
LANGUAGE plpgsql SET timezone = 'Asia/Shanghai' AS $$
DECLARE
        part text := 'observation_' || to_char(day, 'YYYYMMDD');
        low timestamptz := day::timestamptz;
        high timestamptz := (day + 1)::timestamptz;
BEGIN
        IF to_regclass('sanfang.' || part) IS NOT NULL THEN
                RETURN false;
        END IF;
        EXECUTE format('CREATE TABLE sanfang.%I (LIKE sanfang.observation '
                || 'INCLUDING DEFAULTS)', part);
        EXECUTE format('WITH moved AS (DELETE FROM '
                || 'sanfang.observation_default WHERE "time" >= %L '
                || 'AND "time" < %L RETURNING *) '
                || 'INSERT INTO sanfang.%I SELECT * FROM moved',
                low, high, part);
        EXECUTE format('ALTER TABLE sanfang.observation ATTACH PARTITION '
                || 'sanfang.%I FOR VALUES FROM (%L) TO (%L)',
                part, low, high);
        RETURN true;
END $$;

-- All days from .. to (at most 400 of them); how many were made.
CREATE FUNCTION sanfang.make_partitions(from_at timestamptz,
                                        to_at timestamptz)
RETURNS integer
LANGUAGE plpgsql SET timezone = 'Asia/Shanghai' AS $$
DECLARE
        day date := from_at::date;
        made integer := 0;
BEGIN
        IF to_at - from_at > interval '400 days' THEN
                RAISE EXCEPTION 'more than 400 partitions asked for';
        END IF;
        WHILE day <= to_at::date LOOP
                IF sanfang.make_partition(day) THEN
                        made := made + 1;
                END IF;
                day := day + 1;
        END LOOP;
        RETURN made;
END $$;

-- The days that a batch of observation rows needs, and two days ahead of
-- its newest.  A time more than 62 days before it was received goes into
-- the net, so that a lying clock cannot make tables without end.
CREATE FUNCTION sanfang.prepare_partitions(batch jsonb) RETURNS integer
LANGUAGE sql SET timezone = 'Asia/Shanghai' AS $$
        WITH row AS (
                SELECT (r ->> 'time')::timestamptz AS at,
                       (r ->> 'received_at')::timestamptz AS received
                FROM jsonb_array_elements(batch) r
        ), day AS (
                SELECT DISTINCT at::date AS day FROM row
                WHERE at BETWEEN received - interval '62 days'
                      AND received + interval '2 days'
        ), want AS (
                SELECT day FROM day
                UNION SELECT max(day) + 1 FROM day
                UNION SELECT max(day) + 2 FROM day
        )
        SELECT count(*)::integer FROM want
        WHERE day IS NOT NULL AND sanfang.make_partition(day)
$$;

-- ---- 120 ----

CREATE TABLE sanfang.incident (
        centre text NOT NULL,
        id text NOT NULL,
        state text NOT NULL,
        nature text,
        address text,
        people bigint,
        lon double precision,
        lat double precision,
        county text,
        town text,
        opened_at timestamptz,
        "time" timestamptz NOT NULL,
        late_events integer NOT NULL DEFAULT 0,
        seq bigint NOT NULL,
        geom public.geometry(Point, 4326) GENERATED ALWAYS AS
                (public.ST_SetSRID(public.ST_MakePoint(lon, lat), 4326)) STORED,
        PRIMARY KEY (centre, id)
);
CREATE INDEX incident_geom ON sanfang.incident USING gist (geom);
CREATE INDEX incident_opened ON sanfang.incident (opened_at);

-- Every event as it came, in or out of order.
CREATE TABLE sanfang.dispatch_event (
        seq bigint NOT NULL,
        n integer NOT NULL,     -- place within the record
        what text NOT NULL,     -- incident or unit
        centre text NOT NULL,
        incident text,
        unit text,
        state text NOT NULL,
        "time" timestamptz NOT NULL,
        lon double precision,
        lat double precision,
        out_of_order boolean NOT NULL DEFAULT false,
        geom public.geometry(Point, 4326) GENERATED ALWAYS AS
                (public.ST_SetSRID(public.ST_MakePoint(lon, lat), 4326)) STORED,
        PRIMARY KEY (seq, n)
);
CREATE INDEX dispatch_event_incident
        ON sanfang.dispatch_event (centre, incident, "time");
CREATE INDEX dispatch_event_unit
        ON sanfang.dispatch_event (centre, unit, "time");

-- One incident has several acceptances, each several dispatches.
CREATE VIEW sanfang.incident_event AS
        SELECT * FROM sanfang.dispatch_event WHERE what = 'incident';
CREATE VIEW sanfang.incident_acceptance AS
        SELECT centre, incident, "time", out_of_order, seq,
               row_number() OVER (PARTITION BY centre, incident
                                  ORDER BY "time", seq, n) AS acceptance
        FROM sanfang.dispatch_event
        WHERE what = 'incident' AND state = 'accepted';
CREATE VIEW sanfang.incident_dispatch AS
        SELECT e.centre, e.incident, e.unit, e."time", e.out_of_order, e.seq,
               (SELECT max(a.acceptance) FROM sanfang.incident_acceptance a
                WHERE a.centre = e.centre AND a.incident = e.incident
                AND a."time" <= e."time") AS acceptance
        FROM sanfang.dispatch_event e
        WHERE e.what = 'unit' AND e.state = 'dispatched'
        AND e.incident IS NOT NULL;

CREATE TABLE sanfang.unit (
        centre text NOT NULL,
        id text NOT NULL,
        state text NOT NULL,
        incident text,
        lon double precision,
        lat double precision,
        "time" timestamptz NOT NULL,
        fix_at timestamptz,
        lost boolean NOT NULL DEFAULT false,
        late_events integer NOT NULL DEFAULT 0,
        seq bigint NOT NULL,
        geom public.geometry(Point, 4326) GENERATED ALWAYS AS
                (public.ST_SetSRID(public.ST_MakePoint(lon, lat), 4326)) STORED,
        PRIMARY KEY (centre, id)
);
CREATE INDEX unit_geom ON sanfang.unit USING gist (geom);

CREATE TABLE sanfang.unit_position (
        centre text NOT NULL,
        unit text NOT NULL,
        "time" timestamptz NOT NULL,
        lon double precision NOT NULL,
        lat double precision NOT NULL,
        state text NOT NULL,
        seq bigint NOT NULL,
        geom public.geometry(Point, 4326) GENERATED ALWAYS AS
                (public.ST_SetSRID(public.ST_MakePoint(lon, lat), 4326)) STORED,
        PRIMARY KEY (centre, unit, "time")
);
CREATE INDEX unit_position_geom ON sanfang.unit_position USING gist (geom);
CREATE INDEX unit_position_time ON sanfang.unit_position USING brin ("time");

-- ---- forecasts ----

CREATE TABLE sanfang.forecast (
        id text PRIMARY KEY,
        source text NOT NULL,
        model text NOT NULL,
        subject text NOT NULL,  -- station or zone code
        is_zone boolean NOT NULL,
        element text NOT NULL,
        issued_at timestamptz NOT NULL,
        begin_at timestamptz,
        seq bigint NOT NULL
);
CREATE INDEX forecast_subject ON sanfang.forecast (subject, issued_at);

CREATE TABLE sanfang.forecast_value (
        id text NOT NULL,
        valid_at timestamptz NOT NULL,
        value numeric NOT NULL,
        persistence numeric,
        PRIMARY KEY (id, valid_at)
);

-- ---- alerts ----

CREATE TABLE sanfang.alert (
        id text PRIMARY KEY,
        changes integer NOT NULL,       -- transitions so far: its version
        hazard text NOT NULL,
        level text NOT NULL,
        level_observed text,
        level_forecast text,
        level_peak text,
        state text NOT NULL,
        zone text,
        county text,
        station text,
        river text,
        group_key text,
        title text,
        title_en text,
        rule text,
        rule_version integer,
        rule_text text,
        rule_text_en text,
        unverified boolean,
        element text,
        value numeric,
        unit text,
        threshold numeric,
        window_s integer,
        observed_at timestamptz,
        raised_at timestamptz,
        changed_at timestamptz,
        ended_at timestamptz,
        escalates_at timestamptz,
        forecast boolean,
        lead_s bigint,
        late boolean,
        reason text,
        merged_into text,
        object jsonb NOT NULL,  -- the API object, "archived" left out
        seq_raised bigint NOT NULL,
        seq bigint NOT NULL,
        geom public.geometry(Geometry, 4326)    -- station, else zone
);
CREATE INDEX alert_geom ON sanfang.alert USING gist (geom);
CREATE INDEX alert_observed ON sanfang.alert (observed_at);

CREATE TABLE sanfang.alert_transition (
        alert text NOT NULL,
        n integer NOT NULL,
        kind text NOT NULL,
        from_level text,
        to_level text,
        from_state text,
        to_state text,
        at timestamptz NOT NULL,        -- engine time
        real_at timestamptz NOT NULL,   -- wall clock
        agency text,
        user_name text,
        note text,
        seq bigint NOT NULL,
        object jsonb NOT NULL,          -- the alert after it
        PRIMARY KEY (alert, n)
);

CREATE TABLE sanfang.alert_answer (
        alert text NOT NULL,
        agency text NOT NULL,
        required boolean NOT NULL,
        given boolean NOT NULL,
        intent text,
        user_name text,
        note text,
        given_at timestamptz,
        deadline_at timestamptz,
        escalated boolean NOT NULL,
        escalated_at timestamptz,
        changes integer NOT NULL,
        PRIMARY KEY (alert, agency)
);

CREATE TABLE sanfang.alert_evidence (
        alert text NOT NULL,
        station text NOT NULL,
        element text NOT NULL,
        "time" timestamptz NOT NULL,
        value numeric NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (alert, station, element, "time", seq)
);

-- ---- people and rules ----

-- Password hashes stay in the journal.
CREATE TABLE sanfang.app_user (
        name text PRIMARY KEY,
        shown text NOT NULL,
        role text NOT NULL,
        agency text,
        zone text,
        disabled boolean NOT NULL,
        seq bigint NOT NULL
);

CREATE TABLE sanfang.audit (
        n bigint PRIMARY KEY,
        seq bigint NOT NULL,
        real_at timestamptz NOT NULL,
        at timestamptz,
        user_name text,
        role text,
        action text NOT NULL,
        subject text,
        outcome text NOT NULL,
        detail text,
        hash text NOT NULL
);
CREATE INDEX audit_real ON sanfang.audit USING brin (real_at);

CREATE TABLE sanfang.rule_set (
        name text NOT NULL,
        version integer NOT NULL,
        object jsonb NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (name, version)
);

-- ---- what could not be taken ----

-- Equal contents (topic, reason, bytes) are one row with a count.
CREATE TABLE sanfang.quarantine (
        id text PRIMARY KEY,    -- SHA-256 of the three
        topic text NOT NULL,
        reason text NOT NULL,
        detail text,
        raw bytea NOT NULL,
        first_seq bigint NOT NULL,
        last_seq bigint NOT NULL,
        first_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        count bigint NOT NULL
);
CREATE INDEX quarantine_last ON sanfang.quarantine (last_seq);

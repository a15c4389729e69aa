-- 0013_forecasts.sql -- quantiles of forecasts, dykes and the station
-- upstream, and the numbers by which forecasts are scored.

ALTER TABLE sanfang.station
        ADD COLUMN ldkel numeric,       -- crest of the left dyke
        ADD COLUMN rdkel numeric,       -- crest of the right dyke
        ADD COLUMN upstream text,       -- ST_FSDR_B: UPSTCD
        ADD COLUMN travel_h numeric;    -- ST_FSDR_B: AVTRTM, hours

CREATE OR REPLACE VIEW sanfang.v_station AS
        SELECT code, name, name_en, kind, lon, lat, zone, county, river,
               river_en, datum, wrz, grz, obhtz, near, fsltdz, interval_s,
               wind, levels_synthetic, active, geom, ldkel, rdkel, upstream,
               travel_h
        FROM sanfang.station;

-- {"0.1": 5.6, "0.9": 6.2}: the value not passed with that probability.
ALTER TABLE sanfang.forecast_value ADD COLUMN quantiles jsonb;

CREATE OR REPLACE VIEW sanfang.v_forecast AS
        SELECT f.id, f.source, f.model, f.subject, f.is_zone, f.element,
               f.issued_at, v.valid_at, v.value, v.persistence, v.quantiles
        FROM sanfang.forecast f
        JOIN sanfang.forecast_value v ON v.id = f.id;

CREATE INDEX forecast_issued ON sanfang.forecast (issued_at);

-- By these numbers a forecast counts as right; UPDATE changes them.  What
-- is unverified is shown as such.
CREATE TABLE sanfang.score_limit (
        name text PRIMARY KEY,
        value numeric NOT NULL CHECK (value >= 0),
        unit text NOT NULL,
        source text NOT NULL,
        unverified boolean NOT NULL
);
INSERT INTO sanfang.score_limit VALUES
        ('event_window', 3, 'h', 'ours: a crossing forecast so near to the observed one is a hit', true),
        ('event_gap', 6, 'h', 'ours: above a line again within this is the same event', true),
        ('peak_share', 20, '%', 'GB/T 22482-2008, second-hand: of the rise from the issue to the peak', true),
        ('peak_floor', 0.10, 'm', 'GB/T 22482-2008, second-hand: least allowed error of a level', true),
        ('time_share', 30, '%', 'GB/T 22482-2008, second-hand: of the time from the issue to the peak', true),
        ('time_floor', 3, 'h', 'GB/T 22482-2008, second-hand: least allowed error of the time of the peak', true);

CREATE VIEW sanfang.v_score_limit AS
        SELECT name, value, unit, source, unverified FROM sanfang.score_limit;

DO $$
BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sanfang_reader')
        THEN
                GRANT SELECT ON sanfang.v_score_limit TO sanfang_reader;
        END IF;
END $$;

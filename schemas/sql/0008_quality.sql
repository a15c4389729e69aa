-- 0008_quality.sql -- check tables, and rain slots whose F4 cap was undone.

-- What was plausible by which table (docs/quality.md); as imported.
CREATE TABLE sanfang.check_set (
        name text NOT NULL,
        version integer NOT NULL,
        object jsonb NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (name, version)
);

-- A full F4 slot (25.4 mm) carries its excess into the next; a repaired
-- slot has it where it fell, and raw is what the terminal sent for it; NULL
-- where nothing was repaired.  The DRP rows of sanfang.observation stay as
-- they were sent.
ALTER TABLE sanfang.rain_slot ADD COLUMN raw numeric;

CREATE OR REPLACE VIEW sanfang.v_rain AS
        SELECT r.station, r.begin_at, r."time", r.value, r.source,
               s.zone, s.county, s.geom, r.raw IS NOT NULL AS repaired, r.raw
        FROM sanfang.rain_slot r
        LEFT JOIN sanfang.station s ON s.code = r.station;

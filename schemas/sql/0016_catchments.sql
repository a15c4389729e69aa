-- 0016_catchments.sql -- the catchments that hold a station.
--
-- sanfang.zone has rows of level catchment from now on; their code is a
-- letter and up to eight more.
ALTER TABLE sanfang.station
        ADD COLUMN catchments jsonb;    -- ["XDJ","JJ"]: the smallest first

CREATE OR REPLACE VIEW sanfang.v_station AS
        SELECT code, name, name_en, kind, lon, lat, zone, county, river,
               river_en, datum, wrz, grz, obhtz, near, fsltdz, interval_s,
               wind, levels_synthetic, active, geom, ldkel, rdkel, upstream,
               travel_h, catchments
        FROM sanfang.station;

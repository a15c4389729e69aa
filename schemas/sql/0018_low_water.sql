-- 0018_low_water.sql -- ST_RVFCCH_B: LAZ, the low-water alert level.

ALTER TABLE sanfang.station
        ADD COLUMN laz numeric;

CREATE OR REPLACE VIEW sanfang.v_station AS
        SELECT code, name, name_en, kind, lon, lat, zone, county, river,
               river_en, datum, wrz, grz, obhtz, near, fsltdz, interval_s,
               wind, levels_synthetic, active, geom, ldkel, rdkel, upstream,
               travel_h, catchments, laz
        FROM sanfang.station;

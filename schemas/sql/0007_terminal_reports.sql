-- 0007_terminal_reports.sql -- what SL 651 terminals send beside values,
-- and how far they keep to the standard.

-- The file is STATE/pictures/STATION/TIME.SEQUENCE.jpg; id says which.
CREATE TABLE sanfang.picture (
        id text PRIMARY KEY,    -- STATION.TIME.SEQUENCE
        station text NOT NULL,
        time timestamptz NOT NULL,
        bytes bigint NOT NULL,
        sha256 text NOT NULL,
        seq bigint NOT NULL
);
CREATE INDEX picture_station ON sanfang.picture (station, time);

-- Manual entries (35H, SL 330 text), software versions and what else is
-- kept as it came; words is the text where it is one.
CREATE TABLE sanfang.station_text (
        seq bigint NOT NULL,
        item integer NOT NULL,
        station text NOT NULL,
        kind text NOT NULL,     -- text version events parameters batch raw
        time timestamptz NOT NULL,
        words text,
        raw bytea NOT NULL,
        PRIMARY KEY (seq, item)
);
CREATE INDEX station_text_station ON sanfang.station_text (station, time);

-- Departures from SL 651-2014 by kind; seq and byte are the newest
-- example.  The server writes a row at most once a minute.
CREATE TABLE sanfang.conformance (
        station text NOT NULL,
        kind text NOT NULL,
        count bigint NOT NULL,
        first_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        seq bigint NOT NULL,
        byte integer NOT NULL,
        PRIMARY KEY (station, kind)
);

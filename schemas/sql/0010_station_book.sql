-- 0010_station_book.sql -- gaps in stations' numbers, and who is not in
-- the book yet.  (sanfang.gap is another thing: what the journal could no
-- longer give to a restored database.)

CREATE TABLE sanfang.gap_report (
        subject text NOT NULL,          -- station, or 120 centre
        is_centre boolean NOT NULL,
        boot numeric NOT NULL,
        first_number numeric NOT NULL,  -- both inclusive
        last_number numeric NOT NULL,
        missing numeric NOT NULL,       -- of them, that have not come
        state text NOT NULL,            -- open hole filled
        asked integer NOT NULL,         -- receipts that asked for it
        owner text NOT NULL,            -- station people nobody
        noticed_at timestamptz NOT NULL,        -- real time
        changed_at timestamptz NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (subject, is_centre, boot, first_number)
);
CREATE INDEX gap_report_state ON sanfang.gap_report (state, changed_at);

CREATE TABLE sanfang.applicant (
        name text PRIMARY KEY,          -- of its topic, or terminal address
        state text NOT NULL,            -- waiting dismissed admitted
        first_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        messages bigint NOT NULL,       -- all that it sent
        waiting integer NOT NULL,       -- of them at hand
        dropped bigint NOT NULL,        -- beyond a bound: in quarantine only
        seq bigint NOT NULL
);

CREATE VIEW sanfang.v_gap AS
        SELECT subject, is_centre, boot, first_number, last_number, missing,
               state, asked, owner, noticed_at, changed_at
        FROM sanfang.gap_report;

CREATE VIEW sanfang.v_applicant AS
        SELECT name, state, first_at, last_at, messages, waiting, dropped
        FROM sanfang.applicant;

-- What of the station book can be said from the archive; the rest (clock,
-- intervals missed, last seen) is in GET /api/v1/stations/{code}/book.
CREATE VIEW sanfang.v_station_book AS
        SELECT s.code AS station, s.interval_s,
               coalesce(g.gaps_open, 0) AS gaps_open,
               coalesce(g.holes, 0) AS holes,
               coalesce(g.lost, 0) AS lost
        FROM sanfang.station s
        LEFT JOIN (SELECT subject,
                          count(*) FILTER (WHERE state = 'open') AS gaps_open,
                          count(*) FILTER (WHERE state = 'hole') AS holes,
                          sum(missing) FILTER (WHERE state = 'hole') AS lost
                   FROM sanfang.gap_report WHERE NOT is_centre
                   GROUP BY subject) g ON g.subject = s.code;

DO $$
BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sanfang_reader')
        THEN
                GRANT SELECT ON sanfang.v_gap, sanfang.v_applicant,
                        sanfang.v_station_book TO sanfang_reader;
        END IF;
END $$;

-- 0009_revisions.sql -- what an amended observation had said before.
--
-- An authorised amendment (mark "revised") takes the place of the value in
-- sanfang.observation; the row that stood there is kept here, with the
-- record that replaced it.  Several amendments leave several rows.
CREATE TABLE sanfang.observation_revision (
        station text NOT NULL,
        element text NOT NULL,
        "time" timestamptz NOT NULL,
        value numeric,
        missing boolean NOT NULL,
        marks text[] NOT NULL,
        received_at timestamptz NOT NULL,
        seq bigint NOT NULL,            -- of the row that was replaced
        item integer NOT NULL,
        by_seq bigint NOT NULL,         -- of the row that replaced it
        by_item integer NOT NULL,
        PRIMARY KEY (station, element, "time", seq, item)
);

CREATE VIEW sanfang.v_observation_revision AS
        SELECT station, element, "time", value, missing, marks, received_at,
               seq, by_seq
        FROM sanfang.observation_revision;

DO $$
BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sanfang_reader')
        THEN
                GRANT SELECT ON sanfang.v_observation_revision
                        TO sanfang_reader;
        END IF;
END $$;

-- 0014_rule_versions.sql -- every rule table that was in force, as it was
-- written, and the drafts on the way there.  (sanfang.rule_set has one
-- object for each name and version that an alert may have.)
CREATE TABLE sanfang.rule_version (
        seq bigint PRIMARY KEY,         -- record that put it in force
        hash text NOT NULL,             -- SHA-256 of the text, hex
        name text NOT NULL,
        version bigint NOT NULL,
        text text NOT NULL,
        put_by text,                    -- user; sanfang: the command line
        put_at timestamptz NOT NULL     -- real time
);
CREATE INDEX rule_version_hash ON sanfang.rule_version (hash);

CREATE TABLE sanfang.rule_draft (
        hash text PRIMARY KEY,
        name text NOT NULL,
        version bigint NOT NULL,
        text text NOT NULL,
        author text,
        drafted_at timestamptz NOT NULL,
        tested_by text,
        tested_at timestamptz,
        tested_against text,            -- hash of the table then in force
        result text,                    -- of the back-test, JSON
        confirmed_by text,              -- the second person
        confirmed_against text,
        confirmed_at timestamptz,
        seq bigint NOT NULL             -- of its last change
);

CREATE VIEW sanfang.v_rule_version AS
        SELECT seq, hash, name, version, text, put_by, put_at
        FROM sanfang.rule_version;

CREATE VIEW sanfang.v_rule_draft AS
        SELECT hash, name, version, text, author, drafted_at, tested_by,
               tested_at, tested_against, result, confirmed_by,
               confirmed_against, confirmed_at
        FROM sanfang.rule_draft;

DO $$
BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sanfang_reader')
        THEN
                GRANT SELECT ON sanfang.v_rule_version, sanfang.v_rule_draft
                        TO sanfang_reader;
        END IF;
END $$;

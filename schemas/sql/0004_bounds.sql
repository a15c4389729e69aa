-- 0004_bounds.sql -- what strangers can fill keeps its newest rows only.
--
-- A broken station can send new nonsense for ever.  The archive asks for
-- this once a minute after it has written such rows; how many rows stay may
-- be changed by UPDATE, and what went is counted.

CREATE TABLE sanfang.bound (
        table_name text PRIMARY KEY,
        kept bigint NOT NULL CHECK (kept > 0),
        dropped bigint NOT NULL DEFAULT 0
);
INSERT INTO sanfang.bound (table_name, kept)
VALUES ('quarantine', 100000), ('poison', 10000);

-- Rows dropped now.
CREATE FUNCTION sanfang.keep_newest() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
        n_quarantine bigint;
        n_poison bigint;
BEGIN
        DELETE FROM sanfang.quarantine WHERE id IN (
                SELECT id FROM sanfang.quarantine
                ORDER BY last_seq DESC, id
                OFFSET (SELECT kept FROM sanfang.bound
                        WHERE table_name = 'quarantine'));
        GET DIAGNOSTICS n_quarantine = ROW_COUNT;
        DELETE FROM sanfang.poison WHERE id IN (
                SELECT id FROM sanfang.poison
                ORDER BY id DESC
                OFFSET (SELECT kept FROM sanfang.bound
                        WHERE table_name = 'poison'));
        GET DIAGNOSTICS n_poison = ROW_COUNT;
        UPDATE sanfang.bound SET dropped = dropped
                + CASE table_name WHEN 'quarantine' THEN n_quarantine
                  ELSE n_poison END
        WHERE n_quarantine + n_poison > 0;
        RETURN n_quarantine + n_poison;
END $$;

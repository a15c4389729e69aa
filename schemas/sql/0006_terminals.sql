-- 0006_terminals.sql -- how a station's terminal speaks and what is
-- plausible there (SL 323 ST_STCHKVAL_B); NULL is "no bound set".
ALTER TABLE sanfang.station
        ADD COLUMN vendor_id text,
        ADD COLUMN via text,            -- station that may report for it
        ADD COLUMN sl651_centre integer,
        ADD COLUMN sl651_slots text,    -- auto first last
        ADD COLUMN sl651_mode text,     -- m1 m2 m3 m4
        ADD COLUMN checks jsonb NOT NULL DEFAULT '{}';  -- PULT, ZULT...

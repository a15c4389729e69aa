-- 0012_lost_reports.sql -- gaps that are a period: reports of an SL 651
-- terminal between two send times.  first_number is 0 there, last_number
-- how many reports are lost; asked counts questions (38H).
ALTER TABLE sanfang.gap_report
        ADD COLUMN since timestamptz,   -- NULL: a gap in numbers
        ADD COLUMN until timestamptz;

CREATE OR REPLACE VIEW sanfang.v_gap AS
        SELECT subject, is_centre, boot, first_number, last_number, missing,
               state, asked, owner, noticed_at, changed_at, since, until
        FROM sanfang.gap_report;

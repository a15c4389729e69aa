-- 0017_rules.sql -- whose override raised an alert, and what the rules were
-- given, for back-tests.

ALTER TABLE sanfang.alert
        ADD COLUMN rule_scope text;     -- zone or station; NULL: the rule

UPDATE sanfang.alert SET rule_scope = object ->> 'rule_scope'
WHERE object ? 'rule_scope';

CREATE OR REPLACE VIEW sanfang.v_alert AS
        SELECT id, changes, hazard, level, level_observed, level_forecast,
               level_peak, state, zone, county, station, river, group_key,
               title, title_en, rule, rule_version, rule_text, element,
               value, unit, threshold, window_s, observed_at, raised_at,
               changed_at, ended_at, escalates_at, forecast, lead_s, late,
               reason, merged_into, geom, rule_scope
        FROM sanfang.alert;

-- A row is what one batch of records gave to the rules, in the journal's
-- order: observations with their marks, slots of rain as they were then,
-- who spoke, ticks, calls, forecasts, places, tables and officers' answers
-- (docs/database.md#what-the-rules-were-given).  `sanfang export days
-- --archive` makes day files of it.  The rows make a chain: after_seq is
-- the seq of the row before.
--
-- No password hash is in it, but else all that an administrator imported,
-- a terminal's password too: no view, no reader.
CREATE TABLE sanfang.rule_input (
        seq bigint PRIMARY KEY,
        after_seq bigint NOT NULL,
        items bytea NOT NULL
);

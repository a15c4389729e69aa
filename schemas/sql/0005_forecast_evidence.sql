-- What a forecast said is not what a gauge measured: evidence tells which.
ALTER TABLE sanfang.alert_evidence
        ADD COLUMN forecast boolean NOT NULL DEFAULT false;

CREATE OR REPLACE VIEW sanfang.v_alert_evidence AS
        SELECT alert, station, element, "time", value, seq, forecast
        FROM sanfang.alert_evidence;

/* schemas/wire/alert.h -- an alert as the API object of interfaces:
 * {id, version, hazard, level, level_observed, level_forecast, level_peak,
 *  state, zone, county, station, river, group, title, title_en, rule,
 *  rule_version, rule_text, rule_text_en, unverified, element, value, unit,
 *  threshold, window_s, observed_at, raised_at, changed_at, ended_at,
 *  escalates_at, agencies:[{agency, required, given, intent, user, note,
 *  given_at, deadline_at, escalated, escalated_at}], acked_by, forecast,
 *  lead_s, late, reason, merged_into, evidence:[{station, element, time,
 *  value, seq, forecast}],
 *  archived} */
#ifndef SCHEMAS_WIRE_ALERT_H
#define SCHEMAS_WIRE_ALERT_H

#include "schemas/alert.h"
#include "schemas/wire/json.h"

/* archived: 1 yes, 0 not yet, -1 leave the member out (canonical form,
 * which depends on the journal alone). */
void wire_alert_put(struct json_out *o, const char *key, const struct alert *a,
                    const struct places *p, int archived);
/* Its members only, into an object that is open. */
void wire_alert_fields(struct json_out *o, const struct alert *a,
                       const struct places *p, int archived);
/* What people read: "小东江茂名站 监测水位 9.05 m 达到 黄色 标准 (警戒水位
 * 9.00 m)"; wording never says that we issue a warning signal. */
void wire_alert_title(const struct alert *a, const struct places *p,
                      bool english, struct buf *b);
void wire_transition_put(struct json_out *o, const char *key,
                         const struct alert *a, const struct transition *t);

#endif

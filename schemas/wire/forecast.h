/* schemas/wire/forecast.h -- RECORD_FORECAST bodies and
 * sanfang/v1/fc/<source>/up/series messages.
 *
 * {"source","model","station"|"zone","element","issued_at","begin_at"?,
 *  "values":[[time,value],...],"persistence":[value,...]?,
 *  "quantiles":{"0.1":[value,...],"0.9":[...]}?}
 * A quantile has a value for each step, or pairs [time,value] of some.
 * One that a person gave has "request" and "by" in its record besides. */
#ifndef SCHEMAS_WIRE_FORECAST_H
#define SCHEMAS_WIRE_FORECAST_H

#include "schemas/forecast.h"
#include "schemas/wire/json.h"

/* Who gave it through the API; request "" when nobody did. */
struct forecast_note {
        char request[40];
        char by[CODE_MAX + 1];
};

void wire_forecast_encode(const struct forecast *f, struct buf *b);
/* Sets ret->id from subject, element, source, model and issue time. */
enum status wire_forecast_decode(struct text body, struct forecast *ret,
                                 struct err *e);
void wire_forecast_note_encode(const struct forecast *f,
                               const struct forecast_note *note, struct buf *b);
/* Of a body that may be wrong elsewhere; false: nobody waits for it. */
bool wire_forecast_note_decode(struct text body, struct forecast_note *ret);
/* As an API object, into an open array or object. */
void wire_forecast_put(struct json_out *o, const char *key,
                       const struct forecast *f);

/* The quantiles of one step, {"0.1":value,...}; null for none. */
void wire_forecast_put_quantiles(struct json_out *o, const char *key,
                                 const struct forecast *f, uint32_t step);

#endif

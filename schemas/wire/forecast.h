/* schemas/wire/forecast.h -- RECORD_FORECAST bodies and
 * sanfang/v1/fc/<source>/up/series messages.
 *
 * {"source","model","station"|"zone","element","issued_at","begin_at"?,
 *  "values":[[time,value],...],"persistence":[value,...]?,"quantiles":{}?} */
#ifndef SCHEMAS_WIRE_FORECAST_H
#define SCHEMAS_WIRE_FORECAST_H

#include "schemas/forecast.h"
#include "schemas/wire/json.h"

void wire_forecast_encode(const struct forecast *f, struct buf *b);
/* Sets ret->id from subject, element, source, model and issue time. */
enum status wire_forecast_decode(struct text body, struct forecast *ret,
                                 struct err *e);
/* As an API object, into an open array or object. */
void wire_forecast_put(struct json_out *o, const char *key,
                       const struct forecast *f);

#endif

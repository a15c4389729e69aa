/* schemas/wire/check.h -- a check table as JSON: the file, which is also
 * the body of its import record ("what" is "checks").
 *
 * {"what":"checks","name","version","text"?,
 *  "clock":{"ahead_s","behind_s"},"gap_s","rate_least_s",
 *  "elements":[{"element","low"?,"high"?,"step"?,"rate_per_h"?,"spike"?,
 *               "stuck_s"?}],
 *  "neighbours":{"distance_m","least","windows":[{"window_s","dry","wet",
 *                "pour","quiet"}]}}
 * Each part may say "source" and "unverified".  What is absent is not
 * looked at; an unknown field is an error.
 * schemas/json/checks.schema.json says the same. */
#ifndef SCHEMAS_WIRE_CHECK_H
#define SCHEMAS_WIRE_CHECK_H

#include "schemas/check.h"

enum status wire_checks_decode(struct text body, struct check_table *ret,
                               struct err *e);

#endif

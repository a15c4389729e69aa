/* schemas/decimal.h -- a decimal number as it is written, exactly.
 *
 * For factors and raw values that come from outside and become thousandths
 * only once, at the end: 12345 times 0.001 plus 3.2 is 15545, not nearly.
 * Thread: any; no state. */
#ifndef SCHEMAS_DECIMAL_H
#define SCHEMAS_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/text.h"

/* mantissa / 10^places, |mantissa| below 10^15, places -15..15. */
struct decimal {
        int64_t mantissa;
        int places;
};

/* "-0.001", "12", "1.5e-3": all of t; false for anything else and for more
 * than 15 digits that count. */
bool decimal_from(struct text t, struct decimal *ret);
/* The number that a double was written as, up to 15 digits; false when it
 * is not finite or out of range. */
bool decimal_from_double(double v, struct decimal *ret);
bool decimal_eq(struct decimal a, struct decimal b);
/* value * scale + offset in thousandths, rounded half away from zero;
 * false when it does not fit. */
bool decimal_to_milli(struct decimal value, struct decimal scale,
                      struct decimal offset, int64_t *ret_milli);

#endif

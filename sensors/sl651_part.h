/* sensors/sl651_part.h -- what the parts of the SL 651 reader share. */
#ifndef SENSORS_SL651_PART_H
#define SENSORS_SL651_PART_H

#include "sensors/sl651.h"

/* Five address bytes as ten hex digits. */
void sl651_address_text(const uint8_t *b, char dst[11]);

/* n bytes of BCD with `decimals` decimals as thousandths, rounded half away
 * from zero.  All F (or all A, as some vendors fill) is missing; a leading
 * FF is a minus sign.  ERR_NUMBER sets *ret_bad to the byte's index. */
enum status sl651_number(const uint8_t *b, size_t n, unsigned decimals,
                         bool *ret_missing, int64_t *ret_milli,
                         size_t *ret_bad);

/* YYMMDDHHmm or YYMMDDHHmmSS (n is 5 or 6) in Beijing time. */
bool sl651_time(const uint8_t *b, size_t n, int64_t *ret_us);

#endif

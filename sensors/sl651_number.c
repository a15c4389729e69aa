/* sensors/sl651_number.c -- BCD numbers and times of SL 651.
 *
 * Source: SL 651-2014 6.6.2 and annex C. */
#include "sensors/sl651_part.h"

#include "schemas/time.h"

static bool two_digits(uint8_t b, int *ret)
{
        if (b >> 4 > 9 || (b & 0x0F) > 9)
                return false;
        *ret = (b >> 4) * 10 + (b & 0x0F);
        return true;
}

static bool all_are(const uint8_t *b, size_t n, uint8_t fill)
{
        size_t i;

        for (i = 0; i < n; i++)
                if (b[i] != fill)
                        return false;
        return n > 0;
}

/* From units of 10^-decimals to thousandths; decimals is 0..7. */
static int64_t to_milli(int64_t v, unsigned decimals)
{
        int64_t scale = 1;

        for (; decimals < 3; decimals++)
                v *= 10;
        for (; decimals > 3; decimals--)
                scale *= 10;
        return (v + scale / 2) / scale;
}

enum status sl651_number(const uint8_t *b, size_t n, unsigned decimals,
                         bool *ret_missing, int64_t *ret_milli, size_t *ret_bad)
{
        bool minus = n > 1 && b[0] == 0xFF;
        int64_t v = 0;
        size_t i;
        int two;

        if (all_are(b, n, 0xFF) || all_are(b, n, 0xAA)) {
                *ret_missing = true;
                *ret_milli = 0;
                return OK;
        }
        for (i = minus ? 1 : 0; i < n; i++) {
                if (!two_digits(b[i], &two) || v > INT64_C(90000000000)) {
                        *ret_bad = i;
                        return ERR_NUMBER;
                }
                v = v * 100 + two;
        }
        v = to_milli(v, decimals);
        *ret_missing = false;
        *ret_milli = minus ? -v : v;
        return OK;
}

bool sl651_time(const uint8_t *b, size_t n, int64_t *ret_us)
{
        int part[6] = {0};
        size_t i;

        for (i = 0; i < n; i++)
                if (!two_digits(b[i], &part[i]))
                        return false;
        return time_from_beijing(2000 + part[0], part[1], part[2], part[3],
                                 part[4], part[5], ret_us);
}

/* sensors/sl651_number.c -- BCD numbers, hex characters and times.
 *
 * Source: SL 651-2014 6.6.2 and annex C. */
#include "sensors/sl651_part.h"

#include "schemas/time.h"

#define TOO_BIG INT64_C(90000000000) /* times 100 keeps below 10^13 */

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

static int64_t ten_to(unsigned n)
{
        int64_t v = 1;

        for (; n > 0; n--)
                v *= 10;
        return v;
}

int64_t sl651_to_milli(int64_t v, unsigned decimals, unsigned shift)
{
        unsigned up = 3 + shift;
        int64_t scale;

        if (decimals <= up)
                return v * ten_to(up - decimals);
        scale = ten_to(decimals - up);
        return v < 0 ? -((-v + scale / 2) / scale) : (v + scale / 2) / scale;
}

bool sl651_from_milli(int64_t milli, unsigned decimals, unsigned shift,
                      int64_t *ret)
{
        unsigned up = 3 + shift;
        int64_t scale;

        if (decimals > up)
                return false; /* annex C has no such element */
        scale = ten_to(up - decimals);
        *ret = milli / scale;
        return milli % scale == 0;
}

struct sl651_read sl651_read_bcd(const uint8_t *b, size_t n, unsigned decimals,
                                 unsigned shift)
{
        struct sl651_read r = {.missing = true};
        int64_t v = 0;
        size_t i;
        int two;

        r.filled_aa = all_are(b, n, 0xAA);
        if (r.filled_aa || all_are(b, n, 0xFF))
                return r;
        r.minus = n > 1 && b[0] == 0xFF;
        for (i = r.minus ? 1 : 0; i < n; i++) {
                if (!two_digits(b[i], &two)) {
                        r.no_bcd = true;
                        r.bad = i;
                        return r;
                }
                if (v > TOO_BIG) {
                        r.too_big = true;
                        return r;
                }
                v = v * 100 + two;
        }
        r.missing = n == 0;
        r.milli = sl651_to_milli(r.minus ? -v : v, decimals, shift);
        return r;
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

bool sl651_time_chars(const uint8_t *b, size_t n, int64_t *ret_us)
{
        uint8_t bcd[6] = {0};
        size_t i;

        for (i = 0; i < n; i++) {
                if (b[2 * i] < '0' || b[2 * i] > '9' || b[2 * i + 1] < '0' ||
                    b[2 * i + 1] > '9')
                        return false;
                bcd[i] = (uint8_t)((b[2 * i] & 0x0F) << 4 |
                                   (b[2 * i + 1] & 0x0F));
        }
        return sl651_time(bcd, n, ret_us);
}

bool sl651_time_bcd(int64_t us, size_t n, uint8_t *ret)
{
        struct civil c = time_to_beijing(us);
        const int part[6] = {c.year - 2000, c.month,  c.day,
                             c.hour,        c.minute, c.second};
        size_t i;

        if (c.year < 2000 || c.year > 2099 || us % SECOND_US != 0)
                return false;
        for (i = 0; i < 6; i++) {
                if (i >= n && part[i] != 0)
                        return false;
                if (i < n)
                        ret[i] = (uint8_t)(part[i] / 10 << 4 | part[i] % 10);
        }
        return true;
}

int sl651_hex_digit(uint8_t c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return -1;
}

bool sl651_hex_chars(const uint8_t *b, size_t n, uint32_t *ret)
{
        uint32_t v = 0;
        size_t i;

        for (i = 0; i < n; i++) {
                int d = sl651_hex_digit(b[i]);

                if (d < 0)
                        return false;
                v = v << 4 | (uint32_t)d;
        }
        *ret = v;
        return true;
}

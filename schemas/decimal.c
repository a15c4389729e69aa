/* schemas/decimal.c -- a decimal number as it is written, exactly. */
#include "schemas/decimal.h"

#include <math.h>
#include <stdio.h>

#define MANTISSA_MAX INT64_C(999999999999999)
#define PLACES_MAX 15

__extension__ typedef __int128 wide;

static bool is_digit(struct text t, size_t i)
{
        return i < t.n && t.p[i] >= '0' && t.p[i] <= '9';
}

/* Zeros at the end do not count, so that equal numbers are equal. */
static bool settle(struct decimal d, bool minus, struct decimal *ret)
{
        while (d.mantissa && d.mantissa % 10 == 0) {
                d.mantissa /= 10;
                d.places--;
        }
        if (d.mantissa == 0)
                d.places = 0;
        if (d.places < -PLACES_MAX || d.places > PLACES_MAX)
                return false;
        if (minus)
                d.mantissa = -d.mantissa;
        *ret = d;
        return true;
}

/* The exponent of t from *i on: "e-3"; nothing there is 0. */
static bool exponent(struct text t, size_t *i, int *ret)
{
        bool minus = false;

        *ret = 0;
        if (*i >= t.n || (t.p[*i] != 'e' && t.p[*i] != 'E'))
                return true;
        (*i)++;
        if (*i < t.n && (t.p[*i] == '-' || t.p[*i] == '+'))
                minus = t.p[(*i)++] == '-';
        if (!is_digit(t, *i))
                return false;
        for (; is_digit(t, *i); (*i)++)
                if (*ret < 1000)
                        *ret = *ret * 10 + (t.p[*i] - '0');
        if (minus)
                *ret = -*ret;
        return true;
}

bool decimal_from(struct text t, struct decimal *ret)
{
        struct decimal d = {0, 0};
        bool minus = false, any = false, point = false;
        size_t i = 0;
        int e;

        if (t.n && (t.p[0] == '-' || t.p[0] == '+'))
                minus = t.p[i++] == '-';
        for (; is_digit(t, i) || (!point && i < t.n && t.p[i] == '.'); i++) {
                if (t.p[i] == '.') {
                        point = true;
                        continue;
                }
                any = true;
                if (d.mantissa > MANTISSA_MAX / 10 || d.places > 1000)
                        return false;
                d.mantissa = d.mantissa * 10 + (t.p[i] - '0');
                d.places += point;
        }
        if (!any || !exponent(t, &i, &e) || i != t.n)
                return false;
        d.places -= e;
        return settle(d, minus, ret);
}

bool decimal_from_double(double v, struct decimal *ret)
{
        char text[40];

        if (!isfinite(v))
                return false;
        /* What is beyond the 15th place is nothing that anybody measured. */
        snprintf(text, sizeof text, fabs(v) < 1 ? "%.15f" : "%.14e", v);
        return decimal_from(text_of(text), ret);
}

bool decimal_eq(struct decimal a, struct decimal b)
{
        return a.mantissa == b.mantissa && a.places == b.places;
}

static wide power(int n)
{
        wide p = 1;

        while (n-- > 0)
                p *= 10;
        return p;
}

/* mantissa / 10^places in thousandths, half away from zero. */
static bool to_milli(wide mantissa, int places, wide *ret)
{
        wide half, by;

        places -= 3;
        if (places <= 0) {
                if (places < -8 || mantissa > (wide)INT64_MAX * 1000000000 ||
                    mantissa < -(wide)INT64_MAX * 1000000000)
                        return mantissa == 0 ? (*ret = 0, true) : false;
                *ret = mantissa * power(-places);
                return true;
        }
        by = power(places);
        half = by / 2;
        *ret = (mantissa + (mantissa < 0 ? -half : half)) / by;
        return true;
}

bool decimal_to_milli(struct decimal value, struct decimal scale,
                      struct decimal offset, int64_t *ret_milli)
{
        wide product = (wide)value.mantissa * scale.mantissa, a, sum;
        int places = value.places + scale.places;

        /* One rounding, of the sum: both to the same places first. */
        while (places < offset.places && product < power(35) &&
               product > -power(35)) {
                product *= 10;
                places++;
        }
        if (offset.mantissa &&
            (places < offset.places || places - offset.places > 22))
                return false;
        sum = product;
        if (offset.mantissa)
                sum += (wide)offset.mantissa * power(places - offset.places);
        if (!to_milli(sum, places, &a) || a > INT64_MAX / 2 ||
            a < INT64_MIN / 2)
                return false;
        *ret_milli = (int64_t)a;
        return true;
}

/* schemas/time.c -- RFC 3339 and Beijing time without the C library's
 * time zone, so that the answer is the same on every machine.
 *
 * Source: days from civil, Howard Hinnant, "chrono-Compatible Low-Level
 *         Date Algorithms" (proleptic Gregorian calendar). */
#include "schemas/time.h"

#include <stdio.h>
#include <string.h>

static int64_t days_from_civil(int64_t y, int m, int d)
{
        int64_t era, yoe, doy, doe;

        y -= m <= 2;
        era = (y >= 0 ? y : y - 399) / 400;
        yoe = y - era * 400;
        doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
        doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t z, struct civil *c)
{
        int64_t era, doe, yoe, doy, mp;

        z += 719468;
        era = (z >= 0 ? z : z - 146096) / 146097;
        doe = z - era * 146097;
        yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
        doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        mp = (5 * doy + 2) / 153;
        c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
        c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
        c->year = (int)(yoe + era * 400 + (c->month <= 2));
}

static int64_t floor_div(int64_t a, int64_t b)
{
        return a / b - (a % b < 0);
}

static bool real_date(const struct civil *c)
{
        struct civil back;

        if (c->year < 1970 || c->year > 2199 || c->month < 1 || c->month > 12 ||
            c->day < 1 || c->day > 31 || c->hour < 0 || c->hour > 23 ||
            c->minute < 0 || c->minute > 59 || c->second < 0 || c->second > 59)
                return false;
        civil_from_days(days_from_civil(c->year, c->month, c->day), &back);
        return back.day == c->day && back.month == c->month;
}

static int64_t civil_us(const struct civil *c)
{
        return days_from_civil(c->year, c->month, c->day) * DAY_US +
               c->hour * HOUR_US + c->minute * MINUTE_US +
               c->second * SECOND_US;
}

bool time_from_beijing(int year, int month, int day, int hour, int minute,
                       int second, int64_t *ret_us)
{
        struct civil c = {year, month, day, hour, minute, second};

        if (!real_date(&c))
                return false;
        *ret_us = civil_us(&c) - BEIJING_OFFSET_US;
        return true;
}

struct civil time_to_beijing(int64_t us)
{
        struct civil c;
        int64_t local = us + BEIJING_OFFSET_US;
        int64_t days = floor_div(local, DAY_US);
        int64_t rest = local - days * DAY_US;

        civil_from_days(days, &c);
        c.hour = (int)(rest / HOUR_US);
        c.minute = (int)(rest / MINUTE_US % 60);
        c.second = (int)(rest / SECOND_US % 60);
        return c;
}

/* Takes exactly n digits at *i. */
static bool digits(struct text t, size_t *i, int n, int *ret)
{
        int v = 0;

        for (; n > 0; n--, (*i)++) {
                if (*i >= t.n || t.p[*i] < '0' || t.p[*i] > '9')
                        return false;
                v = v * 10 + (t.p[*i] - '0');
        }
        *ret = v;
        return true;
}

static bool mark(struct text t, size_t *i, const char *any)
{
        const char *a;

        for (a = any; *a; a++)
                if (*i < t.n && t.p[*i] == *a) {
                        (*i)++;
                        return true;
                }
        return false;
}

static bool fraction(struct text t, size_t *i, int64_t *ret_us)
{
        int64_t unit = 100000, us = 0;
        size_t start;

        *ret_us = 0;
        if (!mark(t, i, "."))
                return true;
        for (start = *i; *i < t.n && t.p[*i] >= '0' && t.p[*i] <= '9';
             (*i)++, unit /= 10)
                us += (t.p[*i] - '0') * unit;
        *ret_us = us;
        return *i > start && *i - start <= 9;
}

static bool offset(struct text t, size_t *i, int64_t *ret_us)
{
        int hour, minute;
        bool minus;

        *ret_us = 0;
        if (mark(t, i, "Zz"))
                return true;
        if (*i >= t.n || (t.p[*i] != '+' && t.p[*i] != '-'))
                return false;
        minus = t.p[(*i)++] == '-';
        if (!digits(t, i, 2, &hour) || !mark(t, i, ":") ||
            !digits(t, i, 2, &minute) || hour > 23 || minute > 59)
                return false;
        *ret_us = (hour * HOUR_US + minute * MINUTE_US) * (minus ? -1 : 1);
        return true;
}

bool time_parse(struct text t, int64_t *ret_us)
{
        struct civil c;
        int64_t part, off;
        size_t i = 0;

        if (!digits(t, &i, 4, &c.year) || !mark(t, &i, "-") ||
            !digits(t, &i, 2, &c.month) || !mark(t, &i, "-") ||
            !digits(t, &i, 2, &c.day) || !mark(t, &i, "Tt ") ||
            !digits(t, &i, 2, &c.hour) || !mark(t, &i, ":") ||
            !digits(t, &i, 2, &c.minute) || !mark(t, &i, ":") ||
            !digits(t, &i, 2, &c.second) || !fraction(t, &i, &part) ||
            !offset(t, &i, &off) || i != t.n || !real_date(&c))
                return false;
        *ret_us = civil_us(&c) + part - off;
        return true;
}

/* One or two digits. */
static bool few(struct text t, size_t *i, int *ret)
{
        int more;

        if (!digits(t, i, 1, ret))
                return false;
        if (*i < t.n && digits(t, i, 1, &more))
                *ret = *ret * 10 + more;
        return true;
}

bool time_parse_beijing(struct text t, int64_t *ret_us)
{
        struct civil c = {0};
        int64_t part = 0;
        size_t i = 0;

        if (!digits(t, &i, 4, &c.year) || !mark(t, &i, "-/") ||
            !few(t, &i, &c.month) || !mark(t, &i, "-/") ||
            !few(t, &i, &c.day) || !mark(t, &i, "T ") || !few(t, &i, &c.hour) ||
            !mark(t, &i, ":") || !digits(t, &i, 2, &c.minute))
                return false;
        if (mark(t, &i, ":") &&
            (!digits(t, &i, 2, &c.second) || !fraction(t, &i, &part)))
                return false;
        if (i != t.n || !real_date(&c))
                return false;
        *ret_us = civil_us(&c) + part - BEIJING_OFFSET_US;
        return true;
}

static int put_civil(char *dst, int64_t local_us)
{
        struct civil c = time_to_beijing(local_us - BEIJING_OFFSET_US);
        int64_t part = local_us - floor_div(local_us, SECOND_US) * SECOND_US;
        int n;

        n = sprintf(dst, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month,
                    c.day, c.hour, c.minute, c.second);
        if (part)
                n += sprintf(dst + n, ".%06d", (int)part);
        return n;
}

void time_format_beijing(char *dst, int64_t us)
{
        int n = put_civil(dst, us + BEIJING_OFFSET_US);

        sprintf(dst + n, "+08:00");
}

void time_format_utc(char *dst, int64_t us)
{
        int n = put_civil(dst, us);

        sprintf(dst + n, "Z");
}

void time_format_id(char *dst, int64_t us)
{
        struct civil c = time_to_beijing(us - BEIJING_OFFSET_US);
        char tmp[48];

        snprintf(tmp, sizeof tmp, "%04d%02d%02dT%02d%02d%02dZ", c.year, c.month,
                 c.day, c.hour, c.minute, c.second);
        memcpy(dst, tmp, 16);
        dst[16] = '\0';
}

int64_t time_hydro_day_end(int64_t us)
{
        /* 08:00 +08:00 is 00:00 UTC. */
        return -floor_div(-us, DAY_US) * DAY_US;
}

int time_mmdd(int64_t us)
{
        struct civil c = time_to_beijing(us);

        return c.month * 100 + c.day;
}

bool time_in_season(int64_t us, int begin_mmdd, int end_mmdd)
{
        int mmdd = time_mmdd(us);

        if (begin_mmdd <= end_mmdd)
                return mmdd >= begin_mmdd && mmdd <= end_mmdd;
        return mmdd >= begin_mmdd || mmdd <= end_mmdd;
}

/* schemas/crs.c -- Chinese coordinate systems, converted at the door. */
#include "schemas/crs.h"

#include <math.h>

#define PI 3.14159265358979323846
#define KRASOVSKY_AXIS_M 6378245.0
#define KRASOVSKY_ECC2 0.00669342162296594323

static bool shifted_area(struct point at)
{
        return at.lon_deg >= 72.004 && at.lon_deg <= 137.8347 &&
               at.lat_deg >= 0.8293 && at.lat_deg <= 55.8271;
}

/* The waves that both directions of the shift have in common. */
static double waves(double x)
{
        return (20.0 * sin(6.0 * x * PI) + 20.0 * sin(2.0 * x * PI)) * 2.0 /
               3.0;
}

static double shift_lat_m(double x, double y)
{
        return -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y +
               0.2 * sqrt(fabs(x)) + waves(x) +
               (20.0 * sin(y * PI) + 40.0 * sin(y / 3.0 * PI)) * 2.0 / 3.0 +
               (160.0 * sin(y / 12.0 * PI) + 320.0 * sin(y * PI / 30.0)) * 2.0 /
                       3.0;
}

static double shift_lon_m(double x, double y)
{
        return 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y +
               0.1 * sqrt(fabs(x)) + waves(x) +
               (20.0 * sin(x * PI) + 40.0 * sin(x / 3.0 * PI)) * 2.0 / 3.0 +
               (150.0 * sin(x / 12.0 * PI) + 300.0 * sin(x / 30.0 * PI)) * 2.0 /
                       3.0;
}

struct point crs_wgs84_to_gcj02(struct point at)
{
        double x = at.lon_deg - 105.0, y = at.lat_deg - 35.0;
        double rad = at.lat_deg / 180.0 * PI, m, root;
        struct point out = at;

        if (!shifted_area(at))
                return out;
        m = 1.0 - KRASOVSKY_ECC2 * sin(rad) * sin(rad);
        root = sqrt(m);
        out.lat_deg +=
                shift_lat_m(x, y) * 180.0 /
                (KRASOVSKY_AXIS_M * (1.0 - KRASOVSKY_ECC2) / (m * root) * PI);
        out.lon_deg += shift_lon_m(x, y) * 180.0 /
                       (KRASOVSKY_AXIS_M / root * cos(rad) * PI);
        return out;
}

/* Six fixed steps: each takes away all but about a thousandth. */
static struct point undo_gcj02(struct point at)
{
        struct point guess = at, there;
        int i;

        for (i = 0; i < 6; i++) {
                there = crs_wgs84_to_gcj02(guess);
                guess.lon_deg += at.lon_deg - there.lon_deg;
                guess.lat_deg += at.lat_deg - there.lat_deg;
        }
        return guess;
}

static struct point undo_bd09(struct point at)
{
        double x = at.lon_deg - 0.0065, y = at.lat_deg - 0.006;
        double z = sqrt(x * x + y * y) - 0.00002 * sin(y * PI * 3000.0 / 180.0);
        double theta = atan2(y, x) - 0.000003 * cos(x * PI * 3000.0 / 180.0);

        return (struct point){z * cos(theta), z * sin(theta)};
}

bool crs_to_wgs84(enum crs from, struct point at, struct point *ret)
{
        struct point out = at;

        if (from == CRS_BD09)
                out = undo_bd09(at);
        if (from == CRS_BD09 || from == CRS_GCJ02)
                out = undo_gcj02(out);
        if (!(fabs(out.lon_deg) <= 180.0) || !(fabs(out.lat_deg) <= 90.0))
                return false;
        *ret = out;
        return true;
}

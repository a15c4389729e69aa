/* schemas/crs.c -- Chinese coordinate systems, converted at the door. */
#include "schemas/crs.h"

#include <math.h>

#define PI 3.14159265358979323846
#define KRASOVSKY_AXIS_M 6378245.0
#define KRASOVSKY_ECC2 0.00669342162296594323
#define BD09_PI (PI * 3000.0 / 180.0)

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

static struct point gcj02_to_bd09(struct point at)
{
        double x = at.lon_deg, y = at.lat_deg;
        double z = sqrt(x * x + y * y) + 0.00002 * sin(y * BD09_PI);
        double theta = atan2(y, x) + 0.000003 * cos(x * BD09_PI);

        return (struct point){z * cos(theta) + 0.0065, z * sin(theta) + 0.006};
}

/* Baidu's own inverse is off by up to a metre; the same six steps as above
 * undo its forward formula. */
static struct point undo_bd09(struct point at)
{
        struct point guess = {at.lon_deg - 0.0065, at.lat_deg - 0.006}, there;
        int i;

        for (i = 0; i < 6; i++) {
                there = gcj02_to_bd09(guess);
                guess.lon_deg += at.lon_deg - there.lon_deg;
                guess.lat_deg += at.lat_deg - there.lat_deg;
        }
        return guess;
}

struct point crs_wgs84_to_bd09(struct point at)
{
        return gcj02_to_bd09(crs_wgs84_to_gcj02(at));
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

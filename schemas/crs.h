/* schemas/crs.h -- Chinese coordinate systems, converted at the door.
 *
 * In:     degrees in wgs84, cgcs2000, gcj02 or bd09.
 * Out:    degrees in WGS 84 (EPSG:4326).
 * Holds:  CGCS2000 and WGS 84 agree within decimetres: taken as equal.
 *         GCJ-02 and BD-09 are undone by iteration to below 1e-8 degree;
 *         the shift only exists inside 72.004..137.8347 E,
 *         0.8293..55.8271 N.
 * Source: docs/formulas.md#crs.
 * Thread: any; no state. */
#ifndef SCHEMAS_CRS_H
#define SCHEMAS_CRS_H

#include "schemas/place.h"

/* False (ret untouched) when the result is no place on earth. */
bool crs_to_wgs84(enum crs from, struct point at, struct point *ret);

/* The way back, for tests and for maps that need it. */
struct point crs_wgs84_to_gcj02(struct point at);
struct point crs_wgs84_to_bd09(struct point at);

#endif

/* gis/hull.h -- an outline around some points.
 *
 * In:     points in degrees (EPSG:4326) and how far around them, metres.
 * Out:    the convex hull of eight points around each: counter-clockwise,
 *         open (the first is not repeated).
 * Holds:  plane geometry in degrees: for a map, within a few counties.
 * Source: A. M. Andrew, "Another efficient algorithm for convex hulls in
 *         two dimensions" (1979), the monotone chain.
 * Thread: any; no state. */
#ifndef GIS_HULL_H
#define GIS_HULL_H

#include "schemas/place.h"

#define GIS_HULL_POINTS_MAX 256
/* Room for the outline of n points. */
#define GIS_HULL_MAX(n) (8 * (n) + 1)

/* How many points the outline has; 0 for none (n is 0 or beyond
 * GIS_HULL_POINTS_MAX). */
uint32_t gis_hull(const struct point *at, uint32_t n, double around_m,
                  struct point *ret);

#endif

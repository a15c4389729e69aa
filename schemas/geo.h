/* schemas/geo.h -- the least geometry that everybody needs.
 *
 * In:     closed rings in degrees (EPSG:4326); rings of one part belong to
 *         one polygon, the first is its outer border, the others holes.
 * Holds:  plane geometry in degrees: right inside a county, not for a
 *         polygon over a pole or over 180 E.
 * Thread: any; no state. */
#ifndef SCHEMAS_GEO_H
#define SCHEMAS_GEO_H

#include "schemas/place.h"

/* Even-odd rule over all rings, so a hole is outside.  A point on a border
 * belongs to exactly one of two polygons that share it. */
bool geo_inside(const struct ring *rings, uint32_t n, struct point at);

/* Smallest box around the rings; false when there is no point. */
bool geo_bounds(const struct ring *rings, uint32_t n, struct point *ret_low,
                struct point *ret_high);

/* Signed area in square degrees, positive when counter-clockwise. */
double geo_ring_area(const struct ring *r);

/* True when two edges that are not neighbours cross; says near which
 * point.  Time grows with the square of the edges: for imports. */
bool geo_ring_crosses(const struct ring *r, struct point *ret_near);

/* A point well inside, for a label: the centroid of the largest outer ring
 * when it is inside, else the middle of the widest stretch of the parallels
 * through the box. */
struct point geo_label(const struct ring *rings, uint32_t n);

#endif

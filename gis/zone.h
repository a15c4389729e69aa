/* gis/zone.h -- which zone a point lies in, and how far apart points are.
 *
 * In:     the book of places; degrees in EPSG:4326.
 * Out:    zones of the book (valid while the book is), metres.
 * Holds:  a town decides before its county: a point in a town belongs to
 *         the town's parent even when the outlines disagree by a hair.
 *         Of catchments that hold a point the smallest counts first; one
 *         that lies in another is smaller.
 * Source: distance by haversine on a sphere of 6,371,008.8 m, the IUGG
 *         mean radius; docs/formulas.md#distance.
 * Thread: any; no state. */
#ifndef GIS_ZONE_H
#define GIS_ZONE_H

#include "schemas/place.h"

bool gis_zone_has(const struct zone *z, struct point at);

/* The zone of that level that holds the point, or NULL. */
const struct zone *gis_zone_of(const struct places *p, enum zone_level level,
                               struct point at);

/* Town and county codes of a point; "" where it lies in none. */
void gis_zone_codes(const struct places *p, struct point at, char town[10],
                    char county[7]);

/* Codes of the catchments that hold the point, the smallest first, "" behind
 * the last; how many hold it, which may be more than fit. */
uint32_t gis_zone_catchments(const struct places *p, struct point at,
                             char ret[CATCHMENTS_MAX][ZONE_CODE_MAX + 1]);

double gis_distance_m(struct point a, struct point b);

/* The smallest box around zones of one level; false when there is none. */
bool gis_zones_box(const struct places *p, enum zone_level level,
                   struct point *ret_low, struct point *ret_high);

#endif

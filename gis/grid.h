/* gis/grid.h -- the mean of a grid over a zone (areal rainfall).
 *
 * In:     a raster in thousandths, a zone's rings.
 * Out:    the mean in thousandths, and how much of the zone had values.
 * Holds:  a cell counts by the share of it inside the zone, found at 8 x 8
 *         fixed sample points, times the cosine of its latitude.  Missing
 *         cells are left out of the mean and told in the cover.  Sums are
 *         integers, so the order of cells does not matter.
 * Source: areal mean by fractional coverage; docs/formulas.md#areal-mean.
 * Thread: any; no state. */
#ifndef GIS_GRID_H
#define GIS_GRID_H

#include "schemas/raster.h"

struct zone_mean {
        int64_t mean_milli;     /* rounded to the nearest thousandth */
        int64_t max_milli;      /* largest cell that touches the zone */
        int64_t cover_permille; /* share of the zone with values */
};

/* ERR_TOO_FEW when less than half of the zone has values: then no mean is
 * given, for it would speak of another place. */
enum status gis_grid_mean(const struct raster *r, const struct zone *z,
                          struct zone_mean *ret, struct err *e);

#endif

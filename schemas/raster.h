/* schemas/raster.h -- a regular grid of values over part of the earth.
 *
 * Holds:  rows run from north to south, columns from west to east; a value
 *         stands for its whole cell.  Values are thousandths of the unit
 *         (0.1 mm is 100); RASTER_MISSING says "no value here" and is
 *         never counted as 0.  Degrees are EPSG:4326, -180..180.
 * Thread: any; one owner. */
#ifndef SCHEMAS_RASTER_H
#define SCHEMAS_RASTER_H

#include "schemas/place.h"

#define RASTER_MISSING INT64_MIN
#define RASTER_CELLS_MAX 250000u
#define RASTER_VALUE_MAX_MILLI INT64_C(1000000000)

struct raster {
        uint32_t width, height; /* cells */
        double west_deg;        /* outer edge of the first column */
        double north_deg;       /* outer edge of the first row */
        double dx_deg, dy_deg;  /* size of a cell, both positive */
        char unit[16];          /* "mm" */
        char what[96];          /* what the band calls itself */
        int64_t *value_milli;   /* width * height, row by row */
};

/* All cells missing.  ERR_SIZE past RASTER_CELLS_MAX, ERR_RANGE for cells
 * that are no size or lie off the earth. */
enum status raster_create(struct raster *ret, uint32_t width, uint32_t height,
                          struct err *e);
void raster_done(struct raster *r);

#endif

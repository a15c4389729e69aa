/* gis/adapter/gdal.h -- opens a GeoTIFF or GRIB2 file and reads one band.
 *
 * Call it only in a process that may die: GRIB parsers are a known crash
 * surface.  Only the drivers GTiff and GRIB are allowed, whatever the file
 * is called; side files and network paths are not looked at.
 *
 * Thread: main thread of its process (GDAL registers its drivers). */
#ifndef GIS_ADAPTER_GDAL_H
#define GIS_ADAPTER_GDAL_H

#include "schemas/raster.h"

struct gis_gdal_request {
        const char *path;
        int band; /* from 1; 0: the only one there is */
        bool has_window;
        struct point low, high; /* read the cells around this box only */
};

/* Values become thousandths of the band's unit; nodata becomes missing;
 * longitudes of 0..360 become -180..180.
 * ERR_IO no such file; ERR_UNSUPPORTED another format or coordinate system,
 * or a rotated grid; ERR_MISSING no such band (the message lists bands);
 * ERR_SYNTAX damaged; ERR_SIZE too many cells; ERR_RANGE absurd values or
 * a window beside the grid. */
enum status gis_gdal_read(const struct gis_gdal_request *q, struct raster *ret,
                          struct err *e);

#endif

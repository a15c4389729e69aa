/* schemas/raster.c -- a regular grid of values over part of the earth. */
#include "schemas/raster.h"

#include <stdlib.h>
#include <string.h>

enum status raster_create(struct raster *ret, uint32_t width, uint32_t height,
                          struct err *e)
{
        struct raster r;
        uint64_t i, n = (uint64_t)width * height;

        if (n == 0)
                return err_set(e, ERR_RANGE, "a grid of no cells");
        if (n > RASTER_CELLS_MAX)
                return err_set(e, ERR_SIZE, "%u x %u cells, at most %u", width,
                               height, RASTER_CELLS_MAX);
        memset(&r, 0, sizeof r);
        r.width = width;
        r.height = height;
        r.value_milli = malloc(n * sizeof *r.value_milli);
        if (!r.value_milli)
                return err_set(e, ERR_MEMORY, "%u x %u cells", width, height);
        for (i = 0; i < n; i++)
                r.value_milli[i] = RASTER_MISSING;
        *ret = r;
        return OK;
}

void raster_done(struct raster *r)
{
        free(r->value_milli);
        r->value_milli = NULL;
        r->width = r->height = 0;
}

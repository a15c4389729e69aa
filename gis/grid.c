/* gis/grid.c -- the mean of a grid over a zone (areal rainfall). */
#include "gis/grid.h"

#include <math.h>

#include "schemas/geo.h"

#define SAMPLES 8 /* per side of a cell */
#define COVER_LEAST_PERMILLE 500
#define COSINE_SCALE 1024.0
#define RADIANS (3.14159265358979323846 / 180.0)

struct span {
        int64_t first, last; /* cells that may touch, may lie off the grid */
};

static struct span span_of(double from_deg, double to_deg, double cell_deg)
{
        return (struct span){(int64_t)floor(from_deg / cell_deg),
                             (int64_t)floor(to_deg / cell_deg)};
}

/* How many of the 64 sample points of a cell lie in the zone. */
static int64_t samples_inside(const struct raster *r, const struct zone *z,
                              int64_t col, int64_t row)
{
        int64_t count = 0;
        int i, k;

        for (i = 0; i < SAMPLES; i++)
                for (k = 0; k < SAMPLES; k++) {
                        struct point at = {
                                r->west_deg +
                                        ((double)col + (k + 0.5) / SAMPLES) *
                                                r->dx_deg,
                                r->north_deg -
                                        ((double)row + (i + 0.5) / SAMPLES) *
                                                r->dy_deg};

                        if (geo_inside(z->rings, z->n_rings, at))
                                count++;
                }
        return count;
}

static int64_t cell_milli(const struct raster *r, int64_t col, int64_t row)
{
        if (col < 0 || row < 0 || col >= r->width || row >= r->height)
                return RASTER_MISSING;
        return r->value_milli[row * r->width + col];
}

struct sums {
        int64_t weight_all, weight, weighted_milli, max_milli;
};

static void add_cell(const struct raster *r, const struct zone *z, int64_t col,
                     int64_t row, struct sums *s)
{
        double lat_deg = r->north_deg - ((double)row + 0.5) * r->dy_deg;
        int64_t w = samples_inside(r, z, col, row);
        int64_t v = cell_milli(r, col, row);

        if (w == 0)
                return;
        w *= llround(fmax(cos(lat_deg * RADIANS), 0) * COSINE_SCALE);
        s->weight_all += w;
        if (v == RASTER_MISSING)
                return;
        s->weight += w;
        s->weighted_milli += w * v;
        if (v > s->max_milli)
                s->max_milli = v;
}

/* Nearest integer, halves away from zero. */
static int64_t divide_rounded(int64_t a, int64_t b)
{
        return (a >= 0 ? a + b / 2 : a - b / 2) / b;
}

static enum status mean_of_label(const struct raster *r, const struct zone *z,
                                 struct zone_mean *ret, struct err *e)
{
        double col = floor((z->label.lon_deg - r->west_deg) / r->dx_deg);
        double row = floor((r->north_deg - z->label.lat_deg) / r->dy_deg);
        int64_t v = cell_milli(r, (int64_t)col, (int64_t)row);

        if (v == RASTER_MISSING)
                return err_set(e, ERR_TOO_FEW,
                               "the grid has no value at zone %s", z->code);
        ret->mean_milli = ret->max_milli = v;
        ret->cover_permille = 1000;
        return OK;
}

enum status gis_grid_mean(const struct raster *r, const struct zone *z,
                          struct zone_mean *ret, struct err *e)
{
        struct span cols = span_of(z->low.lon_deg - r->west_deg,
                                   z->high.lon_deg - r->west_deg, r->dx_deg);
        struct span rows = span_of(r->north_deg - z->high.lat_deg,
                                   r->north_deg - z->low.lat_deg, r->dy_deg);
        struct sums s = {0, 0, 0, INT64_MIN};
        int64_t cover, col, row;

        if ((cols.last - cols.first + 1) * (rows.last - rows.first + 1) >
            4 * (int64_t)RASTER_CELLS_MAX)
                return err_set(e, ERR_SIZE,
                               "zone %s spans too many cells of this grid",
                               z->code);
        for (row = rows.first; row <= rows.last; row++)
                for (col = cols.first; col <= cols.last; col++)
                        add_cell(r, z, col, row, &s);
        if (s.weight_all == 0) /* smaller than the samples are apart */
                return mean_of_label(r, z, ret, e);
        cover = s.weight * 1000 / s.weight_all;
        if (s.weight == 0 || cover < COVER_LEAST_PERMILLE)
                return err_set(e, ERR_TOO_FEW,
                               "the grid has values for %lld of 1000 parts "
                               "of zone %s",
                               (long long)cover, z->code);
        ret->mean_milli = divide_rounded(s.weighted_milli, s.weight);
        ret->max_milli = s.max_milli;
        ret->cover_permille = cover;
        return OK;
}

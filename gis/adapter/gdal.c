/* gis/adapter/gdal.c -- opens a GeoTIFF or GRIB2 file and reads one band. */
#include "gis/adapter/gdal.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SIDE_MAX 100000 /* columns or rows of a file we look at */

static void start_gdal(void)
{
        CPLSetConfigOption("GDAL_DRIVER_PATH", "disable");
        CPLSetConfigOption("GDAL_PAM_ENABLED", "NO");
        CPLSetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR");
        CPLSetConfigOption("GDAL_CACHEMAX", "64");
        CPLSetConfigOption("CPL_DEBUG", "OFF");
        GDALAllRegister();
}

/* The last thing GDAL said, without its newlines. */
static const char *gdal_words(void)
{
        static char words[120];
        size_t i;

        strncpy(words, CPLGetLastErrorMsg(), sizeof words - 1);
        for (i = 0; words[i]; i++)
                if ((unsigned char)words[i] < 0x20)
                        words[i] = ' ';
        return words[0] ? words : "no more is known";
}

static enum status open_file(const char *path, GDALDatasetH *ret, struct err *e)
{
        static const char *const drivers[] = {"GTiff", "GRIB", NULL};
        struct stat sb;

        if (strncmp(path, "/vsi", 4) == 0 || stat(path, &sb) != 0)
                return err_set(e, ERR_IO, "%s: no such file", path);
        if (!S_ISREG(sb.st_mode))
                return err_set(e, ERR_IO, "%s: not a plain file", path);
        *ret = GDALOpenEx(
                path, GDAL_OF_READONLY | GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR,
                drivers, NULL, NULL);
        if (!*ret)
                return err_set(e, ERR_UNSUPPORTED,
                               "%s: neither GeoTIFF nor GRIB2, or damaged "
                               "(%s)",
                               path, gdal_words());
        return OK;
}

/* GTiff must say EPSG:4326; a GRIB grid in degrees is on a sphere of its
 * own, which for cells of kilometres is the same place. */
static enum status check_crs(GDALDatasetH ds, struct err *e)
{
        OGRSpatialReferenceH srs = GDALGetSpatialRef(ds);
        const char *driver = GDALGetDriverShortName(GDALGetDatasetDriver(ds));
        const char *code, *name;

        if (!srs)
                return err_set(e, ERR_UNSUPPORTED,
                               "the grid names no coordinate system; "
                               "say it with gdal_translate -a_srs EPSG:4326");
        code = OSRGetAuthorityCode(srs, NULL);
        name = OSRGetName(srs);
        if (strcmp(driver, "GRIB") == 0 && OSRIsGeographic(srs) &&
            !OSRIsDerivedGeographic(srs))
                return OK;
        if (code && strcmp(code, "4326") == 0)
                return OK;
        return err_set(e, ERR_UNSUPPORTED,
                       "the grid is in %.40s (EPSG:%s), want EPSG:4326; "
                       "convert it with gdalwarp -t_srs EPSG:4326",
                       name ? name : "an unknown system", code ? code : "?");
}

/* Up to so many bands that speak of rain, for the message. */
static void list_bands(GDALDatasetH ds, char *dst, size_t cap)
{
        int i, listed = 0, n = GDALGetRasterCount(ds);
        size_t used = 0;

        dst[0] = '\0';
        for (i = 1; i <= n && listed < 3; i++) {
                GDALRasterBandH b = GDALGetRasterBand(ds, i);
                const char *c = GDALGetMetadataItem(b, "GRIB_COMMENT", NULL);

                if (!c || !strstr(c, "recipitation"))
                        continue;
                used += (size_t)snprintf(dst + used, cap - used,
                                         "; %d is %.50s", i, c);
                if (used >= cap)
                        return;
                listed++;
        }
}

static enum status pick_band(GDALDatasetH ds, int band, GDALRasterBandH *ret,
                             struct err *e)
{
        int n = GDALGetRasterCount(ds);
        char list[180];

        if (band == 0 && n == 1)
                band = 1;
        if (band < 1 || band > n) {
                list_bands(ds, list, sizeof list);
                return err_set(e, ERR_MISSING,
                               band == 0 ? "the file has %d bands: say which "
                                           "with --band N%s"
                                         : "the file has bands 1 to %d, not "
                                           "the one asked for%s",
                               n, list);
        }
        *ret = GDALGetRasterBand(ds, band);
        return OK;
}

struct frame {
        double west, north, dx, dy; /* of the file, in its own longitudes */
        int64_t width, height;
        bool flipped;  /* rows run from south to north */
        bool periodic; /* columns go round the earth */
};

static enum status read_frame(GDALDatasetH ds, struct frame *f, struct err *e)
{
        double gt[6];

        f->width = GDALGetRasterXSize(ds);
        f->height = GDALGetRasterYSize(ds);
        if (f->width > SIDE_MAX || f->height > SIDE_MAX)
                return err_set(e, ERR_SIZE, "%lld x %lld cells",
                               (long long)f->width, (long long)f->height);
        if (GDALGetGeoTransform(ds, gt) != CE_None)
                return err_set(e, ERR_UNSUPPORTED,
                               "the grid does not say where it lies");
        if (gt[2] != 0 || gt[4] != 0 || !(gt[1] > 1e-6) ||
            !(fabs(gt[5]) > 1e-6))
                return err_set(e, ERR_UNSUPPORTED,
                               "the grid is rotated or has no cell size");
        f->dx = gt[1];
        f->dy = fabs(gt[5]);
        f->flipped = gt[5] > 0;
        f->west = gt[0];
        f->north = f->flipped ? gt[3] + (double)f->height * f->dy : gt[3];
        f->periodic = fabs((double)f->width * f->dx - 360) < f->dx / 2;
        if (!(fabs(f->west) <= 540) || !(f->north <= 100) ||
            !(f->north - (double)f->height * f->dy >= -100))
                return err_set(e, ERR_RANGE,
                               "the grid lies off the earth: from %g E, %g N",
                               f->west, f->north);
        return OK;
}

struct cut {
        int64_t col, row; /* first; col may lie outside when periodic */
        int64_t width, height;
};

/* Longitudes may differ by whole turns: the turn that meets the window. */
static double turned_west(const struct frame *f, double low, double high)
{
        double west = f->west, east = f->west + (double)f->width * f->dx;
        int turn;

        for (turn = -1; turn <= 1; turn++)
                if (west + 360 * turn < high && east + 360 * turn > low)
                        return west + 360 * turn;
        return west;
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
        return v < low ? low : v > high ? high : v;
}

static enum status cut_window(const struct gis_gdal_request *q, struct frame *f,
                              struct cut *c, struct err *e)
{
        int64_t last_col, last_row;

        if (!q->has_window) {
                *c = (struct cut){0, 0, f->width, f->height};
                if (f->west >= 180)
                        f->west -= 360;
                return OK;
        }
        if (!f->periodic)
                f->west = turned_west(f, q->low.lon_deg, q->high.lon_deg);
        c->col = (int64_t)floor((q->low.lon_deg - f->west) / f->dx);
        last_col = (int64_t)floor((q->high.lon_deg - f->west) / f->dx);
        c->row = (int64_t)floor((f->north - q->high.lat_deg) / f->dy);
        last_row = (int64_t)floor((f->north - q->low.lat_deg) / f->dy);
        if (last_row < 0 || c->row >= f->height ||
            (!f->periodic && (last_col < 0 || c->col >= f->width)))
                return err_set(e, ERR_RANGE,
                               "the grid (%g..%g E, %g..%g N) lies beside the "
                               "zones",
                               f->west, f->west + (double)f->width * f->dx,
                               f->north - (double)f->height * f->dy, f->north);
        c->row = clamp(c->row, 0, f->height - 1);
        c->height = clamp(last_row, 0, f->height - 1) - c->row + 1;
        if (!f->periodic) {
                c->col = clamp(c->col, 0, f->width - 1);
                last_col = clamp(last_col, 0, f->width - 1);
        }
        c->width = last_col - c->col + 1;
        return OK;
}

struct scale {
        double factor, offset, nodata;
        int has_nodata;
};

static struct scale read_scale(GDALRasterBandH band)
{
        struct scale s;
        int has;

        s.factor = GDALGetRasterScale(band, &has);
        if (!has)
                s.factor = 1;
        s.offset = GDALGetRasterOffset(band, &has);
        if (!has)
                s.offset = 0;
        s.nodata = GDALGetRasterNoDataValue(band, &s.has_nodata);
        return s;
}

/* false: a number that no element can have. */
static bool to_milli(const struct scale *s, double v, int64_t *ret)
{
        double scaled;

        if (!isfinite(v) || (s->has_nodata && v == s->nodata)) {
                *ret = RASTER_MISSING;
                return true;
        }
        scaled = (v * s->factor + s->offset) * 1000.0;
        if (!(fabs(scaled) <= (double)RASTER_VALUE_MAX_MILLI))
                return false;
        *ret = llround(scaled);
        return true;
}

static enum status read_values(GDALRasterBandH band, const struct frame *f,
                               const struct cut *c, struct raster *r,
                               struct err *e)
{
        struct scale s = read_scale(band);
        double *line = calloc((size_t)f->width, sizeof *line);
        enum status st = OK;
        int64_t row, col, at, file_row;

        if (!line)
                return err_set(e, ERR_MEMORY, "one row");
        for (row = 0; row < c->height && st == OK; row++) {
                file_row = c->row + row;
                if (f->flipped)
                        file_row = f->height - 1 - file_row;
                if (GDALRasterIO(band, GF_Read, 0, (int)file_row, (int)f->width,
                                 1, line, (int)f->width, 1, GDT_Float64, 0,
                                 0) != CE_None) {
                        st = err_set(e, ERR_SYNTAX, "the file is damaged: %s",
                                     gdal_words());
                        break;
                }
                for (col = 0; col < c->width; col++) {
                        at = ((c->col + col) % f->width + f->width) % f->width;
                        if (!to_milli(&s, line[at],
                                      &r->value_milli[row * c->width + col])) {
                                st = err_set(e, ERR_RANGE,
                                             "row %lld, column %lld holds %g: "
                                             "no such amount; is a nodata "
                                             "value missing?",
                                             (long long)file_row, (long long)at,
                                             line[at]);
                                break;
                        }
                }
        }
        free(line);
        return st;
}

static void name_band(GDALRasterBandH band, struct raster *r)
{
        const char *unit = GDALGetMetadataItem(band, "GRIB_UNIT", NULL);
        const char *what = GDALGetMetadataItem(band, "GRIB_COMMENT", NULL);

        if (!unit || !*unit)
                unit = GDALGetRasterUnitType(band);
        if (!what || !*what)
                what = GDALGetDescription(band);
        strncpy(r->unit, unit ? unit : "", sizeof r->unit - 1);
        strncpy(r->what, what ? what : "", sizeof r->what - 1);
}

static enum status read_dataset(GDALDatasetH ds,
                                const struct gis_gdal_request *q,
                                struct raster *r, struct err *e)
{
        GDALRasterBandH band = NULL;
        struct frame f = {0};
        struct cut c = {0};
        enum status st = pick_band(ds, q->band, &band, e);

        if (st == OK)
                st = check_crs(ds, e);
        if (st == OK)
                st = read_frame(ds, &f, e);
        if (st == OK)
                st = cut_window(q, &f, &c, e);
        if (st != OK)
                return st;
        if (c.width * c.height > RASTER_CELLS_MAX)
                return err_set(e, ERR_SIZE,
                               "%lld x %lld cells over the zones, at most %u",
                               (long long)c.width, (long long)c.height,
                               RASTER_CELLS_MAX);
        st = raster_create(r, (uint32_t)c.width, (uint32_t)c.height, e);
        if (st != OK)
                return st;
        r->west_deg = f.west + (double)c.col * f.dx;
        r->north_deg = f.north - (double)c.row * f.dy;
        r->dx_deg = f.dx;
        r->dy_deg = f.dy;
        name_band(band, r);
        return read_values(band, &f, &c, r, e);
}

enum status gis_gdal_read(const struct gis_gdal_request *q, struct raster *ret,
                          struct err *e)
{
        struct raster r = {0};
        GDALDatasetH ds = NULL;
        enum status st;

        start_gdal();
        CPLPushErrorHandler(CPLQuietErrorHandler);
        st = open_file(q->path, &ds, e);
        if (st == OK)
                st = read_dataset(ds, q, &r, e);
        if (st == OK)
                *ret = r;
        else
                raster_done(&r);
        if (ds)
                GDALClose(ds);
        CPLPopErrorHandler();
        return st;
}

/* test/fuzz/fuzz_import.c -- any bytes as an administrator's file, and as
 * what the raster reader (which a hostile grid may own) says.
 *
 * The first byte chooses; what the reader lets through, the server's own
 * decoder must take. */
#include <stdlib.h>

#include "gis/grid.h"
#include "schemas/time.h"
#include "schemas/wire/place.h"
#include "schemas/wire/raster.h"
#include "server/tool/csv.h"
#include "server/tool/import_read.h"
#include "server/tool/sl323_read.h"

static void apply(struct import_list *l)
{
        struct places p;
        struct err e = {0};
        size_t i;

        places_init(&p);
        for (i = 0; i < l->n; i++)
                if (wire_import_apply(&p, l->body[i], &e) != OK)
                        abort();
        places_done(&p);
        import_list_done(l);
}

/* A mean is never outside what the cells hold. */
static void average(const struct raster *r)
{
        static struct point at[] = {
                {110, 21}, {111, 21}, {110.5, 22}, {110, 21}};
        static struct ring ring = {at, 4, 0};
        struct zone z = {.code = "440900",
                         .rings = &ring,
                         .n_rings = 1,
                         .low = {110, 21},
                         .high = {111, 22},
                         .label = {110.5, 21.4}};
        struct zone_mean m;
        struct err e = {0};

        if (gis_grid_mean(r, &z, &m, &e) == OK && m.mean_milli > m.max_milli)
                abort();
}

static void raster(struct text t)
{
        struct raster r, again;
        struct buf b = {0};
        struct err e = {0};

        if (wire_raster_decode(t, &r, &e) != OK)
                return;
        average(&r);
        wire_raster_encode(&r, &b);
        if (wire_raster_decode(buf_as_text(&b), &again, &e) == OK) {
                if (again.width != r.width || again.height != r.height)
                        abort();
                raster_done(&again);
        }
        raster_done(&r);
        buf_done(&b);
}

/* What the hydrology bureau's table says is within an element's bounds. */
static void sl323(enum sl323_table table, struct text t)
{
        struct text field[SL323_COLUMNS_MAX];
        struct sl323_row row;
        struct err e = {0};
        struct csv c;
        uint32_t i;

        csv_init(&c, t);
        while (csv_next(&c, &e) == OK) {
                for (i = 0; i < SL323_COLUMNS_MAX; i++)
                        field[i] = i < c.n_fields ? c.field[i]
                                                  : (struct text){"", 0};
                if (sl323_row(table, field, HOUR_US, &row, &e) != OK)
                        continue;
                for (i = 0; i < row.n; i++) {
                        const struct element_info *x =
                                element_info(row.value[i].element);

                        if (row.value[i].value_milli < x->min_milli ||
                            row.value[i].value_milli > x->max_milli)
                                abort();
                }
        }
        csv_done(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text t = {(const char *)data + 1, size ? size - 1 : 0};
        struct import_list l = {0};
        struct places none;
        struct err e = {0};

        if (size == 0)
                return 0;
        places_init(&none);
        switch (data[0]) {
        case 's':
                if (import_stations(t, "f", CRS_GCJ02, &none, &l, &e) == OK)
                        apply(&l);
                break;
        case 'z':
                if (import_zones(t, "f", CRS_BD09, &l, &e) == OK)
                        apply(&l);
                break;
        case 'f':
                if (import_facilities(t, "f", CRS_WGS84, &none, &l, &e) == OK)
                        apply(&l);
                break;
        case 'p':
                sl323(SL323_PPTN, t);
                break;
        case 'v':
                sl323(SL323_RSVR, t);
                break;
        case 'r':
                raster(t);
                break;
        default:
                break;
        }
        return 0;
}

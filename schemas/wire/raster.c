/* schemas/wire/raster.c -- what the child that opens rasters writes. */
#include "schemas/wire/raster.h"

#include <assert.h>
#include <stdlib.h>

/* Ten digits: cells must meet within a hair over a thousand columns. */
static void put_exact(struct json_out *o, const char *key, double v)
{
        struct buf b = {0};

        buf_printf(&b, "%.10f", v);
        json_put_raw(o, key, buf_as_text(&b));
        buf_done(&b);
}

void wire_raster_encode(const struct raster *r, struct buf *b)
{
        struct json_out o = json_out(b);
        uint32_t i;

        json_open(&o, NULL);
        json_put_i64(&o, "width", r->width);
        json_put_i64(&o, "height", r->height);
        put_exact(&o, "west", r->west_deg);
        put_exact(&o, "north", r->north_deg);
        put_exact(&o, "dx", r->dx_deg);
        put_exact(&o, "dy", r->dy_deg);
        json_put_bytes(&o, "unit", text_of(r->unit));
        json_put_bytes(&o, "what", text_of(r->what));
        json_open_array(&o, "values");
        for (i = 0; i < r->width * r->height; i++)
                if (r->value_milli[i] == RASTER_MISSING)
                        json_put_null(&o, NULL);
                else
                        json_put_i64(&o, NULL, r->value_milli[i]);
        json_close_array(&o);
        json_close(&o);
}

static enum status need_double(const struct json *j, const char *key,
                               double low, double high, double *ret,
                               struct err *e)
{
        const struct json *v = json_get(j, key);

        if (!json_is_number(v))
                return err_set(e, ERR_TYPE, "\"%s\" must be a number", key);
        if (!(json_double(v) >= low && json_double(v) <= high))
                return err_set(e, ERR_RANGE, "\"%s\" is outside %g..%g", key,
                               low, high);
        *ret = json_double(v);
        return OK;
}

static enum status frame_decode(const struct json *j, struct raster *r,
                                struct err *e)
{
        int64_t width = 0, height = 0;
        enum status st = json_need_i64(j, "width", &width, e);

        if (st == OK)
                st = json_need_i64(j, "height", &height, e);
        if (st != OK)
                return st;
        if (width < 1 || height < 1 || width > RASTER_CELLS_MAX ||
            height > RASTER_CELLS_MAX)
                return err_set(e, ERR_SIZE, "%lld x %lld cells",
                               (long long)width, (long long)height);
        st = raster_create(r, (uint32_t)width, (uint32_t)height, e);
        if (st == OK)
                st = need_double(j, "west", -540, 540, &r->west_deg, e);
        if (st == OK)
                st = need_double(j, "north", -91, 91, &r->north_deg, e);
        if (st == OK)
                st = need_double(j, "dx", 1e-6, 360, &r->dx_deg, e);
        if (st == OK)
                st = need_double(j, "dy", 1e-6, 180, &r->dy_deg, e);
        if (st == OK)
                st = json_opt_text(j, "unit", r->unit, sizeof r->unit, e);
        if (st == OK)
                st = json_opt_text(j, "what", r->what, sizeof r->what, e);
        return st;
}

static enum status values_decode(const struct json *j, struct raster *r,
                                 struct err *e)
{
        const struct json *values = json_get(j, "values"), *v;
        size_t i = 0, n = (size_t)r->width * r->height;

        assert(r->value_milli); /* the frame was read before */
        if (!json_is_array(values) || json_size(values) != n)
                return err_set(e, ERR_MISMATCH, "%zu values for %u x %u cells",
                               json_size(values), r->width, r->height);
        for (v = json_first(values); v; v = json_next(v), i++) {
                if (json_is_null(v))
                        continue;
                if (!json_i64(v, &r->value_milli[i]))
                        return err_set(e, ERR_TYPE,
                                       "value %zu is no whole number", i);
                if (llabs(r->value_milli[i]) > RASTER_VALUE_MAX_MILLI)
                        return err_set(e, ERR_RANGE, "value %zu is too large",
                                       i);
        }
        return OK;
}

enum status wire_raster_decode(struct text body, struct raster *ret,
                               struct err *e)
{
        struct raster r = {0};
        struct json *j = NULL;
        enum status st;

        st = json_parse(body, JSON_FILE_MAX, &j, e);
        if (st == OK)
                st = frame_decode(j, &r, e);
        if (st == OK)
                st = values_decode(j, &r, e);
        if (st == OK)
                *ret = r;
        else
                raster_done(&r);
        json_free(j);
        return st;
}

/* schemas/wire/day.c -- storm.json to struct day. */
#include "schemas/wire/day.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/json.h"

static enum status station_index(struct day *d, const struct json *j,
                                 uint32_t *ret, struct err *e)
{
        char code[CODE_MAX + 1];
        enum status st;
        uint32_t i;
        void *more;

        st = json_need_text(j, "station", code, sizeof code, e);
        if (st != OK)
                return st;
        for (i = 0; i < d->n_stations; i++)
                if (strcmp(d->stations[i], code) == 0) {
                        *ret = i;
                        return OK;
                }
        if (!text_is_code(text_of(code), CODE_MAX))
                return err_set(e, ERR_SYNTAX, "\"%s\" is no code", code);
        more = realloc(d->stations, (i + 1) * sizeof *d->stations);
        if (!more)
                return err_set(e, ERR_MEMORY, "day");
        d->stations = more;
        memcpy(d->stations[i], code, sizeof code);
        d->n_stations++;
        *ret = i;
        return OK;
}

/* A pair [a, b] of numbers as thousandths. */
static bool pair(const struct json *j, int64_t *a, int64_t *b)
{
        return json_size(j) == 2 && json_milli(json_first(j), a) &&
               json_milli(json_next(json_first(j)), b);
}

static enum status read_knots(const struct json *list, struct day_series *s,
                              struct err *e)
{
        const struct json *k;
        struct day_knot *to;

        s->knots = calloc(json_size(list) + 1, sizeof *s->knots);
        if (!s->knots)
                return err_set(e, ERR_MEMORY, "day");
        for (k = json_first(list); k; k = json_next(k)) {
                to = &s->knots[s->n_knots];
                if (!pair(k, &to->minute_milli, &to->value_milli))
                        return err_set(e, ERR_TYPE,
                                       "knot %u is no pair of "
                                       "numbers",
                                       s->n_knots);
                if (s->n_knots && to->minute_milli <= to[-1].minute_milli)
                        return err_set(e, ERR_RANGE, "knot %u goes back",
                                       s->n_knots);
                s->n_knots++;
        }
        if (s->n_knots == 0)
                return err_set(e, ERR_TOO_FEW, "no knots");
        return OK;
}

static enum status read_series(struct day *d, const struct json *j,
                               struct err *e)
{
        struct day_series *s = &d->series[d->n_series++];
        char name[16];
        enum status st;

        st = station_index(d, j, &s->station, e);
        if (st == OK)
                st = json_need_text(j, "element", name, sizeof name, e);
        if (st == OK && !element_from(text_of(name), &s->element))
                st = err_set(e, ERR_UNKNOWN_ELEMENT, "\"%s\"", name);
        if (st == OK)
                st = json_need_i64(j, "every_s", &s->every_s, e);
        if (st == OK && (s->every_s < 60 || s->every_s % 60))
                st = err_set(e, ERR_RANGE, "every_s is no whole minutes");
        return st == OK ? read_knots(json_get(j, "knots"), s, e) : st;
}

static enum status read_rain(struct day *d, const struct json *j, struct err *e)
{
        struct day_rain *r = &d->rain[d->n_rain++];
        const struct json *k;
        int64_t hour, mm;
        enum status st;

        st = station_index(d, j, &r->station, e);
        if (st != OK)
                return st;
        r->hourly_milli =
                calloc((size_t)DAY_HOURS_MAX, sizeof *r->hourly_milli);
        if (!r->hourly_milli)
                return err_set(e, ERR_MEMORY, "day");
        for (k = json_first(json_get(j, "hourly")); k; k = json_next(k)) {
                if (!pair(k, &hour, &mm) || hour < 0 || hour % 1000 ||
                    hour >= 1000 * DAY_HOURS_MAX || mm < 0 || mm % 100)
                        return err_set(e, ERR_RANGE,
                                       "an hour is not [hour, mm in tenths]");
                r->hourly_milli[hour / 1000] = mm;
                if (hour / 1000 >= r->n_hours)
                        r->n_hours = (uint32_t)(hour / 1000 + 1);
        }
        return OK;
}

static enum status read_silence(struct day *d, const struct json *j,
                                struct err *e)
{
        struct day_silence *s = &d->silences[d->n_silences++];
        enum status st;

        st = station_index(d, j, &s->station, e);
        if (st == OK)
                st = json_need_i64(j, "from_min", &s->from_min, e);
        if (st == OK)
                st = json_need_i64(j, "to_min", &s->to_min, e);
        return st;
}

static enum status read_point(const struct json *j, struct point *ret,
                              struct err *e)
{
        if (!json_is_number(json_get(j, "lon")) ||
            !json_is_number(json_get(j, "lat")))
                return err_set(e, ERR_MISSING, "lon and lat");
        ret->lon_deg = json_double(json_get(j, "lon"));
        ret->lat_deg = json_double(json_get(j, "lat"));
        return OK;
}

static enum status read_call(struct day *d, const struct json *j, struct err *e)
{
        struct day_call *c = &d->calls[d->n_calls++];
        enum status st;

        st = json_need_text(j, "incident", c->incident, sizeof c->incident, e);
        if (st == OK)
                st = json_need_i64(j, "at_min", &c->at_min, e);
        if (st == OK)
                st = json_opt_text(j, "nature", c->nature, sizeof c->nature, e);
        if (st == OK)
                st = json_opt_text(j, "address", c->address, sizeof c->address,
                                   e);
        if (!json_i64(json_get(j, "people"), &c->people))
                c->people = -1;
        return st == OK ? read_point(j, &c->at, e) : st;
}

static enum status read_unit(struct day *d, const struct json *j, struct err *e)
{
        struct day_unit *u = &d->units[d->n_units++];
        enum status st;

        st = json_need_text(j, "unit", u->unit, sizeof u->unit, e);
        return st == OK ? read_point(j, &u->home, e) : st;
}

static enum status read_grid(struct day *d, const struct json *j, struct err *e)
{
        struct day_grid *g = &d->grids[d->n_grids++];
        enum status st;

        st = json_need_text(j, "file", g->file, sizeof g->file, e);
        if (st == OK && strchr(g->file, '/'))
                st = err_set(e, ERR_SYNTAX, "\"%s\" is no plain file name",
                             g->file);
        if (st == OK)
                st = json_need_text(j, "source", g->source, sizeof g->source,
                                    e);
        if (st == OK)
                st = json_need_text(j, "model", g->model, sizeof g->model, e);
        if (st == OK)
                st = json_need_i64(j, "issued_min", &g->issued_min, e);
        if (st == OK)
                st = json_need_i64(j, "begin_min", &g->begin_min, e);
        if (st == OK)
                st = json_need_i64(j, "end_min", &g->end_min, e);
        if (st == OK)
                st = json_need_i64(j, "at_min", &g->at_min, e);
        return st;
}

typedef enum status (*read_item)(struct day *d, const struct json *j,
                                 struct err *e);

static enum status read_list(struct day *d, const struct json *root,
                             const char *key, void *items, size_t bytes,
                             read_item read, struct err *e)
{
        const struct json *list = json_get(root, key), *j;
        struct err inner = {0};
        void **to = items;
        enum status st;
        unsigned n = 0;

        *to = calloc(json_size(list) + 1, bytes);
        if (!*to)
                return err_set(e, ERR_MEMORY, "day");
        for (j = json_first(list); j; j = json_next(j), n++) {
                st = read(d, j, &inner);
                if (st != OK)
                        return err_set(e, st, "%s[%u]: %.180s", key, n,
                                       inner.msg);
        }
        return OK;
}

static int by_time(const void *a, const void *b)
{
        const struct day_call *x = a, *y = b;

        if (x->at_min != y->at_min)
                return x->at_min < y->at_min ? -1 : 1;
        return strcmp(x->incident, y->incident);
}

static enum status read_head(struct day *d, const struct json *j, struct err *e)
{
        enum status st;

        st = json_need_text(j, "name", d->name, sizeof d->name, e);
        if (st == OK)
                st = json_need_time(j, "begin", &d->begin_us, e);
        if (st == OK)
                st = json_need_time(j, "live_from", &d->live_from_us, e);
        if (st == OK)
                st = json_need_time(j, "end", &d->end_us, e);
        if (st == OK &&
            (d->live_from_us < d->begin_us || d->end_us < d->live_from_us))
                st = err_set(e, ERR_RANGE,
                             "begin, live_from, end must "
                             "follow each other");
        return st;
}

enum status wire_day_decode(struct text text, struct day *ret, struct err *e)
{
        struct day d = {0};
        struct json *j = NULL;
        enum status st;

        st = json_parse(text, JSON_FILE_MAX, &j, e);
        if (st == OK)
                st = read_head(&d, j, e);
#define LIST(key, field, read) \
        if (st == OK)          \
                st = read_list(&d, j, key, &d.field, sizeof *d.field, read, e);
        LIST("series", series, read_series)
        LIST("rain", rain, read_rain)
        LIST("silences", silences, read_silence)
        LIST("calls", calls, read_call)
        LIST("units", units, read_unit)
        LIST("grids", grids, read_grid)
#undef LIST
        json_free(j);
        if (st != OK) {
                day_done(&d);
                return st;
        }
        if (d.n_calls)
                qsort(d.calls, d.n_calls, sizeof *d.calls, by_time);
        *ret = d;
        return OK;
}

enum status wire_day_hospitals(struct text geojson, struct day *d,
                               struct err *e)
{
        const struct json *f, *at;
        struct json *j = NULL;
        struct point *p;
        enum status st;

        st = json_parse(geojson, JSON_FILE_MAX, &j, e);
        if (st != OK)
                return st;
        f = json_get(j, "features");
        p = calloc(json_size(f) + 1, sizeof *p);
        if (!p)
                st = err_set(e, ERR_MEMORY, "day");
        free(d->hospitals);
        d->hospitals = p;
        d->n_hospitals = 0;
        for (f = json_first(f); p && f; f = json_next(f)) {
                if (!text_is(json_text(json_get(json_get(f, "properties"),
                                                "kind")),
                             "hospital"))
                        continue;
                at = json_first(
                        json_get(json_get(f, "geometry"), "coordinates"));
                if (!json_is_number(at) || !json_is_number(json_next(at)))
                        continue;
                p[d->n_hospitals++] = (struct point){
                        json_double(at), json_double(json_next(at))};
        }
        json_free(j);
        return st;
}

void day_done(struct day *d)
{
        uint32_t i;

        for (i = 0; d->series && i < d->n_series; i++)
                free(d->series[i].knots);
        for (i = 0; d->rain && i < d->n_rain; i++)
                free(d->rain[i].hourly_milli);
        free(d->stations);
        free(d->series);
        free(d->rain);
        free(d->silences);
        free(d->calls);
        free(d->units);
        free(d->grids);
        free(d->hospitals);
        memset(d, 0, sizeof *d);
}

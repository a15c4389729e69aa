/* server/tool/import_read.c -- an administrator's files as import records. */
#include "server/tool/import_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gis/zone.h"
#include "schemas/crs.h"
#include "schemas/geo.h"
#include "schemas/record.h"
#include "schemas/wire/check.h"
#include "schemas/wire/place.h"
#include "schemas/wire/sl651_vendor.h"
#include "server/tool/csv.h"

void import_list_done(struct import_list *l)
{
        size_t i;

        for (i = 0; i < l->n; i++)
                free((char *)l->body[i].p);
        free(l->body);
        memset(l, 0, sizeof *l);
}

/* Takes over the buffer's bytes. */
static enum status list_add(struct import_list *l, struct buf *b, struct err *e)
{
        size_t cap = l->cap ? l->cap * 2 : 64;
        struct text *more;

        if (b->failed)
                return err_set(e, ERR_MEMORY, "an import record");
        if (b->n > RECORD_BODY_MAX)
                return err_set(e, ERR_SIZE,
                               "%zu bytes, at most %u: simplify its outline",
                               b->n, RECORD_BODY_MAX);
        if (l->n == l->cap) {
                more = realloc(l->body, cap * sizeof *more);
                if (!more)
                        return err_set(e, ERR_MEMORY, "%zu records", cap);
                l->body = more;
                l->cap = cap;
        }
        l->body[l->n++] = (struct text){b->p, b->n};
        memset(b, 0, sizeof *b);
        return OK;
}

/* Puts "file, where: " before the message; returns the code unchanged. */
static enum status located(struct err *e, enum status st, const char *file,
                           const char *where)
{
        struct err why = *e;

        return err_set(e, st, "%s, %s: %s", file, where, why.msg);
}

/* ---- stations.csv ---- */

enum column_kind {
        COLUMN_TEXT,
        COLUMN_NUMBER,
        COLUMN_SEASONS,
        COLUMN_CODES, /* parted by ; */
        COLUMN_BOOL
};

static const struct column {
        const char *name;
        enum column_kind kind;
        bool required;
} columns[] = {
        {"code", COLUMN_TEXT, true},
        {"name", COLUMN_TEXT, true},
        {"name_en", COLUMN_TEXT, false},
        {"kind", COLUMN_TEXT, true},
        {"lon", COLUMN_NUMBER, true},
        {"lat", COLUMN_NUMBER, true},
        {"town", COLUMN_TEXT, false},
        {"county", COLUMN_TEXT, false},
        {"catchments", COLUMN_CODES, false},
        {"river", COLUMN_TEXT, false},
        {"river_en", COLUMN_TEXT, false},
        {"datum", COLUMN_TEXT, false},
        {"WRZ", COLUMN_NUMBER, false},
        {"GRZ", COLUMN_NUMBER, false},
        {"OBHTZ", COLUMN_NUMBER, false},
        {"LDKEL", COLUMN_NUMBER, false},
        {"RDKEL", COLUMN_NUMBER, false},
        {"LAZ", COLUMN_NUMBER, false},
        {"UPSTCD", COLUMN_TEXT, false},
        {"AVTRTM", COLUMN_NUMBER, false},
        {"near", COLUMN_NUMBER, false},
        {"limits", COLUMN_SEASONS, false},
        {"interval_s", COLUMN_NUMBER, false},
        {"wind", COLUMN_TEXT, false},
        {"sl651", COLUMN_TEXT, false},
        {"vendor_id", COLUMN_TEXT, false},
        {"via", COLUMN_TEXT, false},
        {"sl651_password", COLUMN_NUMBER, false},
        {"sl651_centre", COLUMN_NUMBER, false},
        {"sl651_slots", COLUMN_TEXT, false},
        {"sl651_mode", COLUMN_TEXT, false},
        {"sl651_vendor", COLUMN_TEXT, false},
        {"sl651_ask", COLUMN_BOOL, false},
        {"sl651_amends", COLUMN_BOOL, false},
#define X(field, key, help) {key, COLUMN_NUMBER, false},
        STATION_CHECKS(X)
#undef X
                {"levels_synthetic", COLUMN_BOOL, false},
        {"active", COLUMN_BOOL, false},
};

#define N_COLUMNS (sizeof columns / sizeof columns[0])

struct header {
        const struct column *of[CSV_FIELDS_MAX];
        uint32_t n;
};

static enum status read_header(const struct csv *c, struct header *h,
                               struct err *e)
{
        uint32_t i, k;
        size_t col;

        h->n = c->n_fields;
        for (i = 0; i < h->n; i++) {
                h->of[i] = NULL;
                for (col = 0; col < N_COLUMNS; col++)
                        if (text_is(c->field[i], columns[col].name))
                                h->of[i] = &columns[col];
                if (!h->of[i])
                        return err_set(
                                e, ERR_UNKNOWN,
                                "line %u: no column \"%.*s\" is known; "
                                "correct its name or leave it out",
                                c->line,
                                (int)(c->field[i].n > 40 ? 40 : c->field[i].n),
                                c->field[i].p);
                for (k = 0; k < i; k++)
                        if (h->of[k] == h->of[i])
                                return err_set(e, ERR_DUPLICATE,
                                               "line %u: column %s stands "
                                               "twice",
                                               c->line, h->of[i]->name);
        }
        for (col = 0; col < N_COLUMNS; col++) {
                for (i = 0; i < h->n && h->of[i] != &columns[col]; i++)
                        ;
                if (columns[col].required && i == h->n)
                        return err_set(e, ERR_MISSING,
                                       "line %u: column %s is missing", c->line,
                                       columns[col].name);
        }
        return OK;
}

/* "04-15..10-15=114.0;10-16..04-14=116" */
static enum status put_seasons(struct json_out *o, struct text t, struct err *e)
{
        struct text piece, from, to;
        int64_t milli;

        json_open_array(o, "FSLTDZ");
        while (text_cut(&t, ';', &piece)) {
                if (piece.n == 0)
                        continue;
                if (piece.n < 14 || memcmp(piece.p + 5, "..", 2) != 0 ||
                    piece.p[12] != '=' ||
                    !text_to_milli((struct text){piece.p + 13, piece.n - 13},
                                   &milli))
                        return err_set(e, ERR_SYNTAX,
                                       "column limits: \"%.*s\", want "
                                       "04-15..10-15=114.0",
                                       (int)(piece.n > 40 ? 40 : piece.n),
                                       piece.p);
                from = (struct text){piece.p, 5};
                to = (struct text){piece.p + 7, 5};
                json_open(o, NULL);
                json_put_text(o, "from", from);
                json_put_text(o, "to", to);
                json_put_milli(o, "limit", milli);
                json_close(o);
        }
        json_close_array(o);
        return OK;
}

/* A plain decimal number, so that it can stand in JSON as it is. */
static bool is_number(struct text t)
{
        int64_t unused;
        size_t i = t.n && t.p[0] == '-' ? 1 : 0;

        return i < t.n && t.p[i] >= '0' && t.p[i] <= '9' &&
               t.p[t.n - 1] != '.' &&
               !(t.p[i] == '0' && i + 1 < t.n && t.p[i + 1] != '.') &&
               text_to_milli(t, &unused);
}

static enum status put_field(struct json_out *o, const struct column *c,
                             struct text t, struct err *e)
{
        struct text piece;

        if (t.n == 0)
                return OK;
        switch (c->kind) {
        case COLUMN_TEXT:
                json_put_text(o, c->name, t);
                return OK;
        case COLUMN_SEASONS:
                return put_seasons(o, t, e);
        case COLUMN_CODES:
                json_open_array(o, c->name);
                while (text_cut(&t, ';', &piece))
                        if (piece.n)
                                json_put_text(o, NULL, piece);
                json_close_array(o);
                return OK;
        case COLUMN_BOOL:
                if (!text_is(t, "0") && !text_is(t, "1"))
                        return err_set(e, ERR_SYNTAX,
                                       "column %s: \"%.*s\", want 0 or 1",
                                       c->name, (int)(t.n > 40 ? 40 : t.n),
                                       t.p);
                json_put_bool(o, c->name, text_is(t, "1"));
                return OK;
        case COLUMN_NUMBER:
                break;
        }
        if (!is_number(t))
                return err_set(e, ERR_NUMBER,
                               "column %s: \"%.*s\" is no number; write it "
                               "like 9.05 or leave it empty",
                               c->name, (int)(t.n > 40 ? 40 : t.n), t.p);
        json_put_raw(o, c->name, t);
        return OK;
}

static enum status read_station(const struct csv *c, const struct header *h,
                                struct station *ret, struct err *e)
{
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct json *j = NULL;
        enum status st = OK;
        uint32_t i;

        if (c->n_fields != h->n)
                return err_set(e, ERR_MISMATCH,
                               "%u fields under %u columns; quote a field "
                               "that holds a comma",
                               c->n_fields, h->n);
        json_open(&o, NULL);
        for (i = 0; i < h->n && st == OK; i++)
                st = put_field(&o, h->of[i], c->field[i], e);
        json_close(&o);
        if (st == OK)
                st = json_parse(buf_as_text(&b), JSON_MESSAGE_MAX, &j, e);
        if (st == OK)
                st = wire_station_decode(j, ret, e);
        json_free(j);
        buf_done(&b);
        return st;
}

static enum status place_station(struct station *s, enum crs crs,
                                 const struct places *zones,
                                 struct import_list *l, struct err *e)
{
        char town[10], county[7];
        uint32_t n;

        if (!crs_to_wgs84(crs, s->at, &s->at))
                return err_set(e, ERR_RANGE, "lon, lat lie off the earth");
        gis_zone_codes(zones, s->at, town, county);
        if (!s->town[0])
                memcpy(s->town, town, sizeof town);
        if (!s->county[0])
                memcpy(s->county, county, sizeof county);
        if (!s->county[0])
                l->homeless++;
        if (s->catchment[0][0])
                return OK;
        n = gis_zone_catchments(zones, s->at, s->catchment);
        if (n > CATCHMENTS_MAX)
                return err_set(e, ERR_FULL,
                               "%u catchments hold it, at most %d can; name "
                               "those that count in column catchments",
                               n, CATCHMENTS_MAX);
        return OK;
}

static enum status add_station(const struct csv *c, const struct header *h,
                               enum crs crs, const struct places *zones,
                               struct places *seen, struct import_list *l,
                               struct err *e)
{
        struct station s = {0};
        struct buf b = {0};
        enum status st = read_station(c, h, &s, e);

        if (st == OK)
                st = place_station(&s, crs, zones, l, e);
        if (st == OK && places_find_station(seen, text_of(s.code)) != NO_INDEX)
                st = err_set(e, ERR_DUPLICATE,
                             "code %s stands twice; take one line out", s.code);
        if (st == OK)
                st = places_put_station(seen, &s, NULL, e);
        if (st != OK)
                return st;
        wire_station_encode(&s, &b);
        st = list_add(l, &b, e);
        buf_done(&b);
        return st;
}

static enum status read_stations(struct csv *c, enum crs crs,
                                 const struct places *zones,
                                 struct places *seen, struct import_list *l,
                                 struct err *e)
{
        struct header h;
        struct err why = {0};
        enum status st = csv_next(c, e);

        if (st == ERR_TOO_FEW)
                return err_set(e, st, "the file is empty");
        if (st == OK)
                st = read_header(c, &h, e);
        if (st != OK)
                return st;
        while ((st = csv_next(c, e)) == OK) {
                st = add_station(c, &h, crs, zones, seen, l, &why);
                if (st != OK)
                        return err_set(e, st, "line %u: %s", c->line, why.msg);
        }
        if (st == ERR_TOO_FEW && l->n)
                return OK;
        return st == ERR_TOO_FEW ? err_set(e, st, "no station under the header")
                                 : st;
}

enum status import_stations(struct text csv, const char *file, enum crs crs,
                            const struct places *zones, struct import_list *ret,
                            struct err *e)
{
        struct import_list l = {0};
        struct places seen;
        struct csv c;
        struct err why = {0};
        enum status st;

        places_init(&seen);
        csv_init(&c, csv);
        st = text_is_utf8(csv) ? read_stations(&c, crs, zones, &seen, &l, &why)
                               : err_set(&why, ERR_UTF8,
                                         "not UTF-8; save it as \"CSV UTF-8\"");
        if (st == OK) {
                *ret = l;
        } else {
                err_set(e, st, "%s: %s", file, why.msg);
                import_list_done(&l);
        }
        csv_done(&c);
        places_done(&seen);
        return st;
}

/* ---- GeoJSON ---- */

/* Does one feature; also gives it a name for messages. */
typedef enum status (*feature_reader)(const struct json *feature, void *self,
                                      struct err *e);

static enum status each_feature(struct text geojson, const char *file,
                                feature_reader read, void *self, struct err *e)
{
        struct json *j = NULL;
        const struct json *list, *f;
        struct err why = {0};
        char where[64];
        unsigned n = 0;
        enum status st = json_parse(geojson, JSON_FILE_MAX, &j, &why);

        if (st != OK)
                return err_set(e, st, "%s: %s", file, why.msg);
        list = json_get(j, "features");
        if (!json_is_array(list) || json_size(list) == 0)
                st = err_set(e, ERR_MISSING,
                             "%s: want a GeoJSON FeatureCollection with at "
                             "least one feature",
                             file);
        else
                for (f = json_first(list); f && st == OK; f = json_next(f)) {
                        snprintf(where, sizeof where, "feature %u", ++n);
                        st = read(f, self, e);
                        if (st != OK)
                                located(e, st, file, where);
                }
        json_free(j);
        return st;
}

static enum status convert_zone(struct zone *z, enum crs crs, struct err *e)
{
        uint32_t i, k;

        if (crs == CRS_WGS84 || crs == CRS_CGCS2000)
                return OK;
        for (i = 0; i < z->n_rings; i++)
                for (k = 0; k < z->rings[i].n; k++)
                        if (!crs_to_wgs84(crs, z->rings[i].at[k],
                                          &z->rings[i].at[k]))
                                return err_set(e, ERR_RANGE,
                                               "a position lies off the "
                                               "earth");
        geo_bounds(z->rings, z->n_rings, &z->low, &z->high);
        z->label = geo_label(z->rings, z->n_rings);
        return OK;
}

/* PostGIS keeps such an outline but cannot answer questions about it. */
static enum status check_outline(const struct zone *z, struct err *e)
{
        struct point near;
        uint32_t i;

        for (i = 0; i < z->n_rings; i++) {
                if (geo_ring_crosses(&z->rings[i], &near))
                        return err_set(e, ERR_RANGE,
                                       "zone %s: ring %u crosses itself near "
                                       "%.5f, %.5f; mend it there",
                                       z->code, i + 1, near.lon_deg,
                                       near.lat_deg);
                if (geo_ring_area(&z->rings[i]) == 0)
                        return err_set(e, ERR_RANGE,
                                       "zone %s: ring %u has no area", z->code,
                                       i + 1);
        }
        return OK;
}

struct reading {
        enum crs crs;
        struct places *book;
        const struct places *zones;
        struct import_list list;
};

static enum status read_zone(const struct json *feature, void *self,
                             struct err *e)
{
        struct reading *r = self;
        struct buf b = {0};
        struct zone z;
        enum status st = wire_zone_from_feature(feature, &z, e);

        if (st != OK)
                return st;
        st = convert_zone(&z, r->crs, e);
        if (st == OK)
                st = check_outline(&z, e);
        if (st == OK && places_find_zone(r->book, text_of(z.code)))
                st = err_set(e, ERR_DUPLICATE, "zone %s stands twice", z.code);
        if (st == OK) {
                wire_zone_encode(&z, &b);
                st = list_add(&r->list, &b, e);
        }
        if (st == OK)
                st = places_put_zone(r->book, &z, e);
        buf_done(&b);
        zone_done(&z);
        return st;
}

/* A parent that is named must be there, in this file. */
static enum status check_parents(const struct places *book, const char *file,
                                 struct err *e)
{
        uint32_t i;

        for (i = 0; i < book->n_zones; i++) {
                const struct zone *z = &book->zones[i], *up;

                if (!z->parent[0])
                        continue;
                up = places_find_zone(book, text_of(z->parent));
                if (up && (up == z || (z->level == ZONE_CATCHMENT) !=
                                              (up->level == ZONE_CATCHMENT)))
                        return err_set(e, ERR_MISMATCH,
                                       "%s: zone %s names parent %s: a "
                                       "catchment lies in a larger catchment, "
                                       "a county or town in no catchment",
                                       file, z->code, z->parent);
                if (!up)
                        return err_set(e, ERR_UNKNOWN,
                                       "%s: zone %s names parent %s, which is "
                                       "not in the file",
                                       file, z->code, z->parent);
        }
        return OK;
}

static enum status read_zones(struct text geojson, const char *file,
                              struct reading *r, struct err *e)
{
        enum status st = each_feature(geojson, file, read_zone, r, e);

        return st == OK ? check_parents(r->book, file, e) : st;
}

enum status import_zones(struct text geojson, const char *file, enum crs crs,
                         struct import_list *ret, struct err *e)
{
        struct places book;
        struct reading r = {.crs = crs, .book = &book};
        enum status st;

        places_init(&book);
        st = read_zones(geojson, file, &r, e);
        if (st == OK)
                *ret = r.list;
        else
                import_list_done(&r.list);
        places_done(&book);
        return st;
}

enum status import_book(struct text geojson, const char *file, enum crs crs,
                        struct places *book, struct err *e)
{
        struct reading r = {.crs = crs, .book = book};
        enum status st = read_zones(geojson, file, &r, e);

        import_list_done(&r.list);
        return st;
}

static enum status read_facility(const struct json *feature, void *self,
                                 struct err *e)
{
        struct reading *r = self;
        struct facility f;
        char town[10], county[7];
        struct buf b = {0};
        uint32_t before = r->book->n_facilities;
        enum status st = wire_facility_from_feature(feature, &f, e);

        if (st != OK)
                return st;
        if (!crs_to_wgs84(r->crs, f.at, &f.at))
                return err_set(e, ERR_RANGE, "it lies off the earth");
        gis_zone_codes(r->zones, f.at, town, county);
        if (!f.county[0])
                memcpy(f.county, county, sizeof county);
        if (!f.county[0])
                r->list.homeless++;
        st = places_put_facility(r->book, &f, e);
        if (st == OK && r->book->n_facilities == before)
                st = err_set(e, ERR_DUPLICATE, "id %s stands twice", f.id);
        if (st == OK) {
                wire_facility_encode(&f, &b);
                st = list_add(&r->list, &b, e);
        }
        buf_done(&b);
        return st;
}

enum status import_facilities(struct text geojson, const char *file,
                              enum crs crs, const struct places *zones,
                              struct import_list *ret, struct err *e)
{
        struct places seen;
        struct reading r = {.crs = crs, .book = &seen, .zones = zones};
        enum status st;

        places_init(&seen);
        st = each_feature(geojson, file, read_facility, &r, e);
        if (st == OK)
                *ret = r.list;
        else
                import_list_done(&r.list);
        places_done(&seen);
        return st;
}

enum status import_checks(struct buf *b, const char *file,
                          struct import_list *l, struct err *e)
{
        struct check_table *c = calloc(1, sizeof *c);
        struct err why = {0};
        enum status st = c ? wire_checks_decode(buf_as_text(b), c, &why)
                           : err_set(&why, ERR_MEMORY, "no memory");

        free(c);
        if (st != OK)
                return err_set(e, st, "%s: %s", file, why.msg);
        return list_add(l, b, e);
}

enum status import_vendor(struct buf *b, const char *file,
                          struct import_list *l, struct err *e)
{
        struct sl651_vendor v = {.n = 0};
        struct buf body = {0};
        struct err why = {0};
        enum status st = wire_sl651_vendor_decode(buf_as_text(b), &v, &why);

        if (st == OK && v.remove)
                st = err_set(&why, ERR_UNKNOWN, "\"remove\": use --remove");
        if (st != OK)
                return err_set(e, st, "%s: %s", file, why.msg);
        wire_sl651_vendor_record(&v, &body);
        st = list_add(l, &body, e);
        buf_done(&body);
        return st;
}

enum status import_vendor_gone(const char *name, struct import_list *l,
                               struct err *e)
{
        struct sl651_vendor v = {.remove = true};
        struct buf body = {0};
        enum status st;

        if (!text_copy(v.name, sizeof v.name, text_of(name)))
                return err_set(e, ERR_SIZE,
                               "a vendor's name has at most %d "
                               "characters",
                               SL651_VENDOR_MAX);
        wire_sl651_vendor_record(&v, &body);
        st = list_add(l, &body, e);
        buf_done(&body);
        return st;
}

/* server/tool/import_read.h -- an administrator's files as import records.
 *
 * In:     the bytes of a CSV or GeoJSON file, and its name for messages.
 * Out:    RECORD_IMPORT bodies in the file's order, through a sink.
 * Holds:  nothing is given to the sink before the whole file is right.
 *         Messages name file, line or feature, field, and what to do.
 * Thread: any; no state. */
#ifndef SERVER_TOOL_IMPORT_READ_H
#define SERVER_TOOL_IMPORT_READ_H

#include "schemas/place.h"

/* Import bodies, one after another. */
struct import_list {
        struct text *body;
        size_t n, cap;
        size_t homeless; /* stations that lie in no known zone */
};

void import_list_done(struct import_list *l);

/* Header: code, name, kind, lon, lat must be there; name_en, town, county,
 * catchments, river, river_en, datum, WRZ, GRZ, OBHTZ, LDKEL, RDKEL, LAZ,
 * UPSTCD, AVTRTM, near, limits, interval_s, wind, sl651, levels_synthetic,
 * active may. Where town or county is empty, it is found in zones (which may
 * hold none). RFC 4180 quoting, BOM and CRLF are taken. */
/* A check table; takes over the bytes. */
enum status import_checks(struct buf *b, const char *file,
                          struct import_list *l, struct err *e);
/* A vendor's SL 651 elements; and the record that takes them away. */
enum status import_vendor(struct buf *b, const char *file,
                          struct import_list *l, struct err *e);
enum status import_vendor_gone(const char *name, struct import_list *l,
                               struct err *e);
enum status import_stations(struct text csv, const char *file, enum crs crs,
                            const struct places *zones, struct import_list *ret,
                            struct err *e);
enum status import_zones(struct text geojson, const char *file, enum crs crs,
                         struct import_list *ret, struct err *e);
enum status import_facilities(struct text geojson, const char *file,
                              enum crs crs, const struct places *zones,
                              struct import_list *ret, struct err *e);

/* The zones of a GeoJSON file into a book of places. */
enum status import_book(struct text geojson, const char *file, enum crs crs,
                        struct places *book, struct err *e);

#endif

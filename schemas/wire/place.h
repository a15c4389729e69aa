/* schemas/wire/place.h -- places as import records and as API objects.
 *
 * Station: {"what":"station","code","name","name_en","kind":"PP|ZZ|RR|MM|SS",
 *  "lon","lat","town","county","catchments":[...],"river","river_en","datum","WRZ","GRZ","OBHTZ",
 *  "LDKEL","RDKEL","LAZ","UPSTCD","AVTRTM","near","FSLTDZ":[{"from":"04-15","to":"10-15","limit":88.5}],
 *  "interval_s","wind":"mean|gust","sl651","levels_synthetic","active"}
 * Zone: {"what":"zone","code","name","name_en","level","parent",
 *  "geometry":{GeoJSON Polygon or MultiPolygon},"label":[lon,lat]}
 * Facility: {"what":"facility","id","name","name_en","kind","lon","lat",
 *  "county","capacity"}
 * A level that is absent or null is "no threshold set". */
#ifndef SCHEMAS_WIRE_PLACE_H
#define SCHEMAS_WIRE_PLACE_H

#include "schemas/place.h"
#include "schemas/wire/json.h"

void wire_station_encode(const struct station *s, struct buf *b);
enum status wire_station_decode(const struct json *j, struct station *ret,
                                struct err *e);
void wire_zone_encode(const struct zone *z, struct buf *b);
/* The caller owns ret->rings (zone_done). Fills label, low and high. */
enum status wire_zone_decode(const struct json *j, struct zone *ret,
                             struct err *e);
/* Only the geometry member, as GeoJSON. */
void wire_zone_geometry(const struct zone *z, struct buf *b);
void wire_facility_encode(const struct facility *f, struct buf *b);
enum status wire_facility_decode(const struct json *j, struct facility *ret,
                                 struct err *e);

/* A GeoJSON feature of a file: names in its properties, shape in its
 * geometry (Polygon or MultiPolygon; Point for a facility). */
enum status wire_zone_from_feature(const struct json *feature, struct zone *ret,
                                   struct err *e);
enum status wire_facility_from_feature(const struct json *feature,
                                       struct facility *ret, struct err *e);

/* Applies one RECORD_IMPORT body to the book. */
enum status wire_import_apply(struct places *p, struct text body,
                              struct err *e);

/* "catchments": the codes, the smallest first. */
void wire_catchments_put(struct json_out *o, const struct station *s);
/* A level in metres, null when it is not set. */
void wire_level_put(struct json_out *o, const char *key, int64_t milli);
/* "lon" and "lat", null when there is no place. */
void wire_point_put(struct json_out *o, bool has, struct point at);

#endif

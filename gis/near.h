/* gis/near.h -- which stations lie around a point: a grid of cells.
 *
 * In:     the book of places; degrees in EPSG:4326.
 * Out:    the nearest stations within a distance, nearest first.
 * Holds:  each station once, in a cell of NEAR_CELL_DEG, hashed; a station
 *         without a place (0, 0) is in none.  Not over 180 E or the poles.
 * Thread: one owner; pure. */
#ifndef GIS_NEAR_H
#define GIS_NEAR_H

#include "schemas/check.h"

#define NEAR_CELL_DEG 0.1

struct near;

enum status gis_near_create(struct near **ret, struct err *e);
void gis_near_free(struct near *n);
/* Puts the station where the book has it now, or takes it out when it is
 * not active or of another kind than what measures rain. */
enum status gis_near_put(struct near *n, const struct places *p,
                         uint32_t station, struct err *e);
/* The stations around one, without itself. */
void gis_near_find(const struct near *n, const struct places *p,
                   uint32_t station, double distance_m, struct around *ret);

#endif

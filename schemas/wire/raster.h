/* schemas/wire/raster.h -- what the child that opens rasters writes.
 *
 * {"width","height","west","north","dx","dy","unit","what",
 *  "values":[thousandths|null,...]}   row by row from the north-west */
#ifndef SCHEMAS_WIRE_RASTER_H
#define SCHEMAS_WIRE_RASTER_H

#include "schemas/raster.h"
#include "schemas/wire/json.h"

void wire_raster_encode(const struct raster *r, struct buf *b);
/* The caller owns ret (raster_done).  The sender may be a process that a
 * hostile file has taken over, so every number is checked. */
enum status wire_raster_decode(struct text body, struct raster *ret,
                               struct err *e);

#endif

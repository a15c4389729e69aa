/* server/row.h -- effects as archive rows: lines of "table\tJSON\n", but
 * observations and rain slots as row_copy.h has them; before them what the
 * record gave to the rules (prepare.h).
 *
 * The JSON keys are the table's column names, so that the archive can use
 * jsonb_populate_recordset for every such table alike. */
#ifndef SERVER_ROW_H
#define SERVER_ROW_H

#include "schemas/effect.h"
#include "server/state.h"

/* Rows of one step; r is the record that was taken. Places, users and rule
 * sets are written when r imported them. */
void rows_encode(const struct state *s, const struct record *r,
                 const struct effects *fx, struct buf *rows);

#endif

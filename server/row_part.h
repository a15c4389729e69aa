/* server/row_part.h -- what the files of row.h share. */
#ifndef SERVER_ROW_PART_H
#define SERVER_ROW_PART_H

#include "schemas/wire/json.h"
#include "server/row.h"

struct json_out row_begin(struct buf *rows, const char *table);
void row_end(struct json_out *o);

/* row_terminal.c: what terminals sent beside values, and how they did. */
void rows_terminal(const struct state *s, const struct effects *fx,
                   struct buf *rows);

#endif

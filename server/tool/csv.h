/* server/tool/csv.h -- rows of a CSV file (RFC 4180).
 *
 * In:     UTF-8 bytes; a byte-order mark, CRLF and quoted fields are taken.
 * Out:    rows of fields; fields point into the reader's own copy.
 * Thread: one owner. */
#ifndef SERVER_TOOL_CSV_H
#define SERVER_TOOL_CSV_H

#include "schemas/buf.h"

#define CSV_FIELDS_MAX 64

struct csv {
        struct text rest;
        struct buf copy; /* the fields of this row, unquoted */
        struct text field[CSV_FIELDS_MAX];
        uint32_t n_fields;
        uint32_t line; /* where this row begins, from 1 */
        uint32_t next_line;
};

void csv_init(struct csv *c, struct text bytes);
void csv_done(struct csv *c);
/* The next row that is not empty; ERR_TOO_FEW at the end. */
enum status csv_next(struct csv *c, struct err *e);

#endif

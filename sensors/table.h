/* sensors/table.h -- one thing for each station, made when it is wanted.
 *
 * Holds:  a pointer for each station up to the highest that was asked for,
 *         and what it points to only for those that were.
 * Thread: one owner; pure. */
#ifndef SENSORS_TABLE_H
#define SENSORS_TABLE_H

#include <stddef.h>

#include "schemas/buf.h"
#include "schemas/pack.h"
#include "schemas/status.h"

struct table_kind {
        size_t size;
        uint32_t least;           /* bytes that one takes in a snapshot */
        void (*begin)(void *one); /* of zeros; NULL: they will do */
        void (*done)(void *one);  /* what it holds; NULL: nothing */
        void (*save)(const void *one, struct buf *b);
        enum status (*load)(void *one, struct unpack *u, struct err *e);
};

struct table {
        void **at; /* by station index; NULL: none */
        uint32_t n;
};

void table_done(struct table *t, const struct table_kind *k);
/* NULL when it was never wanted. */
void *table_find(const struct table *t, uint32_t station);
/* ERR_MEMORY only; *ret stays where it is. */
enum status table_get(struct table *t, const struct table_kind *k,
                      uint32_t station, void **ret, struct err *e);

void table_save(const struct table *t, const struct table_kind *k,
                struct buf *out);
/* Into an empty one.  A snapshot that says nonsense sets u->failed. */
enum status table_load(struct table *t, const struct table_kind *k,
                       struct unpack *u, struct err *e);

#endif

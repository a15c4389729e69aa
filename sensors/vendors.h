/* sensors/vendors.h -- the vendors' SL 651 element tables that are in force.
 *
 * Holds:  at most VENDORS_MAX; a table of a known name takes its place.
 *         Stations name theirs (sl651_vendor); a name without a table is
 *         none.
 * Thread: one owner; pure. */
#ifndef SENSORS_VENDORS_H
#define SENSORS_VENDORS_H

#include "schemas/pack.h"
#include "schemas/wire/sl651_vendor.h"

#define VENDORS_MAX 32

struct vendors {
        struct sl651_vendor *at[VENDORS_MAX];
        uint32_t n;
};

void vendors_done(struct vendors *v);
/* Takes an import record: adds, replaces or (with "remove") takes away. */
enum status vendors_put(struct vendors *v, struct text body, struct err *e);
/* NULL: none of that name, or name is "". */
const struct sl651_vendor *vendors_find(const struct vendors *v,
                                        const char *name);

void vendors_save(const struct vendors *v, struct buf *b);
enum status vendors_load(struct vendors *v, struct unpack *u, struct err *e);

#endif

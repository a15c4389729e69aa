/* sensors/mapped.h -- the mappings of vendors' messages that are in force.
 *
 * Holds:  at most MAPPED_MAX, in the order in which they came; a mapping of
 *         a known name takes its place.  A snapshot keeps their text.
 * Thread: one owner; pure. */
#ifndef SENSORS_MAPPED_H
#define SENSORS_MAPPED_H

#include "schemas/pack.h"
#include "schemas/wire/mapping.h"

#define MAPPED_MAX 32

struct mapped {
        struct mapped_one {
                struct mapping mapping;
                char *body;
                size_t n_body;
        } at[MAPPED_MAX];
        uint32_t n;
        uint64_t changes; /* of this process; not in the snapshot */
};

void mapped_done(struct mapped *m);
/* Adds, replaces or (record with "remove") takes away. */
enum status mapped_put(struct mapped *m, struct text body, struct err *e);

/* Is there a mapping for that topic? */
bool mapped_is_for(const struct mapped *m, struct text topic);

void mapped_save(const struct mapped *m, struct buf *b);
enum status mapped_load(struct mapped *m, struct unpack *u, struct err *e);

#endif

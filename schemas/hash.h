/* schemas/hash.h -- where in a table a name is looked for: FNV-1a.
 *
 * Source: Fowler, Noll, Vo; the constants are theirs.  Not for secrets.
 * Thread: any; no state. */
#ifndef SCHEMAS_HASH_H
#define SCHEMAS_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "schemas/text.h"

/* What a hash begins with. */
#define HASH_32 UINT32_C(2166136261)
#define HASH_64 UINT64_C(14695981039346656037)

/* The hash h, and n more bytes. */
uint32_t hash_32_add(uint32_t h, const void *bytes, size_t n);
uint64_t hash_64_add(uint64_t h, const void *bytes, size_t n);

uint32_t hash_32(struct text t);

#endif

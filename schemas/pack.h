/* schemas/pack.h -- state to bytes and back, for snapshots.
 *
 * Little-endian fixed-width fields; texts carry a u32 length.  A writer is
 * a struct buf.  A reader stops at the first short read: `failed` becomes
 * true and every later read gives zero, so a loader checks once at the end
 * (and bounds every count with unpack_count). */
#ifndef SCHEMAS_PACK_H
#define SCHEMAS_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/buf.h"

void pack_u8(struct buf *b, uint8_t v);
void pack_u32(struct buf *b, uint32_t v);
void pack_u64(struct buf *b, uint64_t v);
void pack_i64(struct buf *b, int64_t v);
void pack_text(struct buf *b, struct text t);
void pack_str(struct buf *b, const char *s);

struct unpack {
        const char *p;
        size_t n;
        bool failed;
};

uint8_t unpack_u8(struct unpack *u);
uint32_t unpack_u32(struct unpack *u);
uint64_t unpack_u64(struct unpack *u);
int64_t unpack_i64(struct unpack *u);
/* Points into the reader's bytes. */
struct text unpack_text(struct unpack *u);
/* Into a fixed array; fails the reader when it does not fit. */
void unpack_str(struct unpack *u, char *dst, size_t cap);
/* A u32 count whose items take at least min_bytes each in what is left. */
uint32_t unpack_count(struct unpack *u, size_t min_bytes);

#endif

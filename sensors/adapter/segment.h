/* sensors/adapter/segment.h -- the journal's file format (docs/journal.md).
 *
 * A segment is "%020llu.seg", named by the lowest sequence it may hold:
 * a magic of 16 bytes, then records.  A record is, little-endian,
 *   u32 length   bytes after the check sum: 17 + body
 *   u32 crc      CRC-32C over the length and all that follows
 *   u64 sequence, u8 kind, i64 real time (microseconds UTC), body
 * What was preallocated and not written is zero; a length of zero is the
 * end for now.
 * Thread: any; no state. */
#ifndef SENSORS_ADAPTER_SEGMENT_H
#define SENSORS_ADAPTER_SEGMENT_H

#include "schemas/record.h"

#define SEGMENT_MAGIC "SANFANGJOURNAL1\n"
#define SEGMENT_MAGIC_BYTES 16u
#define SEGMENT_HEAD_BYTES 8u   /* length and check sum */
#define SEGMENT_FIXED_BYTES 17u /* sequence, kind, real time */
#define SEGMENT_OVERHEAD (SEGMENT_HEAD_BYTES + SEGMENT_FIXED_BYTES)
#define SEGMENT_NAME_MAX 32

/* One record's bytes into b (cleared first). */
void segment_encode(struct buf *b, uint64_t seq, enum record_kind kind,
                    int64_t real_us, struct text body_a, struct text body_b);

enum segment_found {
        SEGMENT_RECORD, /* good; *ret is filled and *ret_bytes taken */
        SEGMENT_END,    /* zeros, or nothing more */
        SEGMENT_SHORT,  /* more bytes are needed: *ret_bytes in all */
        SEGMENT_BAD     /* the length or the check sum does not fit */
};

/* The record at p, of which n bytes are at hand.  ret->body points into p. */
enum segment_found segment_decode(const char *p, size_t n, struct record *ret,
                                  size_t *ret_bytes);

void segment_name(char dst[SEGMENT_NAME_MAX], uint64_t first);
/* False when the name is not one of ours. */
bool segment_name_parse(const char *name, uint64_t *ret_first);

/* The first sequences of all segments of a directory, ascending; the
 * caller frees *ret.  ERR_IO when the directory cannot be read. */
enum status segment_list(int dir_fd, uint64_t **ret, size_t *ret_n,
                         struct err *e);

/* What a look through one whole segment finds. */
struct segment_scan {
        uint64_t records;
        uint64_t last_seq;   /* 0: no record */
        uint64_t good_bytes; /* up to the first damage or the end */
        uint64_t file_bytes;
        bool damaged;        /* bytes that are no record, not zero */
        bool good_after;     /* a good record follows the damage */
        uint64_t damage_seq; /* of the damaged record, as far as known */
        uint64_t last_after; /* highest sequence after the damage */
};

/* Reads a segment through.  ERR_CORRUPT only for a wrong magic; damage
 * inside is told in *ret.  visit (may be NULL) sees each good record in
 * order and may return false to stop. */
enum status segment_scan(int dir_fd, uint64_t first, struct segment_scan *ret,
                         bool (*visit)(void *self, const struct record *r,
                                       uint64_t offset),
                         void *self, struct err *e);

#endif

/* schemas/buf.h -- a growing byte buffer that remembers a failure.
 *
 * Holds:  after an allocation failed, or `limit` was passed, `failed` is
 *         true and further writes do nothing; check once at the end.
 * Thread: any; one owner. */
#ifndef SCHEMAS_BUF_H
#define SCHEMAS_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schemas/text.h"

struct buf {
        char *p;
        size_t n;
        size_t cap;
        size_t limit; /* 0: no limit */
        bool failed;
};

void buf_done(struct buf *b);
void buf_clear(struct buf *b);
/* Room for n more bytes, or NULL; does not change b->n. */
char *buf_room(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_text(struct buf *b, struct text t);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
/* Two digits a byte, lower case. */
void buf_hex(struct buf *b, const void *p, size_t n);
void buf_printf(struct buf *b, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));
struct text buf_as_text(const struct buf *b);

#endif

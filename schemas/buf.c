/* schemas/buf.c -- a growing byte buffer that remembers a failure. */
#include "schemas/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_done(struct buf *b)
{
        free(b->p);
        *b = (struct buf){.limit = b->limit};
}

void buf_clear(struct buf *b)
{
        b->n = 0;
        b->failed = false;
}

char *buf_room(struct buf *b, size_t n)
{
        size_t cap = b->cap ? b->cap : 256;
        char *p;

        if (b->failed || n > SIZE_MAX / 2 - b->n)
                goto fail;
        if (b->limit && b->n + n > b->limit)
                goto fail;
        if (b->n + n <= b->cap)
                return b->p + b->n;
        while (cap < b->n + n)
                cap *= 2;
        p = realloc(b->p, cap);
        if (!p)
                goto fail;
        b->p = p;
        b->cap = cap;
        return b->p + b->n;
fail:
        b->failed = true;
        return NULL;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
        char *to;

        if (n == 0)
                return;
        to = buf_room(b, n);
        if (!to)
                return;
        memcpy(to, p, n);
        b->n += n;
}

void buf_text(struct buf *b, struct text t)
{
        buf_add(b, t.p, t.n);
}

void buf_str(struct buf *b, const char *s)
{
        buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
        buf_add(b, &c, 1);
}

void buf_hex(struct buf *b, const void *p, size_t n)
{
        static const char digits[] = "0123456789abcdef";
        const unsigned char *from = p;
        char *to = buf_room(b, 2 * n);
        size_t i;

        for (i = 0; to && i < n; i++) {
                *to++ = digits[from[i] >> 4];
                *to++ = digits[from[i] & 15];
        }
        if (to)
                b->n += 2 * n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
        char tmp[512];
        va_list ap;
        char *to;
        int n;

        va_start(ap, fmt);
        n = vsnprintf(tmp, sizeof tmp, fmt, ap);
        va_end(ap);
        if (n < 0) {
                b->failed = true;
                return;
        }
        if ((size_t)n < sizeof tmp) {
                buf_add(b, tmp, (size_t)n);
                return;
        }
        to = buf_room(b, (size_t)n + 1);
        if (!to)
                return;
        va_start(ap, fmt);
        vsnprintf(to, (size_t)n + 1, fmt, ap);
        va_end(ap);
        b->n += (size_t)n;
}

struct text buf_as_text(const struct buf *b)
{
        return (struct text){b->p, b->n};
}

/* schemas/pack.c -- state to bytes and back, for snapshots. */
#include "schemas/pack.h"

#include <string.h>

static void put(struct buf *b, uint64_t v, int bytes)
{
        char raw[8];
        int i;

        for (i = 0; i < bytes; i++)
                raw[i] = (char)(v >> (8 * i));
        buf_add(b, raw, (size_t)bytes);
}

void pack_u8(struct buf *b, uint8_t v)
{
        put(b, v, 1);
}

void pack_u32(struct buf *b, uint32_t v)
{
        put(b, v, 4);
}

void pack_u64(struct buf *b, uint64_t v)
{
        put(b, v, 8);
}

void pack_i64(struct buf *b, int64_t v)
{
        put(b, (uint64_t)v, 8);
}

void pack_text(struct buf *b, struct text t)
{
        pack_u32(b, (uint32_t)t.n);
        buf_text(b, t);
}

void pack_str(struct buf *b, const char *s)
{
        pack_text(b, text_of(s));
}

static uint64_t get(struct unpack *u, size_t bytes)
{
        uint64_t v = 0;
        size_t i;

        if (u->failed || u->n < bytes) {
                u->failed = true;
                return 0;
        }
        for (i = 0; i < bytes; i++)
                v |= (uint64_t)(unsigned char)u->p[i] << (8 * i);
        u->p += bytes;
        u->n -= bytes;
        return v;
}

uint8_t unpack_u8(struct unpack *u)
{
        return (uint8_t)get(u, 1);
}

uint32_t unpack_u32(struct unpack *u)
{
        return (uint32_t)get(u, 4);
}

uint64_t unpack_u64(struct unpack *u)
{
        return get(u, 8);
}

int64_t unpack_i64(struct unpack *u)
{
        return (int64_t)get(u, 8);
}

struct text unpack_text(struct unpack *u)
{
        uint32_t n = unpack_u32(u);
        struct text t;

        if (u->failed || n > u->n) {
                u->failed = true;
                return (struct text){"", 0};
        }
        t = (struct text){u->p, n};
        u->p += n;
        u->n -= n;
        return t;
}

void unpack_str(struct unpack *u, char *dst, size_t cap)
{
        struct text t = unpack_text(u);

        if (!text_copy(dst, cap, t))
                u->failed = true;
}

uint32_t unpack_count(struct unpack *u, size_t min_bytes)
{
        uint32_t n = unpack_u32(u);

        if (u->failed || (min_bytes && n > u->n / min_bytes)) {
                u->failed = true;
                return 0;
        }
        return n;
}

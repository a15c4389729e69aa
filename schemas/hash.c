/* schemas/hash.c -- FNV-1a of 32 and 64 bits. */
#include "schemas/hash.h"

uint32_t hash_32_add(uint32_t h, const void *bytes, size_t n)
{
        const unsigned char *p = bytes;
        size_t i;

        for (i = 0; i < n; i++)
                h = (h ^ p[i]) * UINT32_C(16777619);
        return h;
}

uint64_t hash_64_add(uint64_t h, const void *bytes, size_t n)
{
        const unsigned char *p = bytes;
        size_t i;

        for (i = 0; i < n; i++)
                h = (h ^ p[i]) * UINT64_C(1099511628211);
        return h;
}

uint32_t hash_32(struct text t)
{
        return hash_32_add(HASH_32, t.p, t.n);
}

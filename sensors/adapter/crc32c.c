/* sensors/adapter/crc32c.c -- CRC-32C (Castagnoli), slice by eight. */
#include "sensors/adapter/crc32c.h"

#include <pthread.h>
#include <string.h>
#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

#ifdef __SSE4_2__

uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
        const uint8_t *s = p;
        uint64_t c = ~crc;
        uint64_t v;

        for (; n >= 8; n -= 8, s += 8) {
                memcpy(&v, s, 8);
                c = _mm_crc32_u64(c, v);
        }
        for (; n; n--)
                c = _mm_crc32_u8((uint32_t)c, *s++);
        return ~(uint32_t)c;
}

#else

static uint32_t table[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void build(void)
{
        uint32_t c;
        int i, k;

        for (i = 0; i < 256; i++) {
                c = (uint32_t)i;
                for (k = 0; k < 8; k++)
                        c = c & 1 ? c >> 1 ^ UINT32_C(0x82F63B78) : c >> 1;
                table[0][i] = c;
        }
        for (i = 0; i < 256; i++)
                for (k = 1; k < 8; k++)
                        table[k][i] = table[k - 1][i] >> 8 ^
                                      table[0][table[k - 1][i] & 255];
}

static uint32_t load32(const uint8_t *s)
{
        return (uint32_t)s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[2] << 16 |
               (uint32_t)s[3] << 24;
}

uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
        const uint8_t *s = p;
        uint32_t c = ~crc;
        uint32_t hi;

        pthread_once(&once, build);
        for (; n >= 8; n -= 8, s += 8) {
                c ^= load32(s);
                hi = load32(s + 4);
                c = table[7][c & 255] ^ table[6][c >> 8 & 255] ^
                    table[5][c >> 16 & 255] ^ table[4][c >> 24] ^
                    table[3][hi & 255] ^ table[2][hi >> 8 & 255] ^
                    table[1][hi >> 16 & 255] ^ table[0][hi >> 24];
        }
        for (; n; n--)
                c = c >> 8 ^ table[0][(c ^ *s++) & 255];
        return ~c;
}

#endif

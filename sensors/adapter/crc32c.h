/* sensors/adapter/crc32c.h -- CRC-32C (Castagnoli), slice by eight.
 *
 * Source: docs/formulas.md#crc-32c; RFC 3720 appendix B.4; the polynomial
 *         reflected is 0x82F63B78.
 * Thread: any; the table is built once by pthread_once. */
#ifndef SENSORS_ADAPTER_CRC32C_H
#define SENSORS_ADAPTER_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The sum over n bytes at p, carried on from crc (0 to begin). */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);

#endif

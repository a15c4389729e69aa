/* test/alerts/chance.h -- the same numbers by chance on every machine. */
#ifndef TEST_ALERTS_CHANCE_H
#define TEST_ALERTS_CHANCE_H

#include <stdint.h>

static uint32_t seed;

/* 0 to n - 1. */
static inline uint32_t chance(uint32_t n)
{
        seed = seed * 1664525u + 1013904223u;
        return (seed >> 8) % n;
}

#endif

/* server/mono.h -- milliseconds that never jump, for waits and deadlines. */
#ifndef SERVER_MONO_H
#define SERVER_MONO_H

#include <stdint.h>
#include <time.h>

static inline int64_t mono_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif

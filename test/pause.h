/* test/pause.h -- waiting, for tests of what has a thread of its own. */
#ifndef TEST_PAUSE_H
#define TEST_PAUSE_H

#include <time.h>

static inline void pause_ms(long ms)
{
        struct timespec t = {ms / 1000, ms % 1000 * 1000000};

        nanosleep(&t, NULL);
}

#endif

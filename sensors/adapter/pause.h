/* sensors/adapter/pause.h -- waiting a moment before trying again. */
#ifndef SENSORS_ADAPTER_PAUSE_H
#define SENSORS_ADAPTER_PAUSE_H

#include <time.h>

/* Less than a second. */
static inline void pause_ms(int ms)
{
        struct timespec t = {0, (long)ms * 1000000};

        nanosleep(&t, NULL);
}

#endif

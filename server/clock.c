/* server/clock.c -- engine time. */
#include "server/clock.h"

#include <time.h>

#include "schemas/time.h"

static int64_t now_us(clockid_t id)
{
        struct timespec ts;

        clock_gettime(id, &ts);
        return ts.tv_sec * SECOND_US + ts.tv_nsec / 1000;
}

int64_t clock_real_us(void)
{
        return now_us(CLOCK_REALTIME);
}

int64_t clock_mono_us(void)
{
        return now_us(CLOCK_MONOTONIC);
}

void clock_start(struct clock *c, bool storm, int64_t engine_us,
                 int64_t rate_milli)
{
        int64_t real = clock_real_us();

        c->storm = storm;
        c->base_mono_us = clock_mono_us();
        c->base_engine_us = storm && engine_us != TIME_NONE ? engine_us : real;
        c->rate_milli = storm ? rate_milli : 1000;
        c->last_tick_us = c->base_engine_us / SECOND_US * SECOND_US;
        if (!storm)
                c->last_tick_us -= SECOND_US;
}

void clock_set_rate(struct clock *c, int64_t rate_milli)
{
        if (!c->storm || rate_milli == c->rate_milli)
                return;
        c->base_engine_us = clock_engine_us(c);
        c->base_mono_us = clock_mono_us();
        c->rate_milli = rate_milli;
}

/* Wall mode follows the wall clock, but never backwards by a jump and
 * never faster than twice real time after one. */
static int64_t wall_engine_us(struct clock *c, int64_t mono)
{
        int64_t run = c->base_engine_us + (mono - c->base_mono_us);
        int64_t off = clock_real_us() - run;
        int64_t most = mono - c->base_mono_us;

        if (off > HOUR_US) /* the machine slept: windows move on at once */
                run += off;
        else if (off > 0)
                run += off < most ? off : most;
        else
                run -= -off < most / 2 ? -off : most / 2;
        c->base_engine_us = run;
        c->base_mono_us = mono;
        return run;
}

int64_t clock_engine_us(struct clock *c)
{
        int64_t mono = clock_mono_us();

        if (!c->storm)
                return wall_engine_us(c, mono);
        return c->base_engine_us +
               (mono - c->base_mono_us) / 1000 * c->rate_milli;
}

bool clock_next_tick(struct clock *c, int64_t *ret_engine_us)
{
        int64_t now = clock_engine_us(c), mono = clock_mono_us();
        bool stands = c->storm && c->rate_milli == 0;

        if (now - c->last_tick_us < SECOND_US &&
            (!stands || mono - c->told_mono_us < SECOND_US))
                return false;
        c->told_mono_us = mono;
        if (now - c->last_tick_us < SECOND_US) {
                *ret_engine_us = c->last_tick_us;
                return true;
        }
        if (!c->storm && now - c->last_tick_us > MINUTE_US)
                c->last_tick_us = now / SECOND_US * SECOND_US - SECOND_US;
        c->last_tick_us += SECOND_US;
        *ret_engine_us = c->last_tick_us;
        return true;
}

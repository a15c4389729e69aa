/* sensors/around.c -- a rain gauge against those around it.
 *
 * Dry while all around pour: it is blocked, or its line is broken.  Pours
 * alone: it is broken, or the cell is small; so this only marks.
 * Source: docs/quality.md#neighbour. */
#include "sensors/sensors_part.h"

#define PERIOD_US (10 * MINUTE_US) /* windows end on it */

/* The sum of a window that is known well enough; false when it is not. */
static bool known_sum(const struct sensors *s, uint32_t station, int64_t end_us,
                      int64_t window_us, int64_t *ret_milli)
{
        int64_t covered_us;

        *ret_milli =
                sensors_rain_sum(s, station, end_us, window_us, &covered_us);
        return covered_us * 10 >= window_us * 9;
}

/* True when the window says so; *ret_told when it could be judged. */
static bool apart(const struct sensors *s, uint32_t station,
                  const struct around *around, const struct check_window *w,
                  int64_t end_us, bool *ret_told)
{
        int64_t own, v, least = INT64_MAX, most = 0;
        uint32_t i, n = 0;

        if (!known_sum(s, station, end_us, w->window_us, &own))
                return false;
        for (i = 0; i < around->n; i++) {
                if (!known_sum(s, around->station[i], end_us, w->window_us, &v))
                        continue;
                n++;
                least = v < least ? v : least;
                most = v > most ? v : most;
        }
        if (n < s->checks.around_least)
                return false;
        *ret_told = true;
        return (own <= w->dry_milli && least >= w->wet_milli) ||
               (own >= w->pour_milli && most <= w->quiet_milli);
}

void sensors_around(struct sensors *s, uint32_t station,
                    const struct around *around, int64_t engine_us,
                    struct effects *fx)
{
        struct board_station *b =
                (struct board_station *)board_find(&s->board, station);
        int64_t end_us = (engine_us - AROUND_LAG_US) / PERIOD_US * PERIOD_US;
        struct station_change change = {station};
        bool told = false, is = false;
        uint32_t i, before;

        if (!b)
                return;
        before = b->marks;
        for (i = 0; i < s->checks.n_windows; i++)
                is |= apart(s, station, around, &s->checks.window[i], end_us,
                            &told);
        if (is)
                b->marks |= MARK_NEIGHBOUR;
        else if (told || s->checks.n_windows == 0)
                b->marks &= ~(uint32_t)MARK_NEIGHBOUR;
        if (b->marks != before)
                effects_push_station(fx, &change);
}

bool sensors_has_rain(const struct sensors *s, uint32_t station)
{
        const struct board_station *b = board_find(&s->board, station);

        return b && b->rain.n > 0;
}

uint32_t sensors_rain_marks(const struct sensors *s, uint32_t station)
{
        const struct board_station *b = board_find(&s->board, station);

        return b ? b->marks & (MARK_NEIGHBOUR | MARK_BATTERY) : 0;
}

void sensors_checks(struct sensors *s, const struct check_table *t)
{
        s->checks = *t;
}

const struct check_table *sensors_check_table(const struct sensors *s)
{
        return &s->checks;
}

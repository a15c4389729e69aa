/* server/archive_partition.c -- the days of observations are made ahead.
 *
 * Holds:  a partition is one Beijing day.  A time more than 62 days before
 *         it was received, or two after it, goes into the default one, so
 *         that a lying clock cannot make tables without end.
 * Thread: the archive's. */
#include "server/archive_inside.h"

#include <stdio.h>

#include "schemas/time.h"

#define BEIJING_US (8 * HOUR_US)
#define PAST_US (62 * DAY_US)
#define FUTURE_US (2 * DAY_US)
#define AHEAD 2 /* days made before they are needed */

static int64_t day_of(int64_t us)
{
        int64_t t = us + BEIJING_US;

        return t >= 0 ? t / DAY_US : (t - DAY_US + 1) / DAY_US;
}

static bool is_in(const int64_t *list, uint32_t n, int64_t day)
{
        uint32_t i;

        for (i = n; i > 0; i--)
                if (list[i - 1] == day)
                        return true;
        return false;
}

static void want(struct archive *a, int64_t day)
{
        if (a->n_days_wanted < DAYS_KNOWN && !is_in(a->day, a->n_days, day) &&
            !is_in(a->days_wanted, a->n_days_wanted, day))
                a->days_wanted[a->n_days_wanted++] = day;
}

void archive_partition_note(struct archive *a, const struct copy_row *row)
{
        int64_t day = day_of(row->time_us);
        int k;

        if (row->time_us < row->received_us - PAST_US ||
            row->time_us > row->received_us + FUTURE_US ||
            is_in(a->day, a->n_days, day))
                return;
        for (k = 0; k <= AHEAD; k++)
                want(a, day + k);
}

static void know(struct archive *a, int64_t day)
{
        if (a->n_days == DAYS_KNOWN)
                a->n_days = 0;
        a->day[a->n_days++] = day;
}

enum pg_outcome archive_partition_make(struct archive *a)
{
        enum pg_outcome o = PG_DONE;
        char text[40];
        const char *params[] = {text};
        uint32_t i;

        for (i = 0; i < a->n_days_wanted && (o == PG_DONE || o == PG_POISON);
             i++) {
                int64_t day = a->days_wanted[i];

                time_format_beijing(text, day * DAY_US - BEIJING_US);
                text[10] = '\0'; /* only the date */
                o = pg_run(a->pg, query_partition, 1, params);
                if (o == PG_DONE)
                        know(a, day);
        }
        a->n_days_wanted = 0;
        return o == PG_POISON ? PG_DONE : o;
}

void archive_partition_forget(struct archive *a)
{
        a->n_days = a->n_days_wanted = 0;
}

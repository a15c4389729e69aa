/* server/archive_bound.c -- tables that strangers can fill keep a size.
 *
 * Holds:  quarantine and poison keep their newest rows; how many stands in
 *         sanfang.bound, where what was dropped is counted.  Looked at once
 *         in bound_ms after such rows were written, in a transaction of its
 *         own.  What goes wrong waits for the next time.
 * Thread: the archive's. */
#include "server/archive_inside.h"

static void count(struct archive *a)
{
        int64_t n = 0;

        if (!text_to_i64(pg_value(a->pg, 0, 0), &n) || n <= 0)
                return;
        pthread_mutex_lock(&a->lock);
        a->status.rows_dropped += (uint64_t)n;
        pthread_mutex_unlock(&a->lock);
}

enum pg_outcome archive_bound(struct archive *a)
{
        int64_t now = mono_ms();
        enum pg_outcome o;

        if (a->rows[PUT_quarantine].n || a->poisoned)
                a->overfull = true;
        if (!a->overfull || now - a->bounded_ms < a->config.bound_ms)
                return PG_DONE;
        a->bounded_ms = now;
        o = pg_run(a->pg, "SELECT sanfang.keep_newest()", 0, NULL);
        if (o == PG_LOST)
                return o;
        if (o == PG_DONE) {
                a->overfull = false;
                count(a);
        } else {
                archive_set_error(a, pg_error(a->pg));
        }
        return PG_DONE;
}

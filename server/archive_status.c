/* server/archive_status.c -- what others see of the archive, and archive.pos,
 * the hint from which a start without PostgreSQL replays.
 *
 * Thread: any, under the lock; the hint is written by the archive's. */
#include "server/archive_inside.h"

#include <stdio.h>
#include <string.h>

#include "sensors/adapter/journal.h"

#define HINT_EVERY_MS 200

/* ---- what others see ---- */

void archive_tell(struct archive *a)
{
        if (a->config.notify)
                a->config.notify(a->config.self);
}

void archive_set_error(struct archive *a, const char *what)
{
        pthread_mutex_lock(&a->lock);
        snprintf(a->status.last_error, sizeof(a->status.last_error), "%s",
                 what);
        pthread_mutex_unlock(&a->lock);
}

void archive_set_up(struct archive *a, bool up)
{
        bool was;

        pthread_mutex_lock(&a->lock);
        was = a->status.up;
        a->status.up = up;
        pthread_mutex_unlock(&a->lock);
        if (was != up)
                archive_tell(a);
}

void archive_get_status(struct archive *a, struct archive_status *ret)
{
        struct queue_counts c;

        queue_get_counts(a->queue, &c);
        pthread_mutex_lock(&a->lock);
        *ret = a->status;
        pthread_mutex_unlock(&a->lock);
        ret->queued_rows = c.rows;
        ret->queued_bytes = c.bytes;
        ret->spilled_bytes = c.spilled_bytes;
        ret->overflow = c.over;
        if (c.over)
                snprintf(ret->last_error, sizeof(ret->last_error),
                         "the spill file could not be written and rows were "
                         "dropped: make room and start again, the journal "
                         "makes them again");
}

/* ---- the hint ---- */

uint64_t archive_position_hint(const char *dir)
{
        char path[512], line[32];
        struct text t = {line, 0};
        int64_t seq;
        FILE *f;

        snprintf(path, sizeof(path), "%s/archive.pos", dir);
        f = fopen(path, "re");
        if (!f)
                return 0;
        if (fgets(line, sizeof(line), f))
                t.n = strcspn(line, "\n");
        fclose(f);
        return text_to_i64(t, &seq) && seq > 0 ? (uint64_t)seq : 0;
}

/* A whole file or the old one; it is only a hint, so no fsync. */
void archive_write_hint(struct archive *a, bool now)
{
        char path[512], temp[520];
        FILE *f;
        bool good;

        if (a->hinted == a->position ||
            (!now && mono_ms() - a->hinted_ms < HINT_EVERY_MS))
                return;
        snprintf(path, sizeof(path), "%s/archive.pos", a->dir);
        snprintf(temp, sizeof(temp), "%s.tmp", path);
        f = fopen(temp, "we");
        if (!f)
                return;
        good = fprintf(f, "%llu\n", (unsigned long long)a->position) > 0;
        good = fclose(f) == 0 && good;
        if (good && rename(temp, path) == 0) {
                a->hinted = a->position;
                a->hinted_ms = mono_ms();
        }
}

uint64_t archive_lag_records(const struct archive_status *s, uint64_t seq)
{
        uint64_t lag = seq > s->position ? seq - s->position : 0;

        if (lag < JOURNAL_JUMP)
                return lag;
        lag %= JOURNAL_JUMP;
        return lag > s->queued_rows ? lag : s->queued_rows;
}

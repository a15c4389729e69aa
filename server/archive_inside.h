/* server/archive_inside.h -- what the files of the archive share; nobody
 * else's.
 *
 *   archive.c         connection, thread, create and free
 *   archive_batch.c   one batch is one transaction
 *   archive_bound.c   tables that strangers can fill keep a size
 *   archive_status.c  what others see, and the hint beside the journal
 *
 * Thread: the archive's, but for status under its lock. */
#ifndef SERVER_ARCHIVE_INSIDE_H
#define SERVER_ARCHIVE_INSIDE_H

#include <pthread.h>

#include "server/adapter/pg.h"
#include "server/archive.h"
#include "server/mono.h"
#include "server/query.h"
#include "server/queue.h"

/* One line of an entry, while its batch is on its way. */
struct row {
        struct text json;
        uint64_t seq;
};

struct rows {
        struct row *row;
        uint32_t n, cap;
};

struct archive {
        struct archive_config config;
        char *uri, *dir, *migrations;
        struct queue *queue;
        pthread_t thread;
        bool started;
        atomic_bool stop; /* no long waits any more */

        pthread_mutex_t lock; /* guards status */
        struct archive_status status;

        /* Only the thread: */
        struct pg *pg;
        struct entry *batch; /* taken, not yet committed */
        struct rows rows[PUT_count];
        struct rows unknown; /* lines that name no table of ours */
        struct buf put_sql[PUT_count];
        struct buf json;
        uint64_t position;          /* the database's */
        uint64_t known;             /* highest it ever told us, or the hint */
        bool gap_checked;           /* since the connection was made */
        uint32_t limit_rows;        /* halved while batches fail */
        uint64_t poisoned, written; /* in the running transaction */
        bool overfull;              /* rows that have a bound were written */
        int64_t bounded_ms;         /* when they were last cut */
        uint64_t hinted;
        int64_t hinted_ms;
};

/* ---- archive_status.c ---- */
void archive_tell(struct archive *a);
void archive_set_error(struct archive *a, const char *what);
void archive_set_up(struct archive *a, bool up);
/* now: even when the last one is fresh. */
void archive_write_hint(struct archive *a, bool now);

/* ---- archive_batch.c ---- */
/* The entries' lines by table, and the last sequence; false: no memory. */
bool archive_batch_sort(struct archive *a, uint64_t *ret_last);
/* Partitions are made ahead, each in a transaction of its own; what goes
 * wrong there only means that rows fall into the default partition. */
enum pg_outcome archive_batch_prepare(struct archive *a);
/* careful: with savepoints, so that wrong rows stand alone. */
enum pg_outcome archive_batch_transaction(struct archive *a, uint64_t last,
                                          bool careful);

/* ---- archive_bound.c ---- */
/* After a commit: cuts what is bounded, once in bound_ms. */
enum pg_outcome archive_bound(struct archive *a);

#endif

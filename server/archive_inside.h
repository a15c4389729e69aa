/* server/archive_inside.h -- what the files of the archive share; nobody
 * else's.
 *
 *   archive.c         connection, thread, create and free
 *   archive_batch.c   one batch is one transaction
 *   archive_copy.c    observations and rain slots go in by COPY
 *   archive_partition.c  the days of observations are made ahead
 *   archive_bound.c   tables that strangers can fill keep a size
 *   archive_line.c    an old primary is known by its timeline
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
#include "server/row_copy.h"

/* One row of an entry, while its batch is on its way. */
struct row {
        struct text bytes; /* JSON, or the tuple of a COPY */
        uint64_t seq;
};

/* Lists of rows: one for each table that takes JSON, in the order of
 * PUT_TABLES, then those that go in by COPY. */
enum list {
        LIST_fresh = PUT_count, /* observations, by row_kind */
        LIST_merge,
        LIST_revision,
        LIST_rain,
        LIST_count
};

/* How a transaction is tried: straight in, hoping that no key is there
 * already; through the staging tables, which bear that; the same with
 * savepoints, so that wrong rows stand alone. */
enum effort { EFFORT_FAST, EFFORT_STAGED, EFFORT_CAREFUL };

#define CHUNKS_MAX (1u << 20) /* bytes of chunks in one batch, about */
#define STAGE_BATCHES 20      /* so many are staged after a key was met */
#define DAYS_KNOWN 128        /* partitions that we need not ask for again */

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
        atomic_bool stop;      /* no long waits any more */
        _Atomic uint64_t safe; /* the journal's, on the disk */
        atomic_bool gap_stands;

        pthread_mutex_t lock; /* guards status */
        struct archive_status status;

        /* Only the thread: */
        struct pg *pg;
        struct entry *batch; /* taken, not yet committed */
        struct rows rows[LIST_count];
        struct rows unknown; /* lines that name no table of ours */
        struct buf chunks;   /* of the batch, for sanfang.rule_input */
        struct buf put_sql[PUT_count];
        struct buf bytes;    /* of the statement on its way */
        uint32_t stage_left; /* batches that are staged at once: keys met */
        int64_t day[DAYS_KNOWN], days_wanted[DAYS_KNOWN];
        uint32_t n_days, n_days_wanted;
        uint64_t position; /* the database's */
        uint64_t known;    /* highest it ever told us, or the hint */
        bool gap_checked;  /* since the connection was made */
        bool behind;       /* what the database lost is not at hand any more */
        char system[24];   /* identifier of the cluster; "" unknown */
        int64_t timeline;
        unsigned first_host;        /* of several, where to begin */
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

/* ---- archive_line.c ---- */
void archive_line_load(struct archive *a);
/* ERR_UNAVAILABLE for an old primary. */
enum status archive_line_check(struct archive *a, struct err *e);

/* ---- archive_batch.c ---- */
/* The entries' rows by table, and the last sequence; false: no memory. */
bool archive_batch_sort(struct archive *a, uint64_t *ret_last);
enum pg_outcome archive_batch_transaction(struct archive *a, uint64_t last,
                                          enum effort effort);

/* ---- archive_copy.c ---- */
/* Rows of one list, LIST_fresh and on. */
enum pg_outcome archive_copy_put(struct archive *a, enum list l,
                                 const struct row *r, uint32_t n, bool staged);
/* True when the failed transaction met a key that was there already: the
 * next ones are staged for a while. */
bool archive_copy_met_key(struct archive *a);

/* ---- archive_partition.c ---- */
void archive_partition_note(struct archive *a, const struct copy_row *row);
/* Makes what was noted, and two days ahead, each in a transaction of its
 * own; what goes wrong there only means that rows fall into the default
 * partition. */
enum pg_outcome archive_partition_make(struct archive *a);
void archive_partition_forget(struct archive *a);

/* ---- archive_bound.c ---- */
/* After a commit: cuts what is bounded, once in bound_ms. */
enum pg_outcome archive_bound(struct archive *a);

#endif

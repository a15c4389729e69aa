/* server/archive.h -- the archive: rows to PostGIS on a thread of its own.
 *
 * In:     per journal record the rows it made (server/row.h encodes them).
 * Out:    committed position; each commit calls notify.
 * Holds:  position and rows in one transaction (table sanfang.position),
 *         so a crash neither loses nor doubles; what comes again after a
 *         restart with a sequence at or below the position is dropped.
 *         While PostgreSQL is away rows wait in memory up to ram_bytes,
 *         then in a spill file under dir (thrown away at start: the
 *         journal makes it again).
 * Thread: archive_put from the loop, never waits; notify on its thread. */
#ifndef SERVER_ARCHIVE_H
#define SERVER_ARCHIVE_H

#include "schemas/buf.h"
#include "schemas/status.h"

struct archive;

struct archive_config {
        const char *uri; /* libpq connection string */
        const char *dir; /* state directory: spill file, archive.pos */
        const char *migrations_dir; /* schemas/sql or installed copy */
        size_t ram_bytes;           /* default 64 MiB */
        int batch_rows;             /* default 5000 */
        int batch_ms;               /* default 50 */
        int bound_ms; /* default 60 000: how often what is bounded in
                       * sanfang.bound is cut to its newest rows */
        void (*notify)(void *self); /* position or link changed */
        void *self;
};

enum status archive_create(const struct archive_config *c, struct archive **ret,
                           struct err *e);
/* Stops after what is queued is committed or, with PostgreSQL away, at
 * once; NULL is fine. */
void archive_free(struct archive *a);

/* The position known from dir/archive.pos: a lower bound of the truth,
 * so a start without PostgreSQL knows where to replay from. */
uint64_t archive_position_hint(const char *dir);

/* The journal's disk has it all up to seq; only that is committed. Without
 * a call: everything. Any thread. */
void archive_on_synced(struct archive *a, uint64_t seq);

/* The journal does not reach back to where the database is: what is missing
 * is noted in sanfang.gap instead of waiting for a start.  Any thread. */
void archive_let_gap_stand(struct archive *a);

/* Rows made by the record seq (may be empty: the position moves too). */
void archive_put(struct archive *a, uint64_t seq, struct text rows);

struct archive_status {
        bool up;           /* it takes rows; with a full disk it does not */
        uint64_t position; /* highest sequence committed */
        uint64_t queued_rows, queued_bytes, spilled_bytes;
        uint64_t rows_written, commits, poison_rows;
        uint64_t rows_dropped; /* of quarantine and poison, beyond bounds */
        uint64_t database_position_at_connect; /* to see an older database */
        bool gap;      /* the database is older than what we can make again */
        bool behind;   /* the database lost what we wrote (a standby that
                        * lagged was promoted, a backup came back): nothing
                        * more is written; a start makes it again */
        bool overflow; /* the spill file failed and rows were dropped: the
                        * position stays; after a start the journal makes
                        * them again */
        char last_error[256];
};
void archive_get_status(struct archive *a, struct archive_status *ret);

/* About how many records up to seq are not in PostGIS.  A sequence jumps by
 * a million after an unclean end; such a jump is not a million records. */
uint64_t archive_lag_records(const struct archive_status *s, uint64_t seq);

#endif

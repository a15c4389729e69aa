/* sensors/adapter/journal.h -- the journal: segments of numbered records.
 *
 * Format (docs/journal.md): a directory of segment files named by their
 * first sequence; each record is u32 length, u32 CRC-32C, u64 sequence,
 * u8 kind, i64 real time, body.  Written with write(2), fdatasync'ed in
 * groups.  Used by the server and by the station-side client alike.
 *
 * Thread: journal_append from any thread (it writes before it returns);
 * journal_submit from the loop (a writer thread writes); journal_drain
 * from the loop only; counters from any. */
#ifndef SENSORS_ADAPTER_JOURNAL_H
#define SENSORS_ADAPTER_JOURNAL_H

#include "schemas/record.h"
#include "sensors/adapter/journal_room.h"

struct journal;

/* How far the next sequence jumps after an unclean end. */
#define JOURNAL_JUMP UINT64_C(1000000)

struct journal_config {
        const char *dir;
        uint64_t segment_bytes;   /* default 64 MiB */
        uint64_t max_bytes;       /* all segments; default 8 GiB */
        uint64_t reserve_bytes;   /* of it for ticks, links, commands; a
                                   * quarter of it stays preallocated, so
                                   * that they go on when the disk is full */
        int64_t sync_interval_us; /* group fdatasync; default 5 ms */
        size_t queue_bytes;       /* records waiting for the loop; 32 MiB,
                                   * at least two of the largest */
        /* A writer without a loop (tools, stations): no queue, no threads;
         * journal_drain gives nothing, journal_submit writes at once, and
         * the caller says when to sync (journal_sync). */
        bool manual;
        /* Called on any thread when there is something to drain or the
         * synced sequence moved; must only wake the loop. May be NULL. */
        void (*wake)(void *self);
        void *self;
};

/* Takes the directory's lock, checks the segments, cuts a torn tail.
 * After an unclean end the next sequence is the last + 1,000,000.
 * ERR_CONFLICT when another process holds the lock. */
enum status journal_open(const struct journal_config *c, struct journal **ret,
                         struct err *e);
/* Writes what was submitted, syncs, marks the end clean. NULL is fine. */
void journal_close(struct journal *j);

/* Appends now; the record will also come out of journal_drain.  Waits
 * while the loop's queue is full, at most JOURNAL_WAIT_MS, so that a
 * caller can see that it should stop.  ERR_FULL / ERR_IO: not kept; the
 * caller retries and must not acknowledge.  ERR_SIZE: never fits. */
#define JOURNAL_WAIT_MS 200
enum status journal_append(struct journal *j, enum record_kind kind,
                           int64_t real_us, struct text body, uint64_t *ret_seq,
                           struct err *e);
/* A RECORD_MQTT, without building the body first. */
enum status journal_append_mqtt(struct journal *j, int64_t real_us,
                                struct text topic, struct text payload,
                                uint64_t *ret_seq, struct err *e);

/* From the loop: hands over a copy, never waits for the disk. ERR_FULL
 * when more than queue_bytes wait to be written.  Frames and values have a
 * quarter of that of their own, and wait in it while the journal has only
 * its reserve: ticks and commands go past them. */
enum status journal_submit(struct journal *j, enum record_kind kind,
                           int64_t real_us, struct text body, struct err *e);

/* The next written record in order, or false.  r->body stays valid until
 * the next call of journal_drain. */
bool journal_drain(struct journal *j, struct record *ret);

/* Everything appended so far is on the disk when this returns OK. */
enum status journal_sync(struct journal *j, struct err *e);

uint64_t journal_last_seq(const struct journal *j);   /* written */
uint64_t journal_synced_seq(const struct journal *j); /* on the disk */

struct journal_stats {
        uint64_t records, bytes, syncs, stalls;
        uint64_t disk_bytes; /* all segments now */
        uint64_t first_seq;  /* oldest kept */
        size_t queued_bytes;
        uint64_t limit_bytes; /* of disk_bytes, for messages */
        uint64_t room_bytes;  /* that messages may still take, disk included */
        uint64_t free_bytes;  /* of the disk; UINT64_MAX: not known */
        enum journal_level level;
        bool full; /* a caller is being held */
        char last_error[160];
};
void journal_get_stats(struct journal *j, struct journal_stats *ret);

/* Segments whose every record is below seq may go (the sync thread
 * deletes them; a manual journal does it here). */
void journal_retain(struct journal *j, uint64_t seq);

/* ---- reading: also while a writer writes, also without the lock ---- */

struct journal_reader;

/* Positioned before the first record with sequence >= from.
 * ERR_MISSING when older segments are gone (first kept > from > 0) */
enum status journal_reader_open(const char *dir, uint64_t from,
                                struct journal_reader **ret, struct err *e);
void journal_reader_close(struct journal_reader *r);
/* OK and a record (its body stays valid until the next call); ERR_TOO_FEW
 * at the end (try again later); ERR_CORRUPT names segment and offset. */
enum status journal_reader_next(struct journal_reader *r, struct record *ret,
                                struct err *e);
/* After ERR_CORRUPT: goes on at the next good record after the damage,
 * in this segment or the next. ERR_TOO_FEW when there is none yet. */
enum status journal_reader_skip(struct journal_reader *r, struct err *e);

#endif

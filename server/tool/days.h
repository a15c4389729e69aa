/* server/tool/days.h -- a folder of day files: a journal prepared for
 * back-tests, a file for each Beijing day of the engine's clock.
 *
 * DIR/2026-05-03.days: 8-byte magic, u32 CRC-32C of all behind it, u32
 * number of the file (0, 1, 2...), u64 sequence of the record before the
 * first; then the items of schemas/prepared.h.  DIR/snapshots holds the
 * state before the first file when that sequence is not 0. */
#ifndef SERVER_TOOL_DAYS_H
#define SERVER_TOOL_DAYS_H

#include "schemas/prepared.h"
#include "server/tool/replay_run.h"

/* ---- written ---- */

struct days_out {
        const char *dir;
        struct buf b; /* the day that is being made */
        struct prepared_out items;
        int64_t day; /* Beijing days since 1970; TIME_NONE: none yet */
        uint32_t n_files;
        uint64_t begin_seq, bytes, items_n;
        enum status st; /* of a write that failed */
        struct err why;
};

/* Makes the folder; ERR_CONFLICT when it holds day files already. */
enum status days_create(struct days_out *d, const char *dir, uint64_t begin_seq,
                        struct err *e);
/* Where the next item goes; the clock may open another day. */
struct prepared_out *days_at(struct days_out *d, int64_t engine_us);
/* Writes the last day and gives the memory back. */
enum status days_close(struct days_out *d, struct err *e);

/* The folder and the day files in it. */
void days_remove(const char *dir);

/* days_archive.c: all that the archive has of what the rules were given.
 * ERR_MISSING when it does not reach back to the first record. */
enum status days_from_archive(const char *uri, struct days_out *d,
                              struct err *e);

/* ---- run ---- */

/* As replay_run_upto(); each is called only after the first item, after
 * those that changed an alert, and once at the end with no effects. */
enum status days_run(const char *dir, struct text rules, uint64_t upto_seq,
                     replay_step *each, void *self, struct err *e);

#endif

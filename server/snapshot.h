/* server/snapshot.h -- state on disk, so that a start needs no PostgreSQL.
 *
 * Files STATE/snapshots/<sequence>.snap: 8-byte magic, u32 CRC-32C of the
 * rest, state bytes.  Kept are the two newest, the newest that is not
 * beyond the archive's position (a restart must make those rows again),
 * and one of each half million sequences that the journal still holds, so
 * that a replay has somewhere to begin. */
#ifndef SERVER_SNAPSHOT_H
#define SERVER_SNAPSHOT_H

#include "server/state.h"

/* Packs and writes the state at its sequence.  Waits for the disk. */
enum status snapshot_write(const char *state_dir, const struct state *s,
                           struct err *e);

/* Loads the newest good snapshot with sequence <= limit into *ret; a
 * damaged one is passed over (counted in *ret_damaged).  With none, a
 * fresh state. */
enum status snapshot_load(const char *state_dir, uint64_t limit,
                          struct state **ret, uint32_t *ret_damaged,
                          struct err *e);

/* The lowest good snapshot from which a journal that begins at first_seq
 * can go on; a fresh state when it begins at 1.  ERR_MISSING: none. */
enum status snapshot_load_first(const char *state_dir, uint64_t first_seq,
                                struct state **ret, struct err *e);

/* Removes what is not needed of a journal that begins at first_seq;
 * returns the sequence from which a restart needs the journal (0: from the
 * beginning). */
uint64_t snapshot_tidy(const char *state_dir, uint64_t archived_seq,
                       uint64_t first_seq);

#endif

/* server/snapshot.h -- state on disk, so that a start needs no PostgreSQL.
 *
 * Files STATE/snapshots/<sequence>.snap: 8-byte magic, u32 CRC-32C of the
 * rest, state bytes.  The two newest are kept, and the newest that is not
 * beyond the archive's position (a restart must make those rows again). */
#ifndef SERVER_SNAPSHOT_H
#define SERVER_SNAPSHOT_H

#include "server/state.h"

/* Writes the bytes of state_save; any thread. */
enum status snapshot_write(const char *state_dir, uint64_t seq,
                           struct text bytes, struct err *e);

/* Loads the newest good snapshot with sequence <= limit into *ret; a
 * damaged one is passed over (counted in *ret_damaged).  With none, a
 * fresh state. */
enum status snapshot_load(const char *state_dir, uint64_t limit,
                          struct state **ret, uint32_t *ret_damaged,
                          struct err *e);

/* Removes what is not needed; returns the oldest sequence still kept (0
 * when there is none): the journal must reach back to it. */
uint64_t snapshot_tidy(const char *state_dir, uint64_t archived_seq);

#endif

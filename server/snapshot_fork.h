/* server/snapshot_fork.h -- a snapshot while the loop goes on.
 *
 * The kernel keeps what the state was when the process was copied, page by
 * page as the loop writes on; the copy packs, writes and ends.
 * Holds:  the copy closes every file but the standard ones at once (a lock
 *         or a port must not outlive us in it), and dies with us.
 *         docs/decisions/0006-snapshots-by-fork.md says why and what it costs.
 * Thread: snapshot_fork on the loop, snapshot_wait on any other. */
#ifndef SERVER_SNAPSHOT_FORK_H
#define SERVER_SNAPSHOT_FORK_H

#include <sys/types.h>

#include "server/state.h"

/* ERR_UNAVAILABLE when the system gives no other process now. */
enum status snapshot_fork(const char *state_dir, const struct state *s,
                          pid_t *ret_pid, struct err *e);
/* Sleeps until it is written, or could not be. */
enum status snapshot_wait(pid_t pid, struct err *e);

#endif

/* server/recover.h -- from disk to a running state: the newest snapshot
 * that the archive has not left behind, then the journal after it. */
#ifndef SERVER_RECOVER_H
#define SERVER_RECOVER_H

#include "server/archive.h"
#include "server/state.h"

struct recovery {
        struct state *state; /* the caller owns it */
        uint64_t from_seq;   /* of the snapshot, 0 without one */
        uint64_t replayed;   /* records taken from the journal */
        uint32_t damaged;    /* snapshots passed over */
};

/* archive may be NULL (no rows wanted); else it is asked how far the
 * database is, and gets the rows after that again.  last_seq: of the
 * journal; 0 for who only looks: no picture becomes a file.  Progress is logged
 * each second. Thread: before the loop runs; waits at most 3 s for the
 * database. */
enum status recover(const char *state_dir, struct archive *archive,
                    uint64_t last_seq, struct recovery *ret, struct err *e);

#endif

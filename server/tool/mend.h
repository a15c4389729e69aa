/* server/tool/mend.h -- `sanfang restore --mend`: a state directory whose
 * snapshots are damaged gets those of a backup, and goes on with its own
 * journal.
 *
 * Holds:  the journal's own segments are never written over.  From the
 *         backup come the segments before them, and only where they join
 *         without a hole, so that nothing is passed over in silence.
 * Thread: any; waits for the disk. */
#ifndef SERVER_TOOL_MEND_H
#define SERVER_TOOL_MEND_H

#include <stdint.h>

#include "schemas/status.h"

struct mended {
        uint32_t snapshots, segments; /* that came from the backup */
        uint64_t from_seq;            /* the state it goes on from */
        uint64_t records;             /* behind it, to the journal's end */
};

/* The sums of the backup are checked before.  ERR_CONFLICT: the server
 * runs; ERR_MISSING: the two journals do not join, what is needed is said. */
enum status mend_state(const char *backup, const char *state_dir,
                       struct mended *ret, struct err *e);

#endif

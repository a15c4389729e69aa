/* server/migrate.h -- numbered forward-only migrations of the schema.
 *
 * In:     a folder of NNNN_name.sql, each one transaction.
 * Holds:  under an advisory lock; sanfang.migration says what was applied
 *         and its checksum.  A file that was changed after it was applied,
 *         or a database newer than this program, is refused.
 * Thread: any; waits. */
#ifndef SERVER_MIGRATE_H
#define SERVER_MIGRATE_H

#include "server/adapter/pg.h"

/* ERR_MISMATCH: a checksum differs, or the database is newer.  ERR_CONFIG:
 * the folder or a file in it is wrong.  ERR_UNAVAILABLE: PostgreSQL went
 * away or refused for now. */
enum status migrate(struct pg *p, const char *dir, int *ret_applied,
                    struct err *e);

#endif

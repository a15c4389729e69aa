/* server/tool/backup_set.h -- what a backup is: a folder.
 *
 *   SHA256SUMS     of all other files; `sha256sum -c SHA256SUMS` knows it
 *   about          key=value lines: version, when, sequences
 *   archive.pos    a position that the database has surely passed
 *   snapshots/     NNN.snap
 *   journal/       NNN.seg
 *   database.dump  pg_dump -Fc of schema sanfang, when --db was given
 * Thread: any; waits for the disk. */
#ifndef SERVER_TOOL_BACKUP_SET_H
#define SERVER_TOOL_BACKUP_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/status.h"

#define SET_SUMS "SHA256SUMS"
#define SET_DUMP "database.dump"

/* Copies one file and fsyncs it; *ret_gone when the source is not there
 * (any more), which is no error. */
enum status backup_set_copy(const char *from, const char *to, bool *ret_gone,
                            struct err *e);
/* Copies the files of a folder whose name ends so; what is there already
 * with the same size and not older is left.  A file that vanishes while
 * we copy is passed over.  A missing folder is an empty one. */
enum status backup_set_copy_folder(const char *from, const char *to,
                                   const char *ending, uint32_t *ret_n,
                                   struct err *e);
/* True when the folder is not there or holds nothing. */
bool backup_set_is_empty(const char *dir);

enum status backup_set_write_sums(const char *dir, struct err *e);
/* ERR_CORRUPT names the first file that differs or is missing. */
enum status backup_set_check_sums(const char *dir, uint32_t *ret_n,
                                  struct err *e);

/* Runs a program of PATH with our stdout and stderr; OK when it ended
 * with 0. */
enum status backup_set_run(char *const argv[], struct err *e);

#endif

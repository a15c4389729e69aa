/* server/file.h -- whole files, read and put in place at once. */
#ifndef SERVER_FILE_H
#define SERVER_FILE_H

#include "schemas/buf.h"
#include "schemas/status.h"

/* Appends the file to b (b->limit bounds it). */
enum status file_read(const char *path, struct buf *b, struct err *e);

/* Writes path.tmp, fsyncs it, renames it over path, fsyncs the folder. */
enum status file_replace(const char *path, struct text bytes, struct err *e);

/* Fsyncs the folder that path lies in: only then is the name of a file that
 * was made in it safe. */
enum status file_sync_folder(const char *path, struct err *e);

/* The first line without its end, as a C string. */
enum status file_first_line(const char *path, char *dst, size_t cap,
                            struct err *e);

/* mkdir -p, mode 0750. */
enum status file_make_dir(const char *path, struct err *e);

#endif

/* server/tool/import.h -- what the parts of `sanfang import` share. */
#ifndef SERVER_TOOL_IMPORT_H
#define SERVER_TOOL_IMPORT_H

#include <limits.h>

#include "schemas/place.h"

/* Reads a whole file of at most JSON_FILE_MAX. */
enum status import_file(const char *path, struct buf *b, struct err *e);

/* The zones of a file; with path NULL, of zones.geojson beside `beside`
 * when it is there (ret stays empty when it is not). */
enum status import_load_zones(const char *path, const char *beside,
                              struct places *ret, struct err *e);

/* argv[0] is "grid", "mapping", "sl323". */
int tool_import_grid(int argc, char **argv);
int tool_import_mapping(int argc, char **argv);
int tool_import_sl323(int argc, char **argv);

#endif

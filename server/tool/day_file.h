/* server/tool/day_file.h -- a day's folder, read. */
#ifndef SERVER_TOOL_DAY_FILE_H
#define SERVER_TOOL_DAY_FILE_H

#include "schemas/wire/day.h"

/* storm.json, and the hospitals of facilities.geojson when it is there. */
enum status day_file_read(const char *dir, struct day *ret, struct err *e);

#endif

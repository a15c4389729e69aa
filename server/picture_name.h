/* server/picture_name.h -- how a picture is called, in files and the API.
 *
 * The id is STATION.TIME.SEQUENCE (UTC, the journal record that completed
 * it), the file STATE/pictures/STATION/TIME.SEQUENCE.jpg: one says the
 * other, so that a picture is served also while PostgreSQL is down. */
#ifndef SERVER_PICTURE_NAME_H
#define SERVER_PICTURE_NAME_H

#include "schemas/effect.h"

#define PICTURE_ID_MAX 96
#define PICTURE_PATH_MAX 768

void picture_id(const char *station, const struct attachment *a,
                char dst[PICTURE_ID_MAX]);
/* False when it is no id: nothing else than its letters may come. */
bool picture_path(const char *state_dir, const char *id,
                  char dst[PICTURE_PATH_MAX]);

#endif

/* server/files.h -- static files kept in memory, sent with an ETag.
 *
 * Thread: the loop (small local files). */
#ifndef SERVER_FILES_H
#define SERVER_FILES_H

#include "server/http.h"

struct files;

struct files *files_create(void); /* NULL: no memory */
void files_free(struct files *f);
/* Sends a file with ETag; 404 when it is not there. */
void files_send(struct files *f, struct http_exchange *x, const char *path,
                const char *content_type);

#endif

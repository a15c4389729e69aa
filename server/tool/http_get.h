/* server/tool/http_get.h -- one GET over HTTP/1.1, for the clock. */
#ifndef SERVER_TOOL_HTTP_GET_H
#define SERVER_TOOL_HTTP_GET_H

#include "schemas/buf.h"
#include "schemas/status.h"

/* url is http://HOST[:PORT]/PATH.  OK and the body when the answer is 200;
 * ERR_UNAVAILABLE when nobody answers within wait_ms, or something else
 * than 200; ERR_CONFIG for another kind of address. */
enum status http_get(const char *url, int wait_ms, struct buf *body,
                     struct err *e);

#endif

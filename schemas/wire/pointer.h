/* schemas/wire/pointer.h -- JSON pointers (RFC 6901), with "*" for each
 * item of a list.
 *
 * Thread: any; no state. */
#ifndef SCHEMAS_WIRE_POINTER_H
#define SCHEMAS_WIRE_POINTER_H

#include "schemas/wire/json.h"

/* "" or "/a/0/b~1c"; at most one token "*", at most JSON_DEPTH tokens of
 * at most 63 bytes. */
enum status pointer_check(const char *path, struct err *e);
/* True when there is a "*": *ret_n bytes of path stand before its slash. */
bool pointer_star(const char *path, size_t *ret_n);
/* What the pointer names below `root`; NULL when it is not there.  With a
 * "*" the part behind it is looked for below `item`, one of the list. */
const struct json *pointer_find(const char *path, const struct json *root,
                                const struct json *item);

#endif

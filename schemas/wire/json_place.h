/* schemas/wire/json_place.h -- where in a file of JSON a value stands, for
 * people who have to find it.
 *
 * Thread: any; no state. */
#ifndef SCHEMAS_WIRE_JSON_PLACE_H
#define SCHEMAS_WIRE_JSON_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/text.h"

struct json_place {
        uint32_t line, column; /* from 1; columns count characters */
        struct text text;      /* the line, without its end */
};

/* Line and column of a byte. */
struct json_place json_place_of_byte(struct text json, size_t byte);

/* Where the value stands that a pointer names, such as
 * "/rules/3/lines/0/when"; of a text, its byte `inside` when its escapes
 * are undone.  json has passed json_parse().  False: there is none. */
bool json_place_of(struct text json, const char *pointer, uint32_t inside,
                   struct json_place *ret);

#endif

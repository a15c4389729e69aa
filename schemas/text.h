/* schemas/text.h -- text from outside is a pointer and a length. */
#ifndef SCHEMAS_TEXT_H
#define SCHEMAS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schemas/status.h"

struct text {
        const char *p;
        size_t n;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})

/* A text over a C string; NULL gives the empty text. */
struct text text_of(const char *s);

bool text_eq(struct text a, struct text b);
bool text_is(struct text a, const char *s);
bool text_starts(struct text a, const char *prefix);

/* True when all n bytes are well-formed UTF-8 without NUL, surrogates,
 * C0 controls other than tab, LF and CR, or code points past U+10FFFF. */
bool text_is_utf8(struct text t);

/* True for a code we accept as a name on the wire: 1..max characters of
 * [A-Za-z0-9_-], so that it is safe in topics, paths and logs. */
bool text_is_code(struct text t, size_t max);

/* Copies t into dst of size cap as a C string; false (dst empty) when it
 * does not fit or holds a NUL. */
bool text_copy(char *dst, size_t cap, struct text t);

/* Decimal integer, optional sign, all of t; false when anything else. */
bool text_to_i64(struct text t, int64_t *ret);

/* Decimal number with optional fraction, as thousandths, rounded half away
 * from zero; no exponent; false when out of range or anything else. */
bool text_to_milli(struct text t, int64_t *ret_milli);

/* Cuts the next piece up to sep off *rest; false when *rest was used up. */
bool text_cut(struct text *rest, char sep, struct text *ret_piece);

#endif

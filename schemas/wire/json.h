/* schemas/wire/json.h -- the strict gate in front of cJSON, and a writer.
 *
 * cJSON 1.7.15 takes infinities, duplicate keys, case twins, \u0000, bad
 * UTF-8 and trailing bytes.  json_parse checks every byte itself first, so
 * that cJSON only ever sees RFC 8259 text inside our limits.
 * Thread: any; a struct json belongs to one owner. */
#ifndef SCHEMAS_WIRE_JSON_H
#define SCHEMAS_WIRE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/buf.h"
#include "schemas/status.h"
#include "schemas/text.h"

#define JSON_DEPTH 16
#define JSON_MESSAGE_MAX 65536u   /* from stations and clients */
#define JSON_FILE_MAX (16u << 20) /* from an administrator's file */
#define JSON_KEYS_MAX 256         /* keys in one object */

struct json; /* a parsed value; opaque */

/* Parses all of t (at most max bytes).  Refuses: not UTF-8, a NUL or a raw
 * control character, \u0000, lone surrogates, deeper than JSON_DEPTH,
 * duplicate keys or keys equal but for case, numbers that are not finite
 * or of more than 40 characters, trailing bytes, a byte-order mark.
 * The message names the byte, or line and column when it is not the first
 * line, and the key where there is one. */
enum status json_parse(struct text t, size_t max, struct json **ret,
                       struct err *e);
void json_free(struct json *j);

bool json_is_object(const struct json *j);
bool json_is_array(const struct json *j);
bool json_is_text(const struct json *j);
bool json_is_number(const struct json *j);
bool json_is_null(const struct json *j);
bool json_is_bool(const struct json *j);

/* Member of an object, exact case; NULL when j is NULL, no object, or
 * there is no such key. */
const struct json *json_get(const struct json *j, const char *key);
size_t json_size(const struct json *j);
const struct json *json_first(const struct json *j); /* child or NULL */
const struct json *json_next(const struct json *j);  /* sibling or NULL */
struct text json_key(const struct json *j);

/* The value of a text; empty for anything else. */
struct text json_text(const struct json *j);
bool json_true(const struct json *j);
double json_double(const struct json *j);
/* A whole number within +-2^53; false for anything else. */
bool json_i64(const struct json *j, int64_t *ret);
/* A number as thousandths, rounded; false when not a number or too big. */
bool json_milli(const struct json *j, int64_t *ret_milli);

/* The value as JSON text again, without blanks; b->failed without memory. */
void json_print(const struct json *j, struct buf *b);

/* An object with no member but those of keys (ending with NULL): a word
 * that is misspelt would be left out in silence.  where: what the error
 * says it is. */
enum status json_known_keys(const struct json *j, const char *where,
                            const char *const *keys, struct err *e);

/* There, and not null. */
bool json_given(const struct json *j, const char *key);

/* Required members, each with an error that names the key. */
enum status json_need_text(const struct json *j, const char *key, char *dst,
                           size_t cap, struct err *e);
/* A code (text_is_code) into dst of CODE_MAX + 1 bytes. */
enum status json_need_code(const struct json *j, const char *key, char *dst,
                           struct err *e);
enum status json_need_time(const struct json *j, const char *key,
                           int64_t *ret_us, struct err *e);
enum status json_need_i64(const struct json *j, const char *key, int64_t *ret,
                          struct err *e);
/* Optional text: "" when absent or null; an error for another type or
 * when it does not fit. */
enum status json_opt_text(const struct json *j, const char *key, char *dst,
                          size_t cap, struct err *e);

/* ---- writing: commas are put where they belong ---- */

struct json_out {
        struct buf *b;
        bool comma;
};

struct json_out json_out(struct buf *b);
void json_open(struct json_out *o, const char *key); /* { ; key or NULL */
void json_close(struct json_out *o);                 /* } */
void json_open_array(struct json_out *o, const char *key);
void json_close_array(struct json_out *o);
void json_put_text(struct json_out *o, const char *key, struct text t);
void json_put_str(struct json_out *o, const char *key, const char *s);
void json_put_i64(struct json_out *o, const char *key, int64_t v);
void json_put_u64(struct json_out *o, const char *key, uint64_t v);
void json_put_bool(struct json_out *o, const char *key, bool v);
void json_put_null(struct json_out *o, const char *key);
/* Bytes as json_put_bytes() has them; null for NULL and "". */
void json_put_words(struct json_out *o, const char *key, const char *s);
/* Thousandths as a decimal number without trailing zeros: 500 -> 0.5 */
void json_put_milli(struct json_out *o, const char *key, int64_t milli);
/* Degrees with 6 decimals. */
void json_put_degree(struct json_out *o, const char *key, double v);
/* RFC 3339 with +08:00; null for TIME_NONE. */
void json_put_time(struct json_out *o, const char *key, int64_t us);
/* JSON text that is already well formed. */
void json_put_raw(struct json_out *o, const char *key, struct text t);
/* Text that may hold any bytes: what is not UTF-8 becomes U+FFFD. */
void json_put_bytes(struct json_out *o, const char *key, struct text t);
/* Bytes as PostgreSQL reads a bytea: "\x0a1b". */
void json_put_hex(struct json_out *o, const char *key, struct text t);

#endif

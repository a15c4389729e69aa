/* schemas/wire/json.c -- the strict gate in front of cJSON: reading.
 *
 * The gate is a recursive-descent check of RFC 8259 with our limits; its
 * depth is bounded by JSON_DEPTH.  cJSON then builds the tree. */
#include "schemas/wire/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/place.h"
#include "schemas/time.h"
#include "schemas/wire/json_place.h"

struct gate {
        const char *p;
        size_t n;
        size_t i;
        int depth;
        struct err *e;
};

static enum status value(struct gate *g);

static enum status refuse(struct gate *g, enum status code, const char *what)
{
        struct json_place at =
                json_place_of_byte((struct text){g->p, g->n}, g->i);

        if (at.line > 1)
                err_set(g->e, code, "%s at line %u, column %u", what, at.line,
                        at.column);
        else
                err_set(g->e, code, "%s at byte %zu", what, g->i);
        err_place(g->e, at.line, at.column);
        return err_fault(g->e, code, FAULT_JSON);
}

static void space(struct gate *g)
{
        while (g->i < g->n && strchr(" \t\r\n", g->p[g->i]) && g->p[g->i])
                g->i++;
}

static bool hex4(struct gate *g, unsigned *ret)
{
        unsigned v = 0;
        int k;

        for (k = 0; k < 4; k++, g->i++) {
                char c = g->i < g->n ? g->p[g->i] : 0;

                if (c >= '0' && c <= '9')
                        v = v * 16 + (unsigned)(c - '0');
                else if (c >= 'a' && c <= 'f')
                        v = v * 16 + (unsigned)(c - 'a' + 10);
                else if (c >= 'A' && c <= 'F')
                        v = v * 16 + (unsigned)(c - 'A' + 10);
                else
                        return false;
        }
        *ret = v;
        return true;
}

/* After "\u": no NUL, no lone surrogate. */
static enum status escape_u(struct gate *g)
{
        unsigned high, low;

        if (!hex4(g, &high))
                return refuse(g, ERR_SYNTAX, "bad \\u escape");
        if (high == 0)
                return refuse(g, ERR_SYNTAX, "\\u0000 in a text");
        if (high >= 0xDC00 && high <= 0xDFFF)
                return refuse(g, ERR_UTF8, "lone surrogate");
        if (high < 0xD800 || high > 0xDBFF)
                return OK;
        if (g->i + 1 >= g->n || g->p[g->i] != '\\' || g->p[g->i + 1] != 'u')
                return refuse(g, ERR_UTF8, "lone surrogate");
        g->i += 2;
        if (!hex4(g, &low) || low < 0xDC00 || low > 0xDFFF)
                return refuse(g, ERR_UTF8, "lone surrogate");
        return OK;
}

static enum status string(struct gate *g)
{
        enum status st;

        g->i++;
        while (g->i < g->n) {
                unsigned char c = (unsigned char)g->p[g->i];

                if (c == '"') {
                        g->i++;
                        return OK;
                }
                if (c < 0x20)
                        return refuse(g, ERR_SYNTAX, "control character");
                g->i++;
                if (c != '\\')
                        continue;
                c = g->i < g->n ? (unsigned char)g->p[g->i] : 0;
                if (c == 0 || !strchr("\"\\/bfnrtu", c))
                        return refuse(g, ERR_SYNTAX, "bad escape");
                g->i++;
                st = c == 'u' ? escape_u(g) : OK;
                if (st != OK)
                        return st;
        }
        return refuse(g, ERR_SYNTAX, "text without end");
}

static size_t digits(struct gate *g)
{
        size_t start = g->i;

        while (g->i < g->n && g->p[g->i] >= '0' && g->p[g->i] <= '9')
                g->i++;
        return g->i - start;
}

static enum status number(struct gate *g)
{
        size_t start = g->i;
        char text[48];

        if (g->p[g->i] == '-')
                g->i++;
        if (g->i < g->n && g->p[g->i] == '0')
                g->i++;
        else if (digits(g) == 0)
                return refuse(g, ERR_SYNTAX, "not a value");
        if (g->i < g->n && g->p[g->i] == '.') {
                g->i++;
                if (digits(g) == 0)
                        return refuse(g, ERR_SYNTAX, "bad number");
        }
        if (g->i < g->n && (g->p[g->i] == 'e' || g->p[g->i] == 'E')) {
                g->i++;
                if (g->i < g->n && (g->p[g->i] == '+' || g->p[g->i] == '-'))
                        g->i++;
                if (digits(g) == 0)
                        return refuse(g, ERR_SYNTAX, "bad number");
        }
        if (g->i - start > 40)
                return refuse(g, ERR_NUMBER, "number too long");
        memcpy(text, g->p + start, g->i - start);
        text[g->i - start] = '\0';
        if (!isfinite(strtod(text, NULL)))
                return refuse(g, ERR_NUMBER, "number not finite");
        return OK;
}

static enum status word(struct gate *g)
{
        static const char *const words[] = {"true", "false", "null"};
        size_t k, n;

        for (k = 0; k < 3; k++) {
                n = strlen(words[k]);
                if (g->n - g->i >= n && !memcmp(g->p + g->i, words[k], n)) {
                        g->i += n;
                        return OK;
                }
        }
        return refuse(g, ERR_SYNTAX, "not a value");
}

static enum status array(struct gate *g)
{
        enum status st;

        g->i++;
        space(g);
        if (g->i < g->n && g->p[g->i] == ']') {
                g->i++;
                return OK;
        }
        for (;;) {
                st = value(g);
                if (st != OK)
                        return st;
                space(g);
                if (g->i >= g->n)
                        return refuse(g, ERR_SYNTAX, "array without end");
                if (g->p[g->i] == ']') {
                        g->i++;
                        return OK;
                }
                if (g->p[g->i++] != ',')
                        return refuse(g, ERR_SYNTAX, "comma missing");
        }
}

static enum status member(struct gate *g)
{
        enum status st;

        space(g);
        if (g->i >= g->n || g->p[g->i] != '"')
                return refuse(g, ERR_SYNTAX, "key missing");
        st = string(g);
        if (st != OK)
                return st;
        space(g);
        if (g->i >= g->n || g->p[g->i] != ':')
                return refuse(g, ERR_SYNTAX, "colon missing");
        g->i++;
        return value(g);
}

static enum status object(struct gate *g)
{
        enum status st;
        int keys = 0;

        g->i++;
        space(g);
        if (g->i < g->n && g->p[g->i] == '}') {
                g->i++;
                return OK;
        }
        for (;;) {
                if (++keys > JSON_KEYS_MAX)
                        return refuse(g, ERR_SIZE, "too many keys");
                st = member(g);
                if (st != OK)
                        return st;
                space(g);
                if (g->i >= g->n)
                        return refuse(g, ERR_SYNTAX, "object without end");
                if (g->p[g->i] == '}') {
                        g->i++;
                        return OK;
                }
                if (g->p[g->i++] != ',')
                        return refuse(g, ERR_SYNTAX, "comma missing");
        }
}

static enum status value(struct gate *g)
{
        enum status st;

        space(g);
        if (g->i >= g->n)
                return refuse(g, ERR_SYNTAX, "value missing");
        if (g->p[g->i] == '"')
                return string(g);
        if (g->p[g->i] != '{' && g->p[g->i] != '[')
                return strchr("tfn", g->p[g->i]) && g->p[g->i] ? word(g)
                                                               : number(g);
        if (++g->depth > JSON_DEPTH)
                return refuse(g, ERR_DEPTH, "nested too deep");
        st = g->p[g->i] == '{' ? object(g) : array(g);
        g->depth--;
        return st;
}

/* Escapes are undone by then, so "a" and "\u0061" are seen as twins. */
static enum status no_twins(const cJSON *c, struct err *e)
{
        const cJSON *a, *b;
        enum status st;

        cJSON_ArrayForEach(a, c)
        {
                for (b = a->next; cJSON_IsObject(c) && b; b = b->next)
                        if (strcasecmp(a->string, b->string) == 0)
                                return err_set(e, ERR_DUPLICATE,
                                               "key \"%.60s\" stands twice",
                                               b->string);
                st = no_twins(a, e);
                if (st != OK)
                        return st;
        }
        return OK;
}

enum status json_parse(struct text t, size_t max, struct json **ret,
                       struct err *e)
{
        struct gate g = {t.p, t.n, 0, 0, e};
        enum status st;
        cJSON *c;

        if (t.n > max)
                return err_set(e, ERR_SIZE, "%zu bytes, at most %zu", t.n, max);
        if (!text_is_utf8(t))
                return err_set(e, ERR_UTF8, "not valid UTF-8");
        st = value(&g);
        if (st != OK)
                return st;
        space(&g);
        if (g.i != g.n)
                return refuse(&g, ERR_SYNTAX, "bytes after the value");
        c = cJSON_ParseWithLength(t.p, t.n);
        if (!c)
                return err_set(e, ERR_MEMORY, "no tree for %zu bytes", t.n);
        st = no_twins(c, e);
        if (st != OK) {
                cJSON_Delete(c);
                return st;
        }
        *ret = (struct json *)c;
        return OK;
}

void json_free(struct json *j)
{
        cJSON_Delete((cJSON *)j);
}

static const cJSON *in(const struct json *j)
{
        return (const cJSON *)j;
}

bool json_is_object(const struct json *j)
{
        return cJSON_IsObject(in(j));
}

bool json_is_array(const struct json *j)
{
        return cJSON_IsArray(in(j));
}

bool json_is_text(const struct json *j)
{
        return cJSON_IsString(in(j));
}

bool json_is_number(const struct json *j)
{
        return cJSON_IsNumber(in(j));
}

bool json_is_null(const struct json *j)
{
        return cJSON_IsNull(in(j));
}

bool json_is_bool(const struct json *j)
{
        return cJSON_IsBool(in(j));
}

const struct json *json_get(const struct json *j, const char *key)
{
        if (!json_is_object(j))
                return NULL;
        return (const struct json *)cJSON_GetObjectItemCaseSensitive(in(j),
                                                                     key);
}

void json_print(const struct json *j, struct buf *b)
{
        char *s = j ? cJSON_PrintUnformatted(in(j)) : NULL;

        if (s)
                buf_str(b, s);
        else
                b->failed = true;
        cJSON_free(s);
}

size_t json_size(const struct json *j)
{
        return j ? (size_t)cJSON_GetArraySize(in(j)) : 0;
}

const struct json *json_first(const struct json *j)
{
        return j ? (const struct json *)in(j)->child : NULL;
}

const struct json *json_next(const struct json *j)
{
        return j ? (const struct json *)in(j)->next : NULL;
}

struct text json_key(const struct json *j)
{
        return j && in(j)->string ? text_of(in(j)->string) : TEXT("");
}

struct text json_text(const struct json *j)
{
        return json_is_text(j) ? text_of(in(j)->valuestring) : TEXT("");
}

bool json_true(const struct json *j)
{
        return cJSON_IsTrue(in(j));
}

double json_double(const struct json *j)
{
        return json_is_number(j) ? in(j)->valuedouble : 0;
}

bool json_i64(const struct json *j, int64_t *ret)
{
        double v = json_double(j);

        if (!json_is_number(j) || v != floor(v) || fabs(v) > 9007199254740992.0)
                return false;
        *ret = (int64_t)v;
        return true;
}

bool json_milli(const struct json *j, int64_t *ret_milli)
{
        double v = json_double(j);

        if (!json_is_number(j) || fabs(v) > 9e12)
                return false;
        *ret_milli = llround(v * 1000.0);
        return true;
}

enum status json_need_text(const struct json *j, const char *key, char *dst,
                           size_t cap, struct err *e)
{
        const struct json *v = json_get(j, key);

        if (!v)
                return err_set(e, ERR_MISSING, "\"%s\" is missing", key);
        if (!json_is_text(v))
                return err_set(e, ERR_TYPE, "\"%s\" must be a text", key);
        if (!text_copy(dst, cap, json_text(v)))
                return err_set(e, ERR_SIZE, "\"%s\" is longer than %zu bytes",
                               key, cap - 1);
        return OK;
}

enum status json_need_code(const struct json *j, const char *key, char *dst,
                           struct err *e)
{
        enum status st = json_need_text(j, key, dst, CODE_MAX + 1, e);

        if (st == OK && !text_is_code(text_of(dst), CODE_MAX))
                st = err_set(e, ERR_SYNTAX,
                             "\"%s\" is no code of letters, digits, '-', '_'",
                             key);
        return st;
}

bool json_given(const struct json *j, const char *key)
{
        const struct json *v = json_get(j, key);

        return v && !json_is_null(v);
}

enum status json_opt_text(const struct json *j, const char *key, char *dst,
                          size_t cap, struct err *e)
{
        const struct json *v = json_get(j, key);

        if (!v || json_is_null(v)) {
                dst[0] = '\0';
                return OK;
        }
        return json_need_text(j, key, dst, cap, e);
}

enum status json_need_time(const struct json *j, const char *key,
                           int64_t *ret_us, struct err *e)
{
        const struct json *v = json_get(j, key);

        if (!v)
                return err_set(e, ERR_MISSING, "\"%s\" is missing", key);
        if (!json_is_text(v))
                return err_set(e, ERR_TYPE, "\"%s\" must be a text", key);
        if (!time_parse(json_text(v), ret_us))
                return err_set(e, ERR_TIME,
                               "\"%s\" is \"%.40s\", want "
                               "2023-10-20T03:00:00+08:00",
                               key, json_text(v).p);
        return OK;
}

enum status json_known_keys(const struct json *j, const char *where,
                            const char *const *keys, struct err *e)
{
        const struct json *v;
        size_t i;

        if (!json_is_object(j))
                return err_set(e, ERR_TYPE, "%s must be an object", where);
        for (v = json_first(j); v; v = json_next(v)) {
                for (i = 0; keys[i]; i++)
                        if (text_is(json_key(v), keys[i]))
                                break;
                if (!keys[i])
                        return err_set(e, ERR_UNKNOWN,
                                       "%s: there is no member \"%.40s\"",
                                       where, json_key(v).p);
        }
        return OK;
}

enum status json_need_i64(const struct json *j, const char *key, int64_t *ret,
                          struct err *e)
{
        const struct json *v = json_get(j, key);

        if (!v)
                return err_set(e, ERR_MISSING, "\"%s\" is missing", key);
        if (!json_i64(v, ret))
                return err_set(e, ERR_TYPE, "\"%s\" must be a whole number",
                               key);
        return OK;
}

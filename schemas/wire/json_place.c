/* schemas/wire/json_place.c -- a walk over JSON that is known to be right. */
#include "schemas/wire/json_place.h"

#include <stdlib.h>
#include <string.h>

struct json_place json_place_of_byte(struct text json, size_t byte)
{
        struct json_place ret = {1, 1, {json.p, 0}};
        size_t i, begin = 0;

        if (byte > json.n)
                byte = json.n;
        for (i = 0; i < byte; i++)
                if (json.p[i] == '\n') {
                        ret.line++;
                        begin = i + 1;
                }
        for (i = begin; i < byte; i++)
                ret.column += ((unsigned char)json.p[i] & 0xC0) != 0x80;
        for (i = begin; i < json.n && json.p[i] != '\n' && json.p[i] != '\r';)
                i++;
        ret.text = (struct text){json.p + begin, i - begin};
        return ret;
}

static size_t blanks(struct text t, size_t i)
{
        while (i < t.n && (t.p[i] == ' ' || t.p[i] == '\t' || t.p[i] == '\n' ||
                           t.p[i] == '\r' || t.p[i] == ',' || t.p[i] == ':'))
                i++;
        return i;
}

static size_t skip_text(struct text t, size_t i)
{
        for (i++; i < t.n && t.p[i] != '"'; i++)
                if (t.p[i] == '\\')
                        i++;
        return i + 1;
}

/* Behind the value that begins at i. */
static size_t skip_value(struct text t, size_t i)
{
        int depth = 0;

        for (; i < t.n; i++) {
                char c = t.p[i];

                if (c == '"')
                        i = skip_text(t, i) - 1;
                else if (c == '{' || c == '[')
                        depth++;
                else if (c == '}' || c == ']')
                        depth--;
                else if (depth == 0 && !strchr(" \t\r\n,:", c))
                        continue; /* within a number or a word */
                if (depth < 0)
                        return i;
                if (depth == 0)
                        return c == '"' || c == '}' || c == ']' ? i + 1 : i;
        }
        return i;
}

/* The member of an object, or the item of a list, that begins at i. */
static bool find_in(struct text t, size_t i, struct text token, size_t *ret)
{
        bool object = i < t.n && t.p[i] == '{';
        int64_t wanted = 0, k;

        if (i >= t.n || (!object && t.p[i] != '['))
                return false;
        if (!object && !text_to_i64(token, &wanted))
                return false;
        i = blanks(t, i + 1);
        for (k = 0; i < t.n && t.p[i] != '}' && t.p[i] != ']'; k++) {
                struct text key = {NULL, 0};
                size_t end;

                if (object) {
                        end = skip_text(t, i);
                        key = (struct text){t.p + i + 1, end - i - 2};
                        i = blanks(t, end);
                }
                if (object ? text_eq(key, token) : k == wanted) {
                        *ret = i;
                        return true;
                }
                i = blanks(t, skip_value(t, i));
        }
        return false;
}

/* The byte of the file that became byte `inside` of the text at i. */
static size_t inside_of(struct text t, size_t i, uint32_t inside)
{
        uint32_t made = 0;

        for (i++; i < t.n && t.p[i] != '"' && made < inside; made++) {
                if (t.p[i] != '\\') {
                        i++;
                        continue;
                }
                if (i + 1 < t.n && t.p[i + 1] == 'u') {
                        char hex[5] = {0};
                        long v;

                        if (t.n - i < 6)
                                break;
                        memcpy(hex, t.p + i + 2, 4);
                        v = strtol(hex, NULL, 16);
                        made += v < 0x80 ? 0 : v < 0x800 ? 1 : 2;
                        i += 6;
                } else {
                        i += 2;
                }
        }
        return i;
}

bool json_place_of(struct text json, const char *pointer, uint32_t inside,
                   struct json_place *ret)
{
        struct text rest = text_of(pointer), token;
        size_t i = blanks(json, 0);

        text_cut(&rest, '/', &token); /* before the first slash */
        while (rest.n && text_cut(&rest, '/', &token))
                if (!find_in(json, i, token, &i))
                        return false;
        if (i < json.n && json.p[i] == '"')
                i = inside_of(json, i, inside);
        *ret = json_place_of_byte(json, i);
        return true;
}

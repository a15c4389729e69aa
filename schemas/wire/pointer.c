/* schemas/wire/pointer.c -- JSON pointers (RFC 6901). */
#include "schemas/wire/pointer.h"

#include <string.h>

#define TOKEN_MAX 63

/* The next token, unescaped, of what begins with '/'; false at the end. */
static bool next_token(const char **at, char token[TOKEN_MAX + 1])
{
        size_t n = 0;
        const char *p = *at;

        if (*p != '/')
                return false;
        for (p++; *p && *p != '/'; p++) {
                char c = *p;

                if (c == '~' && (p[1] == '0' || p[1] == '1'))
                        c = *++p == '0' ? '~' : '/';
                if (n < TOKEN_MAX)
                        token[n++] = c;
        }
        token[n] = '\0';
        *at = p;
        return true;
}

bool pointer_star(const char *path, size_t *ret_n)
{
        const char *p = path;

        while ((p = strstr(p, "/*"))) {
                if (p[2] == '\0' || p[2] == '/') {
                        *ret_n = (size_t)(p - path);
                        return true;
                }
                p += 2;
        }
        return false;
}

enum status pointer_check(const char *path, struct err *e)
{
        const char *p;
        size_t n = 0, tokens = 0, before;

        if (*path && *path != '/')
                return err_set(e, ERR_SYNTAX,
                               "pointer \"%s\" must begin with \"/\"", path);
        for (p = path; *p; p++) {
                if (*p == '/') {
                        tokens++;
                        n = 0;
                        continue;
                }
                if (*p == '~' && p[1] != '0' && p[1] != '1')
                        return err_set(e, ERR_SYNTAX,
                                       "pointer \"%s\": \"~\" must be "
                                       "followed by 0 or 1",
                                       path);
                if (++n > TOKEN_MAX)
                        return err_set(e, ERR_SIZE,
                                       "pointer \"%s\": a name is longer "
                                       "than %d bytes",
                                       path, TOKEN_MAX);
        }
        if (tokens > JSON_DEPTH)
                return err_set(e, ERR_DEPTH,
                               "pointer \"%s\" has more than %d levels", path,
                               JSON_DEPTH);
        if (pointer_star(path, &before) &&
            pointer_star(path + before + 2, &before))
                return err_set(e, ERR_UNSUPPORTED,
                               "pointer \"%s\" has more than one \"*\"", path);
        return OK;
}

static const struct json *item_of(const struct json *list, const char *token)
{
        const struct json *v = json_first(list);
        int64_t index;

        if ((token[0] == '0' && token[1]) || token[0] == '-' ||
            token[0] == '+' || !text_to_i64(text_of(token), &index))
                return NULL;
        while (v && index-- > 0)
                v = json_next(v);
        return v;
}

static const struct json *walk(const char *path, const struct json *j)
{
        char token[TOKEN_MAX + 1];

        while (j && next_token(&path, token))
                j = json_is_array(j) ? item_of(j, token) : json_get(j, token);
        return j;
}

const struct json *pointer_find(const char *path, const struct json *root,
                                const struct json *item)
{
        size_t n;

        if (pointer_star(path, &n))
                return walk(path + n + 2, item);
        return walk(path, root);
}

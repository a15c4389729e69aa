/* server/config.c -- the configuration: one table of keys. */
#include "server/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/json.h"
#include "server/file.h"

struct key {
        enum config_kind kind;
        size_t at;
        const char *section;
        const char *name;
        const char *def;
        int64_t low;
        int64_t high;
        const char *help;
};

static const struct key keys[] = {
#define X(kind, field, section, key, def, low, high, help) \
        {CONFIG_##kind, offsetof(struct config, field),    \
         section,       key,                               \
         def,           low,                               \
         high,          help},
        CONFIG_KEYS(X)
#undef X
};

#define N_KEYS (sizeof keys / sizeof keys[0])

static void path_of(const struct key *k, char *dst, size_t cap)
{
        snprintf(dst, cap, "%s%s%s", k->section, k->section[0] ? "." : "",
                 k->name);
}

static enum status set_text(const struct key *k, struct config *c,
                            struct text v, struct err *e)
{
        char path[80];
        char *field = (char *)c + k->at;

        if (text_copy(field, sizeof c->state_dir, v) && (int64_t)v.n >= k->low)
                return OK;
        path_of(k, path, sizeof path);
        return err_set(e, ERR_CONFIG, "%s: want a text of %lld to 511 bytes",
                       path, (long long)k->low);
}

static enum status set_number(const struct key *k, struct config *c, int64_t v,
                              struct err *e)
{
        char path[80];

        if (v < k->low || v > k->high) {
                path_of(k, path, sizeof path);
                return err_set(e, ERR_CONFIG, "%s: %lld, want %lld to %lld",
                               path, (long long)v, (long long)k->low,
                               (long long)k->high);
        }
        if (k->kind == CONFIG_BOOL)
                *(bool *)((char *)c + k->at) = v != 0;
        else
                *(int64_t *)((char *)c + k->at) = v;
        return OK;
}

static enum status set_json(const struct key *k, struct config *c,
                            const struct json *v, struct err *e)
{
        char path[80];
        int64_t number;

        if (k->kind == CONFIG_TEXT && json_is_text(v))
                return set_text(k, c, json_text(v), e);
        if (k->kind == CONFIG_BOOL && json_is_bool(v))
                return set_number(k, c, json_true(v), e);
        if (k->kind == CONFIG_INT && json_i64(v, &number))
                return set_number(k, c, number, e);
        path_of(k, path, sizeof path);
        return err_set(e, ERR_CONFIG, "%s: want a %s (%s)", path,
                       k->kind == CONFIG_TEXT   ? "text"
                       : k->kind == CONFIG_BOOL ? "true or false"
                                                : "whole number",
                       k->help);
}

static const struct key *find_key(struct text section, struct text name)
{
        size_t i;

        for (i = 0; i < N_KEYS; i++)
                if (text_is(section, keys[i].section) &&
                    text_is(name, keys[i].name))
                        return &keys[i];
        return NULL;
}

static enum status read_section(const struct json *object, struct text section,
                                struct config *c, struct err *e)
{
        const struct json *v;
        const struct key *k;
        enum status st = OK;

        for (v = json_first(object); v && st == OK; v = json_next(v)) {
                k = find_key(section, json_key(v));
                if (k)
                        st = set_json(k, c, v, e);
                else if (section.n == 0 && json_is_object(v))
                        st = read_section(v, json_key(v), c, e);
                else
                        st = err_set(e, ERR_CONFIG,
                                     "%s%s%s: no such key; sanfangd "
                                     "--help-config lists them",
                                     section.n ? section.p : "",
                                     section.n ? "." : "", json_key(v).p);
        }
        return st;
}

static enum status defaults(struct config *c, struct err *e)
{
        enum status st = OK;
        size_t i;

        memset(c, 0, sizeof *c);
        for (i = 0; i < N_KEYS && st == OK; i++) {
                const struct key *k = &keys[i];

                if (k->kind == CONFIG_TEXT)
                        st = set_text(k, c, text_of(k->def), e);
                else if (k->kind == CONFIG_BOOL)
                        st = set_number(k, c, !strcmp(k->def, "true"), e);
                else
                        st = set_number(k, c, strtoll(k->def, NULL, 10), e);
        }
        return st;
}

static enum status environment(struct config *c, struct err *e)
{
        const char *port = getenv("SANFANG_HTTP_PORT");
        const char *dir = getenv("SANFANG_STATE_DIR");
        int64_t number;

        if (dir && *dir &&
            !text_copy(c->state_dir, sizeof c->state_dir, text_of(dir)))
                return err_set(e, ERR_CONFIG, "SANFANG_STATE_DIR is too long");
        if (!port || !*port)
                return OK;
        if (!text_to_i64(text_of(port), &number) || number < 0 ||
            number > 65535)
                return err_set(e, ERR_CONFIG,
                               "SANFANG_HTTP_PORT is \"%.20s\", want 0 to "
                               "65535",
                               port);
        c->http_port = number;
        return OK;
}

/* No address but loopback without TLS of our own or of a proxy. */
static enum status check_listen(const struct config *c, struct err *e)
{
        bool loopback = !strncmp(c->http_address, "127.", 4) ||
                        !strcmp(c->http_address, "localhost");

        if (loopback || c->behind_proxy || c->tls_certificate[0])
                return OK;
        return err_set(e, ERR_CONFIG,
                       "http.address is %s: set http.certificate and "
                       "http.key, or http.behind_proxy when a TLS proxy "
                       "stands in front",
                       c->http_address);
}

static enum status check_sl651(const struct config *c, struct err *e)
{
        if (!strcmp(c->sl651_confirm_after, "sync") ||
            !strcmp(c->sl651_confirm_after, "commit"))
                return OK;
        return err_set(e, ERR_CONFIG,
                       "sl651.confirm_after is \"%.20s\", want sync or "
                       "commit",
                       c->sl651_confirm_after);
}

enum status config_load(const char *path, struct config *ret, struct err *e)
{
        struct config *c = malloc(sizeof *c);
        struct json *j = NULL;
        struct buf b = {.limit = JSON_FILE_MAX};
        struct err why = {0};
        enum status st;

        if (!c)
                return err_set(e, ERR_MEMORY, "no memory");
        st = defaults(c, &why);
        if (st == OK && path)
                st = file_read(path, &b, &why);
        if (st == OK && path)
                st = json_parse(buf_as_text(&b), JSON_FILE_MAX, &j, &why);
        if (st == OK && path)
                st = json_is_object(j)
                             ? read_section(j, TEXT(""), c, &why)
                             : err_set(&why, ERR_CONFIG, "want a JSON object");
        if (st == OK)
                st = environment(c, &why);
        if (st == OK)
                st = check_listen(c, &why);
        if (st == OK)
                st = check_sl651(c, &why);
        if (st == OK)
                *ret = *c;
        else
                err_set(e, st, "%s: %s", path ? path : "defaults", why.msg);
        json_free(j);
        buf_done(&b);
        free(c);
        return st;
}

void config_help(struct buf *b)
{
        char path[80];
        size_t i;

        for (i = 0; i < N_KEYS; i++) {
                path_of(&keys[i], path, sizeof path);
                buf_printf(b, "  %-24s %s (default: %s)\n", path, keys[i].help,
                           keys[i].def[0] ? keys[i].def : "none");
        }
}

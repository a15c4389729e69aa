/* schemas/wire/mapping.c -- a mapping's file, checked member by member. */
#include "schemas/wire/mapping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/pointer.h"

WORD_DEFINE(mapping_time, mapping_time, MAPPING_TIMES)

/* ---- pointers ---- */

/* One list for the whole mapping: the part before "*". */
static enum status note_list(struct mapping *m, const char *where,
                             const char *path, struct err *e)
{
        size_t n;

        if (!pointer_star(path, &n))
                return OK;
        if (!m->has_list) {
                text_copy(m->list, sizeof m->list, (struct text){path, n});
                m->has_list = true;
                return OK;
        }
        if (strlen(m->list) != n || strncmp(m->list, path, n) != 0)
                return err_set(e, ERR_MISMATCH,
                               "%s walks the list \"%.*s\", another pointer "
                               "\"%s\"; a mapping walks one list",
                               where, (int)n, path, m->list);
        return OK;
}

static enum status get_pointer(struct mapping *m, const struct json *j,
                               const char *where, bool star,
                               struct mapping_pointer *ret, struct err *e)
{
        struct err why = {0};
        enum status st =
                json_need_text(j, "pointer", ret->path, sizeof ret->path, &why);
        size_t n;

        if (st == OK)
                st = pointer_check(ret->path, &why);
        if (st == OK && !star && pointer_star(ret->path, &n))
                st = err_set(&why, ERR_UNSUPPORTED,
                             "\"*\" is not possible here: it decides about "
                             "the whole message");
        if (st != OK)
                return err_set(e, st, "%s: %s", where, why.msg);
        return note_list(m, where, ret->path, e);
}

/* ---- numbers ---- */

static enum status get_decimal(const struct json *j, const char *key,
                               const char *where, struct decimal otherwise,
                               struct decimal *ret, struct err *e)
{
        const struct json *v = json_get(j, key);

        *ret = otherwise;
        if (!v)
                return OK;
        if (json_is_text(v) ? !decimal_from(json_text(v), ret)
                            : !json_is_number(v) ||
                                      !decimal_from_double(json_double(v), ret))
                return err_set(e, ERR_NUMBER,
                               "%s.%s must be a decimal number of at most 15 "
                               "digits, as \"0.001\"",
                               where, key);
        return OK;
}

/* ---- conditions ---- */

static enum status get_equals(const struct json *j, const char *where,
                              struct mapping_condition *c, struct err *e)
{
        const struct json *v = json_get(j, "equals");

        if (!v)
                return err_set(e, ERR_MISSING, "%s.equals is missing", where);
        if (json_is_bool(v)) {
                c->kind = EQUALS_BOOL;
                c->yes = json_true(v);
                return OK;
        }
        if (json_is_number(v)) {
                c->kind = EQUALS_NUMBER;
                if (decimal_from_double(json_double(v), &c->number))
                        return OK;
                return err_set(e, ERR_NUMBER, "%s.equals is out of range",
                               where);
        }
        c->kind = EQUALS_TEXT;
        if (json_is_text(v) && text_copy(c->text, sizeof c->text, json_text(v)))
                return OK;
        return err_set(e, ERR_TYPE,
                       "%s.equals must be a text of at most 63 bytes, a "
                       "number, true or false",
                       where);
}

static enum status get_when(struct mapping *m, const struct json *j,
                            const char *where, bool star,
                            struct mapping_condition *c, uint32_t *ret_n,
                            struct err *e)
{
        static const char *const keys[] = {"pointer", "equals", NULL};
        const struct json *list = json_get(j, "when"), *v;
        enum status st = OK;
        char at[64];

        *ret_n = 0;
        if (!list)
                return OK;
        if (!json_is_array(list) || json_size(list) > MAPPING_CONDITIONS_MAX)
                return err_set(e, ERR_TYPE,
                               "%s must be a list of at most %d conditions",
                               where, MAPPING_CONDITIONS_MAX);
        for (v = json_first(list); v && st == OK; v = json_next(v)) {
                snprintf(at, sizeof at, "%s[%u]", where, *ret_n);
                st = json_known_keys(v, at, keys, e);
                if (st == OK)
                        st = get_pointer(m, v, at, star, &c[*ret_n].at, e);
                if (st == OK)
                        st = get_equals(v, at, &c[*ret_n], e);
                (*ret_n)++;
        }
        return st;
}

/* ---- elements ---- */

static enum status get_code(const struct json *j, const char *where,
                            struct mapping_element *x, struct err *e)
{
        const struct json *v = json_get(j, "element");
        const struct json *unit = json_get(j, "unit");
        const char *own;

        if (!json_is_text(v))
                return err_set(e, ERR_MISSING,
                               "%s.element must be one of ours, as \"Z\"",
                               where);
        if (!element_from(json_text(v), &x->element))
                return err_set(e, ERR_UNKNOWN_ELEMENT,
                               "%s.element \"%.20s\" is none of ours", where,
                               json_text(v).p);
        own = element_info(x->element)->unit;
        if (unit && !text_is(json_text(unit), own))
                return err_set(e, ERR_MISMATCH,
                               "%s.unit is \"%.20s\": %s is in %s; the scale "
                               "must lead there, and \"unit\" says %s",
                               where,
                               json_is_text(unit) ? json_text(unit).p : "?",
                               element_name(x->element), own, own);
        return OK;
}

static enum status get_numbers(const struct json *j, const char *where,
                               struct mapping_element *x, struct err *e)
{
        const struct json *required = json_get(j, "required");
        struct decimal one = {1, 0}, zero = {0, 0};
        enum status st = get_decimal(j, "scale", where, one, &x->scale, e);

        if (st == OK && x->scale.mantissa == 0)
                st = err_set(e, ERR_RANGE, "%s.scale must not be 0", where);
        if (st == OK)
                st = get_decimal(j, "offset", where, zero, &x->offset, e);
        if (st == OK)
                st = get_decimal(j, "missing", where, zero, &x->missing, e);
        if (st == OK && required && !json_is_bool(required))
                st = err_set(e, ERR_TYPE, "%s.required must be true or false",
                             where);
        x->has_missing = json_get(j, "missing") != NULL;
        x->required = json_true(required);
        return st;
}

static enum status get_element(struct mapping *m, const struct json *j,
                               struct mapping_element *x, struct err *e)
{
        static const char *const keys[] = {
                "pointer", "element",  "scale", "offset",  "unit",
                "missing", "required", "when",  "comment", NULL};
        char where[32], when[48];
        enum status st;

        snprintf(where, sizeof where, "elements[%u]", m->n_elements);
        snprintf(when, sizeof when, "%s.when", where);
        st = json_known_keys(j, where, keys, e);
        if (st == OK)
                st = get_pointer(m, j, where, true, &x->at, e);
        if (st == OK)
                st = get_code(j, where, x, e);
        if (st == OK)
                st = get_numbers(j, where, x, e);
        if (st == OK)
                st = get_when(m, j, when, true, x->when, &x->n_when, e);
        return st;
}

static enum status get_elements(struct mapping *m, const struct json *j,
                                struct err *e)
{
        const struct json *list = json_get(j, "elements"), *v;
        enum status st = OK;

        if (!json_is_array(list) || json_size(list) < 1 ||
            json_size(list) > MAPPING_ELEMENTS_MAX)
                return err_set(e, ERR_MISSING,
                               "\"elements\" must be a list of 1 to %d",
                               MAPPING_ELEMENTS_MAX);
        m->elements = calloc(json_size(list), sizeof *m->elements);
        if (!m->elements)
                return err_set(e, ERR_MEMORY, "mapping");
        for (v = json_first(list); v && st == OK; v = json_next(v)) {
                st = get_element(m, v, &m->elements[m->n_elements], e);
                m->n_elements++;
        }
        return st;
}

/* ---- topic, station, time ---- */

static bool good_level(struct text level, bool last)
{
        if (text_is(level, "+") || (last && text_is(level, "#")))
                return true;
        return level.n && !memchr(level.p, '+', level.n) &&
               !memchr(level.p, '#', level.n);
}

static enum status get_topic(struct mapping *m, const struct json *j,
                             struct err *e)
{
        enum status st =
                json_need_text(j, "topic", m->topic, sizeof m->topic, e);
        struct text rest = text_of(m->topic), level;
        int n = 0;

        if (st != OK)
                return st;
        if (strncmp(m->topic, "sanfang/", 8) == 0 || m->topic[0] == '$' ||
            m->topic[0] == '+' || m->topic[0] == '#')
                return err_set(e, ERR_TOPIC,
                               "\"topic\" is \"%s\": its first level must be "
                               "the vendor's own, not sanfang, not a wildcard",
                               m->topic);
        while (text_cut(&rest, '/', &level)) {
                n++;
                if (!good_level(level, rest.p == NULL))
                        return err_set(e, ERR_TOPIC,
                                       "level %d of \"topic\" must be a name, "
                                       "\"+\", or \"#\" as the last",
                                       n);
        }
        return OK;
}

/* Is that level of the filter a "+"? */
static bool is_open_level(const struct mapping *m, int64_t at)
{
        struct text rest = text_of(m->topic), level;
        int64_t n = 0;

        while (text_cut(&rest, '/', &level))
                if (++n == at)
                        return text_is(level, "+");
        return false;
}

static enum status get_station(struct mapping *m, const struct json *j,
                               struct err *e)
{
        static const char *const keys[] = {"level", "pointer", "constant",
                                           NULL};
        const struct json *s = json_get(j, "station");
        int64_t level;
        enum status st;

        if (!s)
                return err_set(e, ERR_MISSING, "\"station\" is missing");
        st = json_known_keys(s, "\"station\"", keys, e);
        if (st == OK && json_size(s) != 1)
                st = err_set(e, ERR_SYNTAX,
                             "\"station\" must have one of level, pointer, "
                             "constant");
        if (st != OK)
                return st;
        if (json_get(s, "constant"))
                return json_need_code(s, "constant", m->station, e);
        if (json_get(s, "pointer"))
                return get_pointer(m, s, "\"station\"", true, &m->station_at,
                                   e);
        st = json_need_i64(s, "level", &level, e);
        if (st == OK && !is_open_level(m, level))
                return err_set(e, ERR_RANGE,
                               "\"station\".level must count a \"+\" of the "
                               "topic, the first level is 1");
        m->station_level = st == OK ? (int)level : 0;
        return st;
}

static enum status get_time(struct mapping *m, const struct json *j,
                            struct err *e)
{
        static const char *const keys[] = {"pointer", "format", NULL};
        const struct json *t = json_get(j, "time");
        char format[16];
        enum status st;

        m->time = MAPPING_TIME_NONE;
        if (!t)
                return OK;
        st = json_known_keys(t, "\"time\"", keys, e);
        if (st == OK)
                st = json_need_text(t, "format", format, sizeof format, e);
        if (st != OK)
                return st;
        if (!mapping_time_from(text_of(format), &m->time) ||
            m->time == MAPPING_TIME_NONE)
                return err_set(e, ERR_UNKNOWN,
                               "\"time\".format is \"%s\", want rfc3339, "
                               "beijing, epoch_s or epoch_ms; without "
                               "\"time\" it is the server's",
                               format);
        return get_pointer(m, t, "\"time\"", true, &m->time_at, e);
}

/* ---- the whole ---- */

static enum status get_all(struct mapping *m, const struct json *j,
                           struct err *e)
{
        static const char *const keys[] = {
                "what", "name",     "topic",   "time",   "station",
                "when", "elements", "comment", "remove", NULL};
        enum status st = json_known_keys(j, "a mapping", keys, e);

        if (st == OK)
                st = json_need_code(j, "name", m->name, e);
        if (st != OK)
                return st;
        if (json_true(json_get(j, "remove"))) {
                m->remove = true;
                return OK;
        }
        st = get_topic(m, j, e);
        if (st == OK)
                st = get_station(m, j, e);
        if (st == OK)
                st = get_time(m, j, e);
        if (st == OK)
                st = get_when(m, j, "when", false, m->when, &m->n_when, e);
        if (st == OK)
                st = get_elements(m, j, e);
        return st;
}

enum status wire_mapping_decode(struct text body, struct mapping *ret,
                                struct err *e)
{
        struct mapping *m = calloc(1, sizeof *m);
        struct json *j = NULL;
        enum status st;

        if (!m)
                return err_set(e, ERR_MEMORY, "mapping");
        st = json_parse(body, JSON_MESSAGE_MAX, &j, e);
        if (st == OK)
                st = get_all(m, j, e);
        json_free(j);
        if (st == OK)
                *ret = *m;
        else
                wire_mapping_done(m);
        free(m);
        return st;
}

void wire_mapping_done(struct mapping *m)
{
        free(m->elements);
        m->elements = NULL;
        m->n_elements = 0;
}

enum status wire_mapping_record(struct text file, struct buf *b, struct err *e)
{
        struct mapping m;
        struct json *j = NULL;
        const char *open = file.n ? memchr(file.p, '{', file.n) : NULL;
        enum status st;
        bool has;

        m.elements = NULL;
        st = wire_mapping_decode(file, &m, e);
        if (st != OK)
                return st;
        wire_mapping_done(&m);
        st = json_parse(file, JSON_MESSAGE_MAX, &j, e);
        has = json_get(j, "what") != NULL;
        if (st == OK && has &&
            !text_is(json_text(json_get(j, "what")), "mapping"))
                st = err_set(e, ERR_MISMATCH,
                             "\"what\" must be \"mapping\", or not there");
        json_free(j);
        if (st != OK)
                return st;
        buf_str(b, has ? "{" : "{\"what\":\"mapping\",");
        buf_text(b,
                 (struct text){open + 1, file.n - (size_t)(open + 1 - file.p)});
        return b->failed ? err_set(e, ERR_MEMORY, "mapping") : OK;
}

void wire_mapping_remove(const char *name, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "what", "mapping");
        json_put_str(&o, "name", name);
        json_put_bool(&o, "remove", true);
        json_close(&o);
}

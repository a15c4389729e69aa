/* schemas/wire/mapping_read.c -- a vendor's message by its mapping. */
#include "schemas/wire/mapping.h"

#include <stdio.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/pointer.h"

#define EPOCH_MAX_S INT64_C(7258118400) /* 2200-01-01 */

/* One message under way. */
struct reading {
        const struct mapping *m;
        struct text topic;
        const struct json *root, *item; /* item: of the list, or NULL */
        struct mapping_reading *out;
        uint32_t n;
        bool left_out; /* a condition kept a value out */
        bool later;    /* not the first item of the list */
        /* Of this item, looked up at its first value. */
        bool has_head;
        char station[65];
        int64_t time_us;
};

/* ---- topic ---- */

bool wire_mapping_matches(const struct mapping *m, struct text topic)
{
        struct text f = text_of(m->topic), t = topic, want, have;
        bool more;

        while (text_cut(&f, '/', &want)) {
                if (text_is(want, "#"))
                        return true;
                more = text_cut(&t, '/', &have);
                if (!more || (!text_is(want, "+") && !text_eq(want, have)))
                        return false;
        }
        return t.p == NULL;
}

static struct text level_of(struct text topic, int at)
{
        struct text level = {"", 0};

        while (at-- > 0 && text_cut(&topic, '/', &level))
                ;
        return level;
}

/* ---- conditions ---- */

static bool holds(const struct mapping_condition *c, const struct reading *r)
{
        const struct json *v = pointer_find(c->at.path, r->root, r->item);
        struct decimal d;

        if (c->kind == EQUALS_BOOL)
                return json_is_bool(v) && json_true(v) == c->yes;
        if (c->kind == EQUALS_NUMBER)
                return json_is_number(v) &&
                       decimal_from_double(json_double(v), &d) &&
                       decimal_eq(d, c->number);
        return json_is_text(v) && text_is(json_text(v), c->text);
}

static bool all_hold(const struct mapping_condition *c, uint32_t n,
                     const struct reading *r)
{
        while (n > 0)
                if (!holds(&c[--n], r))
                        return false;
        return true;
}

/* ---- station and time ---- */

static enum status get_station(struct reading *r, struct err *e)
{
        const struct mapping *m = r->m;
        const struct json *v;
        struct text t;
        int64_t whole;

        if (m->station[0] || m->station_level) {
                t = m->station_level ? level_of(r->topic, m->station_level)
                                     : text_of(m->station);
        } else {
                v = pointer_find(m->station_at.path, r->root, r->item);
                if (!v)
                        return err_set(e, ERR_MISSING,
                                       "station: \"%s\" is not there",
                                       m->station_at.path);
                if (json_i64(v, &whole)) {
                        snprintf(r->station, sizeof r->station, "%lld",
                                 (long long)whole);
                        return OK;
                }
                t = json_text(v);
        }
        if (t.n == 0 || !text_copy(r->station, sizeof r->station, t))
                return err_set(e, ERR_TYPE,
                               "station: \"%s\" must be a text of 1..%zu "
                               "bytes or a whole number",
                               m->station_at.path, sizeof r->station - 1);
        return OK;
}

static bool epoch(const struct json *v, enum mapping_time unit, int64_t *ret_us)
{
        int64_t each = unit == MAPPING_TIME_EPOCH_S ? SECOND_US : 1000, at;
        struct decimal d, zero = {0, 0}, one = {1, 0};
        bool good = json_is_text(v)
                            ? decimal_from(json_text(v), &d)
                            : json_is_number(v) &&
                                      decimal_from_double(json_double(v), &d);

        /* Thousandths of it, so that 1697742000.25 s keeps its quarter. */
        if (!good || !decimal_to_milli(d, one, zero, &at) || at < 0 ||
            at / 1000 > EPOCH_MAX_S * (SECOND_US / each))
                return false;
        *ret_us = at * (each / 1000);
        return true;
}

static enum status get_time(struct reading *r, struct err *e)
{
        const struct mapping *m = r->m;
        const struct json *v;
        bool good;

        r->time_us = TIME_NONE;
        if (m->time == MAPPING_TIME_NONE)
                return OK;
        v = pointer_find(m->time_at.path, r->root, r->item);
        if (!v)
                return err_set(e, ERR_MISSING, "time: \"%s\" is not there",
                               m->time_at.path);
        if (m->time == MAPPING_TIME_RFC3339)
                good = time_parse(json_text(v), &r->time_us);
        else if (m->time == MAPPING_TIME_BEIJING)
                good = time_parse_beijing(json_text(v), &r->time_us);
        else
                good = epoch(v, m->time, &r->time_us);
        if (!good)
                return err_set(e, ERR_TIME, "time: \"%s\" is no %s, want %s",
                               m->time_at.path, mapping_time_name(m->time),
                               m->time == MAPPING_TIME_RFC3339 ||
                                               m->time == MAPPING_TIME_BEIJING
                                       ? mapping_time_en(m->time)
                                       : "a number of it");
        return OK;
}

/* ---- values ---- */

static enum status scale(const struct mapping_element *x, struct decimal d,
                         struct mapping_reading *o, struct err *e)
{
        const struct element_info *info = element_info(x->element);

        if (x->has_missing && decimal_eq(d, x->missing)) {
                o->missing = true;
                return OK;
        }
        if (!decimal_to_milli(d, x->scale, x->offset, &o->value_milli) ||
            o->value_milli < info->min_milli ||
            o->value_milli > info->max_milli)
                return err_set(
                        e, ERR_RANGE, "\"%s\" is outside %g..%g %s of %s",
                        x->at.path, (double)info->min_milli / 1000,
                        (double)info->max_milli / 1000, info->unit, info->name);
        return OK;
}

static enum status get_value(const struct mapping_element *x,
                             const struct json *v, struct mapping_reading *o,
                             struct err *e)
{
        struct decimal d;

        o->element = x->element;
        o->missing = json_is_null(v);
        o->value_milli = 0;
        if (o->missing)
                return OK;
        if (json_is_number(v) ? !decimal_from_double(json_double(v), &d)
                              : !decimal_from(json_text(v), &d))
                return err_set(e, ERR_TYPE,
                               "\"%s\" must be a number, a text that is one, "
                               "or null",
                               x->at.path);
        return scale(x, d, o, e);
}

static enum status get_head(struct reading *r, struct err *e)
{
        enum status st;

        if (r->has_head)
                return OK;
        r->has_head = true;
        st = get_station(r, e);
        return st == OK ? get_time(r, e) : st;
}

static enum status get_element(struct reading *r,
                               const struct mapping_element *x, struct err *e)
{
        const struct json *v = pointer_find(x->at.path, r->root, r->item);
        struct mapping_reading *o;
        enum status st;
        size_t n;

        if (r->later && !pointer_star(x->at.path, &n))
                return OK; /* stands once, was read with the first item */
        if (!all_hold(x->when, x->n_when, r)) {
                r->left_out = true;
                return OK;
        }
        if (!v)
                return x->required
                               ? err_set(e, ERR_MISSING,
                                         "%s: \"%s\" is not there",
                                         element_name(x->element), x->at.path)
                               : OK;
        if (r->n == MAPPING_READINGS_MAX)
                return err_set(e, ERR_SIZE, "more than %d values",
                               MAPPING_READINGS_MAX);
        o = &r->out[r->n];
        st = get_value(x, v, o, e);
        if (st == OK)
                st = get_head(r, e);
        if (st != OK)
                return st;
        memcpy(o->station, r->station, sizeof o->station);
        o->time_us = r->time_us;
        r->n++;
        return OK;
}

static enum status get_item(struct reading *r, const struct json *item,
                            struct err *e)
{
        enum status st = OK;
        uint32_t i;

        r->item = item;
        r->has_head = false;
        for (i = 0; i < r->m->n_elements && st == OK; i++)
                st = get_element(r, &r->m->elements[i], e);
        return st;
}

static enum status get_list(struct reading *r, struct err *e)
{
        const struct json *list = pointer_find(r->m->list, r->root, NULL), *v;
        struct err why = {0};
        enum status st = OK;
        size_t n = 0;

        if (!json_is_array(list))
                return err_set(e, list ? ERR_TYPE : ERR_MISSING,
                               "\"%s\" must be a list", r->m->list);
        for (v = json_first(list); v && st == OK; v = json_next(v), n++) {
                r->later = n > 0;
                st = get_item(r, v, &why);
        }
        if (st != OK)
                return err_set(e, st, "%s, in item %zu of \"%s\"", why.msg,
                               n - 1, r->m->list);
        return OK;
}

enum status wire_mapping_read_json(const struct mapping *m, struct text topic,
                                   const struct json *message,
                                   struct mapping_reading *ret, uint32_t *ret_n,
                                   struct err *e)
{
        struct reading r = {
                .m = m, .topic = topic, .out = ret, .root = message};
        enum status st = OK;

        *ret_n = 0;
        if (!all_hold(m->when, m->n_when, &r))
                return OK;
        st = m->has_list ? get_list(&r, e) : get_item(&r, NULL, e);
        if (st == OK && r.n == 0 && !r.left_out)
                st = err_set(e, ERR_MISSING,
                             "none of the %u pointers of mapping \"%s\" is "
                             "there, as \"%s\"",
                             m->n_elements, m->name, m->elements[0].at.path);
        if (st == OK)
                *ret_n = r.n;
        return st;
}

enum status wire_mapping_read(const struct mapping *m, struct text topic,
                              struct text payload, struct mapping_reading *ret,
                              uint32_t *ret_n, struct err *e)
{
        struct json *j = NULL;
        enum status st = json_parse(payload, JSON_MESSAGE_MAX, &j, e);

        *ret_n = 0;
        if (st == OK)
                st = wire_mapping_read_json(m, topic, j, ret, ret_n, e);
        json_free(j);
        return st;
}

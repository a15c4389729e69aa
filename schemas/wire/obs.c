/* schemas/wire/obs.c -- a station's observations in JSON. */
#include "schemas/wire/obs.h"

#include <string.h>

#include "schemas/time.h"

static enum status whole(const struct json *j, const char *key, uint64_t *ret,
                         struct err *e)
{
        int64_t v;
        enum status st = json_need_i64(j, key, &v, e);

        if (st != OK)
                return st;
        if (v < 0)
                return err_set(e, ERR_RANGE, "\"%s\" is below 0", key);
        *ret = (uint64_t)v;
        return OK;
}

enum status wire_seq_get(const struct json *j, struct wire_seq *ret,
                         struct err *e)
{
        struct wire_seq s = {true, 0, 0};
        bool boot = json_get(j, "boot"), seq = json_get(j, "seq");
        enum status st;

        if (!boot && !seq) {
                *ret = (struct wire_seq){false, 0, 0};
                return OK;
        }
        if (!boot || !seq)
                return err_set(e, ERR_MISSING,
                               "\"%s\" without \"%s\": give both or none",
                               boot ? "boot" : "seq", boot ? "seq" : "boot");
        st = whole(j, "boot", &s.boot, e);
        if (st == OK)
                st = whole(j, "seq", &s.seq, e);
        if (st == OK)
                *ret = s;
        return st;
}

struct wire_seq wire_seq_peek(struct text body)
{
        struct wire_seq s = {false, 0, 0};
        struct json *j = NULL;

        if (json_parse(body, JSON_MESSAGE_MAX, &j, NULL) == OK)
                wire_seq_get(j, &s, NULL);
        json_free(j);
        return s;
}

static enum status item_time(const struct json *j, size_t at,
                             struct obs_item *o, struct err *e)
{
        const struct json *v = json_get(j, "time");

        o->time_us = TIME_NONE;
        if (!v)
                return OK;
        if (!json_is_text(v))
                return err_set(e, ERR_TYPE, "obs[%zu].time must be a text", at);
        if (!time_parse(json_text(v), &o->time_us))
                return err_set(e, ERR_TIME,
                               "obs[%zu].time is \"%.40s\", want "
                               "2023-10-20T03:00:00+08:00",
                               at, json_text(v).p);
        return OK;
}

static enum status item_element(const struct json *j, size_t at,
                                struct obs_item *o, struct err *e)
{
        const struct json *v = json_get(j, "element");
        const struct json *unit = json_get(j, "unit");

        if (!v)
                return err_set(e, ERR_MISSING, "obs[%zu].element is missing",
                               at);
        if (!json_is_text(v))
                return err_set(e, ERR_TYPE, "obs[%zu].element must be a text",
                               at);
        if (!element_from(json_text(v), &o->element))
                return err_set(e, ERR_UNKNOWN_ELEMENT,
                               "obs[%zu].element \"%.20s\" is none of ours", at,
                               json_text(v).p);
        if (!unit)
                return OK;
        if (!json_is_text(unit))
                return err_set(e, ERR_TYPE, "obs[%zu].unit must be a text", at);
        if (!text_is(json_text(unit), element_info(o->element)->unit))
                return err_set(e, ERR_MISMATCH,
                               "obs[%zu].unit is \"%.20s\", %s is in %s", at,
                               json_text(unit).p, element_name(o->element),
                               element_info(o->element)->unit);
        return OK;
}

static enum status item_value(const struct json *j, size_t at,
                              struct obs_item *o, struct err *e)
{
        const struct element_info *info = element_info(o->element);
        const struct json *v = json_get(j, "value");

        o->missing = false;
        o->value_milli = 0;
        if (!v)
                return err_set(e, ERR_MISSING, "obs[%zu].value is missing", at);
        if (json_is_null(v)) {
                o->missing = true;
                return OK;
        }
        if (!json_is_number(v))
                return err_set(e, ERR_TYPE,
                               "obs[%zu].value must be a number or null", at);
        if (!json_milli(v, &o->value_milli) ||
            o->value_milli < info->min_milli ||
            o->value_milli > info->max_milli)
                return err_set(
                        e, ERR_RANGE,
                        "obs[%zu].value %.6g is outside %g..%g %s of "
                        "%s",
                        at, json_double(v), (double)info->min_milli / 1000,
                        (double)info->max_milli / 1000, info->unit, info->name);
        return OK;
}

static enum status item(const struct json *j, size_t at, struct obs_item *o,
                        struct err *e)
{
        enum status st;

        if (!json_is_object(j))
                return err_set(e, ERR_TYPE, "obs[%zu] must be an object", at);
        st = item_time(j, at, o, e);
        if (st == OK)
                st = item_element(j, at, o, e);
        if (st == OK)
                st = item_value(j, at, o, e);
        return st;
}

static enum status items(const struct json *j, struct obs_message *m,
                         struct err *e)
{
        const struct json *list = json_get(j, "obs"), *v;
        enum status st = OK;

        if (!list)
                return err_set(e, ERR_MISSING, "\"obs\" is missing");
        if (!json_is_array(list))
                return err_set(e, ERR_TYPE, "\"obs\" must be an array");
        if (json_size(list) < 1 || json_size(list) > OBS_ITEMS_MAX)
                return err_set(e, ERR_SIZE, "\"obs\" has %zu items, want 1..%d",
                               json_size(list), OBS_ITEMS_MAX);
        for (v = json_first(list); v && st == OK; v = json_next(v)) {
                st = item(v, m->n, &m->item[m->n], e);
                m->n++;
        }
        return st;
}

static enum status message(const struct json *j, struct obs_message *m,
                           struct err *e)
{
        enum status st;

        if (!json_is_object(j))
                return err_set(e, ERR_TYPE, "the message must be an object");
        st = json_need_text(j, "station", m->station, sizeof m->station, e);
        if (st == OK && !text_is_code(text_of(m->station), CODE_MAX))
                st = err_set(e, ERR_SYNTAX, "\"station\" is no code");
        if (st == OK)
                st = wire_seq_get(j, &m->from, e);
        return st == OK ? items(j, m, e) : st;
}

/* The items that are there; room for all of them is 16 kB. */
static void copy(struct obs_message *to, const struct obs_message *from)
{
        memcpy(to->station, from->station, sizeof to->station);
        to->from = from->from;
        to->n = from->n;
        memcpy(to->item, from->item, from->n * sizeof from->item[0]);
}

enum status wire_obs_decode(struct text body, struct obs_message *ret,
                            struct err *e)
{
        struct obs_message m;
        struct json *j = NULL;
        enum status st = json_parse(body, JSON_MESSAGE_MAX, &j, e);

        m.n = 0;
        if (st == OK)
                st = message(j, &m, e);
        if (st == OK)
                copy(ret, &m);
        json_free(j);
        return st;
}

enum status wire_values_decode(struct text body, struct values_note *ret_note,
                               struct obs_message *ret, struct err *e)
{
        struct values_note note;
        struct obs_message m;
        struct json *j = NULL;
        enum status st = json_parse(body, JSON_MESSAGE_MAX, &j, e);
        uint32_t i;

        m.n = 0;
        if (st == OK)
                st = message(j, &m, e);
        if (st == OK)
                st = json_need_code(j, "source", note.source, e);
        if (st == OK)
                st = json_opt_text(j, "by", note.by, sizeof note.by, e);
        for (i = 0; st == OK && i < m.n; i++)
                if (m.item[i].time_us == TIME_NONE)
                        st = err_set(e, ERR_MISSING, "obs[%u].time is missing",
                                     i);
        json_free(j);
        if (st != OK)
                return st;
        *ret_note = note;
        copy(ret, &m);
        return OK;
}

static void put_items(struct json_out *o, const struct obs_message *m)
{
        uint32_t i;

        json_open_array(o, "obs");
        for (i = 0; i < m->n; i++) {
                const struct obs_item *it = &m->item[i];

                json_open(o, NULL);
                if (it->time_us != TIME_NONE)
                        json_put_time(o, "time", it->time_us);
                json_put_str(o, "element", element_name(it->element));
                if (it->missing)
                        json_put_null(o, "value");
                else
                        json_put_milli(o, "value", it->value_milli);
                json_close(o);
        }
        json_close_array(o);
}

void wire_values_encode(const struct values_note *note,
                        const struct obs_message *m, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "station", m->station);
        json_put_str(&o, "source", note->source);
        if (note->by[0])
                json_put_str(&o, "by", note->by);
        put_items(&o, m);
        json_close(&o);
}

void wire_obs_encode(const struct obs_message *m, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "station", m->station);
        if (m->from.has) {
                json_put_u64(&o, "boot", m->from.boot);
                json_put_u64(&o, "seq", m->from.seq);
        }
        put_items(&o, m);
        json_close(&o);
}

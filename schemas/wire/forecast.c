/* schemas/wire/forecast.c -- a forecast series in JSON. */
#include "schemas/wire/forecast.h"

#include <stdio.h>

#include "schemas/time.h"

static enum status head(const struct json *j, struct forecast *f, struct err *e)
{
        char element[16];
        enum status st;

        if (!json_is_object(j))
                return err_set(e, ERR_TYPE, "the message must be an object");
        if (json_given(j, "station") == json_given(j, "zone"))
                return err_set(e, ERR_MISSING,
                               "give one of \"station\" and \"zone\"");
        f->is_zone = json_given(j, "zone");
        st = json_need_code(j, f->is_zone ? "zone" : "station", f->subject, e);
        if (st == OK)
                st = json_need_code(j, "source", f->source, e);
        if (st == OK)
                st = json_need_code(j, "model", f->model, e);
        if (st == OK)
                st = json_need_text(j, "element", element, sizeof element, e);
        if (st == OK && !element_from(text_of(element), &f->element))
                st = err_set(e, ERR_UNKNOWN_ELEMENT,
                             "\"element\" \"%s\" is none of ours", element);
        if (st == OK)
                st = json_need_time(j, "issued_at", &f->issued_us, e);
        f->begin_us = TIME_NONE;
        if (st == OK && json_given(j, "begin_at"))
                st = json_need_time(j, "begin_at", &f->begin_us, e);
        return st;
}

static enum status number(const struct json *v, const struct forecast *f,
                          const char *list, uint32_t at, int64_t *ret,
                          struct err *e)
{
        const struct element_info *info = element_info(f->element);

        if (!json_is_number(v))
                return err_set(e, ERR_TYPE, "%s[%u] must have a number", list,
                               at);
        if (!json_milli(v, ret) || *ret < info->min_milli ||
            *ret > info->max_milli)
                return err_set(e, ERR_RANGE, "%s[%u] %.6g is outside %g..%g %s",
                               list, at, json_double(v),
                               (double)info->min_milli / 1000,
                               (double)info->max_milli / 1000, info->unit);
        return OK;
}

static enum status step(const struct json *pair, struct forecast *f,
                        struct err *e)
{
        struct forecast_step *s = &f->step[f->n_steps];
        const struct json *time = json_first(pair);
        uint32_t at = f->n_steps;

        if (!json_is_array(pair) || json_size(pair) != 2)
                return err_set(e, ERR_TYPE, "values[%u] must be [time, value]",
                               at);
        if (!json_is_text(time) || !time_parse(json_text(time), &s->valid_us))
                return err_set(e, ERR_TIME,
                               "values[%u] must begin with a time like "
                               "2023-10-20T03:00:00+08:00",
                               at);
        /* Without "begin_at" the first step begins at the issue. */
        if (at == 0 && f->begin_us == TIME_NONE)
                f->begin_us =
                        f->issued_us < s->valid_us ? f->issued_us : s->valid_us;
        if (at ? s->valid_us <= s[-1].valid_us : s->valid_us < f->begin_us)
                return err_set(e, ERR_RANGE,
                               "values[%u] is not later than what stands "
                               "before it",
                               at);
        s->persistence_milli = LEVEL_UNSET;
        f->n_steps++;
        return number(json_next(time), f, "values", at, &s->value_milli, e);
}

static enum status steps(const struct json *j, struct forecast *f,
                         struct err *e)
{
        const struct json *list = json_get(j, "values"), *v;
        enum status st = OK;

        if (!list)
                return err_set(e, ERR_MISSING, "\"values\" is missing");
        if (!json_is_array(list))
                return err_set(e, ERR_TYPE, "\"values\" must be an array");
        if (json_size(list) < 1 || json_size(list) > FORECAST_STEPS)
                return err_set(e, ERR_SIZE,
                               "\"values\" has %zu steps, want 1..%d",
                               json_size(list), FORECAST_STEPS);
        f->n_steps = 0;
        for (v = json_first(list); v && st == OK; v = json_next(v))
                st = step(v, f, e);
        return st;
}

static enum status persistence(const struct json *j, struct forecast *f,
                               struct err *e)
{
        const struct json *list = json_get(j, "persistence"), *v;
        enum status st = OK;
        uint32_t i = 0;

        if (!json_given(j, "persistence"))
                return OK;
        if (!json_is_array(list))
                return err_set(e, ERR_TYPE, "\"persistence\" must be an array");
        if (json_size(list) != f->n_steps)
                return err_set(e, ERR_SIZE,
                               "\"persistence\" has %zu values, \"values\" "
                               "has %u",
                               json_size(list), f->n_steps);
        for (v = json_first(list); v && st == OK; v = json_next(v), i++)
                st = number(v, f, "persistence", i,
                            &f->step[i].persistence_milli, e);
        return st;
}

/* Quantiles have no place in struct forecast yet; their type is checked so
 * that a later server can take what is sent today. */
static enum status quantiles(const struct json *j, struct err *e)
{
        if (json_given(j, "quantiles") &&
            !json_is_object(json_get(j, "quantiles")))
                return err_set(e, ERR_TYPE, "\"quantiles\" must be an object");
        return OK;
}

static enum status name(struct forecast *f, struct err *e)
{
        char when[24];
        int n;

        time_format_id(when, f->issued_us);
        n = snprintf(f->id, sizeof f->id, "%s-%s-%s-%s-%s", f->subject,
                     element_name(f->element), f->source, f->model, when);
        if (n < 0 || (size_t)n >= sizeof f->id)
                return err_set(e, ERR_SIZE,
                               "\"source\", \"model\" and subject are too "
                               "long together");
        return OK;
}

enum status wire_forecast_decode(struct text body, struct forecast *ret,
                                 struct err *e)
{
        struct forecast f = {.n_steps = 0};
        struct json *j = NULL;
        enum status st = json_parse(body, JSON_MESSAGE_MAX, &j, e);

        if (st != OK)
                return st;
        st = head(j, &f, e);
        if (st == OK)
                st = steps(j, &f, e);
        if (st == OK)
                st = persistence(j, &f, e);
        if (st == OK)
                st = quantiles(j, e);
        if (st == OK)
                st = name(&f, e);
        if (st == OK)
                *ret = f;
        json_free(j);
        return st;
}

static void members(struct json_out *o, const struct forecast *f)
{
        uint32_t i;

        json_put_str(o, "source", f->source);
        json_put_str(o, "model", f->model);
        json_put_str(o, f->is_zone ? "zone" : "station", f->subject);
        json_put_str(o, "element", element_name(f->element));
        json_put_time(o, "issued_at", f->issued_us);
        json_put_time(o, "begin_at", f->begin_us);
        json_open_array(o, "values");
        for (i = 0; i < f->n_steps; i++) {
                json_open_array(o, NULL);
                json_put_time(o, NULL, f->step[i].valid_us);
                json_put_milli(o, NULL, f->step[i].value_milli);
                json_close_array(o);
        }
        json_close_array(o);
        if (f->n_steps == 0 || f->step[0].persistence_milli == LEVEL_UNSET)
                return;
        json_open_array(o, "persistence");
        for (i = 0; i < f->n_steps; i++)
                json_put_milli(o, NULL, f->step[i].persistence_milli);
        json_close_array(o);
}

void wire_forecast_encode(const struct forecast *f, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        members(&o, f);
        json_close(&o);
}

void wire_forecast_put(struct json_out *o, const char *key,
                       const struct forecast *f)
{
        json_open(o, key);
        json_put_str(o, "id", f->id);
        members(o, f);
        json_close(o);
}

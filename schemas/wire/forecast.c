/* schemas/wire/forecast.c -- a forecast series in JSON. */
#include "schemas/wire/forecast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* "0.05" to "0.95": at most three digits behind the point. */
static bool share(struct text key, int32_t *ret)
{
        int64_t milli;

        if (!text_to_milli(key, &milli) || milli <= 0 || milli >= 1000)
                return false;
        *ret = (int32_t)milli;
        return true;
}

/* A pair names its step by its time. */
static enum status pair(const struct json *v, struct forecast *f,
                        struct forecast_quantile *q, const char *list,
                        uint32_t at, struct err *e)
{
        const struct json *time = json_first(v);
        int64_t us;
        uint32_t i;

        if (json_size(v) != 2 || !json_is_text(time) ||
            !time_parse(json_text(time), &us))
                return err_set(e, ERR_TYPE, "%s[%u] must be [time, value]",
                               list, at);
        for (i = 0; i < f->n_steps && f->step[i].valid_us != us; i++)
                ;
        if (i == f->n_steps)
                return err_set(e, ERR_TIME, "%s[%u] has no such step in values",
                               list, at);
        return number(json_next(time), f, list, at, &q->value_milli[i], e);
}

static enum status quantile(const struct json *list, struct forecast *f,
                            struct err *e)
{
        struct forecast_quantile *q = &f->quantile[f->n_quantiles];
        struct text key = json_key(list);
        const struct json *v;
        char name[40];
        enum status st = OK;
        uint32_t i;

        snprintf(name, sizeof name, "quantiles.%.*s",
                 (int)(key.n < 12 ? key.n : 12), key.p);
        if (!share(key, &q->share_milli))
                return err_set(e, ERR_RANGE,
                               "\"%s\": name it by its probability, as 0.9",
                               name);
        if (!json_is_array(list))
                return err_set(e, ERR_TYPE, "\"%s\" must be an array", name);
        if (json_size(list) > f->n_steps ||
            (json_size(list) < f->n_steps && !json_is_array(json_first(list))))
                return err_set(e, ERR_SIZE,
                               "\"%s\" has %zu values, \"values\" has %u", name,
                               json_size(list), f->n_steps);
        for (i = 0; i < FORECAST_STEPS; i++)
                q->value_milli[i] = LEVEL_UNSET;
        for (v = json_first(list), i = 0; v && st == OK; v = json_next(v), i++)
                st = json_is_array(v)
                             ? pair(v, f, q, name, i, e)
                             : number(v, f, name, i, &q->value_milli[i], e);
        f->n_quantiles++;
        return st;
}

static int by_share(const void *a, const void *b)
{
        const struct forecast_quantile *x = a, *y = b;

        return (x->share_milli > y->share_milli) -
               (x->share_milli < y->share_milli);
}

static enum status quantiles(const struct json *j, struct forecast *f,
                             struct err *e)
{
        const struct json *all = json_get(j, "quantiles"), *list;
        enum status st = OK;
        uint32_t i;

        f->n_quantiles = 0;
        if (!json_given(j, "quantiles"))
                return OK;
        if (!json_is_object(all))
                return err_set(e, ERR_TYPE, "\"quantiles\" must be an object");
        if (json_size(all) > FORECAST_QUANTILES)
                return err_set(e, ERR_SIZE, "\"quantiles\" has %zu, at most %d",
                               json_size(all), FORECAST_QUANTILES);
        for (list = json_first(all); list && st == OK; list = json_next(list))
                st = quantile(list, f, e);
        if (st != OK)
                return st;
        qsort(f->quantile, f->n_quantiles, sizeof *f->quantile, by_share);
        for (i = 1; i < f->n_quantiles; i++)
                if (f->quantile[i].share_milli ==
                    f->quantile[i - 1].share_milli)
                        return err_set(e, ERR_DUPLICATE,
                                       "\"quantiles\" has one twice");
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
                st = quantiles(j, &f, e);
        if (st == OK)
                st = name(&f, e);
        if (st == OK)
                *ret = f;
        json_free(j);
        return st;
}

/* "0.1", "0.05", "0.975" */
static void share_name(char ret[8], int32_t milli)
{
        int n = snprintf(ret, 8, "0.%03d", (int)(milli % 1000));

        while (n > 3 && ret[n - 1] == '0')
                ret[--n] = '\0';
}

/* All steps in order; pairs, where not every step has a value. */
static void put_quantile(struct json_out *o, const struct forecast *f,
                         const struct forecast_quantile *q)
{
        bool whole = true;
        char name[8];
        uint32_t i;

        for (i = 0; i < f->n_steps; i++)
                whole &= q->value_milli[i] != LEVEL_UNSET;
        share_name(name, q->share_milli);
        json_open_array(o, name);
        for (i = 0; i < f->n_steps; i++) {
                if (q->value_milli[i] == LEVEL_UNSET)
                        continue;
                if (!whole) {
                        json_open_array(o, NULL);
                        json_put_time(o, NULL, f->step[i].valid_us);
                }
                json_put_milli(o, NULL, q->value_milli[i]);
                if (!whole)
                        json_close_array(o);
        }
        json_close_array(o);
}

static void put_quantiles(struct json_out *o, const struct forecast *f)
{
        uint32_t i;

        if (f->n_quantiles == 0)
                return;
        json_open(o, "quantiles");
        for (i = 0; i < f->n_quantiles; i++)
                put_quantile(o, f, &f->quantile[i]);
        json_close(o);
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
        put_quantiles(o, f);
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

void wire_forecast_note_encode(const struct forecast *f,
                               const struct forecast_note *note, struct buf *b)
{
        struct json_out o = json_out(b);

        json_open(&o, NULL);
        json_put_str(&o, "request", note->request);
        json_put_str(&o, "by", note->by);
        members(&o, f);
        json_close(&o);
}

bool wire_forecast_note_decode(struct text body, struct forecast_note *ret)
{
        struct forecast_note n = {"", ""};
        struct json *j = NULL;
        bool ok = json_parse(body, JSON_MESSAGE_MAX, &j, NULL) == OK &&
                  json_given(j, "request") &&
                  json_opt_text(j, "request", n.request, sizeof n.request,
                                NULL) == OK &&
                  json_opt_text(j, "by", n.by, sizeof n.by, NULL) == OK &&
                  n.request[0];

        json_free(j);
        if (ok)
                *ret = n;
        return ok;
}

void wire_forecast_put(struct json_out *o, const char *key,
                       const struct forecast *f)
{
        json_open(o, key);
        json_put_str(o, "id", f->id);
        members(o, f);
        json_close(o);
}

void wire_forecast_put_quantiles(struct json_out *o, const char *key,
                                 const struct forecast *f, uint32_t step)
{
        char name[8];
        uint32_t i;

        if (f->n_quantiles == 0) {
                json_put_null(o, key);
                return;
        }
        json_open(o, key);
        for (i = 0; i < f->n_quantiles; i++) {
                share_name(name, f->quantile[i].share_milli);
                if (f->quantile[i].value_milli[step] != LEVEL_UNSET)
                        json_put_milli(o, name,
                                       f->quantile[i].value_milli[step]);
        }
        json_close(o);
}

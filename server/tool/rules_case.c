/* server/tool/rules_case.c -- see rules_case.h. */
#include "server/tool/rules_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/command.h"

#define EVENTS_MAX 200000u
#define EXPECTED_MAX 200u

/* ---- times ---- */

/* "+HH:MM" or "+HH:MM:SS"; "-" before the begin. */
static bool offset_from(struct text t, int64_t *ret_us)
{
        bool back = t.n && t.p[0] == '-';
        struct text rest = {t.p + 1, t.n - 1}, part;
        int64_t us = 0, v;
        int n;

        if (t.n < 2 || (t.p[0] != '+' && !back))
                return false;
        for (n = 0; n < 3 && text_cut(&rest, ':', &part); n++) {
                if (!text_to_i64(part, &v) || v < 0 || v > 100000)
                        return false;
                us += v * (n == 0 ? HOUR_US : n == 1 ? MINUTE_US : SECOND_US);
        }
        *ret_us = back ? -us : us;
        return n >= 2 && rest.n == 0;
}

enum status rules_case_time(const struct json *j, const char *key,
                            int64_t begin_us, int64_t *ret_us, struct err *e)
{
        const struct json *v = json_get(j, key);
        struct text t = json_text(v);
        int64_t us;

        if (!v)
                return err_set(e, ERR_MISSING, "\"%s\" is missing", key);
        if (offset_from(t, &us)) {
                *ret_us = begin_us + us;
                return OK;
        }
        if (time_parse(t, ret_us))
                return OK;
        return err_set(e, ERR_SYNTAX,
                       "\"%s\" is \"%.40s\", want +HH:MM or a time with an "
                       "offset",
                       key, t.n ? t.p : "");
}

/* ---- events ---- */

static enum status new_event(struct rules_case *c, int64_t at_us,
                             enum record_kind kind, struct rules_event **ret,
                             struct err *e)
{
        struct rules_event *x;

        if (c->n_events >= EVENTS_MAX)
                return err_set(e, ERR_SIZE, "more than %u values", EVENTS_MAX);
        if ((c->n_events & (c->n_events + 1)) == 0) {
                x = realloc(c->events,
                            (size_t)2 * (c->n_events + 1) * sizeof *x);
                if (!x)
                        return err_set(e, ERR_MEMORY, "no memory for events");
                c->events = x;
        }
        x = &c->events[c->n_events];
        *x = (struct rules_event){
                .at_us = at_us, .n = c->n_events, .kind = kind};
        c->n_events++;
        *ret = x;
        return OK;
}

static enum status add_message(struct rules_case *c, int64_t at_us,
                               struct text topic, struct text payload,
                               struct err *e)
{
        struct rules_event *x = NULL;
        enum status st = new_event(c, at_us, RECORD_MQTT, &x, e);

        if (st == OK && x)
                record_mqtt_pack(&x->body, topic, payload);
        return st;
}

struct series_note {
        char station[CODE_MAX + 1];
        char element[CODE_MAX + 1];
        int64_t at_us, every_us, delay_us;
        int64_t comes_us; /* all at once then; TIME_NONE: at its own time */
        int64_t repeat;
};

static enum status add_value(struct rules_case *c, const struct series_note *s,
                             int64_t time_us, const struct json *v,
                             struct err *e)
{
        int64_t at_us =
                s->comes_us == TIME_NONE ? time_us + s->delay_us : s->comes_us;
        struct buf b = {0};
        struct json_out o = json_out(&b);
        char topic[CODE_MAX + 32];
        int64_t milli;
        enum status st;

        if (!json_milli(v, &milli))
                return err_set(e, ERR_TYPE,
                               "\"values\" of %s must be numbers, or null "
                               "where nothing was sent",
                               s->station);
        json_open(&o, NULL);
        json_put_str(&o, "station", s->station);
        json_open_array(&o, "obs");
        json_open(&o, NULL);
        json_put_time(&o, "time", time_us);
        json_put_str(&o, "element", s->element);
        json_put_milli(&o, "value", milli);
        json_close(&o);
        json_close_array(&o);
        json_close(&o);
        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/up/obs", s->station);
        st = add_message(c, at_us, text_of(topic), buf_as_text(&b), e);
        buf_done(&b);
        return st;
}

static enum status opt_i64(const struct json *j, const char *key, int64_t least,
                           int64_t absent, int64_t *ret, struct err *e)
{
        *ret = absent;
        if (!json_get(j, key))
                return OK;
        if (!json_i64(json_get(j, key), ret) || *ret < least)
                return err_set(e, ERR_RANGE,
                               "\"%s\" must be a whole number from %lld on",
                               key, (long long)least);
        return OK;
}

static enum status note_series(const struct json *j, int64_t begin_us,
                               struct series_note *s, struct err *e)
{
        static const char *const keys[] = {"station", "element", "at",
                                           "every_s", "delay_s", "repeat",
                                           "comes",   "values",  NULL};
        int64_t every_s = 0, delay_s = 0;
        enum status st = json_known_keys(j, "a series", keys, e);

        s->comes_us = TIME_NONE;
        if (st == OK)
                st = json_need_code(j, "station", s->station, e);
        if (st == OK)
                st = json_need_code(j, "element", s->element, e);
        if (st == OK)
                st = rules_case_time(j, "at", begin_us, &s->at_us, e);
        if (st == OK)
                st = opt_i64(j, "every_s", 1, 300, &every_s, e);
        if (st == OK)
                st = opt_i64(j, "delay_s", 0, 0, &delay_s, e);
        if (st == OK)
                st = opt_i64(j, "repeat", 1, 1, &s->repeat, e);
        if (st == OK && json_get(j, "comes"))
                st = rules_case_time(j, "comes", begin_us, &s->comes_us, e);
        s->every_us = every_s * SECOND_US;
        s->delay_us = delay_s * SECOND_US;
        return st;
}

static enum status read_series(const struct json *j, struct rules_case *c,
                               struct err *e)
{
        const struct json *values = json_get(j, "values"), *v;
        struct series_note s = {.repeat = 1};
        enum status st = note_series(j, c->begin_us, &s, e);
        int64_t time_us = s.at_us;

        if (st == OK && !json_is_array(values))
                st = err_set(e, ERR_TYPE, "\"values\" must be an array");
        for (; st == OK && s.repeat > 0; s.repeat--)
                for (v = json_first(values); v && st == OK; v = json_next(v)) {
                        if (!json_is_null(v))
                                st = add_value(c, &s, time_us, v, e);
                        time_us += s.every_us;
                }
        return st;
}

/* {"comes","topic","body":{...}}: any message, as it is. */
static enum status read_message(const struct json *j, struct rules_case *c,
                                struct err *e)
{
        static const char *const keys[] = {"comes", "topic", "body", NULL};
        struct buf b = {0};
        char topic[200];
        int64_t at_us = 0;
        enum status st = json_known_keys(j, "a message", keys, e);

        if (st == OK)
                st = rules_case_time(j, "comes", c->begin_us, &at_us, e);
        if (st == OK)
                st = json_need_text(j, "topic", topic, sizeof topic, e);
        if (st == OK && !json_is_object(json_get(j, "body")))
                st = err_set(e, ERR_TYPE, "\"body\" must be an object");
        if (st == OK) {
                json_print(json_get(j, "body"), &b);
                st = add_message(c, at_us, text_of(topic), buf_as_text(&b), e);
        }
        buf_done(&b);
        return st;
}

/* {"comes","link","up"} */
static enum status read_link(const struct json *j, struct rules_case *c,
                             struct err *e)
{
        static const char *const keys[] = {"comes", "link", "up", NULL};
        struct link_note n = {.up = json_true(json_get(j, "up"))};
        struct rules_event *x = NULL;
        int64_t at_us = 0;
        enum status st = json_known_keys(j, "a link", keys, e);

        if (st == OK)
                st = rules_case_time(j, "comes", c->begin_us, &at_us, e);
        if (st == OK)
                st = json_need_code(j, "link", n.link, e);
        if (st == OK && !json_is_bool(json_get(j, "up")))
                st = err_set(e, ERR_TYPE, "\"up\" must be true or false");
        if (st == OK)
                st = new_event(c, at_us, RECORD_LINK, &x, e);
        if (st == OK && x)
                wire_link_encode(&n, &x->body);
        return st;
}

/* ---- what is expected ---- */

static enum status read_expected(const struct json *j, struct rules_case *c,
                                 const char *only, struct err *e)
{
        static const char *const keys[] = {"at",      "what", "level",
                                           "subject", "rule", "crossed",
                                           "late",    NULL};
        struct rules_expected *x = &c->expected[c->n_expected];
        const struct json *level = json_get(j, "level");
        struct text what = json_text(json_get(j, "what"));
        enum status st = json_known_keys(j, "an expectation", keys, e);

        x->crossed_us = TIME_NONE;
        if (st == OK)
                st = rules_case_time(j, "at", c->begin_us, &x->at_us, e);
        if (st == OK && !transition_kind_from(what, &x->what))
                st = err_set(e, ERR_UNKNOWN, "\"what\" is no transition");
        x->has_level = level != NULL;
        if (st == OK && level && !level_from(json_text(level), &x->level))
                st = err_set(e, ERR_UNKNOWN, "\"level\" is no level");
        if (st == OK)
                st = json_opt_text(j, "subject", x->subject, sizeof x->subject,
                                   e);
        if (st == OK && !x->subject[0])
                snprintf(x->subject, sizeof x->subject, "%s", only);
        if (st == OK && !x->subject[0])
                st = err_set(e, ERR_MISSING,
                             "\"subject\" is missing: there are several "
                             "stations");
        if (st == OK)
                st = json_opt_text(j, "rule", x->rule, sizeof x->rule, e);
        if (st == OK && json_get(j, "crossed"))
                st = rules_case_time(j, "crossed", c->begin_us, &x->crossed_us,
                                     e);
        x->has_late = json_is_bool(json_get(j, "late"));
        x->late = json_true(json_get(j, "late"));
        c->n_expected++;
        return st;
}

/* ---- the whole ---- */

typedef enum status read_one(const struct json *j, struct rules_case *c,
                             struct err *e);

static enum status read_list(const struct json *j, const char *key,
                             read_one *one, struct rules_case *c, struct err *e)
{
        const struct json *v;
        struct err why = {0};
        enum status st = OK;
        uint32_t n = 0;

        if (json_get(j, key) && !json_is_array(json_get(j, key)))
                return err_set(e, ERR_TYPE, "\"%s\" must be an array", key);
        for (v = json_first(json_get(j, key)); v && st == OK;
             v = json_next(v), n++) {
                st = one(v, c, &why);
                if (st != OK)
                        err_set(e, st, "%s[%u]: %.180s", key, n, why.msg);
        }
        return st;
}

static int by_time(const void *a, const void *b)
{
        const struct rules_event *x = a, *y = b;

        if (x->at_us != y->at_us)
                return x->at_us < y->at_us ? -1 : 1;
        return x->n < y->n ? -1 : x->n > y->n;
}

static enum status read_all_expected(const struct json *j, const char *only,
                                     struct rules_case *c, struct err *e)
{
        const struct json *list = json_get(j, "expect"), *v;
        struct err why = {0};
        enum status st = OK;

        if (!json_is_array(list))
                return err_set(e, ERR_MISSING,
                               "\"expect\" must be an array; an empty one says "
                               "that nothing is raised");
        if (json_size(list) > EXPECTED_MAX)
                return err_set(e, ERR_SIZE, "\"expect\" has more than %u",
                               EXPECTED_MAX);
        c->expected = calloc(json_size(list) + 1, sizeof *c->expected);
        if (!c->expected)
                return err_set(e, ERR_MEMORY, "no memory for a case");
        for (v = json_first(list); v && st == OK; v = json_next(v)) {
                st = read_expected(v, c, only, &why);
                if (st != OK)
                        err_set(e, st, "expect[%u]: %.180s", c->n_expected - 1,
                                why.msg);
        }
        return st;
}

enum status rules_case_read(const struct json *j, int64_t begin_us,
                            const char *only, struct rules_case *ret,
                            struct err *e)
{
        static const char *const keys[] = {"rule",   "name",     "begin",
                                           "series", "messages", "links",
                                           "until",  "expect",   NULL};
        enum status st = json_known_keys(j, "a case", keys, e);

        ret->begin_us = begin_us;
        if (st == OK)
                st = json_need_text(j, "name", ret->name, sizeof ret->name, e);
        if (st == OK && json_get(j, "begin"))
                st = json_need_time(j, "begin", &ret->begin_us, e);
        if (st == OK)
                st = json_need_text(j, "rule", ret->rule, sizeof ret->rule, e);
        if (st == OK)
                st = rules_case_time(j, "until", ret->begin_us, &ret->until_us,
                                     e);
        if (st == OK)
                st = read_list(j, "series", read_series, ret, e);
        if (st == OK)
                st = read_list(j, "messages", read_message, ret, e);
        if (st == OK)
                st = read_list(j, "links", read_link, ret, e);
        if (st == OK && ret->n_events > 0)
                qsort(ret->events, ret->n_events, sizeof *ret->events, by_time);
        if (st == OK)
                st = read_all_expected(j, only, ret, e);
        return st;
}

void rules_case_done(struct rules_case *c)
{
        uint32_t i;

        for (i = 0; i < c->n_events; i++)
                buf_done(&c->events[i].body);
        free(c->events);
        free(c->expected);
        memset(c, 0, sizeof *c);
}

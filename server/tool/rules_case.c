/* server/tool/rules_case.c -- see rules_case.h. */
#include "server/tool/rules_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/command.h"

#define EVENTS_MAX 200000u
#define EXPECTED_MAX 200u
#define LATE_US (10 * MINUTE_US) /* that long after its time is late */

static const char *const claims[] = {"", "late", "missing"};

const char *rules_claim_name(enum rules_claim c)
{
        return claims[c];
}

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

/* When it comes; something late is counted, and in time where the case is
 * told so. */
static int64_t arrival(struct rules_case *c, int64_t comes_us, int64_t own_us,
                       int64_t late_us)
{
        if (own_us == TIME_NONE || comes_us - own_us < late_us)
                return comes_us;
        c->n_late++;
        return c->version == ALL_IN_TIME ? own_us : comes_us;
}

struct series_note {
        char station[CODE_MAX + 1];
        char element[CODE_MAX + 1];
        int64_t at_us, every_us, delay_us;
        int64_t comes_us; /* all at once then; TIME_NONE: at its own time */
        int64_t repeat;
        const struct json *lost; /* what null stands for, or NULL */
};

static enum status add_value(struct rules_case *c, const struct series_note *s,
                             int64_t time_us, const struct json *v,
                             struct err *e)
{
        int64_t at_us = arrival(c,
                                s->comes_us == TIME_NONE ? time_us + s->delay_us
                                                         : s->comes_us,
                                time_us, LATE_US);
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
        static const char *const keys[] = {
                "station", "element", "at",     "every_s", "delay_s",
                "repeat",  "comes",   "values", "lost",    NULL};
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
        s->lost = json_get(j, "lost");
        if (st == OK && s->lost && !json_is_number(s->lost))
                st = err_set(e, ERR_TYPE,
                             "\"lost\" must be a number: what "
                             "each null would have been");
        s->every_us = every_s * SECOND_US;
        s->delay_us = delay_s * SECOND_US;
        return st;
}

/* Null: nothing was sent. */
static enum status add_null(struct rules_case *c, const struct series_note *s,
                            int64_t time_us, struct err *e)
{
        struct series_note in_time = *s;

        if (!s->lost)
                return OK;
        c->n_lost++;
        if (c->version != NOTHING_LOST)
                return OK;
        in_time.comes_us = TIME_NONE;
        in_time.delay_us = 0;
        return add_value(c, &in_time, time_us, s->lost, e);
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
                        st = json_is_null(v) ? add_null(c, &s, time_us, e)
                                             : add_value(c, &s, time_us, v, e);
                        time_us += s.every_us;
                }
        return st;
}

/* The time that a message speaks of: a call's, a run's, its first value's;
 * TIME_NONE: none. */
static int64_t time_of(const struct json *body)
{
        static const char *const keys[] = {"time", "issued_at"};
        int64_t us;
        size_t i;

        for (i = 0; i < sizeof keys / sizeof *keys; i++)
                if (time_parse(json_text(json_get(body, keys[i])), &us))
                        return us;
        body = json_first(json_get(body, "obs"));
        return time_parse(json_text(json_get(body, "time")), &us) ? us
                                                                  : TIME_NONE;
}

/* "lost": true: it did not come, but should have.  Is it to be told? */
static enum status is_told(const struct json *j, struct rules_case *c,
                           bool *ret, struct err *e)
{
        const struct json *lost = json_get(j, "lost");

        if (lost && !json_is_bool(lost))
                return err_set(e, ERR_TYPE,
                               "\"lost\" must be true: it did not come");
        *ret = !json_true(lost) || c->version == NOTHING_LOST;
        c->n_lost += json_true(lost);
        return OK;
}

/* The body, and where nothing is lost also the members that it lacks. */
static enum status print_body(const struct json *j, struct rules_case *c,
                              struct buf *b, struct err *e)
{
        const struct json *body = json_get(j, "body");
        const struct json *lacks = json_get(j, "lacks");
        struct buf more = {0};

        if (!json_is_object(body) || !json_first(body))
                return err_set(e, ERR_TYPE,
                               "\"body\" must be an object with members");
        if (lacks && (!json_is_object(lacks) || !json_first(lacks)))
                return err_set(e, ERR_TYPE,
                               "\"lacks\" must be an object: the members that "
                               "the body should have had");
        json_print(body, b);
        if (!lacks)
                return OK;
        c->n_lost++;
        if (c->version == NOTHING_LOST) {
                json_print(lacks, &more);
                if (!b->failed && !more.failed) {
                        b->p[b->n - 1] = ','; /* for its last bracket */
                        buf_add(b, more.p + 1, more.n - 1);
                }
        }
        b->failed |= more.failed;
        buf_done(&more);
        return b->failed ? err_set(e, ERR_MEMORY, "no memory for a body") : OK;
}

/* {"comes","topic","body":{...}}: any message, as it is. */
static enum status read_message(const struct json *j, struct rules_case *c,
                                struct err *e)
{
        static const char *const keys[] = {"comes", "topic", "body",
                                           "lacks", "lost",  NULL};
        struct buf b = {0};
        char topic[200];
        int64_t at_us = 0;
        bool told = false;
        enum status st = json_known_keys(j, "a message", keys, e);

        if (st == OK)
                st = rules_case_time(j, "comes", c->begin_us, &at_us, e);
        if (st == OK)
                st = json_need_text(j, "topic", topic, sizeof topic, e);
        if (st == OK)
                st = print_body(j, c, &b, e);
        if (st == OK)
                st = is_told(j, c, &told, e);
        if (st == OK && told)
                st = add_message(c,
                                 arrival(c, at_us, time_of(json_get(j, "body")),
                                         LATE_US),
                                 text_of(topic), buf_as_text(&b), e);
        buf_done(&b);
        return st;
}

static enum status add_link(struct rules_case *c, int64_t at_us,
                            const struct link_note *n, struct err *e)
{
        struct rules_event *x = NULL;
        enum status st = new_event(c, at_us, RECORD_LINK, &x, e);

        if (st == OK && x)
                wire_link_encode(n, &x->body);
        return st;
}

/* {"comes","link","up"}; "at": when it was so, if it was told late. */
static enum status read_link(const struct json *j, struct rules_case *c,
                             struct err *e)
{
        static const char *const keys[] = {"comes", "link", "up",
                                           "at",    "lost", NULL};
        struct link_note n = {.up = json_true(json_get(j, "up"))};
        int64_t at_us = 0, own_us = TIME_NONE;
        bool told = false;
        enum status st = json_known_keys(j, "a link", keys, e);

        if (st == OK)
                st = rules_case_time(j, "comes", c->begin_us, &at_us, e);
        if (st == OK && json_get(j, "at"))
                st = rules_case_time(j, "at", c->begin_us, &own_us, e);
        if (st == OK)
                st = json_need_code(j, "link", n.link, e);
        if (st == OK && !json_is_bool(json_get(j, "up")))
                st = err_set(e, ERR_TYPE, "\"up\" must be true or false");
        if (st == OK)
                st = is_told(j, c, &told, e);
        if (st == OK && told)
                st = add_link(c, arrival(c, at_us, own_us, SECOND_US), &n, e);
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

static enum status read_claim(const struct json *j, struct rules_case *c,
                              struct err *e)
{
        const struct json *shows = json_get(j, "shows");

        if (!shows)
                return OK;
        for (c->shows = CLAIM_LATE; c->shows <= CLAIM_MISSING; c->shows++)
                if (text_is(json_text(shows), claims[c->shows]))
                        return OK;
        c->shows = CLAIM_NONE;
        return err_set(e, ERR_UNKNOWN,
                       "\"shows\" must be \"late\" or \"missing\"");
}

/* What it is about, and from when until when. */
static enum status read_head(const struct json *j, struct rules_case *c,
                             struct err *e)
{
        int64_t tick_s = 0;
        enum status st = json_need_text(j, "name", c->name, sizeof c->name, e);

        if (st == OK && json_get(j, "begin"))
                st = json_need_time(j, "begin", &c->begin_us, e);
        if (st == OK)
                st = json_need_text(j, "rule", c->rule, sizeof c->rule, e);
        if (st == OK)
                st = read_claim(j, c, e);
        if (st == OK)
                st = rules_case_time(j, "until", c->begin_us, &c->until_us, e);
        if (st == OK)
                st = opt_i64(j, "tick_s", 1, 60, &tick_s, e);
        c->tick_us = tick_s * SECOND_US;
        return st;
}

enum status rules_case_read(const struct json *j, int64_t begin_us,
                            const char *only, enum rules_version version,
                            struct rules_case *ret, struct err *e)
{
        static const char *const keys[] = {
                "rule",  "name",   "shows", "begin",  "series", "messages",
                "links", "tick_s", "until", "expect", NULL};
        enum status st = json_known_keys(j, "a case", keys, e);

        ret->begin_us = begin_us;
        ret->version = version;
        if (st == OK)
                st = read_head(j, ret, e);
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

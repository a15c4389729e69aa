/* server/score.c -- see score.h; what decides is alerts/score.c. */
#include "server/score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/score.h"
#include "schemas/time.h"
#include "schemas/wire/json.h"

#define SHARES_FROM 10 /* events */

struct score {
        const struct json *rows;
        struct score_limits limits;
        struct score_span span;
        bool synthetic;
        struct json_out o;
};

static int64_t limit_of(const struct json *limits, const char *name)
{
        const struct json *l;
        int64_t milli = 0;

        for (l = json_first(limits); l; l = json_next(l))
                if (text_is(json_text(json_get(l, "name")), name))
                        json_milli(json_get(l, "value"), &milli);
        return milli;
}

static void read_limits(struct score *s)
{
        const struct json *l = json_get(s->rows, "limits");
        const int64_t hour = HOUR_US / 1000; /* of a thousandth */

        s->limits = (struct score_limits){
                .peak_share = limit_of(l, "peak_share") / 100,
                .peak_floor_milli = limit_of(l, "peak_floor"),
                .time_share = limit_of(l, "time_share") / 100,
                .time_floor_us = limit_of(l, "time_floor") * hour};
        s->span = (struct score_span){
                .window_us = limit_of(l, "event_window") * hour,
                .gap_us = limit_of(l, "event_gap") * hour};
}

static const struct json *nth(const struct json *row, int i)
{
        const struct json *v = json_first(row);

        while (v && i-- > 0)
                v = json_next(v);
        return v;
}

static int64_t at(const struct json *row, int i)
{
        int64_t n = TIME_NONE;

        json_i64(nth(row, i), &n);
        return n;
}

static void copy(struct json_out *o, const char *key, const struct json *v)
{
        struct buf b = {0};

        if (v)
                json_print(v, &b);
        if (b.n)
                json_put_raw(o, key, buf_as_text(&b));
        else
                json_put_null(o, key);
        buf_done(&b);
}

/* ---- errors ---- */

static void put_errors(struct score *s)
{
        static const struct {
                int64_t hour;
                const char *name;
        } leads[] = {{0, "0-1"},  {1, "1-3"},    {3, "3-6"},
                     {6, "6-12"}, {12, "12-24"}, {24, "24-"}};
        static const char *const keys[] = {"n", "bias", "mae", "rmse"};
        const struct json *x;
        size_t i;

        json_open_array(&s->o, "errors");
        for (x = json_first(json_get(s->rows, "errors")); x; x = json_next(x)) {
                json_open(&s->o, NULL);
                copy(&s->o, "source", nth(x, 0));
                copy(&s->o, "model", nth(x, 1));
                copy(&s->o, "element", nth(x, 2));
                for (i = 0; i < sizeof leads / sizeof *leads; i++)
                        if (leads[i].hour == at(x, 3))
                                json_put_str(&s->o, "lead", leads[i].name);
                for (i = 0; i < 4; i++)
                        copy(&s->o, keys[i], nth(x, 4 + (int)i));
                json_open(&s->o, "persistence");
                for (i = 0; i < 4; i++)
                        copy(&s->o, keys[i], nth(x, 8 + (int)i));
                json_close(&s->o);
                json_close(&s->o);
        }
        json_close_array(&s->o);
}

/* ---- events ---- */

/* What the stations of one source, model and line have together. */
struct line_score {
        struct score_tally tally;
        int64_t *lead_us;
        uint32_t n_lead;
};

static bool same(const struct json *a, const struct json *b)
{
        return text_eq(json_text(json_get(a, "source")),
                       json_text(json_get(b, "source"))) &&
               text_eq(json_text(json_get(a, "model")),
                       json_text(json_get(b, "model"))) &&
               text_eq(json_text(json_get(a, "line")),
                       json_text(json_get(b, "line")));
}

static void read_events(const struct json *list, struct score_event *ret)
{
        const struct json *x;

        for (x = json_first(list); x; x = json_next(x))
                *ret++ = (struct score_event){at(x, 0), at(x, 1),
                                              json_true(nth(x, 2))};
}

static void read_runs(const struct json *list, struct score_run *ret)
{
        const struct json *x;

        for (x = json_first(list); x; x = json_next(x))
                *ret++ = (struct score_run){at(x, 0), at(x, 1), at(x, 2)};
}

/* One station's part. */
static enum status add_station(struct score *s, const struct json *told,
                               struct line_score *l, struct err *e)
{
        const struct json *events = json_get(told, "events");
        const struct json *runs = json_get(told, "runs");
        uint32_t n_events = (uint32_t)json_size(events);
        uint32_t n_runs = (uint32_t)json_size(runs), n_lead = 0;
        struct score_event *ev = calloc(n_events + 1u, sizeof *ev);
        struct score_run *r = calloc(n_runs + 1u, sizeof *r);
        int64_t *more =
                realloc(l->lead_us, (l->n_lead + n_events + 1u) * sizeof *more);
        struct score_span span = s->span;

        if (more)
                l->lead_us = more;
        if (ev && r && more) {
                read_events(events, ev);
                read_runs(runs, r);
                if (!json_i64(json_get(told, "known"), &span.known_us))
                        span.known_us = TIME_NONE;
                score_tell(ev, n_events, r, n_runs, &span, &l->tally,
                           l->lead_us + l->n_lead, &n_lead);
                l->n_lead += n_lead;
        }
        free(ev);
        free(r);
        return ev && r && more ? OK : err_set(e, ERR_MEMORY, "scores");
}

static void put_share(struct score *s, const char *key, uint32_t part,
                      uint32_t of, uint32_t events)
{
        if (s->synthetic || of == 0 || events < SHARES_FROM)
                json_put_null(&s->o, key);
        else
                json_put_milli(&s->o, key, (int64_t)part * 1000 / of);
}

static void put_line(struct score *s, const struct json *told,
                     struct line_score *l)
{
        const struct score_tally *t = &l->tally;
        uint32_t n = t->hit + t->miss;

        json_open(&s->o, NULL);
        copy(&s->o, "source", json_get(told, "source"));
        copy(&s->o, "model", json_get(told, "model"));
        copy(&s->o, "line", json_get(told, "line"));
        json_put_i64(&s->o, "events", n + t->unseen);
        json_put_i64(&s->o, "hit", t->hit);
        json_put_i64(&s->o, "miss", t->miss);
        json_put_i64(&s->o, "unseen", t->unseen);
        json_put_i64(&s->o, "false_alarm", t->false_alarm);
        json_put_i64(&s->o, "withdrawn", t->withdrawn);
        json_put_i64(&s->o, "open", t->open);
        if (l->n_lead) {
                int64_t middle = score_median(l->lead_us, l->n_lead);

                json_open(&s->o, "lead_s");
                json_put_i64(&s->o, "min", l->lead_us[0] / SECOND_US);
                json_put_i64(&s->o, "median", middle / SECOND_US);
                json_close(&s->o);
        } else {
                json_put_null(&s->o, "lead_s");
        }
        put_share(s, "pod", t->hit, n, n);
        put_share(s, "far", t->false_alarm, t->hit + t->false_alarm, n);
        put_share(s, "csi", t->hit, n + t->false_alarm, n);
        /* The present level, below the line, never tells of a crossing. */
        json_open(&s->o, "persistence");
        json_put_i64(&s->o, "hit", 0);
        json_put_i64(&s->o, "miss", n);
        json_close(&s->o);
        json_close(&s->o);
}

static enum status put_events(struct score *s, struct err *e)
{
        const struct json *x = json_first(json_get(s->rows, "told")), *first;
        enum status st = OK;

        json_open_array(&s->o, "events");
        while (x && st == OK) {
                struct line_score l = {0};

                for (first = x; x && same(first, x) && st == OK;
                     x = json_next(x))
                        st = add_station(s, x, &l, e);
                if (st == OK)
                        put_line(s, first, &l);
                free(l.lead_us);
        }
        json_close_array(&s->o);
        return st;
}

/* ---- peaks ---- */

static void put_peak(struct score *s, const struct json *row,
                     const struct score_peaks *p)
{
        int64_t n = p->n;

        if (n <= 0)
                return;
        json_open(&s->o, NULL);
        copy(&s->o, "source", nth(row, 0));
        copy(&s->o, "model", nth(row, 1));
        json_put_i64(&s->o, "n", n);
        json_put_milli(&s->o, "error", p->error_milli / n);
        json_put_milli(&s->o, "error_abs", p->error_abs_milli / n);
        json_put_i64(&s->o, "time_s", p->time_us / n / SECOND_US);
        json_put_i64(&s->o, "time_abs_s", p->time_abs_us / n / SECOND_US);
        json_put_i64(&s->o, "peak_ok", p->peak_ok);
        json_put_i64(&s->o, "time_ok", p->time_ok);
        json_open(&s->o, "persistence");
        json_put_milli(&s->o, "error_abs", p->naive_abs_milli / n);
        json_close(&s->o);
        json_close(&s->o);
}

static void put_peaks(struct score *s)
{
        const struct json *x = json_first(json_get(s->rows, "peaks")), *first;

        json_open_array(&s->o, "peaks");
        while (x) {
                struct score_peaks p = {0};

                for (first = x;
                     x &&
                     text_eq(json_text(nth(x, 0)), json_text(nth(first, 0))) &&
                     text_eq(json_text(nth(x, 1)), json_text(nth(first, 1)));
                     x = json_next(x))
                        score_peak(&(struct score_peak){at(x, 2), at(x, 3),
                                                        at(x, 4), at(x, 5),
                                                        at(x, 6), at(x, 7)},
                                   &s->limits, &p);
                put_peak(s, first, &p);
        }
        json_close_array(&s->o);
}

enum status score_answer(struct text rows, struct buf *ret, struct err *e)
{
        struct score s = {.o = json_out(ret)};
        struct json *j = NULL;
        enum status st = json_parse(rows, JSON_FILE_MAX, &j, e);

        if (st != OK)
                return st;
        s.rows = j;
        s.synthetic = json_true(json_get(j, "synthetic"));
        read_limits(&s);
        json_open(&s.o, NULL);
        copy(&s.o, "from", json_get(j, "from"));
        copy(&s.o, "to", json_get(j, "to"));
        json_put_bool(&s.o, "synthetic", s.synthetic);
        copy(&s.o, "limits", json_get(j, "limits"));
        put_errors(&s);
        st = put_events(&s, e);
        put_peaks(&s);
        json_close(&s.o);
        json_free(j);
        return st == OK && ret->failed ? err_set(e, ERR_MEMORY, "scores") : st;
}

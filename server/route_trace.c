/* server/route_trace.c -- a rule at a station, instant by instant, for a
 * chart: what it was compared with, and why it fired or not.
 *
 * Thread: the loop. */
#include "server/route.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/trace.h"
#include "schemas/time.h"

#define SPAN_US (24 * HOUR_US)
#define STEPS 720

struct points {
        struct trace_point *at;
        uint32_t n;
};

static void keep(void *self, const struct trace_point *point)
{
        struct points *k = self;

        if (k->n <= TRACE_POINTS_MAX)
                k->at[k->n++] = *point;
}

struct asked {
        uint32_t station;
        int64_t from_us, to_us, step_us;
};

/* Instants stand on whole steps, so that they meet those of the data. */
static bool read_span(const struct http_request *q, const struct view *v,
                      struct asked *a, struct err *e)
{
        const struct station *s = &v->state->places.stations[a->station];
        uint64_t step_s = 0;

        a->to_us = v->engine_us;
        if (http_arg(q, "to") && !http_arg_time(q, "to", &a->to_us)) {
                err_set(e, ERR_TIME, "\"to\" is RFC 3339 with an offset");
                return false;
        }
        a->from_us = a->to_us - SPAN_US;
        if (http_arg(q, "from") && !http_arg_time(q, "from", &a->from_us)) {
                err_set(e, ERR_TIME, "\"from\" is RFC 3339 with an offset");
                return false;
        }
        if (!http_arg_u64(q, "step_s", 1, 86400, &step_s)) {
                err_set(e, ERR_RANGE, "\"step_s\" is 1 to 86400");
                return false;
        }
        a->step_us = (int64_t)step_s * SECOND_US;
        if (!step_s) {
                a->step_us = s->interval_us > 0 ? s->interval_us : MINUTE_US;
                while ((a->to_us - a->from_us) / a->step_us > STEPS)
                        a->step_us *= 2;
        }
        a->from_us -= a->from_us % a->step_us;
        return true;
}

/* ---- the answer, by columns ---- */

static void put_milli_or_null(struct json_out *o, bool known, int64_t milli)
{
        if (known)
                json_put_milli(o, NULL, milli);
        else
                json_put_null(o, NULL);
}

static void put_columns(struct json_out *o, const struct points *k, uint32_t i)
{
        uint32_t n;

        json_open_array(o, "value");
        for (n = 0; n < k->n; n++)
                put_milli_or_null(o, k->at[n].line[i].has_value,
                                  k->at[n].line[i].value_milli);
        json_close_array(o);
        json_open_array(o, "threshold");
        for (n = 0; n < k->n; n++)
                put_milli_or_null(o, k->at[n].line[i].answer != TRACE_NOT_SET,
                                  k->at[n].line[i].threshold_milli);
        json_close_array(o);
        json_open_array(o, "answer");
        for (n = 0; n < k->n; n++)
                json_put_str(o, NULL,
                             trace_answer_name(k->at[n].line[i].answer));
        json_close_array(o);
        json_open_array(o, "missing_s");
        for (n = 0; n < k->n; n++)
                json_put_i64(o, NULL, k->at[n].line[i].missing_us / SECOND_US);
        json_close_array(o);
        json_open_array(o, "on");
        for (n = 0; n < k->n; n++)
                json_put_bool(o, NULL, k->at[n].line[i].on);
        json_close_array(o);
}

/* What an expression shows may change; what stands longest in a trace is
 * its end. */
static void put_line(struct json_out *o, const struct rule *r,
                     const struct points *k, uint32_t i)
{
        const struct trace_line *last = &k->at[k->n - 1].line[i];

        json_open(o, NULL);
        json_put_str(o, "level", level_name(r->line[i].level));
        json_put_words(o, "when", r->line[i].when);
        json_put_words(o, "element",
                       last->element < ELEMENT_count
                               ? element_name(last->element)
                               : "");
        json_put_words(o, "unit",
                       r->kind == RULE_DRY_DAYS ? "days"
                       : last->window_us        ? "mm"
                       : last->element < ELEMENT_count
                               ? view_element_unit((int)last->element)
                               : "");
        json_put_i64(o, "window_s", last->window_us / SECOND_US);
        put_columns(o, k, i);
        json_close(o);
}

static void put_alerts(struct json_out *o, const struct view *v,
                       const struct asked *a, enum hazard hazard)
{
        const struct alert *list;
        uint32_t n = engine_alerts(v->state->engine, &list), i;

        json_open_array(o, "alerts");
        for (i = 0; i < n; i++) {
                if (list[i].station != a->station || list[i].hazard != hazard)
                        continue;
                json_open(o, NULL);
                json_put_str(o, "id", list[i].id);
                json_put_str(o, "rule", list[i].rule); /* leads it now */
                json_put_str(o, "level", level_name(list[i].level_peak));
                json_put_time(o, "observed_at", list[i].observed_us);
                json_put_time(o, "raised_at", list[i].raised_us);
                json_put_time(o, "ended_at", list[i].ended_us);
                json_put_bool(o, "late", list[i].late);
                json_close(o);
        }
        json_close_array(o);
}

static const struct rule *rule_of(const struct view *v, const char *id)
{
        const struct rule_set *set = engine_rule_set(v->state->engine);
        uint32_t i;

        for (i = 0; i < set->n_rules; i++)
                if (strcmp(set->rule[i].id, id) == 0)
                        return &set->rule[i];
        return NULL;
}

static void put_trace(struct json_out *o, const struct view *v,
                      const struct asked *a, const struct points *k,
                      const struct rule *r)
{
        const struct station *s = &v->state->places.stations[a->station];
        uint32_t i;

        json_open(o, NULL);
        json_put_str(o, "rule", r->id);
        json_put_str(o, "kind", rule_kind_name(r->kind));
        json_put_str(o, "text", r->text);
        json_put_str(o, "text_en", r->text_en);
        json_put_str(o, "station", s->code);
        json_put_i64(o, "interval_s", s->interval_us / SECOND_US);
        json_put_i64(o, "step_s", a->step_us / SECOND_US);
        json_put_i64(o, "hold_s", r->hold_us / SECOND_US);
        json_put_milli(o, "hysteresis", r->hysteresis_milli);
        json_open_array(o, "at_s"); /* since 1970, UTC */
        for (i = 0; i < k->n; i++)
                json_put_i64(o, NULL, k->at[i].at_us / SECOND_US);
        json_close_array(o);
        json_open_array(o, "lines");
        for (i = 0; i < r->n_lines; i++)
                put_line(o, r, k, i);
        json_close_array(o);
        put_alerts(o, v, a, r->hazard);
        json_close(o);
}

ROUTE(rule_trace)
{
        struct view v = route_view(r);
        const char *code = http_arg(&x->req, "station");
        struct points k = {.at = calloc(TRACE_POINTS_MAX + 1, sizeof *k.at)};
        struct json_out o = json_out(&x->body);
        struct asked a = {.station = places_find_station(&v.state->places,
                                                         text_of(code))};
        struct err e = {0};
        enum status st;

        if (!k.at) {
                http_problem_status(x, ERR_MEMORY, NULL);
                return;
        }
        if (!code || a.station == NO_INDEX)
                st = err_set(&e, ERR_UNKNOWN_STATION,
                             "\"station\" is no station of ours");
        else if (!read_span(&x->req, &v, &a, &e))
                st = e.code;
        else
                st = engine_trace(v.state->engine, &v.state->places, a.station,
                                  at->at[0], a.from_us, a.to_us, a.step_us,
                                  keep, &k, &e);
        if (st == OK) {
                put_trace(&o, &v, &a, &k, rule_of(&v, at->at[0]));
                http_answer(x, 200, HTTP_JSON);
        } else {
                http_problem_status(x, st, e.msg);
        }
        free(k.at);
}

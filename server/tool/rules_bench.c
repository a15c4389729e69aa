/* server/tool/rules_bench.c -- see rules_bench.h. */
#include "server/tool/rules_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/command.h"
#include "schemas/wire/forecast.h"

#define FORECAST_WAIT_US (10 * MINUTE_US) /* as server/app_time.c */

/* ---- one record ---- */

/* What people do about an alert is not the rule's business. */
static bool is_compared(enum transition_kind k)
{
        return k != TRANSITION_ACK && k != TRANSITION_ESCALATED &&
               k != TRANSITION_REOPENED && k != TRANSITION_MEMBERS;
}

static enum status note_change(struct bench *b, const struct alert_change *c,
                               struct err *e)
{
        const struct alert *a = &c->alert;
        struct got *g = &b->got[b->n_got];

        if (a->hazard != b->hazard || !is_compared(c->transition.kind))
                return OK;
        if (b->n_got == GOT_MAX)
                return err_set(e, ERR_SIZE, "more than %u transitions",
                               GOT_MAX);
        *g = (struct got){.at_us = c->transition.at_us,
                          .crossed_us = a->observed_us,
                          .what = c->transition.kind,
                          .level = c->transition.to_level,
                          .late = a->late};
        snprintf(g->subject, sizeof g->subject, "%s", a->subject);
        snprintf(g->rule, sizeof g->rule, "%s", a->rule);
        b->n_got++;
        return OK;
}

static enum status give(struct bench *b, enum record_kind kind,
                        struct text body, int64_t at_us, struct err *e)
{
        struct record r = {b->s->seq + 1, kind, at_us, body};
        enum status st = pipeline_step(b->s, &r, &b->fx, e);
        uint32_t i;

        if (st == OK && b->fx.n_refused)
                return err_set(e, b->fx.refused[0].reason, "%s: %.150s",
                               record_kind_name(kind), b->fx.refused[0].detail);
        for (i = 0; i < b->fx.n_alert && st == OK; i++)
                st = note_change(b, &b->fx.alert[i], e);
        return st;
}

static enum status tick(struct bench *b, int64_t at_us, struct err *e)
{
        buf_clear(&b->body);
        record_tick_pack(&b->body, at_us, at_us);
        return give(b, RECORD_TICK, buf_as_text(&b->body), at_us, e);
}

static enum status give_forecast(struct bench *b, const struct forecast *f,
                                 int64_t at_us, struct err *e)
{
        buf_clear(&b->body);
        wire_forecast_encode(f, &b->body);
        return give(b, RECORD_FORECAST, buf_as_text(&b->body), at_us, e);
}

static enum status level_forecasts(struct bench *b, int64_t at_us,
                                   struct err *e)
{
        const struct places *p = &b->s->places;
        static struct forecast f;
        enum status st = OK;
        uint32_t i;

        for (i = 0; i < p->n_stations && st == OK; i++) {
                if (at_us - b->asked_us[i] < FORECAST_WAIT_US)
                        continue;
                if (engine_forecast_due(b->s->engine, p, i, at_us, &f)) {
                        b->asked_us[i] = at_us;
                        st = give_forecast(b, &f, at_us, e);
                }
                if (st == OK &&
                    engine_travel_due(b->s->engine, p, i, at_us, &f)) {
                        b->asked_us[i] = at_us;
                        st = give_forecast(b, &f, at_us, e);
                }
        }
        return st;
}

/* ---- a case ---- */

static enum status give_places(struct bench *b, const struct rules_file *f,
                               const char *key, const char *what,
                               int64_t begin_us, struct err *e)
{
        const struct json *v;
        struct buf text = {0}, body = {0};
        struct err why = {0};
        enum status st = OK;
        uint32_t n = 0;

        for (v = json_first(json_get(f->j, key)); v && st == OK;
             v = json_next(v), n++) {
                buf_clear(&text);
                buf_clear(&body);
                json_print(v, &text);
                if (text.n < 3 || text.p[0] != '{') {
                        st = err_set(&why, ERR_TYPE, "must be an object");
                } else {
                        buf_printf(&body, "{\"what\":\"%s\",", what);
                        buf_add(&body, text.p + 1, text.n - 1);
                        st = give(b, RECORD_IMPORT, buf_as_text(&body),
                                  begin_us, &why);
                }
                if (st != OK)
                        err_set(e, st, "%s[%u]: %.180s", key, n, why.msg);
        }
        buf_done(&text);
        buf_done(&body);
        return st;
}

static enum status furnish(struct bench *b, const struct rules_file *f,
                           int64_t begin_us, struct err *e)
{
        struct clock_note n = {begin_us, 1000};
        struct link_note l = {"broker", true, ""};
        uint32_t i;
        enum status st =
                give(b, RECORD_RULES, buf_as_text(&f->rules), begin_us, e);

        if (st == OK && f->checks.n)
                st = give(b, RECORD_IMPORT, buf_as_text(&f->checks), begin_us,
                          e);
        if (st == OK)
                st = give_places(b, f, "zones", "zone", begin_us, e);
        if (st == OK)
                st = give_places(b, f, "stations", "station", begin_us, e);
        buf_clear(&b->body);
        wire_clock_encode(&n, &b->body);
        if (st == OK)
                st = give(b, RECORD_CLOCK, buf_as_text(&b->body), begin_us, e);
        buf_clear(&b->body);
        wire_link_encode(&l, &b->body);
        if (st == OK)
                st = give(b, RECORD_LINK, buf_as_text(&b->body), begin_us, e);
        b->asked_us = calloc(b->s->places.n_stations + 1, sizeof *b->asked_us);
        if (!b->asked_us)
                return err_set(e, ERR_MEMORY, "no memory for a case");
        for (i = 0; i < b->s->places.n_stations; i++)
                b->asked_us[i] = INT64_MIN / 2;
        return st;
}

/* Rules that a name means: their hazard is what is compared. */
static enum status find_hazard(struct bench *b, const char *rule, struct err *e)
{
        const struct rule_set *set = engine_rule_set(b->s->engine);
        uint32_t i;

        for (i = 0; i < set->n_rules; i++)
                if (strcmp(set->rule[i].id, rule) == 0) {
                        b->hazard = set->rule[i].hazard;
                        return OK;
                }
        return err_set(e, ERR_UNKNOWN, "the table has no rule \"%s\"", rule);
}

bool rules_bench_fits(const struct rules_expected *x, const struct got *g)
{
        return x->at_us == g->at_us && x->what == g->what &&
               (!x->has_level || x->level == g->level) &&
               strcmp(x->subject, g->subject) == 0 &&
               (!x->rule[0] || strcmp(x->rule, g->rule) == 0) &&
               (!x->has_late || x->late == g->late) &&
               (x->crossed_us == TIME_NONE || x->crossed_us == g->crossed_us);
}

/* Is it known by now that the case does not hold? */
static bool is_other(const struct bench *b)
{
        const struct rules_case *c = b->until_other;
        uint32_t n = b->n_got;

        if (!c)
                return false;
        if (n > c->n_expected ||
            (n > 0 && !rules_bench_fits(&c->expected[n - 1], &b->got[n - 1])))
                return true;
        return n < c->n_expected && c->expected[n].at_us < b->s->engine_us;
}

static enum status run_events(struct bench *b, const struct rules_case *c,
                              struct err *e)
{
        enum status st = OK;
        int64_t at_us;
        uint32_t i = 0;

        for (at_us = c->begin_us;
             at_us <= c->until_us && st == OK && !is_other(b);
             at_us += c->tick_us) {
                st = tick(b, at_us, e);
                for (; st == OK && i < c->n_events &&
                       c->events[i].at_us < at_us + c->tick_us &&
                       c->events[i].at_us <= c->until_us;
                     i++) {
                        const struct rules_event *x = &c->events[i];

                        if (x->at_us > b->s->engine_us)
                                st = tick(b, x->at_us, e);
                        if (st == OK)
                                st = give(b, x->kind, buf_as_text(&x->body),
                                          x->at_us, e);
                }
                if (st == OK)
                        st = level_forecasts(b, b->s->engine_us, e);
        }
        return st;
}

enum status rules_bench_run(struct bench *b, const struct rules_file *f,
                            const struct rules_case *c, struct err *e)
{
        enum status st = state_create(&b->s, e);

        effects_init(&b->fx);
        if (st == OK)
                st = furnish(b, f, c->begin_us, e);
        if (st == OK)
                st = find_hazard(b, c->rule, e);
        b->n_got = 0;
        if (st == OK)
                st = run_events(b, c, e);
        effects_done(&b->fx);
        if (b->s)
                state_free(b->s);
        free(b->asked_us);
        b->asked_us = NULL;
        b->s = NULL;
        return st;
}

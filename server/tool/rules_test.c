/* server/tool/rules_test.c -- a case runs through the whole pipeline, as a
 * server would take it: gate, quality marks, rain series, rules, forecasts.
 *
 * Holds:  the clock ticks each minute and before each message; duties are
 *         not answered, and their escalation is not compared. */
#include "server/tool/rules_test.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/command.h"
#include "schemas/wire/forecast.h"
#include "schemas/wire/rule.h"
#include "server/file.h"
#include "server/pipeline.h"
#include "server/tool/rules_case.h"
#include "server/tool/rules_moved.h"
#include "server/tool/tool.h"

#define GOT_MAX 400u
#define FORECAST_WAIT_US (10 * MINUTE_US) /* as server/app_time.c */

/* A transition that came. */
struct got {
        int64_t at_us, crossed_us;
        enum transition_kind what;
        enum level level;
        char subject[SUBJECT_MAX + 1];
        char rule[CODE_MAX + 1];
        bool late;
};

struct bench {
        struct state *s;
        struct effects fx;
        struct buf body;
        int64_t *asked_us; /* by station: the last level forecast */
        enum hazard hazard;
        struct got got[GOT_MAX];
        uint32_t n_got;
};

struct file {
        const char *path;
        struct json *j;
        struct buf rules, checks;
        int64_t begin_us;
        char only[CODE_MAX + 1]; /* the station, when there is one */
};

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

static enum status give_places(struct bench *b, const struct file *f,
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

static enum status furnish(struct bench *b, const struct file *f,
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

static enum status run_events(struct bench *b, const struct rules_case *c,
                              struct err *e)
{
        enum status st = OK;
        int64_t at_us;
        uint32_t i = 0;

        for (at_us = c->begin_us; at_us <= c->until_us && st == OK;
             at_us += MINUTE_US) {
                st = tick(b, at_us, e);
                for (; st == OK && i < c->n_events &&
                       c->events[i].at_us < at_us + MINUTE_US &&
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

static enum status run_case(struct bench *b, const struct file *f,
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

/* ---- what came of it ---- */

static bool is_as_expected(const struct rules_expected *x, const struct got *g)
{
        return x->at_us == g->at_us && x->what == g->what &&
               (!x->has_level || x->level == g->level) &&
               strcmp(x->subject, g->subject) == 0 &&
               (!x->rule[0] || strcmp(x->rule, g->rule) == 0) &&
               (!x->has_late || x->late == g->late) &&
               (x->crossed_us == TIME_NONE || x->crossed_us == g->crossed_us);
}

static bool all_as_expected(const struct rules_case *c, const struct bench *b)
{
        uint32_t i;

        if (c->n_expected != b->n_got)
                return false;
        for (i = 0; i < b->n_got; i++)
                if (!is_as_expected(&c->expected[i], &b->got[i]))
                        return false;
        return true;
}

static void print_at(const char *word, int64_t at_us, int64_t begin_us)
{
        int64_t s = (at_us - begin_us) / SECOND_US;

        printf("%s%s%02lld:%02lld", word, s < 0 ? "-" : "+",
               (long long)(llabs(s) / 3600), (long long)(llabs(s) / 60 % 60));
        if (s % 60)
                printf(":%02lld", (long long)(llabs(s) % 60));
}

static void print_expected(const struct rules_case *c,
                           const struct rules_expected *x)
{
        print_at("  want ", x->at_us, c->begin_us);
        printf(" %s %s %s%s%s%s", x->subject, transition_kind_name(x->what),
               x->has_level ? level_name(x->level) : "(any level)",
               x->rule[0] ? " by " : "", x->rule,
               !x->has_late ? ""
               : x->late    ? " late"
                            : " not late");
        if (x->crossed_us != TIME_NONE)
                print_at(", crossed ", x->crossed_us, c->begin_us);
        printf("\n");
}

static void print_failed(const struct rules_case *c, const struct bench *b)
{
        uint32_t i, n = c->n_expected > b->n_got ? c->n_expected : b->n_got;

        for (i = 0; i < n; i++) {
                if (i < c->n_expected && i < b->n_got &&
                    is_as_expected(&c->expected[i], &b->got[i]))
                        continue;
                if (i < c->n_expected)
                        print_expected(c, &c->expected[i]);
                if (i >= b->n_got) {
                        printf("  came nothing\n");
                        continue;
                }
                print_at("  came ", b->got[i].at_us, c->begin_us);
                printf(" %s %s %s by %s%s", b->got[i].subject,
                       transition_kind_name(b->got[i].what),
                       level_name(b->got[i].level), b->got[i].rule,
                       b->got[i].late ? " late" : "");
                print_at(", crossed ", b->got[i].crossed_us, c->begin_us);
                printf("\n");
        }
}

/* ---- the file ---- */

static enum status read_beside(const char *path, const char *name,
                               struct buf *b, struct err *e)
{
        char dir[PATH_MAX], whole[PATH_MAX + 256];

        snprintf(dir, sizeof dir, "%s", path);
        snprintf(whole, sizeof whole, "%s/%s", dirname(dir), name);
        b->limit = JSON_FILE_MAX;
        return file_read(whole, b, e);
}

static enum status open_tables(struct file *f, struct err *e)
{
        char name[200];
        enum status st = json_need_text(f->j, "rules", name, sizeof name, e);

        if (st == OK)
                st = read_beside(f->path, name, &f->rules, e);
        if (st == OK)
                st = json_opt_text(f->j, "checks", name, sizeof name, e);
        if (st == OK && name[0])
                st = read_beside(f->path, name, &f->checks, e);
        return st;
}

static enum status open_file(const char *path, struct file *f, struct err *e)
{
        static const char *const keys[] = {"$schema", "rules", "checks",
                                           "begin",   "zones", "stations",
                                           "cases",   NULL};
        const struct json *list;
        struct buf b = {.limit = JSON_FILE_MAX};
        enum status st = file_read(path, &b, e);

        f->path = path;
        if (st == OK)
                st = json_parse(buf_as_text(&b), JSON_FILE_MAX, &f->j, e);
        buf_done(&b);
        if (st == OK)
                st = json_known_keys(f->j, "a test file", keys, e);
        if (st == OK)
                st = json_need_time(f->j, "begin", &f->begin_us, e);
        if (st == OK)
                st = open_tables(f, e);
        list = json_get(f->j, "stations");
        if (st == OK && !json_is_array(list))
                st = err_set(e, ERR_MISSING, "\"stations\" must be an array");
        if (st == OK && json_size(list) == 1)
                st = json_need_code(json_first(list), "code", f->only, e);
        if (st == OK && !json_is_array(json_get(f->j, "cases")))
                st = err_set(e, ERR_MISSING, "\"cases\" must be an array");
        return st;
}

static void close_file(struct file *f)
{
        json_free(f->j);
        buf_done(&f->rules);
        buf_done(&f->checks);
}

static enum status run_one(struct bench *b, const struct file *f,
                           const struct json *j, bool tell, bool *ret_good,
                           struct err *e)
{
        struct rules_case c = {0};
        struct err why = {0};
        enum status st = rules_case_read(j, f->begin_us, f->only, &c, &why);

        if (st == OK)
                st = run_case(b, f, &c, &why);
        *ret_good = st == OK && all_as_expected(&c, b);
        if (st == OK && tell) {
                printf("%s - %s: %s\n", *ret_good ? "ok" : "not ok", c.rule,
                       c.name);
                if (!*ret_good)
                        print_failed(&c, b);
        } else if (st != OK) {
                err_set(e, st, "case \"%.60s\": %.160s",
                        c.name[0] ? c.name : "?", why.msg);
        }
        rules_case_done(&c);
        return st;
}

/* ---- is each limit tested? ---- */

static bool is_of(const struct json *v, const char *rule)
{
        return text_is(json_text(json_get(v, "rule")), rule);
}

/* Does a case of the rule notice that the table is another now?  A table
 * that is refused is noticed too.  Limits and their cases mostly stand in
 * one order: *from, which noticed last, is asked first. */
static bool is_noticed(struct bench *b, const struct file *f, const char *rule,
                       const struct json **from)
{
        const struct json *first = json_first(json_get(f->j, "cases"));
        const struct json *v = *from ? *from : first, *begin = v;
        bool good = true;

        do {
                if (is_of(v, rule) &&
                    run_one(b, f, v, false, &good, NULL) != OK)
                        good = false;
                if (!good)
                        *from = v;
                v = json_next(v) ? json_next(v) : first;
        } while (good && v != begin);
        return !good;
}

static bool has_case(const struct file *f, const char *rule)
{
        const struct json *v;

        for (v = json_first(json_get(f->j, "cases")); v; v = json_next(v))
                if (is_of(v, rule))
                        return true;
        return false;
}

/* Limits of one rule whose move by a step no case notices; how many. */
static uint32_t tell_unnoticed(struct bench *b, struct file *f,
                               struct rule_set *set, uint32_t rule)
{
        struct rule was = set->rule[rule];
        struct buf table = f->rules;
        const struct json *from = NULL;
        uint32_t i, n = 0;
        char what[200];

        for (i = 0; rules_move(&was, i, &set->rule[rule], what, sizeof what);
             i++) {
                f->rules = (struct buf){.limit = JSON_FILE_MAX};
                wire_rules_encode(set, &f->rules);
                if (!is_noticed(b, f, was.id, &from)) {
                        printf("rule %s, %s: no case notices\n", was.id, what);
                        n++;
                }
                buf_done(&f->rules);
        }
        set->rule[rule] = was;
        f->rules = table;
        return n;
}

/* Rules of the table that no case names, and (limits) those whose limits
 * could be others; how many. */
static enum status tell_untested(struct bench *b, struct file *f, bool limits,
                                 uint32_t *ret, struct err *e)
{
        struct rule_set *set = calloc(1, sizeof *set);
        enum status st;
        uint32_t i;

        if (!set)
                return err_set(e, ERR_MEMORY, "no memory for a rule table");
        st = wire_rules_decode(buf_as_text(&f->rules), set, e);
        for (i = 0; st == OK && i < set->n_rules; i++) {
                if (!has_case(f, set->rule[i].id)) {
                        printf("no case for rule %s\n", set->rule[i].id);
                        (*ret)++;
                } else if (limits) {
                        *ret += tell_unnoticed(b, f, set, i);
                }
        }
        free(set);
        return st;
}

static enum status run_file(struct file *f, bool all, bool *ret_good,
                            struct err *e)
{
        struct bench *b = calloc(1, sizeof *b);
        uint32_t n = 0, failed = 0, untested = 0;
        const struct json *v;
        enum status st = OK;
        bool good = true;

        if (!b)
                return err_set(e, ERR_MEMORY, "no memory for a case");
        for (v = json_first(json_get(f->j, "cases")); v && st == OK;
             v = json_next(v), n++) {
                st = run_one(b, f, v, true, &good, e);
                failed += !good;
        }
        if (st == OK)
                st = tell_untested(b, f, all && failed == 0, &untested, e);
        buf_done(&b->body);
        free(b);
        if (st != OK)
                return st;
        printf("%s: %u cases, %u failed\n", f->path, n, failed);
        *ret_good = failed == 0 && (!all || untested == 0);
        return OK;
}

int rules_test(const char *path, bool all)
{
        struct file f = {0};
        struct err why = {0}, e = {0};
        bool good = false;
        enum status st = open_file(path, &f, &why);

        if (st == OK)
                st = run_file(&f, all, &good, &why);
        close_file(&f);
        if (st == OK)
                return good ? 0 : 1;
        err_set(&e, st, "%.80s: %.170s", path, why.msg);
        return tool_fail(&e);
}

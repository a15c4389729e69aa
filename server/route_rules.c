/* server/route_rules.c -- rule tables: checked as one writes, drafted,
 * back-tested, confirmed by a second person, put in force.
 *
 * Thread: the loop. */
#include "server/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/rule.h"
#include "server/backtests.h"
#include "server/rule_file.h"

/* ---- what is in force ---- */

static void put_head(struct json_out *o, const struct rules_text *t)
{
        json_put_str(o, "hash", t->hash);
        json_put_str(o, "name", t->name);
        json_put_i64(o, "version", t->version);
}

ROUTE(rules)
{
        struct view v = route_view(r);
        const struct rules_book *k = &v.state->rules;
        struct json_out o = json_out(&x->body);

        view_rules(&v, &x->body);
        if (x->body.n && k->now.hash[0]) {
                x->body.n--; /* its last brace: more members follow */
                o.comma = true;
                json_put_str(&o, "hash", k->now.hash);
                json_put_str(&o, "by", k->by);
                json_put_time(&o, "put_at", k->since_us);
                json_put_u64(&o, "seq", k->seq);
                json_close(&o);
        }
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(rules_text)
{
        struct view v = route_view(r);
        const struct rules_text *t = &v.state->rules.now;

        if (!t->hash[0]) {
                http_problem(x, 404, "unknown", "no table is in force");
                return;
        }
        buf_add(&x->body, t->text, t->n_text);
        http_answer(x, 200, HTTP_JSON);
}

/* ---- is it right? ---- */

static void put_place(struct json_out *o, const char *key, uint32_t n)
{
        if (n)
                json_put_i64(o, key, n);
        else
                json_put_null(o, key);
}

static void put_fault(struct json_out *o, enum status st, const struct err *e)
{
        json_put_bool(o, "ok", false);
        json_put_str(o, "code", status_name(st));
        json_put_words(o, "fault", fault_name(e->fault));
        json_put_bytes(o, "message", text_of(e->msg));
        put_place(o, "line", e->line);
        put_place(o, "column", e->column);
}

static void put_right(struct json_out *o, const struct rules_book *k,
                      struct text text, const struct rule_set *set)
{
        struct buf words = {0};
        char hash[RULES_HASH];

        rules_hash(text, hash);
        wire_rules_encode(set, &words);
        json_put_bool(o, "ok", true);
        json_put_str(o, "hash", hash);
        json_put_bool(o, "in_force", strcmp(hash, k->now.hash) == 0);
        json_put_raw(o, "table", buf_as_text(&words));
        if (words.failed)
                o->b->failed = true;
        buf_done(&words);
}

ROUTE(rules_check)
{
        struct view v = route_view(r);
        struct rule_set *set = calloc(1, sizeof *set);
        struct text text = buf_as_text(&x->req.body);
        struct json_out o = json_out(&x->body);
        struct err e = {0};
        enum status st;

        if (!set) {
                http_problem_status(x, ERR_MEMORY, NULL);
                return;
        }
        st = rule_file_decode(text, set, NULL, &e);
        if (st == OK)
                st = rule_file_places(text, set, &v.state->places, NULL, &e);
        json_open(&o, NULL);
        if (st == OK)
                put_right(&o, &v.state->rules, text, set);
        else
                put_fault(&o, st, &e);
        json_close(&o);
        free(set);
        http_answer(x, 200, HTTP_JSON);
}

/* ---- versions ---- */

/* The archive is away: the one in force is known all the same. */
static void only_now(struct routes *r, struct http_exchange *x,
                     struct text open)
{
        struct view v = route_view(r);
        const struct rules_book *k = &v.state->rules;
        struct json_out o = json_out(&x->body);

        (void)open;
        json_open(&o, NULL);
        json_put_bool(&o, "archive_down", true);
        json_open_array(&o, "versions");
        if (k->now.hash[0]) {
                json_open(&o, NULL);
                json_put_u64(&o, "seq", k->seq);
                put_head(&o, &k->now);
                json_put_str(&o, "by", k->by);
                json_put_time(&o, "put_at", k->since_us);
                json_close(&o);
        }
        json_close_array(&o);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(rules_versions)
{
        uint64_t limit = 100;
        char text[24];

        if (!http_arg_u64(&x->req, "limit", 1, 1000, &limit)) {
                http_problem(x, 400, "range", "\"limit\" is 1 to 1000");
                return;
        }
        snprintf(text, sizeof text, "%llu", (unsigned long long)limit);
        route_ask(r, x, QUERY_RULE_VERSIONS, (const char *const[]){text, NULL},
                  (struct text){"", 0}, "versions", only_now);
}

ROUTE(rules_version)
{
        int64_t seq;

        if (!text_to_i64(text_of(at->at[0]), &seq) || seq < 1) {
                http_problem(x, 404, "unknown", "a version is a record number");
                return;
        }
        route_ask(r, x, QUERY_RULE_VERSION,
                  (const char *const[]){at->at[0], NULL}, (struct text){"", 0},
                  "versions", NULL);
}

/* ---- drafts ---- */

static void put_word(struct json_out *o, const char *key, const char *user,
                     int64_t at_us, const char *against, bool stands)
{
        if (!user[0]) {
                json_put_null(o, key);
                return;
        }
        json_open(o, key);
        json_put_str(o, "by", user);
        json_put_time(o, "at", at_us);
        json_put_str(o, "against", against);
        json_put_bool(o, "stands", stands);
        json_close(o);
}

/* The members of a draft; `whole` with its text and what came out. */
static void put_draft(const struct rules_book *k, struct json_out *o,
                      const struct rules_draft *d, bool whole)
{
        struct err e = {0};
        bool ready = rules_book_ready(k, d, &e) == OK;

        put_head(o, &d->table);
        json_put_str(o, "author", d->author);
        json_put_time(o, "drafted_at", d->drafted_us);
        put_word(o, "tested", d->tested_by, d->tested_us, d->tested_against,
                 rules_book_is_tested(k, d));
        put_word(o, "confirmed", d->confirmed_by, d->confirmed_us,
                 d->confirmed_against, rules_book_is_confirmed(k, d));
        json_put_bool(o, "in_force", strcmp(d->table.hash, k->now.hash) == 0);
        json_put_bool(o, "ready", ready);
        json_put_words(o, "why_not", ready ? "" : e.msg);
        if (!whole)
                return;
        json_put_text(o, "text", (struct text){d->table.text, d->table.n_text});
        if (d->n_result)
                json_put_raw(o, "result",
                             (struct text){d->result, d->n_result});
        else
                json_put_null(o, "result");
}

static void put_run(struct routes *r, struct json_out *o)
{
        struct backtest_progress p;

        backtests_look(r->backtests, &p);
        if (!p.hash[0]) {
                json_put_null(o, "run");
                return;
        }
        json_open(o, "run");
        json_put_str(o, "hash", p.hash);
        json_put_bool(o, "running", p.running);
        json_put_i64(o, "percent", p.percent);
        json_put_words(o, "failed", p.msg);
        json_close(o);
}

ROUTE(rules_drafts)
{
        struct view v = route_view(r);
        const struct rules_book *k = &v.state->rules;
        struct json_out o = json_out(&x->body);

        json_open(&o, NULL);
        json_open_array(&o, "drafts");
        for (uint32_t i = k->n_drafts; i > 0; i--) {
                json_open(&o, NULL);
                put_draft(k, &o, &k->draft[i - 1], false);
                json_close(&o);
        }
        json_close_array(&o);
        put_run(r, &o);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

static const struct rules_draft *find(const struct rules_book *k,
                                      const char *hash)
{
        return rules_book_find((struct rules_book *)k, hash);
}

/* Answers with the draft, or 404. */
static void answer_draft(struct routes *r, struct http_exchange *x,
                         const char *hash)
{
        struct view v = route_view(r);
        const struct rules_draft *d = find(&v.state->rules, hash);
        struct json_out o = json_out(&x->body);

        if (!d) {
                http_problem(x, 404, "unknown",
                             "no draft of that text is kept");
                return;
        }
        json_open(&o, NULL);
        put_draft(&v.state->rules, &o, d, true);
        put_run(r, &o);
        json_close(&o);
        http_answer(x, 200, HTTP_JSON);
}

ROUTE(rules_draft)
{
        answer_draft(r, x, at->at[0]);
}

static void answer_command(struct routes *r, struct pending *p)
{
        const struct item *it = &p->items[0];

        if (it->status != OK)
                http_problem_status(p->x, it->status, it->msg);
        else
                answer_draft(r, p->x, it->alert);
}

static void run(struct routes *r, struct http_exchange *x,
                const struct caller *c, struct command *cmd)
{
        route_command_alone(r, x, c, cmd, answer_command);
}

/* Checked before the journal has it: a wrong one is no record. */
ROUTE(rules_draft_put)
{
        struct command cmd = {.kind = COMMAND_RULES_DRAFT,
                              .text = buf_as_text(&x->req.body)};
        struct rule_set *set = calloc(1, sizeof *set);
        struct err e = {0};
        enum status st;

        st = set ? rule_file_decode(cmd.text, set, NULL, &e)
                 : err_set(&e, ERR_MEMORY, "no memory");
        free(set);
        if (st != OK) {
                http_problem(x, st == ERR_MEMORY ? 503 : 400, status_name(st),
                             e.msg);
                return;
        }
        rules_hash(cmd.text, cmd.hash);
        run(r, x, c, &cmd);
}

ROUTE(rules_backtest)
{
        struct err e = {0};
        enum status st =
                backtests_start(r->backtests, at->at[0], c->user->name, &e);

        if (st == ERR_FULL)
                http_problem(x, 409, "busy", e.msg);
        else if (st != OK)
                http_problem_status(x, st, e.msg);
        else
                answer_draft(r, x, at->at[0]);
}

/* The body may hold a note. */
static void run_noted(struct routes *r, struct http_exchange *x,
                      const struct caller *c, const char *hash,
                      enum command_kind kind)
{
        struct command cmd = {.kind = kind};
        struct json *j = route_body(x);
        struct err e = {0};
        enum status st;

        if (!j)
                return;
        st = json_opt_text(j, "note", cmd.note, sizeof cmd.note, &e);
        json_free(j);
        if (st == OK && (!text_copy(cmd.hash, sizeof cmd.hash, text_of(hash)) ||
                         !cmd.hash[0]))
                st = err_set(&e, ERR_UNKNOWN, "no draft of that text is kept");
        if (st != OK)
                http_problem_status(x, st, e.msg);
        else
                run(r, x, c, &cmd);
}

ROUTE(rules_confirm)
{
        run_noted(r, x, c, at->at[0], COMMAND_RULES_CONFIRM);
}

/* Said before the journal is asked, so that the problem has its own code. */
ROUTE(rules_activate)
{
        struct view v = route_view(r);
        const struct rules_draft *d = find(&v.state->rules, at->at[0]);
        struct err e = {0};

        if (d && rules_book_ready(&v.state->rules, d, &e) != OK) {
                http_problem(x, 409,
                             strcmp(d->table.hash, v.state->rules.now.hash)
                                     ? "not_backtested"
                                     : "in_force",
                             e.msg);
                return;
        }
        run_noted(r, x, c, at->at[0], COMMAND_RULES_ACTIVATE);
}

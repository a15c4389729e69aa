/* server/tool/rules_test.c -- see rules_test.h: the cases of a file, whether
 * what they claim is so, and whether each limit is tested. */
#include "server/tool/rules_test.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/rule.h"
#include "server/file.h"
#include "server/tool/rules_bench.h"
#include "server/tool/rules_claim.h"
#include "server/tool/rules_moved.h"
#include "server/tool/tool.h"

/* ---- what came of it ---- */

static bool all_as_expected(const struct rules_case *c, const struct bench *b)
{
        uint32_t i;

        if (c->n_expected != b->n_got)
                return false;
        for (i = 0; i < b->n_got; i++)
                if (!rules_bench_fits(&c->expected[i], &b->got[i]))
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
                    rules_bench_fits(&c->expected[i], &b->got[i]))
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

static enum status open_tables(struct rules_file *f, struct err *e)
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

static enum status open_file(const char *path, struct rules_file *f,
                             struct err *e)
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

static void close_file(struct rules_file *f)
{
        json_free(f->j);
        buf_done(&f->rules);
        buf_done(&f->checks);
}

/* As it came; good: what the file says came of it. */
static enum status run_case(struct bench *b, const struct rules_file *f,
                            const struct json *j, bool to_the_end,
                            struct rules_case *c, bool *ret_good, struct err *e)
{
        struct err why = {0};
        enum status st =
                rules_case_read(j, f->begin_us, f->only, AS_IT_CAME, c, &why);

        b->until_other = to_the_end ? NULL : c;
        if (st == OK)
                st = rules_bench_run(b, f, c, &why);
        *ret_good = st == OK && all_as_expected(c, b);
        if (st != OK)
                err_set(e, st, "case \"%.60s\": %.160s",
                        c->name[0] ? c->name : "?", why.msg);
        return st;
}

static enum status tell_case(struct bench *b, const struct rules_file *f,
                             const struct json *j, bool *ret_good,
                             struct err *e)
{
        struct rules_case c = {0};
        const char *untrue = NULL;
        struct err why = {0};
        enum status st = run_case(b, f, j, true, &c, ret_good, e);

        if (st == OK && !*ret_good) {
                printf("not ok - %s: %s\n", c.rule, c.name);
                print_failed(&c, b);
        } else if (st == OK) {
                st = rules_claim_check(b, f, j, &c, &untrue, &why);
                if (st != OK)
                        err_set(e, st, "case \"%.60s\": %.160s", c.name,
                                why.msg);
                *ret_good = st == OK && !untrue;
                printf("%s - %s: %s\n", *ret_good ? "ok" : "not ok", c.rule,
                       c.name);
                if (untrue)
                        printf("  %s\n", untrue);
        }
        rules_case_done(&c);
        return st;
}

/* ---- is each limit tested? ---- */

static bool is_of(const struct json *v, const char *rule)
{
        return text_is(json_text(json_get(v, "rule")), rule);
}

/* A case that is about the line, by what it expects: such are asked
 * first. */
static bool is_about(const struct json *v, const struct rules_moved *m)
{
        const struct json *x = json_first(json_get(v, "expect"));
        enum level level;

        if (!x)
                return m->before == LEVEL_NONE;
        for (; x; x = json_next(x))
                if (level_from(json_text(json_get(x, "level")), &level) &&
                    (level == m->level || level == m->before))
                        return true;
        return false;
}

/* Does one of the cases about the line (or of the others) notice that the
 * table is another now?  One that is refused is noticed too.  Limits and
 * their cases mostly stand in one order: *from, which noticed last, is asked
 * first. */
static bool is_noticed(struct bench *b, const struct rules_file *f,
                       const struct rules_moved *m, bool about,
                       const struct json **from)
{
        const struct json *first = json_first(json_get(f->j, "cases"));
        const struct json *v = *from ? *from : first, *begin = v;
        bool good = true;

        do {
                if (is_of(v, m->rule.id) && is_about(v, m) == about) {
                        struct rules_case c = {0};

                        if (run_case(b, f, v, false, &c, &good, NULL) != OK)
                                good = false;
                        rules_case_done(&c);
                }
                if (!good)
                        *from = v;
                v = json_next(v) ? json_next(v) : first;
        } while (good && v != begin);
        return !good;
}

static bool has_case(const struct rules_file *f, const char *rule)
{
        const struct json *v;

        for (v = json_first(json_get(f->j, "cases")); v; v = json_next(v))
                if (is_of(v, rule))
                        return true;
        return false;
}

/* Limits of one rule whose move by a step no case notices; how many. */
static uint32_t tell_unnoticed(struct bench *b, struct rules_file *f,
                               struct rule_set *set, uint32_t rule)
{
        struct rule was = set->rule[rule];
        struct buf table = f->rules;
        const struct json *from = NULL;
        static struct rules_moved m;
        uint32_t i, n = 0;

        for (i = 0; rules_move(&was, i, &m); i++) {
                set->rule[rule] = m.rule;
                f->rules = (struct buf){.limit = JSON_FILE_MAX};
                wire_rules_encode(set, &f->rules);
                if (!is_noticed(b, f, &m, true, &from) &&
                    !is_noticed(b, f, &m, false, &from)) {
                        printf("rule %s, %s: no case notices\n", was.id,
                               m.what);
                        n++;
                }
                buf_done(&f->rules);
        }
        set->rule[rule] = was;
        f->rules = table;
        return n;
}

/* Late and missing data that no case of the rule shows; how much. */
static uint32_t tell_unshown(const struct rules_file *f, const char *rule)
{
        const struct json *v = json_first(json_get(f->j, "cases"));
        bool shown[] = {true, false, false};
        enum rules_claim k;
        uint32_t n = 0;

        for (; v; v = json_next(v))
                for (k = CLAIM_LATE; k <= CLAIM_MISSING; k++)
                        if (is_of(v, rule) &&
                            text_is(json_text(json_get(v, "shows")),
                                    rules_claim_name(k)))
                                shown[k] = true;
        for (k = CLAIM_LATE; k <= CLAIM_MISSING; k++)
                if (!shown[k]) {
                        printf("rule %s: no case shows %s data\n", rule,
                               rules_claim_name(k));
                        n++;
                }
        return n;
}

/* Rules of the table that no case names, and (all) those whose limits
 * could be others and whose late or missing data is not shown; how many. */
static enum status tell_untested(struct bench *b, struct rules_file *f,
                                 bool all, uint32_t *ret, struct err *e)
{
        struct rule_set *set = calloc(1, sizeof *set);
        enum status st;
        uint32_t i;

        if (!set)
                return err_set(e, ERR_MEMORY, "no memory for a rule table");
        st = wire_rules_decode(buf_as_text(&f->rules), set, e);
        for (i = 0; st == OK && i < set->n_rules; i++) {
                const struct rule *r = &set->rule[i];

                if (!has_case(f, r->id)) {
                        printf("no case for rule %s\n", r->id);
                        (*ret)++;
                } else if (all && !r->scope[0]) {
                        *ret += tell_unshown(f, r->id);
                }
        }
        for (i = 0; st == OK && all && i < set->n_rules; i++)
                if (has_case(f, set->rule[i].id))
                        *ret += tell_unnoticed(b, f, set, i);
        free(set);
        return st;
}

static enum status run_file(struct rules_file *f, bool all, bool *ret_good,
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
                st = tell_case(b, f, v, &good, e);
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
        struct rules_file f = {0};
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

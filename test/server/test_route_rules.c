/* test/server/test_route_rules.c -- a rule table is checked, drafted,
 * back-tested, confirmed and put in force; each by whom it may. */
#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"
#include "schemas/time.h"
#include "schemas/wire/json.h"

#define RULES "/api/v1/rules"

/* The shipped table with another limit and version: 5.5 kB of it matter. */
static char *shipped(const char *version)
{
        FILE *in = fopen(SOURCE_DIR "/alerts/rules/guangdong.json", "r");
        char *text = calloc(1, 1 << 17), *at;

        assert_non_null(in);
        assert_non_null(text);
        assert_true(fread(text, 1, (1 << 17) - 1, in) > 0);
        fclose(in);
        at = strstr(text, "\"version\": ");
        assert_non_null(at);
        at[11] = version[0];
        return text;
}

static struct json *body_of(const struct http_exchange *x)
{
        struct json *j = NULL;
        struct err e = {0};

        if (json_parse(buf_as_text(&x->body), 1 << 22, &j, &e) != OK)
                fail_msg("%s in %.*s", e.msg, (int)x->body.n, x->body.p);
        return j;
}

/* Answered after the journal; the status, and the body when wanted. */
static int ask(struct fake *f, enum http_method m, const char *path,
               const char *token, const char *body, struct json **ret)
{
        struct http_exchange *x = fake_ask(f, m, path, token, body);
        int status;

        fake_run(f);
        status = x->status;
        if (ret)
                *ret = body_of(x);
        http_unref(x);
        return status;
}

static bool is(const struct json *j, const char *key, const char *word)
{
        return text_is(json_text(json_get(j, key)), word);
}

static void check_of(struct fake *f, const char *token, const char *table,
                     int64_t line, const char *word)
{
        struct json *j = NULL;
        int64_t n = 0;

        assert_int_equal(ask(f, HTTP_POST, RULES "/check", token, table, &j),
                         200);
        assert_int_equal(json_true(json_get(j, "ok")), line == 0);
        if (line) {
                assert_true(json_i64(json_get(j, "line"), &n));
                assert_int_equal(n, line);
                if (!memmem(json_text(json_get(j, "message")).p,
                            json_text(json_get(j, "message")).n, word,
                            strlen(word)))
                        fail_msg("no \"%s\" in the message", word);
        } else {
                assert_true(is(json_get(j, "table"), "name", word));
        }
        json_free(j);
}

/* A table of one rule whose red line says this. */
static void fault_of(struct fake *f, const char *token, const char *rest,
                     const char *want, int column)
{
        struct buf b = {0};
        struct json *j = NULL;
        int64_t at;

        buf_printf(&b,
                   "{\"name\":\"x\",\"version\":1,\n\"rules\":[{\"id\":\"r\","
                   "\"hazard\":\"flood\",\"text\":\"t\",\"text_en\":\"t\","
                   "\"source\":\"s\",\"deadlines_s\":{\"sanfang\":600},"
                   "\"kind\":\"expression\",\n%s}]}",
                   rest);
        buf_char(&b, '\0');
        assert_int_equal(ask(f, HTTP_POST, RULES "/check", token, b.p, &j),
                         200);
        if (json_true(json_get(j, "ok")))
                fail_msg("%s: is right", want);
        if (!is(j, "fault", want))
                fail_msg("%s: %.*s", want,
                         (int)json_text(json_get(j, "message")).n,
                         json_text(json_get(j, "message")).p);
        if (column) {
                assert_true(json_i64(json_get(j, "line"), &at));
                assert_int_equal(at, 3);
                assert_true(json_i64(json_get(j, "column"), &at));
                assert_int_equal(at, column);
        }
        json_free(j);
        buf_done(&b);
}

#define RED(when) "\"lines\":[{\"level\":\"red\",\"when\":\"" when "\"}]"

TEST(the_usual_faults_have_a_name_and_a_place)
{
        struct fake *f = fake_create();
        char token[65];

        fake_session(f, "operator", false, token);
        fault_of(f, token, RED("Z >= 3 ells"), "unknown_unit", 40);
        fault_of(f, token, RED("Z >= station.WRX"), "unknown_attribute", 46);
        fault_of(f, token, RED("Y9 >= 3 m"), "unknown_name", 33);
        fault_of(f, token, RED("sum(rain, 1h) >= 3 m"), "units_differ", 50);
        fault_of(f, token, RED("Z >= 3"), "units_differ", 38);
        fault_of(f, token, RED("sum(rain, 96h) >= 3 mm"), "window_too_long",
                 43);
        fault_of(f, token, RED("US >= 999 m/s"), "never_reached", 39);
        fault_of(f, token,
                 "\"lines\":[{\"level\":\"blue\",\"when\":\"Z >= 4 m\"},"
                 "{\"level\":\"red\",\"when\":\"Z >= 3 m\"}]",
                 "never_reached", 0);
        fault_of(f, token, RED("Z >= 3 m") ",\"colour\":1", "unknown_field", 0);
        fault_of(f, token, RED("Z >= 3 m") ",", "json", 0);
        fault_of(f, token,
                 RED("Z >= 3 m") ",\"overrides\":[{\"zone\":\"119999\","
                                 "\"hold_s\":60}]",
                 "unknown_place", 0);
        fault_of(f, token,
                 RED("Z >= 3 m") "},{\"id\":\"q\",\"hazard\":\"flood\","
                                 "\"text\":\"t\",\"text_en\":\"t\","
                                 "\"source\":\"s\",\"kind\":\"expression\","
                                 "\"deadlines_s\":{\"sanfang\":600},"
                                 "\"lines\":[{\"level\":\"blue\",\"when\":"
                                 "\"Z >= 3 m\"}]",
                 "contradiction", 0);
        fake_free(f);
}

TEST(a_table_is_checked_and_nothing_changes)
{
        struct fake *f = fake_create();
        char token[65], *table = shipped("9");
        uint64_t seq;

        fake_session(f, "operator", false, token);
        seq = f->seq;
        check_of(f, token, table, 0, "guangdong");
        /* An expression at its line, with a unit that does not fit. */
        check_of(f, token,
                 "{\"name\":\"x\",\"version\":1,\n\"rules\":[\n{\"id\":\"r\","
                 "\"kind\":\"expression\",\"hazard\":\"flood\",\"text\":\"t\","
                 "\"text_en\":\"t\",\"source\":\"s\",\"lines\":[\n{\"level\":"
                 "\"red\",\"when\":\"sum(rain, 3h) >= 50 m\"}],"
                 "\"deadlines_s\":{\"sanfang\":600}}]}",
                 4, "mm");
        check_of(f, token,
                 "{\"name\":\"x\",\n\"version\":1,\n\"rules\":[\n\n{\"id\":"
                 "\"r\",\"kind\":\"none\"}]}",
                 5, "kind");
        check_of(f, token, "{\n\"name\": }", 2, "");
        CHECK_EQ(f->seq, seq);
        free(table);
        fake_free(f);
}

/* A draft of the shipped table with this version; its hash. */
static void draft(struct fake *f, const char *token, const char *version,
                  char hash[65])
{
        char *table = shipped(version);
        struct json *j = NULL;

        assert_int_equal(ask(f, HTTP_POST, RULES "/drafts", token, table, &j),
                         200);
        assert_true(text_copy(hash, 65, json_text(json_get(j, "hash"))));
        assert_true(json_is_null(json_get(j, "tested")));
        assert_true(!json_true(json_get(j, "ready")));
        json_free(j);
        free(table);
}

static int act(struct fake *f, const char *hash, const char *verb,
               const char *token, struct json **ret)
{
        char path[160];

        snprintf(path, sizeof path, RULES "/drafts/%s/%s", hash, verb);
        return ask(f, HTTP_POST, path, token, "{}", ret);
}

static uint32_t in_force(struct fake *f)
{
        return engine_rule_set(f->state->engine)->version;
}

TEST(what_was_not_back_tested_waits_for_a_second_person)
{
        struct fake *f = fake_create();
        char admin[65], duty[65], hash[65];
        uint32_t version = in_force(f);
        struct json *j = NULL;

        fake_session(f, "admin", false, admin);
        fake_session(f, "duty", false, duty);
        draft(f, admin, "9", hash);
        CHECK_EQ(act(f, hash, "activate", admin, &j), 409);
        CHECK(is(j, "code", "not_backtested"));
        json_free(j);
        CHECK_EQ(in_force(f), version);
        CHECK_EQ(act(f, hash, "confirm", admin, NULL), 403); /* his own */
        CHECK_EQ(act(f, hash, "activate", admin, NULL), 409);
        CHECK_EQ(act(f, hash, "confirm", duty, &j), 200);
        CHECK(is(json_get(j, "confirmed"), "by", "duty"));
        json_free(j);
        CHECK_EQ(act(f, hash, "activate", duty, NULL), 403); /* no admin */
        CHECK_EQ(in_force(f), version);
        CHECK_EQ(act(f, hash, "activate", admin, &j), 200);
        CHECK(json_true(json_get(j, "in_force")));
        json_free(j);
        CHECK_EQ(in_force(f), 9);
        CHECK_STR(f->state->rules.by, "admin");
        CHECK_STR(f->state->rules.now.hash, hash);
        CHECK_EQ(act(f, hash, "activate", admin, &j), 409);
        CHECK(is(j, "code", "in_force"));
        json_free(j);
        fake_free(f);
}

/* How many drafts the feed says wait; *ret_by: who confirmed the first. */
static size_t told(struct fake *f, const char *token, bool *ret_answered)
{
        const struct json *list;
        struct json *j = NULL;
        size_t n;

        assert_int_equal(ask(f, HTTP_GET, "/api/v1/situation", token, NULL, &j),
                         200);
        list = json_get(json_get(j, "system"), "drafts");
        n = json_size(list);
        *ret_answered =
                n && !json_is_null(json_get(json_first(list), "confirmed_by"));
        json_free(j);
        return n;
}

TEST(the_second_person_is_told_and_then_the_author)
{
        struct fake *f = fake_create();
        char admin[65], duty[65], one[65], two[65];
        bool answered;

        fake_session(f, "admin", false, admin);
        fake_session(f, "duty", false, duty);
        CHECK_EQ(told(f, duty, &answered), 0);
        draft(f, admin, "8", one);
        CHECK_EQ(told(f, duty, &answered), 1);
        draft(f, admin, "9", two); /* written anew: only this one */
        CHECK_EQ(told(f, duty, &answered), 1);
        CHECK(!answered);
        CHECK_EQ(rules_book_asks(&f->state->rules, &f->state->rules.draft[0]),
                 RULES_ASK_NOTHING);
        CHECK_EQ(act(f, two, "confirm", duty, NULL), 200);
        CHECK_EQ(told(f, admin, &answered), 1);
        CHECK(answered);
        CHECK_EQ(act(f, two, "activate", admin, NULL), 200);
        CHECK_EQ(told(f, admin, &answered), 0);
        fake_free(f);
}

TEST(a_word_counts_against_the_table_it_was_given_against)
{
        struct fake *f = fake_create();
        char admin[65], duty[65], one[65], two[65];

        fake_session(f, "admin", false, admin);
        fake_session(f, "duty", false, duty);
        draft(f, admin, "8", one);
        draft(f, admin, "9", two);
        CHECK_EQ(act(f, one, "confirm", duty, NULL), 200);
        CHECK_EQ(act(f, two, "confirm", duty, NULL), 200);
        CHECK_EQ(act(f, one, "activate", admin, NULL), 200);
        CHECK_EQ(act(f, two, "activate", admin, NULL), 409);
        CHECK_EQ(act(f, two, "confirm", duty, NULL), 200);
        CHECK_EQ(act(f, two, "activate", admin, NULL), 200);
        CHECK_EQ(in_force(f), 9);
        fake_free(f);
}

TEST(a_wrong_table_and_a_doubled_version_are_no_drafts)
{
        struct fake *f = fake_create();
        char admin[65], *table = shipped("9"), version[8];
        uint64_t seq;

        fake_session(f, "admin", false, admin);
        seq = f->seq;
        CHECK_EQ(ask(f, HTTP_POST, RULES "/drafts", admin, "{}", NULL), 400);
        CHECK_EQ(f->seq, seq); /* no record */
        snprintf(version, sizeof version, "%u", in_force(f));
        free(table);
        table = shipped(version);
        CHECK_EQ(ask(f, HTTP_POST, RULES "/drafts", admin, table, NULL), 409);
        strcat(table, "\n"); /* another text, the same version */
        CHECK_EQ(ask(f, HTTP_POST, RULES "/drafts", admin, table, NULL), 409);
        CHECK_EQ(f->state->rules.n_drafts, 0);
        CHECK_EQ(act(f, "0123", "activate", admin, NULL), 404);
        CHECK_EQ(act(f, "0123", "confirm", admin, NULL), 404);
        CHECK_EQ(act(f, "0123", "backtest", admin, NULL), 404);
        free(table);
        fake_free(f);
}

/* ---- the back-test ---- */

struct world {
        struct fake *f;
        char dir[64], command[96], admin[65], hash[65];
};

/* A stand-in for `sanfang` that says this. */
static void open_world(struct world *w, const char *script)
{
        FILE *out;

        w->f = fake_create();
        strcpy(w->dir, "/tmp/sanfang-rules-XXXXXX");
        assert_non_null(mkdtemp(w->dir));
        snprintf(w->command, sizeof w->command, "%s/sanfang", w->dir);
        out = fopen(w->command, "w");
        assert_non_null(out);
        fprintf(out, "#!/bin/sh\necho \"$@\" > %s/asked\n%s\n", w->dir, script);
        fclose(out);
        chmod(w->command, 0700);
        w->f->config.command = w->command;
        w->f->config.state_dir = w->dir;
        fake_session(w->f, "admin", false, w->admin);
        draft(w->f, w->admin, "9", w->hash);
}

static void close_world(struct world *w)
{
        char command[96];

        fake_free(w->f);
        snprintf(command, sizeof command, "rm -r %s", w->dir);
        assert_int_equal(system(command), 0);
}

static bool was_asked(const struct world *w, const char *word)
{
        char path[96], text[1024] = "";
        FILE *in;

        snprintf(path, sizeof path, "%s/asked", w->dir);
        in = fopen(path, "r");
        assert_non_null(in);
        assert_non_null(fgets(text, sizeof text, in));
        fclose(in);
        return strstr(text, word) != NULL;
}

TEST(a_back_test_is_kept_with_the_draft_and_lets_it_pass)
{
        struct world w;
        struct json *j = NULL;
        char path[160];

        open_world(&w, "echo '50 %' >&2; echo '{\"summary\":{\"new\":3}}'");
        CHECK_EQ(act(w.f, w.hash, "backtest", w.admin, NULL), 200);
        CHECK(was_asked(&w, "--json"));
        CHECK(was_asked(&w, "--upto"));
        snprintf(path, sizeof path, "%s/backtest-draft.json", w.dir);
        CHECK(access(path, F_OK) != 0); /* gone again */
        snprintf(path, sizeof path, RULES "/drafts/%s", w.hash);
        CHECK_EQ(ask(w.f, HTTP_GET, path, w.admin, NULL, &j), 200);
        CHECK(is(json_get(j, "tested"), "by", "admin"));
        CHECK(json_true(json_get(json_get(j, "tested"), "stands")));
        CHECK(json_get(json_get(json_get(j, "result"), "summary"), "new"));
        CHECK(!json_true(json_get(json_get(j, "run"), "running")));
        json_free(j);
        CHECK_EQ(act(w.f, w.hash, "activate", w.admin, NULL), 200);
        CHECK_EQ(in_force(w.f), 9);
        close_world(&w);
}

TEST(a_back_test_that_fails_says_why_and_lets_nothing_pass)
{
        struct world w;
        struct json *j = NULL;

        open_world(&w, "echo 'sanfang: no journal there' >&2; exit 1");
        CHECK_EQ(act(w.f, w.hash, "backtest", w.admin, NULL), 200);
        CHECK_EQ(ask(w.f, HTTP_GET, RULES "/drafts", w.admin, NULL, &j), 200);
        CHECK(is(json_get(j, "run"), "failed", "no journal there"));
        json_free(j);
        CHECK_EQ(act(w.f, w.hash, "activate", w.admin, NULL), 409);
        close_world(&w);
        /* What is no JSON is not taken either. */
        open_world(&w, "echo hello");
        CHECK_EQ(act(w.f, w.hash, "backtest", w.admin, NULL), 200);
        CHECK_EQ(act(w.f, w.hash, "activate", w.admin, NULL), 409);
        close_world(&w);
}

TEST(one_back_test_runs_at_a_time_and_says_how_far)
{
        struct world w;
        struct http_exchange *x;
        char path[160];

        open_world(&w, "echo '{}'");
        snprintf(path, sizeof path, RULES "/drafts/%s/backtest", w.hash);
        x = fake_ask(w.f, HTTP_POST, path, w.admin, "{}");
        CHECK_EQ(x->status, 200); /* at once: the loop does not wait */
        CHECK(fake_has(x, "\"running\":true"));
        http_unref(x);
        x = fake_ask(w.f, HTTP_POST, path, w.admin, "{}");
        CHECK_EQ(x->status, 409);
        CHECK(fake_has(x, "\"code\":\"busy\""));
        http_unref(x);
        close_world(&w);
}

TEST(one_that_is_stopped_ends_and_writes_nothing)
{
        struct world w;
        struct http_exchange *x;
        uint64_t seq;
        char path[160];

        open_world(&w, "exec sleep 60");
        snprintf(path, sizeof path, RULES "/drafts/%s/backtest", w.hash);
        x = fake_ask(w.f, HTTP_POST, path, w.admin, "{}");
        http_unref(x);
        seq = w.f->seq;
        routes_stop(w.f->routes);
        fake_run(w.f); /* would take a minute */
        CHECK_EQ(w.f->seq, seq);
        close_world(&w);
}

/* ---- what is known of versions ---- */

TEST(who_and_when_stand_beside_the_table_in_force)
{
        struct fake *f = fake_create();
        char token[65];
        struct json *j = NULL;

        fake_session(f, "viewer", false, token);
        CHECK_EQ(ask(f, HTTP_GET, RULES, token, NULL, &j), 200);
        CHECK(is(j, "by", "sanfang"));
        CHECK(is(j, "put_at", "2023-10-20T05:00:00+08:00"));
        CHECK(is(j, "hash", f->state->rules.now.hash));
        json_free(j);
        /* Without the archive: the one in force. */
        CHECK_EQ(ask(f, HTTP_GET, RULES "/versions", token, NULL, &j), 200);
        CHECK(json_true(json_get(j, "archive_down")));
        CHECK_EQ(json_size(json_get(j, "versions")), 1);
        json_free(j);
        f->database_up = true;
        CHECK_EQ(ask(f, HTTP_GET, RULES "/versions/7", token, NULL, NULL), 200);
        CHECK_EQ(f->asked, QUERY_RULE_VERSION);
        CHECK_STR(f->params[0], "7");
        CHECK_EQ(ask(f, HTTP_GET, RULES "/versions/x", token, NULL, NULL), 404);
        fake_free(f);
}

TEST(a_rule_is_traced_at_a_station_with_the_alerts_it_raised)
{
        struct fake *f = fake_create();
        const struct json *yellow;
        char token[65], path[200];
        struct json *j = NULL;

        fake_session(f, "viewer", false, token);
        fake_level(f, "8.90", 0);
        fake_level(f, "9.20", 5); /* WRZ 9.00 */
        fake_run(f);
        snprintf(path, sizeof path,
                 RULES "/river-level/trace?station=ZZ-01&from=2023-10-20T04:55"
                       ":00%s&to=2023-10-20T05:05:00%s",
                 "+08:00", "+08:00");
        CHECK_EQ(ask(f, HTTP_GET, path, token, NULL, &j), 200);
        CHECK_EQ(json_size(json_get(j, "at_s")), 3);
        CHECK_EQ(json_size(json_get(j, "alerts")), 1);
        yellow = json_next(json_first(json_get(j, "lines")));
        CHECK(is(yellow, "level", "yellow"));
        CHECK(is(yellow, "unit", "m"));
        yellow = json_first(json_get(yellow, "answer"));
        CHECK(text_is(json_text(yellow), "cannot_say"));
        CHECK(text_is(json_text(json_next(yellow)), "no"));
        CHECK(text_is(json_text(json_next(json_next(yellow))), "yes"));
        json_free(j);
        CHECK_EQ(ask(f, HTTP_GET, RULES "/river-level/trace?station=nobody",
                     token, NULL, NULL),
                 404);
        CHECK_EQ(ask(f, HTTP_GET, RULES "/none/trace?station=ZZ-01", token,
                     NULL, NULL),
                 404);
        CHECK_EQ(ask(f, HTTP_GET, RULES "/silence/trace?station=ZZ-01", token,
                     NULL, NULL),
                 400);
        CHECK_EQ(ask(f, HTTP_GET,
                     RULES "/river-level/trace?station=ZZ-01&from=x", token,
                     NULL, NULL),
                 400);
        fake_free(f);
}

TEST(drafts_survive_a_snapshot_and_the_oldest_goes)
{
        struct fake *f = fake_create();
        struct state *again = NULL;
        char token[65], *table = shipped("9");
        struct buf bytes = {0};
        struct err e = {0};
        char first[65];
        int i;

        fake_session(f, "admin", false, token);
        draft(f, token, "9", first);
        for (i = 0; i < (int)RULES_DRAFTS_MAX; i++) {
                strcat(table, "\n");
                CHECK_EQ(ask(f, HTTP_POST, RULES "/drafts", token, table, NULL),
                         200);
        }
        CHECK_EQ(f->state->rules.n_drafts, RULES_DRAFTS_MAX);
        CHECK(!rules_book_find(&f->state->rules, first));
        state_save(f->state, &bytes);
        CHECK_EQ(state_create(&again, &e), OK);
        CHECK_EQ(state_load(again, buf_as_text(&bytes), &e), OK);
        CHECK_EQ(again->rules.n_drafts, RULES_DRAFTS_MAX);
        CHECK_STR(again->rules.now.hash, f->state->rules.now.hash);
        CHECK_STR(again->rules.draft[3].table.text,
                  f->state->rules.draft[3].table.text);
        buf_done(&bytes);
        state_free(again);
        free(table);
        fake_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_table_is_checked_and_nothing_changes),
                RUN(the_usual_faults_have_a_name_and_a_place),
                RUN(what_was_not_back_tested_waits_for_a_second_person),
                RUN(the_second_person_is_told_and_then_the_author),
                RUN(a_word_counts_against_the_table_it_was_given_against),
                RUN(a_wrong_table_and_a_doubled_version_are_no_drafts),
                RUN(a_back_test_is_kept_with_the_draft_and_lets_it_pass),
                RUN(a_back_test_that_fails_says_why_and_lets_nothing_pass),
                RUN(one_back_test_runs_at_a_time_and_says_how_far),
                RUN(one_that_is_stopped_ends_and_writes_nothing),
                RUN(who_and_when_stand_beside_the_table_in_force),
                RUN(a_rule_is_traced_at_a_station_with_the_alerts_it_raised),
                RUN(drafts_survive_a_snapshot_and_the_oldest_goes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

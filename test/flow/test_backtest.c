/* test/flow/test_backtest.c -- what a rule table would have said: scores of
 * made-up alerts, and `sanfang rules backtest` over a journal of the storm. */
#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "flow/storm.h"
#include "schemas/hash.h"
#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "sensors/adapter/journal.h"
#include "server/file.h"
#include "server/tool/backtest.h"
#include "server/tool/backtest_json.h"
#include "server/tool/days.h"
#include "test/server/pg_temp.h"

#define DAY SOURCE_DIR "/test/days/sanba-2023"
#define TABLE(name) SOURCE_DIR "/alerts/rules/" name ".json"

static struct places none;

/* ---- scores ---- */

/* A change of an alert at a minute: what it is after it. */
static void at(struct backtest *b, int minute, const char *subject,
               const char *zone, enum level observed, enum level forecast,
               enum alert_state state)
{
        struct alert_change c = {.alert = {.hazard = HAZARD_FLOOD,
                                           .level_observed = observed,
                                           .level_forecast = forecast,
                                           .level_peak = observed > forecast
                                                                 ? observed
                                                                 : forecast,
                                           .state = state,
                                           .station = NO_INDEX,
                                           .raised_us = minute * MINUTE_US}};
        struct backtest_alert *x;
        uint32_t i;

        c.transition.at_us = minute * MINUTE_US;
        snprintf(c.alert.id, sizeof c.alert.id, "%s", subject);
        snprintf(c.alert.subject, sizeof c.alert.subject, "%s", subject);
        snprintf(c.alert.zone, sizeof c.alert.zone, "%s", zone);
        backtest_take(b, &none, &c);
        for (i = 0; i < b->n; i++) {
                x = &b->list[i];
                x->is_zone = strncmp(x->subject, "4409", 4) == 0;
        }
}

TEST(forecasts_are_hits_misses_and_false_alarms)
{
        struct backtest b = {.from_us = TIME_NONE, .to_us = TIME_NONE};
        struct backtest_score s;

        at(&b, 10, "hit", "440981", LEVEL_NONE, LEVEL_ORANGE, ALERT_OPEN);
        at(&b, 40, "hit", "440981", LEVEL_YELLOW, LEVEL_ORANGE, ALERT_OPEN);
        at(&b, 50, "hit", "440981", LEVEL_NONE, LEVEL_NONE, ALERT_ENDED);
        at(&b, 20, "miss", "440981", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        at(&b, 30, "false", "440981", LEVEL_NONE, LEVEL_YELLOW, ALERT_OPEN);
        at(&b, 60, "false", "440981", LEVEL_NONE, LEVEL_NONE, ALERT_WITHDRAWN);
        at(&b, 30, "open", "440981", LEVEL_NONE, LEVEL_YELLOW, ALERT_OPEN);
        backtest_score(&b, HAZARD_FLOOD, LEVEL_YELLOW, &s);
        CHECK_EQ(s.observed, 2);
        CHECK_EQ(s.hits, 1);
        CHECK_EQ(s.false_alarms, 1);
        CHECK_EQ(s.open, 1);
        CHECK_EQ(s.lead_least_us, 30 * MINUTE_US);
        CHECK_EQ(s.lead_median_us, 30 * MINUTE_US);
        backtest_score(&b, HAZARD_FLOOD, LEVEL_ORANGE, &s);
        CHECK_EQ(s.observed, 0);
        CHECK_EQ(s.false_alarms, 1); /* orange never came */
        backtest_score(&b, HAZARD_WIND, LEVEL_YELLOW, &s);
        CHECK_EQ(s.observed + s.false_alarms + s.open, 0);
        backtest_done(&b);
}

TEST(a_zones_forecast_counts_for_the_gauges_in_it)
{
        struct backtest b = {.from_us = TIME_NONE, .to_us = TIME_NONE};
        struct backtest_score s;

        at(&b, 5, "440981", "440981", LEVEL_NONE, LEVEL_YELLOW, ALERT_OPEN);
        at(&b, 25, "inside", "440981001", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        at(&b, 25, "outside", "440982001", LEVEL_YELLOW, LEVEL_NONE,
           ALERT_OPEN);
        at(&b, 30, "440981", "440981", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        at(&b, 40, "440981", "440981", LEVEL_NONE, LEVEL_NONE, ALERT_ENDED);
        at(&b, 50, "after", "440981001", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        backtest_score(&b, HAZARD_FLOOD, LEVEL_YELLOW, &s);
        CHECK_EQ(s.observed, 3); /* the zone itself is no gauge */
        CHECK_EQ(s.hits, 1);
        CHECK_EQ(s.lead_least_us, 20 * MINUTE_US);
        CHECK_EQ(s.false_alarms, 0);
        at(&b, 5, "440900", "440900", LEVEL_NONE, LEVEL_YELLOW, ALERT_OPEN);
        backtest_score(&b, HAZARD_FLOOD, LEVEL_YELLOW, &s);
        CHECK_EQ(s.hits, 3); /* the city holds all */
        backtest_done(&b);
}

TEST(alerts_of_two_tables_are_the_same_moved_or_gone)
{
        struct backtest a = {.from_us = TIME_NONE, .to_us = TIME_NONE};
        struct backtest b = a;
        const struct backtest_alert *x;

        at(&a, 10, "S", "", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        at(&a, 60, "S", "", LEVEL_NONE, LEVEL_NONE, ALERT_ENDED);
        at(&b, 10, "S", "", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        CHECK_EQ(backtest_find(&a.list[0], &b, &x), BACKTEST_SAME);
        at(&b, 20, "S", "", LEVEL_RED, LEVEL_NONE, ALERT_OPEN);
        CHECK_EQ(backtest_find(&a.list[0], &b, &x), BACKTEST_MOVED);
        CHECK(x == &b.list[0]);
        backtest_done(&b);
        b = (struct backtest){.from_us = TIME_NONE, .to_us = TIME_NONE};
        at(&b, 61, "S", "", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        CHECK_EQ(backtest_find(&a.list[0], &b, &x), BACKTEST_GONE);
        CHECK(x == NULL);
        backtest_done(&a);
        backtest_done(&b);
}

TEST(only_what_was_raised_within_is_taken)
{
        struct backtest b = {.from_us = 20 * MINUTE_US,
                             .to_us = 30 * MINUTE_US};

        at(&b, 19, "early", "", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        at(&b, 20, "within", "", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        at(&b, 30, "late", "", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        CHECK_EQ(b.n, 1);
        CHECK_STR(b.list[0].subject, "within");
        backtest_done(&b);
}

/* ---- for programs ---- */

static const struct json *nth(const struct json *list, int n)
{
        const struct json *x = json_first(list);

        while (n-- > 0)
                x = json_next(x);
        assert_non_null(x);
        return x;
}

static struct json *as_json(const struct backtest *was,
                            const struct backtest *is)
{
        struct buf b = {0};
        struct json *j = NULL;
        struct err e = {0};

        backtest_json(was, is, &b);
        assert_false(b.failed);
        if (json_parse(buf_as_text(&b), JSON_FILE_MAX, &j, &e) != OK)
                fail_msg("%s", e.msg);
        buf_done(&b);
        return j;
}

static int64_t number(const struct json *j, const char *key)
{
        int64_t n = -1;

        assert_true(json_i64(json_get(j, key), &n));
        return n;
}

TEST(two_runs_as_json)
{
        struct backtest a = {.from_us = TIME_NONE, .to_us = TIME_NONE};
        struct backtest b = a;
        const struct json *x;
        struct json *j;

        at(&a, 10, "stays", "", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        at(&b, 10, "stays", "", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        at(&a, 10, "goes", "", LEVEL_RED, LEVEL_NONE, ALERT_OPEN);
        at(&a, 10, "moves", "", LEVEL_NONE, LEVEL_ORANGE, ALERT_OPEN);
        at(&a, 40, "moves", "", LEVEL_ORANGE, LEVEL_ORANGE, ALERT_OPEN);
        at(&b, 20, "moves", "", LEVEL_ORANGE, LEVEL_NONE, ALERT_OPEN);
        at(&b, 30, "comes", "", LEVEL_BLUE, LEVEL_NONE, ALERT_OPEN);
        j = as_json(&a, &b);
        x = json_get(j, "summary");
        CHECK_EQ(number(x, "same"), 1);
        CHECK_EQ(number(x, "moved"), 1);
        CHECK_EQ(number(x, "gone"), 1);
        CHECK_EQ(number(x, "new"), 1);
        CHECK_EQ(number(j, "left_out"), 0);
        CHECK_EQ(json_size(json_get(j, "alerts")), 4);
        x = nth(json_get(j, "alerts"), 0);
        CHECK(text_is(json_text(json_get(x, "fate")), "gone"));
        CHECK(json_is_null(json_get(x, "is")));
        x = nth(json_get(j, "alerts"), 1);
        CHECK(text_is(json_text(json_get(x, "subject")), "moves"));
        x = json_get(json_get(x, "was"), "forecast");
        CHECK(text_is(json_text(json_get(x, "orange")),
                      "1970-01-01T08:10:00+08:00"));
        x = nth(json_get(j, "alerts"), 3);
        CHECK(text_is(json_text(json_get(x, "fate")), "same"));
        /* red was 1, is 0; the forecast of orange was a hit. */
        x = nth(json_get(j, "counts"), 0);
        CHECK(text_is(json_text(json_get(x, "level")), "red"));
        CHECK_EQ(number(x, "was"), 1);
        CHECK_EQ(number(x, "is"), 0);
        x = nth(json_get(json_get(j, "scores"), "was"), 0);
        CHECK_EQ(number(x, "hits"), 1);
        CHECK_EQ(number(x, "lead_least_s"), 1800);
        CHECK(json_is_null(json_get(x, "pod"))); /* of few events */
        CHECK_EQ(json_size(json_get(json_get(j, "scores"), "is")), 0);
        json_free(j);
        backtest_done(&a);
        backtest_done(&b);
}

TEST(what_does_not_fit_is_counted_and_what_changed_comes_first)
{
        struct backtest a = {.from_us = TIME_NONE, .to_us = TIME_NONE};
        struct backtest b = a;
        struct json *j;
        char name[16];
        int i;

        for (i = 0; i < 3000; i++) {
                snprintf(name, sizeof name, "s%d", i);
                at(&a, 10, name, "", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
                at(&b, 10, name, "", LEVEL_YELLOW, LEVEL_NONE, ALERT_OPEN);
        }
        at(&b, 20, "new", "", LEVEL_RED, LEVEL_NONE, ALERT_OPEN);
        j = as_json(&a, &b);
        CHECK(number(j, "left_out") > 0);
        CHECK_EQ(number(j, "left_out") +
                         (int64_t)json_size(json_get(j, "alerts")),
                 3001);
        CHECK_EQ(number(json_get(j, "summary"), "same"), 3000);
        CHECK(text_is(
                json_text(json_get(nth(json_get(j, "alerts"), 0), "subject")),
                "new"));
        json_free(j);
        backtest_done(&a);
        backtest_done(&b);
}

/* ---- the storm ---- */

struct seen {
        struct journal *j; /* NULL: only counted */
        uint32_t n[hazard_count][level_count];
};

static void keep(void *self, const struct storm *s, const struct record *r)
{
        struct seen *n = self;
        struct err e = {0};
        uint64_t seq;

        (void)s;
        if (n->j &&
            journal_append(n->j, r->kind, r->real_us, r->body, &seq, &e) != OK)
                fail_msg("%s", e.msg);
}

static void run_storm(struct seen *n, const char *table, const char *dir)
{
        struct journal_config c = {.dir = dir, .manual = true};
        const struct alert *a;
        struct err e = {0};
        struct storm s;
        uint32_t i, k;

        memset(n, 0, sizeof *n);
        if (dir && journal_open(&c, &n->j, &e) != OK)
                fail_msg("%s", e.msg);
        storm_open_seen(&s, DAY, table, keep, n);
        storm_run(&s, 0, 30 * 60);
        k = engine_alerts(s.state->engine, &a);
        for (i = 0; i < k; i++)
                n->n[a[i].hazard][a[i].level_peak]++;
        storm_close(&s);
        if (n->j && journal_sync(n->j, &e) != OK)
                fail_msg("%s", e.msg);
        journal_close(n->j);
}

static void sanfang(struct buf *out, const char *words)
{
        char command[1200], piece[4096];
        FILE *p;
        size_t n;

        snprintf(command, sizeof command, SANFANG " %s 2>&1", words);
        buf_clear(out);
        p = popen(command, "r");
        assert_non_null(p);
        while ((n = fread(piece, 1, sizeof piece, p)) > 0)
                buf_add(out, piece, n);
        assert_int_equal(pclose(p), 0);
        buf_char(out, '\0');
}

/* The same runs as JSON: the same counts. */
static void wants_json(const struct seen *was, const struct seen *is,
                       const struct buf *out)
{
        const struct json *x;
        struct json *j = NULL;
        uint32_t n = 0, all = 0;
        enum hazard h;
        enum level l;
        struct err e = {0};

        if (json_parse((struct text){out->p, out->n - 1}, JSON_FILE_MAX, &j,
                       &e) != OK)
                fail_msg("%s", e.msg);
        for (x = json_first(json_get(j, "counts")); x; x = json_next(x)) {
                assert_true(hazard_from(json_text(json_get(x, "hazard")), &h));
                assert_true(level_from(json_text(json_get(x, "level")), &l));
                assert_int_equal(number(x, "was"), was->n[h][l]);
                assert_int_equal(number(x, "is"), is->n[h][l]);
                n++;
        }
        for (h = 0; h < hazard_count; h++)
                for (l = 0; l < level_count; l++)
                        all += was->n[h][l] + is->n[h][l] > 0;
        assert_int_equal(n, all);
        assert_true(json_size(json_get(json_get(j, "scores"), "is")) > 0);
        json_free(j);
}

static void backtest(struct buf *out, const char *dir, const char *tables)
{
        char words[1000];

        snprintf(words, sizeof words, "rules backtest --journal %s %s", dir,
                 tables);
        sanfang(out, words);
}

/* The picture beside the journal has the sums of both. */
static void wants_picture(const struct seen *was, const struct seen *is,
                          const char *dir, const char *word)
{
        uint32_t n[2] = {0}, h, l;
        struct buf b = {.limit = 1u << 20};
        struct err e = {0};
        char text[80];

        for (h = 0; h < hazard_count; h++)
                for (l = 0; l < level_count; l++) {
                        n[0] += was->n[h][l];
                        n[1] += is->n[h][l];
                }
        snprintf(text, sizeof text, "%s/p.svg", dir);
        if (file_read(text, &b, &e) != OK)
                fail_msg("%s", e.msg);
        buf_char(&b, '\0');
        snprintf(text, sizeof text, ">%u → %u</text>", n[0], n[1]);
        if (!strstr(b.p, text) || !strstr(b.p, word))
                fail_msg("no %s and %s in:\n%s", text, word, b.p);
        buf_done(&b);
}

static void wants_counts(const struct seen *was, const struct seen *is,
                         const char *out)
{
        char line[160];
        int h, l;

        for (h = 0; h < hazard_count; h++)
                for (l = 0; l < level_count; l++) {
                        if (was->n[h][l] + is->n[h][l] == 0)
                                continue;
                        snprintf(line, sizeof line,
                                 "  %-11s%-10s %19u %19u%s\n",
                                 hazard_name((enum hazard)h),
                                 level_name((enum level)l), was->n[h][l],
                                 is->n[h][l],
                                 was->n[h][l] == is->n[h][l] ? "" : "  *");
                        if (!strstr(out, line))
                                fail_msg("no line \"%s\" in:\n%s", line, out);
                }
}

TEST(the_storm_with_two_tables)
{
        char dir[] = "/tmp/sanfang-backtest-XXXXXX", command[400];
        static struct seen guangdong, national;
        struct buf out = {.limit = 1u << 20};

        assert_non_null(mkdtemp(dir));
        run_storm(&guangdong, TABLE("guangdong"), dir);
        run_storm(&national, TABLE("national"), NULL);
        backtest(&out, dir, TABLE("national"));
        CHECK(guangdong.n[HAZARD_RAINSTORM][LEVEL_BLUE] == 0);
        CHECK(national.n[HAZARD_RAINSTORM][LEVEL_BLUE] > 0);
        CHECK(guangdong.n[HAZARD_FLOOD][LEVEL_YELLOW] > 0);
        wants_counts(&guangdong, &national, out.p);
        CHECK(strstr(out.p, " 0 gone, ") && !strstr(out.p, " 0 new"));
        backtest(&out, dir, TABLE("national") " " TABLE("guangdong"));
        wants_counts(&guangdong, &national, out.p);
        backtest(&out, dir, "--json " TABLE("national") " " TABLE("guangdong"));
        wants_json(&guangdong, &national, &out);
        snprintf(command, sizeof command, "--picture %s/p.svg %s", dir,
                 TABLE("national"));
        backtest(&out, dir, command);
        wants_counts(&guangdong, &national, out.p);
        wants_picture(&guangdong, &national, dir, "公馆雨量站");
        snprintf(command, sizeof command, "--lang en --picture %s/p.svg %s",
                 dir, TABLE("national"));
        backtest(&out, dir, command);
        wants_picture(&guangdong, &national, dir, "Gongguan rain");
        backtest(&out, dir, TABLE("guangdong"));
        wants_counts(&guangdong, &guangdong, out.p);
        CHECK(strstr(out.p, " the same, 0 moved, 0 gone, 0 new"));
        snprintf(command, sizeof command, "rm -r %s", dir);
        CHECK_EQ(system(command), 0);
        buf_done(&out);
}

/* ---- day files ---- */

static void give(struct journal *j, enum record_kind kind, int64_t us,
                 const char *body)
{
        struct err e = {0};
        uint64_t seq;

        if (journal_append(j, kind, us, text_of(body), &seq, &e) != OK)
                fail_msg("%s", e.msg);
}

static void say(struct journal *j, int64_t us, const char *station,
                const char *element, const char *value)
{
        char topic[80], payload[240], time[40];
        struct buf b = {0};
        struct err e = {0};
        uint64_t seq;

        time_format_beijing(time, us);
        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/up/obs", station);
        snprintf(payload, sizeof payload,
                 "{\"station\":\"%s\",\"obs\":[{\"time\":\"%s\",\"element\":"
                 "\"%s\",\"value\":%s}]}",
                 station, time, element, value);
        record_mqtt_pack(&b, text_of(topic), text_of(payload));
        if (journal_append(j, RECORD_MQTT, us, buf_as_text(&b), &seq, &e) != OK)
                fail_msg("%s", e.msg);
        buf_done(&b);
}

static void command(struct journal *j, int64_t us, const char *what,
                    const char *rest)
{
        char body[600];

        snprintf(body, sizeof body,
                 "{\"cmd\":\"%s\",\"request\":\"r\",\"user\":\"adm\",%s}", what,
                 rest);
        give(j, RECORD_COMMAND, us, body);
}

static void tick(struct journal *j, int64_t us)
{
        struct buf b = {0};
        struct err e = {0};
        uint64_t seq;

        record_tick_pack(&b, us, us + 321);
        if (journal_append(j, RECORD_TICK, us, buf_as_text(&b), &seq, &e) != OK)
                fail_msg("%s", e.msg);
        buf_done(&b);
}

/* Of what a command says that fails. Static memory. */
static char *first_line(const char *command)
{
        static char line[400];
        FILE *p = popen(command, "r");

        assert_non_null(p);
        line[0] = '\0';
        if (!fgets(line, sizeof line, p))
                line[0] = '\0';
        assert_int_not_equal(pclose(p), 0);
        return line;
}

/* What people do, late data, a stranger who waits, and one who babbles. */
static void give_more(struct journal *j, int64_t us, const char *alert)
{
        char rest[400], time[40];
        int i;

        give(j, RECORD_USER, us,
             "{\"user\":\"adm\",\"shown\":\"a\",\"hash\":\"secret\","
             "\"role\":\"admin\",\"agency\":null}");
        snprintf(rest, sizeof rest,
                 "\"alert\":\"%s\",\"note\":\"drill is over\"", alert);
        command(j, us, "close", rest);
        say(j, us, "NEW1", "Z", "9.5");
        say(j, us, "NEW2", "PN05", "31.5");
        command(j, us, "admit",
                "\"name\":\"NEW1\",\"record\":{\"what\":\"station\","
                "\"code\":\"NEW1\",\"name\":\"x\",\"kind\":\"ZZ\","
                "\"lon\":110.9,\"lat\":21.6,\"WRZ\":9.0,\"interval_s\":300}");
        tick(j, us += SECOND_US);
        give(j, RECORD_IMPORT, us,
             "{\"what\":\"station\",\"code\":\"NEW2\",\"name\":\"x\","
             "\"kind\":\"PP\",\"lon\":110.9,\"lat\":21.6,"
             "\"interval_s\":300}");
        for (i = 1; i < 5; i++) { /* backwards: each is late */
                say(j, us - i * 5 * MINUTE_US, "NEW2", "PN05", "21.5");
                tick(j, us + i * SECOND_US);
        }
        for (i = 0; i < 900; i++) {
                say(j, us, "NEW1", "Z", "9.5");
                tick(j, us + (5 + i) * SECOND_US);
        }
        time_format_beijing(time, us - SECOND_US);
        snprintf(rest, sizeof rest,
                 "\"station\":\"NEW1\",\"element\":\"Z\",\"time\":\"%s\","
                 "\"value\":8.1,\"note\":\"read off the gauge\"",
                 time);
        command(j, us, "amend", rest);
        for (i = 0; i < 3 * 60; i++) /* and all fall silent */
                tick(j, us + (1000 + i * 60) * SECOND_US);
}

/* Each change of an alert as a line. */
static void keep_lines(void *self, const struct state *s,
                       const struct record *r, const struct effects *fx)
{
        uint32_t i;

        (void)r;
        for (i = 0; i < fx->n_alert; i++)
                replay_line(self, s, &fx->alert[i]);
}

static void same_lines(const char *journal, const char *folder,
                       const char *table, int *ret_n, uint32_t *ret_hash)
{
        struct buf a = {.limit = 1u << 28}, b = a, rules = {0};
        struct err e = {0};
        size_t i;

        if (table && file_read(table, &rules, &e) != OK)
                fail_msg("%s", e.msg);
        if (replay_run(journal, buf_as_text(&rules), keep_lines, &a, &e) != OK)
                fail_msg("journal: %s", e.msg);
        if (days_run(folder, buf_as_text(&rules), UINT64_MAX, keep_lines, &b,
                     &e) != OK)
                fail_msg("days: %s", e.msg);
        for (i = 0, *ret_n = 0; i < a.n && i < b.n; i++) {
                *ret_n += a.p[i] == '\n';
                if (a.p[i] != b.p[i])
                        fail_msg("line %d:\n%.400s\nand\n%.400s", *ret_n + 1,
                                 a.p + (i < 200 ? 0 : i - 200),
                                 b.p + (i < 200 ? 0 : i - 200));
        }
        assert_int_equal(a.n, b.n);
        *ret_hash = hash_32(buf_as_text(&a));
        buf_done(&a);
        buf_done(&b);
        buf_done(&rules);
}

/* The storm's first hours with what people do, in a journal. */
static void make_journal(const char *dir)
{
        struct journal_config c = {.dir = dir, .manual = true};
        struct seen n = {.j = NULL};
        const struct alert *a;
        struct err e = {0};
        struct storm s;
        uint32_t k;

        if (journal_open(&c, &n.j, &e) != OK)
                fail_msg("%s", e.msg);
        storm_open_seen(&s, DAY, TABLE("guangdong"), keep, &n);
        storm_run(&s, 24 * 60, 28 * 60);
        k = engine_alerts(s.state->engine, &a);
        while (k > 0 && !alert_is_live(&a[k - 1]))
                k--;
        assert_int_not_equal(k, 0);
        give_more(n.j, s.state->engine_us, a[k - 1].id);
        storm_close(&s);
        if (journal_sync(n.j, &e) != OK)
                fail_msg("%s", e.msg);
        journal_close(n.j);
}

static bool has(const char *folder, const char *word)
{
        char command[200];

        snprintf(command, sizeof command, "grep -rq %s %s", word, folder);
        return system(command) == 0;
}

/* Two days, and what is said when one is bent or gone. */
TEST(day_files_that_are_damaged_or_missing_are_named)
{
        char dir[] = "/tmp/sanfang-gone-XXXXXX", command[200];
        struct days_out d;
        struct err e = {0};
        struct buf lines = {0};
        int i;

        assert_non_null(mkdtemp(dir));
        assert_int_equal(days_create(&d, dir, 0, &e), OK);
        for (i = 0; i < 3; i++)
                prepared_put_tick(days_at(&d, (20000 + i) * DAY_US),
                                  (uint64_t)i + 1, (20000 + i) * DAY_US,
                                  (20000 + i) * DAY_US, BABBLE_AS_BEFORE);
        assert_int_equal(days_close(&d, &e), OK);
        CHECK_EQ(days_create(&d, dir, 0, &e), ERR_CONFLICT);
        CHECK_EQ(days_run(dir, TEXT(""), UINT64_MAX, keep_lines, &lines, &e),
                 OK);
        snprintf(command, sizeof command, "printf x >>%s/2024-10-05.days", dir);
        CHECK_EQ(system(command), 0);
        CHECK_EQ(days_run(dir, TEXT(""), UINT64_MAX, keep_lines, &lines, &e),
                 ERR_CORRUPT);
        CHECK(strstr(e.msg, "2024-10-05.days is damaged"));
        snprintf(command, sizeof command, "rm %s/2024-10-05.days", dir);
        CHECK_EQ(system(command), 0);
        CHECK_EQ(days_run(dir, TEXT(""), UINT64_MAX, keep_lines, &lines, &e),
                 ERR_MISSING);
        CHECK(strstr(e.msg, "before") && strstr(e.msg, "2024-10-06"));
        snprintf(command, sizeof command, "rm -r %s", dir);
        CHECK_EQ(system(command), 0);
}

/* Calls to 120 are of no sensor. */
static void write_calls_table(char path[60], const char *dir)
{
        struct err e = {0};

        snprintf(path, 60, "%s/calls.json", dir);
        if (file_replace(path,
                         TEXT("{\"name\":\"calls\",\"version\":1,\"rules\":[{"
                              "\"id\":\"calls\",\"kind\":\"expression\","
                              "\"hazard\":\"calls\",\"zone\":\"county\","
                              "\"text\":\"x\",\"text_en\":\"x\","
                              "\"source\":\"test\",\"lines\":[{\"level\":"
                              "\"yellow\",\"when\":\"count(incidents in zone "
                              "over 1h) >= 1\"}],"
                              "\"deadlines_s\":{\"sanfang\":600}}]}"),
                         &e) != OK)
                fail_msg("%s", e.msg);
}

TEST(day_files_give_the_same_alerts)
{
        char dir[] = "/tmp/sanfang-days-XXXXXX", journal[60], days[60];
        char calls[60];
        char words[400];
        struct buf out = {.limit = 1u << 20}, from_journal = out;
        uint32_t own, other, hash;
        int n_own, n_other, n_calls;

        assert_non_null(mkdtemp(dir));
        snprintf(journal, sizeof journal, "%s/journal", dir);
        snprintf(days, sizeof days, "%s/days", dir);
        make_journal(journal);
        snprintf(words, sizeof words, "export days --journal %s %s", journal,
                 days);
        sanfang(&out, words);
        CHECK(!has(days, "secret"));
        same_lines(journal, days, NULL, &n_own, &own);
        same_lines(journal, days, TABLE("national"), &n_other, &other);
        write_calls_table(calls, dir);
        same_lines(journal, days, calls, &n_calls, &hash);
        CHECK(n_calls > 0);
        if (n_own < 100 || n_other < 100 || own == other)
                fail_msg("%d and %d lines", n_own, n_other);
        backtest(&from_journal, journal, "--json " TABLE("national"));
        snprintf(words, sizeof words, "rules backtest --days %s --json %s",
                 days, TABLE("national"));
        sanfang(&out, words);
        CHECK_STR(out.p, from_journal.p);
        snprintf(words, sizeof words, "rm -r %s", dir);
        CHECK_EQ(system(words), 0);
        buf_done(&out);
        buf_done(&from_journal);
}

/* The archive that a replay of the journal fills, in this database. */
static void same_from_archive(const char *dir, const char *journal,
                              const char *days, const struct buf *want,
                              const struct pg_temp *db)
{
        struct buf out = {.limit = 1u << 20};
        char words[700], archive[80];
        char *line;

        snprintf(words, sizeof words, "replay --journal %s --db '%s'", journal,
                 db->uri);
        sanfang(&out, words);
        assert_true(atoi(pg_temp_ask(db, "SELECT count(*) FROM "
                                         "sanfang.rule_input")) > 1);
        snprintf(words, sizeof words, "export days --archive '%s' %s/archive",
                 db->uri, dir);
        sanfang(&out, words);
        snprintf(archive, sizeof archive, "%s/archive", dir);
        assert_true(!has(archive, "secret"));
        snprintf(words, sizeof words, "diff -r -x snapshots %s %s/archive",
                 days, dir);
        assert_int_equal(system(words), 0);
        snprintf(words, sizeof words, "rules backtest --archive '%s' --json %s",
                 db->uri, TABLE("national"));
        sanfang(&out, words);
        assert_string_equal(out.p, want->p);
        /* What is not whole is not passed off as whole. */
        pg_temp_ask(db, "DELETE FROM sanfang.rule_input WHERE seq = (SELECT"
                        " seq FROM sanfang.rule_input ORDER BY seq OFFSET 1"
                        " LIMIT 1)");
        snprintf(words, sizeof words,
                 SANFANG " export days --archive '%s' %s/bad 2>&1", db->uri,
                 dir);
        line = first_line(words);
        assert_true(strstr(line, "no row from record"));
        pg_temp_ask(db, "DELETE FROM sanfang.rule_input WHERE after_seq = 0");
        snprintf(words, sizeof words,
                 SANFANG " export days --archive '%s' %s/worse 2>&1", db->uri,
                 dir);
        line = first_line(words);
        assert_true(strstr(line, "the rules before are in the journal"));
        buf_done(&out);
}

TEST(the_archive_gives_the_same_alerts)
{
        char dir[] = "/tmp/sanfang-archive-XXXXXX", journal[60], days[60];
        char words[400];
        const char *missing = pg_temp_missing();
        struct buf out = {.limit = 1u << 20};
        struct pg_temp db;

        if (missing) {
                print_message("skipped: %s\n", missing);
                skip();
        }
        assert_non_null(mkdtemp(dir));
        assert_true(pg_temp_create(&db));
        snprintf(journal, sizeof journal, "%s/journal", dir);
        snprintf(days, sizeof days, "%s/days", dir);
        make_journal(journal);
        snprintf(words, sizeof words, "export days --journal %s %s", journal,
                 days);
        sanfang(&out, words);
        backtest(&out, journal, "--json " TABLE("national"));
        same_from_archive(dir, journal, days, &out, &db);
        pg_temp_destroy(&db);
        snprintf(words, sizeof words, "rm -r %s", dir);
        CHECK_EQ(system(words), 0);
        buf_done(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(forecasts_are_hits_misses_and_false_alarms),
                RUN(a_zones_forecast_counts_for_the_gauges_in_it),
                RUN(alerts_of_two_tables_are_the_same_moved_or_gone),
                RUN(only_what_was_raised_within_is_taken),
                RUN(two_runs_as_json),
                RUN(what_does_not_fit_is_counted_and_what_changed_comes_first),
                RUN(the_storm_with_two_tables),
                RUN(day_files_give_the_same_alerts),
                RUN(the_archive_gives_the_same_alerts),
                RUN(day_files_that_are_damaged_or_missing_are_named),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

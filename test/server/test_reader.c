/* test/server/test_reader.c -- what the archive wrote, asked back. */
#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "schemas/time.h"
#include "schemas/wire/forecast.h"
#include "schemas/wire/json.h"
#include "server/archive.h"
#include "server/reader.h"
#include "test/pause.h"
#include "test/server/pg_temp.h"
#include "test/server/row_world.h"

static struct pg_temp db;
static struct row_world w;
static char dir[64];
static struct reader *reader;

/* ---- one question and its answer ---- */

struct reply {
        bool came;
        enum status status;
        struct json *json;
        char text[20000];
        char msg[256];
};

static void on_answer(void *self, enum status st, struct text json,
                      const struct err *e)
{
        struct reply *r = self;
        struct err bad = {0};

        r->came = true;
        r->status = st;
        if (st != OK) {
                snprintf(r->msg, sizeof(r->msg), "%s", e->msg);
                return;
        }
        text_copy(r->text, sizeof(r->text), json);
        if (json_parse(json, JSON_FILE_MAX, &r->json, &bad) != OK)
                print_error("%s\n", bad.msg);
}

static struct reply *ask(enum query q, const char *const *params)
{
        static struct reply r;
        struct err e = {0};

        json_free(r.json);
        memset(&r, 0, sizeof(r));
        r.status = reader_ask(reader, q, params, on_answer, &r, &e);
        if (r.status != OK)
                return &r;
        for (int i = 0; i < 1000 && !r.came; i++) {
                reader_dispatch(reader);
                pause_ms(5);
        }
        if (r.status != OK)
                print_message("status %s: %s\n", status_name(r.status), r.msg);
        return &r;
}

#define ASK(q, ...) ask(q, (const char *const[]){__VA_ARGS__, NULL})

static const struct json *item(const struct json *list, int i)
{
        const struct json *j = json_first(list);

        while (j && i-- > 0)
                j = json_next(j);
        return j;
}

static long number(const struct json *j, const char *key)
{
        int64_t milli = -1;

        json_milli(json_get(j, key), &milli);
        return milli;
}

static bool says(const struct json *j, const char *key, const char *want)
{
        return text_is(json_text(json_get(j, key)), want);
}

static void wait_up(void)
{
        for (int i = 0; i < 500; i++) {
                if (ASK(QUERY_AUDIT, "", "1")->status == OK)
                        return;
                pause_ms(20);
        }
}

/* ---- what stands in the database ---- */

static void add_dispatch(uint64_t seq)
{
        struct incident i = {.centre = "MM",
                             .id = "I1",
                             .state = INCIDENT_DISPATCHED,
                             .nature = "落水",
                             .people = 2,
                             .has_point = true,
                             .at = {110.9, 21.905},
                             .county = "440981",
                             .opened_us = row_time(2, 50),
                             .time_us = row_time(3, 1),
                             .seq = seq};
        struct unit u = {.centre = "MM",
                         .id = "U1",
                         .state = UNIT_DISPATCHED,
                         .incident = "I1",
                         .has_point = true,
                         .at = {110.9, 21.92},
                         .time_us = row_time(3, 1),
                         .fix_us = row_time(3, 1)};
        struct dispatch_event d = {.centre = "MM",
                                   .id = "I1",
                                   .state = INCIDENT_ACCEPTED,
                                   .time_us = row_time(2, 51),
                                   .seq = seq};

        effects_push_incident(&w.fx, &i);
        effects_push_unit(&w.fx, &u);
        effects_push_dispatch_event(&w.fx, &d);
        d = (struct dispatch_event){.is_unit = true,
                                    .centre = "MM",
                                    .id = "U1",
                                    .incident = "I1",
                                    .state = UNIT_DISPATCHED,
                                    .time_us = row_time(3, 1),
                                    .seq = seq};
        effects_push_dispatch_event(&w.fx, &d);
        snprintf(d.id, sizeof(d.id), "U2");
        effects_push_dispatch_event(&w.fx, &d);
        /* A closed one beside it, and a far one. */
        i.state = INCIDENT_CLOSED;
        snprintf(i.id, sizeof(i.id), "I2");
        effects_push_incident(&w.fx, &i);
        i.state = INCIDENT_WAITING;
        i.at.lat_deg = 22.4;
        snprintf(i.id, sizeof(i.id), "I3");
        effects_push_incident(&w.fx, &i);
}

static void add_alerts(uint64_t seq)
{
        struct alert_change c;

        row_world_alert(&w, &c);
        effects_push_alert(&w.fx, &c);
        c.alert.changes = 2;
        c.alert.state = ALERT_ACKNOWLEDGED;
        c.alert.seq_changed = seq;
        c.transition.kind = TRANSITION_ACK;
        c.transition.n = 2;
        c.transition.agency = AGENCY_SANFANG;
        snprintf(c.transition.user, sizeof(c.transition.user), "duty");
        c.alert.answers[AGENCY_SANFANG].given = true;
        c.alert.answers[AGENCY_SANFANG].intent = INTENT_ACTING;
        effects_push_alert(&w.fx, &c);

        /* One of the town itself. */
        row_world_alert(&w, &c);
        snprintf(c.alert.id, sizeof(c.alert.id),
                 "440981100-rainstorm-20231019T190000Z");
        snprintf(c.alert.subject, sizeof(c.alert.subject), "440981100");
        c.alert.hazard = HAZARD_RAINSTORM;
        c.alert.station = NO_INDEX;
        c.alert.n_evidence = 0;
        effects_push_alert(&w.fx, &c);
}

static void add_rest(uint64_t seq)
{
        struct forecast f = {.id = "R1-Z-sanfangd-damped-1",
                             .source = "sanfangd",
                             .model = "damped-trend",
                             .subject = "R1",
                             .element = ELEMENT_Z,
                             .issued_us = row_time(3, 0),
                             .begin_us = TIME_NONE,
                             .n_steps = 2,
                             .seq = seq};
        struct audit_row a = {.n = 1,
                              .seq = seq,
                              .real_us = row_time(3, 0),
                              .engine_us = row_time(3, 0),
                              .user = "duty",
                              .role = "duty",
                              .action = "ack",
                              .outcome = "ok",
                              .hash = "00"};

        f.step[0] = (struct forecast_step){row_time(4, 0), 9100, 9050};
        f.step[1] = (struct forecast_step){row_time(5, 0), 9200, 9050};
        effects_push_forecast(&w.fx, &f);
        /* Of others: no persistence, two quantiles, one of them partly. */
        snprintf(f.id, sizeof f.id, "%s", "R2-Z-bureau-xaj-1");
        snprintf(f.subject, sizeof f.subject, "R2");
        f.step[0].persistence_milli = f.step[1].persistence_milli = LEVEL_UNSET;
        f.n_quantiles = 2;
        f.quantile[0] = (struct forecast_quantile){100, {LEVEL_UNSET, 9000}};
        f.quantile[1] = (struct forecast_quantile){900, {9300, 9500}};
        effects_push_forecast(&w.fx, &f);
        effects_push_audit(&w.fx, &a);
        a.n = 2;
        effects_push_audit(&w.fx, &a);
        effects_refuse(&w.fx, seq, ERR_NUMBER, "byte 3", TEXT("sanfang/v1/x"),
                       TEXT("NaN\x01"));
}

/* Two versions, one after the other, and a draft that was back-tested. */
static void add_rules(struct buf *rows)
{
        static struct rule_set set = {.name = "one", .version = 3};
        struct rules_act by = {"admin", row_time(2, 0), 48};
        struct rules_change c = {.in_force = true};
        struct rules_book *k = &w.s.rules;
        struct err e = {0};

        if (engine_create(&w.s.engine, &e) != OK ||
            rules_book_put(k, TEXT("{\n \"name\": \"一\"}"), &set, &by, &e) !=
                    OK)
                print_error("%s\n", e.msg);
        effects_push_rules_change(&w.fx, &c);
        row_world_encode(&w, 48, rows);
        by = (struct rules_act){"root", row_time(3, 0), 49};
        set.version = 4;
        if (rules_book_put(k, TEXT("{\"v\":4}"), &set, &by, &e) != OK)
                print_error("%s\n", e.msg);
        effects_push_rules_change(&w.fx, &c);
        set.version = 5;
        if (rules_book_draft(k, TEXT("{\"v\":5}"), &set, &by, &e) != OK ||
            rules_book_tested(&k->draft[0], k->now.hash,
                              TEXT("{\"summary\":{}}\n"), &by, &e) != OK)
                print_error("%s\n", e.msg);
        c.in_force = false;
        memcpy(c.hash, k->draft[0].table.hash, sizeof c.hash);
        effects_push_rules_change(&w.fx, &c);
        row_world_encode(&w, 49, rows);
        engine_free(w.s.engine);
        rules_book_done(k);
}

static bool fill(void)
{
        struct archive_config c = {.uri = db.uri,
                                   .dir = dir,
                                   .migrations_dir = SOURCE_DIR "/schemas/sql"};
        struct archive_status s = {0};
        struct archive *a = NULL;
        struct buf rows = {0};
        int i;

        row_world_imports(&w, &rows);
        add_rules(&rows);
        for (i = 0; i <= 36; i++) {
                row_world_level(&w, "R1", row_time(0, 5 * i), 8000 + 30 * i, 0,
                                50);
                row_world_level(&w, "V1", row_time(0, 5 * i), 90250, 0, 50);
                if (i)
                        row_world_rain(&w, row_time(0, 5 * i), 1500, 50);
        }
        w.fx.rain[w.fx.n_rain - 1].repaired = true;
        w.fx.rain[w.fx.n_rain - 1].raw_milli = 25400;
        add_dispatch(50);
        add_alerts(50);
        add_rest(50);
        row_world_encode(&w, 50, &rows);
        if (rows.failed || archive_create(&c, &a, NULL) != OK)
                return false;
        archive_put(a, 50, buf_as_text(&rows));
        buf_done(&rows);
        for (i = 0; i < 1000 && s.position < 50; i++) {
                pause_ms(10);
                archive_get_status(a, &s);
        }
        if (s.position < 50 || s.poison_rows)
                print_error("%llu poison: %s %s\n",
                            (unsigned long long)s.poison_rows, s.last_error,
                            pg_temp_ask(&db, "SELECT table_name, error FROM"
                                             " sanfang.poison"));
        archive_free(a);
        return s.position == 50 && s.poison_rows == 0;
}

/* ---- the questions ---- */

TEST(observations_come_oldest_first_with_their_unit)
{
        struct reply *r =
                ASK(QUERY_OBSERVATIONS, "R1", "Z", "2023-10-20T01:00:00+08:00",
                    "2023-10-20T02:00:00+08:00", "");
        const struct json *list = json_get(r->json, "observations");

        CHECK_EQ(r->status, OK);
        CHECK(says(r->json, "unit", "m"));
        CHECK_EQ(json_size(list), 13);
        CHECK(says(item(list, 0), "time", "2023-10-20T01:00:00+08:00"));
        CHECK_EQ(number(item(list, 0), "value"), 8360);
        CHECK(says(item(list, 0), "received_at", "2023-10-20T01:00:02+08:00"));

        /* The newest two of all. */
        r = ASK(QUERY_OBSERVATIONS, "R1", "Z", "", "", "2");
        list = json_get(r->json, "observations");
        CHECK_EQ(json_size(list), 2);
        CHECK(says(item(list, 1), "time", "2023-10-20T03:00:00+08:00"));

        r = ASK(QUERY_OBSERVATIONS, "nobody", "Z", "", "", "");
        CHECK_EQ(json_size(json_get(r->json, "observations")), 0);
}

TEST(an_alert_says_whose_override_raised_it)
{
        CHECK_STR(pg_temp_ask(&db, "SELECT DISTINCT rule_scope"
                                   " FROM sanfang.v_alert"),
                  "440981");
}

TEST(the_rain_series_is_element_p)
{
        struct reply *r = ASK(QUERY_OBSERVATIONS, "P1", "P", "", "", "");
        const struct json *list = json_get(r->json, "observations");

        CHECK_EQ(json_size(list), 36);
        CHECK(says(r->json, "unit", "mm"));
        CHECK(says(item(list, 0), "begin", "2023-10-20T00:00:00+08:00"));
        CHECK(says(item(list, 0), "source", "PN05"));
        CHECK_EQ(number(item(list, 0), "value"), 1500);
}

TEST(each_slot_of_rain_says_what_it_came_from)
{
        struct reply *r = ASK(QUERY_RAIN, "P1", "", "", "");
        const struct json *list = json_get(r->json, "slots"), *x;

        CHECK_EQ(r->status, OK);
        CHECK_EQ(json_size(list), 36);
        CHECK(says(item(list, 0), "begin", "2023-10-20T00:00:00+08:00"));
        CHECK(says(item(list, 0), "end", "2023-10-20T00:05:00+08:00"));
        CHECK_EQ(number(item(list, 0), "amount"), 1500);
        CHECK(says(item(list, 0), "source", "PN05"));
        CHECK(!json_true(json_get(item(list, 0), "repaired")));
        CHECK(json_is_null(json_get(item(list, 0), "raw")));
        /* The last was mended: what was sent stands beside it. */
        CHECK(json_true(json_get(item(list, 35), "repaired")));
        CHECK_EQ(number(item(list, 35), "raw"), 25400);
        x = item(json_get(r->json, "sources"), 0);
        CHECK(says(x, "source", "PN05"));
        CHECK_EQ(number(x, "slots"), 36000);
        /* What reaches over the edge of the span is in it. */
        r = ASK(QUERY_RAIN, "P1", "2023-10-20T00:02:00+08:00",
                "2023-10-20T00:06:00+08:00", "");
        CHECK_EQ(json_size(json_get(r->json, "slots")), 2);
        r = ASK(QUERY_RAIN, "nobody", "", "", "");
        CHECK_EQ(json_size(json_get(r->json, "slots")), 0);
        CHECK_EQ(json_size(json_get(r->json, "sources")), 0);
}

TEST(exposed_finds_what_is_near_the_gauge)
{
        struct reply *r =
                ASK(QUERY_EXPOSED, "R1-flood-20231019T190000Z", "5000");
        const struct json *j = r->json, *x;
        long d;

        CHECK_EQ(r->status, OK);
        CHECK_EQ(json_size(json_get(j, "incidents")), 1);
        x = item(json_get(j, "incidents"), 0);
        CHECK(says(x, "incident", "I1"));
        d = number(x, "distance_m");
        CHECK(d > 500000 && d < 600000); /* 0.005 deg of latitude */
        CHECK_EQ(json_size(json_get(j, "units")), 1);
        CHECK_EQ(json_size(json_get(j, "hospitals")), 1);
        CHECK_EQ(json_size(json_get(j, "shelters")), 0);

        r = ASK(QUERY_EXPOSED, "R1-flood-20231019T190000Z", "25000");
        CHECK_EQ(json_size(json_get(r->json, "shelters")), 1);
}

TEST(exposed_of_a_zone_counts_from_its_edge)
{
        struct reply *r = ASK(QUERY_EXPOSED,
                              "440981100-rainstorm-20231019T190000Z", "1000");
        const struct json *x = item(json_get(r->json, "hospitals"), 0);

        CHECK_EQ(number(x, "distance_m"), 0);
        CHECK_EQ(json_size(json_get(r->json, "shelters")), 0);
}

TEST(an_alert_not_archived_yet_is_unknown)
{
        CHECK_EQ(ASK(QUERY_EXPOSED, "no-such-alert", "5000")->status,
                 ERR_UNKNOWN);
}

TEST(transitions_are_an_array_in_order)
{
        struct reply *r = ASK(QUERY_TRANSITIONS, "R1-flood-20231019T190000Z");

        CHECK(json_is_array(r->json));
        CHECK_EQ(json_size(r->json), 2);
        CHECK(says(item(r->json, 0), "kind", "raised"));
        CHECK(says(item(r->json, 1), "user", "duty"));
        CHECK(says(item(r->json, 1), "agency", "sanfang"));
}

TEST(the_alert_is_kept_in_its_newest_version)
{
        struct reply *r = ASK(QUERY_ALERT_HISTORY, "", "", "");
        const struct json *list = json_get(r->json, "alerts");
        const struct json *a = item(list, 1);

        CHECK_EQ(json_size(list), 2);
        CHECK(says(a, "state", "acknowledged"));
        CHECK(json_true(json_get(a, "archived")));
        CHECK_STR(pg_temp_ask(&db, "SELECT state, changes, value, threshold,"
                                   " group_key, ST_AsText(geom) FROM"
                                   " sanfang.alert WHERE hazard = 'flood'"),
                  "acknowledged|2|9.05|9|flood/river/小东江|"
                  "POINT(110.9 21.9)");
        CHECK_STR(pg_temp_ask(&db, "SELECT intent, given FROM"
                                   " sanfang.alert_answer WHERE alert LIKE"
                                   " 'R1%'"),
                  "acting|t");
}

TEST(audit_pages_backwards)
{
        struct reply *r = ASK(QUERY_AUDIT, "", "1");

        CHECK_EQ(number(item(json_get(r->json, "audit"), 0), "n"), 2000);
        r = ASK(QUERY_AUDIT, "2", "10");
        CHECK_EQ(json_size(json_get(r->json, "audit")), 1);
        CHECK(says(item(json_get(r->json, "audit"), 0), "action", "ack"));
}

TEST(every_version_of_the_rules_is_kept_as_it_was_written)
{
        struct reply *r = ASK(QUERY_RULE_VERSIONS, "");
        const struct json *x = item(json_get(r->json, "versions"), 0);

        CHECK_EQ(json_size(json_get(r->json, "versions")), 2);
        CHECK_EQ(number(x, "version"), 4000);
        CHECK(says(x, "by", "root"));
        CHECK(says(x, "put_at", "2023-10-20T03:00:00+08:00"));
        r = ASK(QUERY_RULE_VERSION, "48");
        x = item(json_get(r->json, "versions"), 0);
        CHECK(says(x, "text", "{\n \"name\": \"一\"}"));
        r = ASK(QUERY_RULE_VERSION, "47");
        CHECK_EQ(json_size(json_get(r->json, "versions")), 0);
        CHECK_STR(pg_temp_ask(&db, "SELECT tested_by || result FROM"
                                   " sanfang.v_rule_draft"),
                  "root{\"summary\":{}}");
}

TEST(quarantine_shows_a_harmless_head)
{
        struct reply *r = ASK(QUERY_QUARANTINE, "");
        const struct json *x = item(json_get(r->json, "quarantine"), 0);

        CHECK(says(x, "reason", "number"));
        CHECK_EQ(number(x, "count"), 1000);
        CHECK_EQ(number(x, "bytes"), 4000);
        CHECK(says(x, "head", "NaN\x01") || says(x, "head", "NaN\\001"));
}

TEST(forecasts_carry_values_and_persistence)
{
        struct reply *r = ASK(QUERY_FORECASTS, "R1", "");
        const struct json *f = item(json_get(r->json, "forecasts"), 0);

        CHECK(says(f, "station", "R1"));
        CHECK_EQ(json_size(json_get(f, "values")), 2);
        CHECK(text_is(json_text(item(item(json_get(f, "values"), 1), 0)),
                      "2023-10-20T05:00:00+08:00"));
        CHECK_EQ(json_size(json_get(f, "persistence")), 2);
        r = ASK(QUERY_FORECASTS, "R2", "");
        f = item(json_get(r->json, "forecasts"), 0);
        CHECK(!json_given(f, "persistence"));
        r = ASK(QUERY_FORECASTS, "nobody", "");
        CHECK_EQ(json_size(json_get(r->json, "forecasts")), 0);
}

/* The hub reads them so when it starts. */
TEST(a_forecast_comes_back_with_its_quantiles)
{
        struct reply *r = ASK(QUERY_FORECASTS, "R2", "");
        const char *begin = strchr(r->text, '['), *end = strrchr(r->text, ']');
        struct forecast f = {0};
        struct err e = {0};

        CHECK_EQ(wire_forecast_decode(
                         (struct text){begin + 1, (size_t)(end - begin) - 1},
                         &f, &e),
                 OK);
        CHECK_EQ(f.n_quantiles, 2);
        CHECK_EQ(f.quantile[0].value_milli[0], LEVEL_UNSET);
        CHECK_EQ(f.quantile[0].value_milli[1], 9000);
        CHECK_EQ(f.quantile[1].value_milli[0], 9300);
}

/* ---- scores: worked by hand ----
 *
 * S1 rises from 8.00 m at 00:00 to 10.00 m at 04:00, falls to 8.00 m at
 * 08:00 and stays; WRZ 9.00 m stands from 02:00 to 06:00. */

#define AT(hhmm) "'2023-10-21T" hhmm ":00+08:00'"
#define RUN_OF(id, source, model, at) \
        "('" id "','" source "','" model "','S1',false,'Z'," AT(at) ",900)"
#define STEP_OF(id, at, value, naive) \
        "('" id "'," AT(at) "," value "," naive ")"

/* clang-format off */
static const char score_rows[] = "INSERT INTO sanfang.station (code, name, "
                                 "kind, wrz, seq)"
                                 " VALUES ('S1', 'S1', 'ZZ', 9, 900);"
                                 "INSERT INTO sanfang.observation (station, "
                                 "element, time, value,"
                                 " received_at, seq, item) SELECT 'S1', "
                                 "'Z', " AT(
                                         "00:00") "::timestamptz + i * "
                                                  "interval '10 minutes',"
                                                  " 8 + greatest(0, 24 - "
                                                  "abs(24 - i)) / 12.0, now(), "
                                                  "900, i"
                                                  " FROM generate_series(0, "
                                                  "84) i;"
                                                  /* A spike that nobody may
                                                     take for water. */
                                                  "UPDATE sanfang.observation "
                                                  "SET value = 15, marks = "
                                                  "'{spike}'"
                                                  " WHERE station = 'S1' AND "
                                                  "time = " AT("09:30") ";"
                                                                        "INSERT"
                                                                        " INTO "
                                                                        "sanfan"
                                                                        "g."
                                                                        "foreca"
                                                                        "st "
                                                                        "(id, "
                                                                        "source"
                                                                        ", "
                                                                        "model,"
                                                                        " subje"
                                                                        "ct, "
                                                                        "is_"
                                                                        "zone,"
                                                                        " eleme"
                                                                        "nt, "
                                                                        "issued"
                                                                        "_at, "
                                                                        "seq) "
                                                                        "VALUES"
                                                                        " " RUN_OF(
                                                                                "s-a", "sanfangd", "damped-trend", "01:00") "," RUN_OF("s-b", "bureau", "xaj", "00:30") "," RUN_OF("s-c", "bureau", "xaj", "07:00") "," RUN_OF("s-d", "bureau", "xaj", "09:00") ";"
                                                                                                                                                                                                                                                                "INSERT INTO sanfang.forecast_value (id, valid_at, value,"
                                                                                                                                                                                                                                                                " persistence) VALUES " STEP_OF(
                                                                                                                                                                                                                                                                        "s-a", "02:00", "8.9", "8.5") "," STEP_OF("s-a",
                                                                                                                                                                                                                                                                                                                  "03:00", "9.3", "8.5") "," STEP_OF("s-a",
                                                                                                                                                                                                                                                                                                                                                     "04:00", "9.6", "8.5") "," STEP_OF("s-a",
                                                                                                                                                                                                                                                                                                                                                                                        "09:30",
                                                                                                                                                                                                                                                                                                                                                                                        "9.6",
                                                                                                                                                                                                                                                                                                                                                                                        "8.5") "," STEP_OF("s-b", "02:00", "8.5", "NULL") "," STEP_OF("s-b",
                                                                                                                                                                                                                                                                                                                                                                                                                                                      "05:00", "8.9", "NULL") "," STEP_OF("s-c", "10:00", "9.2", "NULL") "," STEP_OF("s-d",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     "11:00",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     "8.1",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     "NULL");

static struct reply *ask_scores(const char *source, const char *synthetic)
{
        return ASK(QUERY_SCORES, "2023-10-21T00:00:00+08:00",
                   "2023-10-22T00:00:00+08:00", source, "S1", synthetic);
}

/* The entry of a list with these words, or NULL. */
static const struct json *entry(const struct json *list, const char *source,
                                const char *key, const char *word)
{
        const struct json *x = json_first(list);

        while (x && (!says(x, "source", source) || !says(x, key, word)))
                x = json_next(x);
        return x;
}

TEST(errors_are_told_by_lead_with_persistence_beside)
{
        const struct json *list, *x, *p;
        struct reply *r;

        pg_temp_ask(&db, score_rows);
        r = ask_scores("", "");
        CHECK_EQ(r->status, OK);
        list = json_get(r->json, "errors");
        CHECK_EQ(json_size(list), 4);
        x = entry(list, "sanfangd", "lead", "0-1");
        CHECK_EQ(number(x, "n"), 1000);
        CHECK_EQ(number(x, "bias"), -100);
        x = entry(list, "sanfangd", "lead", "1-3");
        CHECK(says(x, "model", "damped-trend"));
        CHECK_EQ(number(x, "n"), 2000); /* not the spike's */
        CHECK_EQ(number(x, "bias"), -300);
        CHECK_EQ(number(x, "mae"), 300);
        CHECK_EQ(number(x, "rmse"), 316);
        p = json_get(x, "persistence");
        CHECK_EQ(number(p, "n"), 2000);
        CHECK_EQ(number(p, "mae"), 1250);
        /* The bureau gave none: it is the level at its issue. */
        x = entry(list, "bureau", "lead", "1-3");
        CHECK_EQ(number(x, "n"), 3000);
        CHECK_EQ(number(x, "bias"), 267);
        CHECK_EQ(number(x, "mae"), 600);
        CHECK_EQ(number(x, "rmse"), 753);
        p = json_get(x, "persistence");
        CHECK_EQ(number(p, "bias"), -83);
        CHECK_EQ(number(p, "rmse"), 520);
        x = entry(list, "bureau", "lead", "3-6");
        CHECK_EQ(number(x, "bias"), -600);
        CHECK_EQ(json_size(json_get(ask_scores("bureau", "")->json, "errors")),
                 2);
}

TEST(crossings_are_hits_misses_and_false_alarms)
{
        struct reply *r = ask_scores("", "");
        const struct json *list = json_get(r->json, "events");
        const struct json *x = entry(list, "sanfangd", "line", "WRZ");

        CHECK_EQ(json_size(list), 2);
        CHECK_EQ(number(x, "events"), 1000);
        CHECK_EQ(number(x, "hit"), 1000);
        CHECK_EQ(number(x, "miss"), 0);
        CHECK_EQ(number(x, "false_alarm"), 0);
        CHECK_EQ(number(json_get(x, "lead_s"), "median"), 3600000);
        CHECK(json_is_null(json_get(x, "pod"))); /* of one event */
        CHECK_EQ(number(json_get(x, "persistence"), "miss"), 1000);
        x = entry(list, "bureau", "line", "WRZ");
        CHECK_EQ(number(x, "hit"), 0);
        CHECK_EQ(number(x, "miss"), 1000);
        CHECK_EQ(number(x, "false_alarm"), 1000);
        CHECK_EQ(number(x, "withdrawn"), 1000);
        CHECK_EQ(number(x, "open"), 0);
        CHECK(json_is_null(json_get(x, "lead_s")));
}

TEST(peaks_are_held_against_limits_that_say_unverified)
{
        struct reply *r = ask_scores("", "");
        const struct json *list = json_get(r->json, "peaks"), *x;

        CHECK_EQ(json_size(json_get(r->json, "limits")), 6);
        CHECK(json_true(
                json_get(item(json_get(r->json, "limits"), 0), "unverified")));
        x = entry(list, "sanfangd", "model", "damped-trend");
        CHECK_EQ(number(x, "n"), 1000);
        CHECK_EQ(number(x, "error"), -400);
        CHECK_EQ(number(x, "peak_ok"), 0); /* 0.30 m allowed */
        CHECK_EQ(number(x, "time_ok"), 1000);
        CHECK_EQ(number(json_get(x, "persistence"), "error_abs"), 1500);
        x = entry(list, "bureau", "model", "xaj");
        CHECK_EQ(number(x, "error"), -1100);
        CHECK_EQ(number(x, "time_s"), 3600000);
        /* They are data. */
        pg_temp_ask(&db, "UPDATE sanfang.score_limit SET value = 30"
                         " WHERE name = 'peak_share'");
        r = ask_scores("sanfangd", "");
        x = item(json_get(r->json, "peaks"), 0);
        CHECK_EQ(number(x, "peak_ok"), 1000);
}

TEST(made_up_data_is_said_to_be)
{
        CHECK(!json_true(json_get(ask_scores("", "")->json, "synthetic")));
        CHECK(json_true(json_get(ask_scores("", "true")->json, "synthetic")));
}

TEST(an_incident_has_acceptances_and_they_have_dispatches)
{
        struct reply *r = ASK(QUERY_INCIDENT_EVENTS, "MM", "I1");
        const struct json *a = item(json_get(r->json, "acceptances"), 0);

        CHECK_EQ(json_size(json_get(r->json, "events")), 3);
        CHECK_EQ(json_size(json_get(a, "dispatches")), 2);
        CHECK(says(item(json_get(r->json, "events"), 0), "state", "accepted"));
}

TEST(the_bulletin_counts_what_it_says)
{
        struct reply *r = ASK(QUERY_BULLETIN, "2023-10-20T00:00:00+08:00",
                              "2023-10-20T03:00:00+08:00");
        const struct json *j = r->json, *rain = json_get(j, "rain"), *x;

        CHECK_EQ(r->status, OK);
        x = item(json_get(rain, "maxima"), 0);
        CHECK(says(x, "county_name", "高州市"));
        CHECK_EQ(number(x, "sum"), 54000);
        CHECK_EQ(number(json_get(rain, "over"), "50"), 1000);
        CHECK_EQ(number(json_get(rain, "over"), "100"), 0);
        CHECK_EQ(json_size(json_get(rain, "gauges")), 1);
        x = item(json_get(j, "rivers"), 0);
        CHECK(says(x, "station", "R1"));
        CHECK_EQ(number(x, "above"), 80);
        /* On 20 October the second season is in force: 90, not 88.5. */
        x = item(json_get(j, "reservoirs"), 0);
        CHECK_EQ(number(x, "limit"), 90000);
        CHECK_EQ(number(x, "above"), 250);
        /* P1 sent slots but no observation in this little world. */
        CHECK_EQ(json_size(json_get(j, "gaps")), 1);
        CHECK_EQ(number(json_get(j, "calls"), "opened"), 3000);
        CHECK_EQ(number(json_get(j, "calls"), "open"), 2000);
}

TEST(a_wrong_parameter_is_an_error_of_the_asker)
{
        CHECK_EQ(ASK(QUERY_BULLETIN, "yesterday", "soon")->status, ERR_SYNTAX);
        CHECK_EQ(ASK(QUERY_EXPOSED, "x'; DROP SCHEMA sanfang; --", "5")->status,
                 ERR_UNKNOWN);
        CHECK_EQ(ASK(QUERY_AUDIT, "", "1")->status, OK);
}

TEST(a_dead_database_is_said_at_once_and_comes_back)
{
        struct timespec t0, t1;
        struct reply *r;

        pg_temp_kill(&db, SIGKILL);
        r = ASK(QUERY_AUDIT, "", "1"); /* finds out */
        CHECK_EQ(r->status, ERR_UNAVAILABLE);
        clock_gettime(CLOCK_MONOTONIC, &t0);
        r = ASK(QUERY_AUDIT, "", "1");
        clock_gettime(CLOCK_MONOTONIC, &t1);
        CHECK_EQ(r->status, ERR_UNAVAILABLE);
        CHECK(t1.tv_sec - t0.tv_sec <= 1);
        CHECK(pg_temp_start(&db));
        wait_up();
        CHECK_EQ(ASK(QUERY_AUDIT, "", "1")->status, OK);

        /* A restart between two questions is not even noticed. */
        pg_temp_kill(&db, SIGKILL);
        CHECK(pg_temp_start(&db));
        CHECK_EQ(ASK(QUERY_AUDIT, "", "1")->status, OK);
}

static int answered;

static void count_answer(void *self, enum status st, struct text json,
                         const struct err *e)
{
        (void)self;
        (void)json;
        (void)e;
        if (st == OK || st == ERR_UNAVAILABLE)
                answered++;
}

TEST(sixty_four_may_wait_and_all_are_answered)
{
        const char *const params[] = {"", "1", NULL};
        struct reader *r = NULL;
        struct err e = {0};
        int asked = 0, i;

        CHECK_EQ(reader_create(db.uri, NULL, NULL, &r, &e), OK);
        for (i = 0; i < 500 && reader_ask(r, QUERY_AUDIT, params, count_answer,
                                          NULL, &e) != OK;
             i++)
                pause_ms(10);
        for (asked = 1; asked < 100; asked++)
                if (reader_ask(r, QUERY_AUDIT, params, count_answer, NULL,
                               &e) != OK)
                        break;
        CHECK_EQ(asked, 64);
        CHECK_EQ(e.code, ERR_FULL);
        reader_free(r);
        CHECK_EQ(answered, 64);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(observations_come_oldest_first_with_their_unit),
                RUN(an_alert_says_whose_override_raised_it),
                RUN(the_rain_series_is_element_p),
                RUN(each_slot_of_rain_says_what_it_came_from),
                RUN(exposed_finds_what_is_near_the_gauge),
                RUN(exposed_of_a_zone_counts_from_its_edge),
                RUN(an_alert_not_archived_yet_is_unknown),
                RUN(transitions_are_an_array_in_order),
                RUN(the_alert_is_kept_in_its_newest_version),
                RUN(audit_pages_backwards),
                RUN(every_version_of_the_rules_is_kept_as_it_was_written),
                RUN(quarantine_shows_a_harmless_head),
                RUN(forecasts_carry_values_and_persistence),
                RUN(a_forecast_comes_back_with_its_quantiles),
                RUN(errors_are_told_by_lead_with_persistence_beside),
                RUN(crossings_are_hits_misses_and_false_alarms),
                RUN(peaks_are_held_against_limits_that_say_unverified),
                RUN(made_up_data_is_said_to_be),
                RUN(an_incident_has_acceptances_and_they_have_dispatches),
                RUN(the_bulletin_counts_what_it_says),
                RUN(a_wrong_parameter_is_an_error_of_the_asker),
                RUN(sixty_four_may_wait_and_all_are_answered),
                RUN(a_dead_database_is_said_at_once_and_comes_back),
        };
        const char *missing = pg_temp_missing();
        int failed = 1;

        if (missing) {
                printf("skipped: %s is not installed\n", missing);
                return 77;
        }
        snprintf(dir, sizeof(dir), "/tmp/sanfang-reader-XXXXXX");
        row_world_init(&w);
        if (!mkdtemp(dir) || !pg_temp_create(&db))
                fprintf(stderr, "PostgreSQL did not start: %s/log\n", db.dir);
        else if (fill() &&
                 reader_create(db.uri, NULL, NULL, &reader, NULL) == OK) {
                wait_up();
                failed = cmocka_run_group_tests(tests, NULL, NULL);
        }
        reader_free(reader);
        pg_temp_destroy(&db);
        temp_dir_remove(dir);
        row_world_done(&w);
        return failed;
}

/* test/server/test_row.c -- effects as lines of "table\tJSON". */
#include "check.h"

#include "schemas/time.h"
#include "schemas/wire/check.h"
#include "server/file.h"
#include "server/query.h"
#include "server/row.h"
#include "server/row_copy.h"
#include "schemas/wire/json.h"
#include "test/server/row_world.h"

static struct row_world w;

/* The rows, behind what is kept for back-tests. */
static struct text after_chunk(const struct buf *rows)
{
        struct text rest = buf_as_text(rows), chunk;

        row_chunk_cut(&rest, &chunk);
        return rest;
}

/* Each line names a table of the archive and holds one JSON object. */
static void check_lines(const struct buf *rows)
{
        struct text rest = buf_as_text(rows), line, table, chunk;
        struct copy_row row;
        enum put_table t;

        assert_false(rows->failed);
        while (rest.n) {
                struct json *j = NULL;
                struct err e = {0};

                if (row_chunk_cut(&rest, &chunk) || row_copy_cut(&rest, &row))
                        continue;
                assert_true(text_cut(&rest, '\n', &line));
                assert_true(text_cut(&line, '\t', &table));
                assert_true(query_put_from(table, &t));
                if (json_parse(line, 1u << 20, &j, &e) != OK)
                        fail_msg("%.*s: %s", (int)line.n, line.p, e.msg);
                assert_true(json_is_object(j));
                json_free(j);
        }
}

static bool has(const struct buf *rows, const char *s)
{
        return memmem(rows->p, rows->n, s, strlen(s)) != NULL;
}

/* What stands in the tuple: fields after their lengths, big-endian. */
static void check_tuple(const char *p, size_t n, const char *want_hex)
{
        char hex[512];
        size_t i;

        assert_true(n * 2 < sizeof hex);
        for (i = 0; i < n; i++)
                snprintf(hex + 2 * i, 3, "%02x", (unsigned char)p[i]);
        assert_string_equal(hex, want_hex);
}

TEST(an_observation_keeps_its_thousandths)
{
        struct buf rows = {0};
        struct copy_row row;
        struct text rest;

        row_world_level(&w, "R1", row_time(3, 5), 9050, MARK_LATE, 7);
        row_world_encode(&w, 7, &rows);
        rest = after_chunk(&rows);
        CHECK(row_copy_cut(&rest, &row));
        CHECK_EQ(rest.n, 0);
        CHECK_EQ(row.kind, ROW_FRESH);
        CHECK_EQ(row.time_us, row_time(3, 5));
        check_tuple(row.tuple.p, row.tuple.n,
                    "0009"
                    "000000025231" /* R1 */
                    "000000015a"   /* Z */
                    "000000080002ab15337e4f00"
                    "0000000c0002000000000002000901f4" /* 9 and 0500 */
                    "0000000100"
                    "0000001c00000001000000000000001900000001000000010000"
                    "00046c617465" /* {late} */
                    "000000080002ab15339cd380"
                    "000000080000000000000007"
                    "0000000400000000");
        buf_done(&rows);
}

TEST(a_missing_value_is_null_and_never_zero)
{
        struct buf rows = {0}, words = {0};
        struct copy_row row;
        struct text rest;

        row_world_level(&w, "R1", row_time(3, 5), 0, MARK_MISSING, 7);
        row_world_encode(&w, 7, &rows);
        rest = after_chunk(&rows);
        CHECK(row_copy_cut(&rest, &row));
        row_copy_describe(row.tuple, &words);
        buf_char(&words, 0);
        CHECK(strstr(words.p, "[\"R1\",\"Z\",\"\\\\x0002ab15337e4f00\","
                              "null,\"\\\\x01\""));
        buf_done(&words);
        buf_done(&rows);
}

TEST(what_an_amendment_or_an_old_value_is_shows)
{
        struct buf rows = {0};
        struct copy_row row;
        struct text rest;

        row_world_level(&w, "R1", row_time(3, 5), 1, MARK_REVISED, 7);
        row_world_level(&w, "R1", row_time(3, 5), 1, MARK_OLD, 7);
        row_world_encode(&w, 7, &rows);
        buf_str(&rows, "station\t{}\n");
        CHECK_EQ(row_count(buf_as_text(&rows)), 3);
        rest = after_chunk(&rows);
        CHECK(row_copy_cut(&rest, &row));
        CHECK_EQ(row.kind, ROW_REVISION);
        CHECK(row_copy_cut(&rest, &row));
        CHECK_EQ(row.kind, ROW_MERGE);
        CHECK(!row_copy_cut(&rest, &row));
        CHECK_EQ(rest.n, 11);
        buf_done(&rows);
}

TEST(a_duplicate_makes_no_row_and_a_conflict_its_own)
{
        struct buf rows = {0};

        row_world_level(&w, "R1", row_time(3, 5), 1, MARK_DUPLICATE, 7);
        row_world_encode(&w, 7, &rows);
        CHECK_EQ(after_chunk(&rows).n, 0);
        row_world_level(&w, "R1", row_time(3, 5), 1, MARK_CONFLICT, 8);
        row_world_encode(&w, 8, &rows);
        check_lines(&rows);
        CHECK(has(&rows, "observation_conflict\t"));
        CHECK(!has(&rows, "\"missing\""));
        buf_done(&rows);
}

TEST(places_are_written_as_they_stand_in_the_book)
{
        struct buf rows = {0};

        row_world_imports(&w, &rows);
        check_lines(&rows);
        CHECK(has(&rows, "\"wrz\":9,\"grz\":null,\"obhtz\":null"));
        CHECK(has(&rows, "\"zone\":\"440981100\",\"county\":\"440981\""));
        CHECK(has(&rows, "\"fsltdz\":[{\"from\":\"04-15\",\"to\":\"10-15\","
                         "\"limit\":88.5}"));
        CHECK(has(&rows, "\"geometry\":{"));
        CHECK(has(&rows, "\"capacity\":800"));
        CHECK(has(&rows, "\"capacity\":null"));
        buf_done(&rows);
}

/* The shipped table is written over many lines, a row is one. */
TEST(a_check_table_is_one_row_of_one_line)
{
        struct sensors_config c = sensors_defaults();
        static struct check_table table;
        struct buf body = {0}, rows = {0};
        struct err e = {0};
        struct record r = {.seq = 9, .kind = RECORD_IMPORT};

        CHECK_EQ(
                file_read(SOURCE_DIR "/sensors/checks/default.json", &body, &e),
                OK);
        CHECK(memchr(body.p, '\n', body.n) != NULL);
        r.body = buf_as_text(&body);
        CHECK_EQ(sensors_create(&c, &w.s.sensors, &e), OK);
        CHECK_EQ(wire_checks_decode(r.body, &table, &e), OK);
        sensors_checks(w.s.sensors, &table);
        effects_clear(&w.fx);
        rows_encode(&w.s, &r, &w.fx, &rows);
        check_lines(&rows);
        CHECK(has(&rows, "check_set\t{\"name\":\"default\""));
        sensors_free(w.s.sensors);
        w.s.sensors = NULL;
        buf_done(&body);
        buf_done(&rows);
}

TEST(an_alert_brings_its_transition_answers_and_evidence)
{
        struct alert_change c;
        struct buf rows = {0};

        row_world_alert(&w, &c);
        effects_push_alert(&w.fx, &c);
        row_world_encode(&w, 100, &rows);
        check_lines(&rows);
        CHECK(has(&rows, "alert\t{\"id\":\"R1-flood-20231019T190000Z\","
                         "\"changes\":1,\"seq_raised\":100,\"seq\":100"));
        CHECK(!has(&rows, "\"archived\""));
        CHECK(has(&rows, "alert_transition\t{"));
        CHECK(has(&rows, "\"kind\":\"raised\""));
        CHECK(has(&rows, "\"agency\":\"sanfang\",\"required\":true,"
                         "\"given\":false,\"intent\":null"));
        CHECK(has(&rows, "alert_evidence\t{"));
        buf_done(&rows);
}

TEST(hostile_bytes_become_harmless_rows)
{
        const char raw[] = "\xff\x00{\"\t\n";
        struct buf rows = {0};

        effects_refuse(&w.fx, 9, ERR_UTF8, "byte 0 \xe4\xb8",
                       (struct text){"st/\xff\x01\tx", 7},
                       (struct text){raw, sizeof(raw) - 1});
        row_world_encode(&w, 9, &rows);
        check_lines(&rows);
        CHECK(has(&rows, "\"raw\":\"\\\\xff007b22090a\""));
        CHECK(has(&rows, "\"reason\":\"utf8\""));
        buf_done(&rows);
}

TEST(users_are_written_without_their_hash)
{
        struct record r = {.seq = 5, .kind = RECORD_USER};
        struct user u = {.name = "duty",
                         .shown = "值班员",
                         .hash = "$argon2id$secret",
                         .role = ROLE_DUTY,
                         .has_agency = true,
                         .agency = AGENCY_SANFANG};
        struct buf rows = {0};

        w.s.users = &u;
        w.s.n_users = 1;
        r.body = TEXT("{\"user\":\"duty\",\"shown\":\"值班员\","
                      "\"hash\":\"$argon2id$secret\",\"role\":\"duty\","
                      "\"agency\":\"sanfang\",\"zone\":\"\","
                      "\"disabled\":false,\"by\":\"admin\"}");
        rows_encode(&w.s, &r, &w.fx, &rows);
        w.s.users = NULL;
        w.s.n_users = 0;
        check_lines(&rows);
        CHECK(has(&rows, "app_user\t{\"name\":\"duty\""));
        CHECK(!has(&rows, "argon2id"));
        buf_done(&rows);
}

TEST(one_unit_event_is_an_event_and_a_position)
{
        struct dispatch_event d = {.is_unit = true,
                                   .centre = "MM",
                                   .id = "U1",
                                   .incident = "I1",
                                   .state = UNIT_DISPATCHED,
                                   .time_us = row_time(3, 1),
                                   .has_point = true,
                                   .at = {110.9, 21.9},
                                   .out_of_order = true,
                                   .seq = 11};
        struct buf rows = {0};

        effects_push_dispatch_event(&w.fx, &d);
        row_world_encode(&w, 11, &rows);
        check_lines(&rows);
        CHECK(has(&rows, "dispatch_event\t{\"seq\":11,\"n\":0,"
                         "\"what\":\"unit\",\"centre\":\"MM\","
                         "\"incident\":\"I1\",\"unit\":\"U1\","
                         "\"state\":\"dispatched\""));
        CHECK(has(&rows, "\"out_of_order\":true"));
        CHECK(has(&rows, "unit_position\t{"));
        buf_done(&rows);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(an_observation_keeps_its_thousandths),
                RUN(a_missing_value_is_null_and_never_zero),
                RUN(what_an_amendment_or_an_old_value_is_shows),
                RUN(a_duplicate_makes_no_row_and_a_conflict_its_own),
                RUN(places_are_written_as_they_stand_in_the_book),
                RUN(a_check_table_is_one_row_of_one_line),
                RUN(an_alert_brings_its_transition_answers_and_evidence),
                RUN(hostile_bytes_become_harmless_rows),
                RUN(users_are_written_without_their_hash),
                RUN(one_unit_event_is_an_event_and_a_position),
        };
        int failed;

        row_world_init(&w);
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        row_world_done(&w);
        return failed;
}

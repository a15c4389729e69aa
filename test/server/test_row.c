/* test/server/test_row.c -- effects as lines of "table\tJSON". */
#include "check.h"

#include "schemas/time.h"
#include "server/query.h"
#include "server/row.h"
#include "schemas/wire/json.h"
#include "test/server/row_world.h"

static struct row_world w;

/* Each line names a table of the archive and holds one JSON object. */
static void check_lines(const struct buf *rows)
{
        struct text rest = buf_as_text(rows), line, table;
        enum put_table t;

        assert_false(rows->failed);
        while (rest.n && text_cut(&rest, '\n', &line)) {
                struct json *j = NULL;
                struct err e = {0};

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

TEST(an_observation_keeps_its_thousandths)
{
        struct buf rows = {0};

        row_world_level(&w, "R1", row_time(3, 5), 9050, MARK_LATE, 7);
        row_world_encode(&w, 7, &rows);
        CHECK_STR((buf_char(&rows, 0), rows.p),
                  "observation\t{\"station\":\"R1\",\"element\":\"Z\","
                  "\"time\":\"2023-10-20T03:05:00+08:00\",\"value\":9.05,"
                  "\"missing\":false,\"marks\":[\"late\"],"
                  "\"received_at\":\"2023-10-20T03:05:02+08:00\","
                  "\"seq\":7,\"item\":0}\n");
        buf_done(&rows);
}

TEST(a_missing_value_is_null_and_never_zero)
{
        struct buf rows = {0};

        row_world_level(&w, "R1", row_time(3, 5), 0, MARK_MISSING, 7);
        row_world_encode(&w, 7, &rows);
        check_lines(&rows);
        CHECK(has(&rows, "\"value\":null,\"missing\":true"));
        buf_done(&rows);
}

TEST(a_duplicate_makes_no_row_and_a_conflict_its_own)
{
        struct buf rows = {0};

        row_world_level(&w, "R1", row_time(3, 5), 1, MARK_DUPLICATE, 7);
        row_world_encode(&w, 7, &rows);
        CHECK_EQ(rows.n, 0);
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
                RUN(a_duplicate_makes_no_row_and_a_conflict_its_own),
                RUN(places_are_written_as_they_stand_in_the_book),
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

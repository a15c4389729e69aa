/* test/server/test_view.c -- the situation as JSON. */
#include "check.h"

#include <stdlib.h>

#include "fake.h"
#include "schemas/time.h"
#include "server/view.h"

static struct view view_of(struct fake *f)
{
        return (struct view){f->state, f->engine_us, f->real_us, f->archived};
}

static bool holds(const struct buf *b, const char *piece)
{
        return memmem(b->p, b->n, piece, strlen(piece)) != NULL;
}

static void rain(struct fake *f, const char *value, int minute)
{
        char at[40], payload[256];

        time_format_beijing(at, FAKE_START_US + minute * MINUTE_US);
        snprintf(payload, sizeof(payload),
                 "{\"station\":\"PP-01\",\"obs\":[{\"time\":\"%s\","
                 "\"element\":\"PN05\",\"value\":%s}]}",
                 at, value);
        fake_mqtt(f, "sanfang/v1/st/PP-01/up/obs", payload);
}

TEST(a_level_that_is_not_set_is_null)
{
        struct fake *f = fake_create();
        struct view v = view_of(f);
        struct buf b = {0};
        struct json_out o = json_out(&b);

        view_station(&v, &o, NULL, 0);
        CHECK(holds(&b, "\"WRZ\":9,\"GRZ\":10.5,\"OBHTZ\":null,"
                        "\"FSLTDZ\":null,\"near\":0.3"));
        CHECK(holds(&b, "\"standing\":\"no_data\""));
        CHECK(holds(&b, "\"last_seen\":null"));
        CHECK(holds(&b, "\"values\":[]"));
        buf_done(&b);
        fake_free(f);
}

TEST(a_missing_value_is_null_and_marked)
{
        struct fake *f = fake_create();
        struct view v;
        struct buf b = {0};
        struct json_out o = json_out(&b);

        fake_level(f, "null", 0);
        fake_run(f);
        v = view_of(f);
        if (view_value(&v, &o, NULL, 0, ELEMENT_Z)) {
                CHECK(holds(&b, "\"value\":null"));
                CHECK(holds(&b, "\"missing\""));
        }
        CHECK(!holds(&b, "\"value\":0"));
        buf_done(&b);
        fake_free(f);
}

TEST(change_is_against_about_an_hour_ago)
{
        struct fake *f = fake_create();
        struct view v;
        struct buf b = {0};
        struct json_out o = json_out(&b);

        fake_level(f, "8", 0);
        fake_run(f);
        fake_pass(f, HOUR_US);
        fake_level(f, "8.25", 60);
        fake_run(f);
        v = view_of(f);
        CHECK(view_value(&v, &o, NULL, 0, ELEMENT_Z));
        CHECK(holds(&b, "\"value\":8.25,\"unit\":\"m\",\"marks\":[],"
                        "\"trend\":1,\"change\":0.25"));
        buf_done(&b);
        fake_free(f);
}

TEST(rain_is_one_series_with_what_it_covers)
{
        struct fake *f = fake_create();
        struct view v = view_of(f);
        struct buf b = {0};
        struct json_out o = json_out(&b);

        CHECK(!view_value(&v, &o, NULL, 1, VIEW_RAIN));
        for (int i = 1; i <= 12; i++) {
                fake_pass(f, 5 * MINUTE_US);
                rain(f, "0.1", i * 5);
                fake_run(f);
        }
        v = view_of(f);
        CHECK(view_value(&v, &o, NULL, 1, VIEW_RAIN));
        CHECK(holds(&b, "\"element\":\"P\""));
        CHECK(holds(&b, "\"rain\":{\"1h\":1.2,\"3h\":1.2"));
        CHECK(holds(&b, "\"covered_24h\":0.041")); /* 1 h of 24 */
        buf_done(&b);
        fake_free(f);
}

TEST(groups_stand_worst_first_and_count_what_is_open)
{
        struct fake *f = fake_create();
        struct view v;
        struct buf b = {0};
        struct json_out o = json_out(&b);

        fake_level(f, "9.2", 0);
        fake_run(f);
        v = view_of(f);
        view_groups(&v, &o, NULL);
        CHECK(holds(&b, "[{\"key\":\"flood/river/小东江\","
                        "\"hazard\":\"flood\",\"title\":\"小东江 洪水\","
                        "\"title_en\":\"Xiaodong: flood\","
                        "\"level\":\"yellow\",\"count\":1"));
        CHECK(holds(&b, "\"unacknowledged\":1"));
        CHECK(!holds(&b, "\"escalates_at\":null"));
        buf_done(&b);
        fake_free(f);
}

TEST(a_group_waits_only_for_duties_not_yet_escalated)
{
        struct fake *f = fake_create();
        struct view v;
        struct buf b = {0};
        struct json_out o = json_out(&b);

        fake_level(f, "9.2", 0);
        fake_run(f);
        fake_pass(f, 5 * HOUR_US);
        v = view_of(f);
        view_groups(&v, &o, NULL);
        CHECK(holds(&b, "\"flood/river/小东江\""));
        CHECK(holds(&b, "\"unacknowledged\":1,\"escalates_at\":null"));
        buf_done(&b);
        fake_free(f);
}

TEST(an_incident_without_a_place_has_no_coordinates)
{
        struct incident i = {.people = -1, .opened_us = 0, .time_us = 0};
        struct buf b = {0};
        struct json_out o = json_out(&b);

        strcpy(i.centre, "mm120");
        strcpy(i.id, "i1");
        view_incident(&o, NULL, &i);
        CHECK(holds(&b, "\"people\":null"));
        CHECK(holds(&b, "\"lon\":null,\"lat\":null"));
        CHECK(holds(&b, "\"open\":true"));
        i.state = INCIDENT_FALSE;
        CHECK(!view_incident_open(&i));
        buf_done(&b);
}

TEST(hostile_text_stays_text)
{
        struct fake *f = fake_create();
        struct view v;
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct json *j = NULL;
        struct err e = {0};

        fake_submit(f, RECORD_IMPORT,
                    "{\"what\":\"station\",\"code\":\"X-1\",\"name\":"
                    "\"\\\"</script><b>\\u2028\",\"name_en\":\"x\",\"kind\":"
                    "\"PP\",\"lon\":110.8,\"lat\":21.6,\"county\":\"440981\","
                    "\"interval_s\":300,\"active\":true}");
        fake_run(f);
        v = view_of(f);
        CHECK_EQ(v.state->places.n_stations, 3);
        view_station(&v, &o, NULL, 2);
        CHECK_EQ(json_parse(buf_as_text(&b), JSON_MESSAGE_MAX, &j, &e), OK);
        CHECK(text_starts(json_text(json_get(j, "name")), "\"</script>"));
        json_free(j);
        buf_done(&b);
        fake_free(f);
}

TEST(the_quarantine_shows_the_newest_first)
{
        struct fake *f = fake_create();
        struct view v;
        struct buf b = {0};
        struct json_out o = json_out(&b);

        fake_mqtt(f, "sanfang/v1/st/ZZ-01/up/obs", "{broken");
        fake_mqtt(f, "sanfang/v1/st/ZZ-01/up/obs", "{\"station\":7}");
        fake_run(f);
        v = view_of(f);
        view_quarantine(&v, &o, NULL, 1);
        CHECK(holds(&b, "\\\"station\\\":7"));
        CHECK(!holds(&b, "broken"));
        buf_done(&b);
        fake_free(f);
}

TEST(a_cluster_shows_its_members_and_their_outline)
{
        struct fake *f = fake_create();
        struct view v = view_of(f);
        struct buf b = {0};
        struct json_out o = json_out(&b);
        struct alert a = {.hazard = HAZARD_SILENCE,
                          .level = LEVEL_YELLOW,
                          .station = NO_INDEX,
                          .element = ELEMENT_count,
                          .value_milli = 2000,
                          .member = {0, 1},
                          .n_members = 2};

        snprintf(a.subject, sizeof a.subject, "nowhere");
        view_alert(&v, &o, NULL, &a);
        CHECK(holds(&b, "\"members\":[\""));
        CHECK(holds(&b, f->state->places.stations[1].code));
        CHECK(holds(&b, "\"n_members\":2"));
        CHECK(holds(&b, "\"outline\":{\"type\":\"Polygon\",\"coordinates\":"
                        "[[["));
        CHECK(holds(&b, "2 stations silent together"));
        buf_clear(&b);
        o = json_out(&b);
        a.n_members = 0; /* all others have none of it */
        view_alert(&v, &o, NULL, &a);
        CHECK(!holds(&b, "outline"));
        CHECK(!holds(&b, "members"));
        buf_done(&b);
        fake_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_cluster_shows_its_members_and_their_outline),
                RUN(a_level_that_is_not_set_is_null),
                RUN(a_missing_value_is_null_and_marked),
                RUN(change_is_against_about_an_hour_ago),
                RUN(rain_is_one_series_with_what_it_covers),
                RUN(groups_stand_worst_first_and_count_what_is_open),
                RUN(a_group_waits_only_for_duties_not_yet_escalated),
                RUN(an_incident_without_a_place_has_no_coordinates),
                RUN(hostile_text_stays_text),
                RUN(the_quarantine_shows_the_newest_first),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of sensors/babble.c: who says the same far too often is named. */
#include "desk_case.h"

#include "schemas/wire/check.h"

/* A1 reports every five minutes: 12 an hour, twice as many are too many. */
#define TABLE                                                            \
        "{\"what\":\"checks\",\"name\":\"t\",\"version\":1,\"babble\":{" \
        "\"window_s\":3600,\"times\":2,\"least\":10}}"

static void table(void)
{
        static struct check_table c;

        assert_int_equal(wire_checks_decode(TEXT(TABLE), &c, &d.e), OK);
        sensors_checks(d.s, &c);
}

static struct station_book book(void)
{
        struct station_book b = {0};

        assert_true(sensors_book(d.s, &d.p, 0, d.now_us, &b));
        return b;
}

static void again(int n)
{
        while (n-- > 0) {
                d.now_us += SECOND_US;
                desk_value(&d, "Z", "1.5", "02:55");
        }
}

TEST(who_repeats_itself_is_named_until_a_window_has_passed)
{
        table();
        again(25); /* the first one was news */
        CHECK_EQ(book().needless, 24);
        CHECK(!book().babbles);
        again(1);
        CHECK(book().babbles);
        CHECK_EQ(sensors_babbling(d.s, d.now_us), 1);
        CHECK_EQ(book().duplicates, 25);
        d.now_us += HOUR_US;
        CHECK(!book().babbles);
        CHECK_EQ(sensors_babbling(d.s, d.now_us), 0);
        again(24); /* a new window */
        CHECK(!book().babbles);
}

TEST(new_readings_that_come_far_too_often_count_too)
{
        char json[160];
        int i;

        table();
        for (i = 0; i < 30; i++) {
                d.now_us += 10 * SECOND_US;
                snprintf(json, sizeof json,
                         "{'station':'A1','obs':[{'element':'Z','value':%d}]}",
                         i);
                desk_obs(&d, json);
                CHECK_EQ(d.fx.n_observation, 1); /* and all are taken */
        }
        CHECK_EQ(book().needless, 29);
        CHECK(book().babbles);
}

TEST(a_backlog_does_not_babble)
{
        int i;

        table();
        for (i = 0; i < 12 * 24; i++) {
                char json[200];
                int64_t us =
                        at("2023-10-19T03:00:00+08:00") + i * 5 * MINUTE_US;
                char stamp[40];

                time_format_beijing(stamp, us);
                snprintf(json, sizeof json,
                         "{'station':'A1','obs':[{'time':'%s','element':'Z',"
                         "'value':1}]}",
                         stamp);
                desk_obs(&d, json);
        }
        CHECK_EQ(book().needless, 0);
        CHECK(!book().babbles);
}

TEST(older_values_and_two_elements_an_interval_do_not_babble)
{
        int i;

        table();
        desk_value(&d, "Z", "1", "02:55");
        for (i = 10; i < 50; i++) {
                char time[8];

                snprintf(time, sizeof time, "01:%02d", i);
                desk_value(&d, "Z", "1", time);
        }
        CHECK_EQ(book().needless, 0);
}

TEST(without_a_table_nobody_babbles)
{
        again(500);
        CHECK_EQ(book().needless, 499);
        CHECK(!book().babbles);
}

TEST(a_snapshot_keeps_it)
{
        struct sensors_config c = sensors_defaults();
        struct buf one = {0};
        struct unpack u;

        table();
        again(26);
        sensors_save(d.s, &one);
        sensors_free(d.s);
        CHECK_EQ(sensors_create(&c, &d.s, &d.e), OK);
        u = (struct unpack){one.p, one.n, false};
        CHECK_EQ(sensors_load(d.s, &u, &d.e), OK);
        CHECK(!u.failed && u.n == 0);
        CHECK(book().babbles);
        CHECK_EQ(book().needless, 25);
        buf_done(&one);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(who_repeats_itself_is_named_until_a_window_has_passed),
                CASE(new_readings_that_come_far_too_often_count_too),
                CASE(a_backlog_does_not_babble),
                CASE(older_values_and_two_elements_an_interval_do_not_babble),
                CASE(without_a_table_nobody_babbles),
                CASE(a_snapshot_keeps_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

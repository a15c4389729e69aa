/* Tests of sensors/book.c: what a station should have sent, and did. */
#include "desk.h"
#include "sensors/book.h"

#define M5 (5 * MINUTE_US)

static struct book_facts *facts(struct book *b)
{
        struct book_facts *f = NULL;
        struct err e = {0};

        assert_int_equal(book_get(b, 3, &f, &e), OK);
        return f;
}

static void is_loss(const struct book_facts *f, int64_t now, uint32_t expected,
                    uint32_t heard)
{
        uint32_t x, h;

        book_loss(f, now, &x, &h);
        assert_int_equal(x, expected);
        assert_int_equal(h, heard);
}

TEST(every_interval_is_expected_once)
{
        struct book b = {0};
        struct book_facts *f = facts(&b);
        int64_t t = at(DESK_NOW);
        int i;

        is_loss(f, t, 0, 0);
        for (i = 0; i < 12; i++) {
                book_heard(f, M5, t + i * M5);
                book_heard(f, M5, t + i * M5); /* another element */
        }
        is_loss(f, t + 12 * M5, 12, 12);
        is_loss(f, t + 14 * M5, 14, 12);
        book_heard(f, M5, t + 12 * M5); /* late is not lost */
        is_loss(f, t + 14 * M5, 14, 13);
        book_done(&b);
}

TEST(a_report_a_little_early_or_late_is_its_own)
{
        struct book b = {0};
        struct book_facts *f = facts(&b);
        int64_t t = at(DESK_NOW);
        int i;

        for (i = 0; i < 100; i++)
                book_heard(f, M5, t + i * M5 + (i % 2 ? 9 : -9) * SECOND_US);
        is_loss(f, t + 100 * M5, 100, 100);
        book_done(&b);
}

TEST(only_the_last_day_counts)
{
        struct book b = {0};
        struct book_facts *f = facts(&b);
        int64_t t = at(DESK_NOW);
        int i;

        for (i = 0; i < 1000; i++)
                if (i < 700 || i % 2)
                        book_heard(f, M5, t + i * M5);
        is_loss(f, t + 1000 * M5, 288, 144);
        is_loss(f, t + 1288 * M5, 288, 0);
        book_heard(f, M5, t + 3 * M5); /* long ago: nothing */
        is_loss(f, t + 1000 * M5, 288, 144);
        book_heard(f, M5, t + 9000 * M5);
        is_loss(f, t + 9001 * M5, 288, 1);
        book_done(&b);
}

TEST(slow_and_fast_stations_have_their_own_measure)
{
        struct book b = {0};
        struct book_facts *f = facts(&b);
        int64_t t = at(DESK_NOW);
        int i;

        for (i = 0; i < 48; i++)
                if (i % 4)
                        book_heard(f, HOUR_US, t + i * HOUR_US);
        is_loss(f, t + 48 * HOUR_US, 24, 18);
        for (i = 0; i < 60; i++) /* now it reports each minute */
                book_heard(f, MINUTE_US, t + i * MINUTE_US);
        is_loss(f, t + 60 * MINUTE_US, 12, 12);
        book_heard(f, 0, t + DAY_US); /* no interval: not measured */
        is_loss(f, t + 60 * MINUTE_US, 12, 12);
        book_done(&b);
}

static struct station_book look(const struct desk *d)
{
        struct station_book k = {0};

        assert_true(sensors_book(d->s, &d->p, 0, d->now_us, &k));
        return k;
}

TEST(the_book_counts_what_a_station_does)
{
        struct station_book k;
        struct desk d;

        desk_open(&d, NULL);
        CHECK(!sensors_book(d.s, &d.p, 0, d.now_us, &k));
        desk_value(&d, "Z", "9.00", "02:50");
        desk_value(&d, "Z", "9.10", "02:58");
        k = look(&d);
        CHECK_EQ(k.messages, 2);
        CHECK(k.has_clock);
        CHECK_EQ(k.clock_us, -2 * MINUTE_US);
        desk_value(&d, "Z", "9.00", "02:50");
        CHECK_EQ(look(&d).duplicates, 1);
        CHECK_EQ(look(&d).clock_us, -2 * MINUTE_US);
        desk_obs(&d, "{'station':'A1','obs':5}");
        CHECK_EQ(look(&d).refused, 1);
        desk_obs(&d, "{'station':'A1','boot':1,'seq':1,'obs':[]}");
        desk_obs(&d, "{'station':'A1','boot':1,'seq':1,'obs':[{'element':'Z',"
                     "'value':1}]}");
        desk_obs(&d, "{'station':'A1','boot':1,'seq':1,'obs':[{'element':'Z',"
                     "'value':1}]}");
        k = look(&d);
        CHECK_EQ(k.repeated, 1);
        CHECK(k.numbered >= 1);
        desk_close(&d);
}

TEST(a_conflict_flags_the_station_until_it_is_settled)
{
        struct amendment a = {.element = ELEMENT_Z,
                              .time_us = at("2023-10-20T02:50:00+08:00"),
                              .value_milli = 9500};
        struct station_book k;
        struct desk d;

        desk_open(&d, NULL);
        desk_value(&d, "Z", "9.00", "02:50");
        CHECK(!sensors_in_conflict(d.s, 0, d.now_us));
        desk_value(&d, "Z", "9.50", "02:50");
        CHECK_EQ(desk_marks(&d), MARK_CONFLICT);
        CHECK(sensors_in_conflict(d.s, 0, d.now_us));
        k = look(&d);
        CHECK_EQ(k.conflicts, 1);
        CHECK_EQ(k.conflict_element, ELEMENT_Z);
        CHECK_EQ(k.conflict_us, a.time_us);
        CHECK(!sensors_in_conflict(d.s, 0, d.now_us + 73 * HOUR_US));
        a.element = ELEMENT_Q; /* another key settles nothing */
        CHECK_EQ(sensors_amend(d.s, &d.p, &a, 99, d.now_us, &d.fx, &d.e), OK);
        CHECK(sensors_in_conflict(d.s, 0, d.now_us));
        a.element = ELEMENT_Z;
        CHECK_EQ(sensors_amend(d.s, &d.p, &a, 99, d.now_us, &d.fx, &d.e), OK);
        CHECK(!sensors_in_conflict(d.s, 0, d.now_us));
        CHECK_EQ(look(&d).amended, 2);
        desk_close(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(every_interval_is_expected_once),
                RUN(a_report_a_little_early_or_late_is_its_own),
                RUN(only_the_last_day_counts),
                RUN(slow_and_fast_stations_have_their_own_measure),
                RUN(the_book_counts_what_a_station_does),
                RUN(a_conflict_flags_the_station_until_it_is_settled),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

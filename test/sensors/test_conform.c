/* Tests of sensors/conform.c: what a station's departures are counted as,
 * and when the archive is told. */
#include "check.h"

#include "schemas/time.h"
#include "sensors/conform.h"
#include "sensors/sl651_deviation.h"

static void add(struct conform *c, int64_t at_us)
{
        struct err e;

        assert_int_equal(conform_add(c, LINE_CLOCK, 0, 1, at_us, &e), OK);
}

TEST(the_last_of_a_row_is_told_too)
{
        struct conform c = {0};

        add(&c, 0);
        CHECK(conform_tell(&c.row[0], 0));
        add(&c, 0);
        add(&c, 6 * SECOND_US);
        CHECK(!conform_tell(&c.row[0], 6 * SECOND_US)); /* once a minute */
        CHECK(!conform_tell(&c.row[0], 59 * SECOND_US));
        CHECK(conform_tell(&c.row[0], MINUTE_US)); /* at a later frame */
        CHECK_EQ(c.row[0].count, 3);
        CHECK(!conform_tell(&c.row[0], 10 * MINUTE_US)); /* nothing new */
        conform_done(&c);
}

TEST(what_is_not_told_yet_survives_a_restart)
{
        struct conform c = {0}, again = {0};
        struct buf b = {0};
        struct unpack u;
        struct err e;

        add(&c, 0);
        CHECK(conform_tell(&c.row[0], 0));
        add(&c, SECOND_US);
        conform_save(&c, &b);
        u = (struct unpack){b.p, b.n, false};
        CHECK_EQ(conform_load(&again, &u, &e), OK);
        CHECK(!u.failed);
        CHECK(!conform_tell(&again.row[0], 30 * SECOND_US));
        CHECK(conform_tell(&again.row[0], MINUTE_US));
        CHECK(!conform_tell(&again.row[0], 2 * MINUTE_US));
        buf_done(&b);
        conform_done(&c);
        conform_done(&again);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_last_of_a_row_is_told_too),
                RUN(what_is_not_told_yet_survives_a_restart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

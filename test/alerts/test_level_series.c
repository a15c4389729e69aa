/* Tests of alerts/level_series.c: one sample per instant, and which. */
#include "world.h"

#include "alerts/inside.h"

static bool put(struct subject *u, int minute, int64_t milli, bool revised,
                enum status want)
{
        struct sample x = {at(minute), milli, (uint64_t)milli};
        bool replaced, newest = false;
        struct err e;

        assert_int_equal(level_series_put(u, ELEMENT_Z, &x, revised, &newest,
                                          &replaced, &e),
                         want);
        return newest;
}

TEST(an_instant_keeps_its_first_sample_until_it_is_amended)
{
        struct subject u = {0};
        const struct series *x;

        CHECK(put(&u, 0, 8000, false, OK));
        CHECK(put(&u, 10, 8200, false, OK));
        CHECK(!put(&u, 5, 8100, false, OK));
        CHECK(!put(&u, 10, 9900, false, ERR_DUPLICATE));
        x = level_series_find(&u, ELEMENT_Z);
        CHECK_EQ(x->n, 3);
        CHECK_EQ(x->at[1].value_milli, 8100);
        CHECK_EQ(x->at[2].value_milli, 8200);
        CHECK(!put(&u, 5, 8150, true, OK));
        CHECK(put(&u, 10, 9900, true, OK));
        CHECK_EQ(x->n, 3);
        CHECK_EQ(x->at[1].value_milli, 8150);
        CHECK_EQ(x->at[1].seq, 8150);
        CHECK_EQ(x->at[2].value_milli, 9900);
        free(u.series[0].at);
        free(u.series);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(an_instant_keeps_its_first_sample_until_it_is_amended),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

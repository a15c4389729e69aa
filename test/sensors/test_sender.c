/* Tests of sensors/sender.c: ranges, boots and strangers. */
#include "check.h"

#include "sensors/sender.h"

static struct sender *get(struct senders *s, const char *code, bool stranger)
{
        struct sender *x = NULL;
        struct err e = {0};

        if (senders_get(s, code, false, stranger, &x, &e) != OK)
                fail_msg("%s", e.msg);
        return x;
}

static void take(struct sender *x, uint64_t boot, uint64_t seq)
{
        assert_int_equal(sender_take(x, boot, seq, NULL), OK);
}

static void refuse(struct sender *x, uint64_t boot, uint64_t seq,
                   enum status reason)
{
        assert_int_equal(sender_refuse(x, boot, seq, reason, NULL), OK);
}

/* Any order of 1..n ends in one range. */
TEST(any_order_ends_in_one_range)
{
        struct senders s = {0};
        struct sender *x = get(&s, "A", false);
        uint64_t i, k;

        for (i = 0; i < 10; i++)
                for (k = 1 + i % 2; k <= 20; k += 2)
                        take(x, 1, k);
        CHECK_EQ(x->boot[0].n, 1);
        CHECK_EQ(x->boot[0].range[0].from, 1);
        CHECK_EQ(x->boot[0].range[0].to, 20);
        CHECK(sender_knows(x, 1, 13));
        CHECK(!sender_knows(x, 1, 21));
        CHECK(!sender_knows(x, 2, 13));
        senders_done(&s);
}

/* What cannot be remembered is not claimed. */
TEST(too_many_gaps_are_not_claimed)
{
        struct senders s = {0};
        struct sender *x = get(&s, "A", false);
        uint64_t k;

        for (k = 1; k <= 100; k += 2)
                take(x, 1, k);
        CHECK_EQ(x->boot[0].n, SENDER_RANGES);
        CHECK(!sender_knows(x, 1, 99));
        /* They come again, since no receipt spoke of them. */
        for (k = 1; k <= 100; k++)
                if (!sender_knows(x, 1, k))
                        take(x, 1, k);
        CHECK_EQ(x->boot[0].n, 1);
        CHECK_EQ(x->boot[0].range[0].to, 100);
        senders_done(&s);
}

TEST(the_boot_in_use_comes_first)
{
        struct senders s = {0};
        struct sender *x = get(&s, "A", false);
        uint64_t k;

        for (k = 1; k <= 5; k++)
                take(x, k, 1);
        CHECK_EQ(x->n_boots, SENDER_BOOTS);
        CHECK_EQ(x->boot[0].boot, 5);
        CHECK(!sender_knows(x, 1, 1)); /* forgotten */
        take(x, 3, 2);
        CHECK_EQ(x->boot[0].boot, 3);
        CHECK_EQ(x->boot[0].range[0].to, 2);
        CHECK_EQ(x->boot[1].boot, 5);
        senders_done(&s);
}

TEST(the_largest_numbers_do_not_wrap)
{
        struct senders s = {0};
        struct sender *x = get(&s, "A", false);

        take(x, 0, 0);
        take(x, 0, (UINT64_C(1) << 53));
        CHECK_EQ(x->boot[0].n, 2);
        CHECK(sender_knows(x, 0, 0));
        CHECK(!sender_knows(x, 0, 1));
        senders_done(&s);
}

TEST(refusals_are_few_and_newest_first)
{
        struct senders s = {0};
        struct sender *x = get(&s, "A", false);
        uint64_t k;

        for (k = 1; k <= 20; k++)
                refuse(x, 1, k, ERR_RANGE);
        CHECK_EQ(x->n_refused, SENDER_REFUSED);
        CHECK_EQ(x->refused[0].seq, 20);
        refuse(x, 1, 15, ERR_TIME);
        CHECK_EQ(x->n_refused, SENDER_REFUSED);
        CHECK_EQ(x->refused[0].seq, 15);
        CHECK_EQ(x->refused[0].reason, ERR_TIME);
        CHECK(!sender_knows(x, 1, 15));
        CHECK_EQ(x->boot[0].range[0].to, 20);
        senders_done(&s);
}

TEST(strangers_are_bounded)
{
        struct senders s = {0};
        char code[16];
        int i;

        for (i = 0; i < SENDER_STRANGERS; i++) {
                snprintf(code, sizeof code, "S%d", i);
                CHECK(get(&s, code, true));
        }
        CHECK(!get(&s, "one-more", true));
        CHECK(get(&s, "known", false));
        CHECK(get(&s, "S5", false)); /* now in the book: room again */
        CHECK(get(&s, "one-more", true));
        CHECK(senders_find(&s, "S77", false));
        CHECK(!senders_find(&s, "S77", true));
        senders_done(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(any_order_ends_in_one_range),
                RUN(too_many_gaps_are_not_claimed),
                RUN(the_boot_in_use_comes_first),
                RUN(the_largest_numbers_do_not_wrap),
                RUN(refusals_are_few_and_newest_first),
                RUN(strangers_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

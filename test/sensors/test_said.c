/* Tests of sensors/said.c: the last messages in few bytes. */
#include "check.h"

#include "sensors/said.h"

static void say(struct said *s, uint64_t seq, bool refused, size_t n_head)
{
        struct last_message m = {.seq = seq,
                                 .received_us = (int64_t)seq * 10,
                                 .refused = refused,
                                 .reason = refused ? ERR_RANGE : OK,
                                 .n_obs = 2};

        memset(m.head, 'h', n_head);
        if (refused)
                memset(m.detail, 'd', 20);
        assert_int_equal(said_add(s, &m, NULL), OK);
}

TEST(the_newest_is_kept_whole)
{
        struct last_message m[LAST_MESSAGES];
        struct said s = {0};

        CHECK_EQ(said_list(&s, m), 0);
        say(&s, 1, false, 4);
        say(&s, 2, true, 95);
        CHECK_EQ(said_list(&s, m), 2);
        CHECK_EQ(m[0].seq, 2);
        CHECK(m[0].refused);
        CHECK_EQ(m[0].reason, ERR_RANGE);
        CHECK_EQ(strlen(m[0].detail), 20);
        CHECK_EQ(strlen(m[0].head), 95);
        CHECK_EQ(m[1].received_us, 10);
        CHECK_EQ(m[1].n_obs, 2);
        CHECK(!m[1].refused);
        CHECK_STR(m[1].head, ""); /* another came after it */
        said_done(&s);
}

/* A refused frame is what a vendor looks for: it outlives the accepted. */
TEST(accepted_heads_go_before_refused_ones)
{
        struct last_message m[LAST_MESSAGES];
        struct said s = {0};
        uint64_t seq;

        for (seq = 1; seq <= 40; seq++) {
                say(&s, seq, seq == 38, 95);
                CHECK(s.size <= SAID_MAX);
        }
        CHECK_EQ(said_list(&s, m), LAST_MESSAGES);
        CHECK_EQ(m[LAST_MESSAGES - 1].seq, 29);
        CHECK_EQ(strlen(m[LAST_MESSAGES - 1].head), 0);
        CHECK_EQ(strlen(m[0].head), 95);
        CHECK_EQ(m[2].seq, 38);
        CHECK_EQ(strlen(m[2].head), 95);
        CHECK_EQ(strlen(m[2].detail), 20);
        said_done(&s);
}

TEST(only_refusals_stay_within_the_bound)
{
        struct last_message m[LAST_MESSAGES];
        struct said s = {0};
        uint64_t seq;

        for (seq = 1; seq <= 40; seq++) {
                say(&s, seq, true, 95);
                CHECK(s.size <= SAID_MAX);
        }
        CHECK_EQ(said_list(&s, m), LAST_MESSAGES);
        CHECK_EQ(strlen(m[0].head), 95);
        CHECK_EQ(m[11].reason, ERR_RANGE);
        said_done(&s);
}

TEST(what_is_loaded_is_what_was_saved)
{
        struct said s = {0}, t = {0};
        struct buf a = {0}, b = {0};
        struct unpack u;
        uint64_t seq;

        for (seq = 1; seq <= 30; seq++)
                say(&s, seq, seq % 3 == 0, seq * 3);
        said_save(&s, &a);
        u = (struct unpack){a.p, a.n, false};
        CHECK_EQ(said_load(&t, &u, NULL), OK);
        CHECK(!u.failed);
        said_save(&t, &b);
        CHECK_EQ(a.n, b.n);
        CHECK(memcmp(a.p, b.p, a.n) == 0);
        buf_done(&a);
        buf_done(&b);
        said_done(&s);
        said_done(&t);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_newest_is_kept_whole),
                RUN(accepted_heads_go_before_refused_ones),
                RUN(only_refusals_stay_within_the_bound),
                RUN(what_is_loaded_is_what_was_saved),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of sensors/gap.c: holes in a station's numbers, until they are
 * filled or given up. */
#include "desk.h"
#include "sensors/gap.h"

#define S SECOND_US

static void number_of(struct desk *d, const char *code, unsigned boot,
                      unsigned seq)
{
        char topic[80], json[200];

        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/up/obs", code);
        snprintf(json, sizeof json,
                 "{'station':'%s','boot':%u,'seq':%u,'obs':[{'element':'Z',"
                 "'value':1}]}",
                 code, boot, seq);
        desk_send(d, topic, json);
}

static void number(struct desk *d, unsigned boot, unsigned seq)
{
        number_of(d, "A1", boot, seq);
}

static void pass(struct desk *d, int64_t us)
{
        d->now_us += us;
        effects_clear(&d->fx);
        sensors_tick_gaps(d->s, &d->p, d->now_us, ++d->seq, &d->fx);
}

static const struct gap *only(const struct desk *d)
{
        assert_int_equal(d->fx.n_gap, 1);
        return &d->fx.gap[0].gap;
}

TEST(numbers_in_their_order_leave_no_gap)
{
        struct desk d;
        unsigned i;

        desk_open(&d, NULL);
        for (i = 1; i <= 40; i++)
                number(&d, 1, i);
        CHECK_EQ(sensors_n_gaps(d.s), 0);
        pass(&d, 60 * S);
        CHECK_EQ(d.fx.n_gap, 0);
        desk_close(&d);
}

TEST(a_hole_is_seen_after_ten_seconds_and_closed_when_filled)
{
        const struct gap *g;
        struct desk d;

        desk_open(&d, NULL);
        number(&d, 1, 1);
        number(&d, 1, 5);
        CHECK_EQ(sensors_n_gaps(d.s), 1);
        pass(&d, 9 * S);
        CHECK_EQ(d.fx.n_gap, 0);
        pass(&d, 1 * S);
        g = only(&d);
        CHECK_STR(g->subject, "A1");
        CHECK_EQ(g->state, GAP_OPEN);
        CHECK_EQ(g->boot, 1);
        CHECK_EQ(g->from, 2);
        CHECK_EQ(g->to, 4);
        CHECK_EQ(g->missing, 3);
        CHECK_EQ(g->asked, 1);
        CHECK_EQ(gap_owner(g), GAP_OF_STATION);
        number(&d, 1, 3); /* in the middle: it is still the same gap */
        CHECK_EQ(d.fx.n_gap, 0);
        CHECK_EQ(sensors_n_gaps(d.s), 1);
        CHECK_EQ(sensors_gap(d.s, 0)->missing, 2);
        number(&d, 1, 2);
        CHECK_EQ(d.fx.n_gap, 0);
        number(&d, 1, 4);
        CHECK_EQ(only(&d)->state, GAP_FILLED);
        CHECK_EQ(only(&d)->missing, 0);
        CHECK_EQ(sensors_n_gaps(d.s), 0);
        CHECK_EQ(sensors_counts(d.s)->gaps_seen, 1);
        CHECK_EQ(sensors_counts(d.s)->gaps_filled, 1);
        desk_close(&d);
}

TEST(what_comes_a_little_out_of_order_is_never_told)
{
        struct desk d;

        desk_open(&d, NULL);
        number(&d, 1, 2);
        number(&d, 1, 1);
        CHECK_EQ(d.fx.n_gap, 0);
        CHECK_EQ(sensors_n_gaps(d.s), 0);
        pass(&d, 3600 * S);
        CHECK_EQ(d.fx.n_gap, 0);
        desk_close(&d);
}

TEST(the_first_numbers_of_a_boot_can_be_missing)
{
        struct desk d;

        desk_open(&d, NULL);
        number(&d, 7, 4);
        pass(&d, 10 * S);
        CHECK_EQ(only(&d)->from, 1);
        CHECK_EQ(only(&d)->to, 3);
        desk_close(&d);
}

TEST(it_is_asked_for_again_more_and_more_seldom_until_people_own_it)
{
        unsigned asked = 0, i;
        struct desk d;
        const struct gap *g;

        desk_open(&d, NULL);
        number(&d, 1, 1);
        number(&d, 1, 3);
        for (i = 0; i < 3600; i++) {
                pass(&d, S);
                asked += d.fx.n_gap;
        }
        /* 10 s, then 30, 60, 120, 240, 480, 960, 1920 s apart */
        CHECK_EQ(asked, 7);
        g = sensors_gap(d.s, 0);
        CHECK_EQ(g->asked, 7);
        CHECK_EQ(gap_owner(g), GAP_OF_PEOPLE);
        desk_close(&d);
}

TEST(after_a_day_it_is_shown_as_a_hole_and_counted_as_lost)
{
        struct station_book k;
        struct desk d;

        desk_open(&d, NULL);
        number(&d, 1, 1);
        number(&d, 1, 4);
        pass(&d, 10 * S);
        pass(&d, GAP_AGE_US - 11 * S);
        CHECK_EQ(only(&d)->state, GAP_OPEN);
        pass(&d, S);
        CHECK_EQ(only(&d)->state, GAP_HOLE);
        CHECK_EQ(gap_owner(only(&d)), GAP_OF_NOBODY);
        CHECK(sensors_book(d.s, &d.p, 0, d.now_us, &k));
        CHECK_EQ(k.lost, 2);
        CHECK_EQ(k.holes, 1);
        CHECK_EQ(k.gaps_open, 0);
        /* Late is better than never. */
        number(&d, 1, 2);
        number(&d, 1, 3);
        CHECK_EQ(only(&d)->state, GAP_FILLED);
        CHECK(sensors_book(d.s, &d.p, 0, d.now_us, &k));
        CHECK_EQ(k.lost, 0);
        CHECK_EQ(k.holes, 0);
        desk_close(&d);
}

TEST(a_new_boot_gives_up_the_old_one_unless_its_backlog_flows)
{
        struct desk d;

        desk_open(&d, NULL);
        number(&d, 1, 1);
        number(&d, 1, 5);
        pass(&d, 10 * S);
        number(&d, 2, 1);
        pass(&d, GAP_LEFT_US - S);
        CHECK_EQ(sensors_gap(d.s, 0)->state, GAP_OPEN);
        number(&d, 1, 3); /* some of the old comes: it waits again */
        pass(&d, GAP_LEFT_US - S);
        CHECK_EQ(sensors_gap(d.s, 0)->state, GAP_OPEN);
        pass(&d, S);
        CHECK_EQ(only(&d)->state, GAP_HOLE);
        CHECK_EQ(only(&d)->missing, 2);
        desk_close(&d);
}

TEST(the_rest_of_a_forgotten_boot_is_no_new_gap)
{
        struct desk d;
        unsigned boot;

        desk_open(&d, NULL);
        for (boot = 2; boot < 6; boot++)
                number(&d, boot, 1);
        number(&d, 1, 500);
        CHECK_EQ(sensors_n_gaps(d.s), 0);
        desk_close(&d);
}

TEST(one_station_cannot_fill_the_list)
{
        const struct gap_entry *at;
        struct gaps g = {0};
        struct senders s = {0};
        struct sender *x = NULL;
        struct effects fx;
        struct err e = {0};
        uint64_t dropped = 0, boot, seq;

        effects_init(&fx);
        CHECK_EQ(senders_get(&s, "A1", false, false, &x, &e), OK);
        for (boot = 1; boot < 6; boot++)
                for (seq = 1; seq < 30; seq += 2) {
                        CHECK_EQ(sender_take(x, boot, seq, &e), OK);
                        CHECK_EQ(gaps_follow(&g, x, 0, 1, &fx, &dropped, &e),
                                 OK);
                }
        CHECK_EQ(g.n, GAPS_PER_SENDER);
        CHECK_EQ(gaps_of(&g, "A1", false, &at), GAPS_PER_SENDER);
        CHECK_EQ(gaps_of(&g, "A2", false, &at), 0);
        CHECK(dropped > 0);
        gaps_done(&g);
        senders_done(&s);
        effects_done(&fx);
}

TEST(all_of_them_are_bounded_and_holes_make_room)
{
        struct gaps g = {0};
        struct senders s = {0};
        struct effects fx;
        struct err e = {0};
        uint64_t dropped = 0;
        uint32_t i;

        effects_init(&fx);
        for (i = 0; i < GAPS_MAX + 10; i++) {
                struct sender *x = NULL;
                char code[16];

                snprintf(code, sizeof code, "S%05u", i);
                CHECK_EQ(senders_get(&s, code, false, false, &x, &e), OK);
                CHECK_EQ(sender_take(x, 1, 2, &e), OK);
                CHECK_EQ(gaps_follow(&g, x, i, 1, &fx, &dropped, &e), OK);
                if (i == GAPS_MAX + 4) { /* all become holes */
                        gaps_tick(&g, GAP_SEEN_US + i, 1, &fx);
                        gaps_tick(&g, GAP_AGE_US + i, 1, &fx);
                        effects_clear(&fx);
                }
        }
        CHECK_EQ(g.n, GAPS_MAX);
        CHECK_EQ(dropped, 5);
        gaps_done(&g);
        senders_done(&s);
        effects_done(&fx);
}

TEST(a_snapshot_goes_on_where_it_was)
{
        struct gaps g = {0}, h = {0};
        struct senders s = {0};
        struct sender *x = NULL;
        struct effects fx;
        struct buf a = {0}, b = {0};
        struct unpack u;
        struct err e = {0};
        uint64_t dropped = 0;
        size_t i;

        effects_init(&fx);
        CHECK_EQ(senders_get(&s, "B", true, true, &x, &e), OK);
        CHECK_EQ(sender_take(x, 3, 9, &e), OK);
        CHECK_EQ(gaps_follow(&g, x, 5, 1, &fx, &dropped, &e), OK);
        gaps_tick(&g, 5 + GAP_SEEN_US, 2, &fx);
        gaps_save(&g, &a);
        u = (struct unpack){a.p, a.n, false};
        CHECK_EQ(gaps_load(&h, &u, &e), OK);
        CHECK(!u.failed && u.n == 0);
        gaps_save(&h, &b);
        CHECK_EQ(a.n, b.n);
        CHECK(memcmp(a.p, b.p, a.n) == 0);
        for (i = 0; i < a.n; i++) { /* cut anywhere: refused */
                struct gaps k = {0};

                u = (struct unpack){a.p, i, false};
                CHECK_EQ(gaps_load(&k, &u, &e), OK);
                CHECK(u.failed);
                gaps_done(&k);
        }
        gaps_done(&g);
        gaps_done(&h);
        senders_done(&s);
        effects_done(&fx);
        buf_done(&a);
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(numbers_in_their_order_leave_no_gap),
                RUN(a_hole_is_seen_after_ten_seconds_and_closed_when_filled),
                RUN(what_comes_a_little_out_of_order_is_never_told),
                RUN(the_first_numbers_of_a_boot_can_be_missing),
                RUN(it_is_asked_for_again_more_and_more_seldom_until_people_own_it),
                RUN(after_a_day_it_is_shown_as_a_hole_and_counted_as_lost),
                RUN(a_new_boot_gives_up_the_old_one_unless_its_backlog_flows),
                RUN(the_rest_of_a_forgotten_boot_is_no_new_gap),
                RUN(one_station_cannot_fill_the_list),
                RUN(all_of_them_are_bounded_and_holes_make_room),
                RUN(a_snapshot_goes_on_where_it_was),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

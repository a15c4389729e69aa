/* Tests of alerts/past.c: late, doubled and shuffled data. */
#include "chance.h"
#include "world.h"

TEST(a_late_crossing_is_an_episode_born_ended)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        level(&w, 0, 8000);
        level(&w, 60, 8000);
        level(&w, 30, 9500);
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(a->state, ALERT_ENDED);
        CHECK(a->late);
        CHECK_EQ(a->observed_us, at(30));
        CHECK_EQ(a->ended_us, at(60));
        CHECK_EQ(a->level, LEVEL_YELLOW);
        for (int i = 0; i < agency_count; i++)
                CHECK(!a->answers[i].required);
        w.n_log = 0;
        tick(&w, 500);
        CHECK_EQ(w.n_log, 0);
        world_end(&w);
}

TEST(late_values_of_one_flood_are_one_episode)
{
        struct world w;

        world_begin(&w, "guangdong");
        level(&w, 0, 8000);
        level(&w, 120, 8000);
        for (int t = 30; t <= 90; t += 5)
                level(&w, t, 9000 + 20 * t); /* peaks at 10.8 m */
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level_peak, LEVEL_ORANGE);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->observed_us, at(30));
        world_end(&w);
}

TEST(two_late_floods_in_one_gap_are_two_episodes)
{
        struct world w;

        world_begin(&w, "guangdong");
        level(&w, 0, 8000);
        level(&w, 600, 8000);
        level(&w, 100, 9500);
        level(&w, 400, 9500); /* looks like one so far */
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        level(&w, 200, 8000);
        level(&w, 240, 8000); /* but it had gone down between */
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->observed_us, at(400));
        world_end(&w);
}

TEST(a_late_value_inside_a_live_episode_changes_only_its_peak)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        level(&w, 0, 9000);
        level(&w, 10, 9100);
        level(&w, 5, 10500);
        a = last(&w, HAZARD_FLOOD);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(a->level, LEVEL_YELLOW);
        CHECK_EQ(a->level_peak, LEVEL_ORANGE);
        level(&w, 7, 5000); /* nor does a low one step it down */
        CHECK_EQ(last(&w, HAZARD_FLOOD)->level, LEVEL_YELLOW);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

TEST(an_older_value_never_reopens_what_ended)
{
        struct world w;

        world_begin(&w, "guangdong");
        level(&w, 0, 9000);
        level(&w, 10, 8000);
        level(&w, 45, 8000);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_ENDED);
        level(&w, 30, 9500);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        CHECK_EQ(last(&w, HAZARD_FLOOD)->state, ALERT_ENDED);
        level(&w, 50, 9500); /* a new value does open a new one */
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        CHECK(live(last(&w, HAZARD_FLOOD)));
        world_end(&w);
}

TEST(a_gap_that_closes_merges_two_episodes)
{
        struct world w;
        const struct alert *a;

        world_begin(&w, "guangdong");
        level(&w, 0, 9000);
        level(&w, 10, 8000);
        level(&w, 40, 8000); /* the first ends */
        level(&w, 60, 9000); /* the second begins */
        CHECK_EQ(count(&w, HAZARD_FLOOD), 2);
        level(&w, 25, 9000); /* it had never been below for the hold */
        engine_alerts(w.g, &a);
        CHECK_STR(a[0].merged_into, a[1].id);
        CHECK(live(&a[1]));
        CHECK_EQ(logged(&w, TRANSITION_MERGED), 1);
        level(&w, 26, 9000);
        CHECK_EQ(logged(&w, TRANSITION_MERGED), 1);
        world_end(&w);
}

TEST(the_same_value_twice_is_nothing_new)
{
        struct world w;

        world_begin(&w, "guangdong");
        for (int i = 0; i < 3; i++)
                for (int t = 0; t < 60; t += 5)
                        level(&w, t, t == 30 ? 9500 : 8000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 1);
        world_end(&w);
}

TEST(a_limit_imported_meanwhile_does_not_rewrite_the_past)
{
        struct world w;

        world_begin(&w, "guangdong");
        for (int t = 0; t < 600; t += 5)
                level(&w, t, t < 100 ? 7000 : 5000);
        w.places.stations[RIVER].wrz_milli = 6500;
        level(&w, 302, 5000);
        CHECK_EQ(count(&w, HAZARD_FLOOD), 0);
        world_end(&w);
}

/* ---- an independent oracle: sort, then walk ---- */

struct point_in {
        int minute;
        int64_t milli;
};

static int by_minute(const void *a, const void *b)
{
        return ((const struct point_in *)a)->minute -
               ((const struct point_in *)b)->minute;
}

/* Crossings of the lowest line (8.7 m), ended after 30 min under 8.65. */
static int oracle(struct point_in *p, int n, int64_t *begins)
{
        bool on = false;
        int below = -1, k = 0;

        qsort(p, (size_t)n, sizeof *p, by_minute);
        for (int i = 0; i < n; i++) {
                if (p[i].milli >= 8700) {
                        if (!on)
                                begins[k++] = p[i].minute;
                        on = true;
                        below = -1;
                } else if (on && p[i].milli < 8650) {
                        if (below < 0)
                                below = p[i].minute;
                        if (p[i].minute - below >= 30)
                                on = false, below = -1;
                } else {
                        below = -1;
                }
        }
        return k;
}

/* Floods of any length, with an hour or more between them. */
static int make_series(struct point_in *p)
{
        int n = 0, left = 5;
        bool flood = false;

        for (int t = 0; t < 2000; t += 10, n++) {
                if (left-- == 0) {
                        flood = !flood;
                        left = flood ? (int)chance(15) : 6 + (int)chance(20);
                }
                p[n] = (struct point_in){t, flood ? 8700 + chance(3000)
                                                  : 7000 + chance(1600)};
        }
        for (int i = 0; i < 8; i++, n++) /* and quiet in the end */
                p[n] = (struct point_in){2000 + 10 * i, 7000};
        return n;
}

TEST(shuffled_data_has_the_episodes_of_the_sorted_data)
{
        struct point_in p[256], sorted[256];
        int64_t begins[256];

        for (seed = 1; seed < 200000000; seed += 919777) {
                struct world w;
                uint32_t start = seed;
                int n = make_series(p), k;

                memcpy(sorted, p, sizeof sorted);
                k = oracle(sorted, n, begins);
                for (int i = n - 1; i > 0; i--) {
                        int j = (int)chance((uint32_t)i + 1);
                        struct point_in tmp = p[i];

                        p[i] = p[j];
                        p[j] = tmp;
                }
                world_begin(&w, "guangdong");
                world_now(&w, 2080);
                for (int i = 0; i < n; i++) {
                        level(&w, p[i].minute, p[i].milli);
                        if (chance(4) == 0) /* and some come twice */
                                level(&w, p[i].minute, p[i].milli);
                }
                for (int t = 2080; t < 2160; t += 10) /* life goes on */
                        level(&w, t, 7000);
                const struct alert *a;
                uint32_t m = engine_alerts(w.g, &a), whole = 0;

                for (uint32_t i = 0; i < m; i++)
                        whole += a[i].merged_into[0] == '\0';
                if ((int)whole != k)
                        print_error("seed %u\n", start);
                CHECK_EQ(whole, k);
                world_end(&w);
                seed = start;
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_late_crossing_is_an_episode_born_ended),
                RUN(late_values_of_one_flood_are_one_episode),
                RUN(two_late_floods_in_one_gap_are_two_episodes),
                RUN(a_late_value_inside_a_live_episode_changes_only_its_peak),
                RUN(an_older_value_never_reopens_what_ended),
                RUN(a_gap_that_closes_merges_two_episodes),
                RUN(the_same_value_twice_is_nothing_new),
                RUN(a_limit_imported_meanwhile_does_not_rewrite_the_past),
                RUN(shuffled_data_has_the_episodes_of_the_sorted_data),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

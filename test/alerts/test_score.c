/* Tests of alerts/score.c: by hand, and against a twin that looks at each
 * pair. */
#include "check.h"

#include <stdlib.h>

#include "alerts/score.h"
#include "chance.h"
#include "schemas/time.h"

#define H HOUR_US
static const struct score_span span = {3 * H, 6 * H, 100 * H};

static struct score_tally tell(const struct score_event *e, uint32_t n_e,
                               const struct score_run *r, uint32_t n_r,
                               int64_t *lead)
{
        struct score_tally t = {0};
        uint32_t n = 0;

        *lead = TIME_NONE;
        score_tell(e, n_e, r, n_r, &span, &t, lead, &n);
        assert_int_equal(n, t.hit);
        return t;
}

TEST(the_first_run_that_told_gives_the_lead)
{
        const struct score_event e = {20 * H, 25 * H, true};
        const struct score_run r[] = {{16 * H, 18 * H, 17 * H},
                                      {14 * H, 23 * H, 16 * H},
                                      {10 * H, 24 * H, 14 * H}};
        int64_t lead;
        struct score_tally t = tell(&e, 1, r, 3, &lead);

        CHECK_EQ(t.hit, 1);
        CHECK_EQ(lead, 6 * H); /* 24 h is four off: not that run */
        CHECK_EQ(t.miss + t.unseen + t.false_alarm + t.open, 0);
}

TEST(a_run_at_or_after_the_crossing_told_nothing)
{
        const struct score_event e = {20 * H, 25 * H, true};
        const struct score_run r = {20 * H, 20 * H, TIME_NONE};
        int64_t lead;

        CHECK_EQ(tell(&e, 1, &r, 1, &lead).miss, 1);
        CHECK_EQ(tell(&e, 1, NULL, 0, &lead).miss, 1);
}

TEST(without_a_run_at_hand_it_is_no_miss)
{
        const struct score_event e = {20 * H, 25 * H, false};
        int64_t lead;
        struct score_tally t = tell(&e, 1, NULL, 0, &lead);

        CHECK_EQ(t.miss, 0);
        CHECK_EQ(t.unseen, 1);
}

TEST(runs_of_one_false_alarm_are_one)
{
        const struct score_run r[] = {{10 * H, 20 * H, 11 * H},
                                      {11 * H, 26 * H, 12 * H},
                                      {12 * H, 40 * H, 60 * H}};
        int64_t lead;
        struct score_tally t = tell(NULL, 0, r, 3, &lead);

        CHECK_EQ(t.false_alarm, 2);
        CHECK_EQ(t.withdrawn, 1); /* the last came after its time */
}

TEST(what_is_not_decided_yet_is_open)
{
        const struct score_run r = {95 * H, 98 * H, 96 * H};
        int64_t lead;
        struct score_tally t = tell(NULL, 0, &r, 1, &lead);

        CHECK_EQ(t.open, 1);
        CHECK_EQ(t.false_alarm, 0);
}

TEST(a_peak_is_held_against_its_rise_and_a_floor)
{
        const struct score_limits l = {200, 100, 300, 3 * H};
        struct score_peaks p = {0};

        /* A rise of 2 m in 20 h: 0.40 m and 6 h. */
        score_peak(&(struct score_peak){0, 8000, 20 * H, 10000, 26 * H, 9600},
                   &l, &p);
        CHECK_EQ(p.peak_ok, 1);
        CHECK_EQ(p.time_ok, 1);
        score_peak(
                &(struct score_peak){0, 8000, 20 * H, 10000, 26 * H + 1, 10401},
                &l, &p);
        CHECK_EQ(p.peak_ok, 1);
        CHECK_EQ(p.time_ok, 1);
        /* A rise of 0.2 m in an hour: the floors, 0.10 m and 3 h. */
        score_peak(&(struct score_peak){0, 8000, H, 8200, 4 * H, 8300}, &l, &p);
        CHECK_EQ(p.peak_ok, 2);
        CHECK_EQ(p.time_ok, 2);
        CHECK_EQ(p.n, 3);
        CHECK_EQ(p.error_milli, -400 + 401 + 100);
        CHECK_EQ(p.error_abs_milli, 901);
        CHECK_EQ(p.naive_abs_milli, 4200);
        CHECK_EQ(p.time_us, 15 * H + 1);
}

TEST(the_median_of_an_even_number_is_the_lower)
{
        int64_t v[] = {7, 1, 5, 3};

        CHECK_EQ(score_median(v, 4), 3);
        CHECK_EQ(v[0], 1);
        CHECK_EQ(score_median(v, 3), 3);
}

/* ---- the twin ---- */

#define EVENTS 4
#define RUNS 12

static int by_cross(const void *a, const void *b)
{
        const struct score_run *x = a, *y = b;

        return (x->cross_us > y->cross_us) - (x->cross_us < y->cross_us);
}

static bool near(const struct score_event *e, int64_t us)
{
        return us >= e->begin_us - span.window_us &&
               us <= e->last_us + span.window_us;
}

static struct score_tally twin(const struct score_event *e,
                               const struct score_run *r)
{
        struct score_tally t = {0};
        int group[RUNS], n = 0, i, k;

        for (i = 0; i < EVENTS; i++) {
                bool told = false;

                for (k = 0; k < RUNS; k++)
                        told |= r[k].issued_us < e[i].begin_us &&
                                r[k].cross_us >= e[i].begin_us - 3 * H &&
                                r[k].cross_us <= e[i].begin_us + 3 * H;
                t.hit += told;
                t.miss += !told && e[i].seen;
                t.unseen += !told && !e[i].seen;
        }
        for (k = 0; k < RUNS; k++) {
                int64_t before = INT64_MIN / 2;

                group[k] = -1;
                for (i = 0; i < EVENTS; i++)
                        if (near(&e[i], r[k].cross_us))
                                break;
                if (i < EVENTS)
                        continue;
                for (i = 0; i < k; i++)
                        if (group[i] >= 0)
                                before = r[i].cross_us;
                n += r[k].cross_us - before > 6 * H;
                group[k] = n;
        }
        for (i = 1; i <= n; i++) {
                const struct score_run *last = NULL;
                int64_t cross = 0;
                bool open = false;

                for (k = 0; k < RUNS; k++)
                        if (group[k] == i) {
                                open |= r[k].cross_us > 97 * H;
                                cross = r[k].cross_us;
                                if (!last || r[k].issued_us > last->issued_us)
                                        last = &r[k];
                        }
                t.open += open;
                t.false_alarm += !open;
                t.withdrawn += !open && last->next_us != TIME_NONE &&
                               last->next_us <= cross;
        }
        return t;
}

TEST(a_twin_that_looks_at_each_pair_agrees)
{
        seed = 7;
        for (int turn = 0; turn < 20000; turn++) {
                struct score_event e[EVENTS];
                struct score_run r[RUNS];
                struct score_tally a = {0}, b;
                int64_t lead[EVENTS], at_us = 0;
                uint32_t n;

                for (int i = 0; i < EVENTS; i++) {
                        at_us += (7 + (int64_t)chance(20)) * H;
                        e[i].begin_us = at_us;
                        at_us += (int64_t)chance(6) * H;
                        e[i].last_us = at_us;
                        e[i].seen = chance(2);
                }
                for (int k = 0; k < RUNS; k++) {
                        /* Issues differ, so that "the last" is one. */
                        r[k].issued_us = (int64_t)chance(90) * H + k;
                        r[k].cross_us = r[k].issued_us +
                                        (1 + (int64_t)chance(20)) * H - k;
                        r[k].next_us =
                                chance(5) ? r[k].issued_us + 3 * H : TIME_NONE;
                }
                qsort(r, RUNS, sizeof *r, by_cross);
                score_tell(e, EVENTS, r, RUNS, &span, &a, lead, &n);
                b = twin(e, r);
                if (memcmp(&a, &b, sizeof a) != 0)
                        fail_msg("turn %d: hit %u %u, false %u %u, open %u %u, "
                                 "withdrawn %u %u",
                                 turn, a.hit, b.hit, a.false_alarm,
                                 b.false_alarm, a.open, b.open, a.withdrawn,
                                 b.withdrawn);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_first_run_that_told_gives_the_lead),
                RUN(a_run_at_or_after_the_crossing_told_nothing),
                RUN(without_a_run_at_hand_it_is_no_miss),
                RUN(runs_of_one_false_alarm_are_one),
                RUN(what_is_not_decided_yet_is_open),
                RUN(a_peak_is_held_against_its_rise_and_a_floor),
                RUN(the_median_of_an_even_number_is_the_lower),
                RUN(a_twin_that_looks_at_each_pair_agrees),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of the one rain series against a truth of each minute: random
 * storms, random mixes of what a gauge may say, lost, late and doubled. */
#include "desk_case.h"

#include <stdlib.h>

#include "sensors/uncap.h"

#define MINUTES 2160 /* 36 h, over an 08:00 */
#define SEEDS 60

static uint32_t seed;
static int64_t truth[MINUTES + 1]; /* fallen up to the end of that minute */

static uint32_t rnd(uint32_t n)
{
        seed = seed * 1664525u + 1013904223u;
        return (seed >> 8) % n;
}

/* Minute 0. */
static int64_t begin_us(void)
{
        return at("2023-10-18T20:00:00+08:00");
}

/* Showers of 0.1 mm tips. */
static void rain_falls(void)
{
        int32_t strength = 0, left = 0, m;

        truth[0] = 0;
        for (m = 1; m <= MINUTES; m++) {
                if (left-- <= 0) {
                        left = 5 + (int32_t)rnd(90);
                        strength = rnd(3) ? 0 : 1 + (int32_t)rnd(25);
                }
                truth[m] =
                        truth[m - 1] +
                        100 * (strength ? (int64_t)rnd((uint32_t)strength + 1)
                                        : 0);
        }
}

static int64_t fell(int from, int to)
{
        return truth[to] - truth[from];
}

struct told {
        enum element element;
        int minute;
        int64_t milli;
};

static struct told said[8192];
static uint32_t n_said;

static void say(enum element e, int minute, int64_t milli)
{
        if (n_said == sizeof said / sizeof *said)
                fail_msg("too much said");
        said[n_said++] = (struct told){e, minute, milli};
}

/* Late by up to `places`, doubled one in `again`. */
static void shuffle(uint32_t places, uint32_t again)
{
        uint32_t i, k, n = n_said;
        struct told t;

        for (i = 0; i < n; i++)
                if (again && rnd(again) == 0)
                        say(said[i].element, said[i].minute, said[i].milli);
        for (i = 0; places && i < n_said; i++) {
                k = i + rnd(places);
                if (k >= n_said)
                        continue;
                t = said[i];
                said[i] = said[k];
                said[k] = t;
        }
}

static void send_one(const struct told *t)
{
        char json[256], time[40];

        time_format_beijing(time, begin_us() + t->minute * MINUTE_US);
        snprintf(json, sizeof json,
                 "{'station':'A1','obs':[{'time':'%s','element':'%s',"
                 "'value':%lld.%lld}]}",
                 time, element_name(t->element), (long long)(t->milli / 1000),
                 (long long)(t->milli / 100 % 10));
        desk_obs(&d, json);
        if (d.fx.n_refused)
                fail_msg("%s: %s", json, d.fx.refused[0].detail);
}

static void send_all(void)
{
        uint32_t i;

        d.now_us = begin_us() + (MINUTES + 5) * MINUTE_US;
        for (i = 0; i < n_said; i++)
                send_one(&said[i]);
        n_said = 0;
}

static void fresh(uint32_t s)
{
        desk_close(&d);
        desk_open(&d, NULL);
        seed = s * 7919 + 17;
        n_said = 0;
        rain_falls();
}

static int64_t counted(int from, int to, int64_t *ret_minutes)
{
        int64_t covered, v;

        v = sensors_rain_sum(d.s, 0, begin_us() + to * MINUTE_US,
                             (to - from) * MINUTE_US, &covered);
        *ret_minutes = covered / MINUTE_US;
        return v;
}

/* Intervals that lie within one another, in any order, most of them lost
 * or doubled: a block whose total came is exact. */
TEST(a_total_is_exact_whatever_came_before)
{
        uint32_t s;

        for (s = 0; s < SEEDS; s++) {
                int64_t minutes;
                int m;

                fresh(s);
                for (m = 5; m <= MINUTES; m += 5)
                        if (rnd(4))
                                say(ELEMENT_PN05, m, fell(m - 5, m));
                for (m = 30; m <= MINUTES; m += 30)
                        if (rnd(2))
                                say(ELEMENT_PN30, m, fell(m - 30, m));
                for (m = 60; m <= MINUTES; m += 60)
                        if (rnd(2))
                                say(ELEMENT_P1, m, fell(m - 60, m));
                for (m = 180; m <= MINUTES; m += 180)
                        say(ELEMENT_P3, m, fell(m - 180, m));
                shuffle(400, 5);
                send_all();
                for (m = 180; m <= MINUTES; m += 180) {
                        CHECK_EQ(counted(m - 180, m, &minutes),
                                 fell(m - 180, m));
                        CHECK_EQ(minutes, 180);
                }
        }
}

/* 6 mm of the first hour and 8 mm from its half on: all 6 may have fallen
 * in that half, so that 2 mm are certain of what is new.  A later total
 * brings what is missing. */
TEST(what_reaches_over_an_edge_counts_whole)
{
        int64_t minutes;

        fresh(1);
        say(ELEMENT_P1, 60, 6000);
        say(ELEMENT_P1, 90, 8000);
        send_all();
        CHECK_EQ(counted(60, 90, &minutes), 2000);
        CHECK_EQ(minutes, 30);
        say(ELEMENT_P1, 120, 4000);
        send_all();
        CHECK_EQ(counted(60, 120, &minutes), 4000);
        CHECK_EQ(counted(0, 120, &minutes), 10000);
}

/* A counter that lost readings, and got some late and twice: what is
 * between its first and its last is exact. */
TEST(a_counter_is_exact_between_its_ends)
{
        uint32_t s;

        for (s = 0; s < SEEDS; s++) {
                int64_t minutes, base = rnd(2) ? 99990000 : rnd(500) * 1000;
                int m, first = -1, last = -1;

                fresh(s);
                for (m = 0; m <= MINUTES; m += 5) {
                        if (m && m < MINUTES && rnd(3) == 0)
                                continue;
                        say(ELEMENT_PT, m, (base + truth[m]) % 100000000);
                        first = first < 0 ? m : first;
                        last = m;
                }
                shuffle(6, 6);
                send_all();
                CHECK_EQ(counted(first, last, &minutes), fell(first, last));
                CHECK_EQ(minutes, last - first);
        }
}

/* One reading in twelve is nonsense: far too high, or 0.  None of it is
 * rain, and none of the rain is lost. */
TEST(a_counters_glitches_are_no_rain)
{
        uint32_t s;

        for (s = 0; s < SEEDS; s++) {
                int64_t minutes;
                int m, calm = 3;

                fresh(s);
                for (m = 0; m <= MINUTES; m += 5) {
                        int64_t v = (s % 2 ? 300000 : 10000) + truth[m];

                        if (calm-- <= 0 && m < MINUTES - 5 && rnd(6) == 0) {
                                v = rnd(2) ? 9000000 + rnd(1000) * 100 : 0;
                                calm = 3;
                        }
                        say(ELEMENT_PT, m, v);
                }
                send_all();
                CHECK_EQ(counted(0, MINUTES, &minutes), fell(0, MINUTES));
                CHECK_EQ(minutes, MINUTES);
        }
}

/* Two gauges in turn: the second begins at a number of its own.  Only the
 * time between them is not known. */
TEST(a_replaced_gauge_begins_anew)
{
        uint32_t s;

        for (s = 0; s < SEEDS; s++) {
                int64_t minutes, v;
                int m, change = 300 + (int)rnd(200) * 5;

                fresh(s);
                for (m = 0; m <= MINUTES; m += 5)
                        say(ELEMENT_PT, m,
                            m < change ? 700000 + truth[m]
                                       : 5000000 + fell(change, m));
                send_all();
                v = counted(0, MINUTES, &minutes);
                CHECK_EQ(v, fell(0, change - 5) + fell(change, MINUTES));
                CHECK_EQ(minutes, MINUTES - 5);
        }
}

/* Rain since 08:00: two borders of a day lie in the 36 hours. */
TEST(rain_of_the_day_is_exact_over_its_border)
{
        uint32_t s;

        for (s = 0; s < SEEDS; s++) {
                /* 08:00 is minute 720 and 2160. */
                int64_t minutes;
                int m;

                fresh(s);
                for (m = 725; m <= MINUTES; m += 5)
                        if (rnd(4) || m == 2160)
                                say(ELEMENT_PJ, m, fell(720, m));
                for (m = 5; m <= 720; m += 5)
                        if (rnd(4) || m == 720)
                                say(ELEMENT_PJ, m, fell(0, m));
                shuffle(5, 8);
                send_all();
                CHECK_EQ(counted(720, MINUTES, &minutes), fell(720, MINUTES));
                CHECK_EQ(minutes, MINUTES - 720);
                /* The day before began 12 h before our truth does. */
                CHECK_EQ(counted(0, 720, &minutes) <= fell(0, 720), true);
        }
}

/* ---- the cap of F4 ---- */

static int64_t slots[MINUTES / 5 + 1], sent[MINUTES / 5 + 1];

/* As a terminal does: 25.4 at most, the rest goes to the next slot. */
static void carry(int n)
{
        int64_t over = 0, v;
        int i;

        for (i = 1; i <= n; i++) {
                v = slots[i] + over;
                sent[i] = v > DRP_FULL_MILLI ? DRP_FULL_MILLI : v;
                over = v - sent[i];
        }
}

static void cloudburst(int n)
{
        int i;

        for (i = 1; i <= n; i++)
                slots[i] = rnd(12) ? 100 * (int64_t)rnd(40) : 0;
        /* Bursts, a dry slot after each, as far from one another. */
        for (i = 4; i + 4 < n; i += 9 + (int)rnd(9)) {
                slots[i] = 25500 + 100 * (int64_t)rnd(240);
                slots[i + 1] = 0;
                slots[i + 2] = 0;
        }
        carry(n);
}

/* Slots as the effects tell them: the last word for each time. */
static void heard(int64_t *amount, int n)
{
        uint32_t i;

        for (i = 0; i < d.fx.n_rain; i++) {
                const struct rain_slot *x = &d.fx.rain[i];
                int k = (int)((x->end_us - begin_us()) / (5 * MINUTE_US));

                if (k >= 1 && k <= n &&
                    x->end_us - x->begin_us == 5 * MINUTE_US)
                        amount[k] = x->amount_milli;
        }
}

TEST(a_burst_beyond_the_cap_is_put_back)
{
        static int64_t amount[MINUTES / 5 + 1];
        const int n = MINUTES / 5;
        uint32_t s, i;
        int k;

        for (s = 0; s < SEEDS; s++) {
                fresh(s);
                cloudburst(n);
                memset(amount, 0xFF, sizeof amount);
                for (k = 1; k <= n; k++)
                        say(ELEMENT_DRP, 5 * k, sent[k]);
                shuffle(s % 2 ? 7 : 0, s % 3 ? 4 : 0);
                d.now_us = begin_us() + (MINUTES + 5) * MINUTE_US;
                for (i = 0; i < n_said; i++) {
                        send_one(&said[i]);
                        heard(amount, n);
                }
                n_said = 0;
                for (k = 1; k <= n; k++)
                        CHECK_EQ(amount[k], slots[k]);
        }
}

TEST(what_cannot_be_told_apart_keeps_its_sum)
{
        int64_t minutes;
        int k;

        /* 60 mm and then 8: two full slots and a rest. */
        fresh(1);
        memset(slots, 0, sizeof slots);
        slots[1] = 60000;
        slots[2] = 8000;
        slots[3] = 500;
        carry(5);
        CHECK_EQ(sent[3], 17700);
        for (k = 1; k <= 3; k++)
                say(ELEMENT_DRP, 5 * k, sent[k]);
        send_all();
        CHECK_EQ(counted(0, 15, &minutes), 68500); /* the third is not known */
        CHECK_EQ(counted(5, 10, &minutes), 25400);
        say(ELEMENT_DRP, 20, 0);
        send_all();
        CHECK_EQ(d.fx.n_rain, 3);
        CHECK_EQ(counted(5, 10, &minutes), 25400 + 17700);
        CHECK_EQ(counted(0, 20, &minutes), 68500);
        for (k = 0; k < 3; k++) {
                const struct rain_slot *x = &d.fx.rain[k];

                CHECK_EQ(x->repaired, x->end_us != begin_us() + 20 * MINUTE_US);
        }
}

TEST(a_finer_source_needs_no_repair)
{
        int64_t minutes;

        fresh(1);
        say(ELEMENT_PN05, 5, 30000);
        say(ELEMENT_PN05, 10, 2000);
        say(ELEMENT_DRP, 5, 25400);
        say(ELEMENT_DRP, 10, 6600);
        say(ELEMENT_DRP, 15, 0);
        send_all();
        CHECK_EQ(counted(0, 5, &minutes), 30000);
        CHECK_EQ(counted(5, 10, &minutes), 2000);
}

TEST(the_raw_value_stays_as_it_was_sent)
{
        struct newest n;

        fresh(1);
        say(ELEMENT_DRP, 5, 25400);
        send_all();
        CHECK_EQ(desk_marks(&d), MARK_REPAIRED);
        CHECK_EQ(d.fx.observation[0].value_milli, 25400);
        CHECK(marks_usable(MARK_REPAIRED));
        CHECK(sensors_newest(d.s, 0, ELEMENT_DRP, &n));
        CHECK_EQ(n.value_milli, 25400);
        /* All in one message: told repaired at once, raw beside it. */
        fresh(1);
        desk_obs(&d, "{'station':'A1','obs':["
                     "{'time':'2023-10-20T02:05:00+08:00','element':'DRP',"
                     "'value':25.4},"
                     "{'time':'2023-10-20T02:10:00+08:00','element':'DRP',"
                     "'value':6},"
                     "{'time':'2023-10-20T02:15:00+08:00','element':'DRP',"
                     "'value':1}]}");
        CHECK_EQ(d.fx.n_rain, 3);
        CHECK_EQ(d.fx.rain[0].amount_milli, 30400);
        CHECK_EQ(d.fx.rain[0].raw_milli, 25400);
        CHECK(d.fx.rain[0].repaired);
        CHECK_EQ(d.fx.rain[1].amount_milli, 1000);
        CHECK_EQ(d.fx.rain[1].raw_milli, 6000);
        CHECK_EQ(d.fx.rain[2].amount_milli, 1000);
        CHECK(!d.fx.rain[2].repaired);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(a_total_is_exact_whatever_came_before),
                CASE(what_reaches_over_an_edge_counts_whole),
                CASE(a_counter_is_exact_between_its_ends),
                CASE(a_counters_glitches_are_no_rain),
                CASE(a_replaced_gauge_begins_anew),
                CASE(rain_of_the_day_is_exact_over_its_border),
                CASE(a_burst_beyond_the_cap_is_put_back),
                CASE(what_cannot_be_told_apart_keeps_its_sum),
                CASE(a_finer_source_needs_no_repair),
                CASE(the_raw_value_stays_as_it_was_sent),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

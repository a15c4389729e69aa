/* test/schemas/test_prepared.c -- items of a day file, written and read. */
#include "schemas/prepared.h"

#include "check.h"
#include "schemas/time.h"

#define T0 (INT64_C(1697731200) * SECOND_US)

struct bench {
        struct buf b;
        struct prepared_out out;
        struct prepared_in in;
        struct prepared_item x;
        struct effects fx;
        struct err e;
};

static void bench_open(struct bench *k)
{
        memset(k, 0, sizeof *k);
        k->out.b = &k->b;
        effects_init(&k->fx);
}

static void bench_close(struct bench *k)
{
        buf_done(&k->b);
        effects_done(&k->fx);
}

static enum status next(struct bench *k)
{
        if (!k->in.p)
                k->in = prepared_read(buf_as_text(&k->b));
        effects_clear(&k->fx);
        return prepared_next(&k->in, &k->x, &k->fx, &k->e);
}

static void same_observation(const struct observation *a,
                             const struct observation *b)
{
        check_eq(a->station, b->station, "station", "b", __FILE__, __LINE__);
        check_eq(a->element, b->element, "element", "b", __FILE__, __LINE__);
        check_eq(a->time_us, b->time_us, "time", "b", __FILE__, __LINE__);
        check_eq(a->value_milli, b->value_milli, "value", "b", __FILE__,
                 __LINE__);
        check_eq(a->marks, b->marks, "marks", "b", __FILE__, __LINE__);
        check_eq((long long)a->seq, (long long)b->seq, "seq", "b", __FILE__,
                 __LINE__);
}

static void same_slot(const struct rain_slot *a, const struct rain_slot *b)
{
        check_eq(a->station, b->station, "station", "b", __FILE__, __LINE__);
        check_eq(a->source, b->source, "source", "b", __FILE__, __LINE__);
        check_eq(a->begin_us, b->begin_us, "begin", "b", __FILE__, __LINE__);
        check_eq(a->end_us, b->end_us, "end", "b", __FILE__, __LINE__);
        check_eq(a->amount_milli, b->amount_milli, "mm", "b", __FILE__,
                 __LINE__);
        check_eq((long long)a->seq, (long long)b->seq, "seq", "b", __FILE__,
                 __LINE__);
}

static const struct observation sent[] = {{.station = 7,
                                           .element = ELEMENT_Z,
                                           .time_us = T0 + 1,
                                           .value_milli = -12345,
                                           .marks = MARK_LATE | MARK_REVISED,
                                           .seq = 90},
                                          {.station = 7,
                                           .element = ELEMENT_PN05,
                                           .time_us = T0,
                                           .value_milli = 500,
                                           .seq = 100},
                                          {.station = 3,
                                           .element = ELEMENT_PN05,
                                           .time_us = T0,
                                           .value_milli = 0,
                                           .seq = 100},
                                          {.station = 3,
                                           .element = ELEMENT_P1,
                                           .time_us = T0,
                                           .value_milli = 1700,
                                           .marks = MARK_RANGE,
                                           .seq = 100}};
static const struct rain_slot fallen[] = {
        {7, T0 - 5 * MINUTE_US, T0, 500, ELEMENT_PN05, 100, false, 0},
        {3, T0 - 5 * MINUTE_US, T0, 0, ELEMENT_PN05, 100, false, 0},
        /* Part of its hour was counted already. */
        {3, T0 - 55 * MINUTE_US, T0, 1700, ELEMENT_P1, 100, false, 0},
        {3, T0 - 65 * MINUTE_US, T0 - 55 * MINUTE_US, 1200, ELEMENT_P1, 99,
         false, 0}};
static const struct station_change heard[] = {{3}, {8}};
TEST(values_come_out_as_they_went_in)
{
        struct effects fx;
        struct bench k;
        uint32_t i;

        bench_open(&k);
        effects_init(&fx);
        for (i = 0; i < 4; i++)
                effects_push_observation(&fx, &sent[i]);
        for (i = 0; i < 4; i++)
                effects_push_rain(&fx, &fallen[i]);
        for (i = 0; i < 2; i++)
                effects_push_station(&fx, &heard[i]);
        prepared_put_values(&k.out, 100, T0 + 77, &fx);
        CHECK_EQ(next(&k), OK);
        CHECK(k.x.is_values && !k.x.is_tick);
        CHECK_EQ(k.x.r.seq, 100);
        CHECK_EQ(k.x.r.real_us, T0 + 77);
        CHECK_EQ(k.fx.n_observation, 4);
        CHECK_EQ(k.fx.n_rain, 4);
        for (i = 0; i < 4; i++)
                same_observation(&k.fx.observation[i], &sent[i]);
        for (i = 0; i < 4; i++)
                same_slot(&k.fx.rain[i], &fallen[i]);
        /* Station 3 has values, which say that it spoke. */
        CHECK_EQ(k.fx.n_station, 1);
        CHECK_EQ(k.fx.station[0].station, 8);
        CHECK_EQ(next(&k), ERR_TOO_FEW);
        effects_done(&fx);
        bench_close(&k);
}

TEST(ticks_that_go_on_cost_a_byte)
{
        struct bench k;
        size_t before;
        int i;

        bench_open(&k);
        prepared_put_tick(&k.out, 5, T0, T0 + 3, BABBLE_AS_BEFORE);
        prepared_put_tick(&k.out, 6, T0 + SECOND_US, T0 + 3 + SECOND_US,
                          BABBLE_AS_BEFORE);
        before = k.b.n;
        for (i = 2; i < 10; i++)
                prepared_put_tick(&k.out, 5 + (uint64_t)i, T0 + i * SECOND_US,
                                  T0 + 3 + i * SECOND_US, BABBLE_AS_BEFORE);
        CHECK_EQ(k.b.n, before + 8);
        /* Each of its numbers can be the one that differs. */
        prepared_put_tick(&k.out, 15, T0 + 10 * SECOND_US,
                          T0 + 4 + 10 * SECOND_US, BABBLE_AS_BEFORE);
        prepared_put_tick(&k.out, 16, T0 + 11 * SECOND_US,
                          T0 + 5 + 11 * SECOND_US, BABBLE_AS_BEFORE);
        prepared_put_tick(&k.out, 18, T0 + 12 * SECOND_US,
                          T0 + 6 + 12 * SECOND_US, BABBLE_AS_BEFORE);
        prepared_put_tick(&k.out, 19, T0 + 7, T0 - 9, BABBLE_BEGINS);
        for (i = 0; i < 10; i++) {
                CHECK_EQ(next(&k), OK);
                CHECK(k.x.is_tick && !k.x.is_values);
                CHECK_EQ(k.x.r.seq, 5 + i);
                CHECK_EQ(k.x.engine_us, T0 + i * SECOND_US);
                CHECK_EQ(k.x.r.real_us, T0 + 3 + i * SECOND_US);
                CHECK_EQ(k.x.babble, BABBLE_AS_BEFORE);
        }
        for (i = 10; i < 13; i++) {
                CHECK_EQ(next(&k), OK);
                CHECK_EQ(k.x.r.seq, i < 12 ? 5 + i : 18);
                CHECK_EQ(k.x.engine_us, T0 + i * SECOND_US);
                CHECK_EQ(k.x.r.real_us, T0 + i * SECOND_US + i - 6);
        }
        CHECK_EQ(next(&k), OK);
        CHECK_EQ(k.x.engine_us, T0 + 7);
        CHECK_EQ(k.x.r.real_us, T0 - 9);
        CHECK_EQ(k.x.babble, BABBLE_BEGINS);
        bench_close(&k);
}

TEST(other_records_stay_as_they_are)
{
        struct record r = {9, RECORD_LINK, T0, TEXT("{\"link\":\"broker\"}")};
        struct bench k;

        bench_open(&k);
        prepared_put_record(&k.out, &r);
        CHECK_EQ(next(&k), OK);
        CHECK(!k.x.is_tick && !k.x.is_values);
        CHECK_EQ(k.x.r.seq, 9);
        CHECK_EQ(k.x.r.kind, RECORD_LINK);
        CHECK(text_is(k.x.r.body, "{\"link\":\"broker\"}"));
        bench_close(&k);
}

TEST(bytes_cut_short_or_bent_are_refused)
{
        struct observation o = {.station = 1,
                                .element = ELEMENT_Z,
                                .time_us = T0,
                                .value_milli = 5,
                                .seq = 4};
        struct record r = {5, RECORD_LINK, T0, TEXT("{}")};
        struct effects fx;
        struct bench k;
        struct text all;
        size_t n;

        bench_open(&k);
        effects_init(&fx);
        effects_push_observation(&fx, &o);
        prepared_put_values(&k.out, 4, T0, &fx);
        n = k.b.n;
        prepared_put_record(&k.out, &r);
        all = buf_as_text(&k.b);
        for (; all.n > 1; all.n--) {
                k.in = prepared_read((struct text){all.p, all.n - 1});
                if (all.n - 1 >= n)
                        CHECK_EQ(next(&k), OK);
                CHECK_EQ(next(&k), all.n - 1 == n ? ERR_TOO_FEW : ERR_CORRUPT);
        }
        k.in = prepared_read(TEXT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
        CHECK_EQ(next(&k), ERR_CORRUPT);
        k.in = prepared_read(TEXT("\x05\x01\x02\xfe\xff\xff\x7f"));
        CHECK_EQ(next(&k), ERR_CORRUPT); /* more values than any record has */
        effects_done(&fx);
        bench_close(&k);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(values_come_out_as_they_went_in),
                RUN(ticks_that_go_on_cost_a_byte),
                RUN(other_records_stay_as_they_are),
                RUN(bytes_cut_short_or_bent_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of server/receipt.c: a station hears what is committed, no more
 * often than it should, and what is missing is asked for. */
#include "check.h"

#include <stdlib.h>

#include "schemas/time.h"
#include "server/pipeline.h"
#include "server/receipt.h"

#define START_US (INT64_C(1697731200) * SECOND_US)

struct desk {
        struct state *s;
        struct effects fx;
        struct receipts *r;
        int64_t real_us;
        int sent;
        enum status answer;
        char topic[96], last[512];
};

static enum status take(void *self, const char *topic, struct text payload)
{
        struct desk *d = self;

        if (d->answer != OK)
                return d->answer;
        d->sent++;
        snprintf(d->topic, sizeof d->topic, "%s", topic);
        text_copy(d->last, sizeof d->last, payload);
        return OK;
}

static void step(struct desk *d, enum record_kind kind, struct text body)
{
        struct record r = {d->s->seq + 1, kind, d->real_us, body};
        struct err e = {0};

        if (pipeline_step(d->s, &r, &d->fx, &e) != OK)
                fail_msg("%s", e.msg);
        receipts_on_effects(d->r, &d->fx);
}

static void tick(struct desk *d, int64_t s)
{
        struct buf b = {0};

        d->real_us += s * SECOND_US;
        record_tick_pack(&b, d->real_us, d->real_us);
        step(d, RECORD_TICK, buf_as_text(&b));
        buf_done(&b);
}

static void number(struct desk *d, int seq, const char *value)
{
        struct buf b = {0};
        char json[200];

        snprintf(json, sizeof json,
                 "{\"station\":\"A1\",\"boot\":7,\"seq\":%d,\"obs\":[{"
                 "\"element\":\"Z\",\"value\":%s}]}",
                 seq, value);
        record_mqtt_pack(&b, TEXT("sanfang/v1/st/A1/up/obs"), text_of(json));
        step(d, RECORD_MQTT, buf_as_text(&b));
        buf_done(&b);
}

static void run(struct desk *d, uint64_t archived)
{
        receipts_tick(d->r, d->s, archived, d->real_us);
}

static void open_desk(struct desk *d)
{
        struct err e = {0};

        memset(d, 0, sizeof *d);
        effects_init(&d->fx);
        d->real_us = START_US;
        assert_int_equal(state_create(&d->s, &e), OK);
        assert_int_equal(receipts_create(take, d, &d->r, &e), OK);
        step(d, RECORD_IMPORT,
             TEXT("{\"what\":\"station\",\"code\":\"A1\",\"name\":\"x\","
                  "\"kind\":\"ZZ\",\"lon\":110.9,\"lat\":21.6,"
                  "\"interval_s\":300}"));
        tick(d, 0);
}

static void close_desk(struct desk *d)
{
        receipts_free(d->r);
        effects_done(&d->fx);
        state_free(d->s);
}

TEST(a_receipt_follows_the_commit_and_never_goes_before_it)
{
        struct desk d;

        open_desk(&d);
        number(&d, 1, "1.5");
        run(&d, d.s->seq - 1);
        run(&d, d.s->seq - 1);
        CHECK_EQ(d.sent, 0);
        run(&d, d.s->seq);
        CHECK_EQ(d.sent, 1);
        CHECK_STR(d.topic, "sanfang/v1/st/A1/down/receipt");
        CHECK_STR(d.last, "{\"boot\":7,\"upto\":1,\"also\":[],\"refused\":[]}");
        close_desk(&d);
}

TEST(one_in_five_seconds_and_the_next_says_all)
{
        struct desk d;
        int i;

        open_desk(&d);
        number(&d, 1, "1.5");
        run(&d, d.s->seq);
        for (i = 2; i <= 5; i++) {
                d.real_us += SECOND_US;
                number(&d, i, "1.5");
                run(&d, d.s->seq);
                CHECK_EQ(d.sent, 1);
        }
        d.real_us += SECOND_US;
        run(&d, d.s->seq);
        CHECK_EQ(d.sent, 2);
        CHECK(strstr(d.last, "\"upto\":5,"));
        close_desk(&d);
}

TEST(holes_leave_ranges_and_the_refused_are_named)
{
        struct desk d;

        open_desk(&d);
        number(&d, 1, "1.5");
        number(&d, 4, "1.5");
        number(&d, 5, "1e9");
        run(&d, d.s->seq);
        CHECK_STR(d.last, "{\"boot\":7,\"upto\":1,\"also\":[[4,5]],"
                          "\"refused\":[{\"seq\":5,\"reason\":\"range\"}]}");
        close_desk(&d);
}

TEST(a_gap_that_is_seen_sends_the_receipt_again)
{
        struct desk d;

        open_desk(&d);
        number(&d, 1, "1.5");
        number(&d, 3, "1.5");
        run(&d, d.s->seq);
        CHECK_EQ(d.sent, 1);
        tick(&d, 9);
        run(&d, d.s->seq);
        run(&d, d.s->seq);
        CHECK_EQ(d.sent, 1);
        tick(&d, 1);
        CHECK_EQ(d.fx.n_gap, 1);
        run(&d, d.s->seq);
        run(&d, d.s->seq);
        CHECK_EQ(d.sent, 2);
        CHECK(strstr(d.last, "\"upto\":1,\"also\":[[3,3]]"));
        number(&d, 2, "1.5");
        tick(&d, 6);
        run(&d, d.s->seq);
        CHECK_EQ(d.sent, 3);
        CHECK(strstr(d.last, "\"upto\":3,\"also\":[]"));
        tick(&d, 3600);
        run(&d, d.s->seq);
        CHECK_EQ(d.sent, 3);
        close_desk(&d);
}

TEST(without_a_broker_it_waits)
{
        struct desk d;

        open_desk(&d);
        d.answer = ERR_UNAVAILABLE;
        number(&d, 1, "1.5");
        run(&d, d.s->seq);
        CHECK_EQ(d.sent, 0);
        d.answer = OK;
        d.real_us += SECOND_US;
        run(&d, d.s->seq);
        CHECK_EQ(d.sent, 1);
        close_desk(&d);
}

TEST(a_period_of_a_terminal_is_no_receipts_business)
{
        struct gap_change c = {.gap = {.subject = "A1",
                                       .state = GAP_OPEN,
                                       .missing = 2,
                                       .to = 2,
                                       .is_period = true}};
        struct desk d;

        open_desk(&d);
        number(&d, 1, "1.5");
        run(&d, d.s->seq);
        tick(&d, 6);
        effects_push_gap(&d.fx, &c);
        receipts_on_effects(d.r, &d.fx);
        run(&d, d.s->seq);
        CHECK_EQ(d.sent, 1);
        d.fx.gap[d.fx.n_gap - 1].gap.is_period = false;
        receipts_on_effects(d.r, &d.fx);
        run(&d, d.s->seq);
        CHECK_EQ(d.sent, 2);
        close_desk(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_receipt_follows_the_commit_and_never_goes_before_it),
                RUN(one_in_five_seconds_and_the_next_says_all),
                RUN(holes_leave_ranges_and_the_refused_are_named),
                RUN(a_gap_that_is_seen_sends_the_receipt_again),
                RUN(a_period_of_a_terminal_is_no_receipts_business),
                RUN(without_a_broker_it_waits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

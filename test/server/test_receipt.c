/* Tests of server/receipt.c: a station is told what is in the database, and
 * not a moment earlier. */
#include "check.h"

#include <stdlib.h>

#include "schemas/time.h"
#include "server/pipeline.h"
#include "server/receipt.h"

#define START_US (INT64_C(1697731200) * SECOND_US)

struct bench {
        struct state *s;
        struct effects fx;
        struct receipts *r;
        int sent;
        bool refuse;
        char topic[96], payload[512];
};

static enum status on_send(void *self, const char *topic, struct text payload)
{
        struct bench *b = self;

        if (b->refuse)
                return ERR_UNAVAILABLE;
        b->sent++;
        snprintf(b->topic, sizeof b->topic, "%s", topic);
        snprintf(b->payload, sizeof b->payload, "%.*s", (int)payload.n,
                 payload.p);
        return OK;
}

static void step(struct bench *b, enum record_kind kind, struct text body)
{
        struct record r = {b->s->seq + 1, kind, START_US, body};
        struct err e = {0};

        if (pipeline_step(b->s, &r, &b->fx, &e) != OK)
                fail_msg("step: %s", e.msg);
        receipts_on_effects(b->r, &b->fx);
}

static void message(struct bench *b, int seq)
{
        struct buf body = {0};
        char payload[256];

        snprintf(
                payload, sizeof payload,
                "{\"station\":\"ZZ1\",\"boot\":7,\"seq\":%d,\"obs\":[{\"time\":"
                "\"2023-10-20T00:%02d:00+08:00\",\"element\":\"Z\","
                "\"value\":1.5}]}",
                seq, seq);
        record_mqtt_pack(&body, TEXT("sanfang/v1/st/ZZ1/up/obs"),
                         text_of(payload));
        step(b, RECORD_MQTT, buf_as_text(&body));
        buf_done(&body);
}

static void begin(struct bench *b)
{
        struct err e = {0};

        memset(b, 0, sizeof *b);
        effects_init(&b->fx);
        assert_int_equal(state_create(&b->s, &e), OK);
        assert_int_equal(receipts_create(on_send, b, &b->r, &e), OK);
        step(b, RECORD_IMPORT,
             TEXT("{\"what\":\"station\",\"code\":\"ZZ1\",\"name\":\"a\","
                  "\"kind\":\"ZZ\",\"lon\":110.9,\"lat\":21.6,"
                  "\"county\":\"440902\",\"interval_s\":300}"));
}

static void end(struct bench *b)
{
        receipts_free(b->r);
        effects_done(&b->fx);
        state_free(b->s);
}

static void tick(struct bench *b, uint64_t archived, int64_t at_s)
{
        receipts_tick(b->r, b->s, archived, at_s * SECOND_US);
}

TEST(no_receipt_before_the_archive_has_it)
{
        struct bench b;
        uint64_t kept;

        begin(&b);
        message(&b, 1);
        kept = b.s->seq;
        tick(&b, kept - 1, 100);
        tick(&b, kept - 1, 200);
        CHECK_EQ(b.sent, 0);
        tick(&b, kept, 201);
        CHECK_EQ(b.sent, 1);
        CHECK_STR(b.topic, "sanfang/v1/st/ZZ1/down/receipt");
        CHECK_STR(b.payload, "{\"boot\":7,\"upto\":1,\"also\":[],"
                             "\"refused\":[]}");
        end(&b);
}

/* What came after the copy was made waits for a receipt of its own. */
TEST(a_receipt_names_only_what_the_archive_has)
{
        struct bench b;
        uint64_t first;

        begin(&b);
        message(&b, 1);
        first = b.s->seq;
        tick(&b, first - 1, 100);
        message(&b, 2);
        tick(&b, first, 101);
        CHECK_STR(b.payload, "{\"boot\":7,\"upto\":1,\"also\":[],"
                             "\"refused\":[]}");
        tick(&b, first, 110);
        CHECK_EQ(b.sent, 1);
        tick(&b, first + 1, 111);
        CHECK_EQ(b.sent, 2);
        CHECK_STR(b.payload, "{\"boot\":7,\"upto\":2,\"also\":[],"
                             "\"refused\":[]}");
        end(&b);
}

TEST(at_most_one_in_five_seconds_and_none_is_forgotten)
{
        struct bench b;

        begin(&b);
        message(&b, 1);
        b.refuse = true; /* no broker */
        tick(&b, b.s->seq, 100);
        CHECK_EQ(b.sent, 0);
        b.refuse = false;
        tick(&b, b.s->seq, 101);
        CHECK_EQ(b.sent, 1);
        message(&b, 2);
        tick(&b, b.s->seq, 103);
        CHECK_EQ(b.sent, 1);
        tick(&b, b.s->seq, 106);
        CHECK_EQ(b.sent, 2);
        end(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(no_receipt_before_the_archive_has_it),
                RUN(a_receipt_names_only_what_the_archive_has),
                RUN(at_most_one_in_five_seconds_and_none_is_forgotten),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

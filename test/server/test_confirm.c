/* Tests of server/confirm.c: an answer goes out when its record is safe. */
#include "check.h"

#include "server/confirm.h"

static struct confirms *c;
static struct effects fx;
static char topic[160], to[80];
static uint32_t n_mqtt, n_tcp;
static uint8_t last;
static enum status answer;

static enum status by_mqtt(void *self, const char *t, struct text bytes)
{
        (void)self;
        n_mqtt++;
        last = (uint8_t)bytes.p[0];
        snprintf(topic, sizeof topic, "%s", t);
        return answer;
}

static enum status by_tcp(void *self, const char *name, struct text bytes)
{
        (void)self;
        n_tcp++;
        last = (uint8_t)bytes.p[0];
        snprintf(to, sizeof to, "%s", name);
        return answer;
}

static int setup(void **state)
{
        struct err e = {0};

        (void)state;
        n_mqtt = n_tcp = 0;
        answer = OK;
        effects_init(&fx);
        return confirms_create(by_mqtt, by_tcp, NULL, &c, &e) == OK ? 0 : 1;
}

static int teardown(void **state)
{
        (void)state;
        confirms_free(c);
        effects_done(&fx);
        return 0;
}

static void decide(uint64_t seq, bool is_tcp, const char *whom, uint8_t byte)
{
        struct downlink d = {.seq = seq, .is_tcp = is_tcp, .n = 1};

        snprintf(d.to, sizeof d.to, "%s", whom);
        d.bytes[0] = byte;
        effects_clear(&fx);
        effects_push_downlink(&fx, &d);
        confirms_on_effects(c, &fx);
}

static struct confirms_counts counts(void)
{
        struct confirms_counts n;

        confirms_get_counts(c, &n);
        return n;
}

TEST(nothing_goes_out_before_its_record_is_safe)
{
        decide(5, true, "tcp/a:1/7", 50);
        decide(6, false, "A1", 60);
        confirms_on_safe(c, 4);
        CHECK_EQ(n_mqtt + n_tcp, 0);
        CHECK_EQ(counts().waiting, 2);
        confirms_on_safe(c, 5);
        CHECK_EQ(n_tcp, 1);
        CHECK_EQ(n_mqtt, 0);
        CHECK_EQ(last, 50);
        CHECK_STR(to, "tcp/a:1/7");
        confirms_on_safe(c, 6);
        CHECK_EQ(n_mqtt, 1);
        CHECK_STR(topic, "sanfang/v1/st/A1/down/sl651");
        CHECK_EQ(counts().waiting, 0);
        CHECK_EQ(counts().sent, 2);
        confirms_on_safe(c, 6);
        CHECK_EQ(n_mqtt + n_tcp, 2);
}

TEST(after_the_disk_or_after_the_commit)
{
        CHECK_EQ(confirm_safe_seq(false, 10, 3), 10);
        CHECK_EQ(confirm_safe_seq(true, 10, 3), 3);
        CHECK_EQ(confirm_safe_seq(true, 10, 0), 0); /* PostgreSQL is down */
        CHECK_EQ(confirm_safe_seq(true, 2, 3), 2);
        decide(5, true, "t", 1);
        confirms_on_safe(c, confirm_safe_seq(true, 9, 4));
        CHECK_EQ(n_tcp, 0);
        confirms_on_safe(c, confirm_safe_seq(true, 9, 5));
        CHECK_EQ(n_tcp, 1);
}

TEST(an_answer_to_nobody_is_counted_and_does_not_hold_the_next)
{
        answer = ERR_UNKNOWN;
        decide(1, true, "gone", 1);
        decide(1, true, "there", 2);
        confirms_on_safe(c, 1);
        CHECK_EQ(n_tcp, 2);
        CHECK_EQ(counts().unsent, 2);
        CHECK_EQ(counts().sent, 0);
}

TEST(they_go_out_in_their_order_over_any_growth)
{
        uint32_t i, sent = 0;

        for (i = 1; i <= 300; i++) {
                decide(i, true, "t", (uint8_t)i);
                if (i % 3)
                        continue;
                confirms_on_safe(c, i / 2);
                sent = i / 2;
                CHECK_EQ(n_tcp, sent);
                CHECK_EQ(last, (uint8_t)sent);
        }
}

TEST(more_than_may_wait_are_counted_and_never_sent)
{
        uint32_t i;

        for (i = 0; i < CONFIRMS_MAX + 3; i++)
                decide(i + 1, true, "t", 1);
        CHECK_EQ(counts().waiting, CONFIRMS_MAX);
        CHECK_EQ(counts().dropped, 3);
        confirms_on_safe(c, UINT64_MAX);
        CHECK_EQ(n_tcp, CONFIRMS_MAX);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(nothing_goes_out_before_its_record_is_safe),
                CASE(after_the_disk_or_after_the_commit),
                CASE(an_answer_to_nobody_is_counted_and_does_not_hold_the_next),
                CASE(they_go_out_in_their_order_over_any_growth),
                CASE(more_than_may_wait_are_counted_and_never_sent),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

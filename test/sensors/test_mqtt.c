/* test/sensors/test_mqtt.c -- the broker port against a real mosquitto
 * that the test starts on a free port. */
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "sensors/adapter/mqtt.h"
#include "test/broker.h"

static char url[64];

/* What the sink saw. */
static struct seen {
        pthread_mutex_t lock;
        int got[200];
        int n, failing, refused, ups, downs;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static enum status keep(void *self, struct text topic, struct text payload,
                        struct err *e)
{
        struct seen *s = self;
        enum status st = OK;
        int64_t v = -1;

        (void)topic;
        pthread_mutex_lock(&s->lock);
        if (s->failing) {
                s->refused++;
                st = err_set(e, ERR_FULL, "not now");
        } else if (text_to_i64(payload, &v) && v >= 0 && v < 200) {
                s->got[v]++;
                s->n++;
        }
        pthread_mutex_unlock(&s->lock);
        return st;
}

static void link_moved(void *self, bool up, const char *why)
{
        struct seen *s = self;

        (void)why;
        pthread_mutex_lock(&s->lock);
        if (up)
                s->ups++;
        else
                s->downs++;
        pthread_mutex_unlock(&s->lock);
}

static int peek(const int *field)
{
        int v;

        pthread_mutex_lock(&seen.lock);
        v = *field;
        pthread_mutex_unlock(&seen.lock);
        return v;
}

static bool reaches(const int *field, int want, int ms)
{
        for (; ms > 0 && peek(field) < want; ms -= 10)
                usleep(10000);
        return peek(field) >= want;
}

static struct mqtt *connect_as(const char *id, const char *topic,
                               struct mqtt_sink sink)
{
        struct mqtt_config c = {.url = url, .client_id = id, .topics = {topic}};
        struct mqtt *m = NULL;
        struct err e = {0};

        if (mqtt_create(&c, &sink, &m, &e) != OK)
                fail_msg("%s", e.msg);
        return m;
}

static void wait_up(struct mqtt *m, bool up)
{
        int i;

        for (i = 0; i < 1500 && mqtt_is_up(m) != up; i++)
                usleep(10000);
        assert_int_equal(mqtt_is_up(m), up);
}

static void send_numbers(struct mqtt *m, int from, int to)
{
        struct err e;
        char text[16];

        for (; from < to; from++) {
                snprintf(text, sizeof text, "%d", from);
                assert_int_equal(
                        mqtt_publish(m, "t/x", text_of(text), 1, false, &e),
                        OK);
        }
}

TEST(messages_arrive_before_and_after_a_broker_kill_and_a_stalled_sink)
{
        struct mqtt_sink sink = {&seen, keep, link_moved};
        struct mqtt *in, *out;
        pid_t broker;
        int i, port;

        if (access(BROKER, X_OK) != 0) {
                print_message("skipped: no %s here\n", BROKER);
                skip();
        }
        port = broker_pick_port(url);
        /* The client is there first: it waits for the broker. */
        in = connect_as("in", "t/#", sink);
        CHECK(reaches(&seen.downs, 1, 8000));
        broker = broker_start(port);
        out = connect_as("out", NULL, (struct mqtt_sink){0});
        wait_up(in, true);
        wait_up(out, true);
        send_numbers(out, 0, 50);
        CHECK(reaches(&seen.n, 50, 5000));

        /* The sink refuses for a while: held, not lost. */
        pthread_mutex_lock(&seen.lock);
        seen.failing = 1;
        pthread_mutex_unlock(&seen.lock);
        send_numbers(out, 50, 51);
        CHECK(reaches(&seen.refused, 1, 5000));
        /* Paho's lock is held now; who publishes must not be held by it. */
        send_numbers(out, 51, 100);
        CHECK(reaches(&seen.refused, 20, 5000));
        CHECK_EQ(peek(&seen.n), 50);
        pthread_mutex_lock(&seen.lock);
        seen.failing = 0;
        pthread_mutex_unlock(&seen.lock);
        CHECK(reaches(&seen.n, 100, 5000));

        /* The broker forgets everything; both come back by themselves. */
        child_end(broker, SIGKILL);
        wait_up(in, false);
        wait_up(out, false);
        broker = broker_start(port);
        wait_up(in, true);
        wait_up(out, true);
        CHECK_EQ(peek(&seen.ups), 2);
        send_numbers(out, 100, 150);
        CHECK(reaches(&seen.n, 150, 5000));
        for (i = 0; i < 150; i++)
                CHECK_EQ(seen.got[i], 1);
        mqtt_free(out);
        mqtt_free(in);
        child_end(broker, SIGKILL);
}

static void publish_to(struct mqtt *m, const char *topic, const char *number)
{
        struct err e;

        mqtt_publish(m, topic, text_of(number), 1, false, &e);
}

/* A filter is in force once what is published to its topic comes. */
static void arrives(struct mqtt *out, const char *topic, const char *number,
                    const int *got)
{
        int i;

        for (i = 0; i < 200 && peek(got) == 0; i++) {
                publish_to(out, topic, number);
                usleep(20000);
        }
        assert_true(peek(got) > 0);
}

TEST(filters_come_and_go_while_it_runs)
{
        const char *two[] = {"v/+/up", "w/#"}, *one[] = {"w/#"};
        struct mqtt_sink sink = {&seen, keep, link_moved};
        struct mqtt *in, *out;
        pid_t broker;
        int port, i;

        if (access(BROKER, X_OK) != 0)
                skip();
        port = broker_pick_port(url);
        broker = broker_start(port);
        in = connect_as("in-more", "t/#", sink);
        out = connect_as("out-more", NULL, (struct mqtt_sink){0});
        wait_up(in, true);
        wait_up(out, true);
        mqtt_want(in, two, 2);
        arrives(out, "v/1/up", "151", &seen.got[151]);
        arrives(out, "w/1/2", "152", &seen.got[152]);

        mqtt_want(in, one, 1);
        /* w's messages come behind v's: none of v's came once w's did. */
        for (i = 0; i < 100; i++) {
                pthread_mutex_lock(&seen.lock);
                seen.got[153] = seen.got[154] = 0;
                pthread_mutex_unlock(&seen.lock);
                publish_to(out, "v/1/up", "153");
                arrives(out, "w/1", "154", &seen.got[154]);
                if (peek(&seen.got[153]) == 0)
                        break;
        }
        CHECK(i < 100);

        child_end(broker, SIGKILL);
        wait_up(in, false);
        broker = broker_start(port); /* it knows no session any more */
        wait_up(in, true);
        wait_up(out, true);
        arrives(out, "w/1", "155", &seen.got[155]);
        mqtt_free(in);
        mqtt_free(out);
        child_end(broker, SIGKILL);
}

TEST(publishing_without_a_connection_is_said)
{
        struct mqtt *m;
        struct err e;

        broker_pick_port(url);
        m = connect_as("alone", NULL, (struct mqtt_sink){0});
        CHECK_EQ(mqtt_publish(m, "t", TEXT("x"), 1, false, &e),
                 ERR_UNAVAILABLE);
        CHECK(!mqtt_is_up(m));
        mqtt_free(m);
}

TEST(a_senseless_address_is_refused)
{
        struct mqtt_config c = {.url = "http://nowhere", .client_id = "x"};
        struct mqtt_sink sink = {0};
        struct mqtt *m = NULL;
        struct err e;

        CHECK_EQ(mqtt_create(&c, &sink, &m, &e), ERR_CONFIG);
        CHECK(m == NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(messages_arrive_before_and_after_a_broker_kill_and_a_stalled_sink),
                RUN(filters_come_and_go_while_it_runs),
                RUN(publishing_without_a_connection_is_said),
                RUN(a_senseless_address_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

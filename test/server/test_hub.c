/* test/server/test_hub.c -- the feed: no gap, no double, nobody held up. */
#include "check.h"

#include <stdlib.h>

#include "fake.h"
#include "schemas/time.h"

static void join(struct fake *f, struct fake_client *c, char *token,
                 bool has_since, uint64_t since)
{
        if (!token[0])
                fake_session(f, "viewer", false, token);
        if (fake_join(f, c, token, has_since, since) != OK)
                abort();
}

static void drain(struct fake_client *c)
{
        char *m;

        while ((m = fake_next(c)) != NULL)
                free(m);
}

static uint32_t count(const char *text, const char *piece)
{
        uint32_t n = 0;

        for (; (text = strstr(text, piece)) != NULL; text++)
                n++;
        return n;
}

/* A clock that moves between two looks, as a real one does. */
static int64_t creeping_now(void *self)
{
        return ++((struct fake *)self)->real_us;
}

TEST(the_first_message_is_a_snapshot_with_all_of_it)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;

        fake_level(f, "9.2", 1);
        fake_run(f);
        join(f, &c, token, false, 0);
        m = fake_next(&c);
        CHECK(m && strstr(m, "{\"type\":\"snapshot\",\"seq\":"));
        CHECK_EQ(fake_seq(m), f->state->seq);
        CHECK(strstr(m, "\"code\":\"ZZ-01\""));
        CHECK(strstr(m, "\"value\":9.2"));
        CHECK(strstr(m, "\"hazard\":\"flood\""));
        CHECK(strstr(m, "\"groups\":[{\"key\":"));
        CHECK(strstr(m, "\"system\":{"));
        free(m);
        CHECK(!fake_next(&c));
        hub_leave(c.client);
        fake_free(f);
}

TEST(a_delta_holds_what_changed_and_merges_values)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;

        join(f, &c, token, false, 0);
        drain(&c);
        fake_level(f, "8.1", 0);
        fake_level(f, "8.2", 1);
        fake_run(f);
        hub_tick(f->hub);
        m = fake_next(&c);
        CHECK(m && strstr(m, "{\"type\":\"delta\",\"seq\":"));
        CHECK_EQ(fake_seq(m), f->state->seq);
        CHECK_EQ(count(m, "\"element\":\"Z\""), 1); /* newest wins */
        CHECK(strstr(m, "\"value\":8.2"));
        CHECK(!strstr(m, "PP-01"));
        free(m);
        hub_leave(c.client);
        fake_free(f);
}

TEST(an_alert_change_is_never_merged)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;

        join(f, &c, token, false, 0);
        drain(&c);
        fake_level(f, "9.2", 0);  /* yellow */
        fake_level(f, "10.6", 1); /* orange, in the same delta */
        fake_run(f);
        hub_tick(f->hub);
        m = fake_next(&c);
        CHECK(m && count(m, "\"state\":\"open\"") >= 2);
        CHECK(strstr(m, "\"level\":\"yellow\""));
        CHECK(strstr(m, "\"level\":\"orange\""));
        free(m);
        hub_leave(c.client);
        fake_free(f);
}

TEST(an_alert_does_not_wait_for_the_tick)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;

        join(f, &c, token, false, 0);
        hub_tick(f->hub);
        drain(&c);
        f->real_us += 100000;
        fake_level(f, "8.1", 0);
        fake_run(f);
        hub_hurry(f->hub);
        CHECK(!fake_next(&c)); /* a value may wait */
        fake_level(f, "9.2", 1);
        fake_run(f);
        hub_hurry(f->hub);
        m = fake_next(&c);
        CHECK(m && strstr(m, "\"hazard\":\"flood\""));
        free(m);
        f->real_us += 10000;
        fake_level(f, "10.6", 2);
        fake_run(f);
        hub_hurry(f->hub);
        CHECK(!fake_next(&c)); /* many alerts share a message */
        f->real_us += 30000;
        hub_hurry(f->hub);
        m = fake_next(&c);
        CHECK(m && strstr(m, "\"hazard\":\"flood\""));
        free(m);
        hub_leave(c.client);
        fake_free(f);
}

TEST(silence_of_the_journal_still_gives_a_heartbeat_each_second)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;
        int n = 0;

        join(f, &c, token, false, 0);
        drain(&c);
        for (int i = 0; i < 20; i++) { /* five seconds, no record */
                f->real_us += 250 * 1000;
                hub_tick(f->hub);
                while ((m = fake_next(&c)) != NULL) {
                        CHECK(strstr(m, "\"system\":{"));
                        free(m);
                        n++;
                }
        }
        CHECK(n >= 4 && n <= 6);
        hub_leave(c.client);
        fake_free(f);
}

/* Two clients: one stays, one comes and goes.  What the second saw, one
 * piece after the other, is what the first saw. */
TEST(who_comes_back_gets_what_was_missed_once)
{
        struct fake *f = fake_create();
        struct fake_client stays, comes;
        char token[65] = "", *m;
        uint64_t since = 0, seen[64], expect[64];
        uint32_t n_seen = 0, n_expect = 0;

        join(f, &stays, token, false, 0);
        drain(&stays);
        join(f, &comes, token, false, 0);
        m = fake_next(&comes);
        since = fake_seq(m);
        free(m);
        hub_leave(comes.client);
        for (int i = 0; i < 30; i++) {
                fake_level(f, i % 2 ? "8.1" : "8.3", 0);
                fake_pass(f, SECOND_US);
                while ((m = fake_next(&stays)) != NULL) {
                        expect[n_expect++] = fake_seq(m);
                        free(m);
                }
                if (i % 7 && i != 29)
                        continue;
                join(f, &comes, token, true, since);
                while ((m = fake_next(&comes)) != NULL) {
                        CHECK(strstr(m, "\"type\":\"delta\""));
                        CHECK(fake_seq(m) > since);
                        since = seen[n_seen++] = fake_seq(m);
                        free(m);
                }
                hub_leave(comes.client);
        }
        CHECK(n_seen > 20);
        CHECK_EQ(n_seen, n_expect);
        CHECK(!memcmp(seen, expect, n_seen * sizeof(seen[0])));
        hub_leave(stays.client);
        fake_free(f);
}

TEST(a_since_that_is_unknown_gets_a_snapshot)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;
        uint64_t bad[3];

        fake_session(f, "viewer", false, token);
        for (int i = 0; i < 5; i++)
                fake_pass(f, SECOND_US);
        bad[0] = 1;                   /* too old */
        bad[1] = f->state->seq + 100; /* beyond the head */
        bad[2] = UINT64_MAX;
        for (int i = 0; i < 3; i++) {
                join(f, &c, token, true, bad[i]);
                m = fake_next(&c);
                CHECK(m && strstr(m, "\"type\":\"snapshot\""));
                free(m);
                hub_leave(c.client);
        }
        /* In the middle of a delta: more would come twice. */
        fake_level(f, "8.1", 0);
        fake_level(f, "8.2", 0);
        fake_run(f);
        hub_tick(f->hub);
        join(f, &c, token, true, f->state->seq - 1);
        m = fake_next(&c);
        CHECK(m && strstr(m, "\"type\":\"snapshot\""));
        free(m);
        hub_leave(c.client);
        fake_free(f);
}

static uint64_t deltas(const struct fake *f)
{
        struct hub_stats s;

        hub_get_stats(f->hub, &s);
        return s.deltas;
}

TEST(nobody_there_makes_no_deltas)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;
        uint64_t before, since;

        join(f, &c, token, false, 0);
        drain(&c);
        hub_leave(c.client);
        before = deltas(f);
        since = f->state->seq;
        fake_level(f, "8.2", 1);
        fake_run(f);
        hub_tick(f->hub);
        CHECK_EQ(deltas(f), before + 1); /* he may come back */
        f->real_us += 61 * SECOND_US;
        fake_level(f, "8.3", 2);
        fake_run(f);
        hub_tick(f->hub);
        CHECK_EQ(deltas(f), before + 1);
        join(f, &c, token, true, since);
        m = fake_next(&c);
        CHECK(m && strstr(m, "{\"type\":\"snapshot\",\"seq\":"));
        CHECK(strstr(m, "\"value\":8.3"));
        free(m);
        fake_level(f, "8.4", 3);
        fake_run(f);
        hub_tick(f->hub);
        CHECK_EQ(deltas(f), before + 2);
        hub_leave(c.client);
        fake_free(f);
}

TEST(the_ring_is_bounded)
{
        struct fake *f = fake_create();
        struct hub_config c = hub_defaults();
        struct hub_stats s;
        struct err e;

        hub_free(f->hub);
        c.ring_bytes = 6000;
        CHECK_EQ(hub_create(&f->port, &c, &f->hub, &e), OK);
        for (int i = 0; i < 55; i++) {
                struct buf b = {0};

                f->real_us += SECOND_US;
                f->engine_us += SECOND_US;
                record_tick_pack(&b, f->engine_us, f->real_us);
                f->port.submit(f, RECORD_TICK, buf_as_text(&b), NULL);
                buf_done(&b);
                /* The routes know the old hub: only step and tick. */
                hub_tick(f->hub);
                {
                        struct routes *r = f->routes;

                        f->routes = NULL;
                        fake_run(f);
                        f->routes = r;
                }
        }
        hub_get_stats(f->hub, &s);
        CHECK(s.deltas > 40);
        CHECK(s.ring_bytes <= 6000);
        CHECK(s.ring_deltas > 2 && s.ring_deltas < 30);
        fake_free(f);
}

TEST(many_who_join_share_one_snapshot)
{
        struct fake *f = fake_create();
        struct fake_client c[50];
        struct hub_stats s;
        char token[65] = "";

        for (int i = 0; i < 50; i++) {
                join(f, &c[i], token, false, 0);
                if (i % 10 == 9)
                        fake_pass(f, 100 * 1000);
        }
        hub_get_stats(f->hub, &s);
        CHECK_EQ(s.clients, 50);
        CHECK(s.snapshots <= 2);
        for (int i = 0; i < 50; i++)
                hub_leave(c[i].client);
        fake_free(f);
}

TEST(a_client_too_far_behind_is_closed_and_others_are_not)
{
        struct fake *f = fake_create();
        struct fake_client slow, quick;
        struct hub_stats s;
        char token[65] = "";

        join(f, &slow, token, false, 0);
        join(f, &quick, token, false, 0);
        drain(&slow);
        drain(&quick);
        for (int i = 0; i < 13; i++) {
                fake_level(f, i % 2 ? "8.1" : "8.3", 0);
                fake_pass(f, SECOND_US);
                drain(&quick);
        }
        CHECK_EQ(hub_closing(slow.client), 1013);
        CHECK_EQ(hub_closing(quick.client), 0);
        CHECK(!fake_next(&slow)); /* nothing is kept for it */
        hub_get_stats(f->hub, &s);
        CHECK_EQ(s.dropped_slow, 1);
        hub_leave(slow.client);
        hub_leave(quick.client);
        fake_free(f);
}

/* As the forecasts of a whole city, all new at once. */
TEST(a_message_larger_than_the_bound_reaches_who_is_not_behind)
{
        struct fake *f = fake_create();
        struct hub_config c = hub_defaults();
        struct fake_client a;
        struct hub *old = f->hub;
        char token[65], *m;
        bool seen = false;

        fake_session(f, "viewer", false, token);
        c.queue_bytes = 100;
        CHECK_EQ(hub_create(&f->port, &c, &f->hub, NULL), OK);
        join(f, &a, token, false, 0);
        drain(&a);
        fake_level(f, "8.3", 0);
        fake_pass(f, SECOND_US);
        while ((m = fake_next(&a))) {
                seen |= strlen(m) > 100 && strstr(m, "8.3") != NULL;
                free(m);
        }
        CHECK(seen);
        CHECK_EQ(hub_closing(a.client), 0);
        hub_leave(a.client);
        hub_free(f->hub);
        f->hub = old;
        fake_free(f);
}

TEST(more_clients_than_allowed_are_refused)
{
        struct fake *f = fake_create();
        struct hub_config c = hub_defaults();
        struct fake_client a, b;
        char token[65];
        struct hub *old = f->hub, *hub;
        struct err e;

        fake_session(f, "viewer", false, token);
        c.clients_max = 1;
        CHECK_EQ(hub_create(&f->port, &c, &hub, &e), OK);
        f->hub = hub;
        CHECK_EQ(fake_join(f, &a, token, false, 0), OK);
        CHECK_EQ(fake_join(f, &b, token, false, 0), ERR_FULL);
        hub_leave(a.client);
        hub_free(hub);
        f->hub = old;
        fake_free(f);
}

TEST(a_session_that_ends_takes_its_feeds_along)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m = NULL, *last = NULL;

        join(f, &c, token, false, 0);
        drain(&c);
        f->real_us += 13 * HOUR_US; /* it has run out */
        for (int i = 0; i < 10; i++)
                hub_tick(f->hub);
        while ((m = fake_next(&c)) != NULL) {
                free(last);
                last = m;
        }
        CHECK(last && !strcmp(last, "{\"type\":\"bye\",\"why\":\"session\"}"));
        CHECK(hub_closing(c.client) != 0);
        free(last);
        hub_leave(c.client);
        fake_free(f);
}

TEST(an_alert_is_sent_again_once_it_is_archived)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;

        join(f, &c, token, false, 0);
        drain(&c);
        fake_level(f, "9.2", 0);
        fake_run(f);
        hub_tick(f->hub);
        m = fake_next(&c);
        CHECK(m && strstr(m, "\"archived\":false"));
        free(m);
        hub_on_archived(f->hub, f->state->seq - 1); /* not this one yet */
        fake_pass(f, SECOND_US);
        m = fake_next(&c);
        CHECK(m && !strstr(m, "\"archived\""));
        free(m);
        drain(&c);
        f->archived = f->state->seq;
        hub_on_archived(f->hub, f->archived);
        fake_pass(f, SECOND_US);
        m = fake_next(&c);
        CHECK(m && strstr(m, "\"archived\":true"));
        free(m);
        drain(&c);
        hub_on_archived(f->hub, f->archived); /* once is enough */
        fake_pass(f, SECOND_US);
        m = fake_next(&c);
        CHECK(m && !strstr(m, "\"archived\":true"));
        free(m);
        hub_leave(c.client);
        fake_free(f);
}

TEST(what_changed_twice_before_it_was_archived_is_told_once)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;
        const char *first;

        join(f, &c, token, false, 0);
        drain(&c);
        fake_level(f, "9.2", -10);
        fake_run(f);
        fake_level(f, "10.6", 0);
        fake_run(f);
        hub_tick(f->hub);
        drain(&c);
        f->archived = f->state->seq;
        hub_on_archived(f->hub, f->archived);
        fake_pass(f, SECOND_US);
        m = fake_next(&c);
        first = m ? strstr(m, "\"archived\":true") : NULL;
        CHECK(m && strstr(m, "\"version\":2"));
        CHECK(first && !strstr(first + 1, "\"archived\":true"));
        free(m);
        hub_leave(c.client);
        fake_free(f);
}

TEST(a_station_that_goes_stale_without_a_record_is_told)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;
        bool told = false;

        fake_level(f, "8.1", 0);
        fake_run(f);
        join(f, &c, token, false, 0);
        for (int i = 0; i < 15; i++) {
                fake_pass(f, MINUTE_US);
                while ((m = fake_next(&c)) != NULL) {
                        told |= strstr(m, "\"code\":\"ZZ-01\",\"standing\":"
                                          "\"stale\"") != NULL;
                        free(m);
                }
        }
        CHECK(told);
        hub_leave(c.client);
        fake_free(f);
}

TEST(a_new_station_comes_whole)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;

        join(f, &c, token, false, 0);
        drain(&c);
        fake_submit(f, RECORD_IMPORT,
                    "{\"what\":\"station\",\"code\":\"NEW-1\",\"name\":"
                    "\"新站\",\"name_en\":\"New\",\"kind\":\"PP\","
                    "\"lon\":110.8,\"lat\":21.6,\"town\":\"\",\"county\":"
                    "\"440981\",\"interval_s\":300,\"active\":true}");
        fake_pass(f, SECOND_US);
        m = fake_next(&c);
        CHECK(m && strstr(m, "\"code\":\"NEW-1\",\"name\":\"新站\""));
        free(m);
        hub_leave(c.client);
        fake_free(f);
}

TEST(forecasts_of_before_the_start_come_from_postgis)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "", *m;

        f->answer = "{\"forecasts\" : [{\"id\":\"x\",\"source\":\"gd-qpf\","
                    "\"model\":\"grid\",\"zone\":\"440981\",\"element\":"
                    "\"P1\",\"issued_at\":\"2023-10-20T04:00:00+08:00\","
                    "\"begin_at\":\"2023-10-20T04:00:00+08:00\",\"values\":"
                    "[[\"2023-10-20T05:00:00+08:00\",12.5]],"
                    "\"persistence\":[0]}, {\"source\":\"a}{\\\"b\"}]}";
        join(f, &c, token, false, 0);
        m = fake_next(&c);
        CHECK(m && strstr(m, "\"forecasts\":[]"));
        free(m);
        hub_leave(c.client);
        f->database_up = true;
        fake_pass(f, SECOND_US);
        CHECK_EQ(f->asked, QUERY_FORECASTS);
        join(f, &c, token, false, 0);
        m = fake_next(&c);
        CHECK(m && strstr(m, "\"source\":\"gd-qpf\""));
        CHECK_EQ(count(m, "\"issued_at\""), 1);
        free(m);
        hub_leave(c.client);
        f->asked = QUERY_count; /* once is enough */
        fake_pass(f, SECOND_US);
        CHECK_EQ(f->asked, QUERY_count);
        fake_free(f);
}

TEST(a_change_is_not_followed_by_a_heartbeat_at_once)
{
        struct fake *f = fake_create();
        struct fake_client c;
        char token[65] = "";
        int64_t (*steady)(void *self) = f->port.real_now;

        join(f, &c, token, false, 0);
        drain(&c);
        f->port.real_now = creeping_now;
        fake_level(f, "8.1", 0);
        fake_run(f);
        hub_tick(f->hub);
        free(fake_next(&c));
        CHECK(!fake_next(&c));
        f->port.real_now = steady;
        hub_leave(c.client);
        fake_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_first_message_is_a_snapshot_with_all_of_it),
                RUN(a_delta_holds_what_changed_and_merges_values),
                RUN(an_alert_change_is_never_merged),
                RUN(an_alert_does_not_wait_for_the_tick),
                RUN(silence_of_the_journal_still_gives_a_heartbeat_each_second),
                RUN(who_comes_back_gets_what_was_missed_once),
                RUN(a_since_that_is_unknown_gets_a_snapshot),
                RUN(nobody_there_makes_no_deltas),
                RUN(the_ring_is_bounded),
                RUN(many_who_join_share_one_snapshot),
                RUN(a_client_too_far_behind_is_closed_and_others_are_not),
                RUN(a_message_larger_than_the_bound_reaches_who_is_not_behind),
                RUN(more_clients_than_allowed_are_refused),
                RUN(a_session_that_ends_takes_its_feeds_along),
                RUN(an_alert_is_sent_again_once_it_is_archived),
                RUN(what_changed_twice_before_it_was_archived_is_told_once),
                RUN(a_station_that_goes_stale_without_a_record_is_told),
                RUN(a_new_station_comes_whole),
                RUN(forecasts_of_before_the_start_come_from_postgis),
                RUN(a_change_is_not_followed_by_a_heartbeat_at_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

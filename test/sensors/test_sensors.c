/* Tests of sensors/sensors.c: the state goes into a snapshot and back. */
#include "desk.h"

#include <stdlib.h>

static struct buf save(const struct sensors *s)
{
        struct buf b = {0};

        sensors_save(s, &b);
        return b;
}

static struct sensors *load(struct text bytes, enum status *ret_status)
{
        struct sensors_config c = sensors_defaults();
        struct unpack u = {bytes.p, bytes.n, false};
        struct sensors *s = NULL;
        struct err e = {0};

        if (sensors_create(&c, &s, &e) != OK)
                fail_msg("%s", e.msg);
        *ret_status = sensors_load(s, &u, &e);
        if (*ret_status == OK && u.n != 0)
                fail_msg("%zu bytes are left over", u.n);
        return s;
}

/* Something of everything. */
static void fill(struct desk *d)
{
        char time[8];
        int i;

        for (i = 0; i < 36; i++) {
                snprintf(time, sizeof time, "%02d:%02d", i / 12, i % 12 * 5);
                desk_value(d, "PN05", i % 5 ? "0" : "1.5", time);
                desk_value(d, "Z", i % 7 ? "9.05" : "null", time);
        }
        desk_obs(d, "{'station':'A1','boot':1,'seq':1,'obs':[{'element':'Z',"
                    "'value':1}]}");
        desk_obs(d, "{'station':'A1','boot':1,'seq':3,'obs':[{'element':'Z',"
                    "'value':1e9}]}");
        desk_send(d, "sanfang/v1/st/A2/up/obs",
                  "{'station':'A2','obs':[{'element':'PT','value':12.5}]}");
        desk_send(d, "sanfang/v1/120/mm/up/incident",
                  "{'incident':'C1','boot':5,'seq':1,'time':"
                  "'2023-10-20T02:00:00+08:00','state':'received','nature':"
                  "'跌倒','lon':110.9,'lat':21.7}");
        desk_send(d, "sanfang/v1/120/mm/up/unit",
                  "{'unit':'V1','time':'2023-10-20T02:00:00+08:00','state':"
                  "'en_route','lon':110.9,'lat':21.7,'incident':'C1'}");
        desk_send(d, "nowhere", "\xE4\xB8");
        desk_send(d, "sanfang/v1/st/NEW/up/obs",
                  "{'station':'NEW','obs':[{'element':'Z','value':1}]}");
        sensors_tick_gaps(d->s, &d->p, d->now_us + 20 * SECOND_US, 77, &d->fx);
        sensors_tick(d->s, d->now_us, &d->fx);
}

TEST(a_snapshot_is_the_same_after_loading)
{
        struct buf first, second;
        struct sensors *s;
        enum status st;
        struct desk d;

        desk_open(&d, NULL);
        fill(&d);
        first = save(d.s);
        CHECK(!first.failed);
        s = load(buf_as_text(&first), &st);
        CHECK_EQ(st, OK);
        second = save(s);
        CHECK_EQ(first.n, second.n);
        CHECK(memcmp(first.p, second.p, first.n) == 0);
        sensors_free(s);
        buf_done(&first);
        buf_done(&second);
        desk_close(&d);
}

/* What is decided after a restart is what would have been decided. */
TEST(a_loaded_board_goes_on_as_the_old_one)
{
        struct buf a, b;
        struct sensors *old;
        enum status st;
        struct desk d;
        int round;
        struct buf out[2];

        desk_open(&d, NULL);
        fill(&d);
        a = save(d.s);
        old = d.s;
        for (round = 0; round < 2; round++) {
                if (round == 1)
                        d.s = load(buf_as_text(&a), &st);
                d.seq = 500;
                d.now_us = at("2023-10-20T03:01:00+08:00");
                desk_value(&d, "PN05", "0", "02:00");
                CHECK_EQ(desk_marks(&d), MARK_LATE | MARK_DUPLICATE);
                desk_value(&d, "P1", "99", "03:00");
                CHECK_EQ(d.fx.n_rain, 1);
                desk_obs(&d, "{'station':'A1','boot':1,'seq':1,'obs':[{"
                             "'element':'Z','value':1}]}");
                CHECK_EQ(d.fx.n_observation, 0);
                desk_send(&d, "sanfang/v1/st/A2/up/obs",
                          "{'station':'A2','obs':[{'element':'PT','value':"
                          "12.7}]}");
                CHECK_EQ(d.fx.n_rain, 1);
                desk_send(&d, "sanfang/v1/120/mm/up/incident",
                          "{'incident':'C1','time':"
                          "'2023-10-20T01:00:00+08:00','state':'received'}");
                CHECK(d.fx.dispatch_event[0].out_of_order);
                desk_send(&d, "nowhere", "\xE4\xB8");
                out[round] = save(d.s);
        }
        CHECK_EQ(out[0].n, out[1].n);
        b = out[1];
        CHECK(memcmp(out[0].p, b.p, b.n) == 0);
        sensors_free(old);
        buf_done(&a);
        buf_done(&out[0]);
        buf_done(&out[1]);
        desk_close(&d);
}

TEST(a_damaged_snapshot_is_refused_and_never_crashes)
{
        struct sensors *s;
        enum status st;
        struct buf whole;
        struct desk d;
        size_t i, refused = 0;
        char *copy;

        desk_open(&d, NULL);
        fill(&d);
        whole = save(d.s);
        for (i = 0; i < whole.n; i += 61) {
                s = load((struct text){whole.p, i}, &st);
                CHECK_EQ(st, ERR_CORRUPT);
                sensors_free(s);
        }
        for (i = 0; i < whole.n; i += 17) {
                struct unpack u;
                struct sensors_config c = sensors_defaults();

                copy = malloc(whole.n);
                memcpy(copy, whole.p, whole.n);
                copy[i] ^= (char)0xFF;
                u = (struct unpack){copy, whole.n, false};
                CHECK_EQ(sensors_create(&c, &s, &d.e), OK);
                refused += sensors_load(s, &u, &d.e) != OK;
                sensors_free(s);
                free(copy);
        }
        CHECK(refused > 0);
        buf_done(&whole);
        desk_close(&d);
}

TEST(an_empty_board_can_be_asked)
{
        struct sequence_range r;
        struct last_message m[LAST_MESSAGES];
        struct newest n;
        uint64_t boot;
        int64_t covered;
        uint32_t k;
        struct desk d;

        desk_open(&d, NULL);
        CHECK(!sensors_newest(d.s, 7, ELEMENT_Z, &n));
        CHECK_EQ(sensors_last_seen(d.s, 7), TIME_NONE);
        CHECK_EQ(sensors_rain_sum(d.s, 7, d.now_us, HOUR_US, &covered), 0);
        CHECK_EQ(covered, 0);
        CHECK_EQ(sensors_last_messages(d.s, 7, m), 0);
        CHECK_EQ(sensors_sequences(d.s, "A1", false, &boot, &r, 1), 0);
        sensors_quarantine(d.s, &k);
        CHECK_EQ(k, 0);
        sensors_incidents(d.s, &k);
        CHECK_EQ(k, 0);
        desk_close(&d);
        sensors_free(NULL);
}

/* The oldest contents go, and a repeat of one that is kept is found. */
TEST(the_quarantine_is_bounded)
{
        struct sensors_config c = sensors_defaults();
        const struct quarantined *q;
        char body[32];
        struct desk d;
        uint32_t n;
        int i;

        c.quarantine_max = 10;
        desk_open(&d, &c);
        for (i = 0; i < 95; i++) {
                snprintf(body, sizeof body, "bad %d", i);
                desk_obs(&d, body);
                desk_obs(&d, body);
        }
        q = sensors_quarantine(d.s, &n);
        CHECK_EQ(n, 10);
        CHECK_EQ(q[9].count, 2);
        CHECK(memcmp(q[9].head, "bad 94", 6) == 0);
        CHECK(memcmp(q[0].head, "bad 85", 6) == 0);
        CHECK_EQ(sensors_counts(d.s)->quarantine_dropped, 85);
        desk_obs(&d, "bad 85");
        q = sensors_quarantine(d.s, &n);
        CHECK_EQ(n, 10);
        CHECK_EQ(q[0].count, 3);
        desk_close(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_snapshot_is_the_same_after_loading),
                RUN(a_loaded_board_goes_on_as_the_old_one),
                RUN(a_damaged_snapshot_is_refused_and_never_crashes),
                RUN(an_empty_board_can_be_asked),
                RUN(the_quarantine_is_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

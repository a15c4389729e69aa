/* Tests of sensors/applicant.c and admit.c: unknown stations wait with what
 * they sent. */
#include "desk.h"
#include "sensors/applicant.h"

#define NEW "sanfang/v1/st/NEW/up/obs"

static void say(struct desk *d, int minute, const char *value)
{
        char json[200];

        snprintf(json, sizeof json,
                 "{'station':'NEW','boot':4,'seq':%d,'obs':[{'time':"
                 "'2023-10-20T02:%02d:00+08:00','element':'Z','value':%s}]}",
                 minute + 1, minute, value);
        desk_send(d, NEW, json);
}

static const struct applicant_note *first(const struct desk *d)
{
        assert_true(sensors_n_applicants(d->s) >= 1);
        return sensors_applicant(d->s, 0);
}

TEST(an_unknown_station_waits_and_its_message_counts_as_kept)
{
        struct waiting_message m;
        struct desk d;

        desk_open(&d, NULL);
        say(&d, 0, "5.0");
        CHECK_EQ(desk_refused(&d), ERR_UNKNOWN_STATION);
        CHECK_EQ(d.fx.n_applicant, 1);
        CHECK_EQ(d.fx.n_kept, 1);
        CHECK_EQ(d.fx.kept[0].reason, ERR_UNKNOWN_STATION);
        CHECK_STR(first(&d)->name, "NEW");
        CHECK_EQ(first(&d)->state, APPLICANT_WAITS);
        CHECK_EQ(first(&d)->waiting, 1);
        CHECK(sensors_waiting(d.s, 0, 0, &m));
        CHECK_EQ(m.seq, d.seq);
        CHECK(text_is(m.topic, NEW));
        say(&d, 0, "5.0"); /* the same again is not kept twice */
        CHECK_EQ(first(&d)->waiting, 1);
        CHECK_EQ(first(&d)->count, 2);
        desk_close(&d);
}

TEST(what_is_no_message_does_not_wait)
{
        struct desk d;

        desk_open(&d, NULL);
        desk_send(&d, NEW, "{'station':'NEW'");
        CHECK_EQ(desk_refused(&d), ERR_SYNTAX);
        desk_send(&d, "sanfang/v1/st/NEW", "{}");
        desk_send(&d, "sanfang/v1/fc/x/up/series", "{}");
        CHECK_EQ(sensors_n_applicants(d.s), 0);
        desk_close(&d);
}

TEST(an_sl651_frame_of_an_unknown_station_waits_too)
{
        struct desk d;

        desk_open(&d, NULL);
        desk_take(&d, "sanfang/v1/st/0099887766/up/sl651",
                  (struct text){"\x7e\x7e\x01", 3});
        CHECK_EQ(sensors_n_applicants(d.s), 1);
        CHECK_STR(first(&d)->name, "0099887766");
        desk_close(&d);
}

TEST(admitted_it_is_taken_with_its_numbers_and_times)
{
        struct newest n;
        uint32_t taken = 0;
        int64_t came;
        struct desk d;
        int i;

        desk_open(&d, NULL);
        for (i = 0; i < 20; i++) /* more than a sender's refusals */
                say(&d, i, "5.5");
        came = d.now_us;
        d.now_us += 3 * HOUR_US;
        desk_station(&d, "NEW", "");
        effects_clear(&d.fx);
        CHECK_EQ(sensors_admit(d.s, &d.p, "NEW", &d.fx, &taken, &d.e), OK);
        CHECK_EQ(taken, 20);
        CHECK_EQ(d.fx.n_observation, 20);
        for (i = 0; i < 20; i++) {
                CHECK_EQ(d.fx.observation[i].seq, (uint64_t)i + 1);
                CHECK_EQ(d.fx.observation[i].received_us, came);
                CHECK_EQ(d.fx.observation[i].marks, 0);
        }
        CHECK_EQ(d.fx.n_applicant, 1);
        CHECK_EQ(d.fx.applicant[0].state, APPLICANT_ADMITTED);
        CHECK_EQ(sensors_n_applicants(d.s), 0);
        CHECK(sensors_newest(d.s, 3, ELEMENT_Z, &n));
        CHECK_EQ(n.seq, 20);
        say(&d, 19, "5.5"); /* sent again: known */
        CHECK_EQ(d.fx.n_observation, 0);
        CHECK_EQ(sensors_admit(d.s, &d.p, "NEW", &d.fx, &taken, &d.e),
                 ERR_UNKNOWN);
        desk_close(&d);
}

TEST(dismissed_it_is_only_counted)
{
        struct desk d;

        desk_open(&d, NULL);
        say(&d, 0, "5.0");
        CHECK_EQ(sensors_dismiss(d.s, "NEW", &d.fx, &d.e), OK);
        CHECK_EQ(first(&d)->state, APPLICANT_DISMISSED);
        say(&d, 1, "5.0");
        CHECK_EQ(first(&d)->waiting, 0);
        CHECK_EQ(first(&d)->count, 2);
        CHECK_EQ(sensors_dismiss(d.s, "nobody", &d.fx, &d.e), ERR_UNKNOWN);
        desk_close(&d);
}

/* ---- the bounds ---- */

static const struct applicant *put(struct applicants *a, const char *name,
                                   uint64_t seq, struct text body,
                                   uint64_t *dropped)
{
        struct record r = {seq, RECORD_MQTT, 7, body};
        const struct applicant *x = NULL;
        struct err e = {0};

        assert_int_equal(applicants_put(a, name, &r, 7, &x, dropped, &e), OK);
        return x;
}

TEST(the_newest_messages_of_a_name_stay)
{
        struct applicants a = {0};
        const struct applicant *x = NULL;
        uint64_t dropped = 0, i;

        for (i = 1; i <= APPLICANT_MESSAGES + 6; i++) {
                char body[8];

                snprintf(body, sizeof body, "%03u", (unsigned)i);
                x = put(&a, "N", i, text_of(body), &dropped);
        }
        CHECK_EQ(x->note.waiting, APPLICANT_MESSAGES);
        CHECK_EQ(x->at[0].seq, 7);
        CHECK_EQ(dropped, 6);
        CHECK_EQ(x->note.dropped, 6);
        CHECK_EQ(a.bytes, 3 * APPLICANT_MESSAGES);
        applicants_done(&a);
}

TEST(names_and_bytes_are_bounded_and_a_dismissed_name_makes_room)
{
        static char big[APPLICANT_MESSAGE_BYTES + 1];
        struct applicants a = {0};
        uint64_t dropped = 0, i;
        char name[8];

        for (i = 0; i < APPLICANTS_MAX; i++) {
                snprintf(name, sizeof name, "N%u", (unsigned)i);
                CHECK(put(&a, name, i, TEXT("x"), &dropped));
        }
        CHECK(!put(&a, "more", i, TEXT("x"), &dropped));
        CHECK(applicants_dismiss(&a, TEXT("N5")));
        CHECK(put(&a, "more", i, TEXT("x"), &dropped));
        CHECK(!applicants_find(&a, TEXT("N5")));
        CHECK_EQ(a.n, APPLICANTS_MAX);
        put(&a, "more", i, (struct text){big, sizeof big}, &dropped);
        CHECK_EQ(dropped, 1); /* larger than one message may be */
        for (i = 0; i < 2000; i++) {
                snprintf(name, sizeof name, "N%u", 10 + (unsigned)i % 200);
                memcpy(big, &i, sizeof i);
                put(&a, name, i, (struct text){big, APPLICANT_MESSAGE_BYTES},
                    &dropped);
                CHECK(a.bytes <= APPLICANTS_BYTES);
        }
        CHECK(a.bytes > APPLICANTS_BYTES - 2 * APPLICANT_MESSAGE_BYTES);
        CHECK(dropped > 1);
        applicants_done(&a);
}

TEST(a_snapshot_keeps_who_waits)
{
        struct applicants a = {0}, c = {0};
        struct buf one = {0}, two = {0};
        uint64_t dropped = 0;
        struct unpack u;
        struct err e = {0};
        size_t i;

        put(&a, "A", 5, TEXT("hello"), &dropped);
        put(&a, "A", 6, TEXT("world"), &dropped);
        put(&a, "B", 7, TEXT("b"), &dropped);
        applicants_dismiss(&a, TEXT("B"));
        applicants_save(&a, &one);
        u = (struct unpack){one.p, one.n, false};
        CHECK_EQ(applicants_load(&c, &u, &e), OK);
        CHECK(!u.failed && u.n == 0);
        applicants_save(&c, &two);
        CHECK_EQ(one.n, two.n);
        CHECK(memcmp(one.p, two.p, one.n) == 0);
        CHECK_EQ(c.bytes, a.bytes);
        for (i = 0; i < one.n; i++) {
                struct applicants k = {0};

                u = (struct unpack){one.p, i, false};
                CHECK_EQ(applicants_load(&k, &u, &e), OK);
                CHECK(u.failed);
                applicants_done(&k);
        }
        applicants_done(&a);
        applicants_done(&c);
        buf_done(&one);
        buf_done(&two);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(an_unknown_station_waits_and_its_message_counts_as_kept),
                RUN(what_is_no_message_does_not_wait),
                RUN(an_sl651_frame_of_an_unknown_station_waits_too),
                RUN(admitted_it_is_taken_with_its_numbers_and_times),
                RUN(dismissed_it_is_only_counted),
                RUN(the_newest_messages_of_a_name_stay),
                RUN(names_and_bytes_are_bounded_and_a_dismissed_name_makes_room),
                RUN(a_snapshot_keeps_who_waits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

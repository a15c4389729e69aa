/* test/server/test_route_book.c -- what the station book tells of a
 * terminal. */
#include "check.h"

#include "fake.h"
#include "schemas/time.h"
#include "sensors/sl651.h"

static void add_terminal(struct fake *f)
{
        fake_submit(f, RECORD_IMPORT,
                    "{\"what\":\"station\",\"code\":\"SL-01\",\"name\":"
                    "\"终端\",\"name_en\":\"Terminal\",\"kind\":\"ZZ\","
                    "\"lon\":110.7,\"lat\":21.5,\"county\":\"440981\","
                    "\"interval_s\":300,\"sl651\":\"0012345678\"}");
}

/* A timed report in ASCII (no NUL in it), sent `minute` after the start. */
static void report(struct fake *f, uint16_t serial, int minute)
{
        static struct sl651_frame frame;
        int64_t time_us = FAKE_START_US + minute * MINUTE_US;
        struct buf b = {0};
        struct err e = {0};

        sl651_frame_init(&frame, 0x32, "0012345678", time_us);
        frame.head.ascii = true;
        frame.serial = serial;
        frame.station_class[0] = 'H';
        if (!sl651_frame_add(&frame, ELEMENT_Z, false, 3210, time_us) ||
            sl651_encode(&frame, NULL, &b, &e) != OK)
                fail_msg("%s", e.msg);
        buf_char(&b, '\0');
        fake_mqtt(f, "sanfang/v1/st/SL-01/up/sl651", b.p);
        fake_run(f);
        buf_done(&b);
}

static void ask(struct fake *f, const char *path, const char *const *pieces)
{
        struct http_exchange *x;
        char token[65];

        fake_session(f, "viewer", false, token);
        x = fake_ask(f, HTTP_GET, path, token, NULL);
        for (; *pieces; pieces++)
                if (!fake_has(x, *pieces))
                        fail_msg("no %s in %.*s", *pieces, (int)x->body.n,
                                 x->body.p);
        http_unref(x);
}

TEST(a_terminal_shows_how_often_it_departs_from_the_standard)
{
        struct fake *f = fake_create();

        add_terminal(f);
        fake_run(f);
        ask(f, "/api/v1/stations/SL-01/book",
            (const char *const[]){"\"frames\":0,\"deviations\":0,", NULL});
        report(f, 1, 0);
        fake_pass(f, 5 * MINUTE_US);
        report(f, 7, 5); /* the serial jumps */
        ask(f, "/api/v1/stations/SL-01/book",
            (const char *const[]){"\"frames\":2,\"deviations\":1,",
                                  "\"deviation_kinds\":1", NULL});
        ask(f, "/api/v1/stations/SL-01/conformance",
            (const char *const[]){"\"total\":1,", "serial_jump", NULL});
        CHECK(true);
        fake_free(f);
}

TEST(a_station_without_a_terminal_has_no_count)
{
        struct fake *f = fake_create();

        ask(f, "/api/v1/stations/ZZ-01/book",
            (const char *const[]){"\"frames\":null,\"deviations\":null,"
                                  "\"deviation_kinds\":null",
                                  NULL});
        CHECK(true);
        fake_free(f);
}

TEST(the_book_is_ordered_by_departures)
{
        struct fake *f = fake_create();

        add_terminal(f);
        fake_run(f);
        report(f, 1, 0);
        report(f, 7, 5);
        ask(f, "/api/v1/book?sort=deviations",
            (const char *const[]){"\"sort\":\"deviations\"",
                                  "\"book\":[{\"station\":\"SL-01\"", NULL});
        CHECK(true);
        fake_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_terminal_shows_how_often_it_departs_from_the_standard),
                RUN(a_station_without_a_terminal_has_no_count),
                RUN(the_book_is_ordered_by_departures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test/server/test_web.c -- real sockets against the web adapter.
 *
 * The loop runs here; a client thread speaks bytes to it. */
#include "check.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake.h"
#include "schemas/time.h"
#include "schemas/wire/json.h"
#include "server/adapter/lws.h"

struct site {
        struct fake *fake;
        uv_loop_t loop;
        struct web *web;
        uv_timer_t tick;
        int port;
};

static void on_tick(uv_timer_t *t)
{
        struct site *s = t->data;

        fake_pass(s->fake, 250 * 1000);
}

static struct site *site_create(void)
{
        struct site *s = calloc(1, sizeof(*s));
        struct web_config c = {.address = "127.0.0.1"};
        struct err e = {0};

        s->fake = fake_create();
        uv_loop_init(&s->loop);
        if (web_create(&c, &s->loop, s->fake->routes, s->fake->hub, &s->web,
                       &e) != OK) {
                print_error("%s\n", e.msg);
                abort();
        }
        s->port = web_port(s->web);
        uv_timer_init(&s->loop, &s->tick);
        s->tick.data = s;
        uv_timer_start(&s->tick, on_tick, 20, 20);
        return s;
}

static void site_free(struct site *s)
{
        hub_stop(s->fake->hub);
        web_close(s->web);
        uv_close((uv_handle_t *)&s->tick, NULL);
        uv_run(&s->loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&s->loop), 0);
        fake_free(s->fake);
        free(s);
}

/* ---- a client that sends bytes and reads until the end or enough ---- */

struct talk {
        int port;
        const char *send;
        size_t n_send;     /* 0: all of the text */
        const char *until; /* stop when this was read; NULL: until the end */
        int pause_ms;      /* after sending, before reading */
        size_t stop_at;    /* bytes to read at most, 0: all */
        char *got;
        size_t n;
        volatile bool done;
};

static int dial(int port)
{
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct timeval limit = {5, 0};
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
                close(fd);
                return -1;
        }
        return fd;
}

static void *talk_main(void *self)
{
        struct talk *t = self;
        size_t n = t->n_send ? t->n_send : strlen(t->send), sent = 0;
        int fd = dial(t->port);

        t->got = calloc(1, (4u << 20) + 1);
        while (fd >= 0 && sent < n) {
                ssize_t k = send(fd, t->send + sent, n - sent, MSG_NOSIGNAL);

                if (k <= 0)
                        break;
                sent += (size_t)k;
        }
        usleep((useconds_t)t->pause_ms * 1000);
        while (fd >= 0 && t->n < (4u << 20)) {
                ssize_t k = recv(fd, t->got + t->n, (4u << 20) - t->n, 0);

                if (k <= 0)
                        break;
                t->n += (size_t)k;
                if (t->until &&
                    memmem(t->got, t->n, t->until, strlen(t->until)))
                        break;
        }
        if (fd >= 0)
                close(fd);
        __atomic_store_n(&t->done, true, __ATOMIC_RELEASE);
        return NULL;
}

static void talk(struct site *s, struct talk *t)
{
        pthread_t thread;

        t->port = s->port;
        pthread_create(&thread, NULL, talk_main, t);
        /* Not RUN_ONCE: the thread may be done with nothing left to wait
         * for on the loop. */
        while (!__atomic_load_n(&t->done, __ATOMIC_ACQUIRE)) {
                uv_run(&s->loop, UV_RUN_NOWAIT);
                usleep(200);
        }
        pthread_join(thread, NULL);
}

/* One exchange over its own connection; the caller frees. */
static char *say(struct site *s, const char *text, const char *until)
{
        struct talk t = {.send = text, .until = until};

        talk(s, &t);
        return t.got;
}

static bool has(const char *text, const char *piece)
{
        return strstr(text, piece) != NULL;
}

#define END "Connection: close\r\n\r\n"

TEST(a_plain_answer_is_whole_and_guarded)
{
        struct site *s = site_create();
        char *a = say(s, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
                      "{\"ok\":true}");

        CHECK(has(a, "HTTP/1.1 200"));
        CHECK(has(a, "content-length: 11"));
        CHECK(has(a, "content-security-policy: default-src 'self'"));
        CHECK(has(a, "frame-ancestors 'none'"));
        CHECK(has(a, "x-content-type-options: nosniff"));
        CHECK(has(a, "cache-control: no-store"));
        free(a);
        site_free(s);
}

TEST(a_connection_is_used_again)
{
        struct site *s = site_create();
        char *a = say(s,
                      "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                      "GET /api/v1/clock HTTP/1.1\r\nHost: x\r\n\r\n"
                      "HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                      "GET /api/v1/none HTTP/1.1\r\nHost: x\r\n\r\n",
                      "\"code\":\"unknown\"}");

        CHECK(has(a, "{\"ok\":true}"));
        CHECK(has(a, "\"paused\":false}"));
        CHECK(has(a, "application/problem+json"));
        free(a);
        site_free(s);
}

TEST(signing_in_over_the_wire)
{
        struct site *s = site_create();
        char *a = say(s,
                      "POST /api/v1/session HTTP/1.1\r\nHost: x\r\n"
                      "Content-Type: application/json\r\n"
                      "Content-Length: 31\r\n\r\n"
                      "{\"user\":\"duty\",\"password\":\"pw\"}",
                      "\"expires_at\"");

        CHECK(has(a, "HTTP/1.1 200"));
        CHECK(has(a, "set-cookie: sanfang_session=") ||
              has(a, "Set-Cookie: sanfang_session="));
        free(a);
        site_free(s);
}

TEST(unclear_and_oversized_messages_are_turned_away)
{
        struct site *s = site_create();
        char *a = say(s,
                      "POST /api/v1/session HTTP/1.1\r\nHost: x\r\n"
                      "Content-Type: application/json\r\n"
                      "Content-Length: 99999999\r\n\r\n{",
                      NULL);
        char *big = calloc(1, 20000);

        CHECK(has(a, "HTTP/1.1 413"));
        free(a);
        a = say(s,
                "POST /api/v1/session HTTP/1.1\r\nHost: x\r\n"
                "Content-Type: application/json\r\n"
                "Transfer-Encoding: chunked\r\n"
                "Content-Length: 3\r\n\r\n0\r\n\r\n",
                NULL);
        CHECK(has(a, "HTTP/1.1 411"));
        free(a);
        strcpy(big, "GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: ");
        memset(big + strlen(big), 'c', 12000);
        strcat(big, "\r\n\r\n");
        a = say(s, big, NULL);
        CHECK(!has(a, "HTTP/1.1 200"));
        free(a);
        free(big);
        a = say(s, "GET /healthz HTTP/1.1\r\nHost: x\r\n" END, NULL);
        CHECK(has(a, "{\"ok\":true}")); /* and it still stands */
        free(a);
        site_free(s);
}

TEST(no_path_leads_out)
{
        struct site *s = site_create();
        static const char *const bad[] = {
                "/app/../../../../etc/passwd",
                "/app/..%2f..%2fetc/passwd",
                "/app/%2e%2e/%2e%2e/etc/passwd",
                "/app/%00.js",
                "//etc/passwd",
        };

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                char text[256], *a;

                snprintf(text, sizeof(text),
                         "GET %s HTTP/1.1\r\nHost: x\r\n" END, bad[i]);
                a = say(s, text, NULL);
                CHECK(!has(a, "HTTP/1.1 200"));
                CHECK(!has(a, "root:"));
                free(a);
        }
        site_free(s);
}

TEST(h2c_is_not_spoken)
{
        struct site *s = site_create();
        char *a = say(s,
                      "GET /healthz HTTP/1.1\r\nHost: x\r\n"
                      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                      "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
                      NULL);

        CHECK(!has(a, "101"));
        free(a);
        site_free(s);
}

/* ---- the feed ---- */

#define UPGRADE                                         \
        "Connection: Upgrade\r\nUpgrade: websocket\r\n" \
        "Sec-WebSocket-Version: 13\r\n"                 \
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void feed_request(char *text, size_t cap, const char *token,
                         const char *query, const char *more)
{
        snprintf(text, cap,
                 "GET /api/v1/feed%s HTTP/1.1\r\nHost: x\r\n"
                 "Cookie: sanfang_session=%s\r\n%s",
                 query, token, more);
}

TEST(a_websocket_gets_the_snapshot_and_then_deltas)
{
        struct site *s = site_create();
        char token[65], text[512], *a, *first;

        fake_session(s->fake, "viewer", false, token);
        feed_request(text, sizeof(text), token, "", UPGRADE);
        a = say(s, text, "\"type\":\"delta\"");
        CHECK(has(a, "HTTP/1.1 101"));
        first = memmem(a, 4u << 20, "\"type\":\"snapshot\"", 17);
        CHECK(first != NULL);
        free(a);
        site_free(s);
}

#define MANY 600

static void import_many(struct site *s)
{
        char body[640];
        int i;

        for (i = 0; i < MANY; i++) {
                snprintf(body, sizeof body,
                         "{\"what\":\"station\",\"code\":\"M-%03d\",\"name\":"
                         "\"多站\",\"name_en\":\"Many\",\"kind\":\"PP\","
                         "\"lon\":110.8,\"lat\":21.6,\"town\":\"\","
                         "\"county\":\"440981\",\"river\":\"\","
                         "\"river_en\":\"\",\"datum\":\"\",\"WRZ\":null,"
                         "\"GRZ\":null,\"OBHTZ\":null,\"near\":0.3,"
                         "\"FSLTDZ\":[],\"interval_s\":300,\"wind\":\"mean\","
                         "\"sl651\":\"\",\"levels_synthetic\":false,"
                         "\"active\":true}",
                         i);
                fake_submit(s->fake, RECORD_IMPORT, body);
        }
}

/* The first message of the WebSocket frames at p, of any number of
 * fragments, put together in place; 0: it is not whole or badly framed. */
static size_t first_message(unsigned char *p, size_t n)
{
        size_t at = 0, got = 0, size, head;
        bool last = false, first = true;

        for (; !last; first = false) {
                if (n - at < 10 || (p[at] & 0x7f) != (first ? 1 : 0))
                        return 0;
                last = p[at] & 0x80;
                size = p[at + 1];
                head = size < 126 ? 2 : size == 126 ? 4 : 10;
                if (head > 2)
                        size = 0;
                for (size_t k = 2; k < head; k++)
                        size = size << 8 | p[at + k];
                if (size > n - at - head)
                        return 0;
                memmove(p + got, p + at + head, size);
                got += size;
                at += head + size;
        }
        return got;
}

static void check_snapshot(const char *json, size_t n)
{
        struct json *j = NULL;
        struct err e = {0};

        assert_true(n > 3 * 65536);
        assert_int_equal(json_parse((struct text){json, n}, 4u << 20, &j, &e),
                         OK);
        assert_int_equal(json_size(json_get(j, "stations")), MANY + 2);
        json_free(j);
}

TEST(a_snapshot_of_many_pieces_is_whole)
{
        struct site *s = site_create();
        char token[65], text[512], *p, *end;
        struct talk t = {.send = text, .until = "\"type\":\"delta\""};

        import_many(s);
        fake_session(s->fake, "viewer", false, token);
        feed_request(text, sizeof(text), token, "",
                     "Accept: text/event-stream\r\n\r\n");
        talk(s, &t);
        p = strstr(t.got, "\ndata: ");
        CHECK(p != NULL);
        end = strstr(p, "\n\nid: ");
        CHECK(end != NULL);
        check_snapshot(p + 7, (size_t)(end - p) - 7);
        free(t.got);

        t = (struct talk){.send = text, .until = t.until};
        feed_request(text, sizeof(text), token, "", UPGRADE);
        talk(s, &t);
        p = strstr(t.got, "\r\n\r\n");
        CHECK(p != NULL);
        p += 4;
        check_snapshot(p, first_message((unsigned char *)p,
                                        t.n - (size_t)(p - t.got)));
        free(t.got);
        site_free(s);
}

TEST(a_websocket_needs_a_session_and_our_own_origin)
{
        struct site *s = site_create();
        char token[65], text[512], *a;

        feed_request(text, sizeof(text), "none", "", UPGRADE);
        a = say(s, text, NULL);
        CHECK(has(a, "401 Unauthorized"));
        CHECK(has(a, "\"code\":\"unauthorised\""));
        free(a);
        fake_session(s->fake, "viewer", false, token);
        feed_request(text, sizeof(text), token, "",
                     "Origin: https://evil.example\r\n" UPGRADE);
        a = say(s, text, NULL);
        CHECK(has(a, "403 Forbidden"));
        free(a);
        feed_request(text, sizeof(text), token, "",
                     "Origin: http://x\r\n" UPGRADE);
        a = say(s, text, "\"type\":\"snapshot\"");
        CHECK(has(a, "HTTP/1.1 101"));
        free(a);
        site_free(s);
}

TEST(events_are_numbered_and_go_on_where_they_ended)
{
        struct site *s = site_create();
        char token[65], text[512], more[128], *a, *id;

        fake_session(s->fake, "viewer", false, token);
        feed_request(text, sizeof(text), token, "",
                     "Accept: text/event-stream\r\n\r\n");
        a = say(s, text, "\"type\":\"delta\"");
        CHECK(has(a, "content-type: text/event-stream"));
        id = strstr(a, "\r\n\r\nid: ");
        CHECK(id != NULL);
        CHECK(has(id, "\ndata: {\"type\":\"snapshot\""));
        id = strstr(id + 8, "\n\nid: ");
        CHECK(id != NULL); /* the first delta */
        snprintf(more, sizeof(more),
                 "Last-Event-ID: %llu\r\n"
                 "Accept: text/event-stream\r\n\r\n",
                 (unsigned long long)strtoull(id + 6, NULL, 10));
        free(a);
        feed_request(text, sizeof(text), token, "?since=1", more);
        a = say(s, text, "\"type\":\"delta\"");
        CHECK(!has(a, "snapshot"));
        free(a);
        site_free(s);
}

TEST(signing_out_ends_the_feed_with_a_bye)
{
        struct site *s = site_create();
        char token[65], text[512];
        struct talk t = {.send = text};
        pthread_t thread;
        struct hub_stats h = {0};

        fake_session(s->fake, "viewer", false, token);
        feed_request(text, sizeof(text), token, "",
                     "Accept: text/event-stream\r\n\r\n");
        t.port = s->port;
        pthread_create(&thread, NULL, talk_main, &t);
        while (!h.clients) {
                uv_run(&s->loop, UV_RUN_ONCE);
                hub_get_stats(s->fake->hub, &h);
        }
        CHECK_EQ(fake_status(s->fake, HTTP_DELETE, "/api/v1/session", token,
                             NULL),
                 204);
        while (!__atomic_load_n(
                &t.done,
                __ATOMIC_ACQUIRE)) /* the server closes: recv ends by itself */
                uv_run(&s->loop, UV_RUN_ONCE);
        pthread_join(thread, NULL);
        CHECK(has(t.got, "{\"type\":\"bye\",\"why\":\"session\"}"));
        free(t.got);
        hub_get_stats(s->fake->hub, &h);
        CHECK_EQ(h.clients, 0);
        site_free(s);
}

TEST(one_that_does_not_read_is_dropped_and_others_go_on)
{
        struct site *s = site_create();
        char token[65], text[512], *a;
        struct hub_stats h = {0};
        int small = 2048, fd;

        fake_session(s->fake, "viewer", false, token);
        feed_request(text, sizeof(text), token, "",
                     "Accept: text/event-stream\r\n\r\n");
        fd = dial(s->port);
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
        CHECK(send(fd, text, strlen(text), 0) > 0);
        /* Each tick moves the fake clock a quarter of a second on. */
        for (int i = 0; i < 40000 && !h.dropped_slow; i++) {
                fake_level(s->fake, i % 2 ? "8.1" : "8.2",
                           (int)((s->fake->engine_us - FAKE_START_US) /
                                 MINUTE_US));
                fake_pass(s->fake, 250 * 1000);
                uv_run(&s->loop, UV_RUN_NOWAIT);
                hub_get_stats(s->fake->hub, &h);
        }
        CHECK_EQ(h.dropped_slow, 1);
        a = say(s, text, "\"type\":\"delta\"");
        CHECK(has(a, "snapshot"));
        free(a);
        /* Three seconds are left to it to take its close frame. */
        for (uint64_t end = uv_hrtime() + 8000000000ull;
             h.clients && uv_hrtime() < end;) {
                uv_run(&s->loop, UV_RUN_ONCE);
                hub_get_stats(s->fake->hub, &h);
        }
        CHECK_EQ(h.clients, 0);
        close(fd);
        site_free(s);
}

TEST(a_stop_says_bye_first)
{
        struct site *s = site_create();
        char token[65], text[512];
        struct talk t = {.send = text};
        pthread_t thread;
        struct hub_stats h = {0};

        fake_session(s->fake, "viewer", false, token);
        feed_request(text, sizeof(text), token, "", UPGRADE);
        t.port = s->port;
        pthread_create(&thread, NULL, talk_main, &t);
        while (!h.clients) {
                uv_run(&s->loop, UV_RUN_ONCE);
                hub_get_stats(s->fake->hub, &h);
        }
        site_free(s);
        pthread_join(thread, NULL);
        CHECK(memmem(t.got, t.n, "\"why\":\"restart\"", 15) != NULL);
        /* A close frame, code 1001. */
        CHECK(memmem(t.got, t.n, "\x88\x02\x03\xe9", 4) != NULL);
        free(t.got);
}

TEST(a_taken_port_and_an_open_address_are_refused)
{
        struct site *s = site_create();
        struct web_config c = {.address = "127.0.0.1", .port = s->port};
        struct web *w = NULL;
        struct err e = {0};

        CHECK_EQ(
                web_create(&c, &s->loop, s->fake->routes, s->fake->hub, &w, &e),
                ERR_CONFLICT);
        c.address = "0.0.0.0";
        CHECK_EQ(
                web_create(&c, &s->loop, s->fake->routes, s->fake->hub, &w, &e),
                ERR_CONFIG);
        CHECK(!w);
        site_free(s);
}

int main(int argc, char **argv)
{
        const struct CMUnitTest tests[] = {
                RUN(a_plain_answer_is_whole_and_guarded),
                RUN(a_connection_is_used_again),
                RUN(signing_in_over_the_wire),
                RUN(unclear_and_oversized_messages_are_turned_away),
                RUN(no_path_leads_out),
                RUN(h2c_is_not_spoken),
                RUN(a_websocket_gets_the_snapshot_and_then_deltas),
                RUN(a_snapshot_of_many_pieces_is_whole),
                RUN(a_websocket_needs_a_session_and_our_own_origin),
                RUN(events_are_numbered_and_go_on_where_they_ended),
                RUN(signing_out_ends_the_feed_with_a_bye),
                RUN(one_that_does_not_read_is_dropped_and_others_go_on),
                RUN(a_stop_says_bye_first),
                RUN(a_taken_port_and_an_open_address_are_refused),
        };

        if (argc > 1)
                cmocka_set_test_filter(argv[1]);
        return cmocka_run_group_tests(tests, NULL, NULL);
}

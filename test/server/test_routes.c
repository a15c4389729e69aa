/* test/server/test_routes.c -- who may do what, and when one is answered. */
#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "schemas/time.h"
#include "fake.h"

static const char *const roles[] = {"viewer", "operator", "duty", "admin"};

/* "/alerts/{id}/ack" with something in place of {id}. */
static void fill_path(const char *pattern, char *path)
{
        bool inside = false;

        for (; *pattern; pattern++) {
                if (*pattern == '{') {
                        inside = true;
                        *path++ = 'x';
                } else if (*pattern == '}') {
                        inside = false;
                } else if (!inside) {
                        *path++ = *pattern;
                }
        }
        *path = '\0';
}

static void check_row(struct fake *f, const struct route_row *row, int role)
{
        char path[128], token[65] = "";
        bool may = row->access <= ACCESS_VIEWER ||
                   (role >= 0 && (int)row->access - 1 <= role);
        int status;

        fill_path(row->path, path);
        if (role >= 0)
                fake_session(f, roles[role], false, token);
        status = fake_status(f, row->method, path, role < 0 ? NULL : token,
                             row->method == HTTP_POST ? "{}" : NULL);
        if (role < 0 && row->access != ACCESS_OPEN)
                assert_int_equal(status, 401);
        else if (!may)
                assert_int_equal(status, 403);
        else if (status == 0 || status == 401 || status == 403)
                fail_msg("%s %s as %s gave %d", http_method_name(row->method),
                         path, role < 0 ? "nobody" : roles[role], status);
}

TEST(every_route_asks_for_its_right)
{
        struct fake *f = fake_create();
        const struct route_row *rows;
        uint32_t n = routes_table(&rows);

        CHECK(n > 30);
        for (uint32_t i = 0; i < n; i++)
                for (int role = -1; role < 4; role++)
                        check_row(f, &rows[i], role);
        fake_free(f);
}

TEST(a_session_that_has_run_out_is_nobody)
{
        struct fake *f = fake_create();
        char token[65];

        fake_session(f, "duty", false, token);
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/units", token, NULL), 200);
        f->real_us += 13 * HOUR_US;
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/units", token, NULL), 401);
        fake_free(f);
}

TEST(an_hour_without_use_ends_a_session_but_not_a_wall)
{
        struct fake *f = fake_create();
        char token[65], wall[65];

        fake_session(f, "duty", false, token);
        fake_session(f, "duty", true, wall);
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/units", token, NULL), 200);
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/units", wall, NULL), 200);
        f->real_us += 61 * MINUTE_US;
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/units", token, NULL), 401);
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/units", wall, NULL), 200);
        fake_free(f);
}

TEST(a_wall_may_only_look)
{
        struct fake *f = fake_create();
        char wall[65];

        fake_session(f, "admin", true, wall);
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/alerts", wall, NULL), 200);
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/audit", wall, NULL), 403);
        CHECK_EQ(fake_status(f, HTTP_POST, "/api/v1/clock", wall,
                             "{\"rate\":1}"),
                 403);
        fake_free(f);
}

TEST(a_refused_act_is_in_the_audit)
{
        struct fake *f = fake_create();
        char token[65];
        uint64_t before;

        fake_session(f, "viewer", false, token);
        before = f->state->audit_n;
        CHECK_EQ(fake_status(f, HTTP_POST, "/api/v1/alerts/x/ack", token,
                             "{\"intent\":\"seen\"}"),
                 403);
        CHECK_EQ(f->state->audit_n, before + 1);
        fake_free(f);
}

TEST(the_doors_say_what_is_wrong)
{
        struct fake *f = fake_create();
        struct http_exchange *x;

        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/nothing", NULL, NULL), 404);
        x = fake_ask(f, HTTP_POST, "/healthz", NULL, "{}");
        CHECK_EQ(x->status, 405);
        CHECK(strstr(x->extra, "Allow: GET"));
        CHECK(fake_has(x, "\"status\":405"));
        CHECK_STR(x->content_type, "application/problem+json");
        http_unref(x);
        CHECK_EQ(fake_status(f, HTTP_POST, "/api/v1/session", NULL, "{"), 400);
        CHECK_EQ(fake_status(f, HTTP_OTHER, "/healthz", NULL, NULL), 405);
        fake_free(f);
}

static int send_with(struct fake *f, const char *type, const char *origin,
                     bool large)
{
        struct http_exchange *x = http_create();
        int status;

        x->req.method = HTTP_POST;
        strcpy(x->req.path, "/api/v1/session");
        strcpy(x->req.address, "10.0.0.9");
        strcpy(x->req.host, "sanfang.example");
        strcpy(x->req.content_type, type);
        strcpy(x->req.origin, origin);
        x->req.too_large = large;
        buf_str(&x->req.body, "{}");
        routes_serve(f->routes, x);
        status = x->status;
        http_unref(x);
        return status;
}

TEST(a_post_is_json_of_our_own_site_and_small)
{
        struct fake *f = fake_create();

        CHECK_EQ(send_with(f, "application/json", "", false), 400);
        CHECK_EQ(send_with(f, "application/json; charset=utf-8", "", false),
                 400);
        CHECK_EQ(send_with(f, "text/plain", "", false), 415);
        CHECK_EQ(send_with(f, "", "", false), 415);
        CHECK_EQ(send_with(f, "application/jsonp", "", false), 415);
        CHECK_EQ(send_with(f, "application/json", "http://sanfang.example",
                           false),
                 400);
        CHECK_EQ(
                send_with(f, "application/json", "https://evil.example", false),
                403);
        CHECK_EQ(send_with(f, "application/json",
                           "https://sanfang.example.evil.example", false),
                 403);
        CHECK_EQ(send_with(f, "application/json", "https://sanfang", false),
                 403);
        CHECK_EQ(send_with(f, "application/json", "null", false), 403);
        f->config.allowed_origins = "https://a.example https://b.example";
        CHECK_EQ(send_with(f, "application/json", "https://b.example", false),
                 400);
        CHECK_EQ(send_with(f, "application/json", "", true), 413);
        fake_free(f);
}

/* ---- signing in ---- */

static struct http_exchange *sign_in(struct fake *f, const char *user,
                                     const char *password)
{
        char body[128];
        struct http_exchange *x;

        snprintf(body, sizeof(body), "{\"user\":\"%s\",\"password\":\"%s\"}",
                 user, password);
        x = fake_ask(f, HTTP_POST, "/api/v1/session", NULL, body);
        fake_run(f);
        return x;
}

TEST(signing_in_gives_a_cookie_that_works_until_signing_out)
{
        struct fake *f = fake_create();
        struct http_exchange *x = sign_in(f, "hydro", "pw");
        char token[65] = "";
        const char *at = strstr(x->extra, "sanfang_session=");

        CHECK_EQ(x->status, 200);
        CHECK(at != NULL);
        memcpy(token, at + 16, 64);
        CHECK(strstr(x->extra, "HttpOnly; SameSite=Strict; Path=/"));
        CHECK(!strstr(x->extra, "Secure"));
        CHECK(fake_has(x, "\"role\":\"duty\""));
        CHECK(fake_has(x, "\"agency\":\"hydrology\""));
        CHECK(!fake_has(x, token)); /* only in the cookie */
        http_unref(x);
        CHECK(!state_session(f->state, (struct text){token, 64}));
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/session", token, NULL), 200);
        CHECK_EQ(fake_status(f, HTTP_DELETE, "/api/v1/session", token, NULL),
                 204);
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/session", token, NULL), 401);
        fake_free(f);
}

TEST(a_session_is_not_given_before_it_is_on_the_disk)
{
        struct fake *f = fake_create();
        struct http_exchange *x;

        f->disk_stuck = true;
        x = sign_in(f, "duty", "pw");
        CHECK_EQ(x->status, 0);
        CHECK_EQ(f->state->n_sessions, 1);
        f->disk_stuck = false;
        fake_run(f);
        CHECK_EQ(x->status, 200);
        http_unref(x);
        fake_free(f);
}

TEST(the_cookie_is_secure_behind_tls)
{
        struct fake *f = fake_create();
        struct http_exchange *x;

        f->config.secure_cookie = true;
        x = sign_in(f, "duty", "pw");
        CHECK(strstr(x->extra, "; Secure"));
        http_unref(x);
        fake_free(f);
}

TEST(wrong_and_unknown_look_alike_and_are_in_the_audit)
{
        struct fake *f = fake_create();
        uint64_t before = f->state->audit_n;
        struct http_exchange *a = sign_in(f, "duty", "wrong");
        struct http_exchange *b = sign_in(f, "nobody", "pw");

        CHECK_EQ(a->status, 401);
        CHECK_EQ(b->status, 401);
        CHECK_EQ(a->body.n, b->body.n);
        CHECK(!memcmp(a->body.p, b->body.p, a->body.n));
        CHECK_EQ(f->state->audit_n, before + 2);
        http_unref(a);
        http_unref(b);
        fake_free(f);
}

static int sign_in_from(struct fake *f, const char *user, const char *pw,
                        const char *address)
{
        struct http_exchange *x = http_create();
        int status;

        x->req.method = HTTP_POST;
        strcpy(x->req.path, "/api/v1/session");
        strcpy(x->req.address, address);
        strcpy(x->req.content_type, "application/json");
        buf_printf(&x->req.body, "{\"user\":\"%s\",\"password\":\"%s\"}", user,
                   pw);
        routes_serve(f->routes, x);
        fake_run(f);
        status = x->status;
        if (status == 429)
                assert_non_null(strstr(x->extra, "Retry-After: "));
        http_unref(x);
        return status;
}

TEST(five_failures_close_the_pair_not_the_account)
{
        struct fake *f = fake_create();

        for (int i = 0; i < 5; i++)
                CHECK_EQ(sign_in_from(f, "duty", "no", "10.9.9.9"), 401);
        CHECK_EQ(sign_in_from(f, "duty", "pw", "10.9.9.9"), 429);
        CHECK_EQ(sign_in_from(f, "duty", "pw", "10.0.0.1"), 200);
        CHECK_EQ(sign_in_from(f, "hydro", "pw", "10.9.9.9"), 200);
        f->real_us += 16 * MINUTE_US;
        CHECK_EQ(sign_in_from(f, "duty", "pw", "10.9.9.9"), 200);
        fake_free(f);
}

TEST(a_storm_of_failures_slows_all_down_but_locks_nobody_out)
{
        struct fake *f = fake_create();
        char address[24];
        struct http_exchange *x;

        for (int i = 0; i < 61; i++) {
                snprintf(address, sizeof(address), "10.1.0.%d", i);
                sign_in_from(f, "duty", "no", address);
        }
        x = sign_in(f, "duty", "pw");
        CHECK_EQ(x->status, 0); /* waits */
        fake_pass(f, 2 * SECOND_US);
        fake_run(f);
        CHECK_EQ(x->status, 200);
        http_unref(x);
        fake_free(f);
}

TEST(a_disabled_user_is_out_at_once)
{
        struct fake *f = fake_create();
        char token[65];

        fake_session(f, "viewer", false, token);
        fake_submit(f, RECORD_USER,
                    "{\"user\":\"viewer\",\"shown\":\"v\",\"hash\":\"x\","
                    "\"role\":\"viewer\",\"agency\":null,\"zone\":\"\","
                    "\"disabled\":true,\"by\":\"admin\"}");
        fake_run(f);
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/units", token, NULL), 401);
        fake_free(f);
}

TEST(a_wall_key_becomes_a_cookie)
{
        struct fake *f = fake_create();
        char token[65], url[128] = "", wall[65] = "";
        struct http_exchange *x;

        fake_session(f, "duty", false, token);
        x = fake_ask(f, HTTP_POST, "/api/v1/session/wall", token, "{}");
        fake_run(f);
        CHECK_EQ(x->status, 200);
        memcpy(url, strstr(x->body.p, "/wall?key="), 10 + 64);
        memcpy(wall, url + 10, 64);
        http_unref(x);
        x = fake_ask(f, HTTP_GET, url, NULL, NULL);
        CHECK_EQ(x->status, 303);
        CHECK(strstr(x->extra, "Location: /wall\r\n"));
        CHECK(strstr(x->extra, wall));
        http_unref(x);
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/stations", wall, NULL), 200);
        url[15] = url[15] == 'a' ? 'b' : 'a';
        CHECK_EQ(fake_status(f, HTTP_GET, url, NULL, NULL), 401);
        fake_free(f);
}

TEST(an_administrator_ends_another_session_and_its_feed)
{
        struct fake *f = fake_create();
        char admin[65], other[65], hash[65], path[128];
        struct fake_client c;
        char *m;

        fake_session(f, "admin", false, admin);
        fake_session(f, "viewer", false, other);
        CHECK_EQ(fake_join(f, &c, other, false, 0), OK);
        free(fake_next(&c));
        login_hash((struct text){other, 64}, hash);
        snprintf(path, sizeof(path), "/api/v1/sessions/%s", hash);
        CHECK_EQ(fake_status(f, HTTP_DELETE, path, admin, NULL), 204);
        m = fake_next(&c);
        CHECK(m && strstr(m, "\"type\":\"bye\",\"why\":\"session\""));
        free(m);
        CHECK(hub_closing(c.client) != 0);
        hub_leave(c.client);
        fake_free(f);
}

/* ---- commands ---- */

static void flood(struct fake *f)
{
        fake_level(f, "8.2", 0);
        fake_level(f, "9.2", 5);
        fake_run(f);
}

static void ack_path(struct fake *f, char *path)
{
        sprintf(path, "/api/v1/alerts/%s/ack", fake_alert(f));
}

TEST(an_officer_is_answered_when_it_is_on_the_disk)
{
        struct fake *f = fake_create();
        char token[65], path[128];
        struct http_exchange *x;

        flood(f);
        ack_path(f, path);
        fake_session(f, "hydro", false, token);
        f->disk_stuck = true;
        x = fake_ask(f, HTTP_POST, path, token,
                     "{\"intent\":\"acting\",\"note\":\"已派人\"}");
        fake_run(f);
        CHECK_EQ(x->status, 0); /* taken, not yet on the disk */
        f->disk_stuck = false;
        fake_run(f);
        CHECK_EQ(x->status, 200);
        CHECK(fake_has(x, "\"intent\":\"acting\""));
        CHECK(fake_has(x, "已派人"));
        http_unref(x);
        fake_free(f);
}

TEST(who_acknowledges_says_for_which_agency)
{
        struct fake *f = fake_create();
        char duty[65], hydro[65], county[65], path[128];

        flood(f);
        ack_path(f, path);
        fake_session(f, "duty", false, duty);
        fake_session(f, "hydro", false, hydro);
        fake_session(f, "county", false, county);
        CHECK_EQ(fake_status(f, HTTP_POST, path, duty, "{\"intent\":\"seen\"}"),
                 400);
        CHECK_EQ(fake_status(f, HTTP_POST, path, duty,
                             "{\"intent\":\"seen\",\"agency\":\"sanfang\"}"),
                 200);
        CHECK_EQ(fake_status(f, HTTP_POST, path, hydro,
                             "{\"intent\":\"seen\",\"agency\":\"sanfang\"}"),
                 403);
        /* Another county's officer. */
        CHECK_EQ(fake_status(f, HTTP_POST, path, county,
                             "{\"intent\":\"seen\"}"),
                 403);
        CHECK_EQ(fake_status(f, HTTP_POST, path, hydro,
                             "{\"intent\":\"maybe\"}"),
                 400);
        CHECK_EQ(fake_status(f, HTTP_POST, "/api/v1/alerts/none/ack", hydro,
                             "{\"intent\":\"seen\"}"),
                 404);
        fake_free(f);
}

TEST(a_closed_alert_takes_no_acknowledgement)
{
        struct fake *f = fake_create();
        char token[65], path[128], close[128];

        flood(f);
        ack_path(f, path);
        snprintf(close, sizeof(close), "/api/v1/alerts/%s/close",
                 fake_alert(f));
        fake_session(f, "hydro", false, token);
        CHECK_EQ(fake_status(f, HTTP_POST, close, token, "{\"why\":\"\"}"),
                 400);
        CHECK_EQ(fake_status(f, HTTP_POST, close, token, "{\"why\":\"演练\"}"),
                 200);
        CHECK_EQ(
                fake_status(f, HTTP_POST, path, token, "{\"intent\":\"seen\"}"),
                409);
        fake_free(f);
}

TEST(a_full_journal_is_said_at_once_and_a_slow_one_in_ten_seconds)
{
        struct fake *f = fake_create();
        char token[65], path[128];
        struct http_exchange *x;

        flood(f);
        ack_path(f, path);
        fake_session(f, "hydro", false, token);
        f->journal_full = true;
        CHECK_EQ(
                fake_status(f, HTTP_POST, path, token, "{\"intent\":\"seen\"}"),
                503);
        f->journal_full = false;
        f->disk_stuck = true;
        x = fake_ask(f, HTTP_POST, path, token, "{\"intent\":\"seen\"}");
        fake_pass(f, 9 * SECOND_US);
        CHECK_EQ(x->status, 0);
        fake_pass(f, 2 * SECOND_US);
        CHECK_EQ(x->status, 503);
        CHECK(fake_has(x, "\"code\":\"timeout\""));
        http_unref(x);
        fake_free(f);
}

TEST(a_group_is_one_audited_act_for_each_alert)
{
        struct fake *f = fake_create();
        char token[65], body[256];
        struct http_exchange *x;
        uint64_t before;

        flood(f);
        fake_session(f, "hydro", false, token);
        before = f->state->audit_n;
        snprintf(body, sizeof(body),
                 "{\"alerts\":[\"%s\",\"none\"],\"intent\":\"seen\"}",
                 fake_alert(f));
        x = fake_ask(f, HTTP_POST, "/api/v1/alerts/ack", token, body);
        fake_run(f);
        CHECK_EQ(x->status, 200);
        CHECK(fake_has(x, "\"status\":200"));
        CHECK(fake_has(x, "\"id\":\"none\",\"status\":404"));
        CHECK_EQ(f->state->audit_n, before + 1);
        http_unref(x);
        CHECK_EQ(fake_status(f, HTTP_POST, "/api/v1/alerts/ack", token,
                             "{\"alerts\":[],\"intent\":\"seen\"}"),
                 400);
        fake_free(f);
}

TEST(the_clock_of_a_storm_obeys_an_administrator)
{
        struct fake *f = fake_create();
        char token[65];

        fake_session(f, "admin", false, token);
        CHECK_EQ(fake_status(f, HTTP_POST, "/api/v1/clock", token,
                             "{\"rate\":60}"),
                 200);
        CHECK_EQ(f->state->rate_milli, 60000);
        CHECK_EQ(fake_status(f, HTTP_POST, "/api/v1/clock", token,
                             "{\"rate\":7}"),
                 400);
        f->config.storm_clock = false;
        CHECK_EQ(fake_status(f, HTTP_POST, "/api/v1/clock", token,
                             "{\"rate\":10}"),
                 409);
        fake_free(f);
}

/* ---- what PostGIS answers ---- */

TEST(observations_need_postgis_and_the_rest_does_not)
{
        struct fake *f = fake_create();
        char token[65], path[128];
        struct http_exchange *x;

        flood(f);
        fake_session(f, "viewer", false, token);
        CHECK_EQ(fake_status(f, HTTP_GET,
                             "/api/v1/stations/ZZ-01/observations?element=Z",
                             token, NULL),
                 503);
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/quarantine", token, NULL),
                 200);
        snprintf(path, sizeof(path), "/api/v1/alerts/%s", fake_alert(f));
        x = fake_ask(f, HTTP_GET, path, token, NULL);
        CHECK_EQ(x->status, 200);
        CHECK(fake_has(x, "\"transitions\":[],\"history\":\"unavailable\""));
        http_unref(x);
        f->database_up = true;
        f->answer = "[{\"n\":1}]";
        x = fake_ask(f, HTTP_GET, path, token, NULL);
        CHECK(fake_has(x, "\"transitions\":[{\"n\":1}]"));
        CHECK(!fake_has(x, "unavailable"));
        http_unref(x);
        fake_free(f);
}

TEST(the_span_of_observations_is_checked_and_handed_on)
{
        struct fake *f = fake_create();
        char token[65];
#define OBS "/api/v1/stations/ZZ-01/observations"

        f->database_up = true;
        fake_session(f, "viewer", false, token);
        CHECK_EQ(fake_status(f, HTTP_GET, OBS "?element=XX", token, NULL), 400);
        CHECK_EQ(fake_status(f, HTTP_GET, OBS "?element=Z&from=yesterday",
                             token, NULL),
                 400);
        CHECK_EQ(
                fake_status(f, HTTP_GET, OBS "?element=Z&limit=0", token, NULL),
                400);
        /* A plus that a browser left bare comes in as a blank. */
        CHECK_EQ(fake_status(f, HTTP_GET,
                             OBS "?element=P&from=2023-10-20T03:00:00 08:00"
                                 "&to=2023-10-20T04:00:00%2B08:00",
                             token, NULL),
                 400);
        CHECK_EQ(fake_status(f, HTTP_GET,
                             OBS "?element=P&from=2023-10-20T03:00:00 08:00"
                                 "&to=2023-10-20T04:00:00+08:00&limit=7",
                             token, NULL),
                 200);
        CHECK_EQ(f->asked, QUERY_OBSERVATIONS);
        CHECK_STR(f->params[0], "ZZ-01");
        CHECK_STR(f->params[1], "P");
        CHECK_STR(f->params[2], "2023-10-19T19:00:00Z");
        CHECK_STR(f->params[4], "7");
        fake_free(f);
}

/* ---- files ---- */

TEST(only_plain_names_below_the_console_are_files)
{
        struct fake *f = fake_create();
        static const char *const bad[] = {
                "/app/../check.h",      "/app/..",         "/app/.git",
                "/app//check.h",        "/app/a%2fb.js",   "/app/",
                "/app/x/../../check.h", "/app/a\\b.js",    "/app/x.c",
                "/app/%00.js",          "/app/nothing.js",
        };

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                CHECK_EQ(fake_status(f, HTTP_GET, bad[i], NULL, NULL), 404);
        fake_free(f);
}

static void write_file(const char *dir, const char *name, const char *text)
{
        char path[128];
        FILE *out;

        snprintf(path, sizeof(path), "%s/%s", dir, name);
        out = fopen(path, "w");
        assert_non_null(out);
        fputs(text, out);
        fclose(out);
}

static void remove_file(const char *dir, const char *name)
{
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", dir, name);
        remove(path);
}

TEST(a_file_that_is_there_is_still_not_given_by_a_crooked_name)
{
        struct fake *f = fake_create();
        char dir[] = "/tmp/sanfang-page-XXXXXX", app[64];

        CHECK(mkdtemp(dir) != NULL);
        f->config.console_dir = dir;
        snprintf(app, sizeof(app), "%s/app", dir);
        CHECK_EQ(mkdir(app, 0700), 0);
        write_file(dir, "secret.js", "x");
        write_file(dir, "app/.secret.js", "x");
        write_file(dir, "app/good.js", "x");
        CHECK_EQ(fake_status(f, HTTP_GET, "/app/good.js", NULL, NULL), 200);
        CHECK_EQ(fake_status(f, HTTP_GET, "/app/../secret.js", NULL, NULL),
                 404);
        CHECK_EQ(fake_status(f, HTTP_GET, "/app/.secret.js", NULL, NULL), 404);
        CHECK_EQ(fake_status(f, HTTP_GET, "/app//good.js", NULL, NULL), 404);
        CHECK_EQ(fake_status(f, HTTP_GET, "/app/./good.js", NULL, NULL), 404);
        remove_file(dir, "secret.js");
        remove_file(dir, "app/.secret.js");
        remove_file(dir, "app/good.js");
        remove(app);
        remove(dir);
        fake_free(f);
}

TEST(a_file_has_a_tag_and_is_sent_packed_to_who_takes_it)
{
        struct fake *f = fake_create();
        char dir[] = "/tmp/sanfang-page-XXXXXX", path[64], tag[64] = "";
        struct http_exchange *x;
        FILE *out;

        CHECK(mkdtemp(dir) != NULL);
        f->config.console_dir = dir;
        snprintf(path, sizeof(path), "%s/index.html", dir);
        out = fopen(path, "w");
        fputs("<p>plain</p>", out);
        fclose(out);
        x = fake_ask(f, HTTP_GET, "/", NULL, NULL);
        CHECK_EQ(x->status, 200);
        CHECK(fake_has(x, "plain") && !x->encoding);
        sscanf(x->extra, "ETag: %63s", tag);
        http_unref(x);
        x = http_create();
        strcpy(x->req.path, "/");
        strcpy(x->req.if_none_match, tag);
        routes_serve(f->routes, x);
        CHECK_EQ(x->status, 304);
        http_unref(x);
        strcat(path, ".gz");
        out = fopen(path, "w");
        fputs("packed", out);
        fclose(out);
        x = http_create();
        strcpy(x->req.path, "/");
        strcpy(x->req.accept_encoding, "deflate, gzip");
        routes_serve(f->routes, x);
        CHECK(fake_has(x, "packed"));
        CHECK_STR(x->encoding, "gzip");
        http_unref(x);
        remove(path);
        path[strlen(path) - 3] = '\0';
        remove(path);
        remove(dir);
        fake_free(f);
}

TEST(ready_without_database_and_broker_but_not_with_a_full_journal)
{
        struct fake *f = fake_create();
        struct http_exchange *x = fake_ask(f, HTTP_GET, "/readyz", NULL, NULL);

        CHECK_EQ(x->status, 200);
        CHECK(fake_has(x, "\"database\":{\"up\":false"));
        http_unref(x);
        f->journal_full = true;
        CHECK_EQ(fake_status(f, HTTP_GET, "/readyz", NULL, NULL), 503);
        f->journal_full = false;
        fake_free(f);
}

TEST(the_feed_wants_a_stream_and_a_since_may_come_twice)
{
        struct fake *f = fake_create();
        char token[65];
        struct http_exchange *x;

        fake_session(f, "viewer", false, token);
        CHECK_EQ(fake_status(f, HTTP_GET, "/api/v1/feed", token, NULL), 400);
        x = http_create();
        strcpy(x->req.path, "/api/v1/feed");
        snprintf(x->req.cookie, sizeof(x->req.cookie), "sanfang_session=%s",
                 token);
        strcpy(x->req.accept, "text/event-stream");
        strcpy(x->req.last_event_id, "42");
        strcpy(x->req.args[0].name, "since");
        strcpy(x->req.args[0].value, "7");
        x->req.n_args = 1;
        routes_serve(f->routes, x);
        CHECK(x->feed.granted && x->feed.has_since);
        CHECK_EQ(x->feed.since, 42);
        http_unref(x);
        fake_free(f);
}

TEST(a_websocket_from_another_site_is_refused)
{
        struct fake *f = fake_create();
        char token[65];
        struct http_exchange *x;

        fake_session(f, "viewer", false, token);
        x = http_create();
        strcpy(x->req.path, "/api/v1/feed");
        strcpy(x->req.host, "sanfang.example");
        strcpy(x->req.origin, "https://evil.example");
        snprintf(x->req.cookie, sizeof(x->req.cookie), "sanfang_session=%s",
                 token);
        x->req.websocket = true;
        routes_serve(f->routes, x);
        CHECK_EQ(x->status, 403);
        CHECK(!x->feed.granted);
        http_unref(x);
        fake_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(every_route_asks_for_its_right),
                RUN(a_session_that_has_run_out_is_nobody),
                RUN(an_hour_without_use_ends_a_session_but_not_a_wall),
                RUN(a_wall_may_only_look),
                RUN(a_refused_act_is_in_the_audit),
                RUN(the_doors_say_what_is_wrong),
                RUN(a_post_is_json_of_our_own_site_and_small),
                RUN(signing_in_gives_a_cookie_that_works_until_signing_out),
                RUN(a_session_is_not_given_before_it_is_on_the_disk),
                RUN(the_cookie_is_secure_behind_tls),
                RUN(wrong_and_unknown_look_alike_and_are_in_the_audit),
                RUN(five_failures_close_the_pair_not_the_account),
                RUN(a_storm_of_failures_slows_all_down_but_locks_nobody_out),
                RUN(a_disabled_user_is_out_at_once),
                RUN(a_wall_key_becomes_a_cookie),
                RUN(an_administrator_ends_another_session_and_its_feed),
                RUN(an_officer_is_answered_when_it_is_on_the_disk),
                RUN(who_acknowledges_says_for_which_agency),
                RUN(a_closed_alert_takes_no_acknowledgement),
                RUN(a_full_journal_is_said_at_once_and_a_slow_one_in_ten_seconds),
                RUN(a_group_is_one_audited_act_for_each_alert),
                RUN(the_clock_of_a_storm_obeys_an_administrator),
                RUN(observations_need_postgis_and_the_rest_does_not),
                RUN(the_span_of_observations_is_checked_and_handed_on),
                RUN(only_plain_names_below_the_console_are_files),
                RUN(a_file_that_is_there_is_still_not_given_by_a_crooked_name),
                RUN(a_file_has_a_tag_and_is_sent_packed_to_who_takes_it),
                RUN(ready_without_database_and_broker_but_not_with_a_full_journal),
                RUN(the_feed_wants_a_stream_and_a_since_may_come_twice),
                RUN(a_websocket_from_another_site_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

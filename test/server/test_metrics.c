/* test/server/test_metrics.c -- what Prometheus reads. */
#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "fake.h"

static struct http_exchange *scrape(struct fake *f)
{
        struct http_exchange *x = fake_ask(f, HTTP_GET, "/metrics", NULL, NULL);

        assert_int_equal(x->status, 200);
        buf_char(&x->body, '\0'); /* so that it reads as a string */
        return x;
}

/* The value of a line "name{...} value", -1 when it is not there. */
static long value_of(const struct http_exchange *x, const char *name)
{
        char want[160];
        const char *at;

        snprintf(want, sizeof(want), "\n%s ", name);
        at = strstr(x->body.p, want);
        return at ? strtol(at + strlen(want), NULL, 10) : -1;
}

TEST(each_number_has_help_and_type_before_it)
{
        struct fake *f = fake_create();
        struct http_exchange *x = scrape(f);
        char *line, *rest = x->body.p, name[96], want[128];

        while ((line = strsep(&rest, "\n")) != NULL && *line) {
                size_t n = strcspn(line, "{ ");

                if (*line == '#') {
                        sscanf(line, "# %*s %95s", name);
                        continue;
                }
                snprintf(want, sizeof(want), "%.*s", (int)n, line);
                if (strcmp(want, name) != 0)
                        fail_msg("%s stands under %s", line, name);
                CHECK(!strncmp(line, "sanfang_", 8));
        }
        http_unref(x);
        fake_free(f);
}

TEST(what_happens_is_counted)
{
        struct fake *f = fake_create();
        struct http_exchange *x;
        char token[65];

        fake_level(f, "8.5", 0);
        fake_level(f, "9.2", 1);
        fake_mqtt(f, "sanfang/v1/st/ZZ-01/up/obs", "{broken");
        fake_run(f);
        fake_session(f, "viewer", false, token);
        fake_status(f, HTTP_GET, "/api/v1/audit", token, NULL);
        x = scrape(f);
        CHECK_EQ(value_of(x, "sanfang_messages_total{outcome=\"taken\"}"), 2);
        CHECK_EQ(value_of(x, "sanfang_messages_total{outcome=\"refused\"}"), 1);
        CHECK_EQ(value_of(x, "sanfang_refused_total{reason=\"syntax\"}"), 1);
        CHECK_EQ(value_of(x, "sanfang_messages_by_kind_total{kind=\"obs\"}"),
                 3);
        CHECK_EQ(value_of(x, "sanfang_observations_total"), 2);
        CHECK_EQ(value_of(x, "sanfang_alerts_total{what=\"raised\"}"), 1);
        CHECK_EQ(value_of(x, "sanfang_alerts_total{what=\"withdrawn\"}"), 0);
        CHECK_EQ(value_of(x, "sanfang_alerts_escalated_total"), 0);
        CHECK_EQ(value_of(x, "sanfang_alerts_dropped_total"), 0);
        CHECK_EQ(value_of(x, "sanfang_alerts_open{hazard=\"flood\","
                             "level=\"yellow\"}"),
                 1);
        CHECK_EQ(value_of(x, "sanfang_link_up{link=\"broker\"}"), 1);
        CHECK_EQ(value_of(x, "sanfang_archive_up"), 0);
        CHECK_EQ(value_of(x, "sanfang_http_requests_total{code=\"403\"}"), 1);
        CHECK_EQ(value_of(x, "sanfang_denied_total"), 1);
        CHECK_EQ(value_of(x, "sanfang_stations"), 2);
        http_unref(x);
        fake_free(f);
}

/* Where promtool is installed it has the last word. */
TEST(promtool_agrees)
{
        struct fake *f = fake_create();
        struct http_exchange *x;
        FILE *out;

        if (access("/usr/bin/promtool", X_OK) != 0) {
                fake_free(f);
                CHECK(true);
                return;
        }
        x = scrape(f);
        out = popen("/usr/bin/promtool check metrics", "w");
        CHECK(out != NULL);
        fputs(x->body.p, out);
        CHECK_EQ(pclose(out), 0);
        http_unref(x);
        fake_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(each_number_has_help_and_type_before_it),
                RUN(what_happens_is_counted),
                RUN(promtool_agrees),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

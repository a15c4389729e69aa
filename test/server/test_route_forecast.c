/* test/server/test_route_forecast.c -- a forecast brought through the API
 * takes the road of one that came by MQTT. */
#include "check.h"

#include "fake.h"
#include "schemas/time.h"

#define PATH "/api/v1/forecasts"
#define BODY(source, station, issued, value)                                  \
        "{\"source\":\"" source "\",\"model\":\"xaj\",\"station\":\"" station \
        "\",\"element\":\"Z\",\"issued_at\":\"" issued                        \
        "\",\"values\":[[\"2023-10-20T16:00:00+08:00\"," value "]],"          \
        "\"quantiles\":{\"0.1\":[6.1],\"0.9\":[7]}}"
#define NOW "2023-10-20T05:00:00+08:00"

static void dyke(struct fake *f)
{
        fake_submit(f, RECORD_IMPORT,
                    "{\"what\":\"station\",\"code\":\"JHH\",\"name\":"
                    "\"减洪河\",\"kind\":\"ZZ\",\"lon\":110.7,\"lat\":21.5,"
                    "\"county\":\"440902\",\"WRZ\":5.25,\"near\":0,"
                    "\"LDKEL\":6.45,\"RDKEL\":6.29,\"interval_s\":3600}");
        fake_run(f);
}

static uint32_t audited(struct fake *f, const char *action)
{
        uint32_t n = 0;

        for (uint32_t i = 0; i < f->fx.n_audit; i++)
                n += strcmp(f->fx.audit[i].action, action) == 0;
        return n;
}

static int post(struct fake *f, const char *user, const char *body)
{
        char token[65];

        fake_session(f, user, false, token);
        return fake_status(f, HTTP_POST, PATH, token, body);
}

TEST(an_operator_brings_a_series_and_a_viewer_does_not)
{
        struct fake *f = fake_create();

        dyke(f);
        CHECK_EQ(post(f, "viewer", BODY("bureau", "JHH", NOW, "5")), 403);
        CHECK_EQ(post(f, "operator", BODY("bureau", "JHH", NOW, "5")), 201);
        CHECK_EQ(f->fx.n_forecast, 1);
        CHECK_EQ(f->fx.forecast[0].n_quantiles, 2);
        CHECK_EQ(f->fx.forecast[0].quantile[1].value_milli[0], 7000);
        CHECK_EQ(audited(f, "forecast"), 1);
        CHECK_STR(f->fx.audit[0].user, "operator");
        fake_free(f);
}

TEST(the_answer_is_the_forecast_with_its_name)
{
        struct fake *f = fake_create();
        struct http_exchange *x;
        char token[65];

        dyke(f);
        fake_session(f, "operator", false, token);
        x = fake_ask(f, HTTP_POST, PATH, token,
                     BODY("bureau", "JHH", NOW, "5"));
        fake_run(f);
        CHECK_EQ(x->status, 201);
        CHECK(fake_has(x, "\"id\":\"JHH-Z-bureau-xaj-20231019T210000Z\""));
        CHECK(fake_has(x, "\"quantiles\":{\"0.1\":[6.1],\"0.9\":[7]}"));
        http_unref(x);
        x = fake_ask(f, HTTP_GET, PATH "?subject=JHH", token, NULL);
        CHECK(fake_has(x, "\"quantiles\":{\"0.1\":[6.1],\"0.9\":[7]}"));
        http_unref(x);
        fake_free(f);
}

TEST(the_gate_of_the_messages_is_this_gate_too)
{
        struct fake *f = fake_create();

        dyke(f);
        CHECK_EQ(post(f, "operator", "{\"source\":\"bureau\"}"), 400);
        CHECK_EQ(post(f, "operator", "[1"), 400);
        CHECK_EQ(post(f, "operator", BODY("bureau", "NOBODY", NOW, "5")), 404);
        CHECK_EQ(audited(f, "forecast"), 1); /* the refusal too */
        CHECK_EQ(f->fx.n_forecast, 0);
        CHECK_EQ(post(f, "operator", BODY("sanfangd", "JHH", NOW, "5")), 403);
        CHECK_EQ(post(f, "operator",
                      BODY("bureau", "JHH", "2023-10-20T09:00:00+08:00", "5")),
                 400);
        CHECK_EQ(f->fx.n_forecast, 0);
        fake_free(f);
}

/* 5.30 m measured, 6.60 m forecast, crest 6.29 m. */
TEST(a_forecast_over_the_dyke_outranks_the_observed_grade)
{
        struct fake *f = fake_create();
        const struct alert *a = NULL;

        dyke(f);
        fake_mqtt(f, "sanfang/v1/st/JHH/up/obs",
                  "{\"station\":\"JHH\",\"obs\":[{\"time\":\"" NOW
                  "\",\"element\":\"Z\",\"value\":5.30}]}");
        fake_run(f);
        CHECK_EQ(engine_alerts(f->state->engine, &a), 1);
        CHECK_EQ(a[0].level, LEVEL_YELLOW);
        CHECK_EQ(post(f, "operator", BODY("bureau", "JHH", NOW, "6.60")), 201);
        CHECK_EQ(engine_alerts(f->state->engine, &a), 1);
        CHECK_EQ(a[0].level, LEVEL_RED);
        CHECK_EQ(a[0].level_observed, LEVEL_YELLOW);
        CHECK_EQ(a[0].level_forecast, LEVEL_RED);
        CHECK_STR(a[0].rule, "dyke-forecast");
        CHECK_EQ(a[0].threshold_milli, 6290); /* the lower dyke */
        CHECK_EQ(a[0].value_milli, 6600);
        CHECK_EQ(a[0].lead_us, 11 * HOUR_US);
        fake_free(f);
}

TEST(scores_are_asked_for_a_span_and_say_when_data_is_made_up)
{
        struct fake *f = fake_create();
        char token[65];

        fake_session(f, "viewer", false, token);
        f->answer = "{}";
        f->database_up = f->config.demo = true;
        CHECK_EQ(fake_status(f, HTTP_GET,
                             PATH "/scores?to=2023-10-20T00:00:00Z"
                                  "&station=JHH",
                             token, NULL),
                 200);
        CHECK_EQ(f->asked, QUERY_SCORES);
        CHECK_STR(f->params[0], "2023-09-20T00:00:00Z");
        CHECK_STR(f->params[1], "2023-10-20T00:00:00Z");
        CHECK_STR(f->params[3], "JHH");
        CHECK_STR(f->params[4], "true");
        f->config.demo = f->config.storm_clock = false;
        CHECK_EQ(fake_status(f, HTTP_GET, PATH "/scores?source=bureau", token,
                             NULL),
                 200);
        CHECK_STR(f->params[2], "bureau");
        CHECK_STR(f->params[4], "");
        CHECK_EQ(fake_status(f, HTTP_GET,
                             PATH "/scores?from=2022-01-01T00:00:00Z", token,
                             NULL),
                 400);
        fake_free(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(an_operator_brings_a_series_and_a_viewer_does_not),
                RUN(the_answer_is_the_forecast_with_its_name),
                RUN(the_gate_of_the_messages_is_this_gate_too),
                RUN(a_forecast_over_the_dyke_outranks_the_observed_grade),
                RUN(scores_are_asked_for_a_span_and_say_when_data_is_made_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

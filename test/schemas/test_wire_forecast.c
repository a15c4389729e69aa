/* Tests of schemas/wire/forecast.c. */
#include "check.h"

#include "schemas/time.h"
#include "schemas/wire/forecast.h"

static struct forecast f;
static struct err e;

/* Quotes are written as '. */
static enum status decode(const char *json)
{
        static char body[8192];
        size_t i;

        snprintf(body, sizeof body, "%s", json);
        for (i = 0; body[i]; i++)
                if (body[i] == '\'')
                        body[i] = '"';
        memset(&e, 0, sizeof e);
        return wire_forecast_decode(text_of(body), &f, &e);
}

#define HEAD "'source':'gd','model':'qpf','element':'P1',"
#define ISSUED "'issued_at':'2023-10-20T00:00:00+08:00',"
#define T1 "'2023-10-20T01:00:00+08:00'"
#define T2 "'2023-10-20T02:00:00+08:00'"

TEST(a_rain_series_of_a_zone)
{
        CHECK_EQ(decode("{" HEAD ISSUED "'zone':'440981','begin_at':"
                        "'2023-10-20T00:30:00+08:00','values':[[" T1 ",1.5],"
                        "[" T2 ",0]],'quantiles':{'0.9':[[" T1 ",3]]}}"),
                 OK);
        CHECK(f.is_zone);
        CHECK_STR(f.subject, "440981");
        CHECK_STR(f.id, "440981-P1-gd-qpf-20231019T160000Z");
        CHECK_EQ(f.n_steps, 2);
        CHECK_EQ(f.step[0].value_milli, 1500);
        CHECK_EQ(f.begin_us, f.issued_us + 30 * MINUTE_US);
        CHECK_EQ(f.step[0].persistence_milli, LEVEL_UNSET);
}

TEST(quantiles_are_kept_by_probability)
{
        struct buf b = {0};
        struct forecast once;

        CHECK_EQ(decode("{" HEAD ISSUED "'station':'A','values':[[" T1
                        ",1],[" T2 ",2]],'quantiles':{'0.9':[3,4.5],'.05':[[" T2
                        ",0.5]]}}"),
                 OK);
        CHECK_EQ(f.n_quantiles, 2);
        CHECK_EQ(f.quantile[0].share_milli, 50);
        CHECK_EQ(f.quantile[0].value_milli[0], LEVEL_UNSET);
        CHECK_EQ(f.quantile[0].value_milli[1], 500);
        CHECK_EQ(f.quantile[1].share_milli, 900);
        CHECK_EQ(f.quantile[1].value_milli[0], 3000);
        CHECK_EQ(f.quantile[1].value_milli[1], 4500);
        once = f;
        wire_forecast_encode(&f, &b);
        CHECK(strstr(b.p, "\"quantiles\":{\"0.05\":[[\"2023-10-20T02:00:00"
                          "+08:00\",0.5]],\"0.9\":[3,4.5]}") != NULL);
        CHECK_EQ(wire_forecast_decode(buf_as_text(&b), &f, &e), OK);
        CHECK_EQ(f.n_quantiles, 2);
        CHECK(memcmp(f.quantile, once.quantile, 2 * sizeof *f.quantile) == 0);
        buf_done(&b);
}

TEST(who_gave_it_is_in_its_record)
{
        struct forecast_note note = {"r1", "operator"}, back;
        struct buf b = {0};

        CHECK_EQ(decode("{" HEAD ISSUED "'station':'A','values':[[" T1 ",1]]}"),
                 OK);
        wire_forecast_note_encode(&f, &note, &b);
        CHECK(wire_forecast_note_decode(buf_as_text(&b), &back));
        CHECK_STR(back.request, "r1");
        CHECK_STR(back.by, "operator");
        CHECK_EQ(wire_forecast_decode(buf_as_text(&b), &f, &e), OK);
        buf_done(&b);
        wire_forecast_encode(&f, &b);
        CHECK(!wire_forecast_note_decode(buf_as_text(&b), &back));
        buf_done(&b);
}

TEST(without_begin_it_is_the_issue)
{
        CHECK_EQ(decode("{" HEAD ISSUED "'station':'A','values':[[" T1
                        ",1]],'persistence':[2]}"),
                 OK);
        CHECK_EQ(f.begin_us, f.issued_us);
        CHECK(!f.is_zone);
        CHECK_EQ(f.step[0].persistence_milli, 2000);
}

static const struct {
        enum status want;
        const char *msg;
        const char *json;
} bad[] = {
        {ERR_MISSING, "one of", "{" HEAD ISSUED "'values':[[" T1 ",1]]}"},
        {ERR_MISSING, "one of",
         "{" HEAD ISSUED "'station':'A','zone':'1','values':[[" T1 ",1]]}"},
        {ERR_MISSING, "\"issued_at\"",
         "{" HEAD "'station':'A','values':[[" T1 ",1]]}"},
        {ERR_SIZE, "\"values\"", "{" HEAD ISSUED "'station':'A','values':[]}"},
        {ERR_TYPE, "values[0]",
         "{" HEAD ISSUED "'station':'A','values':[[" T1 "]]}"},
        {ERR_TYPE, "values[0]",
         "{" HEAD ISSUED "'station':'A','values':[[" T1 ",null]]}"},
        {ERR_TIME, "values[1]",
         "{" HEAD ISSUED "'station':'A','values':[[" T1 ",1],['x',1]]}"},
        {ERR_RANGE, "values[1]",
         "{" HEAD ISSUED "'station':'A','values':[[" T2 ",1],[" T1 ",1]]}"},
        {ERR_RANGE, "values[0]",
         "{" HEAD ISSUED "'station':'A','values':[[" T1 ",-1]]}"},
        {ERR_SIZE, "\"persistence\"",
         "{" HEAD ISSUED "'station':'A','values':[[" T1
         ",1]],'persistence':[]}"},
        {ERR_TYPE, "\"quantiles\"",
         "{" HEAD ISSUED "'station':'A','values':[[" T1 ",1]],'quantiles':[]}"},
        {ERR_RANGE, "\"quantiles.1.5\"",
         "{" HEAD ISSUED "'station':'A','values':[[" T1
         ",1]],'quantiles':{'1.5':[1]}}"},
        {ERR_SIZE, "\"quantiles.0.9\"",
         "{" HEAD ISSUED "'station':'A','values':[[" T1
         ",1]],'quantiles':{'0.9':[1,2]}}"},
        {ERR_TIME, "quantiles.0.9[0]",
         "{" HEAD ISSUED "'station':'A','values':[[" T1
         ",1]],'quantiles':{'0.9':[[" T2 ",2]]}}"},
        {ERR_RANGE, "quantiles.0.9[0]",
         "{" HEAD ISSUED "'station':'A','values':[[" T1
         ",1]],'quantiles':{'0.9':[-4]}}"},
        {ERR_DUPLICATE, "\"quantiles\"",
         "{" HEAD ISSUED "'station':'A','values':[[" T1
         ",1]],'quantiles':{'0.9':[1],'0.90':[1]}}"},
        {ERR_SIZE, "\"quantiles\"",
         "{" HEAD ISSUED "'station':'A','values':[[" T1
         ",1]],'quantiles':{'0.1':[1],'0.2':[1],'0.3':[1],'0.4':[1],"
         "'0.5':[1],'0.6':[1],'0.7':[1],'0.8':[1]}}"},
        {ERR_SIZE, "too long",
         "{'source':'12345678901234567890123456789012','model':"
         "'12345678901234567890123456789012','element':'P1'," ISSUED
         "'station':'12345678901234567890','values':[[" T1 ",1]]}"},
};

TEST(wrong_series_name_the_field)
{
        size_t i;

        f.n_steps = 7;
        for (i = 0; i < sizeof bad / sizeof *bad; i++) {
                CHECK_EQ(decode(bad[i].json), bad[i].want);
                if (!strstr(e.msg, bad[i].msg))
                        fail_msg("\"%s\" lacks \"%s\"", e.msg, bad[i].msg);
        }
        CHECK_EQ(f.n_steps, 7); /* untouched */
}

TEST(what_is_written_is_read_back)
{
        struct forecast out = {.id = "A-Z-sanfangd-damped-trend-"
                                     "20231019T190000Z",
                               .source = "sanfangd",
                               .model = "damped-trend",
                               .subject = "A",
                               .element = ELEMENT_Z,
                               .issued_us = 1697742000000000,
                               .begin_us = 1697742000000000,
                               .n_steps = FORECAST_STEPS};
        struct buf b = {0};
        uint32_t i;

        for (i = 0; i < out.n_steps; i++) {
                out.step[i].valid_us = out.begin_us + (i + 1) * HOUR_US;
                out.step[i].value_milli = 9000 + i;
                out.step[i].persistence_milli = -5;
        }
        wire_forecast_encode(&out, &b);
        CHECK_EQ(wire_forecast_decode(buf_as_text(&b), &f, &e), OK);
        CHECK_STR(f.id, out.id);
        CHECK_EQ(f.n_steps, out.n_steps);
        for (i = 0; i < out.n_steps; i++)
                CHECK(memcmp(&f.step[i], &out.step[i], sizeof f.step[i]) == 0);
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_rain_series_of_a_zone),
                RUN(quantiles_are_kept_by_probability),
                RUN(who_gave_it_is_in_its_record),
                RUN(without_begin_it_is_the_issue),
                RUN(wrong_series_name_the_field),
                RUN(what_is_written_is_read_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

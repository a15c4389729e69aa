/* Tests of schemas/wire/json.c and json_out.c. */
#include "check.h"

#include "schemas/time.h"
#include "schemas/wire/json.h"

static enum status parse(const char *s, size_t n)
{
        struct json *j = NULL;
        struct err e = {0};
        enum status st = json_parse((struct text){s, n}, 4096, &j, &e);

        json_free(j);
        return st;
}

#define PARSE(literal) parse(literal, sizeof(literal) - 1)

TEST(what_cjson_takes_and_we_do_not)
{
        CHECK_EQ(PARSE("{\"v\":1e999}"), ERR_NUMBER);
        CHECK_EQ(PARSE("{\"v\":007}"), ERR_SYNTAX);
        CHECK_EQ(PARSE("{\"v\":1.}"), ERR_SYNTAX);
        CHECK_EQ(PARSE("{\"v\":NaN}"), ERR_SYNTAX);
        CHECK_EQ(PARSE("{\"v\":1,\"v\":2}"), ERR_DUPLICATE);
        CHECK_EQ(PARSE("{\"V\":7,\"v\":8}"), ERR_DUPLICATE);
        CHECK_EQ(PARSE("{\"v\":1,\"\\u0076\":2}"), ERR_DUPLICATE);
        CHECK_EQ(PARSE("{\"s\":\"a\\u0000b\"}"), ERR_SYNTAX);
        CHECK_EQ(PARSE("{\"s\":\"a\0b\"}"), ERR_UTF8);
        CHECK_EQ(PARSE("{\"s\":\"\xFF\"}"), ERR_UTF8);
        CHECK_EQ(PARSE("{\"s\":\"\\ud800\"}"), ERR_UTF8);
        CHECK_EQ(PARSE("{\"s\":\"\x01\"}"), ERR_UTF8);
        CHECK_EQ(PARSE("{\"s\":\"a\tb\"}"), ERR_SYNTAX);
        CHECK_EQ(PARSE("{} x"), ERR_SYNTAX);
        CHECK_EQ(PARSE("\xEF\xBB\xBF{}"), ERR_SYNTAX);
        CHECK_EQ(PARSE(""), ERR_SYNTAX);
        CHECK_EQ(PARSE("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"), ERR_DEPTH);
        CHECK_EQ(PARSE("{\"a\":[1,2,{\"b\":null}],\"c\":\"\\ud840\\udc00\"}"),
                 OK);
}

TEST(too_large_is_refused_before_it_is_read)
{
        static char big[5000];

        memset(big, '[', sizeof big);
        CHECK_EQ(parse(big, sizeof big), ERR_SIZE);
}

TEST(values_are_exact_thousandths)
{
        struct json *j = NULL;
        struct err e = {0};
        int64_t v = 0;

        CHECK_EQ(json_parse(TEXT("{\"a\":0.1,\"b\":12.345,\"c\":\"x\"}"), 100,
                            &j, &e),
                 OK);
        CHECK(json_milli(json_get(j, "a"), &v));
        CHECK_EQ(v, 100);
        CHECK(json_milli(json_get(j, "b"), &v));
        CHECK_EQ(v, 12345);
        CHECK(!json_milli(json_get(j, "c"), &v));
        CHECK(!json_milli(json_get(j, "d"), &v));
        CHECK_EQ(v, 12345);
        json_free(j);
}

TEST(what_is_written_is_well_formed)
{
        struct buf b = {0};
        struct json_out o = json_out(&b);

        json_open(&o, NULL);
        json_put_str(&o, "s", "a\"\\\n茂");
        json_put_milli(&o, "v", -12340);
        json_put_milli(&o, "w", 500);
        json_open_array(&o, "l");
        json_put_i64(&o, NULL, 1);
        json_put_null(&o, NULL);
        json_close_array(&o);
        json_put_time(&o, "t", 0);
        json_put_bytes(&o, "x",
                       TEXT("a\xFF"
                            "b"));
        json_close(&o);
        buf_char(&b, '\0');
        CHECK_STR(b.p, "{\"s\":\"a\\\"\\\\\\u000a茂\",\"v\":-12.34,"
                       "\"w\":0.5,\"l\":[1,null],"
                       "\"t\":\"1970-01-01T08:00:00+08:00\","
                       "\"x\":\"a\xEF\xBF\xBD"
                       "b\"}");
        buf_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(what_cjson_takes_and_we_do_not),
                RUN(too_large_is_refused_before_it_is_read),
                RUN(values_are_exact_thousandths),
                RUN(what_is_written_is_well_formed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

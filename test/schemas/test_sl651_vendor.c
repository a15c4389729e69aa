/* Tests of schemas/sl651_vendor.c and schemas/wire/sl651_vendor.c. */
#include "check.h"

#include "schemas/wire/sl651_vendor.h"

static struct sl651_vendor v;
static struct err e;

static enum status read_table(const char *elements)
{
        char text[1024];

        snprintf(text, sizeof text, "{\"vendor\":\"acme\",\"elements\":[%s]}",
                 elements);
        e = (struct err){.code = OK};
        return wire_sl651_vendor_decode(text_of(text), &v, &e);
}

TEST(a_table_is_put_in_order)
{
        const struct sl651_vendor_row *r;

        CHECK_EQ(read_table("{\"lead\":\"FF10\",\"element\":\"M20\","
                            "\"decimals\":1},"
                            "{\"lead\":\"7a\",\"element\":\"Z\","
                            "\"format\":\"binary\",\"scale\":0.01}"),
                 OK);
        CHECK_STR(v.name, "acme");
        CHECK_EQ(v.n, 2);
        CHECK_EQ(v.row[0].lead, 0x7A);
        r = sl651_vendor_find(&v, 0x7A);
        CHECK_EQ(r->element, ELEMENT_Z);
        CHECK(r->binary);
        CHECK_EQ(r->scale_milli, 10);
        CHECK_EQ(r->decimals, SL651_DECIMALS_GIVEN);
        r = sl651_vendor_find(&v, 0xFF10);
        CHECK_EQ(r->decimals, 1);
        CHECK_EQ(r->scale_milli, 1000);
        CHECK(!sl651_vendor_find(&v, 0xFF11));
        CHECK(!sl651_vendor_find(NULL, 0xFF10));
}

TEST(what_is_wrong_is_named_and_nothing_changes)
{
        v.n = 7;
        CHECK_EQ(read_table("{\"lead\":\"39\",\"element\":\"Z\"}"), ERR_RANGE);
        CHECK(strstr(e.msg, "elements[0]: \"lead\""));
        CHECK_EQ(read_table("{\"lead\":\"FE10\",\"element\":\"Z\"}"),
                 ERR_RANGE);
        CHECK_EQ(read_table("{\"lead\":\"FF1\",\"element\":\"Z\"}"), ERR_RANGE);
        CHECK_EQ(read_table("{\"lead\":\"FF10\",\"element\":\"Zed\"}"),
                 ERR_UNKNOWN_ELEMENT);
        CHECK_EQ(read_table("{\"lead\":\"FF10\",\"element\":\"Z\","
                            "\"format\":\"float\"}"),
                 ERR_UNKNOWN);
        CHECK_EQ(read_table("{\"lead\":\"FF10\",\"element\":\"Z\","
                            "\"decimals\":8}"),
                 ERR_RANGE);
        CHECK_EQ(read_table("{\"lead\":\"FF10\",\"element\":\"Z\","
                            "\"scale\":0}"),
                 ERR_RANGE);
        CHECK_EQ(read_table("{\"lead\":\"FF10\",\"element\":\"Z\","
                            "\"skale\":1}"),
                 ERR_UNKNOWN);
        CHECK(strstr(e.msg, "skale"));
        CHECK_EQ(read_table("{\"lead\":\"FF10\",\"element\":\"Z\"},"
                            "{\"lead\":\"ff10\",\"element\":\"Z\"}"),
                 ERR_DUPLICATE);
        CHECK_EQ(read_table("7"), ERR_TYPE);
        CHECK_EQ(v.n, 7);
}

TEST(a_record_comes_back_as_it_went)
{
        struct buf b = {0};
        struct sl651_vendor back;

        CHECK_EQ(read_table("{\"lead\":\"FF10\",\"element\":\"M20\","
                            "\"scale\":0.5}"),
                 OK);
        wire_sl651_vendor_record(&v, &b);
        CHECK(strstr(b.p, "\"what\":\"sl651_vendor\""));
        CHECK_EQ(wire_sl651_vendor_decode(buf_as_text(&b), &back, &e), OK);
        CHECK_STR(back.name, "acme");
        CHECK_EQ(back.n, 1);
        CHECK_EQ(back.row[0].scale_milli, 500);
        CHECK(!back.remove);
        buf_clear(&b);
        v.remove = true;
        wire_sl651_vendor_record(&v, &b);
        CHECK_EQ(wire_sl651_vendor_decode(buf_as_text(&b), &back, &e), OK);
        CHECK(back.remove);
        CHECK_EQ(back.n, 0);
        CHECK_EQ(wire_sl651_vendor_decode(
                         TEXT("{\"what\":\"mapping\",\"vendor\":\"a\","
                              "\"elements\":[]}"),
                         &back, &e),
                 ERR_MISMATCH);
        CHECK_EQ(wire_sl651_vendor_decode(
                         TEXT("{\"vendor\":\"a2345678901234567\","
                              "\"elements\":[]}"),
                         &back, &e),
                 ERR_SIZE);
        buf_done(&b);
}

TEST(the_shipped_example_is_good)
{
        FILE *f = fopen(SOURCE_DIR "/sensors/vendors/example.json", "rb");
        char text[4096];
        size_t n;

        CHECK(f);
        n = fread(text, 1, sizeof text, f);
        fclose(f);
        CHECK_EQ(wire_sl651_vendor_decode((struct text){text, n}, &v, &e), OK);
        CHECK_EQ(v.n, 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_table_is_put_in_order),
                RUN(what_is_wrong_is_named_and_nothing_changes),
                RUN(a_record_comes_back_as_it_went),
                RUN(the_shipped_example_is_good),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

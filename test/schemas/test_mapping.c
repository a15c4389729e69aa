/* Tests of schemas/decimal.c, schemas/wire/pointer.c and mapping*.c. */
#include "check.h"

#include <stdlib.h>

#include "schemas/time.h"
#include "schemas/wire/mapping.h"
#include "schemas/wire/pointer.h"

static struct decimal dec(const char *s)
{
        struct decimal d;

        if (!decimal_from(text_of(s), &d))
                fail_msg("%s is no decimal", s);
        return d;
}

static int64_t milli(const char *value, const char *scale, const char *offset)
{
        int64_t m = -1;

        if (!decimal_to_milli(dec(value), dec(scale), dec(offset), &m))
                return INT64_MIN;
        return m;
}

TEST(a_scaled_value_is_exact_and_rounded_once)
{
        CHECK_EQ(milli("12345", "0.001", "3.2"), 15545);
        CHECK_EQ(milli("0.1", "3", "0"), 300);
        CHECK_EQ(milli("12.3455", "1", "0"), 12346);
        CHECK_EQ(milli("-12.3455", "1", "0"), -12346);
        CHECK_EQ(milli("12.3454", "1", "0.0001"), 12346);
        CHECK_EQ(milli("0.0004", "1", "0.0004"), 1);
        CHECK_EQ(milli("1e3", "1e-3", "0"), 1000);
        CHECK_EQ(milli("999999999999999", "0.000000000000001", "0"), 1000);
        CHECK_EQ(milli("999999999999999", "1e15", "0"), INT64_MIN);
        CHECK_EQ(milli("0", "1e-15", "9.81"), 9810);
}

TEST(a_double_is_the_decimal_it_was_written_as)
{
        struct decimal d;

        CHECK(decimal_from_double(0.1, &d) && decimal_eq(d, dec("0.1")));
        CHECK(decimal_from_double(50.6, &d) && decimal_eq(d, dec("50.6")));
        CHECK(decimal_from_double(-27.2, &d) && decimal_eq(d, dec("-27.2")));
        CHECK(decimal_from_double(1e-17, &d) && d.mantissa == 0);
        CHECK(decimal_from_double(85, &d) && decimal_eq(d, dec("85.0")));
        CHECK(!decimal_from_double(1.0 / 0.0, &d));
        CHECK(!decimal_from_double(1e300, &d));
}

TEST(what_is_no_decimal_is_refused)
{
        static const char *const bad[] = {"",
                                          "-",
                                          ".",
                                          "1..2",
                                          "1e",
                                          "0x1",
                                          "1 ",
                                          " 1",
                                          "nan",
                                          "1e99",
                                          "12,3",
                                          "++1",
                                          "1234567890123456",
                                          "1e-99"};
        struct decimal d;
        size_t i;

        for (i = 0; i < sizeof bad / sizeof *bad; i++)
                if (decimal_from(text_of(bad[i]), &d))
                        fail_msg("%s was taken", bad[i]);
}

TEST(pointers_are_those_of_rfc_6901)
{
        static const struct {
                const char *path;
                int64_t value;
        } want[] = {{"/foo/0", 1}, {"/foo/1", 2}, {"/", 0},   {"/a~1b", 3},
                    {"/m~0n", 8},  {"/ ", 7},     {"/c%d", 4}};
        struct json *j = NULL;
        int64_t v;
        size_t i;

        CHECK_EQ(json_parse(TEXT("{\"foo\":[1,2],\"\":0,\"a/b\":3,\"m~n\":8,"
                                 "\" \":7,\"c%d\":4}"),
                            1000, &j, NULL),
                 OK);
        for (i = 0; i < sizeof want / sizeof *want; i++)
                if (!json_i64(pointer_find(want[i].path, j, NULL), &v) ||
                    v != want[i].value)
                        fail_msg("%s", want[i].path);
        CHECK(pointer_find("", j, NULL) == j);
        CHECK(pointer_find("/foo/2", j, NULL) == NULL);
        CHECK(pointer_find("/foo/01", j, NULL) == NULL);
        CHECK(pointer_find("/foo/-", j, NULL) == NULL);
        CHECK(pointer_find("/foo/0/x", j, NULL) == NULL);
        json_free(j);
        CHECK_EQ(pointer_check("a/b", NULL), ERR_SYNTAX);
        CHECK_EQ(pointer_check("/a~2", NULL), ERR_SYNTAX);
        CHECK_EQ(pointer_check("/a/*/b/*", NULL), ERR_UNSUPPORTED);
        CHECK_EQ(pointer_check("/a/*/b", NULL), OK);
}

/* ---- mappings; quotes are written as ' ---- */

static struct text quoted(const char *s)
{
        static char body[8][4096];
        static int turn;
        char *b = body[turn++ % 8], *p;

        snprintf(b, sizeof body[0], "%s", s);
        for (p = b; *p; p++)
                if (*p == '\'')
                        *p = '"';
        return text_of(b);
}

static struct err e;

static struct mapping map(const char *s)
{
        struct mapping m;

        if (wire_mapping_decode(quoted(s), &m, &e) != OK)
                fail_msg("%s: %s", s, e.msg);
        return m;
}

#define HEAD "{'name':'x','topic':'v/+/up','station':{'level':2},"
#define ONE "'elements':[{'pointer':'/l','element':'Z'}]"

static const struct {
        const char *body;
        enum status st;
        const char *says;
} bad[] = {
        {HEAD "'elementz':[]}", ERR_UNKNOWN, "\"elementz\""},
        {HEAD "'elements':[]}", ERR_MISSING, "1 to 64"},
        {HEAD "'elements':[{'pointer':'/l'}]}", ERR_MISSING,
         "elements[0].element"},
        {HEAD "'elements':[{'pointer':'/l','element':'QQ'}]}",
         ERR_UNKNOWN_ELEMENT, "\"QQ\""},
        {HEAD "'elements':[{'pointer':'l','element':'Z'}]}", ERR_SYNTAX,
         "must begin with \"/\""},
        {HEAD "'elements':[{'pointer':'/l','element':'Z','unit':'cm'}]"
              "}",
         ERR_MISMATCH, "Z is in m"},
        {HEAD "'elements':[{'pointer':'/l','element':'Z','scale':'a'}]"
              "}",
         ERR_NUMBER, "elements[0].scale"},
        {HEAD "'elements':[{'pointer':'/l','element':'Z','scale':0}]}",
         ERR_RANGE, "must not be 0"},
        {HEAD "'when':[{'pointer':'/d/*/x','equals':1}]," ONE "}",
         ERR_UNSUPPORTED, "when[0]"},
        {HEAD "'when':[{'pointer':'/p'}]," ONE "}", ERR_MISSING,
         "when[0].equals"},
        {HEAD "'elements':[{'pointer':'/a/*/l','element':'Z'},"
              "{'pointer':'/b/*/l','element':'Q'}]}",
         ERR_MISMATCH, "one list"},
        {HEAD "'time':{'pointer':'/t','format':'unix'}," ONE "}", ERR_UNKNOWN,
         "epoch_s"},
        {"{'name':'x','topic':'sanfang/v1/st/+/up/obs','station':"
         "{'level':4}," ONE "}",
         ERR_TOPIC, "not sanfang"},
        {"{'name':'x','topic':'#','station':{'constant':'A'}," ONE "}",
         ERR_TOPIC, "not a wildcard"},
        {"{'name':'x','topic':'a/b+/c','station':{'constant':'A'}," ONE "}",
         ERR_TOPIC, "level 2"},
        {"{'name':'x','topic':'a/#/c','station':{'constant':'A'}," ONE "}",
         ERR_TOPIC, "level 2"},
        {"{'name':'x','topic':'a/+/c','station':{'level':1}," ONE "}",
         ERR_RANGE, "count a \"+\""},
        {"{'name':'x','topic':'a/+/c','station':{'level':2,'constant':"
         "'A'}," ONE "}",
         ERR_SYNTAX, "one of"},
        {"{'name':'x y','topic':'a/+','station':{'level':2}," ONE "}",
         ERR_SYNTAX, "\"name\""},
};

TEST(what_is_wrong_in_a_mapping_is_named)
{
        struct mapping m;
        size_t i;

        for (i = 0; i < sizeof bad / sizeof *bad; i++) {
                enum status st =
                        wire_mapping_decode(quoted(bad[i].body), &m, &e);

                if (st != bad[i].st || !strstr(e.msg, bad[i].says))
                        fail_msg("%s: %s: %s", bad[i].body, status_name(st),
                                 e.msg);
        }
}

TEST(a_filter_matches_as_mqtt_says)
{
        struct mapping m = map("{'name':'x','topic':'a/+/c','station':"
                               "{'level':2}," ONE "}");
        struct mapping all = map("{'name':'x','topic':'a/#','station':"
                                 "{'constant':'S'}," ONE "}");

        CHECK(wire_mapping_matches(&m, TEXT("a/b/c")));
        CHECK(wire_mapping_matches(&m, TEXT("a//c")));
        CHECK(!wire_mapping_matches(&m, TEXT("a/b/c/d")));
        CHECK(!wire_mapping_matches(&m, TEXT("a/b")));
        CHECK(!wire_mapping_matches(&m, TEXT("A/b/c")));
        CHECK(wire_mapping_matches(&all, TEXT("a/b/c/d")));
        CHECK(!wire_mapping_matches(&all, TEXT("b/b")));
        wire_mapping_done(&m);
        wire_mapping_done(&all);
}

static struct mapping_reading r[MAPPING_READINGS_MAX];
static uint32_t n;

static enum status read_one(struct mapping *m, const char *body)
{
        enum status st =
                wire_mapping_read(m, TEXT("v/S9/up"), quoted(body), r, &n, &e);

        return st;
}

TEST(a_message_is_read_by_its_pointers)
{
        struct mapping m =
                map(HEAD "'time':{'pointer':'/t','format':'epoch_s'},'elements'"
                         ":[{'pointer':'/d/level','element':'Z','scale':"
                         "'0.001','offset':'3.2','missing':-9999},{'pointer':"
                         "'/d/rain','element':'PN05'}]}");

        CHECK_EQ(read_one(&m, "{'t':1697742000,'d':{'level':12345}}"), OK);
        CHECK_EQ(n, 1);
        CHECK_STR(r[0].station, "S9");
        CHECK_EQ(r[0].time_us, INT64_C(1697742000) * SECOND_US);
        CHECK_EQ(r[0].value_milli, 15545);
        CHECK_EQ(read_one(&m, "{'t':'1697742000.25','d':{'level':-9999,'rain':"
                              "'0.5'}}"),
                 OK);
        CHECK_EQ(n, 2);
        CHECK(r[0].missing && !r[1].missing);
        CHECK_EQ(r[1].value_milli, 500);
        CHECK_EQ(r[1].time_us, INT64_C(1697742000) * SECOND_US + 250000);
        CHECK_EQ(read_one(&m, "{'t':1697742000,'d':{'level':null}}"), OK);
        CHECK(n == 1 && r[0].missing);
        wire_mapping_done(&m);
}

TEST(what_fails_in_a_message_is_named)
{
        struct mapping m = map(HEAD "'time':{'pointer':'/t','format':"
                                    "'beijing'}," ONE "}");

        CHECK_EQ(read_one(&m, "{'t':'2023-10-20 03:00','x':1}"), ERR_MISSING);
        CHECK(strstr(e.msg, "/l"));
        CHECK_EQ(read_one(&m, "{'l':1}"), ERR_MISSING);
        CHECK(strstr(e.msg, "time: \"/t\""));
        CHECK_EQ(read_one(&m, "{'t':'2023-10-20T03:00:00Z','l':1}"), ERR_TIME);
        CHECK_EQ(read_one(&m, "{'t':'2023-10-20 03:00','l':'high'}"), ERR_TYPE);
        CHECK_EQ(read_one(&m, "{'t':'2023-10-20 03:00','l':true}"), ERR_TYPE);
        CHECK_EQ(read_one(&m, "{'t':'2023-10-20 03:00','l':1e9}"), ERR_RANGE);
        CHECK_EQ(read_one(&m, "{'t':'2023-10-20 03:00','l':1}x"), ERR_SYNTAX);
        CHECK_EQ(n, 0);
        wire_mapping_done(&m);
}

TEST(a_list_is_walked_and_what_stands_once_is_read_once)
{
        struct mapping m = map(
                "{'name':'x','topic':'v/+/up','station':{'pointer':'/d/*/s'},"
                "'time':{'pointer':'/d/*/t','format':'epoch_ms'},'elements':["
                "{'pointer':'/d/*/v','element':'Z','when':[{'pointer':'/d/*/k',"
                "'equals':'z'}]},{'pointer':'/d/*/v','element':'Q','when':["
                "{'pointer':'/d/*/k','equals':'q'}]},{'pointer':'/volt',"
                "'element':'VT'}]}");

        CHECK_EQ(read_one(&m, "{'volt':12.5,'d':[{'s':7,'t':1697742000000,'k':"
                              "'z','v':1.5},{'s':'B','t':1697742300000,'k':"
                              "'q','v':20},{'s':'C','t':0,'k':'?','v':1}]}"),
                 OK);
        CHECK_EQ(n, 3);
        CHECK_STR(r[0].station, "7");
        CHECK_EQ(r[0].element, ELEMENT_Z);
        CHECK_EQ(r[1].element, ELEMENT_VT);
        CHECK_STR(r[2].station, "B");
        CHECK_EQ(r[2].value_milli, 20000);
        CHECK_EQ(r[2].time_us, INT64_C(1697742300) * SECOND_US);
        CHECK_EQ(read_one(&m, "{'d':[{'s':1,'t':'x','k':'z','v':1}]}"),
                 ERR_TIME);
        CHECK(strstr(e.msg, "item 0 of \"/d\""));
        CHECK_EQ(read_one(&m, "{'d':{}}"), ERR_TYPE);
        CHECK_EQ(read_one(&m, "{}"), ERR_MISSING);
        wire_mapping_done(&m);
}

TEST(a_condition_that_does_not_hold_leaves_the_message_alone)
{
        struct mapping m =
                map(HEAD "'when':[{'pointer':'/port','equals':85},"
                         "{'pointer':'/ok','equals':true}]," ONE "}");

        CHECK_EQ(read_one(&m, "{'port':85,'ok':true,'l':1}"), OK);
        CHECK_EQ(n, 1);
        CHECK_EQ(r[0].time_us, TIME_NONE);
        CHECK_EQ(read_one(&m, "{'port':1,'ok':true,'l':1}"), OK);
        CHECK_EQ(n, 0);
        CHECK_EQ(read_one(&m, "{'port':85,'ok':false,'l':1}"), OK);
        CHECK_EQ(n, 0);
        CHECK_EQ(read_one(&m, "{'ok':true,'l':'x'}"), OK);
        CHECK_EQ(n, 0);
        wire_mapping_done(&m);
}

TEST(a_file_becomes_a_record_that_says_the_same)
{
        struct buf b = {0};
        struct mapping m;

        CHECK_EQ(wire_mapping_record(quoted("  " HEAD ONE "}"), &b, &e), OK);
        CHECK(text_starts(buf_as_text(&b), "{\"what\":\"mapping\","));
        CHECK_EQ(wire_mapping_decode(buf_as_text(&b), &m, &e), OK);
        CHECK_STR(m.name, "x");
        CHECK(!m.remove);
        wire_mapping_done(&m);
        buf_clear(&b);
        wire_mapping_remove("x", &b);
        CHECK_EQ(wire_mapping_decode(buf_as_text(&b), &m, &e), OK);
        CHECK(m.remove);
        buf_clear(&b);
        CHECK_EQ(wire_mapping_record(quoted("{'what':'zone','name':'x'}"), &b,
                                     &e),
                 ERR_MISSING);
        buf_done(&b);
}

TEST(beijing_time_is_taken_as_tables_write_it)
{
        int64_t a, b;

        CHECK(time_parse(TEXT("2023-10-20T03:00:00+08:00"), &a));
        CHECK(time_parse_beijing(TEXT("2023-10-20 03:00:00"), &b) && a == b);
        CHECK(time_parse_beijing(TEXT("2023-10-20T03:00"), &b) && a == b);
        CHECK(time_parse_beijing(TEXT("2023/10/20 3:00"), &b) && a == b);
        CHECK(time_parse_beijing(TEXT("2023-10-20 03:00:00.000"), &b) &&
              a == b);
        CHECK(!time_parse_beijing(TEXT("2023-10-20T03:00:00+08:00"), &b));
        CHECK(!time_parse_beijing(TEXT("2023-02-29 03:00"), &b));
        CHECK(!time_parse_beijing(TEXT("2023-10-20"), &b));
        CHECK(!time_parse_beijing(TEXT("2023-10-20 24:00"), &b));
        CHECK(!time_parse_beijing(TEXT("20-10-2023 03:00"), &b));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_scaled_value_is_exact_and_rounded_once),
                RUN(a_double_is_the_decimal_it_was_written_as),
                RUN(what_is_no_decimal_is_refused),
                RUN(pointers_are_those_of_rfc_6901),
                RUN(what_is_wrong_in_a_mapping_is_named),
                RUN(a_filter_matches_as_mqtt_says),
                RUN(a_message_is_read_by_its_pointers),
                RUN(what_fails_in_a_message_is_named),
                RUN(a_list_is_walked_and_what_stands_once_is_read_once),
                RUN(a_condition_that_does_not_hold_leaves_the_message_alone),
                RUN(a_file_becomes_a_record_that_says_the_same),
                RUN(beijing_time_is_taken_as_tables_write_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

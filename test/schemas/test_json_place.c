/* Tests of schemas/wire/json_place.c: where a value stands. */
#include "check.h"
#include "schemas/wire/json_place.h"

#define FILE_TEXT                                                    \
        "{\n"                                                        \
        "  \"name\": \"x{\\\"]\",\n"                                 \
        "  \"rules\": [\n"                                           \
        "    {\"id\": 1, \"lines\": []},\n"                          \
        "    {\"id\": -2.5e3, \"lines\": [ {\"when\": \"Z\"},\n"     \
        "      {\"level\": true, \"when\": \"a\\u4e2d\\\"b\"} ] }\n" \
        "  ]\n"                                                      \
        "}\n"

static void at(const char *pointer, uint32_t inside, uint32_t line,
               uint32_t column)
{
        struct json_place p = {0};

        if (!json_place_of(TEXT(FILE_TEXT), pointer, inside, &p))
                fail_msg("%s is not found", pointer);
        if (p.line != line || p.column != column)
                fail_msg("%s: %u:%u, want %u:%u", pointer, p.line, p.column,
                         line, column);
}

TEST(a_pointer_leads_to_line_and_column)
{
        (void)unused_state;
        at("", 0, 1, 1);
        at("/name", 0, 2, 12);
        at("/rules", 0, 3, 12);
        at("/rules/0", 0, 4, 5);
        at("/rules/0/lines", 0, 4, 24);
        at("/rules/1/id", 0, 5, 12);
        at("/rules/1/lines/0/when", 0, 5, 41);
        at("/rules/1/lines/1/level", 0, 6, 17);
        at("/rules/1/lines/1/when", 0, 6, 32);
}

/* a, three bytes of one character, a quote, b */
TEST(a_byte_inside_a_text_is_where_it_was_written)
{
        (void)unused_state;
        at("/rules/1/lines/1/when", 1, 6, 33);
        at("/rules/1/lines/1/when", 4, 6, 39);
        at("/rules/1/lines/1/when", 5, 6, 41);
        at("/rules/1/lines/1/when", 6, 6, 42);
        at("/rules/1/lines/1/when", 99, 6, 42);
}

TEST(what_is_not_there_is_not_found)
{
        static const char *const wrong[] = {"/rule",    "/rules/2",
                                            "/rules/x", "/rules/0/lines/0",
                                            "/name/0",  "/rules/0/id/x"};
        struct json_place p;

        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
                if (json_place_of(TEXT(FILE_TEXT), wrong[i], 0, &p))
                        fail_msg("%s", wrong[i]);
        CHECK(!json_place_of(TEXT(""), "/a", 0, &p));
}

TEST(columns_count_characters_and_the_line_has_no_end)
{
        struct text t = TEXT("ab\r\n\xe4\xb8\xad\xe6\x96\x87 c\r\nd");
        struct json_place p = json_place_of_byte(t, 11);

        CHECK_EQ(p.line, 2);
        CHECK_EQ(p.column, 4);
        CHECK_EQ(p.text.n, 8);
        p = json_place_of_byte(t, 999);
        CHECK_EQ(p.line, 3);
        CHECK_EQ(p.column, 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(a_pointer_leads_to_line_and_column),
                RUN(a_byte_inside_a_text_is_where_it_was_written),
                RUN(what_is_not_there_is_not_found),
                RUN(columns_count_characters_and_the_line_has_no_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tests of schemas/text.c. */
#include "check.h"

#include "schemas/text.h"

TEST(utf8_is_checked_to_the_letter)
{
        CHECK(text_is_utf8(TEXT("茂名 \xF0\xA0\x80\x80")));
        CHECK(!text_is_utf8(TEXT("\xC0\xAF")));
        CHECK(!text_is_utf8(TEXT("\xED\xA0\x80")));
        CHECK(!text_is_utf8(TEXT("\xF4\x90\x80\x80")));
        CHECK(!text_is_utf8(TEXT("\xE8\x8C")));
        CHECK(!text_is_utf8(TEXT("a\0b")));
}

TEST(thousandths_are_exact)
{
        int64_t v = 7;

        CHECK(text_to_milli(TEXT("0.1"), &v));
        CHECK_EQ(v, 100);
        CHECK(text_to_milli(TEXT("-12.3456"), &v));
        CHECK_EQ(v, -12346);
        CHECK(text_to_milli(TEXT("9"), &v));
        CHECK_EQ(v, 9000);
        CHECK(!text_to_milli(TEXT("."), &v));
        CHECK(!text_to_milli(TEXT("1e3"), &v));
        CHECK(!text_to_milli(TEXT("1.2.3"), &v));
        CHECK(!text_to_milli(TEXT("99999999999999999999"), &v));
        CHECK_EQ(v, 9000);
}

TEST(whole_numbers_do_not_overflow)
{
        int64_t v = 7;

        CHECK(text_to_i64(TEXT("-42"), &v));
        CHECK_EQ(v, -42);
        CHECK(!text_to_i64(TEXT("99999999999999999999"), &v));
        CHECK(!text_to_i64(TEXT("-"), &v));
        CHECK(!text_to_i64(TEXT("4 "), &v));
}

TEST(a_code_is_safe_in_topics_and_paths)
{
        CHECK(text_is_code(TEXT("MM-ZZ_01"), 32));
        CHECK(!text_is_code(TEXT("../x"), 32));
        CHECK(!text_is_code(TEXT(""), 32));
        CHECK(!text_is_code(TEXT("abc"), 2));
        CHECK(!text_is_code(TEXT("a b"), 32));
}

TEST(pieces_are_cut_off_one_by_one)
{
        struct text rest = TEXT("a//b"), piece;

        CHECK(text_cut(&rest, '/', &piece) && text_is(piece, "a"));
        CHECK(text_cut(&rest, '/', &piece) && text_is(piece, ""));
        CHECK(text_cut(&rest, '/', &piece) && text_is(piece, "b"));
        CHECK(!text_cut(&rest, '/', &piece));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(utf8_is_checked_to_the_letter),
                RUN(thousandths_are_exact),
                RUN(whole_numbers_do_not_overflow),
                RUN(a_code_is_safe_in_topics_and_paths),
                RUN(pieces_are_cut_off_one_by_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

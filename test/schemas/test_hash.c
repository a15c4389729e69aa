/* Tests of schemas/hash.c against the published values of FNV-1a. */
#include "check.h"
#include "schemas/hash.h"

TEST(the_published_values_come_out)
{
        CHECK_EQ(hash_32(TEXT("")), 0x811c9dc5u);
        CHECK_EQ(hash_32(TEXT("a")), 0xe40c292cu);
        CHECK_EQ(hash_32(TEXT("foobar")), 0xbf9cf968u);
        CHECK(hash_64_add(HASH_64, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
        CHECK(hash_64_add(HASH_64, "foobar", 6) ==
              UINT64_C(0x85944171f73967e8));
}

TEST(pieces_are_as_the_whole)
{
        CHECK_EQ(hash_32_add(hash_32(TEXT("foo")), "bar", 3),
                 hash_32(TEXT("foobar")));
        CHECK(hash_64_add(hash_64_add(HASH_64, "foo", 3), "bar", 3) ==
              hash_64_add(HASH_64, "foobar", 6));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(the_published_values_come_out),
                RUN(pieces_are_as_the_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

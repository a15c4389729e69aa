/* test/check.h -- tests that read like sentences, over cmocka.
 *
 * TEST(name) { ... } and CHECK... inside; main() lists them with RUN. */
#ifndef TEST_CHECK_H
#define TEST_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEST(name) static void name(__attribute__((unused)) void **unused_state)
#define CHECK(cond) ((void)unused_state, assert_true(cond))
#define CHECK_EQ(a, b)       \
        ((void)unused_state, \
         check_eq((long long)(a), (long long)(b), #a, #b, __FILE__, __LINE__))
#define CHECK_STR(a, b) ((void)unused_state, assert_string_equal((a), (b)))
#define RUN(name) cmocka_unit_test(name)

static inline void check_eq(long long a, long long b, const char *ta,
                            const char *tb, const char *file, int line)
{
        if (a == b)
                return;
        print_error("%s is %lld, want %s = %lld\n", ta, a, tb, b);
        _fail(file, line);
}

#endif

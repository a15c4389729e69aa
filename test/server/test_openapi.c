/* test/server/test_openapi.c -- the routes and their description agree. */
#include "check.h"

#include <stdlib.h>

#include "server/routes.h"

static char *read_description(void)
{
        FILE *in = fopen(SOURCE_DIR "/schemas/openapi.yaml", "r");
        char *text = calloc(1, 1 << 20);

        assert_non_null(in);
        assert_non_null(text);
        assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
        fclose(in);
        return text;
}

/* Copies the lines of one path, up to the next path. */
static bool take_path(const char *text, const char *path, char *dst, size_t cap)
{
        char head[128];
        const char *at, *end;

        snprintf(head, sizeof(head), "\n  \"%s\":\n", path);
        at = strstr(text, head);
        if (!at)
                return false;
        at += strlen(head);
        end = strstr(at, "\n  \"");
        if (!end)
                end = strstr(at, "\ncomponents:");
        if (!end || (size_t)(end - at) >= cap)
                return false;
        memcpy(dst, at, (size_t)(end - at));
        dst[end - at] = '\0';
        return true;
}

static const char *role_of(enum access a)
{
        static const char *const names[] = {
#define X(code, name) name,
                ACCESSES(X)
#undef X
        };

        return names[a];
}

TEST(each_route_is_described_with_its_least_role)
{
        static char block[65536];
        const struct route_row *rows;
        uint32_t n = routes_table(&rows);
        char *text = read_description();

        for (uint32_t i = 0; i < n; i++) {
                char method[16], role[48], *at, *next;

                if (!take_path(text, rows[i].path, block, sizeof(block)))
                        fail_msg("%s is not in openapi.yaml", rows[i].path);
                snprintf(method, sizeof(method), "    %s:\n",
                         rows[i].method == HTTP_GET    ? "get"
                         : rows[i].method == HTTP_POST ? "post"
                                                       : "delete");
                at = strstr(block, method);
                if (!at)
                        fail_msg("%s %s is not in openapi.yaml",
                                 http_method_name(rows[i].method),
                                 rows[i].path);
                snprintf(role, sizeof(role), "x-least-role: %s\n",
                         role_of(rows[i].access));
                next = strstr(at, "x-least-role: ");
                if (!next || strncmp(next, role, strlen(role)) != 0)
                        fail_msg("%s: want %s", rows[i].path, role);
        }
        CHECK(n > 0);
        free(text);
}

TEST(nothing_is_described_that_is_not_there)
{
        const struct route_row *rows;
        uint32_t n = routes_table(&rows), described = 0;
        char *text = read_description();

        for (const char *at = text; (at = strstr(at, "x-least-role: ")) != NULL;
             at++)
                described++;
        /* Less the words in the comment at the top: there are none. */
        CHECK_EQ(described, n);
        free(text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(each_route_is_described_with_its_least_role),
                RUN(nothing_is_described_that_is_not_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

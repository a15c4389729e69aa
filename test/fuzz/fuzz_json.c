/* test/fuzz/fuzz_json.c -- any bytes against the strict gate.
 *
 * What passes is written again and must pass again. */
#include <stdlib.h>

#include "schemas/wire/json.h"

/* Every accessor on every value. */
static size_t walk(const struct json *j, int depth)
{
        const struct json *child;
        int64_t number;
        size_t n = 1;

        if (depth > JSON_DEPTH)
                abort();
        n += json_text(j).n + json_key(j).n + json_size(j);
        if (json_i64(j, &number) && !json_is_number(j))
                abort();
        if (json_milli(j, &number) && !json_is_number(j))
                abort();
        for (child = json_first(j); child; child = json_next(child))
                n += walk(child, depth + 1);
        return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text t = {(const char *)data, size};
        struct err e = {0};
        struct json *j = NULL;

        if (json_parse(t, JSON_MESSAGE_MAX, &j, &e) != OK) {
                if (j || !e.msg[0])
                        abort(); /* untouched, and it says why */
                return 0;
        }
        walk(j, 0);
        json_free(j);
        return 0;
}

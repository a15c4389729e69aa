/* test/schemas/json_read.c -- what the gate makes of texts, for
 * json_gate.mjs to compare.
 *
 * In:  on stdin again and again a u32 (little-endian) and so many bytes.
 * Out: a line each: "- CODE MESSAGE" when refused, else "+ " and the value:
 *      t, f, n, #hex of the double's bits, "hex of the text's bytes, and
 *      [a b ] and {"key value } */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/json.h"

static void put_text(struct text t)
{
        size_t i;

        putchar('"');
        for (i = 0; i < t.n; i++)
                printf("%02x", (unsigned char)t.p[i]);
        putchar(' ');
}

static void put(const struct json *j)
{
        const struct json *child;
        bool object = json_is_object(j);

        if (object || json_is_array(j)) {
                putchar(object ? '{' : '[');
                for (child = json_first(j); child; child = json_next(child)) {
                        if (object)
                                put_text(json_key(child));
                        put(child);
                }
                putchar(object ? '}' : ']');
        } else if (json_is_text(j)) {
                put_text(json_text(j));
        } else if (json_is_number(j)) {
                double v = json_double(j);
                uint64_t bits;

                memcpy(&bits, &v, sizeof bits);
                printf("#%016" PRIx64 " ", bits);
        } else {
                putchar(json_is_null(j) ? 'n' : json_true(j) ? 't' : 'f');
        }
}

int main(void)
{
        unsigned char head[4];
        struct json *j;
        struct err e;
        uint32_t n;
        char *p;

        while (fread(head, 1, 4, stdin) == 4) {
                n = (uint32_t)head[0] | (uint32_t)head[1] << 8 |
                    (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
                p = malloc(n ? n : 1);
                if (!p || fread(p, 1, n, stdin) != n)
                        return 1;
                j = NULL;
                e = (struct err){0};
                if (json_parse((struct text){p, n}, JSON_MESSAGE_MAX, &j, &e) ==
                    OK) {
                        fputs("+ ", stdout);
                        put(j);
                        putchar('\n');
                } else {
                        printf("- %s %s\n", status_name(e.code), e.msg);
                }
                json_free(j);
                free(p);
        }
        return 0;
}

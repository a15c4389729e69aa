/* schemas/text.c -- text from outside is a pointer and a length. */
#include "schemas/text.h"

#include <string.h>

struct text text_of(const char *s)
{
        return (struct text){s, s ? strlen(s) : 0};
}

bool text_eq(struct text a, struct text b)
{
        return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool text_is(struct text a, const char *s)
{
        return text_eq(a, text_of(s));
}

bool text_starts(struct text a, const char *prefix)
{
        size_t n = strlen(prefix);

        return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

/* Length of the well-formed sequence at s (at most n bytes), or 0. */
static size_t utf8_length(const unsigned char *s, size_t n)
{
        uint32_t c;
        size_t len, i;

        if (s[0] < 0x80)
                return s[0] >= 0x20 || s[0] == '\t' || s[0] == '\n' ||
                       s[0] == '\r';
        if (s[0] >= 0xC2 && s[0] <= 0xDF)
                len = 2, c = s[0] & 0x1Fu;
        else if ((s[0] & 0xF0) == 0xE0)
                len = 3, c = s[0] & 0x0Fu;
        else if (s[0] >= 0xF0 && s[0] <= 0xF4)
                len = 4, c = s[0] & 0x07u;
        else
                return 0;
        if (len > n)
                return 0;
        for (i = 1; i < len; i++) {
                if ((s[i] & 0xC0) != 0x80)
                        return 0;
                c = c << 6 | (s[i] & 0x3Fu);
        }
        if (len == 3 && (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF)))
                return 0;
        if (len == 4 && (c < 0x10000 || c > 0x10FFFF))
                return 0;
        return len;
}

bool text_is_utf8(struct text t)
{
        const unsigned char *s = (const unsigned char *)t.p;
        size_t i = 0, len;

        while (i < t.n) {
                len = utf8_length(s + i, t.n - i);
                if (len == 0)
                        return false;
                i += len;
        }
        return true;
}

static bool is_code_char(char c)
{
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool text_is_code(struct text t, size_t max)
{
        size_t i;

        if (t.n == 0 || t.n > max)
                return false;
        for (i = 0; i < t.n; i++)
                if (!is_code_char(t.p[i]))
                        return false;
        return true;
}

bool text_copy(char *dst, size_t cap, struct text t)
{
        dst[0] = '\0';
        if (t.n >= cap || (t.n && memchr(t.p, 0, t.n)))
                return false;
        if (t.n)
                memcpy(dst, t.p, t.n);
        dst[t.n] = '\0';
        return true;
}

bool text_to_i64(struct text t, int64_t *ret)
{
        bool minus = false;
        int64_t v = 0;
        size_t i = 0;

        if (t.n && (t.p[0] == '-' || t.p[0] == '+'))
                minus = t.p[i++] == '-';
        if (i == t.n)
                return false;
        for (; i < t.n; i++) {
                if (t.p[i] < '0' || t.p[i] > '9')
                        return false;
                if (__builtin_mul_overflow(v, 10, &v) ||
                    __builtin_add_overflow(v, t.p[i] - '0', &v))
                        return false;
        }
        *ret = minus ? -v : v;
        return true;
}

bool text_to_milli(struct text t, int64_t *ret_milli)
{
        bool minus = false, digits = false, up = false;
        int64_t v = 0;
        size_t i = 0, k;

        if (t.n && (t.p[0] == '-' || t.p[0] == '+'))
                minus = t.p[i++] == '-';
        for (; i < t.n && t.p[i] >= '0' && t.p[i] <= '9'; i++) {
                digits = true;
                if (v > INT64_C(900000000000000))
                        return false;
                v = v * 10 + (t.p[i] - '0');
        }
        if (i < t.n && t.p[i] == '.')
                i++;
        for (k = 0; k < 3; k++) {
                v *= 10;
                if (i < t.n && t.p[i] >= '0' && t.p[i] <= '9') {
                        digits = true;
                        v += t.p[i++] - '0';
                }
        }
        if (k == 3 && i < t.n && t.p[i] >= '0' && t.p[i] <= '9')
                up = t.p[i] >= '5';
        while (i < t.n && t.p[i] >= '0' && t.p[i] <= '9')
                i++;
        if (!digits || i != t.n)
                return false;
        v += up;
        *ret_milli = minus ? -v : v;
        return true;
}

bool text_cut(struct text *rest, char sep, struct text *ret_piece)
{
        const char *at;

        if (!rest->p)
                return false;
        at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
        if (!at) {
                *ret_piece = *rest;
                *rest = (struct text){NULL, 0};
                return true;
        }
        *ret_piece = (struct text){rest->p, (size_t)(at - rest->p)};
        *rest = (struct text){at + 1, rest->n - ret_piece->n - 1};
        return true;
}

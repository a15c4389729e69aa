/* schemas/wire/json_out.c -- writing JSON into a struct buf. */
#include "schemas/wire/json.h"

#include <math.h>
#include <stdlib.h>

#include "schemas/time.h"

struct json_out json_out(struct buf *b)
{
        return (struct json_out){b, false};
}

static void put_escaped(struct buf *b, struct text t)
{
        static const char hex[] = "0123456789abcdef";
        size_t i;

        buf_char(b, '"');
        for (i = 0; i < t.n; i++) {
                unsigned char c = (unsigned char)t.p[i];

                if (c == '"' || c == '\\') {
                        buf_char(b, '\\');
                        buf_char(b, (char)c);
                } else if (c < 0x20 || c == 0x7F) {
                        buf_str(b, "\\u00");
                        buf_char(b, hex[c >> 4]);
                        buf_char(b, hex[c & 15]);
                } else {
                        buf_char(b, (char)c);
                }
        }
        buf_char(b, '"');
}

static void begin(struct json_out *o, const char *key)
{
        if (o->comma)
                buf_char(o->b, ',');
        o->comma = true;
        if (!key)
                return;
        put_escaped(o->b, text_of(key));
        buf_char(o->b, ':');
}

void json_open(struct json_out *o, const char *key)
{
        begin(o, key);
        buf_char(o->b, '{');
        o->comma = false;
}

void json_close(struct json_out *o)
{
        buf_char(o->b, '}');
        o->comma = true;
}

void json_open_array(struct json_out *o, const char *key)
{
        begin(o, key);
        buf_char(o->b, '[');
        o->comma = false;
}

void json_close_array(struct json_out *o)
{
        buf_char(o->b, ']');
        o->comma = true;
}

void json_put_text(struct json_out *o, const char *key, struct text t)
{
        begin(o, key);
        put_escaped(o->b, t);
}

void json_put_str(struct json_out *o, const char *key, const char *s)
{
        json_put_text(o, key, text_of(s));
}

void json_put_i64(struct json_out *o, const char *key, int64_t v)
{
        begin(o, key);
        buf_printf(o->b, "%lld", (long long)v);
}

void json_put_u64(struct json_out *o, const char *key, uint64_t v)
{
        begin(o, key);
        buf_printf(o->b, "%llu", (unsigned long long)v);
}

void json_put_bool(struct json_out *o, const char *key, bool v)
{
        begin(o, key);
        buf_str(o->b, v ? "true" : "false");
}

void json_put_null(struct json_out *o, const char *key)
{
        begin(o, key);
        buf_str(o->b, "null");
}

void json_put_milli(struct json_out *o, const char *key, int64_t milli)
{
        uint64_t v = milli < 0 ? -(uint64_t)milli : (uint64_t)milli;
        unsigned part = (unsigned)(v % 1000);

        begin(o, key);
        buf_printf(o->b, "%s%llu", milli < 0 ? "-" : "",
                   (unsigned long long)(v / 1000));
        if (part == 0)
                return;
        if (part % 100 == 0)
                buf_printf(o->b, ".%u", part / 100);
        else if (part % 10 == 0)
                buf_printf(o->b, ".%02u", part / 10);
        else
                buf_printf(o->b, ".%03u", part);
}

void json_put_degree(struct json_out *o, const char *key, double v)
{
        begin(o, key);
        buf_printf(o->b, "%.6f", v);
}

void json_put_time(struct json_out *o, const char *key, int64_t us)
{
        char text[48];

        if (us == TIME_NONE) {
                json_put_null(o, key);
                return;
        }
        time_format_beijing(text, us);
        json_put_str(o, key, text);
}

void json_put_raw(struct json_out *o, const char *key, struct text t)
{
        begin(o, key);
        buf_text(o->b, t);
}

void json_put_bytes(struct json_out *o, const char *key, struct text t)
{
        struct buf clean = {0};
        size_t i = 0, len;

        while (i < t.n) {
                for (len = 4; len > 0; len--)
                        if (len <= t.n - i &&
                            text_is_utf8((struct text){t.p + i, len}))
                                break;
                if (len)
                        buf_add(&clean, t.p + i, len);
                else
                        buf_str(&clean, "\xEF\xBF\xBD");
                i += len ? len : 1;
        }
        json_put_text(o, key, buf_as_text(&clean));
        buf_done(&clean);
}

void json_put_words(struct json_out *o, const char *key, const char *s)
{
        if (s && *s)
                json_put_bytes(o, key, text_of(s));
        else
                json_put_null(o, key);
}

void json_put_hex(struct json_out *o, const char *key, struct text t)
{
        struct buf hex = {0};

        buf_str(&hex, "\\x");
        buf_hex(&hex, t.p, t.n);
        o->b->failed |= hex.failed;
        json_put_text(o, key, buf_as_text(&hex));
        buf_done(&hex);
}

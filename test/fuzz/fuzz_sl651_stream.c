/* test/fuzz/fuzz_sl651_stream.c -- any bytes as a connection, cut in any
 * way: the same frames come out as when they come at once, nothing is lost,
 * and what is called a frame is one. */
#include <stdlib.h>
#include <string.h>

#include "sensors/sl651_stream.h"

struct seen {
        struct buf frames;
        size_t bytes; /* of all pieces */
};

static void take(struct sl651_stream *s, struct seen *x)
{
        struct sl651_head h;
        struct sl651_piece p;

        while (sl651_stream_next(s, &p)) {
                if (p.bytes.n == 0 || p.bytes.n > SL651_STREAM_MAX)
                        abort();
                x->bytes += p.bytes.n;
                if (p.garbage)
                        continue;
                buf_text(&x->frames, p.bytes);
                buf_char(&x->frames, (char)p.protocol);
                if (p.protocol <= SL651_ASCII &&
                    sl651_open(p.bytes, &h, NULL) != OK)
                        abort();
        }
        if (s->cap > SL651_STREAM_MAX)
                abort();
}

static void run(struct text t, size_t step, struct seen *x)
{
        struct sl651_stream s = {.p = NULL};
        size_t n, all = t.n;

        while (t.n > 0) {
                n = sl651_stream_feed(
                        &s, (struct text){t.p, step < t.n ? step : t.n});
                if (n == 0)
                        abort(); /* it must make room */
                t.p += n;
                t.n -= n;
                take(&s, x);
        }
        if (x->bytes + sl651_stream_waiting(&s) != all)
                abort();
        while (sl651_stream_waiting(&s) > 0) {
                sl651_stream_expire(&s);
                take(&s, x);
        }
        if (x->bytes != all)
                abort();
        sl651_stream_done(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct seen one = {.bytes = 0}, two = {.bytes = 0};
        struct text t = {(const char *)data, size};

        run(t, size ? size : 1, &one);
        run(t, size ? 1 + data[size - 1] % 31 : 1, &two);
        if (!text_eq(buf_as_text(&one.frames), buf_as_text(&two.frames)))
                abort();
        buf_done(&one.frames);
        buf_done(&two.frames);
        return 0;
}

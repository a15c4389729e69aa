/* sensors/sl651_stream.c -- the bytes of a connection cut into frames.
 *
 * At each place the bytes say: a frame of so many bytes, no frame, or not
 * enough bytes to know.  That depends on nothing but the bytes from there
 * on, so it does not matter how they came.
 * Source: SL 651-2014 tables 16-21; SL 427 (68 L 68 ... 16); HJ 212-2017
 * (## length ... CRLF). */
#include "sensors/sl651_stream.h"

#include <stdlib.h>
#include <string.h>

#include "sensors/sl651_part.h"

struct look {
        enum { MORE, FRAME, NONE } what;
        size_t n; /* of the frame, or how many bytes are none */
        enum sl651_protocol protocol;
        enum status reason;
};

static struct look more(void)
{
        return (struct look){.what = MORE};
}

static struct look none(size_t n, enum status reason)
{
        return (struct look){.what = NONE, .n = n, .reason = reason};
}

/* All of a frame is there: is it one?  With its end in place and only the
 * CRC wrong it goes as a whole; else its length cannot be trusted. */
static struct look opened(const uint8_t *b, size_t n, enum sl651_protocol p)
{
        struct sl651_head h;
        enum status st =
                sl651_open((struct text){(const char *)b, n}, &h, NULL);

        if (st == OK)
                return (struct look){FRAME, n, p, OK};
        return none(st == ERR_CRC ? n : 1, st);
}

static bool is_start(uint8_t c)
{
        return c == SL651_STX || c == SL651_SYN;
}

static struct look look_hex(const uint8_t *b, size_t n)
{
        size_t total;

        if (n < 2)
                return more();
        if (b[1] != 0x7E)
                return none(1, ERR_SYNTAX);
        if (n < 12)
                return more();
        if (b[11] >> 4 != 0 && b[11] >> 4 != 8)
                return none(1, ERR_SYNTAX);
        if (n < 14)
                return more();
        if (!is_start(b[13]))
                return none(1, ERR_SYNTAX);
        total = 14 + ((size_t)(b[11] & 0x0F) << 8 | b[12]) + 3;
        return n < total ? more() : opened(b, total, SL651_HEX);
}

static struct look look_ascii(const uint8_t *b, size_t n)
{
        uint32_t v;
        size_t i, total;

        for (i = 1; i < n && i < 23; i++)
                if (sl651_hex_digit(b[i]) < 0)
                        return none(1, ERR_SYNTAX);
        if (n > 19 && b[19] != '0' && b[19] != '8')
                return none(1, ERR_SYNTAX);
        if (n < 24)
                return more();
        if (!is_start(b[23]) || !sl651_hex_chars(b + 20, 3, &v))
                return none(1, ERR_SYNTAX);
        total = 24 + v + 5;
        return n < total ? more() : opened(b, total, SL651_ASCII);
}

static struct look look_sl427(const uint8_t *b, size_t n)
{
        size_t total = n > 1 ? b[1] + 5u : 0;

        if (n > 1 && b[1] == 0)
                return none(1, ERR_SYNTAX);
        if (n > 2 && b[2] != 0x68)
                return none(1, ERR_SYNTAX);
        if (n < 3 || n < total)
                return more();
        if (b[total - 1] != 0x16)
                return none(1, ERR_SYNTAX);
        return (struct look){FRAME, total, SL651_SL427, OK};
}

static struct look look_hj212(const uint8_t *b, size_t n)
{
        size_t i, total = 0;

        if (n > 1 && b[1] != '#')
                return none(1, ERR_SYNTAX);
        for (i = 2; i < n && i < 6; i++) {
                if (b[i] < '0' || b[i] > '9')
                        return none(1, ERR_SYNTAX);
                total = total * 10 + b[i] - '0';
        }
        if (n < 6)
                return more();
        total += 2 + 4 + 4 + 2; /* ##, length, CRC, line end */
        if (total > SL651_STREAM_MAX)
                return none(1, ERR_SIZE);
        if (n < total)
                return more();
        if (b[total - 2] != '\r' || b[total - 1] != '\n')
                return none(1, ERR_SYNTAX);
        return (struct look){FRAME, total, SL651_HJ212, OK};
}

static bool is_fill(uint8_t c)
{
        return c == '\r' || c == '\n' || c == ' ' || c == 0;
}

static struct look look(const uint8_t *b, size_t n)
{
        switch (b[0]) {
        case 0x7E:
                return look_hex(b, n);
        case SL651_SOH:
                return look_ascii(b, n);
        case 0x68:
                return look_sl427(b, n);
        case '#':
                return look_hj212(b, n);
        default:
                return none(1, is_fill(b[0]) ? OK : ERR_SYNTAX);
        }
}

void sl651_stream_done(struct sl651_stream *s)
{
        free(s->p);
        *s = (struct sl651_stream){.p = NULL};
}

size_t sl651_stream_feed(struct sl651_stream *s, struct text bytes)
{
        size_t waits = sl651_stream_waiting(s), n = SL651_STREAM_MAX - waits;
        char *p;

        n = bytes.n < n ? bytes.n : n;
        if (s->first > 0 && waits > 0)
                memmove(s->p, s->p + s->first, waits);
        s->first = 0;
        s->n = waits;
        if (waits + n > s->cap) {
                size_t cap = waits + n > 2 * s->cap ? waits + n : 2 * s->cap;

                cap = cap < SL651_STREAM_MAX ? cap : SL651_STREAM_MAX;
                p = realloc(s->p, cap);
                if (!p)
                        return 0;
                s->p = p;
                s->cap = cap;
        }
        if (n > 0)
                memcpy(s->p + waits, bytes.p, n);
        s->n = waits + n;
        return n;
}

static bool give(struct sl651_stream *s, size_t n, const struct look *l,
                 struct sl651_piece *ret)
{
        *ret = (struct sl651_piece){
                .garbage = l->what != FRAME,
                .protocol = l->what == FRAME ? l->protocol : SL651_STRANGE,
                .reason = l->reason,
                .bytes = {s->p + s->first, n}};
        s->first += n;
        s->expired = false;
        return true;
}

/* Garbage goes on to the next place that is or may be a frame; a frame of
 * which only the CRC is wrong is a piece of its own. */
static bool give_garbage(struct sl651_stream *s, struct look l,
                         struct sl651_piece *ret)
{
        const uint8_t *b = (const uint8_t *)s->p + s->first;
        size_t n = s->n - s->first, at = l.n;

        while (l.reason != ERR_CRC && at < n) {
                struct look next = look(b + at, n - at);

                if (next.what != NONE || next.reason == ERR_CRC)
                        break;
                if (l.reason == OK)
                        l.reason = next.reason;
                at += next.n;
        }
        return give(s, at, &l, ret);
}

bool sl651_stream_next(struct sl651_stream *s, struct sl651_piece *ret)
{
        struct look l;

        if (sl651_stream_waiting(s) == 0) {
                sl651_stream_done(s);
                return false;
        }
        l = look((const uint8_t *)s->p + s->first, s->n - s->first);
        if (l.what == MORE && s->expired)
                l = none(1, ERR_TOO_FEW);
        if (l.what == NONE)
                return give_garbage(s, l, ret);
        return l.what == FRAME && give(s, l.n, &l, ret);
}

size_t sl651_stream_waiting(const struct sl651_stream *s)
{
        return s->n - s->first;
}

void sl651_stream_expire(struct sl651_stream *s)
{
        s->expired = sl651_stream_waiting(s) > 0;
}

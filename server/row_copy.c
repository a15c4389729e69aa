/* server/row_copy.c -- see row_copy.h. */
#include "server/row_copy.h"

#include <string.h>

#include "schemas/wire/json.h"

#define EPOCH_US INT64_C(946684800000000) /* PostgreSQL counts from 2000 */
#define TEXT_OID 25
#define HEAD 19 /* kind, length of the tuple, two times */
#define CHUNK_TAG (ROW_RAIN + 1)
#define CHUNK_HEAD 5 /* tag, length */
#define SHOWN_MAX 64 /* bytes of a field that is no text, for people */

/* ---- big-endian fields, each after its length ---- */

static void put_be(struct buf *b, uint64_t v, int bytes)
{
        char raw[8];
        int i;

        for (i = 0; i < bytes; i++)
                raw[i] = (char)(v >> (8 * (bytes - 1 - i)));
        buf_add(b, raw, (size_t)bytes);
}

static void put_str(struct buf *b, const char *s)
{
        size_t n = strlen(s);

        put_be(b, n, 4);
        buf_add(b, s, n);
}

static void put_i64(struct buf *b, int64_t v)
{
        put_be(b, 8, 4);
        put_be(b, (uint64_t)v, 8);
}

static void put_time(struct buf *b, int64_t us)
{
        put_i64(b, us - EPOCH_US);
}

static void put_null(struct buf *b)
{
        put_be(b, UINT32_MAX, 4);
}

/* Digits after the point that are needed: 9.05 has two. */
static unsigned scale_of(unsigned fraction)
{
        if (fraction % 10)
                return 3;
        if (fraction % 100)
                return 2;
        return fraction ? 1 : 0;
}

/* numeric: digits to the base 10 000; thousandths are a tenth of the one
 * after the point. */
static void put_milli(struct buf *b, int64_t milli)
{
        uint64_t u = milli < 0 ? 0 - (uint64_t)milli : (uint64_t)milli;
        unsigned fraction = (unsigned)(u % 1000);
        uint16_t digit[7]; /* 2^63 / 1000 takes five, and the fraction */
        int n = 0, weight, first = 6, last = 6;

        digit[6] = (uint16_t)(fraction * 10);
        for (u /= 1000; u; u /= 10000)
                digit[--first] = (uint16_t)(u % 10000);
        weight = 5 - first;
        while (last >= first && digit[last] == 0)
                last--;
        n = last - first + 1;
        put_be(b, 8 + 2 * (uint64_t)n, 4);
        put_be(b, (uint64_t)n, 2);
        put_be(b, (uint16_t)(n ? weight : 0), 2);
        put_be(b, milli < 0 ? 0x4000 : 0, 2);
        put_be(b, scale_of(fraction), 2);
        for (; first <= last; first++)
                put_be(b, digit[first], 2);
}

static void put_marks(struct buf *b, uint32_t marks)
{
        uint32_t n = 0, i;
        size_t at = b->n, end;

        for (i = 0; i < MARK_count; i++)
                n += (marks >> i) & 1;
        put_be(b, 0, 4); /* its length, known later */
        put_be(b, n ? 1 : 0, 4);
        put_be(b, 0, 4);
        put_be(b, TEXT_OID, 4);
        if (n) {
                put_be(b, n, 4);
                put_be(b, 1, 4);
        }
        for (i = 0; i < MARK_count; i++)
                if (marks & (1u << i))
                        put_str(b, mark_name((enum mark_bit)i));
        if (b->failed)
                return;
        end = b->n;
        b->n = at;
        put_be(b, end - at - 4, 4);
        b->n = end;
}

/* ---- rows ---- */

static size_t row_open(struct buf *b, enum row_kind kind, int64_t time_us,
                       int64_t received_us)
{
        char head[HEAD] = {(char)kind};

        memcpy(head + 3, &time_us, 8);
        memcpy(head + 11, &received_us, 8);
        buf_add(b, head, HEAD);
        return b->n;
}

static void row_close(struct buf *b, size_t from)
{
        uint16_t n = (uint16_t)(b->n - from);

        if (!b->failed)
                memcpy(b->p + from - HEAD + 1, &n, 2);
}

void row_copy_observation(struct buf *rows, const char *station,
                          const struct observation *x)
{
        bool missing = x->marks & MARK_MISSING;
        enum row_kind kind = x->marks & MARK_REVISED ? ROW_REVISION
                             : x->marks & MARK_OLD   ? ROW_MERGE
                                                     : ROW_FRESH;
        size_t from = row_open(rows, kind, x->time_us, x->received_us);

        put_be(rows, 9, 2);
        put_str(rows, station);
        put_str(rows, element_name(x->element));
        put_time(rows, x->time_us);
        if (missing)
                put_null(rows);
        else
                put_milli(rows, x->value_milli);
        put_be(rows, 1, 4);
        put_be(rows, missing, 1);
        put_marks(rows, x->marks);
        put_time(rows, x->received_us);
        put_i64(rows, (int64_t)x->seq);
        put_be(rows, 4, 4);
        put_be(rows, x->item, 4);
        row_close(rows, from);
}

void row_copy_rain(struct buf *rows, const char *station,
                   const struct rain_slot *x)
{
        size_t from = row_open(rows, ROW_RAIN, x->end_us, x->end_us);

        put_be(rows, 7, 2);
        put_str(rows, station);
        put_time(rows, x->begin_us);
        put_time(rows, x->end_us);
        put_milli(rows, x->amount_milli);
        put_str(rows, element_name(x->source));
        if (x->repaired)
                put_milli(rows, x->raw_milli);
        else
                put_null(rows);
        put_i64(rows, (int64_t)x->seq);
        row_close(rows, from);
}

bool row_copy_cut(struct text *rest, struct copy_row *ret)
{
        uint16_t n;

        if (rest->n < HEAD || rest->p[0] < ROW_FRESH || rest->p[0] > ROW_RAIN)
                return false;
        memcpy(&n, rest->p + 1, 2);
        if (rest->n < HEAD + (size_t)n)
                return false;
        ret->kind = (enum row_kind)rest->p[0];
        memcpy(&ret->time_us, rest->p + 3, 8);
        memcpy(&ret->received_us, rest->p + 11, 8);
        ret->tuple = (struct text){rest->p + HEAD, n};
        rest->p += HEAD + n;
        rest->n -= HEAD + (size_t)n;
        return true;
}

size_t row_chunk_begin(struct buf *rows)
{
        static const char head[CHUNK_HEAD] = {CHUNK_TAG};

        buf_add(rows, head, CHUNK_HEAD);
        return rows->n;
}

void row_chunk_end(struct buf *rows, size_t from)
{
        uint32_t n = (uint32_t)(rows->n - from);

        if (rows->failed)
                return;
        if (n == 0)
                rows->n = from - CHUNK_HEAD;
        else
                memcpy(rows->p + from - CHUNK_HEAD + 1, &n, 4);
}

bool row_chunk_cut(struct text *rest, struct text *ret_chunk)
{
        uint32_t n;

        if (rest->n < CHUNK_HEAD || rest->p[0] != CHUNK_TAG)
                return false;
        memcpy(&n, rest->p + 1, 4);
        if (rest->n - CHUNK_HEAD < n)
                return false;
        *ret_chunk = (struct text){rest->p + CHUNK_HEAD, n};
        rest->p += CHUNK_HEAD + n;
        rest->n -= CHUNK_HEAD + (size_t)n;
        return true;
}

uint32_t row_count(struct text rows)
{
        struct copy_row row;
        struct text line, chunk;
        uint32_t n = 0;

        while (rows.n)
                if (row_chunk_cut(&rows, &chunk))
                        continue;
                else if (row_copy_cut(&rows, &row) ||
                         (text_cut(&rows, '\n', &line) && line.n))
                        n++;
        return n;
}

void row_copy_begin(struct buf *b)
{
        buf_add(b, "PGCOPY\n\377\r\n\0", 11);
        put_be(b, 0, 8); /* no flags, no extension */
}

void row_copy_end(struct buf *b)
{
        put_be(b, UINT16_MAX, 2);
}

/* ---- for people ---- */

static uint32_t get_be(const char *p, int bytes)
{
        uint32_t v = 0;
        int i;

        for (i = 0; i < bytes; i++)
                v = v << 8 | (unsigned char)p[i];
        return v;
}

struct text row_copy_key(struct text tuple)
{
        size_t at = 2; /* behind the number of columns */
        int column;

        for (column = 0; column < 3 && at + 4 <= tuple.n; column++)
                at += 4 + (size_t)get_be(tuple.p + at, 4);
        return (struct text){tuple.p, at < tuple.n ? at : tuple.n};
}

static bool is_word(const char *p, uint32_t n)
{
        uint32_t i;

        for (i = 0; i < n && p[i] >= 0x20 && p[i] < 0x7f; i++)
                ;
        return i == n && n > 0;
}

void row_copy_describe(struct text tuple, struct buf *b)
{
        struct json_out o = json_out(b);
        size_t at = 2;

        json_open_array(&o, NULL);
        while (at + 4 <= tuple.n) {
                uint32_t n = get_be(tuple.p + at, 4);

                at += 4;
                if (n == UINT32_MAX) {
                        json_put_null(&o, NULL);
                        n = 0;
                } else if (n > tuple.n - at) {
                        break;
                } else if (is_word(tuple.p + at, n)) {
                        json_put_text(&o, NULL, (struct text){tuple.p + at, n});
                } else {
                        json_put_hex(
                                &o, NULL,
                                (struct text){tuple.p + at,
                                              n < SHOWN_MAX ? n : SHOWN_MAX});
                }
                at += n;
        }
        json_close_array(&o);
}

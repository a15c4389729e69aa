/* server/row_terminal.c -- rows of pictures, texts and conformance. */
#include "server/row_part.h"

#include <iconv.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "server/picture_name.h"

static void row_picture(const struct state *s, const struct attachment *x,
                        struct buf *rows)
{
        const char *code = s->places.stations[x->station].code;
        unsigned char hash[crypto_hash_sha256_BYTES];
        char id[PICTURE_ID_MAX], hex[2 * sizeof hash + 1];
        struct json_out o = row_begin(rows, "picture");

        picture_id(code, x, id);
        crypto_hash_sha256(hash, (const unsigned char *)x->bytes, x->n);
        sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
        json_put_str(&o, "id", id);
        json_put_str(&o, "station", code);
        json_put_time(&o, "time", x->time_us);
        json_put_u64(&o, "bytes", x->n);
        json_put_str(&o, "sha256", hex);
        json_put_u64(&o, "seq", x->seq);
        row_end(&o);
}

/* A manual text is UTF-8 or, as the standard's time had it, GB 18030. */
static void put_words(struct json_out *o, const struct attachment *x)
{
        struct text t = {x->bytes, x->n};
        char out[3 * 4096 + 1], *to = out, *from = x->bytes;
        size_t n_from = x->n, n_to = sizeof out;
        iconv_t cd;

        if (!text_is_utf8(t) && x->n <= 4096) {
                cd = iconv_open("UTF-8", "GB18030");
                if (cd != (iconv_t)-1) {
                        if (iconv(cd, &from, &n_from, &to, &n_to) != (size_t)-1)
                                t = (struct text){out, sizeof out - n_to};
                        iconv_close(cd);
                }
        }
        json_put_bytes(o, "words", t);
}

static void row_text(const struct state *s, const struct attachment *x,
                     struct buf *rows)
{
        struct json_out o = row_begin(rows, "station_text");

        json_put_u64(&o, "seq", x->seq);
        json_put_i64(&o, "item", x->item);
        json_put_str(&o, "station", s->places.stations[x->station].code);
        json_put_str(&o, "kind", x->kind);
        json_put_time(&o, "time", x->time_us);
        if (strcmp(x->kind, "text") == 0 || strcmp(x->kind, "version") == 0)
                put_words(&o, x);
        json_put_hex(&o, "raw", (struct text){x->bytes, x->n});
        row_end(&o);
}

static void row_conformance(const struct state *s,
                            const struct deviation_row *x, struct buf *rows)
{
        struct json_out o = row_begin(rows, "conformance");

        json_put_str(&o, "station", s->places.stations[x->station].code);
        json_put_str(&o, "kind", x->kind);
        json_put_u64(&o, "count", x->count);
        json_put_time(&o, "first_at", x->first_us);
        json_put_time(&o, "last_at", x->last_us);
        json_put_u64(&o, "seq", x->seq);
        json_put_i64(&o, "byte", x->at);
        row_end(&o);
}

void rows_terminal(const struct state *s, const struct effects *fx,
                   struct buf *rows)
{
        uint32_t i;

        for (i = 0; i < fx->n_attachment; i++) {
                const struct attachment *x = &fx->attachment[i];

                if (x->station >= s->places.n_stations)
                        continue;
                if (strcmp(x->kind, "picture") == 0)
                        row_picture(s, x, rows);
                else
                        row_text(s, x, rows);
        }
        for (i = 0; i < fx->n_deviation; i++)
                if (fx->deviation[i].station < s->places.n_stations)
                        row_conformance(s, &fx->deviation[i], rows);
}

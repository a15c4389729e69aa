/* sensors/sl651_seal.c -- head, end and CRC put around a body; the packets
 * of a long one; the centre's answers.
 *
 * Source: SL 651-2014 6.3, tables 16-21. */
#include "sensors/sl651_part.h"

#include <stdio.h>
#include <string.h>

#include "schemas/time.h"

static uint8_t end_of(const struct sl651_head *h)
{
        if (h->end)
                return h->end;
        return h->downlink ? SL651_ENQ : SL651_ETX;
}

/* The head's fields as bytes, in their order on the line. */
static size_t head_bytes(const struct sl651_head *h, uint8_t dst[9])
{
        uint32_t v = 0;
        size_t i, address = h->downlink ? 0 : 1;

        dst[h->downlink ? 5 : 0] = h->centre;
        for (i = 0; i < 5; i++) {
                if (!sl651_hex_chars((const uint8_t *)h->address + 2 * i, 2,
                                     &v))
                        return 0;
                dst[address + i] = (uint8_t)v;
        }
        dst[6] = (uint8_t)(h->password >> 8);
        dst[7] = (uint8_t)h->password;
        dst[8] = h->function;
        return 9;
}

static void seal_hex(const struct sl651_head *h, const uint8_t head[9],
                     struct text body, struct buf *out)
{
        size_t from = out->n, n = body.n + (h->many ? 3 : 0);
        uint16_t crc;

        buf_str(out, "~~"); /* 7E 7E */
        buf_add(out, head, 9);
        buf_char(out, (char)((h->downlink ? 0x80 : 0) | n >> 8));
        buf_char(out, (char)n);
        buf_char(out, h->many ? SL651_SYN : SL651_STX);
        if (h->many) {
                buf_char(out, (char)(h->packets >> 4));
                buf_char(out,
                         (char)((h->packets & 0x0F) << 4 | h->packet >> 8));
                buf_char(out, (char)h->packet);
        }
        buf_text(out, body);
        buf_char(out, (char)end_of(h));
        if (out->failed)
                return;
        crc = sl651_crc(out->p + from, out->n - from);
        buf_char(out, (char)(crc >> 8));
        buf_char(out, (char)crc);
}

static void seal_ascii(const struct sl651_head *h, const uint8_t head[9],
                       struct text body, struct buf *out)
{
        size_t from = out->n, n = body.n + (h->many ? 6 : 0), i;

        buf_char(out, SL651_SOH);
        for (i = 0; i < 9; i++)
                buf_printf(out, "%02X", head[i]);
        buf_printf(out, "%c%03zX", h->downlink ? '8' : '0', n);
        buf_char(out, h->many ? SL651_SYN : SL651_STX);
        if (h->many)
                buf_printf(out, "%03X%03X", h->packets, h->packet);
        buf_text(out, body);
        buf_char(out, (char)end_of(h));
        if (!out->failed)
                buf_printf(out, "%04X",
                           sl651_crc(out->p + from, out->n - from));
}

enum status sl651_seal(const struct sl651_head *h, struct text body,
                       struct buf *out, struct err *e)
{
        size_t counter = !h->many ? 0 : h->ascii ? 6 : 3;
        uint8_t head[9];

        if (strlen(h->address) != 10 || head_bytes(h, head) == 0)
                return err_set(e, ERR_SYNTAX,
                               "an address has ten hexadecimal digits");
        if (body.n + counter > SL651_BODY_MAX)
                return err_set(e, ERR_SIZE,
                               "a body of %zu bytes wants packets, a frame "
                               "carries %zu",
                               body.n, SL651_BODY_MAX - counter);
        if (h->packets > 0xFFF || h->packet > 0xFFF)
                return err_set(e, ERR_RANGE, "more than 4095 packets");
        if (h->ascii)
                seal_ascii(h, head, body, out);
        else
                seal_hex(h, head, body, out);
        if (out->failed)
                return err_set(e, ERR_SIZE, "no room for the frame");
        return OK;
}

uint32_t sl651_packets(size_t body_n, size_t per)
{
        size_t n = per ? (body_n + per - 1) / per : 0;

        if (body_n == 0)
                n = per > 0;
        return n <= 0xFFF ? (uint32_t)n : 0;
}

enum status sl651_packet(const struct sl651_head *h, struct text body,
                         size_t per, uint32_t k, bool again, struct buf *out,
                         struct err *e)
{
        uint32_t n = sl651_packets(body.n, per);
        struct sl651_head one = *h;
        size_t from = (size_t)(k - 1) * per;

        if (k == 0 || k > n)
                return err_set(e, ERR_RANGE, "packet %u of %u", k, n);
        one.many = true;
        one.packets = (uint16_t)n;
        one.packet = (uint16_t)k;
        one.end = again || k == n ? SL651_ETX : SL651_ETB;
        body.p += from;
        body.n = body.n - from < per ? body.n - from : per;
        return sl651_seal(&one, body, out, e);
}

bool sl651_wants_answer(const struct sl651_head *h)
{
        return !h->downlink && h->function >= 0x30 && h->function <= 0x36;
}

static size_t answer_body(const struct sl651_head *h, uint16_t serial,
                          int64_t now_us, char dst[17])
{
        uint8_t b[8] = {(uint8_t)(serial >> 8), (uint8_t)serial};
        size_t i;

        if (!sl651_time_bcd(now_us - now_us % SECOND_US, 6, b + 2))
                return 0;
        if (!h->ascii) {
                memcpy(dst, b, 8);
                return 8;
        }
        for (i = 0; i < 8; i++)
                snprintf(dst + 2 * i, 3, "%02X", b[i]);
        return 16;
}

size_t sl651_answer(const struct sl651_head *up, uint16_t serial,
                    int64_t now_us, uint8_t end, uint16_t packets,
                    uint16_t packet, uint8_t ret[SL651_ANSWER_MAX])
{
        struct sl651_head h = *up;
        struct buf out = {.limit = SL651_ANSWER_MAX};
        char body[17];
        size_t n = answer_body(up, serial, now_us, body);

        h.downlink = true;
        h.end = end;
        h.many = packets > 0;
        h.packets = packets;
        h.packet = packet;
        if (n == 0 ||
            sl651_seal(&h, (struct text){body, n}, &out, NULL) != OK || !out.p)
                n = 0;
        else
                memcpy(ret, out.p, n = out.n);
        buf_done(&out);
        return n;
}

size_t sl651_confirm(struct text uplink, int64_t now_us, bool stay,
                     uint8_t ret[SL651_CONFIRM_BYTES])
{
        const uint8_t *b = (const uint8_t *)uplink.p;
        uint8_t answer[SL651_ANSWER_MAX];
        struct sl651_head h;
        size_t n;

        if (sl651_open(uplink, &h, NULL) != OK || !sl651_wants_answer(&h) ||
            h.many || h.ascii || h.body_n < 8)
                return 0;
        b += h.body_at;
        n = sl651_answer(&h, (uint16_t)(b[0] << 8 | b[1]), now_us,
                         stay ? SL651_ESC : SL651_EOT, 0, 0, answer);
        if (n != SL651_CONFIRM_BYTES)
                return 0;
        memcpy(ret, answer, n);
        return n;
}

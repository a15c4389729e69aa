/* sensors/sl651_frame.c -- what stands around an SL 651 body, and the
 * confirmation.  Declared in sensors/sl651.h.
 *
 * Source: SL 651-2014 tables 20 and 21 (frame), 10 (control characters). */
#include "sensors/sl651_part.h"

#include <stdio.h>
#include <string.h>

#include "schemas/time.h"

#define HEAD_BYTES 14
#define TAIL_BYTES 3 /* end character and CRC */

static const struct {
        uint8_t function;
        const char *name;
} functions[] = {
#define X(code, name) {code, name},
        SL651_FUNCTIONS(X)
#undef X
};

const char *sl651_function_name(uint8_t function)
{
        size_t i;

        for (i = 0; i < sizeof functions / sizeof *functions; i++)
                if (functions[i].function == function)
                        return functions[i].name;
        return function >= 0xE0 ? "user defined" : "reserved";
}

uint16_t sl651_crc(const void *p, size_t n)
{
        const uint8_t *b = p;
        uint16_t crc = 0xFFFF;
        size_t i;
        int bit;

        for (i = 0; i < n; i++) {
                crc ^= b[i];
                for (bit = 0; bit < 8; bit++)
                        crc = crc & 1 ? (crc >> 1) ^ 0xA001 : crc >> 1;
        }
        return crc;
}

/* Frames of other kinds are told by name, so that a vendor knows at once. */
static enum status check_start(const uint8_t *b, size_t n, struct err *e)
{
        if (n >= 2 && b[0] == 0x7E && b[1] == 0x7E)
                return OK;
        if (n >= 4 && memcmp(b, "7E7E", 4) == 0)
                return err_set(e, ERR_SYNTAX,
                               "byte 0: the frame came as hex text, send its "
                               "raw bytes");
        if (n >= 1 && b[0] == SL651_SOH)
                return err_set(
                        e, ERR_UNSUPPORTED,
                        "byte 0: SL 651 in ASCII encoding is recognised and "
                        "kept, not read");
        if (n >= 3 && b[0] == 0x68 && b[2] == 0x68)
                return err_set(
                        e, ERR_UNSUPPORTED,
                        "byte 0: SL 427 / SZY206 frame is recognised and kept, "
                        "not read");
        if (n >= 2 && b[0] == '#' && b[1] == '#')
                return err_set(e, ERR_UNSUPPORTED,
                               "byte 0: HJ 212 frame is recognised and kept, "
                               "not read");
        return err_set(e, ERR_SYNTAX, "byte 0: a frame begins with 7E 7E");
}

static bool is_end(const struct sl651_head *h)
{
        if (h->downlink)
                return h->end == SL651_ENQ || h->end == SL651_ACK ||
                       h->end == SL651_EOT || h->end == SL651_NAK ||
                       h->end == SL651_ESC;
        return h->end == SL651_ETX || h->end == SL651_ETB;
}

static enum status check_size(const uint8_t *b, size_t n, struct sl651_head *h,
                              struct err *e)
{
        uint8_t direction;

        if (n < HEAD_BYTES + TAIL_BYTES)
                return err_set(e, ERR_SIZE,
                               "byte %zu: the frame ends here, the shortest "
                               "has %d bytes",
                               n, HEAD_BYTES + TAIL_BYTES);
        direction = b[11] >> 4;
        h->body_n = (uint32_t)(b[11] & 0x0F) << 8 | b[12];
        if (direction != 0 && direction != 8)
                return err_set(e, ERR_SYNTAX,
                               "byte 11: direction %X is neither 0 (up) nor "
                               "8 (down)",
                               direction);
        h->downlink = direction == 8;
        if (n != HEAD_BYTES + h->body_n + TAIL_BYTES)
                return err_set(e, ERR_SIZE,
                               "byte 11: length says %u bytes of body, the "
                               "frame has room for %zu",
                               h->body_n, n - HEAD_BYTES - TAIL_BYTES);
        return OK;
}

static enum status check_marks(const uint8_t *b, size_t n, struct sl651_head *h,
                               struct err *e)
{
        uint16_t want, have;

        h->many = b[13] == SL651_SYN;
        if (b[13] != SL651_STX && b[13] != SL651_SYN)
                return err_set(e, ERR_SYNTAX,
                               "byte 13: %02X is neither STX (02) nor SYN "
                               "(16)",
                               b[13]);
        h->end = b[n - TAIL_BYTES];
        if (!is_end(h))
                return err_set(e, ERR_SYNTAX,
                               "byte %zu: %02X is no end character",
                               n - TAIL_BYTES, h->end);
        want = sl651_crc(b, n - 2);
        have = (uint16_t)(b[n - 2] << 8 | b[n - 1]);
        if (want != have)
                return err_set(e, ERR_CRC,
                               "byte %zu: CRC is %04X, the bytes before it "
                               "give %04X",
                               n - 2, have, want);
        return OK;
}

static enum status read_counter(const uint8_t *b, struct sl651_head *h,
                                struct err *e)
{
        h->body_at = HEAD_BYTES;
        if (!h->many)
                return OK;
        if (h->body_n < 3)
                return err_set(e, ERR_SIZE,
                               "byte 14: no room for the packet counter");
        h->packets = (uint16_t)(b[14] << 4 | b[15] >> 4);
        h->packet = (uint16_t)((b[15] & 0x0F) << 8 | b[16]);
        h->body_at += 3;
        h->body_n -= 3;
        return OK;
}

void sl651_address_text(const uint8_t *b, char dst[11])
{
        snprintf(dst, 11, "%02X%02X%02X%02X%02X", b[0], b[1], b[2], b[3], b[4]);
}

enum status sl651_open(struct text frame, struct sl651_head *ret, struct err *e)
{
        const uint8_t *b = (const uint8_t *)frame.p;
        struct sl651_head h = {.many = false};
        enum status st = check_start(b, frame.n, e);

        if (st == OK)
                st = check_size(b, frame.n, &h, e);
        if (st == OK)
                st = check_marks(b, frame.n, &h, e);
        if (st == OK)
                st = read_counter(b, &h, e);
        if (st != OK)
                return st;
        h.centre = h.downlink ? b[7] : b[2];
        sl651_address_text(h.downlink ? b + 2 : b + 3, h.address);
        h.password = (uint16_t)(b[8] << 8 | b[9]);
        h.function = b[10];
        *ret = h;
        return OK;
}

static uint8_t bcd(int v)
{
        return (uint8_t)(v / 10 % 10 << 4 | v % 10);
}

size_t sl651_confirm(struct text uplink, int64_t now_us, bool stay,
                     uint8_t ret[SL651_CONFIRM_BYTES])
{
        const uint8_t *b = (const uint8_t *)uplink.p;
        struct civil c = time_to_beijing(now_us);
        struct sl651_head h;
        uint16_t crc;

        if (sl651_open(uplink, &h, NULL) != OK || h.downlink || h.many ||
            h.function < 0x30 || h.function > 0x36 || h.body_n < 8)
                return 0;
        ret[0] = ret[1] = 0x7E;
        memcpy(ret + 2, b + 3, 5); /* the address comes first on the way down */
        ret[7] = b[2];
        memcpy(ret + 8, b + 8, 3); /* password, function */
        ret[11] = 0x80;
        ret[12] = 8;
        ret[13] = SL651_STX;
        memcpy(ret + 14, b + h.body_at, 2); /* the uplink's serial */
        ret[16] = bcd(c.year % 100);
        ret[17] = bcd(c.month);
        ret[18] = bcd(c.day);
        ret[19] = bcd(c.hour);
        ret[20] = bcd(c.minute);
        ret[21] = bcd(c.second);
        ret[22] = stay ? SL651_ESC : SL651_EOT;
        crc = sl651_crc(ret, 23);
        ret[23] = (uint8_t)(crc >> 8);
        ret[24] = (uint8_t)crc;
        return SL651_CONFIRM_BYTES;
}

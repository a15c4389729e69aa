/* sensors/sl651_frame.c -- what stands around an SL 651 body.  Declared in
 * sensors/sl651.h.
 *
 * HEX:   7E 7E, head (9 bytes), length (2), STX or SYN, body, end, CRC (2).
 * ASCII: SOH, head (18 characters), length (4), STX or SYN, body, end,
 *        CRC (4 characters).
 * On the way up the centre stands before the station, on the way down
 * after it.
 * Source: SL 651-2014 tables 10 and 16-21. */
#include "sensors/sl651_part.h"

#include <stdio.h>
#include <string.h>

static const struct {
        uint8_t function;
        const char *name;
} functions[] = {
#define X(code, name) {code, name},
        SL651_FUNCTIONS(X)
#undef X
};

static const struct {
        const char *name, *text;
} protocols[] = {
#define X(code, name, text) {name, text},
        SL651_PROTOCOLS(X)
#undef X
};

/* Where the parts of a frame stand. */
struct layout {
        size_t head;   /* bytes before the body */
        size_t tail;   /* end character and CRC */
        size_t length; /* offset of direction and length */
        size_t start;  /* offset of STX or SYN */
        size_t count;  /* bytes of the packet counter */
};

static const struct layout hex_layout = {14, 3, 11, 13, 3};
static const struct layout ascii_layout = {24, 5, 19, 23, 6};

const char *sl651_function_name(uint8_t function)
{
        size_t i;

        for (i = 0; i < sizeof functions / sizeof *functions; i++)
                if (functions[i].function == function)
                        return functions[i].name;
        return function >= 0xE0 ? "user defined" : "reserved";
}

const char *sl651_protocol_name(enum sl651_protocol p)
{
        return p < SL651_PROTOCOL_count ? protocols[p].name : "?";
}

const char *sl651_protocol_text(enum sl651_protocol p)
{
        return p < SL651_PROTOCOL_count ? protocols[p].text : "?";
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

enum sl651_protocol sl651_protocol(struct text frame)
{
        const uint8_t *b = (const uint8_t *)frame.p;

        if (frame.n >= 2 && b[0] == 0x7E && b[1] == 0x7E)
                return SL651_HEX;
        if (frame.n >= 1 && b[0] == SL651_SOH)
                return SL651_ASCII;
        if (frame.n >= 3 && b[0] == 0x68 && b[2] == 0x68)
                return SL651_SL427;
        if (frame.n >= 2 && b[0] == '#' && b[1] == '#')
                return SL651_HJ212;
        return SL651_STRANGE;
}

/* Frames of other kinds are told by name, so that a vendor knows at once. */
static enum status check_start(struct text frame, bool *ret_ascii,
                               struct err *e)
{
        enum sl651_protocol p = sl651_protocol(frame);

        *ret_ascii = p == SL651_ASCII;
        if (p == SL651_HEX || p == SL651_ASCII)
                return OK;
        if (frame.n >= 4 && memcmp(frame.p, "7E7E", 4) == 0)
                return err_set(e, ERR_SYNTAX,
                               "byte 0: the frame came as hex text, send its "
                               "raw bytes");
        if (p != SL651_STRANGE)
                return err_set(e, ERR_UNSUPPORTED,
                               "byte 0: %s frame is recognised and kept, not "
                               "read",
                               sl651_protocol_text(p));
        return err_set(e, ERR_SYNTAX,
                       "byte 0: a frame begins with 7E 7E, or 01 in ASCII");
}

static bool is_up_end(uint8_t c)
{
        return c == SL651_ETX || c == SL651_ETB;
}

static bool is_down_end(uint8_t c)
{
        return c == SL651_ENQ || c == SL651_ACK || c == SL651_EOT ||
               c == SL651_NAK || c == SL651_ESC;
}

/* n characters, 4 at most; *ret is untouched on failure. */
static enum status chars(const uint8_t *b, size_t at, size_t n, uint32_t *ret,
                         struct sl651_frame *f, struct err *e)
{
        size_t i;

        if (!sl651_hex_chars(b + at, n, ret))
                return err_set(e, ERR_SYNTAX,
                               "byte %zu: a character is no hexadecimal digit",
                               at);
        for (i = 0; i < n; i++)
                if (b[at + i] >= 'a') {
                        sl651_note(f, SL651_DEV_LOWER_CASE, at + i);
                        break;
                }
        return OK;
}

static enum status read_length(const uint8_t *b, size_t n,
                               const struct layout *l, struct sl651_head *h,
                               struct sl651_frame *f, struct err *e)
{
        uint32_t v = 0;
        enum status st = OK;

        if (n < l->head + l->tail)
                return err_set(e, ERR_SIZE,
                               "byte %zu: the frame ends here, the shortest "
                               "has %zu bytes",
                               n, l->head + l->tail);
        if (h->ascii)
                st = chars(b, l->length, 4, &v, f, e);
        else
                v = (uint32_t)b[l->length] << 8 | b[l->length + 1];
        if (st != OK)
                return st;
        if (v >> 12 != 0 && v >> 12 != 8)
                return err_set(e, ERR_SYNTAX,
                               "byte %zu: direction %X is neither 0 (up) nor "
                               "8 (down)",
                               l->length, (unsigned)(v >> 12));
        h->downlink = v >> 12 == 8;
        h->body_n = v & 0x0FFF;
        return OK;
}

/* A line end or fill after the frame does no harm. */
static bool is_fill(const uint8_t *b, size_t n)
{
        size_t i;

        if (n > 4)
                return false;
        for (i = 0; i < n; i++)
                if (b[i] != '\r' && b[i] != '\n' && b[i] != 0)
                        return false;
        return true;
}

static enum status check_size(const uint8_t *b, size_t *n,
                              const struct layout *l, struct sl651_head *h,
                              struct sl651_frame *f, struct err *e)
{
        size_t want = l->head + h->body_n + l->tail;

        if (*n > want && is_fill(b + want, *n - want)) {
                sl651_note(f, SL651_DEV_TRAILING, want);
                *n = want;
        }
        if (*n != want)
                return err_set(e, ERR_SIZE,
                               "byte %zu: length says %u bytes of body, the "
                               "frame has room for %zu",
                               l->length, h->body_n, *n - l->head - l->tail);
        return OK;
}

static enum status check_crc(const uint8_t *b, size_t n, bool ascii,
                             struct sl651_frame *f, struct err *e)
{
        size_t at = n - (ascii ? 4 : 2);
        uint32_t have = 0;
        uint16_t want;
        enum status st = OK;

        if (ascii)
                st = chars(b, at, 4, &have, f, e);
        else
                have = (uint32_t)b[at] << 8 | b[at + 1];
        if (st != OK)
                return st;
        want = sl651_crc(b, at);
        if (want != have)
                return err_set(e, ERR_CRC,
                               "byte %zu: CRC is %04X, the bytes before it "
                               "give %04X",
                               at, have, want);
        return OK;
}

static enum status check_marks(const uint8_t *b, size_t n,
                               const struct layout *l, struct sl651_head *h,
                               struct sl651_frame *f, struct err *e)
{
        uint8_t start = b[l->start];
        size_t end = n - l->tail;

        h->many = start == SL651_SYN;
        if (start != SL651_STX && start != SL651_SYN)
                return err_set(e, ERR_SYNTAX,
                               "byte %zu: %02X is neither STX (02) nor SYN "
                               "(16)",
                               l->start, start);
        h->end = b[end];
        if (!is_up_end(h->end) && !is_down_end(h->end))
                return err_set(e, ERR_SYNTAX,
                               "byte %zu: %02X is no end character", end,
                               h->end);
        return check_crc(b, n, h->ascii, f, e);
}

/* The end character tells the way better than the nibble: where the two
 * disagree, a terminal that ends with ETX speaks upwards. */
static void settle_direction(struct sl651_head *h, const struct layout *l,
                             size_t end, struct sl651_frame *f)
{
        if (h->downlink && is_up_end(h->end)) {
                h->downlink = false;
                sl651_note(f, SL651_DEV_DIRECTION, l->length);
        } else if (!h->downlink && is_down_end(h->end)) {
                sl651_note(f, SL651_DEV_END, end);
        } else if (h->end == SL651_ETB &&
                   (!h->many || h->packet == h->packets)) {
                sl651_note(f, SL651_DEV_END, end);
        }
}

static enum status read_counter(const uint8_t *b, const struct layout *l,
                                struct sl651_head *h, struct sl651_frame *f,
                                struct err *e)
{
        uint32_t packets = 0, packet = 0;
        enum status st = OK;

        h->body_at = (uint32_t)l->head;
        if (!h->many)
                return OK;
        if (h->body_n < l->count)
                return err_set(e, ERR_SIZE,
                               "byte %zu: no room for the packet counter",
                               l->head);
        if (h->ascii) {
                st = chars(b, l->head, 3, &packets, f, e);
                if (st == OK)
                        st = chars(b, l->head + 3, 3, &packet, f, e);
        } else {
                packets = (uint32_t)b[14] << 4 | b[15] >> 4;
                packet = (uint32_t)(b[15] & 0x0F) << 8 | b[16];
        }
        if (st != OK)
                return st;
        if (packet == 0 || packet > packets)
                sl651_note(f, SL651_DEV_COUNTER, l->head);
        h->packets = (uint16_t)packets;
        h->packet = (uint16_t)packet;
        h->body_at += (uint32_t)l->count;
        h->body_n -= (uint32_t)l->count;
        return OK;
}

void sl651_address_text(const uint8_t *b, char dst[11])
{
        snprintf(dst, 11, "%02X%02X%02X%02X%02X", b[0], b[1], b[2], b[3], b[4]);
}

static enum status read_ascii_head(const uint8_t *b, struct sl651_head *h,
                                   struct sl651_frame *f, struct err *e)
{
        size_t centre = h->downlink ? 11 : 1, address = h->downlink ? 1 : 3;
        uint32_t v = 0;
        uint8_t bytes[5];
        size_t i;
        enum status st = chars(b, centre, 2, &v, f, e);

        h->centre = (uint8_t)v;
        for (i = 0; i < 5 && st == OK; i++) {
                st = chars(b, address + 2 * i, 2, &v, f, e);
                bytes[i] = (uint8_t)v;
        }
        if (st == OK)
                st = chars(b, 13, 4, &v, f, e);
        h->password = (uint16_t)v;
        if (st == OK)
                st = chars(b, 17, 2, &v, f, e);
        h->function = (uint8_t)v;
        if (st == OK)
                sl651_address_text(bytes, h->address);
        return st;
}

static enum status read_head(const uint8_t *b, struct sl651_head *h,
                             struct sl651_frame *f, struct err *e)
{
        if (h->ascii)
                return read_ascii_head(b, h, f, e);
        h->centre = h->downlink ? b[7] : b[2];
        sl651_address_text(h->downlink ? b + 2 : b + 3, h->address);
        h->password = (uint16_t)(b[8] << 8 | b[9]);
        h->function = b[10];
        return OK;
}

enum status sl651_open_noting(struct text frame, struct sl651_head *ret,
                              struct sl651_frame *f, struct err *e)
{
        const uint8_t *b = (const uint8_t *)frame.p;
        struct sl651_head h = {.many = false};
        const struct layout *l = &hex_layout;
        enum status st = check_start(frame, &h.ascii, e);

        if (h.ascii)
                l = &ascii_layout;
        if (st == OK)
                st = read_length(b, frame.n, l, &h, f, e);
        if (st == OK)
                st = check_size(b, &frame.n, l, &h, f, e);
        if (st == OK)
                st = check_marks(b, frame.n, l, &h, f, e);
        if (st == OK)
                st = read_counter(b, l, &h, f, e);
        if (st == OK) {
                settle_direction(&h, l, frame.n - l->tail, f);
                st = read_head(b, &h, f, e);
        }
        if (st == OK)
                *ret = h;
        return st;
}

enum status sl651_open(struct text frame, struct sl651_head *ret, struct err *e)
{
        return sl651_open_noting(frame, ret, NULL, e);
}

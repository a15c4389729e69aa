/* test/fuzz/fuzz_sl651.c -- any bytes as an SL 651 frame.
 *
 * A second and a third try mend length and CRC of a HEX and of an ASCII
 * frame, so that the body is reached.  What was read and can be written is
 * read back with the same values. */
#include <stdlib.h>
#include <string.h>

#include "sensors/sl651.h"

static const struct sl651_vendor vendor = {
        .name = "fuzz",
        .n = 3,
        .row = {{0x007A, ELEMENT_VT, false, 1, 1000},
                {0xFF10, ELEMENT_M20, false, SL651_DECIMALS_GIVEN, 10},
                {0xFFA0, ELEMENT_Z, true, 2, -1000}}};

static void check_frame(const struct sl651_frame *f)
{
        uint32_t i;

        if (f->n_values > SL651_VALUES_MAX ||
            f->n_addresses > SL651_STATIONS_MAX ||
            f->n_spans > SL651_SPANS_MAX || f->n_asked > SL651_ASKED_MAX)
                abort();
        for (i = 0; i < f->n_values; i++)
                if (f->value[i].at > f->bytes.n ||
                    f->value[i].station >= f->n_addresses ||
                    f->value[i].element >= ELEMENT_count)
                        abort();
        for (i = 0; i < f->n_spans; i++)
                if (f->span[i].at > f->bytes.n ||
                    f->span[i].n > f->bytes.n - f->span[i].at)
                        abort();
        for (i = 0; i < f->n_deviations && i < SL651_DEVIATIONS_MAX; i++)
                if (f->deviation[i].kind >= SL651_DEV_count ||
                    f->deviation[i].at > f->bytes.n)
                        abort();
}

/* Values, their times and stations. */
static void check_same(const struct sl651_frame *a, const struct sl651_frame *b)
{
        uint32_t i;

        if (a->n_values != b->n_values || a->n_spans != b->n_spans ||
            a->serial != b->serial || a->sent_us != b->sent_us)
                abort();
        for (i = 0; i < a->n_values; i++) {
                const struct sl651_value *x = &a->value[i], *y = &b->value[i];

                if (x->element != y->element || x->missing != y->missing ||
                    x->value_milli != y->value_milli ||
                    x->time_us != y->time_us ||
                    strcmp(a->address[x->station], b->address[y->station]) != 0)
                        abort();
        }
        for (i = 0; i < a->n_spans; i++)
                if (a->span[i].n != b->span[i].n ||
                    memcmp(a->bytes.p + a->span[i].at,
                           b->bytes.p + b->span[i].at, a->span[i].n) != 0)
                        abort();
}

static void back(const struct sl651_frame *f, const struct sl651_how *how)
{
        static struct sl651_frame g;
        struct buf out = {.limit = SL651_FRAME_MAX};
        struct err e = {0};

        if (!f->head.many && sl651_encode(f, how, &out, &e) == OK) {
                if (sl651_decode(buf_as_text(&out), how, &g, &e) != OK)
                        abort();
                check_same(f, &g);
        }
        buf_done(&out);
}

static void take(struct text frame, const struct sl651_how *how)
{
        static struct sl651_frame f;
        uint8_t answer[SL651_CONFIRM_BYTES];
        struct err e = {0};

        sl651_confirm(frame, 1700000000000000, false, answer);
        if (sl651_decode(frame, how, &f, &e) != OK) {
                if (!e.msg[0])
                        abort(); /* it must say why */
                return;
        }
        check_frame(&f);
        back(&f, how);
}

static void mend_hex(char *b, size_t n, const struct sl651_how *how)
{
        uint16_t crc;

        b[0] = b[1] = 0x7E;
        b[11] = (char)((b[11] & 0x80) | ((n - 17) >> 8 & 0x0F));
        b[12] = (char)(n - 17);
        b[13] = b[13] == SL651_SYN ? SL651_SYN : SL651_STX;
        b[n - 3] = b[11] & 0x80 ? SL651_ENQ : SL651_ETX;
        crc = sl651_crc(b, n - 2);
        b[n - 2] = (char)(crc >> 8);
        b[n - 1] = (char)crc;
        take((struct text){b, n}, how);
}

static void mend_ascii(const uint8_t *data, size_t n,
                       const struct sl651_how *how)
{
        struct sl651_head h = {.ascii = true,
                               .downlink = data[0] & 0x80,
                               .centre = data[1],
                               .function = (uint8_t)(0x2F + data[2] % 0x23),
                               .address = "0012345678"};
        struct buf out = {.limit = SL651_FRAME_MAX};

        if (sl651_seal(&h, (struct text){(const char *)data + 3, n - 3}, &out,
                       NULL) == OK)
                take(buf_as_text(&out), how);
        buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static char frame[SL651_FRAME_MAX];
        struct sl651_how how = {size ? (enum sl651_slots)(data[size - 1] % 3)
                                     : SL651_SLOTS_AUTO,
                                &vendor};

        take((struct text){(const char *)data, size}, &how);
        if (size < 17 || size > 14 + SL651_BODY_MAX + 3)
                return 0;
        memcpy(frame, data, size);
        mend_hex(frame, size, &how);
        mend_ascii(data, size, &how);
        return 0;
}

/* test/fuzz/fuzz_sl651.c -- any bytes as an SL 651 frame.
 *
 * A second try mends length and CRC, so that the body is reached. */
#include <stdlib.h>
#include <string.h>

#include "sensors/sl651.h"

static void take(struct text frame)
{
        static struct sl651_frame f;
        uint8_t answer[SL651_CONFIRM_BYTES];
        struct err e = {0};
        uint32_t i;

        sl651_confirm(frame, 1700000000000000, false, answer);
        if (sl651_decode(frame, NULL, &f, &e) != OK) {
                if (!e.msg[0])
                        abort(); /* it must say why */
                return;
        }
        if (f.n_values > SL651_VALUES_MAX || f.n_addresses > SL651_STATIONS_MAX)
                abort();
        for (i = 0; i < f.n_values; i++)
                if (f.value[i].at >= frame.n ||
                    f.value[i].station >= f.n_addresses ||
                    f.value[i].element >= ELEMENT_count)
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint8_t frame[SL651_FRAME_MAX];
        uint16_t crc;

        take((struct text){(const char *)data, size});
        if (size < 17 || size > sizeof(frame))
                return 0;
        memcpy(frame, data, size);
        frame[0] = frame[1] = 0x7E;
        frame[11] = (uint8_t)((frame[11] & 0xF0) | ((size - 17) >> 8 & 0x0F));
        frame[12] = (uint8_t)(size - 17);
        frame[13] = 0x02;
        frame[size - 3] = 0x03;
        crc = sl651_crc(frame, size - 2);
        frame[size - 2] = (uint8_t)(crc >> 8);
        frame[size - 1] = (uint8_t)crc;
        take((struct text){(const char *)frame, size});
        return 0;
}

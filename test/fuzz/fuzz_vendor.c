/* test/fuzz/fuzz_vendor.c -- any bytes as a vendor's SL 651 table: what is
 * taken is written and read back alike. */
#include <stdlib.h>
#include <string.h>

#include "schemas/wire/sl651_vendor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct sl651_vendor v = {.n = 0}, again = {.n = 0};
        struct buf b = {.limit = 0};
        struct err e = {0};
        uint32_t i;

        if (wire_sl651_vendor_decode((struct text){(const char *)data, size},
                                     &v, &e) != OK) {
                if (!e.msg[0] || v.n != 0)
                        abort();
                return 0;
        }
        wire_sl651_vendor_encode(&v, &b);
        if (wire_sl651_vendor_decode(buf_as_text(&b), &again, &e) != OK ||
            again.n != v.n || strcmp(again.name, v.name) != 0)
                abort();
        for (i = 0; i < v.n; i++)
                if (again.row[i].lead != v.row[i].lead ||
                    again.row[i].element != v.row[i].element ||
                    again.row[i].binary != v.row[i].binary ||
                    again.row[i].decimals != v.row[i].decimals ||
                    again.row[i].scale_milli != v.row[i].scale_milli)
                        abort();
        buf_done(&b);
        return 0;
}

/* schemas/sl651_vendor.h -- what a vendor's own SL 651 elements mean.
 *
 * SL 651-2014 leaves leads FF 00..FF FF to users, and vendors also write
 * the reserved 76..EF.  A table says which of our elements such a lead is;
 * without a row it is stepped over and counted.
 * Thread: any; no state. */
#ifndef SCHEMAS_SL651_VENDOR_H
#define SCHEMAS_SL651_VENDOR_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/element.h"
#include "schemas/place.h"

#define SL651_VENDOR_ROWS 64
#define SL651_DECIMALS_GIVEN 8 /* as the definition byte says */

struct sl651_vendor_row {
        uint16_t lead; /* 0xFF00..0xFFFF, or 0x0076..0x00EF */
        enum element element;
        bool binary;         /* an unsigned number, high byte first; else BCD */
        uint8_t decimals;    /* 0..7, or SL651_DECIMALS_GIVEN */
        int64_t scale_milli; /* the value is multiplied by this / 1000 */
};

/* Rows ascend by lead; none twice. */
struct sl651_vendor {
        char name[SL651_VENDOR_MAX + 1];
        bool remove; /* an import record that takes it out of force */
        uint32_t n;
        struct sl651_vendor_row row[SL651_VENDOR_ROWS];
};

/* NULL when the table has no such lead (or is NULL). */
const struct sl651_vendor_row *sl651_vendor_find(const struct sl651_vendor *v,
                                                 uint16_t lead);

#endif

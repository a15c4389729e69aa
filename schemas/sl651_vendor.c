/* schemas/sl651_vendor.c -- what a vendor's own SL 651 elements mean. */
#include "schemas/sl651_vendor.h"

#include <stddef.h>

const struct sl651_vendor_row *sl651_vendor_find(const struct sl651_vendor *v,
                                                 uint16_t lead)
{
        uint32_t i;

        for (i = 0; v && i < v->n; i++)
                if (v->row[i].lead == lead)
                        return &v->row[i];
        return NULL;
}

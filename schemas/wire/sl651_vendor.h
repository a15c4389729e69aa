/* schemas/wire/sl651_vendor.h -- a vendor's own SL 651 elements as JSON.
 *
 * {"vendor": "acme", "note": "...",
 *  "elements": [{"lead": "FF10", "element": "M20", "format": "bcd",
 *                "decimals": 1, "scale": 0.1, "note": "..."}, ...]}
 * lead: FF00..FFFF, or the reserved 76..EF; format: bcd (as it is without)
 * or binary; decimals: absent, as the definition byte says; scale: the
 * value is multiplied by it, 1 when absent, thousandths at most.
 * An import record is the same with "what": "sl651_vendor"; with "remove":
 * true instead of "elements" it takes the table out of force.
 * docs/sl651.md and schemas/json/sl651_vendor.schema.json say the same.
 * Holds:  unknown members are errors; an error names the member.
 * Thread: any; no state. */
#ifndef SCHEMAS_WIRE_SL651_VENDOR_H
#define SCHEMAS_WIRE_SL651_VENDOR_H

#include "schemas/sl651_vendor.h"
#include "schemas/wire/json.h"

/* ret is untouched on failure; its rows are put in order. */
enum status wire_sl651_vendor_decode(struct text file, struct sl651_vendor *ret,
                                     struct err *e);
void wire_sl651_vendor_encode(const struct sl651_vendor *v, struct buf *b);
/* The body of an import record that puts it in force, or (v->remove) takes
 * the table of that name away. */
void wire_sl651_vendor_record(const struct sl651_vendor *v, struct buf *b);

#endif

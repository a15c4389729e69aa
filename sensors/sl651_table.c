/* sensors/sl651_table.c -- how annex C writes each element.
 *
 * Source: SL 651-2014 annex C.  DO's digits are a public decoder's reading
 * and unverified; a terminal that writes others is read all the same. */
#include "sensors/sl651_part.h"

/* lead, element, digits, decimals, shift, form. */
#define KINDS(X)                      \
        X(0x01, AC, 8, 2, 0, BCD)     \
        X(0x02, AI, 3, 1, 0, BCD)     \
        X(0x03, C, 3, 1, 0, BCD)      \
        X(0x05, DT, 0, 0, 0, HHMM)    \
        X(0x06, ED, 5, 1, 0, BCD)     \
        X(0x07, EJ, 5, 1, 0, BCD)     \
        X(0x08, FL, 5, 0, 0, BCD)     \
        X(0x09, GH, 5, 2, 0, BCD)     \
        X(0x0A, GN, 3, 0, 0, BCD)     \
        X(0x0B, GS, 1, 0, 0, BCD)     \
        X(0x0C, GT, 3, 0, 0, BCD)     \
        X(0x0D, GTP, 3, 1, 0, BCD)    \
        X(0x0E, H, 6, 2, 0, BCD)      \
        X(0x0F, HW, 5, 2, 0, BCD)     \
        X(0x10, M10, 4, 1, 0, BCD)    \
        X(0x11, M20, 4, 1, 0, BCD)    \
        X(0x12, M30, 4, 1, 0, BCD)    \
        X(0x13, M40, 4, 1, 0, BCD)    \
        X(0x14, M50, 4, 1, 0, BCD)    \
        X(0x15, M60, 4, 1, 0, BCD)    \
        X(0x16, M80, 4, 1, 0, BCD)    \
        X(0x17, M100, 4, 1, 0, BCD)   \
        X(0x18, MST, 4, 1, 0, BCD)    \
        X(0x19, NS, 2, 0, 0, BCD)     \
        X(0x1A, P1, 5, 1, 0, BCD)     \
        X(0x1B, P2, 5, 1, 0, BCD)     \
        X(0x1C, P3, 5, 1, 0, BCD)     \
        X(0x1D, P6, 5, 1, 0, BCD)     \
        X(0x1E, P12, 5, 1, 0, BCD)    \
        X(0x1F, PD, 5, 1, 0, BCD)     \
        X(0x20, PJ, 5, 1, 0, BCD)     \
        X(0x21, PN01, 5, 1, 0, BCD)   \
        X(0x22, PN05, 5, 1, 0, BCD)   \
        X(0x23, PN10, 5, 1, 0, BCD)   \
        X(0x24, PN30, 5, 1, 0, BCD)   \
        X(0x25, PR, 5, 1, 0, BCD)     \
        X(0x26, PT, 6, 1, 0, BCD)     \
        X(0x27, Q, 9, 3, 0, BCD)      \
        X(0x28, Q1, 9, 3, 0, BCD)     \
        X(0x29, Q2, 9, 3, 0, BCD)     \
        X(0x2A, Q3, 9, 3, 0, BCD)     \
        X(0x2B, Q4, 9, 3, 0, BCD)     \
        X(0x2C, Q5, 9, 3, 0, BCD)     \
        X(0x2D, Q6, 9, 3, 0, BCD)     \
        X(0x2E, Q7, 9, 3, 0, BCD)     \
        X(0x2F, Q8, 9, 3, 0, BCD)     \
        X(0x30, QA, 9, 3, 0, BCD)     \
        X(0x31, QZ, 9, 3, 0, BCD)     \
        X(0x32, SW, 11, 3, 0, BCD)    \
        X(0x33, UC, 2, 0, 0, BCD)     \
        X(0x34, UE, 2, 0, 0, BCD)     \
        X(0x35, US, 4, 1, 0, BCD)     \
        X(0x36, VA, 5, 3, 0, BCD)     \
        X(0x37, VJ, 5, 3, 0, BCD)     \
        X(0x38, VT, 4, 2, 0, BCD)     \
        X(0x39, Z, 7, 3, 0, BCD)      \
        X(0x3A, ZB, 7, 3, 0, BCD)     \
        X(0x3B, ZU, 7, 3, 0, BCD)     \
        X(0x3C, Z1, 7, 3, 0, BCD)     \
        X(0x3D, Z2, 7, 3, 0, BCD)     \
        X(0x3E, Z3, 7, 3, 0, BCD)     \
        X(0x3F, Z4, 7, 3, 0, BCD)     \
        X(0x40, Z5, 7, 3, 0, BCD)     \
        X(0x41, Z6, 7, 3, 0, BCD)     \
        X(0x42, Z7, 7, 3, 0, BCD)     \
        X(0x43, Z8, 7, 3, 0, BCD)     \
        X(0x44, SQ, 9, 3, 0, BCD)     \
        X(0x45, ZT, 0, 0, 0, BITS)    \
        X(0x46, PH, 4, 2, 0, BCD)     \
        X(0x47, DO, 4, 2, 0, BCD)     \
        X(0x48, COND, 5, 0, 0, BCD)   \
        X(0x49, TURB, 3, 0, 0, BCD)   \
        X(0x4A, CODMN, 4, 1, 0, BCD)  \
        X(0x4B, REDOX, 5, 1, 0, BCD)  \
        X(0x4C, NH4N, 6, 2, 0, BCD)   \
        X(0x4D, TP, 5, 3, 0, BCD)     \
        X(0x4E, TN, 5, 2, 0, BCD)     \
        X(0x4F, TOC, 4, 2, 0, BCD)    \
        X(0x50, CU, 7, 4, 3, BCD)     \
        X(0x51, ZN, 6, 4, 3, BCD)     \
        X(0x52, SE, 7, 5, 3, BCD)     \
        X(0x53, AS, 7, 5, 3, BCD)     \
        X(0x54, THG, 7, 5, 3, BCD)    \
        X(0x55, CD, 7, 5, 3, BCD)     \
        X(0x56, PB, 7, 5, 3, BCD)     \
        X(0x57, CHLA, 4, 2, 0, BCD)   \
        X(0x58, WP1, 5, 2, 0, BCD)    \
        X(0x59, WP2, 5, 2, 0, BCD)    \
        X(0x5A, WP3, 5, 2, 0, BCD)    \
        X(0x5B, WP4, 5, 2, 0, BCD)    \
        X(0x5C, WP5, 5, 2, 0, BCD)    \
        X(0x5D, WP6, 5, 2, 0, BCD)    \
        X(0x5E, WP7, 5, 2, 0, BCD)    \
        X(0x5F, WP8, 5, 2, 0, BCD)    \
        X(0x60, SYL1, 11, 3, 0, BCD)  \
        X(0x61, SYL2, 11, 3, 0, BCD)  \
        X(0x62, SYL3, 11, 3, 0, BCD)  \
        X(0x63, SYL4, 11, 3, 0, BCD)  \
        X(0x64, SYL5, 11, 3, 0, BCD)  \
        X(0x65, SYL6, 11, 3, 0, BCD)  \
        X(0x66, SYL7, 11, 3, 0, BCD)  \
        X(0x67, SYL8, 11, 3, 0, BCD)  \
        X(0x68, SBL1, 10, 2, 0, BCD)  \
        X(0x69, SBL2, 10, 2, 0, BCD)  \
        X(0x6A, SBL3, 10, 2, 0, BCD)  \
        X(0x6B, SBL4, 10, 2, 0, BCD)  \
        X(0x6C, SBL5, 10, 2, 0, BCD)  \
        X(0x6D, SBL6, 10, 2, 0, BCD)  \
        X(0x6E, SBL7, 10, 2, 0, BCD)  \
        X(0x6F, SBL8, 10, 2, 0, BCD)  \
        X(0x70, VTA, 4, 1, 0, BCD)    \
        X(0x71, VTB, 4, 1, 0, BCD)    \
        X(0x72, VTC, 4, 1, 0, BCD)    \
        X(0x73, VIA, 4, 1, 0, BCD)    \
        X(0x74, VIB, 4, 1, 0, BCD)    \
        X(0x75, VIC, 4, 1, 0, BCD)    \
        X(0xF4, DRP, 0, 1, 0, RAIN)   \
        X(0xF5, DRZ1, 0, 2, 0, LEVEL) \
        X(0xF6, DRZ2, 0, 2, 0, LEVEL) \
        X(0xF7, DRZ3, 0, 2, 0, LEVEL) \
        X(0xF8, DRZ4, 0, 2, 0, LEVEL) \
        X(0xF9, DRZ5, 0, 2, 0, LEVEL) \
        X(0xFA, DRZ6, 0, 2, 0, LEVEL) \
        X(0xFB, DRZ7, 0, 2, 0, LEVEL) \
        X(0xFC, DRZ8, 0, 2, 0, LEVEL)

static const struct sl651_kind kinds[256] = {
#define X(lead, element, digits, decimals, shift, form) \
        [lead] = {lead,                                 \
                  digits,                               \
                  decimals,                             \
                  shift,                                \
                  SL651_FORM_##form,                    \
                  ELEMENT_##element},
        KINDS(X)
#undef X
};

static const uint8_t leads[ELEMENT_count] = {
#define X(lead, element, digits, decimals, shift, form) \
        [ELEMENT_##element] = lead,
        KINDS(X)
#undef X
};

const struct sl651_kind *sl651_kind_of_lead(uint8_t lead)
{
        return kinds[lead].lead ? &kinds[lead] : NULL;
}

const struct sl651_kind *sl651_kind_of(enum element e)
{
        return e < ELEMENT_count ? sl651_kind_of_lead(leads[e]) : NULL;
}

const struct sl651_kind *sl651_kind_of_name(struct text t)
{
        enum element e;

        return element_from(t, &e) ? sl651_kind_of(e) : NULL;
}

uint8_t sl651_definition(const struct sl651_kind *k)
{
        switch (k->form) {
        case SL651_FORM_BITS:
                return 0x20;
        case SL651_FORM_HHMM:
                return 0x28;
        case SL651_FORM_RAIN:
                return 0x60;
        case SL651_FORM_LEVEL:
                return 0xC0;
        default:
                return (uint8_t)((k->digits + 1) / 2 << 3 | k->decimals);
        }
}

int64_t sl651_round(enum element e, int64_t value_milli)
{
        const struct sl651_kind *k = sl651_kind_of(e);
        int64_t unit = 1, v = value_milli < 0 ? -value_milli : value_milli;
        unsigned d;

        if (!k)
                return value_milli;
        if (k->form != SL651_FORM_BCD && k->decimals == 0)
                return value_milli / 1000 * 1000;
        for (d = k->decimals; d < 3u + k->shift; d++)
                unit *= 10;
        v = (v + unit / 2) / unit * unit;
        return value_milli < 0 ? -v : v;
}

/* sensors/sl651.c -- the body of an SL 651 report: from elements to values.
 *
 * A body is: serial, send time, then blocks.  F1F1 opens a station, F0F0
 * sets the observation time, and every element belongs to the latest of
 * both.  An element is a lead byte, a definition byte (five bits of length,
 * three of decimals) and its data.
 * Source: SL 651-2014 tables 24-26, 6.6.2, 6.6.3, annex C. */
#include "sensors/sl651.h"

#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "sensors/sl651_part.h"

#define LEAD_TIME 0xF0
#define LEAD_STATION 0xF1
#define LEAD_TEXT 0xF2
#define LEAD_PICTURE 0xF3
#define LEAD_SLOTS 0xF4
#define LEAD_BATCH 0xFD
#define LEAD_USER 0xFF
#define LEAD_STEP 0x04
#define SLOTS 12
#define SLOT_US (5 * MINUTE_US)

struct walk {
        const uint8_t *b; /* the whole frame */
        size_t at;        /* next byte */
        size_t end;       /* first byte after the body */
        enum sl651_slots slots;
        struct sl651_frame *f;
        uint8_t station;
        int64_t time_us; /* latest F0F0, TIME_NONE before the first */
        int64_t step_us; /* of a uniform report, else 0 */
        bool uniform;
        struct err *e;
};

static size_t left(const struct walk *w)
{
        return w->end - w->at;
}

static enum status need(struct walk *w, size_t n, const char *what)
{
        if (left(w) >= n)
                return OK;
        return err_set(w->e, ERR_SIZE,
                       "byte %zu: %s wants %zu bytes, the body has %zu left",
                       w->at, what, n, left(w));
}

static enum status take_time(struct walk *w, size_t n, int64_t *ret_us,
                             const char *what)
{
        enum status st = need(w, n, what);

        if (st != OK)
                return st;
        if (!sl651_time(w->b + w->at, n, ret_us))
                return err_set(w->e, ERR_TIME,
                               "byte %zu: %s is no date and time in BCD", w->at,
                               what);
        w->at += n;
        return OK;
}

static enum status push(struct walk *w, enum element element, bool missing,
                        int64_t milli, int64_t time_us, size_t at)
{
        const struct element_info *info = element_info(element);
        struct sl651_frame *f = w->f;

        if (f->n_values == SL651_VALUES_MAX)
                return err_set(w->e, ERR_SIZE,
                               "byte %zu: more than %d values in a frame", at,
                               SL651_VALUES_MAX);
        if (time_us == TIME_NONE)
                return err_set(w->e, ERR_MISSING,
                               "byte %zu: %s before any observation time "
                               "(F0F0)",
                               at, info->name);
        if (!missing && (milli < info->min_milli || milli > info->max_milli))
                return err_set(w->e, ERR_RANGE,
                               "byte %zu: %s %.6g is outside %g..%g %s", at,
                               info->name, (double)milli / 1000,
                               (double)info->min_milli / 1000,
                               (double)info->max_milli / 1000, info->unit);
        f->value[f->n_values++] = (struct sl651_value){.element = element,
                                                       .missing = missing,
                                                       .station = w->station,
                                                       .at = (uint32_t)at,
                                                       .value_milli = milli,
                                                       .time_us = time_us};
        return OK;
}

static enum status station_block(struct walk *w)
{
        struct sl651_frame *f = w->f;
        enum status st = need(w, 6, "a station block (F1F1)");
        char address[11];
        uint32_t i;

        if (st != OK)
                return st;
        sl651_address_text(w->b + w->at, address);
        for (i = 0; i < f->n_addresses; i++)
                if (strcmp(f->address[i], address) == 0)
                        break;
        if (i == SL651_STATIONS_MAX)
                return err_set(w->e, ERR_SIZE,
                               "byte %zu: more than %d stations in a frame",
                               w->at, SL651_STATIONS_MAX);
        if (i == f->n_addresses) {
                memcpy(f->address[i], address, sizeof address);
                f->n_addresses++;
        }
        f->station_class[i] = w->b[w->at + 5];
        w->station = (uint8_t)i;
        w->time_us = TIME_NONE;
        w->step_us = 0;
        w->at += 6;
        return OK;
}

/* 04 18 dd hh mm: the step of a uniform report; all zero announces arrays
 * of twelve. */
static enum status step_block(struct walk *w)
{
        enum status st = need(w, 3, "the time step (0418)");
        bool missing;
        int64_t dd, hh, mm;
        size_t bad;
        const uint8_t *b = w->b + w->at;

        if (st != OK)
                return st;
        if (sl651_number(b, 1, 3, &missing, &dd, &bad) != OK || missing ||
            sl651_number(b + 1, 1, 3, &missing, &hh, &bad) != OK || missing ||
            sl651_number(b + 2, 1, 3, &missing, &mm, &bad) != OK || missing)
                return err_set(w->e, ERR_NUMBER,
                               "byte %zu: the time step is no BCD", w->at);
        w->step_us = dd * DAY_US + hh * HOUR_US + mm * MINUTE_US;
        w->at += 3;
        return OK;
}

static int64_t first_slot_us(const struct walk *w)
{
        int64_t span = (SLOTS - 1) * SLOT_US;

        if (w->slots == SL651_SLOTS_FIRST)
                return w->time_us;
        if (w->slots == SL651_SLOTS_LAST)
                return w->time_us - span;
        return w->time_us + span > w->f->sent_us ? w->time_us - span
                                                 : w->time_us;
}

static bool at_block(const struct walk *w)
{
        const uint8_t *b = w->b + w->at;

        return left(w) >= 2 && b[0] == b[1] &&
               (b[0] == LEAD_TIME || b[0] == LEAD_STATION);
}

/* Twelve slots of one byte, 0.1 mm, FF is bad. */
static enum status slots_push(struct walk *w)
{
        int64_t time_us = first_slot_us(w);
        enum status st = OK;
        int i;

        for (i = 0; i < SLOTS && st == OK; i++) {
                uint8_t v = w->b[w->at];

                st = push(w, ELEMENT_DRP, v == 0xFF,
                          v == 0xFF ? 0 : v * INT64_C(100),
                          time_us + i * SLOT_US, w->at);
                w->at++;
        }
        return st;
}

/* F4 60 and its slots; in a uniform report (31) further twelves follow
 * without identifier, an hour later each. */
static enum status slots_block(struct walk *w, size_t at)
{
        enum status st = need(w, SLOTS, "twelve rain slots (F4)");

        if (st == OK && w->time_us == TIME_NONE)
                st = err_set(w->e, ERR_MISSING,
                             "byte %zu: DRP before any observation time "
                             "(F0F0)",
                             at);
        if (st == OK)
                st = slots_push(w);
        while (st == OK && w->uniform && left(w) >= SLOTS &&
               (!at_block(w) || left(w) % SLOTS == 0)) {
                w->time_us += SLOTS * SLOT_US;
                st = slots_push(w);
        }
        return st;
}

static enum status number(struct walk *w, enum element element, size_t n,
                          unsigned decimals, int64_t time_us)
{
        int64_t milli;
        size_t bad = 0;
        bool missing;

        if (sl651_number(w->b + w->at, n, decimals, &missing, &milli, &bad) !=
            OK)
                return err_set(w->e, ERR_NUMBER,
                               "byte %zu: %02X in %s is no BCD", w->at + bad,
                               w->b[w->at + bad], element_name(element));
        w->at += n;
        return push(w, element, missing, milli, time_us, w->at - n);
}

/* One identifier, then values without identifiers to the end of the group:
 * the first at the observation time, each later by the step. */
static enum status series(struct walk *w, uint8_t lead, size_t n,
                          unsigned decimals)
{
        int64_t time_us = w->time_us;
        enum element element;
        enum status st = OK;
        bool kept = element_from_lead(lead, &element);

        if (n == 0)
                return err_set(w->e, ERR_SYNTAX,
                               "byte %zu: a series of values without length",
                               w->at);
        while (left(w) > 0 && !at_block(w) && st == OK) {
                st = need(w, n, "a value of the series");
                if (st != OK)
                        break;
                if (kept)
                        st = number(w, element, n, decimals, time_us);
                else
                        w->at += n;
                w->f->n_skipped += !kept;
                if (time_us != TIME_NONE)
                        time_us += w->step_us;
        }
        return st;
}

static enum status one_element(struct walk *w)
{
        size_t start = w->at, n;
        uint8_t lead = w->b[w->at], def;
        enum element element;
        enum status st;

        w->at += lead == LEAD_USER ? 2 : 1; /* FF: one more lead byte */
        if (w->at >= w->end)
                return err_set(w->e, ERR_SIZE,
                               "byte %zu: element %02X without definition",
                               start, lead);
        def = w->b[w->at++];
        if (lead == LEAD_BATCH && def == 0xF6)
                return err_set(w->e, ERR_UNSUPPORTED,
                               "byte %zu: batch velocity block (FDF6) is "
                               "recognised and kept, not read",
                               start);
        n = def >> 3;
        if (lead == LEAD_SLOTS && n == SLOTS)
                return slots_block(w, start);
        if (lead == LEAD_STEP && n == 3)
                return step_block(w);
        if (w->step_us > 0)
                return series(w, lead, n, def & 7);
        st = need(w, n, "the element's data");
        if (st != OK)
                return st;
        if (lead == LEAD_USER || lead >= LEAD_SLOTS || lead == 0x05 ||
            lead == 0x45 || !element_from_lead(lead, &element)) {
                w->at += n;
                w->f->n_skipped++;
                return OK;
        }
        if (n == 0)
                return err_set(w->e, ERR_SYNTAX,
                               "byte %zu: %s with no data bytes", start,
                               element_name(element));
        return number(w, element, n, def & 7, w->time_us);
}

static enum status one_block(struct walk *w)
{
        const uint8_t *b = w->b + w->at;

        if (left(w) < 2)
                return err_set(w->e, ERR_SIZE,
                               "byte %zu: a single byte is left over", w->at);
        if (at_block(w)) {
                w->at += 2;
                if (b[0] == LEAD_STATION)
                        return station_block(w);
                return take_time(w, 5, &w->time_us, "the observation time");
        }
        if (b[0] == b[1] && (b[0] == LEAD_TEXT || b[0] == LEAD_PICTURE)) {
                w->at = w->end; /* it runs to the end of the body */
                w->f->n_skipped++;
                return OK;
        }
        return one_element(w);
}

static enum status body(struct walk *w)
{
        struct sl651_frame *f = w->f;
        enum status st = need(w, 8, "serial and send time");

        if (st != OK)
                return st;
        f->serial = (uint16_t)(w->b[w->at] << 8 | w->b[w->at + 1]);
        w->at += 2;
        st = take_time(w, 6, &f->sent_us, "the send time");
        while (st == OK && w->at < w->end)
                st = one_block(w);
        return st;
}

static enum status supported(const struct sl651_head *h, struct err *e)
{
        const char *name = sl651_function_name(h->function);

        if (h->many)
                return err_set(
                        e, ERR_UNSUPPORTED,
                        "byte 13: function %02X (%s), packet %u of %u, is "
                        "recognised and kept, not read",
                        h->function, name, h->packet, h->packets);
        if (h->function < 0x2F || h->function > 0x34)
                return err_set(
                        e, ERR_UNSUPPORTED,
                        "byte 10: function %02X (%s) is recognised and kept, "
                        "not read",
                        h->function, name);
        if (h->downlink && h->body_n != 8)
                return err_set(
                        e, ERR_UNSUPPORTED,
                        "byte 10: a centre's request, function %02X (%s), is "
                        "recognised and kept, not read",
                        h->function, name);
        return OK;
}

enum status sl651_decode(struct text frame, const struct sl651_how *o,
                         struct sl651_frame *ret, struct err *e)
{
        struct sl651_frame *f = calloc(1, sizeof *f);
        struct walk w = {.b = (const uint8_t *)frame.p,
                         .slots = o ? o->slots : SL651_SLOTS_AUTO};
        enum status st;

        if (!f)
                return err_set(e, ERR_MEMORY, "no memory for a frame");
        st = sl651_open(frame, &f->head, e);
        if (st == OK)
                st = supported(&f->head, e);
        if (st == OK) {
                w.at = f->head.body_at;
                w.end = w.at + f->head.body_n;
                w.f = f;
                w.time_us = TIME_NONE;
                w.uniform = f->head.function == 0x31;
                w.e = e;
                memcpy(f->address[0], f->head.address, sizeof f->address[0]);
                f->n_addresses = 1;
                st = body(&w);
        }
        if (st == OK)
                *ret = *f;
        free(f);
        return st;
}

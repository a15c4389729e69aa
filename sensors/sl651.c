/* sensors/sl651.c -- an SL 651 frame read: what HEX and ASCII bodies share.
 *
 * A body is: serial, send time, then blocks.  F1F1 opens a station, F0F0
 * sets the observation time, and every element belongs to the latest of
 * both.
 * Source: SL 651-2014 tables 24-26, 6.2.3, 6.6.2, 6.6.3, annexes A-C. */
#include "sensors/sl651_part.h"

#include <string.h>

#include "schemas/time.h"

static const char *const span_names[] = {
#define X(code, name) name,
        SL651_SPANS(X)
#undef X
};

const char *sl651_span_name(enum sl651_span_kind k)
{
        return k < SL651_SPAN_count ? span_names[k] : "?";
}

/* ---- what both encodings do ---- */

size_t sl651_left(const struct sl651_walk *w)
{
        return w->end - w->at;
}

void sl651_note(struct sl651_frame *f, enum sl651_deviation_kind k, size_t at)
{
        if (!f)
                return;
        if (f->n_deviations < SL651_DEVIATIONS_MAX)
                f->deviation[f->n_deviations] =
                        (struct sl651_deviation){(uint8_t)k, (uint32_t)at};
        f->n_deviations++;
}

enum status sl651_need(struct sl651_walk *w, size_t n, const char *what)
{
        if (sl651_left(w) >= n)
                return OK;
        return err_set(w->e, ERR_SIZE,
                       "byte %zu: %s wants %zu bytes, the body has %zu left",
                       w->at, what, n, sl651_left(w));
}

/* A value without observation time: the standard's own examples of 35, 45
 * and 46 have none; elsewhere in answers it is a deviation; a report
 * without it cannot be placed. */
enum status sl651_place(struct sl651_walk *w, const char *what, size_t at,
                        int64_t *time_us)
{
        if (*time_us != TIME_NONE)
                return OK;
        if (!sl651_may_lack_time(&w->f->head))
                return err_set(w->e, ERR_MISSING,
                               "byte %zu: %s before any observation time "
                               "(F0F0)",
                               at, what);
        if (w->f->head.function >= 0x37 && w->f->head.function < 0x40)
                sl651_note(w->f, SL651_DEV_NO_TIME, at);
        *time_us = w->f->sent_us;
        return OK;
}

enum status sl651_push(struct sl651_walk *w, enum element element, bool missing,
                       int64_t milli, int64_t time_us, size_t at)
{
        const struct element_info *info = element_info(element);
        struct sl651_frame *f = w->f;
        enum status st;
        bool outside = !missing &&
                       (milli < info->min_milli || milli > info->max_milli);

        if (f->n_values == SL651_VALUES_MAX)
                return err_set(w->e, ERR_SIZE,
                               "byte %zu: more than %d values in a frame", at,
                               SL651_VALUES_MAX);
        st = sl651_place(w, info->name, at, &time_us);
        if (st != OK)
                return st;
        if (outside)
                sl651_note(f, SL651_DEV_RANGE, at);
        f->value[f->n_values++] =
                (struct sl651_value){.element = element,
                                     .missing = missing,
                                     .outside = outside,
                                     .station = w->station,
                                     .at = (uint32_t)at,
                                     .value_milli = missing ? 0 : milli,
                                     .time_us = time_us};
        return OK;
}

enum status sl651_put_span(struct sl651_walk *w, enum sl651_span_kind k,
                           size_t at, size_t n)
{
        struct sl651_frame *f = w->f;

        if (f->n_spans == SL651_SPANS_MAX)
                return err_set(w->e, ERR_SIZE,
                               "byte %zu: more than %d texts in a frame", at,
                               SL651_SPANS_MAX);
        f->span[f->n_spans++] = (struct sl651_span){
                .kind = (uint8_t)k,
                .station = w->station,
                .at = (uint32_t)at,
                .n = (uint32_t)n,
                .time_us = w->time_us == TIME_NONE ? f->sent_us : w->time_us};
        return OK;
}

enum status sl651_put_asked(struct sl651_walk *w, const struct sl651_kind *k,
                            uint16_t lead, uint8_t definition, size_t at)
{
        struct sl651_frame *f = w->f;

        if (f->n_asked == SL651_ASKED_MAX)
                return err_set(w->e, ERR_SIZE,
                               "byte %zu: more than %d elements asked for", at,
                               SL651_ASKED_MAX);
        f->asked[f->n_asked++] =
                (struct sl651_asked){.known = k != NULL,
                                     .element = k ? k->element : 0,
                                     .lead = lead,
                                     .definition = definition};
        return OK;
}

bool sl651_is_class(uint8_t c)
{
        return c && strchr("PHKZDTMGQIO", c) != NULL;
}

/* 6.2.3.2: 00 and an 8-digit code, or six digits of a region and a number
 * of 1..65534. */
static bool is_address(const char *a)
{
        size_t i, digits = a[0] == '0' && a[1] == '0' ? 10 : 6;

        for (i = 0; i < digits; i++)
                if (a[i] > '9')
                        return false;
        return digits == 10 ||
               (strcmp(a + 6, "0000") != 0 && strcmp(a + 6, "FFFF") != 0);
}

static void check_class(struct sl651_walk *w, uint32_t i, uint8_t c, size_t at)
{
        uint8_t *known = &w->f->station_class[i];

        if (!sl651_is_class(c))
                sl651_note(w->f, SL651_DEV_CLASS, at);
        if (*known && *known != c)
                sl651_note(w->f, SL651_DEV_CLASS_CHANGES, at);
        *known = c;
}

enum status sl651_put_station(struct sl651_walk *w, const char *address,
                              uint8_t station_class, size_t at)
{
        struct sl651_frame *f = w->f;
        uint32_t i;

        for (i = 0; i < f->n_addresses; i++)
                if (strcmp(f->address[i], address) == 0)
                        break;
        if (i == SL651_STATIONS_MAX)
                return err_set(w->e, ERR_SIZE,
                               "byte %zu: more than %d stations in a frame", at,
                               SL651_STATIONS_MAX);
        if (i == f->n_addresses) {
                memcpy(f->address[i], address, sizeof f->address[i]);
                f->station_class[i] = 0;
                f->n_addresses++;
                if (!is_address(address))
                        sl651_note(f, SL651_DEV_ADDRESS, at);
        }
        if (station_class)
                check_class(w, i, station_class, at);
        w->station = (uint8_t)i;
        w->said_station = true;
        w->time_us = TIME_NONE;
        w->step_us = -1;
        return OK;
}

void sl651_put_time(struct sl651_walk *w, int64_t time_us, size_t at)
{
        uint8_t fn = w->f->head.function;

        w->time_us = time_us;
        w->step_us = -1;
        if (time_us > w->f->sent_us)
                sl651_note(w->f, SL651_DEV_OBS_AFTER_SENT, at);
        if (!w->said_station && fn >= 0x30 && fn <= 0x3A && fn != 0x35 &&
            fn != 0x36) {
                sl651_note(w->f, SL651_DEV_NO_STATION, at);
                w->said_station = true; /* told once */
        }
}

int64_t sl651_first_slot_us(enum sl651_slots slots, int64_t time_us,
                            int64_t sent_us, uint32_t blocks)
{
        int64_t span = (SL651_SLOTS - 1) * SL651_SLOT_US;
        int64_t all =
                span + (int64_t)(blocks - 1) * SL651_SLOTS * SL651_SLOT_US;

        if (slots == SL651_SLOTS_FIRST)
                return time_us;
        if (slots == SL651_SLOTS_LAST)
                return time_us - span;
        return time_us + all > sent_us ? time_us - span : time_us;
}

/* ---- what a function's body is ---- */

bool sl651_is_uniform(const struct sl651_head *h)
{
        return h->function == 0x31 || h->function == 0x38;
}

bool sl651_may_lack_time(const struct sl651_head *h)
{
        return h->function >= 0x35 && h->function != 0x38;
}

static bool is_reserved(uint8_t function)
{
        return function < 0x2F || (function > 0x3A && function < 0x40) ||
               (function > 0x51 && function < 0xE0);
}

bool sl651_body_is_span(const struct sl651_head *h, enum sl651_span_kind *ret)
{
        uint8_t f = h->function;

        *ret = SL651_SPAN_RAW;
        if (h->downlink)
                *ret = SL651_SPAN_PARAMETERS;
        else if (f == 0x45)
                *ret = SL651_SPAN_VERSION;
        else if (f == 0x50)
                *ret = SL651_SPAN_EVENTS;
        else if (f >= 0x40 && f <= 0x51)
                *ret = SL651_SPAN_PARAMETERS;
        if (h->downlink)
                return f != 0x38 && f != 0x3A;
        return f == 0x2F || f == 0x45 ||
               (f >= 0x40 && f != 0x44 && f != 0x46) || is_reserved(f);
}

bool sl651_answers_as_station(const struct sl651_head *h)
{
        return !h->downlink && h->function >= 0x40 && h->function < 0x52 &&
               h->function != 0x44 && h->function != 0x46;
}

bool sl651_has_station(const struct sl651_head *h)
{
        return h->downlink || (h->function >= 0x40 && h->function <= 0x51);
}

static void begin(struct sl651_frame *f, struct text bytes)
{
        f->serial = 0;
        f->sent_us = TIME_NONE;
        f->bytes = bytes;
        f->n_addresses = 1;
        f->station_class[0] = 0;
        f->n_values = f->n_spans = f->n_asked = f->n_skipped = 0;
        f->from_us = f->to_us = TIME_NONE;
        f->step_us = -1;
}

static void check_head(struct sl651_frame *f)
{
        const struct sl651_head *h = &f->head;
        size_t first = h->ascii ? 1 : 2;

        memcpy(f->address[0], h->address, sizeof f->address[0]);
        if (h->centre == 0)
                sl651_note(f, SL651_DEV_CENTRE,
                           !h->downlink ? first : first + (h->ascii ? 10 : 5));
        if (!is_address(h->address))
                sl651_note(f, SL651_DEV_ADDRESS,
                           h->downlink ? first : first + (h->ascii ? 2 : 1));
        if (is_reserved(h->function))
                sl651_note(f, SL651_DEV_FUNCTION, h->ascii ? 17 : 10);
}

/* A reserved or user function's body may be anything at all. */
static bool is_free(uint8_t function)
{
        return is_reserved(function) || function >= 0xE0;
}

static enum status walk(struct sl651_walk *w)
{
        struct sl651_frame *f = w->f;
        const struct sl651_head *h = &f->head;
        size_t begin_at = w->at;
        enum status st;

        if (!sl651_walk_start(w)) {
                if (is_free(h->function)) {
                        w->at = begin_at;
                        return sl651_put_span(w, SL651_SPAN_RAW, w->at,
                                              sl651_left(w));
                }
                st = sl651_need(w, h->ascii ? 16 : 8, "serial and send time");
                if (st != OK)
                        return st;
                return err_set(w->e, ERR_TIME,
                               "byte %zu: the send time is no date and time",
                               w->at + (h->ascii ? 4 : 2));
        }
        if (f->serial == 0 && !h->downlink)
                sl651_note(f, SL651_DEV_SERIAL, begin_at);
        return h->ascii ? sl651_walk_ascii(w) : sl651_walk_hex(w);
}

/* A packet of several: its first one tells serial and send time. */
static enum status part(struct sl651_walk *w)
{
        size_t at = w->at;

        if (w->f->head.packet == 1)
                sl651_walk_start(w);
        return sl651_put_span(w, SL651_SPAN_PART, at, w->end - at);
}

static struct sl651_walk walk_of(struct sl651_frame *f,
                                 const struct sl651_how *how, struct err *e)
{
        return (struct sl651_walk){
                .b = (const uint8_t *)f->bytes.p,
                .at = f->head.body_at,
                .end = (size_t)f->head.body_at + f->head.body_n,
                .how = how ? *how : (struct sl651_how){SL651_SLOTS_AUTO, NULL},
                .f = f,
                .time_us = TIME_NONE,
                .step_us = -1,
                .e = e};
}

enum status sl651_decode(struct text frame, const struct sl651_how *o,
                         struct sl651_frame *f, struct err *e)
{
        struct sl651_walk w;
        enum status st;

        f->n_deviations = 0;
        begin(f, frame);
        f->n_addresses = 0;
        st = sl651_open_noting(frame, &f->head, f, e);
        if (st != OK)
                return st;
        f->n_addresses = 1;
        check_head(f);
        w = walk_of(f, o, e);
        /* A confirmation under SYN is whole: its counter names a packet. */
        if (f->head.many && !f->head.downlink)
                return part(&w);
        return walk(&w);
}

enum status sl651_decode_message(const struct sl651_head *h, struct text body,
                                 const struct sl651_how *o,
                                 struct sl651_frame *f, struct err *e)
{
        struct sl651_walk w;

        f->n_deviations = 0;
        f->head = *h;
        f->head.many = false;
        f->head.body_at = 0;
        f->head.body_n = (uint32_t)body.n;
        begin(f, body);
        check_head(f);
        w = walk_of(f, o, e);
        return walk(&w);
}

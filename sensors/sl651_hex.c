/* sensors/sl651_hex.c -- the body of a HEX/BCD frame, from elements to
 * values.
 *
 * An element is a lead byte (FF: two), a definition byte (five bits of
 * length, three of decimals) and its data.
 * Source: SL 651-2014 tables 24-26, 6.6.2, 6.6.3, annex C. */
#include "sensors/sl651_part.h"

#include "schemas/time.h"

#define LEAD_TIME 0xF0
#define LEAD_STATION 0xF1
#define LEAD_TEXT 0xF2
#define LEAD_PICTURE 0xF3
#define LEAD_BATCH 0xFD
#define LEAD_USER 0xFF
#define LEAD_STEP 0x04
#define DEF_BATCH 0xF6
#define DEF_STEP 0x18

/* An identifier as it stands in the body. */
struct ident {
        size_t at;
        uint16_t lead; /* 0xFFxx for user elements */
        uint8_t definition;
        size_t n; /* data bytes */
        const struct sl651_kind *kind;
        const struct sl651_vendor_row *row;
};

static bool at_block(const struct sl651_walk *w)
{
        const uint8_t *b = w->b + w->at;

        return sl651_left(w) >= 2 && b[0] == b[1] &&
               (b[0] == LEAD_TIME || b[0] == LEAD_STATION);
}

static enum status time_block(struct sl651_walk *w)
{
        int64_t time_us;
        enum status st = sl651_need(w, 5, "the observation time (F0F0)");

        if (st != OK)
                return st;
        if (!sl651_time(w->b + w->at, 5, &time_us))
                return err_set(w->e, ERR_TIME,
                               "byte %zu: the observation time is no date and "
                               "time in BCD",
                               w->at);
        sl651_put_time(w, time_us, w->at);
        w->at += 5;
        return OK;
}

/* Answers from 40 on carry no class (but 44, and 46 of some vendors). */
static bool has_class(const struct sl651_walk *w)
{
        const uint8_t *b = w->b + w->at;
        uint8_t f = w->f->head.function;

        if (w->f->head.downlink)
                return false;
        if (f == 0x46)
                return !(sl651_left(w) >= 7 && b[5] == 0x45 && b[6] == 0x20);
        return f < 0x40 || f == 0x44;
}

static enum status station_block(struct sl651_walk *w)
{
        bool class = has_class(w);
        enum status st = sl651_need(w, class ? 6 : 5, "a station block (F1F1)");
        char address[11];

        if (st != OK)
                return st;
        sl651_address_text(w->b + w->at, address);
        st = sl651_put_station(w, address, class ? w->b[w->at + 5] : 0, w->at);
        if (st == OK && class && w->b[w->at + 5] == 0)
                sl651_note(w->f, SL651_DEV_CLASS, w->at + 5);
        w->at += class ? 6 : 5;
        return st;
}

/* 04 18 dd hh mm: the step of a uniform report; all zero announces arrays
 * of twelve. */
static enum status step_block(struct sl651_walk *w)
{
        enum status st = sl651_need(w, 3, "the time step (0418)");
        struct sl651_read dd, hh, mm;
        const uint8_t *b = w->b + w->at;

        if (st != OK)
                return st;
        dd = sl651_read_bcd(b, 1, 0, 0);
        hh = sl651_read_bcd(b + 1, 1, 0, 0);
        mm = sl651_read_bcd(b + 2, 1, 0, 0);
        if (dd.missing || hh.missing || mm.missing)
                return err_set(w->e, ERR_NUMBER,
                               "byte %zu: the time step is no BCD", w->at);
        w->step_us = (dd.milli * DAY_US + hh.milli * HOUR_US +
                      mm.milli * MINUTE_US) /
                     1000;
        w->f->step_us = w->step_us;
        w->at += 3;
        return OK;
}

static enum status read_ident(struct sl651_walk *w, struct ident *id)
{
        const uint8_t *b = w->b + w->at;
        size_t user = b[0] == LEAD_USER;

        id->at = w->at;
        if (sl651_left(w) < 2 + user)
                return err_set(w->e, ERR_SIZE,
                               "byte %zu: element %02X without definition",
                               w->at, b[0]);
        id->lead = user ? (uint16_t)(0xFF00 | b[1]) : b[0];
        id->definition = b[1 + user];
        id->n = id->definition >> 3;
        id->kind = user ? NULL : sl651_kind_of_lead(b[0]);
        id->row = id->kind ? NULL : sl651_vendor_find(w->how.vendor, id->lead);
        w->at += 2 + user;
        return OK;
}

/* Says once per identifier how it departs from annex C. */
static void check_definition(struct sl651_walk *w, const struct ident *id,
                             bool minus)
{
        uint8_t want = sl651_definition(id->kind);
        size_t n = want >> 3;

        if (id->n != n && !(minus && id->n == n + 1))
                sl651_note(w->f, SL651_DEV_DEFINITION, id->at + 1);
        if ((id->definition & 7) != (want & 7))
                sl651_note(w->f, SL651_DEV_DECIMALS, id->at + 1);
}

/* Twelve slots from time_us on; all F is bad data. */
static enum status array(struct sl651_walk *w, const struct sl651_kind *k,
                         int64_t time_us)
{
        size_t width = k->form == SL651_FORM_RAIN ? 1 : 2;
        enum status st = OK;
        int i;

        for (i = 0; i < SL651_SLOTS && st == OK; i++, w->at += width) {
                const uint8_t *b = w->b + w->at;
                int64_t v = width == 1 ? b[0] : b[0] << 8 | b[1];
                bool bad = v == (width == 1 ? 0xFF : 0xFFFF);

                st = sl651_push(w, k->element, bad,
                                sl651_to_milli(v, k->decimals, 0),
                                time_us + i * SL651_SLOT_US, w->at);
        }
        return st;
}

/* In a uniform report (31) further twelves follow without identifier, an
 * hour later each. */
static uint32_t count_blocks(const struct sl651_walk *w, size_t n)
{
        struct sl651_walk ahead = *w;
        uint32_t blocks = 1;

        ahead.at += n;
        while (sl651_is_uniform(&w->f->head) && sl651_left(&ahead) >= n &&
               (!at_block(&ahead) || sl651_left(&ahead) == n)) {
                ahead.at += n;
                blocks++;
        }
        return blocks;
}

/* F4 60, F5 C0... */
static enum status arrays(struct sl651_walk *w, const struct ident *id)
{
        enum status st = sl651_need(w, id->n, "twelve slots");
        uint32_t blocks, i;
        int64_t time_us = w->time_us;

        if (st == OK)
                st = sl651_place(w, element_name(id->kind->element), w->at,
                                 &time_us);
        if (st != OK)
                return st;
        blocks = count_blocks(w, id->n);
        time_us = sl651_first_slot_us(w->how.slots, time_us, w->f->sent_us,
                                      blocks);
        for (i = 0; i < blocks && st == OK; i++)
                st = array(w, id->kind,
                           time_us + (int64_t)i * SL651_SLOTS * SL651_SLOT_US);
        return st;
}

static void note_read(struct sl651_walk *w, const struct ident *id,
                      const struct sl651_read *r, size_t at)
{
        const struct sl651_kind *k = id->kind;
        uint8_t first = w->b[at];

        if (r->filled_aa)
                sl651_note(w->f, SL651_DEV_FILL_AA, at);
        if (r->no_bcd)
                sl651_note(w->f, SL651_DEV_NOT_BCD, at + r->bad);
        if (r->too_big)
                sl651_note(w->f, SL651_DEV_RANGE, at);
        if (!k || r->missing)
                return;
        if (r->minus && id->n <= (k->digits + 1u) / 2)
                sl651_note(w->f, SL651_DEV_MINUS, at);
        if (!r->minus && k->digits % 2 == 1 && id->n == (k->digits + 1u) / 2 &&
            first >> 4 != 0)
                sl651_note(w->f, SL651_DEV_PADDING, at);
}

static enum status number(struct sl651_walk *w, const struct ident *id,
                          int64_t time_us, bool *ret_minus)
{
        size_t at = w->at;
        struct sl651_read r =
                sl651_read_bcd(w->b + at, id->n, id->definition & 7,
                               id->kind ? id->kind->shift : 0);

        note_read(w, id, &r, at);
        w->at += id->n;
        *ret_minus = r.minus;
        return sl651_push(w, id->kind->element, r.missing, r.milli, time_us,
                          at);
}

/* 45: up to 32 bits; all F (or A) says nothing. */
static enum status bits(struct sl651_walk *w, const struct ident *id)
{
        size_t at = w->at, i;
        int64_t v = 0;
        bool all_f = true, all_a = true;

        for (i = 0; i < id->n; i++) {
                v = v << 8 | w->b[at + i];
                all_f = all_f && w->b[at + i] == 0xFF;
                all_a = all_a && w->b[at + i] == 0xAA;
        }
        if (all_a)
                sl651_note(w->f, SL651_DEV_FILL_AA, at);
        w->at += id->n;
        return sl651_push(w, id->kind->element, all_f || all_a, v * 1000,
                          w->time_us, at);
}

/* "HH.mm" in characters, or (a vendor's) as a number of two decimals. */
static bool read_hhmm(const uint8_t *b, size_t n, unsigned decimals,
                      bool *ret_missing, int64_t *ret_minutes)
{
        struct sl651_read r;
        int64_t v = 0;
        size_t i;

        *ret_missing = false;
        if (n >= 4 && b[n - 3] == '.') {
                for (i = 0; i < n; i++) {
                        if (i == n - 3)
                                continue;
                        if (b[i] < '0' || b[i] > '9')
                                return false;
                        v = v * 10 + b[i] - '0';
                }
        } else {
                r = sl651_read_bcd(b, n, 0, 0);
                *ret_missing = r.missing && !r.no_bcd && !r.too_big;
                if (*ret_missing)
                        return true;
                if (r.missing || r.minus || decimals != 2)
                        return false;
                v = r.milli / 1000;
        }
        *ret_minutes = v / 100 * 60 + v % 100;
        return v % 100 < 60;
}

static enum status duration(struct sl651_walk *w, const struct ident *id)
{
        size_t at = w->at;
        bool missing = true;
        int64_t minutes = 0;

        if (!read_hhmm(w->b + at, id->n, id->definition & 7, &missing,
                       &minutes)) {
                sl651_note(w->f, SL651_DEV_NOT_BCD, at);
                missing = true;
        }
        w->at += id->n;
        return sl651_push(w, id->kind->element, missing, minutes * 1000,
                          w->time_us, at);
}

/* A vendor's own element by its row. */
static enum status vendor(struct sl651_walk *w, const struct ident *id)
{
        const struct sl651_vendor_row *row = id->row;
        unsigned decimals = row->decimals == SL651_DECIMALS_GIVEN
                                    ? id->definition & 7
                                    : row->decimals;
        struct sl651_read r = {.missing = true};
        size_t at = w->at, i;
        int64_t v = 0;

        if (!row->binary) {
                r = sl651_read_bcd(w->b + at, id->n, decimals, 0);
                note_read(w, id, &r, at);
        } else if (id->n <= 4) {
                bool all_f = true;

                for (i = 0; i < id->n; i++) {
                        v = v << 8 | w->b[at + i];
                        all_f = all_f && w->b[at + i] == 0xFF;
                }
                r.missing = all_f;
                r.milli = sl651_to_milli(v, decimals, 0);
        }
        w->at += id->n;
        if (__builtin_mul_overflow(r.milli, row->scale_milli, &v)) {
                sl651_note(w->f, SL651_DEV_RANGE, at);
                r.missing = true;
        }
        return sl651_push(w, row->element, r.missing, v / 1000, w->time_us, at);
}

static enum status skip(struct sl651_walk *w, const struct ident *id,
                        enum sl651_deviation_kind why)
{
        enum status st = sl651_need(w, id->n, "the element's data");

        if (st != OK)
                return st;
        sl651_note(w->f, why, id->at);
        w->f->n_skipped++;
        w->at += id->n;
        return OK;
}

/* One identifier, then values without identifiers to the end of the group:
 * the first at the observation time, each later by the step. */
static enum status series(struct sl651_walk *w, const struct ident *id)
{
        int64_t time_us = w->time_us;
        bool minus = false, any = false;
        enum status st = OK;

        if (id->n == 0)
                return err_set(w->e, ERR_SYNTAX,
                               "byte %zu: a series of values without length",
                               id->at);
        while (st == OK && sl651_left(w) > 0 && !at_block(w)) {
                st = sl651_need(w, id->n, "a value of the series");
                if (st != OK)
                        break;
                if (id->kind && id->kind->form == SL651_FORM_BCD) {
                        st = number(w, id, time_us, &minus);
                        any = any || minus;
                } else {
                        w->at += id->n;
                        w->f->n_skipped++;
                }
                if (time_us != TIME_NONE)
                        time_us += w->step_us;
        }
        if (st == OK && id->kind)
                check_definition(w, id, any);
        if (st == OK && !id->kind)
                sl651_note(w->f, SL651_DEV_UNKNOWN_LEAD, id->at);
        return st;
}

static enum status known(struct sl651_walk *w, const struct ident *id)
{
        enum status st = sl651_need(w, id->n, "the element's data");
        bool minus = false;

        if (st != OK)
                return st;
        if (id->n == 0)
                return skip(w, id, SL651_DEV_DEFINITION);
        if (id->kind->form == SL651_FORM_BCD)
                st = number(w, id, w->time_us, &minus);
        else if (id->kind->form == SL651_FORM_HHMM)
                st = duration(w, id);
        else if (id->kind->form == SL651_FORM_BITS && id->n <= 4)
                st = bits(w, id);
        else
                return skip(w, id, SL651_DEV_DEFINITION);
        if (st == OK)
                check_definition(w, id, minus);
        return st;
}

static enum status one_element(struct sl651_walk *w)
{
        struct ident id = {.at = 0};
        enum status st = read_ident(w, &id);

        if (st != OK)
                return st;
        if (id.lead == LEAD_STEP && id.definition == DEF_STEP)
                return step_block(w);
        if (id.lead == LEAD_BATCH && id.definition == DEF_BATCH) {
                size_t at = w->at;

                w->at = w->end; /* its length is not in the definition */
                return sl651_put_span(w, SL651_SPAN_BATCH, at, w->end - at);
        }
        if (id.kind && id.kind->form >= SL651_FORM_RAIN &&
            id.definition == sl651_definition(id.kind))
                return arrays(w, &id);
        if (w->step_us > 0)
                return series(w, &id);
        if (w->step_us < 0 && sl651_is_uniform(&w->f->head))
                sl651_note(w->f, SL651_DEV_STEP, id.at);
        if (id.kind)
                return known(w, &id);
        if (!id.row)
                return skip(w, &id,
                            id.lead > 0xFF ? SL651_DEV_UNKNOWN_USER
                                           : SL651_DEV_UNKNOWN_LEAD);
        st = sl651_need(w, id.n, "the element's data");
        return st == OK ? vendor(w, &id) : st;
}

static enum status one_block(struct sl651_walk *w)
{
        const uint8_t *b = w->b + w->at;
        size_t at;

        if (sl651_left(w) < 2)
                return err_set(w->e, ERR_SIZE,
                               "byte %zu: a single byte is left over", w->at);
        if (b[0] != b[1] || b[0] < LEAD_TIME || b[0] > LEAD_PICTURE)
                return one_element(w);
        w->at += 2;
        if (b[0] == LEAD_STATION)
                return station_block(w);
        if (b[0] == LEAD_TIME)
                return time_block(w);
        at = w->at;
        w->at = w->end; /* it runs to the end of the body */
        return sl651_put_span(
                w, b[0] == LEAD_TEXT ? SL651_SPAN_TEXT : SL651_SPAN_PICTURE, at,
                w->end - at);
}

/* ---- queries ---- */

/* 38 down: from and to (YYMMDDHH), then step and identifiers. */
static enum status period(struct sl651_walk *w)
{
        enum status st = sl651_need(w, 8, "the period");

        if (st != OK)
                return st;
        if (!sl651_time(w->b + w->at, 4, &w->f->from_us) ||
            !sl651_time(w->b + w->at + 4, 4, &w->f->to_us))
                return err_set(w->e, ERR_TIME,
                               "byte %zu: the period is no two hours in BCD",
                               w->at);
        w->at += 8;
        return OK;
}

static enum status query(struct sl651_walk *w)
{
        enum status st = OK;

        if (w->f->head.function == 0x38)
                st = period(w);
        while (st == OK && sl651_left(w) > 0) {
                struct ident id = {.at = 0};

                st = read_ident(w, &id);
                if (st != OK)
                        break;
                if (id.lead == LEAD_STEP && id.definition == DEF_STEP)
                        st = step_block(w);
                else
                        st = sl651_put_asked(w, id.kind, id.lead, id.definition,
                                             id.at);
        }
        return st;
}

static enum status one_span(struct sl651_walk *w, enum sl651_span_kind k)
{
        size_t n;

        /* 45: a length byte, then the text. */
        if (k == SL651_SPAN_VERSION && sl651_left(w) > 1 &&
            w->b[w->at] == sl651_left(w) - 1)
                w->at++;
        n = sl651_left(w);
        if (n == 0)
                return OK;
        if (w->f->head.function == 0x2F)
                sl651_note(w->f, SL651_DEV_TRAILING, w->at);
        w->at = w->end;
        return sl651_put_span(w, k, w->end - n, n);
}

enum status sl651_walk_hex(struct sl651_walk *w)
{
        const struct sl651_head *h = &w->f->head;
        enum sl651_span_kind k;
        enum status st = OK;

        if (!sl651_body_is_span(h, &k) && !h->downlink) {
                while (st == OK && sl651_left(w) > 0)
                        st = one_block(w);
                return st;
        }
        if (sl651_has_station(h) && sl651_left(w) >= 7 &&
            w->b[w->at] == LEAD_STATION && w->b[w->at + 1] == LEAD_STATION) {
                w->at += 2;
                st = station_block(w);
        }
        if (st != OK)
                return st;
        return sl651_body_is_span(h, &k) ? one_span(w, k) : query(w);
}

/* sensors/sl651_ascii.c -- the body of an ASCII frame.
 *
 * After serial and send time: mnemonic, blank, data, blank...  A mnemonic
 * begins with a letter, data does not, but for M (missing), the class of a
 * station, and hexadecimal arrays.
 * Source: SL 651-2014 tables 16-19, 6.6.2, annex C. */
#include "sensors/sl651_part.h"

#include <string.h>

#include "schemas/time.h"

#define DIGITS_MAX 12

struct token {
        size_t at;
        struct text t;
};

bool sl651_walk_start(struct sl651_walk *w)
{
        const uint8_t *b = w->b + w->at;
        bool ascii = w->f->head.ascii;
        uint32_t serial;
        int64_t sent_us;

        if (sl651_left(w) < (ascii ? 16 : 8))
                return false;
        if (ascii) {
                if (!sl651_hex_chars(b, 4, &serial) ||
                    !sl651_time_chars(b + 4, 6, &sent_us))
                        return false;
        } else {
                serial = (uint32_t)b[0] << 8 | b[1];
                if (!sl651_time(b + 2, 6, &sent_us))
                        return false;
        }
        w->f->serial = (uint16_t)serial;
        w->f->sent_us = sent_us;
        w->at += ascii ? 16 : 8;
        return true;
}

/* The next field without taking it; false at the end. */
static bool peek(struct sl651_walk *w, struct token *ret)
{
        size_t at = w->at, end;

        while (at < w->end && w->b[at] == ' ')
                at++;
        end = at;
        while (end < w->end && w->b[end] != ' ')
                end++;
        ret->at = at;
        ret->t = (struct text){(const char *)w->b + at, end - at};
        return end > at;
}

static void take(struct sl651_walk *w, const struct token *k)
{
        if (k->at > w->at)
                sl651_note(w->f, SL651_DEV_BLANKS, w->at);
        w->at = k->at + k->t.n;
        if (w->at < w->end)
                w->at++; /* the blank */
        else
                sl651_note(w->f, SL651_DEV_NO_LAST_BLANK, w->end);
}

static enum status need_token(struct sl651_walk *w, const char *what,
                              struct token *ret)
{
        if (!peek(w, ret))
                return err_set(w->e, ERR_SIZE,
                               "byte %zu: the body ends before %s", w->at,
                               what);
        take(w, ret);
        return OK;
}

static bool all_hex(struct text t)
{
        size_t i;

        for (i = 0; i < t.n; i++)
                if (sl651_hex_digit((uint8_t)t.p[i]) < 0)
                        return false;
        return t.n > 0;
}

static void note_case(struct sl651_walk *w, const struct token *k)
{
        size_t i;

        for (i = 0; i < k->t.n; i++)
                if (k->t.p[i] >= 'a' && k->t.p[i] <= 'f') {
                        sl651_note(w->f, SL651_DEV_LOWER_CASE, k->at + i);
                        return;
                }
}

/* ST: ten digits, and the class where there is one. */
static enum status station_block(struct sl651_walk *w)
{
        struct token a, c;
        char address[11];
        uint8_t class = 0;
        size_t i;
        enum status st = need_token(w, "a station's address (ST)", &a);

        if (st != OK)
                return st;
        if (a.t.n != 10 || !all_hex(a.t))
                return err_set(w->e, ERR_SYNTAX,
                               "byte %zu: an address has ten hexadecimal "
                               "digits",
                               a.at);
        note_case(w, &a);
        for (i = 0; i < 10; i++)
                address[i] = (char)(a.t.p[i] >= 'a' ? a.t.p[i] - 'a' + 'A'
                                                    : a.t.p[i]);
        address[10] = '\0';
        if (peek(w, &c) && c.t.n == 1 &&
            (sl651_is_class((uint8_t)c.t.p[0]) || !sl651_kind_of_name(c.t))) {
                take(w, &c);
                class = (uint8_t)c.t.p[0];
        }
        return sl651_put_station(w, address, class, a.at);
}

static enum status time_block(struct sl651_walk *w)
{
        struct token k;
        int64_t time_us;
        enum status st = need_token(w, "an observation time (TT)", &k);

        if (st != OK)
                return st;
        if (k.t.n != 10 ||
            !sl651_time_chars((const uint8_t *)k.t.p, 5, &time_us))
                return err_set(w->e, ERR_TIME,
                               "byte %zu: the observation time is no date and "
                               "time",
                               k.at);
        sl651_put_time(w, time_us, k.at);
        return OK;
}

/* DRxnn: x is D, H or N (days, hours, minutes). */
static bool is_step(struct text t, int64_t *ret_us)
{
        int64_t n;

        if (t.n != 5 || memcmp(t.p, "DR", 2) != 0 || t.p[3] < '0' ||
            t.p[3] > '9' || t.p[4] < '0' || t.p[4] > '9')
                return false;
        n = (t.p[3] - '0') * 10 + t.p[4] - '0';
        if (t.p[2] == 'D')
                *ret_us = n * DAY_US;
        else if (t.p[2] == 'H')
                *ret_us = n * HOUR_US;
        else if (t.p[2] == 'N')
                *ret_us = n * MINUTE_US;
        else
                return false;
        return true;
}

/* Digits with at most one point; false for anything else. */
static bool decimal(struct text t, int64_t *ret, unsigned *ret_decimals,
                    bool *ret_minus)
{
        int64_t v = 0;
        unsigned decimals = 0, digits = 0;
        bool point = false;
        size_t i = 0;

        *ret_minus = t.n > 0 && t.p[0] == '-';
        for (i = *ret_minus; i < t.n; i++) {
                if (t.p[i] == '.' && !point) {
                        point = true;
                        continue;
                }
                if (t.p[i] < '0' || t.p[i] > '9' || digits == DIGITS_MAX)
                        return false;
                v = v * 10 + t.p[i] - '0';
                digits += v > 0;
                decimals += point;
        }
        *ret = *ret_minus ? -v : v;
        *ret_decimals = decimals;
        return decimals <= 7 && t.n > (size_t)*ret_minus + point;
}

static bool is_missing(struct text t)
{
        return text_is(t, "M");
}

static enum status number(struct sl651_walk *w, const struct sl651_kind *k,
                          const struct token *d, int64_t time_us)
{
        int64_t v = 0;
        unsigned decimals = 0;
        bool missing = is_missing(d->t), minus;

        if (!missing && !decimal(d->t, &v, &decimals, &minus)) {
                sl651_note(w->f, SL651_DEV_NOT_BCD, d->at);
                missing = true;
        } else if (decimals > k->decimals) {
                sl651_note(w->f, SL651_DEV_DECIMALS, d->at);
        }
        return sl651_push(w, k->element, missing,
                          missing ? 0 : sl651_to_milli(v, decimals, k->shift),
                          time_us, d->at);
}

static enum status bits(struct sl651_walk *w, const struct sl651_kind *k,
                        const struct token *d)
{
        uint32_t v = 0;
        bool missing = is_missing(d->t);

        if (!missing && (d->t.n > 8 || !sl651_hex_chars((const uint8_t *)d->t.p,
                                                        d->t.n, &v))) {
                sl651_note(w->f, SL651_DEV_NOT_BCD, d->at);
                missing = true;
        }
        note_case(w, d);
        if (d->t.n == 8 && v == UINT32_MAX)
                missing = true;
        return sl651_push(w, k->element, missing, (int64_t)v * 1000, w->time_us,
                          d->at);
}

static enum status duration(struct sl651_walk *w, const struct sl651_kind *k,
                            const struct token *d)
{
        int64_t v = 0;
        unsigned decimals = 2;
        bool missing = is_missing(d->t), minus = false;

        if (!missing && (!decimal(d->t, &v, &decimals, &minus) || minus ||
                         decimals != 2 || v % 100 >= 60)) {
                sl651_note(w->f, SL651_DEV_NOT_BCD, d->at);
                missing = true;
        }
        return sl651_push(w, k->element, missing,
                          (v / 100 * 60 + v % 100) * 1000, w->time_us, d->at);
}

static bool is_array_text(const struct sl651_kind *k, struct text t)
{
        return t.n == (k->form == SL651_FORM_RAIN ? 24 : 48) && all_hex(t);
}

static enum status array(struct sl651_walk *w, const struct sl651_kind *k,
                         const struct token *d, int64_t time_us)
{
        size_t width = k->form == SL651_FORM_RAIN ? 2 : 4;
        uint32_t bad = width == 2 ? 0xFF : 0xFFFF, v = 0;
        enum status st = OK;
        size_t i;

        note_case(w, d);
        for (i = 0; i < SL651_SLOTS && st == OK; i++) {
                sl651_hex_chars((const uint8_t *)d->t.p + i * width, width, &v);
                st = sl651_push(w, k->element, v == bad,
                                sl651_to_milli(v, k->decimals, 0),
                                time_us + (int64_t)i * SL651_SLOT_US,
                                d->at + i * width);
        }
        return st;
}

/* In a uniform report further twelves follow without mnemonic. */
static uint32_t count_blocks(const struct sl651_walk *w,
                             const struct sl651_kind *k)
{
        struct sl651_walk ahead = *w;
        struct token d;
        uint32_t blocks = 1;

        while (sl651_is_uniform(&w->f->head) && peek(&ahead, &d) &&
               is_array_text(k, d.t)) {
                ahead.at = d.at + d.t.n;
                blocks++;
        }
        return blocks;
}

static enum status arrays(struct sl651_walk *w, const struct sl651_kind *k,
                          struct token *d)
{
        int64_t time_us = w->time_us;
        uint32_t blocks, i;
        enum status st =
                sl651_place(w, element_name(k->element), d->at, &time_us);

        if (st != OK)
                return st;
        if (!is_array_text(k, d->t))
                return err_set(w->e, ERR_SYNTAX,
                               "byte %zu: %s wants %d hexadecimal digits",
                               d->at, element_name(k->element),
                               k->form == SL651_FORM_RAIN ? 24 : 48);
        blocks = count_blocks(w, k);
        time_us = sl651_first_slot_us(w->how.slots, time_us, w->f->sent_us,
                                      blocks);
        for (i = 0; i < blocks && st == OK; i++) {
                if (i > 0 && peek(w, d))
                        take(w, d);
                st = array(w, k, d,
                           time_us + (int64_t)i * SL651_SLOTS * SL651_SLOT_US);
        }
        return st;
}

static enum status one_value(struct sl651_walk *w, const struct sl651_kind *k,
                             struct token *d, int64_t time_us)
{
        switch (k->form) {
        case SL651_FORM_BITS:
                return bits(w, k, d);
        case SL651_FORM_HHMM:
                return duration(w, k, d);
        case SL651_FORM_BCD:
                return number(w, k, d, time_us);
        default:
                return arrays(w, k, d);
        }
}

/* Data of a series: what no mnemonic could be. */
static bool is_data(struct text t)
{
        return is_missing(t) || t.p[0] == '-' || t.p[0] == '.' ||
               (t.p[0] >= '0' && t.p[0] <= '9');
}

/* In a uniform report values follow without mnemonic, each later by the
 * step. */
static enum status more_values(struct sl651_walk *w, const struct sl651_kind *k,
                               int64_t time_us)
{
        struct token d;
        enum status st = OK;

        if (!sl651_is_uniform(&w->f->head) || w->step_us <= 0 ||
            k->form != SL651_FORM_BCD)
                return OK;
        while (st == OK && peek(w, &d) && is_data(d.t)) {
                take(w, &d);
                if (time_us != TIME_NONE)
                        time_us += w->step_us;
                st = number(w, k, &d, time_us);
        }
        return st;
}

static enum status one_element(struct sl651_walk *w, const struct token *id)
{
        const struct sl651_kind *k = sl651_kind_of_name(id->t);
        struct token d;
        int64_t time_us = w->time_us;
        enum status st = need_token(w, "the element's data", &d);

        if (st != OK)
                return st;
        if (!k) {
                sl651_note(w->f, SL651_DEV_UNKNOWN_LEAD, id->at);
                w->f->n_skipped++;
                return OK;
        }
        if (w->step_us < 0 && sl651_is_uniform(&w->f->head))
                sl651_note(w->f, SL651_DEV_STEP, id->at);
        st = one_value(w, k, &d, time_us);
        return st == OK ? more_values(w, k, time_us) : st;
}

/* A text or picture runs to the end of the body. */
static enum status rest(struct sl651_walk *w, enum sl651_span_kind k)
{
        size_t at = w->at;

        w->at = w->end;
        return sl651_put_span(w, k, at, w->end - at);
}

static enum status one_field(struct sl651_walk *w)
{
        struct token id;

        if (!peek(w, &id)) { /* blanks only */
                sl651_note(w->f, SL651_DEV_BLANKS, w->at);
                w->at = w->end;
                return OK;
        }
        if (text_is(id.t, "RGZS") || text_is(id.t, "PIC")) {
                w->at = id.at + id.t.n;
                w->at += w->at < w->end;
                return rest(w, id.t.p[0] == 'R' ? SL651_SPAN_TEXT
                                                : SL651_SPAN_PICTURE);
        }
        take(w, &id);
        if (text_is(id.t, "ST"))
                return station_block(w);
        if (text_is(id.t, "TT"))
                return time_block(w);
        if (is_step(id.t, &w->step_us)) {
                w->f->step_us = w->step_us;
                return OK;
        }
        return one_element(w, &id);
}

/* ---- queries ---- */

static enum status hour(struct sl651_walk *w, int64_t *ret_us)
{
        struct token k;
        enum status st = need_token(w, "the period", &k);

        if (st != OK)
                return st;
        if (k.t.n != 8 || !sl651_time_chars((const uint8_t *)k.t.p, 4, ret_us))
                return err_set(w->e, ERR_TIME,
                               "byte %zu: the period is no two hours", k.at);
        return OK;
}

static enum status query(struct sl651_walk *w)
{
        enum status st = OK;
        struct token id;

        if (w->f->head.function == 0x38) {
                st = hour(w, &w->f->from_us);
                if (st == OK)
                        st = hour(w, &w->f->to_us);
        }
        while (st == OK && peek(w, &id)) {
                const struct sl651_kind *k = sl651_kind_of_name(id.t);

                take(w, &id);
                if (is_step(id.t, &w->step_us))
                        w->f->step_us = w->step_us;
                else
                        st = sl651_put_asked(w, k, k ? k->lead : 0,
                                             k ? sl651_definition(k) : 0,
                                             id.at);
        }
        return st;
}

static enum status one_span(struct sl651_walk *w, enum sl651_span_kind k)
{
        if (sl651_left(w) == 0)
                return OK;
        if (w->f->head.function == 0x2F)
                sl651_note(w->f, SL651_DEV_TRAILING, w->at);
        return rest(w, k);
}

enum status sl651_walk_ascii(struct sl651_walk *w)
{
        const struct sl651_head *h = &w->f->head;
        enum sl651_span_kind k;
        struct token id;
        enum status st = OK;

        if (!sl651_body_is_span(h, &k) && !h->downlink) {
                while (st == OK && sl651_left(w) > 0)
                        st = one_field(w);
                return st;
        }
        if (sl651_has_station(h) && peek(w, &id) && text_is(id.t, "ST")) {
                take(w, &id);
                st = station_block(w);
        }
        if (st != OK)
                return st;
        return sl651_body_is_span(h, &k) ? one_span(w, k) : query(w);
}

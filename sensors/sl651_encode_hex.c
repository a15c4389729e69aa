/* sensors/sl651_encode_hex.c -- the body of a HEX/BCD frame, written.
 *
 * Source: SL 651-2014 tables 20-26, 6.6.2, 6.6.3, annex C. */
#include "sensors/sl651_part.h"

#include <string.h>

#include "schemas/time.h"

struct hex_out {
        const struct sl651_frame *f;
        struct buf *b;
        int station; /* -1: no F1F1 yet */
        int64_t time_us;
        struct err *e;
        bool bare; /* 46: a station without class stands before ZT */
};

static void put(struct hex_out *o, uint8_t v)
{
        buf_char(o->b, (char)v);
}

static enum status put_time(struct hex_out *o, int64_t us, size_t n,
                            const char *what)
{
        uint8_t b[6];

        if (us == TIME_NONE || !sl651_time_bcd(us, n, b))
                return err_set(o->e, ERR_RANGE,
                               "%s cannot be written with %zu bytes", what, n);
        buf_add(o->b, b, n);
        return OK;
}

static enum status put_address(struct hex_out *o, uint32_t i)
{
        const uint8_t *a = (const uint8_t *)o->f->address[i];
        uint32_t v;
        size_t k;

        for (k = 0; k < 5; k++) {
                if (!sl651_hex_chars(a + 2 * k, 2, &v))
                        return err_set(o->e, ERR_SYNTAX,
                                       "an address has ten hexadecimal digits");
                put(o, (uint8_t)v);
        }
        return OK;
}

static enum status put_station(struct hex_out *o, uint8_t i)
{
        uint8_t fn = o->f->head.function, class = o->f->station_class[i];
        bool has = fn < 0x40 || fn == 0x44 || (fn == 0x46 && !o->bare);
        enum status st;

        if (has && !class)
                return err_set(o->e, ERR_MISSING, "station %u has no class", i);
        put(o, 0xF1);
        put(o, 0xF1);
        st = put_address(o, i);
        if (has)
                put(o, class);
        o->station = i;
        o->time_us = TIME_NONE;
        return st;
}

static enum status put_observed(struct hex_out *o, uint8_t station,
                                int64_t time_us)
{
        enum status st = OK;

        if (o->station != station)
                st = put_station(o, station);
        if (st != OK || time_us == o->time_us)
                return st;
        put(o, 0xF0);
        put(o, 0xF0);
        o->time_us = time_us;
        return put_time(o, time_us, 5, "an observation time");
}

static void put_bcd(struct hex_out *o, int64_t v, size_t n)
{
        uint8_t b[16] = {0};
        size_t i;

        for (i = n; i-- > 0; v /= 100)
                b[i] = (uint8_t)(v % 100 / 10 << 4 | v % 10);
        buf_add(o->b, b, n);
}

/* n bytes; a minus takes the first of them. */
static enum status put_number(struct hex_out *o, const struct sl651_value *v,
                              const struct sl651_kind *k, size_t n)
{
        int64_t digits = 0;
        enum status st = v->missing ? OK : sl651_digits(v, k, &digits, o->e);
        size_t i;

        if (st != OK)
                return st;
        for (i = 0; v->missing && i < n; i++)
                put(o, 0xFF);
        if (v->missing)
                return OK;
        if (digits < 0) {
                put(o, 0xFF);
                n--;
                digits = -digits;
        }
        put_bcd(o, digits, n);
        return OK;
}

static enum status put_bits(struct hex_out *o, const struct sl651_value *v)
{
        int64_t bits = v->missing ? UINT32_MAX : v->value_milli / 1000;
        int i;

        if (!v->missing &&
            (v->value_milli % 1000 != 0 || bits < 0 || bits >= UINT32_MAX))
                return err_set(o->e, ERR_RANGE, "%s is no 32 bits",
                               element_name(v->element));
        for (i = 24; i >= 0; i -= 8)
                put(o, (uint8_t)(bits >> i));
        return OK;
}

static enum status put_hhmm(struct hex_out *o, const struct sl651_value *v)
{
        int64_t minutes = v->value_milli / 1000;

        if (v->missing) {
                buf_str(o->b, "\xFF\xFF\xFF\xFF\xFF");
                return OK;
        }
        if (v->value_milli % 1000 != 0 || minutes < 0 || minutes >= 6000)
                return err_set(o->e, ERR_RANGE, "%s is no HH.mm",
                               element_name(v->element));
        buf_printf(o->b, "%02d.%02d", (int)(minutes / 60), (int)(minutes % 60));
        return OK;
}

static enum status put_array(struct hex_out *o, uint32_t i,
                             const struct sl651_kind *k)
{
        enum status st = OK;
        uint32_t n, v;

        for (n = 0; n < SL651_SLOTS && st == OK; n++) {
                st = sl651_slot(&o->f->value[i + n], k, &v, o->e);
                if (k->form == SL651_FORM_LEVEL)
                        put(o, (uint8_t)(v >> 8));
                put(o, (uint8_t)v);
        }
        return st;
}

/* A block whose bytes look like F0F0 or F1F1 would end the run. */
static bool looks_like_lead(const struct hex_out *o, uint32_t i,
                            const struct sl651_kind *k)
{
        const struct sl651_value *v = &o->f->value[i];
        uint32_t a = 0, b = 0;

        if (sl651_slot(v, k, &a, NULL) != OK ||
            sl651_slot(v + 1, k, &b, NULL) != OK)
                return false;
        if (k->form == SL651_FORM_LEVEL)
                return a == 0xF0F0 || a == 0xF1F1;
        return a == b && (a == 0xF0 || a == 0xF1);
}

static enum status put_step(struct hex_out *o, int64_t step_us)
{
        int64_t dd = step_us / DAY_US, hh = step_us % DAY_US / HOUR_US;

        if (step_us % MINUTE_US != 0 || dd > 99)
                return err_set(o->e, ERR_RANGE,
                               "a step of whole minutes, below 100 days");
        put(o, 0x04);
        put(o, 0x18);
        put_bcd(o, dd, 1);
        put_bcd(o, hh, 1);
        put_bcd(o, step_us % HOUR_US / MINUTE_US, 1);
        return OK;
}

static enum status put_arrays(struct hex_out *o, uint32_t i,
                              struct sl651_run *run, const struct sl651_kind *k)
{
        enum status st = OK;
        uint32_t n;

        put(o, k->lead);
        put(o, sl651_definition(k));
        for (n = 0; n < run->blocks && st == OK; n++)
                st = put_array(o, i + n * SL651_SLOTS, k);
        return st;
}

/* Values of one element, all of one length: with a minus among them, a
 * byte longer. */
static enum status put_numbers(struct hex_out *o, uint32_t i, uint32_t n,
                               const struct sl651_kind *k)
{
        uint8_t definition = sl651_definition(k);
        const struct sl651_value *v = &o->f->value[i];
        bool minus = false;
        enum status st = OK;
        uint32_t j;

        for (j = 0; j < n; j++)
                minus = minus || (!v[j].missing && v[j].value_milli < 0);
        if (minus)
                definition = (uint8_t)(definition + 8);
        put(o, k->lead);
        put(o, definition);
        for (j = 0; j < n && st == OK; j++)
                st = put_number(o, &v[j], k, definition >> 3);
        return st;
}

static enum status put_run(struct hex_out *o, uint32_t i, struct sl651_run *run)
{
        const struct sl651_value *v = &o->f->value[i];
        const struct sl651_kind *k = sl651_kind_of(v->element);
        enum status st;

        if (sl651_is_uniform(&o->f->head)) {
                o->time_us = TIME_NONE; /* each run says its time */
                o->station = o->station == v->station ? o->station : -1;
        }
        st = put_observed(o, v->station, run->time_us);
        if (st == OK && sl651_is_uniform(&o->f->head))
                st = put_step(o, run->step_us);
        if (st != OK)
                return st;
        if (run->blocks)
                return put_arrays(o, i, run, k);
        if (k->form == SL651_FORM_BCD)
                return put_numbers(o, i, run->n, k);
        put(o, k->lead);
        put(o, sl651_definition(k));
        return k->form == SL651_FORM_BITS ? put_bits(o, v) : put_hhmm(o, v);
}

/* Cuts a run of arrays where a block would be taken for a lead: alone, with
 * its own observation time, it is not. */
static void cut_run(const struct hex_out *o, uint32_t i, struct sl651_run *run)
{
        const struct sl651_kind *k = sl651_kind_of(o->f->value[i].element);
        uint32_t n;

        for (n = 1; n < run->blocks; n++)
                if (looks_like_lead(o, i + n * SL651_SLOTS, k)) {
                        run->blocks = n;
                        run->n = n * SL651_SLOTS;
                }
}

/* 46 has no F0F0: its values are of the send time. */
static enum status put_untimed(struct hex_out *o, const struct sl651_value *v)
{
        enum status st = OK;

        o->bare = v->element == ELEMENT_ZT && !o->f->station_class[v->station];
        if (o->station != v->station)
                st = put_station(o, v->station);
        o->bare = false;
        if (o->time_us == TIME_NONE)
                o->time_us = o->f->sent_us;
        return st;
}

static enum status put_next(void *self, uint32_t i, struct sl651_run *run)
{
        struct hex_out *o = self;
        const struct sl651_frame *f = o->f;
        enum status st = OK;

        if (run->blocks > 1)
                cut_run(o, i, run);
        if (f->head.function == 0x46 && run->time_us == f->sent_us)
                st = put_untimed(o, &f->value[i]);
        return st == OK ? put_run(o, i, run) : st;
}

static enum status put_span(struct hex_out *o, const struct sl651_span *s)
{
        struct text t = {o->f->bytes.p + s->at, s->n};
        enum status st = OK;

        if (sl651_has_station(&o->f->head) && o->station < 0 && t.n >= 2 &&
            memcmp(t.p, "\xF1\xF1", 2) == 0)
                return err_set(o->e, ERR_UNSUPPORTED,
                               "what begins with F1F1 would be a station");
        if (sl651_is_uniform(&o->f->head))
                o->time_us = TIME_NONE; /* it ends a series */
        if (s->kind == SL651_SPAN_TEXT || s->kind == SL651_SPAN_PICTURE) {
                uint8_t lead = s->kind == SL651_SPAN_TEXT ? 0xF2 : 0xF3;

                if (s->time_us != TIME_NONE || sl651_is_uniform(&o->f->head))
                        st = put_observed(o, s->station, s->time_us);
                put(o, lead);
                put(o, lead);
        } else if (s->kind == SL651_SPAN_BATCH) {
                st = put_observed(o, s->station, s->time_us);
                put(o, 0xFD);
                put(o, 0xF6);
        } else if (s->kind == SL651_SPAN_VERSION && s->n < 256) {
                put(o, (uint8_t)s->n);
        } else if (s->kind == SL651_SPAN_PART) {
                return err_set(o->e, ERR_UNSUPPORTED,
                               "a packet is no body: sl651_packet");
        }
        buf_text(o->b, t);
        return st;
}

static enum status put_query(struct hex_out *o)
{
        const struct sl651_frame *f = o->f;
        enum status st = OK;
        uint32_t i;

        if (f->head.function == 0x38) {
                st = put_time(o, f->from_us, 4, "the period's begin");
                if (st == OK)
                        st = put_time(o, f->to_us, 4, "the period's end");
                if (st == OK)
                        st = put_step(o, f->step_us < 0 ? 0 : f->step_us);
        }
        for (i = 0; i < f->n_asked; i++) {
                if (f->asked[i].lead == 0xF1)
                        return err_set(o->e, ERR_UNSUPPORTED,
                                       "nobody asks for F1");
                if (f->asked[i].lead > 0xFF)
                        put(o, 0xFF);
                put(o, (uint8_t)f->asked[i].lead);
                put(o, f->asked[i].definition);
        }
        return st;
}

enum status sl651_encode_hex(const struct sl651_frame *f,
                             const struct sl651_how *how, struct buf *body,
                             struct err *e)
{
        struct hex_out o = {f, body, -1, TIME_NONE, e, false};
        enum status st;
        uint32_t i;

        put(&o, (uint8_t)(f->serial >> 8));
        put(&o, (uint8_t)f->serial);
        st = put_time(&o, f->sent_us, 6, "the send time");
        if (st == OK && sl651_answers_as_station(&f->head))
                st = put_station(&o, 0);
        if (st == OK && f->head.downlink)
                st = put_query(&o);
        if (st == OK)
                st = sl651_each_run(f, how, put_next, &o, e);
        for (i = 0; i < f->n_spans && st == OK; i++)
                st = put_span(&o, &f->span[i]);
        return st;
}

/* sensors/sl651_encode_ascii.c -- the body of an ASCII frame, written.
 *
 * Source: SL 651-2014 tables 16-19, 6.6.2, annex C. */
#include "sensors/sl651_part.h"

#include <stdlib.h>

#include "schemas/time.h"

struct ascii_out {
        const struct sl651_frame *f;
        struct buf *b;
        int station; /* -1: no ST yet */
        int64_t time_us;
        struct err *e;
};

static enum status put_time(struct ascii_out *o, int64_t us, size_t n,
                            const char *what)
{
        uint8_t b[6];
        size_t i;

        if (us == TIME_NONE || !sl651_time_bcd(us, n, b))
                return err_set(o->e, ERR_RANGE,
                               "%s cannot be written with %zu digits", what,
                               2 * n);
        for (i = 0; i < n; i++)
                buf_printf(o->b, "%02X", b[i]);
        return OK;
}

static void put_station(struct ascii_out *o, uint8_t i)
{
        uint8_t class = o->f->station_class[i];

        buf_printf(o->b, "ST %s ", o->f->address[i]);
        if (class)
                buf_printf(o->b, "%c ", class);
        o->station = i;
        o->time_us = TIME_NONE;
}

static enum status put_observed(struct ascii_out *o, uint8_t station,
                                int64_t time_us)
{
        enum status st;

        if (o->station != station)
                put_station(o, station);
        if (time_us == o->time_us)
                return OK;
        buf_str(o->b, "TT ");
        st = put_time(o, time_us, 5, "an observation time");
        buf_char(o->b, ' ');
        o->time_us = time_us;
        return st;
}

static enum status put_number(struct ascii_out *o, const struct sl651_value *v,
                              const struct sl651_kind *k)
{
        int64_t n = 0, scale = 1;
        enum status st = v->missing ? OK : sl651_digits(v, k, &n, o->e);
        unsigned i;

        if (st != OK)
                return st;
        for (i = 0; i < k->decimals; i++)
                scale *= 10;
        if (v->missing)
                buf_str(o->b, "M ");
        else if (k->decimals == 0)
                buf_printf(o->b, "%lld ", (long long)n);
        else
                buf_printf(o->b, "%s%lld.%0*lld ", n < 0 ? "-" : "",
                           llabs(n) / scale, (int)k->decimals,
                           llabs(n) % scale);
        return OK;
}

static enum status put_other(struct ascii_out *o, const struct sl651_value *v,
                             const struct sl651_kind *k)
{
        int64_t n = v->value_milli / 1000;
        bool bits = k->form == SL651_FORM_BITS;

        if (v->missing) {
                buf_str(o->b, "M ");
                return OK;
        }
        if (v->value_milli % 1000 != 0 || n < 0 ||
            n >= (bits ? UINT32_MAX : 6000))
                return err_set(o->e, ERR_RANGE, "%s cannot be written",
                               element_name(v->element));
        if (bits)
                buf_printf(o->b, "%08llX ", (unsigned long long)n);
        else
                buf_printf(o->b, "%02d.%02d ", (int)(n / 60), (int)(n % 60));
        return OK;
}

static enum status put_array(struct ascii_out *o, uint32_t i,
                             const struct sl651_kind *k)
{
        int width = k->form == SL651_FORM_RAIN ? 2 : 4;
        enum status st = OK;
        uint32_t n, v;

        for (n = 0; n < SL651_SLOTS && st == OK; n++) {
                st = sl651_slot(&o->f->value[i + n], k, &v, o->e);
                buf_printf(o->b, "%0*X", width, v);
        }
        buf_char(o->b, ' ');
        return st;
}

/* DRxnn has one unit of two digits. */
static enum status put_step(struct ascii_out *o, int64_t step_us)
{
        static const struct {
                int64_t us;
                char letter;
        } units[] = {{MINUTE_US, 'N'}, {HOUR_US, 'H'}, {DAY_US, 'D'}};
        size_t i;

        for (i = 0; i < 3; i++)
                if (step_us % units[i].us == 0 && step_us / units[i].us < 100) {
                        buf_printf(o->b, "DR%c%02d ", units[i].letter,
                                   (int)(step_us / units[i].us));
                        return OK;
                }
        return err_set(o->e, ERR_UNSUPPORTED,
                       "a step that DRxnn cannot carry: two digits of "
                       "minutes, hours or days");
}

static enum status put_run(struct ascii_out *o, uint32_t i,
                           const struct sl651_run *run)
{
        const struct sl651_value *v = &o->f->value[i];
        const struct sl651_kind *k = sl651_kind_of(v->element);
        bool uniform = sl651_is_uniform(&o->f->head);
        enum status st;
        uint32_t n;

        if (uniform)
                o->time_us = TIME_NONE; /* each run says its time */
        st = put_observed(o, v->station, run->time_us);
        if (st == OK && uniform)
                st = put_step(o, run->step_us);
        buf_printf(o->b, "%s ", element_name(v->element));
        for (n = 0; n < run->blocks && st == OK; n++)
                st = put_array(o, i + n * SL651_SLOTS, k);
        if (run->blocks || st != OK)
                return st;
        if (k->form != SL651_FORM_BCD)
                return put_other(o, v, k);
        for (n = 0; n < run->n && st == OK; n++)
                st = put_number(o, &v[n], k);
        return st;
}

static enum status put_next(void *self, uint32_t i, struct sl651_run *run)
{
        struct ascii_out *o = self;
        const struct sl651_frame *f = o->f;

        /* 46 has no TT: its values are of the send time. */
        if (f->head.function == 0x46 && run->time_us == f->sent_us) {
                if (o->station != f->value[i].station)
                        put_station(o, f->value[i].station);
                if (o->time_us == TIME_NONE)
                        o->time_us = f->sent_us;
        }
        return put_run(o, i, run);
}

static enum status put_span(struct ascii_out *o, const struct sl651_span *s)
{
        struct text t = {o->f->bytes.p + s->at, s->n};
        enum status st = OK;

        while (o->station < 0 && t.n > 0 && t.p[0] == ' ') {
                t.p++;
                t.n--;
        }
        if (sl651_has_station(&o->f->head) && o->station < 0 &&
            text_starts(t, "ST"))
                return err_set(o->e, ERR_UNSUPPORTED,
                               "what begins with ST would be a station");
        t = (struct text){o->f->bytes.p + s->at, s->n};
        if (s->kind == SL651_SPAN_PICTURE || s->kind == SL651_SPAN_BATCH ||
            s->kind == SL651_SPAN_PART)
                return err_set(o->e, ERR_UNSUPPORTED,
                               "a %s has no place in an ASCII body",
                               sl651_span_name((enum sl651_span_kind)s->kind));
        if (s->kind == SL651_SPAN_TEXT) {
                if (s->time_us != TIME_NONE)
                        st = put_observed(o, s->station, s->time_us);
                buf_str(o->b, "RGZS ");
        }
        buf_text(o->b, t);
        return st;
}

static enum status put_query(struct ascii_out *o)
{
        const struct sl651_frame *f = o->f;
        enum status st = OK;
        uint32_t i;

        if (f->head.function == 0x38) {
                st = put_time(o, f->from_us, 4, "the period's begin");
                buf_char(o->b, ' ');
                if (st == OK)
                        st = put_time(o, f->to_us, 4, "the period's end");
                buf_char(o->b, ' ');
                if (st == OK)
                        st = put_step(o, f->step_us < 0 ? 0 : f->step_us);
        }
        for (i = 0; i < f->n_asked && st == OK; i++) {
                if (!f->asked[i].known)
                        return err_set(o->e, ERR_UNSUPPORTED,
                                       "element %02X has no mnemonic",
                                       f->asked[i].lead);
                buf_printf(o->b, "%s ", element_name(f->asked[i].element));
        }
        return st;
}

enum status sl651_encode_ascii(const struct sl651_frame *f,
                               const struct sl651_how *how, struct buf *body,
                               struct err *e)
{
        struct ascii_out o = {f, body, -1, TIME_NONE, e};
        enum status st;
        uint32_t i;

        buf_printf(body, "%04X", f->serial);
        st = put_time(&o, f->sent_us, 6, "the send time");
        if (st == OK && sl651_answers_as_station(&f->head)) {
                /* What follows could be taken for it. */
                if (f->n_spans > 0 && !f->station_class[0])
                        return err_set(e, ERR_MISSING,
                                       "the station has no class");
                put_station(&o, 0);
        }
        if (st == OK && f->head.downlink)
                st = put_query(&o);
        if (st == OK)
                st = sl651_each_run(f, how, put_next, &o, e);
        for (i = 0; i < f->n_spans && st == OK; i++)
                st = put_span(&o, &f->span[i]);
        return st;
}

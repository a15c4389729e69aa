/* sensors/sl651_encode.c -- SL 651 frames written: what HEX and ASCII
 * bodies share.
 *
 * Source: SL 651-2014 tables 16-26, 6.6.2, 6.6.3, annex C. */
#include "sensors/sl651_part.h"

#include <stdio.h>
#include <string.h>

#include "schemas/time.h"

void sl651_frame_init(struct sl651_frame *f, uint8_t function,
                      const char *address, int64_t sent_us)
{
        memset(f, 0, offsetof(struct sl651_frame, deviation));
        f->head.centre = 1;
        f->head.function = function;
        snprintf(f->head.address, sizeof f->head.address, "%s", address);
        snprintf(f->address[0], sizeof f->address[0], "%s", address);
        f->n_addresses = 1;
        f->station_class[0] = 'H';
        f->serial = 1;
        f->sent_us = sent_us;
        f->from_us = f->to_us = TIME_NONE;
        f->step_us = -1;
}

bool sl651_frame_add(struct sl651_frame *f, enum element element, bool missing,
                     int64_t value_milli, int64_t time_us)
{
        if (f->n_values == SL651_VALUES_MAX)
                return false;
        f->value[f->n_values++] =
                (struct sl651_value){.element = element,
                                     .missing = missing,
                                     .value_milli = missing ? 0 : value_milli,
                                     .time_us = time_us};
        return true;
}

bool sl651_frame_span(struct sl651_frame *f, enum sl651_span_kind kind,
                      struct text p, int64_t time_us)
{
        if (p.n > SL651_MESSAGE_MAX)
                return false;
        f->bytes = p;
        f->n_spans = 1;
        f->span[0] = (struct sl651_span){
                .kind = (uint8_t)kind, .n = (uint32_t)p.n, .time_us = time_us};
        return true;
}

/* ---- runs ---- */

static bool follows(const struct sl651_value *a, const struct sl651_value *b,
                    int64_t step_us)
{
        return a->element == b->element && a->station == b->station &&
               b->time_us - a->time_us == step_us;
}

static bool is_block(const struct sl651_frame *f, uint32_t i)
{
        uint32_t k;

        if (i + SL651_SLOTS > f->n_values)
                return false;
        for (k = i + 1; k < i + SL651_SLOTS; k++)
                if (!follows(&f->value[k - 1], &f->value[k], SL651_SLOT_US))
                        return false;
        return true;
}

/* What stands before an array so that it is read back alike. */
static int64_t array_time(const struct sl651_frame *f,
                          const struct sl651_how *how, uint32_t i,
                          uint32_t blocks)
{
        int64_t first = f->value[i].time_us;
        int64_t last = first + (SL651_SLOTS - 1) * SL651_SLOT_US;

        if (how->slots == SL651_SLOTS_LAST)
                return last;
        return sl651_first_slot_us(how->slots, first, f->sent_us, blocks) ==
                               first
                       ? first
                       : last;
}

static enum status array_run(const struct sl651_frame *f,
                             const struct sl651_how *how, uint32_t i,
                             struct sl651_run *ret, struct err *e)
{
        uint32_t blocks = 1;

        if (!is_block(f, i))
                return err_set(e, ERR_UNSUPPORTED,
                               "value %u: %s goes twelve at a time, five "
                               "minutes apart",
                               i, element_name(f->value[i].element));
        while (sl651_is_uniform(&f->head) &&
               is_block(f, i + blocks * SL651_SLOTS) &&
               follows(&f->value[i + blocks * SL651_SLOTS - 1],
                       &f->value[i + blocks * SL651_SLOTS], SL651_SLOT_US))
                blocks++;
        ret->blocks = blocks;
        ret->n = blocks * SL651_SLOTS;
        ret->step_us = 0;
        ret->time_us = array_time(f, how, i, blocks);
        return OK;
}

static void series_run(const struct sl651_frame *f, uint32_t i,
                       struct sl651_run *ret)
{
        const struct sl651_value *v = f->value;
        int64_t step_us = f->step_us > 0 ? f->step_us : SL651_SLOT_US;
        uint32_t n = 1;

        if (i + 1 < f->n_values && v[i + 1].time_us > v[i].time_us &&
            follows(&v[i], &v[i + 1], v[i + 1].time_us - v[i].time_us))
                step_us = v[i + 1].time_us - v[i].time_us;
        while (i + n < f->n_values &&
               follows(&v[i + n - 1], &v[i + n], step_us))
                n++;
        ret->n = n;
        ret->step_us = step_us;
}

enum status sl651_next_run(const struct sl651_frame *f,
                           const struct sl651_how *how, uint32_t i,
                           struct sl651_run *ret, struct err *e)
{
        const struct sl651_value *v = &f->value[i];
        const struct sl651_kind *k = sl651_kind_of(v->element);

        *ret = (struct sl651_run){.n = 1, .step_us = -1, .time_us = v->time_us};
        if (!k)
                return err_set(e, ERR_UNSUPPORTED,
                               "value %u: annex C has no %s", i,
                               element_name(v->element));
        if (v->station >= f->n_addresses)
                return err_set(e, ERR_RANGE, "value %u: no station %u", i,
                               v->station);
        if (k->form >= SL651_FORM_RAIN)
                return array_run(f, how, i, ret, e);
        if (!sl651_is_uniform(&f->head))
                return OK;
        if (k->form != SL651_FORM_BCD)
                return err_set(e, ERR_UNSUPPORTED,
                               "value %u: %s has no place in a uniform report",
                               i, element_name(v->element));
        series_run(f, i, ret);
        return OK;
}

/* ---- values ---- */

static enum status no_room(const struct sl651_value *v, struct err *e)
{
        return err_set(e, ERR_RANGE,
                       "%s %lld/1000: annex C's digits cannot "
                       "carry it",
                       element_name(v->element), (long long)v->value_milli);
}

enum status sl651_digits(const struct sl651_value *v,
                         const struct sl651_kind *k, int64_t *ret,
                         struct err *e)
{
        int64_t limit = 1, n;
        uint8_t i;

        for (i = 0; i < k->digits; i++)
                limit *= 10;
        if (!sl651_from_milli(v->value_milli, k->decimals, k->shift, &n) ||
            n >= limit || n <= -limit)
                return no_room(v, e);
        *ret = n;
        return OK;
}

enum status sl651_slot(const struct sl651_value *v, const struct sl651_kind *k,
                       uint32_t *ret, struct err *e)
{
        int64_t bad = k->form == SL651_FORM_RAIN ? 0xFF : 0xFFFF, n;

        *ret = (uint32_t)bad;
        if (v->missing)
                return OK;
        if (!sl651_from_milli(v->value_milli, k->decimals, 0, &n) || n < 0 ||
            n >= bad)
                return no_room(v, e);
        *ret = (uint32_t)n;
        return OK;
}

enum status sl651_encode_body(const struct sl651_frame *f,
                              const struct sl651_how *o, struct buf *body,
                              struct err *e)
{
        struct sl651_how how = {SL651_SLOTS_AUTO, NULL};
        enum status st;

        if (o)
                how = *o;
        if (body->limit == 0)
                body->limit = SL651_MESSAGE_MAX;
        buf_clear(body);
        st = f->head.ascii ? sl651_encode_ascii(f, &how, body, e)
                           : sl651_encode_hex(f, &how, body, e);
        if (st == OK && body->failed)
                st = err_set(e, ERR_SIZE, "the body has more than %zu bytes",
                             body->limit);
        return st;
}

enum status sl651_encode(const struct sl651_frame *f, const struct sl651_how *o,
                         struct buf *out, struct err *e)
{
        struct buf body = {.limit = SL651_BODY_MAX};
        enum status st = sl651_encode_body(f, o, &body, e);

        if (st == OK)
                st = sl651_seal(&f->head, buf_as_text(&body), out, e);
        buf_done(&body);
        return st;
}

enum status sl651_each_run(const struct sl651_frame *f,
                           const struct sl651_how *how,
                           enum status (*put)(void *self, uint32_t i,
                                              struct sl651_run *run),
                           void *self, struct err *e)
{
        enum status st = OK;
        struct sl651_run run;
        uint32_t i;

        for (i = 0; i < f->n_values && st == OK; i += run.n) {
                st = sl651_next_run(f, how, i, &run, e);
                if (st == OK)
                        st = put(self, i, &run);
        }
        return st;
}

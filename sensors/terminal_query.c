/* sensors/terminal_query.c -- a terminal asked: 37, 38, 3A, and its clock.
 *
 * Holds:  answers come from the values it remembers, newest first to be
 *         looked at; what it does not have is not in the answer.  4A moves
 *         no clock here: the step is kept for the caller.
 * Source: SL 651-2014, annex B. */
#include "sensors/terminal_part.h"

#include <string.h>

#include "schemas/time.h"

#define QUERY_VALUES_MAX 512

struct want {
        bool all;
        uint32_t n;
        enum element element[SL651_ASKED_MAX];
        int64_t from_us, to_us; /* TIME_NONE: only the newest */
        int64_t step_us;        /* 0 or less: all between */
};

static bool wanted(const struct want *w, enum element x)
{
        uint32_t i;

        for (i = 0; i < w->n; i++)
                if (w->element[i] == x)
                        return true;
        return w->all;
}

/* The k-th of the remembered values, the oldest first. */
static const struct sl651_value *remembered(const struct terminal *t,
                                            uint32_t k)
{
        uint32_t cap = t->c.memory_max;

        return &t->memory[(t->memory_at + cap - t->n_memory + k) % cap];
}

static bool has(const struct sl651_frame *f, const struct sl651_value *v)
{
        uint32_t i;

        for (i = 0; i < f->n_values; i++)
                if (f->value[i].element == v->element &&
                    f->value[i].time_us == v->time_us)
                        return true;
        return false;
}

/* The instant of the newest value of an element, or TIME_NONE. */
static int64_t newest_us(const struct terminal *t, enum element x)
{
        int64_t best = TIME_NONE;
        uint32_t k;

        for (k = 0; k < t->n_memory; k++) {
                const struct sl651_value *v = remembered(t, k);

                if (v->element == x && v->time_us > best)
                        best = v->time_us;
        }
        return best;
}

static bool is_array(enum element x)
{
        return x == ELEMENT_DRP;
}

static bool fits(const struct terminal *t, const struct want *w,
                 const struct sl651_value *v)
{
        int64_t last;

        if (w->from_us != TIME_NONE)
                return v->time_us >= w->from_us && v->time_us <= w->to_us &&
                       (w->step_us <= 0 ||
                        (v->time_us - w->from_us) % w->step_us == 0);
        last = newest_us(t, v->element);
        if (is_array(v->element)) /* the newest hour of slots */
                return v->time_us > last - HOUR_US;
        return v->time_us == last;
}

static void gather(const struct terminal *t, const struct want *w,
                   struct sl651_frame *f)
{
        uint32_t k;

        for (k = 0; k < t->n_memory && f->n_values < QUERY_VALUES_MAX; k++) {
                const struct sl651_value *v = remembered(t, k);

                if (wanted(w, v->element) && fits(t, w, v) && !has(f, v))
                        sl651_frame_add(f, v->element, v->missing,
                                        v->value_milli, v->time_us);
        }
}

static struct want want_of(const struct sl651_frame *f)
{
        struct want w = {.all = f->head.function == 0x37,
                         .from_us = TIME_NONE,
                         .to_us = TIME_NONE};
        uint32_t i;

        for (i = 0; i < f->n_asked; i++)
                if (f->asked[i].known)
                        w.element[w.n++] = f->asked[i].element;
        if (f->head.function == 0x38) {
                w.from_us = f->from_us;
                w.to_us = f->to_us;
                w.step_us = f->step_us;
        }
        return w;
}

static void answer(struct terminal *t, struct sl651_frame *f)
{
        struct terminal_report *a = &t->answer[t->n_answers];
        struct terminal_report made = {0};

        if (terminal_body(t, f, &made, NULL) != OK) {
                t->counts.unanswered++;
                return;
        }
        *a = made;
        t->n_answers++;
}

void terminal_query(struct terminal *t, struct sl651_frame *f, int64_t own_us)
{
        uint8_t function = f->head.function;
        bool values = function == 0x37 || function == 0x38 || function == 0x3A;
        struct want w = want_of(f);

        if (t->n_answers == TERMINAL_ANSWERS_MAX ||
            (!values && function != 0x4A && function != 0x51)) {
                t->counts.unanswered++;
                return;
        }
        if (function == 0x4A)
                t->clock_step_us = f->sent_us - own_us;
        terminal_begin(t, f, function, own_us);
        if (values) {
                gather(t, &w, f);
                if (f->n_values == 0) {
                        t->counts.unanswered++;
                        return;
                }
        }
        answer(t, f);
}

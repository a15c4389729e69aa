/* alerts/window.c -- rain sums over sliding windows (t - w, t].
 *
 * In:     parts of the station's one rain series, 0.001 mm integers, so
 *         that thirty times 0.1 mm is exactly 3 mm.
 * Out:    the sum, and how much of the window has data at all.
 * Holds:  a wet part that only partly lies in the window is not counted:
 *         the sum is what fell for certain.  Dry parts are cut to fit.
 *         A sum at its limit raises whatever is missing; a sum under it
 *         with less than nine tenths of data "cannot say".
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <string.h>

/* First part that ends after the instant.  It is mostly near the newest:
 * looked for from there, in steps that double. */
static uint32_t first_after(const struct rain *r, int64_t us)
{
        uint32_t hi = r->n, step = 1, lo, mid;

        while (hi >= step && r->at[hi - step].end_us > us) {
                hi -= step;
                step *= 2;
        }
        lo = hi >= step ? hi - step + 1 : 0;
        while (lo < hi) {
                mid = (lo + hi) / 2;
                if (r->at[mid].end_us > us)
                        hi = mid;
                else
                        lo = mid + 1;
        }
        return lo;
}

/* Rain and covered time up to the part before i, of parts that are there. */
static void sums_before(const struct rain *r, uint32_t i, int64_t *ret_milli,
                        int64_t *ret_us)
{
        const struct rain_part *x = &r->at[i ? i - 1 : 0];

        *ret_milli = i ? x->sum_milli : x->sum_milli - x->amount_milli;
        *ret_us = i ? x->sum_us : x->sum_us - (x->end_us - x->begin_us);
}

/* A part that reaches over an edge of the window by so much: what of it is
 * no longer in.  Wet ones are out altogether. */
static void cut_off(const struct rain_part *x, int64_t over_us,
                    int64_t *sum_milli, int64_t *covered_us)
{
        if (over_us <= 0)
                return;
        *covered_us -= x->amount_milli ? x->end_us - x->begin_us : over_us;
        *sum_milli -= x->amount_milli;
}

uint32_t window_rain_after(const struct rain *r, int64_t us)
{
        return first_after(r, us);
}

int64_t window_rain_sum(const struct rain *r, int64_t end_us, int64_t window_us,
                        int64_t *ret_covered_us)
{
        int64_t from = end_us - window_us;
        int64_t milli, us, before_milli, before_us;
        uint32_t i = first_after(r, from), last = first_after(r, end_us);
        const struct rain_part *x;

        *ret_covered_us = 0;
        if (last < r->n && r->at[last].begin_us < end_us)
                last++;
        if (i >= last)
                return 0;
        sums_before(r, i, &before_milli, &before_us);
        sums_before(r, last, &milli, &us);
        milli -= before_milli;
        us -= before_us;
        x = &r->at[i];
        if (x->amount_milli == 0 || i + 1 < last) {
                cut_off(x, from - x->begin_us, &milli, &us);
                x = &r->at[last - 1];
                cut_off(x, x->end_us - end_us, &milli, &us);
        } else if (x->begin_us < from || x->end_us > end_us) {
                milli = us = 0; /* one wet part that fits on neither side */
        }
        *ret_covered_us = us;
        return milli;
}

enum element window_element(int64_t window_us)
{
        switch (window_us / HOUR_US) {
        case 1:
                return ELEMENT_P1;
        case 3:
                return ELEMENT_P3;
        case 6:
                return ELEMENT_P6;
        case 12:
                return ELEMENT_P12;
        case 24:
                return ELEMENT_PD;
        default:
                return ELEMENT_PJ;
        }
}

void window_rain_readings(const struct rain *r, const struct rule *rule,
                          int64_t at_us, struct reading *ret)
{
        int64_t covered;
        uint32_t i;

        for (i = 0; i < rule->n_lines; i++) {
                const struct rule_line *l = &rule->line[i];

                ret[i] = (struct reading){.threshold_milli = l->value_milli};
                ret[i].value_milli =
                        window_rain_sum(r, at_us, l->window_us, &covered);
                ret[i].element = window_element(l->window_us);
                ret[i].unsure = covered * 10 < l->window_us * 9;
        }
}

uint32_t window_evidence(const struct subject *u, int64_t end_us,
                         int64_t window_us, struct evidence *ret)
{
        const struct rain *r = &u->rain;
        uint32_t i = first_after(r, end_us), n = 0;
        struct evidence tmp;

        while (i > 0 && n < EVIDENCE_MAX) {
                const struct rain_part *x = &r->at[--i];

                if (x->begin_us < end_us - window_us)
                        break;
                if (x->amount_milli)
                        ret[n++] = (struct evidence){
                                u->station,      x->source, x->end_us,
                                x->amount_milli, x->seq,    false};
        }
        for (i = 0; i < n / 2; i++) { /* oldest first */
                tmp = ret[i];
                ret[i] = ret[n - 1 - i];
                ret[n - 1 - i] = tmp;
        }
        return n;
}

static enum status insert(struct rain *r, uint32_t i,
                          const struct rain_part *part, struct err *e)
{
        enum status st =
                subject_grow((void **)&r->at, &r->cap, r->n, sizeof *r->at, e);

        if (st != OK)
                return st;
        memmove(r->at + i + 1, r->at + i, (r->n - i) * sizeof *r->at);
        r->at[i] = *part;
        r->n++;
        return OK;
}

static void take_out(struct rain *r, uint32_t i)
{
        memmove(r->at + i, r->at + i + 1, (r->n - i - 1) * sizeof *r->at);
        r->n--;
}

/* Rain that is known for part of the time only: the first answer stays,
 * an instant is never counted twice. */
static bool known_in_part(const struct rain *r, int64_t begin, int64_t end)
{
        uint32_t i;

        for (i = first_after(r, begin); i < r->n; i++) {
                const struct rain_part *x = &r->at[i];

                if (x->begin_us >= end)
                        break;
                if (x->amount_milli &&
                    (x->begin_us != begin || x->end_us != end))
                        return true;
        }
        return false;
}

/* Makes room for (begin, end]: the wet part of the same times is replaced,
 * dry ones are cut.  Adds up what goes. */
static enum status carve(struct rain *r, int64_t begin, int64_t end,
                         int64_t *gone_milli, int64_t *gone_us, struct err *e)
{
        uint32_t i = first_after(r, begin);

        while (i < r->n && r->at[i].begin_us < end) {
                struct rain_part old = r->at[i], piece = old;
                bool dry = old.amount_milli == 0;
                enum status st = OK;

                *gone_milli += old.amount_milli;
                *gone_us += old.end_us - old.begin_us;
                take_out(r, i);
                if (dry && old.begin_us < begin) {
                        piece.end_us = begin;
                        *gone_us -= piece.end_us - piece.begin_us;
                        st = insert(r, i++, &piece, e);
                }
                piece = old;
                if (st == OK && dry && old.end_us > end) {
                        piece.begin_us = end;
                        *gone_us -= piece.end_us - piece.begin_us;
                        st = insert(r, i++, &piece, e);
                }
                if (st != OK)
                        return st;
        }
        return OK;
}

/* A dry part joins a dry neighbour that it touches. */
static void join(struct rain *r, uint32_t i)
{
        struct rain_part *a, *b;

        if (i == 0 || i >= r->n)
                return;
        a = &r->at[i - 1];
        b = &r->at[i];
        if (a->amount_milli || b->amount_milli || a->end_us != b->begin_us)
                return;
        b->begin_us = a->begin_us;
        take_out(r, i - 1);
}

void window_rain_index(struct rain *r, uint32_t from)
{
        int64_t milli = 0, us = 0;
        uint32_t i;

        if (from > 0)
                sums_before(r, from, &milli, &us);
        for (i = from; i < r->n; i++) {
                struct rain_part *x = &r->at[i];

                milli += x->amount_milli;
                us += x->end_us - x->begin_us;
                x->sum_milli = milli;
                x->sum_us = us;
        }
}

static void forget_old(struct rain *r)
{
        int64_t from = r->at[r->n - 1].end_us - RAIN_KEEP_US;
        uint32_t drop;

        if (r->at[0].end_us > from && r->n <= PARTS_MAX)
                return;
        drop = first_after(r, from);

        /* Moving many now and then, not one each time. */
        if (r->n > PARTS_MAX && drop < PARTS_MAX / 16)
                drop = PARTS_MAX / 16;
        if (drop == 0 || drop < r->n / 16)
                return;
        memmove(r->at, r->at + drop, (r->n - drop) * sizeof *r->at);
        r->n -= drop;
}

/* A dry part behind a dry one makes that longer; false: it is no such. */
static bool extend(struct rain *r, const struct rain_part *part)
{
        struct rain_part *x = r->n ? &r->at[r->n - 1] : NULL;

        if (!x || x->end_us != part->begin_us || x->amount_milli ||
            part->amount_milli)
                return false;
        x->end_us = part->end_us;
        x->sum_us += part->end_us - part->begin_us;
        x->seq = part->seq;
        x->source = part->source;
        return true;
}

enum status window_rain_put(struct rain *r, const struct rain_slot *slot,
                            int64_t *ret_added, int64_t *ret_covered_us,
                            struct err *e)
{
        struct rain_part part = {.begin_us = slot->begin_us,
                                 .end_us = slot->end_us,
                                 .amount_milli = slot->amount_milli,
                                 .seq = slot->seq,
                                 .source = slot->source};
        int64_t gone_milli = 0, gone_us = 0;
        uint32_t i;
        enum status st;

        *ret_added = 0;
        *ret_covered_us = 0;
        if (extend(r, &part)) {
                *ret_covered_us = part.end_us - part.begin_us;
                forget_old(r);
                return OK;
        }
        if (known_in_part(r, part.begin_us, part.end_us))
                return OK;
        st = carve(r, part.begin_us, part.end_us, &gone_milli, &gone_us, e);
        if (st != OK)
                return st;
        i = first_after(r, part.begin_us);
        st = insert(r, i, &part, e);
        if (st != OK)
                return st;
        join(r, i + 1);
        join(r, i);
        window_rain_index(r, i > 2 ? i - 2 : 0);
        *ret_added = part.amount_milli - gone_milli;
        *ret_covered_us = part.end_us - part.begin_us - gone_us;
        forget_old(r);
        return OK;
}

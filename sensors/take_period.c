/* sensors/take_period.c -- reports that a terminal lost: seen by its serials
 * and send times, asked for with 38H, closed by what comes.
 *
 * Lost are reports whose serials are missing and for which there was time:
 * both, since serials jump for other reasons too.  A terminal that may be
 * asked (sl651_ask, m4) is asked at once and then more and more seldom
 * (gap.h); one on TCP only when it has just spoken, since it hangs up.
 * What comes is counted by the series that has most values within the
 * period, arrays left out.
 * Source: SL 651-2014 6.3 (M4), 6.6.4.10 (38H). */
#include "sensors/take_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensors/sl651_part.h"

#define PERIOD_MAX_US (48 * HOUR_US) /* well within the series' horizon */
#define ASKED_HEX 6
#define ASKED_ASCII 4 /* so that the question fits DOWNLINK_MAX */

static bool may_ask(const struct station *s)
{
        return s->terminal.ask || s->terminal.mode == SL651_M4;
}

/* Reports between the last one and this; 0: none. */
static uint64_t count_lost(const struct station *s, const struct heard *last,
                           const struct sl651_frame *f, int64_t since_us)
{
        int64_t apart_us = f->sent_us - since_us;
        uint64_t slots, numbers;

        if (s->interval_us <= 0 || apart_us <= s->interval_us * 3 / 2 ||
            f->serial == last->serial || f->serial == last->serial + 1 ||
            (last->serial == UINT16_MAX && f->serial <= 1))
                return 0;
        slots = (uint64_t)((apart_us + s->interval_us / 2) / s->interval_us) -
                1;
        numbers = f->serial > last->serial
                          ? (uint64_t)(f->serial - last->serial - 1)
                          : slots; /* it began anew */
        return numbers < slots ? numbers : slots;
}

static bool is_array(enum element e)
{
        const struct sl651_kind *k = sl651_kind_of(e);

        return k && k->lead >= 0xF4 && k->lead <= 0xFC;
}

static uint32_t values_within(const struct board_station *b, int64_t since_us,
                              int64_t until_us)
{
        uint32_t most = 0, i, n;

        for (i = 0; b && i < b->n_series; i++) {
                if (is_array(b->series[i].element))
                        continue;
                n = series_count(b->series[i].series, since_us, until_us);
                most = n > most ? n : most;
        }
        return most;
}

static enum status notice(struct take *t, const struct heard *last)
{
        const struct station *s = &t->p->stations[t->station];
        const struct sl651_frame *f = t->s->frame;
        struct gap_period g = {.station = s->code,
                               .since_us = last->sent_us,
                               .until_us = f->sent_us,
                               .mute = !may_ask(s)};

        if (g.since_us == TIME_NONE || g.until_us == TIME_NONE)
                return OK;
        if (g.since_us < g.until_us - PERIOD_MAX_US)
                g.since_us = g.until_us - PERIOD_MAX_US;
        g.lost = count_lost(s, last, f, g.since_us);
        if (g.lost == 0)
                return OK;
        g.had = values_within(board_find(&t->s->board, t->station), g.since_us,
                              g.until_us);
        return gaps_period(&t->s->gaps, &g, t->r->real_us, t->r->seq, t->fx,
                           &t->s->counts.gaps_dropped, t->e);
}

static void close_filled(struct take *t)
{
        const struct board_station *b = board_find(&t->s->board, t->station);
        struct gaps *g = &t->s->gaps;
        const struct gap_entry *at;
        uint32_t i, end, n;
        const char *code = t->p->stations[t->station].code;

        n = gaps_of(g, code, false, &at);
        i = (uint32_t)(at - g->at);
        for (end = i + n; i < end;) {
                const struct gap *x = &g->at[i].gap;

                if (x->is_period &&
                    gaps_period_has(g, i,
                                    values_within(b, x->since_us, x->until_us),
                                    t->r->real_us, t->r->seq, t->fx))
                        end--;
                else
                        i++;
        }
}

/* ---- the question ---- */

static void choose_elements(const struct board_station *b,
                            struct sl651_frame *f, uint32_t max)
{
        uint32_t i;

        for (i = 0; i < b->n_series && f->n_asked < max; i++) {
                enum element e = b->series[i].element;
                const struct sl651_kind *k = sl651_kind_of(e);

                if (!k || k->form != SL651_FORM_BCD)
                        continue;
                f->asked[f->n_asked++] = (struct sl651_asked){
                        true, e, k->lead, sl651_definition(k)};
        }
}

/* Whole hours around the period, in the station's own step. */
static bool make_question(struct take *t, const struct line_road *r,
                          const struct gap *g, struct buf *out)
{
        const struct station *s = &t->p->stations[t->station];
        const struct board_station *b = board_find(&t->s->board, t->station);
        struct sl651_frame *f = t->s->frame;
        int64_t hour = HOUR_US, step_us = s->interval_us;
        struct err e = {0};

        if (!b)
                return false;
        sl651_frame_init(f, 0x38, r->address,
                         t->engine_us - t->engine_us % SECOND_US);
        f->head.downlink = true;
        f->head.ascii = r->ascii;
        f->head.centre = r->centre;
        f->head.password = r->password;
        f->head.end = 0;
        f->serial = (uint16_t)(g->asked + 1);
        f->from_us = g->since_us - g->since_us % hour;
        f->to_us = (g->until_us + hour - 1) / hour * hour;
        f->step_us = step_us - step_us % MINUTE_US;
        if (f->step_us < MINUTE_US)
                f->step_us = MINUTE_US;
        choose_elements(b, f, r->ascii ? ASKED_ASCII : ASKED_HEX);
        return f->n_asked && sl651_encode(f, NULL, out, &e) == OK;
}

/* Asks for the oldest that is due; t->s->frame is used up. */
static void ask_one(struct take *t, const struct line_road *r, uint32_t i)
{
        struct gaps *g = &t->s->gaps;
        struct buf out = {0};

        if (make_question(t, r, &g->at[i].gap, &out))
                take_push(t, r->is_tcp, text_of(r->to), buf_as_text(&out));
        else if (out.failed)
                t->fx->failed = true;
        gaps_asked(g, i, t->r->real_us, t->r->seq, t->fx);
        buf_done(&out);
}

static uint32_t find_due(const struct take *t)
{
        const struct gaps *g = &t->s->gaps;
        const char *code = t->p->stations[t->station].code;
        const struct gap_entry *at;
        uint32_t n = g->n_periods ? gaps_of(g, code, false, &at) : 0, i;

        for (i = 0; i < n; i++)
                if (gaps_period_due(&at[i], t->r->real_us))
                        return (uint32_t)(&at[i] - g->at);
        return NO_INDEX;
}

/* ---- a report came ---- */

/* Where the next question goes. */
static enum status note_road(struct take *t, struct line *x)
{
        const struct sl651_head *h = &t->s->frame->head;
        struct line_road *r = x->road;

        if (!r)
                r = x->road = calloc(1, sizeof *r);
        if (!r)
                return err_set(t->e, ERR_MEMORY, "a line");
        r->is_tcp = t->r->kind == RECORD_FRAME;
        r->ascii = h->ascii;
        r->centre = h->centre;
        r->password = h->password;
        memcpy(r->address, h->address, sizeof r->address);
        r->heard_us = t->r->real_us;
        if (!text_copy(r->to, sizeof r->to,
                       r->is_tcp ? t->source : text_of(t->topic.name)))
                r->to[0] = '\0';
        return OK;
}

enum status take_periods(struct take *t, struct line *x,
                         const struct heard *last, bool *ret_ask)
{
        const struct sl651_frame *f = t->s->frame;
        uint32_t before = t->fx->n_gap;
        enum status st = OK;

        *ret_ask = false;
        if (t->waited || t->test)
                return OK;
        if (may_ask(&t->p->stations[t->station]))
                st = note_road(t, x);
        if (st == OK && t->s->gaps.n_periods)
                close_filled(t);
        if (st == OK && last && sl651_wants_answer(&f->head))
                st = notice(t, last);
        sensors_count_gaps(t->s, t->p, t->fx, before);
        *ret_ask = st == OK && x->road && find_due(t) != NO_INDEX;
        return st;
}

void take_ask(struct take *t, struct line *x)
{
        uint32_t i = find_due(t);

        if (i != NO_INDEX && x->road)
                ask_one(t, x->road, i);
}

/* ---- time goes by ---- */

/* A terminal on TCP that does not keep its line is asked when it speaks. */
static bool is_there(const struct station *s, const struct line *x)
{
        return x->road && x->road->to[0] &&
               (!x->road->is_tcp || x->keeps || s->terminal.mode == SL651_M4);
}

void take_ask_due(struct take *t)
{
        struct gaps *g = &t->s->gaps;
        uint32_t i, station;
        struct line *x;

        for (i = 0; g->n_periods && i < g->n; i++) {
                if (!gaps_period_due(&g->at[i], t->r->real_us))
                        continue;
                station = places_find_station(t->p,
                                              text_of(g->at[i].gap.subject));
                x = lines_find(&t->s->lines, station);
                if (!x || !is_there(&t->p->stations[station], x))
                        continue;
                t->station = station;
                ask_one(t, x->road, i);
        }
}

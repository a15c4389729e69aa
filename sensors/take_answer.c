/* sensors/take_answer.c -- what a terminal is told, and what is counted
 * against it. */
#include "sensors/take_line.h"

#include <stdio.h>
#include <string.h>

void take_deviation(struct take *t, struct line *x, uint32_t kind, uint32_t at)
{
        if (conform_add(&x->conform, kind, at, t->r->seq, t->engine_us, NULL) !=
            OK)
                t->fx->failed = true;
        t->s->counts.deviations++;
}

void take_tell_deviations(struct take *t, struct line *x)
{
        uint32_t i;

        for (i = 0; i < x->conform.n; i++) {
                struct conform_row *r = &x->conform.row[i];
                struct deviation_row d = {.station = t->station,
                                          .count = r->count,
                                          .first_us = r->first_us,
                                          .last_us = r->last_us,
                                          .seq = r->seq,
                                          .at = r->at};

                if (!conform_tell(r, t->engine_us))
                        continue;
                snprintf(d.kind, sizeof d.kind, "%s", conform_name(r->kind));
                effects_push_deviation(t->fx, &d);
        }
}

void take_push(struct take *t, bool is_tcp, struct text to, struct text bytes)
{
        struct downlink d = {.seq = t->r->seq, .is_tcp = is_tcp};

        if (bytes.n == 0 || bytes.n > sizeof d.bytes ||
            !text_copy(d.to, sizeof d.to, to))
                return;
        memcpy(d.bytes, bytes.p, bytes.n);
        d.n = (uint32_t)bytes.n;
        effects_push_downlink(t->fx, &d);
}

static void push(struct take *t, bool is_tcp, struct text to, const uint8_t *p,
                 size_t n)
{
        take_push(t, is_tcp, to, (struct text){(const char *)p, n});
}

void take_answer(struct take *t, const struct line *x,
                 const struct sl651_head *h, uint16_t serial, bool stay)
{
        const struct station *s = &t->p->stations[t->station];
        bool is_tcp = t->r->kind == RECORD_FRAME;
        uint8_t answer[SL651_ANSWER_MAX];
        size_t n;

        if (!sl651_wants_answer(h) || s->terminal.mode == SL651_M1 ||
            t->waited) /* nobody waits for it any more */
                return;
        stay = stay || !is_tcp || x->keeps || s->terminal.mode == SL651_M4;
        n = sl651_answer(h, serial, t->engine_us, stay ? SL651_ESC : SL651_EOT,
                         t->packets, t->packets, answer);
        t->s->counts.answers++;
        push(t, is_tcp, is_tcp ? t->source : text_of(t->topic.name), answer, n);
}

/* Nobody knows yet how it works (m2 is what most do); what it is told is
 * kept: its report waits in the list and is in the journal. */
void take_answer_stranger(struct take *t, bool stays)
{
        const struct take_stranger *k = &t->stranger;
        bool is_tcp = t->r->kind == RECORD_FRAME;
        uint8_t answer[SL651_ANSWER_MAX];
        size_t n = sl651_answer(&k->head, k->serial, t->engine_us,
                                !is_tcp || stays ? SL651_ESC : SL651_EOT, 0, 0,
                                answer);

        t->s->counts.answers++;
        push(t, is_tcp, is_tcp ? t->source : text_of(t->topic.name), answer, n);
}

void take_packet_answer(struct take *t, const struct packets *p,
                        uint16_t packet, uint8_t end)
{
        uint8_t answer[SL651_ANSWER_MAX];
        size_t n = sl651_answer(&p->head, p->serial, t->engine_us, end,
                                p->head.packets, packet, answer);

        if (end == SL651_NAK)
                t->s->counts.packets_asked++;
        else
                t->s->counts.answers++;
        push(t, p->is_tcp, text_of(p->to), answer, n);
}

/* sensors/take_packet.c -- messages of many packets: collected, asked for
 * again, put together or given up.
 *
 * M2: each packet is answered with ACK.  M3: one answer when all are there;
 * when the last one came, or nothing came for PACKETS_IDLE_US, each missing
 * one gets a NAK with its number, PACKETS_RESENDS times.  Then what is
 * there goes to the quarantine.
 * Source: SL 651-2014 6.3. */
#include "sensors/take_line.h"

#include <stdio.h>
#include <string.h>

/* NAKs for what is missing; false: it was asked for often enough. */
static bool ask_again(struct take *t, struct packets *p)
{
        uint16_t missing[PACKETS_NAKS_MAX];
        uint32_t n, i;

        if (p->rounds >= PACKETS_RESENDS)
                return false;
        p->rounds++;
        n = packets_missing(p, missing, PACKETS_NAKS_MAX);
        for (i = 0; i < n; i++)
                take_packet_answer(t, p, missing[i], SL651_NAK);
        return true;
}

/* "packets 3, 7 of 13 did not come" */
static void say_missing(const struct packets *p, char *dst, size_t cap)
{
        uint16_t missing[8];
        uint32_t n = packets_missing(p, missing, 8), i;
        size_t at = (size_t)snprintf(dst, cap, "%s: packets",
                                     sl651_function_name(p->head.function));

        for (i = 0; i < n && at < cap; i++)
                at += (size_t)snprintf(dst + at, cap - at, "%s %u",
                                       i ? "," : "", missing[i]);
        if (at < cap)
                snprintf(dst + at, cap - at, "%s of %u did not come",
                         p->got + n < p->head.packets ? "..." : "",
                         p->head.packets);
}

static void give_up(struct take *t, uint32_t station, struct line *x)
{
        struct buf raw = {0};
        char detail[160];

        say_missing(x->packets, detail, sizeof detail);
        packets_join(x->packets, &raw);
        if (raw.failed)
                t->fx->failed = true;
        else
                take_refuse(t, ERR_TOO_FEW, detail, buf_as_text(&raw));
        buf_done(&raw);
        t->s->counts.messages_given_up++;
        take_deviation(t, x, LINE_PACKETS, 0);
        take_tell_deviations(t, x);
        lines_drop(&t->s->lines, station, false);
}

/* ---- a packet ---- */

static void note_packet(struct take *t, struct packets *p,
                        const struct sl651_head *h)
{
        const struct sl651_frame *f = t->s->frame;

        if (h->packet == 1) {
                p->has_first = true;
                p->serial = f->serial;
                p->sent_us = f->sent_us;
        }
        p->is_tcp = t->r->kind == RECORD_FRAME;
        if (!text_copy(p->to, sizeof p->to,
                       p->is_tcp ? t->source : text_of(t->topic.name)))
                p->to[0] = '\0';
        p->moved_us = t->r->real_us;
        p->seq = t->r->seq;
}

static enum status complete(struct take *t, struct line *x)
{
        struct packets *p = x->packets;
        struct sl651_missing missing;
        struct sl651_head h;
        enum status st;

        t->s->message.limit = SL651_MESSAGE_MAX;
        st = sl651_assemble(p->frame, p->head.packets, &t->s->message, &h,
                            &missing, t->e);
        t->packets = p->head.packets;
        lines_drop(&t->s->lines, t->station, st == OK);
        if (st == OK)
                st = take_message(t, x, &h);
        return st;
}

/* The message is not complete: what the terminal is told now. */
static enum status go_on(struct take *t, struct packets *p,
                         const struct sl651_head *h)
{
        const struct station *s = &t->p->stations[t->station];
        char what[48];

        if (h->end == SL651_ETB && s->terminal.mode == SL651_M2)
                take_packet_answer(t, p, h->packet, SL651_ACK);
        if (h->end == SL651_ETX && h->packet == h->packets && !p->ended) {
                p->ended = true;
                ask_again(t, p);
        }
        snprintf(what, sizeof what, "packet %u of %u: %u are here", h->packet,
                 h->packets, p->got);
        return take_seen(t, what);
}

static enum status collect(struct take *t, struct line *x,
                           const struct sl651_head *h)
{
        const struct sl651_frame *f = t->s->frame;
        enum status st;

        if (x->packets && !packets_fit(x->packets, h, f->serial, f->sent_us))
                give_up(t, t->station, x);
        st = lines_collect(&t->s->lines, t->station, h, t->r->real_us, t->e);
        if (st == OK)
                st = lines_put(&t->s->lines, t->station, h, t->payload, t->e);
        if (st == ERR_FULL || st == ERR_SIZE) {
                t->s->counts.packets_full++;
                lines_drop(&t->s->lines, t->station, false);
        }
        if (st != OK || !x->packets)
                return st;
        note_packet(t, x->packets, h);
        return x->packets->got == h->packets ? complete(t, x)
                                             : go_on(t, x->packets, h);
}

/* A packet of the message that is complete: its answer was lost. */
static enum status again(struct take *t, const struct line *x,
                         const struct sl651_head *h)
{
        enum status st;

        t->s->counts.frames_again++;
        t->packets = h->packets;
        if (h->end == SL651_ETX)
                take_answer(t, x, h, x->done_serial, false);
        st = take_seen(t, "already taken: sent again");
        return st == OK ? take_needless(t) : st;
}

enum status take_packet(struct take *t, struct line *x,
                        const struct sl651_head *h)
{
        uint16_t crc = sl651_crc(t->payload.p, t->payload.n);
        enum status st = sl651_decode(t->payload, NULL, t->s->frame, t->e);

        if (st == OK &&
            (h->packets == 0 || h->packet == 0 || h->packet > h->packets))
                st = err_set(t->e, ERR_RANGE, "packet %u of %u", h->packet,
                             h->packets);
        if (st != OK) {
                take_deviation(t, x, LINE_BROKEN, 0);
                return st;
        }
        t->s->counts.packets++;
        if (!x->packets && line_knows_packet(x, h, crc))
                return again(t, x, h);
        return collect(t, x, h);
}

/* ---- time goes by ---- */

static void topic_of(const struct packets *p, char dst[128])
{
        char *colon;

        if (!p->is_tcp) {
                snprintf(dst, 128, "sanfang/v1/st/%s/up/sl651", p->to);
                return;
        }
        snprintf(dst, 128, "%s", p->to);
        colon = strrchr(dst, ':');
        if (colon)
                *colon = '\0';
}

/* True when it was given up. */
static bool tick_one(struct take *t, uint32_t station)
{
        struct line *x = lines_find(&t->s->lines, station);
        struct packets *p = x->packets;
        int64_t idle_us = t->r->real_us - p->moved_us;
        char topic[128];

        if (idle_us < PACKETS_IDLE_US &&
            t->r->real_us - p->begun_us < PACKETS_AGE_US)
                return false;
        p->moved_us = t->r->real_us;
        if (t->r->real_us - p->begun_us < PACKETS_AGE_US && ask_again(t, p))
                return false;
        topic_of(p, topic);
        t->topic_text = text_of(topic);
        t->station = station;
        give_up(t, station, x);
        return true;
}

enum status sensors_tick_terminals(struct sensors *s, const struct places *p,
                                   const struct record *r, int64_t engine_us,
                                   struct effects *fx, struct err *e)
{
        struct take t = {.s = s,
                         .p = p,
                         .r = r,
                         .engine_us = engine_us,
                         .fx = fx,
                         .e = e,
                         .topic = {.kind = TOPIC_SL651},
                         .station = NO_INDEX};
        uint32_t i = 0;

        while (i < s->lines.n_collecting)
                if (!tick_one(&t, s->lines.collecting[i]))
                        i++;
        take_ask_due(&t);
        return fx->failed ? err_set(e, ERR_MEMORY, "terminals") : OK;
}

/* sensors/sl651_assemble.c -- the packets of one message put together.
 *
 * Source: SL 651-2014 6.3.4 (M3), 6.6.3: a counter of twelve bits each for
 * how many and which stands before each packet's part of the body. */
#include "sensors/sl651_part.h"

#include <stdlib.h>
#include <string.h>

/* Where each packet was found: index in the caller's list plus one. */
struct places_of {
        uint16_t packets;
        uint32_t *at; /* packets + 1 of them */
};

static bool same_message(const struct sl651_head *a, const struct sl651_head *b)
{
        return a->ascii == b->ascii && a->downlink == b->downlink &&
               a->centre == b->centre && a->function == b->function &&
               a->packets == b->packets && strcmp(a->address, b->address) == 0;
}

static struct text part_of(struct text frame, const struct sl651_head *h)
{
        return (struct text){frame.p + h->body_at, h->body_n};
}

static enum status check_packet(const struct sl651_head *h,
                                const struct sl651_head *first, uint32_t i,
                                struct err *e)
{
        if (!h->many)
                return err_set(e, ERR_MISMATCH,
                               "packet %u of the list is a message of its own",
                               i);
        if (h->packet == 0 || h->packet > h->packets)
                return err_set(e, ERR_RANGE,
                               "packet %u of the list says it is %u of %u", i,
                               h->packet, h->packets);
        if (!same_message(h, first))
                return err_set(e, ERR_MISMATCH,
                               "packet %u of the list is of another message",
                               i);
        return OK;
}

static enum status find_packets(const struct text *packet, uint32_t n,
                                struct places_of *p, struct sl651_head *first,
                                struct err *e)
{
        struct sl651_head h, other;
        enum status st = OK;
        uint32_t i, *at;

        for (i = 0; i < n && st == OK; i++) {
                st = sl651_open(packet[i], &h, e);
                if (st == OK && i == 0)
                        *first = h;
                if (st == OK)
                        st = check_packet(&h, first, i, e);
                if (st != OK)
                        return st;
                if (!p->at)
                        p->at = calloc(h.packets + 1u, sizeof *p->at);
                if (!p->at)
                        return err_set(e, ERR_MEMORY, "no memory");
                p->packets = h.packets;
                at = &p->at[h.packet];
                if (*at && sl651_open(packet[*at - 1], &other, NULL) == OK &&
                    !text_eq(part_of(packet[*at - 1], &other),
                             part_of(packet[i], &h)))
                        return err_set(e, ERR_CONFLICT,
                                       "two packets are number %u and differ",
                                       h.packet);
                if (!*at)
                        *at = i + 1;
        }
        return st;
}

static void name_missing(const struct places_of *p, struct sl651_missing *m)
{
        uint32_t k;

        memset(m, 0, sizeof *m);
        m->packets = p->packets;
        for (k = 1; p->at && k <= p->packets; k++) {
                if (p->at[k])
                        continue;
                if (m->n < SL651_MISSING_MAX)
                        m->packet[m->n] = (uint16_t)k;
                m->n++;
        }
}

static enum status join(const struct text *packet, const struct places_of *p,
                        struct buf *body, struct sl651_head *ret_head,
                        struct err *e)
{
        size_t limit = body->limit ? body->limit : SL651_MESSAGE_MAX;
        struct sl651_head h = {0};
        uint32_t k;

        buf_clear(body);
        for (k = 1; k <= p->packets; k++) {
                struct text frame = packet[p->at[k] - 1];
                enum status st = sl651_open(frame, &h, e);

                if (st != OK)
                        return st;
                if (k == 1)
                        *ret_head = h;
                if (body->n + h.body_n > limit)
                        return err_set(e, ERR_SIZE,
                                       "the message has more than %zu bytes",
                                       limit);
                buf_text(body, part_of(frame, &h));
        }
        if (body->failed)
                return err_set(e, ERR_MEMORY, "no memory for a message");
        ret_head->many = false;
        ret_head->end = h.end;
        ret_head->body_at = 0;
        ret_head->body_n = (uint32_t)body->n;
        return OK;
}

enum status sl651_assemble(const struct text *packet, uint32_t n,
                           struct buf *body, struct sl651_head *ret_head,
                           struct sl651_missing *ret_missing, struct err *e)
{
        struct places_of p = {0};
        struct sl651_head first = {.many = false};
        struct sl651_missing m;
        enum status st = find_packets(packet, n, &p, &first, e);

        name_missing(&p, &m);
        if (st == OK && n == 0)
                st = err_set(e, ERR_TOO_FEW, "no packet at all");
        if (st == OK && m.n > 0)
                st = err_set(e, ERR_TOO_FEW,
                             "%u of %u packets are missing, the first is %u",
                             m.n, m.packets, m.packet[0]);
        if (st == OK)
                st = join(packet, &p, body, ret_head, e);
        if (st == OK || st == ERR_TOO_FEW)
                *ret_missing = m;
        free(p.at);
        return st;
}

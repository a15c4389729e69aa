/* sensors/packets.c -- one message of many packets under way. */
#include "sensors/packets.h"

#include <stdlib.h>
#include <string.h>

enum status packets_create(const struct sl651_head *h, int64_t real_us,
                           struct packets **ret, struct err *e)
{
        struct packets *p = calloc(1, sizeof *p);

        if (p)
                p->frame =
                        calloc(h->packets ? h->packets : 1, sizeof *p->frame);
        if (!p || !p->frame) {
                free(p);
                return err_set(e, ERR_MEMORY, "%u packets", h->packets);
        }
        p->head = *h;
        p->begun_us = p->moved_us = real_us;
        *ret = p;
        return OK;
}

void packets_free(struct packets *p)
{
        uint32_t i;

        if (!p)
                return;
        for (i = 0; i < p->head.packets; i++)
                free((char *)p->frame[i].p);
        free(p->frame);
        free(p);
}

bool packets_fit(const struct packets *p, const struct sl651_head *h,
                 uint16_t serial, int64_t sent_us)
{
        if (h->function != p->head.function || h->packets != p->head.packets ||
            h->ascii != p->head.ascii ||
            strcmp(h->address, p->head.address) != 0)
                return false;
        return h->packet != 1 || !p->has_first ||
               (serial == p->serial && sent_us == p->sent_us);
}

enum status packets_put(struct packets *p, const struct sl651_head *h,
                        struct text frame, struct err *e)
{
        struct text *at;
        char *copy;

        if (h->packet < 1 || h->packet > p->head.packets)
                return err_set(e, ERR_RANGE, "packet %u of %u", h->packet,
                               p->head.packets);
        at = &p->frame[h->packet - 1];
        if (at->p)
                return OK;
        if (p->bytes + frame.n > PACKETS_BYTES_MAX)
                return err_set(e, ERR_SIZE,
                               "a message of many packets is larger than "
                               "%u bytes",
                               PACKETS_BYTES_MAX);
        copy = malloc(frame.n);
        if (!copy)
                return err_set(e, ERR_MEMORY, "a packet");
        memcpy(copy, frame.p, frame.n);
        *at = (struct text){copy, frame.n};
        p->got++;
        p->bytes += frame.n;
        return OK;
}

uint32_t packets_missing(const struct packets *p, uint16_t *ret, uint32_t max)
{
        uint32_t i, n = 0;

        for (i = 0; i < p->head.packets && n < max; i++)
                if (!p->frame[i].p)
                        ret[n++] = (uint16_t)(i + 1);
        return n;
}

void packets_join(const struct packets *p, struct buf *b)
{
        uint32_t i;

        for (i = 0; i < p->head.packets; i++)
                if (p->frame[i].p)
                        buf_text(b, p->frame[i]);
}

/* ---- snapshot: the frames say the rest ---- */

void packets_save(const struct packets *p, struct buf *b)
{
        uint32_t i;

        pack_u32(b, p->got);
        pack_u8(b, p->has_first);
        pack_u32(b, p->serial);
        pack_i64(b, p->sent_us);
        pack_u8(b, p->is_tcp);
        pack_str(b, p->to);
        pack_u8(b, p->ended);
        pack_u8(b, p->rounds);
        pack_i64(b, p->begun_us);
        pack_i64(b, p->moved_us);
        pack_u64(b, p->seq);
        for (i = 0; i < p->head.packets; i++)
                if (p->frame[i].p)
                        pack_text(b, p->frame[i]);
}

static void load_fields(struct packets *p, struct unpack *u)
{
        p->has_first = unpack_u8(u);
        p->serial = (uint16_t)unpack_u32(u);
        p->sent_us = unpack_i64(u);
        p->is_tcp = unpack_u8(u);
        unpack_str(u, p->to, sizeof p->to);
        p->ended = unpack_u8(u);
        p->rounds = unpack_u8(u);
        p->begun_us = unpack_i64(u);
        p->moved_us = unpack_i64(u);
        p->seq = unpack_u64(u);
}

static enum status load_frame(struct packets *fields, struct packets **p,
                              struct unpack *u, struct err *e)
{
        struct text frame = unpack_text(u);
        struct sl651_head h;
        enum status st = OK;

        if (u->failed || sl651_open(frame, &h, NULL) != OK || !h.many ||
            h.packets == 0) {
                u->failed = true;
                return OK;
        }
        if (!*p) {
                st = packets_create(&h, 0, p, e);
                if (st != OK || !*p)
                        return st;
                fields->head = (*p)->head;
                fields->frame = (*p)->frame;
                **p = *fields;
        }
        if (!packets_fit(*p, &h, (*p)->serial, (*p)->sent_us) ||
            (st = packets_put(*p, &h, frame, e)) == ERR_RANGE ||
            st == ERR_SIZE) {
                u->failed = true;
                st = OK;
        }
        return st;
}

enum status packets_load(struct packets **ret, struct unpack *u, struct err *e)
{
        struct packets fields = {0}, *p = NULL;
        uint32_t n = unpack_u32(u), i;
        enum status st = OK;

        load_fields(&fields, u);
        if (n == 0 || n > 4095)
                u->failed = true;
        for (i = 0; i < n && st == OK && !u->failed; i++)
                st = load_frame(&fields, &p, u, e);
        if (st == OK && !u->failed && p && p->got == n) {
                *ret = p;
                return OK;
        }
        if (st == OK)
                u->failed = true;
        packets_free(p);
        return st;
}

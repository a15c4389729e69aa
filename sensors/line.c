/* sensors/line.c -- what is known of each SL 651 terminal's line. */
#include "sensors/line.h"

#include <stdlib.h>
#include <string.h>

/* ---- reports ---- */

static bool same_name(const struct heard *a, const struct heard *b)
{
        return a->serial == b->serial && a->sent_us == b->sent_us &&
               a->function == b->function;
}

enum heard_as line_hear(struct line *x, const struct heard *h)
{
        enum heard_as as = HEARD_NEW;
        uint8_t i;

        for (i = 0; i < x->n_heard; i++) {
                if (!same_name(&x->heard[i], h))
                        continue;
                as = HEARD_REUSED;
                if (x->heard[i].crc != h->crc)
                        continue;
                if (x->heard[i].repeats < UINT8_MAX)
                        x->heard[i].repeats++;
                if (i > 0)
                        return HEARD_REPLAY;
                return x->heard[i].repeats <= LINE_REPEATS_MAX ? HEARD_REPEAT
                                                               : HEARD_REPEATS;
        }
        memmove(x->heard + 1, x->heard, (LINE_HEARD - 1) * sizeof x->heard[0]);
        x->heard[0] = *h;
        if (x->n_heard < LINE_HEARD)
                x->n_heard++;
        return as;
}

bool line_is_latest(const struct line *x)
{
        uint8_t i;

        for (i = 1; i < x->n_heard; i++)
                if (x->heard[i].sent_us > x->heard[0].sent_us)
                        return false;
        return x->n_heard > 0;
}

/* An answer to a question has a serial of its own, or the question's. */
const struct heard *line_last_report(const struct line *x)
{
        uint8_t i;

        for (i = 0; i < x->n_heard; i++)
                if (x->heard[i].function >= 0x30 &&
                    x->heard[i].function <= 0x36)
                        return &x->heard[i];
        return NULL;
}

uint32_t line_serial_kind(const struct line *x, uint16_t serial)
{
        const struct heard *h = line_last_report(x);
        uint16_t last;

        if (!h)
                return CONFORM_KINDS;
        last = h->serial;
        if (serial == last)
                return LINE_SERIAL_STUCK;
        if (serial == 1 || serial == last + 1)
                return CONFORM_KINDS;
        return LINE_SERIAL_JUMP;
}

/* ---- many packets ---- */

/* In order of stations, as a snapshot brings them back. */
static void note_collecting(struct lines *l, uint32_t station)
{
        uint32_t i = l->n_collecting++;

        for (; i > 0 && l->collecting[i - 1] > station; i--)
                l->collecting[i] = l->collecting[i - 1];
        l->collecting[i] = station;
}

enum status lines_collect(struct lines *l, uint32_t station,
                          const struct sl651_head *h, int64_t real_us,
                          struct err *e)
{
        struct line *x = NULL;
        enum status st = lines_get(l, station, &x, e);

        if (st != OK || x->packets)
                return st;
        if (l->n_collecting == LINES_COLLECTING)
                return err_set(e, ERR_FULL,
                               "%u messages of many packets are under way",
                               LINES_COLLECTING);
        st = packets_create(h, real_us, &x->packets, e);
        if (st == OK)
                note_collecting(l, station);
        return st;
}

enum status lines_put(struct lines *l, uint32_t station,
                      const struct sl651_head *h, struct text frame,
                      struct err *e)
{
        struct packets *p = lines_find(l, station)->packets;
        size_t before = p->bytes;
        enum status st;

        if (l->bytes + frame.n > LINES_BYTES)
                return err_set(e, ERR_FULL, "%u bytes of packets are under way",
                               LINES_BYTES);
        st = packets_put(p, h, frame, e);
        l->bytes += p->bytes - before;
        return st;
}

static void remember_done(struct line *x)
{
        const struct packets *p = x->packets;
        uint16_t *crc = malloc(p->head.packets * sizeof *crc);
        uint32_t i;

        free(x->done_crc);
        x->done_crc = crc; /* without memory: a late packet begins anew */
        x->done_n = crc ? p->head.packets : 0;
        x->done_serial = p->serial;
        for (i = 0; i < x->done_n; i++)
                crc[i] = sl651_crc(p->frame[i].p, p->frame[i].n);
}

void lines_drop(struct lines *l, uint32_t station, bool done)
{
        struct line *x = table_find(&l->stations, station);
        uint32_t i;

        if (!x || !x->packets)
                return;
        if (done)
                remember_done(x);
        l->bytes -= x->packets->bytes;
        packets_free(x->packets);
        x->packets = NULL;
        for (i = 0; i < l->n_collecting && l->collecting[i] != station; i++)
                ;
        memmove(l->collecting + i, l->collecting + i + 1,
                (l->n_collecting - i - 1) * sizeof l->collecting[0]);
        l->n_collecting--;
}

bool line_knows_packet(const struct line *x, const struct sl651_head *h,
                       uint16_t crc)
{
        return h->packets == x->done_n && h->packet >= 1 &&
               h->packet <= x->done_n && x->done_crc[h->packet - 1] == crc;
}

/* ---- snapshot ---- */

static void save_road(const struct line_road *r, struct buf *b)
{
        pack_u8(b, r->is_tcp);
        pack_u8(b, r->ascii);
        pack_u8(b, r->centre);
        pack_u32(b, r->password);
        pack_str(b, r->address);
        pack_str(b, r->to);
        pack_i64(b, r->heard_us);
}

static enum status load_road(struct line *x, struct unpack *u, struct err *e)
{
        struct line_road *r;

        if (!unpack_u8(u) || u->failed)
                return OK;
        r = x->road = calloc(1, sizeof *r);
        if (!r)
                return err_set(e, ERR_MEMORY, "a line");
        r->is_tcp = unpack_u8(u);
        r->ascii = unpack_u8(u);
        r->centre = unpack_u8(u);
        r->password = (uint16_t)unpack_u32(u);
        unpack_str(u, r->address, sizeof r->address);
        unpack_str(u, r->to, sizeof r->to);
        r->heard_us = unpack_i64(u);
        return OK;
}

static void save_one(const void *one, struct buf *b)
{
        const struct line *x = one;
        uint32_t i;

        pack_u32(b, x->n_heard);
        for (i = 0; i < x->n_heard; i++) {
                pack_u32(b, x->heard[i].serial);
                pack_u32(b, x->heard[i].crc);
                pack_u8(b, x->heard[i].function);
                pack_u8(b, x->heard[i].repeats);
                pack_i64(b, x->heard[i].sent_us);
        }
        pack_u8(b, x->keeps);
        pack_i64(b, x->clock_offset_us);
        pack_i64(b, x->moved_us);
        pack_u64(b, x->frames);
        conform_save(&x->conform, b);
        pack_u32(b, x->done_serial);
        pack_u32(b, x->done_n);
        for (i = 0; i < x->done_n; i++)
                pack_u32(b, x->done_crc[i]);
        pack_u8(b, x->road != NULL);
        if (x->road)
                save_road(x->road, b);
        pack_u8(b, x->packets != NULL);
        if (x->packets)
                packets_save(x->packets, b);
}

static void load_heard(struct line *x, struct unpack *u)
{
        uint32_t n = unpack_count(u, 18), i;

        if (n > LINE_HEARD) {
                u->failed = true;
                return;
        }
        x->n_heard = (uint8_t)n;
        for (i = 0; i < n; i++) {
                x->heard[i].serial = (uint16_t)unpack_u32(u);
                x->heard[i].crc = (uint16_t)unpack_u32(u);
                x->heard[i].function = unpack_u8(u);
                x->heard[i].repeats = unpack_u8(u);
                x->heard[i].sent_us = unpack_i64(u);
        }
}

static enum status load_done(struct line *x, struct unpack *u, struct err *e)
{
        uint32_t n, i;

        x->done_serial = (uint16_t)unpack_u32(u);
        n = unpack_count(u, 4);
        if (u->failed || n > 4095) {
                u->failed = true;
                return OK;
        }
        x->done_crc = n ? malloc(n * sizeof *x->done_crc) : NULL;
        if (n && !x->done_crc)
                return err_set(e, ERR_MEMORY, "a line");
        x->done_n = (uint16_t)n;
        for (i = 0; i < n; i++)
                x->done_crc[i] = (uint16_t)unpack_u32(u);
        return OK;
}

static enum status load_one(void *one, struct unpack *u, struct err *e)
{
        struct line *x = one;
        enum status st;

        load_heard(x, u);
        x->keeps = unpack_u8(u);
        x->clock_offset_us = unpack_i64(u);
        x->moved_us = unpack_i64(u);
        x->frames = unpack_u64(u);
        st = conform_load(&x->conform, u, e);
        if (st == OK && !u->failed)
                st = load_done(x, u, e);
        if (st == OK && !u->failed)
                st = load_road(x, u, e);
        if (st == OK && !u->failed && unpack_u8(u) && !u->failed)
                st = packets_load(&x->packets, u, e);
        return st;
}

/* ---- all of them ---- */

static void begin_one(void *one)
{
        struct line *x = one;

        x->clock_offset_us = x->moved_us = TIME_NONE;
}

static void done_one(void *one)
{
        struct line *x = one;

        conform_done(&x->conform);
        packets_free(x->packets);
        free(x->done_crc);
        free(x->road);
}

static const struct table_kind kind = {.size = sizeof(struct line),
                                       .least = 40,
                                       .begin = begin_one,
                                       .done = done_one,
                                       .save = save_one,
                                       .load = load_one};

void lines_done(struct lines *l)
{
        table_done(&l->stations, &kind);
        memset(l, 0, sizeof *l);
}

struct line *lines_find(const struct lines *l, uint32_t station)
{
        return table_find(&l->stations, station);
}

enum status lines_get(struct lines *l, uint32_t station, struct line **ret,
                      struct err *e)
{
        void *one;
        enum status st = table_get(&l->stations, &kind, station, &one, e);

        if (st == OK)
                *ret = one;
        return st;
}

void lines_save(const struct lines *l, struct buf *b)
{
        table_save(&l->stations, &kind, b);
}

enum status lines_load(struct lines *l, struct unpack *u, struct err *e)
{
        enum status st = table_load(&l->stations, &kind, u, e);
        const struct line *x;
        uint32_t i;

        for (i = 0; st == OK && !u->failed && i < l->stations.n; i++) {
                x = lines_find(l, i);
                if (!x || !x->packets)
                        continue;
                if (l->n_collecting == LINES_COLLECTING) {
                        u->failed = true;
                        break;
                }
                note_collecting(l, i);
                l->bytes += x->packets->bytes;
        }
        return st;
}

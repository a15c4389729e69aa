/* sensors/book.c -- how a station keeps its duty. */
#include "sensors/book.h"

#include <stdlib.h>
#include <string.h>

#define UNIT_MIN_US (DAY_US / BOOK_SLOTS)

/* ---- intervals ---- */

static void set(struct book_facts *f, uint32_t slot, bool on)
{
        uint32_t at = slot % BOOK_SLOTS;
        uint8_t bit = (uint8_t)(1u << (at % 8));

        if (on)
                f->heard[at / 8] |= bit;
        else
                f->heard[at / 8] &= (uint8_t)~bit;
}

static bool is_set(const struct book_facts *f, uint32_t slot)
{
        uint32_t at = slot % BOOK_SLOTS;

        return f->heard[at / 8] >> (at % 8) & 1;
}

static void begin(struct book_facts *f, int64_t unit_us, int64_t time_us)
{
        f->unit_us = unit_us;
        f->base_us = time_us;
        f->newest = 0;
        memset(f->heard, 0, sizeof f->heard);
        set(f, 0, true);
}

void book_heard(struct book_facts *f, int64_t interval_us, int64_t time_us)
{
        int64_t unit_us = interval_us > UNIT_MIN_US ? interval_us : UNIT_MIN_US;
        int64_t slot;

        if (interval_us <= 0 || time_us == TIME_NONE)
                return;
        if (f->base_us == TIME_NONE || unit_us != f->unit_us) {
                begin(f, unit_us, time_us);
                return;
        }
        slot = time_us - f->base_us + unit_us / 2;
        slot = slot < 0 ? -1 : slot / unit_us;
        if (slot < 0 || slot > UINT32_MAX - 1 || slot + BOOK_SLOTS <= f->newest)
                return;
        if (slot >= (int64_t)f->newest + BOOK_SLOTS)
                memset(f->heard, 0, sizeof f->heard);
        else
                for (uint32_t i = f->newest + 1; i <= slot; i++)
                        set(f, i, false);
        set(f, (uint32_t)slot, true);
        if (slot > f->newest)
                f->newest = (uint32_t)slot;
}

void book_loss(const struct book_facts *f, int64_t now_us,
               uint32_t *ret_expected, uint32_t *ret_heard)
{
        int64_t last, first, n, i;

        *ret_expected = *ret_heard = 0;
        if (f->base_us == TIME_NONE || f->unit_us <= 0 ||
            now_us < f->base_us + f->unit_us)
                return;
        n = DAY_US / f->unit_us;
        last = (now_us - f->base_us - f->unit_us) / f->unit_us;
        first = last - (n > 0 ? n : 1) + 1;
        if (first < 0)
                first = 0;
        *ret_expected = (uint32_t)(last - first + 1);
        for (i = first; i <= last && i <= f->newest; i++)
                if (i + BOOK_SLOTS > f->newest)
                        *ret_heard += is_set(f, (uint32_t)i);
}

/* ---- snapshot ---- */

static void save_one(const void *one, struct buf *b)
{
        const struct book_facts *f = one;

        pack_u64(b, f->messages);
        pack_u64(b, f->repeated);
        pack_u64(b, f->refused);
        pack_u64(b, f->duplicates);
        pack_u64(b, f->conflicts);
        pack_u64(b, f->amended);
        pack_u64(b, f->numbered);
        pack_u64(b, f->lost);
        pack_i64(b, f->base_us);
        pack_i64(b, f->clock_us);
        pack_u8(b, f->has_clock);
        pack_i64(b, f->conflict_us);
        pack_i64(b, f->conflict_seen_us);
        pack_str(b, element_name(f->conflict_element));
        pack_i64(b, f->unit_us);
        pack_u32(b, f->newest);
        pack_text(b, (struct text){(const char *)f->heard, sizeof f->heard});
        pack_u64(b, f->needless);
        pack_u32(b, f->babble_from_s);
        pack_u32(b, f->babble_n);
        pack_u32(b, f->babble_s);
}

static enum status load_one(void *one, struct unpack *u, struct err *e)
{
        struct book_facts *f = one;
        struct text heard;

        (void)e;
        f->messages = unpack_u64(u);
        f->repeated = unpack_u64(u);
        f->refused = unpack_u64(u);
        f->duplicates = unpack_u64(u);
        f->conflicts = unpack_u64(u);
        f->amended = unpack_u64(u);
        f->numbered = unpack_u64(u);
        f->lost = unpack_u64(u);
        f->base_us = unpack_i64(u);
        f->clock_us = unpack_i64(u);
        f->has_clock = unpack_u8(u);
        f->conflict_us = unpack_i64(u);
        f->conflict_seen_us = unpack_i64(u);
        if (!element_from(unpack_text(u), &f->conflict_element))
                u->failed = true;
        f->unit_us = unpack_i64(u);
        f->newest = unpack_u32(u);
        heard = unpack_text(u);
        if (heard.n != sizeof f->heard || f->unit_us < 0)
                u->failed = true;
        else
                memcpy(f->heard, heard.p, sizeof f->heard);
        f->needless = unpack_u64(u);
        f->babble_from_s = unpack_u32(u);
        f->babble_n = unpack_u32(u);
        f->babble_s = unpack_u32(u);
        return OK;
}

static void begin_one(void *one)
{
        struct book_facts *f = one;

        f->base_us = f->conflict_us = TIME_NONE;
}

static const struct table_kind kind = {.size = sizeof(struct book_facts),
                                       .least = 150,
                                       .begin = begin_one,
                                       .save = save_one,
                                       .load = load_one};

void book_done(struct book *b)
{
        table_done(&b->stations, &kind);
}

const struct book_facts *book_find(const struct book *b, uint32_t station)
{
        return table_find(&b->stations, station);
}

enum status book_get(struct book *b, uint32_t station, struct book_facts **ret,
                     struct err *e)
{
        void *one;
        enum status st = table_get(&b->stations, &kind, station, &one, e);

        if (st == OK)
                *ret = one;
        return st;
}

void book_save(const struct book *b, struct buf *out)
{
        table_save(&b->stations, &kind, out);
}

enum status book_load(struct book *b, struct unpack *u, struct err *e)
{
        return table_load(&b->stations, &kind, u, e);
}

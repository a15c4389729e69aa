/* sensors/book.c -- how a station keeps its duty. */
#include "sensors/book.h"

#include <stdlib.h>
#include <string.h>

#define STATIONS_MAX 1000000u /* of a snapshot that may be believed */
#define UNIT_MIN_US (DAY_US / BOOK_SLOTS)

void book_done(struct book *b)
{
        uint32_t i;

        for (i = 0; i < b->n; i++)
                free(b->at[i]);
        free(b->at);
        memset(b, 0, sizeof *b);
}

const struct book_facts *book_find(const struct book *b, uint32_t station)
{
        return station < b->n ? b->at[station] : NULL;
}

static enum status grow(struct book *b, uint32_t station, struct err *e)
{
        uint32_t n = b->n ? b->n : 64;
        struct book_facts **at;

        while (n <= station)
                n *= 2;
        at = realloc(b->at, n * sizeof(*at));
        if (!at)
                return err_set(e, ERR_MEMORY, "no memory for %u stations", n);
        memset(at + b->n, 0, (n - b->n) * sizeof(*at));
        b->at = at;
        b->n = n;
        return OK;
}

enum status book_get(struct book *b, uint32_t station, struct book_facts **ret,
                     struct err *e)
{
        enum status st = station < b->n ? OK : grow(b, station, e);
        struct book_facts *f;

        if (st != OK)
                return st;
        if (!b->at[station]) {
                f = calloc(1, sizeof *f);
                if (!f)
                        return err_set(e, ERR_MEMORY,
                                       "no memory for a station");
                f->base_us = f->conflict_us = TIME_NONE;
                b->at[station] = f;
        }
        *ret = b->at[station];
        return OK;
}

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

static void save_one(const struct book_facts *f, struct buf *b)
{
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

static void load_one(struct book_facts *f, struct unpack *u)
{
        struct text heard;

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
}

void book_save(const struct book *b, struct buf *out)
{
        uint32_t i, n = 0;

        for (i = 0; i < b->n; i++)
                n += b->at[i] != NULL;
        pack_u32(out, n);
        for (i = 0; i < b->n; i++) {
                if (!b->at[i])
                        continue;
                pack_u32(out, i);
                save_one(b->at[i], out);
        }
}

enum status book_load(struct book *b, struct unpack *u, struct err *e)
{
        uint32_t n = unpack_count(u, 150), i, station;
        struct book_facts *f = NULL;
        enum status st = OK;

        for (i = 0; i < n && st == OK && !u->failed; i++) {
                station = unpack_u32(u);
                if (station >= STATIONS_MAX || book_find(b, station))
                        u->failed = true;
                if (u->failed)
                        break;
                st = book_get(b, station, &f, e);
                if (st == OK)
                        load_one(f, u);
        }
        return st;
}

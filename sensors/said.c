/* sensors/said.c -- the last messages of one station, for its page.
 *
 * Holds:  one item is: head and detail lengths (u8), n_obs (u16), reason
 *         (u8, REFUSED added), seq and received_us (u64), detail, head. */
#include "sensors/said.h"

#include <stdlib.h>
#include <string.h>

#define FIXED 21 /* bytes of an item without its texts */
#define REFUSED 0x80
#define STEP 32 /* the list grows by so many bytes */

_Static_assert(STATUS_COUNT < REFUSED, "a reason fits beside REFUSED");
_Static_assert(LAST_MESSAGES *FIXED + 2 * 95 <= SAID_MAX, "bare items fit");

void said_done(struct said *s)
{
        free(s->bytes);
        memset(s, 0, sizeof *s);
}

static size_t length(const uint8_t *p)
{
        return FIXED + (size_t)p[0] + p[1];
}

static uint8_t *at(const struct said *s, uint32_t i)
{
        uint8_t *p = s->bytes;

        while (i--)
                p += length(p);
        return p;
}

static void cut(struct said *s, const uint8_t *from, size_t n)
{
        size_t begin = (size_t)(from - s->bytes);

        memmove(s->bytes + begin, s->bytes + begin + n, s->size - begin - n);
        s->size = (uint16_t)(s->size - n);
}

/* The newest item's first bytes, when it was accepted: only the very last
 * accepted message is shown with them. */
static void lighten(struct said *s)
{
        uint8_t *p;
        size_t n;

        if (!s->n)
                return;
        p = at(s, s->n - 1u);
        n = p[0];
        if (p[4] & REFUSED)
                return;
        p[0] = 0;
        cut(s, p + FIXED + p[1], n);
}

/* Takes a text of the oldest item that has one: heads first, then
 * details. */
static bool shorten(struct said *s)
{
        int which;
        uint32_t i;

        for (which = 0; which < 2; which++)
                for (i = 0; i < s->n; i++) {
                        uint8_t *p = at(s, i);
                        size_t n = p[which];

                        if (!n)
                                continue;
                        p[which] = 0;
                        cut(s, p + FIXED + (which ? 0 : p[1]), n);
                        return true;
                }
        return false;
}

static enum status grow(struct said *s, size_t n, struct err *e)
{
        size_t cap = (s->size + n + STEP - 1) / STEP * STEP;
        uint8_t *more;

        if (s->size + n <= s->cap)
                return OK;
        more = realloc(s->bytes, cap);
        if (!more)
                return err_set(e, ERR_MEMORY, "no memory for a message");
        s->bytes = more;
        s->cap = (uint16_t)cap;
        return OK;
}

static void put(uint8_t *p, const struct last_message *m, size_t n_detail,
                size_t n_head)
{
        uint16_t n_obs = (uint16_t)(m->n_obs < 65535 ? m->n_obs : 65535);

        p[0] = (uint8_t)n_head;
        p[1] = (uint8_t)n_detail;
        memcpy(p + 2, &n_obs, 2);
        p[4] = (uint8_t)((unsigned)m->reason | (m->refused ? REFUSED : 0u));
        memcpy(p + 5, &m->seq, 8);
        memcpy(p + 13, &m->received_us, 8);
        memcpy(p + FIXED, m->detail, n_detail);
        memcpy(p + FIXED + n_detail, m->head, n_head);
}

enum status said_add(struct said *s, const struct last_message *m,
                     struct err *e)
{
        size_t n_detail = strlen(m->detail), n_head = strlen(m->head);
        size_t n = FIXED + n_detail + n_head;
        enum status st;

        if (s->n == LAST_MESSAGES) {
                cut(s, s->bytes, length(s->bytes));
                s->n--;
        }
        lighten(s);
        while (s->size + n > SAID_MAX && shorten(s))
                ;
        st = grow(s, n, e);
        if (st != OK)
                return st;
        put(s->bytes + s->size, m, n_detail, n_head);
        s->size = (uint16_t)(s->size + n);
        s->n++;
        return OK;
}

static void get(const uint8_t *p, struct last_message *m)
{
        uint16_t n_obs;

        memset(m, 0, sizeof *m);
        memcpy(&n_obs, p + 2, 2);
        m->n_obs = n_obs;
        m->refused = p[4] & REFUSED;
        m->reason = p[4] & ~REFUSED;
        memcpy(&m->seq, p + 5, 8);
        memcpy(&m->received_us, p + 13, 8);
        memcpy(m->detail, p + FIXED, p[1]);
        memcpy(m->head, p + FIXED + p[1], p[0]);
}

uint32_t said_list(const struct said *s, struct last_message out[LAST_MESSAGES])
{
        const uint8_t *p = s->bytes;
        uint32_t i;

        for (i = 0; i < s->n; i++, p += length(p))
                get(p, &out[s->n - 1 - i]);
        return s->n;
}

static void save_message(const struct last_message *m, struct buf *b)
{
        pack_u64(b, m->seq);
        pack_i64(b, m->received_us);
        pack_u8(b, m->refused);
        pack_u32(b, m->reason);
        pack_str(b, m->detail);
        pack_str(b, m->head);
        pack_u32(b, m->n_obs);
}

static void load_message(struct last_message *m, struct unpack *u)
{
        memset(m, 0, sizeof *m);
        m->seq = unpack_u64(u);
        m->received_us = unpack_i64(u);
        m->refused = unpack_u8(u);
        m->reason = unpack_u32(u);
        unpack_str(u, m->detail, sizeof m->detail);
        unpack_str(u, m->head, sizeof m->head);
        m->n_obs = unpack_u32(u);
        if (m->reason >= STATUS_COUNT)
                u->failed = true;
}

void said_save(const struct said *s, struct buf *b)
{
        struct last_message m[LAST_MESSAGES];
        uint32_t n = said_list(s, m);

        pack_u32(b, n);
        while (n-- > 0)
                save_message(&m[n], b);
}

enum status said_load(struct said *s, struct unpack *u, struct err *e)
{
        uint32_t n = unpack_count(u, 33), i;
        enum status st = OK;

        for (i = 0; i < n && st == OK && !u->failed; i++) {
                struct last_message m;

                load_message(&m, u);
                if (!u->failed)
                        st = said_add(s, &m, e);
        }
        return st;
}

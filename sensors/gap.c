/* sensors/gap.c -- holes in the numbers of stations, until they are filled. */
#include "sensors/gap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gaps_done(struct gaps *g)
{
        free(g->at);
        memset(g, 0, sizeof *g);
}

static int compare_subject(const struct gap *g, const char *subject,
                           bool is_centre)
{
        if (g->is_centre != is_centre)
                return g->is_centre ? 1 : -1;
        return strcmp(g->subject, subject);
}

/* First entry that is not before this sender, or after it (past). */
static uint32_t bound(const struct gaps *g, const char *subject, bool is_centre,
                      bool past)
{
        uint32_t low = 0, high = g->n;

        while (low < high) {
                uint32_t mid = low + (high - low) / 2;
                int order =
                        compare_subject(&g->at[mid].gap, subject, is_centre);

                if (order < 0 || (past && order == 0))
                        low = mid + 1;
                else
                        high = mid;
        }
        return low;
}

uint32_t gaps_of(const struct gaps *g, const char *subject, bool is_centre,
                 const struct gap_entry **ret)
{
        uint32_t from = bound(g, subject, is_centre, false);

        *ret = g->at ? g->at + from : NULL;
        return bound(g, subject, is_centre, true) - from;
}

uint32_t gaps_first(const struct gaps *g, const char *station)
{
        return bound(g, station, false, false);
}

static void take_out(struct gaps *g, uint32_t i)
{
        g->n_periods -= g->at[i].gap.is_period;
        g->n--;
        memmove(&g->at[i], &g->at[i + 1], (g->n - i) * sizeof *g->at);
}

static void tell(const struct gap_entry *x, int64_t lost, uint64_t seq,
                 struct effects *fx)
{
        struct gap_change c = {.gap = x->gap, .lost = lost, .seq = seq};

        effects_push_gap(fx, &c);
}

static void turn(struct gap_entry *x, enum gap_state state, int64_t real_us,
                 uint64_t seq, struct effects *fx)
{
        int64_t lost = -(int64_t)x->lost;

        x->gap.state = state;
        x->gap.changed_us = real_us;
        if (state == GAP_HOLE) {
                x->lost = x->gap.missing;
                lost += (int64_t)x->lost;
        }
        tell(x, lost, seq, fx);
}

/* ---- what a message changed ---- */

/* How many numbers of [from, to] are in no range. */
static uint64_t missing(const struct sender_boot *b, uint64_t from, uint64_t to)
{
        uint64_t n = to - from + 1;
        uint32_t i;

        for (i = 0; i < b->n; i++) {
                uint64_t low = b->range[i].from, high = b->range[i].to;

                low = low > from ? low : from;
                high = high < to ? high : to;
                if (low <= high)
                        n -= high - low + 1;
        }
        return n;
}

/* True when the entry is done with. */
static bool shrink(struct gap_entry *x, const struct sender_boot *b,
                   int64_t real_us, uint64_t seq, struct effects *fx)
{
        uint64_t left = missing(b, x->gap.from, x->gap.to);

        if (left >= x->gap.missing)
                return false;
        x->gap.missing = left;
        x->gap.answered_us = real_us;
        if (x->left_us != TIME_NONE)
                x->left_us = real_us;
        if (left > 0)
                return false;
        if (x->gap.state != GAP_WAITING)
                turn(x, GAP_FILLED, real_us, seq, fx);
        return true;
}

/* Removes the hole of [from, to) that was given up first; false: none. */
static bool make_room(struct gaps *g, uint32_t from, uint32_t to)
{
        uint32_t i, oldest = to;

        for (i = from; i < to; i++)
                if (g->at[i].gap.state == GAP_HOLE &&
                    (oldest == to ||
                     g->at[i].gap.changed_us < g->at[oldest].gap.changed_us))
                        oldest = i;
        if (oldest == to)
                return false;
        take_out(g, oldest);
        return true;
}

static enum status room(struct gaps *g, const char *subject, bool is_centre,
                        bool *ret_room, struct err *e)
{
        uint32_t from = bound(g, subject, is_centre, false);
        uint32_t to = bound(g, subject, is_centre, true);
        uint32_t cap = g->cap ? g->cap * 2 : 16;
        struct gap_entry *more;

        *ret_room = true;
        if (to - from >= GAPS_PER_SENDER)
                *ret_room = make_room(g, from, to);
        if (*ret_room && g->n >= GAPS_MAX)
                *ret_room = make_room(g, 0, g->n);
        if (!*ret_room || g->n < g->cap)
                return OK;
        more = realloc(g->at, cap * sizeof *more);
        if (!more)
                return err_set(e, ERR_MEMORY, "no memory for gaps");
        g->at = more;
        g->cap = cap;
        return OK;
}

static void insert(struct gaps *g, const struct gap_entry *x)
{
        uint32_t i = bound(g, x->gap.subject, x->gap.is_centre, false);

        while (i < g->n &&
               compare_subject(&g->at[i].gap, x->gap.subject,
                               x->gap.is_centre) == 0 &&
               (g->at[i].gap.boot < x->gap.boot ||
                (g->at[i].gap.boot == x->gap.boot &&
                 g->at[i].gap.from < x->gap.from)))
                i++;
        memmove(&g->at[i + 1], &g->at[i], (g->n - i) * sizeof *g->at);
        g->at[i] = *x;
        g->n++;
        g->n_periods += x->gap.is_period;
}

static bool is_known(const struct gaps *g, const struct sender *x,
                     uint64_t from, uint64_t to)
{
        const struct gap_entry *at;
        uint32_t n = gaps_of(g, x->code, x->is_centre, &at), i;

        for (i = 0; at && i < n; i++)
                if (!at[i].gap.is_period && at[i].gap.boot == x->boot[0].boot &&
                    at[i].gap.from <= from && at[i].gap.to >= to)
                        return true;
        return false;
}

static enum status notice(struct gaps *g, const struct sender *x, uint64_t from,
                          uint64_t to, int64_t real_us, uint64_t *ret_dropped,
                          struct err *e)
{
        struct gap_entry n = {.gap = {.is_centre = x->is_centre,
                                      .state = GAP_WAITING,
                                      .boot = x->boot[0].boot,
                                      .from = from,
                                      .to = to,
                                      .missing = to - from + 1,
                                      .noticed_us = real_us,
                                      .changed_us = real_us,
                                      .answered_us = TIME_NONE},
                              .left_us = TIME_NONE};
        bool has_room;
        enum status st;

        if (is_known(g, x, from, to))
                return OK;
        st = room(g, x->code, x->is_centre, &has_room, e);
        if (st != OK)
                return st;
        if (!has_room) {
                ++*ret_dropped;
                return OK;
        }
        memcpy(n.gap.subject, x->code, sizeof n.gap.subject);
        insert(g, &n);
        return OK;
}

/* A boot's numbers begin at 1, but what came first of an old boot may be
 * the rest of what was forgotten. */
static uint64_t first_number(const struct sender *x)
{
        uint32_t i;

        for (i = 1; i < x->n_boots; i++)
                if (x->boot[i].boot > x->boot[0].boot)
                        return x->boot[0].range[0].from;
        return 1;
}

static enum status notice_all(struct gaps *g, const struct sender *x,
                              int64_t real_us, uint64_t *ret_dropped,
                              struct err *e)
{
        const struct sender_boot *b = &x->boot[0];
        uint64_t next = first_number(x);
        enum status st = OK;
        uint32_t i;

        for (i = 0; i < b->n && st == OK; i++) {
                if (b->range[i].from > next)
                        st = notice(g, x, next, b->range[i].from - 1, real_us,
                                    ret_dropped, e);
                next = b->range[i].to + 1;
        }
        return st;
}

enum status gaps_follow(struct gaps *g, const struct sender *x, int64_t real_us,
                        uint64_t seq, struct effects *fx, uint64_t *ret_dropped,
                        struct err *e)
{
        const struct sender_boot *b = &x->boot[0];
        uint32_t from, to, i;

        if (x->n_boots == 0 || b->n == 0)
                return OK;
        if (g->n) {
                from = bound(g, x->code, x->is_centre, false);
                to = bound(g, x->code, x->is_centre, true);
                for (i = from; i < to;) {
                        struct gap_entry *k = &g->at[i];

                        if (k->gap.is_period) {
                                i++;
                                continue;
                        }
                        if (k->gap.boot < b->boot && k->left_us == TIME_NONE)
                                k->left_us = real_us;
                        if (k->gap.boot == b->boot &&
                            shrink(k, b, real_us, seq, fx)) {
                                take_out(g, i);
                                to--;
                        } else {
                                i++;
                        }
                }
        }
        if (b->n == 1 && b->range[0].from <= 1)
                return OK;
        return notice_all(g, x, real_us, ret_dropped, e);
}

/* ---- periods ---- */

enum status gaps_period(struct gaps *g, const struct gap_period *p,
                        int64_t real_us, uint64_t seq, struct effects *fx,
                        uint64_t *ret_dropped, struct err *e)
{
        struct gap_entry x = {
                .gap = {.state = GAP_OPEN,
                        .boot = (uint64_t)(p->since_us / SECOND_US),
                        .to = p->lost,
                        .missing = p->lost,
                        .noticed_us = real_us,
                        .changed_us = real_us,
                        .answered_us = TIME_NONE,
                        .is_period = true,
                        .mute = p->mute,
                        .since_us = p->since_us,
                        .until_us = p->until_us},
                .due_us = real_us,
                .left_us = TIME_NONE,
                .had = p->had};
        const struct gap_entry *at;
        uint32_t n = gaps_of(g, p->station, false, &at), i;
        bool has_room = g->n_periods < GAPS_PERIODS;
        enum status st = OK;

        for (i = 0; at && i < n; i++)
                if (at[i].gap.is_period && at[i].gap.boot == x.gap.boot)
                        return OK;
        if (has_room)
                st = room(g, p->station, false, &has_room, e);
        if (st != OK)
                return st;
        if (!has_room) {
                ++*ret_dropped;
                return OK;
        }
        snprintf(x.gap.subject, sizeof x.gap.subject, "%s", p->station);
        insert(g, &x);
        tell(&x, 0, seq, fx);
        return OK;
}

bool gaps_period_has(struct gaps *g, uint32_t i, uint32_t n, int64_t real_us,
                     uint64_t seq, struct effects *fx)
{
        struct gap_entry *x = &g->at[i];
        uint64_t came = n > x->had ? n - x->had : 0;
        uint64_t left = x->gap.to > came ? x->gap.to - came : 0;

        if (left >= x->gap.missing)
                return false;
        x->gap.missing = left;
        x->gap.answered_us = real_us;
        if (left > 0)
                return false;
        turn(x, GAP_FILLED, real_us, seq, fx);
        take_out(g, i);
        return true;
}

bool gaps_period_due(const struct gap_entry *x, int64_t real_us)
{
        return x->gap.is_period && x->gap.state == GAP_OPEN && !x->gap.mute &&
               real_us >= x->due_us;
}

/* ---- what time changes ---- */

static int64_t pause_us(uint32_t asked)
{
        int64_t us = GAP_ASK_MIN_US;

        while (asked-- > 1 && us < GAP_ASK_MAX_US)
                us *= 2;
        return us < GAP_ASK_MAX_US ? us : GAP_ASK_MAX_US;
}

static void ask(struct gap_entry *x, int64_t real_us, uint64_t seq,
                struct effects *fx)
{
        x->gap.asked++;
        x->due_us = real_us + pause_us(x->gap.asked);
        tell(x, 0, seq, fx);
}

void gaps_asked(struct gaps *g, uint32_t i, int64_t real_us, uint64_t seq,
                struct effects *fx)
{
        ask(&g->at[i], real_us, seq, fx);
}

static void grow_old(struct gap_entry *x, int64_t real_us, uint64_t seq,
                     struct effects *fx)
{
        struct gap *g = &x->gap;

        if (g->state == GAP_WAITING) {
                if (real_us - g->noticed_us < GAP_SEEN_US)
                        return;
                g->state = GAP_OPEN;
                g->changed_us = real_us;
                ask(x, real_us, seq, fx);
        } else if (g->state == GAP_OPEN) {
                if (real_us - g->noticed_us >= GAP_AGE_US ||
                    (x->left_us != TIME_NONE &&
                     real_us - x->left_us >= GAP_LEFT_US))
                        turn(x, GAP_HOLE, real_us, seq, fx);
                else if (real_us >= x->due_us && !g->is_period)
                        ask(x, real_us, seq, fx);
        }
}

void gaps_tick(struct gaps *g, int64_t real_us, uint64_t seq,
               struct effects *fx)
{
        uint32_t i, kept = 0;

        for (i = 0; i < g->n; i++) {
                struct gap_entry *x = &g->at[i];

                grow_old(x, real_us, seq, fx);
                if (x->gap.state == GAP_HOLE &&
                    real_us - x->gap.changed_us >= GAP_KEEP_US) {
                        g->n_periods -= x->gap.is_period;
                        continue;
                }
                if (kept != i)
                        g->at[kept] = *x;
                kept++;
        }
        g->n = kept;
}

/* ---- snapshot ---- */

void gaps_save(const struct gaps *g, struct buf *b)
{
        uint32_t i;

        pack_u32(b, g->n);
        for (i = 0; i < g->n; i++) {
                const struct gap *x = &g->at[i].gap;

                pack_str(b, x->subject);
                pack_u8(b, x->is_centre);
                pack_u8(b, (uint8_t)x->state);
                pack_u32(b, x->asked);
                pack_u64(b, x->boot);
                pack_u64(b, x->from);
                pack_u64(b, x->to);
                pack_u64(b, x->missing);
                pack_i64(b, x->noticed_us);
                pack_i64(b, x->changed_us);
                pack_i64(b, x->answered_us);
                pack_i64(b, g->at[i].due_us);
                pack_i64(b, g->at[i].left_us);
                pack_u64(b, g->at[i].lost);
                pack_u8(b, x->is_period);
                if (!x->is_period)
                        continue;
                pack_u8(b, x->mute);
                pack_i64(b, x->since_us);
                pack_i64(b, x->until_us);
                pack_u32(b, g->at[i].had);
        }
}

static void load_one(struct gap_entry *k, struct unpack *u)
{
        struct gap *x = &k->gap;

        unpack_str(u, x->subject, sizeof x->subject);
        x->is_centre = unpack_u8(u);
        x->state = unpack_u8(u);
        x->asked = unpack_u32(u);
        x->boot = unpack_u64(u);
        x->from = unpack_u64(u);
        x->to = unpack_u64(u);
        x->missing = unpack_u64(u);
        x->noticed_us = unpack_i64(u);
        x->changed_us = unpack_i64(u);
        x->answered_us = unpack_i64(u);
        k->due_us = unpack_i64(u);
        k->left_us = unpack_i64(u);
        k->lost = unpack_u64(u);
        x->is_period = unpack_u8(u);
        if (x->is_period) {
                x->mute = unpack_u8(u);
                x->since_us = unpack_i64(u);
                x->until_us = unpack_i64(u);
                k->had = unpack_u32(u);
        }
        if (x->state > GAP_HOLE || x->to < x->from || x->missing == 0)
                u->failed = true;
}

enum status gaps_load(struct gaps *g, struct unpack *u, struct err *e)
{
        uint32_t n = unpack_count(u, 83), i;

        if (n > GAPS_MAX)
                u->failed = true;
        if (u->failed || n == 0)
                return OK;
        g->at = calloc(n, sizeof *g->at);
        if (!g->at)
                return err_set(e, ERR_MEMORY, "no memory for gaps");
        g->n = g->cap = n;
        for (i = 0; i < n && !u->failed; i++) {
                load_one(&g->at[i], u);
                g->n_periods += g->at[i].gap.is_period;
                if (i &&
                    compare_subject(&g->at[i - 1].gap, g->at[i].gap.subject,
                                    g->at[i].gap.is_centre) > 0)
                        u->failed = true;
        }
        return OK;
}

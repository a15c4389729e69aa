/* sensors/sender.c -- which (boot, seq) of a sender are in the journal. */
#include "sensors/sender.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/hash.h"

static void sender_done(struct sender *x)
{
        uint32_t i;

        for (i = 0; i < x->n_boots; i++)
                free(x->boot[i].range);
        free(x->boot);
        free(x->refused);
}

void senders_done(struct senders *s)
{
        uint32_t i;

        for (i = 0; i < s->n; i++)
                sender_done(&s->at[i]);
        free(s->at);
        free(s->slots);
        memset(s, 0, sizeof *s);
}

/* A centre and a station may have one name. */
static uint32_t hash(const char *code, bool is_centre)
{
        return hash_32_add(is_centre ? ~HASH_32 : HASH_32, code, strlen(code));
}

/* The slot of that name, or the empty one where it belongs. */
static uint32_t *slot(const struct senders *s, const char *code, bool is_centre)
{
        uint32_t at = hash(code, is_centre) % s->n_slots, index;

        while ((index = s->slots[at]) != 0) {
                const struct sender *x = &s->at[index - 1];

                if (x->is_centre == is_centre && strcmp(x->code, code) == 0)
                        break;
                at = (at + 1) % s->n_slots;
        }
        return &s->slots[at];
}

static enum status grow(struct senders *s, struct err *e)
{
        uint32_t cap = s->cap ? s->cap * 2 : 64, i;
        uint32_t *slots = calloc((size_t)cap * 2, sizeof *slots);
        struct sender *at = realloc(s->at, cap * sizeof *at);

        assert(s->n <= s->cap);
        if (at)
                s->at = at;
        if (!at || !slots) {
                free(slots);
                return err_set(e, ERR_MEMORY, "no memory for %u senders", cap);
        }
        memset(s->at + s->n, 0, (cap - s->n) * sizeof *at);
        free(s->slots);
        s->slots = slots;
        s->n_slots = cap * 2;
        s->cap = cap;
        for (i = 0; i < s->n; i++)
                *slot(s, s->at[i].code, s->at[i].is_centre) = i + 1;
        return OK;
}

const struct sender *senders_find(const struct senders *s, const char *code,
                                  bool is_centre)
{
        uint32_t index = s->n_slots ? *slot(s, code, is_centre) : 0;

        return index ? &s->at[index - 1] : NULL;
}

enum status senders_get(struct senders *s, const char *code, bool is_centre,
                        bool stranger, struct sender **ret, struct err *e)
{
        const struct sender *known = senders_find(s, code, is_centre);
        struct sender *x;
        enum status st;

        if (known) {
                x = &s->at[known - s->at];
                if (x->stranger && !stranger) { /* now in the book */
                        x->stranger = false;
                        s->n_strangers--;
                }
                *ret = x;
                return OK;
        }
        *ret = NULL;
        if (stranger && s->n_strangers >= SENDER_STRANGERS)
                return OK;
        st = s->n < s->cap ? OK : grow(s, e);
        if (st != OK)
                return st;
        assert(s->at && s->slots);
        x = &s->at[s->n];
        memset(x, 0, sizeof *x);
        text_copy(x->code, sizeof x->code, text_of(code));
        x->is_centre = is_centre;
        x->stranger = stranger;
        s->n_strangers += stranger;
        *slot(s, code, is_centre) = ++s->n;
        *ret = x;
        return OK;
}

static const struct sender_boot *boot_of(const struct sender *s, uint64_t boot)
{
        uint32_t i;

        for (i = 0; i < s->n_boots; i++)
                if (s->boot[i].boot == boot)
                        return &s->boot[i];
        return NULL;
}

/* Index in the list, or n_refused. */
static uint32_t refused_at(const struct sender *s, uint64_t boot, uint64_t seq)
{
        uint32_t i = 0;

        while (i < s->n_refused &&
               (s->refused[i].boot != boot || s->refused[i].seq != seq))
                i++;
        return i;
}

static bool was_refused(const struct sender *s, uint64_t boot, uint64_t seq)
{
        return refused_at(s, boot, seq) < s->n_refused;
}

/* What came better the second time is refused no more. */
static void forgive(struct sender *s, uint64_t boot, uint64_t seq)
{
        uint32_t i = refused_at(s, boot, seq);

        if (i == s->n_refused)
                return;
        s->n_refused--;
        memmove(&s->refused[i], &s->refused[i + 1],
                (s->n_refused - i) * sizeof s->refused[0]);
}

bool sender_knows(const struct sender *s, uint64_t boot, uint64_t seq)
{
        const struct sender_boot *b = boot_of(s, boot);
        uint32_t i;

        for (i = 0; b && i < b->n; i++)
                if (seq >= b->range[i].from && seq <= b->range[i].to)
                        return !was_refused(s, boot, seq);
        return false;
}

static struct sender_boot *more_boots(struct sender *s)
{
        struct sender_boot *more =
                realloc(s->boot, (s->n_boots + 1u) * sizeof *more);

        if (!more)
                return NULL;
        s->boot = more;
        memset(&more[s->n_boots++], 0, sizeof *more);
        return more;
}

/* Puts a boot in front; the one not used for longest makes room, and its
 * ranges' place is used again.  NULL without memory. */
static struct sender_boot *boot_get(struct sender *s, uint64_t boot)
{
        struct sender_boot b;
        uint32_t i = 0;

        while (i < s->n_boots && s->boot[i].boot != boot)
                i++;
        if (i == s->n_boots) {
                if (s->n_boots == SENDER_BOOTS)
                        i--;
                else if (!more_boots(s))
                        return NULL;
                s->boot[i].boot = boot;
                s->boot[i].n = 0;
        }
        b = s->boot[i];
        memmove(&s->boot[1], &s->boot[0], i * sizeof s->boot[0]);
        s->boot[0] = b;
        return &s->boot[0];
}

static bool range_room(struct sender_boot *b)
{
        uint16_t cap = (uint16_t)(b->cap ? b->cap * 2 : 1);
        struct seq_range *more;

        if (b->n < b->cap)
                return true;
        more = realloc(b->range, cap * sizeof *more);
        if (!more)
                return false;
        b->range = more;
        b->cap = cap;
        return true;
}

/* Joins range i with the next one when no number lies between. */
static void join(struct sender_boot *b, uint32_t i)
{
        if (i + 1 >= b->n || b->range[i].to + 1 < b->range[i + 1].from)
                return;
        b->range[i].to = b->range[i + 1].to;
        memmove(&b->range[i + 1], &b->range[i + 2],
                (b->n - i - 2u) * sizeof b->range[0]);
        b->n--;
}

enum status sender_take(struct sender *s, uint64_t boot, uint64_t seq,
                        struct err *e)
{
        struct sender_boot *b = boot_get(s, boot);
        uint32_t i = 0;

        if (!b)
                return err_set(e, ERR_MEMORY, "no memory for a boot");
        forgive(s, boot, seq);
        while (i < b->n && b->range[i].to + 1 < seq)
                i++;
        if (i < b->n && seq >= b->range[i].from && seq <= b->range[i].to)
                return OK;
        if (i < b->n && b->range[i].to + 1 == seq) {
                b->range[i].to = seq;
                join(b, i);
        } else if (i < b->n && b->range[i].from == seq + 1) {
                b->range[i].from = seq;
        } else if (b->n < SENDER_RANGES) {
                if (!range_room(b))
                        return err_set(e, ERR_MEMORY, "no memory for a range");
                memmove(&b->range[i + 1], &b->range[i],
                        (b->n - i) * sizeof b->range[0]);
                b->range[i] = (struct seq_range){seq, seq};
                b->n++;
        }
        return OK;
}

enum status sender_refuse(struct sender *s, uint64_t boot, uint64_t seq,
                          enum status reason, struct err *e)
{
        enum status st = sender_take(s, boot, seq, e);
        uint32_t n;

        if (st != OK)
                return st;
        if (!s->refused)
                s->refused = malloc(SENDER_REFUSED * sizeof *s->refused);
        if (!s->refused)
                return err_set(e, ERR_MEMORY, "no memory for a refusal");
        if (s->n_refused < SENDER_REFUSED)
                s->n_refused++;
        n = s->n_refused - 1u;
        memmove(&s->refused[1], &s->refused[0], n * sizeof s->refused[0]);
        s->refused[0] = (struct sender_refused){boot, seq, reason};
        return OK;
}

static void save_one(const struct sender *s, struct buf *b)
{
        uint32_t i, k;

        pack_str(b, s->code);
        pack_u8(b, s->is_centre);
        pack_u8(b, s->stranger);
        pack_u32(b, s->n_boots);
        for (i = 0; i < s->n_boots; i++) {
                pack_u64(b, s->boot[i].boot);
                pack_u32(b, s->boot[i].n);
                for (k = 0; k < s->boot[i].n; k++) {
                        pack_u64(b, s->boot[i].range[k].from);
                        pack_u64(b, s->boot[i].range[k].to);
                }
        }
        pack_u32(b, s->n_refused);
        for (i = 0; i < s->n_refused; i++) {
                pack_u64(b, s->refused[i].boot);
                pack_u64(b, s->refused[i].seq);
                pack_u32(b, s->refused[i].reason);
        }
}

void senders_save(const struct senders *s, struct buf *b)
{
        uint32_t i;

        pack_u32(b, s->n);
        for (i = 0; i < s->n; i++)
                save_one(&s->at[i], b);
}

/* A count that has to fit its array; fails the reader otherwise. */
static uint32_t count_to(struct unpack *u, uint32_t max)
{
        uint32_t n = unpack_u32(u);

        if (n <= max)
                return n;
        u->failed = true;
        return 0;
}

static enum status load_boot(struct sender *s, struct unpack *u, struct err *e)
{
        struct sender_boot *b = more_boots(s);
        uint64_t from;
        uint32_t n;

        if (!b)
                return err_set(e, ERR_MEMORY, "no memory for a boot");
        b = &s->boot[s->n_boots - 1];
        b->boot = unpack_u64(u);
        for (n = count_to(u, SENDER_RANGES); n; n--) {
                if (!range_room(b))
                        return err_set(e, ERR_MEMORY, "no memory for a range");
                from = unpack_u64(u);
                b->range[b->n++] = (struct seq_range){from, unpack_u64(u)};
        }
        return OK;
}

static enum status load_refused(struct sender *s, struct unpack *u,
                                struct err *e)
{
        uint32_t n = count_to(u, SENDER_REFUSED), i;

        if (!n)
                return OK;
        s->refused = malloc(SENDER_REFUSED * sizeof *s->refused);
        if (!s->refused)
                return err_set(e, ERR_MEMORY, "no memory for a refusal");
        s->n_refused = (uint8_t)n;
        for (i = 0; i < n; i++) {
                s->refused[i].boot = unpack_u64(u);
                s->refused[i].seq = unpack_u64(u);
                s->refused[i].reason = count_to(u, STATUS_COUNT - 1);
        }
        return OK;
}

static enum status load_rest(struct sender *s, struct unpack *u, struct err *e)
{
        uint32_t n = count_to(u, SENDER_BOOTS);
        enum status st = OK;

        if (s->n_boots) /* the same name twice */
                u->failed = true;
        for (; n && st == OK && !u->failed; n--)
                st = load_boot(s, u, e);
        return st == OK && !u->failed ? load_refused(s, u, e) : st;
}

enum status senders_load(struct senders *s, struct unpack *u, struct err *e)
{
        uint32_t n = unpack_count(u, 14), i;
        enum status st = OK;

        for (i = 0; i < n && st == OK && !u->failed; i++) {
                char code[CODE_MAX + 1];
                bool is_centre, stranger;
                struct sender *x = NULL;

                unpack_str(u, code, sizeof code);
                is_centre = unpack_u8(u);
                stranger = unpack_u8(u);
                if (u->failed)
                        break;
                st = senders_get(s, code, is_centre, stranger, &x, e);
                if (st == OK && !x)
                        u->failed = true;
                if (st == OK && x)
                        st = load_rest(x, u, e);
        }
        return st;
}

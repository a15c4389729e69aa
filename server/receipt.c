/* server/receipt.c -- telling a station what is in the database. */
#include "server/receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/hash.h"
#include "schemas/time.h"
#include "schemas/wire/json.h"

#define INTERVAL_US (5 * SECOND_US)
#define RANGES_MAX 32
#define REFUSED_MAX 16
#define AT_ONCE 500 /* receipts made, and sent, in one round */

/* Where a sender stands: nothing to tell; a receipt is to be made; made,
 * waits for the archive; sent less than INTERVAL_US ago. */
enum where { IDLE, READY, WAITING, RESTING };

struct due {
        char subject[CODE_MAX + 1];
        bool is_centre;
        bool dirty; /* something new since the last copy */
        uint8_t where;
        uint32_t next;     /* in the list of its place */
        char *copy;        /* payload that waits for the archive */
        uint64_t need_seq; /* until the archive is there */
        int64_t sent_mono_us;
};

/* First in, first out, linked by index. */
struct line {
        uint32_t first, last;
};

struct receipts {
        receipt_send send;
        void *self;
        struct due *due;
        uint32_t n, cap;
        uint32_t *slots; /* open addressing, index + 1 */
        uint32_t n_slots;
        struct line line[RESTING + 1];
};

enum status receipts_create(receipt_send send, void *self,
                            struct receipts **ret, struct err *e)
{
        struct receipts *r = calloc(1, sizeof *r);
        int i;

        if (!r)
                return err_set(e, ERR_MEMORY, "no memory for receipts");
        r->send = send;
        r->self = self;
        for (i = IDLE; i <= RESTING; i++)
                r->line[i] = (struct line){NO_INDEX, NO_INDEX};
        *ret = r;
        return OK;
}

void receipts_free(struct receipts *r)
{
        uint32_t i;

        if (!r)
                return;
        for (i = 0; i < r->n; i++)
                free(r->due[i].copy);
        free(r->due);
        free(r->slots);
        free(r);
}

/* A centre and a station may have one name. */
static uint32_t hash(const char *subject, bool is_centre)
{
        return hash_32_add(is_centre ? ~HASH_32 : HASH_32, subject,
                           strlen(subject));
}

/* The slot of that name, or the empty one where it belongs. */
static uint32_t *slot(struct receipts *r, const char *subject, bool is_centre)
{
        uint32_t at = hash(subject, is_centre) % r->n_slots, index;

        while ((index = r->slots[at]) != 0) {
                const struct due *d = &r->due[index - 1];

                if (d->is_centre == is_centre &&
                    strcmp(d->subject, subject) == 0)
                        break;
                at = (at + 1) % r->n_slots;
        }
        return &r->slots[at];
}

static bool grow(struct receipts *r)
{
        uint32_t cap = r->cap ? r->cap * 2 : 64, i;
        uint32_t n_slots = cap * 2;
        uint32_t *slots = n_slots ? calloc(n_slots, sizeof *slots) : NULL;
        struct due *more = realloc(r->due, cap * sizeof *more);

        if (more)
                r->due = more;
        if (!more || !slots) {
                free(slots);
                return false;
        }
        free(r->slots);
        r->slots = slots;
        r->n_slots = n_slots;
        r->cap = cap;
        for (i = 0; i < r->n; i++)
                *slot(r, r->due[i].subject, r->due[i].is_centre) = i + 1;
        return true;
}

/* NULL without memory: the next kept one tries again. */
static struct due *find(struct receipts *r, const struct kept *k)
{
        uint32_t *at = r->n_slots ? slot(r, k->subject, k->is_centre) : NULL;
        struct due *d;

        if (at && *at)
                return &r->due[*at - 1];
        if ((r->n >= r->cap || !r->n_slots) && !grow(r))
                return NULL;
        d = &r->due[r->n];
        memset(d, 0, sizeof *d);
        memcpy(d->subject, k->subject, sizeof d->subject);
        d->is_centre = k->is_centre;
        d->sent_mono_us = INT64_MIN / 2;
        d->where = IDLE;
        *slot(r, d->subject, d->is_centre) = ++r->n;
        return d;
}

static void enter(struct receipts *r, struct due *d, enum where where)
{
        uint32_t index = (uint32_t)(d - r->due);
        struct line *l = &r->line[where];

        d->where = where;
        d->next = NO_INDEX;
        if (where == IDLE)
                return;
        if (l->first == NO_INDEX)
                l->first = index;
        else
                r->due[l->last].next = index;
        l->last = index;
}

static struct due *head(struct receipts *r, enum where where)
{
        uint32_t first = r->line[where].first;

        return first == NO_INDEX ? NULL : &r->due[first];
}

static void leave(struct receipts *r, enum where where)
{
        r->line[where].first = head(r, where)->next;
}

static void due_now(struct receipts *r, const struct kept *k)
{
        struct due *d = find(r, k);

        if (!d)
                return;
        d->dirty = true;
        if (d->where == IDLE)
                enter(r, d, READY);
}

void receipts_on_effects(struct receipts *r, const struct effects *fx)
{
        uint32_t i;

        for (i = 0; i < fx->n_kept; i++)
                due_now(r, &fx->kept[i]);
        /* What a receipt does not name, the station sends again. */
        for (i = 0; i < fx->n_gap; i++) {
                const struct gap *g = &fx->gap[i].gap;
                struct kept k = {.is_centre = g->is_centre};

                memcpy(k.subject, g->subject, sizeof k.subject);
                if (g->state == GAP_OPEN && !g->is_period)
                        due_now(r, &k);
        }
}

static void put_refused(struct json_out *o, const struct state *s,
                        const struct due *d)
{
        struct sequence_refused refused[REFUSED_MAX];
        uint32_t n, i;

        n = sensors_sequences_refused(s->sensors, d->subject, d->is_centre,
                                      refused, REFUSED_MAX);
        json_open_array(o, "refused");
        for (i = 0; i < n; i++) {
                json_open(o, NULL);
                json_put_u64(o, "seq", refused[i].seq);
                json_put_str(o, "reason", status_name(refused[i].reason));
                json_close(o);
        }
        json_close_array(o);
}

/* {"boot","upto","also":[[20,22]],"refused":[{"seq","reason"}]} */
static char *payload(const struct state *s, const struct due *d)
{
        struct sequence_range range[RANGES_MAX];
        struct buf b = {0};
        struct json_out o = json_out(&b);
        uint64_t boot = 0;
        uint32_t n, i = 0;

        n = sensors_sequences(s->sensors, d->subject, d->is_centre, &boot,
                              range, RANGES_MAX);
        json_open(&o, NULL);
        json_put_u64(&o, "boot", boot);
        if (n && range[0].from <= 1)
                i = 1;
        json_put_u64(&o, "upto", i ? range[0].to : 0);
        json_open_array(&o, "also");
        for (; i < n; i++) {
                json_open_array(&o, NULL);
                json_put_u64(&o, NULL, range[i].from);
                json_put_u64(&o, NULL, range[i].to);
                json_close_array(&o);
        }
        json_close_array(&o);
        put_refused(&o, s, d);
        json_close(&o);
        buf_char(&b, '\0');
        if (b.failed) {
                buf_done(&b);
                return NULL;
        }
        return b.p;
}

static bool send_one(struct receipts *r, struct due *d, int64_t mono_us)
{
        char topic[96];

        snprintf(topic, sizeof topic, "sanfang/v1/%s/%s/down/receipt",
                 d->is_centre ? "120" : "st", d->subject);
        if (r->send(r->self, topic, text_of(d->copy)) != OK)
                return false; /* no broker now: the next round tries again */
        free(d->copy);
        d->copy = NULL;
        d->sent_mono_us = mono_us;
        return true;
}

/* Who has rested long enough may get another. */
static void wake(struct receipts *r, int64_t mono_us)
{
        struct due *d;

        while ((d = head(r, RESTING)) &&
               mono_us - d->sent_mono_us >= INTERVAL_US) {
                leave(r, RESTING);
                enter(r, d, d->dirty ? READY : IDLE);
        }
}

/* What the state says now goes out once the archive is there. */
static void make(struct receipts *r, const struct state *s)
{
        struct due *d;
        int n;

        for (n = 0; n < AT_ONCE && (d = head(r, READY)); n++) {
                d->copy = payload(s, d);
                if (!d->copy)
                        return; /* no memory now */
                d->need_seq = s->seq;
                d->dirty = false;
                leave(r, READY);
                enter(r, d, WAITING);
        }
}

void receipts_tick(struct receipts *r, const struct state *s,
                   uint64_t archived_seq, int64_t mono_us)
{
        struct due *d;
        int n;

        wake(r, mono_us);
        make(r, s);
        for (n = 0; n < AT_ONCE && (d = head(r, WAITING)) &&
                    archived_seq >= d->need_seq && send_one(r, d, mono_us);
             n++) {
                leave(r, WAITING);
                enter(r, d, RESTING);
        }
}

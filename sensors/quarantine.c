/* sensors/quarantine.c -- messages that could not be taken, once each. */
#include "sensors/quarantine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/hash.h"

enum status quarantine_init(struct quarantine *q, uint32_t max, struct err *e)
{
        memset(q, 0, sizeof *q);
        q->max = max ? max : 1;
        q->n_slots = q->max * 4;
        q->at = calloc((size_t)q->max * 2, sizeof *q->at);
        q->slots = calloc(q->n_slots, sizeof *q->slots);
        if (!q->at || !q->slots) {
                quarantine_done(q);
                return err_set(e, ERR_MEMORY, "no memory for the quarantine");
        }
        return OK;
}

void quarantine_done(struct quarantine *q)
{
        free(q->at);
        free(q->slots);
        memset(q, 0, sizeof *q);
}

/* With an end that no text has in it. */
static uint64_t hash_on(uint64_t h, struct text t)
{
        return hash_64_add(hash_64_add(h, t.p, t.n), "\xff", 1);
}

static uint64_t hash_of(struct text topic, enum status reason,
                        struct text payload)
{
        uint64_t h = HASH_64;

        h = hash_on(h, topic);
        h = hash_on(h, text_of(status_name(reason)));
        return hash_on(h, payload);
}

static void slot_add(struct quarantine *q, uint32_t index)
{
        uint64_t at = q->at[index].hash % q->n_slots;

        while (q->slots[at] != 0)
                at = (at + 1) % q->n_slots;
        q->slots[at] = index + 1;
}

static struct quarantined *find(const struct quarantine *q, uint64_t hash)
{
        uint64_t at = hash % q->n_slots;
        uint32_t index;

        for (; (index = q->slots[at]) != 0; at = (at + 1) % q->n_slots)
                if (index > q->start && q->at[index - 1].hash == hash)
                        return &q->at[index - 1];
        return NULL;
}

/* Moves what is left to the front once the room behind is used up; the
 * stale slots go with it. */
static void compact(struct quarantine *q)
{
        uint32_t i;

        memmove(q->at, q->at + q->start, q->n * sizeof *q->at);
        q->start = 0;
        memset(q->slots, 0, q->n_slots * sizeof *q->slots);
        for (i = 0; i < q->n; i++)
                slot_add(q, i);
}

static struct quarantined *append(struct quarantine *q, bool *ret_dropped)
{
        struct quarantined *x;

        *ret_dropped = q->n == q->max;
        if (*ret_dropped) {
                q->start++;
                q->n--;
        }
        if (q->start + q->n == q->max * 2)
                compact(q);
        x = &q->at[q->start + q->n++];
        memset(x, 0, sizeof *x);
        return x;
}

static void cut(char *dst, size_t cap, struct text t)
{
        size_t n = t.n < cap - 1 ? t.n : cap - 1;

        if (n)
                memcpy(dst, t.p, n);
        dst[n] = '\0';
}

bool quarantine_put(struct quarantine *q, const struct record *r,
                    enum status reason, const char *detail, struct text topic,
                    struct text payload, int64_t engine_us)
{
        uint64_t hash = hash_of(topic, reason, payload);
        struct quarantined *x = find(q, hash);
        bool dropped = false;

        if (!x) {
                x = append(q, &dropped);
                x->hash = hash;
                x->first_seq = r->seq;
                x->first_us = engine_us;
                x->reason = reason;
                snprintf(x->detail, sizeof x->detail, "%s", detail);
                cut(x->topic, sizeof x->topic, topic);
                x->n_head = payload.n < sizeof x->head
                                    ? (uint32_t)payload.n
                                    : (uint32_t)sizeof x->head;
                if (x->n_head)
                        memcpy(x->head, payload.p, x->n_head);
                slot_add(q, (uint32_t)(x - q->at));
        }
        x->last_seq = r->seq;
        x->last_us = engine_us;
        x->count++;
        return dropped;
}

static void save_one(const struct quarantined *x, struct buf *b)
{
        pack_u64(b, x->first_seq);
        pack_u64(b, x->last_seq);
        pack_i64(b, x->first_us);
        pack_i64(b, x->last_us);
        pack_u64(b, x->count);
        pack_u32(b, x->reason);
        pack_str(b, x->detail);
        pack_str(b, x->topic);
        pack_text(b, (struct text){x->head, x->n_head});
        pack_u64(b, x->hash);
}

void quarantine_save(const struct quarantine *q, struct buf *b)
{
        uint32_t i;

        pack_u32(b, q->n);
        for (i = 0; i < q->n; i++)
                save_one(&q->at[q->start + i], b);
}

static void load_one(struct quarantined *x, struct unpack *u)
{
        struct text head;

        x->first_seq = unpack_u64(u);
        x->last_seq = unpack_u64(u);
        x->first_us = unpack_i64(u);
        x->last_us = unpack_i64(u);
        x->count = unpack_u64(u);
        x->reason = unpack_u32(u);
        unpack_str(u, x->detail, sizeof x->detail);
        unpack_str(u, x->topic, sizeof x->topic);
        head = unpack_text(u);
        x->hash = unpack_u64(u);
        if (x->reason >= STATUS_COUNT || head.n > sizeof x->head)
                u->failed = true;
        if (u->failed)
                return;
        x->n_head = (uint32_t)head.n;
        if (head.n)
                memcpy(x->head, head.p, head.n);
}

void quarantine_load(struct quarantine *q, struct unpack *u)
{
        uint32_t n = unpack_count(u, 64), i;
        bool dropped;

        for (i = 0; i < n && !u->failed; i++) {
                struct quarantined *x = append(q, &dropped);

                load_one(x, u);
                slot_add(q, (uint32_t)(x - q->at));
        }
}

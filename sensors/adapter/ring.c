/* sensors/adapter/ring.c -- written records on their way to the loop. */
#include "sensors/adapter/ring.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct item {
        uint64_t seq;
        int64_t real_us;
        uint32_t kind; /* SKIP: the rest of the buffer is padding */
        uint32_t n;
};

#define SKIP UINT32_MAX

static size_t item_bytes(size_t n)
{
        return (sizeof(struct item) + n + 7) & ~(size_t)7;
}

enum status ring_queue_init(struct ring_queue *q, size_t bytes, struct err *e)
{
        pthread_condattr_t attr;

        memset(q, 0, sizeof *q);
        q->cap = bytes & ~(size_t)7;
        q->p = malloc(q->cap);
        if (!q->p)
                return err_set(e, ERR_MEMORY, "journal queue");
        pthread_mutex_init(&q->lock, NULL);
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&q->room, &attr);
        pthread_condattr_destroy(&attr);
        return OK;
}

void ring_queue_done(struct ring_queue *q)
{
        if (!q->p)
                return;
        free(q->p);
        pthread_mutex_destroy(&q->lock);
        pthread_cond_destroy(&q->room);
        q->p = NULL;
}

/* Bytes that pushing n would take, with the padding at the end. */
static size_t cost(const struct ring_queue *q, size_t n)
{
        size_t need = item_bytes(n);

        return q->cap - q->head < need ? q->cap - q->head + need : need;
}

bool ring_queue_wait(struct ring_queue *q, size_t n, int wait_ms)
{
        struct timespec until;
        bool ok;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += wait_ms / 1000;
        until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) {
                until.tv_nsec -= 1000000000;
                until.tv_sec++;
        }
        pthread_mutex_lock(&q->lock);
        if (q->used == 0)
                q->head = q->tail = 0;
        while (q->used + cost(q, n) > q->cap)
                if (pthread_cond_timedwait(&q->room, &q->lock, &until) != 0)
                        break;
        if (q->used == 0)
                q->head = q->tail = 0;
        ok = q->used + cost(q, n) <= q->cap;
        pthread_mutex_unlock(&q->lock);
        return ok;
}

void ring_queue_push(struct ring_queue *q, const struct record *r)
{
        struct item it = {r->seq, r->real_us, (uint32_t)r->kind,
                          (uint32_t)r->body.n};
        size_t need = item_bytes(r->body.n);
        size_t rest;

        pthread_mutex_lock(&q->lock);
        rest = q->cap - q->head;
        if (rest < need) {
                if (rest >= sizeof it)
                        ((struct item *)(void *)(q->p + q->head))->kind = SKIP;
                q->used += rest;
                q->head = 0;
        }
        memcpy(q->p + q->head, &it, sizeof it);
        if (r->body.n)
                memcpy(q->p + q->head + sizeof it, r->body.p, r->body.n);
        q->head += need;
        q->used += need;
        if (q->head == q->cap)
                q->head = 0;
        pthread_mutex_unlock(&q->lock);
}

static void give_back(struct ring_queue *q)
{
        if (!q->taken)
                return;
        q->tail += q->taken;
        q->used -= q->taken;
        q->taken = 0;
        if (q->tail == q->cap)
                q->tail = 0;
        pthread_cond_broadcast(&q->room);
}

bool ring_queue_pull(struct ring_queue *q, struct record *ret)
{
        struct item it = {0};
        size_t rest;
        bool any;

        pthread_mutex_lock(&q->lock);
        give_back(q);
        rest = q->cap - q->tail;
        if (q->used && rest >= sizeof it)
                memcpy(&it, q->p + q->tail, sizeof it);
        if (q->used && (rest < sizeof it || it.kind == SKIP)) {
                q->used -= rest;
                q->tail = 0;
                if (q->used)
                        memcpy(&it, q->p, sizeof it);
        }
        any = q->used > 0;
        if (any) {
                ret->seq = it.seq;
                ret->kind = (enum record_kind)it.kind;
                ret->real_us = it.real_us;
                ret->body.p = q->p + q->tail + sizeof it;
                ret->body.n = it.n;
                q->taken = item_bytes(it.n);
        }
        pthread_mutex_unlock(&q->lock);
        return any;
}

size_t ring_queue_used(struct ring_queue *q)
{
        size_t n;

        pthread_mutex_lock(&q->lock);
        n = q->used;
        pthread_mutex_unlock(&q->lock);
        return n;
}

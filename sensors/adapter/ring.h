/* sensors/adapter/ring.h -- written records on their way to the loop.
 *
 * One buffer holds whole records in order.  Several threads push (one at a
 * time, the journal's write lock orders them); one thread pulls.
 * Lock:   `lock` guards all fields; bytes of a pulled record belong to the
 *         puller until it pulls again. */
#ifndef SENSORS_ADAPTER_RING_H
#define SENSORS_ADAPTER_RING_H

#include <pthread.h>

#include "schemas/record.h"

struct ring_queue {
        pthread_mutex_t lock;
        pthread_cond_t room;
        char *p;
        size_t cap;
        size_t head;  /* next byte to write */
        size_t tail;  /* next record to pull */
        size_t used;  /* bytes between tail and head, with padding */
        size_t taken; /* of the record that the puller holds */
};

enum status ring_queue_init(struct ring_queue *q, size_t bytes, struct err *e);
void ring_queue_done(struct ring_queue *q);

/* Waits up to wait_ms for room for a body of n bytes; false: none. */
bool ring_queue_wait(struct ring_queue *q, size_t n, int wait_ms);
/* There must be room (ring_queue_wait said so, and nobody else pushes). */
void ring_queue_push(struct ring_queue *q, const struct record *r);
/* The oldest record, or false. Gives back the one pulled before. */
bool ring_queue_pull(struct ring_queue *q, struct record *ret);
size_t ring_queue_used(struct ring_queue *q);

#endif

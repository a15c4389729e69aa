/* server/queue.h -- what waits for the archive: records' rows, in order.
 *
 * Holds:  oldest first: a list in memory, then a spill file, then a list
 *         in memory.  When the newer list passes its share of ram_bytes a
 *         thread of its own moves it into the file, so that neither the
 *         loop nor the archive's thread waits for that.  When the file
 *         cannot be written and memory has passed twice its limit (or the
 *         disk is so slow that it passes sixteen times), the queue is
 *         over: everything later is dropped (the journal makes it again
 *         after a start) and what came before still goes out.
 * Thread: queue_put from one thread, queue_wait/take/release from
 *         another; counters from any. */
#ifndef SERVER_QUEUE_H
#define SERVER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schemas/status.h"
#include "schemas/text.h"

/* The rows that one record made. */
struct entry {
        struct entry *next;
        uint64_t seq;
        uint32_t rows; /* in bytes, see row_count() */
        size_t n;
        char bytes[];
};

struct queue;

/* path: the spill file; what stood in it is thrown away. */
enum status queue_create(const char *path, size_t ram_bytes, struct queue **ret,
                         struct err *e);
/* Frees what still waits; NULL is fine. */
void queue_free(struct queue *q);

/* Never waits for anything but the lock. */
void queue_put(struct queue *q, uint64_t seq, struct text rows);

/* Sleeps until `rows` rows wait, or the oldest waits batch_ms (500 ms
 * when nothing that waits has rows), or queue_stop was called.  False
 * when it was called and nothing waits any more. */
bool queue_wait(struct queue *q, uint32_t rows, int batch_ms);
/* Takes entries up to max_rows rows and about max_bytes, at least one
 * when there is one; NULL when none. */
struct entry *queue_take(struct queue *q, uint32_t max_rows, size_t max_bytes);
/* The taker is done with this one entry. */
void queue_release(struct queue *q, struct entry *entry);
/* Sleeps ms, less when queue_stop is or was called; false then. */
bool queue_pause(struct queue *q, int ms);
void queue_stop(struct queue *q);

struct queue_counts {
        uint64_t rows, bytes;   /* put and not yet released */
        uint64_t spilled_bytes; /* of them in the file */
        bool over;
};
void queue_get_counts(struct queue *q, struct queue_counts *ret);

#endif

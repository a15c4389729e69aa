/* server/queue.c -- see queue.h. */
#include "server/queue.h"

#include "server/row_copy.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOAD_BYTES (1u << 20) /* read back from the file at a time */
#define QUIET_MS 500
#define SLOW_BYTES ((size_t)64 << 20)

struct list {
        struct entry *first, *last;
        size_t bytes;
};

/* One entry in the spill file: this, then n bytes. */
struct spilled {
        uint64_t seq;
        uint32_t rows;
        uint32_t n;
};

struct queue {
        pthread_mutex_t lock; /* guards all below but fd */
        pthread_cond_t more;  /* the taker sleeps here */
        pthread_cond_t full;  /* the spiller sleeps here */
        struct list old;      /* before the file */
        struct list young;    /* after the file */
        size_t ram_bytes;
        int fd;
        off_t read_at, end_at; /* what the file still holds */
        bool spilling;         /* a list is on its way into the file */
        bool refused;          /* the last write did not go in whole */
        struct queue_counts counts;
        uint64_t waiting_rows;       /* put and not yet taken */
        struct timespec first_since; /* when the oldest of them came */
        bool stop, quit;
        pthread_t spiller;
};

static void list_add(struct list *l, struct entry *n)
{
        n->next = NULL;
        if (l->last)
                l->last->next = n;
        else
                l->first = n;
        l->last = n;
        l->bytes += n->n;
}

static void list_free(struct list *l)
{
        struct entry *n = l->first, *next;

        for (; n; n = next) {
                next = n->next;
                free(n);
        }
        *l = (struct list){0};
}

static struct entry *entry_make(uint64_t seq, uint32_t rows, size_t n)
{
        struct entry *x = malloc(sizeof(*x) + n);

        if (!x)
                return NULL;
        x->next = NULL;
        x->seq = seq;
        x->rows = rows;
        x->n = n;
        return x;
}

static bool write_all(int fd, const void *p, size_t n, off_t at)
{
        const char *s = p;
        ssize_t k;

        while (n > 0) {
                k = pwrite(fd, s, n, at);
                if (k < 0 && errno == EINTR)
                        continue;
                if (k <= 0)
                        return false;
                s += k;
                at += k;
                n -= (size_t)k;
        }
        return true;
}

static bool read_all(int fd, void *p, size_t n, off_t at)
{
        char *s = p;
        ssize_t k;

        while (n > 0) {
                k = pread(fd, s, n, at);
                if (k < 0 && errno == EINTR)
                        continue;
                if (k <= 0)
                        return false;
                s += k;
                at += k;
                n -= (size_t)k;
        }
        return true;
}

/* Writes entries at `at`; frees and takes off those that are in, and
 * returns the new end. */
static off_t spill_list(int fd, struct list *l, off_t at)
{
        struct entry *x;

        while ((x = l->first)) {
                struct spilled h = {x->seq, x->rows, (uint32_t)x->n};

                if (!write_all(fd, &h, sizeof(h), at) ||
                    !write_all(fd, x->bytes, x->n, at + (off_t)sizeof(h)))
                        break;
                at += (off_t)(sizeof(h) + x->n);
                l->first = x->next;
                l->bytes -= x->n;
                free(x);
        }
        if (!l->first)
                l->last = NULL;
        return at;
}

/* What could not be written goes back in front of what came since. */
static void put_back(struct queue *q, struct list *l)
{
        if (!l->first)
                return;
        assert(l->last);
        l->last->next = q->young.first;
        if (!q->young.first)
                q->young.last = l->last;
        q->young.first = l->first;
        q->young.bytes += l->bytes;
}

static void *spiller_main(void *self)
{
        struct queue *q = self;
        struct timespec until;
        struct list l;
        off_t end;

        pthread_mutex_lock(&q->lock);
        while (!q->quit) {
                if (q->young.bytes <= q->ram_bytes / 2) {
                        pthread_cond_wait(&q->full, &q->lock);
                        continue;
                }
                l = q->young;
                q->young = (struct list){0};
                q->spilling = true;
                end = q->end_at;
                pthread_mutex_unlock(&q->lock);
                end = spill_list(q->fd, &l, end);
                pthread_mutex_lock(&q->lock);
                q->spilling = false;
                q->refused = l.first != NULL;
                q->end_at = end;
                put_back(q, &l);
                pthread_cond_broadcast(&q->more);
                if (l.first) { /* the disk refused: not again at once */
                        clock_gettime(CLOCK_MONOTONIC, &until);
                        until.tv_sec++;
                        pthread_cond_timedwait(&q->full, &q->lock, &until);
                }
        }
        pthread_mutex_unlock(&q->lock);
        return NULL;
}

enum status queue_create(const char *path, size_t ram_bytes, struct queue **ret,
                         struct err *e)
{
        struct queue *q = calloc(1, sizeof(*q));
        pthread_condattr_t attr;

        if (!q)
                return err_set(e, ERR_MEMORY, "the archive's queue");
        q->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (q->fd < 0) {
                free(q);
                return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
        }
        q->ram_bytes = ram_bytes;
        pthread_mutex_init(&q->lock, NULL);
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&q->more, &attr);
        pthread_cond_init(&q->full, &attr);
        pthread_condattr_destroy(&attr);
        if (pthread_create(&q->spiller, NULL, spiller_main, q) != 0) {
                close(q->fd);
                free(q);
                return err_set(e, ERR_IO, "no thread for the spill file");
        }
        pthread_setname_np(q->spiller, "spill");
        *ret = q;
        return OK;
}

void queue_free(struct queue *q)
{
        if (!q)
                return;
        pthread_mutex_lock(&q->lock);
        q->quit = true;
        pthread_cond_broadcast(&q->full);
        pthread_mutex_unlock(&q->lock);
        pthread_join(q->spiller, NULL);
        list_free(&q->old);
        list_free(&q->young);
        close(q->fd);
        pthread_cond_destroy(&q->more);
        pthread_cond_destroy(&q->full);
        pthread_mutex_destroy(&q->lock);
        free(q);
}

static bool nothing_waits(const struct queue *q)
{
        return !q->old.first && q->read_at == q->end_at && !q->spilling &&
               !q->young.first;
}

/* A disk that refuses, or one that is slower than all we can bear. */
static bool too_much(const struct queue *q)
{
        size_t most = 16 * q->ram_bytes;

        if (q->refused)
                return q->young.bytes > 2 * q->ram_bytes;
        return q->young.bytes > (most > SLOW_BYTES ? most : SLOW_BYTES);
}

void queue_put(struct queue *q, uint64_t seq, struct text rows)
{
        struct entry *x = entry_make(seq, row_count(rows), rows.n);

        pthread_mutex_lock(&q->lock);
        if (!x || too_much(q))
                q->counts.over = true;
        if (q->counts.over) {
                pthread_mutex_unlock(&q->lock);
                free(x);
                return;
        }
        if (rows.n)
                memcpy(x->bytes, rows.p, rows.n);
        if (nothing_waits(q))
                clock_gettime(CLOCK_MONOTONIC, &q->first_since);
        list_add(&q->young, x);
        q->counts.rows += x->rows;
        q->counts.bytes += x->n;
        q->waiting_rows += x->rows;
        pthread_cond_signal(&q->more);
        if (q->young.bytes > q->ram_bytes / 2)
                pthread_cond_signal(&q->full);
        pthread_mutex_unlock(&q->lock);
}

static void later(struct timespec *t, int ms)
{
        t->tv_sec += ms / 1000;
        t->tv_nsec += (long)(ms % 1000) * 1000000;
        if (t->tv_nsec >= 1000000000) {
                t->tv_sec++;
                t->tv_nsec -= 1000000000;
        }
}

bool queue_wait(struct queue *q, uint32_t rows, int batch_ms)
{
        struct timespec until;
        bool some;

        pthread_mutex_lock(&q->lock);
        while (!q->stop && nothing_waits(q))
                pthread_cond_wait(&q->more, &q->lock);
        while (!q->stop && q->waiting_rows < rows) {
                until = q->first_since;
                later(&until, q->waiting_rows ? batch_ms : QUIET_MS);
                if (pthread_cond_timedwait(&q->more, &q->lock, &until) ==
                    ETIMEDOUT)
                        break;
        }
        some = !nothing_waits(q);
        pthread_mutex_unlock(&q->lock);
        return some;
}

/* The file's next megabyte into q->old.  Only the taker moves read_at, so
 * the lock is not held while it reads. */
static void load(struct queue *q, off_t at, off_t end)
{
        struct list l = {0};
        struct spilled h;
        struct entry *x;

        while (at < end && l.bytes < LOAD_BYTES) {
                if (!read_all(q->fd, &h, sizeof(h), at))
                        break;
                x = entry_make(h.seq, h.rows, h.n);
                if (!x ||
                    !read_all(q->fd, x->bytes, h.n, at + (off_t)sizeof(h))) {
                        free(x);
                        break;
                }
                list_add(&l, x);
                at += (off_t)(sizeof(h) + h.n);
        }
        pthread_mutex_lock(&q->lock);
        q->old = l;
        q->read_at = at;
        pthread_mutex_unlock(&q->lock);
}

/* Makes sure that q->old holds the oldest entries; false when none wait
 * or (a moment later perhaps) they cannot be had. */
static bool refill(struct queue *q)
{
        off_t at, end;

        pthread_mutex_lock(&q->lock);
        while (q->spilling && !q->old.first && q->read_at == q->end_at)
                pthread_cond_wait(&q->more, &q->lock);
        if (!q->old.first && q->read_at == q->end_at) {
                if (q->end_at > 0 && ftruncate(q->fd, 0) == 0)
                        q->read_at = q->end_at = 0;
                q->old = q->young;
                q->young = (struct list){0};
        }
        at = q->read_at;
        end = q->old.first ? at : q->end_at;
        pthread_mutex_unlock(&q->lock);
        if (at < end)
                load(q, at, end);
        return q->old.first != NULL;
}

struct entry *queue_take(struct queue *q, uint32_t max_rows, size_t max_bytes)
{
        struct list out = {0};
        struct entry *x;
        uint32_t rows = 0;

        while (rows < max_rows && out.bytes < max_bytes) {
                if (!q->old.first && !refill(q))
                        break;
                pthread_mutex_lock(&q->lock);
                x = q->old.first;
                q->old.first = x->next;
                q->old.bytes -= x->n;
                if (!x->next)
                        q->old.last = NULL;
                q->waiting_rows -= x->rows;
                pthread_mutex_unlock(&q->lock);
                rows += x->rows;
                list_add(&out, x);
        }
        pthread_mutex_lock(&q->lock);
        clock_gettime(CLOCK_MONOTONIC, &q->first_since);
        pthread_mutex_unlock(&q->lock);
        return out.first;
}

void queue_release(struct queue *q, struct entry *x)
{
        pthread_mutex_lock(&q->lock);
        q->counts.rows -= x->rows;
        q->counts.bytes -= x->n;
        pthread_mutex_unlock(&q->lock);
        free(x);
}

bool queue_pause(struct queue *q, int ms)
{
        struct timespec until;
        bool go_on;

        clock_gettime(CLOCK_MONOTONIC, &until);
        later(&until, ms);
        pthread_mutex_lock(&q->lock);
        while (!q->stop &&
               pthread_cond_timedwait(&q->more, &q->lock, &until) == 0)
                ;
        go_on = !q->stop;
        pthread_mutex_unlock(&q->lock);
        return go_on;
}

void queue_stop(struct queue *q)
{
        pthread_mutex_lock(&q->lock);
        q->stop = true;
        pthread_cond_broadcast(&q->more);
        pthread_mutex_unlock(&q->lock);
}

void queue_get_counts(struct queue *q, struct queue_counts *ret)
{
        pthread_mutex_lock(&q->lock);
        *ret = q->counts;
        ret->spilled_bytes = (uint64_t)(q->end_at - q->read_at);
        pthread_mutex_unlock(&q->lock);
}

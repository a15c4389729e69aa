/* sensors/adapter/journal.c -- the writer of the journal.
 *
 * Holds:  records are written in sequence order by whoever holds
 *         write_lock; the loop's queue gets them in the same order.
 *         A failed write is undone, so that the next one stands where it
 *         should have stood.
 * Thread: the sync thread groups fdatasync and deletes old segments; the
 *         submit thread writes what the loop handed over.  The loop itself
 *         takes submit_lock and the queue's lock, never write_lock.
 * Locks:  write_lock guards segment, list and position; submit_lock the
 *         submitted bytes; sync_lock only the sleep of the sync thread;
 *         error_lock the last error's text. */
#include "sensors/adapter/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "schemas/pack.h"
#include "sensors/adapter/ring.h"
#include "sensors/adapter/segment.h"
#include "sensors/adapter/pause.h"

#define STEP_BYTES (UINT64_C(4) << 20)
#define RETIRED_MAX 8
#define RETRY_MS 20
#define LOOK_MS 1000
#define FORGET_MS 5000 /* a refusal that was not repeated */
#define SPARE_MAX (UINT64_C(16) << 20)

struct kept_segment {
        uint64_t first;
        uint64_t bytes;
};

struct journal {
        struct journal_config config;
        char dir[512];
        int dir_fd;
        int lock_fd;

        pthread_mutex_t write_lock;
        pthread_cond_t retired_room;
        int fd;             /* the segment being written */
        uint64_t pos;       /* bytes written in it */
        uint64_t allocated; /* bytes preallocated in it */
        uint64_t next_seq;
        uint64_t closed_bytes;    /* of all other segments */
        struct kept_segment *seg; /* oldest first; the last is fd */
        size_t n_seg, cap_seg;
        struct buf line;          /* one encoded record */
        int retired[RETIRED_MAX]; /* to be synced and closed */
        int n_retired;
        bool broken; /* an undo or a sync failed */

        struct ring_queue queue;

        pthread_mutex_t submit_lock;
        pthread_cond_t submit_work;
        struct buf submitted;   /* ticks, links, commands... */
        struct buf vital_batch; /* of the submit thread */
        struct buf bulk;        /* frames and values: these may be held */

        pthread_mutex_t sync_lock;
        pthread_cond_t sync_work;
        bool dirty;

        pthread_mutex_t error_lock;
        char last_error[160];

        pthread_t sync_thread, submit_thread;
        bool threads;
        atomic_bool closing;

        _Atomic uint64_t last_seq, synced_seq, retain_seq, first_seq;
        _Atomic uint64_t records, bytes, syncs, stalls, disk_bytes;
        _Atomic size_t submit_bytes, bulk_bytes;
        _Atomic uint64_t used_bytes, free_bytes, looked_ms, held_ms;
        atomic_bool full;   /* a message waits */
        atomic_bool held;   /* ... because of the disk or the limit */
        atomic_bool stuck;  /* a tick, link or command waits */
        atomic_bool failed; /* as broken, for who has no lock */
        _Atomic int level;
};

/* What is refused first, and held back at its sender. */
static bool is_message(enum record_kind kind)
{
        return kind == RECORD_MQTT || kind == RECORD_FRAME ||
               kind == RECORD_VALUES;
}

/* Preallocated ahead of the messages, for all other records. */
static uint64_t spare_bytes(const struct journal *j)
{
        uint64_t spare = j->config.reserve_bytes / 4;

        if (j->config.manual)
                return 0;
        return spare < SPARE_MAX ? spare : SPARE_MAX;
}

static void break_down(struct journal *j)
{
        j->broken = true;
        atomic_store(&j->failed, true);
}

static void wake(struct journal *j)
{
        if (j->config.wake)
                j->config.wake(j->config.self);
}

static void note_error(struct journal *j, const struct err *e)
{
        pthread_mutex_lock(&j->error_lock);
        snprintf(j->last_error, sizeof j->last_error, "%.150s", e->msg);
        pthread_mutex_unlock(&j->error_lock);
}

static enum status io_error(struct err *e, const char *what)
{
        int n = errno;

        return err_set(e, n == ENOSPC || n == EDQUOT ? ERR_FULL : ERR_IO,
                       "journal: %s: %s", what, strerror(n));
}

static void count_disk(struct journal *j)
{
        atomic_store(&j->disk_bytes, j->closed_bytes + j->allocated);
        atomic_store(&j->used_bytes, j->closed_bytes + j->pos);
        atomic_store(&j->first_seq, j->n_seg ? j->seg[0].first : 0);
}

/* ---- room ---- */

static int64_t now_ms(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Who was refused comes again at once, or has lost his connection and
 * comes when he has another. */
static void note_held(struct journal *j, bool held)
{
        atomic_store(&j->held, held);
        if (held)
                atomic_store(&j->held_ms, (uint64_t)now_ms());
}

static void get_room(struct journal *j, struct journal_room *ret)
{
        *ret = (struct journal_room){
                .used_bytes = atomic_load(&j->used_bytes),
                .limit_bytes = j->config.max_bytes - j->config.reserve_bytes,
                .free_bytes = atomic_load(&j->free_bytes),
                .reserve_bytes = j->config.reserve_bytes,
                .held = atomic_load(&j->held),
                .broken = atomic_load(&j->failed),
        };
}

static void judge_room(struct journal *j)
{
        enum journal_level before = (enum journal_level)atomic_load(&j->level);
        struct journal_room room;

        get_room(j, &room);
        atomic_store(&j->level, (int)journal_room_level(&room, before));
}

/* Any thread but the loop: a sick disk may keep statvfs waiting. */
static void look_at_disk(struct journal *j)
{
        uint64_t now = (uint64_t)now_ms(), last = atomic_load(&j->looked_ms);
        struct statvfs fs;

        if (j->config.manual)
                return;
        if (now - last >= LOOK_MS &&
            atomic_compare_exchange_strong(&j->looked_ms, &last, now)) {
                if (fstatvfs(j->dir_fd, &fs) == 0)
                        atomic_store(&j->free_bytes,
                                     (uint64_t)fs.f_bavail * fs.f_frsize);
                if (now - atomic_load(&j->held_ms) > FORGET_MS)
                        atomic_store(&j->held, false);
        }
        judge_room(j);
}

/* ---- segments ---- */

/* Room in the list for one more. */
static enum status reserve_segment(struct journal *j, struct err *e)
{
        size_t cap = j->cap_seg ? j->cap_seg * 2 : 16;
        struct kept_segment *seg;

        if (j->n_seg == j->cap_seg) {
                seg = realloc(j->seg, cap * sizeof *seg);
                if (!seg)
                        return err_set(e, ERR_MEMORY, "journal segments");
                j->seg = seg;
                j->cap_seg = cap;
        }
        return OK;
}

static void remember_segment(struct journal *j, uint64_t first, uint64_t bytes)
{
        j->seg[j->n_seg++] = (struct kept_segment){first, bytes};
}

/* A new file, its magic written, its name on the disk. */
static enum status create_segment(struct journal *j, uint64_t first,
                                  uint64_t spare, int *ret_fd, struct err *e)
{
        char name[SEGMENT_NAME_MAX];
        enum status st;
        int fd, n;

        segment_name(name, first);
        fd = openat(j->dir_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
                    0640);
        if (fd < 0)
                return io_error(e, name);
        n = posix_fallocate(fd, 0, (off_t)(SEGMENT_MAGIC_BYTES + spare));
        errno = n;
        if (n != 0 ||
            pwrite(fd, SEGMENT_MAGIC, SEGMENT_MAGIC_BYTES, 0) !=
                    (ssize_t)SEGMENT_MAGIC_BYTES ||
            fdatasync(fd) != 0 || fsync(j->dir_fd) != 0) {
                st = io_error(e, name);
                close(fd);
                unlinkat(j->dir_fd, name, 0);
                return st;
        }
        *ret_fd = fd;
        return OK;
}

/* The old segment is handed to the sync thread: it must be on the disk
 * before synced_seq passes its records. */
static void retire_segment(struct journal *j)
{
        if (j->fd < 0)
                return;
        if (ftruncate(j->fd, (off_t)j->pos) == 0)
                j->allocated = j->pos;
        j->seg[j->n_seg - 1].bytes = j->allocated;
        j->closed_bytes += j->allocated;
        while (j->threads && j->n_retired == RETIRED_MAX)
                pthread_cond_wait(&j->retired_room, &j->write_lock);
        if (j->n_retired == RETIRED_MAX) {
                if (fdatasync(j->retired[0]) != 0)
                        break_down(j);
                close(j->retired[0]);
                memmove(j->retired, j->retired + 1,
                        sizeof *j->retired * (RETIRED_MAX - 1));
                j->n_retired--;
        }
        j->retired[j->n_retired++] = j->fd;
        j->fd = -1;
}

/* The reserve of the old one is given up only when the new one has its. */
static enum status begin_segment(struct journal *j, uint64_t first,
                                 uint64_t spare, struct err *e)
{
        enum status st;
        int fd = -1;

        st = reserve_segment(j, e);
        if (st == OK)
                st = create_segment(j, first, spare, &fd, e);
        if (st != OK)
                return st;
        retire_segment(j);
        remember_segment(j, first, 0);
        j->fd = fd;
        j->pos = SEGMENT_MAGIC_BYTES;
        j->allocated = j->pos + spare;
        count_disk(j);
        return OK;
}

/* At a start on a full disk: without the reserve rather than not at all. */
static enum status begin_first(struct journal *j, uint64_t first, struct err *e)
{
        enum status st = begin_segment(j, first, spare_bytes(j), e);

        return st == ERR_FULL ? begin_segment(j, first, 0, e) : st;
}

/* Deletes what every reader has passed; never the segment being written. */
static void drop_segments(struct journal *j)
{
        uint64_t keep = atomic_load(&j->retain_seq);
        char name[SEGMENT_NAME_MAX];
        bool any;

        do {
                pthread_mutex_lock(&j->write_lock);
                any = j->n_seg > 1 && j->seg[1].first <= keep;
                if (any) {
                        segment_name(name, j->seg[0].first);
                        j->closed_bytes -= j->seg[0].bytes;
                        memmove(j->seg, j->seg + 1,
                                sizeof *j->seg * --j->n_seg);
                        count_disk(j);
                }
                pthread_mutex_unlock(&j->write_lock);
                if (any)
                        unlinkat(j->dir_fd, name, 0);
        } while (any);
}

/* ---- appending, under write_lock ---- */

static enum status check_limit(struct journal *j, enum record_kind kind,
                               uint64_t need, struct err *e)
{
        uint64_t used = j->closed_bytes + j->pos + need;
        uint64_t max = j->config.max_bytes;

        if (is_message(kind))
                max -= j->config.reserve_bytes;
        if (used <= max)
                return OK;
        return err_set(e, ERR_FULL,
                       "journal: %" PRIu64 " bytes are the limit for %s "
                       "records",
                       max, record_kind_name(kind));
}

/* How much to preallocate: a step, within the segment's size and spare. */
static uint64_t step_bytes(const struct journal *j, uint64_t least)
{
        uint64_t end = j->config.segment_bytes + spare_bytes(j);
        uint64_t left = end > j->allocated ? end - j->allocated : 0;
        uint64_t step = left < STEP_BYTES ? left : STEP_BYTES;

        return step < least ? least : step;
}

static bool is_full(int n)
{
        return n == ENOSPC || n == EDQUOT;
}

/* Room for need more bytes in this segment, on the disk, and `spare`
 * behind it: a whole step, or when the disk has none left, just that. */
static enum status allocate(struct journal *j, uint64_t need, uint64_t spare,
                            struct err *e)
{
        uint64_t want = j->pos + need + spare, least, step;
        int n;

        if (want <= j->allocated)
                return OK;
        least = want - j->allocated;
        step = step_bytes(j, least);
        n = posix_fallocate(j->fd, (off_t)j->allocated, (off_t)step);
        if (is_full(n) && step > least) {
                step = least;
                n = posix_fallocate(j->fd, (off_t)j->allocated, (off_t)step);
        }
        if (n != 0) {
                errno = n;
                return io_error(e, "preallocate");
        }
        j->allocated += step;
        count_disk(j);
        return OK;
}

/* A failed write leaves nothing behind: what stands after pos is cut. */
static void undo(struct journal *j)
{
        if (ftruncate(j->fd, (off_t)j->pos) != 0)
                break_down(j);
        else
                j->allocated = j->pos;
        count_disk(j);
}

static enum status write_line(struct journal *j, struct err *e)
{
        size_t done = 0;
        enum status st;
        ssize_t n;

        while (done < j->line.n) {
                n = pwrite(j->fd, j->line.p + done, j->line.n - done,
                           (off_t)(j->pos + done));
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0) {
                        st = io_error(e, "write");
                        undo(j);
                        return st;
                }
                done += (size_t)n;
        }
        j->pos += j->line.n;
        return OK;
}

/* The next segment when this one has its size. On a full disk what must
 * go on goes on in the old one's reserve. */
static enum status roll(struct journal *j, enum record_kind kind, uint64_t need,
                        struct err *e)
{
        enum status st;

        if (j->pos <= SEGMENT_MAGIC_BYTES ||
            j->pos + need <= j->config.segment_bytes)
                return OK;
        st = begin_segment(j, j->next_seq, spare_bytes(j), e);
        if (st == ERR_FULL && !is_message(kind))
                return OK;
        return st;
}

static enum status write_record(struct journal *j, enum record_kind kind,
                                int64_t real_us, struct text a, struct text b,
                                struct err *e)
{
        uint64_t need = SEGMENT_OVERHEAD + a.n + b.n;
        enum status st;

        if (j->broken)
                return err_set(e, ERR_IO,
                               "journal: the disk failed before; "
                               "start again when it is mended");
        st = check_limit(j, kind, need, e);
        if (st == OK)
                st = roll(j, kind, need, e);
        if (st != OK)
                return st;
        segment_encode(&j->line, j->next_seq, kind, real_us, a, b);
        if (j->line.failed)
                return err_set(e, ERR_MEMORY, "journal record");
        st = allocate(j, need, is_message(kind) ? spare_bytes(j) : 0, e);
        return st != OK ? st : write_line(j, e);
}

static void hand_to_loop(struct journal *j, enum record_kind kind,
                         int64_t real_us)
{
        struct record r = {
                .seq = j->next_seq, .kind = kind, .real_us = real_us};

        if (j->config.manual)
                return;
        r.body.p = j->line.p + SEGMENT_OVERHEAD;
        r.body.n = j->line.n - SEGMENT_OVERHEAD;
        ring_queue_push(&j->queue, &r);
}

static enum status append_locked(struct journal *j, enum record_kind kind,
                                 int64_t real_us, struct text a, struct text b,
                                 struct err *e)
{
        enum status st;

        if (!j->config.manual && !ring_queue_wait(&j->queue, a.n + b.n, 0)) {
                atomic_fetch_add(&j->stalls, 1);
                if (!ring_queue_wait(&j->queue, a.n + b.n, JOURNAL_WAIT_MS))
                        return err_set(e, ERR_FULL,
                                       "journal: the loop does not drain");
        }
        st = write_record(j, kind, real_us, a, b, e);
        if (is_message(kind))
                note_held(j, st != OK);
        if (st != OK)
                return st;
        atomic_store(&j->used_bytes, j->closed_bytes + j->pos);
        hand_to_loop(j, kind, real_us);
        atomic_store(&j->last_seq, j->next_seq);
        atomic_fetch_add(&j->records, 1);
        atomic_fetch_add(&j->bytes, j->line.n);
        j->next_seq++;
        return OK;
}

static void ask_for_sync(struct journal *j)
{
        if (!j->threads)
                return;
        pthread_mutex_lock(&j->sync_lock);
        if (!j->dirty) {
                j->dirty = true;
                pthread_cond_signal(&j->sync_work);
        }
        pthread_mutex_unlock(&j->sync_lock);
}

static enum status append_two(struct journal *j, enum record_kind kind,
                              int64_t real_us, struct text a, struct text b,
                              uint64_t *ret_seq, struct err *e)
{
        struct err mine = {0};
        enum status st;
        uint64_t seq;

        if (a.n + b.n > RECORD_BODY_MAX)
                return err_set(e, ERR_SIZE, "journal: a body of %zu bytes",
                               a.n + b.n);
        pthread_mutex_lock(&j->write_lock);
        seq = j->next_seq;
        st = append_locked(j, kind, real_us, a, b, &mine);
        pthread_mutex_unlock(&j->write_lock);
        atomic_store(is_message(kind) ? &j->full : &j->stuck, st != OK);
        if (st != OK) {
                atomic_fetch_add(&j->stalls, 1);
                note_error(j, &mine);
                look_at_disk(j);
                if (e)
                        *e = mine;
                return st;
        }
        ask_for_sync(j);
        wake(j);
        if (ret_seq)
                *ret_seq = seq;
        return OK;
}

enum status journal_append(struct journal *j, enum record_kind kind,
                           int64_t real_us, struct text body, uint64_t *ret_seq,
                           struct err *e)
{
        return append_two(j, kind, real_us, body, (struct text){"", 0}, ret_seq,
                          e);
}

enum status journal_append_mqtt(struct journal *j, int64_t real_us,
                                struct text topic, struct text payload,
                                uint64_t *ret_seq, struct err *e)
{
        struct buf head = {0};
        enum status st;

        if (topic.n > UINT16_MAX)
                return err_set(e, ERR_SIZE, "a topic of %zu bytes", topic.n);
        record_mqtt_pack(&head, topic, (struct text){"", 0});
        if (head.failed)
                st = err_set(e, ERR_MEMORY, "journal record");
        else
                st = append_two(j, RECORD_MQTT, real_us, buf_as_text(&head),
                                payload, ret_seq, e);
        buf_done(&head);
        return st;
}

/* ---- from the loop ---- */

static bool is_bulk(enum record_kind kind)
{
        return kind == RECORD_FRAME || kind == RECORD_VALUES;
}

/* Under submit_lock. */
static enum status put_submitted(struct journal *j, struct buf *to,
                                 enum record_kind kind, int64_t real_us,
                                 struct text body, struct err *e)
{
        size_t before = to->n;

        pack_u8(to, (uint8_t)kind);
        pack_i64(to, real_us);
        pack_text(to, body);
        if (to->failed) {
                to->n = before;
                to->failed = false;
                return err_set(e, ERR_MEMORY, "journal queue");
        }
        pthread_cond_signal(&j->submit_work);
        return OK;
}

enum status journal_submit(struct journal *j, enum record_kind kind,
                           int64_t real_us, struct text body, struct err *e)
{
        bool bulk = is_bulk(kind);
        _Atomic size_t *bytes = bulk ? &j->bulk_bytes : &j->submit_bytes;
        size_t need = body.n + 13;
        size_t max = j->config.queue_bytes / (bulk ? 4 : 1);
        enum status st = OK;

        if (j->config.manual)
                return journal_append(j, kind, real_us, body, NULL, e);
        if (body.n > RECORD_BODY_MAX)
                return err_set(e, ERR_SIZE, "journal: a body of %zu bytes",
                               body.n);
        pthread_mutex_lock(&j->submit_lock);
        /* One always fits an empty queue. */
        if (atomic_load(bytes) && atomic_load(bytes) + need > max)
                st = err_set(e, ERR_FULL,
                             "journal: too much waits to be written");
        else
                st = put_submitted(j, bulk ? &j->bulk : &j->submitted, kind,
                                   real_us, body, e);
        if (st == OK)
                atomic_fetch_add(bytes, need);
        pthread_mutex_unlock(&j->submit_lock);
        return st;
}

bool journal_drain(struct journal *j, struct record *ret)
{
        return !j->config.manual && ring_queue_pull(&j->queue, ret);
}

/* What was submitted to q since the last time goes to *batch (empty). */
static void swap_submitted(struct journal *j, struct buf *q, struct buf *batch)
{
        struct buf swap = *batch;

        pthread_mutex_lock(&j->submit_lock);
        *batch = *q;
        *q = swap;
        pthread_mutex_unlock(&j->submit_lock);
}

/* Writes one batch of submitted records; what the disk refuses is tried
 * again until the journal closes.  `meanwhile` is done before each new
 * try: what may be held holds nothing else. */
static void write_submitted(struct journal *j, struct buf *batch,
                            _Atomic size_t *bytes,
                            void (*meanwhile)(struct journal *j))
{
        struct unpack u = {batch->p, batch->n, false};
        enum record_kind kind;
        struct text body;
        int64_t real_us;

        while (u.n && !u.failed) {
                kind = (enum record_kind)unpack_u8(&u);
                real_us = unpack_i64(&u);
                body = unpack_text(&u);
                if (u.failed)
                        break;
                while (journal_append(j, kind, real_us, body, NULL, NULL) !=
                       OK) {
                        if (atomic_load(&j->closing))
                                break;
                        if (meanwhile)
                                meanwhile(j);
                        pause_ms(RETRY_MS);
                }
                atomic_fetch_sub(bytes, body.n + 13);
        }
        buf_clear(batch);
}

/* Submit thread. */
static void write_vital(struct journal *j)
{
        swap_submitted(j, &j->submitted, &j->vital_batch);
        write_submitted(j, &j->vital_batch, &j->submit_bytes, NULL);
}

static void *submit_main(void *self)
{
        struct journal *j = self;
        struct buf batch = {0};
        bool more = true;

        while (more) {
                pthread_mutex_lock(&j->submit_lock);
                while (!j->submitted.n && !j->bulk.n &&
                       !atomic_load(&j->closing))
                        pthread_cond_wait(&j->submit_work, &j->submit_lock);
                more = j->submitted.n || j->bulk.n;
                pthread_mutex_unlock(&j->submit_lock);
                write_vital(j);
                swap_submitted(j, &j->bulk, &batch);
                write_submitted(j, &batch, &j->bulk_bytes, write_vital);
        }
        buf_done(&batch);
        return NULL;
}

/* ---- syncing ---- */

/* True when it moved; two callers may end in another order. */
static bool raise_to(_Atomic uint64_t *at, uint64_t seq)
{
        uint64_t now = atomic_load(at);

        while (now < seq)
                if (atomic_compare_exchange_weak(at, &now, seq))
                        return true;
        return false;
}

/* A failed fdatasync may have dropped dirty pages and called them clean,
 * so it is never tried again: nothing more is taken until a new start. */
enum status journal_sync(struct journal *j, struct err *e)
{
        int old[RETIRED_MAX], n_old, fd, i;
        bool failed = false, moved;
        uint64_t seq;

        pthread_mutex_lock(&j->write_lock);
        n_old = j->n_retired;
        memcpy(old, j->retired, sizeof old);
        j->n_retired = 0;
        fd = j->fd < 0 ? -1 : fcntl(j->fd, F_DUPFD_CLOEXEC, 3);
        seq = atomic_load(&j->last_seq);
        failed = j->broken || fd < 0;
        pthread_cond_broadcast(&j->retired_room);
        pthread_mutex_unlock(&j->write_lock);
        for (i = 0; i < n_old; i++) {
                failed |= fdatasync(old[i]) != 0;
                close(old[i]);
        }
        if (fd >= 0) {
                failed |= fdatasync(fd) != 0;
                close(fd);
        }
        if (failed) {
                struct err mine;

                pthread_mutex_lock(&j->write_lock);
                break_down(j);
                pthread_mutex_unlock(&j->write_lock);
                atomic_store(&j->level, (int)JOURNAL_BROKEN);
                wake(j);
                err_set(&mine, ERR_IO,
                        "journal: fdatasync failed: nothing more is taken; "
                        "mend the disk and start again");
                note_error(j, &mine);
                return err_set(e, ERR_IO, "%s", mine.msg);
        }
        moved = raise_to(&j->synced_seq, seq);
        atomic_fetch_add(&j->syncs, 1);
        if (moved)
                wake(j);
        return OK;
}

static void sleep_us(int64_t us)
{
        struct timespec t = {us / 1000000, us % 1000000 * 1000};

        nanosleep(&t, NULL);
}

static void *sync_main(void *self)
{
        struct journal *j = self;

        pthread_mutex_lock(&j->sync_lock);
        for (;;) {
                while (!j->dirty && !atomic_load(&j->closing))
                        pthread_cond_wait(&j->sync_work, &j->sync_lock);
                if (!j->dirty)
                        break;
                pthread_mutex_unlock(&j->sync_lock);
                sleep_us(j->config.sync_interval_us);
                pthread_mutex_lock(&j->sync_lock);
                j->dirty = false;
                pthread_mutex_unlock(&j->sync_lock);
                journal_sync(j, NULL);
                drop_segments(j);
                look_at_disk(j);
                pthread_mutex_lock(&j->sync_lock);
        }
        pthread_mutex_unlock(&j->sync_lock);
        return NULL;
}

void journal_retain(struct journal *j, uint64_t seq)
{
        atomic_store(&j->retain_seq, seq);
        if (j->threads)
                ask_for_sync(j);
        else
                drop_segments(j);
}

/* ---- opening and closing ---- */

static void set_defaults(struct journal_config *c)
{
        size_t least = 2 * ((size_t)RECORD_BODY_MAX + 64);

        if (!c->segment_bytes)
                c->segment_bytes = UINT64_C(64) << 20;
        if (!c->max_bytes)
                c->max_bytes = UINT64_C(8) << 30;
        if (!c->reserve_bytes)
                c->reserve_bytes = c->max_bytes / 16 < UINT64_C(64) << 20
                                           ? c->max_bytes / 16
                                           : UINT64_C(64) << 20;
        if (c->reserve_bytes > c->max_bytes)
                c->reserve_bytes = c->max_bytes;
        if (!c->sync_interval_us)
                c->sync_interval_us = 5000;
        if (!c->queue_bytes)
                c->queue_bytes = (size_t)32 << 20;
        if (c->queue_bytes < least)
                c->queue_bytes = least;
}

static enum status take_lock(struct journal *j, struct err *e)
{
        char pid[32];
        int n;

        if (mkdir(j->dir, 0750) != 0 && errno != EEXIST)
                return io_error(e, j->dir);
        j->dir_fd = open(j->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (j->dir_fd < 0)
                return io_error(e, j->dir);
        j->lock_fd =
                openat(j->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
        if (j->lock_fd < 0)
                return io_error(e, "lock");
        if (flock(j->lock_fd, LOCK_EX | LOCK_NB) != 0)
                return errno == EWOULDBLOCK
                               ? err_set(e, ERR_CONFLICT,
                                         "another process has the journal %s",
                                         j->dir)
                               : io_error(e, "lock");
        n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
        if (ftruncate(j->lock_fd, 0) != 0 ||
            pwrite(j->lock_fd, pid, (size_t)n, 0) != n)
                return io_error(e, "lock");
        return OK;
}

/* The sequence that the last clean end wrote down, or 0; the mark goes. */
static uint64_t take_clean_mark(struct journal *j)
{
        uint64_t seq = 0;
        char text[32] = "";
        int fd = openat(j->dir_fd, "clean", O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return 0;
        if (read(fd, text, sizeof text - 1) > 0)
                seq = strtoull(text, NULL, 10) + 1;
        close(fd);
        if (unlinkat(j->dir_fd, "clean", 0) != 0 || fsync(j->dir_fd) != 0)
                return 0;
        return seq;
}

static void leave_clean_mark(struct journal *j)
{
        char text[32];
        int fd, n;
        bool ok;

        n = snprintf(text, sizeof text, "%" PRIu64 "\n", j->next_seq - 1);
        fd = openat(j->dir_fd, "clean.new",
                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
        if (fd < 0)
                return;
        ok = write(fd, text, (size_t)n) == n && fdatasync(fd) == 0;
        close(fd);
        if (ok && renameat(j->dir_fd, "clean.new", j->dir_fd, "clean") == 0)
                fsync(j->dir_fd);
}

static enum status load_segments(struct journal *j, struct err *e)
{
        char name[SEGMENT_NAME_MAX];
        uint64_t *first = NULL;
        struct stat info;
        enum status st;
        size_t n, i;

        st = segment_list(j->dir_fd, &first, &n, e);
        for (i = 0; st == OK && i < n; i++) {
                segment_name(name, first[i]);
                if (fstatat(j->dir_fd, name, &info, 0) != 0) {
                        st = io_error(e, name);
                        break;
                }
                st = reserve_segment(j, e);
                if (st != OK)
                        break;
                remember_segment(j, first[i], (uint64_t)info.st_size);
                j->closed_bytes += (uint64_t)info.st_size;
        }
        free(first);
        return st;
}

/* Cuts the torn tail of the last segment, unless good records follow the
 * damage: then it was no torn write, and nothing is thrown away. */
static enum status mend_last(struct journal *j, uint64_t *ret_last,
                             bool *ret_damaged, struct err *e)
{
        struct kept_segment *last = &j->seg[j->n_seg - 1];
        struct segment_scan s;
        struct err note;
        enum status st;
        char name[SEGMENT_NAME_MAX];
        int fd;

        segment_name(name, last->first);
        st = segment_scan(j->dir_fd, last->first, &s, NULL, NULL, e);
        if (st != OK)
                return st;
        *ret_last = s.last_seq;
        *ret_damaged = s.damaged;
        if (s.good_after) {
                *ret_last = s.last_after;
                err_set(&note, ERR_CORRUPT, "%s is damaged at byte %" PRIu64,
                        name, s.good_bytes);
                note_error(j, &note);
                return OK;
        }
        if (s.good_bytes < SEGMENT_MAGIC_BYTES)
                s.good_bytes = 0;
        fd = openat(j->dir_fd, name, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || ftruncate(fd, (off_t)s.good_bytes) != 0)
                st = io_error(e, name);
        if (fd >= 0)
                close(fd);
        j->closed_bytes -= last->bytes - s.good_bytes;
        last->bytes = s.good_bytes;
        return st;
}

/* What a killed process had written and not yet synced is counted as safe
 * from here on, so it must be: also in the segments before the last. */
static enum status sync_newest(struct journal *j, struct err *e)
{
        size_t i = j->n_seg > RETIRED_MAX + 1 ? j->n_seg - RETIRED_MAX - 1 : 0;
        char name[SEGMENT_NAME_MAX];
        enum status st = OK;
        int fd;

        for (; st == OK && i < j->n_seg; i++) {
                segment_name(name, j->seg[i].first);
                fd = openat(j->dir_fd, name, O_RDONLY | O_CLOEXEC);
                if (fd < 0 || fdatasync(fd) != 0)
                        st = io_error(e, name);
                if (fd >= 0)
                        close(fd);
        }
        return st;
}

/* Goes on in the last segment after a clean end. */
static enum status go_on(struct journal *j, struct err *e)
{
        struct kept_segment *last = &j->seg[j->n_seg - 1];
        char name[SEGMENT_NAME_MAX];

        segment_name(name, last->first);
        j->fd = openat(j->dir_fd, name, O_RDWR | O_CLOEXEC);
        if (j->fd < 0)
                return io_error(e, name);
        j->pos = j->allocated = last->bytes;
        j->closed_bytes -= last->bytes;
        count_disk(j);
        return OK;
}

/* An empty segment between others holds nothing and hides nothing. */
static void drop_empty(struct journal *j)
{
        struct kept_segment *s = &j->seg[j->n_seg - 2];
        char name[SEGMENT_NAME_MAX];

        if (j->n_seg < 3 || s->bytes > SEGMENT_MAGIC_BYTES)
                return;
        segment_name(name, s->first);
        if (unlinkat(j->dir_fd, name, 0) != 0)
                return;
        j->closed_bytes -= s->bytes;
        s[0] = s[1];
        j->n_seg--;
        count_disk(j);
}

/* The new segment's name keeps the jump on the disk, so that a number
 * given after an unclean end is never given again, also when the first
 * record after it is lost to a power cut. */
static enum status find_end(struct journal *j, struct err *e)
{
        uint64_t clean = take_clean_mark(j);
        uint64_t last = 0, bound;
        bool damaged = false;
        enum status st;

        if (j->n_seg == 0) {
                j->next_seq = 1;
                return begin_first(j, 1, e);
        }
        st = mend_last(j, &last, &damaged, e);
        if (st == OK)
                st = sync_newest(j, e);
        if (st != OK)
                return st;
        bound = j->seg[j->n_seg - 1].first - 1;
        if (last < bound)
                last = bound;
        j->next_seq = last + 1;
        if (clean == last + 1 && !damaged &&
            j->seg[j->n_seg - 1].bytes >= SEGMENT_MAGIC_BYTES)
                return go_on(j, e);
        j->next_seq = last + JOURNAL_JUMP;
        st = begin_first(j, j->next_seq, e);
        if (st == OK)
                drop_empty(j);
        return st;
}

static enum status start_threads(struct journal *j, struct err *e)
{
        if (j->config.manual)
                return OK;
        if (pthread_create(&j->sync_thread, NULL, sync_main, j) != 0)
                return err_set(e, ERR_MEMORY, "journal: no thread");
        if (pthread_create(&j->submit_thread, NULL, submit_main, j) != 0) {
                atomic_store(&j->closing, true);
                pthread_mutex_lock(&j->sync_lock);
                pthread_cond_signal(&j->sync_work);
                pthread_mutex_unlock(&j->sync_lock);
                pthread_join(j->sync_thread, NULL);
                return err_set(e, ERR_MEMORY, "journal: no thread");
        }
        pthread_setname_np(j->sync_thread, "journal-sync");
        pthread_setname_np(j->submit_thread, "journal-submit");
        j->threads = true;
        return OK;
}

static void release(struct journal *j)
{
        int i;

        for (i = 0; i < j->n_retired; i++)
                close(j->retired[i]);
        if (j->fd >= 0)
                close(j->fd);
        if (j->lock_fd >= 0)
                close(j->lock_fd);
        if (j->dir_fd >= 0)
                close(j->dir_fd);
        ring_queue_done(&j->queue);
        buf_done(&j->line);
        buf_done(&j->submitted);
        buf_done(&j->bulk);
        buf_done(&j->vital_batch);
        free(j->seg);
        pthread_mutex_destroy(&j->write_lock);
        pthread_mutex_destroy(&j->submit_lock);
        pthread_mutex_destroy(&j->sync_lock);
        pthread_mutex_destroy(&j->error_lock);
        pthread_cond_destroy(&j->retired_room);
        pthread_cond_destroy(&j->submit_work);
        pthread_cond_destroy(&j->sync_work);
        free(j);
}

static struct journal *allocate_journal(const struct journal_config *c)
{
        struct journal *j = calloc(1, sizeof *j);

        if (!j)
                return NULL;
        j->config = *c;
        set_defaults(&j->config);
        snprintf(j->dir, sizeof j->dir, "%s", c->dir);
        j->config.dir = j->dir;
        j->dir_fd = j->lock_fd = j->fd = -1;
        pthread_mutex_init(&j->write_lock, NULL);
        pthread_mutex_init(&j->submit_lock, NULL);
        pthread_mutex_init(&j->sync_lock, NULL);
        pthread_mutex_init(&j->error_lock, NULL);
        pthread_cond_init(&j->retired_room, NULL);
        pthread_cond_init(&j->submit_work, NULL);
        pthread_cond_init(&j->sync_work, NULL);
        return j;
}

enum status journal_open(const struct journal_config *c, struct journal **ret,
                         struct err *e)
{
        struct journal *j;
        enum status st;

        if (!c->dir || strlen(c->dir) >= sizeof j->dir)
                return err_set(e, ERR_CONFIG, "journal: no usable directory");
        j = allocate_journal(c);
        if (!j)
                return err_set(e, ERR_MEMORY, "journal");
        st = take_lock(j, e);
        if (st == OK)
                st = load_segments(j, e);
        if (st == OK)
                st = find_end(j, e);
        if (st == OK && !j->config.manual)
                st = ring_queue_init(&j->queue, j->config.queue_bytes, e);
        if (st == OK) {
                atomic_store(&j->last_seq, j->next_seq - 1);
                atomic_store(&j->synced_seq, j->next_seq - 1);
                atomic_store(&j->free_bytes, UINT64_MAX);
                look_at_disk(j);
                st = start_threads(j, e);
        }
        if (st != OK) {
                release(j);
                return st;
        }
        *ret = j;
        return OK;
}

void journal_close(struct journal *j)
{
        if (!j)
                return;
        atomic_store(&j->closing, true);
        if (j->threads) {
                pthread_mutex_lock(&j->submit_lock);
                pthread_cond_signal(&j->submit_work);
                pthread_mutex_unlock(&j->submit_lock);
                pthread_join(j->submit_thread, NULL);
                pthread_mutex_lock(&j->sync_lock);
                pthread_cond_signal(&j->sync_work);
                pthread_mutex_unlock(&j->sync_lock);
                pthread_join(j->sync_thread, NULL);
                j->threads = false;
        }
        drop_segments(j);
        if (!j->broken && ftruncate(j->fd, (off_t)j->pos) == 0 &&
            journal_sync(j, NULL) == OK)
                leave_clean_mark(j);
        release(j);
}

/* ---- counters ---- */

uint64_t journal_last_seq(const struct journal *j)
{
        return atomic_load(&j->last_seq);
}

uint64_t journal_synced_seq(const struct journal *j)
{
        return atomic_load(&j->synced_seq);
}

void journal_get_stats(struct journal *j, struct journal_stats *ret)
{
        struct journal_room room;

        memset(ret, 0, sizeof *ret);
        ret->records = atomic_load(&j->records);
        ret->bytes = atomic_load(&j->bytes);
        ret->syncs = atomic_load(&j->syncs);
        ret->stalls = atomic_load(&j->stalls);
        ret->disk_bytes = atomic_load(&j->disk_bytes);
        ret->first_seq = atomic_load(&j->first_seq);
        ret->queued_bytes =
                atomic_load(&j->submit_bytes) + atomic_load(&j->bulk_bytes);
        if (!j->config.manual)
                ret->queued_bytes += ring_queue_used(&j->queue);
        ret->full = atomic_load(&j->full) || atomic_load(&j->stuck);
        get_room(j, &room);
        ret->limit_bytes = room.limit_bytes;
        ret->free_bytes = room.free_bytes;
        ret->room_bytes = room.limit_bytes > room.used_bytes
                                  ? room.limit_bytes - room.used_bytes
                                  : 0;
        if (ret->room_bytes > room.free_bytes)
                ret->room_bytes = room.free_bytes;
        ret->level = (enum journal_level)atomic_load(&j->level);
        pthread_mutex_lock(&j->error_lock);
        memcpy(ret->last_error, j->last_error, sizeof ret->last_error);
        pthread_mutex_unlock(&j->error_lock);
}

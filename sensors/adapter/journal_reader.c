/* sensors/adapter/journal_reader.c -- a reader is a position.
 *
 * Holds:  a chunk of the segment at hand.  At zeros, or at a record that
 *         is not whole yet, the reader looks for a later segment; without
 *         one it has reached the writer.
 * Thread: one owner; writers in any process go on beside it. */
#include "sensors/adapter/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensors/adapter/segment.h"

#define CHUNK_BYTES (256u << 10)

struct journal_reader {
        int dir_fd;
        int fd;         /* -1: no segment exists yet */
        uint64_t first; /* names the segment at hand */
        uint64_t pos;   /* of the next record in it */
        uint64_t from;  /* records below are passed over */
        uint64_t last;  /* last sequence given */
        char *chunk;
        size_t cap;
        uint64_t chunk_at; /* file position of chunk[0] */
        size_t chunk_n;
};

static enum status open_segment(struct journal_reader *r, uint64_t first,
                                struct err *e)
{
        char name[SEGMENT_NAME_MAX];
        int fd;

        segment_name(name, first);
        fd = openat(r->dir_fd, name, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return err_set(e, errno == ENOENT ? ERR_MISSING : ERR_IO,
                               "%s: %s", name, strerror(errno));
        if (r->fd >= 0)
                close(r->fd);
        r->fd = fd;
        r->first = first;
        r->pos = SEGMENT_MAGIC_BYTES;
        r->chunk_n = 0;
        return OK;
}

/* The segment that may hold `from`: the last one named at or below it. */
static enum status find_segment(struct journal_reader *r, struct err *e)
{
        uint64_t *first = NULL;
        enum status st;
        size_t n, i;

        st = segment_list(r->dir_fd, &first, &n, e);
        if (st != OK || n == 0)
                goto out;
        for (i = 0; i + 1 < n && first[i + 1] <= r->from; i++)
                ;
        if (first[0] > r->from && r->from > 0 && first[0] > 1)
                st = err_set(e, ERR_MISSING,
                             "the journal begins at %" PRIu64 ", %" PRIu64
                             " is gone",
                             first[0], r->from);
        else
                st = open_segment(r, first[i], e);
out:
        free(first);
        return st;
}

enum status journal_reader_open(const char *dir, uint64_t from,
                                struct journal_reader **ret, struct err *e)
{
        struct journal_reader *r = calloc(1, sizeof *r);
        enum status st;

        if (!r)
                return err_set(e, ERR_MEMORY, "journal reader");
        r->fd = -1;
        r->from = from;
        r->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (r->dir_fd < 0)
                st = err_set(e, ERR_IO, "%s: %s", dir, strerror(errno));
        else
                st = find_segment(r, e);
        if (st != OK) {
                journal_reader_close(r);
                return st;
        }
        *ret = r;
        return OK;
}

void journal_reader_close(struct journal_reader *r)
{
        if (!r)
                return;
        if (r->fd >= 0)
                close(r->fd);
        if (r->dir_fd >= 0)
                close(r->dir_fd);
        free(r->chunk);
        free(r);
}

/* Reads at least n bytes at pos into the chunk, when the file has them. */
static enum status read_chunk(struct journal_reader *r, size_t n, struct err *e)
{
        size_t want = n > CHUNK_BYTES ? n : CHUNK_BYTES;
        ssize_t got;
        char *p;

        if (want > r->cap) {
                p = realloc(r->chunk, want);
                if (!p)
                        return err_set(e, ERR_MEMORY, "journal reader");
                r->chunk = p;
                r->cap = want;
        }
        r->chunk_at = r->pos;
        r->chunk_n = 0;
        while (r->chunk_n < want) {
                got = pread(r->fd, r->chunk + r->chunk_n, want - r->chunk_n,
                            (off_t)(r->pos + r->chunk_n));
                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return err_set(e, ERR_IO, "read the journal: %s",
                                       strerror(errno));
                if (got == 0)
                        break;
                r->chunk_n += (size_t)got;
        }
        return OK;
}

static enum segment_found at_hand(const struct journal_reader *r,
                                  struct record *ret, size_t *ret_bytes)
{
        uint64_t skip = r->pos - r->chunk_at;

        if (r->pos < r->chunk_at || skip >= r->chunk_n) {
                *ret_bytes = SEGMENT_HEAD_BYTES;
                return SEGMENT_SHORT;
        }
        return segment_decode(r->chunk + skip, r->chunk_n - skip, ret,
                              ret_bytes);
}

/* The next segment by name after the one at hand; 0 when there is none. */
static enum status next_segment(struct journal_reader *r, uint64_t *ret,
                                struct err *e)
{
        uint64_t *first = NULL;
        enum status st;
        size_t n, i;

        *ret = 0;
        st = segment_list(r->dir_fd, &first, &n, e);
        for (i = 0; st == OK && i < n && !*ret; i++)
                if (first[i] > r->first)
                        *ret = first[i];
        free(first);
        return st;
}

static enum status corrupt(const struct journal_reader *r, struct err *e)
{
        char name[SEGMENT_NAME_MAX];

        segment_name(name, r->first);
        return err_set(e, ERR_CORRUPT,
                       "%s is damaged at byte %" PRIu64
                       ", after sequence %" PRIu64,
                       name, r->pos, r->last);
}

/* Bytes after a bad record that are not zero: the writer cannot have left
 * it so. */
static bool more_follows(const struct journal_reader *r, size_t bytes)
{
        char c[4096];
        uint64_t at = r->pos + bytes;
        ssize_t n, i;

        while ((n = pread(r->fd, c, sizeof c, (off_t)at)) > 0) {
                for (i = 0; i < n; i++)
                        if (c[i])
                                return true;
                at += (uint64_t)n;
        }
        return false;
}

/* Nothing readable at pos, read freshly: the end, the next segment, or
 * damage. Returns OK when a new segment is at hand. */
static enum status end_of_segment(struct journal_reader *r,
                                  enum segment_found f, size_t bytes,
                                  struct err *e)
{
        struct record rec;
        enum status st;
        uint64_t next;

        st = next_segment(r, &next, e);
        if (st != OK)
                return st;
        if (!next && (f != SEGMENT_BAD || !more_follows(r, bytes)))
                return err_set(e, ERR_TOO_FEW, "the end for now");
        /* The writer may have finished it since we read: look again. */
        st = read_chunk(r, bytes, e);
        if (st != OK)
                return st;
        f = at_hand(r, &rec, &bytes);
        if (f == SEGMENT_RECORD)
                return OK;
        if (next && (f == SEGMENT_END || r->chunk_n == 0))
                return open_segment(r, next, e);
        return corrupt(r, e);
}

static enum status one_record(struct journal_reader *r, struct record *ret,
                              struct err *e)
{
        enum segment_found f;
        enum status st;
        size_t bytes;

        for (;;) {
                f = at_hand(r, ret, &bytes);
                if (f != SEGMENT_RECORD) {
                        st = read_chunk(r, bytes, e);
                        if (st != OK)
                                return st;
                        f = at_hand(r, ret, &bytes);
                        if (f == SEGMENT_SHORT && bytes > SEGMENT_HEAD_BYTES &&
                            r->chunk_n < bytes) {
                                st = read_chunk(r, bytes, e);
                                if (st != OK)
                                        return st;
                                f = at_hand(r, ret, &bytes);
                        }
                }
                if (f == SEGMENT_RECORD && ret->seq <= r->last)
                        return corrupt(r, e);
                if (f == SEGMENT_RECORD) {
                        r->pos += bytes;
                        r->last = ret->seq;
                        return OK;
                }
                st = end_of_segment(r, f, bytes, e);
                if (st != OK)
                        return st;
        }
}

enum status journal_reader_next(struct journal_reader *r, struct record *ret,
                                struct err *e)
{
        struct record one;
        enum status st;

        if (r->fd < 0) {
                st = find_segment(r, e);
                if (st != OK)
                        return st;
                if (r->fd < 0)
                        return err_set(e, ERR_TOO_FEW, "no journal yet");
        }
        do {
                st = one_record(r, &one, e);
                if (st != OK)
                        return st;
        } while (one.seq < r->from);
        *ret = one;
        return OK;
}

/* The first good record after the damage in the segment at hand; 0: none.
 * Every byte is tried as a beginning; a check sum decides. */
static enum status search_after(struct journal_reader *r, uint64_t *ret_pos,
                                struct err *e)
{
        struct record rec;
        struct stat info;
        enum status st;
        size_t i, bytes;

        *ret_pos = 0;
        if (fstat(r->fd, &info) != 0)
                return err_set(e, ERR_IO, "read the journal: %s",
                               strerror(errno));
        if ((uint64_t)info.st_size <= r->pos)
                return OK;
        st = read_chunk(r, (size_t)((uint64_t)info.st_size - r->pos), e);
        for (i = 1; st == OK && i < r->chunk_n && !*ret_pos; i++)
                if (segment_decode(r->chunk + i, r->chunk_n - i, &rec,
                                   &bytes) == SEGMENT_RECORD &&
                    rec.seq > r->last)
                        *ret_pos = r->pos + i;
        return st;
}

enum status journal_reader_skip(struct journal_reader *r, struct err *e)
{
        enum status st;
        uint64_t next, pos;

        st = search_after(r, &pos, e);
        if (st != OK)
                return st;
        if (pos) {
                r->pos = pos;
                return OK;
        }
        st = next_segment(r, &next, e);
        if (st != OK)
                return st;
        if (!next)
                return err_set(e, ERR_TOO_FEW, "nothing after the damage");
        return open_segment(r, next, e);
}

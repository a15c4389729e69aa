/* sensors/adapter/segment.c -- the journal's file format: encode, decode,
 * list, scan. */
#include "sensors/adapter/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schemas/pack.h"
#include "sensors/adapter/crc32c.h"

static void put_u32(char *p, uint32_t v)
{
        int i;

        for (i = 0; i < 4; i++)
                p[i] = (char)(v >> (8 * i));
}

static uint32_t get_u32(const char *p)
{
        struct unpack u = {p, 4, false};

        return unpack_u32(&u);
}

static bool all_zero(const char *p, size_t n)
{
        size_t i;

        for (i = 0; i < n; i++)
                if (p[i])
                        return false;
        return true;
}

void segment_encode(struct buf *b, uint64_t seq, enum record_kind kind,
                    int64_t real_us, struct text body_a, struct text body_b)
{
        uint32_t length = (uint32_t)(SEGMENT_FIXED_BYTES + body_a.n + body_b.n);
        uint32_t crc;

        buf_clear(b);
        pack_u32(b, length);
        pack_u32(b, 0);
        pack_u64(b, seq);
        pack_u8(b, (uint8_t)kind);
        pack_i64(b, real_us);
        buf_text(b, body_a);
        buf_text(b, body_b);
        if (b->failed)
                return;
        crc = crc32c(0, b->p, 4);
        crc = crc32c(crc, b->p + SEGMENT_HEAD_BYTES, b->n - SEGMENT_HEAD_BYTES);
        put_u32(b->p + 4, crc);
}

enum segment_found segment_decode(const char *p, size_t n, struct record *ret,
                                  size_t *ret_bytes)
{
        struct unpack u;
        uint32_t length, crc;
        struct record r;

        *ret_bytes = SEGMENT_HEAD_BYTES;
        if (n < 4) /* preallocated space may end anywhere */
                return all_zero(p, n) ? SEGMENT_END : SEGMENT_SHORT;
        length = get_u32(p);
        if (length == 0)
                return SEGMENT_END;
        if (length < SEGMENT_FIXED_BYTES ||
            length > SEGMENT_FIXED_BYTES + RECORD_BODY_MAX)
                return SEGMENT_BAD;
        *ret_bytes = SEGMENT_HEAD_BYTES + length;
        if (n < *ret_bytes)
                return SEGMENT_SHORT;
        crc = crc32c(0, p, 4);
        crc = crc32c(crc, p + SEGMENT_HEAD_BYTES, length);
        if (crc != get_u32(p + 4))
                return SEGMENT_BAD;
        u = (struct unpack){p + SEGMENT_HEAD_BYTES, length, false};
        r.seq = unpack_u64(&u);
        r.kind = (enum record_kind)unpack_u8(&u);
        r.real_us = unpack_i64(&u);
        r.body = (struct text){u.p, u.n};
        if (r.kind >= record_kind_count || r.seq == 0)
                return SEGMENT_BAD;
        *ret = r;
        return SEGMENT_RECORD;
}

void segment_name(char dst[SEGMENT_NAME_MAX], uint64_t first)
{
        snprintf(dst, SEGMENT_NAME_MAX, "%020" PRIu64 ".seg", first);
}

bool segment_name_parse(const char *name, uint64_t *ret_first)
{
        char again[SEGMENT_NAME_MAX];
        uint64_t first = 0;
        int i;

        if (strlen(name) != 24 || strcmp(name + 20, ".seg") != 0)
                return false;
        for (i = 0; i < 20; i++) {
                if (name[i] < '0' || name[i] > '9')
                        return false;
                first = first * 10 + (uint64_t)(name[i] - '0');
        }
        segment_name(again, first);
        if (strcmp(again, name) != 0)
                return false;
        *ret_first = first;
        return true;
}

static int ascending(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return (x > y) - (x < y);
}

enum status segment_list(int dir_fd, uint64_t **ret, size_t *ret_n,
                         struct err *e)
{
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);
        struct buf list = {0};
        struct dirent *ent;
        uint64_t first;

        if (!d) {
                if (fd >= 0)
                        close(fd);
                return err_set(e, ERR_IO, "list the journal: %s",
                               strerror(errno));
        }
        while ((ent = readdir(d)) != NULL)
                if (segment_name_parse(ent->d_name, &first))
                        buf_add(&list, &first, sizeof first);
        closedir(d);
        if (list.failed) {
                buf_done(&list);
                return err_set(e, ERR_MEMORY, "list the journal");
        }
        if (list.n)
                qsort(list.p, list.n / sizeof first, sizeof first, ascending);
        *ret_n = list.n / sizeof first;
        *ret = (uint64_t *)(void *)list.p;
        return OK;
}

/* After damage at p: is there a good record with a sequence past `low`?
 * Every byte is tried as a beginning; a check sum decides. */
static void look_after(const char *p, size_t n, uint64_t low,
                       struct segment_scan *s)
{
        struct record r;
        size_t i = 1, bytes;

        while (i < n) {
                if (p[i] == 0 && all_zero(p + i, n - i))
                        return;
                if (segment_decode(p + i, n - i, &r, &bytes) ==
                            SEGMENT_RECORD &&
                    r.seq > low) {
                        s->good_after = true;
                        s->last_after = r.seq;
                        low = r.seq;
                        i += bytes;
                } else {
                        i++;
                }
        }
}

static void scan_bytes(const char *p, size_t n, struct segment_scan *s,
                       bool (*visit)(void *self, const struct record *r,
                                     uint64_t offset),
                       void *self)
{
        enum segment_found f;
        struct record r;
        size_t at = SEGMENT_MAGIC_BYTES, bytes;

        for (;;) {
                f = segment_decode(p + at, n - at, &r, &bytes);
                if (f == SEGMENT_RECORD && r.seq <= s->last_seq)
                        f = SEGMENT_BAD;
                if (f != SEGMENT_RECORD)
                        break;
                if (visit && !visit(self, &r, at))
                        break;
                s->records++;
                s->last_seq = r.seq;
                at += bytes;
        }
        s->good_bytes = at;
        if (f == SEGMENT_RECORD || all_zero(p + at, n - at))
                return;
        s->damaged = true;
        if (n - at >= SEGMENT_HEAD_BYTES + 8) {
                struct unpack u = {p + at + SEGMENT_HEAD_BYTES, 8, false};

                s->damage_seq = unpack_u64(&u);
        }
        look_after(p + at, n - at, s->last_seq, s);
}

/* As much of the file as there is: a writer may cut its zeros meanwhile,
 * which is why it is not mapped. */
static size_t read_all(int fd, char *p, size_t n)
{
        size_t done = 0;
        ssize_t got;

        while (done < n) {
                got = pread(fd, p + done, n - done, (off_t)done);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        break;
                done += (size_t)got;
        }
        return done;
}

enum status segment_scan(int dir_fd, uint64_t first, struct segment_scan *ret,
                         bool (*visit)(void *self, const struct record *r,
                                       uint64_t offset),
                         void *self, struct err *e)
{
        struct segment_scan s = {0};
        char name[SEGMENT_NAME_MAX];
        enum status st = OK;
        struct stat info;
        char *p;
        int fd;

        segment_name(name, first);
        fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &info) != 0) {
                st = err_set(e, ERR_IO, "%s: %s", name, strerror(errno));
                goto out;
        }
        s.file_bytes = (uint64_t)info.st_size;
        if (s.file_bytes < SEGMENT_MAGIC_BYTES) {
                *ret = s; /* made, and died before the magic was written */
                goto out;
        }
        p = malloc((size_t)s.file_bytes);
        if (!p) {
                st = err_set(e, ERR_MEMORY, "%s", name);
                goto out;
        }
        s.file_bytes = read_all(fd, p, (size_t)s.file_bytes);
        if (s.file_bytes >= SEGMENT_MAGIC_BYTES &&
            memcmp(p, SEGMENT_MAGIC, SEGMENT_MAGIC_BYTES) == 0) {
                scan_bytes(p, (size_t)s.file_bytes, &s, visit, self);
                *ret = s;
        } else if (all_zero(p, (size_t)s.file_bytes)) {
                *ret = s;
        } else {
                st = err_set(e, ERR_CORRUPT,
                             "%s does not begin like a journal segment", name);
        }
        free(p);
out:
        if (fd >= 0)
                close(fd);
        return st;
}

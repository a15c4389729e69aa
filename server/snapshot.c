/* server/snapshot.c -- state on disk. */
#include "server/snapshot.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensors/adapter/crc32c.h"
#include "schemas/pack.h"
#include "server/file.h"

#define MAGIC "SFSNAP1\n"
#define FILES_MAX 1024
#define ANCHOR_SEQS 500000 /* one is kept of so many */

static void path_of(char *dst, const char *state_dir, uint64_t seq)
{
        snprintf(dst, PATH_MAX, "%s/snapshots/%020llu.snap", state_dir,
                 (unsigned long long)seq);
}

static void put_u32(char *p, uint32_t v)
{
        int i;

        for (i = 0; i < 4; i++)
                p[i] = (char)(v >> (8 * i));
}

enum status snapshot_write(const char *state_dir, const struct state *s,
                           struct err *e)
{
        char path[PATH_MAX];
        struct buf b = {0};
        enum status st;

        snprintf(path, sizeof path, "%s/snapshots", state_dir);
        st = file_make_dir(path, e);
        if (st != OK)
                return st;
        buf_str(&b, MAGIC);
        pack_u32(&b, 0); /* the checksum, known when all is packed */
        state_save(s, &b);
        if (!b.failed)
                put_u32(b.p + 8, crc32c(0, b.p + 12, b.n - 12));
        path_of(path, state_dir, s->seq);
        st = b.failed ? err_set(e, ERR_MEMORY, "snapshot of %zu bytes", b.n)
                      : file_replace(path, buf_as_text(&b), e);
        buf_done(&b);
        return st;
}

static int by_seq_down(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return (x < y) - (x > y);
}

/* Sequences of the snapshot files, newest first. */
static size_t list(const char *state_dir, uint64_t seqs[FILES_MAX])
{
        char path[PATH_MAX];
        struct dirent *d;
        size_t n = 0;
        DIR *dir;

        snprintf(path, sizeof path, "%s/snapshots", state_dir);
        dir = opendir(path);
        if (!dir)
                return 0;
        while ((d = readdir(dir)) && n < FILES_MAX)
                if (strlen(d->d_name) == 25 &&
                    strcmp(d->d_name + 20, ".snap") == 0)
                        seqs[n++] = strtoull(d->d_name, NULL, 10);
        closedir(dir);
        qsort(seqs, n, sizeof *seqs, by_seq_down);
        return n;
}

static enum status load_one(const char *state_dir, uint64_t seq,
                            struct state **ret, struct err *e)
{
        char path[PATH_MAX];
        struct buf b = {0};
        struct state *s = NULL;
        struct unpack u;
        enum status st;

        path_of(path, state_dir, seq);
        st = file_read(path, &b, e);
        if (st != OK)
                goto out;
        u = (struct unpack){b.p + 8, b.n < 8 ? 0 : b.n - 8, b.n < 12};
        if (u.failed || memcmp(b.p, MAGIC, 8) != 0 ||
            unpack_u32(&u) != crc32c(0, b.p + 12, b.n - 12)) {
                st = err_set(e, ERR_CORRUPT, "%s is damaged", path);
                goto out;
        }
        st = state_create(&s, e);
        if (st == OK)
                st = state_load(s, (struct text){u.p, u.n}, e);
        if (st == OK) {
                *ret = s;
                s = NULL;
        }
out:
        state_free(s);
        buf_done(&b);
        return st;
}

enum status snapshot_load(const char *state_dir, uint64_t limit,
                          struct state **ret, uint32_t *ret_damaged,
                          struct err *e)
{
        uint64_t seqs[FILES_MAX];
        size_t n = list(state_dir, seqs), i;
        enum status st;

        *ret_damaged = 0;
        for (i = 0; i < n; i++) {
                if (seqs[i] > limit)
                        continue;
                st = load_one(state_dir, seqs[i], ret, e);
                if (st == OK || st == ERR_MEMORY)
                        return st;
                ++*ret_damaged;
        }
        return state_create(ret, e);
}

enum status snapshot_load_first(const char *state_dir, uint64_t first_seq,
                                struct state **ret, struct err *e)
{
        uint64_t seqs[FILES_MAX];
        size_t i;
        enum status st;

        if (first_seq <= 1)
                return state_create(ret, e);
        for (i = list(state_dir, seqs); i-- > 0;) {
                if (seqs[i] + 1 < first_seq)
                        continue;
                st = load_one(state_dir, seqs[i], ret, e);
                if (st == OK || st == ERR_MEMORY)
                        return st;
        }
        return err_set(e, ERR_MISSING,
                       "the journal begins at %llu, and %s/snapshots has no "
                       "state to go on from",
                       (unsigned long long)first_seq, state_dir);
}

/* Is it the lowest of its half million from which the journal, beginning
 * at first_seq, can go on? */
static bool is_anchor(const uint64_t *seqs, size_t n, size_t i,
                      uint64_t first_seq)
{
        if (seqs[i] + 1 < first_seq)
                return false;
        if (i + 1 == n || seqs[i + 1] + 1 < first_seq)
                return true;
        return seqs[i + 1] / ANCHOR_SEQS != seqs[i] / ANCHOR_SEQS;
}

uint64_t snapshot_tidy(const char *state_dir, uint64_t archived_seq,
                       uint64_t first_seq)
{
        char path[PATH_MAX];
        uint64_t seqs[FILES_MAX], needed = 0;
        size_t n = list(state_dir, seqs), i;
        bool have_archived = false;

        for (i = 0; i < n; i++) {
                if (i < 2 || !have_archived) {
                        needed = seqs[i];
                        have_archived |= seqs[i] <= archived_seq;
                } else if (!is_anchor(seqs, n, i, first_seq)) {
                        path_of(path, state_dir, seqs[i]);
                        unlink(path);
                }
        }
        return have_archived ? needed : 0;
}

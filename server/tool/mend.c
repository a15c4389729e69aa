/* server/tool/mend.c -- damaged snapshots are replaced out of a backup. */
#include "server/tool/mend.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensors/adapter/journal.h"
#include "sensors/adapter/segment.h"
#include "server/file.h"
#include "server/snapshot.h"
#include "server/state.h"
#include "server/tool/backup_set.h"

struct segments {
        char dir[PATH_MAX];
        uint64_t *first;
        size_t n;
};

static enum status list(const char *base, struct segments *s, struct err *e)
{
        int fd;
        enum status st;

        snprintf(s->dir, sizeof s->dir, "%s/journal", base);
        fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return err_set(e, ERR_MISSING, "%s: no journal", s->dir);
        st = segment_list(fd, &s->first, &s->n, e);
        close(fd);
        if (st == OK && s->n == 0)
                st = err_set(e, ERR_MISSING, "%s is empty", s->dir);
        return st;
}

/* It has the lock while it runs; what is torn at the end is cut here. */
static enum status nobody_runs(const char *state_dir, struct err *e)
{
        struct journal_config c = {0};
        struct journal *j = NULL;
        char dir[PATH_MAX];
        enum status st;

        snprintf(dir, sizeof dir, "%s/journal", state_dir);
        c.dir = dir;
        st = journal_open(&c, &j, e);
        journal_close(j);
        return st;
}

static uint64_t last_record(const char *dir)
{
        struct journal_reader *r = NULL;
        struct record x;
        uint64_t last = 0;

        if (journal_reader_open(dir, 0, &r, NULL) != OK)
                return 0;
        while (journal_reader_next(r, &x, NULL) == OK)
                last = x.seq;
        journal_reader_close(r);
        return last;
}

/* Where ours begins the backup has the same segment, or ends just before. */
static enum status check_join(const struct segments *theirs,
                              const struct segments *ours, struct err *e)
{
        uint64_t begin = ours->first[0], last;
        size_t i;

        if (begin <= 1 || theirs->first[0] >= begin)
                return OK; /* nothing is taken of theirs */
        for (i = 0; i < theirs->n; i++)
                if (theirs->first[i] == begin)
                        return OK;
        last = last_record(theirs->dir);
        if (last + 1 == begin)
                return OK;
        return err_set(e, ERR_MISSING,
                       "the backup ends at record %llu and the journal begins "
                       "at %llu: a newer backup is needed",
                       (unsigned long long)last, (unsigned long long)begin);
}

static enum status copy_before(const struct segments *theirs,
                               const struct segments *ours, uint32_t *ret_n,
                               struct err *e)
{
        char name[SEGMENT_NAME_MAX], from[PATH_MAX + 64], to[PATH_MAX + 64];
        enum status st = OK;
        bool gone;
        size_t i;

        *ret_n = 0;
        /* The newest first: a copy that breaks off leaves no hole. */
        for (i = theirs->n; i-- > 0 && st == OK;) {
                if (theirs->first[i] >= ours->first[0])
                        continue;
                segment_name(name, theirs->first[i]);
                snprintf(from, sizeof from, "%s/%s", theirs->dir, name);
                snprintf(to, sizeof to, "%s/%s", ours->dir, name);
                st = backup_set_copy(from, to, &gone, e);
                ++*ret_n;
        }
        return st;
}

/* What a start will find. */
static enum status try_start(const char *state_dir, const char *journal,
                             struct mended *ret, struct err *e)
{
        struct journal_reader *r = NULL;
        struct state *s = NULL;
        struct record x;
        uint32_t damaged;
        enum status st = snapshot_load(state_dir, UINT64_MAX, &s, &damaged, e);

        if (st != OK)
                return st;
        ret->from_seq = s->seq;
        state_free(s);
        st = journal_reader_open(journal, ret->from_seq + 1, &r, e);
        while (st == OK && (st = journal_reader_next(r, &x, e)) == OK)
                ret->records++;
        journal_reader_close(r);
        return st == ERR_TOO_FEW ? OK : st;
}

enum status mend_state(const char *backup, const char *state_dir,
                       struct mended *ret, struct err *e)
{
        struct segments theirs = {.n = 0}, ours = {.n = 0};
        char from[PATH_MAX], to[PATH_MAX];
        struct mended m = {0};
        enum status st = list(state_dir, &ours, e);

        if (st == OK)
                st = nobody_runs(state_dir, e);
        if (st == OK)
                st = list(backup, &theirs, e);
        if (st == OK)
                st = check_join(&theirs, &ours, e);
        if (st == OK)
                st = copy_before(&theirs, &ours, &m.segments, e);
        snprintf(from, sizeof from, "%s/snapshots", backup);
        snprintf(to, sizeof to, "%s/snapshots", state_dir);
        if (st == OK)
                st = backup_set_copy_folder(from, to, ".snap", &m.snapshots, e);
        if (st == OK)
                st = try_start(state_dir, ours.dir, &m, e);
        free(theirs.first);
        free(ours.first);
        if (st == OK)
                *ret = m;
        return st;
}

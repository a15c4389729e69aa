/* server/recover.c -- from disk to a running state. */
#include "server/recover.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "schemas/time.h"
#include "sensors/adapter/journal.h"
#include "server/clock.h"
#include "server/log.h"
#include "server/pipeline.h"
#include "server/row.h"
#include "server/snapshot.h"

static void tell_progress(int64_t *told_us, uint64_t n, const struct state *s)
{
        char at[48];

        if (clock_mono_us() - *told_us < SECOND_US)
                return;
        *told_us = clock_mono_us();
        time_format_beijing(at, s->engine_us);
        log_info("replay", "records=%llu seq=%llu engine=%s",
                 (unsigned long long)n, (unsigned long long)s->seq, at);
}

static enum status replay(struct journal_reader *reader, struct state *s,
                          struct archive *archive, uint64_t *ret_n,
                          struct err *e)
{
        int64_t told_us = clock_mono_us();
        struct effects fx;
        struct record r;
        struct buf rows = {0};
        enum status st;

        effects_init(&fx);
        while ((st = journal_reader_next(reader, &r, e)) == OK) {
                st = pipeline_step(s, &r, &fx, e);
                if (st != OK)
                        break;
                if (archive) {
                        buf_clear(&rows);
                        rows_encode(s, &r, &fx, &rows);
                        archive_put(archive, r.seq, buf_as_text(&rows));
                }
                tell_progress(&told_us, ++*ret_n, s);
        }
        effects_done(&fx);
        buf_done(&rows);
        return st == ERR_TOO_FEW ? OK : st;
}

enum status recover(const char *state_dir, struct archive *archive,
                    struct recovery *ret, struct err *e)
{
        uint64_t limit =
                archive ? archive_position_hint(state_dir) : UINT64_MAX;
        struct journal_reader *reader = NULL;
        struct recovery out = {0};
        char dir[PATH_MAX];
        enum status st;

        st = snapshot_load(state_dir, limit, &out.state, &out.damaged, e);
        if (st != OK)
                return st;
        out.from_seq = out.state->seq;
        snprintf(dir, sizeof dir, "%s/journal", state_dir);
        st = journal_reader_open(dir, out.state->seq + 1, &reader, e);
        if (st == OK)
                st = replay(reader, out.state, archive, &out.replayed, e);
        journal_reader_close(reader);
        if (st != OK) {
                state_free(out.state);
                return st;
        }
        *ret = out;
        return OK;
}

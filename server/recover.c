/* server/recover.c -- from disk to a running state. */
#include "server/recover.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "schemas/time.h"
#include "sensors/adapter/journal.h"
#include "server/clock.h"
#include "server/log.h"
#include "server/pictures.h"
#include "server/pipeline.h"
#include "server/row.h"
#include "server/snapshot.h"

#define DATABASE_WAIT_US (3 * SECOND_US)

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

static enum status replay(const char *state_dir, struct journal_reader *reader,
                          struct state *s, struct archive *archive,
                          uint64_t *ret_n, struct err *e)
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
                if (state_dir)
                        pictures_write_now(state_dir, s, &fx);
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

/* How far the database is, asked while it answers at once; else what we
 * last knew.  A database that was restored from an older backup says so
 * here, and gets the rows again that it lost. */
static uint64_t archived_seq(const char *state_dir, struct archive *archive,
                             uint64_t last_seq)
{
        uint64_t hint = archive_position_hint(state_dir);
        int64_t until = clock_mono_us() + DATABASE_WAIT_US;
        struct archive_status s;

        do {
                archive_get_status(archive, &s);
                if (s.up && s.database_position_at_connect <= last_seq)
                        return s.database_position_at_connect;
                if (s.up || s.last_error[0])
                        return hint;
                usleep(10000);
        } while (clock_mono_us() < until);
        return hint;
}

/* Neither a snapshot nor the whole journal: no state to go on from. */
static enum status say_how(uint32_t damaged, struct err *e)
{
        char why[sizeof e->msg];

        if (!e)
                return ERR_MISSING;
        snprintf(why, sizeof why, "%s", e->msg);
        return err_set(e, ERR_MISSING,
                       "no snapshot can be read (%u damaged), and %s. With a "
                       "backup: sanfang restore --mend --from DIR "
                       "(docs/operations.md, section 8)",
                       damaged, why);
}

/* A snapshot not beyond limit, and a reader behind it.  When the journal
 * no longer reaches back so far, the newest snapshot has to do; the archive
 * notes the gap. */
static enum status begin(const char *state_dir, struct archive *archive,
                         uint64_t limit, struct recovery *out,
                         struct journal_reader **ret, struct err *e)
{
        char dir[PATH_MAX];
        enum status st;

        snprintf(dir, sizeof dir, "%s/journal", state_dir);
        st = snapshot_load(state_dir, limit, &out->state, &out->damaged, e);
        if (st != OK)
                return st;
        st = journal_reader_open(dir, out->state->seq + 1, ret, e);
        if (st == ERR_MISSING && limit == UINT64_MAX)
                return say_how(out->damaged, e);
        if (st != ERR_MISSING)
                return st;
        if (archive)
                archive_let_gap_stand(archive);
        log_warn("journal_too_short",
                 "archived=%llu msg=\"%s; going on from the newest "
                 "snapshot\"",
                 (unsigned long long)limit, e ? e->msg : "");
        state_free(out->state);
        out->state = NULL;
        return begin(state_dir, archive, UINT64_MAX, out, ret, e);
}

enum status recover(const char *state_dir, struct archive *archive,
                    uint64_t last_seq, struct recovery *ret, struct err *e)
{
        uint64_t limit = archive ? archived_seq(state_dir, archive, last_seq)
                                 : UINT64_MAX;
        struct journal_reader *reader = NULL;
        struct recovery out = {0};
        enum status st = begin(state_dir, archive, limit, &out, &reader, e);

        if (st == OK) {
                out.from_seq = out.state->seq;
                st = replay(last_seq ? state_dir : NULL, reader, out.state,
                            archive, &out.replayed, e);
        }
        journal_reader_close(reader);
        if (st != OK) {
                state_free(out.state);
                return st;
        }
        *ret = out;
        return OK;
}

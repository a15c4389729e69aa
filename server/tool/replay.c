/* server/tool/replay.c -- `sanfang replay`: the same journal gives the same
 * alerts, with the same identifiers, byte for byte. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/archive.h"
#include "server/clock.h"
#include "server/paths.h"
#include "server/row.h"
#include "server/tool/replay_run.h"
#include "server/tool/tool.h"

/* What is done with each step. */
struct replay {
        FILE *alerts; /* canonical lines, or NULL */
        struct archive *archive;
        struct buf rows;
        uint64_t records, changes, last_seq;
};

static void print_change(FILE *to, const struct state *s,
                         const struct alert_change *c)
{
        struct buf b = {0};

        replay_line(&b, s, c);
        fwrite(b.p, 1, b.n, to);
        buf_done(&b);
}

static void use_step(void *self, const struct state *s, const struct record *r,
                     const struct effects *fx)
{
        struct replay *w = self;
        uint32_t i;

        w->records++;
        w->last_seq = r->seq;
        for (i = 0; i < fx->n_alert; i++) {
                w->changes++;
                if (w->alerts)
                        print_change(w->alerts, s, &fx->alert[i]);
        }
        if (!w->archive)
                return;
        buf_clear(&w->rows);
        rows_encode(s, r, fx, &w->rows);
        archive_put(w->archive, r->seq, buf_as_text(&w->rows));
}

static enum status wait_archive(struct archive *a, uint64_t seq, struct err *e)
{
        struct archive_status s;

        do {
                usleep(20000);
                archive_get_status(a, &s);
        } while (s.up && !s.behind && s.position < seq);
        if (s.position >= seq)
                return OK;
        return err_set(e, ERR_UNAVAILABLE, "database: %.200s", s.last_error);
}

static enum status run(const char *journal_dir, struct replay *w, struct err *e)
{
        enum status st =
                replay_run(journal_dir, (struct text){NULL, 0}, use_step, w, e);

        if (st == OK && w->archive)
                st = wait_archive(w->archive, w->last_seq, e);
        return st;
}

static enum status wait_database(struct archive *a, struct err *e)
{
        int64_t until = clock_mono_us() + 60 * INT64_C(1000000);
        struct archive_status s;

        do {
                archive_get_status(a, &s);
                if (s.up)
                        return OK;
                usleep(50000);
        } while (clock_mono_us() < until);
        return err_set(e, ERR_UNAVAILABLE, "database: %s", s.last_error);
}

static void no_notice(void *self)
{
        (void)self;
}

/* What the archive leaves in its folder. */
static void remove_folder(const char *dir)
{
        static const char *const names[] = {"archive.pos", "archive.line",
                                            "archive.spill"};
        char path[PATH_MAX];
        size_t i;

        for (i = 0; i < sizeof names / sizeof names[0]; i++) {
                snprintf(path, sizeof path, "%s/%s", dir, names[i]);
                unlink(path);
        }
        rmdir(dir);
}

static int replay_into(const char *journal, const char *db, const char *out)
{
        char dir[] = "/tmp/sanfang-replay-XXXXXX";
        struct archive_config ac = {.uri = db,
                                    .dir = dir,
                                    .migrations_dir = paths_sql_dir(),
                                    .notify = no_notice};
        struct replay w = {0};
        struct err e = {0};
        enum status st = OK;

        if (out)
                w.alerts = strcmp(out, "-") ? fopen(out, "w") : stdout;
        if (out && !w.alerts)
                st = err_set(&e, ERR_IO, "cannot write %s", out);
        if (st == OK && db) {
                if (!mkdtemp(dir))
                        st = err_set(&e, ERR_IO, "no folder in /tmp");
                if (st == OK)
                        st = archive_create(&ac, &w.archive, &e);
                if (st == OK)
                        st = wait_database(w.archive, &e);
        }
        if (st == OK)
                st = run(journal, &w, &e);
        archive_free(w.archive);
        buf_done(&w.rows);
        if (db)
                remove_folder(dir);
        if (w.alerts && fflush(w.alerts) != 0 && st == OK)
                st = err_set(&e, ERR_IO, "cannot write the alerts");
        if (st != OK)
                return tool_fail(&e);
        fprintf(stderr, "%llu records, %llu alert changes\n",
                (unsigned long long)w.records, (unsigned long long)w.changes);
        return 0;
}

static int usage_replay(FILE *to)
{
        fputs("Usage: sanfang replay [--journal DIR] [--db URI] [--alerts "
              "FILE|-]\n\n"
              "Runs a journal from its beginning and prints every change of "
              "an alert as a\nline of canonical JSON; with --db also writes "
              "all rows into an (empty)\ndatabase.  The same journal always "
              "gives the same bytes.\n\n"
              "  --journal DIR   default $SANFANG_STATE_DIR/journal\n",
              to);
        return to == stdout ? 0 : 2;
}

int tool_replay(int argc, char **argv)
{
        static const struct option options[] = {
                {"journal", required_argument, NULL, 'j'},
                {"db", required_argument, NULL, 'd'},
                {"alerts", required_argument, NULL, 'a'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        const char *db = NULL, *out = NULL;
        char journal[PATH_MAX];
        int o;

        snprintf(journal, sizeof journal, "%s/journal", tool_state_dir());
        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'j')
                        snprintf(journal, sizeof journal, "%s", optarg);
                else if (o == 'd')
                        db = optarg;
                else if (o == 'a')
                        out = optarg;
                else
                        return usage_replay(o == 'h' ? stdout : stderr);
        }
        return replay_into(journal, db, out);
}

/* server/tool/export.c -- `sanfang export days`: a journal, or the archive,
 * prepared for back-tests.
 *
 * The journal is run once, with the sensors; what they make of it is kept,
 * so that a back-test need not read messages again (schemas/prepared.h).
 * The archive has kept it already. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "server/prepare.h"
#include "server/snapshot.h"
#include "server/tool/days.h"
#include "server/tool/tool.h"

static const char usage[] =
        "usage: sanfang export days [--journal DIR | --archive CONNINFO] "
        "FOLDER\n"
        "Runs a journal once and writes into FOLDER a file for each day with\n"
        "what its messages said: `sanfang rules backtest --days FOLDER` then\n"
        "tries a table on it without reading them again.  The same alerts\n"
        "come out of both.  Works while the server writes; a journal whose\n"
        "older segments are gone begins with its oldest snapshot, which goes\n"
        "into FOLDER too.  No password goes into it, but all else that the\n"
        "journal holds: keep it as well as that.\n"
        "  --journal DIR   default $SANFANG_STATE_DIR/journal\n"
        "  --archive CONNINFO\n"
        "                  the same files out of the PostGIS archive, which "
        "keeps what\n"
        "                  the rules were given longer than the journal is "
        "kept;\n"
        "                  a libpq connection string of the schema's owner\n";

struct export
{
        struct days_out days;
        bool babble; /* before the record */
};

static void on_step(void *self, const struct state *s, const struct record *r,
                    const struct effects *fx)
{
        struct export *x = self;
        enum prepared_babble babble = x->babble == s->babble ? BABBLE_AS_BEFORE
                                      : s->babble            ? BABBLE_BEGINS
                                                             : BABBLE_ENDS;

        if (!prepare_wants(r, fx))
                return;
        if (r->kind == RECORD_TICK)
                x->babble = s->babble;
        prepare_put(days_at(&x->days, s->engine_us), s, r, fx, babble);
}

static void forget_secrets(struct state *s)
{
        uint32_t i;

        for (i = 0; i < s->n_users; i++)
                snprintf(s->users[i].hash, sizeof s->users[i].hash, "%s",
                         PREPARE_NO_HASH);
        s->n_sessions = 0;
}

static enum status begin(struct export *x, const char *journal,
                         const char *folder, struct err *e)
{
        struct state *s = NULL;
        enum status st = replay_begin(journal, &s, e);

        if (st == OK)
                st = days_create(&x->days, folder, s->seq, e);
        if (st == OK) {
                x->babble = s->babble;
                forget_secrets(s);
        }
        if (st == OK && s->seq)
                st = snapshot_write(folder, s, e);
        state_free(s);
        return st;
}

static enum status export_journal(struct export *x, const char *journal,
                                  const char *folder, struct err *e)
{
        enum status st = begin(x, journal, folder, e);

        return st == OK ? replay_run(journal, (struct text){"", 0}, on_step, x,
                                     e)
                        : st;
}

static enum status export_archive(struct export *x, const char *archive,
                                  const char *folder, struct err *e)
{
        enum status st = days_create(&x->days, folder, 0, e);

        return st == OK ? days_from_archive(archive, &x->days, e) : st;
}

/* archive: NULL, the journal. */
static int export_days(const char *journal, const char *archive,
                       const char *folder)
{
        struct export x = {.babble = false};
        struct err e = {0};
        enum status st = archive ? export_archive(&x, archive, folder, &e)
                                 : export_journal(&x, journal, folder, &e);
        enum status closed;

        closed = days_close(&x.days, st == OK ? &e : &(struct err){0});
        if (st != OK || closed != OK)
                return tool_fail(&e);
        printf("%u day files, %llu items, %.1f MB in %s\n", x.days.n_files,
               (unsigned long long)x.days.items_n, (double)x.days.bytes / 1e6,
               folder);
        return 0;
}

int tool_export(int argc, char **argv)
{
        static const struct option options[] = {
                {"journal", required_argument, NULL, 'j'},
                {"archive", required_argument, NULL, 'a'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        const char *archive = NULL;
        char journal[PATH_MAX];
        int o;

        snprintf(journal, sizeof journal, "%s/journal", tool_state_dir());
        while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
                if (o == 'h') {
                        fputs(usage, stdout);
                        return 0;
                }
                if (o == 'a')
                        archive = optarg;
                else if (o == 'j')
                        snprintf(journal, sizeof journal, "%s", optarg);
                else
                        return fputs(usage, stderr), 2;
        }
        if (argc - optind != 2 || strcmp(argv[optind], "days") != 0)
                return fputs(usage, stderr), 2;
        return export_days(journal, archive, argv[optind + 1]);
}

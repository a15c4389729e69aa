/* server/tool/backup.c -- `sanfang backup`: a copy that fits together.
 *
 * While the server runs, files only grow at their end and old ones go.  A
 * state needs its journal from there on, and the database must not know
 * more than the journal, so the order is: snapshots, a position that the
 * database has passed, journal, database, and what the journal got since.
 * A segment whose tail we hold may have been finished and removed before
 * the second look: then the copy is begun again. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sensors/adapter/journal.h"
#include "server/adapter/pg.h"
#include "server/archive.h"
#include "server/file.h"
#include "server/tool/backup_set.h"
#include "server/tool/tool.h"

#define TRIES 3

static int usage(FILE *to)
{
        fputs("Usage: sanfang backup --to DIR [--state-dir DIR] [--db URI]\n\n"
              "Copies snapshots and journal, and with --db (or $SANFANG_DB) "
              "a dump of the\ndatabase's schema sanfang by pg_dump, into a "
              "new folder with check sums.  The\nserver may run meanwhile.  "
              "An existing folder that holds something is refused.\n",
              to);
        return to == stdout ? 0 : 2;
}

struct job {
        const char *state_dir, *to, *db;
        uint32_t snapshots, segments;
        uint64_t position;    /* the database has passed it */
        uint64_t first, last; /* of the copied journal */
};

static enum status dump(const struct job *j, struct err *e)
{
        char file[PATH_MAX];
        char *argv[] = {(char *)"pg_dump",
                        (char *)"--format=custom",
                        (char *)"--schema=sanfang",
                        (char *)"--no-password",
                        (char *)"--file",
                        file,
                        NULL};
        enum status st;

        snprintf(file, sizeof file, "%s/" SET_DUMP, j->to);
        /* By the environment: a command line is open to everybody. */
        st = pg_environment(j->db, e);
        return st == OK ? backup_set_run(argv, e) : st;
}

static enum status copy_journal(struct job *j, struct err *e)
{
        char from[PATH_MAX], to[PATH_MAX];

        snprintf(from, sizeof from, "%s/journal", j->state_dir);
        snprintf(to, sizeof to, "%s/journal", j->to);
        return backup_set_copy_folder(from, to, ".seg", &j->segments, e);
}

static enum status copy_state(struct job *j, struct err *e)
{
        char from[PATH_MAX], to[PATH_MAX];
        enum status st;

        snprintf(from, sizeof from, "%s/snapshots", j->state_dir);
        snprintf(to, sizeof to, "%s/snapshots", j->to);
        st = backup_set_copy_folder(from, to, ".snap", &j->snapshots, e);
        if (st != OK)
                return st;
        /* Read after the snapshots: one of them is not beyond it. */
        j->position = archive_position_hint(j->state_dir);
        st = copy_journal(j, e);
        if (st == OK && j->db)
                st = dump(j, e);
        return st == OK ? copy_journal(j, e) : st;
}

/* Reads the copied journal through.  A torn last record is what a crash
 * would leave, and is cut when the journal is opened. */
static enum status read_through(struct job *j, struct err *e)
{
        struct journal_reader *reader = NULL;
        char dir[PATH_MAX];
        struct record r;
        enum status st;

        j->first = j->last = 0;
        if (j->segments == 0)
                return OK;
        snprintf(dir, sizeof dir, "%s/journal", j->to);
        st = journal_reader_open(dir, 0, &reader, e);
        while (st == OK && (st = journal_reader_next(reader, &r, e)) == OK) {
                if (!j->first)
                        j->first = r.seq;
                j->last = r.seq;
        }
        journal_reader_close(reader);
        return st == ERR_TOO_FEW ? OK : st;
}

/* Text files beside the copies: what restore and people need. */
static enum status write_notes(const struct job *j, struct err *e)
{
        char path[PATH_MAX], text[400];
        time_t now = time(NULL);
        struct tm utc;
        enum status st;
        int n;

        gmtime_r(&now, &utc);
        snprintf(path, sizeof path, "%s/archive.pos", j->to);
        n = snprintf(text, sizeof text, "%llu\n",
                     (unsigned long long)j->position);
        st = file_replace(path, (struct text){text, (size_t)n}, e);
        if (st != OK)
                return st;
        snprintf(path, sizeof path, "%s/about", j->to);
        n = (int)strftime(text, sizeof text,
                          "format=1\nmade_at=%Y-%m-%dT%H:%M:%SZ\n", &utc);
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "version=" SANFANG_VERSION "\nfirst_seq=%llu\n"
                      "last_seq=%llu\nposition=%llu\ndatabase=%s\n",
                      (unsigned long long)j->first, (unsigned long long)j->last,
                      (unsigned long long)j->position, j->db ? SET_DUMP : "");
        return file_replace(path, (struct text){text, (size_t)n}, e);
}

static enum status backup(struct job *j, struct err *e)
{
        enum status st = OK;

        if (!backup_set_is_empty(j->to))
                return err_set(e, ERR_CONFLICT,
                               "%s holds something already; a backup needs a "
                               "folder of its own",
                               j->to);
        if (backup_set_is_empty(j->state_dir))
                return err_set(e, ERR_CONFIG, "nothing in %s to back up",
                               j->state_dir);
        st = file_make_dir(j->to, e);
        for (int i = 0; st == OK && i < TRIES; i++) {
                st = copy_state(j, e);
                if (st != OK)
                        break;
                st = read_through(j, e);
                if (st != ERR_CORRUPT)
                        break;
                if (i + 1 < TRIES)
                        st = OK; /* segments went while we copied */
        }
        if (st == OK)
                st = write_notes(j, e);
        return st == OK ? backup_set_write_sums(j->to, e) : st;
}

int tool_backup(int argc, char **argv)
{
        static const struct option options[] = {
                {"to", required_argument, NULL, 't'},
                {"state-dir", required_argument, NULL, 's'},
                {"db", required_argument, NULL, 'd'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        struct job j = {.state_dir = tool_state_dir(),
                        .db = getenv("SANFANG_DB")};
        struct err e = {0};
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 't')
                        j.to = optarg;
                else if (o == 's')
                        j.state_dir = optarg;
                else if (o == 'd')
                        j.db = optarg;
                else
                        return usage(o == 'h' ? stdout : stderr);
        }
        if (argc != optind || !j.to)
                return usage(stderr);
        if (j.db && !*j.db)
                j.db = NULL;
        if (backup(&j, &e) != OK)
                return tool_fail(&e);
        printf("%s: %u snapshots, %u segments, records %llu to %llu, %s\n",
               j.to, j.snapshots, j.segments, (unsigned long long)j.first,
               (unsigned long long)j.last,
               j.db ? "database dumped" : "no database (--db)");
        return 0;
}

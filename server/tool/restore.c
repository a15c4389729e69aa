/* server/tool/restore.c -- `sanfang restore`: a backup into an empty place.
 *
 * Everything is checked before anything is written: the sums of all
 * files, an empty state directory, a database without schema sanfang. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/adapter/pg.h"
#include "server/file.h"
#include "server/tool/backup_set.h"
#include "server/tool/mend.h"
#include "server/tool/tool.h"

static int usage(FILE *to)
{
        fputs("Usage: sanfang restore --from DIR [--state-dir DIR] "
              "[--db URI]\n\n"
              "Checks every sum of the backup, then brings snapshots and "
              "journal into an empty\nstate directory and, with --db, the "
              "dump into a database that has no schema\nsanfang yet.  "
              "Refuses any other target.  Stop the server before.\n\n"
              "       sanfang restore --mend --from DIR [--state-dir DIR]\n\n"
              "For a server that does not start because no snapshot can be "
              "read: brings the\nbackup's snapshots, and its journal as far "
              "as it stands before ours, into the\nstate directory.  The "
              "journal there stays as it is, and is replayed at the start.\n",
              to);
        return to == stdout ? 0 : 2;
}

struct job {
        const char *from, *state_dir, *db;
        uint32_t files, snapshots, segments;
        bool mend;
};

static enum status check_database(const struct job *j, bool *ret_reader,
                                  struct err *e)
{
        struct pg_config c = {.uri = j->db,
                              .name = "sanfang restore",
                              .statement_timeout_ms = 60000,
                              .lock_timeout_ms = 5000};
        struct pg *pg = NULL;
        enum status st = pg_open(&c, &pg, e);

        if (st != OK)
                return st;
        if (pg_run(pg, "SELECT 1 FROM pg_namespace WHERE nspname = 'sanfang'",
                   0, NULL) != PG_DONE)
                st = err_set(e, ERR_UNAVAILABLE, "%s", pg_error(pg));
        else if (pg_rows(pg) > 0)
                st = err_set(e, ERR_CONFLICT,
                             "the database has a schema sanfang already; "
                             "restore into a new one");
        else if (pg_script(pg, "CREATE EXTENSION IF NOT EXISTS postgis"
                               " SCHEMA public") != PG_DONE)
                st = err_set(e, ERR_UNAVAILABLE, "extension postgis: %s",
                             pg_error(pg));
        if (st == OK) {
                /* The grants of the dump name this role. */
                pg_script(pg, "CREATE ROLE sanfang_reader NOLOGIN");
                *ret_reader = pg_run(pg,
                                     "SELECT 1 FROM pg_roles WHERE rolname ="
                                     " 'sanfang_reader'",
                                     0, NULL) == PG_DONE &&
                              pg_rows(pg) == 1;
        }
        pg_close(pg);
        return st;
}

static enum status load_dump(const struct job *j, bool grants, struct err *e)
{
        char file[PATH_MAX];
        char *argv[] = {(char *)"pg_restore",
                        (char *)"--exit-on-error",
                        (char *)"--single-transaction",
                        (char *)"--no-owner",
                        (char *)"--no-password",
                        (char *)"--dbname",
                        (char *)"",
                        file,
                        grants ? NULL : (char *)"--no-privileges",
                        NULL};
        enum status st = pg_environment(j->db, e);
        const char *name = getenv("PGDATABASE");

        snprintf(file, sizeof file, "%s/" SET_DUMP, j->from);
        argv[6] = (char *)(name ? name : "");
        return st == OK ? backup_set_run(argv, e) : st;
}

static enum status copy_state(struct job *j, struct err *e)
{
        char from[PATH_MAX], to[PATH_MAX];
        bool gone;
        enum status st = file_make_dir(j->state_dir, e);

        snprintf(from, sizeof from, "%s/snapshots", j->from);
        snprintf(to, sizeof to, "%s/snapshots", j->state_dir);
        if (st == OK)
                st = backup_set_copy_folder(from, to, ".snap", &j->snapshots,
                                            e);
        snprintf(from, sizeof from, "%s/journal", j->from);
        snprintf(to, sizeof to, "%s/journal", j->state_dir);
        if (st == OK)
                st = backup_set_copy_folder(from, to, ".seg", &j->segments, e);
        snprintf(from, sizeof from, "%s/archive.pos", j->from);
        snprintf(to, sizeof to, "%s/archive.pos", j->state_dir);
        return st == OK ? backup_set_copy(from, to, &gone, e) : st;
}

static enum status check(struct job *j, bool *ret_grants, struct err *e)
{
        char dump[PATH_MAX];
        enum status st = backup_set_check_sums(j->from, &j->files, e);

        if (st != OK)
                return st;
        if (!backup_set_is_empty(j->state_dir))
                return err_set(e, ERR_CONFLICT,
                               "%s is not empty; restore needs an empty state "
                               "directory",
                               j->state_dir);
        snprintf(dump, sizeof dump, "%s/" SET_DUMP, j->from);
        if (j->db && access(dump, R_OK) != 0)
                return err_set(e, ERR_CONFIG,
                               "%s has no " SET_DUMP
                               ": it was made without --db",
                               j->from);
        return j->db ? check_database(j, ret_grants, e) : OK;
}

static int mend(struct job *j, struct err *e)
{
        struct mended m = {0};
        enum status st = backup_set_check_sums(j->from, &j->files, e);

        if (st == OK)
                st = mend_state(j->from, j->state_dir, &m, e);
        if (st != OK)
                return tool_fail(e);
        printf("%s: %u snapshots and %u segments from %s; a start goes on "
               "from record %llu and replays %llu\n",
               j->state_dir, m.snapshots, m.segments, j->from,
               (unsigned long long)m.from_seq, (unsigned long long)m.records);
        return 0;
}

int tool_restore(int argc, char **argv)
{
        static const struct option options[] = {
                {"from", required_argument, NULL, 'f'},
                {"state-dir", required_argument, NULL, 's'},
                {"db", required_argument, NULL, 'd'},
                {"mend", no_argument, NULL, 'm'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        struct job j = {.state_dir = tool_state_dir()};
        struct err e = {0};
        bool grants = false;
        enum status st;
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'f')
                        j.from = optarg;
                else if (o == 's')
                        j.state_dir = optarg;
                else if (o == 'd')
                        j.db = optarg;
                else if (o == 'm')
                        j.mend = true;
                else
                        return usage(o == 'h' ? stdout : stderr);
        }
        if (argc != optind || !j.from || (j.mend && j.db))
                return usage(stderr);
        if (j.mend)
                return mend(&j, &e);
        st = check(&j, &grants, &e);
        if (st == OK && j.db)
                st = load_dump(&j, grants, &e);
        if (st == OK)
                st = copy_state(&j, &e);
        if (st != OK)
                return tool_fail(&e);
        printf("%s: %u snapshots and %u segments from %s (%u files good)%s\n",
               j.state_dir, j.snapshots, j.segments, j.from, j.files,
               j.db ? ", database restored" : "");
        return 0;
}

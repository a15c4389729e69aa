/* server/migrate.c -- see migrate.h. */
#include "server/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/buf.h"

#define LOCK_KEY "7311623010101" /* "sanfang", any fixed number */
#define FILE_MAX (4u << 20)
#define PATIENCE_MS (3600 * 1000) /* a migration may rewrite a table */

static const char bootstrap[] =
        "CREATE SCHEMA IF NOT EXISTS sanfang;"
        "CREATE TABLE IF NOT EXISTS sanfang.migration ("
        " name text PRIMARY KEY, checksum text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now())";

static enum status refused(const struct pg *p, const char *what, struct err *e)
{
        return err_set(e, ERR_UNAVAILABLE, "%s: %s", what, pg_error(p));
}

static enum status read_file(const char *dir, const char *name, struct buf *b,
                             struct err *e)
{
        char path[512];
        char *room;
        FILE *f;
        size_t n;

        snprintf(path, sizeof(path), "%s/%s", dir, name);
        f = fopen(path, "re");
        if (!f)
                return err_set(e, ERR_CONFIG, "%s: %s", path, strerror(errno));
        b->limit = FILE_MAX;
        while ((room = buf_room(b, 4096)) && (n = fread(room, 1, 4096, f)) > 0)
                b->n += n;
        buf_char(b, 0);
        fclose(f);
        if (b->failed)
                return err_set(e, ERR_CONFIG, "%s: larger than 4 MiB", path);
        return OK;
}

/* The file's text is in b.  Applies it unless that was done before. */
static enum status apply(struct pg *p, const char *name, const struct buf *b,
                         int *applied, struct err *e)
{
        const char *params[] = {name, b->p};
        struct text known;

        if (pg_run(p,
                   "SELECT (SELECT checksum FROM sanfang.migration"
                   " WHERE name = $1),"
                   " encode(sha256(convert_to($2, 'UTF8')), 'hex')",
                   2, params) != PG_DONE)
                return refused(p, name, e);
        known = pg_value(p, 0, 0);
        if (known.p && !text_eq(known, pg_value(p, 0, 1)))
                return err_set(e, ERR_MISMATCH,
                               "migration %s was changed after it had been "
                               "applied; put the old file back and add a "
                               "new one",
                               name);
        if (known.p)
                return OK;

        if (pg_script(p, "BEGIN; SET LOCAL statement_timeout = 0") != PG_DONE ||
            pg_script(p, b->p) != PG_DONE ||
            pg_run(p,
                   "INSERT INTO sanfang.migration (name, checksum) VALUES"
                   " ($1, encode(sha256(convert_to($2, 'UTF8')), 'hex'))",
                   2, params) != PG_DONE ||
            pg_commit(p) != PG_DONE) {
                refused(p, name, e);
                pg_script(p, "ROLLBACK");
                return ERR_UNAVAILABLE;
        }
        (*applied)++;
        return OK;
}

static int is_migration(const struct dirent *d)
{
        size_t n = strlen(d->d_name);

        return n > 9 && strspn(d->d_name, "0123456789") == 4 &&
               d->d_name[4] == '_' && !strcmp(d->d_name + n - 4, ".sql");
}

/* A name in the database that no file has: a newer program was here. */
static enum status check_newer(struct pg *p, struct dirent **files, int n,
                               struct err *e)
{
        int64_t rows;
        struct text name;
        int i, k;

        if (pg_run(p, "SELECT name FROM sanfang.migration ORDER BY name", 0,
                   NULL) != PG_DONE)
                return refused(p, "sanfang.migration", e);
        rows = pg_rows(p);
        for (i = 0; i < rows; i++) {
                name = pg_value(p, i, 0);
                for (k = 0; k < n; k++)
                        if (text_is(name, files[k]->d_name))
                                break;
                if (k == n)
                        return err_set(e, ERR_MISMATCH,
                                       "the database has migration %.*s, "
                                       "which this program does not know: "
                                       "it was written by a newer one",
                                       (int)name.n, name.p);
        }
        return OK;
}

static enum status migrate_files(struct pg *p, const char *dir,
                                 struct dirent **files, int n, int *applied,
                                 struct err *e)
{
        enum status st;
        int i;

        int patience;

        if (pg_script(p, bootstrap) != PG_DONE)
                return refused(p, "schema sanfang", e);
        patience = pg_patience(p, PATIENCE_MS);
        st = check_newer(p, files, n, e);
        for (i = 0; st == OK && i < n; i++) {
                struct buf b = {0};

                st = read_file(dir, files[i]->d_name, &b, e);
                if (st == OK)
                        st = apply(p, files[i]->d_name, &b, applied, e);
                buf_done(&b);
        }
        pg_patience(p, patience);
        return st;
}

enum status migrate(struct pg *p, const char *dir, int *ret_applied,
                    struct err *e)
{
        struct dirent **files = NULL;
        enum status st;
        int n, i, applied = 0;

        n = scandir(dir, &files, is_migration, alphasort);
        if (n <= 0) {
                free(files);
                return err_set(e, ERR_CONFIG, "no migrations in %s%s%s", dir,
                               n < 0 ? ": " : "", n < 0 ? strerror(errno) : "");
        }
        if (pg_script(p, "SELECT pg_advisory_lock(" LOCK_KEY ")") != PG_DONE) {
                st = refused(p, "waiting for another migration", e);
        } else {
                st = migrate_files(p, dir, files, n, &applied, e);
                pg_script(p, "SELECT pg_advisory_unlock(" LOCK_KEY ")");
        }
        for (i = 0; i < n; i++)
                free(files[i]);
        free(files);
        if (st == OK)
                *ret_applied = applied;
        return st;
}

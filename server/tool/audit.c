/* server/tool/audit.c -- `sanfang audit verify`: is the chain of acts in
 * the database whole, and the one that the journal makes? */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensors/adapter/journal.h"
#include "server/adapter/pg.h"
#include "server/audit.h"
#include "server/pipeline.h"
#include "server/tool/tool.h"

static int usage(FILE *to)
{
        fputs("Usage: sanfang audit verify --db URI [--journal DIR]\n\n"
              "Recomputes the chain of acts row by row and names the first "
              "row that does not\nfit.  With --journal the rows are also "
              "compared with those that the journal\nmakes (from its "
              "beginning).  Prints the head of the chain: keep it "
              "elsewhere.\n",
              to);
        return to == stdout ? 0 : 2;
}

struct check {
        struct pg *pg;
        uint64_t rows;
        char head[65];
};

static void get_text(const struct pg *pg, int row, int column, char *dst,
                     size_t cap)
{
        if (!text_copy(dst, cap, pg_value(pg, row, column)))
                dst[0] = '\0';
}

static void get_row(const struct pg *pg, int i, struct audit_row *row)
{
        int64_t v = 0;

        memset(row, 0, sizeof *row);
        text_to_i64(pg_value(pg, i, 0), &v);
        row->n = (uint64_t)v;
        text_to_i64(pg_value(pg, i, 1), &v);
        row->seq = (uint64_t)v;
        text_to_i64(pg_value(pg, i, 2), &row->real_us);
        text_to_i64(pg_value(pg, i, 3), &row->engine_us);
        get_text(pg, i, 4, row->user, sizeof row->user);
        get_text(pg, i, 5, row->role, sizeof row->role);
        get_text(pg, i, 6, row->action, sizeof row->action);
        get_text(pg, i, 7, row->subject, sizeof row->subject);
        get_text(pg, i, 8, row->outcome, sizeof row->outcome);
        get_text(pg, i, 9, row->detail, sizeof row->detail);
        get_text(pg, i, 10, row->hash, sizeof row->hash);
}

static enum status check_row(struct check *c, const struct audit_row *row,
                             struct err *e)
{
        char hash[65];

        if (row->n != c->rows + 1)
                return err_set(e, ERR_CORRUPT,
                               "after row %llu comes row %llu: rows are gone",
                               (unsigned long long)c->rows,
                               (unsigned long long)row->n);
        audit_hash(c->head, row, hash);
        if (strcmp(hash, row->hash) != 0)
                return err_set(e, ERR_CORRUPT,
                               "row %llu (%s by %s) was changed, or a row "
                               "before it",
                               (unsigned long long)row->n, row->action,
                               row->user);
        memcpy(c->head, hash, sizeof c->head);
        c->rows++;
        return OK;
}

static enum status check_table(struct check *c, struct err *e)
{
        static const char sql[] =
                "select n, seq, (extract(epoch from real_at) * 1000000)"
                "::bigint, (extract(epoch from at) * 1000000)::bigint, "
                "user_name, role, action, subject, outcome, detail, hash "
                "from sanfang.audit where n > $1 order by n limit 1000";
        char after[24];
        const char *params[] = {after};
        struct audit_row row;
        enum status st = OK;
        int64_t got, i;

        do {
                snprintf(after, sizeof after, "%llu",
                         (unsigned long long)c->rows);
                if (pg_run(c->pg, sql, 1, params) != PG_DONE)
                        return err_set(e, ERR_UNAVAILABLE, "%s",
                                       pg_error(c->pg));
                got = pg_rows(c->pg);
                for (i = 0; i < got && st == OK; i++) {
                        get_row(c->pg, (int)i, &row);
                        st = check_row(c, &row, e);
                }
        } while (st == OK && got == 1000);
        return st;
}

/* The chain's hash at row n as the journal makes it. */
static enum status check_journal(const char *dir, const struct check *c,
                                 struct err *e)
{
        struct journal_reader *reader = NULL;
        struct state *s = NULL;
        struct effects fx;
        struct record r;
        enum status st = state_create(&s, e);

        effects_init(&fx);
        if (st == OK)
                st = journal_reader_open(dir, 1, &reader, e);
        while (st == OK && s->audit_n < c->rows) {
                st = journal_reader_next(reader, &r, e);
                if (st == OK)
                        st = pipeline_step(s, &r, &fx, e);
        }
        if (st == ERR_TOO_FEW ||
            (st == OK && c->rows && strcmp(s->audit_hash, c->head) != 0))
                st = err_set(e, ERR_CORRUPT,
                             "the journal makes another chain than the table "
                             "(%llu rows)",
                             (unsigned long long)c->rows);
        journal_reader_close(reader);
        effects_done(&fx);
        state_free(s);
        return st;
}

static int verify(const char *db, const char *journal)
{
        struct pg_config pc = {.uri = db,
                               .name = "sanfang audit",
                               .statement_timeout_ms = 60000,
                               .lock_timeout_ms = 5000,
                               .read_only = true};
        struct check c = {0};
        struct err e = {0};
        enum status st = pg_open(&pc, &c.pg, &e);

        memset(c.head, '0', 64);
        if (st == OK)
                st = check_table(&c, &e);
        if (st == OK && journal)
                st = check_journal(journal, &c, &e);
        pg_close(c.pg);
        if (st != OK)
                return tool_fail(&e);
        printf("%llu rows, whole; head %s\n", (unsigned long long)c.rows,
               c.head);
        return 0;
}

int tool_audit(int argc, char **argv)
{
        static const struct option options[] = {
                {"db", required_argument, NULL, 'd'},
                {"journal", required_argument, NULL, 'j'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        const char *db = getenv("SANFANG_DB"), *journal = NULL;
        int o;

        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'd')
                        db = optarg;
                else if (o == 'j')
                        journal = optarg;
                else
                        return usage(o == 'h' ? stdout : stderr);
        }
        if (argc - optind != 1 || strcmp(argv[optind], "verify") != 0 || !db)
                return usage(stderr);
        return verify(db, journal);
}

/* server/tool/sl323_db.c -- rows of SL 323 tables out of a PostgreSQL
 * database: one read-only transaction, one cursor per table.
 *
 * Names of tables and columns are found in the catalogue, whatever their
 * case, and quoted there; times and limits are parameters. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/adapter/pg.h"
#include "server/tool/import_sl323.h"

#define STATEMENT_MS 600000
#define LOCK_MS 5000
#define FETCH "FETCH 5000 FROM sl323"

static enum status failed(const struct pg *p, const char *name, struct err *e)
{
        return err_set(e, ERR_UNAVAILABLE, "%s: %s", name, pg_error(p));
}

/* "schema.table", quoted; empty when it is not there. */
static enum status find_table(struct pg *p, const char *schema,
                              const char *name, char *ret, size_t cap,
                              struct err *e)
{
        const char *params[] = {name, schema};

        ret[0] = '\0';
        if (pg_run(p,
                   "SELECT quote_ident(n.nspname)||'.'||quote_ident(c.relname)"
                   " FROM pg_class c JOIN pg_namespace n"
                   " ON n.oid=c.relnamespace WHERE c.relkind IN"
                   " ('r','v','m','f','p') AND lower(c.relname)=lower($1)"
                   " AND CASE WHEN $2='' THEN pg_table_is_visible(c.oid)"
                   " ELSE lower(n.nspname)=lower($2) END",
                   2, params) != PG_DONE)
                return failed(p, name, e);
        if (pg_rows(p) > 1)
                return err_set(e, ERR_DUPLICATE,
                               "%s: there are %lld tables of that name; say "
                               "--schema",
                               name, (long long)pg_rows(p));
        if (pg_rows(p) == 1 && !text_copy(ret, cap, pg_value(p, 0, 0)))
                return err_set(e, ERR_SIZE, "%s: its name is too long", name);
        return OK;
}

/* Row of the catalogue's answer that is this column, or -1. */
static int column_row(const struct pg *p, const char *want)
{
        int i;

        for (i = 0; i < pg_rows(p); i++) {
                struct text t = pg_value(p, i, 0);

                if (t.n == strlen(want) && strncasecmp(t.p, want, t.n) == 0)
                        return i;
        }
        return -1;
}

static enum status put_select(struct pg *p, enum sl323_table t,
                              const char *table, struct buf *sql, struct err *e)
{
        const char *const *want = sl323_columns(t);
        const char *params[] = {table};
        int i, row, tm = -1;

        if (pg_run(p,
                   "SELECT attname, quote_ident(attname) FROM pg_attribute"
                   " WHERE attrelid=$1::regclass AND attnum>0"
                   " AND NOT attisdropped",
                   1, params) != PG_DONE)
                return failed(p, table, e);
        buf_str(sql, "DECLARE sl323 NO SCROLL CURSOR FOR SELECT ");
        for (i = 0; want[i]; i++) {
                row = column_row(p, want[i]);
                if (i < 2 && row < 0)
                        return err_set(e, ERR_MISSING, "%s has no column %s",
                                       table, want[i]);
                if (i == 1)
                        tm = row;
                buf_str(sql, i ? "," : "");
                if (row < 0) {
                        buf_str(sql, "NULL::text");
                        continue;
                }
                buf_str(sql, i == 1 ? "to_char(" : "");
                buf_text(sql, pg_value(p, row, 1));
                buf_str(sql, i == 1 ? ",'YYYY-MM-DD HH24:MI:SS')" : "::text");
        }
        buf_printf(sql, " FROM %s WHERE ", table);
        buf_text(sql, pg_value(p, tm, 1));
        buf_str(sql, " > $1::timestamp ORDER BY 2,1");
        buf_char(sql, '\0');
        return sql->failed ? err_set(e, ERR_MEMORY, "no memory") : OK;
}

/* From where on: what the state says; at the first time the newest 72 h,
 * told by the data and not by the clock. */
static enum status find_begin(struct sl323_import *s, struct pg *p,
                              enum sl323_table t, const char *table,
                              const char *tm, char from[40], struct err *e)
{
        int64_t begin_us = s->begin_us[t];
        struct buf sql = {0};
        struct text newest;
        bool good = true;

        if (begin_us == TIME_NONE) {
                buf_printf(&sql,
                           "SELECT to_char(max(%s),'YYYY-MM-DD HH24:MI:SS') "
                           "FROM %s WHERE %s < now()+interval '1 hour'",
                           tm, table, tm);
                buf_char(&sql, '\0');
                if (sql.failed || pg_run(p, sql.p, 0, NULL) != PG_DONE)
                        good = false;
                buf_done(&sql);
                if (!good)
                        return failed(p, table, e);
                newest = pg_value(p, 0, 0);
                if (!newest.n || !time_parse_beijing(newest, &begin_us))
                        begin_us = 0;
                else
                        begin_us -= SL323_HORIZON_US;
        }
        time_format_beijing(from, begin_us < 0 ? 0 : begin_us);
        from[19] = '\0'; /* wall time */
        from[10] = ' ';
        return OK;
}

static enum status take_rows(struct sl323_import *s, struct pg *p,
                             enum sl323_table t, const char *table,
                             struct err *e)
{
        struct text field[SL323_COLUMNS_MAX] = {{NULL, 0}};
        const char *const *want = sl323_columns(t);
        enum status st = OK;
        int row, i, n;
        char where[200];

        for (;;) {
                if (pg_run(p, FETCH, 0, NULL) != PG_DONE)
                        return failed(p, table, e);
                n = (int)pg_rows(p);
                if (n == 0)
                        return OK;
                for (row = 0; row < n && st == OK; row++) {
                        for (i = 0; want[i]; i++)
                                field[i] = pg_value(p, row, i);
                        snprintf(where, sizeof where, "%s %.*s %.*s", table,
                                 (int)field[0].n, field[0].n ? field[0].p : "",
                                 (int)field[1].n, field[1].n ? field[1].p : "");
                        st = sl323_take(s, t, field, where, e);
                }
                if (st != OK)
                        return st;
        }
}

static enum status from_table(struct sl323_import *s, struct pg *p,
                              enum sl323_table t, const char *table,
                              struct err *e)
{
        struct buf sql = {0};
        char from[48], tm[80];
        const char *params[] = {from};
        enum status st = put_select(p, t, table, &sql, e);
        int row = st == OK ? column_row(p, "TM") : -1;

        if (st == OK && !text_copy(tm, sizeof tm, pg_value(p, row, 1)))
                st = err_set(e, ERR_SIZE, "%s", table);
        if (st == OK)
                st = find_begin(s, p, t, table, tm, from, e);
        if (st == OK && pg_run(p, sql.p, 1, params) != PG_DONE)
                st = failed(p, table, e);
        if (st == OK)
                st = take_rows(s, p, t, table, e);
        if (st == OK && pg_script(p, "CLOSE sl323") != PG_DONE)
                st = failed(p, table, e);
        buf_done(&sql);
        return st;
}

static enum status each_table(struct sl323_import *s, struct pg *p,
                              const char *schema, const char *const *names,
                              struct err *e)
{
        bool all = true;
        enum status st = OK;
        char table[160];
        int t;

        for (t = 0; t < sl323_table_count; t++)
                all &= names[t] == NULL;
        for (t = 0; t < sl323_table_count && st == OK; t++) {
                const char *name =
                        all ? sl323_table_name((enum sl323_table)t) : names[t];

                if (!name)
                        continue;
                st = find_table(p, schema, name, table, sizeof table, e);
                if (st == OK && !table[0] && !all)
                        st = err_set(e, ERR_MISSING, "there is no table %s",
                                     name);
                else if (st == OK && !table[0])
                        fprintf(stderr, "sanfang: there is no table %s\n",
                                name);
                else if (st == OK)
                        st = from_table(s, p, (enum sl323_table)t, table, e);
        }
        return st;
}

enum status sl323_from_db(struct sl323_import *s, const char *uri,
                          const char *schema, const char *const *names,
                          struct err *e)
{
        struct pg_config c = {.uri = uri,
                              .name = "sanfang import sl323",
                              .statement_timeout_ms = STATEMENT_MS,
                              .lock_timeout_ms = LOCK_MS,
                              .read_only = true};
        struct pg *p = NULL;
        enum status st = pg_open(&c, &p, e);

        if (st == OK && pg_script(p, "BEGIN") != PG_DONE)
                st = failed(p, "BEGIN", e);
        if (st == OK)
                st = each_table(s, p, schema, names, e);
        pg_close(p);
        return st;
}

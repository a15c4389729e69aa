/* server/tool/sl323_csv.c -- rows of an SL 323 table out of a CSV file. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/file.h"
#include "server/tool/csv.h"
#include "server/tool/import_sl323.h"

#define FILE_MAX ((size_t)1 << 30)

/* Which field of a line is which of our columns; -1: not in this file. */
static enum status find_columns(const struct csv *c, enum sl323_table t,
                                const char *path, int *at, struct err *e)
{
        const char *const *want = sl323_columns(t);
        bool any = false;
        uint32_t k;
        int i;

        for (i = 0; want[i]; i++) {
                at[i] = -1;
                for (k = 0; k < c->n_fields; k++)
                        if (c->field[k].n == strlen(want[i]) &&
                            strncasecmp(c->field[k].p, want[i],
                                        c->field[k].n) == 0)
                                at[i] = (int)k;
                if (i < 2 && at[i] < 0)
                        return err_set(e, ERR_MISSING,
                                       "%s:1: there is no column %s", path,
                                       want[i]);
                any |= i >= 2 && at[i] >= 0;
        }
        if (!any)
                return err_set(e, ERR_MISSING,
                               "%s:1: no column of %s but STCD and TM", path,
                               sl323_table_name(t));
        return OK;
}

static enum status take_line(struct sl323_import *s, enum sl323_table t,
                             const struct csv *c, const char *path,
                             const int *at, struct err *e)
{
        const char *const *want = sl323_columns(t);
        struct text field[SL323_COLUMNS_MAX] = {{NULL, 0}};
        char where[300];
        int i;

        for (i = 0; want[i]; i++)
                field[i] = at[i] >= 0 && (uint32_t)at[i] < c->n_fields
                                   ? c->field[at[i]]
                                   : TEXT("");
        snprintf(where, sizeof where, "%s:%u", path, c->line);
        return sl323_take(s, t, field, where, e);
}

enum status sl323_from_csv(struct sl323_import *s, enum sl323_table t,
                           const char *path, struct err *e)
{
        struct buf b = {.limit = FILE_MAX};
        struct err why = {0};
        struct csv c;
        int at[SL323_COLUMNS_MAX] = {0};
        enum status st = file_read(path, &b, e);

        csv_init(&c, buf_as_text(&b));
        if (st != OK)
                goto out;
        st = csv_next(&c, &why);
        if (st != OK) {
                err_set(e, st, "%s: %s", path, why.msg);
                goto out;
        }
        st = find_columns(&c, t, path, at, e);
        while (st == OK) {
                st = csv_next(&c, &why);
                if (st == ERR_TOO_FEW) {
                        st = OK;
                        break;
                }
                if (st != OK)
                        err_set(e, st, "%s: %s", path, why.msg);
                else
                        st = take_line(s, t, &c, path, at, e);
        }
out:
        csv_done(&c);
        buf_done(&b);
        return st;
}

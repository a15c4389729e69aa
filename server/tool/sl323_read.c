/* server/tool/sl323_read.c -- rows of the hydrology bureau's tables.
 *
 * Source: SL 323-2011: DRP is the rain of the interval INTV (h.mm) that
 *         ends at TM; DYP the day's that ends at 08:00; RZ the level above
 *         the dam, BLRZ below it, OTQ all that leaves the reservoir. */
#include "server/tool/sl323_read.h"

#include <string.h>
#include <strings.h>

#include "schemas/time.h"

enum { STCD, TM, FIRST };
enum { DRP = FIRST, INTV, DYP };

static const struct {
        const char *name;
        const char *const columns[SL323_COLUMNS_MAX];
        enum element elements[SL323_COLUMNS_MAX];
} tables[sl323_table_count] = {
        [SL323_PPTN] = {"ST_PPTN_R",
                        {"STCD", "TM", "DRP", "INTV", "DYP", NULL},
                        {0}},
        [SL323_RIVER] = {"ST_RIVER_R",
                         {"STCD", "TM", "Z", "Q", NULL},
                         {0, 0, ELEMENT_Z, ELEMENT_Q}},
        [SL323_RSVR] = {"ST_RSVR_R",
                        {"STCD", "TM", "RZ", "BLRZ", "OTQ", "INQ", "W", NULL},
                        {0, 0, ELEMENT_ZU, ELEMENT_ZB, ELEMENT_QA, ELEMENT_INQ,
                         ELEMENT_W}},
};

const char *sl323_table_name(enum sl323_table t)
{
        return tables[t].name;
}

bool sl323_table_from(struct text t, enum sl323_table *ret)
{
        int i;

        for (i = 0; i < sl323_table_count; i++)
                if (t.n == strlen(tables[i].name) &&
                    strncasecmp(t.p, tables[i].name, t.n) == 0) {
                        *ret = (enum sl323_table)i;
                        return true;
                }
        return false;
}

const char *const *sl323_columns(enum sl323_table t)
{
        return tables[t].columns;
}

bool sl323_interval(struct text t, int64_t *ret_us)
{
        int64_t milli, minutes;

        if (!text_to_milli(t, &milli) || milli <= 0 || milli % 10)
                return false;
        minutes = milli % 1000 / 10;
        if (minutes > 59 || milli > 24000)
                return false;
        *ret_us = milli / 1000 * HOUR_US + minutes * MINUTE_US;
        return true;
}

/* char(8) columns come with blanks at the end. */
static struct text trim(struct text t)
{
        while (t.n && t.p[t.n - 1] == ' ')
                t.n--;
        while (t.n && t.p[0] == ' ') {
                t.p++;
                t.n--;
        }
        return t;
}

static enum status add(struct sl323_row *r, const char *column,
                       enum element element, struct text t, struct err *e)
{
        const struct element_info *info = element_info(element);
        int64_t milli;

        if (!text_to_milli(t, &milli))
                return err_set(e, ERR_NUMBER, "%s: \"%.*s\" is no number",
                               column, (int)(t.n < 40 ? t.n : 40), t.p);
        if (milli < info->min_milli || milli > info->max_milli)
                return err_set(
                        e, ERR_RANGE, "%s: %.*s is outside %g..%g %s of %s",
                        column, (int)(t.n < 40 ? t.n : 40), t.p,
                        (double)info->min_milli / 1000,
                        (double)info->max_milli / 1000, info->unit, info->name);
        r->value[r->n++] = (struct sl323_value){element, milli};
        return OK;
}

/* The element that holds the rain of so long an interval. */
static bool rain_element(int64_t length_us, int64_t tm_us, enum element *ret)
{
        int i;

        if (length_us == DAY_US) {
                *ret = ELEMENT_PD;
                return time_hydro_day_end(tm_us) == tm_us;
        }
        for (i = 0; i < ELEMENT_count; i++)
                if (i != ELEMENT_DRP &&
                    element_interval_us((enum element)i) == length_us) {
                        *ret = (enum element)i;
                        return true;
                }
        return false;
}

static enum status rain(const struct text *f, int64_t interval_us,
                        struct sl323_row *r, struct err *e)
{
        struct text intv = trim(f[INTV]), drp = trim(f[DRP]);
        enum element element;
        enum status st = OK;

        if (drp.n) {
                if (intv.n && !sl323_interval(intv, &interval_us))
                        return err_set(
                                e, ERR_SYNTAX, "INTV: \"%.*s\" is no h.mm",
                                (int)(intv.n < 40 ? intv.n : 40), intv.p);
                if (!intv.n && interval_us == 0)
                        return err_set(e, ERR_MISSING,
                                       "INTV: is empty, so DRP says nothing; "
                                       "--interval 1.00 says what it means");
                if (!rain_element(interval_us, r->tm_us, &element))
                        return err_set(e, ERR_UNSUPPORTED,
                                       "INTV: no element of ours holds the "
                                       "rain of %lld minutes up to that time",
                                       (long long)(interval_us / MINUTE_US));
                st = add(r, "DRP", element, drp, e);
        }
        if (st == OK && trim(f[DYP]).n)
                st = add(r, "DYP", ELEMENT_PD, trim(f[DYP]), e);
        return st;
}

static enum status plain(enum sl323_table t, const struct text *f,
                         struct sl323_row *r, struct err *e)
{
        const char *const *columns = tables[t].columns;
        enum status st = OK;
        int i;

        for (i = FIRST; columns[i] && st == OK; i++)
                if (trim(f[i]).n)
                        st = add(r, columns[i], tables[t].elements[i],
                                 trim(f[i]), e);
        return st;
}

enum status sl323_row(enum sl323_table t, const struct text *field,
                      int64_t interval_us, struct sl323_row *ret, struct err *e)
{
        struct text stcd = trim(field[STCD]), tm = trim(field[TM]);
        struct sl323_row r;
        enum status st;

        memset(&r, 0, sizeof r);
        if (!text_is_code(stcd, CODE_MAX))
                return err_set(e, ERR_SYNTAX, "STCD: \"%.*s\" is no code",
                               (int)(stcd.n < 40 ? stcd.n : 40),
                               stcd.n ? stcd.p : "");
        text_copy(r.stcd, sizeof r.stcd, stcd);
        if (!time_parse_beijing(tm, &r.tm_us))
                return err_set(e, ERR_TIME,
                               "TM: \"%.*s\" is no Beijing time, want "
                               "2023-10-20 03:00:00",
                               (int)(tm.n < 40 ? tm.n : 40), tm.n ? tm.p : "");
        st = t == SL323_PPTN ? rain(field, interval_us, &r, e)
                             : plain(t, field, &r, e);
        if (st == OK)
                *ret = r;
        return st;
}

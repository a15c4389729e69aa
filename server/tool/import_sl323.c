/* server/tool/import_sl323.c -- `sanfang import sl323`: rain, river and
 * reservoir rows of the hydrology bureau, each once. */
#include "server/tool/import_sl323.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/clock.h"
#include "server/tool/import.h"

#define FUTURE_US (5 * MINUTE_US)
#define SAVE_EVERY_US (10 * SECOND_US)
#define TELL_EVERY_US (2 * SECOND_US)

static int usage(FILE *to)
{
        fputs("Usage: sanfang import sl323 TABLE=FILE.csv... [OPTIONS]\n"
              "       sanfang import sl323 --db URI [TABLE[=NAME]...] "
              "[OPTIONS]\n\n"
              "TABLE is ST_PPTN_R, ST_RIVER_R or ST_RSVR_R (with --db and "
              "none named: all three\nthat are there).  STCD is the station's "
              "code in the station book.  What was\nimported before is not "
              "imported again; rows that come up to 72 h late are.\n\n"
              "  --schema NAME     where the tables are (default: the search "
              "path)\n"
              "  --from TIME       from this Beijing time on (\"2023-10-20 "
              "08:00\"); default: what\n                    is new; of a "
              "database at the first time, its newest 72 h\n"
              "  --interval H.MM   what a rain row without INTV means\n"
              "  --by NAME         who imports, for the record\n"
              "  --strict          stop at the first wrong or refused row\n"
              "  --state FILE      default $SANFANG_STATE_DIR/sl323.state\n"
              "  --state-dir DIR   default $SANFANG_STATE_DIR\n",
              to);
        return to == stdout ? 0 : 2;
}

/* ---- rows in ---- */

enum status sl323_begin(struct sl323_import *s, const char *state_dir,
                        struct err *e)
{
        enum status st = sl323_seen_load(&s->seen, s->state_file, e);
        int t;

        for (t = 0; t < sl323_table_count; t++)
                s->begin_us[t] =
                        s->from_us != TIME_NONE
                                ? s->from_us - 1
                                : sl323_seen_begin(&s->seen,
                                                   (enum sl323_table)t);
        s->chunk = malloc(SL323_CHUNK * sizeof *s->chunk);
        if (st == OK && !s->chunk)
                st = err_set(e, ERR_MEMORY, "no memory for rows");
        s->now_us = clock_real_us();
        s->saved_us = s->told_us = clock_mono_us();
        return st == OK ? door_open(state_dir, &s->door, e) : st;
}

void sl323_end(struct sl323_import *s)
{
        door_close(s->door);
        sl323_seen_done(&s->seen);
        free(s->chunk);
}

static void tell_progress(struct sl323_import *s)
{
        if (clock_mono_us() - s->told_us < TELL_EVERY_US)
                return;
        s->told_us = clock_mono_us();
        fprintf(stderr, "sanfang: %s: %llu rows read, %llu values taken\n",
                sl323_table_name(s->table), (unsigned long long)s->counts.read,
                (unsigned long long)s->counts.values);
}

/* A row that cannot be taken: told, counted; an error with --strict. */
static enum status skip(struct sl323_import *s, uint64_t *count,
                        const char *where, const struct err *why, struct err *e)
{
        if (s->strict)
                return err_set(e, why->code, "%s: %s", where, why->msg);
        if ((*count)++ < SL323_WORDS_MAX)
                fprintf(stderr, "sanfang: %s: %s\n", where, why->msg);
        return OK;
}

enum status sl323_take(struct sl323_import *s, enum sl323_table t,
                       const struct text *field, const char *where,
                       struct err *e)
{
        struct sl323_row r;
        struct err why = {0};
        enum status st = sl323_row(t, field, s->interval_us, &r, &why);

        s->counts.read++;
        tell_progress(s);
        if (st == OK && r.tm_us > s->now_us + FUTURE_US)
                st = err_set(&why, ERR_FUTURE, "TM: lies in the future");
        if (st != OK)
                return skip(s, &s->counts.wrong, where, &why, e);
        if (s->begin_us[t] != TIME_NONE && r.tm_us <= s->begin_us[t]) {
                s->counts.old++;
                return OK;
        }
        if (r.n == 0 || sl323_seen_has(&s->seen, t, &r)) {
                s->counts.known++;
                return OK;
        }
        if (s->n && (s->table != t || s->n == SL323_CHUNK))
                st = sl323_flush(s, e);
        s->table = t;
        if (st == OK)
                s->chunk[s->n++] = r;
        return st;
}

/* ---- records out ---- */

static bool is_unknown(const struct sl323_import *s, const char *stcd)
{
        uint32_t i;

        for (i = 0; i < s->n_unknown; i++)
                if (strcmp(s->unknown[i], stcd) == 0)
                        return true;
        return false;
}

/* Our own trouble, not the rows'. */
static bool is_failure(enum status st)
{
        return st == ERR_UNAVAILABLE || st == ERR_MEMORY || st == ERR_IO ||
               st == ERR_FULL || st == ERR_FORBIDDEN || st == ERR_CORRUPT;
}

static enum status send(struct sl323_import *s, struct err *e)
{
        struct values_note note = {.source = "sl323"};
        struct buf b = {0};
        enum status st;

        snprintf(note.by, sizeof note.by, "%s", s->by ? s->by : "");
        wire_values_encode(&note, &s->message, &b);
        st = b.failed ? err_set(e, ERR_MEMORY, "no memory")
                      : door_submit(s->door, RECORD_VALUES, buf_as_text(&b), e);
        buf_done(&b);
        return st;
}

static void fill(struct sl323_import *s, const struct sl323_row *row, size_t n)
{
        struct obs_message *m = &s->message;
        size_t i;
        uint32_t k;

        memset(&m->from, 0, sizeof m->from);
        memcpy(m->station, row[0].stcd, sizeof m->station);
        m->n = 0;
        for (i = 0; i < n; i++)
                for (k = 0; k < row[i].n; k++)
                        m->item[m->n++] = (struct obs_item){
                                row[i].tm_us, row[i].value[k].element, false,
                                row[i].value[k].value_milli};
}

static enum status refused(struct sl323_import *s, const struct sl323_row *row,
                           size_t n, const struct err *why, struct err *e)
{
        char where[80], tm[40];
        uint64_t *count = &s->counts.refused;

        time_format_beijing(tm, row->tm_us);
        snprintf(where, sizeof where, "%s %s %s", sl323_table_name(s->table),
                 row->stcd, tm);
        if (why->code == ERR_UNKNOWN_STATION) {
                count = &s->counts.unknown;
                if (s->n_unknown < SL323_UNKNOWN_MAX)
                        memcpy(s->unknown[s->n_unknown++], row->stcd,
                               sizeof row->stcd);
        }
        *count += n - 1;
        return skip(s, count, where, why, e);
}

/* n rows of one station as one record.  One that is refused does not take
 * the others with it. */
static enum status send_rows(struct sl323_import *s,
                             const struct sl323_row *row, size_t n,
                             struct err *e)
{
        struct err why = {0};
        enum status st;
        size_t i;

        if (is_unknown(s, row->stcd)) {
                s->counts.unknown += n;
                return OK;
        }
        fill(s, row, n);
        st = send(s, &why);
        if (is_failure(st))
                return err_set(e, st, "%s", why.msg);
        if (st != OK && (n == 1 || st == ERR_UNKNOWN_STATION)) {
                why.code = st;
                return refused(s, row, n, &why, e);
        }
        if (st != OK) {
                for (i = 0, st = OK; i < n && st == OK; i++)
                        st = send_rows(s, &row[i], 1, e);
                return st;
        }
        s->counts.values += s->message.n;
        for (i = 0; i < n && st == OK; i++)
                st = sl323_seen_add(&s->seen, s->table, &row[i], e);
        return st;
}

static int by_station(const void *a, const void *b)
{
        const struct sl323_row *x = a, *y = b;
        int c = strcmp(x->stcd, y->stcd);

        return c ? c : (x->tm_us > y->tm_us) - (x->tm_us < y->tm_us);
}

static enum status save_now_and_then(struct sl323_import *s, struct err *e)
{
        if (clock_mono_us() - s->saved_us < SAVE_EVERY_US)
                return OK;
        s->saved_us = clock_mono_us();
        return sl323_seen_save(&s->seen, s->state_file, e);
}

enum status sl323_flush(struct sl323_import *s, struct err *e)
{
        size_t i, k, values;
        enum status st = OK, saved;
        struct err why = {0};

        if (s->n)
                qsort(s->chunk, s->n, sizeof *s->chunk, by_station);
        for (i = 0; i < s->n && st == OK; i = k) {
                values = 0;
                for (k = i; k < s->n; k++) {
                        if (strcmp(s->chunk[k].stcd, s->chunk[i].stcd) != 0 ||
                            values + s->chunk[k].n > OBS_ITEMS_MAX)
                                break;
                        values += s->chunk[k].n;
                }
                st = send_rows(s, &s->chunk[i], k - i, e);
                if (st == OK)
                        st = save_now_and_then(s, e);
                tell_progress(s);
        }
        s->n = 0;
        saved = sl323_seen_save(&s->seen, s->state_file, &why);
        if (st == OK && saved != OK)
                st = err_set(e, saved, "%s", why.msg);
        return st;
}

/* ---- the verb ---- */

struct args {
        const char *db, *schema, *state_dir;
        const char *name[sl323_table_count]; /* file or table; NULL: none */
};

static enum status run(struct sl323_import *s, const struct args *a,
                       struct err *e)
{
        enum status st = sl323_begin(s, a->state_dir, e);
        int t;

        if (st == OK && a->db)
                st = sl323_from_db(s, a->db, a->schema, a->name, e);
        for (t = 0; st == OK && !a->db && t < sl323_table_count; t++)
                if (a->name[t])
                        st = sl323_from_csv(s, (enum sl323_table)t, a->name[t],
                                            e);
        if (st == OK)
                st = sl323_flush(s, e);
        sl323_end(s);
        return st;
}

static void tell_counts(const struct sl323_counts *c)
{
        printf("%llu rows: %llu values taken; %llu rows known, %llu older "
               "than what is imported",
               (unsigned long long)c->read, (unsigned long long)c->values,
               (unsigned long long)c->known, (unsigned long long)c->old);
        if (c->wrong)
                printf(", %llu wrong", (unsigned long long)c->wrong);
        if (c->unknown)
                printf(", %llu of unknown stations",
                       (unsigned long long)c->unknown);
        if (c->refused)
                printf(", %llu refused", (unsigned long long)c->refused);
        putchar('\n');
}

/* TABLE or TABLE=NAME. */
static bool take_name(struct args *a, const char *arg)
{
        const char *equals = strchr(arg, '=');
        struct text table = text_of(arg);
        enum sl323_table t;

        if (equals)
                table.n = (size_t)(equals - arg);
        if (!sl323_table_from(table, &t) || (!equals && !a->db))
                return false;
        a->name[t] = equals ? equals + 1 : sl323_table_name(t);
        return true;
}

static bool one_option(int o, struct args *a, struct sl323_import *s)
{
        switch (o) {
        case 'd':
                a->db = optarg;
                return true;
        case 'c':
                a->schema = optarg;
                return true;
        case 'f':
                return time_parse_beijing(text_of(optarg), &s->from_us);
        case 'i':
                return sl323_interval(text_of(optarg), &s->interval_us);
        case 'b':
                s->by = optarg;
                return text_is_code(text_of(optarg), CODE_MAX);
        case 't':
                s->state_file = optarg;
                return true;
        case 'x':
                s->strict = true;
                return true;
        case 's':
                a->state_dir = optarg;
                return true;
        default:
                return false;
        }
}

int tool_import_sl323(int argc, char **argv)
{
        static const struct option options[] = {
                {"db", required_argument, NULL, 'd'},
                {"schema", required_argument, NULL, 'c'},
                {"from", required_argument, NULL, 'f'},
                {"interval", required_argument, NULL, 'i'},
                {"by", required_argument, NULL, 'b'},
                {"state", required_argument, NULL, 't'},
                {"strict", no_argument, NULL, 'x'},
                {"state-dir", required_argument, NULL, 's'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        static struct sl323_import s;
        struct args a = {.state_dir = tool_state_dir(), .schema = ""};
        char state_file[PATH_MAX];
        struct err e = {0};
        enum status st;
        int o;

        memset(&s, 0, sizeof s);
        s.from_us = TIME_NONE;
        while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (o == 'h')
                        return usage(stdout);
                if (!one_option(o, &a, &s))
                        return usage(stderr);
        }
        if (!a.db && optind == argc)
                return usage(stderr);
        for (; optind < argc; optind++)
                if (!take_name(&a, argv[optind]))
                        return usage(stderr);
        snprintf(state_file, sizeof state_file, "%s/sl323.state", a.state_dir);
        if (!s.state_file)
                s.state_file = state_file;
        st = run(&s, &a, &e);
        tell_counts(&s.counts);
        return st == OK ? 0 : tool_fail(&e);
}

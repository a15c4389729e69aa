/* server/tool/sl323_seen.c -- which rows were imported already. */
#include "server/tool/sl323_seen.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/file.h"

#define HEADER "sanfang-sl323 1"
#define MARKS_MAX 8000000u
#define FILE_MAX ((size_t)1 << 30)

static uint64_t hash_of(enum sl323_table t, const struct sl323_row *r)
{
        static const unsigned char key[crypto_shorthash_KEYBYTES] = "sl323";
        struct buf b = {0};
        uint64_t h = 0;
        uint32_t i;

        buf_printf(&b, "%d %s %" PRId64, t, r->stcd, r->tm_us);
        for (i = 0; i < r->n; i++)
                buf_printf(&b, " %s=%" PRId64,
                           element_name(r->value[i].element),
                           r->value[i].value_milli);
        crypto_shorthash((unsigned char *)&h, (unsigned char *)b.p, b.n, key);
        buf_done(&b);
        return h;
}

static int by_hash(const void *a, const void *b)
{
        const struct sl323_mark *x = a, *y = b;

        return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static enum status put(struct sl323_seen *s, struct sl323_mark m, struct err *e)
{
        struct sl323_mark *more;

        if (s->n == MARKS_MAX)
                return err_set(e, ERR_FULL, "more than %u rows in 72 h",
                               MARKS_MAX);
        if (s->n == s->cap) {
                s->cap = s->cap ? s->cap * 2 : 1024;
                more = realloc(s->mark, s->cap * sizeof *more);
                if (!more)
                        return err_set(e, ERR_MEMORY, "%zu rows", s->cap);
                s->mark = more;
        }
        s->mark[s->n++] = m;
        return OK;
}

int64_t sl323_seen_begin(const struct sl323_seen *s, enum sl323_table t)
{
        return s->newest_us[t] == TIME_NONE
                       ? TIME_NONE
                       : s->newest_us[t] - SL323_HORIZON_US;
}

bool sl323_seen_has(const struct sl323_seen *s, enum sl323_table t,
                    const struct sl323_row *r)
{
        struct sl323_mark m = {.hash = hash_of(t, r)};

        return s->n_sorted &&
               bsearch(&m, s->mark, s->n_sorted, sizeof *s->mark, by_hash);
}

enum status sl323_seen_add(struct sl323_seen *s, enum sl323_table t,
                           const struct sl323_row *r, struct err *e)
{
        if (s->newest_us[t] == TIME_NONE || r->tm_us > s->newest_us[t])
                s->newest_us[t] = r->tm_us;
        return put(s, (struct sl323_mark){hash_of(t, r), r->tm_us, t}, e);
}

static enum status load_line(struct sl323_seen *s, struct text line,
                             struct err *e)
{
        struct text table, tm, hash;
        struct sl323_mark m = {0};
        char hex[17], *end;

        if (!text_cut(&line, ' ', &table) || !text_cut(&line, ' ', &tm) ||
            !sl323_table_from(table, &m.table) || !text_to_i64(tm, &m.tm_us))
                return ERR_CORRUPT;
        if (!text_cut(&line, ' ', &hash)) {
                s->newest_us[m.table] = m.tm_us;
                return OK;
        }
        if (!text_copy(hex, sizeof hex, hash))
                return ERR_CORRUPT;
        m.hash = strtoull(hex, &end, 16);
        return *end ? ERR_CORRUPT : put(s, m, e);
}

enum status sl323_seen_load(struct sl323_seen *s, const char *path,
                            struct err *e)
{
        struct buf b = {.limit = FILE_MAX};
        struct text rest, line;
        enum status st;
        int i;

        memset(s, 0, sizeof *s);
        for (i = 0; i < sl323_table_count; i++)
                s->newest_us[i] = TIME_NONE;
        if (access(path, F_OK) != 0)
                return OK;
        st = file_read(path, &b, e);
        rest = buf_as_text(&b);
        if (st == OK &&
            (!text_cut(&rest, '\n', &line) || !text_is(line, HEADER)))
                st = ERR_CORRUPT;
        while (st == OK && text_cut(&rest, '\n', &line))
                if (line.n)
                        st = load_line(s, line, e);
        buf_done(&b);
        if (st == ERR_CORRUPT)
                return err_set(e, st,
                               "%s is damaged: move it away, and what was "
                               "imported in the last 72 h goes once more to "
                               "the server, which knows it",
                               path);
        if (s->n)
                qsort(s->mark, s->n, sizeof *s->mark, by_hash);
        s->n_sorted = s->n;
        return st;
}

enum status sl323_seen_save(struct sl323_seen *s, const char *path,
                            struct err *e)
{
        struct buf b = {.limit = FILE_MAX};
        enum status st;
        size_t i;
        int t;

        buf_str(&b, HEADER "\n");
        for (t = 0; t < sl323_table_count; t++)
                if (s->newest_us[t] != TIME_NONE)
                        buf_printf(&b, "%s %" PRId64 "\n",
                                   sl323_table_name((enum sl323_table)t),
                                   s->newest_us[t]);
        for (i = 0; i < s->n; i++) {
                const struct sl323_mark *m = &s->mark[i];

                if (m->tm_us > s->newest_us[m->table] - SL323_HORIZON_US)
                        buf_printf(&b, "%s %" PRId64 " %016" PRIx64 "\n",
                                   sl323_table_name(m->table), m->tm_us,
                                   m->hash);
        }
        st = b.failed ? err_set(e, ERR_MEMORY, "%s", path)
                      : file_replace(path, buf_as_text(&b), e);
        buf_done(&b);
        return st;
}

void sl323_seen_done(struct sl323_seen *s)
{
        free(s->mark);
        memset(s, 0, sizeof *s);
}

/* server/tool/days.c -- see days.h. */
#include "server/tool/days.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schemas/pack.h"
#include "schemas/time.h"
#include "sensors/adapter/crc32c.h"
#include "server/file.h"
#include "server/pipeline.h"
#include "server/prepare.h"
#include "server/snapshot.h"

#define MAGIC "SFDAYS1\n"
#define HEAD 24 /* bytes before the items */
#define SUFFIX ".days"
#define FILES_MAX 20000
#define FILE_MAX (UINT32_C(1) << 30)

/* ---- which files ---- */

struct list {
        char (*name)[16 + 1];
        uint32_t n;
};

static int by_name(const void *a, const void *b)
{
        return strcmp(a, b);
}

static bool is_day(const char *name)
{
        return strlen(name) == 10 + strlen(SUFFIX) &&
               strcmp(name + 10, SUFFIX) == 0;
}

static enum status list_days(const char *dir, struct list *ret, struct err *e)
{
        DIR *d = opendir(dir);
        struct dirent *x;

        *ret = (struct list){NULL, 0};
        if (!d)
                return err_set(e, ERR_IO, "%.180s: %s", dir, strerror(errno));
        ret->name = calloc(FILES_MAX, sizeof *ret->name);
        while (ret->name && (x = readdir(d)) && ret->n < FILES_MAX)
                if (is_day(x->d_name))
                        snprintf(ret->name[ret->n++], sizeof *ret->name,
                                 "%.16s", x->d_name);
        closedir(d);
        if (!ret->name)
                return err_set(e, ERR_MEMORY, "day files");
        qsort(ret->name, ret->n, sizeof *ret->name, by_name);
        return OK;
}

/* ---- written ---- */

enum status days_create(struct days_out *d, const char *dir, uint64_t begin_seq,
                        struct err *e)
{
        struct list list = {NULL, 0};
        enum status st = file_make_dir(dir, e);

        *d = (struct days_out){
                .dir = dir, .day = TIME_NONE, .begin_seq = begin_seq};
        if (st == OK)
                st = list_days(dir, &list, e);
        if (st == OK && list.n)
                st = err_set(e, ERR_CONFLICT, "%.180s holds day files already",
                             dir);
        free(list.name);
        return st;
}

static void put_u32(char *p, uint32_t v)
{
        int i;

        for (i = 0; i < 4; i++)
                p[i] = (char)(v >> (8 * i));
}

static void write_day(struct days_out *d)
{
        struct civil c;
        char path[PATH_MAX];

        if (d->st != OK || d->day == TIME_NONE)
                return;
        c = time_to_beijing(d->day * DAY_US - BEIJING_OFFSET_US);
        snprintf(path, sizeof path, "%s/%04d-%02d-%02d" SUFFIX, d->dir, c.year,
                 c.month, c.day);
        if (d->b.failed) {
                d->st = err_set(&d->why, ERR_MEMORY, "%.180s", path);
                return;
        }
        put_u32(d->b.p + 8, crc32c(0, d->b.p + 12, d->b.n - 12));
        d->st = file_replace(path, buf_as_text(&d->b), &d->why);
        d->bytes += d->b.n;
        d->n_files++;
}

static void begin_day(struct days_out *d, int64_t day)
{
        d->day = day;
        buf_clear(&d->b);
        d->b.limit = FILE_MAX;
        buf_str(&d->b, MAGIC);
        pack_u32(&d->b, 0);
        pack_u32(&d->b, d->n_files);
        pack_u64(&d->b, d->begin_seq);
        d->items = (struct prepared_out){.b = &d->b};
}

struct prepared_out *days_at(struct days_out *d, int64_t engine_us)
{
        int64_t day = 0; /* before there was a clock */

        if (engine_us > 0)
                day = (engine_us + BEIJING_OFFSET_US) / DAY_US;
        /* A clock that was set back stays in its file. */
        if (d->day == TIME_NONE || day > d->day) {
                write_day(d);
                begin_day(d, day);
        }
        d->items_n++;
        return &d->items;
}

enum status days_close(struct days_out *d, struct err *e)
{
        write_day(d);
        buf_done(&d->b);
        if (d->st != OK)
                return err_set(e, d->st, "%s", d->why.msg);
        return OK;
}

void days_remove(const char *dir)
{
        struct list list = {NULL, 0};
        struct err e;
        char path[PATH_MAX];
        uint32_t i;

        if (list_days(dir, &list, &e) != OK)
                return;
        for (i = 0; i < list.n; i++) {
                snprintf(path, sizeof path, "%s/%s", dir, list.name[i]);
                unlink(path);
        }
        rmdir(dir);
        free(list.name);
}

/* ---- run ---- */

struct run {
        const char *dir;
        bool own_rules;
        bool begun, ended; /* the first tick is done; the last item is */
        uint64_t upto_seq;
        struct state *s;
        struct effects fx;
        replay_step *each;
        void *self;
};

static enum status step(struct run *k, const struct prepared_item *x,
                        struct err *e)
{
        if (x->is_tick)
                return pipeline_tick(k->s, x, &k->fx, e);
        if (x->is_values)
                return pipeline_values(k->s, &x->r, &k->fx, e);
        if (k->own_rules && prepare_is_rules(&x->r))
                return OK;
        return pipeline_step(k->s, &x->r, &k->fx, e);
}

static enum status run_items(struct run *k, struct text bytes, struct err *e)
{
        struct prepared_in in = prepared_read(bytes);
        struct prepared_item x;
        enum status st;

        do {
                effects_clear(&k->fx);
                st = prepared_next(&in, &x, &k->fx, e);
                if (st == OK && x.r.seq > k->upto_seq) {
                        k->ended = true;
                        break;
                }
                if (st == OK)
                        st = step(k, &x, e);
                if (st == OK && x.is_tick)
                        x.r.kind = RECORD_TICK;
                if (st == OK && (k->fx.n_alert || (x.is_tick && !k->begun)))
                        k->each(k->self, k->s, &x.r, &k->fx);
                k->begun |= x.is_tick;
        } while (st == OK);
        return st == ERR_TOO_FEW ? OK : st;
}

/* The state before the first file: of a snapshot its sensors stay out, what
 * waits in them comes with the items. */
static enum status begin(struct run *k, uint64_t seq, struct err *e)
{
        struct sensors_config c = sensors_defaults();
        uint32_t damaged;
        enum status st;

        if (seq == 0)
                return state_create(&k->s, e);
        st = snapshot_load(k->dir, seq, &k->s, &damaged, e);
        if (st == OK && k->s->seq != seq)
                st = err_set(e, ERR_MISSING,
                             "%.160s/snapshots has no state of record %llu",
                             k->dir, (unsigned long long)seq);
        if (st != OK)
                return st;
        sensors_free(k->s->sensors);
        k->s->sensors = NULL;
        return sensors_create(&c, &k->s->sensors, e);
}

static enum status run_file(struct run *k, const char *name, uint32_t number,
                            struct text rules, struct err *e)
{
        struct buf b = {.limit = FILE_MAX};
        char path[PATH_MAX];
        struct err why = {0};
        struct unpack u;
        uint64_t seq;
        enum status st;

        snprintf(path, sizeof path, "%s/%s", k->dir, name);
        st = file_read(path, &b, e);
        if (st != OK)
                goto out;
        u = (struct unpack){b.p + 8, b.n < HEAD ? 0 : b.n - 8, b.n < HEAD};
        if (u.failed || memcmp(b.p, MAGIC, 8) != 0 ||
            unpack_u32(&u) != crc32c(0, b.p + 12, b.n - 12)) {
                st = err_set(e, ERR_CORRUPT, "%.180s is damaged", path);
                goto out;
        }
        if (unpack_u32(&u) != number) {
                st = err_set(e, ERR_MISSING, "a day file before %.180s", path);
                goto out;
        }
        seq = unpack_u64(&u);
        if (number == 0)
                st = begin(k, seq, &why);
        if (st == OK && number == 0 && rules.n)
                st = replay_give_rules(k->s, rules, &k->fx, &why);
        if (st == OK)
                st = run_items(k, (struct text){u.p, u.n}, &why);
        if (st != OK)
                err_set(e, st, "%.120s: %.120s", path, why.msg);
out:
        buf_done(&b);
        return st;
}

enum status days_run(const char *dir, struct text rules, uint64_t upto_seq,
                     replay_step *each, void *self, struct err *e)
{
        struct run k = {.dir = dir,
                        .own_rules = rules.n > 0,
                        .upto_seq = upto_seq,
                        .each = each,
                        .self = self};
        struct record last = {.kind = RECORD_NONE};
        struct list list;
        enum status st = list_days(dir, &list, e);
        uint32_t i;

        effects_init(&k.fx);
        if (st == OK && list.n == 0)
                st = err_set(e, ERR_MISSING, "%.180s holds no day files", dir);
        for (i = 0; i < list.n && st == OK && !k.ended; i++)
                st = run_file(&k, list.name[i], i, rules, e);
        if (st == OK) {
                effects_clear(&k.fx);
                last.seq = k.s->seq;
                last.real_us = k.s->real_us;
                each(self, k.s, &last, &k.fx);
        }
        free(list.name);
        effects_done(&k.fx);
        state_free(k.s);
        return st;
}

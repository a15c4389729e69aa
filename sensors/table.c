/* sensors/table.c -- one thing for each station. */
#include "sensors/table.h"

#include <stdlib.h>
#include <string.h>

#define STATIONS_MAX 1000000u /* of a snapshot that may be believed */

void table_done(struct table *t, const struct table_kind *k)
{
        uint32_t i;

        for (i = 0; i < t->n; i++) {
                if (t->at[i] && k->done)
                        k->done(t->at[i]);
                free(t->at[i]);
        }
        free(t->at);
        memset(t, 0, sizeof *t);
}

void *table_find(const struct table *t, uint32_t station)
{
        return station < t->n ? t->at[station] : NULL;
}

static enum status grow(struct table *t, uint32_t station, struct err *e)
{
        uint32_t n = t->n ? t->n : 64;
        void **at;

        while (n <= station)
                n *= 2;
        at = realloc(t->at, n * sizeof(*at));
        if (!at)
                return err_set(e, ERR_MEMORY, "no memory for %u stations", n);
        memset(at + t->n, 0, (n - t->n) * sizeof(*at));
        t->at = at;
        t->n = n;
        return OK;
}

enum status table_get(struct table *t, const struct table_kind *k,
                      uint32_t station, void **ret, struct err *e)
{
        enum status st = station < t->n ? OK : grow(t, station, e);
        void *one;

        if (st != OK)
                return st;
        if (!t->at[station]) {
                one = calloc(1, k->size);
                if (!one)
                        return err_set(e, ERR_MEMORY,
                                       "no memory for a station");
                if (k->begin)
                        k->begin(one);
                t->at[station] = one;
        }
        *ret = t->at[station];
        return OK;
}

void table_save(const struct table *t, const struct table_kind *k,
                struct buf *out)
{
        uint32_t i, n = 0;

        for (i = 0; i < t->n; i++)
                n += t->at[i] != NULL;
        pack_u32(out, n);
        for (i = 0; i < t->n; i++) {
                if (!t->at[i])
                        continue;
                pack_u32(out, i);
                k->save(t->at[i], out);
        }
}

enum status table_load(struct table *t, const struct table_kind *k,
                       struct unpack *u, struct err *e)
{
        uint32_t n = unpack_count(u, k->least), i, station;
        enum status st = OK;
        void *one = NULL;

        for (i = 0; i < n && st == OK && !u->failed; i++) {
                station = unpack_u32(u);
                if (station >= STATIONS_MAX || table_find(t, station))
                        u->failed = true;
                if (u->failed)
                        break;
                st = table_get(t, k, station, &one, e);
                if (st == OK)
                        st = k->load(one, u, e);
        }
        return st;
}

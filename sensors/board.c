/* sensors/board.c -- what is known of each station. */
#include "sensors/board.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define STATIONS_MAX 1000000u /* of a snapshot that may be believed */

static void station_free(struct board_station *s)
{
        uint32_t i;

        if (!s)
                return;
        for (i = 0; i < s->n_series; i++) {
                series_done(s->series[i].series);
                free(s->series[i].series);
        }
        free(s->series);
        rain_done(&s->rain);
        said_done(&s->said);
        free(s);
}

void board_done(struct board *b)
{
        uint32_t i;

        for (i = 0; i < b->n; i++)
                station_free(b->at[i]);
        free(b->at);
        memset(b, 0, sizeof *b);
}

const struct board_station *board_find(const struct board *b, uint32_t station)
{
        return station < b->n ? b->at[station] : NULL;
}

static enum status grow(struct board *b, uint32_t station, struct err *e)
{
        uint32_t n = b->n ? b->n : 64;
        struct board_station **at;

        while (n <= station)
                n *= 2;
        at = realloc(b->at, n * sizeof(*at));
        if (!at)
                return err_set(e, ERR_MEMORY, "no memory for %u stations", n);
        memset(at + b->n, 0, (n - b->n) * sizeof(*at));
        b->at = at;
        b->n = n;
        return OK;
}

enum status board_get(struct board *b, uint32_t station,
                      struct board_station **ret, struct err *e)
{
        enum status st = station < b->n ? OK : grow(b, station, e);

        if (st != OK)
                return st;
        if (!b->at[station]) {
                b->at[station] = calloc(1, sizeof **b->at);
                if (!b->at[station])
                        return err_set(e, ERR_MEMORY,
                                       "no memory for a station");
                b->at[station]->last_seen_us = TIME_NONE;
        }
        *ret = b->at[station];
        return OK;
}

/* Where the element stands in the list, or would. */
static uint32_t series_at(const struct board_station *s, enum element element)
{
        uint32_t i = 0;

        while (i < s->n_series && s->series[i].element < element)
                i++;
        return i;
}

struct series *board_find_series(const struct board_station *s,
                                 enum element element)
{
        uint32_t i = series_at(s, element);

        return i < s->n_series && s->series[i].element == element
                       ? s->series[i].series
                       : NULL;
}

enum status board_series(struct board_station *s, enum element element,
                         struct series **ret, struct err *e)
{
        uint32_t i = series_at(s, element);
        struct board_series *more;
        struct series *x;

        if (i < s->n_series && s->series[i].element == element) {
                *ret = s->series[i].series;
                return OK;
        }
        x = calloc(1, sizeof *x);
        more = realloc(s->series, (s->n_series + 1u) * sizeof *more);
        if (more)
                s->series = more;
        if (!x || !more) {
                free(x);
                return err_set(e, ERR_MEMORY, "no memory for a series");
        }
        memmove(more + i + 1, more + i, (s->n_series - i) * sizeof *more);
        more[i] = (struct board_series){element, x};
        s->n_series++;
        *ret = x;
        return OK;
}

static void save_station(const struct board_station *s, struct buf *out)
{
        uint32_t i;

        pack_i64(out, s->last_seen_us);
        pack_u32(out, s->marks);
        pack_u32(out, s->n_series);
        for (i = 0; i < s->n_series; i++) {
                pack_str(out, element_name(s->series[i].element));
                series_save(s->series[i].series, out);
        }
        rain_save(&s->rain, out);
        said_save(&s->said, out);
}

static enum status load_series(struct board_station *s, struct unpack *u,
                               struct err *e)
{
        struct text name = unpack_text(u);
        struct series *series = NULL;
        enum element element;
        enum status st;

        if (u->failed || !element_from(name, &element) ||
            board_find_series(s, element)) {
                u->failed = true;
                return OK;
        }
        st = board_series(s, element, &series, e);
        return st == OK ? series_load(series, u, e) : st;
}

static enum status load_station(struct board_station *s, struct unpack *u,
                                struct err *e)
{
        enum status st = OK;
        uint32_t n, i;

        assert(s);
        s->last_seen_us = unpack_i64(u);
        s->marks = unpack_u32(u);
        n = unpack_count(u, 69);
        for (i = 0; i < n && st == OK && !u->failed; i++)
                st = load_series(s, u, e);
        if (st == OK)
                st = rain_load(&s->rain, u, e);
        if (st == OK)
                st = said_load(&s->said, u, e);
        return st;
}

void board_save(const struct board *b, struct buf *out)
{
        uint32_t i, n = 0;

        for (i = 0; i < b->n; i++)
                n += b->at[i] != NULL;
        pack_u32(out, n);
        for (i = 0; i < b->n; i++) {
                if (!b->at[i])
                        continue;
                pack_u32(out, i);
                save_station(b->at[i], out);
        }
}

enum status board_load(struct board *b, struct unpack *u, struct err *e)
{
        uint32_t n = unpack_count(u, 24), i, station;
        struct board_station *s = NULL;
        enum status st = OK;

        for (i = 0; i < n && st == OK && !u->failed; i++) {
                station = unpack_u32(u);
                if (station >= STATIONS_MAX || board_find(b, station))
                        u->failed = true;
                if (u->failed)
                        break;
                st = board_get(b, station, &s, e);
                if (st == OK)
                        st = load_station(s, u, e);
        }
        return st;
}

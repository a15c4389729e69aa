/* sensors/board.c -- what is known of each station. */
#include "sensors/board.h"

#include <stdlib.h>
#include <string.h>

static void station_begin(void *one)
{
        ((struct board_station *)one)->last_seen_us = TIME_NONE;
}

static void station_done(void *one)
{
        struct board_station *s = one;
        uint32_t i;

        for (i = 0; i < s->n_series; i++) {
                series_done(s->series[i].series);
                free(s->series[i].series);
        }
        free(s->series);
        rain_done(&s->rain);
        said_done(&s->said);
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

static void save_station(const void *one, struct buf *out)
{
        const struct board_station *s = one;
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

static enum status load_station(void *one, struct unpack *u, struct err *e)
{
        struct board_station *s = one;
        enum status st = OK;
        uint32_t n, i;

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

static const struct table_kind kind = {.size = sizeof(struct board_station),
                                       .least = 24,
                                       .begin = station_begin,
                                       .done = station_done,
                                       .save = save_station,
                                       .load = load_station};

void board_done(struct board *b)
{
        table_done(&b->stations, &kind);
}

const struct board_station *board_find(const struct board *b, uint32_t station)
{
        return table_find(&b->stations, station);
}

enum status board_get(struct board *b, uint32_t station,
                      struct board_station **ret, struct err *e)
{
        void *one;
        enum status st = table_get(&b->stations, &kind, station, &one, e);

        if (st == OK)
                *ret = one;
        return st;
}

void board_save(const struct board *b, struct buf *out)
{
        table_save(&b->stations, &kind, out);
}

enum status board_load(struct board *b, struct unpack *u, struct err *e)
{
        return table_load(&b->stations, &kind, u, e);
}

/* sensors/board.c -- what is known of each station. */
#include "sensors/board.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define STATIONS_MAX 1000000u /* of a snapshot that may be believed */

static void station_free(struct board_station *s)
{
        int i;

        if (!s)
                return;
        for (i = 0; i < ELEMENT_count; i++) {
                if (s->series[i])
                        series_done(s->series[i]);
                free(s->series[i]);
        }
        rain_done(&s->rain);
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

enum status board_series(struct board_station *s, enum element element,
                         struct series **ret, struct err *e)
{
        if (!s->series[element])
                s->series[element] = calloc(1, sizeof *s->series[element]);
        if (!s->series[element])
                return err_set(e, ERR_MEMORY, "no memory for a series");
        *ret = s->series[element];
        return OK;
}

void board_message(struct board_station *s, const struct last_message *m)
{
        s->message[s->next_message] = *m;
        s->next_message = (s->next_message + 1) % LAST_MESSAGES;
        if (s->n_messages < LAST_MESSAGES)
                s->n_messages++;
}

static void save_message(const struct last_message *m, struct buf *out)
{
        pack_u64(out, m->seq);
        pack_i64(out, m->received_us);
        pack_u8(out, m->refused);
        pack_u32(out, m->reason);
        pack_str(out, m->detail);
        pack_str(out, m->head);
        pack_u32(out, m->n_obs);
}

static void load_message(struct last_message *m, struct unpack *u)
{
        memset(m, 0, sizeof *m);
        m->seq = unpack_u64(u);
        m->received_us = unpack_i64(u);
        m->refused = unpack_u8(u);
        m->reason = unpack_u32(u);
        unpack_str(u, m->detail, sizeof m->detail);
        unpack_str(u, m->head, sizeof m->head);
        m->n_obs = unpack_u32(u);
        if (m->reason >= STATUS_COUNT)
                u->failed = true;
}

static void save_station(const struct board_station *s, struct buf *out)
{
        uint32_t i, n = 0;

        pack_i64(out, s->last_seen_us);
        for (i = 0; i < ELEMENT_count; i++)
                n += s->series[i] != NULL;
        pack_u32(out, n);
        for (i = 0; i < ELEMENT_count; i++) {
                if (!s->series[i])
                        continue;
                pack_str(out, element_name((enum element)i));
                series_save(s->series[i], out);
        }
        rain_save(&s->rain, out);
        pack_u32(out, s->n_messages);
        for (i = 0; i < s->n_messages; i++)
                save_message(&s->message[(s->next_message + LAST_MESSAGES -
                                          s->n_messages + i) %
                                         LAST_MESSAGES],
                             out);
}

static enum status load_series(struct board_station *s, struct unpack *u,
                               struct err *e)
{
        struct text name = unpack_text(u);
        struct series *series = NULL;
        enum element element;
        enum status st;

        if (u->failed || !element_from(name, &element) || s->series[element]) {
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
        n = unpack_count(u, 49);
        for (i = 0; i < n && st == OK && !u->failed; i++)
                st = load_series(s, u, e);
        if (st == OK)
                st = rain_load(&s->rain, u, e);
        n = unpack_count(u, 33);
        for (i = 0; i < n && st == OK && !u->failed; i++) {
                struct last_message m;

                load_message(&m, u);
                board_message(s, &m);
        }
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

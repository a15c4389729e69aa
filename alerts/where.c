/* alerts/where.c -- since when a station meets a condition that is counted
 * in its zone.
 *
 * In:     the station's data, as it is now.
 * Out:    the instants of the last 72 h at which the answer changed.
 * Holds:  an answer stands for the station's reporting interval; when
 *         nothing has come by then it cannot be said, and after six hours
 *         the station is left out, until it speaks again.  Late or amended
 *         data has all of it made anew.
 * Source: docs/rules.md#zones.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdlib.h>
#include <string.h>

#define OUT_US (6 * HOUR_US)

const struct where *where_find(const struct subject *u, uint32_t rule,
                               uint32_t line, uint32_t clause)
{
        uint32_t i;

        for (i = 0; i < u->n_wheres; i++)
                if (u->wheres[i].rule == rule && u->wheres[i].line == line &&
                    u->wheres[i].clause == clause)
                        return &u->wheres[i];
        return NULL;
}

void where_drop(struct subject *u)
{
        uint32_t i;

        for (i = 0; i < u->n_wheres; i++)
                free(u->wheres[i].at);
        free(u->wheres);
        u->wheres = NULL;
        u->n_wheres = u->cap_wheres = 0;
}

static enum status where_of(struct subject *u, uint32_t rule, uint32_t line,
                            uint32_t clause, struct where **ret, struct err *e)
{
        enum status st;

        *ret = (struct where *)where_find(u, rule, line, clause);
        if (*ret)
                return OK;
        st = subject_grow((void **)&u->wheres, &u->cap_wheres, u->n_wheres,
                          sizeof **ret, e);
        if (st != OK)
                return st;
        *ret = &u->wheres[u->n_wheres++];
        **ret = (struct where){.rule = rule,
                               .line = line,
                               .clause = clause,
                               .last_us = TIME_NONE};
        return OK;
}

static enum status push(struct where *w, int64_t at_us, enum truth t,
                        struct err *e)
{
        enum status st =
                subject_grow((void **)&w->at, &w->cap, w->n, sizeof *w->at, e);

        if (st == OK)
                w->at[w->n++] = (struct where_change){at_us, t};
        return st;
}

/* What is older than 72 h is forgotten, but for what stands from there. */
static void forget(struct where *w)
{
        uint32_t n = 0;

        while (n + 1 < w->n && w->at[n + 1].time_us <= w->last_us - HORIZON_US)
                n++;
        w->n -= n;
        memmove(w->at, w->at + n, w->n * sizeof *w->at);
}

/* An answer stands for so long. */
static int64_t answer_us(const struct station *s)
{
        return s->interval_us > 0 && s->interval_us < OUT_US ? s->interval_us
                                                             : HOUR_US;
}

static enum status take(struct where *w, const struct station *s, int64_t at_us,
                        enum truth t, struct err *e)
{
        int64_t stands = answer_us(s);
        enum status st = OK;

        if (w->last_us != TIME_NONE && at_us > w->last_us + stands)
                st = push(w, w->last_us + stands, TRUTH_CANNOT_SAY, e);
        if (st == OK && w->last_us != TIME_NONE && at_us > w->last_us + OUT_US)
                st = push(w, w->last_us + OUT_US, TRUTH_NOT_SET, e);
        if (st == OK && (w->n == 0 || w->at[w->n - 1].truth != t))
                st = push(w, at_us, t, e);
        w->last_us = at_us;
        return st;
}

/* A station without the threshold does not meet the condition. */
static enum truth judge(const struct step *s, const struct subject *u,
                        const struct expr *x, int64_t at_us)
{
        struct expr_data d = {.u = u,
                              .station = &s->p->stations[u->station],
                              .at_us = at_us,
                              .engine = s->g,
                              .places = s->p};
        struct expr_result r;

        expr_judge(x, &d, 0, &r);
        return r.strict == TRUTH_NOT_SET ? TRUTH_NO : r.strict;
}

enum status where_take(struct step *s, struct subject *u, uint32_t rule,
                       uint32_t line, uint32_t clause, int64_t from_us)
{
        const struct expr *x = &s->g->programs[rule].line[line].clause[clause];
        const struct station *station = &s->p->stations[u->station];
        struct where *w;
        struct walk walk;
        uint64_t seq = 0;
        int64_t at_us;
        enum status st = where_of(u, rule, line, clause, &w, s->e);

        if (st != OK)
                return st;
        if (w->last_us != TIME_NONE && from_us <= w->last_us) {
                w->n = 0;
                w->last_us = TIME_NONE;
        }
        walk_begin(&walk, NULL, NULL);
        walk_expression(&walk, x, station, u);
        at_us = w->last_us;
        if (at_us < s->m->engine_us - HORIZON_US)
                at_us = s->m->engine_us - HORIZON_US;
        walk_skip(&walk, at_us);
        while (st == OK && walk_next(&walk, &at_us, &seq))
                if (at_us > w->last_us)
                        st = take(w, station, at_us, judge(s, u, x, at_us),
                                  s->e);
        forget(w);
        return st;
}

/* Is there anything that it could be judged on? */
static bool has_data(const struct expr *x, const struct station *s,
                     const struct subject *u, int64_t from_us)
{
        struct walk w;
        uint64_t seq;
        int64_t at_us;

        walk_begin(&w, NULL, NULL);
        walk_expression(&w, x, s, u);
        walk_skip(&w, from_us);
        return walk_next(&w, &at_us, &seq);
}

enum truth where_truth(const struct engine *g, const struct station *s,
                       const struct subject *u, const struct expr_data *d,
                       uint32_t clause)
{
        const struct where *w = where_find(u, d->rule, d->line, clause);
        uint32_t low = 0, high, mid;

        if (!w || w->n == 0)
                return has_data(&g->programs[d->rule]
                                         .line[d->line]
                                         .clause[clause],
                                s, u, d->at_us - OUT_US)
                               ? TRUTH_CANNOT_SAY
                               : TRUTH_NOT_SET;
        if (d->at_us > w->last_us + OUT_US || d->at_us < w->at[0].time_us)
                return TRUTH_NOT_SET;
        if (d->at_us >= w->last_us + answer_us(s))
                return TRUTH_CANNOT_SAY;
        for (high = w->n; high - low > 1;) {
                mid = low + (high - low) / 2;
                if (w->at[mid].time_us <= d->at_us)
                        low = mid;
                else
                        high = mid;
        }
        return w->at[low].truth;
}

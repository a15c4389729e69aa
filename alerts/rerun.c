/* alerts/rerun.c -- a rule run again over data that is kept.
 *
 * In:     the subject's data, in time order, the late value included.
 * Out:    the spans in which the rule was in force, and its track.
 * Holds:  it does not begin with the oldest data but where no line can have
 *         been on, whatever was before: all had been clear of theirs for the
 *         hold.  From there on it is what a run over everything would be, so
 *         a late value costs what lies around it and not three days.
 * Thread: one owner; pure. */
#include "alerts/rerun.h"

#include <stdlib.h>

static void run_clear(struct run *run)
{
        uint32_t i;

        for (i = 0; i < LINES_MAX; i++)
                trigger_clear(&run->track.line[i]);
        run->level = LEVEL_NONE;
        run->n = 0;
        run->reach_us = TIME_FOREVER;
}

static void run_begin(struct run *run, const struct step *s,
                      const struct subject *u, uint32_t rule,
                      const struct series *x, int64_t from_us, int64_t until_us)
{
        run->g = s->g;
        run->p = s->p;
        run->subject = u;
        run->series = x;
        run->rule = &s->g->rules.rule[rule];
        run->track.rule = rule;
        run->from_us = run->walk_from_us = from_us;
        run->until_us = run->walk_until_us = until_us;
}

static struct lead lead_of(const struct run *run, enum level level,
                           uint32_t line)
{
        const struct trigger *t = &run->track.line[line];

        return (struct lead){.level = level,
                             .rule = run->rule,
                             .line = line,
                             .on_us = t->on_us,
                             .value_milli = t->value_milli,
                             .threshold_milli = t->threshold_milli,
                             .seq = t->seq,
                             .element = t->element,
                             .window_us = t->window_us,
                             .from = run->subject};
}

static void run_step(struct run *run, const struct reading *reading,
                     int64_t at_us, uint64_t seq)
{
        enum level was = run->level;
        uint32_t line = 0;
        struct span *x;

        trigger_track(&run->track, run->rule, reading, at_us, seq);
        run->level = trigger_level(&run->track, run->rule, &line);
        if (was == LEVEL_NONE && run->level != LEVEL_NONE) {
                if (run->n == SPANS_MAX) {
                        run->g->counts.dropped++;
                        run->n--;
                }
                x = &run->span[run->n++];
                *x = (struct span){.begin_us = at_us, .end_us = TIME_FOREVER};
                x->first = lead_of(run, run->level, line);
                x->peak = x->first;
        }
        if (run->n == 0 || (was == LEVEL_NONE && run->level == LEVEL_NONE))
                return;
        x = &run->span[run->n - 1];
        x->last_us = at_us;
        if (run->level == LEVEL_NONE)
                x->end_us = at_us;
        else if (run->level > x->peak.level)
                x->peak = lead_of(run, run->level, line);
}

/* What the rule's lines make of the data at an instant of the walk. */
static void readings_at(const struct run *run, int64_t at_us,
                        struct reading *ret)
{
        const struct series *x = run->series;
        const struct sample *s;

        if (run->rule->kind == RULE_EXPRESSION) {
                expression_readings(run->g, run->p, run->subject,
                                    run->track.rule, at_us, ret);
        } else if (x) {
                s = &x->at[level_series_after(x, at_us) - 1];
                level_readings(&run->p->stations[run->subject->station],
                               run->rule, x->element, s->value_milli, at_us,
                               ret);
        } else {
                window_rain_readings(&run->subject->rain, run->rule, at_us,
                                     ret);
        }
}

/* What the rule looks at: one series, or rain, or what its lines say. */
static void walk_rule(struct walk *w, const struct run *run)
{
        const struct program *p = &run->g->programs[run->track.rule];
        const struct station *s = &run->p->stations[run->subject->station];
        uint32_t i;

        if (run->rule->kind != RULE_EXPRESSION) {
                walk_begin(w, run->series ? NULL : &run->subject->rain,
                           run->series);
                return;
        }
        walk_begin(w, NULL, NULL);
        for (i = 0; i < p->n_lines; i++)
                if (p->line[i].forecast == ELEMENT_count)
                        walk_expression(w, &p->line[i], s, run->subject);
}

/* ---- where it may begin, and when it is over ---- */

static bool all_clear(const struct run *run, const struct reading *reading)
{
        uint32_t i;

        for (i = 0; i < run->rule->n_lines; i++)
                if (!trigger_is_clear(run->rule, &reading[i]))
                        return false;
        return true;
}

/* How far a walk has come. */
struct stretch {
        int64_t after_us; /* exact from here on */
        int64_t last_us;  /* up to here; TIME_FOREVER: to the newest data */
        bool settled;     /* false: what was before since may still count */
        int64_t clear_us; /* all lines are clear since */
};

/* No line is on after all were clear for the hold, whatever was before. */
static bool settles(struct stretch *t, const struct run *run,
                    const struct reading *reading, int64_t at_us)
{
        if (!all_clear(run, reading)) {
                t->clear_us = TIME_NONE;
                return false;
        }
        if (t->clear_us == TIME_NONE)
                t->clear_us = at_us;
        return at_us - t->clear_us >= run->rule->hold_us;
}

/* Before the run's beginning: it begins anew where it may.  False: it has to
 * begin earlier. */
static bool come_to_begin(struct stretch *t, struct run *run,
                          const struct reading *reading, int64_t at_us)
{
        if (at_us >= run->walk_from_us)
                return t->settled;
        if (settles(t, run, reading, at_us)) {
                run_clear(run);
                t->settled = true;
                t->after_us = at_us;
        }
        return true;
}

/* Behind until: is all over that the change can have touched? */
static bool come_to_end(struct stretch *t, struct run *run,
                        const struct reading *reading, int64_t at_us)
{
        if (at_us <= run->until_us) {
                t->clear_us = TIME_NONE;
                return false;
        }
        if (run->reach_us == TIME_FOREVER && settles(t, run, reading, at_us))
                run->reach_us = at_us;
        return run->reach_us != TIME_FOREVER && at_us > run->walk_until_us &&
               run->level == LEVEL_NONE;
}

static struct stretch run_since(struct run *run, struct walk *w,
                                int64_t since_us)
{
        struct stretch t = {since_us, TIME_FOREVER, since_us == TIME_NONE,
                            TIME_NONE};
        struct reading reading[LINES_MAX];
        uint64_t seq = 0;
        int64_t at_us;

        run_clear(run);
        walk_skip(w, since_us);
        while (walk_next(w, &at_us, &seq)) {
                readings_at(run, at_us, reading);
                if (!come_to_begin(&t, run, reading, at_us))
                        return t;
                run_step(run, reading, at_us, seq);
                if (at_us >= run->walk_from_us &&
                    come_to_end(&t, run, reading, at_us)) {
                        t.last_us = at_us;
                        return t;
                }
        }
        return t;
}

/* Begins in steps back that grow. */
static struct stretch run_walk(struct run *run, struct walk *w)
{
        int64_t back = run->rule->hold_us + HOUR_US / 2;
        struct stretch t;

        for (; back < RAIN_KEEP_US; back *= 4) {
                t = run_since(run, w, run->walk_from_us - back);
                if (t.settled)
                        return t;
        }
        return run_since(run, w, TIME_NONE);
}

static int64_t covered_until(const struct alert *a)
{
        return a->ended_us == TIME_NONE ? TIME_FOREVER : a->ended_us;
}

bool rerun_overlaps(const struct engine *g, uint32_t i, const struct span *x)
{
        const struct alert *a = &g->alerts[i];

        if (a->state == ALERT_WITHDRAWN || !g->episodes[i].was_observed)
                return false;
        return x->begin_us < covered_until(a) &&
               g->episodes[i].begin_us < x->end_us;
}

/* Episodes that reach over an edge of what was walked: which spans they
 * stand for is only known when all of theirs are. */
static bool reaches_over(struct run *run, const struct stretch *t)
{
        struct span walked = {.begin_us = t->after_us, .end_us = t->last_us};
        const struct engine *g = run->g;
        bool over = false;
        uint32_t i;

        for (i = run->subject->head; i != NO_INDEX; i = g->episodes[i].older) {
                if (g->alerts[i].hazard != run->rule->hazard ||
                    !rerun_overlaps(g, i, &walked))
                        continue;
                if (g->episodes[i].begin_us <= t->after_us) {
                        run->walk_from_us = g->episodes[i].begin_us;
                        over = true;
                }
                if (covered_until(&g->alerts[i]) > t->last_us) {
                        run->walk_until_us = covered_until(&g->alerts[i]);
                        over = true;
                }
        }
        return over;
}

static void run_over(struct run *run, struct walk *w)
{
        struct stretch t;

        do
                t = run_walk(run, w);
        while (reaches_over(run, &t));
}

enum status rerun(struct run *run, struct step *s, const struct subject *u,
                  uint32_t rule, const struct series *x, int64_t from_us,
                  int64_t until_us)
{
        struct walk w;
        int64_t *times;
        uint32_t n;
        enum status st;

        run_begin(run, s, u, rule, x, from_us, until_us);
        if (u->kind != SUBJECT_ZONE) {
                walk_rule(&w, run);
                run_over(run, &w);
                return OK;
        }
        st = zone_times(s, u, rule, s->m->engine_us - HORIZON_US, TIME_FOREVER,
                        &times, &n);
        if (st != OK)
                return st;
        walk_begin(&w, NULL, NULL);
        w.times = times;
        w.n_times = n;
        w.times_seq = s->m->seq;
        run_over(run, &w);
        free(times);
        return OK;
}

bool rerun_reaches(struct step *s, const struct subject *u, uint32_t rule,
                   const struct series *x, enum level than, int64_t from_us,
                   int64_t until_us)
{
        struct reading reading[LINES_MAX];
        uint64_t seq = 0;
        struct walk w;
        struct run run;
        int64_t at_us;
        uint32_t i;

        run_begin(&run, s, u, rule, x, from_us, until_us);
        walk_rule(&w, &run);
        walk_skip(&w, from_us - 1);
        while (walk_next(&w, &at_us, &seq) && at_us <= until_us) {
                if (at_us < from_us)
                        continue; /* steps in a long dry part */
                readings_at(&run, at_us, reading);
                for (i = 0; i < run.rule->n_lines; i++)
                        if (run.rule->line[i].level > than &&
                            trigger_reached(run.rule, &reading[i]))
                                return true;
        }
        return false;
}

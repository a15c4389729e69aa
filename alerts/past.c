/* alerts/past.c -- what late data says about times gone by.
 *
 * In:     the station's last 72 h, in time order, the late value included.
 * Out:    episodes born ended for crossings that no episode covers, higher
 *         peaks, and merged_into where a gap between two has closed.
 * Holds:  the rule is run again over the past on a track of its own; late
 *         data does not touch the track in force, so a value older than the
 *         newest one judged never reopens or steps anything (an amendment
 *         does: past_retrack).  Only spans that the
 *         late value can have made, moved or split are settled, so that a
 *         limit imported meanwhile does not rewrite the past.
 * Thread: one owner; pure. */
#include "alerts/rerun.h"

#include <string.h>

bool past_covered(const struct engine *g, const struct subject *u,
                  enum hazard h, int64_t from_us, int64_t until_us)
{
        struct span x = {.begin_us = from_us, .end_us = until_us + 1};
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older)
                if (g->alerts[i].hazard == h && rerun_overlaps(g, i, &x))
                        return true;
        return false;
}

static void higher_peak(struct step *s, uint32_t i, const struct span *x)
{
        struct alert *a = &s->g->alerts[i];

        if (x->peak.level <= a->level_peak)
                return;
        a->level_peak = x->peak.level;
        if (a->late)
                a->level = x->peak.level;
        transition_push(s, i, TRANSITION_UP, a->level, a->state, agency_count,
                        NULL, "迟到数据：峰值更高");
}

/* A late episode follows what is known of its time; others stand.  While
 * only the hold is not over yet, the next value looks again: it may be one
 * with what comes. */
static void follow(struct step *s, uint32_t i, const struct span *x)
{
        struct alert *a = &s->g->alerts[i];

        if (!a->late || a->state != ALERT_ENDED)
                return;
        s->g->episodes[i].begin_us = x->begin_us;
        s->g->episodes[i].late_inside = x->end_us == TIME_FOREVER;
        if (a->ended_us == x->end_us || x->end_us == TIME_FOREVER)
                return;
        a->ended_us = x->end_us;
        transition_push(s, i, TRANSITION_ENDED, a->level, a->state,
                        agency_count, NULL, "迟到数据：结束时间更正");
}

static void merge(struct step *s, uint32_t a, uint32_t b)
{
        struct engine *g = s->g;
        uint32_t from = b, into = a;

        if (alert_is_live(&g->alerts[b])) {
                from = a;
                into = b;
        }
        if (alert_is_live(&g->alerts[from]) || g->alerts[from].merged_into[0] ||
            g->alerts[into].merged_into[0])
                return;
        memcpy(g->alerts[from].merged_into, g->alerts[into].id,
               sizeof g->alerts[from].merged_into);
        g->counts.merged++;
        transition_push(s, from, TRANSITION_MERGED, g->alerts[from].level,
                        g->alerts[from].state, agency_count, NULL,
                        g->alerts[into].id);
}

/* While it lives, late data does not split an episode; it is looked at
 * again when it has ended. */
void past_mark(struct engine *g, const struct subject *u, enum hazard h)
{
        uint32_t i = episode_live(g, u, h);

        if (i != NO_INDEX)
                g->episodes[i].late_inside = true;
}

static uint32_t waiting(const struct engine *g, const struct subject *u,
                        enum hazard h)
{
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older)
                if (g->alerts[i].hazard == h && g->episodes[i].late_inside &&
                    !alert_is_live(&g->alerts[i]))
                        return i;
        return NO_INDEX;
}

bool past_waits(const struct engine *g, const struct subject *u, enum hazard h)
{
        return waiting(g, u, h) != NO_INDEX;
}

bool past_due(struct engine *g, const struct subject *u, enum hazard h,
              int64_t *ret_from_us, int64_t *ret_until_us)
{
        uint32_t i = waiting(g, u, h);

        if (i == NO_INDEX)
                return false;
        g->episodes[i].late_inside = false;
        *ret_from_us = g->episodes[i].begin_us;
        *ret_until_us = g->alerts[i].ended_us;
        return true;
}

static bool lies_in_span(int64_t at_us, const struct span *x)
{
        return at_us >= x->begin_us && at_us < x->end_us;
}

/* The span an episode stands for: the one its crossing lies in, else the
 * last that it covers part of; NULL for none. */
static const struct span *home(const struct run *run, uint32_t episode)
{
        int64_t at = run->g->alerts[episode].observed_us;
        const struct span *last = NULL;
        uint32_t i;

        for (i = 0; i < run->n; i++) {
                const struct span *x = &run->span[i];

                if (!rerun_overlaps(run->g, episode, x))
                        continue;
                if (lies_in_span(at, x))
                        return x;
                last = x;
        }
        return last;
}

/* Does the episode stand for the span (maybe with others)? */
static bool is_of(const struct run *run, uint32_t i, const struct span *x)
{
        return run->g->alerts[i].hazard == run->rule->hazard &&
               rerun_overlaps(run->g, i, x) && home(run, i) == x;
}

/* The earliest episode that stands for the span, or NO_INDEX.  *ret_live:
 * a live one that stands for another covers it; what was shown stays. */
static uint32_t own_of(const struct run *run, const struct subject *u,
                       const struct span *x, bool *ret_live)
{
        const struct engine *g = run->g;
        uint32_t i, best = NO_INDEX;

        *ret_live = false;
        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older) {
                if (g->alerts[i].hazard != run->rule->hazard ||
                    !rerun_overlaps(g, i, x))
                        continue;
                if (home(run, i) != x)
                        *ret_live |= alert_is_live(&g->alerts[i]);
                else if (best == NO_INDEX ||
                         g->episodes[i].begin_us < g->episodes[best].begin_us)
                        best = i;
        }
        return best;
}

/* The one that i was merged into, if it stands for the span too. */
static uint32_t merged_of(const struct run *run, uint32_t i,
                          const struct span *x)
{
        const struct engine *g = run->g;
        uint32_t k;

        for (k = run->subject->head; k != NO_INDEX; k = g->episodes[k].older)
                if (is_of(run, k, x) &&
                    strcmp(g->alerts[k].id, g->alerts[i].merged_into) == 0)
                        return k;
        return NO_INDEX;
}

/* What looked like one episode with another was two after all. */
static void part(struct step *s, const struct run *run, const struct span *x)
{
        uint32_t i;

        for (i = run->subject->head; i != NO_INDEX;
             i = run->g->episodes[i].older) {
                struct alert *a = &run->g->alerts[i];

                if (!is_of(run, i, x) || !a->merged_into[0] ||
                    merged_of(run, i, x) != NO_INDEX)
                        continue;
                a->merged_into[0] = '\0';
                transition_push(s, i, TRANSITION_MERGED, a->level, a->state,
                                agency_count, NULL, "迟到数据：并入取消");
        }
}

/* All that stand for the span are one. */
static void join(struct step *s, const struct run *run, uint32_t own,
                 const struct span *x)
{
        uint32_t into = own, next, i;

        while (run->g->alerts[into].merged_into[0] &&
               (next = merged_of(run, into, x)) != NO_INDEX)
                into = next;
        for (i = run->subject->head; i != NO_INDEX;
             i = run->g->episodes[i].older) {
                if (!is_of(run, i, x))
                        continue;
                if (i != into)
                        merge(s, into, i);
                /* It covers what seems to be one with it: data that parts
                 * the two is looked at. */
                if (x->begin_us < run->g->episodes[i].begin_us)
                        run->g->episodes[i].begin_us = x->begin_us;
                higher_peak(s, i, x);
        }
}

/* Was the span over, or is it, before a cool-down that it began in? */
static bool held_back(const struct step *s, const struct run *run,
                      const struct subject *u, const struct span *x)
{
        int64_t end = x->end_us == TIME_FOREVER ? s->at_us : x->end_us;
        uint32_t i;

        return episode_cooling(run->g, u, run->rule, x->peak.level, x->begin_us,
                               &i) &&
               end < run->g->alerts[i].ended_us + run->rule->cooldown_us;
}

static enum status settle(struct step *s, const struct run *run,
                          struct subject *u, const struct span *x)
{
        int64_t end = x->end_us == TIME_FOREVER ? x->last_us : x->end_us;
        bool covered;
        uint32_t own = own_of(run, u, x, &covered);
        enum status st;

        if (own == NO_INDEX && (covered || held_back(s, run, u, x)))
                return OK;
        if (own == NO_INDEX) {
                st = episode_late(s, u, &x->first, x->peak.level, x->begin_us,
                                  end);
                own = u->head;
                if (st != OK || own == NO_INDEX || !is_of(run, own, x))
                        return st; /* there was no room for it */
        }
        part(s, run, x);
        join(s, run, own, x);
        follow(s, own, x);
        return OK;
}

static enum status run_end(struct step *s, struct subject *u,
                           const struct run *run)
{
        int64_t oldest = s->m->engine_us - HORIZON_US;
        bool touched = false, split;
        enum status st = OK;
        uint32_t i;

        for (i = 0; i < run->n && st == OK; i++) {
                const struct span *x = &run->span[i];

                split = touched; /* off the one before it */
                touched = x->begin_us <= run->reach_us &&
                          x->end_us >= run->from_us;
                if ((touched || split) && x->end_us >= oldest)
                        st = settle(s, run, u, x);
        }
        return st;
}

int64_t past_widest(const struct engine *g, uint32_t rule)
{
        const struct rule *r = &g->rules.rule[rule];
        int64_t window = 0;
        uint32_t i;

        if (r->kind == RULE_EXPRESSION)
                return expression_widest(&g->programs[rule]);
        for (i = 0; i < r->n_lines; i++)
                if (r->line[i].window_us > window)
                        window = r->line[i].window_us;
        return window;
}

/* What falls into an episode that lives neither parts nor ends it yet: only
 * a worse level is news, and the rest is looked at when it has ended.  So
 * what a station had kept while its line was down does not have a flood's
 * whole time judged again for each of its values. */
static bool is_inside(struct step *s, const struct subject *u, uint32_t rule,
                      const struct series *x, int64_t from_us, int64_t until_us)
{
        const struct engine *g = s->g;
        uint32_t i = episode_live(g, u, g->rules.rule[rule].hazard);

        return i != NO_INDEX && u->kind != SUBJECT_ZONE &&
               g->episodes[i].was_observed && g->episodes[i].late_inside &&
               g->episodes[i].begin_us < from_us &&
               !rerun_reaches(s, u, rule, x, g->alerts[i].level_peak, from_us,
                              until_us);
}

enum status past_judge(struct step *s, struct subject *u, uint32_t rule,
                       const struct series *x, int64_t from_us,
                       int64_t until_us)
{
        struct run run;
        enum status st;

        if (!x)
                until_us += past_widest(s->g, rule);
        if (is_inside(s, u, rule, x, from_us, until_us))
                return OK;
        st = rerun(&run, s, u, rule, x, from_us, until_us);
        return st == OK ? run_end(s, u, &run) : st;
}

/* Is what began then still to be seen whole in the data that is kept? */
static bool is_kept(const struct step *s, uint32_t rule, int64_t begin_us)
{
        return begin_us - past_widest(s->g, rule) > s->at_us - HORIZON_US;
}

enum status past_retrack(struct step *s, struct subject *u, uint32_t rule,
                         const struct series *x)
{
        struct track *t;
        struct run run;
        enum status st = subject_track(u, rule, &t, s->e);
        uint32_t i;

        if (st != OK)
                return st;
        st = rerun(&run, s, u, rule, x, s->at_us, TIME_FOREVER);
        if (st != OK)
                return st;
        for (i = 0; i < run.rule->n_lines; i++) {
                const struct trigger *now = &run.track.line[i];

                /* What is only on by the hold does not ring any more. */
                if (t->line[i].on ? is_kept(s, rule, t->line[i].on_us)
                                  : now->below_us == TIME_NONE)
                        t->line[i] = *now;
        }
        return OK;
}

/* Does i stand for the span rather than an episode that began then? */
static bool stands_before(const struct run *run, uint32_t i,
                          const struct span *x, int64_t begin_us)
{
        return is_of(run, i, x) &&
               (lies_in_span(run->g->alerts[i].observed_us, x) ||
                run->g->episodes[i].begin_us < begin_us);
}

bool past_grounds(struct step *s, const struct subject *u, uint32_t rule,
                  const struct series *x, uint32_t episode)
{
        const struct engine *g = s->g;
        int64_t begin_us = g->episodes[episode].begin_us;
        const struct span *span;
        struct run run;
        uint32_t i;

        if (!is_kept(s, rule, begin_us))
                return true;
        if (rerun(&run, s, u, rule, x, begin_us, begin_us) != OK)
                return true; /* no memory to know better */
        span = home(&run, episode);
        if (!span || span->end_us <= g->alerts[episode].observed_us)
                return false;
        if (lies_in_span(g->alerts[episode].observed_us, span))
                return true;
        /* A late one rang nowhere: the other crossing has its own. */
        if (g->alerts[episode].late)
                return false;
        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older)
                if (i != episode && stands_before(&run, i, span, begin_us))
                        return false;
        return true;
}

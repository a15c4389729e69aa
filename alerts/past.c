/* alerts/past.c -- what late data says about times gone by.
 *
 * In:     the station's last 72 h, in time order, the late value included.
 * Out:    episodes born ended for crossings that no episode covers, higher
 *         peaks, and merged_into where a gap between two has closed.
 * Holds:  the rule is run again over the past on a track of its own; the
 *         track in force is not touched, so a value older than the newest
 *         one judged never reopens or steps anything.  Only spans that the
 *         late value can have made, moved or split are settled, so that a
 *         limit imported meanwhile does not rewrite the past.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <string.h>

#define DRY_STEP_US (5 * MINUTE_US) /* a long dry part is looked at so */

/* A time during which the rule was in force; end TIME_FOREVER: still. */
struct span {
        int64_t begin_us, end_us, last_us;
        struct lead first; /* the crossing */
        struct lead peak;
};

struct run {
        struct engine *g;
        const struct rule *rule;
        const struct subject *subject;
        struct track track;
        enum level level;
        struct span span[SPANS_MAX];
        uint32_t n;
        int64_t from_us, until_us; /* what the late value can change */
};

static void run_begin(struct run *run, struct engine *g,
                      const struct subject *u, uint32_t rule, int64_t from_us,
                      int64_t until_us)
{
        uint32_t i;

        run->g = g;
        run->subject = u;
        run->rule = &g->rules.rule[rule];
        run->track.rule = rule;
        for (i = 0; i < LINES_MAX; i++)
                trigger_clear(&run->track.line[i]);
        run->level = LEVEL_NONE;
        run->n = 0;
        run->from_us = from_us;
        run->until_us = until_us;
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

static int64_t covered_until(const struct alert *a)
{
        return a->ended_us == TIME_NONE ? TIME_FOREVER : a->ended_us;
}

static bool overlaps(const struct engine *g, uint32_t i, const struct span *x)
{
        const struct alert *a = &g->alerts[i];

        if (a->state == ALERT_WITHDRAWN || !g->episodes[i].was_observed)
                return false;
        return x->begin_us < covered_until(a) &&
               g->episodes[i].begin_us < x->end_us;
}

bool past_covered(const struct engine *g, const struct subject *u,
                  enum hazard h, int64_t from_us, int64_t until_us)
{
        struct span x = {.begin_us = from_us, .end_us = until_us + 1};
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older)
                if (g->alerts[i].hazard == h && overlaps(g, i, &x))
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

/* A late episode follows what is known of its time; others stand. */
static void follow(struct step *s, uint32_t i, const struct span *x)
{
        struct alert *a = &s->g->alerts[i];
        int64_t end = x->end_us == TIME_FOREVER ? x->last_us : x->end_us;

        if (!a->late || a->state != ALERT_ENDED)
                return;
        s->g->episodes[i].begin_us = x->begin_us;
        if (a->ended_us == end)
                return;
        a->ended_us = end;
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

bool past_due(struct engine *g, const struct subject *u, enum hazard h,
              int64_t *ret_from_us, int64_t *ret_until_us)
{
        uint32_t i;

        for (i = u->head; i != NO_INDEX; i = g->episodes[i].older) {
                if (g->alerts[i].hazard != h || !g->episodes[i].late_inside ||
                    alert_is_live(&g->alerts[i]))
                        continue;
                g->episodes[i].late_inside = false;
                *ret_from_us = g->episodes[i].begin_us;
                *ret_until_us = g->alerts[i].ended_us;
                return true;
        }
        return false;
}

/* The span an episode stands for: the one its crossing lies in, else the
 * first that it covers part of; NULL for none. */
static const struct span *home(const struct run *run, uint32_t episode)
{
        int64_t at = run->g->alerts[episode].observed_us;
        const struct span *first = NULL;
        uint32_t i;

        for (i = 0; i < run->n; i++) {
                const struct span *x = &run->span[i];

                if (!overlaps(run->g, episode, x))
                        continue;
                if (at >= x->begin_us && at < x->end_us)
                        return x;
                if (!first)
                        first = x;
        }
        return first;
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
                    !overlaps(g, i, x))
                        continue;
                if (home(run, i) != x)
                        *ret_live |= alert_is_live(&g->alerts[i]);
                else if (best == NO_INDEX ||
                         g->episodes[i].begin_us < g->episodes[best].begin_us)
                        best = i;
        }
        return best;
}

/* What looked like one episode with another was two after all. */
static void part(struct step *s, const struct run *run, const struct subject *u,
                 uint32_t own, const struct span *x)
{
        struct alert *a = &s->g->alerts[own];
        uint32_t i;

        if (!a->merged_into[0])
                return;
        for (i = u->head; i != NO_INDEX; i = s->g->episodes[i].older)
                if (strcmp(s->g->alerts[i].id, a->merged_into) == 0 &&
                    home(run, i) == x)
                        return;
        a->merged_into[0] = '\0';
        transition_push(s, own, TRANSITION_MERGED, a->level, a->state,
                        agency_count, NULL, "迟到数据：并入取消");
}

static enum status settle(struct step *s, const struct run *run,
                          struct subject *u, const struct span *x)
{
        int64_t end = x->end_us == TIME_FOREVER ? x->last_us : x->end_us;
        bool covered;
        uint32_t own = own_of(run, u, x, &covered), i;

        if (own == NO_INDEX && covered)
                return OK;
        if (own == NO_INDEX)
                return episode_late(s, u, &x->first, x->peak.level, x->begin_us,
                                    end);
        for (i = u->head; i != NO_INDEX; i = s->g->episodes[i].older)
                if (i != own && s->g->alerts[i].hazard == run->rule->hazard &&
                    overlaps(s->g, i, x) && home(run, i) == x)
                        merge(s, own, i);
        part(s, run, u, own, x);
        follow(s, own, x);
        higher_peak(s, own, x);
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
                touched = x->begin_us <= run->until_us &&
                          x->end_us >= run->from_us;
                if ((touched || split) && x->end_us >= oldest)
                        st = settle(s, run, u, x);
        }
        return st;
}

enum status past_scalar(struct step *s, struct subject *u, uint32_t rule,
                        const struct series *x, int64_t from_us,
                        int64_t until_us)
{
        const struct station *station = &s->p->stations[u->station];
        struct reading reading[LINES_MAX];
        struct run run;
        uint32_t i;

        run_begin(&run, s->g, u, rule, from_us, until_us);
        for (i = 0; i < x->n; i++) {
                level_readings(station, run.rule, x->element,
                               x->at[i].value_milli, x->at[i].time_us, reading);
                run_step(&run, reading, x->at[i].time_us, x->at[i].seq);
        }
        return run_end(s, u, &run);
}

int64_t past_widest(const struct rule *r)
{
        int64_t window = 0;
        uint32_t i;

        for (i = 0; i < r->n_lines; i++)
                if (r->line[i].window_us > window)
                        window = r->line[i].window_us;
        return window;
}

enum status past_rain(struct step *s, struct subject *u, uint32_t rule,
                      int64_t from_us, int64_t until_us)
{
        struct reading reading[LINES_MAX];
        struct run run;
        uint32_t i;
        int64_t t;

        run_begin(&run, s->g, u, rule, from_us,
                  until_us + past_widest(&s->g->rules.rule[rule]));
        for (i = 0; i < u->rain.n; i++) {
                const struct rain_part *x = &u->rain.at[i];

                t = x->amount_milli ? x->end_us : x->begin_us + DRY_STEP_US;
                for (; t < x->end_us; t += DRY_STEP_US) {
                        window_rain_readings(&u->rain, run.rule, t, reading);
                        run_step(&run, reading, t, x->seq);
                }
                window_rain_readings(&u->rain, run.rule, x->end_us, reading);
                run_step(&run, reading, x->end_us, x->seq);
        }
        return run_end(s, u, &run);
}

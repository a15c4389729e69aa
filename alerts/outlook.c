/* alerts/outlook.c -- what forecasts say about lines not yet reached.
 *
 * In:     forecast runs as they come from the journal, ours and others'.
 * Holds:  a line is on after `runs` runs in a row of one model that cross
 *         it, and off after as many that do not, or when its time has
 *         passed by one hour.  A run older than the last one of its model is
 *         not judged.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdio.h>
#include <string.h>

static enum status outlook_of(struct subject *u, uint32_t rule,
                              const struct forecast *f, struct outlook **ret,
                              struct engine *g, struct err *e)
{
        enum status st;
        uint32_t i;

        *ret = NULL;
        for (i = 0; i < u->n_outlooks; i++)
                if (u->outlooks[i].rule == rule &&
                    strcmp(u->outlooks[i].source, f->source) == 0 &&
                    strcmp(u->outlooks[i].model, f->model) == 0) {
                        *ret = &u->outlooks[i];
                        return OK;
                }
        if (u->n_outlooks >= OUTLOOKS_MAX) {
                g->counts.dropped++;
                return OK;
        }
        st = subject_grow((void **)&u->outlooks, &u->cap_outlooks,
                          u->n_outlooks, sizeof **ret, e);
        if (st != OK)
                return st;
        *ret = &u->outlooks[u->n_outlooks++];
        memset(*ret, 0, sizeof **ret);
        (*ret)->rule = rule;
        (*ret)->issued_us = TIME_NONE;
        memcpy((*ret)->source, f->source, sizeof(*ret)->source);
        memcpy((*ret)->model, f->model, sizeof(*ret)->model);
        return OK;
}

/* Rain of the steps that lie wholly within (valid - window, valid]. */
static int64_t step_sum(const struct forecast *f, uint32_t last,
                        int64_t window_us)
{
        int64_t from = f->step[last].valid_us - window_us, sum = 0;
        uint32_t i;

        for (i = 0; i <= last; i++) {
                int64_t begin = i ? f->step[i - 1].valid_us : f->begin_us;

                if (begin >= from && begin < f->step[i].valid_us)
                        sum += f->step[i].value_milli;
        }
        return sum;
}

/* The first step that reaches the line. */
static bool crossing(const struct rule *r, const struct rule_line *l,
                     const struct forecast *f, int64_t threshold,
                     int64_t *ret_valid_us, int64_t *ret_value)
{
        int64_t value;
        uint32_t i;

        for (i = 0; i < f->n_steps; i++) {
                value = r->kind == RULE_FORECAST_RAIN
                                ? step_sum(f, i, l->window_us)
                                : f->step[i].value_milli;
                if (value >= threshold) {
                        *ret_valid_us = f->step[i].valid_us;
                        *ret_value = value;
                        return true;
                }
        }
        return false;
}

static uint8_t more(uint8_t n)
{
        return n < 250 ? n + 1 : n;
}

/* What a run says of a line. */
struct seen {
        bool crosses;
        int64_t valid_us, value_milli, threshold_milli;
        enum element element;
};

/* Sums of rain have a window, levels have none. */
static enum element element_of(const struct subject *u,
                               const struct rule_line *l)
{
        if (l->window_us)
                return window_element(l->window_us);
        return u->level_element == ELEMENT_ZU ? ELEMENT_ZU : ELEMENT_Z;
}

static struct seen look(const struct step *s, const struct subject *u,
                        uint32_t rule, uint32_t line, const struct forecast *f)
{
        const struct rule *r = &s->g->rules.rule[rule];
        const struct rule_line *l = &r->line[line];
        struct seen seen = {.threshold_milli = l->value_milli,
                            .element = element_of(u, l)};
        struct expr_result x;

        if (r->kind == RULE_EXPRESSION) {
                seen.crosses = expression_forecast(s->g, s->p, u, rule, line, f,
                                                   &seen.valid_us, &x);
                seen.value_milli = x.value_milli;
                seen.element = x.element;
                seen.threshold_milli = x.strict == TRUTH_NOT_SET
                                               ? LEVEL_UNSET
                                               : x.threshold_milli;
                return seen;
        }
        if (r->kind == RULE_FORECAST_LEVEL)
                seen.threshold_milli = level_threshold(
                        &s->p->stations[u->station], l, f->issued_us);
        seen.crosses = seen.threshold_milli != LEVEL_UNSET &&
                       crossing(r, l, f, seen.threshold_milli, &seen.valid_us,
                                &seen.value_milli);
        return seen;
}

static void judge_line(struct outlook_line *x, const struct rule *r,
                       const struct seen *seen, const struct forecast *f)
{
        uint32_t need = r->intervals ? r->intervals : 1;

        if (seen->threshold_milli == LEVEL_UNSET) {
                *x = (struct outlook_line){0};
                return;
        }
        if (!seen->crosses) {
                x->crossed = 0;
                x->cleared = more(x->cleared);
                if (x->cleared >= need)
                        x->on = false;
                return;
        }
        x->cleared = 0;
        x->crossed = more(x->crossed);
        if (x->crossed < need)
                return;
        x->on = true;
        x->valid_us = seen->valid_us;
        x->value_milli = seen->value_milli;
        x->threshold_milli = seen->threshold_milli;
        x->element = seen->element;
        x->issued_us = f->issued_us;
        x->seq = f->seq;
}

static bool is_rain(enum element el)
{
        return el <= ELEMENT_DRP;
}

/* Is the line of an expression about what is forecast? */
static bool is_of_line(const struct expr *x, enum element el)
{
        if (x->forecast == ELEMENT_PJ)
                return is_rain(el);
        if (x->forecast == ELEMENT_Z && el == ELEMENT_ZU)
                return true;
        return x->forecast != ELEMENT_count && x->forecast == el;
}

static enum status judge_run(struct step *s, struct subject *u, uint32_t rule,
                             const struct forecast *f)
{
        const struct rule *r = &s->g->rules.rule[rule];
        struct outlook *o;
        enum status st = outlook_of(u, rule, f, &o, s->g, s->e);
        uint32_t i;

        if (st != OK || !o)
                return st;
        if (o->issued_us != TIME_NONE && f->issued_us <= o->issued_us)
                return OK;
        o->issued_us = f->issued_us;
        for (i = 0; i < r->n_lines; i++) {
                struct seen seen;

                if (r->kind == RULE_EXPRESSION &&
                    !is_of_line(&s->g->programs[rule].line[i], f->element))
                        continue;
                seen = look(s, u, rule, i, f);
                judge_line(&o->line[i], r, &seen, f);
                if (o->line[i].on && o->line[i].valid_us < s->g->next_expiry_us)
                        s->g->next_expiry_us = o->line[i].valid_us;
        }
        return episode_refresh(s, u, r->hazard);
}

static bool fits_expression(const struct program *p, uint32_t level,
                            const struct subject *u, const struct forecast *f)
{
        uint32_t i;

        if (!p->forecast || p->zone != f->is_zone ||
            (p->zone && subject_zone_level(u->code) != level))
                return false;
        for (i = 0; i < p->n_lines; i++)
                if (is_of_line(&p->line[i], f->element))
                        return true;
        return false;
}

static bool fits(const struct step *s, uint32_t rule, const struct subject *u,
                 const struct forecast *f, const struct station *station)
{
        const struct engine *g = s->g;
        const struct rule *r = &g->rules.rule[rule];

        if (station ? !scope_station(g, rule, station)
                    : !scope_zone(g, rule, s->p, u->code))
                return false;
        if (r->kind == RULE_EXPRESSION)
                return fits_expression(&g->programs[rule], r->zone_level, u, f);
        if (r->kind == RULE_FORECAST_RAIN)
                return is_rain(f->element);
        if (r->kind != RULE_FORECAST_LEVEL || f->is_zone)
                return false;
        return level_watches(r, station, f->element);
}

/* When a run of our own is due next hangs on the last one. */
static void note_own(struct subject *u, const struct forecast *f)
{
        const struct series *x = level_series_find(u, f->element);
        bool travel = strcmp(f->model, FORECAST_TRAVEL) == 0;
        int64_t *run_us = travel ? &u->travel_run_us : &u->run_us;

        if (*run_us != TIME_NONE && f->issued_us <= *run_us)
                return;
        *run_us = f->issued_us;
        *(travel ? &u->travel_data_us : &u->run_data_us) =
                x && x->n ? x->at[x->n - 1].time_us : TIME_NONE;
}

enum status outlook_take(struct step *s, const struct forecast *f)
{
        struct engine *g = s->g;
        const struct places *p = s->p;
        const struct station *station = NULL;
        struct subject *u;
        uint32_t i, at;
        enum status st;

        if (f->is_zone) {
                if (!places_find_zone(p, text_of(f->subject)))
                        return OK; /* kept by the caller; no such place */
                st = subject_other(g, SUBJECT_ZONE, f->subject, &u, s->e);
        } else {
                at = places_find_station(p, text_of(f->subject));
                if (at == NO_INDEX)
                        return OK;
                station = &p->stations[at];
                st = subject_station(g, p, at, &u, s->e);
        }
        if (st == ERR_FULL) {
                g->counts.dropped++;
                return OK;
        }
        if (st == OK && strcmp(f->source, FORECAST_OWN) == 0)
                note_own(u, f);
        for (i = 0; i < g->rules.n_rules && st == OK; i++)
                if (fits(s, i, u, f, station))
                        st = judge_run(s, u, i, f);
        return st;
}

static bool expire(struct outlook *o, int64_t engine_us, int64_t *next_us)
{
        bool changed = false;
        uint32_t i;

        for (i = 0; i < LINES_MAX; i++) {
                struct outlook_line *x = &o->line[i];

                if (!x->on)
                        continue;
                if (engine_us >= x->valid_us + EXPIRY_US) {
                        *x = (struct outlook_line){0};
                        changed = true;
                } else if (x->valid_us + EXPIRY_US < *next_us) {
                        *next_us = x->valid_us + EXPIRY_US;
                }
        }
        return changed;
}

enum status outlook_tick(struct step *s)
{
        int64_t next = TIME_FOREVER;
        struct subject *u;
        uint32_t i = 0, k;
        enum status st = OK;

        if (s->m->engine_us < s->g->next_expiry_us)
                return OK;
        s->why = "预报时间已过一小时，未监测到";
        while (st == OK && (u = subject_each(s->g, &i)) != NULL)
                for (k = 0; k < u->n_outlooks && st == OK; k++)
                        if (expire(&u->outlooks[k], s->m->engine_us, &next))
                                st = episode_refresh(
                                        s, u,
                                        s->g->rules.rule[u->outlooks[k].rule]
                                                .hazard);
        s->why = NULL;
        s->g->next_expiry_us = next;
        return st;
}

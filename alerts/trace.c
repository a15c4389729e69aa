/* alerts/trace.c -- see trace.h.
 *
 * Holds:  readings come from where the engine has them; nothing is judged
 *         here in another way.
 * Thread: one owner; pure. */
#include "alerts/trace.h"

#include <string.h>

#include "alerts/inside.h"

WORD_DEFINE(trace_answer, trace_answer, TRACE_ANSWERS)

struct trace {
        const struct engine *g;
        const struct places *p;
        const struct station *s;
        const struct subject *u;
        const struct rule *r;
        uint32_t rule;
        const struct series *series; /* of one value; NULL: rain and others */
        struct track track;
};

/* The rule, or the override of it that counts at the station. */
static enum status find_rule(struct trace *t, const char *id, struct err *e)
{
        const struct rule_set *set = &t->g->rules;
        bool known = false;

        for (t->rule = 0; t->rule < set->n_rules; t->rule++) {
                if (strcmp(set->rule[t->rule].id, id) != 0)
                        continue;
                known = true;
                if (!scope_station(t->g, t->rule, t->s))
                        continue;
                t->r = &set->rule[t->rule];
                return OK;
        }
        return known ? err_set(e, ERR_MISMATCH, "%.40s is off at %s", id,
                               t->s->code)
                     : err_set(e, ERR_UNKNOWN, "no rule \"%.40s\" in force",
                               id);
}

/* The series that the rule looks at, if it is one of values. */
static const struct series *find_series(const struct trace *t)
{
        uint32_t i;

        for (i = 0; i < t->u->n_series; i++)
                if (watch_value(t->g, t->rule, t->s, t->u->series[i].element))
                        return &t->u->series[i];
        return NULL;
}

static enum status aim(struct trace *t, struct err *e)
{
        bool looks;

        if (t->r->over_zone)
                return err_set(e, ERR_UNSUPPORTED,
                               "%s is said of zones, not of one station",
                               t->r->id);
        switch (t->r->kind) {
        case RULE_RAIN_SUM:
        case RULE_DRY_DAYS:
                looks = t->u->rain.n > 0;
                break;
        case RULE_EXPRESSION:
                looks = find_series(t) != NULL ||
                        (watch_rain(t->g, t->rule, t->s) && t->u->rain.n > 0);
                break;
        case RULE_RIVER_LEVEL:
        case RULE_RESERVOIR_LIMIT:
        case RULE_WIND:
        case RULE_SOIL:
                t->series = find_series(t);
                looks = t->series != NULL;
                break;
        default:
                return err_set(e, ERR_UNSUPPORTED,
                               "a rule of kind %s is not judged on the values "
                               "of one station",
                               rule_kind_name(t->r->kind));
        }
        if (looks)
                return OK;
        return err_set(e, ERR_MISMATCH, "%s sends nothing that %s looks at",
                       t->s->code, t->r->id);
}

/* ---- one instant ---- */

/* The value in force: held for two intervals, at least an hour. */
static const struct sample *value_at(const struct trace *t, int64_t at_us)
{
        int64_t held = 2 * t->s->interval_us;
        uint32_t i = level_series_after(t->series, at_us);

        if (held < HOUR_US)
                held = HOUR_US;
        if (i == 0 || t->series->at[i - 1].time_us < at_us - held)
                return NULL;
        return &t->series->at[i - 1];
}

static void read_value(const struct trace *t, int64_t at_us,
                       struct reading *ret, bool *ret_known)
{
        const struct sample *x = value_at(t, at_us);
        uint32_t i;

        level_readings(t->s, t->r, t->series->element, x ? x->value_milli : 0,
                       at_us, ret);
        *ret_known = x != NULL;
        for (i = 0; i < t->r->n_lines && !x; i++)
                ret[i].unsure = true;
}

/* Days end at 08:00 Beijing, which is a whole day of UTC. */
static void read_days(const struct trace *t, int64_t at_us, struct reading *ret)
{
        bool unsure = false;
        int64_t n = drought_count(&t->u->days, at_us / DAY_US,
                                  t->r->effective_milli, &unsure);
        uint32_t i;

        for (i = 0; i < t->r->n_lines; i++)
                ret[i] = (struct reading){.value_milli = n * 1000,
                                          .threshold_milli =
                                                  t->r->line[i].value_milli,
                                          .element = ELEMENT_count,
                                          .unsure = unsure};
}

static void read_all(const struct trace *t, int64_t at_us, struct reading *ret,
                     bool *ret_known)
{
        *ret_known = true;
        if (t->series)
                read_value(t, at_us, ret, ret_known);
        else if (t->r->kind == RULE_EXPRESSION)
                expression_readings(t->g, t->p, t->u, t->rule, at_us, ret);
        else if (t->r->kind == RULE_DRY_DAYS)
                read_days(t, at_us, ret);
        else
                window_rain_readings(&t->u->rain, t->r, at_us, ret);
}

static enum trace_answer answer_of(const struct trace *t,
                                   const struct reading *x, bool known)
{
        if (x->absent)
                return TRACE_NOT_SET;
        if (known && trigger_reached(t->r, x))
                return TRACE_YES;
        return x->unsure ? TRACE_CANNOT_SAY : TRACE_NO;
}

static void put_line(const struct trace *t, int64_t at_us, uint32_t i,
                     const struct reading *x, bool known,
                     struct trace_line *ret)
{
        int64_t covered = 0;

        *ret = (struct trace_line){.answer = answer_of(t, x, known),
                                   .value_milli = x->value_milli,
                                   .threshold_milli = x->threshold_milli,
                                   .element = x->element,
                                   .window_us = x->window_us,
                                   .on = t->track.line[i].on};
        if (t->r->kind == RULE_RAIN_SUM)
                ret->window_us = t->r->line[i].window_us;
        /* An expression that knows nothing shows 0, but for a sum. */
        ret->has_value = known && !(x->judged && x->unsure && !x->window_us &&
                                    !x->value_milli);
        if (ret->window_us) {
                window_rain_sum(&t->u->rain, at_us, ret->window_us, &covered);
                ret->missing_us = ret->window_us - covered;
        }
}

static void step(struct trace *t, int64_t at_us, struct trace_point *ret)
{
        struct reading reading[LINES_MAX] = {0};
        bool known;
        uint32_t i;

        read_all(t, at_us, reading, &known);
        /* A trigger steps by data: what is not there changes nothing. */
        if (known)
                trigger_track(&t->track, t->r, reading, at_us, 0);
        ret->at_us = at_us;
        ret->n_lines = t->r->n_lines;
        for (i = 0; i < t->r->n_lines; i++)
                put_line(t, at_us, i, &reading[i], known, &ret->line[i]);
}

enum status engine_trace(const struct engine *g, const struct places *p,
                         uint32_t station, const char *rule_id, int64_t from_us,
                         int64_t to_us, int64_t step_us, trace_take *take,
                         void *self, struct err *e)
{
        struct trace t = {.g = g, .p = p, .s = &p->stations[station]};
        struct trace_point point;
        enum status st;
        uint32_t i;

        st = find_rule(&t, rule_id, e);
        if (!t.r)
                return st;
        if (step_us <= 0 || from_us >= to_us ||
            (to_us - from_us) / step_us > TRACE_POINTS_MAX)
                return err_set(e, ERR_RANGE,
                               "from before to, and at most %u steps",
                               TRACE_POINTS_MAX);
        t.u = subject_known(g, station);
        if (!t.u)
                return err_set(e, ERR_MISMATCH, "%s has sent nothing yet",
                               t.s->code);
        st = aim(&t, e);
        if (st != OK)
                return st;
        for (i = 0; i < LINES_MAX; i++)
                trigger_clear(&t.track.line[i]);
        for (; from_us <= to_us; from_us += step_us) {
                step(&t, from_us, &point);
                take(self, &point);
        }
        return OK;
}

/* alerts/engine.c -- the door: each call of engine.h becomes one step,
 * which the file that knows about it takes.
 *
 * Holds:  this file is the top: the others call downwards only, in the
 *         order observe, silence, zone, drought, amend, past, outlook;
 *         episode; coordinate; transition; watch, scope, expression, where; and
 *         below them windows, walks, triggers, calls and expr.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdlib.h>
#include <string.h>

enum status engine_create(struct engine **ret, struct err *e)
{
        struct engine *g = calloc(1, sizeof *g);

        if (!g)
                return err_set(e, ERR_MEMORY, "engine");
        g->broker_up_us = TIME_NONE;
        g->table = 1; /* a track that was never judged has none */
        g->next_cool_us = TIME_FOREVER;
        *ret = g;
        return OK;
}

void engine_free(struct engine *g)
{
        uint32_t i;

        if (!g)
                return;
        for (i = 0; i < g->n_stations; i++)
                subject_free(g->stations[i]);
        for (i = 0; i < g->n_others; i++)
                subject_free(g->others[i]);
        free(g->stations);
        free(g->others);
        expression_free(g->programs, g->rules.n_rules);
        free(g->calls);
        free(g->alerts);
        free(g->episodes);
        free(g);
}

const struct rule_set *engine_rule_set(const struct engine *g)
{
        return &g->rules;
}

enum status engine_rules(struct engine *g, const struct rule_set *rules,
                         struct err *e)
{
        uint32_t i = 0, n_old = g->rules.n_rules;
        struct program *programs;
        struct rule_fault fault;
        struct carry carry;
        struct subject *u;
        enum status st;

        if (rules->n_rules > RULES_MAX)
                return err_set(e, ERR_FULL, "%u rules, at most %d",
                               rules->n_rules, RULES_MAX);
        st = expression_compile(rules, &programs, &fault, e);
        if (st != OK)
                return st;
        carry_plan(&carry, &g->rules, rules);
        while ((u = subject_each(g, &i)) != NULL)
                carry_subject(u, &carry);
        rule_set_copy(&g->rules, rules);
        expression_adopt(g, programs, n_old);
        g->rules_changed = true;
        g->table++;
        g->next_silence_us = 0;
        g->next_minute_us = 0;
        return OK;
}

enum status engine_rules_check(const struct rule_set *rules,
                               struct rule_fault *ret, struct err *e)
{
        struct program *programs;
        enum status st = expression_compile(rules, &programs, ret, e);

        if (st != OK)
                return st;
        st = contradict_check(rules, programs, ret, e);
        expression_free(programs, rules->n_rules);
        return st;
}

void engine_places(struct engine *g)
{
        if (scope_any(g))
                g->rules_changed = true;
}

/* A new rule set may have taken the rule of a standing episode away, and a
 * station that lies elsewhere now may have another. */
static enum status rejudge(struct step *s)
{
        bool scoped = s->g->rules_changed && scope_any(s->g);
        struct subject *u;
        uint32_t i = 0;
        enum status st = OK;
        int h;

        if (!s->g->rules_changed)
                return OK;
        s->g->rules_changed = false;
        s->why = scoped ? "规则或所属区域已更换" : "规则已更换";
        while (st == OK && (u = subject_each(s->g, &i)) != NULL) {
                if (scoped)
                        scope_settle(s->g, s->p, u);
                for (h = 0; h < hazard_count && st == OK; h++)
                        if (u->head != NO_INDEX)
                                st = episode_refresh(s, u, (enum hazard)h);
        }
        s->why = NULL;
        return st;
}

void engine_seen(struct engine *g, uint32_t station, int64_t engine_us)
{
        silence_seen(g, station, engine_us);
}

enum status engine_incident(struct engine *g, const struct places *p,
                            const struct incident *c, const struct moment *m,
                            struct effects *fx, struct err *e)
{
        struct step s = {g, p, m, fx, e, m->engine_us, NULL, false};

        return calls_put(&s, c);
}

enum status engine_observe(struct engine *g, const struct places *p,
                           const struct observation *o, const struct moment *m,
                           struct effects *fx, struct err *e)
{
        struct step s = {g, p, m, fx, e, o->time_us, NULL, false};

        return observe_value(&s, o);
}

enum status engine_rain(struct engine *g, const struct places *p,
                        const struct rain_slot *slot, const struct moment *m,
                        struct effects *fx, struct err *e)
{
        struct step s = {g, p, m, fx, e, slot->end_us, NULL, false};

        return observe_rain(&s, slot);
}

enum status engine_forecast(struct engine *g, const struct places *p,
                            const struct forecast *f, const struct moment *m,
                            struct effects *fx, struct err *e)
{
        struct step s = {g, p, m, fx, e, m->engine_us, NULL, false};

        return outlook_take(&s, f);
}

enum status engine_link(struct engine *g, const struct places *p,
                        const char *link, bool up, const struct moment *m,
                        struct effects *fx, struct err *e)
{
        struct step s = {g, p, m, fx, e, m->engine_us, NULL, false};

        return silence_link(&s, link, up);
}

enum status engine_ack(struct engine *g, const struct ack *k,
                       const struct moment *m, struct effects *fx,
                       struct err *e)
{
        struct step s = {g, NULL, m, fx, e, m->engine_us, NULL, false};

        return coordinate_ack(&s, k);
}

enum status engine_close(struct engine *g, const char *alert, const char *user,
                         const char *why, const struct moment *m,
                         struct effects *fx, struct err *e)
{
        struct step s = {g, NULL, m, fx, e, m->engine_us, NULL, false};

        return coordinate_close(&s, alert, user, why);
}

enum status engine_tick(struct engine *g, const struct places *p,
                        const struct moment *m, struct effects *fx,
                        struct err *e)
{
        struct step s = {g, p, m, fx, e, m->engine_us, NULL, false};
        enum status st = rejudge(&s);

        if (st == OK)
                st = silence_links(&s);
        if (st == OK)
                st = silence_tick(&s);
        if (st == OK)
                st = zone_tick(&s);
        if (st == OK)
                st = outlook_tick(&s);
        if (st == OK)
                st = episode_cooled(&s);
        if (st != OK)
                return st;
        coordinate_tick(&s);
        if (m->engine_us >= g->next_sweep_us) {
                episode_sweep(g, m->engine_us);
                g->next_sweep_us = m->engine_us + HOUR_US;
        }
        return OK;
}

uint32_t engine_alerts(const struct engine *g, const struct alert **ret)
{
        *ret = g->alerts;
        return g->n_alerts;
}

const struct alert *engine_find(const struct engine *g, struct text id)
{
        uint32_t i;

        for (i = g->n_alerts; i > 0; i--)
                if (text_is(id, g->alerts[i - 1].id))
                        return &g->alerts[i - 1];
        return NULL;
}

void engine_count(const struct engine *g, struct engine_counts *ret)
{
        uint32_t i;

        *ret = g->counts;
        memset(ret->open, 0, sizeof ret->open);
        for (i = 0; i < g->n_alerts; i++)
                if (alert_is_live(&g->alerts[i]))
                        ret->open[g->alerts[i].hazard][g->alerts[i].level]++;
}

bool engine_forecast_due(const struct engine *g, const struct places *p,
                         uint32_t station, int64_t engine_us,
                         struct forecast *ret)
{
        return forecast_due(g, p, station, engine_us, ret);
}

bool engine_travel_due(const struct engine *g, const struct places *p,
                       uint32_t station, int64_t engine_us,
                       struct forecast *ret)
{
        return travel_due(g, p, station, engine_us, ret);
}

void engine_standing(const struct engine *g, const struct places *p,
                     uint32_t station, int64_t engine_us,
                     struct station_standing *ret)
{
        standing_of(g, p, station, engine_us, ret);
}

void engine_save(const struct engine *g, struct buf *b)
{
        save_write(g, b);
}

enum status engine_load(struct engine *g, struct unpack *u, struct err *e)
{
        struct program *programs;
        struct rule_fault fault;
        enum status st = save_read(g, u, e);

        if (st == OK)
                st = expression_compile(&g->rules, &programs, &fault, e);
        if (st == OK)
                expression_adopt(g, programs, 0);
        return st;
}

/* alerts/carry.c -- what a subject keeps when another rule set comes.
 *
 * Holds:  a rule of the same id, scope and kind goes on where it was, and a
 * line of it when the new rule has one of the same level.  What goes where is
 * found once for all subjects: a table of other limits touches none of them.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <string.h>

/* Index of the rule of the same id, scope and kind in the new set. */
static uint32_t same_rule(const struct rule *old, const struct rule_set *set)
{
        uint32_t i;

        for (i = 0; i < set->n_rules; i++)
                if (set->rule[i].kind == old->kind &&
                    set->rule[i].scope_station == old->scope_station &&
                    strcmp(set->rule[i].scope, old->scope) == 0 &&
                    strcmp(set->rule[i].id, old->id) == 0)
                        return i;
        return NO_INDEX;
}

/* Have they lines of the same levels, in the same order? */
static bool same_lines(const struct rule *a, const struct rule *b)
{
        uint32_t i;

        for (i = 0; i < a->n_lines && i < b->n_lines; i++)
                if (a->line[i].level != b->line[i].level)
                        return false;
        return a->n_lines == b->n_lines;
}

void carry_plan(struct carry *c, const struct rule_set *old,
                const struct rule_set *now)
{
        uint32_t i;

        c->old = old;
        c->now = now;
        c->moves = false;
        for (i = 0; i < old->n_rules; i++) {
                c->to[i] = same_rule(&old->rule[i], now);
                c->lines[i] = c->to[i] != NO_INDEX &&
                              same_lines(&old->rule[i], &now->rule[c->to[i]]);
                c->moves |= c->to[i] != i || !c->lines[i];
        }
}

/* A line keeps its state when the new rule has one of the same level. */
static void move_lines(const struct rule *old, const struct rule *now,
                       void *lines, size_t size, const void *off)
{
        char kept[LINES_MAX * 128];
        uint32_t i, k;

        memcpy(kept, lines, LINES_MAX * size);
        for (i = 0; i < LINES_MAX; i++) {
                memcpy((char *)lines + i * size, off, size);
                for (k = 0; i < now->n_lines && k < old->n_lines; k++)
                        if (old->line[k].level == now->line[i].level)
                                memcpy((char *)lines + i * size,
                                       kept + k * size, size);
        }
}

static void carry_lines(const struct carry *c, uint32_t rule, void *lines,
                        size_t size, const void *off)
{
        if (!c->lines[rule])
                move_lines(&c->old->rule[rule], &c->now->rule[c->to[rule]],
                           lines, size, off);
}

void carry_track(struct track *t, const struct rule *old,
                 const struct rule *now)
{
        struct trigger off;

        trigger_clear(&off);
        move_lines(old, now, t->line, sizeof off, &off);
}

void carry_outlook(struct outlook *o, const struct rule *old,
                   const struct rule *now)
{
        static const struct outlook_line off;

        move_lines(old, now, o->line, sizeof off, &off);
}

static void carry_tracks(struct subject *u, const struct carry *c)
{
        struct trigger off;
        uint32_t i, n = 0;

        trigger_clear(&off);
        for (i = 0; i < u->n_tracks; i++) {
                struct track *t = &u->tracks[i];

                if (c->to[t->rule] == NO_INDEX)
                        continue;
                carry_lines(c, t->rule, t->line, sizeof off, &off);
                t->rule = c->to[t->rule];
                if (n != i)
                        u->tracks[n] = *t;
                n++;
        }
        u->n_tracks = n;
}

static void carry_outlooks(struct subject *u, const struct carry *c)
{
        static const struct outlook_line off;
        uint32_t i, n = 0;

        for (i = 0; i < u->n_outlooks; i++) {
                struct outlook *o = &u->outlooks[i];

                if (c->to[o->rule] == NO_INDEX)
                        continue;
                carry_lines(c, o->rule, o->line, sizeof off, &off);
                o->rule = c->to[o->rule];
                if (n != i)
                        u->outlooks[n] = *o;
                n++;
        }
        u->n_outlooks = n;
}

void carry_subject(struct subject *u, const struct carry *c)
{
        /* What is counted is judged anew as its data comes. */
        where_drop(u);
        u->n_states = 0;
        if (!c->moves)
                return;
        carry_tracks(u, c);
        carry_outlooks(u, c);
}

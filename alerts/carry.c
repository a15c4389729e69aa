/* alerts/carry.c -- what a subject keeps when another rule set comes.
 *
 * Holds:  a rule of the same id and kind goes on where it was, and a line
 *         of it when the new rule has one of the same level.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <string.h>

/* Index of the rule of the same id and kind in the new set. */
static uint32_t same_rule(const struct rule *old, const struct rule_set *set)
{
        uint32_t i;

        for (i = 0; i < set->n_rules; i++)
                if (set->rule[i].kind == old->kind &&
                    strcmp(set->rule[i].id, old->id) == 0)
                        return i;
        return NO_INDEX;
}

/* A line keeps its state when the new rule has one of the same level. */
static void carry_lines(void *lines, size_t size, const struct rule *old,
                        const struct rule *now, const void *off)
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

void carry_subject(struct subject *u, const struct rule_set *old,
                   const struct rule_set *now)
{
        static const struct outlook_line no_outlook;
        struct trigger off;
        uint32_t i, n = 0, to;

        trigger_clear(&off);
        for (i = 0; i < u->n_tracks; i++) {
                struct track t = u->tracks[i];

                to = same_rule(&old->rule[t.rule], now);
                if (to == NO_INDEX)
                        continue;
                carry_lines(t.line, sizeof off, &old->rule[t.rule],
                            &now->rule[to], &off);
                t.rule = to;
                u->tracks[n++] = t;
        }
        u->n_tracks = n;
        /* What is counted is judged anew as its data comes. */
        where_drop(u);
        u->n_states = 0;
        for (i = 0, n = 0; i < u->n_outlooks; i++) {
                struct outlook o = u->outlooks[i];

                to = same_rule(&old->rule[o.rule], now);
                if (to == NO_INDEX)
                        continue;
                carry_lines(o.line, sizeof no_outlook, &old->rule[o.rule],
                            &now->rule[to], &no_outlook);
                o.rule = to;
                u->outlooks[n++] = o;
        }
        u->n_outlooks = n;
}

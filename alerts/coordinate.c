/* alerts/coordinate.c -- who must answer, who has, and what happens when
 * nobody does.
 *
 * Holds:  each required agency has a deadline in real time (people's
 *         time); at the first tick past it the duty is escalated, once.
 *         An alert is acknowledged when the three-defenses office has
 *         answered (any required agency, where that office is not
 *         required) with anything but a refusal.  A grade worse than the
 *         one an answer was given at asks for that answer anew.
 *         At red a deadline is half as long.
 * Thread: one owner; pure. */
#include "alerts/inside.h"

#include <stdio.h>
#include <string.h>

static int64_t deadline(const struct rule *r, int agency, enum level level,
                        int64_t real_us)
{
        int64_t wait = r->deadline_us[agency];

        return real_us + (level >= LEVEL_RED ? wait / 2 : wait);
}

static void watch(struct engine *g, int64_t deadline_real_us)
{
        if (deadline_real_us < g->next_deadline_real_us)
                g->next_deadline_real_us = deadline_real_us;
}

static void ask(struct engine *g, struct answer *x, int64_t deadline_real_us)
{
        *x = (struct answer){.required = true,
                             .given_real_us = TIME_NONE,
                             .deadline_real_us = deadline_real_us,
                             .escalated_real_us = TIME_NONE};
        watch(g, deadline_real_us);
}

void coordinate_start(struct engine *g, uint32_t index, const struct rule *r,
                      int64_t real_us)
{
        struct alert *a = &g->alerts[index];
        int i;

        for (i = 0; i < agency_count; i++)
                if (r->agencies & AGENCY_BIT(i))
                        ask(g, &a->answers[i],
                            deadline(r, i, a->level, real_us));
}

bool coordinate_worse(struct engine *g, uint32_t index, const struct rule *r,
                      int64_t real_us)
{
        struct alert *a = &g->alerts[index];
        struct episode *ep = &g->episodes[index];
        bool reopened = false;
        int i;

        for (i = 0; i < agency_count; i++) {
                struct answer *x = &a->answers[i];
                bool wanted = (r->agencies & AGENCY_BIT(i)) != 0;
                int64_t until = deadline(r, i, a->level, real_us);

                if (x->given && ep->answered_at[i] < a->level) {
                        reopened = true;
                        if (x->required || wanted)
                                ask(g, x, until);
                        else
                                x->given = false;
                } else if (wanted && !x->required && !x->given) {
                        ask(g, x, until);
                } else if (wanted && !x->given && !x->escalated &&
                           until < x->deadline_real_us) {
                        x->deadline_real_us = until;
                        watch(g, until);
                }
        }
        if (a->state == ALERT_ACKNOWLEDGED && ep->acked_at < a->level) {
                a->state = ALERT_OPEN;
                ep->acked_at = LEVEL_NONE;
                reopened = true;
        }
        return reopened;
}

void coordinate_stop(struct alert *a)
{
        int i;

        for (i = 0; i < agency_count; i++)
                a->answers[i].deadline_real_us = TIME_NONE;
}

static bool acknowledges(const struct alert *a, enum agency agency,
                         enum intent intent)
{
        if (intent == INTENT_REFUSED)
                return false;
        if (a->answers[AGENCY_SANFANG].required)
                return agency == AGENCY_SANFANG;
        return a->answers[agency].required;
}

static bool same_answer(const struct answer *x, const struct ack *k)
{
        return x->given && x->intent == k->intent &&
               strcmp(x->user, k->user) == 0 && strcmp(x->note, k->note) == 0;
}

static uint32_t find(const struct engine *g, const char *id)
{
        uint32_t i;

        for (i = g->n_alerts; i > 0; i--)
                if (strcmp(id, g->alerts[i - 1].id) == 0)
                        return i - 1;
        return NO_INDEX;
}

enum status coordinate_ack(struct step *s, const struct ack *k)
{
        struct engine *g = s->g;
        uint32_t index = find(g, k->alert);
        enum alert_state from;
        struct answer *x;
        struct alert *a;

        if (index == NO_INDEX)
                return err_set(s->e, ERR_UNKNOWN, "no alert %s", k->alert);
        if (k->agency >= agency_count || k->intent >= intent_count)
                return err_set(s->e, ERR_RANGE, "no such agency or intent");
        a = &g->alerts[index];
        if (!alert_is_live(a))
                return err_set(s->e, ERR_CONFLICT, "alert %s is %s", k->alert,
                               alert_state_name(a->state));
        x = &a->answers[k->agency];
        if (same_answer(x, k))
                return OK;
        from = a->state;
        x->given = true;
        x->intent = k->intent;
        memcpy(x->user, k->user, sizeof x->user);
        memcpy(x->note, k->note, sizeof x->note);
        x->given_real_us = s->m->real_us;
        x->deadline_real_us = TIME_NONE;
        g->episodes[index].answered_at[k->agency] = a->level;
        if (acknowledges(a, k->agency, k->intent)) {
                a->state = ALERT_ACKNOWLEDGED;
                g->episodes[index].acked_at = a->level;
        }
        transition_push(s, index, TRANSITION_ACK, a->level, from, k->agency,
                        k->user, k->note);
        return OK;
}

enum status coordinate_close(struct step *s, const char *alert,
                             const char *user, const char *why)
{
        struct engine *g = s->g;
        uint32_t index = find(g, alert);
        enum alert_state from;
        struct alert *a;

        if (index == NO_INDEX)
                return err_set(s->e, ERR_UNKNOWN, "no alert %s", alert);
        a = &g->alerts[index];
        if (!alert_is_live(a) && a->state != ALERT_ENDED)
                return err_set(s->e, ERR_CONFLICT, "alert %s is %s", alert,
                               alert_state_name(a->state));
        from = a->state;
        if (alert_is_live(a)) {
                g->episodes[index].suppress = a->level;
                a->ended_us = s->m->engine_us;
        }
        a->state = ALERT_CLOSED;
        coordinate_stop(a);
        snprintf(a->reason, sizeof a->reason, "%s", why);
        transition_push(s, index, TRANSITION_CLOSED, a->level, from,
                        agency_count, user, why);
        return OK;
}

/* To whom the duty goes: everybody's next is the three-defenses office,
 * and its next is the chief on duty. */
static void escalate(struct step *s, uint32_t index, enum agency agency)
{
        struct alert *a = &s->g->alerts[index];
        struct answer *x = &a->answers[agency];
        char note[NOTE_MAX + 1];

        x->escalated = true;
        x->escalated_real_us = s->m->real_us;
        snprintf(note, sizeof note, "%s未按时答复，转%s", agency_zh(agency),
                 agency == AGENCY_SANFANG ? "带班领导" : "三防办");
        s->g->counts.escalated++;
        transition_push(s, index, TRANSITION_ESCALATED, a->level, a->state,
                        agency, NULL, note);
}

void coordinate_tick(struct step *s)
{
        struct engine *g = s->g;
        int64_t next = TIME_FOREVER;
        uint32_t i;
        int k;

        if (s->m->real_us < g->next_deadline_real_us)
                return;
        for (i = 0; i < g->n_alerts; i++) {
                if (!alert_is_live(&g->alerts[i]))
                        continue;
                for (k = 0; k < agency_count; k++) {
                        struct answer *x = &g->alerts[i].answers[k];

                        if (!alert_duty_waits(x))
                                continue;
                        if (s->m->real_us >= x->deadline_real_us)
                                escalate(s, i, (enum agency)k);
                        else if (x->deadline_real_us < next)
                                next = x->deadline_real_us;
                }
        }
        g->next_deadline_real_us = next;
}

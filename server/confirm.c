/* server/confirm.c -- the answers that SL 651 terminals wait for. */
#include "server/confirm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct confirms {
        receipt_send mqtt;
        confirm_send tcp;
        void *self;
        struct downlink *at; /* a ring of cap */
        uint32_t first, n, cap;
        uint64_t sent, unsent, dropped;
};

enum status confirms_create(receipt_send mqtt, confirm_send tcp, void *self,
                            struct confirms **ret, struct err *e)
{
        struct confirms *c = calloc(1, sizeof *c);

        if (!c)
                return err_set(e, ERR_MEMORY, "no memory");
        c->mqtt = mqtt;
        c->tcp = tcp;
        c->self = self;
        *ret = c;
        return OK;
}

void confirms_free(struct confirms *c)
{
        if (c)
                free(c->at);
        free(c);
}

static bool has_room(struct confirms *c)
{
        uint32_t cap = c->cap ? c->cap * 2 : 64, i;
        struct downlink *at;

        if (c->n < c->cap)
                return true;
        if (cap > CONFIRMS_MAX)
                return false;
        at = malloc(cap * sizeof *at);
        if (!at)
                return false;
        for (i = 0; c->cap && i < c->n; i++)
                at[i] = c->at[(c->first + i) % c->cap];
        free(c->at);
        c->at = at;
        c->cap = cap;
        c->first = 0;
        return true;
}

void confirms_on_effects(struct confirms *c, const struct effects *fx)
{
        uint32_t i;

        for (i = 0; i < fx->n_downlink; i++) {
                if (!has_room(c)) {
                        c->dropped++;
                        continue;
                }
                c->at[(c->first + c->n++) % c->cap] = fx->downlink[i];
        }
}

static enum status send_one(struct confirms *c, const struct downlink *d)
{
        struct text bytes = {(const char *)d->bytes, d->n};
        char topic[128];

        if (d->is_tcp)
                return c->tcp(c->self, d->to, bytes);
        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/down/sl651", d->to);
        return c->mqtt(c->self, topic, bytes);
}

uint64_t confirm_safe_seq(bool after_commit, uint64_t synced, uint64_t archived)
{
        uint64_t committed = archived < synced ? archived : synced;

        return after_commit ? committed : synced;
}

void confirms_on_safe(struct confirms *c, uint64_t seq)
{
        for (; c->n && c->at[c->first].seq <= seq; c->n--) {
                if (send_one(c, &c->at[c->first]) == OK)
                        c->sent++;
                else
                        c->unsent++;
                c->first = (c->first + 1) % c->cap;
        }
}

void confirms_get_counts(const struct confirms *c, struct confirms_counts *ret)
{
        *ret = (struct confirms_counts){c->sent, c->n, c->unsent, c->dropped};
}

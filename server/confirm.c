/* server/confirm.c -- the answer an SL 651 terminal waits for. */
#include "server/confirm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensors/sl651.h"
#include "sensors/topic.h"

#define WAITING_MAX 1024

struct waiting {
        uint64_t seq;
        char station[CODE_MAX + 1];
        uint8_t answer[SL651_CONFIRM_BYTES];
        size_t n;
};

struct confirms {
        receipt_send send;
        void *self;
        struct waiting at[WAITING_MAX]; /* a ring */
        uint32_t first, n;
        uint64_t dropped;
};

enum status confirms_create(receipt_send send, void *self,
                            struct confirms **ret, struct err *e)
{
        struct confirms *c = calloc(1, sizeof *c);

        if (!c)
                return err_set(e, ERR_MEMORY, "no memory");
        c->send = send;
        c->self = self;
        *ret = c;
        return OK;
}

void confirms_free(struct confirms *c)
{
        free(c);
}

/* Kept is kept: a frame that is recognised but not decoded is answered,
 * one for a station that we do not know is not. */
static bool wants_answer(const struct effects *fx)
{
        return fx->n_refused == 0 || fx->refused[0].reason == ERR_UNSUPPORTED;
}

void confirms_on_record(struct confirms *c, const struct record *r,
                        const struct effects *fx, int64_t now_us)
{
        struct waiting *w;
        struct text topic, frame;
        struct topic t;

        if (r->kind != RECORD_MQTT || !wants_answer(fx) ||
            record_mqtt_unpack(r, &topic, &frame, NULL) != OK ||
            topic_parse(topic, &t, NULL) != OK || t.kind != TOPIC_SL651)
                return;
        if (c->n == WAITING_MAX) {
                c->dropped++;
                return;
        }
        w = &c->at[(c->first + c->n) % WAITING_MAX];
        w->n = sl651_confirm(frame, now_us, true, w->answer);
        if (w->n == 0)
                return;
        w->seq = r->seq;
        memcpy(w->station, t.name, sizeof w->station);
        c->n++;
}

void confirms_on_synced(struct confirms *c, uint64_t synced_seq)
{
        char topic[96];

        for (; c->n && c->at[c->first].seq <= synced_seq; c->n--) {
                struct waiting *w = &c->at[c->first];

                snprintf(topic, sizeof topic, "sanfang/v1/st/%s/down/sl651",
                         w->station);
                c->send(c->self, topic,
                        (struct text){(const char *)w->answer, w->n});
                c->first = (c->first + 1) % WAITING_MAX;
        }
}

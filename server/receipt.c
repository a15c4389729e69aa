/* server/receipt.c -- telling a station what is in the database. */
#include "server/receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "schemas/wire/json.h"

#define INTERVAL_US (5 * SECOND_US)
#define RANGES_MAX 32
#define REFUSED_MAX 16

struct due {
        char subject[CODE_MAX + 1];
        bool is_centre;
        bool dirty;        /* something new since the last copy */
        char *copy;        /* payload that waits for the archive */
        uint64_t need_seq; /* until the archive is there */
        int64_t sent_mono_us;
};

struct receipts {
        receipt_send send;
        void *self;
        struct due *due;
        uint32_t n, cap;
};

enum status receipts_create(receipt_send send, void *self,
                            struct receipts **ret, struct err *e)
{
        struct receipts *r = calloc(1, sizeof *r);

        if (!r)
                return err_set(e, ERR_MEMORY, "no memory for receipts");
        r->send = send;
        r->self = self;
        *ret = r;
        return OK;
}

void receipts_free(struct receipts *r)
{
        uint32_t i;

        if (!r)
                return;
        for (i = 0; i < r->n; i++)
                free(r->due[i].copy);
        free(r->due);
        free(r);
}

static struct due *find(struct receipts *r, const struct kept *k)
{
        struct due *more;
        uint32_t i;

        for (i = 0; i < r->n; i++)
                if (r->due[i].is_centre == k->is_centre &&
                    strcmp(r->due[i].subject, k->subject) == 0)
                        return &r->due[i];
        if (r->n == r->cap) {
                more = realloc(r->due, (r->cap * 2 + 16) * sizeof *more);
                if (!more)
                        return NULL; /* the next kept one tries again */
                r->due = more;
                r->cap = r->cap * 2 + 16;
        }
        memset(&r->due[r->n], 0, sizeof *r->due);
        memcpy(r->due[r->n].subject, k->subject, sizeof k->subject);
        r->due[r->n].is_centre = k->is_centre;
        r->due[r->n].sent_mono_us = INT64_MIN / 2;
        return &r->due[r->n++];
}

void receipts_on_effects(struct receipts *r, const struct effects *fx)
{
        uint32_t i;
        struct due *d;

        for (i = 0; i < fx->n_kept; i++) {
                d = find(r, &fx->kept[i]);
                if (d)
                        d->dirty = true;
        }
}

static void put_refused(struct json_out *o, const struct state *s,
                        const struct due *d)
{
        struct sequence_refused refused[REFUSED_MAX];
        uint32_t n, i;

        n = sensors_sequences_refused(s->sensors, d->subject, d->is_centre,
                                      refused, REFUSED_MAX);
        json_open_array(o, "refused");
        for (i = 0; i < n; i++) {
                json_open(o, NULL);
                json_put_u64(o, "seq", refused[i].seq);
                json_put_str(o, "reason", status_name(refused[i].reason));
                json_close(o);
        }
        json_close_array(o);
}

/* {"boot","upto","also":[[20,22]],"refused":[{"seq","reason"}]} */
static char *payload(const struct state *s, const struct due *d)
{
        struct sequence_range range[RANGES_MAX];
        struct buf b = {0};
        struct json_out o = json_out(&b);
        uint64_t boot = 0;
        uint32_t n, i = 0;

        n = sensors_sequences(s->sensors, d->subject, d->is_centre, &boot,
                              range, RANGES_MAX);
        json_open(&o, NULL);
        json_put_u64(&o, "boot", boot);
        if (n && range[0].from <= 1)
                i = 1;
        json_put_u64(&o, "upto", i ? range[0].to : 0);
        json_open_array(&o, "also");
        for (; i < n; i++) {
                json_open_array(&o, NULL);
                json_put_u64(&o, NULL, range[i].from);
                json_put_u64(&o, NULL, range[i].to);
                json_close_array(&o);
        }
        json_close_array(&o);
        put_refused(&o, s, d);
        json_close(&o);
        buf_char(&b, '\0');
        if (b.failed) {
                buf_done(&b);
                return NULL;
        }
        return b.p;
}

static void send_one(struct receipts *r, struct due *d, int64_t mono_us)
{
        char topic[96];

        snprintf(topic, sizeof topic, "sanfang/v1/%s/%s/down/receipt",
                 d->is_centre ? "120" : "st", d->subject);
        if (r->send(r->self, topic, text_of(d->copy)) != OK)
                return; /* no broker now: the next tick tries again */
        free(d->copy);
        d->copy = NULL;
        d->sent_mono_us = mono_us;
}

void receipts_tick(struct receipts *r, const struct state *s,
                   uint64_t archived_seq, int64_t mono_us)
{
        uint32_t i;

        for (i = 0; i < r->n; i++) {
                struct due *d = &r->due[i];

                if (d->dirty && !d->copy) {
                        d->copy = payload(s, d);
                        d->need_seq = s->seq;
                        d->dirty = d->copy == NULL;
                }
                if (d->copy && archived_seq >= d->need_seq &&
                    mono_us - d->sent_mono_us >= INTERVAL_US)
                        send_one(r, d, mono_us);
        }
}

/* server/tool/radio.c -- a broker that many terminals share. */
#include "server/tool/radio.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "schemas/pack.h"

#define INBOX_MAX (4u << 20)

struct radio {
        struct mqtt *mqtt;
        pthread_mutex_t lock; /* guards inbox */
        struct buf inbox;     /* topic, payload; topic, payload... */
        struct buf reading;
        struct unpack left; /* of reading */
};

/* The broker's thread. */
static enum status keep(void *self, struct text topic, struct text payload,
                        struct err *e)
{
        struct radio *r = self;
        enum status st = OK;

        pthread_mutex_lock(&r->lock);
        if (r->inbox.n + topic.n + payload.n + 8 > INBOX_MAX) {
                st = err_set(e, ERR_FULL, "too many answers wait");
        } else {
                pack_text(&r->inbox, topic);
                pack_text(&r->inbox, payload);
        }
        pthread_mutex_unlock(&r->lock);
        return st;
}

static void tell_link(void *self, bool up, const char *why)
{
        (void)self;
        fprintf(stderr, "level=%s event=link link=broker up=%d why=\"%s\"\n",
                up ? "info" : "warn", up, why);
}

enum status radio_open(const struct mqtt_config *mqtt, const char *station,
                       struct radio **ret, struct err *e)
{
        struct radio *r = calloc(1, sizeof *r);
        struct mqtt_sink sink = {r, keep, tell_link};
        struct mqtt_config c = *mqtt;
        char topic[96];
        enum status st;

        if (!r)
                return err_set(e, ERR_MEMORY, "radio");
        pthread_mutex_init(&r->lock, NULL);
        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/down/sl651",
                 station ? station : "+");
        c.topics[0] = topic;
        c.topics[1] = NULL;
        st = mqtt_create(&c, &sink, &r->mqtt, e);
        if (st != OK) {
                radio_close(r);
                return st;
        }
        *ret = r;
        return OK;
}

void radio_close(struct radio *r)
{
        if (!r)
                return;
        mqtt_free(r->mqtt);
        buf_done(&r->inbox);
        buf_done(&r->reading);
        pthread_mutex_destroy(&r->lock);
        free(r);
}

bool radio_is_up(const struct radio *r)
{
        return mqtt_is_up(r->mqtt);
}

enum status radio_send(struct radio *r, const char *station, struct text frame,
                       struct err *e)
{
        char topic[96];

        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/up/sl651", station);
        return mqtt_publish(r->mqtt, topic, frame, 1, false, e);
}

static void turn_over(struct radio *r)
{
        struct buf swap;

        buf_clear(&r->reading);
        pthread_mutex_lock(&r->lock);
        swap = r->inbox;
        r->inbox = r->reading;
        r->reading = swap;
        pthread_mutex_unlock(&r->lock);
        r->left = (struct unpack){r->reading.p, r->reading.n, false};
}

bool radio_next(struct radio *r, struct text *ret_station,
                struct text *ret_frame)
{
        struct text topic, piece = {0};
        int i;

        if (r->left.n == 0)
                turn_over(r);
        while (r->left.n && !r->left.failed) {
                topic = unpack_text(&r->left);
                *ret_frame = unpack_text(&r->left);
                for (i = 0; i < 4; i++)
                        if (!text_cut(&topic, '/', &piece))
                                break;
                if (i == 4 && !r->left.failed) {
                        *ret_station = piece;
                        return true;
                }
        }
        return false;
}

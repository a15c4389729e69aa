/* server/tool/courier.c -- a station store and a broker, brought together. */
#include "server/tool/courier.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schemas/place.h"
#include "schemas/pack.h"
#include "schemas/time.h"
#include "server/clock.h"

#define INBOX_MAX (4u << 20)
#define WINDOW 20 /* unacknowledged at most: mosquitto's default */
#define TURN_MS 100
#define PAUSE_US 2000
#define PROVE_US (10 * SECOND_US)
#define PROBE_US SECOND_US

struct courier {
        struct station_store *store;
        struct mqtt *mqtt;
        pthread_mutex_t lock; /* guards inbox */
        struct buf inbox;     /* topic, payload; topic, payload... */
        struct buf reading;
        uint64_t connects; /* as last seen */
        bool heard;        /* a receipt came on this connection */
        bool proven;       /* so the server is on it: send freely */
        int64_t prove_us;  /* or it is late enough to send anyway */
        int64_t probe_us;  /* the next probe */
};

/* The broker's thread. */
static enum status keep_receipt(void *self, struct text topic,
                                struct text payload, struct err *e)
{
        struct courier *c = self;
        enum status st = OK;

        pthread_mutex_lock(&c->lock);
        if (c->inbox.n + topic.n + payload.n + 8 > INBOX_MAX) {
                st = err_set(e, ERR_FULL, "too many receipts wait");
        } else {
                pack_text(&c->inbox, topic);
                pack_text(&c->inbox, payload);
        }
        pthread_mutex_unlock(&c->lock);
        return st;
}

static void tell_link(void *self, bool up, const char *why)
{
        (void)self;
        fprintf(stderr, "level=%s event=link link=broker up=%d why=\"%s\"\n",
                up ? "info" : "warn", up, why);
}

enum status courier_open(const struct mqtt_config *mqtt, const char *dir,
                         int64_t resend_s, struct courier **ret, struct err *e)
{
        struct courier *c = calloc(1, sizeof *c);
        struct mqtt_sink sink = {c, keep_receipt, tell_link};
        struct station_config sc = {.dir = dir,
                                    .resend_us = resend_s * SECOND_US,
                                    .max_bytes = UINT64_C(512) << 20};
        enum status st;

        if (!c)
                return err_set(e, ERR_MEMORY, "courier");
        pthread_mutex_init(&c->lock, NULL);
        st = station_open(&sc, clock_real_us(), &c->store, e);
        if (st == OK)
                st = mqtt_create(mqtt, &sink, &c->mqtt, e);
        if (st != OK) {
                courier_close(c);
                return st;
        }
        *ret = c;
        return OK;
}

void courier_close(struct courier *c)
{
        if (!c)
                return;
        mqtt_free(c->mqtt);
        station_close(c->store);
        buf_done(&c->inbox);
        buf_done(&c->reading);
        pthread_mutex_destroy(&c->lock);
        free(c);
}

struct station_store *courier_store(struct courier *c)
{
        return c->store;
}

bool courier_is_up(const struct courier *c)
{
        return mqtt_is_up(c->mqtt);
}

/* sanfang/v1/st/CODE/down/receipt, sanfang/v1/120/CODE/down/receipt */
static bool receipt_code(struct text topic, char code[CODE_MAX + 1])
{
        struct text piece = {0};
        int i;

        for (i = 0; i < 4; i++)
                if (!text_cut(&topic, '/', &piece))
                        return false;
        return text_is(topic, "down/receipt") &&
               text_copy(code, CODE_MAX + 1, piece);
}

static enum status take_receipts(struct courier *c, struct err *e)
{
        struct text topic, payload;
        char code[CODE_MAX + 1];
        struct err why = {0};
        enum status st = OK;
        struct unpack u;
        struct buf swap;
        uint32_t sender;

        pthread_mutex_lock(&c->lock);
        swap = c->inbox;
        c->inbox = c->reading;
        c->reading = swap;
        pthread_mutex_unlock(&c->lock);
        u = (struct unpack){c->reading.p, c->reading.n, false};
        while (u.n && !u.failed && st == OK) {
                topic = unpack_text(&u);
                payload = unpack_text(&u);
                if (u.failed || !receipt_code(topic, code))
                        continue;
                c->heard = true;
                st = station_sender(c->store, code, &sender, e);
                if (st == OK &&
                    station_on_receipt(c->store, sender, payload, &why) != OK)
                        fprintf(stderr,
                                "level=warn event=receipt_refused "
                                "station=%s msg=\"%s\"\n",
                                code, why.msg);
        }
        buf_clear(&c->reading);
        return st;
}

/* Sends what is due and fits into the window; true when it was full. */
static bool send_some(struct courier *c)
{
        struct station_message m;

        while (mqtt_outstanding(c->mqtt) < WINDOW) {
                if (!station_next_to_send(c->store, clock_mono_us(), &m))
                        return false;
                if (mqtt_publish(c->mqtt, m.topic, m.payload, 1, false, NULL) !=
                    OK) {
                        station_not_sent(c->store);
                        return false;
                }
        }
        return true;
}

static void on_new_connection(struct courier *c, int64_t now_us)
{
        struct station_stats stats;

        station_get_stats(c->store, &stats);
        c->connects = mqtt_connects(c->mqtt);
        c->heard = false;
        c->proven = stats.pending == 0;
        c->prove_us = now_us + PROVE_US;
        c->probe_us = now_us;
        station_send_again(c->store);
}

/* A new connection may be one to a new broker that knows nothing, and until
 * the server is back on it the broker throws away what we send.  So the
 * oldest messages go once a second until a receipt comes; then all that has
 * none, oldest first.  Otherwise the server would see a later level before
 * an earlier one.  Without a receipt (the database may be away) we send on
 * after ten seconds. */
static bool may_send(struct courier *c)
{
        int64_t now_us = clock_mono_us();

        if (!mqtt_is_up(c->mqtt))
                return false;
        if (mqtt_connects(c->mqtt) != c->connects)
                on_new_connection(c, now_us);
        if (c->proven)
                return true;
        if (c->heard || now_us >= c->prove_us) {
                c->proven = true;
                station_send_again(c->store);
                return true;
        }
        if (now_us >= c->probe_us) {
                c->probe_us = now_us + PROBE_US;
                station_send_again(c->store);
                send_some(c);
        }
        return false;
}

enum status courier_turn(struct courier *c, struct err *e)
{
        int64_t until_us = clock_mono_us() + INT64_C(1000) * TURN_MS;
        enum status st;

        st = take_receipts(c, e);
        while (st == OK && may_send(c) && send_some(c) &&
               clock_mono_us() < until_us)
                usleep(PAUSE_US);
        return st;
}

/* sensors/adapter/mqtt.c -- Eclipse Paho C behind a small port.
 *
 * Holds:  PUBACK goes out when on_message returns, so that it returns only
 *         when the sink kept the message.  Only while stopping it gives
 *         up: that one message stays with its station (no receipt).
 *         Paho does not say after an automatic reconnect whether the
 *         session was there, so every connect subscribes; the broker
 *         does not repeat retained messages for a known subscription.
 * Thread: callbacks run on Paho's receive thread, under Paho's one lock.
 *         While the sink holds a message there, every other call of Paho
 *         waits; so mqtt_publish only queues, and a sender thread calls
 *         Paho.  Whoever must drain the sink is never held by it.
 * Source: paho.mqtt.c 1.3.12, MQTTAsync.c and MQTTAsyncUtils.c. */
#include "sensors/adapter/mqtt.h"
#include "sensors/adapter/pause.h"

#include <MQTTAsync.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RETRY_MS 20
#define RECONNECT_MIN_S 1
#define RECONNECT_MAX_S 5
#define DISCONNECT_MS 1000
#define BUFFERED_MAX 10000 /* handed over, not yet sent */
#define QUEUE_MAX 10000    /* not yet handed over */

/* One message on its way to Paho; payload follows the topic. */
struct outgoing {
        struct outgoing *next;
        uint64_t connect; /* queued in this connection, sent in no other */
        int qos;
        bool retained;
        size_t n_payload;
        char *payload;
        char topic[];
};

/* A filter that came while running; a slot is free when filter is "". */
struct more {
        struct mqtt *m;
        char filter[MQTT_FILTER_MAX + 1];
        bool wanted;
        bool asked; /* in this connection */
};

struct mqtt {
        MQTTAsync client;
        struct mqtt_sink sink;
        char *topics[MQTT_TOPICS_MAX];
        int n_topics;
        int keep_alive_s;
        int session_expiry_s;
        bool clean_start;
        char *user, *password, *ca_file;
        atomic_bool up, stopping, down_told;
        atomic_bool connected; /* as Paho told it last */
        atomic_int outstanding;
        atomic_ullong connects;
        pthread_mutex_t lock; /* guards ended and retrying */
        pthread_cond_t change;
        bool ended;    /* the disconnect is answered */
        bool retrying; /* the first connect failed: the thread tries on */
        bool thread_on;
        pthread_t thread;

        pthread_mutex_t out_lock; /* guards the queue and more */
        pthread_cond_t out_work;
        struct more more[MQTT_MORE_MAX];
        void (*refused)(void *self, const char *filter, const char *why);
        bool more_to_do;
        struct outgoing *out_first, *out_last;
        int n_out;
        bool sender_on;
        pthread_t sender;
};

static void tell_link(struct mqtt *m, bool up, const char *why)
{
        if (atomic_exchange(&m->up, up) == up &&
            (up || atomic_exchange(&m->down_told, true)))
                return;
        atomic_store(&m->down_told, !up);
        if (m->sink.link && !atomic_load(&m->stopping))
                m->sink.link(m->sink.self, up, why);
}

/* Paho's receive thread: keep it, leave.  Never returns 0. */
static int on_message(void *self, char *topic, int topic_n,
                      MQTTAsync_message *msg)
{
        struct mqtt *m = self;
        struct text t = {topic, topic_n ? (size_t)topic_n : strlen(topic)};
        struct text payload = {msg->payload, (size_t)msg->payloadlen};

        while (m->sink.append &&
               m->sink.append(m->sink.self, t, payload, NULL) != OK) {
                if (atomic_load(&m->stopping))
                        break;
                pause_ms(RETRY_MS);
        }
        MQTTAsync_freeMessage(&msg);
        MQTTAsync_free(topic);
        return 1;
}

static void on_refused(void *self, MQTTAsync_failureData5 *d)
{
        struct mqtt *m = self;
        char why[160];

        snprintf(why, sizeof why, "subscription refused: %s",
                 d && d->message ? d->message : "by the broker");
        tell_link(m, false, why);
}

static void on_subscribed(void *self, MQTTAsync_successData5 *d)
{
        (void)d;
        tell_link(self, true, "");
}

/* A publish was acknowledged, or given up. */
static void published(struct mqtt *m)
{
        if (atomic_fetch_sub(&m->outstanding, 1) <= 0)
                atomic_store(&m->outstanding, 0);
}

static void on_published(void *self, MQTTAsync_successData5 *d)
{
        (void)d; /* its reason is always 0, also for "nobody subscribes" */
        published(self);
}

static void on_not_published(void *self, MQTTAsync_failureData5 *d)
{
        (void)d;
        published(self);
}

/* ---- filters that come and go ---- */

static void on_more_refused(void *self, MQTTAsync_failureData5 *d)
{
        struct more *x = self;
        struct mqtt *m = x->m;
        char filter[sizeof x->filter];

        pthread_mutex_lock(&m->out_lock);
        memcpy(filter, x->filter, sizeof filter);
        pthread_mutex_unlock(&m->out_lock);
        if (m->refused && filter[0] && !atomic_load(&m->stopping))
                m->refused(m->sink.self, filter,
                           d && d->message ? d->message
                                           : "refused by the broker");
}

/* A new connection: all of them again, on the sender's thread. */
static void more_again(struct mqtt *m)
{
        int i;

        pthread_mutex_lock(&m->out_lock);
        for (i = 0; i < MQTT_MORE_MAX; i++)
                m->more[i].asked = false;
        m->more_to_do = true;
        pthread_cond_signal(&m->out_work);
        pthread_mutex_unlock(&m->out_lock);
}

static struct more *more_find(struct mqtt *m, const char *filter)
{
        int i;

        for (i = 0; i < MQTT_MORE_MAX; i++)
                if (strcmp(m->more[i].filter, filter) == 0)
                        return &m->more[i];
        return NULL;
}

void mqtt_want(struct mqtt *m, const char *const *filters, uint32_t n)
{
        struct more *x;
        uint32_t i;

        pthread_mutex_lock(&m->out_lock);
        for (i = 0; i < MQTT_MORE_MAX; i++)
                m->more[i].wanted = false;
        for (i = 0; i < n; i++) {
                x = more_find(m, filters[i]);
                if (!x)
                        x = more_find(m, "");
                if (!x || strlen(filters[i]) > MQTT_FILTER_MAX)
                        continue;
                snprintf(x->filter, sizeof x->filter, "%s", filters[i]);
                x->m = m;
                x->wanted = true;
        }
        m->more_to_do = true;
        pthread_cond_signal(&m->out_work);
        pthread_mutex_unlock(&m->out_lock);
}

/* The next one to ask or to end; false when there is none. */
static bool more_next(struct mqtt *m, struct more **ret, char *filter,
                      bool *ret_wanted)
{
        int i;

        for (i = 0; i < MQTT_MORE_MAX; i++) {
                struct more *x = &m->more[i];

                if (!x->filter[0] || (x->wanted && x->asked))
                        continue;
                memcpy(filter, x->filter, sizeof x->filter);
                *ret = x;
                *ret_wanted = x->wanted;
                x->asked = true;
                if (!x->wanted)
                        x->filter[0] = '\0';
                return true;
        }
        return false;
}

static void more_do(struct mqtt *m, struct more *x, char *filter, bool wanted)
{
        MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;

        if (!wanted) {
                MQTTAsync_unsubscribe(m->client, filter, &o);
                return;
        }
        o.context = x;
        o.onFailure5 = on_more_refused;
        o.subscribeOptions.retainHandling = 1;
        MQTTAsync_subscribe(m->client, filter, 1, &o);
}

/* The sender's thread; while there is no connection they wait for it. */
static void more_sync(struct mqtt *m)
{
        char filter[MQTT_FILTER_MAX + 1];
        struct more *x;
        bool wanted, found;

        while (atomic_load(&m->connected) && !atomic_load(&m->stopping)) {
                pthread_mutex_lock(&m->out_lock);
                found = more_next(m, &x, filter, &wanted);
                pthread_mutex_unlock(&m->out_lock);
                if (!found)
                        return;
                more_do(m, x, filter, wanted);
        }
}

static void on_connected(void *self, char *cause)
{
        MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;
        MQTTSubscribe_options sub[MQTT_TOPICS_MAX];
        int qos[MQTT_TOPICS_MAX], i;
        struct mqtt *m = self;

        (void)cause;
        atomic_store(&m->outstanding, 0);
        atomic_fetch_add(&m->connects, 1);
        atomic_store(&m->connected, true);
        more_again(m);
        if (m->n_topics == 0) {
                tell_link(m, true, "");
                return;
        }
        for (i = 0; i < m->n_topics; i++) {
                sub[i] = (MQTTSubscribe_options)
                        MQTTSubscribe_options_initializer;
                sub[i].retainHandling = 1;
                qos[i] = 1;
        }
        o.context = m;
        o.onSuccess5 = on_subscribed;
        o.onFailure5 = on_refused;
        o.subscribeOptionsList = sub;
        o.subscribeOptionsCount = m->n_topics;
        if (MQTTAsync_subscribeMany(m->client, m->n_topics, m->topics, qos,
                                    &o) != MQTTASYNC_SUCCESS)
                tell_link(m, false, "cannot subscribe");
}

static void on_lost(void *self, char *cause)
{
        struct mqtt *m = self;

        atomic_store(&m->connected, false);
        tell_link(self, false, cause ? cause : "connection lost");
}

static void on_disconnected(void *self, MQTTProperties *p,
                            enum MQTTReasonCodes code)
{
        struct mqtt *m = self;

        (void)p;
        atomic_store(&m->connected, false);
        tell_link(self, false, MQTTReasonCode_toString(code));
}

static void on_connect_failed(void *self, MQTTAsync_failureData5 *d)
{
        struct mqtt *m = self;
        char why[160];

        if (d && d->message)
                snprintf(why, sizeof why, "%s", d->message);
        else if (d && d->reasonCode != MQTTREASONCODE_SUCCESS)
                snprintf(why, sizeof why, "%s",
                         MQTTReasonCode_toString(d->reasonCode));
        else
                snprintf(why, sizeof why, "the broker does not answer");
        tell_link(m, false, why);
        pthread_mutex_lock(&m->lock);
        m->retrying = true;
        pthread_cond_signal(&m->change);
        pthread_mutex_unlock(&m->lock);
}

static int start_connect(struct mqtt *m)
{
        MQTTAsync_connectOptions o = MQTTAsync_connectOptions_initializer5;
        MQTTAsync_SSLOptions ssl = MQTTAsync_SSLOptions_initializer;
        MQTTProperties props = MQTTProperties_initializer;
        MQTTProperty expiry = {
                .identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL};
        int rc;

        expiry.value.integer4 = (unsigned)m->session_expiry_s;
        MQTTProperties_add(&props, &expiry);
        o.keepAliveInterval = m->keep_alive_s;
        o.cleanstart = m->clean_start;
        o.connectProperties = &props;
        o.connectTimeout = 5;
        o.automaticReconnect = 1;
        o.minRetryInterval = RECONNECT_MIN_S;
        o.maxRetryInterval = RECONNECT_MAX_S;
        o.username = m->user;
        o.password = m->password;
        o.context = m;
        o.onFailure5 = on_connect_failed;
        if (m->ca_file) {
                ssl.trustStore = m->ca_file;
                ssl.verify = 1;
                ssl.enableServerCertAuth = 1;
                o.ssl = &ssl;
        }
        rc = MQTTAsync_connect(m->client, &o);
        MQTTProperties_free(&props);
        return rc;
}

/* Paho's automatic reconnect works only after a first success; until then
 * this thread tries. */
static void *retry_main(void *self)
{
        struct mqtt *m = self;
        struct timespec until;

        pthread_mutex_lock(&m->lock);
        while (!atomic_load(&m->stopping)) {
                if (!m->retrying) {
                        pthread_cond_wait(&m->change, &m->lock);
                        continue;
                }
                clock_gettime(CLOCK_REALTIME, &until);
                until.tv_sec += RECONNECT_MIN_S;
                pthread_cond_timedwait(&m->change, &m->lock, &until);
                if (atomic_load(&m->stopping))
                        break;
                m->retrying = false;
                pthread_mutex_unlock(&m->lock);
                if (!MQTTAsync_isConnected(m->client) &&
                    start_connect(m) != MQTTASYNC_SUCCESS) {
                        pthread_mutex_lock(&m->lock);
                        m->retrying = true;
                        continue;
                }
                pthread_mutex_lock(&m->lock);
        }
        pthread_mutex_unlock(&m->lock);
        return NULL;
}

static void release(struct mqtt *m)
{
        int i;

        if (m->client)
                MQTTAsync_destroy(&m->client);
        for (i = 0; i < m->n_topics; i++)
                free(m->topics[i]);
        free(m->user);
        free(m->password);
        free(m->ca_file);
        pthread_mutex_destroy(&m->lock);
        pthread_cond_destroy(&m->change);
        pthread_mutex_destroy(&m->out_lock);
        pthread_cond_destroy(&m->out_work);
        free(m);
}

static char *copy(const char *s)
{
        return s ? strdup(s) : NULL;
}

static enum status fill(struct mqtt *m, const struct mqtt_config *c,
                        struct err *e)
{
        int i;

        m->keep_alive_s = c->keep_alive_s ? c->keep_alive_s : 10;
        m->session_expiry_s = c->session_expiry_s ? c->session_expiry_s : 86400;
        m->clean_start = c->clean_start;
        m->refused = c->refused;
        m->user = copy(c->user);
        m->password = copy(c->password);
        m->ca_file = copy(c->ca_file);
        for (i = 0; i < MQTT_TOPICS_MAX && c->topics[i]; i++) {
                m->topics[i] = strdup(c->topics[i]);
                if (!m->topics[i])
                        return err_set(e, ERR_MEMORY, "mqtt");
                m->n_topics++;
        }
        return OK;
}

static enum status create_client(struct mqtt *m, const struct mqtt_config *c,
                                 struct err *e)
{
        MQTTAsync_createOptions o = MQTTAsync_createOptions_initializer5;
        int rc;

        o.sendWhileDisconnected = 0;
        o.maxBufferedMessages = BUFFERED_MAX;
        rc = MQTTAsync_createWithOptions(&m->client, c->url, c->client_id,
                                         MQTTCLIENT_PERSISTENCE_NONE, NULL, &o);
        if (rc != MQTTASYNC_SUCCESS) {
                m->client = NULL;
                return err_set(e, ERR_CONFIG, "mqtt: %s: %s", c->url,
                               MQTTAsync_strerror(rc) ? MQTTAsync_strerror(rc)
                                                      : "not a usable address");
        }
        MQTTAsync_setCallbacks(m->client, m, on_lost, on_message, NULL);
        MQTTAsync_setConnected(m->client, m, on_connected);
        MQTTAsync_setDisconnected(m->client, m, on_disconnected);
        return OK;
}

/* The next message, NULL when there are filters to see to; false when
 * stopping. */
static bool next_outgoing(struct mqtt *m, struct outgoing **ret)
{
        struct outgoing *o;
        bool more;

        pthread_mutex_lock(&m->out_lock);
        while (!m->out_first && !m->more_to_do && !atomic_load(&m->stopping))
                pthread_cond_wait(&m->out_work, &m->out_lock);
        more = m->more_to_do;
        m->more_to_do = false;
        o = more ? NULL : m->out_first;
        if (o) {
                m->out_first = o->next;
                if (!m->out_first)
                        m->out_last = NULL;
                m->n_out--;
        }
        pthread_mutex_unlock(&m->out_lock);
        *ret = o;
        return o || more;
}

/* What was queued before the connection was lost is not sent after it: its
 * owner begins again there, and an old message would overtake. */
static void send_one(struct mqtt *m, const struct outgoing *o)
{
        MQTTAsync_responseOptions r = MQTTAsync_responseOptions_initializer;
        MQTTAsync_message msg = MQTTAsync_message_initializer;

        if (o->connect != atomic_load(&m->connects))
                return; /* on_connected counts from 0 again */
        msg.payload = o->payload;
        msg.payloadlen = (int)o->n_payload;
        msg.qos = o->qos;
        msg.retained = o->retained;
        r.context = m;
        r.onSuccess5 = on_published;
        r.onFailure5 = on_not_published;
        if (MQTTAsync_sendMessage(m->client, o->topic, &msg,
                                  o->qos ? &r : NULL) != MQTTASYNC_SUCCESS &&
            o->qos > 0)
                published(m); /* no connection now: who sent it sends again */
}

static void *sender_main(void *self)
{
        struct mqtt *m = self;
        struct outgoing *o;

        while (next_outgoing(m, &o)) {
                if (!o) {
                        more_sync(m);
                        continue;
                }
                send_one(m, o);
                free(o);
        }
        return NULL;
}

enum status mqtt_create(const struct mqtt_config *c,
                        const struct mqtt_sink *sink, struct mqtt **ret,
                        struct err *e)
{
        struct mqtt *m = calloc(1, sizeof *m);
        enum status st;
        int rc;

        if (!m)
                return err_set(e, ERR_MEMORY, "mqtt");
        m->sink = *sink;
        pthread_mutex_init(&m->lock, NULL);
        pthread_cond_init(&m->change, NULL);
        pthread_mutex_init(&m->out_lock, NULL);
        pthread_cond_init(&m->out_work, NULL);
        st = fill(m, c, e);
        if (st == OK)
                st = create_client(m, c, e);
        if (st != OK)
                goto out;
        if (pthread_create(&m->thread, NULL, retry_main, m) != 0) {
                st = err_set(e, ERR_MEMORY, "mqtt: no thread");
                goto out;
        }
        pthread_setname_np(m->thread, "mqtt-connect");
        m->thread_on = true;
        if (pthread_create(&m->sender, NULL, sender_main, m) != 0) {
                st = err_set(e, ERR_MEMORY, "mqtt: no thread");
                goto out;
        }
        pthread_setname_np(m->sender, "mqtt-sender");
        m->sender_on = true;
        rc = start_connect(m);
        if (rc != MQTTASYNC_SUCCESS) {
                st = err_set(e, ERR_CONFIG, "mqtt: %s: error %d", c->url, rc);
                goto out;
        }
        *ret = m;
        m = NULL;
out:
        mqtt_free(m);
        return st;
}

/* The queue is bounded; false when it is full or memory is. */
static bool enqueue(struct mqtt *m, struct outgoing *o)
{
        bool room;

        pthread_mutex_lock(&m->out_lock);
        room = m->n_out < QUEUE_MAX;
        if (room) {
                if (m->out_last)
                        m->out_last->next = o;
                else
                        m->out_first = o;
                m->out_last = o;
                m->n_out++;
                pthread_cond_signal(&m->out_work);
        }
        pthread_mutex_unlock(&m->out_lock);
        return room;
}

enum status mqtt_publish(struct mqtt *m, const char *topic, struct text payload,
                         int qos, bool retained, struct err *e)
{
        size_t n_topic = strlen(topic) + 1;
        struct outgoing *o;

        if (!atomic_load(&m->connected))
                return err_set(e, ERR_UNAVAILABLE, "mqtt: no connection");
        o = malloc(sizeof *o + n_topic + payload.n);
        if (!o)
                return err_set(e, ERR_MEMORY, "mqtt: %s", topic);
        *o = (struct outgoing){.connect = atomic_load(&m->connects),
                               .qos = qos,
                               .retained = retained,
                               .n_payload = payload.n,
                               .payload = o->topic + n_topic};
        memcpy(o->topic, topic, n_topic);
        if (payload.n)
                memcpy(o->payload, payload.p, payload.n);
        if (qos > 0)
                atomic_fetch_add(&m->outstanding, 1);
        if (enqueue(m, o))
                return OK;
        if (qos > 0)
                published(m);
        free(o);
        return err_set(e, ERR_UNAVAILABLE, "mqtt: %s: %d messages wait already",
                       topic, QUEUE_MAX);
}

bool mqtt_is_up(const struct mqtt *m)
{
        return atomic_load(&m->up);
}

int mqtt_outstanding(const struct mqtt *m)
{
        return atomic_load(&m->outstanding);
}

uint64_t mqtt_connects(const struct mqtt *m)
{
        return atomic_load(&m->connects);
}

static void mark_ended(struct mqtt *m)
{
        pthread_mutex_lock(&m->lock);
        m->ended = true;
        pthread_cond_broadcast(&m->change);
        pthread_mutex_unlock(&m->lock);
}

static void on_end_ok(void *self, MQTTAsync_successData5 *d)
{
        (void)d;
        mark_ended(self);
}

static void on_end_failed(void *self, MQTTAsync_failureData5 *d)
{
        (void)d;
        mark_ended(self);
}

/* Says goodbye and waits a bounded while for the answer. */
static void disconnect(struct mqtt *m)
{
        MQTTAsync_disconnectOptions o =
                MQTTAsync_disconnectOptions_initializer5;
        struct timespec until;

        o.context = m;
        o.onSuccess5 = on_end_ok;
        o.onFailure5 = on_end_failed;
        o.timeout = DISCONNECT_MS / 2;
        if (MQTTAsync_disconnect(m->client, &o) != MQTTASYNC_SUCCESS)
                return;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += DISCONNECT_MS / 1000;
        pthread_mutex_lock(&m->lock);
        while (!m->ended)
                if (pthread_cond_timedwait(&m->change, &m->lock, &until) != 0)
                        break;
        pthread_mutex_unlock(&m->lock);
}

void mqtt_free(struct mqtt *m)
{
        if (!m)
                return;
        pthread_mutex_lock(&m->lock);
        atomic_store(&m->stopping, true);
        pthread_cond_broadcast(&m->change);
        pthread_mutex_unlock(&m->lock);
        pthread_mutex_lock(&m->out_lock);
        pthread_cond_broadcast(&m->out_work);
        pthread_mutex_unlock(&m->out_lock);
        if (m->thread_on)
                pthread_join(m->thread, NULL);
        if (m->sender_on)
                pthread_join(m->sender, NULL);
        if (m->client)
                disconnect(m);
        release(m);
}

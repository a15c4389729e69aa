/* sensors/adapter/mqtt.h -- Eclipse Paho C behind a small port.
 *
 * MQTT 5, QoS 1, persistent session (clean start off, session expiry),
 * re-subscribes when the broker has no session, reconnects for ever.
 * Paho 1.3.12 answers PUBACK after messageArrived returns, whatever it
 * returned: so the sink's append must have kept the record, and on failure
 * the callback waits and tries again; it never returns 0.
 * Thread: the sink's functions run on Paho's receive thread. */
#ifndef SENSORS_ADAPTER_MQTT_H
#define SENSORS_ADAPTER_MQTT_H

#include "schemas/status.h"
#include "schemas/text.h"

#define MQTT_TOPICS_MAX 8
#define MQTT_MORE_MAX 64 /* filters that come and go while it runs */
#define MQTT_FILTER_MAX 127

struct mqtt_config {
        const char *url; /* tcp://127.0.0.1:1883, ssl://... */
        const char *client_id;
        const char *user; /* NULL: none */
        const char *password;
        const char *ca_file;                 /* for ssl:// */
        const char *topics[MQTT_TOPICS_MAX]; /* filters, QoS 1 */
        int keep_alive_s;                    /* default 10 */
        int session_expiry_s;                /* default 86400 */
        bool clean_start;
        /* One of mqtt_want()'s filters was refused; called as the sink's
         * functions are, with its self.  NULL: nobody asks. */
        void (*refused)(void *self, const char *filter, const char *why);
};

struct mqtt_sink {
        void *self;
        enum status (*append)(void *self, struct text topic,
                              struct text payload, struct err *e);
        void (*link)(void *self, bool up, const char *why);
};

struct mqtt;

enum status mqtt_create(const struct mqtt_config *c,
                        const struct mqtt_sink *sink, struct mqtt **ret,
                        struct err *e);
/* Queues a message for Paho and never waits, also while the sink holds the
 * broker; any thread.  ERR_UNAVAILABLE while there is no connection or when
 * too many wait (the caller publishes again on link up). */
enum status mqtt_publish(struct mqtt *m, const char *topic, struct text payload,
                         int qos, bool retained, struct err *e);
/* Besides the configured topics, from now on exactly these filters: what is
 * new is subscribed, what is gone unsubscribed, and again at each connect.
 * A refusal of one of them does not count as the link being down.  Never
 * waits; any thread. */
void mqtt_want(struct mqtt *m, const char *const *filters, uint32_t n);
bool mqtt_is_up(const struct mqtt *m);
/* QoS 1 messages handed over and not yet acknowledged by the broker.  Past
 * the broker's Receive Maximum (20 unless it is set up otherwise) Paho
 * holds the rest back and looks again only once a second. */
int mqtt_outstanding(const struct mqtt *m);
/* How often the link came up. */
uint64_t mqtt_connects(const struct mqtt *m);
/* Disconnects (session kept) and frees; NULL is fine. */
void mqtt_free(struct mqtt *m);

#endif

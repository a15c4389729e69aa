/* sensors/adapter/example/station.c -- a station that loses nothing.
 *
 * Reads "TIME ELEMENT VALUE" lines (2026-05-01T08:00:00+08:00 Z 12.345), or
 * makes a value each second, keeps them with libsanfang-station, sends them
 * with Paho and forgets each when the server's receipt covers it.  Killed at
 * any moment it goes on where it was.
 *
 *   cc station.c $(pkg-config --cflags --libs sanfang-station) \
 *      -lpaho-mqtt3as
 *
 * Thread: main owns the store; Paho's thread leaves a receipt in `box`. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <MQTTAsync.h>

#include "sensors/adapter/station.h"

#define TURN_US 20000
#define RECEIPT_MAX 4096
#define LINE_LENGTH 256

struct options {
        const char *code, *url, *user, *password, *dir;
        long count; /* values to make; 0: until told to stop */
        bool from_stdin;
        long resend_s;
};

/* The newest receipt; receipts are cumulative, so one place is enough. */
struct box {
        pthread_mutex_t lock; /* guards text and n */
        char text[RECEIPT_MAX];
        size_t n;
        atomic_bool up, fresh; /* connected; since the last look */
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
        (void)sig;
        stop = 1;
}

static int64_t now_us(clockid_t which)
{
        struct timespec t;

        clock_gettime(which, &t);
        return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- the broker ---- */

static int on_receipt(void *ctx, char *topic, int n_topic, MQTTAsync_message *m)
{
        struct box *b = ctx;

        (void)n_topic;
        if (m->payloadlen > 0 && m->payloadlen < RECEIPT_MAX) {
                pthread_mutex_lock(&b->lock);
                memcpy(b->text, m->payload, (size_t)m->payloadlen);
                b->n = (size_t)m->payloadlen;
                pthread_mutex_unlock(&b->lock);
        }
        MQTTAsync_freeMessage(&m);
        MQTTAsync_free(topic);
        return 1;
}

static void on_up(void *ctx, char *cause)
{
        struct box *b = ctx;

        (void)cause;
        atomic_store(&b->fresh, true);
        atomic_store(&b->up, true);
}

static void on_down(void *ctx, char *cause)
{
        struct box *b = ctx;

        (void)cause;
        atomic_store(&b->up, false);
}

static bool connect_broker(const struct options *o, struct box *b,
                           MQTTAsync *ret)
{
        MQTTAsync_connectOptions c = MQTTAsync_connectOptions_initializer;
        char id[80];

        snprintf(id, sizeof id, "station-%s", o->code);
        if (MQTTAsync_create(ret, o->url, id, MQTTCLIENT_PERSISTENCE_NONE,
                             NULL) != MQTTASYNC_SUCCESS)
                return false;
        MQTTAsync_setCallbacks(*ret, b, on_down, on_receipt, NULL);
        MQTTAsync_setConnected(*ret, b, on_up);
        c.automaticReconnect = 1;
        c.minRetryInterval = 1;
        c.maxRetryInterval = 8;
        c.keepAliveInterval = 20;
        c.cleansession = 1;
        c.maxInflight = 100;
        c.username = o->user;
        c.password = o->password;
        return MQTTAsync_connect(*ret, &c) == MQTTASYNC_SUCCESS;
}

/* ---- one turn ---- */

/* After each connection: receipts are wanted, and what the broker may have
 * lost goes again. */
static void after_connect(const struct options *o, struct box *b, MQTTAsync m,
                          struct station_store *s)
{
        char topic[96];

        if (!atomic_exchange(&b->fresh, false))
                return;
        snprintf(topic, sizeof topic, "sanfang/v1/st/%s/down/receipt", o->code);
        MQTTAsync_subscribe(m, topic, 1, NULL);
        station_send_again(s);
}

static void take_receipt(struct box *b, struct station_store *s, uint32_t who)
{
        char text[RECEIPT_MAX];
        struct err e = {0};
        size_t n;

        pthread_mutex_lock(&b->lock);
        n = b->n;
        memcpy(text, b->text, n);
        b->n = 0;
        pthread_mutex_unlock(&b->lock);
        if (n && station_on_receipt(s, who, (struct text){text, n}, &e) != OK)
                fprintf(stderr, "receipt: %s\n", e.msg);
}

static void send_due(struct box *b, MQTTAsync m, struct station_store *s)
{
        struct station_message out;

        while (atomic_load(&b->up) &&
               station_next_to_send(s, now_us(CLOCK_MONOTONIC), &out)) {
                if (MQTTAsync_send(m, out.topic, (int)out.payload.n,
                                   out.payload.p, 1, 0,
                                   NULL) == MQTTASYNC_SUCCESS)
                        continue;
                station_not_sent(s);
                return;
        }
}

/* ---- measuring ---- */

/* 12.345 and -0.5 to thousandths, without a double in between. */
static bool to_milli(const char *s, int64_t *ret)
{
        bool minus = *s == '-';
        int64_t v = 0;
        int decimals = -1;

        for (s += minus; *s; s++) {
                if (*s == '.' && decimals < 0) {
                        decimals = 0;
                } else if (*s >= '0' && *s <= '9' && v < INT64_MAX / 100) {
                        if (decimals >= 3)
                                continue;
                        v = v * 10 + (*s - '0');
                        decimals += decimals >= 0;
                } else {
                        return false;
                }
        }
        for (decimals = decimals < 0 ? 0 : decimals; decimals < 3; decimals++)
                v *= 10;
        *ret = minus ? -v : v;
        return true;
}

/* "2026-05-01T08:00:00+08:00"; only +08:00 is understood here. */
static bool to_time(const char *s, int64_t *ret_us)
{
        struct tm t = {0};
        const char *end = strptime(s, "%Y-%m-%dT%H:%M:%S", &t);

        if (!end || strcmp(end, "+08:00") != 0)
                return false;
        *ret_us = ((int64_t)timegm(&t) - INT64_C(8) * 3600) * 1000000;
        return true;
}

/* A value is kept before it is told to anybody. */
static bool keep(struct station_store *s, uint32_t who,
                 const struct station_reading *r, int64_t position)
{
        struct err e = {0};

        while (station_put(s, who, r, 1, &e) != OK ||
               station_commit(s, position, &e) != OK) {
                fprintf(stderr, "not kept: %s\n", e.msg);
                if (stop)
                        return false;
                sleep(1); /* the disk is full: the value waits with us */
        }
        return true;
}

/* Of a file, the lines that were kept before a kill are not read again. */
static void skip_kept(int64_t position)
{
        char line[LINE_LENGTH];
        struct stat st;

        if (fstat(STDIN_FILENO, &st) != 0 || !S_ISREG(st.st_mode))
                return;
        while (position-- > 0 && fgets(line, sizeof line, stdin))
                ;
}

/* The next line of stdin. */
static bool read_value(char line[LINE_LENGTH], struct station_reading *r)
{
        char *time, *element, *value, *save = NULL;

        if (!fgets(line, LINE_LENGTH, stdin))
                return false;
        time = strtok_r(line, " \t\n", &save);
        element = strtok_r(NULL, " \t\n", &save);
        value = strtok_r(NULL, " \t\n", &save);
        r->element = element;
        if (value && to_time(time, &r->time_us) &&
            to_milli(value, &r->value_milli))
                return true;
        fprintf(stderr, "not understood: %s\n", time ? time : "");
        r->element = NULL;
        return true;
}

static bool make_value(int64_t i, struct station_reading *r)
{
        r->time_us = now_us(CLOCK_REALTIME) / 1000 * 1000;
        r->element = "Z";
        r->value_milli = 5000 + i % 1000;
        return true;
}

/* Measures what is due; false when there is no more to come. */
static bool measure(const struct options *o, struct station_store *s,
                    uint32_t who, int64_t *position, int64_t *next_us)
{
        char line[LINE_LENGTH];
        struct station_reading r;

        if (o->count && *position >= o->count)
                return false;
        if (!o->from_stdin) {
                if (now_us(CLOCK_MONOTONIC) < *next_us)
                        return true;
                *next_us = now_us(CLOCK_MONOTONIC) + 50000;
                make_value(*position, &r);
        } else if (!read_value(line, &r)) {
                return false;
        } else if (!r.element) {
                ++*position;
                return true;
        }
        return keep(s, who, &r, ++*position);
}

static int run(const struct options *o, struct station_store *s, uint32_t who,
               struct box *b, MQTTAsync m)
{
        struct station_stats stats;
        int64_t position = 0, next_us = 0;
        bool more = true;

        if (station_position(s, &position) && o->from_stdin)
                skip_kept(position);
        for (;;) {
                after_connect(o, b, m, s);
                take_receipt(b, s, who);
                more = more && measure(o, s, who, &position, &next_us);
                send_due(b, m, s);
                station_get_stats(s, &stats);
                if (stop || (!more && stats.pending == 0))
                        break;
                usleep(TURN_US);
        }
        printf("%lld values kept, %llu without a receipt\n",
               (long long)position, (unsigned long long)stats.pending);
        return stats.pending ? 1 : 0;
}

/* ---- options ---- */

static int usage(void)
{
        fputs("Usage: station_example CODE --url tcp://HOST:PORT --dir DIR\n"
              "           [--user U] [--count N] [--resend S] [-]\n\n"
              "The broker password stands in $SANFANG_MQTT_PASSWORD.  With -\n"
              "values come as lines: 2026-05-01T08:00:00+08:00 Z 12.345\n"
              "Ends when all has a receipt (status 0) or at a signal (1).\n",
              stderr);
        return 2;
}

static bool parse(int argc, char **argv, struct options *o)
{
        int i;

        for (i = 1; i < argc; i++) {
                const char *a = argv[i], *v = i + 1 < argc ? argv[i + 1] : NULL;

                if (strcmp(a, "-") == 0) {
                        o->from_stdin = true;
                        continue;
                }
                if (a[0] != '-') {
                        o->code = a;
                        continue;
                }
                if (!v)
                        return false;
                i++;
                if (strcmp(a, "--url") == 0)
                        o->url = v;
                else if (strcmp(a, "--dir") == 0)
                        o->dir = v;
                else if (strcmp(a, "--user") == 0)
                        o->user = v;
                else if (strcmp(a, "--count") == 0)
                        o->count = strtol(v, NULL, 10);
                else if (strcmp(a, "--resend") == 0)
                        o->resend_s = strtol(v, NULL, 10);
                else
                        return false;
        }
        return o->code && o->url && o->dir;
}

int main(int argc, char **argv)
{
        struct options o = {.resend_s = 30,
                            .password = getenv("SANFANG_MQTT_PASSWORD")};
        struct station_config config = {0};
        struct station_store *s = NULL;
        struct box b = {.lock = PTHREAD_MUTEX_INITIALIZER};
        MQTTAsync m = NULL;
        struct err e = {0};
        uint32_t who = 0;
        int rc = 1;

        if (!parse(argc, argv, &o))
                return usage();
        signal(SIGTERM, on_signal);
        signal(SIGINT, on_signal);
        config.dir = o.dir;
        config.resend_us = o.resend_s * 1000000;
        if (station_open(&config, now_us(CLOCK_REALTIME), &s, &e) != OK ||
            station_sender(s, o.code, &who, &e) != OK)
                fprintf(stderr, "%s: %s\n", o.dir, e.msg);
        else if (!connect_broker(&o, &b, &m))
                fprintf(stderr, "%s: no such broker\n", o.url);
        else
                rc = run(&o, s, who, &b, m);
        if (m)
                MQTTAsync_destroy(&m);
        station_close(s);
        return rc;
}

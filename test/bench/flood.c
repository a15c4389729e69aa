/* test/bench/flood.c -- an MQTT publisher that is not the bottleneck, and a
 * subscriber that only counts.
 *
 * In:     flood publish PORT USER PASSWORD STATIONS MESSAGES RATE ITEMS BOOT
 *           MESSAGES at QoS 1 over 8 connections from STATIONS stations
 *           named F000000 and on, ITEMS observations each, RATE a second
 *           (0: as fast as the broker acknowledges); at most 2000 wait for
 *           their acknowledgement.
 *         flood count PORT USER PASSWORD MESSAGES
 *           counts with Paho what comes under sanfang/v1/st/+/up/obs.
 * Out:    a line of what was sent, or counted, and the seconds it took.
 * Holds:  a bench: MQTT 3.1.1 by hand, only what it needs, no TLS. */
#include <MQTTAsync.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINES 8
#define WINDOW 250 /* unacknowledged on one connection */
#define OUT_MAX (1u << 18)

struct line {
        int fd;
        uint32_t sent, acked;
        unsigned char out[OUT_MAX];
        size_t n_out;
        unsigned char in[4096];
        size_t n_in;
};

struct flood {
        struct line line[LINES];
        uint32_t stations, messages, rate, items, made;
        unsigned long long boot;
        time_t begin_s;
};

static double now_s(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
        fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
        exit(1);
}

static size_t put_str(unsigned char *p, const char *s)
{
        size_t n;

        for (n = 0; s[n]; n++)
                p[2 + n] = (unsigned char)s[n];
        p[0] = (unsigned char)(n >> 8);
        p[1] = (unsigned char)n;
        return n + 2;
}

/* A fixed header in front of the n bytes of body. */
static void packet(struct line *l, int type, const unsigned char *body,
                   size_t n)
{
        unsigned char *p = l->out + l->n_out;
        size_t left = n, k = 1;

        p[0] = (unsigned char)type;
        do {
                p[k] = (unsigned char)(left % 128 | (left > 127 ? 128 : 0));
                left /= 128;
                k++;
        } while (left);
        memcpy(p + k, body, n);
        l->n_out += k + n;
}

static void drain(struct line *l)
{
        ssize_t n = send(l->fd, l->out, l->n_out, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno != EAGAIN)
                die("send");
        if (n <= 0)
                return;
        l->n_out -= (size_t)n;
        memmove(l->out, l->out + n, l->n_out);
}

static void open_line(struct line *l, int port, const char *user,
                      const char *password, int index)
{
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port)};
        unsigned char body[256], answer[4];
        char id[32];
        size_t n;
        int on = 1;

        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        l->fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(l->fd, (struct sockaddr *)&a, sizeof a) != 0)
                die("connect");
        setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        snprintf(id, sizeof id, "flood-%d-%d", (int)getpid(), index);
        n = put_str(body, "MQTT");
        body[n++] = 4;
        body[n++] = user[0] ? 0xC2 : 0x02;
        body[n++] = 0;
        body[n++] = 60;
        n += put_str(body + n, id);
        if (user[0]) {
                n += put_str(body + n, user);
                n += put_str(body + n, password);
        }
        packet(l, 0x10, body, n);
        drain(l);
        if (recv(l->fd, answer, 4, MSG_WAITALL) != 4 || answer[3] != 0)
                die("CONNACK");
}

/* Each round of all stations is a minute later. */
static void make(struct flood *f, struct line *l)
{
        uint32_t k = f->made % f->stations, round = f->made / f->stations, i;
        unsigned char body[8192];
        char text[128], time[40];
        time_t at;
        struct tm tm;
        size_t n;

        snprintf(text, sizeof text, "sanfang/v1/st/F%06u/up/obs", k);
        n = put_str(body, text);
        l->sent++;
        body[n++] = (unsigned char)((l->sent % 65535 + 1) >> 8);
        body[n++] = (unsigned char)(l->sent % 65535 + 1);
        n += (size_t)sprintf((char *)body + n,
                             "{\"station\":\"F%06u\",\"boot\":%llu,\"seq\":%u,"
                             "\"obs\":[",
                             k, f->boot, round + 1);
        for (i = 0; i < f->items; i++) {
                at = f->begin_s + (time_t)round * 60 * (f->items + 1) / 2 +
                     (time_t)(i / 2) * 60 + 8 * 3600;
                gmtime_r(&at, &tm);
                strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S+08:00", &tm);
                n += (size_t)sprintf(
                        (char *)body + n,
                        "%s{\"time\":\"%s\",\"element\":\"%s\",\"value\":%u.%u"
                        "}",
                        i ? "," : "", time, i % 2 ? "VT" : "Z",
                        i % 2 ? 12 : 40 + k % 9, (round + k + i) % 10);
        }
        body[n++] = ']';
        body[n++] = '}';
        packet(l, 0x32, body, n);
        f->made++;
}

static void hear(struct line *l)
{
        ssize_t n = recv(l->fd, l->in + l->n_in, sizeof l->in - l->n_in,
                         MSG_DONTWAIT);
        size_t at = 0;

        if (n == 0 || (n < 0 && errno != EAGAIN))
                die("the broker closed");
        if (n < 0)
                return;
        l->n_in += (size_t)n;
        while (l->n_in - at >= 4) { /* PUBACK: four bytes */
                l->acked += l->in[at] == 0x40;
                at += 4;
        }
        l->n_in -= at;
        memmove(l->in, l->in + at, l->n_in);
}

static uint32_t allowed(const struct flood *f, double began)
{
        double n;

        if (!f->rate)
                return f->messages;
        n = (now_s() - began) * f->rate;
        return n < f->messages ? (uint32_t)n : f->messages;
}

static uint32_t acked(const struct flood *f)
{
        uint32_t n = 0;
        int i;

        for (i = 0; i < LINES; i++)
                n += f->line[i].acked;
        return n;
}

static void run(struct flood *f)
{
        struct pollfd fd[LINES];
        double began = now_s();
        uint32_t limit;
        int i;

        while (acked(f) < f->messages) {
                limit = allowed(f, began);
                for (i = 0; i < LINES; i++) {
                        struct line *l = &f->line[i];

                        while (f->made < limit && l->sent - l->acked < WINDOW &&
                               l->n_out < OUT_MAX / 2)
                                make(f, l);
                        if (l->n_out)
                                drain(l);
                        fd[i] = (struct pollfd){l->fd, POLLIN, 0};
                        if (l->n_out)
                                fd[i].events |= POLLOUT;
                }
                poll(fd, LINES, 1);
                for (i = 0; i < LINES; i++)
                        if (fd[i].revents & POLLIN)
                                hear(&f->line[i]);
        }
        printf("sent=%u seconds=%.3f\n", f->made, now_s() - began);
}

static int publish(char **argv)
{
        static struct flood f;
        int i;

        f.stations = (uint32_t)strtoul(argv[5], NULL, 10);
        f.messages = (uint32_t)strtoul(argv[6], NULL, 10);
        f.rate = (uint32_t)strtoul(argv[7], NULL, 10);
        f.items = (uint32_t)strtoul(argv[8], NULL, 10);
        f.boot = strtoull(argv[9], NULL, 10);
        f.begin_s = (time_t)strtoll(argv[10], NULL, 10);
        if (!f.stations || !f.items || f.items > 48)
                die("numbers");
        for (i = 0; i < LINES; i++)
                open_line(&f.line[i], (int)strtol(argv[2], NULL, 10), argv[3],
                          argv[4], i);
        run(&f);
        return 0;
}

/* ---- count ---- */

static atomic_uint counted;
static atomic_bool ready;

static int on_message(void *self, char *topic, int n, MQTTAsync_message *m)
{
        (void)self;
        (void)n;
        atomic_fetch_add(&counted, 1);
        MQTTAsync_freeMessage(&m);
        MQTTAsync_free(topic);
        return 1;
}

static void on_subscribed(void *self, MQTTAsync_successData *d)
{
        (void)self;
        (void)d;
        atomic_store(&ready, true);
}

static void on_connected(void *self, MQTTAsync_successData *d)
{
        MQTTAsync c = self;
        MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;

        (void)d;
        o.onSuccess = on_subscribed;
        MQTTAsync_subscribe(c, "sanfang/v1/st/+/up/obs", 1, &o);
}

static double seconds_of(const struct timeval *t)
{
        return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static int count(char **argv)
{
        MQTTAsync_connectOptions o = MQTTAsync_connectOptions_initializer;
        struct timespec pause = {0, 1000000};
        struct rusage used;
        unsigned want = (unsigned)strtoul(argv[5], NULL, 10);
        double began = 0;
        char url[64], id[32];
        MQTTAsync c;

        snprintf(url, sizeof url, "tcp://127.0.0.1:%s", argv[2]);
        snprintf(id, sizeof id, "count-%d", (int)getpid());
        if (MQTTAsync_create(&c, url, id, MQTTCLIENT_PERSISTENCE_NONE, NULL) !=
            MQTTASYNC_SUCCESS)
                die("create");
        MQTTAsync_setCallbacks(c, c, NULL, on_message, NULL);
        o.username = argv[3][0] ? argv[3] : NULL;
        o.password = argv[3][0] ? argv[4] : NULL;
        o.onSuccess = on_connected;
        o.context = c;
        if (MQTTAsync_connect(c, &o) != MQTTASYNC_SUCCESS)
                die("connect");
        while (atomic_load(&counted) < want) {
                nanosleep(&pause, NULL);
                if (atomic_exchange(&ready, false)) {
                        printf("ready\n");
                        fflush(stdout);
                }
                if (began == 0 && atomic_load(&counted))
                        began = now_s();
        }
        getrusage(RUSAGE_SELF, &used);
        printf("counted=%u seconds=%.3f cpu=%.3f\n", want, now_s() - began,
               seconds_of(&used.ru_utime) + seconds_of(&used.ru_stime));
        return 0;
}

int main(int argc, char **argv)
{
        if (argc == 11 && strcmp(argv[1], "publish") == 0)
                return publish(argv);
        if (argc == 6 && strcmp(argv[1], "count") == 0)
                return count(argv);
        fprintf(stderr, "flood publish PORT USER PASSWORD STATIONS MESSAGES "
                        "RATE ITEMS BOOT BEGIN\n"
                        "flood count PORT USER PASSWORD MESSAGES\n");
        return 2;
}

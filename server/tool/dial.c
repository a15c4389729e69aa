/* server/tool/dial.c -- a terminal and its line. */
#include "server/tool/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "schemas/place.h"
#include "schemas/time.h"
#include "sensors/sl651_stream.h"

#define AGAIN_US SECOND_US
#define READ_BYTES 4096
#define READS_MAX 16

struct dial {
        struct dial_config c;
        char host[128], port[8], station[CODE_MAX + 1];
        struct terminal *terminal;
        struct sl651_stream in;
        struct buf out;  /* one frame on its way */
        size_t out_done; /* so much of it is gone */
        int fd;          /* -1: none */
        bool connecting, up, away;
        bool cut; /* when out is gone, the connection goes too */
        enum dial_harm harm;
        int64_t not_before_us; /* of the next try */
};

bool dial_parse(const char *url, char host[128], char port[8])
{
        const char *p = url + 6, *colon;

        if (strncmp(url, "tcp://", 6) != 0)
                return false;
        colon = strrchr(p, ':');
        return colon &&
               text_copy(host, 128, (struct text){p, (size_t)(colon - p)}) &&
               text_copy(port, 8, text_of(colon + 1)) && *host && *port;
}

enum status dial_open(const struct dial_config *c, struct sl651_frame *scratch,
                      terminal_tell tell, void *self, struct dial **ret,
                      struct err *e)
{
        struct dial *d = calloc(1, sizeof *d);
        enum status st;

        if (!d)
                return err_set(e, ERR_MEMORY, "dial");
        d->c = *c;
        d->fd = -1;
        text_copy(d->station, sizeof d->station, text_of(c->station));
        d->c.station = d->station;
        if (c->host) {
                text_copy(d->host, sizeof d->host, text_of(c->host));
                text_copy(d->port, sizeof d->port, text_of(c->port));
                d->c.host = d->host;
                d->c.port = d->port;
        }
        st = terminal_create(&c->terminal, scratch, tell, self, &d->terminal,
                             e);
        if (st != OK) {
                dial_close(d);
                return st;
        }
        *ret = d;
        return OK;
}

void dial_close(struct dial *d)
{
        if (!d)
                return;
        if (d->fd >= 0)
                close(d->fd);
        terminal_free(d->terminal);
        sl651_stream_done(&d->in);
        buf_done(&d->out);
        free(d);
}

struct terminal *dial_terminal(struct dial *d)
{
        return d->terminal;
}

int dial_fd(const struct dial *d, short *ret_events)
{
        *ret_events = POLLIN;
        if (d->connecting || d->out_done < d->out.n)
                *ret_events |= POLLOUT;
        return d->fd;
}

void dial_harm(struct dial *d, enum dial_harm harm)
{
        d->harm = harm;
}

/* ---- up and down ---- */

static void go_up(struct dial *d, int64_t now_us)
{
        d->up = true;
        terminal_line(d->terminal, true, now_us);
}

static void go_down(struct dial *d, int64_t now_us)
{
        if (d->fd >= 0)
                close(d->fd);
        d->fd = -1;
        d->connecting = d->up = d->cut = false;
        d->not_before_us = now_us + AGAIN_US;
        buf_clear(&d->out);
        d->out_done = 0;
        sl651_stream_done(&d->in);
        d->in = (struct sl651_stream){0};
        terminal_line(d->terminal, false, now_us);
}

void dial_away(struct dial *d, bool away, int64_t now_us)
{
        if (d->away == away)
                return;
        d->away = away;
        if (away)
                go_down(d, now_us);
        d->not_before_us = now_us;
}

static int begin_connect(const char *host, const char *port)
{
        struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
        int fd, one = 1;

        if (getaddrinfo(host, port, &hints, &list) != 0)
                return -1;
        fd = socket(list->ai_family,
                    list->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, list->ai_addr, list->ai_addrlen) != 0 &&
            errno != EINPROGRESS) {
                close(fd);
                fd = -1;
        }
        if (fd >= 0)
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        freeaddrinfo(list);
        return fd;
}

static void look_at_connect(struct dial *d, int64_t now_us)
{
        struct pollfd p = {.fd = d->fd, .events = POLLOUT};
        socklen_t n = sizeof(int);
        int bad = 0;

        if (poll(&p, 1, 0) <= 0)
                return;
        d->connecting = false;
        if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &bad, &n) != 0 || bad)
                go_down(d, now_us);
        else
                go_up(d, now_us);
}

static void dial(struct dial *d, int64_t now_us)
{
        if (d->connecting) {
                look_at_connect(d, now_us);
                return;
        }
        if (d->away || now_us < d->not_before_us ||
            !terminal_dials(d->terminal, now_us))
                return;
        if (!d->c.host) {
                if (radio_is_up(d->c.radio))
                        go_up(d, now_us);
                return;
        }
        d->fd = begin_connect(d->c.host, d->c.port);
        d->connecting = d->fd >= 0;
        d->not_before_us = now_us + AGAIN_US;
}

/* ---- reading ---- */

void dial_take(struct dial *d, struct text frame, int64_t now_us,
               int64_t own_us)
{
        if (d->up)
                terminal_take(d->terminal, frame, now_us, own_us);
}

static void feed(struct dial *d, struct text bytes, int64_t now_us,
                 int64_t own_us)
{
        struct sl651_piece piece;
        size_t n;

        while (bytes.n) {
                n = sl651_stream_feed(&d->in, bytes);
                while (sl651_stream_next(&d->in, &piece))
                        if (!piece.garbage)
                                dial_take(d, piece.bytes, now_us, own_us);
                if (n == 0)
                        return;
                bytes = (struct text){bytes.p + n, bytes.n - n};
        }
}

static void read_line(struct dial *d, int64_t now_us, int64_t own_us)
{
        char b[READ_BYTES];
        ssize_t n = 0;
        int i;

        for (i = 0; i < READS_MAX && d->fd >= 0; i++) {
                n = recv(d->fd, b, sizeof b, 0);
                if (n <= 0)
                        break;
                feed(d, (struct text){b, (size_t)n}, now_us, own_us);
        }
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
                go_down(d, now_us);
}

/* ---- sending ---- */

/* 2F is left alone: the harm is meant for a report. */
static bool is_report(const struct buf *out)
{
        struct sl651_head h;

        return sl651_open(buf_as_text(out), &h, NULL) == OK &&
               h.function != 0x2F;
}

static void do_harm(struct dial *d)
{
        if (d->harm == DIAL_WELL || !is_report(&d->out))
                return;
        if (d->harm == DIAL_CUT && d->c.host) {
                d->out.n /= 2;
                d->cut = true;
        } else {
                d->out.p[d->out.n / 2] ^= 0x10;
        }
        d->harm = DIAL_WELL;
}

/* True when the whole frame is gone. */
static bool push_out(struct dial *d, int64_t now_us)
{
        ssize_t n;

        if (!d->c.host) {
                if (radio_send(d->c.radio, d->c.station, buf_as_text(&d->out),
                               NULL) != OK)
                        return false;
                d->out_done = d->out.n;
        }
        while (d->out_done < d->out.n) {
                n = send(d->fd, d->out.p + d->out_done, d->out.n - d->out_done,
                         MSG_NOSIGNAL);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno != EAGAIN)
                        go_down(d, now_us);
                if (n < 0)
                        return false;
                d->out_done += (size_t)n;
        }
        buf_clear(&d->out);
        d->out_done = 0;
        if (d->cut)
                go_down(d, now_us);
        return d->up;
}

static enum status send_line(struct dial *d, int64_t now_us, int64_t own_us,
                             struct err *e)
{
        enum terminal_act act = TERMINAL_SEND;
        enum status st;

        while (d->up && (d->out.n == 0 || push_out(d, now_us))) {
                st = terminal_next(d->terminal, now_us, own_us, &d->out, &act,
                                   e);
                if (st != OK)
                        return st;
                if (act == TERMINAL_HANG_UP)
                        go_down(d, now_us);
                if (act != TERMINAL_SEND)
                        return OK;
                do_harm(d);
        }
        return OK;
}

enum status dial_turn(struct dial *d, int64_t now_us, int64_t own_us,
                      struct err *e)
{
        if (!d->up)
                dial(d, now_us);
        if (d->up && !d->c.host && !radio_is_up(d->c.radio))
                go_down(d, now_us);
        if (d->up && d->c.host)
                read_line(d, now_us, own_us);
        return d->up ? send_line(d, now_us, own_us, e) : OK;
}

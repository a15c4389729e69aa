/* server/tool/http_get.c -- one GET over HTTP/1.1, for the clock.
 *
 * Asks for "Connection: close" and reads to the end, at most 64 kB; a
 * body with Content-Length or without; chunks are put together. */
#include "server/tool/http_get.h"
#include "server/mono.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX 65536

static bool split(const char *url, char host[128], char port[8],
                  const char **ret_path)
{
        const char *p = url + 7, *end, *colon;

        if (strncasecmp(url, "http://", 7) != 0)
                return false;
        end = p + strcspn(p, "/");
        colon = memchr(p, ':', (size_t)(end - p));
        *ret_path = *end ? end : "/";
        if (!text_copy(host, 128,
                       (struct text){p, (size_t)((colon ? colon : end) - p)}))
                return false;
        if (!colon)
                return text_copy(port, 8, TEXT("80"));
        return text_copy(port, 8,
                         (struct text){colon + 1, (size_t)(end - colon - 1)});
}

static bool wait_for(int fd, short what, int64_t until)
{
        struct pollfd p = {.fd = fd, .events = what};
        int64_t left = until - mono_ms();

        return left > 0 && poll(&p, 1, (int)left) > 0;
}

static int connect_to(const char *host, const char *port, int64_t until)
{
        struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *a;
        socklen_t n = sizeof(int);
        int fd = -1, bad;

        if (getaddrinfo(host, port, &hints, &list) != 0)
                return -1;
        for (a = list; a && fd < 0; a = a->ai_next) {
                fd = socket(a->ai_family,
                            a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
                if (fd < 0)
                        continue;
                bad = connect(fd, a->ai_addr, a->ai_addrlen) != 0 &&
                      errno != EINPROGRESS;
                if (!bad && wait_for(fd, POLLOUT, until) &&
                    getsockopt(fd, SOL_SOCKET, SO_ERROR, &bad, &n) == 0 && !bad)
                        break;
                close(fd);
                fd = -1;
        }
        freeaddrinfo(list);
        return fd;
}

static bool talk(int fd, const char *host, const char *path, int64_t until,
                 struct buf *answer)
{
        char ask[512];
        ssize_t got;
        char *room;
        int n;

        n = snprintf(ask, sizeof ask,
                     "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: "
                     "application/json\r\nConnection: close\r\n\r\n",
                     path, host);
        if (n >= (int)sizeof ask || send(fd, ask, (size_t)n, MSG_NOSIGNAL) != n)
                return false;
        while (answer->n < ANSWER_MAX) {
                if (!wait_for(fd, POLLIN, until))
                        return false;
                room = buf_room(answer, 4096);
                if (!room)
                        return false;
                got = recv(fd, room, 4096, 0);
                if (got < 0 && (errno == EINTR || errno == EAGAIN))
                        continue;
                if (got < 0)
                        return false;
                if (got == 0)
                        return true;
                answer->n += (size_t)got;
        }
        return false;
}

static void unchunk(struct text in, struct buf *out)
{
        const char *line;
        size_t n;

        while (in.n) {
                line = memmem(in.p, in.n, "\r\n", 2);
                n = strtoul(in.p, NULL, 16);
                if (!line || n == 0 || n > in.n - (size_t)(line + 2 - in.p))
                        return;
                buf_add(out, line + 2, n);
                n += (size_t)(line + 2 - in.p) + 2;
                in.p += n < in.n ? n : in.n;
                in.n -= n < in.n ? n : in.n;
        }
}

static enum status take_body(struct buf *answer, struct buf *body,
                             struct err *e)
{
        char *head_end;
        struct text rest;
        long code;

        buf_char(answer, '\0');
        head_end = strstr(answer->p, "\r\n\r\n");
        if (!head_end || strncmp(answer->p, "HTTP/1.", 7) != 0)
                return err_set(e, ERR_UNAVAILABLE, "no HTTP answer");
        code = strtol(answer->p + strcspn(answer->p, " "), NULL, 10);
        if (code != 200)
                return err_set(e, ERR_UNAVAILABLE, "HTTP status %ld", code);
        *head_end = '\0';
        rest.p = head_end + 4;
        rest.n = answer->n - 1 - (size_t)(rest.p - answer->p);
        buf_clear(body);
        if (strcasestr(answer->p, "transfer-encoding: chunked"))
                unchunk(rest, body);
        else
                buf_text(body, rest);
        return body->failed ? err_set(e, ERR_MEMORY, "HTTP answer") : OK;
}

enum status http_get(const char *url, int wait_ms, struct buf *body,
                     struct err *e)
{
        int64_t until = mono_ms() + wait_ms;
        struct buf answer = {.limit = (size_t)2 * ANSWER_MAX};
        char host[128], port[8];
        const char *path;
        enum status st;
        int fd;

        if (!split(url, host, port, &path))
                return err_set(e, ERR_CONFIG, "%s is not http://HOST:PORT/PATH",
                               url);
        fd = connect_to(host, port, until);
        if (fd < 0)
                return err_set(e, ERR_UNAVAILABLE, "%s does not answer", url);
        if (talk(fd, host, path, until, &answer))
                st = take_body(&answer, body, e);
        else
                st = err_set(e, ERR_UNAVAILABLE, "%s broke off", url);
        close(fd);
        buf_done(&answer);
        return st;
}

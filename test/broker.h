/* test/broker.h -- a real mosquitto of the test's own, on a free port of
 * 127.0.0.1. */
#ifndef TEST_BROKER_H
#define TEST_BROKER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define BROKER "/usr/sbin/mosquitto"

/* A socket bound to a free port that nobody else will get while it is
 * open; it listens. */
static inline int broker_listen_somewhere(int *ret_port)
{
        struct sockaddr_in a = {.sin_family = AF_INET};
        socklen_t n = sizeof a;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
        assert_int_equal(listen(fd, 8), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
        *ret_port = ntohs(a.sin_port);
        return fd;
}

/* url has 64 bytes. */
static inline int broker_pick_port(char *url)
{
        int port;

        close(broker_listen_somewhere(&port));
        snprintf(url, 64, "tcp://127.0.0.1:%d", port);
        return port;
}

static inline pid_t broker_start(int port)
{
        char text[16];
        pid_t pid;
        int fd;

        snprintf(text, sizeof text, "%d", port);
        pid = fork();
        if (pid == 0) {
                fd = open("/dev/null", O_RDWR);
                dup2(fd, 1);
                dup2(fd, 2);
                execl(BROKER, BROKER, "-p", text, (char *)NULL);
                _exit(127);
        }
        return pid;
}

/* Of any child of the test. */
static inline void child_end(pid_t pid, int sig)
{
        kill(pid, sig);
        waitpid(pid, NULL, 0);
}

#endif

/* server/child.c -- a program run to its end, its words kept. */
#include "server/child.h"
#include "server/mono.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 4096
#define LOOK_MS 200

extern char **environ;

struct child {
        pid_t pid;
        int out, words; /* our ends; -1 once at their end */
};

static enum status spawn(const char *program, char *const argv[],
                         struct child *c, struct err *e)
{
        int out[2] = {-1, -1}, words[2] = {-1, -1}, rc;
        posix_spawn_file_actions_t a;

        if (pipe2(out, O_CLOEXEC) != 0 || pipe2(words, O_CLOEXEC) != 0) {
                if (out[0] >= 0) {
                        close(out[0]);
                        close(out[1]);
                }
                return err_set(e, ERR_IO, "pipe: %s", strerror(errno));
        }
        posix_spawn_file_actions_init(&a);
        posix_spawn_file_actions_addopen(&a, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&a, out[1], 1);
        posix_spawn_file_actions_adddup2(&a, words[1], 2);
        rc = posix_spawn(&c->pid, program, &a, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&a);
        close(out[1]);
        close(words[1]);
        c->out = out[0];
        c->words = words[0];
        if (rc == 0)
                return OK;
        close(c->out);
        close(c->words);
        return err_set(e, ERR_UNAVAILABLE, "%s did not start: %s", program,
                       strerror(rc));
}

/* Reads what is there; closes at the end.  What does not fit sets failed. */
static void drain(int *fd, struct buf *b)
{
        char piece[16384];
        ssize_t n = read(*fd, piece, sizeof piece);

        if (n > 0) {
                buf_add(b, piece, (size_t)n);
                return;
        }
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        close(*fd);
        *fd = -1;
}

/* False when it had to be cut off. */
static bool listen_to(struct child *c, struct buf *out, struct buf *words,
                      int deadline_s, const struct child_watch *watch)
{
        int64_t end_ms = mono_ms() + (int64_t)deadline_s * 1000, left;

        while (c->out >= 0 || c->words >= 0) {
                struct pollfd p[2] = {{c->out, POLLIN, 0},
                                      {c->words, POLLIN, 0}};

                left = end_ms - mono_ms();
                if (left <= 0 || out->failed ||
                    (watch && !watch->go_on(watch->self, buf_as_text(words))))
                        return false;
                if (watch && left > LOOK_MS)
                        left = LOOK_MS;
                if (poll(p, 2, (int)left) < 0 && errno != EINTR)
                        return false;
                if (p[0].revents)
                        drain(&c->out, out);
                if (p[1].revents)
                        drain(&c->words, words);
        }
        return !out->failed;
}

/* The last line, without "sanfang: " before it. */
static struct text last_words(const struct buf *words)
{
        struct text t = buf_as_text(words), line, last = {"", 0};

        while (text_cut(&t, '\n', &line))
                if (line.n)
                        last = line;
        if (text_starts(last, "sanfang: ")) {
                last.p += 9;
                last.n -= 9;
        }
        if (last.n > 200)
                last.n = 200;
        return last;
}

static enum status judge(int status, const struct buf *words, struct err *e)
{
        struct text last = last_words(words);

        if (WIFSIGNALED(status))
                return err_set(e, ERR_UNAVAILABLE,
                               "the reader was killed by signal %d (%s)",
                               WTERMSIG(status), strsignal(WTERMSIG(status)));
        if (WEXITSTATUS(status) == 0)
                return OK;
        return err_set(e, ERR_SYNTAX, "%.*s", (int)last.n,
                       last.n ? last.p : "the reader said nothing");
}

enum status child_run_watched(const char *program, char *const argv[],
                              size_t out_limit, int deadline_s,
                              const struct child_watch *watch, struct buf *out,
                              struct err *e)
{
        struct buf words = {.limit = WORDS_MAX};
        struct child c = {0};
        bool heard;
        int status = 0;
        enum status st = spawn(program, argv, &c, e);

        if (st != OK)
                return st;
        out->limit = out_limit;
        heard = listen_to(&c, out, &words, deadline_s, watch);
        if (!heard)
                kill(c.pid, SIGKILL);
        if (c.out >= 0)
                close(c.out);
        if (c.words >= 0)
                close(c.words);
        while (waitpid(c.pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (!heard)
                st = out->failed
                             ? err_set(e, ERR_SIZE,
                                       "the reader wrote more than %zu bytes",
                                       out_limit)
                             : err_set(e, ERR_UNAVAILABLE,
                                       "the reader took more than %d s, or "
                                       "was stopped",
                                       deadline_s);
        else
                st = judge(status, &words, e);
        buf_done(&words);
        return st;
}

enum status child_run(const char *program, char *const argv[], size_t out_limit,
                      int deadline_s, struct buf *out, struct err *e)
{
        return child_run_watched(program, argv, out_limit, deadline_s, NULL,
                                 out, e);
}

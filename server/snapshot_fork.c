/* server/snapshot_fork.c -- see snapshot_fork.h. */
#include "server/snapshot_fork.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/snapshot.h"

#define NICE 5 /* the loop comes first */

static _Noreturn void copy_main(const char *state_dir, const struct state *s,
                                pid_t parent)
{
        struct err e = {0};
        enum status st;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
                _exit(ERR_UNAVAILABLE);
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        close_range(3, ~0u, 0);
        setpriority(PRIO_PROCESS, 0, NICE);
        st = snapshot_write(state_dir, s, &e);
        if (st != OK)
                dprintf(2, "level=warn event=snapshot msg=\"%s\"\n", e.msg);
        _exit((int)st);
}

enum status snapshot_fork(const char *state_dir, const struct state *s,
                          pid_t *ret_pid, struct err *e)
{
        pid_t parent = getpid(), pid = fork();

        if (pid < 0)
                return err_set(e, ERR_UNAVAILABLE, "fork: %s", strerror(errno));
        if (pid == 0)
                copy_main(state_dir, s, parent);
        *ret_pid = pid;
        return OK;
}

enum status snapshot_wait(pid_t pid, struct err *e)
{
        int how;

        while (waitpid(pid, &how, 0) < 0)
                if (errno != EINTR)
                        return err_set(e, ERR_IO, "waitpid: %s",
                                       strerror(errno));
        if (WIFSIGNALED(how))
                return err_set(e, ERR_IO, "its process died of signal %d",
                               WTERMSIG(how));
        if (WEXITSTATUS(how) != OK)
                return err_set(e, ERR_IO, "its process: %s",
                               status_name((enum status)WEXITSTATUS(how)));
        return OK;
}

/* test/server/pg_temp.c -- see pg_temp.h. */
#include "test/server/pg_temp.h"

#include "test/pause.h"

#include <arpa/inet.h>
#include <glob.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The newest installed server's folder of programs, or "". */
static const char *bin_dir(void)
{
        static char dir[200];
        glob_t g = {0};

        if (!dir[0] &&
            glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &g) == 0) {
                snprintf(dir, sizeof(dir), "%s", g.gl_pathv[g.gl_pathc - 1]);
                *strrchr(dir, '/') = 0;
        }
        globfree(&g);
        return dir;
}

const char *pg_temp_missing(void)
{
        glob_t g = {0};
        const char *missing = NULL;

        if (!bin_dir()[0])
                missing = "PostgreSQL's server (package postgresql)";
        else if (glob("/usr/share/postgresql/*/extension/postgis.control", 0,
                      NULL, &g) != 0)
                missing = "PostGIS (package postgresql-15-postgis-3)";
        globfree(&g);
        return missing;
}

static void server_user(uid_t *uid, gid_t *gid)
{
        const struct passwd *p;

        *uid = geteuid();
        *gid = getegid();
        if (*uid != 0)
                return;
        p = getpwnam("postgres");
        if (!p)
                p = getpwnam("nobody");
        *uid = p ? p->pw_uid : 65534;
        *gid = p ? p->pw_gid : 65534;
}

static void become_server_user(void)
{
        uid_t uid;
        gid_t gid;

        server_user(&uid, &gid);
        if (geteuid() == 0 && (setgid(gid) != 0 || setuid(uid) != 0))
                _exit(126);
        prctl(PR_SET_PDEATHSIG, SIGQUIT);
}

static pid_t run(char *const *argv, const char *log)
{
        pid_t pid = fork();

        if (pid != 0)
                return pid;
        become_server_user();
        if (!freopen(log, "a", stdout) || dup2(1, 2) < 0 || chdir("/") != 0)
                _exit(126);
        execv(argv[0], argv);
        _exit(127);
}

static int free_port(void)
{
        struct sockaddr_in a = {.sin_family = AF_INET};
        socklen_t n = sizeof(a);
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (bind(fd, (struct sockaddr *)&a, n) != 0 ||
            getsockname(fd, (struct sockaddr *)&a, &n) != 0)
                a.sin_port = 0;
        close(fd);
        return ntohs(a.sin_port);
}

static bool run_to_end(char *const *argv, const char *log)
{
        int status;
        pid_t pid = run(argv, log);

        return waitpid(pid, &status, 0) == pid && status == 0;
}

/* A folder for t, of the server's user, and a port. */
static bool make_room(struct pg_temp *t)
{
        uid_t uid;
        gid_t gid;

        *t = (struct pg_temp){.dir = "/var/tmp/sanfang-test-XXXXXX"};
        if (!mkdtemp(t->dir))
                return false;
        server_user(&uid, &gid);
        if (geteuid() == 0 && chown(t->dir, uid, gid) != 0)
                return false;
        t->port = free_port();
        snprintf(t->uri, sizeof(t->uri),
                 "host=%s port=%d user=sanfang dbname=postgres", t->dir,
                 t->port);
        return true;
}

bool pg_temp_standby(const struct pg_temp *t, struct pg_temp *ret)
{
        char program[256], data[100], log[100];
        char *argv[] = {program,
                        (char *)"-R",
                        (char *)"-X",
                        (char *)"stream",
                        (char *)"-c",
                        (char *)"fast",
                        (char *)"--no-sync",
                        (char *)"-D",
                        data,
                        (char *)"-d",
                        (char *)t->uri,
                        NULL};

        if (!make_room(ret))
                return false;
        snprintf(program, sizeof(program), "%s/pg_basebackup", bin_dir());
        snprintf(data, sizeof(data), "%s/data", ret->dir);
        snprintf(log, sizeof(log), "%s/log", ret->dir);
        return run_to_end(argv, log) && pg_temp_start(ret);
}

bool pg_temp_promote(struct pg_temp *t)
{
        return strcmp(pg_temp_ask(t, "SELECT pg_promote(true, 30)"), "t") == 0;
}

bool pg_temp_create(struct pg_temp *t)
{
        char initdb[256], data[100], log[100];
        char *argv[] = {initdb,
                        (char *)"-D",
                        data,
                        (char *)"-A",
                        (char *)"trust",
                        (char *)"-U",
                        (char *)"sanfang",
                        (char *)"-E",
                        (char *)"UTF8",
                        (char *)"--locale=C",
                        (char *)"--no-sync",
                        NULL};

        if (!make_room(t))
                return false;
        snprintf(initdb, sizeof(initdb), "%s/initdb", bin_dir());
        snprintf(data, sizeof(data), "%s/data", t->dir);
        snprintf(log, sizeof(log), "%s/log", t->dir);
        return run_to_end(argv, log) && pg_temp_start(t);
}

const char *pg_temp_ask(const struct pg_temp *t, const char *sql)
{
        static char answer[4096];
        char psql[256];
        int in[2];
        size_t n = 0;
        ssize_t k;
        pid_t pid;

        answer[0] = 0;
        /* Not the one in PATH, which Debian wraps in a script of its own. */
        snprintf(psql, sizeof(psql), "%s/psql", bin_dir());
        if (pipe(in) != 0)
                return answer;
        pid = fork();
        if (pid == 0) {
                dup2(in[1], 1);
                close(in[0]);
                setenv("PGOPTIONS", "-c client_min_messages=error", 1);
                execl(psql, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d",
                      t->uri, "-c", sql, (char *)NULL);
                _exit(127);
        }
        close(in[1]);
        while (n < sizeof(answer) - 1 &&
               (k = read(in[0], answer + n, sizeof(answer) - 1 - n)) > 0)
                n += (size_t)k;
        close(in[0]);
        waitpid(pid, NULL, 0);
        while (n > 0 && answer[n - 1] == '\n')
                n--;
        answer[n] = 0;
        return answer;
}

bool pg_temp_start(struct pg_temp *t)
{
        char postgres[256], data[100], log[100], port[40], socket_dir[120];
        char *argv[] = {postgres,
                        (char *)"-D",
                        data,
                        (char *)"-c",
                        port,
                        (char *)"-c",
                        socket_dir,
                        (char *)"-c",
                        (char *)"listen_addresses=127.0.0.1",
                        (char *)"-c",
                        (char *)"shared_buffers=32MB",
                        (char *)"-c",
                        (char *)"fsync=off",
                        NULL};
        char ready[512];
        int i;

        snprintf(postgres, sizeof(postgres), "%s/postgres", bin_dir());
        snprintf(data, sizeof(data), "%s/data", t->dir);
        snprintf(log, sizeof(log), "%s/log", t->dir);
        snprintf(port, sizeof(port), "port=%d", t->port);
        snprintf(socket_dir, sizeof(socket_dir), "unix_socket_directories=%s",
                 t->dir);
        snprintf(ready, sizeof(ready), "%s/pg_isready -q -d '%s'", bin_dir(),
                 t->uri);
        for (i = 0; i < 300; i++) {
                if (t->pid == 0)
                        t->pid = run(argv, log);
                if (system(ready) == 0)
                        return true;
                /* After a kill -9 the old shared memory may still be held
                 * for a moment; then the new postmaster ends at once. */
                if (waitpid(t->pid, NULL, WNOHANG) == t->pid)
                        t->pid = 0;
                pause_ms(100);
        }
        return false;
}

void pg_temp_kill(struct pg_temp *t, int sig)
{
        if (t->pid <= 0)
                return;
        kill(t->pid, sig);
        waitpid(t->pid, NULL, 0);
        t->pid = 0;
}

void temp_dir_remove(const char *dir)
{
        char command[120];

        if (strncmp(dir, "/var/tmp/sanfang-", 17) != 0 &&
            strncmp(dir, "/tmp/sanfang-", 13) != 0)
                return;
        snprintf(command, sizeof(command), "rm -rf -- '%s'", dir);
        if (system(command) != 0)
                fprintf(stderr, "%s stays\n", dir);
}

void pg_temp_destroy(struct pg_temp *t)
{
        pg_temp_kill(t, SIGQUIT);
        temp_dir_remove(t->dir);
}

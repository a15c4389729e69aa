/* test/fault/disk.c -- stands between a program and its disk (LD_PRELOAD).
 *
 * In:     DISK_ORDERS names a folder. Files in it are orders, looked at every
 *         few milliseconds, in every process forked since too (cut only with
 *         DISK_CUTS=1, and only where no thread of ours is lost by a fork):
 *           full      nothing can be written or preallocated any more
 *           no-room   no file can grow; what it has allocated it may use
 *           quota     the same, and the answer is EDQUOT, not ENOSPC
 *           eio       write and preallocate fail with EIO
 *           sync-eio  fdatasync and fsync fail with EIO
 *           slow      each sync takes as many milliseconds as it says
 *           cut.PID   the power goes: what process PID has written and not
 *                     synced is undone, oldest content back, and it is gone
 *         The text of a cut is a seed: by it a file loses all or only the
 *         last of its unsynced writes, torn in the middle, and names that
 *         the folder's own sync has not made safe go or stay.
 * Holds:  only regular files opened for writing; of each the undo since its
 *         last sync.  Files under a folder "log" are left out.
 * Source: what POSIX leaves open after fsync; ALICE (Pillai et al. 2014).
 * Thread: any; one lock. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FDS 4096
#define LOOK_US 2000

/* One thing to take back. */
struct undo {
        struct undo *older;
        off_t size_before;
        off_t at;
        size_t n; /* of `bytes`: what stood at `at` */
        char bytes[];
};

struct file {
        dev_t dev;
        ino_t ino;
        int fd;     /* of our own, for the undo */
        bool named; /* its name is not yet safe */
        char path[PATH_MAX];
        struct undo *newest;
        struct file *next;
};

/* A rename that its folder's sync has not made safe. */
struct move {
        char from[PATH_MAX], to[PATH_MAX];
        char kept[PATH_MAX + 16]; /* a second name of what stood at `to` */
        struct move *older;
};

/* Recursive: the calls below use each other. */
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static struct file *files;
static struct move *moves;
static char orders[PATH_MAX];
static volatile bool full, no_room, quota, eio, sync_eio;
static volatile int slow_ms;
static unsigned counter;
static bool cuts; /* DISK_CUTS=1 */

/* ---- the real calls ---- */

static ssize_t real_pwrite(int fd, const void *p, size_t n, off_t at)
{
        return syscall(SYS_pwrite64, fd, p, n, at);
}

static int real_open(int dir, const char *path, int flags, mode_t mode)
{
        return (int)syscall(SYS_openat, dir, path, flags, mode);
}

/* ---- what is watched ---- */

static bool path_of(int fd, char path[PATH_MAX])
{
        char link[64];
        ssize_t n;

        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        n = readlink(link, path, PATH_MAX - 1);
        if (n <= 0)
                return false;
        path[n] = '\0';
        return path[0] == '/';
}

static bool is_watched(int fd, struct stat *info)
{
        if (!orders[0] || fstat(fd, info) != 0)
                return false;
        return S_ISREG(info->st_mode);
}

/* Is there anybody who may order a cut? Who never will be cut (a database
 * that syncs at its checkpoints) need not pay for the undo. */
static bool is_cuttable(void)
{
        return orders[0] && cuts;
}

static struct file *find(const struct stat *info)
{
        struct file *f;

        for (f = files; f; f = f->next)
                if (f->dev == info->st_dev && f->ino == info->st_ino)
                        return f;
        return NULL;
}

/* The lock is held. */
static struct file *watch(int fd, const struct stat *info)
{
        struct file *f = find(info);
        char path[PATH_MAX];

        if (f || !path_of(fd, path) || strstr(path, "/log/"))
                return f;
        f = calloc(1, sizeof *f);
        if (!f)
                return NULL;
        f->dev = info->st_dev;
        f->ino = info->st_ino;
        memcpy(f->path, path, sizeof path);
        f->fd = real_open(AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
        if (f->fd < 0) {
                free(f);
                return NULL;
        }
        f->next = files;
        files = f;
        return f;
}

static void forget(struct file *f)
{
        struct undo *u;

        while ((u = f->newest)) {
                f->newest = u->older;
                free(u);
        }
}

/* Before n bytes at `at` (to the end when n is 0) are changed. */
static void remember(int fd, off_t at, size_t n)
{
        struct stat info;
        struct undo *u;
        struct file *f;

        if (!is_cuttable() || !is_watched(fd, &info))
                return;
        f = watch(fd, &info);
        if (!f)
                return;
        if (at >= info.st_size)
                n = 0;
        else if (n == 0 || at + (off_t)n > info.st_size)
                n = (size_t)(info.st_size - at);
        u = malloc(sizeof *u + n);
        if (!u)
                return;
        u->size_before = info.st_size;
        u->at = at;
        u->n = n;
        if (n && pread(f->fd, u->bytes, n, at) != (ssize_t)n)
                u->n = 0;
        u->older = f->newest;
        f->newest = u;
}

static void synced(int fd)
{
        struct move **m = &moves, *gone;
        char path[PATH_MAX];
        struct stat info;
        struct file *f;
        size_t n;

        if (fstat(fd, &info) != 0)
                return;
        f = find(&info);
        if (f)
                forget(f);
        if (!S_ISDIR(info.st_mode) || !path_of(fd, path))
                return;
        n = strlen(path);
        for (f = files; f; f = f->next)
                if (!strncmp(f->path, path, n) && f->path[n] == '/' &&
                    !strchr(f->path + n + 1, '/'))
                        f->named = false;
        while ((gone = *m)) {
                if (strncmp(gone->to, path, n) != 0 || gone->to[n] != '/') {
                        m = &gone->older;
                        continue;
                }
                if (gone->kept[0])
                        unlink(gone->kept);
                *m = gone->older;
                free(gone);
        }
}

/* ---- the cut ---- */

static uint64_t chance(uint64_t *seed)
{
        *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        return *seed >> 33;
}

static void take_back(struct file *f, const struct undo *u, bool torn)
{
        off_t at = u->at;

        if (u->n)
                real_pwrite(f->fd, u->bytes, u->n, at);
        if (torn && u->at >= u->size_before)
                at = u->at + 5; /* five bytes of it are on the disk */
        else
                at = u->size_before;
        if (ftruncate(f->fd, at) != 0)
                return;
}

static void lose_writes(struct file *f, uint64_t *seed)
{
        bool all = chance(seed) % 2;
        unsigned left = all ? UINT_MAX : (unsigned)(chance(seed) % 4 + 1);
        const struct undo *u;

        for (u = f->newest; u && left--; u = u->older)
                take_back(f, u, !all && left == 0);
}

static void lose_names(uint64_t *seed)
{
        bool lose = chance(seed) % 2;
        struct move *m;
        struct file *f;

        for (m = moves; m; m = m->older) {
                if (lose)
                        syscall(SYS_renameat, AT_FDCWD, m->to, AT_FDCWD,
                                m->from);
                for (f = files; lose && f; f = f->next)
                        if (strcmp(f->path, m->to) == 0)
                                memcpy(f->path, m->from, sizeof f->path);
                if (lose && m->kept[0])
                        syscall(SYS_renameat, AT_FDCWD, m->kept, AT_FDCWD,
                                m->to);
                else if (m->kept[0])
                        syscall(SYS_unlinkat, AT_FDCWD, m->kept, 0);
        }
        for (f = files; f; f = f->next)
                if (f->named && lose)
                        syscall(SYS_unlinkat, AT_FDCWD, f->path, 0);
}

static void power_cut(const char *path)
{
        char text[32] = "";
        uint64_t seed;
        struct file *f;
        int fd = real_open(AT_FDCWD, path, O_RDONLY, 0);

        if (fd >= 0 && read(fd, text, sizeof text - 1) < 0)
                text[0] = '\0';
        seed = strtoull(text, NULL, 10) + 1;
        pthread_mutex_lock(&lock); /* for ever: nobody writes any more */
        for (f = files; f; f = f->next)
                lose_writes(f, &seed);
        lose_names(&seed);
        unlink(path);
        kill(getpid(), SIGKILL);
}

/* ---- orders ---- */

static bool is_ordered(const char *name)
{
        char path[PATH_MAX + 32];

        snprintf(path, sizeof path, "%s/%s", orders, name);
        return access(path, F_OK) == 0;
}

static int slowness(void)
{
        char path[PATH_MAX + 32], text[16] = "0";
        int fd;

        snprintf(path, sizeof path, "%s/slow", orders);
        fd = real_open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        if (fd < 0)
                return 0;
        if (read(fd, text, sizeof text - 1) < 0)
                text[0] = '\0';
        close(fd);
        return atoi(text);
}

static void look(void)
{
        full = is_ordered("full");
        no_room = is_ordered("no-room");
        quota = is_ordered("quota");
        eio = is_ordered("eio");
        sync_eio = is_ordered("sync-eio");
        slow_ms = slowness();
}

/* Before a call, at most every LOOK_US: a process that was forked (a
 * backend) has no thread of ours. */
static void look_now(void)
{
        static _Atomic int64_t looked_us;
        struct timespec t;
        int64_t now_us;
        int error = errno;

        clock_gettime(CLOCK_MONOTONIC, &t);
        now_us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
        if (now_us - looked_us < LOOK_US)
                return;
        looked_us = now_us;
        look();
        errno = error;
}

static void *watcher(void *unused)
{
        char cut[PATH_MAX + 32];

        (void)unused;
        for (;;) {
                snprintf(cut, sizeof cut, "%s/cut.%ld", orders, (long)getpid());
                if (access(cut, F_OK) == 0)
                        power_cut(cut);
                usleep(LOOK_US);
        }
        return NULL;
}

/* On the way to the program; setpriv must have one thread only. */
static bool is_wrapper(void)
{
        static const char *const names[] = {"env", "setsid", "setpriv"};
        size_t i;

        for (i = 0; i < sizeof names / sizeof *names; i++)
                if (strcmp(program_invocation_short_name, names[i]) == 0)
                        return true;
        return false;
}

__attribute__((constructor)) static void begin(void)
{
        const char *dir = getenv("DISK_ORDERS");
        sigset_t all, old;
        pthread_t thread;

        if (!dir || is_wrapper() || strlen(dir) >= sizeof orders)
                return;
        snprintf(orders, sizeof orders, "%s", dir);
        cuts = getenv("DISK_CUTS") != NULL;
        if (!cuts)
                return;
        sigfillset(&all); /* the program's signals are not for this thread */
        pthread_sigmask(SIG_SETMASK, &all, &old);
        pthread_create(&thread, NULL, watcher, NULL);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* 0, or the errno with which a write to fd, up to byte `end` (-1: it
 * grows), fails now. */
static int refused(int fd, off_t end)
{
        char path[PATH_MAX];
        struct stat info;

        look_now();
        if ((!full && !no_room && !quota && !eio) || !is_watched(fd, &info) ||
            (path_of(fd, path) && strstr(path, "/log/")))
                return 0;
        if (!full && !eio && end >= 0 && end <= info.st_size)
                return 0;
        return eio ? EIO : quota ? EDQUOT : ENOSPC;
}

/* ---- the calls ---- */

int openat(int dir, const char *path, int flags, ...)
{
        mode_t mode = 0;
        struct stat info;
        struct file *f;
        bool is_new;
        va_list ap;
        int fd;

        va_start(ap, flags);
        if (flags & (O_CREAT | O_TMPFILE))
                mode = va_arg(ap, mode_t);
        va_end(ap);
        if (!is_cuttable() || !(flags & (O_WRONLY | O_RDWR)))
                return real_open(dir, path, flags, mode);
        pthread_mutex_lock(&lock);
        is_new = (flags & O_CREAT) && faccessat(dir, path, F_OK, 0) != 0;
        /* A truncation that is not synced loses nothing yet. */
        fd = real_open(dir, path, flags & ~O_TRUNC, mode);
        if (fd >= 0 && is_watched(fd, &info)) {
                f = watch(fd, &info);
                if (f && is_new)
                        f->named = true;
                if (flags & O_TRUNC) {
                        remember(fd, 0, 0);
                        if (ftruncate(fd, 0) != 0)
                                errno = 0;
                }
        }
        pthread_mutex_unlock(&lock);
        return fd;
}

int open(const char *path, int flags, ...)
{
        mode_t mode = 0;
        va_list ap;

        va_start(ap, flags);
        if (flags & (O_CREAT | O_TMPFILE))
                mode = va_arg(ap, mode_t);
        va_end(ap);
        return openat(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
        mode_t mode = 0;
        va_list ap;

        va_start(ap, flags);
        if (flags & (O_CREAT | O_TMPFILE))
                mode = va_arg(ap, mode_t);
        va_end(ap);
        return openat(AT_FDCWD, path, flags, mode);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
        ssize_t done;
        int error;

        if (!orders[0])
                return real_pwrite(fd, p, n, at);
        error = refused(fd, at + (off_t)n);
        if (error) {
                errno = error;
                return -1;
        }
        pthread_mutex_lock(&lock);
        remember(fd, at, n);
        done = real_pwrite(fd, p, n, at);
        pthread_mutex_unlock(&lock);
        return done;
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
        return pwrite(fd, p, n, at);
}

/* Where a plain write goes. */
static off_t place(int fd)
{
        struct stat info;
        int flags = fcntl(fd, F_GETFL);

        if (flags >= 0 && (flags & O_APPEND) && fstat(fd, &info) == 0)
                return info.st_size;
        return lseek(fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *p, size_t n)
{
        struct stat info;
        ssize_t done;
        int error;

        if (!orders[0] || !is_watched(fd, &info))
                return syscall(SYS_write, fd, p, n);
        error = refused(fd, -1);
        if (error) {
                errno = error;
                return -1;
        }
        pthread_mutex_lock(&lock);
        remember(fd, place(fd), n);
        done = syscall(SYS_write, fd, p, n);
        pthread_mutex_unlock(&lock);
        return done;
}

/* PostgreSQL makes its log files so. */
ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at)
{
        size_t bytes = 0;
        ssize_t done;
        int error;

        if (!orders[0])
                return syscall(SYS_pwritev, fd, v, n, at, 0);
        for (int i = 0; i < n; i++)
                bytes += v[i].iov_len;
        error = refused(fd, at + (off_t)bytes);
        if (error) {
                errno = error;
                return -1;
        }
        pthread_mutex_lock(&lock);
        remember(fd, at, bytes);
        done = syscall(SYS_pwritev, fd, v, n, at, 0);
        pthread_mutex_unlock(&lock);
        return done;
}

ssize_t pwritev64(int fd, const struct iovec *v, int n, off_t at)
{
        return pwritev(fd, v, n, at);
}

/* What stdio writes (mosquitto) goes past the calls above. */
size_t fwrite(const void *p, size_t size, size_t n, FILE *f)
{
        static size_t (*real)(const void *, size_t, size_t, FILE *);
        int error = orders[0] ? refused(fileno(f), -1) : 0;

        if (!real)
                *(void **)&real = dlsym(RTLD_NEXT, "fwrite");
        if (error) {
                errno = error;
                return 0;
        }
        return real(p, size, n, f);
}

int posix_fallocate(int fd, off_t at, off_t n)
{
        int error, rc;

        if (!orders[0])
                return syscall(SYS_fallocate, fd, 0, at, n) ? errno : 0;
        error = refused(fd, at + n);
        if (error)
                return error;
        pthread_mutex_lock(&lock);
        remember(fd, at + n, 1); /* only the size */
        rc = syscall(SYS_fallocate, fd, 0, at, n) ? errno : 0;
        pthread_mutex_unlock(&lock);
        return rc;
}

int posix_fallocate64(int fd, off_t at, off_t n)
{
        return posix_fallocate(fd, at, n);
}

int ftruncate(int fd, off_t n)
{
        int rc;

        if (!orders[0])
                return (int)syscall(SYS_ftruncate, fd, n);
        pthread_mutex_lock(&lock);
        remember(fd, n, 0);
        rc = (int)syscall(SYS_ftruncate, fd, n);
        pthread_mutex_unlock(&lock);
        return rc;
}

static int sync_it(int fd, long number)
{
        int rc;

        if (orders[0])
                look_now();
        if (orders[0] && slow_ms > 0)
                usleep((useconds_t)slow_ms * 1000);
        if (orders[0] && sync_eio) {
                errno = EIO;
                return -1;
        }
        /* What is written while the disk syncs is not safe yet, so the
         * lock is held; a test can pay that. */
        pthread_mutex_lock(&lock);
        rc = (int)syscall(number, fd);
        if (rc == 0 && orders[0])
                synced(fd);
        pthread_mutex_unlock(&lock);
        return rc;
}

int fdatasync(int fd)
{
        return sync_it(fd, SYS_fdatasync);
}

int fsync(int fd)
{
        return sync_it(fd, SYS_fsync);
}

static bool absolute(int dir, const char *path, char out[PATH_MAX])
{
        char base[PATH_MAX];

        if (path[0] == '/')
                return snprintf(out, PATH_MAX, "%s", path) < PATH_MAX;
        if (dir == AT_FDCWD ? !getcwd(base, sizeof base) : !path_of(dir, base))
                return false;
        return snprintf(out, PATH_MAX, "%.2000s/%.2000s", base, path) <
               PATH_MAX;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
        struct move *m = is_cuttable() ? calloc(1, sizeof *m) : NULL;
        int rc;

        if (!m || !absolute(from_dir, from, m->from) ||
            !absolute(to_dir, to, m->to)) {
                free(m);
                return (int)syscall(SYS_renameat, from_dir, from, to_dir, to);
        }
        pthread_mutex_lock(&lock);
        snprintf(m->kept, sizeof m->kept, "%s.before-%u", m->to, ++counter);
        if (link(m->to, m->kept) != 0)
                m->kept[0] = '\0';
        rc = (int)syscall(SYS_renameat, from_dir, from, to_dir, to);
        for (struct file *f = files; rc == 0 && f; f = f->next)
                if (strcmp(f->path, m->from) == 0)
                        memcpy(f->path, m->to, sizeof f->path);
        m->older = moves;
        if (rc == 0)
                moves = m;
        else
                free(m);
        pthread_mutex_unlock(&lock);
        return rc;
}

int rename(const char *from, const char *to)
{
        return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/* A file that is gone needs no undo: its name may come back after a cut,
 * which no program may mind. */
int unlinkat(int dir, const char *path, int flags)
{
        struct stat info;
        struct file **at, *f;

        if (is_cuttable() &&
            fstatat(dir, path, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            info.st_nlink == 1) {
                pthread_mutex_lock(&lock);
                for (at = &files; (f = *at); at = &f->next)
                        if (f->dev == info.st_dev && f->ino == info.st_ino) {
                                forget(f);
                                *at = f->next;
                                close(f->fd);
                                free(f);
                                break;
                        }
                pthread_mutex_unlock(&lock);
        }
        return (int)syscall(SYS_unlinkat, dir, path, flags);
}

int unlink(const char *path)
{
        return unlinkat(AT_FDCWD, path, 0);
}

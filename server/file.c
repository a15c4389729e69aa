/* server/file.c -- whole files, read and put in place at once. */
#include "server/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status fail(struct err *e, const char *what, const char *path)
{
        return err_set(e, ERR_IO, "%s %s: %s", what, path, strerror(errno));
}

enum status file_read(const char *path, struct buf *b, struct err *e)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        enum status st = OK;
        ssize_t n;
        char *to;

        if (fd < 0)
                return fail(e, "cannot open", path);
        do {
                to = buf_room(b, 65536);
                if (!to) {
                        st = err_set(e, ERR_SIZE, "%s is too large", path);
                        break;
                }
                n = read(fd, to, 65536);
                if (n < 0)
                        st = fail(e, "cannot read", path);
                else
                        b->n += (size_t)n;
        } while (n > 0);
        close(fd);
        return st;
}

static enum status write_all(int fd, struct text bytes, const char *path,
                             struct err *e)
{
        while (bytes.n) {
                ssize_t n = write(fd, bytes.p, bytes.n);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return fail(e, "cannot write", path);
                bytes.p += n;
                bytes.n -= (size_t)n;
        }
        return fsync(fd) == 0 ? OK : fail(e, "cannot sync", path);
}

enum status file_sync_folder(const char *path, struct err *e)
{
        char folder[PATH_MAX];
        enum status st = OK;
        char *slash;
        int fd;

        snprintf(folder, sizeof folder, "%s", path);
        slash = strrchr(folder, '/');
        if (slash)
                slash[slash == folder] = '\0'; /* "/name" lies in "/" */
        else
                snprintf(folder, sizeof folder, ".");
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return fail(e, "cannot open", folder);
        if (fsync(fd) != 0 && errno != EINVAL) /* a file system without */
                st = fail(e, "cannot sync", folder);
        close(fd);
        return st;
}

enum status file_replace(const char *path, struct text bytes, struct err *e)
{
        char tmp[PATH_MAX];
        enum status st;
        int fd;

        snprintf(tmp, sizeof tmp, "%s.tmp", path);
        fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
        if (fd < 0)
                return fail(e, "cannot create", tmp);
        st = write_all(fd, bytes, tmp, e);
        close(fd);
        if (st == OK && rename(tmp, path) != 0)
                st = fail(e, "cannot rename to", path);
        if (st != OK) {
                unlink(tmp);
                return st;
        }
        return file_sync_folder(path, e);
}

enum status file_first_line(const char *path, char *dst, size_t cap,
                            struct err *e)
{
        struct buf b = {.limit = 131072};
        struct text rest, line;
        enum status st = file_read(path, &b, e);

        rest = buf_as_text(&b);
        if (st == OK && (b.n == 0 || !text_cut(&rest, '\n', &line) ||
                         !text_copy(dst, cap, line)))
                st = err_set(e, ERR_SIZE,
                             "%s: its first line must be 1 to "
                             "%zu bytes",
                             path, cap - 1);
        buf_done(&b);
        return st;
}

enum status file_make_dir(const char *path, struct err *e)
{
        char part[PATH_MAX];
        char *slash;

        snprintf(part, sizeof part, "%s", path);
        for (slash = strchr(part + 1, '/'); slash;
             slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                if (mkdir(part, 0755) != 0 && errno != EEXIST)
                        return fail(e, "cannot make folder", part);
                *slash = '/';
        }
        if (mkdir(part, 0750) != 0 && errno != EEXIST)
                return fail(e, "cannot make folder", part);
        return OK;
}

/* server/tool/backup_set.c -- see backup_set.h. */
#include "server/tool/backup_set.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schemas/buf.h"
#include "server/file.h"

#define PIECE 65536

extern char **environ;

static enum status failed(const char *path, struct err *e)
{
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
}

static enum status pour(int in, int out, const char *from, const char *to,
                        struct err *e)
{
        char piece[PIECE];
        ssize_t n, done, k;

        while ((n = read(in, piece, sizeof piece)) != 0) {
                if (n < 0)
                        return failed(from, e);
                for (done = 0; done < n; done += k) {
                        k = write(out, piece + done, (size_t)(n - done));
                        if (k < 0)
                                return failed(to, e);
                }
        }
        return fsync(out) == 0 ? OK : failed(to, e);
}

enum status backup_set_copy(const char *from, const char *to, bool *ret_gone,
                            struct err *e)
{
        int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
        enum status st = OK;

        *ret_gone = in < 0 && errno == ENOENT;
        if (*ret_gone)
                return OK;
        if (in < 0)
                return failed(from, e);
        out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
        st = out < 0 ? failed(to, e) : pour(in, out, from, to, e);
        close(in);
        if (out >= 0 && close(out) != 0 && st == OK)
                st = failed(to, e);
        return st;
}

static bool same_already(const char *from, const char *to)
{
        struct stat a, b;

        return stat(from, &a) == 0 && stat(to, &b) == 0 &&
               a.st_size == b.st_size && a.st_mtime < b.st_mtime;
}

static bool ends_with(const char *name, const char *ending)
{
        size_t n = strlen(name), k = strlen(ending);

        return n > k && strcmp(name + n - k, ending) == 0;
}

enum status backup_set_copy_folder(const char *from, const char *to,
                                   const char *ending, uint32_t *ret_n,
                                   struct err *e)
{
        char source[PATH_MAX], target[PATH_MAX];
        struct dirent **list = NULL;
        enum status st = file_make_dir(to, e);
        uint32_t copied = 0;
        int n, i;

        if (st != OK)
                return st;
        n = scandir(from, &list, NULL, alphasort);
        if (n < 0 && errno != ENOENT)
                return failed(from, e);
        for (i = 0; i < n && st == OK; i++) {
                bool gone = false;

                if (!ends_with(list[i]->d_name, ending))
                        continue;
                snprintf(source, sizeof source, "%s/%s", from, list[i]->d_name);
                snprintf(target, sizeof target, "%s/%s", to, list[i]->d_name);
                if (!same_already(source, target))
                        st = backup_set_copy(source, target, &gone, e);
                copied += st == OK && !gone;
        }
        for (i = 0; i < n; i++)
                free(list[i]);
        free(list);
        if (st == OK)
                *ret_n = copied;
        return st;
}

bool backup_set_is_empty(const char *dir)
{
        DIR *d = opendir(dir);
        struct dirent *x;
        bool empty = true;

        if (!d)
                return errno == ENOENT;
        while ((x = readdir(d)))
                if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
                        empty = false;
        closedir(d);
        return empty;
}

/* ---- check sums ---- */

static enum status sum_of(const char *path, char ret_hex[65], struct err *e)
{
        unsigned char digest[crypto_hash_sha256_BYTES];
        crypto_hash_sha256_state s;
        char piece[PIECE];
        size_t n;
        FILE *f = fopen(path, "re");

        if (!f)
                return failed(path, e);
        crypto_hash_sha256_init(&s);
        while ((n = fread(piece, 1, sizeof piece, f)) > 0)
                crypto_hash_sha256_update(&s, (unsigned char *)piece, n);
        if (ferror(f)) {
                fclose(f);
                return failed(path, e);
        }
        fclose(f);
        crypto_hash_sha256_final(&s, digest);
        sodium_bin2hex(ret_hex, 65, digest, sizeof digest);
        return OK;
}

static enum status sum_folder(const char *dir, const char *sub, struct buf *b,
                              struct err *e)
{
        char folder[PATH_MAX], path[PATH_MAX + NAME_MAX + 2], hex[65];
        struct dirent **list = NULL;
        enum status st = OK;
        struct stat about;
        int n, i;

        snprintf(folder, sizeof folder, "%s/%s", dir, sub);
        n = scandir(folder, &list, NULL, alphasort);
        for (i = 0; i < n && st == OK; i++) {
                snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
                if (stat(path, &about) != 0 || !S_ISREG(about.st_mode) ||
                    strcmp(list[i]->d_name, SET_SUMS) == 0)
                        continue;
                st = sum_of(path, hex, e);
                if (st == OK)
                        buf_printf(b, "%s  %s%s%s\n", hex, sub, *sub ? "/" : "",
                                   list[i]->d_name);
        }
        for (i = 0; i < n; i++)
                free(list[i]);
        free(list);
        return st;
}

enum status backup_set_write_sums(const char *dir, struct err *e)
{
        char path[PATH_MAX];
        struct buf b = {0};
        enum status st = sum_folder(dir, "", &b, e);

        if (st == OK)
                st = sum_folder(dir, "journal", &b, e);
        if (st == OK)
                st = sum_folder(dir, "snapshots", &b, e);
        snprintf(path, sizeof path, "%s/" SET_SUMS, dir);
        if (st == OK)
                st = b.failed ? err_set(e, ERR_MEMORY, "check sums")
                              : file_replace(path, buf_as_text(&b), e);
        buf_done(&b);
        return st;
}

/* A name in the sums may not lead out of the folder. */
static bool safe_name(struct text name)
{
        return name.n > 0 && name.n < NAME_MAX && name.p[0] != '/' &&
               !memmem(name.p, name.n, "..", 2);
}

static enum status check_line(const char *dir, struct text line, struct err *e)
{
        char path[PATH_MAX + NAME_MAX + 2], hex[65];
        struct text name = {line.p + 66, line.n - 66};
        enum status st;

        if (line.n <= 66 || line.p[64] != ' ' || !safe_name(name))
                return err_set(e, ERR_CORRUPT, "%s/" SET_SUMS ": \"%.*s\"", dir,
                               (int)line.n, line.p);
        snprintf(path, sizeof path, "%s/%.*s", dir, (int)name.n, name.p);
        st = sum_of(path, hex, e);
        if (st != OK)
                return err_set(e, ERR_CORRUPT, "%s is missing or unreadable",
                               path);
        if (!text_eq((struct text){line.p, 64}, text_of(hex)))
                return err_set(e, ERR_CORRUPT, "%s differs from its check sum",
                               path);
        return OK;
}

enum status backup_set_check_sums(const char *dir, uint32_t *ret_n,
                                  struct err *e)
{
        char path[PATH_MAX];
        struct buf b = {.limit = 64u << 20};
        struct text rest, line;
        uint32_t n = 0;
        enum status st;

        snprintf(path, sizeof path, "%s/" SET_SUMS, dir);
        st = file_read(path, &b, e);
        rest = buf_as_text(&b);
        while (st == OK && rest.n && text_cut(&rest, '\n', &line)) {
                st = check_line(dir, line, e);
                n++;
        }
        buf_done(&b);
        if (st == OK && n == 0)
                st = err_set(e, ERR_CORRUPT, "%s names no file", path);
        if (st == OK)
                *ret_n = n;
        return st;
}

enum status backup_set_run(char *const argv[], struct err *e)
{
        pid_t pid;
        int rc = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
        int how;

        if (rc != 0)
                return err_set(e, ERR_UNAVAILABLE,
                               "%s: %s (Debian: postgresql-client)", argv[0],
                               strerror(rc));
        while (waitpid(pid, &how, 0) < 0)
                if (errno != EINTR)
                        return failed(argv[0], e);
        if (!WIFEXITED(how) || WEXITSTATUS(how) != 0)
                return err_set(e, ERR_IO, "%s failed", argv[0]);
        return OK;
}

/* server/files.c -- static files kept in memory, sent with an ETag.
 *
 * Holds:  files of at most 8 MiB; the last 64 are kept and looked at anew
 *         when changed.  FILE.gz beside FILE is sent to who takes gzip.
 * Thread: the loop (small local files). */
#include "server/files.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#define FILE_MAX (8u << 20)
#define KEPT_MAX 64

struct kept {
        char path[512];
        struct timespec changed;
        off_t size;
        char etag[40];
        char *bytes;
        uint64_t used;
};

struct files {
        struct kept kept[KEPT_MAX];
        uint32_t n;
        uint64_t clock;
};

struct files *files_create(void)
{
        return calloc(1, sizeof(struct files));
}

void files_free(struct files *f)
{
        if (!f)
                return;
        for (uint32_t i = 0; i < f->n; i++)
                free(f->kept[i].bytes);
        free(f);
}

static struct kept *slot_for(struct files *f, const char *path)
{
        struct kept *oldest = &f->kept[0];

        for (uint32_t i = 0; i < f->n; i++) {
                if (!strcmp(f->kept[i].path, path))
                        return &f->kept[i];
                if (f->kept[i].used < oldest->used)
                        oldest = &f->kept[i];
        }
        if (f->n < KEPT_MAX)
                return &f->kept[f->n++];
        return oldest;
}

static char *read_whole(int fd, off_t size)
{
        char *bytes = malloc((size_t)size + 1);
        off_t n = 0;

        while (bytes && n < size) {
                ssize_t got = read(fd, bytes + n, (size_t)(size - n));

                if (got <= 0) {
                        free(bytes);
                        return NULL;
                }
                n += got;
        }
        return bytes;
}

static void make_etag(struct kept *k)
{
        unsigned char sum[16];
        char hex[33];

        crypto_generichash(sum, sizeof(sum), (unsigned char *)k->bytes,
                           (unsigned long long)k->size, NULL, 0);
        sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
        snprintf(k->etag, sizeof(k->etag), "\"%s\"", hex);
}

/* The file, from memory when unchanged; NULL when it is not there. */
static const struct kept *load(struct files *f, const char *path)
{
        struct kept *k;
        struct stat st;
        char *bytes;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

        if (fd < 0)
                return NULL;
        if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
            st.st_size > (off_t)FILE_MAX) {
                close(fd);
                return NULL;
        }
        k = slot_for(f, path);
        k->used = ++f->clock;
        if (k->bytes && !strcmp(k->path, path) && k->size == st.st_size &&
            k->changed.tv_sec == st.st_mtim.tv_sec &&
            k->changed.tv_nsec == st.st_mtim.tv_nsec) {
                close(fd);
                return k;
        }
        bytes = read_whole(fd, st.st_size);
        close(fd);
        if (!bytes)
                return NULL;
        free(k->bytes);
        text_copy(k->path, sizeof(k->path), text_of(path));
        k->bytes = bytes;
        k->size = st.st_size;
        k->changed = st.st_mtim;
        make_etag(k);
        return k;
}

void files_send(struct files *f, struct http_exchange *x, const char *path,
                const char *content_type)
{
        const struct kept *k = NULL;
        char gz[512];

        if (http_list_has(x->req.accept_encoding, "gzip") &&
            snprintf(gz, sizeof(gz), "%s.gz", path) < (int)sizeof(gz))
                k = load(f, gz);
        if (k)
                x->encoding = "gzip";
        else
                k = load(f, path);
        if (!k) {
                http_problem(x, 404, "unknown", "no such file");
                return;
        }
        http_header(x, "ETag", k->etag);
        http_header(x, "Vary", "Accept-Encoding");
        if (!strcmp(x->req.if_none_match, k->etag)) {
                http_answer(x, 304, NULL);
                return;
        }
        buf_add(&x->body, k->bytes, (size_t)k->size);
        http_answer(x, 200, content_type);
}

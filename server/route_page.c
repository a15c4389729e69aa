/* server/route_page.c -- the console's files, and the rivers of the day.
 *
 * Holds:  only names of [A-Za-z0-9._-] pieces, none beginning with a dot,
 *         are looked for, below one folder; files of at most 8 MiB; the
 *         last 64 are kept in memory and looked at anew when changed.
 *         FILE.gz beside FILE is sent to who takes gzip.
 * Thread: the loop (small local files). */
#include "server/route.h"

#include <stdio.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#define FILE_MAX (8u << 20)
#define KEPT_MAX 64

struct page {
        char path[512];
        struct timespec changed;
        off_t size;
        char etag[40];
        char *bytes;
        uint64_t used;
};

struct files {
        struct page kept[KEPT_MAX];
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

static struct page *slot_for(struct files *f, const char *path)
{
        struct page *oldest = &f->kept[0];

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

static void make_etag(struct page *k)
{
        unsigned char sum[16];
        char hex[33];

        crypto_generichash(sum, sizeof(sum), (unsigned char *)k->bytes,
                           (unsigned long long)k->size, NULL, 0);
        sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
        snprintf(k->etag, sizeof(k->etag), "\"%s\"", hex);
}

/* The file, from memory when unchanged; NULL when it is not there. */
static const struct page *load(struct files *f, const char *path)
{
        struct page *k;
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
        const struct page *k = NULL;
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

static const struct {
        const char *end;
        const char *type;
} types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".geojson", "application/geo+json"},
        {".woff2", "font/woff2"},
        {".mp3", "audio/mpeg"},
        {".wav", "audio/wav"},
        {".txt", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *path)
{
        size_t n = strlen(path);

        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
                size_t m = strlen(types[i].end);

                if (n > m && !strcmp(path + n - m, types[i].end))
                        return types[i].type;
        }
        return NULL;
}

/* Pieces of [A-Za-z0-9._-], none empty or beginning with a dot. */
static bool is_plain(const char *path)
{
        bool begins = true;

        for (const char *p = path; *p; p++) {
                bool letter = (*p >= 'a' && *p <= 'z') ||
                              (*p >= 'A' && *p <= 'Z') ||
                              (*p >= '0' && *p <= '9');

                if (*p == '/' ? begins : begins && *p == '.')
                        return false;
                if (!letter && !strchr("._-/", *p))
                        return false;
                begins = *p == '/';
        }
        return !begins;
}

ROUTE(page)
{
        static const struct {
                const char *path, *file;
        } pages[] = {{"/", "index.html"},
                     {"/wall", "wall.html"},
                     {"/bulletin", "bulletin.html"},
                     {"/favicon.svg", "favicon.svg"},
                     {"/favicon.ico", "favicon.ico"}};
        const char *dir = r->port->config->console_dir;
        const char *name = NULL;
        char file[200], full[PATH_MAX];

        for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
                if (!strcmp(x->req.path, pages[i].path))
                        name = pages[i].file;
        if (!name && at->n && is_plain(at->at[0])) {
                snprintf(file, sizeof(file), "app/%s", at->at[0]);
                name = file;
        }
        if (!name || !dir || !*dir || !type_of(name) ||
            snprintf(full, sizeof(full), "%s/%s", dir, name) >=
                    (int)sizeof(full)) {
                http_problem(x, 404, "unknown", "no such file");
                return;
        }
        files_send(r->files, x, full, type_of(name));
}

ROUTE(rivers)
{
        const char *file = r->port->config->rivers_file;

        if (file && access(file, R_OK) == 0) {
                files_send(r->files, x, file, "application/geo+json");
                return;
        }
        buf_str(&x->body, "{\"type\":\"FeatureCollection\",\"features\":[]}");
        http_answer(x, 200, "application/geo+json");
}

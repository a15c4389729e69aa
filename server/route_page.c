/* server/route_page.c -- the console's files, and the rivers of the day.
 *
 * Holds:  only names of [A-Za-z0-9._-] pieces, none beginning with a dot,
 *         are looked for, below one folder.
 * Thread: the loop (small local files). */
#include "server/route.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/files.h"

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

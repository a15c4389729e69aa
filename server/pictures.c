/* server/pictures.c -- pictures of terminals become files. */
#include "server/pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "schemas/time.h"
#include "server/file.h"
#include "server/log.h"
#include "server/picture_name.h"

#define WAITING_BYTES (64u << 20)
#define RETRY_US (5 * SECOND_US)
#define TRIES 12

struct job {
        struct pictures *owner;
        struct job *next;
        char path[PICTURE_PATH_MAX];
        enum status st;
        struct err e;
        uint32_t tries;
        size_t n;
        char bytes[];
};

struct pictures {
        const char *state_dir;
        pictures_work work;
        void *self;
        struct job *first, *last;
        bool running;
        bool failed; /* the first one waits for its next try */
        int64_t failed_us, now_us;
        struct pictures_counts counts;
};

enum status pictures_create(const char *state_dir, pictures_work work,
                            void *self, struct pictures **ret, struct err *e)
{
        struct pictures *p = calloc(1, sizeof *p);

        if (!p)
                return err_set(e, ERR_MEMORY, "no memory");
        p->state_dir = state_dir;
        p->work = work;
        p->self = self;
        *ret = p;
        return OK;
}

void pictures_free(struct pictures *p)
{
        struct job *j;

        while (p && (j = p->first) != NULL) {
                p->first = j->next;
                free(j);
        }
        free(p);
}

/* ---- the file ---- */

static enum status write_file(const char *path, struct text bytes,
                              struct err *e)
{
        char dir[PICTURE_PATH_MAX];
        struct stat there;
        enum status st;

        if (stat(path, &there) == 0 && (size_t)there.st_size == bytes.n)
                return OK; /* made before a crash: whole, since renamed */
        snprintf(dir, sizeof dir, "%s", path);
        *strrchr(dir, '/') = '\0';
        st = file_make_dir(dir, e);
        return st == OK ? file_replace(path, bytes, e) : st;
}

/* Worker pool. */
static void run(void *arg)
{
        struct job *j = arg;

        j->st = write_file(j->path, (struct text){j->bytes, j->n}, &j->e);
}

static void start(struct pictures *p);

static void drop_first(struct pictures *p)
{
        struct job *j = p->first;

        p->first = j->next;
        if (!p->first)
                p->last = NULL;
        p->counts.waiting -= j->n;
        free(j);
}

static void done(void *arg)
{
        struct job *j = arg;
        struct pictures *p = j->owner;

        p->running = false;
        if (j->st != OK && ++j->tries < TRIES) {
                p->failed = true;
                p->failed_us = p->now_us;
                return;
        }
        if (j->st == OK) {
                p->counts.written++;
                p->counts.bytes += j->n;
        } else {
                p->counts.lost++;
                log_warn("picture_lost", "file=%s msg=\"%s\"", j->path,
                         j->e.msg);
        }
        drop_first(p);
        start(p);
}

static void start(struct pictures *p)
{
        if (p->running || p->failed || !p->first)
                return;
        p->running = true;
        if (p->work(p->self, run, done, p->first) != OK) {
                p->running = false;
                p->failed = true;
                p->failed_us = p->now_us;
        }
}

/* ---- from the loop ---- */

static bool path_of(const char *state_dir, const struct state *s,
                    const struct attachment *a, char dst[PICTURE_PATH_MAX])
{
        char id[PICTURE_ID_MAX];

        if (strcmp(a->kind, "picture") != 0 ||
            a->station >= s->places.n_stations)
                return false;
        picture_id(s->places.stations[a->station].code, a, id);
        return picture_path(state_dir, id, dst);
}

static void queue_one(struct pictures *p, const struct attachment *a,
                      const char *path)
{
        struct job *j = NULL;

        if (p->counts.waiting + a->n <= WAITING_BYTES)
                j = calloc(1, sizeof *j + a->n);
        if (!j) {
                p->counts.lost++;
                log_warn("picture_lost", "file=%s msg=\"too much waits\"",
                         path);
                return;
        }
        j->owner = p;
        memcpy(j->path, path, sizeof j->path);
        j->n = a->n;
        memcpy(j->bytes, a->bytes, a->n);
        p->counts.waiting += a->n;
        if (p->last)
                p->last->next = j;
        else
                p->first = j;
        p->last = j;
        start(p);
}

void pictures_on_effects(struct pictures *p, const struct state *s,
                         const struct effects *fx)
{
        char path[PICTURE_PATH_MAX];
        uint32_t i;

        for (i = 0; i < fx->n_attachment; i++)
                if (path_of(p->state_dir, s, &fx->attachment[i], path))
                        queue_one(p, &fx->attachment[i], path);
}

void pictures_tick(struct pictures *p, int64_t mono_us)
{
        p->now_us = mono_us;
        if (p->failed && mono_us - p->failed_us >= RETRY_US) {
                p->failed = false;
                start(p);
        }
}

bool pictures_busy(const struct pictures *p)
{
        return p->first != NULL;
}

void pictures_get_counts(const struct pictures *p, struct pictures_counts *ret)
{
        *ret = p->counts;
}

void pictures_write_now(const char *state_dir, const struct state *s,
                        const struct effects *fx)
{
        char path[PICTURE_PATH_MAX];
        struct err e = {0};
        uint32_t i;

        for (i = 0; i < fx->n_attachment; i++) {
                const struct attachment *a = &fx->attachment[i];

                if (!path_of(state_dir, s, a, path))
                        continue;
                if (write_file(path, (struct text){a->bytes, a->n}, &e) != OK)
                        log_warn("picture_lost", "file=%s msg=\"%s\"", path,
                                 e.msg);
        }
}

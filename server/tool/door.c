/* server/tool/door.c -- the way in: the running server's socket, or the
 * journal's lock when no server runs.
 *
 * With the journal, each record is first taken by a state of our own
 * (recovered from snapshot and journal), so that what is refused there
 * never gets into the journal. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "schemas/wire/json.h"
#include "sensors/adapter/journal.h"
#include "server/clock.h"
#include "server/file.h"
#include "server/pipeline.h"
#include "server/recover.h"
#include "server/snapshot.h"
#include "server/tool/tool.h"

struct door {
        int fd; /* of the server's socket, or -1 */
        struct buf in;
        struct journal *journal;
        struct state *state;
        struct effects fx;
        char state_dir[PATH_MAX];
        uint64_t submitted;
};

static enum status connect_server(struct door *d, struct err *e)
{
        struct sockaddr_un to = {.sun_family = AF_UNIX};
        int n;

        n = snprintf(to.sun_path, sizeof to.sun_path, "%s/sanfangd.sock",
                     d->state_dir);
        if (n < 0 || (size_t)n >= sizeof to.sun_path)
                return err_set(e, ERR_CONFIG, "%s is too long for a socket",
                               d->state_dir);
        d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (d->fd < 0)
                return err_set(e, ERR_IO, "socket: %s", strerror(errno));
        if (connect(d->fd, (struct sockaddr *)&to, sizeof to) == 0)
                return OK;
        close(d->fd);
        d->fd = -1;
        if (errno == EACCES || errno == EPERM)
                return err_set(e, ERR_FORBIDDEN,
                               "%s: only its owner may administer",
                               to.sun_path);
        return ERR_UNAVAILABLE;
}

static enum status open_journal(struct door *d, struct err *e)
{
        char dir[PATH_MAX + 16];
        struct journal_config c = {.dir = dir,
                                   .sync_interval_us = 20000,
                                   .queue_bytes = 64u << 20};
        struct recovery r;
        enum status st;

        snprintf(dir, sizeof dir, "%s/journal", d->state_dir);
        st = file_make_dir(d->state_dir, e);
        if (st == OK)
                st = journal_open(&c, &d->journal, e);
        if (st == OK)
                st = recover(d->state_dir, NULL, 0, &r, e);
        if (st == OK)
                d->state = r.state;
        return st;
}

enum status door_open(const char *state_dir, struct door **ret, struct err *e)
{
        struct door *d = calloc(1, sizeof *d);
        enum status st;

        if (!d)
                return err_set(e, ERR_MEMORY, "no memory");
        d->fd = -1;
        effects_init(&d->fx);
        snprintf(d->state_dir, sizeof d->state_dir, "%s", state_dir);
        st = connect_server(d, e);
        if (st == ERR_UNAVAILABLE)
                st = open_journal(d, e);
        if (st != OK) {
                door_close(d);
                return st;
        }
        *ret = d;
        return OK;
}

bool door_is_server(const struct door *d)
{
        return d->fd >= 0;
}

static enum status send_line(struct door *d, const struct buf *b, struct err *e)
{
        size_t at = 0;

        while (at < b->n) {
                ssize_t n = send(d->fd, b->p + at, b->n - at, MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_set(e, ERR_UNAVAILABLE,
                                       "the server went away: %s",
                                       strerror(errno));
                at += (size_t)n;
        }
        return OK;
}

static enum status read_line(struct door *d, struct err *e)
{
        char part[4096];

        buf_clear(&d->in);
        while (!d->in.n || d->in.p[d->in.n - 1] != '\n') {
                ssize_t n = read(d->fd, part, sizeof part);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return err_set(e, ERR_UNAVAILABLE,
                                       "the server went away");
                buf_add(&d->in, part, (size_t)n);
        }
        d->in.n--;
        return OK;
}

/* The server's own word for why. */
static enum status code_from(struct text name)
{
        int i;

        for (i = OK + 1; i < STATUS_COUNT; i++)
                if (text_is(name, status_name((enum status)i)))
                        return (enum status)i;
        return ERR_RANGE;
}

static enum status read_reply(struct door *d, struct err *e)
{
        struct json *j = NULL;
        enum status st = read_line(d, e);

        if (st == OK)
                st = json_parse(buf_as_text(&d->in), 65536, &j, e);
        if (st == OK && !json_true(json_get(j, "ok")))
                st = err_set(e, code_from(json_text(json_get(j, "code"))), "%s",
                             json_text(json_get(j, "detail")).p);
        json_free(j);
        return st;
}

static enum status submit_server(struct door *d, enum record_kind kind,
                                 struct text body, struct err *e)
{
        struct buf b = {0};
        struct json_out o = json_out(&b);
        enum status st;

        json_open(&o, NULL);
        json_put_str(&o, "kind", record_kind_name(kind));
        json_put_text(&o, "body", body);
        json_close(&o);
        buf_char(&b, '\n');
        st = b.failed ? err_set(e, ERR_MEMORY, "no memory")
                      : send_line(d, &b, e);
        buf_done(&b);
        return st == OK ? read_reply(d, e) : st;
}

static enum status submit_journal(struct door *d, enum record_kind kind,
                                  struct text body, struct err *e)
{
        struct record r = {d->state->seq + 1, kind, clock_real_us(), body};
        struct record out;
        enum status st = pipeline_step(d->state, &r, &d->fx, e);

        if (st != OK)
                return st;
        if (d->fx.n_refused && kind != RECORD_MQTT)
                return err_set(e, d->fx.refused[0].reason, "%s",
                               d->fx.refused[0].detail);
        st = journal_append(d->journal, kind, r.real_us, body, &r.seq, e);
        while (journal_drain(d->journal, &out))
                ; /* nobody else reads this queue */
        if (st == OK)
                d->state->seq = r.seq;
        d->submitted++;
        return st;
}

enum status door_submit(struct door *d, enum record_kind kind, struct text body,
                        struct err *e)
{
        return door_is_server(d) ? submit_server(d, kind, body, e)
                                 : submit_journal(d, kind, body, e);
}

void door_close(struct door *d)
{
        if (!d)
                return;
        if (d->fd >= 0)
                close(d->fd);
        journal_close(d->journal);
        state_free(d->state);
        effects_done(&d->fx);
        buf_done(&d->in);
        free(d);
}

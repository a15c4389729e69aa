/* server/control.c -- the way in for the `sanfang` command. */
#include "server/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schemas/wire/json.h"

#define LINE_MAX_BYTES ((size_t)RECORD_BODY_MAX * 2)
#define CLIENTS_MAX 16

/* A client's request that was submitted and waits for its record. */
enum waits { WAITS_NOT, WAITS_RECORD, WAITS_SYNC, WAITS_SNAPSHOT };

struct client {
        uv_pipe_t pipe;
        struct control *control;
        struct client *next;
        struct buf in;
        enum waits waits;
        enum record_kind kind;
        char *body;
        size_t n_body;
        uint64_t seq;
};

struct control {
        uv_pipe_t listener;
        struct control_port port;
        struct client *clients;
        uint32_t n_clients;
        char path[108];
        bool closing;
        uint32_t open_handles;
};

static void let_go(struct control *c)
{
        if (--c->open_handles == 0 && c->closing)
                free(c);
}

static void on_client_closed(uv_handle_t *h)
{
        struct client *k = h->data;
        struct control *c = k->control;
        struct client **at;

        for (at = &c->clients; *at && *at != k; at = &(*at)->next)
                ;
        if (*at)
                *at = k->next;
        c->n_clients--;
        buf_done(&k->in);
        free(k->body);
        free(k);
        let_go(c);
}

static void drop(struct client *k)
{
        if (!uv_is_closing((uv_handle_t *)&k->pipe))
                uv_close((uv_handle_t *)&k->pipe, on_client_closed);
}

struct reply {
        uv_write_t req;
        struct buf b;
};

static void on_written(uv_write_t *req, int status)
{
        struct reply *r = req->data;

        (void)status;
        buf_done(&r->b);
        free(r);
}

static void reply(struct client *k, enum status st, const char *detail,
                  uint64_t seq)
{
        struct reply *r = calloc(1, sizeof *r);
        struct json_out o;
        uv_buf_t out;

        k->waits = WAITS_NOT;
        if (!r) {
                drop(k);
                return;
        }
        o = json_out(&r->b);
        json_open(&o, NULL);
        json_put_bool(&o, "ok", st == OK);
        json_put_u64(&o, "seq", seq);
        if (st != OK) {
                json_put_str(&o, "code", status_name(st));
                json_put_bytes(&o, "detail", text_of(detail));
        }
        json_close(&o);
        buf_char(&r->b, '\n');
        r->req.data = r;
        out = uv_buf_init(r->b.p, (unsigned)r->b.n);
        if (r->b.failed || uv_write(&r->req, (uv_stream_t *)&k->pipe, &out, 1,
                                    on_written) != 0) {
                buf_done(&r->b);
                free(r);
                drop(k);
        }
}

static enum status submit(struct client *k, const struct json *j, struct err *e)
{
        struct text body = json_text(json_get(j, "body"));
        struct control *c = k->control;
        enum status st;

        if (text_is(json_text(json_get(j, "ask")), "state")) {
                k->waits = WAITS_SNAPSHOT;
                c->port.snapshot(c->port.self);
                return OK;
        }
        if (!record_kind_from(json_text(json_get(j, "kind")), &k->kind) ||
            k->kind == RECORD_NONE || k->kind == RECORD_MQTT ||
            k->kind == RECORD_FRAME || k->kind == RECORD_TICK || body.n == 0)
                return err_set(e, ERR_UNKNOWN, "want \"kind\" and \"body\"");
        free(k->body);
        k->body = malloc(body.n);
        if (!k->body)
                return err_set(e, ERR_MEMORY, "no memory");
        memcpy(k->body, body.p, body.n);
        k->n_body = body.n;
        st = c->port.submit(c->port.self, k->kind, body, e);
        if (st == OK)
                k->waits = WAITS_RECORD;
        return st;
}

static void on_line(struct client *k, struct text line)
{
        struct json *j = NULL;
        struct err e = {0};
        enum status st = json_parse(line, LINE_MAX_BYTES, &j, &e);

        if (st == OK)
                st = submit(k, j, &e);
        if (st != OK)
                reply(k, st, e.msg, 0);
        json_free(j);
}

static void take_lines(struct client *k)
{
        char *end;
        size_t n;

        while (k->waits == WAITS_NOT && k->in.n &&
               (end = memchr(k->in.p, '\n', k->in.n)) != NULL) {
                n = (size_t)(end - k->in.p);
                on_line(k, (struct text){k->in.p, n});
                memmove(k->in.p, end + 1, k->in.n - n - 1);
                k->in.n -= n + 1;
        }
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *ret)
{
        struct client *k = h->data;
        char *room = buf_room(&k->in, 65536);

        (void)hint;
        *ret = uv_buf_init(room, room ? 65536 : 0);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
        struct client *k = s->data;

        (void)b;
        if (n < 0) {
                drop(k);
                return;
        }
        k->in.n += (size_t)n;
        take_lines(k);
}

static void on_connect(uv_stream_t *s, int status)
{
        struct control *c = s->data;
        struct client *k;

        if (status < 0)
                return;
        k = calloc(1, sizeof *k);
        if (!k)
                return;
        k->control = c;
        k->in.limit = LINE_MAX_BYTES + 65536;
        uv_pipe_init(s->loop, &k->pipe, 0);
        k->pipe.data = k;
        k->next = c->clients;
        c->clients = k;
        c->n_clients++;
        c->open_handles++;
        if (uv_accept(s, (uv_stream_t *)&k->pipe) != 0 ||
            c->n_clients > CLIENTS_MAX ||
            uv_read_start((uv_stream_t *)&k->pipe, on_alloc, on_read) != 0)
                drop(k);
}

enum status control_create(uv_loop_t *loop, const char *path,
                           const struct control_port *port,
                           struct control **ret, struct err *e)
{
        struct control *c = calloc(1, sizeof *c);
        int rc;

        if (!c)
                return err_set(e, ERR_MEMORY, "no memory");
        if (!text_copy(c->path, sizeof c->path, text_of(path))) {
                free(c);
                return err_set(e, ERR_CONFIG,
                               "state_dir is too long for a socket (%s)", path);
        }
        c->port = *port;
        uv_pipe_init(loop, &c->listener, 0);
        c->listener.data = c;
        c->open_handles = 1;
        unlink(path);
        umask(0077);
        rc = uv_pipe_bind(&c->listener, path);
        umask(0027);
        if (rc == 0)
                rc = uv_listen((uv_stream_t *)&c->listener, 16, on_connect);
        if (rc != 0) {
                control_close(c);
                return err_set(e, ERR_IO, "%s: %s", path, uv_strerror(rc));
        }
        *ret = c;
        return OK;
}

static void on_listener_closed(uv_handle_t *h)
{
        let_go(h->data);
}

void control_close(struct control *c)
{
        struct client *k;

        if (!c || c->closing)
                return;
        c->closing = true;
        unlink(c->path);
        for (k = c->clients; k; k = k->next)
                drop(k);
        uv_close((uv_handle_t *)&c->listener, on_listener_closed);
}

void control_on_record(struct control *c, const struct record *r,
                       const struct effects *fx)
{
        struct client *k;

        if (r->kind == RECORD_MQTT || r->kind == RECORD_TICK)
                return;
        for (k = c->clients; k; k = k->next) {
                if (k->waits != WAITS_RECORD || k->kind != r->kind ||
                    k->n_body != r->body.n ||
                    memcmp(k->body, r->body.p, r->body.n) != 0)
                        continue;
                k->seq = r->seq;
                k->waits = WAITS_SYNC;
                if (fx->n_refused)
                        reply(k, fx->refused[0].reason, fx->refused[0].detail,
                              r->seq);
                else if (fx->n_result && fx->result[0].status != OK)
                        reply(k, fx->result[0].status, fx->result[0].msg,
                              r->seq);
                return;
        }
}

void control_on_synced(struct control *c, uint64_t synced_seq)
{
        struct client *k;

        for (k = c->clients; k; k = k->next) {
                if (k->waits == WAITS_SYNC && k->seq <= synced_seq)
                        reply(k, OK, "", k->seq);
                take_lines(k);
        }
}

void control_on_snapshot(struct control *c, uint64_t seq, enum status st)
{
        struct client *k;

        for (k = c->clients; k; k = k->next)
                if (k->waits == WAITS_SNAPSHOT)
                        reply(k, st, "the snapshot could not be written", seq);
}

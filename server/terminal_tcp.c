/* server/terminal_tcp.c -- SL 651 terminals on TCP.
 *
 * One buffer serves all reads, since each is cut into frames before the
 * next; a connection keeps only the frame that has begun.  One timer looks
 * at all deadlines. */
#include "server/terminal_tcp.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/hash.h"
#include "schemas/time.h"
#include "sensors/sl651_stream.h"

#define BACKLOG 1024
#define SWEEP_MS 250
#define FIRST_US (120 * SECOND_US) /* to the first whole frame */
#define BAD_MAX 8                  /* pieces of garbage of one connection */
#define BAD_A_SECOND 100           /* of all: more are only counted */
#define ADDRESSES (1u << 16)
#define UNREAD_MAX ((size_t)16 * 1024)

struct peer {
        uv_tcp_t tcp;
        struct terminal_tcp *t;
        uint64_t id;
        char source[80];
        uint16_t bucket;
        uint8_t bad;
        bool closing;
        bool counted;      /* in per_address */
        bool told;         /* sent a whole frame */
        int64_t begun_us;  /* first byte of the frame that has begun */
        int64_t framed_us; /* last whole frame, or the accept */
        struct sl651_stream stream;
        struct sl651_piece held; /* refused by the journal; bytes are ours */
};

struct terminal_tcp {
        struct terminal_tcp_config c;
        struct terminal_tcp_port port;
        uv_loop_t *loop;
        uv_tcp_t listener;
        uv_timer_t sweep;
        uint32_t open_handles; /* listener and timer */
        int bound;
        bool stopping;
        struct peer **at;  /* max_connections; NULL: free */
        uint64_t *next_id; /* of each place: id % max is the place */
        uint32_t n, hint;
        uint16_t per_address[ADDRESSES];
        int64_t second;
        uint32_t bad_in_second;
        int64_t read_real_us;
        struct terminal_tcp_counts counts;
        char buffer[SL651_STREAM_MAX];
};

static const char *const closed_names[] = {
#define X(code, name) name,
        TERMINAL_CLOSED(X)
#undef X
};

const char *terminal_closed_name(enum terminal_closed c)
{
        return c < TERMINAL_CLOSED_count ? closed_names[c] : "?";
}

/* ---- end of a connection ---- */

static void maybe_free(struct terminal_tcp *t)
{
        if (!t->stopping || t->n || t->open_handles)
                return;
        free(t->at);
        free(t->next_id);
        free(t);
}

static void on_peer_closed(uv_handle_t *h)
{
        struct peer *p = h->data;
        struct terminal_tcp *t = p->t;

        t->at[p->id % t->c.max_connections] = NULL;
        if (p->counted)
                t->per_address[p->bucket]--;
        t->n--;
        sl651_stream_done(&p->stream);
        free((char *)p->held.bytes.p);
        free(p);
        maybe_free(t);
}

static void end_peer(struct peer *p, enum terminal_closed why)
{
        if (p->closing)
                return;
        p->closing = true;
        p->t->counts.closed[why]++;
        uv_close((uv_handle_t *)&p->tcp, on_peer_closed);
}

/* ---- frames ---- */

/* A second of garbage may not fill the journal. */
static bool may_keep_bad(struct terminal_tcp *t, int64_t now_us)
{
        if (now_us / SECOND_US != t->second) {
                t->second = now_us / SECOND_US;
                t->bad_in_second = 0;
        }
        return t->bad_in_second++ < BAD_A_SECOND;
}

/* False when the journal takes nothing now. */
static bool hand_over(struct peer *p, const struct sl651_piece *x)
{
        struct terminal_tcp *t = p->t;
        int64_t now_us = t->port.mono_us();

        if (x->garbage && x->reason == OK)
                return true; /* line ends, blanks: they do no harm */
        if (x->garbage && !may_keep_bad(t, now_us)) {
                t->counts.bad_dropped++;
        } else if (t->port.submit(t->port.self, t->read_real_us,
                                  text_of(p->source), x->bytes) != OK) {
                return false;
        }
        if (x->garbage) {
                t->counts.bad++;
                if (p->bad++ >= BAD_MAX - 1)
                        end_peer(p, TERMINAL_GARBAGE);
        } else {
                t->counts.frames++;
                p->told = true;
                p->framed_us = now_us;
        }
        return true;
}

static void hold_all(struct terminal_tcp *t)
{
        uint32_t i;

        t->counts.holds = true;
        t->counts.held++;
        for (i = 0; i < t->c.max_connections; i++)
                if (t->at[i] && !t->at[i]->closing)
                        uv_read_stop((uv_stream_t *)&t->at[i]->tcp);
}

static void keep_held(struct peer *p, const struct sl651_piece *x)
{
        char *copy = malloc(x->bytes.n ? x->bytes.n : 1);

        if (!copy) { /* the terminal gets no answer and sends again */
                p->t->counts.bad_dropped++;
                return;
        }
        memcpy(copy, x->bytes.p, x->bytes.n);
        p->held = *x;
        p->held.bytes.p = copy;
}

/* All whole pieces that wait; false: the journal is full. */
static bool take_pieces(struct peer *p)
{
        struct sl651_piece x;

        while (!p->closing && sl651_stream_next(&p->stream, &x)) {
                p->begun_us = p->t->port.mono_us();
                if (hand_over(p, &x))
                        continue;
                keep_held(p, &x);
                hold_all(p->t);
                return false;
        }
        return true;
}

static void alloc(uv_handle_t *h, size_t wish, uv_buf_t *buf)
{
        struct peer *p = h->data;
        size_t waits = sl651_stream_waiting(&p->stream);

        (void)wish;
        *buf = uv_buf_init(p->t->buffer,
                           (unsigned)(waits < SL651_STREAM_MAX
                                              ? SL651_STREAM_MAX - waits
                                              : 1));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
        struct peer *p = s->data;
        struct terminal_tcp *t = p->t;
        struct text rest = {buf->base, n > 0 ? (size_t)n : 0};
        size_t fed;

        if (n < 0) {
                end_peer(p, n == UV_EOF ? TERMINAL_LEFT : TERMINAL_RESET);
                return;
        }
        t->counts.bytes += rest.n;
        t->read_real_us = t->port.real_us();
        while (rest.n && !p->closing) {
                if (sl651_stream_waiting(&p->stream) == 0)
                        p->begun_us = t->port.mono_us();
                fed = sl651_stream_feed(&p->stream, rest);
                rest.p += fed;
                rest.n -= fed;
                if (!take_pieces(p) && rest.n == 0)
                        break; /* the rest waits in the stream */
                if (fed == 0 || (rest.n && t->counts.holds))
                        end_peer(p, TERMINAL_RESET); /* no memory for it */
        }
}

/* ---- begin of a connection ---- */

static uint16_t bucket_of(const struct sockaddr_storage *a)
{
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)a;
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;
        const uint8_t *b = a->ss_family == AF_INET6
                                   ? (const uint8_t *)&v6->sin6_addr
                                   : (const uint8_t *)&v4->sin_addr;
        uint32_t h = hash_32_add(HASH_32, b, a->ss_family == AF_INET6 ? 16 : 4);

        return (uint16_t)(h ^ h >> 16);
}

static bool name_peer(struct peer *p)
{
        struct sockaddr_storage a;
        char name[INET6_ADDRSTRLEN] = "?";
        int n = sizeof a, port;
        bool v6;

        if (uv_tcp_getpeername(&p->tcp, (struct sockaddr *)&a, &n) != 0)
                return false;
        v6 = a.ss_family == AF_INET6;
        if (v6)
                uv_ip6_name((struct sockaddr_in6 *)&a, name, sizeof name);
        else
                uv_ip4_name((struct sockaddr_in *)&a, name, sizeof name);
        port = ntohs(v6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                        : ((struct sockaddr_in *)&a)->sin_port);
        snprintf(p->source, sizeof p->source, "tcp/%s%s%s:%d/%llu",
                 v6 ? "[" : "", name, v6 ? "]" : "", port,
                 (unsigned long long)p->id);
        p->bucket = bucket_of(&a);
        return true;
}

/* A free place and an id that no earlier connection had. */
static bool take_place(struct terminal_tcp *t, struct peer *p)
{
        uint32_t max = t->c.max_connections, i, at;

        for (i = 0; i < max; i++) {
                at = (t->hint + i) % max;
                if (t->at[at])
                        continue;
                t->hint = (at + 1) % max;
                t->at[at] = p;
                p->id = t->next_id[at];
                t->next_id[at] += max;
                t->n++;
                return true;
        }
        return false;
}

static void on_dropped(uv_handle_t *h)
{
        free(h->data);
}

/* Accepted only to be closed: it must leave the queue. */
static void refuse(struct terminal_tcp *t, struct peer *p,
                   enum terminal_closed why)
{
        t->counts.closed[why]++;
        uv_accept((uv_stream_t *)&t->listener, (uv_stream_t *)&p->tcp);
        uv_close((uv_handle_t *)&p->tcp, on_dropped);
}

static void begin_peer(struct terminal_tcp *t, struct peer *p)
{
        t->counts.accepted++;
        p->framed_us = p->begun_us = t->port.mono_us();
        if (uv_accept((uv_stream_t *)&t->listener, (uv_stream_t *)&p->tcp) ||
            !name_peer(p)) {
                end_peer(p, TERMINAL_RESET);
                return;
        }
        p->counted = true;
        if (++t->per_address[p->bucket] > t->c.max_per_address) {
                end_peer(p, TERMINAL_ADDRESS);
                return;
        }
        uv_tcp_nodelay(&p->tcp, 1);
        uv_tcp_keepalive(&p->tcp, 1, 60);
        if (!t->counts.holds)
                uv_read_start((uv_stream_t *)&p->tcp, alloc, on_read);
}

static void on_connection(uv_stream_t *s, int status)
{
        struct terminal_tcp *t = s->data;
        struct peer *p;

        if (status < 0)
                return;
        p = calloc(1, sizeof *p);
        if (!p)
                return; /* the next one brings it up again */
        p->t = t;
        if (uv_tcp_init(t->loop, &p->tcp) != 0) {
                free(p);
                return;
        }
        p->tcp.data = p;
        if (t->stopping || !take_place(t, p))
                refuse(t, p, TERMINAL_FULL);
        else
                begin_peer(t, p);
}

/* ---- deadlines ---- */

/* The frame that began did not end. */
static void expire(struct peer *p)
{
        struct sl651_piece x;

        p->t->read_real_us = p->t->port.real_us();
        while (sl651_stream_waiting(&p->stream) && !p->closing) {
                sl651_stream_expire(&p->stream);
                while (!p->closing && sl651_stream_next(&p->stream, &x))
                        hand_over(p, &x);
        }
        end_peer(p, TERMINAL_SLOW);
}

static void look_at(struct terminal_tcp *t, struct peer *p, int64_t now_us)
{
        int64_t idle_us =
                p->told || t->c.idle_us < FIRST_US ? t->c.idle_us : FIRST_US;

        if (sl651_stream_waiting(&p->stream) &&
            now_us - p->begun_us > t->c.frame_us)
                expire(p);
        else if (now_us - p->framed_us > idle_us)
                end_peer(p, TERMINAL_IDLE);
}

/* What the journal refused, again; false: it still does. */
static bool try_held(struct peer *p)
{
        struct sl651_piece x = p->held;

        if (x.bytes.p) {
                if (!hand_over(p, &x))
                        return false;
                free((char *)x.bytes.p);
                p->held.bytes.p = NULL;
        }
        return take_pieces(p);
}

static void go_on(struct terminal_tcp *t)
{
        int64_t now_us = t->port.mono_us();
        uint32_t i;

        t->read_real_us = t->port.real_us();
        for (i = 0; i < t->c.max_connections; i++)
                if (t->at[i] && !t->at[i]->closing && !try_held(t->at[i]))
                        return;
        t->counts.holds = false;
        for (i = 0; i < t->c.max_connections; i++) {
                struct peer *p = t->at[i];

                if (!p || p->closing)
                        continue;
                p->begun_us = p->framed_us = now_us; /* we did not read */
                uv_read_start((uv_stream_t *)&p->tcp, alloc, on_read);
        }
}

static void on_sweep(uv_timer_t *h)
{
        struct terminal_tcp *t = h->data;
        int64_t now_us = t->port.mono_us();
        uint32_t i;

        if (t->counts.holds) {
                go_on(t);
                return;
        }
        for (i = 0; i < t->c.max_connections; i++)
                if (t->at[i] && !t->at[i]->closing)
                        look_at(t, t->at[i], now_us);
}

/* ---- answers ---- */

static struct peer *find_peer(struct terminal_tcp *t, const char *source)
{
        const char *slash = strrchr(source, '/');
        int64_t id;
        struct peer *p;

        if (!slash || !text_to_i64(text_of(slash + 1), &id) || id < 0)
                return NULL;
        p = t->at[(uint64_t)id % t->c.max_connections];
        return p && !p->closing && strcmp(p->source, source) == 0 ? p : NULL;
}

struct answer {
        uv_write_t req;
        char bytes[];
};

static void on_written(uv_write_t *req, int status)
{
        (void)status; /* on_read tells of a broken connection */
        free(req->data);
}

enum status terminal_tcp_send(struct terminal_tcp *t, const char *source,
                              struct text bytes)
{
        struct peer *p = t && !t->stopping ? find_peer(t, source) : NULL;
        uv_buf_t buf = uv_buf_init((char *)bytes.p, (unsigned)bytes.n);
        struct answer *a;
        int n;

        if (!p)
                return ERR_UNKNOWN;
        if (p->tcp.write_queue_size > UNREAD_MAX) {
                end_peer(p, TERMINAL_UNREAD);
                return ERR_FULL;
        }
        t->counts.answers++;
        n = uv_try_write((uv_stream_t *)&p->tcp, &buf, 1);
        if (n == (int)bytes.n)
                return OK;
        n = n > 0 ? n : 0;
        a = malloc(sizeof *a + bytes.n);
        if (!a)
                return ERR_MEMORY;
        memcpy(a->bytes, bytes.p + n, bytes.n - (size_t)n);
        a->req.data = a;
        buf = uv_buf_init(a->bytes, (unsigned)(bytes.n - (size_t)n));
        if (uv_write(&a->req, (uv_stream_t *)&p->tcp, &buf, 1, on_written)) {
                free(a);
                return ERR_IO;
        }
        return OK;
}

/* ---- start, stop ---- */

static enum status listen_on(struct terminal_tcp *t, struct err *e)
{
        struct sockaddr_storage a;
        int n = sizeof a, st;

        st = strchr(t->c.address, ':') ? uv_ip6_addr(t->c.address, t->c.port,
                                                     (struct sockaddr_in6 *)&a)
                                       : uv_ip4_addr(t->c.address, t->c.port,
                                                     (struct sockaddr_in *)&a);
        if (st == 0)
                st = uv_tcp_bind(&t->listener, (struct sockaddr *)&a, 0);
        if (st == 0)
                st = uv_listen((uv_stream_t *)&t->listener, BACKLOG,
                               on_connection);
        if (st == 0)
                st = uv_tcp_getsockname(&t->listener, (struct sockaddr *)&a,
                                        &n);
        if (st != 0)
                return err_set(e, ERR_IO, "sl651: %s port %d: %s", t->c.address,
                               t->c.port, uv_strerror(st));
        t->bound = ntohs(a.ss_family == AF_INET6
                                 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                 : ((struct sockaddr_in *)&a)->sin_port);
        return OK;
}

enum status terminal_tcp_create(const struct terminal_tcp_config *c,
                                uv_loop_t *loop,
                                const struct terminal_tcp_port *port,
                                struct terminal_tcp **ret, struct err *e)
{
        struct terminal_tcp *t = calloc(1, sizeof *t);
        enum status st;
        uint32_t i, sweep_ms;

        if (!t)
                return err_set(e, ERR_MEMORY, "no memory");
        t->c = *c;
        t->port = *port;
        t->loop = loop;
        t->at = calloc(c->max_connections, sizeof *t->at);
        t->next_id = calloc(c->max_connections, sizeof *t->next_id);
        if (!t->at || !t->next_id) {
                free(t->at);
                free(t->next_id);
                free(t);
                return err_set(e, ERR_MEMORY, "no memory");
        }
        for (i = 0; i < c->max_connections; i++)
                t->next_id[i] = i;
        uv_tcp_init(loop, &t->listener);
        uv_timer_init(loop, &t->sweep);
        t->listener.data = t->sweep.data = t;
        t->open_handles = 2;
        st = listen_on(t, e);
        if (st != OK) {
                terminal_tcp_close(t);
                return st;
        }
        sweep_ms = c->sweep_ms ? c->sweep_ms : SWEEP_MS;
        uv_timer_start(&t->sweep, on_sweep, sweep_ms, sweep_ms);
        *ret = t;
        return OK;
}

static void on_handle_closed(uv_handle_t *h)
{
        struct terminal_tcp *t = h->data;

        t->open_handles--;
        maybe_free(t);
}

void terminal_tcp_close(struct terminal_tcp *t)
{
        uint32_t i;

        if (!t || t->stopping)
                return;
        t->stopping = true;
        for (i = 0; i < t->c.max_connections; i++)
                if (t->at[i])
                        end_peer(t->at[i], TERMINAL_STOP);
        uv_close((uv_handle_t *)&t->listener, on_handle_closed);
        uv_close((uv_handle_t *)&t->sweep, on_handle_closed);
}

int terminal_tcp_port(const struct terminal_tcp *t)
{
        return t->bound;
}

void terminal_tcp_get_counts(const struct terminal_tcp *t,
                             struct terminal_tcp_counts *ret)
{
        if (!t) {
                memset(ret, 0, sizeof *ret);
                return;
        }
        *ret = t->counts;
        ret->connections = t->n;
}

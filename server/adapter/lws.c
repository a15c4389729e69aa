/* server/adapter/lws.c -- see lws.h; the only file that sees lws.
 *
 * Per connection there is one struct conn (lws keeps it); it holds the
 * exchange under way or the feed's client.  lws closes a connection only in
 * its own callbacks, so everything else just asks for "writable".
 * Source: libwebsockets 4.1.6 headers (Debian).
 * Thread: the loop. */
#include "server/adapter/lws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "server/log.h"

#define HEADER_TIMEOUT_S 10
#define BODY_TIMEOUT_US (30 * INT64_C(1000000))
#define ANSWER_TIMEOUT_S 30
#define KEEPALIVE_S 30
#define CHUNK 65536u
#define EVENT_FRAME 64u /* bytes of a piece for what is around the JSON */
#define WS_IN_MAX 65536u
#define CLOSE_WAIT_S 3 /* for a close frame to a client that is behind */
#define WRITE_CLOSE ((enum lws_write_protocol)4) /* LWS_WRITE_CLOSE */
#define GOODBYE_MS 400 /* for the byes when the server stops */

struct web {
        struct web_config config;
        struct routes *routes;
        struct hub *hub;
        struct web_counters *count;
        struct lws_context *context;
        struct lws_vhost *vhost;
        struct lws *upgrading; /* granted, about to become a WebSocket */
        struct http_feed upgrading_feed;
        uv_timer_t goodbye;
        bool closing;
        /* Sockets that lws still calls back for: the listening one, of
         * which only the end is told, and one a connection. */
        uint32_t live;
        uint32_t quiet_turns; /* of the loop since none was left */
        unsigned char out[LWS_PRE + CHUNK];
};

struct conn {
        struct lws *wsi;
        struct web *web;
        struct http_exchange *x;
        bool headers_sent;
        size_t sent;
        uint64_t body_begin_us;
        struct http_feed feed;
        struct hub_client *client;
        struct hub_message *message; /* of the feed, `sent` bytes of it gone */
        size_t ws_in;
};

/* ---- the request ---- */

static void copy_header(struct lws *wsi, enum lws_token_indexes token,
                        char *dst, size_t cap)
{
        if (lws_hdr_total_length(wsi, token) <= 0 ||
            lws_hdr_copy(wsi, dst, (int)cap, token) < 0)
                dst[0] = '\0';
}

static void take_address(const struct web *w, struct lws *wsi,
                         struct http_request *q)
{
        char list[512];
        const char *last;

        if (w->config.behind_proxy) {
                copy_header(wsi, WSI_TOKEN_X_FORWARDED_FOR, list, sizeof(list));
                last = strrchr(list, ',');
                last = last ? last + 1 : list;
                while (*last == ' ')
                        last++;
                if (text_copy(q->address, sizeof(q->address), text_of(last)) &&
                    *last)
                        return;
        }
        lws_get_peer_simple(wsi, q->address, sizeof(q->address));
}

/* lws hands out "name=value" pieces, already decoded. */
static void take_args(struct lws *wsi, struct http_request *q)
{
        char piece[224];
        int n = 0;

        while (q->n_args < HTTP_ARGS_MAX &&
               lws_hdr_copy_fragment(wsi, piece, sizeof(piece),
                                     WSI_TOKEN_HTTP_URI_ARGS, n++) >= 0) {
                struct http_arg *a = &q->args[q->n_args];
                char *eq = strchr(piece, '=');

                if (eq)
                        *eq++ = '\0';
                if (text_copy(a->name, sizeof(a->name), text_of(piece)) &&
                    text_copy(a->value, sizeof(a->value),
                              text_of(eq ? eq : "")))
                        q->n_args++;
        }
}

static enum http_method method_of(int lws_method)
{
        switch (lws_method) {
        case LWSHUMETH_GET:
                return HTTP_GET;
        case LWSHUMETH_POST:
                return HTTP_POST;
        case LWSHUMETH_DELETE:
                return HTTP_DELETE;
        case LWSHUMETH_HEAD:
                return HTTP_HEAD;
        default:
                return HTTP_OTHER;
        }
}

static void take_request(const struct web *w, struct lws *wsi,
                         struct http_request *q)
{
        static const char last_id[] = "last-event-id:";
        char *uri = NULL;
        int n = 0;

        q->method = method_of(lws_http_get_uri_and_method(wsi, &uri, &n));
        if (!uri || n <= 0 ||
            !text_copy(q->path, sizeof(q->path), (struct text){uri, (size_t)n}))
                q->path[0] = '\0'; /* fits no route: 404 */
        take_args(wsi, q);
        take_address(w, wsi, q);
        copy_header(wsi, WSI_TOKEN_HOST, q->host, sizeof(q->host));
        copy_header(wsi, WSI_TOKEN_ORIGIN, q->origin, sizeof(q->origin));
        if (!q->origin[0] && lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) > 0)
                strcpy(q->origin, "null"); /* too long to be one of ours */
        copy_header(wsi, WSI_TOKEN_HTTP_COOKIE, q->cookie, sizeof(q->cookie));
        copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, q->content_type,
                    sizeof(q->content_type));
        copy_header(wsi, WSI_TOKEN_HTTP_ACCEPT, q->accept, sizeof(q->accept));
        copy_header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, q->accept_encoding,
                    sizeof(q->accept_encoding));
        copy_header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, q->if_none_match,
                    sizeof(q->if_none_match));
        if (lws_hdr_custom_copy(wsi, q->last_event_id, sizeof(q->last_event_id),
                                last_id, sizeof(last_id) - 1) < 0)
                q->last_event_id[0] = '\0';
}

/* ---- the connection ---- */

static void drop_exchange(struct conn *c)
{
        if (!c->x)
                return;
        c->x->gone = true;
        c->x->ready = NULL;
        c->x->owner = NULL;
        http_unref(c->x);
        c->x = NULL;
}

static void drop_message(struct conn *c)
{
        hub_message_unref(c->message);
        c->message = NULL;
        c->sent = 0;
}

static void drop_conn(struct conn *c)
{
        if (!c)
                return;
        drop_exchange(c);
        drop_message(c);
        hub_leave(c->client);
        c->client = NULL;
}

static void on_ready(struct http_exchange *x)
{
        struct conn *c = x->owner;

        lws_callback_on_writable(c->wsi);
}

static struct http_exchange *new_exchange(struct web *w, struct lws *wsi,
                                          struct conn *c)
{
        struct http_exchange *x = http_create();

        if (!x)
                return NULL;
        take_request(w, wsi, &x->req);
        if (c) {
                c->wsi = wsi;
                c->web = w;
                c->x = x;
                c->headers_sent = false;
                c->sent = 0;
                x->owner = c;
                x->ready = on_ready;
        }
        return x;
}

/* How much body comes; false when the message says so in no clear way. */
static bool body_length(struct lws *wsi, struct http_exchange *x, size_t *ret)
{
        char text[24];
        int64_t n = 0;

        *ret = 0;
        if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
                x->req.length_missing = true;
                return false;
        }
        if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0)
                return true;
        copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text, sizeof(text));
        if (!text_to_i64(text_of(text), &n) || n < 0) {
                x->req.length_missing = true;
                return false;
        }
        if (n > (int64_t)HTTP_BODY_MAX) {
                x->req.too_large = true;
                return false;
        }
        *ret = (size_t)n;
        return true;
}

static int on_http(struct web *w, struct lws *wsi, struct conn *c)
{
        struct http_exchange *x;
        size_t body;

        if (w->closing)
                return -1;
        drop_exchange(c);
        x = new_exchange(w, wsi, c);
        if (!x)
                return -1;
        lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, ANSWER_TIMEOUT_S);
        if (!body_length(wsi, x, &body)) {
                w->count->too_large += x->req.too_large;
                x->close = true;
        } else if (body && x->req.method == HTTP_POST) {
                c->body_begin_us = uv_hrtime() / 1000;
                return 0; /* the body comes */
        } else if (body) {
                x->close = true; /* nobody reads that body */
        }
        routes_serve(w->routes, x);
        return 0;
}

static int on_body(struct web *w, struct lws *wsi, struct conn *c,
                   const void *in, size_t len)
{
        struct http_exchange *x = c->x;

        if (!x || x->status)
                return 0; /* answered already; the rest is not wanted */
        if ((int64_t)(uv_hrtime() / 1000 - c->body_begin_us) >
            BODY_TIMEOUT_US) {
                w->count->too_slow++;
                return -1;
        }
        if (x->req.body.n + len > HTTP_BODY_MAX) {
                w->count->too_large++;
                return -1;
        }
        buf_add(&x->req.body, in, len);
        lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, ANSWER_TIMEOUT_S);
        return x->req.body.failed ? -1 : 0;
}

/* ---- the answer ---- */

static const char *const safe_headers[][2] = {
        {"x-content-type-options:", "nosniff"},
        {"referrer-policy:", "no-referrer"},
        {"x-frame-options:", "DENY"},
        {"cross-origin-opener-policy:", "same-origin"},
        {"cross-origin-resource-policy:", "same-origin"},
        {"content-security-policy:",
         "default-src 'self'; img-src 'self' data: blob:; "
         "worker-src 'self' blob:; connect-src 'self'; object-src 'none'; "
         "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
};

struct head {
        struct lws *wsi;
        unsigned char *p, *end;
        bool failed;
};

static void put_header(struct head *h, const char *name, const char *value,
                       size_t n)
{
        if (!h->failed &&
            lws_add_http_header_by_name(h->wsi, (const unsigned char *)name,
                                        (const unsigned char *)value, (int)n,
                                        &h->p, h->end))
                h->failed = true;
}

static void put_extra(struct head *h, const char *lines)
{
        const char *end, *colon;
        char name[64];

        for (; *lines; lines = end + 2) {
                end = strstr(lines, "\r\n");
                colon = strstr(lines, ": ");
                if (!end || !colon || colon > end ||
                    (size_t)(colon - lines) + 2 > sizeof(name))
                        return;
                memcpy(name, lines, (size_t)(colon - lines) + 1);
                name[colon - lines + 1] = '\0';
                put_header(h, name, colon + 2, (size_t)(end - colon) - 2);
        }
}

static void put_cache(struct head *h, const struct http_exchange *x)
{
        bool file = strstr(x->extra, "ETag: ") != NULL;
        const char *cache = file ? "no-cache" : "no-store";

        put_header(h, "cache-control:", cache, strlen(cache));
}

static bool write_head(struct web *w, struct conn *c)
{
        struct http_exchange *x = c->x;
        struct head h = {c->wsi, w->out + LWS_PRE, w->out + sizeof(w->out) - 1,
                         false};
        bool feed = x->feed.granted;
        bool body = x->status != 204 && x->status != 304 && !feed;

        if (lws_add_http_header_status(c->wsi, (unsigned)x->status, &h.p,
                                       h.end))
                return false;
        if (x->content_type)
                put_header(&h, "content-type:", x->content_type,
                           strlen(x->content_type));
        if (x->encoding)
                put_header(&h, "content-encoding:", x->encoding,
                           strlen(x->encoding));
        for (size_t i = 0; i < sizeof(safe_headers) / sizeof(safe_headers[0]);
             i++)
                put_header(&h, safe_headers[i][0], safe_headers[i][1],
                           strlen(safe_headers[i][1]));
        put_cache(&h, x);
        put_extra(&h, x->extra);
        if (x->close || feed)
                put_header(&h, "connection:", "close", 5);
        if (body &&
            lws_add_http_header_content_length(c->wsi, x->body.n, &h.p, h.end))
                return false;
        return !h.failed && !lws_finalize_write_http_header(
                                    c->wsi, w->out + LWS_PRE, &h.p, h.end);
}

static bool has_body(const struct http_exchange *x)
{
        return x->req.method != HTTP_HEAD && x->status != 204 &&
               x->status != 304 && x->body.n > 0;
}

/* -1 closes the connection. */
static int finish(struct conn *c)
{
        bool end = c->x->close;

        drop_exchange(c);
        if (end || lws_http_transaction_completed(c->wsi))
                return -1;
        return 0;
}

static int write_body(struct web *w, struct conn *c)
{
        struct http_exchange *x = c->x;
        size_t n = x->body.n - c->sent;
        bool last;

        if (n > CHUNK)
                n = CHUNK;
        last = c->sent + n == x->body.n;
        memcpy(w->out + LWS_PRE, x->body.p + c->sent, n);
        if (lws_write(c->wsi, w->out + LWS_PRE, n,
                      last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
                return -1;
        c->sent += n;
        if (last)
                return finish(c);
        lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, ANSWER_TIMEOUT_S);
        lws_callback_on_writable(c->wsi);
        return 0;
}

/* ---- the feed ---- */

static void on_wake(void *self)
{
        struct conn *c = self;

        /* One that does not read never becomes writable: do not wait long
         * for it to take its close frame. */
        if (c->client && hub_closing(c->client))
                lws_set_timeout(c->wsi, PENDING_TIMEOUT_CLOSE_SEND,
                                CLOSE_WAIT_S);
        lws_callback_on_writable(c->wsi);
}

static bool join_feed(struct web *w, struct conn *c)
{
        struct hub_sink sink = {c, on_wake};

        return hub_join(w->hub, &sink, c->feed.token_hash, c->feed.has_since,
                        c->feed.since, &c->client, NULL) == OK;
}

static int start_events(struct web *w, struct conn *c)
{
        c->feed = c->x->feed;
        drop_exchange(c);
        lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
        return join_feed(w, c) ? 0 : -1;
}

/* lws 4.1.6 drops the reason given by lws_close_reason() when a writable
 * callback ends the connection, so the frame is written here. */
static void write_close(struct lws *wsi, int code)
{
        unsigned char frame[LWS_PRE + 2] = {0};

        frame[LWS_PRE] = (unsigned char)(code >> 8);
        frame[LWS_PRE + 1] = (unsigned char)code;
        lws_write(wsi, frame + LWS_PRE, 2, WRITE_CLOSE);
}

static int piece_flags(bool websocket, bool first, bool last)
{
        int flags = first ? LWS_WRITE_TEXT : LWS_WRITE_CONTINUATION;

        if (!websocket)
                return LWS_WRITE_HTTP;
        return last ? flags : flags | LWS_WRITE_NO_FIN;
}

/* The next piece of c->message: lws keeps a copy of what the socket does
 * not take, and a snapshot for fifty screens at once must not be fifty
 * copies.  On the event stream "id: N\ndata: " stands before the JSON and
 * two line ends behind it. */
static int write_piece(struct web *w, struct conn *c, bool websocket)
{
        struct hub_message *m = c->message;
        char *out = (char *)w->out + LWS_PRE;
        bool first = c->sent == 0, last;
        size_t room = CHUNK - EVENT_FRAME, n = m->n_json - c->sent;
        size_t put = 0;

        last = n <= room;
        if (!last)
                n = room;
        if (first && !websocket)
                put = (size_t)snprintf(out, EVENT_FRAME, "id: %llu\ndata: ",
                                       (unsigned long long)m->seq);
        memcpy(out + put, m->json + c->sent, n);
        put += n;
        if (last && !websocket) {
                out[put++] = '\n';
                out[put++] = '\n';
        }
        c->sent += n;
        if (last)
                drop_message(c);
        return lws_write(
                c->wsi, w->out + LWS_PRE, put,
                (enum lws_write_protocol)piece_flags(websocket, first, last));
}

static int on_feed_writable(struct web *w, struct conn *c, bool websocket)
{
        int code;

        if (!c->message)
                c->message = hub_take(c->client);
        if (c->message) {
                if (write_piece(w, c, websocket) < 0)
                        return -1;
                lws_callback_on_writable(c->wsi);
                return 0;
        }
        code = hub_closing(c->client);
        if (!code)
                return 0;
        if (websocket)
                write_close(c->wsi, code);
        return -1;
}

static int on_writable(struct web *w, struct conn *c)
{
        if (c->client)
                return on_feed_writable(w, c, false);
        if (!c->x || !c->x->status)
                return 0;
        if (c->headers_sent)
                return write_body(w, c);
        c->headers_sent = true;
        if (!write_head(w, c))
                return -1;
        if (c->x->feed.granted)
                return start_events(w, c);
        if (!has_body(c->x))
                return finish(c);
        lws_callback_on_writable(c->wsi);
        return 0;
}

/* ---- WebSocket ---- */

/* A refusal is a whole HTTP answer, written here at once: it is small. */
static int refuse_upgrade(struct web *w, struct lws *wsi,
                          struct http_exchange *x)
{
        struct conn c = {.wsi = wsi, .web = w, .x = x};

        x->close = true;
        if (!write_head(w, &c))
                return -1;
        if (x->body.n > CHUNK)
                return -1;
        memcpy(w->out + LWS_PRE, x->body.p, x->body.n);
        if (lws_write(wsi, w->out + LWS_PRE, x->body.n, LWS_WRITE_HTTP_FINAL) <
            0)
                return -1;
        return 1;
}

static int on_upgrade(struct web *w, struct lws *wsi, const char *to)
{
        struct http_exchange *x;
        int verdict = 0;

        w->upgrading = NULL;
        if (w->closing || !to || strcasecmp(to, "websocket") != 0)
                return -1; /* no h2c here */
        x = new_exchange(w, wsi, NULL);
        if (!x)
                return -1;
        x->req.websocket = true;
        routes_serve(w->routes, x);
        if (x->feed.granted) {
                w->upgrading = wsi;
                w->upgrading_feed = x->feed;
        } else {
                verdict = x->status ? refuse_upgrade(w, wsi, x) : -1;
        }
        http_unref(x);
        return verdict;
}

static int on_established(struct web *w, struct lws *wsi, struct conn *c)
{
        c->wsi = wsi;
        c->web = w;
        if (w->upgrading != wsi)
                return -1;
        w->upgrading = NULL;
        c->feed = w->upgrading_feed;
        if (join_feed(w, c))
                return 0;
        write_close(wsi, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION);
        return -1;
}

/* Clients have nothing to say on the feed; a flood of it ends it. */
static int on_receive(struct web *w, struct lws *wsi, struct conn *c,
                      size_t len)
{
        c->ws_in += len;
        if (c->ws_in <= WS_IN_MAX)
                return 0;
        w->count->too_large++;
        write_close(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE);
        return -1;
}

/* ---- lws calls ---- */

static int on_lws(struct lws *wsi, enum lws_callback_reasons why, void *user,
                  void *in, size_t len)
{
        struct web *w = lws_context_user(lws_get_context(wsi));
        struct conn *c = user;

        switch (why) {
        case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
                if (!w->closing &&
                    w->count->connections < w->config.connections_max)
                        return 0;
                w->count->refused_connections++;
                return -1;
        case LWS_CALLBACK_WSI_CREATE:
                w->live++;
                w->count->connections = w->live - 1;
                w->count->accepted++;
                return 0;
        case LWS_CALLBACK_WSI_DESTROY:
                w->live--;
                w->count->connections = w->live ? w->live - 1 : 0;
                return 0;
        case LWS_CALLBACK_HTTP:
                return on_http(w, wsi, c);
        case LWS_CALLBACK_HTTP_BODY:
                return on_body(w, wsi, c, in, len);
        case LWS_CALLBACK_HTTP_BODY_COMPLETION:
                if (c->x && !c->x->status)
                        routes_serve(w->routes, c->x);
                return 0;
        case LWS_CALLBACK_HTTP_WRITEABLE:
                return on_writable(w, c);
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
                return on_upgrade(w, wsi, in);
        case LWS_CALLBACK_ESTABLISHED:
                return on_established(w, wsi, c);
        case LWS_CALLBACK_SERVER_WRITEABLE:
                return c->client ? on_feed_writable(w, c, true) : 0;
        case LWS_CALLBACK_RECEIVE:
                return on_receive(w, wsi, c, len);
        case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        case LWS_CALLBACK_CLOSED_HTTP:
        case LWS_CALLBACK_CLOSED:
                drop_conn(c);
                return 0;
        default:
                return 0;
        }
}

static const struct lws_protocols protocols[] = {
        {"http", on_lws, sizeof(struct conn), 4096, 0, NULL, 0},
        {NULL, NULL, 0, 0, 0, NULL, 0},
};

/* ---- life ---- */

static bool is_loopback(const char *address)
{
        return !strcmp(address, "127.0.0.1") || !strcmp(address, "::1") ||
               !strcmp(address, "localhost");
}

static void fill_info(struct web *w, uv_loop_t **loops,
                      struct lws_context_creation_info *info)
{
        memset(info, 0, sizeof(*info));
        info->options = LWS_SERVER_OPTION_LIBUV |
                        LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                        LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN |
                        LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
                        LWS_SERVER_OPTION_VALIDATE_UTF8;
        info->foreign_loops = (void **)loops;
        info->user = w;
        info->gid = (gid_t)-1;
        info->uid = (uid_t)-1;
        info->max_http_header_data = HTTP_HEADER_MAX;
        info->pt_serv_buf_size = 16384;
        info->timeout_secs = HEADER_TIMEOUT_S;
        info->timeout_secs_ah_idle = HEADER_TIMEOUT_S;
        info->keepalive_timeout = KEEPALIVE_S;
        info->server_string = "sanfang";
        info->protocols = protocols;
        info->port = w->config.port;
        info->iface = !strcmp(w->config.address, "0.0.0.0") ||
                                      !strcmp(w->config.address, "::")
                              ? NULL
                              : w->config.address;
        if (!strchr(w->config.address, ':'))
                info->options |= LWS_SERVER_OPTION_DISABLE_IPV6;
        if (!w->config.certificate)
                return;
        info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info->ssl_cert_filepath = w->config.certificate;
        info->ssl_private_key_filepath = w->config.key;
        info->alpn = "http/1.1";
}

static void on_goodbye_closed(uv_handle_t *h)
{
        free(h->data);
}

/* lws closes its sockets with the loop, one by one, and calls back for
 * each of them: what it calls back into goes last.  On a foreign loop the
 * context itself is freed by a second call, when all handles are closed. */
static void wait_for_lws(uv_timer_t *t)
{
        struct web *w = t->data;

        if (w->live || w->quiet_turns++ < 2)
                return;
        lws_context_destroy(w->context);
        uv_close((uv_handle_t *)t, on_goodbye_closed);
}

static void end_now(uv_timer_t *t)
{
        struct web *w = t->data;

        uv_timer_start(t, wait_for_lws, 5, 5);
        lws_context_destroy(w->context);
}

static void on_log(int level, const char *line)
{
        int n = (int)strcspn(line, "\r\n\"");

        (void)level;
        log_warn("libwebsockets", "msg=\"%.*s\"", n, line);
}

enum status web_create(const struct web_config *c, uv_loop_t *loop,
                       struct routes *routes, struct hub *hub, struct web **ret,
                       struct err *e)
{
        struct lws_context_creation_info info;
        uv_loop_t *loops[1] = {loop};
        struct web *w;

        if (!is_loopback(c->address) && !c->certificate && !c->behind_proxy)
                return err_set(e, ERR_CONFIG,
                               "http.address %s is not loopback: set "
                               "http.certificate and http.key, or "
                               "http.behind_proxy",
                               c->address);
        w = calloc(1, sizeof(*w));
        if (!w)
                return err_set(e, ERR_MEMORY, "web");
        w->config = *c;
        if (!w->config.connections_max)
                w->config.connections_max = 4000;
        w->routes = routes;
        w->hub = hub;
        w->count = routes_web_counters(routes);
        lws_set_log_level(LLL_ERR, on_log);
        fill_info(w, loops, &info);
        w->context = lws_create_context(&info);
        if (!w->context) {
                free(w);
                return err_set(e, ERR_UNAVAILABLE,
                               "libwebsockets did not start (is its libuv "
                               "plug-in installed?)");
        }
        uv_timer_init(loop, &w->goodbye);
        w->goodbye.data = w;
        w->vhost = lws_create_vhost(w->context, &info);
        if (!w->vhost) {
                end_now(&w->goodbye);
                return err_set(e, ERR_CONFLICT,
                               "%s:%d is taken, or the "
                               "certificate is not good",
                               c->address, c->port);
        }
        /* From here on what lws would say is a client's doing, and there
         * is a counter or an answer for it. */
        lws_set_log_level(0, on_log);
        w->live++;
        *ret = w;
        return OK;
}

int web_port(const struct web *w)
{
        return lws_get_vhost_listen_port(w->vhost);
}

void web_close(struct web *w)
{
        if (!w || w->closing)
                return;
        w->closing = true;
        uv_timer_start(&w->goodbye, end_now, GOODBYE_MS, 0);
}

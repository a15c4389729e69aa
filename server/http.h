/* server/http.h -- one request and its answer, without a web library.
 *
 * The adapter fills the request and calls the handler; the handler answers
 * at once or keeps a reference and answers later.  `ready` tells the
 * adapter that there is something to send.  When the client has gone,
 * `gone` is true and the answer is thrown away.
 * Holds:  texts are C strings cut to their size, checked by who uses them.
 * Thread: the loop. */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/buf.h"
#include "schemas/wire/json.h"

#define HTTP_BODY_MAX 65536u
#define HTTP_HEADER_MAX 8192u
#define HTTP_ARGS_MAX 16
#define HTTP_STATUSES 600

#define HTTP_METHODS(X)          \
        X(HTTP_GET, "GET")       \
        X(HTTP_POST, "POST")     \
        X(HTTP_DELETE, "DELETE") \
        X(HTTP_HEAD, "HEAD")     \
        X(HTTP_OTHER, "OTHER")

enum http_method {
#define X(code, name) code,
        HTTP_METHODS(X)
#undef X
                HTTP_METHOD_count
};

const char *http_method_name(enum http_method m);

struct http_arg {
        char name[32];
        char value[160];
};

struct http_request {
        enum http_method method;
        char path[256]; /* decoded, without the query */
        struct http_arg args[HTTP_ARGS_MAX];
        uint32_t n_args;
        char address[64]; /* of the client, from the proxy if behind one */
        char host[128];
        char origin[160];  /* "" when missing */
        char cookie[1024]; /* the whole header */
        char content_type[96];
        char accept[160];
        char accept_encoding[128];
        char if_none_match[80];
        char last_event_id[32];
        bool websocket;      /* asks for an upgrade */
        bool too_large;      /* a body beyond HTTP_BODY_MAX was cut off */
        bool length_missing; /* a body without Content-Length */
        struct buf body;
};

/* What a feed request was granted; the adapter joins the hub with it. */
struct http_feed {
        bool granted;
        char token_hash[65];
        bool has_since;
        uint64_t since;
};

struct http_exchange {
        struct http_request req;
        int status; /* 0 until answered */
        const char *content_type;
        const char *encoding; /* "gzip" or NULL */
        char extra[768];      /* more header lines, "Name: value\r\n" each */
        struct buf body;
        struct http_feed feed;
        bool gone;
        bool close; /* end the connection after the answer */
        unsigned refs;
        void (*ready)(struct http_exchange *x); /* may be NULL */
        void *owner;
        uint64_t *by_status; /* HTTP_STATUSES counters, or NULL */
};

/* A new exchange with one reference, or NULL. */
struct http_exchange *http_create(void);
struct http_exchange *http_ref(struct http_exchange *x);
void http_unref(struct http_exchange *x); /* NULL is fine */

/* The value of a query argument, or NULL. */
const char *http_arg(const struct http_request *r, const char *name);
/* False when given and not a number in [lo, hi]; *ret keeps its default
 * when it is not given. */
bool http_arg_u64(const struct http_request *r, const char *name, uint64_t lo,
                  uint64_t hi, uint64_t *ret);
/* RFC 3339; a '+' that was read as a blank is put back. */
bool http_arg_time(const struct http_request *r, const char *name,
                   int64_t *ret_us);
/* The value of a cookie by name; empty when missing. */
struct text http_cookie(const struct http_request *r, const char *name);
/* True when a comma list such as Accept holds the item. */
bool http_list_has(const char *list, const char *item);

/* True when the Origin is absent, our own Host, or one of the allowed. */
bool http_origin_ok(const struct http_request *r, const char *allowed);

void http_header(struct http_exchange *x, const char *name, const char *value);

/* Answers with what stands in x->body.  An exchange is answered once. */
void http_answer(struct http_exchange *x, int status, const char *content_type);
/* application/problem+json, RFC 9457: {type,title,status,detail,code}. */
void http_problem(struct http_exchange *x, int status, const char *code,
                  const char *detail);
/* The same from a status of ours: unknown is 404, conflict 409... */
void http_problem_status(struct http_exchange *x, enum status st,
                         const char *detail);
int http_status_of(enum status st);
void http_problem_put(struct json_out *o, int status, const char *code,
                      const char *detail);

#define HTTP_JSON "application/json; charset=utf-8"

#endif

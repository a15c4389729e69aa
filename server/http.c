/* server/http.c -- requests, answers and problem documents.
 *
 * Source: RFC 9457 (problem documents), RFC 6454 (origins).
 * Thread: the loop. */
#include "server/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "schemas/time.h"

const char *http_method_name(enum http_method m)
{
        static const char *const names[] = {
#define X(code, name) name,
                HTTP_METHODS(X)
#undef X
        };

        return m < HTTP_METHOD_count ? names[m] : "?";
}

struct http_exchange *http_create(void)
{
        struct http_exchange *x = calloc(1, sizeof(*x));

        if (x)
                x->refs = 1;
        return x;
}

struct http_exchange *http_ref(struct http_exchange *x)
{
        x->refs++;
        return x;
}

void http_unref(struct http_exchange *x)
{
        if (!x || --x->refs)
                return;
        buf_done(&x->req.body);
        buf_done(&x->body);
        /* A password may have stood here. */
        explicit_bzero(x, sizeof(*x));
        free(x);
}

const char *http_arg(const struct http_request *r, const char *name)
{
        for (uint32_t i = 0; i < r->n_args; i++)
                if (!strcmp(r->args[i].name, name))
                        return r->args[i].value;
        return NULL;
}

bool http_arg_u64(const struct http_request *r, const char *name, uint64_t lo,
                  uint64_t hi, uint64_t *ret)
{
        const char *v = http_arg(r, name);
        int64_t n;

        if (!v || !*v)
                return true;
        if (!text_to_i64(text_of(v), &n) || n < 0)
                return false;
        if ((uint64_t)n < lo || (uint64_t)n > hi)
                return false;
        *ret = (uint64_t)n;
        return true;
}

bool http_arg_time(const struct http_request *r, const char *name,
                   int64_t *ret_us)
{
        const char *v = http_arg(r, name);
        char copy[64];
        char *blank;

        if (!v || !*v)
                return true;
        if (!text_copy(copy, sizeof(copy), text_of(v)))
                return false;
        blank = strchr(copy, ' ');
        if (blank)
                *blank = '+';
        return time_parse(text_of(copy), ret_us);
}

static struct text trim(struct text t)
{
        while (t.n && (*t.p == ' ' || *t.p == '\t')) {
                t.p++;
                t.n--;
        }
        while (t.n && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == '\t'))
                t.n--;
        return t;
}

struct text http_cookie(const struct http_request *r, const char *name)
{
        struct text rest = text_of(r->cookie), piece, key;

        while (text_cut(&rest, ';', &piece)) {
                piece = trim(piece);
                if (!text_cut(&piece, '=', &key))
                        continue;
                if (text_is(trim(key), name))
                        return trim(piece);
        }
        return (struct text){"", 0};
}

bool http_list_has(const char *list, const char *item)
{
        struct text rest = text_of(list), piece, word;
        size_t n = strlen(item);

        while (text_cut(&rest, ',', &piece)) {
                if (!text_cut(&piece, ';', &word))
                        continue;
                word = trim(word);
                if (word.n == n && !strncasecmp(word.p, item, n))
                        return !text_is(trim(piece), "q=0");
        }
        return false;
}

bool http_origin_ok(const struct http_request *r, const char *allowed)
{
        struct text origin = text_of(r->origin);
        struct text rest = text_of(allowed), piece;

        if (!origin.n)
                return true;
        while (text_cut(&rest, ' ', &piece))
                if (piece.n && text_eq(piece, origin))
                        return true;
        if (text_starts(origin, "http://")) {
                origin.p += 7;
                origin.n -= 7;
        } else if (text_starts(origin, "https://")) {
                origin.p += 8;
                origin.n -= 8;
        } else {
                return false;
        }
        return r->host[0] && origin.n == strlen(r->host) &&
               !strncasecmp(origin.p, r->host, origin.n);
}

void http_header(struct http_exchange *x, const char *name, const char *value)
{
        size_t used = strlen(x->extra);
        int n;

        if (strpbrk(value, "\r\n"))
                return; /* never a second header out of a value */
        n = snprintf(x->extra + used, sizeof(x->extra) - used, "%s: %s\r\n",
                     name, value);
        if (n < 0 || (size_t)n >= sizeof(x->extra) - used)
                x->extra[used] = '\0';
}

void http_answer(struct http_exchange *x, int status, const char *content_type)
{
        if (x->status)
                return;
        if (x->body.failed) {
                buf_done(&x->body);
                memset(&x->body, 0, sizeof(x->body));
                buf_str(&x->body, "{\"title\":\"no memory left\","
                                  "\"status\":503,\"code\":\"memory\"}");
                status = 503;
                content_type = "application/problem+json";
        }
        x->status = status;
        x->content_type = content_type;
        if (x->by_status && status > 0 && status < HTTP_STATUSES)
                x->by_status[status]++;
        if (x->ready && !x->gone)
                x->ready(x);
}

static const struct {
        int status;
        const char *title;
} titles[] = {
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
};

static const char *title_of(int status)
{
        for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
                if (titles[i].status == status)
                        return titles[i].title;
        return "Error";
}

void http_problem_put(struct json_out *o, int status, const char *code,
                      const char *detail)
{
        json_put_str(o, "type", "about:blank");
        json_put_str(o, "title", title_of(status));
        json_put_i64(o, "status", status);
        json_put_bytes(o, "detail", text_of(detail));
        json_put_str(o, "code", code);
}

void http_problem(struct http_exchange *x, int status, const char *code,
                  const char *detail)
{
        struct json_out o;

        if (x->status)
                return;
        buf_clear(&x->body);
        x->encoding = NULL;
        o = json_out(&x->body);
        json_open(&o, NULL);
        http_problem_put(&o, status, code, detail);
        json_close(&o);
        http_answer(x, status, "application/problem+json");
}

int http_status_of(enum status st)
{
        switch (st) {
        case OK:
                return 200;
        case ERR_UNKNOWN:
        case ERR_UNKNOWN_STATION:
        case ERR_UNKNOWN_ELEMENT:
                return 404;
        case ERR_CONFLICT:
                return 409;
        case ERR_FORBIDDEN:
                return 403;
        case ERR_UNAUTHORISED:
                return 401;
        case ERR_SIZE:
                return 413;
        case ERR_FULL:
        case ERR_UNAVAILABLE:
        case ERR_IO:
        case ERR_MEMORY:
                return 503;
        case ERR_CORRUPT:
        case ERR_CONFIG:
                return 500;
        default:
                return 400;
        }
}

void http_problem_status(struct http_exchange *x, enum status st,
                         const char *detail)
{
        http_problem(x, http_status_of(st), status_name(st),
                     detail && *detail ? detail : status_text(st));
}

/* server/adapter/lws.h -- HTTP/1.1, WebSocket and SSE by libwebsockets.
 *
 * A guest on the app's libuv loop.  Headers of at most 8 kB in 10 s, bodies
 * of 64 kB in 30 s, answers that are not read in 30 s are cut off.  Bodies
 * need Content-Length: one way to say where a message ends.
 * Thread: the loop; no lws call from anywhere else. */
#ifndef SERVER_ADAPTER_LWS_H
#define SERVER_ADAPTER_LWS_H

#include <uv.h>

#include "server/hub.h"
#include "server/routes.h"

struct web;

struct web_config {
        const char *address;     /* "127.0.0.1" */
        int port;                /* 0: any free one */
        const char *certificate; /* PEM files, or NULL: no TLS */
        const char *key;
        bool behind_proxy;
        uint32_t connections_max; /* 0: 4000 */
};

/* ERR_CONFIG when the address is not loopback and there is neither TLS nor
 * a proxy; ERR_CONFLICT when the port is taken. */
enum status web_create(const struct web_config *c, uv_loop_t *loop,
                       struct routes *routes, struct hub *hub, struct web **ret,
                       struct err *e);
int web_port(const struct web *w);
/* No new requests from now on; what was said to the feeds is sent, then
 * all is closed and freed while the loop runs empty.  NULL is fine.
 * Routes and hub must outlive the loop. */
void web_close(struct web *w);

#endif

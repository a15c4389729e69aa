/* server/app.h -- sanfangd put together: start-up order is plain calls in
 * app_start, shut-down is the same list upside down. */
#ifndef SERVER_APP_H
#define SERVER_APP_H

#include <uv.h>

#include "server/config.h"

struct app;

enum status app_start(const struct config *c, uv_loop_t *loop, struct app **ret,
                      struct err *e);
/* Begins the drain: no more intake, journal synced, clients told; the
 * loop then runs empty.  Calling it again changes nothing. */
void app_stop(struct app *a);
/* It ended by itself and has to be started again. */
bool app_wants_start(const struct app *a);
/* SIGHUP: the rule table is read again. */
void app_reload(struct app *a);
/* After the loop has run empty. */
void app_free(struct app *a);

#endif

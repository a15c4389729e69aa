/* server/tool/courier.h -- a station store and a broker, brought together.
 *
 * Thread: one owner; receipts come on the broker's thread into an inbox
 *         and are read by courier_turn. */
#ifndef SERVER_TOOL_COURIER_H
#define SERVER_TOOL_COURIER_H

#include "sensors/adapter/mqtt.h"
#include "sensors/adapter/station.h"

struct courier;

/* dir: of the store.  The broker may come later. */
enum status courier_open(const struct mqtt_config *mqtt, const char *dir,
                         int64_t resend_s, struct courier **ret, struct err *e);
void courier_close(struct courier *c);
struct station_store *courier_store(struct courier *c);
bool courier_is_up(const struct courier *c);
/* Takes the receipts that came, sends what is due; at most 0.1 s. */
enum status courier_turn(struct courier *c, struct err *e);

#endif

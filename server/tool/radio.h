/* server/tool/radio.h -- a broker that many terminals share: frames up on
 * .../up/sl651, the centre's on .../down/sl651.
 *
 * Holds:  what came waits in an inbox of at most 4 MB.
 * Thread: one owner; the broker's thread only fills the inbox. */
#ifndef SERVER_TOOL_RADIO_H
#define SERVER_TOOL_RADIO_H

#include "sensors/adapter/mqtt.h"

struct radio;

/* mqtt: topics are set here, to station's or (NULL) everybody's. */
enum status radio_open(const struct mqtt_config *mqtt, const char *station,
                       struct radio **ret, struct err *e);
void radio_close(struct radio *r); /* NULL is fine */
bool radio_is_up(const struct radio *r);
enum status radio_send(struct radio *r, const char *station, struct text frame,
                       struct err *e);
/* The next frame that came; false: none.  Good until the next call. */
bool radio_next(struct radio *r, struct text *ret_station,
                struct text *ret_frame);

#endif

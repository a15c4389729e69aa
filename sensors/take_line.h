/* sensors/take_line.h -- what take_sl651.c (reports), take_packet.c
 * (messages of many packets) and take_answer.c share.
 *
 * Thread: as sensors.h. */
#ifndef SENSORS_TAKE_LINE_H
#define SENSORS_TAKE_LINE_H

#include "sensors/line.h"
#include "sensors/take.h"

/* take_answer.c */

/* Counts a departure from the standard; no memory: fx->failed. */
void take_deviation(struct take *t, struct line *x, uint32_t kind, uint32_t at);
/* Rows for what is news. */
void take_tell_deviations(struct take *t, struct line *x);
/* EOT or ESC to an uplink frame that wants an answer and whose terminal
 * waits for one. */
void take_answer(struct take *t, const struct line *x,
                 const struct sl651_head *h, uint16_t serial);
/* ACK, NAK: about one packet, to where p came from. */
void take_packet_answer(struct take *t, const struct packets *p,
                        uint16_t packet, uint8_t end);

/* take_packet.c: one packet of many. */
enum status take_packet(struct take *t, struct line *x,
                        const struct sl651_head *h);

/* take_sl651.c: the message in t->s->message. */
enum status take_message(struct take *t, struct line *x,
                         const struct sl651_head *h);

#endif

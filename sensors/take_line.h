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
 * waits for one; stay: ESC, since more is wanted of it. */
void take_answer(struct take *t, const struct line *x,
                 const struct sl651_head *h, uint16_t serial, bool stay);
/* ACK, NAK: about one packet, to where p came from. */
void take_packet_answer(struct take *t, const struct packets *p,
                        uint16_t packet, uint8_t end);

/* Any bytes to a terminal: a connection's name, or a station's topic. */
void take_push(struct take *t, bool is_tcp, struct text to, struct text bytes);

/* take_period.c: reports that are lost. */

/* After a report of t->station: what it closed, and whether it shows that
 * others before it are lost (last: the report before, NULL: none known).
 * *ret_ask: a question is due, now that the terminal is there. */
enum status take_periods(struct take *t, struct line *x,
                         const struct heard *last, bool *ret_ask);
/* The question; t->s->frame is used up. */
void take_ask(struct take *t, struct line *x);
/* The same when time goes by, of all stations whose line stays. */
void take_ask_due(struct take *t);

/* take_packet.c: one packet of many. */
enum status take_packet(struct take *t, struct line *x,
                        const struct sl651_head *h);

/* take_sl651.c: the message in t->s->message. */
enum status take_message(struct take *t, struct line *x,
                         const struct sl651_head *h);

#endif

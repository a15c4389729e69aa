/* sensors/board.h -- what is known of each station: newest values, lately
 * said values, the rain series, the last messages.
 *
 * Holds:  nothing for a station that never sent; then about 3 kB, most of
 *         it the LAST_MESSAGES, plus what series.h and rain.h say.
 * Thread: one owner; pure. */
#ifndef SENSORS_BOARD_H
#define SENSORS_BOARD_H

#include "sensors/rain.h"
#include "sensors/sensors.h"
#include "sensors/series.h"

struct board_station {
        int64_t last_seen_us;                 /* TIME_NONE: never */
        struct series *series[ELEMENT_count]; /* NULL: never sent */
        struct rain rain;
        struct last_message message[LAST_MESSAGES]; /* ring */
        uint32_t n_messages, next_message;
};

struct board {
        struct board_station **at; /* by station index; NULL: never sent */
        uint32_t n;
};

void board_done(struct board *b);
/* NULL when the station never sent. */
const struct board_station *board_find(const struct board *b, uint32_t station);
enum status board_get(struct board *b, uint32_t station,
                      struct board_station **ret, struct err *e);
enum status board_series(struct board_station *s, enum element element,
                         struct series **ret, struct err *e);
void board_message(struct board_station *s, const struct last_message *m);

void board_save(const struct board *b, struct buf *out);
enum status board_load(struct board *b, struct unpack *u, struct err *e);

#endif

/* sensors/board.h -- what is known of each station: newest values, lately
 * said values, the rain series, the last messages.
 *
 * Holds:  nothing for a station that never sent; then about 100 bytes, 100
 *         more for each element that it sends, at most SAID_MAX for the
 *         last messages, plus what series.h and rain.h say.
 * Thread: one owner; pure. */
#ifndef SENSORS_BOARD_H
#define SENSORS_BOARD_H

#include "sensors/rain.h"
#include "sensors/said.h"
#include "sensors/sensors.h"
#include "sensors/series.h"
#include "sensors/table.h"

/* A station sends few of all elements: a short list, by element. */
struct board_series {
        enum element element;
        struct series *series; /* stays where it is */
};

struct board_station {
        int64_t last_seen_us; /* TIME_NONE: never */
        struct board_series *series;
        struct rain rain;
        struct said said;
        uint32_t marks; /* of the station as a whole: battery, neighbour */
        uint16_t n_series;
};

struct board {
        struct table stations; /* of struct board_station */
};

void board_done(struct board *b);
/* NULL when the station never sent. */
const struct board_station *board_find(const struct board *b, uint32_t station);
enum status board_get(struct board *b, uint32_t station,
                      struct board_station **ret, struct err *e);
/* NULL when the station never sent that element. */
struct series *board_find_series(const struct board_station *s,
                                 enum element element);
enum status board_series(struct board_station *s, enum element element,
                         struct series **ret, struct err *e);

void board_save(const struct board *b, struct buf *out);
enum status board_load(struct board *b, struct unpack *u, struct err *e);

#endif

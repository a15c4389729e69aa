/* test/server/row_world.h -- a small city for the tests of rows. */
#ifndef TEST_SERVER_ROW_WORLD_H
#define TEST_SERVER_ROW_WORLD_H

#include "schemas/buf.h"
#include "server/row.h"

/* Stations R1 (river, WRZ 9.00, no GRZ), V1 (reservoir, limit 88.5 from
 * 04-15 to 10-15), P1 (rain); town 440981100 and county 440981; a hospital
 * 1.1 km and a shelter 22 km north of R1. */
struct row_world {
        struct state s;
        struct effects fx;
};

void row_world_init(struct row_world *w);
void row_world_done(struct row_world *w);

/* The rows of the imports that made the city, as records 1, 2, 3... */
void row_world_imports(struct row_world *w, struct buf *rows);

/* Clears the effects, encodes them as those of a record of this number. */
void row_world_encode(struct row_world *w, uint64_t seq, struct buf *rows);

/* 2023-10-20 00:00 +08:00 and so many hours and minutes. */
int64_t row_time(int hour, int minute);

void row_world_level(struct row_world *w, const char *station, int64_t at_us,
                     int64_t milli, uint32_t marks, uint64_t seq);
void row_world_rain(struct row_world *w, int64_t end_us, int64_t milli,
                    uint64_t seq);
/* A yellow flood alert of R1, raised at 03:00, with one evidence. */
void row_world_alert(struct row_world *w, struct alert_change *ret);

#endif

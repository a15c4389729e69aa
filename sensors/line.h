/* sensors/line.h -- what is known of each SL 651 terminal's line: the last
 * reports, its clock, a message of many packets, its conformance.
 *
 * Holds:  nothing for a station without a terminal; at most
 *         LINES_COLLECTING messages of many packets and LINES_BYTES of
 *         them in all.
 * Thread: one owner; pure. */
#ifndef SENSORS_LINE_H
#define SENSORS_LINE_H

#include "schemas/place.h"
#include "sensors/conform.h"
#include "sensors/packets.h"
#include "sensors/table.h"

#define LINE_HEARD 8
#define LINES_COLLECTING 64
#define LINES_BYTES (16u << 20)
#define LINE_REPEATS_MAX 2 /* 6.3: repeats twice, then gives up */
#define LINE_CLOCK_US (5 * MINUTE_US)

/* A report that was taken: what makes it the same one when it comes
 * again. */
struct heard {
        uint16_t serial;
        uint16_t crc; /* of its bytes, or of its body of many packets */
        uint8_t function;
        uint8_t repeats;
        int64_t sent_us;
};

/* What a report is beside those before it. */
enum heard_as {
        HEARD_NEW,
        HEARD_REPEAT,  /* the last one again, at most twice */
        HEARD_REPEATS, /* and more often than that */
        HEARD_REPLAY,  /* an earlier one */
        HEARD_REUSED   /* new, under an old serial and send time */
};

/* How the terminal spoke last: where a question goes. */
struct line_road {
        bool is_tcp, ascii;
        uint8_t centre;
        uint16_t password;
        char address[11];
        char to[80];      /* station's topic, or connection */
        int64_t heard_us; /* real time */
};

struct line {
        struct heard heard[LINE_HEARD]; /* [0] is the newest */
        uint8_t n_heard;
        bool keeps;              /* sends link-keep frames (2F) */
        int64_t clock_offset_us; /* send time - ours; TIME_NONE: unknown */
        int64_t moved_us;        /* real time of the last report */
        uint64_t frames;
        struct conform conform;
        struct line_road *road;  /* NULL: cannot be asked */
        struct packets *packets; /* NULL: none under way */
        /* The last message of many packets: a late packet of it is
         * confirmed again. */
        uint16_t done_serial, done_n;
        uint16_t *done_crc;
};

struct lines {
        struct table stations;                 /* of struct line */
        uint32_t collecting[LINES_COLLECTING]; /* stations */
        uint32_t n_collecting;
        uint64_t bytes; /* of packets under way */
};

void lines_done(struct lines *l);
/* NULL when that station's terminal never spoke. */
struct line *lines_find(const struct lines *l, uint32_t station);
enum status lines_get(struct lines *l, uint32_t station, struct line **ret,
                      struct err *e);

/* Compares, and notes it unless it is known. */
enum heard_as line_hear(struct line *x, const struct heard *h);
/* The report heard last was sent after all that are remembered: an old one
 * that comes again is not. */
bool line_is_latest(const struct line *x);
/* The last report (30-36) of those remembered; NULL: none. */
const struct heard *line_last_report(const struct line *x);
/* Does this serial follow the last report's?  LINE_SERIAL_STUCK, _JUMP, or
 * CONFORM_KINDS when it does (or begins anew with 1). */
uint32_t line_serial_kind(const struct line *x, uint16_t serial);

/* ERR_FULL when no more may be collected. */
enum status lines_collect(struct lines *l, uint32_t station,
                          const struct sl651_head *h, int64_t real_us,
                          struct err *e);
enum status lines_put(struct lines *l, uint32_t station,
                      const struct sl651_head *h, struct text frame,
                      struct err *e);
/* Forgets the message under way; remembers its packets when it is done. */
void lines_drop(struct lines *l, uint32_t station, bool done);
/* Is it one of the packets of the message that was done last? */
bool line_knows_packet(const struct line *x, const struct sl651_head *h,
                       uint16_t crc);

void lines_save(const struct lines *l, struct buf *b);
enum status lines_load(struct lines *l, struct unpack *u, struct err *e);

#endif

/* sensors/terminal.h -- the other side: a terminal that speaks SL 651.
 *
 * In:     reports; frames of the centre; the time of any clock that does
 *         not jump back (now_us), and the terminal's own clock (sent_us).
 * Out:    frames to send, in order; when to hang up; what became of each
 *         report.
 * Holds:  M1 sends and forgets.  M2 sends one packet, waits for its answer
 *         (ACK after ETB, EOT or ESC after ETX), and sends it again at most
 *         twice, the same bytes with the same serial.  M3 sends all packets
 *         of a report and waits once; a packet named by NAK goes again, at
 *         most twice, and ends with ETX.  After that it gives up, hangs up
 *         and waits redial_us; then a terminal that keeps begins again with
 *         the same report, one that does not has lost it, as many do.  M4 is no
 *         mode of its own here: queries are answered in every mode.
 *         Serials run 1..65535; link-keep bears the last one and does not
 *         count.  After ESC it stays on line for ten minutes.  Queries (37,
 *         38, 3A, 4A, 51) are answered from its own store.
 *         Bounds: reports that wait, values that are remembered, packets.
 * Source: SL 651-2014, 6.3 (modes), 6.6.3 (serial), annex B.
 * Thread: one owner; pure. */
#ifndef SENSORS_TERMINAL_H
#define SENSORS_TERMINAL_H

#include "sensors/sl651.h"

#define TERMINAL_REPEATS 2
#define TERMINAL_STAY_US (INT64_C(600) * 1000000)
#define TERMINAL_PACKETS_MAX 256
#define TERMINAL_ANSWERS_MAX 4

/* What became of a report. */
#define TERMINAL_FATES(X)                                                \
        X(TERMINAL_SENT, "sent")             /* M1: nobody says */       \
        X(TERMINAL_CONFIRMED, "confirmed")   /* EOT or ESC */            \
        X(TERMINAL_LOST, "lost")             /* given up and not kept */ \
        X(TERMINAL_PUSHED_OUT, "pushed_out") /* the store was full */

enum terminal_fate {
#define X(code, name) code,
        TERMINAL_FATES(X)
#undef X
                TERMINAL_FATE_count
};

const char *terminal_fate_name(enum terminal_fate f);

struct terminal_config {
        char address[11]; /* ten hex digits */
        uint8_t centre;
        uint8_t station_class; /* annex A */
        uint16_t password;
        bool ascii;
        enum sl651_mode mode;
        bool keeps;            /* what it gave up on goes again */
        bool hangs_up;         /* with nothing to send it leaves the line */
        uint32_t reports_max;  /* that wait; at least 2 */
        uint32_t memory_max;   /* values kept for queries */
        uint32_t packet_bytes; /* a longer body goes in packets */
        int64_t answer_us;     /* how long it waits for one */
        int64_t redial_us;     /* pause after giving up */
        int64_t keep_us;       /* of link-keep on a quiet line; 0: none */
};

/* M2, HEX, a river station, keeps; 64 reports, 4096 values, packets of 1000
 * bytes, 10 s for an answer, redial after 60 s, link-keep each 40 s. */
void terminal_config_init(struct terminal_config *c, const char *address);

#define TERMINAL_COUNTS(X)                               \
        X(reports, "reports made")                       \
        X(frames, "frames sent, link-keep left out")     \
        X(repeats, "frames sent again")                  \
        X(confirmed, "reports confirmed")                \
        X(given_up, "exchanges given up")                \
        X(lost, "reports lost by giving up")             \
        X(pushed_out, "reports pushed out of the store") \
        X(naks, "packets asked for again")               \
        X(keeps, "link-keep frames")                     \
        X(queries, "queries answered")                   \
        X(unanswered, "queries that it cannot answer")   \
        X(strange, "answers to something else")          \
        X(broken, "frames that cannot be read")

struct terminal_counts {
#define X(name, help) uint64_t name;
        TERMINAL_COUNTS(X)
#undef X
};

struct terminal;

/* Told once for each report; tag is the caller's. */
typedef void (*terminal_tell)(void *self, uint64_t tag,
                              enum terminal_fate fate);

/* scratch: of any number of terminals of one thread. */
enum status terminal_create(const struct terminal_config *c,
                            struct sl651_frame *scratch, terminal_tell tell,
                            void *self, struct terminal **ret, struct err *e);
void terminal_free(struct terminal *t); /* NULL is fine */

/* An empty report of this terminal, sent at sent_us cut to the second; add
 * values or a span. */
void terminal_begin(const struct terminal *t, struct sl651_frame *f,
                    uint8_t function, int64_t sent_us);
/* Gives it the next serial, remembers its values, keeps it until its fate
 * is told.  A full store pushes out the oldest that is not under way. */
enum status terminal_put(struct terminal *t, struct sl651_frame *f,
                         uint64_t tag, uint16_t *ret_serial, struct err *e);

enum terminal_act {
        TERMINAL_WAIT,   /* until an answer, a report or terminal_due_us */
        TERMINAL_SEND,   /* what was appended */
        TERMINAL_HANG_UP /* and dial no more before terminal_dials says so */
};

/* The line is there, or gone; what was under way begins again with the
 * line, its repeats counted anew. */
void terminal_line(struct terminal *t, bool up, int64_t now_us);
/* True when it wants a line: something waits, or it stays on line, and no
 * pause holds it. */
bool terminal_dials(const struct terminal *t, int64_t now_us);
/* One frame is appended to out with TERMINAL_SEND; call again until it
 * waits.  own_us: its own clock, for link-keep and answers. */
enum status terminal_next(struct terminal *t, int64_t now_us, int64_t own_us,
                          struct buf *out, enum terminal_act *ret,
                          struct err *e);
/* A frame of the centre. */
void terminal_take(struct terminal *t, struct text frame, int64_t now_us,
                   int64_t own_us);
/* When terminal_next may do something by itself; INT64_MAX: never. */
int64_t terminal_due_us(const struct terminal *t);

uint32_t terminal_waiting(const struct terminal *t);
const struct terminal_counts *terminal_counted(const struct terminal *t);
/* What 4A said the time is, minus own_us then; 0 when none came. */
int64_t terminal_clock_step_us(const struct terminal *t);

/* F4 holds at most 25.4 mm in a slot; what is over is carried to the next
 * slot, over the hour too (*carry_milli). */
void terminal_cap_rain(int64_t slot_milli[12], int64_t *carry_milli);

#endif

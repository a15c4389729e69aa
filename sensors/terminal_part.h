/* sensors/terminal_part.h -- what the parts of a terminal share. */
#ifndef SENSORS_TERMINAL_PART_H
#define SENSORS_TERMINAL_PART_H

#include "sensors/terminal.h"

struct terminal_report {
        uint64_t tag;
        struct sl651_head head;
        uint16_t serial;
        uint32_t packets;
        char *body; /* owned */
        size_t n;
};

/* One report on the line. */
struct terminal_exchange {
        bool on;
        bool waits;       /* for an answer, until deadline_us */
        uint32_t sent;    /* packets sent at least once */
        uint32_t repeats; /* of the packet that waits */
        int64_t deadline_us;
        uint32_t n_named;
        bool named[TERMINAL_PACKETS_MAX + 1]; /* by NAK, to be sent */
        uint8_t again[TERMINAL_PACKETS_MAX + 1];
};

struct terminal {
        struct terminal_config c;
        struct sl651_frame *f; /* scratch */
        terminal_tell tell;
        void *self;
        struct terminal_counts counts;
        uint16_t serial;                /* the last one given; 0: none yet */
        struct terminal_report *report; /* oldest first */
        uint32_t n_reports;
        struct terminal_exchange x; /* of report[0] */
        struct terminal_report answer[TERMINAL_ANSWERS_MAX];
        uint32_t n_answers;
        uint32_t answer_packet;     /* of answer[0], sent so far */
        struct sl651_value *memory; /* a ring of memory_max */
        uint32_t memory_at, n_memory;
        bool up, hang_up;
        int64_t quiet_us; /* last word on the line */
        int64_t stay_until_us, pause_until_us;
        int64_t clock_step_us;
};

uint16_t terminal_next_serial(struct terminal *t);
/* Serial, body and packets of a report or an answer. */
enum status terminal_body(struct terminal *t, struct sl651_frame *f,
                          struct terminal_report *ret, struct err *e);
/* A request of the centre (ENQ); f is overwritten by the answer. */
void terminal_query(struct terminal *t, struct sl651_frame *f, int64_t own_us);

#endif

/* sensors/take.h -- one message under way, for the files that take it:
 * take.c (JSON, refusals) and take_sl651.c (a terminal's frames).
 *
 * Thread: as sensors.h. */
#ifndef SENSORS_TAKE_H
#define SENSORS_TAKE_H

#include "sensors/sensors_part.h"

struct take {
        struct sensors *s;
        const struct places *p;
        const struct record *r;
        int64_t engine_us;
        struct effects *fx;
        struct err *e;
        struct text source; /* of a RECORD_FRAME: its connection */
        struct text topic_text;
        struct topic topic;
        struct text payload;
        uint32_t station;   /* NO_INDEX until known */
        uint32_t n_obs;     /* pushed by this message */
        uint32_t marks;     /* on all values of this message */
        uint16_t packets;   /* of the SL 651 message it completes, or 0 */
        bool test;          /* SL 651 30H: never into live data */
        bool manual;        /* 35H: may amend, if the station's may */
        const char *waited; /* name in the list of unknown stations, out of
                             * which it comes; NULL: it comes in */
        struct book_facts *facts;    /* of the station, once it is known */
        char waits_as[CODE_MAX + 1]; /* "": its topic's name */
        struct take_stranger {       /* a frame of a terminal in no book */
                bool whole;          /* a report that may be confirmed */
                bool link;           /* 2F: it says nothing to wait for */
                uint16_t serial;
                struct sl651_head head;
        } stranger;
};

/* ERR_FUTURE names what stands too far ahead of the server. */
enum status take_check_future(const struct take *t, int64_t time_us,
                              const char *what);
/* The topic's station, or ERR_UNKNOWN_STATION. */
enum status take_find_station(struct take *t);
/* The first n of t->s->item are t->station's values, decoded and checked:
 * onto its board. */
enum status take_station(struct take *t, struct wire_seq from, uint32_t n);

/* take_mapped.c: a vendor's message, by the mapping of its topic; and a
 * RECORD_VALUES. */
enum status take_mapped(struct take *t);
enum status take_imported(struct take *t);
/* One record through the door; `waited` (NULL: not) is the name as which
 * it waited: its number may be known, and of a message of many stations
 * only that one's values are taken. */
enum status take_record(struct sensors *s, const struct places *p,
                        const struct record *r, int64_t engine_us,
                        const char *waited, struct effects *fx, struct err *e);
/* That name is not in the book: the record waits for it.  Names that are
 * no code cannot be in it, and do not wait. */
enum status take_wait(struct take *t, const char *name);
/* take_answer.c: EOT or ESC (stays) to a stranger whose report waits. */
void take_answer_stranger(struct take *t, bool stays);
/* t->station sent again what was taken: it lives, and nothing is new.
 * what goes to its last messages. */
enum status take_seen(struct take *t, const char *what);
/* t->station's message brought nothing new. */
enum status take_needless(struct take *t);
/* Into the quarantine, and the effect that says so. */
void take_refuse(struct take *t, enum status reason, const char *detail,
                 struct text raw);

/* take_sl651.c: a frame that came by MQTT or TCP. */
enum status take_sl651(struct take *t);

#endif

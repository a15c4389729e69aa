/* sensors/sensors.h -- from bytes to trusted observations: the one door.
 *
 * In:     records of kind RECORD_MQTT and RECORD_VALUES, engine time, the
 *         book of places, mappings of vendors' messages.
 * Out:    effects: observations with marks, rain slots, dispatch events,
 *         incidents and units changed, forecasts from outside, refusals,
 *         kept (boot, seq) pairs.
 * Holds:  newest value per station and element, the rain series' position
 *         per station, last sequence ranges, incidents, units, the
 *         collapsed quarantine.
 * Thread: one owner; pure: no clock, file, socket or log. */
#ifndef SENSORS_SENSORS_H
#define SENSORS_SENSORS_H

#include "schemas/applicant.h"
#include "schemas/check.h"
#include "schemas/effect.h"
#include "schemas/place.h"
#include "schemas/record.h"
#include "sensors/topic.h"

struct sensors;

struct sensors_config {
        int64_t future_us;       /* later than engine time + this: refused */
        uint32_t quarantine_max; /* distinct contents remembered */
        uint32_t incidents_max;  /* closed ones go first */
        uint32_t units_max;
};

/* Defaults: 5 min, 1000, 5000, 2000. */
struct sensors_config sensors_defaults(void);

enum status sensors_create(const struct sensors_config *c, struct sensors **ret,
                           struct err *e);
void sensors_free(struct sensors *s);

/* Takes one message.  Returns OK also when the message was refused: then
 * fx->refused has it, with the reason.  Any other status is our own
 * failure (memory). */
enum status sensors_take(struct sensors *s, const struct places *p,
                         const struct record *r, int64_t engine_us,
                         struct effects *fx, struct err *e);

/* A RECORD_IMPORT whose "what" is "mapping": how to read a vendor's
 * messages.  The vendor's topics then are taken as ours are. */
enum status sensors_mapping(struct sensors *s, struct text body, struct err *e);
/* The same of a vendor's own SL 651 elements ("sl651_vendor"): its
 * stations' frames are read with it from then on. */
enum status sensors_vendor(struct sensors *s, struct text body, struct err *e);
/* The filters to subscribe to; the pointers hold until the next mapping. */
const char *sensors_mapping_topic(const struct sensors *s, uint32_t i);
uint32_t sensors_n_mappings(const struct sensors *s);
/* Counts up with each change in this process. */
uint64_t sensors_mapping_changes(const struct sensors *s);

/* Puts a check table in force; it is copied. */
void sensors_checks(struct sensors *s, const struct check_table *t);
const struct check_table *sensors_check_table(const struct sensors *s);

#define AROUND_LAG_US (15 * INT64_C(60000000))
/* Holds a rain gauge against those around it: what it says from now on is
 * marked "neighbour" while it is dry and all of them are wet, or the other
 * way round.  Looks at windows that ended AROUND_LAG_US ago, so that
 * the data of all is in. */
void sensors_around(struct sensors *s, uint32_t station,
                    const struct around *around, int64_t engine_us,
                    struct effects *fx);
/* The station has said anything of rain. */
bool sensors_has_rain(const struct sensors *s, uint32_t station);
/* It stands apart from its neighbours: the mark of its rain series. */
uint32_t sensors_rain_marks(const struct sensors *s, uint32_t station);

/* Each engine second: units without a fix for 60 s become lost. */
void sensors_tick(struct sensors *s, int64_t engine_us, struct effects *fx);

/* The same with real time: gaps in stations' numbers are seen, asked for
 * again and given up.  seq is the tick's record. */
void sensors_tick_gaps(struct sensors *s, const struct places *p,
                       int64_t real_us, uint64_t seq, struct effects *fx);

/* ---- stations that are not in the book yet ---- */

/* Takes what `name` (of a topic, or a terminal's address) had sent through
 * the same door, with the original record numbers and times; *ret_n is how
 * many.  ERR_UNKNOWN: nobody of that name waits. */
enum status sensors_admit(struct sensors *s, const struct places *p,
                          const char *name, struct effects *fx, uint32_t *ret_n,
                          struct err *e);
enum status sensors_dismiss(struct sensors *s, const char *name,
                            struct effects *fx, struct err *e);

/* ---- forecasts ---- */

/* A forecast that a person brought (RECORD_FORECAST): the same decoder and
 * the same gate as sanfang/v1/fc/<source>/up/series. */
enum status sensors_series(struct sensors *s, const struct places *p,
                           const struct record *r, int64_t engine_us,
                           struct effects *fx, struct err *e);

/* ---- amendments ---- */

struct amendment {
        uint32_t station;
        enum element element;
        int64_t time_us;
        int64_t value_milli;
        uint32_t marks; /* besides MARK_REVISED */
        uint32_t item;  /* place in its record */
};
/* An authorised later value for the same key replaces what stands there:
 * pushed with MARK_REVISED.  ERR_RANGE, ERR_FUTURE. */
enum status sensors_amend(struct sensors *s, const struct places *p,
                          const struct amendment *a, uint64_t seq,
                          int64_t engine_us, struct effects *fx, struct err *e);
/* The same for SL 651 messages of many packets: asks for what is missing,
 * gives up what will not come.  real_us: the tick's real time. */
enum status sensors_tick_terminals(struct sensors *s, const struct places *p,
                                   const struct record *r, int64_t engine_us,
                                   struct effects *fx, struct err *e);

/* What is known of a station's SL 651 terminal (sensors/line.h); NULL when
 * it never spoke. */
struct line;
const struct line *sensors_line(const struct sensors *s, uint32_t station);
/* Messages of many packets under way, and their bytes. */
uint64_t sensors_collecting(const struct sensors *s, uint64_t *ret_bytes);

/* The newest value of one element, by observation time. */
struct newest {
        bool has;
        int64_t time_us;
        int64_t received_us;
        int64_t value_milli;
        int64_t before_milli; /* the value about one hour earlier */
        bool has_before;
        uint32_t marks;
        uint64_t seq;
};

/* false when the station never sent that element. */
bool sensors_newest(const struct sensors *s, uint32_t station,
                    enum element element, struct newest *ret);
/* Engine time of the station's last message, TIME_NONE when never. */
int64_t sensors_last_seen(const struct sensors *s, uint32_t station);
/* Rain of the one series in (end - window, end], and how much of the
 * window is covered by slots, in microseconds. */
int64_t sensors_rain_sum(const struct sensors *s, uint32_t station,
                         int64_t end_us, int64_t window_us,
                         int64_t *ret_covered_us);

const struct incident *sensors_incidents(const struct sensors *s,
                                         uint32_t *ret_n);
const struct unit *sensors_units(const struct sensors *s, uint32_t *ret_n);
/* Where an incident lies: the caller asks gis after fx->incident named it
 * (fx->incident holds a copy, which the caller mends itself). */
void sensors_locate_incident(struct sensors *s, const char *centre,
                             const char *id, const char *county,
                             const char *town);

/* Since the beginning, for /metrics. */
struct sensors_counts {
        uint64_t messages[topic_kind_count]; /* by kind, refused ones too */
        uint64_t strange_topics;             /* none of ours */
        uint64_t refused;                    /* all reasons */
        uint64_t repeated;           /* (boot, seq) known: nothing new */
        uint64_t observations;       /* pushed, any marks */
        uint64_t marked[MARK_count]; /* of them, by mark */
        uint64_t rain_slots;
        uint64_t dispatch_events;
        uint64_t out_of_order; /* of them */
        uint64_t forecasts;
        uint64_t elements_skipped;   /* SL 651 elements that are not kept */
        uint64_t incidents_dropped;  /* at incidents_max */
        uint64_t units_dropped;      /* at units_max */
        uint64_t quarantine_dropped; /* at quarantine_max */
        uint64_t mapped_ignored;     /* a mapping's conditions left it out */
        uint64_t gaps_seen, gaps_filled, gaps_given_up;
        uint64_t gaps_dropped;    /* holes that found no room */
        uint64_t applicants_full; /* no room for another name */
        uint64_t applicant_messages_dropped;
        uint64_t amended;           /* values */
        uint64_t frames;            /* SL 651, refused ones too */
        uint64_t frames_again;      /* of them, taken before */
        uint64_t answers;           /* EOT, ESC, ACK */
        uint64_t packets;           /* of messages of many */
        uint64_t packets_asked;     /* NAK */
        uint64_t messages_given_up; /* never complete */
        uint64_t packets_full;      /* refused at a bound */
        uint64_t blocks_refused;    /* of stations that may not be spoken for */
        uint64_t attachments;       /* pictures, texts... */
        uint64_t deviations;        /* from SL 651-2014, all kinds */
};
const struct sensors_counts *sensors_counts(const struct sensors *s);

/* How a station keeps its duty. */
struct station_book {
        uint64_t messages, repeated, refused;
        uint64_t duplicates, conflicts, amended;
        uint64_t numbered, lost;  /* messages with a number; given up */
        uint32_t expected, heard; /* reporting intervals of the last day */
        uint32_t gaps_open, holes;
        bool has_clock;
        int64_t clock_us;  /* its newest value's time less ours then */
        uint64_t needless; /* messages that brought nothing new */
        bool babbles;      /* far too many of them now (the check table) */
        bool has_conflict; /* unsettled, of the last 72 h */
        enum element conflict_element;
        int64_t conflict_us;
};
/* False when it never sent. */
bool sensors_book(const struct sensors *s, const struct places *p,
                  uint32_t station, int64_t engine_us,
                  struct station_book *ret);
/* How many stations babble now. */
uint32_t sensors_babbling(const struct sensors *s, int64_t engine_us);
/* The unsettled conflict of the book, without the rest. */
bool sensors_in_conflict(const struct sensors *s, uint32_t station,
                         int64_t engine_us);

/* Gaps in numbers, by centre or station and number. */
uint32_t sensors_n_gaps(const struct sensors *s);
const struct gap *sensors_gap(const struct sensors *s, uint32_t i);

/* Who waits, and the i-th message of it (oldest first). */
uint32_t sensors_n_applicants(const struct sensors *s);
const struct applicant_note *sensors_applicant(const struct sensors *s,
                                               uint32_t i);
struct waiting_message {
        uint64_t seq;
        int64_t received_us;
        struct text topic, payload;
};
bool sensors_waiting(const struct sensors *s, uint32_t applicant, uint32_t i,
                     struct waiting_message *ret);

/* The quarantine, collapsed by content: newest last. */
struct quarantined {
        uint64_t first_seq, last_seq;
        int64_t first_us, last_us; /* engine time */
        uint64_t count;
        enum status reason;
        char detail[160];
        char topic[200];
        char head[256]; /* first bytes of the payload */
        uint32_t n_head;
        uint64_t hash; /* of topic, reason and payload */
};
const struct quarantined *sensors_quarantine(const struct sensors *s,
                                             uint32_t *ret_n);
/* Refusals since the beginning by reason, STATUS_COUNT long. */
const uint64_t *sensors_refused_by_reason(const struct sensors *s);

/* The last messages of a station, newest first (accepted or refused). */
#define LAST_MESSAGES 12
struct last_message {
        uint64_t seq;
        int64_t received_us;
        bool refused;
        enum status reason;
        char detail[96];
        char head[96]; /* start of the payload, or hex of a frame */
        uint32_t n_obs;
};
uint32_t sensors_last_messages(const struct sensors *s, uint32_t station,
                               struct last_message out[LAST_MESSAGES]);

/* The sequence numbers that are in the journal, of the boot that a station
 * (or centre) used last, as ascending ranges; returns how many (at most
 * max, the lowest first).  What a receipt says, once all of it is
 * archived.  A backlog of an earlier boot gets its receipt as it comes. */
struct sequence_range {
        uint64_t from, to; /* both inclusive */
};
uint32_t sensors_sequences(const struct sensors *s, const char *subject,
                           bool is_centre, uint64_t *ret_boot,
                           struct sequence_range *ret, uint32_t max);
/* The moment's refusals of that boot that count as kept, newest first. */
struct sequence_refused {
        uint64_t seq;
        enum status reason;
};
uint32_t sensors_sequences_refused(const struct sensors *s, const char *subject,
                                   bool is_centre, struct sequence_refused *ret,
                                   uint32_t max);

void sensors_save(const struct sensors *s, struct buf *b);
enum status sensors_load(struct sensors *s, struct unpack *u, struct err *e);

#endif

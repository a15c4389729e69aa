/* sensors/sl651_part.h -- what the parts of the SL 651 codec share. */
#ifndef SENSORS_SL651_PART_H
#define SENSORS_SL651_PART_H

#include "sensors/sl651.h"

#define SL651_SLOTS 12
#define SL651_SLOT_US (5 * INT64_C(60000000))

/* How annex C writes an element. */
enum sl651_form {
        SL651_FORM_BCD,  /* N(digits, decimals) */
        SL651_FORM_BITS, /* 45: 32 bits */
        SL651_FORM_HHMM, /* 05: "HH.mm" in characters */
        SL651_FORM_RAIN, /* F4: twelve bytes of 0.1 mm */
        SL651_FORM_LEVEL /* F5..FC: twelve double bytes of 0.01 m */
};

struct sl651_kind {
        uint8_t lead;
        uint8_t digits;
        uint8_t decimals;
        uint8_t shift; /* our unit is 10^shift times smaller */
        enum sl651_form form;
        enum element element;
};

/* NULL: no number of annex C. */
const struct sl651_kind *sl651_kind_of_lead(uint8_t lead);
const struct sl651_kind *sl651_kind_of(enum element e);
/* By the mnemonic of an ASCII body. */
const struct sl651_kind *sl651_kind_of_name(struct text t);
/* The definition byte annex C gives the element. */
uint8_t sl651_definition(const struct sl651_kind *k);

/* A body under way. */
struct sl651_walk {
        const uint8_t *b; /* f->bytes */
        size_t at;        /* next byte */
        size_t end;       /* first byte after the body */
        struct sl651_how how;
        struct sl651_frame *f;
        uint8_t station;
        bool said_station; /* an F1F1 was there */
        int64_t time_us;   /* latest F0F0, TIME_NONE before the first */
        int64_t step_us;   /* 04 18: > 0 a series, 0 arrays, -1 none */
        struct err *e;
};

size_t sl651_left(const struct sl651_walk *w);
void sl651_note(struct sl651_frame *f, enum sl651_deviation_kind k, size_t at);
enum status sl651_need(struct sl651_walk *w, size_t n, const char *what);
enum status sl651_push(struct sl651_walk *w, enum element element, bool missing,
                       int64_t milli, int64_t time_us, size_t at);
/* A time for what has none: the send time, or ERR_MISSING. */
enum status sl651_place(struct sl651_walk *w, const char *what, size_t at,
                        int64_t *time_us);
enum status sl651_put_span(struct sl651_walk *w, enum sl651_span_kind k,
                           size_t at, size_t n);
enum status sl651_put_asked(struct sl651_walk *w, const struct sl651_kind *k,
                            uint16_t lead, uint8_t definition, size_t at);
/* A station block; class 0: none told. */
enum status sl651_put_station(struct sl651_walk *w, const char *address,
                              uint8_t station_class, size_t at);
/* An observation time. */
void sl651_put_time(struct sl651_walk *w, int64_t time_us, size_t at);
/* End of the first slot of so many blocks of twelve (an hour each), by the
 * time that stands beside them.  docs/decisions/0005. */
int64_t sl651_first_slot_us(enum sl651_slots slots, int64_t time_us,
                            int64_t sent_us, uint32_t blocks);
/* The span a function's body is, where it is not elements; false: it is. */
bool sl651_body_is_span(const struct sl651_head *h, enum sl651_span_kind *ret);
/* True where a station block may stand before the span. */
bool sl651_has_station(const struct sl651_head *h);
/* True where the body of an answer begins with its station. */
bool sl651_answers_as_station(const struct sl651_head *h);
/* True where values and their times follow a step: 31 and 38. */
bool sl651_is_uniform(const struct sl651_head *h);
/* True where a value may do without observation time. */
bool sl651_may_lack_time(const struct sl651_head *h);
bool sl651_is_class(uint8_t c);

enum status sl651_walk_hex(struct sl651_walk *w);
enum status sl651_walk_ascii(struct sl651_walk *w);
/* Serial and send time only; false where the bytes are none. */
bool sl651_walk_start(struct sl651_walk *w);

/* sl651_open, noting deviations in f (which may be NULL). */
enum status sl651_open_noting(struct text frame, struct sl651_head *ret,
                              struct sl651_frame *f, struct err *e);

/* Five address bytes as ten hex digits. */
void sl651_address_text(const uint8_t *b, char dst[11]);
/* -1: no hex digit. */
int sl651_hex_digit(uint8_t c);
/* n characters as a number; false when one is no hex digit. */
bool sl651_hex_chars(const uint8_t *b, size_t n, uint32_t *ret);

/* How a BCD number was read. */
struct sl651_read {
        bool missing;
        bool filled_aa; /* missing, said with AA */
        bool minus;
        bool too_big;
        bool no_bcd;
        size_t bad; /* the byte that is no BCD */
        int64_t milli;
};

/* n bytes of BCD with `decimals` decimals as thousandths of a unit that is
 * 10^shift times smaller, rounded half away from zero.  All F (or all A,
 * as some vendors fill) is missing; a leading FF is a minus sign. */
struct sl651_read sl651_read_bcd(const uint8_t *b, size_t n, unsigned decimals,
                                 unsigned shift);

/* v units of 10^-decimals as thousandths, as above; v below 10^13. */
int64_t sl651_to_milli(int64_t v, unsigned decimals, unsigned shift);
/* Thousandths as units of 10^-decimals; false when not exact. */
bool sl651_from_milli(int64_t milli, unsigned decimals, unsigned shift,
                      int64_t *ret);

/* YYMMDDHH, with mm, with SS (n is 4, 5 or 6) in Beijing time. */
bool sl651_time(const uint8_t *b, size_t n, int64_t *ret_us);
/* The same as 2 n characters. */
bool sl651_time_chars(const uint8_t *b, size_t n, int64_t *ret_us);
/* Writes n bytes; false outside 2000..2099, or when something smaller than
 * the last byte is not 0. */
bool sl651_time_bcd(int64_t us, size_t n, uint8_t *ret);

/* ---- writing ---- */

/* Values that one identifier carries. */
struct sl651_run {
        uint32_t n;      /* values */
        uint32_t blocks; /* of twelve; 0: no array */
        int64_t step_us; /* of a series */
        int64_t time_us; /* to be written before it */
};

/* The run that begins at value i. */
enum status sl651_next_run(const struct sl651_frame *f,
                           const struct sl651_how *how, uint32_t i,
                           struct sl651_run *ret, struct err *e);
/* Calls put for each run of the frame's values, which may shorten it. */
enum status sl651_each_run(const struct sl651_frame *f,
                           const struct sl651_how *how,
                           enum status (*put)(void *self, uint32_t i,
                                              struct sl651_run *run),
                           void *self, struct err *e);
/* A value as the digits of annex C, sign apart. */
enum status sl651_digits(const struct sl651_value *v,
                         const struct sl651_kind *k, int64_t *ret,
                         struct err *e);
/* A slot of an array; all F when missing. */
enum status sl651_slot(const struct sl651_value *v, const struct sl651_kind *k,
                       uint32_t *ret, struct err *e);
enum status sl651_encode_hex(const struct sl651_frame *f,
                             const struct sl651_how *how, struct buf *body,
                             struct err *e);
enum status sl651_encode_ascii(const struct sl651_frame *f,
                               const struct sl651_how *how, struct buf *body,
                               struct err *e);

#endif

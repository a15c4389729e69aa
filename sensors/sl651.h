/* sensors/sl651.h -- SL 651-2014 frames, read and written.
 *
 * In:     one frame in HEX/BCD or ASCII encoding, as it came from the line;
 *         or a struct sl651_frame to be written.
 * Out:    values with element, time and place; texts, pictures and all
 *         else as spans of the bytes; how the frame departs from the
 *         standard.
 * Holds:  every function of annex B is read or kept by name.  Reading does
 *         not stop at what can be understood: that is a deviation
 *         (sl651_deviation.h).  What cannot is an error that names the
 *         byte: start, sizes, STX or SYN, CRC, a body that ends within an
 *         element, a send or observation time that is no time.
 *         Never makes a value of a missing one.
 * Source: SL 651-2014, tables 10-26 and annexes A-C; docs/sl651.md.
 * Thread: any; no state. */
#ifndef SENSORS_SL651_H
#define SENSORS_SL651_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/buf.h"
#include "schemas/element.h"
#include "schemas/sl651_vendor.h"
#include "schemas/status.h"
#include "schemas/text.h"
#include "schemas/words.h"
#include "sensors/sl651_deviation.h"

#define SL651_BODY_MAX 4095
#define SL651_FRAME_MAX (24 + SL651_BODY_MAX + 5) /* ASCII's is the longer */
#define SL651_MESSAGE_MAX (1u << 20) /* body put together from packets */
#define SL651_VALUES_MAX 2048
#define SL651_STATIONS_MAX 16
#define SL651_SPANS_MAX 16
#define SL651_ASKED_MAX 64
#define SL651_DEVIATIONS_MAX 32
#define SL651_MISSING_MAX 64
#define SL651_CONFIRM_BYTES 25
#define SL651_ANSWER_MAX 64

/* Table 10. */
enum sl651_char {
        SL651_SOH = 0x01,
        SL651_STX = 0x02,
        SL651_ETX = 0x03,
        SL651_EOT = 0x04,
        SL651_ENQ = 0x05,
        SL651_ACK = 0x06,
        SL651_NAK = 0x15,
        SL651_SYN = 0x16,
        SL651_ETB = 0x17,
        SL651_ESC = 0x1B
};

#define SL651_FUNCTIONS(X)                        \
        X(0x2F, "link keep")                      \
        X(0x30, "test report")                    \
        X(0x31, "uniform interval report")        \
        X(0x32, "timed report")                   \
        X(0x33, "additional report")              \
        X(0x34, "hourly report")                  \
        X(0x35, "manual entry")                   \
        X(0x36, "picture")                        \
        X(0x37, "answer to a real-time query")    \
        X(0x38, "answer to a period query")       \
        X(0x39, "answer to a manual-entry query") \
        X(0x3A, "answer to a query of elements")  \
        X(0x40, "basic configuration written")    \
        X(0x41, "basic configuration read")       \
        X(0x42, "run configuration written")      \
        X(0x43, "run configuration read")         \
        X(0x44, "pump motor data")                \
        X(0x45, "software version")               \
        X(0x46, "status and alarms")              \
        X(0x47, "storage cleared")                \
        X(0x48, "factory reset")                  \
        X(0x49, "password changed")               \
        X(0x4A, "clock set")                      \
        X(0x4B, "IC card")                        \
        X(0x4C, "pump")                           \
        X(0x4D, "valve")                          \
        X(0x4E, "sluice gate")                    \
        X(0x4F, "water quota")                    \
        X(0x50, "event log")                      \
        X(0x51, "clock read")

/* "reserved" or "user defined" for what the standard does not name. */
const char *sl651_function_name(uint8_t function);

/* Which protocol a frame begins to speak, by its first bytes. */
#define SL651_PROTOCOLS(X)                               \
        X(SL651_HEX, "sl651", "SL 651 HEX/BCD")          \
        X(SL651_ASCII, "sl651_ascii", "SL 651 ASCII")    \
        X(SL651_SL427, "sl427", "SL 427 / SZY206 (68H)") \
        X(SL651_HJ212, "hj212", "HJ 212 (##)")           \
        X(SL651_STRANGE, "strange", "no protocol we know")

enum sl651_protocol {
#define X(code, name, text) code,
        SL651_PROTOCOLS(X)
#undef X
                SL651_PROTOCOL_count
};

enum sl651_protocol sl651_protocol(struct text frame);
const char *sl651_protocol_name(enum sl651_protocol p);
const char *sl651_protocol_text(enum sl651_protocol p);

/* What stands around the body; all of it checked, CRC last. */
struct sl651_head {
        bool ascii;
        bool downlink;
        uint8_t centre;
        char address[11]; /* ten hex digits, may hold A-F */
        uint16_t password;
        uint8_t function;
        bool many;        /* SYN: one packet of several */
        uint16_t packets; /* of a SYN frame: how many */
        uint16_t packet;  /* which of them, from 1 */
        uint8_t end;      /* ETX, ETB; EOT, ESC... of a downlink */
        uint32_t body_at; /* offset of the body (after the counter) */
        uint32_t body_n;
};

struct sl651_value {
        enum element element;
        bool missing;    /* the station says it has none, or it is unreadable */
        bool outside;    /* beyond the element's bounds: never a good value */
        uint8_t station; /* index in sl651_frame.address */
        uint32_t at;     /* offset of the value's bytes */
        int64_t value_milli; /* 0 when missing */
        int64_t time_us;
};

/* What is kept as bytes. */
#define SL651_SPANS(X)                                                        \
        X(SL651_SPAN_TEXT, "text")             /* F2F2: manual text */        \
        X(SL651_SPAN_PICTURE, "picture")       /* F3F3: JPEG */               \
        X(SL651_SPAN_VERSION, "version")       /* 45: software version */     \
        X(SL651_SPAN_EVENTS, "events")         /* 50: event counters */       \
        X(SL651_SPAN_PARAMETERS, "parameters") /* 40-43, 47-4F */             \
        X(SL651_SPAN_BATCH, "batch")           /* FDF6: velocities */         \
        X(SL651_SPAN_PART, "part")             /* a packet after the first */ \
        X(SL651_SPAN_RAW, "raw")               /* of functions we only name */

enum sl651_span_kind {
#define X(code, name) code,
        SL651_SPANS(X)
#undef X
                SL651_SPAN_count
};

const char *sl651_span_name(enum sl651_span_kind k);

/* Table 58: the bits of ZT.  Two of them are upside down: a closed door and
 * a standing pump are 1. */
#define SL651_STATUS_BITS(X)                                                \
        X(0, "ac_lost", "交流电断电", "mains power lost")                   \
        X(1, "battery_low", "蓄电池电压低", "battery low")                  \
        X(2, "level_over", "水位超限", "level over its limit")              \
        X(3, "flow_over", "流量超限", "flow over its limit")                \
        X(4, "quality_over", "水质超限", "water quality over its limit")    \
        X(5, "flow_sensor_fault", "流量仪表故障", "flow sensor at fault")   \
        X(6, "level_sensor_fault", "水位仪表故障", "level sensor at fault") \
        X(7, "door_closed", "终端箱门关闭", "cabinet door closed")          \
        X(8, "memory_fault", "存储器异常", "memory at fault")               \
        X(9, "ic_card", "IC卡功能有效", "IC card active")                   \
        X(10, "pump_standing", "水泵停机", "pump standing")                 \
        X(11, "quota_over", "剩余水量超限", "water quota exceeded")

#define SL651_STATUS_COUNT 12

/* NULL past the last. */
const char *sl651_status_name(unsigned bit);
const char *sl651_status_zh(unsigned bit);
const char *sl651_status_en(unsigned bit);

struct sl651_span {
        uint8_t kind; /* enum sl651_span_kind */
        uint8_t station;
        uint32_t at, n;
        int64_t time_us; /* observation time, or the send time */
};

/* An element that a query names (37, 38, 3A down). */
struct sl651_asked {
        bool known;
        enum element element; /* when known */
        uint16_t lead;        /* 0xFFxx for user elements */
        uint8_t definition;
};

struct sl651_frame {
        struct sl651_head head;
        uint16_t serial;
        int64_t sent_us;
        struct text bytes; /* what every `at` is an offset in */
        char address[SL651_STATIONS_MAX][11]; /* F1F1 blocks; [0] is head's */
        uint8_t station_class[SL651_STATIONS_MAX]; /* 0 when not told */
        uint32_t n_addresses;
        uint32_t n_values;
        uint32_t n_spans;
        uint32_t n_asked;
        uint32_t n_skipped;     /* elements stepped over */
        uint32_t n_deviations;  /* all; the first DEVIATIONS_MAX are kept */
        int64_t from_us, to_us; /* of a period query, else TIME_NONE */
        int64_t step_us;        /* 04 18; -1: none; 0: arrays of twelve */
        struct sl651_deviation deviation[SL651_DEVIATIONS_MAX];
        struct sl651_span span[SL651_SPANS_MAX];
        struct sl651_asked asked[SL651_ASKED_MAX];
        struct sl651_value value[SL651_VALUES_MAX];
};

struct sl651_how {
        enum sl651_slots slots;
        const struct sl651_vendor *vendor; /* NULL: none */
};

/* CRC-16/MODBUS, docs/formulas.md#crc-16; the frame carries it high byte
 * first. */
uint16_t sl651_crc(const void *p, size_t n);

/* Start, length, end character, CRC.  ERR_SYNTAX, ERR_SIZE, ERR_CRC name
 * the byte; ERR_UNSUPPORTED names another protocol.  ret is untouched on
 * failure. */
enum status sl651_open(struct text frame, struct sl651_head *ret,
                       struct err *e);

/* All of a frame into *f, which need not be set before; o may be NULL.
 * f->bytes points into frame.  A packet of several is read as far as it
 * goes alone: its body is one span (SL651_SPAN_PART), and of the first
 * packet serial and send time are read too (f->serial is 0 in the others).
 * On failure *f holds no more than what was read before the byte that the
 * error names: nothing of it may be used but f->deviation. */
enum status sl651_decode(struct text frame, const struct sl651_how *o,
                         struct sl651_frame *f, struct err *e);

/* The same for a body put together by sl651_assemble. */
enum status sl651_decode_message(const struct sl651_head *h, struct text body,
                                 const struct sl651_how *o,
                                 struct sl651_frame *f, struct err *e);

/* ---- many packets ---- */

struct sl651_missing {
        uint16_t packets;                   /* of the message; 0: none seen */
        uint16_t n;                         /* how many are missing */
        uint16_t packet[SL651_MISSING_MAX]; /* the first of them */
};

/* Puts the packets (whole frames, in any order, the same one twice allowed)
 * of one message together: its body goes to *body (which is cleared; its
 * limit holds, SL651_MESSAGE_MAX where it has none) and the first packet's
 * head, with many = false, to *ret_head.  ERR_TOO_FEW: some are missing,
 * ret_missing says which.  ERR_MISMATCH: they are not of one message.
 * ERR_CONFLICT: two differ under one number. */
enum status sl651_assemble(const struct text *packet, uint32_t n,
                           struct buf *body, struct sl651_head *ret_head,
                           struct sl651_missing *ret_missing, struct err *e);

/* ---- writing ---- */

/* An empty uplink frame: HEX, centre 1, STX, ETX, serial 1; address is ten
 * hex digits.  Set what differs, then add values. */
void sl651_frame_init(struct sl651_frame *f, uint8_t function,
                      const char *address, int64_t sent_us);
/* False when the frame is full.  Station 0 unless set after. */
bool sl651_frame_add(struct sl651_frame *f, enum element element, bool missing,
                     int64_t value_milli, int64_t time_us);
/* A text or picture: a span over p, which must live as long as the frame.
 * Clears f->bytes: one span at most. */
bool sl651_frame_span(struct sl651_frame *f, enum sl651_span_kind kind,
                      struct text p, int64_t time_us);

/* The value with as many decimals as annex C gives the element, rounded
 * half away from zero. */
int64_t sl651_round(enum element e, int64_t value_milli);

/* The body, as f->head.ascii and f->head.function want it.  Twelve values
 * of DRP or DRZn, 5 minutes apart, become one array; in function 31 values
 * of one element become a series with its step (f->step_us when there is
 * but one).  ERR_RANGE: a value that annex C's digits cannot carry, a time
 * that is no whole minute; ERR_SIZE: the buffer's limit (SL651_MESSAGE_MAX
 * where it has none); ERR_UNSUPPORTED: what has no place in the function
 * or encoding. */
enum status sl651_encode_body(const struct sl651_frame *f,
                              const struct sl651_how *o, struct buf *body,
                              struct err *e);
/* Head, body, end character and CRC of one frame are appended to out;
 * h->end 0 means ETX up and ENQ down. */
enum status sl651_seal(const struct sl651_head *h, struct text body,
                       struct buf *out, struct err *e);
/* Both of the above. */
enum status sl651_encode(const struct sl651_frame *f, const struct sl651_how *o,
                         struct buf *out, struct err *e);

/* How many packets a body takes, per bytes each (without the counter); 0
 * when more than 4095. */
uint32_t sl651_packets(size_t body_n, size_t per);
/* The k-th packet (from 1).  ETB, the last one ETX; again: ETX, as 6.3
 * wants a packet that was asked for again. */
enum status sl651_packet(const struct sl651_head *h, struct text body,
                         size_t per, uint32_t k, bool again, struct buf *out,
                         struct err *e);

/* ---- the centre's answers ---- */

/* True for what a centre confirms: 30-36 up. */
bool sl651_wants_answer(const struct sl651_head *h);
/* Answer to an uplink frame: its serial, our time (Beijing), and EOT (the
 * terminal may go off line), ESC (stay), ACK (next packet) or NAK (again).
 * packets and packet are 0 but for M3's answers: which packet is meant
 * (EOT, ESC: the last).  Returns its length. */
size_t sl651_answer(const struct sl651_head *up, uint16_t serial,
                    int64_t now_us, uint8_t end, uint16_t packets,
                    uint16_t packet, uint8_t ret[SL651_ANSWER_MAX]);

/* The answer to a whole uplink report of one packet (functions 30-36), EOT
 * or ESC (stay); 0 when a frame wants no answer: 2F, other functions, one
 * packet of many, broken, ASCII. */
size_t sl651_confirm(struct text uplink, int64_t now_us, bool stay,
                     uint8_t ret[SL651_CONFIRM_BYTES]);

#endif

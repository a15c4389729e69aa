/* sensors/sl651.h -- SL 651-2014 frames: what a terminal sends, and the
 * confirmation it waits for.
 *
 * In:     one frame in HEX/BCD encoding, as it came from the line.
 * Out:    values with element, time and place in the frame.
 * Holds:  read: link-keep (2F), test (30), uniform (31), timed (32),
 *         additional (33) and hourly (34) reports of one packet, and the
 *         centre's confirmations.  Known by name and refused with
 *         ERR_UNSUPPORTED: all other functions, many-packet frames, the
 *         ASCII encoding, and SL 427 and HJ 212 frames.
 *         Elements that we do not keep are stepped over and counted.
 * Source: SL 651-2014, tables 16-26 and annexes A-C.
 * Thread: any; no state. */
#ifndef SENSORS_SL651_H
#define SENSORS_SL651_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/element.h"
#include "schemas/status.h"
#include "schemas/text.h"
#include "schemas/words.h"

#define SL651_FRAME_MAX (14 + 4095 + 3)
#define SL651_VALUES_MAX 2048
#define SL651_STATIONS_MAX 16
#define SL651_CONFIRM_BYTES 25

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

/* What stands around the body; all of it checked, CRC last. */
struct sl651_head {
        bool downlink;
        uint8_t centre;
        char address[11]; /* ten hex digits, may hold A-F */
        uint16_t password;
        uint8_t function;
        bool many;        /* SYN: one packet of several */
        uint16_t packets; /* of a SYN frame: how many */
        uint16_t packet;  /* which of them, from 1 */
        uint8_t end;      /* ETX, ETB; EOT, ESC... of a downlink */
        size_t body_at;   /* offset of the body (after the counter) */
        size_t body_n;
};

struct sl651_value {
        enum element element;
        bool missing;
        int64_t value_milli; /* 0 when missing */
        int64_t time_us;
        uint8_t station; /* index in sl651_frame.address */
        uint16_t at;     /* offset of the element in the frame */
};

struct sl651_frame {
        struct sl651_head head;
        uint16_t serial;
        int64_t sent_us;
        char address[SL651_STATIONS_MAX][11]; /* F1F1 blocks; [0] is head's */
        uint8_t station_class[SL651_STATIONS_MAX]; /* 0 when not told */
        uint32_t n_addresses;
        struct sl651_value value[SL651_VALUES_MAX];
        uint32_t n_values;
        uint32_t n_skipped; /* elements stepped over */
};

/* CRC-16/MODBUS, docs/formulas.md#crc-16; the frame carries it high byte
 * first. */
uint16_t sl651_crc(const void *p, size_t n);

/* Start, length, end character, CRC.  ERR_SYNTAX, ERR_SIZE, ERR_CRC name
 * the byte; ERR_UNSUPPORTED names another encoding or protocol. */
enum status sl651_open(struct text frame, struct sl651_head *ret,
                       struct err *e);

/* All of a frame.  ERR_UNSUPPORTED names the function; other errors the
 * byte where reading stopped. */
enum status sl651_decode(struct text frame, enum sl651_slots slots,
                         struct sl651_frame *ret, struct err *e);

/* The centre's answer to an uplink report (functions 30-36): its serial,
 * our time (Beijing), and EOT (the terminal may go off line) or ESC (stay).
 * Manual entries and pictures of one packet are kept, so they are answered
 * although we do not read them.  Returns SL651_CONFIRM_BYTES, or 0 when a
 * frame wants no answer: 2F, other functions, one packet of many, broken. */
size_t sl651_confirm(struct text uplink, int64_t now_us, bool stay,
                     uint8_t ret[SL651_CONFIRM_BYTES]);

#endif

/* schemas/record.h -- one journal record: everything that happens.
 *
 * Bodies: RECORD_MQTT is u16 little-endian topic length, topic, payload;
 * RECORD_FRAME the same with "tcp/ADDRESS:PORT/CONNECTION" for the topic.
 * RECORD_TICK is two i64: engine time, real time (microseconds UTC).
 * All others are UTF-8 JSON objects, so that `sanfang journal cat` shows
 * them as they are; schemas/wire/command.h has their codecs. */
#ifndef SCHEMAS_RECORD_H
#define SCHEMAS_RECORD_H

#include <stdint.h>

#include "schemas/buf.h"
#include "schemas/status.h"
#include "schemas/text.h"
#include "schemas/words.h"

#define RECORD_KINDS(X)                                                   \
        X(RECORD_NONE, "none", "", "")                                    \
        X(RECORD_MQTT, "mqtt", "报文", "message from the broker")         \
        X(RECORD_TICK, "tick", "时钟", "one engine second")               \
        X(RECORD_LINK, "link", "链路", "a link went up or down")          \
        X(RECORD_IMPORT, "import", "导入", "a station, zone or facility") \
        X(RECORD_RULES, "rules", "规则", "a rule set")                    \
        X(RECORD_USER, "user", "用户", "a user (hash only)")              \
        X(RECORD_SESSION, "session", "会话", "sign-in, sign-out")         \
        X(RECORD_COMMAND, "command", "指令", "an officer's command")      \
        X(RECORD_FORECAST, "forecast", "预报", "a forecast run")          \
        X(RECORD_CLOCK, "clock", "时钟倍率", "engine clock set")          \
        X(RECORD_FRAME, "frame", "终端帧", "frame from a terminal, TCP")  \
        X(RECORD_VALUES, "values", "资料", "values imported or amended")

WORD_DECLARE(record_kind, record_kind, RECORD_KINDS)

#define RECORD_BODY_MAX (1u << 20)

struct record {
        uint64_t seq; /* 1, 2, 3...; jumps ahead after an unclean start */
        enum record_kind kind;
        int64_t real_us; /* wall clock when it was taken */
        struct text body;
};

/* Body of a RECORD_MQTT or RECORD_FRAME, and back (pointers into r->body). */
void record_mqtt_pack(struct buf *b, struct text topic, struct text payload);
enum status record_mqtt_unpack(const struct record *r, struct text *ret_topic,
                               struct text *ret_payload, struct err *e);

/* Body of a RECORD_TICK, and back. */
void record_tick_pack(struct buf *b, int64_t engine_us, int64_t real_us);
enum status record_tick_unpack(const struct record *r, int64_t *ret_engine_us,
                               int64_t *ret_real_us, struct err *e);

#endif

/* sensors/conform.h -- the conformance meter: how often one station departs
 * from SL 651-2014, by kind.
 *
 * Holds:  a row per kind that was seen: how often, first and last time, and
 *         the newest example (journal record and byte).  Kinds are what a
 *         frame shows alone (SL651_DEVIATIONS) and what only the line
 *         shows, one frame after another (LINE_DEVIATIONS).
 * Thread: one owner; pure. */
#ifndef SENSORS_CONFORM_H
#define SENSORS_CONFORM_H

#include <stdbool.h>

#include "schemas/pack.h"
#include "schemas/status.h"
#include "sensors/sl651_deviation.h"

/* code, name, zh, en, clause. */
#define LINE_DEVIATIONS(X)                                                    \
        X(LINE_BROKEN, "broken", "报文无法读出", "frame that cannot be read", \
          "6.2, 6.6")                                                         \
        X(LINE_PASSWORD, "password", "密码与台账不符",                        \
          "password other than the station's", "6.2.3.3")                     \
        X(LINE_OTHER_CENTRE, "other_centre", "中心站地址与台账不符",          \
          "centre address other than the station's", "6.2.3.1")               \
        X(LINE_REPEATS, "repeats", "同一报文重发超过2次",                     \
          "one report sent again more than twice", "6.3")                     \
        X(LINE_REPLAY, "replay", "重发较早的报文",                            \
          "an earlier report sent again after newer ones", "6.3")             \
        X(LINE_SERIAL_REUSED, "serial_reused",                                \
          "流水号和发报时间相同而内容不同",                                   \
          "other content under the same serial and send time", "6.6.3")       \
        X(LINE_SERIAL_STUCK, "serial_stuck", "新报文的流水号未递增",          \
          "a new report with the serial of the last one", "6.6.3")            \
        X(LINE_SERIAL_JUMP, "serial_jump", "流水号不连续",                    \
          "the serial does not follow the last one", "6.6.3")                 \
        X(LINE_CLOCK, "clock", "发报时间与中心站时间相差超过5分钟",           \
          "send time more than 5 minutes off the centre's clock", "6.6.3")    \
        X(LINE_SLOTS, "slots_last", "时段数组的观测时间为末个时段",           \
          "observation time of a slot array is its last slot's, not the "     \
          "first's",                                                          \
          "annex C")                                                          \
        X(LINE_NO_WAIT, "no_wait", "未等待确认即发送下一报文",                \
          "the next report sent without waiting for the confirmation", "6.3") \
        X(LINE_PACKETS, "packets_missing", "多包报文未收齐",                  \
          "a message of many packets that stayed incomplete", "6.3")          \
        X(LINE_FOREIGN, "foreign_block", "为未登记的测站发报",                \
          "a block for a station that this one may not report for", "6.6.3")  \
        X(LINE_FUTURE, "future", "观测时间晚于中心站时间5分钟以上",           \
          "observation time more than 5 minutes ahead of the centre's clock", \
          "6.6.3")

enum line_deviation {
        LINE_BEFORE_FIRST = SL651_DEV_count - 1,
#define X(code, name, zh, en, clause) code,
        LINE_DEVIATIONS(X)
#undef X
                CONFORM_KINDS
};

/* Of both lists, 0 .. CONFORM_KINDS - 1. */
const char *conform_name(uint32_t kind);
const char *conform_zh(uint32_t kind);
const char *conform_en(uint32_t kind);
const char *conform_clause(uint32_t kind);

struct conform_row {
        uint16_t kind;
        uint32_t at;
        uint64_t count;
        uint64_t told; /* of them the archive knows */
        uint64_t seq;  /* newest example */
        int64_t first_us, last_us, told_us;
};

struct conform {
        struct conform_row *row;
        uint32_t n, cap;
};

void conform_done(struct conform *c);
/* Counts one; ERR_MEMORY only. */
enum status conform_add(struct conform *c, uint32_t kind, uint32_t at,
                        uint64_t seq, int64_t time_us, struct err *e);
/* True when the archive is to be told of it now: at the first of a kind, and
 * then what is new, at most once a minute.  Asked at each frame, so that the
 * last of a row of departures is told too. */
bool conform_tell(struct conform_row *r, int64_t now_us);
/* How many departures of all kinds. */
uint64_t conform_total(const struct conform *c);

void conform_save(const struct conform *c, struct buf *b);
enum status conform_load(struct conform *c, struct unpack *u, struct err *e);

#endif

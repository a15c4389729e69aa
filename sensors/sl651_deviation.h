/* sensors/sl651_deviation.h -- how a frame departs from SL 651-2014 and can
 * be read all the same.
 *
 * What cannot be read is no deviation but an error (sensors/sl651.h).
 * Thread: any; no state. */
#ifndef SENSORS_SL651_DEVIATION_H
#define SENSORS_SL651_DEVIATION_H

#include <stdint.h>

/* code, name, zh, en, clause. */
#define SL651_DEVIATIONS(X)                                                    \
        X(SL651_DEV_DEFINITION, "definition", "数据定义字节与附录C不同",       \
          "definition byte other than annex C's", "annex C")                   \
        X(SL651_DEV_DECIMALS, "decimals", "小数位数与附录C不同",               \
          "decimal places other than annex C's", "annex C")                    \
        X(SL651_DEV_FILL_AA, "fill_aa", "缺测值用AA填充",                      \
          "missing value filled with AA instead of FF", "6.6.2")               \
        X(SL651_DEV_NOT_BCD, "not_bcd", "数据不是BCD码",                       \
          "data that is no BCD", "6.6.2")                                      \
        X(SL651_DEV_PADDING, "padding", "奇数位数据的填充位不为0",             \
          "the padding digit of an odd number is not 0", "6.6.2")              \
        X(SL651_DEV_MINUS, "minus", "负号占用数值字节",                        \
          "a minus sign inside the number's own bytes", "6.6.2")               \
        X(SL651_DEV_RANGE, "range", "数值超出物理范围",                        \
          "value outside what is possible", "annex C")                         \
        X(SL651_DEV_UNKNOWN_LEAD, "unknown_lead", "要素标识符不在附录C中",     \
          "element that annex C does not know", "annex C")                     \
        X(SL651_DEV_UNKNOWN_USER, "unknown_user", "自定义要素未登记",          \
          "user element (FF) without a row in the vendor table", "annex C")    \
        X(SL651_DEV_FUNCTION, "function", "功能码为保留码",                    \
          "reserved function code", "annex B")                                 \
        X(SL651_DEV_NO_STATION, "no_station", "缺少测站编码引导符F1F1",        \
          "no station block (F1F1)", "6.6.3")                                  \
        X(SL651_DEV_NO_TIME, "no_time", "缺少观测时间引导符F0F0",              \
          "no observation time (F0F0), the send time is taken", "6.6.3")       \
        X(SL651_DEV_CLASS, "class", "测站分类码不在附录A中",                   \
          "station class that annex A does not know", "annex A")               \
        X(SL651_DEV_CLASS_CHANGES, "class_changes", "同一测站的分类码不一致",  \
          "one station under two classes", "annex A")                          \
        X(SL651_DEV_ADDRESS, "address", "遥测站地址不合规定",                  \
          "station address that is neither kind", "6.2.3.2")                   \
        X(SL651_DEV_CENTRE, "centre", "中心站地址为0", "centre address 0",     \
          "6.2.3.1")                                                           \
        X(SL651_DEV_SERIAL, "serial", "流水号为0", "serial number 0", "6.6.3") \
        X(SL651_DEV_OBS_AFTER_SENT, "obs_after_sent", "观测时间晚于发报时间",  \
          "observation time after the send time", "6.6.3")                     \
        X(SL651_DEV_DIRECTION, "direction", "上下行标识与结束符不符",          \
          "direction nibble other than the end character's", "table 20")       \
        X(SL651_DEV_END, "end", "结束符不合规定",                              \
          "end character wrong for its place", "tables 20, 21")                \
        X(SL651_DEV_TRAILING, "trailing", "帧尾有多余字节",                    \
          "bytes after the frame", "table 20")                                 \
        X(SL651_DEV_NO_LAST_BLANK, "no_last_blank", "正文末尾缺少空格",        \
          "the blank after the last ASCII value is missing", "6.6.2")          \
        X(SL651_DEV_BLANKS, "blanks", "多余的空格",                            \
          "more than one blank between ASCII fields", "6.6.2")                 \
        X(SL651_DEV_LOWER_CASE, "lower_case", "使用小写十六进制字符",          \
          "lower-case hexadecimal digits", "6.6.2")                            \
        X(SL651_DEV_COUNTER, "counter", "包总数或包序号不合规定",              \
          "packet counter that cannot be", "6.6.3")                            \
        X(SL651_DEV_STEP, "step", "均匀时段报缺少时间步长码",                  \
          "a uniform report without time step", "6.6.4")

enum sl651_deviation_kind {
#define X(code, name, zh, en, clause) code,
        SL651_DEVIATIONS(X)
#undef X
                SL651_DEV_count
};

struct sl651_deviation {
        uint8_t kind; /* enum sl651_deviation_kind */
        uint32_t at;  /* offset of the byte */
};

const char *sl651_deviation_name(enum sl651_deviation_kind k);
const char *sl651_deviation_zh(enum sl651_deviation_kind k);
const char *sl651_deviation_en(enum sl651_deviation_kind k);
/* Where the standard says otherwise. */
const char *sl651_deviation_clause(enum sl651_deviation_kind k);

#endif

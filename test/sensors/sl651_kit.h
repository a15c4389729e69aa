/* test/sensors/sl651_kit.h -- SL 651 frames from hex digits, and what was
 * read from them in words. */
#ifndef TEST_SENSORS_SL651_KIT_H
#define TEST_SENSORS_SL651_KIT_H

#include "check.h"

#include <stdlib.h>

#include "schemas/buf.h"
#include "schemas/time.h"
#include "sensors/sl651.h"

static inline int kit_digit(char c)
{
        return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Appends the bytes that hex digits (blanks skipped) stand for. */
static inline void kit_hex(struct buf *b, const char *hex)
{
        for (; *hex; hex++) {
                if (*hex == ' ')
                        continue;
                buf_char(b, (char)(kit_digit(hex[0]) << 4 | kit_digit(hex[1])));
                hex++;
        }
}

/* A HEX frame with its length and CRC put right. */
static inline void kit_frame(struct buf *out, uint8_t function,
                             const char *body_hex)
{
        struct sl651_head h = {.centre = 1,
                               .address = "0012345678",
                               .password = 0x1234,
                               .function = function};
        struct buf body = {.limit = 0};

        kit_hex(&body, body_hex);
        buf_clear(out);
        if (sl651_seal(&h, buf_as_text(&body), out, NULL) != OK)
                fail_msg("no frame of %s", body_hex);
        buf_done(&body);
}

/* An ASCII frame. */
static inline void kit_ascii(struct buf *out, uint8_t function,
                             const char *body)
{
        struct sl651_head h = {.ascii = true,
                               .centre = 1,
                               .address = "0012345678",
                               .password = 0x1234,
                               .function = function};

        buf_clear(out);
        if (sl651_seal(&h, text_of(body), out, NULL) != OK)
                fail_msg("no frame of %s", body);
}

/* "2310200300" or, with seconds, "231020030000". */
static inline int64_t kit_time(const char *t)
{
        int part[6] = {0};
        int64_t us = 0;
        size_t i;

        for (i = 0; i < strlen(t) / 2; i++)
                part[i] = (t[2 * i] - '0') * 10 + t[2 * i + 1] - '0';
        if (!time_from_beijing(2000 + part[0], part[1], part[2], part[3],
                               part[4], part[5], &us))
                fail_msg("bad time in the test: %s", t);
        return us;
}

static inline void kit_say_time(struct buf *b, int64_t us, bool seconds)
{
        struct civil c = time_to_beijing(us);

        buf_printf(b, "%02d%02d%02d%02d%02d", c.year % 100, c.month, c.day,
                   c.hour, c.minute);
        if (seconds || c.second)
                buf_printf(b, "%02d", c.second);
}

static inline void kit_say_values(struct buf *b, const struct sl651_frame *f)
{
        int64_t time_us = TIME_NONE;
        int station = -1;
        uint32_t i;

        for (i = 0; i < f->n_values; i++) {
                const struct sl651_value *v = &f->value[i];

                if (v->station != station)
                        buf_printf(b, " %s/%c", f->address[v->station],
                                   f->station_class[v->station]
                                           ? f->station_class[v->station]
                                           : '-');
                station = v->station;
                if (v->time_us != time_us) {
                        buf_str(b, " @");
                        kit_say_time(b, v->time_us, false);
                }
                time_us = v->time_us;
                buf_printf(b, " %s ", element_name(v->element));
                if (v->missing)
                        buf_char(b, '-');
                else
                        buf_printf(b, "%.10g", (double)v->value_milli / 1000);
                if (v->outside)
                        buf_char(b, '!');
        }
}

/* "32 up c5 0011223344 s52 @170718110016 03: ..." */
static inline const char *kit_say(struct buf *b, const struct sl651_frame *f)
{
        uint32_t i;

        buf_clear(b);
        buf_printf(b, "%02X %s c%u %s s%u @", f->head.function,
                   f->head.downlink ? "down" : "up", f->head.centre,
                   f->head.address, f->serial);
        kit_say_time(b, f->sent_us, true);
        buf_printf(b, " %02X:", f->head.end);
        if (f->from_us != TIME_NONE) {
                buf_str(b, " from ");
                kit_say_time(b, f->from_us, false);
                buf_str(b, " to ");
                kit_say_time(b, f->to_us, false);
        }
        for (i = 0; i < f->n_asked; i++)
                buf_printf(b, " ask %s",
                           f->asked[i].known ? element_name(f->asked[i].element)
                                             : "?");
        kit_say_values(b, f);
        for (i = 0; i < f->n_spans; i++)
                buf_printf(
                        b, " %s[%u]",
                        sl651_span_name((enum sl651_span_kind)f->span[i].kind),
                        f->span[i].n);
        for (i = 0; i < f->n_deviations && i < SL651_DEVIATIONS_MAX; i++)
                buf_printf(b, " ~%s:%u",
                           sl651_deviation_name(
                                   (enum sl651_deviation_kind)f->deviation[i]
                                           .kind),
                           f->deviation[i].at);
        buf_char(b, '\0');
        return b->p;
}

#endif

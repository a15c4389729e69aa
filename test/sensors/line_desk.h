/* test/sensors/line_desk.h -- an SL 651 terminal's words to the desk `d`,
 * and what it is told. */
#ifndef TEST_SENSORS_LINE_DESK_H
#define TEST_SENSORS_LINE_DESK_H

#include "desk_case.h"

#include <string.h>

#include "sensors/line.h"

#define NOW "2023-10-20T03:00:00+08:00"
#define A1 "0012345678"
#define CONNECTION "tcp/192.0.2.7:40000/17"

static struct sl651_frame f;
static struct buf out;

/* ---- a terminal's words ---- */

static inline void begin(uint8_t function, const char *address, uint16_t serial,
                         const char *sent)
{
        sl651_frame_init(&f, function, address, at(sent));
        f.serial = serial;
}

static inline void add(enum element e, int64_t milli, const char *time)
{
        assert_true(sl651_frame_add(&f, e, false, milli, at(time)));
}

static inline struct text sealed(void)
{
        struct err e = {0};

        buf_clear(&out);
        if (sl651_encode(&f, NULL, &out, &e) != OK)
                fail_msg("%s", e.msg);
        return buf_as_text(&out);
}

/* A timed report of A1 with one level. */
static inline struct text level(uint16_t serial, const char *sent,
                                int64_t milli)
{
        begin(0x32, A1, serial, sent);
        f.station_class[0] = 'H';
        add(ELEMENT_Z, milli, "2023-10-20T03:00:00+08:00");
        return sealed();
}

static inline void tcp_from(const char *source, struct text frame)
{
        struct buf b = {0};
        struct record r = {.kind = RECORD_FRAME};

        record_mqtt_pack(&b, text_of(source), frame);
        r.seq = ++d.seq;
        r.real_us = d.now_us;
        r.body = buf_as_text(&b);
        effects_clear(&d.fx);
        if (sensors_take(d.s, &d.p, &r, d.now_us, &d.fx, &d.e) != OK)
                fail_msg("%s", d.e.msg);
        buf_done(&b);
        d.now_us += SECOND_US / 10;
}

static inline void tcp(struct text frame)
{
        tcp_from(CONNECTION, frame);
}

static inline void tick(int64_t seconds)
{
        struct record r = {.kind = RECORD_TICK};

        d.now_us += seconds * SECOND_US;
        r.seq = ++d.seq;
        r.real_us = d.now_us;
        effects_clear(&d.fx);
        assert_int_equal(
                sensors_tick_terminals(d.s, &d.p, &r, d.now_us, &d.fx, &d.e),
                OK);
}

/* ---- what came of it ---- */

static inline struct sl651_head answer_head(uint32_t i)
{
        struct sl651_head h = {0};
        struct err e = {0};

        assert_true(i < d.fx.n_downlink);
        if (sl651_open((struct text){(char *)d.fx.downlink[i].bytes,
                                     d.fx.downlink[i].n},
                       &h, &e) != OK)
                fail_msg("%s", e.msg);
        assert_true(h.downlink);
        return h;
}

static inline uint8_t answer(void)
{
        return d.fx.n_downlink == 1 ? answer_head(0).end : 0;
}

static inline uint64_t counted(uint32_t station, uint32_t kind)
{
        const struct line *x = sensors_line(d.s, station);
        uint32_t i;

        for (i = 0; x && i < x->conform.n; i++)
                if (x->conform.row[i].kind == kind)
                        return x->conform.row[i].count;
        return 0;
}

static inline struct station *station(uint32_t i)
{
        return &d.p.stations[i];
}

#endif

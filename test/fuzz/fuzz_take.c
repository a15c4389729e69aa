/* test/fuzz/fuzz_take.c -- any messages, one after another, at the door.
 *
 * Input: for each message a byte for its topic, two for its length (little
 * endian), then the payload.  Whatever came, the state goes into a
 * snapshot and back unchanged, and rain is never counted twice. */
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "sensors/sensors.h"
#include "sensors/sl651.h"

#define NOW_US (INT64_C(1697742000) * SECOND_US) /* 2023-10-20 03:00 +08 */

static const char *const topics[] = {
        "sanfang/v1/st/A1/up/obs",     "sanfang/v1/st/A1/up/sl651",
        "sanfang/v1/st/A2/up/obs",     "sanfang/v1/120/mm/up/incident",
        "sanfang/v1/120/mm/up/unit",   "sanfang/v1/fc/gd/up/series",
        "sanfang/v1/st/nobody/up/obs", "elsewhere",
        "tcp/192.0.2.7:40000/17",
};

#define N_TOPICS (sizeof(topics) / sizeof(topics[0]))

static void put_station(struct places *p, const char *code, const char *sl651)
{
        struct station s = {.kind = STATION_RIVER, .active = true};

        station_checks_clear(&s.checks);
        s.terminal.password = -1;
        s.terminal.mode = SL651_M3;

        text_copy(s.code, sizeof s.code, text_of(code));
        text_copy(s.sl651, sizeof s.sl651, text_of(sl651));
        if (places_put_station(p, &s, NULL, NULL) != OK)
                abort();
}

static struct sensors *create(void)
{
        struct sensors_config c = sensors_defaults();
        struct sensors *s;

        c.quarantine_max = 4;
        c.incidents_max = 3;
        c.units_max = 2;
        if (sensors_create(&c, &s, NULL) != OK)
                abort();
        return s;
}

/* Length and check sum put right, so that the body is reached. */
static void mend(char *frame, size_t n)
{
        uint16_t crc;

        if (n < 17 || n > SL651_FRAME_MAX)
                return;
        frame[0] = frame[1] = 0x7E;
        memcpy(frame + 3, "\x00\x12\x34\x56\x78", 5);
        frame[11] = (char)((n - 17) >> 8 & 0x0F);
        frame[12] = (char)(n - 17);
        frame[13] = 0x02;
        frame[n - 3] = 0x03;
        crc = sl651_crc(frame, n - 2);
        frame[n - 2] = (char)(crc >> 8);
        frame[n - 1] = (char)crc;
}

static void take(struct sensors *s, const struct places *p, uint64_t seq,
                 uint8_t kind, const uint8_t *data, size_t n,
                 struct effects *fx)
{
        const char *topic = topics[kind % N_TOPICS];
        bool tcp = strncmp(topic, "tcp/", 4) == 0;
        struct record r = {.seq = seq,
                           .kind = tcp ? RECORD_FRAME : RECORD_MQTT,
                           .real_us = NOW_US + (int64_t)seq * SECOND_US};
        char *payload = malloc(n ? n : 1);
        struct buf b = {0};

        if (n)
                memcpy(payload, data, n);
        if ((tcp || kind % N_TOPICS == 1) && kind & 0x80)
                mend(payload, n);
        record_mqtt_pack(&b, text_of(topic), (struct text){payload, n});
        r.body = buf_as_text(&b);
        effects_clear(fx);
        if (sensors_take(s, p, &r, NOW_US + (int64_t)seq * SECOND_US, fx,
                         NULL) != OK)
                abort();
        sensors_tick(s, NOW_US + (int64_t)seq * SECOND_US, fx);
        /* Of a terminal's frame single blocks may be refused. */
        if (!tcp && kind % N_TOPICS != 1 &&
            (fx->n_refused > 1 || (fx->n_refused && fx->n_observation)))
                abort();
        if (sensors_tick_terminals(s, p, &r, NOW_US + (int64_t)seq * SECOND_US,
                                   fx, NULL) != OK)
                abort();
        buf_done(&b);
        free(payload);
}

static void check_snapshot(const struct sensors *s)
{
        struct buf one = {0}, two = {0};
        struct sensors *again = create();
        struct unpack u;

        sensors_save(s, &one);
        u = (struct unpack){one.p, one.n, false};
        if (sensors_load(again, &u, NULL) != OK || u.n != 0)
                abort();
        sensors_save(again, &two);
        if (one.n != two.n || memcmp(one.p, two.p, one.n) != 0)
                abort();
        sensors_free(again);
        buf_done(&one);
        buf_done(&two);
}

/* The hour cannot be covered for longer than an hour. */
static void check_rain(const struct sensors *s)
{
        int64_t covered_us;

        if (sensors_rain_sum(s, 0, NOW_US, HOUR_US, &covered_us) < 0 ||
            covered_us < 0 || covered_us > HOUR_US)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct sensors *s = create();
        struct places p;
        struct effects fx;
        uint64_t seq = 0;

        places_init(&p);
        effects_init(&fx);
        put_station(&p, "A1", "0012345678");
        put_station(&p, "A2", "");
        while (size >= 3 && seq < 64) {
                size_t n = (size_t)data[1] | (size_t)data[2] << 8;
                uint8_t kind = data[0];

                data += 3;
                size -= 3;
                if (n > size)
                        n = size;
                take(s, &p, ++seq, kind, data, n, &fx);
                data += n;
                size -= n;
        }
        check_rain(s);
        check_snapshot(s);
        sensors_free(s);
        places_done(&p);
        effects_done(&fx);
        return 0;
}

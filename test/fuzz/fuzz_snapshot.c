/* test/fuzz/fuzz_snapshot.c -- a snapshot whose bytes were changed.
 *
 * The check sum keeps chance away, so here the bytes stand behind a good
 * one.  The input is a list of edits of a true state (rules, a station with
 * a level and an alert, users), four bytes each: what to do, where, with
 * what; with a first byte of 255 it is the state itself.  What loads is
 * saved and must load again to the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "schemas/time.h"
#include "server/pipeline.h"
#include "server/state.h"

#define START_US (INT64_C(1697731200) * SECOND_US)

static struct buf base;

static const char rules[] =
        "{\"name\":\"test\",\"version\":3,\"rules\":[{\"id\":\"river\","
        "\"kind\":\"river_level\",\"hazard\":\"flood\","
        "\"text\":\"河道水位\",\"text_en\":\"river level\",\"source\":\"test\","
        "\"hysteresis\":0.1,\"hold_s\":600,"
        "\"deadlines_s\":{\"sanfang\":600,\"hydrology\":900},"
        "\"lines\":[{\"level\":\"yellow\",\"base\":\"WRZ\"},"
        "{\"level\":\"orange\",\"base\":\"GRZ\"}]}]}";
static const char station[] =
        "{\"what\":\"station\",\"code\":\"ZZ1\",\"name\":\"茂名\","
        "\"kind\":\"ZZ\",\"lon\":110.9,\"lat\":21.6,\"county\":\"440902\","
        "\"river\":\"小东江\",\"WRZ\":9.0,\"GRZ\":10.5,\"interval_s\":300}";
static const char user[] = "{\"user\":\"duty\",\"shown\":\"d\",\"hash\":\"x\","
                           "\"role\":\"duty\",\"agency\":\"sanfang\"}";

static void step(struct state *s, struct effects *fx, enum record_kind kind,
                 struct text body)
{
        struct record r = {s->seq + 1, kind, START_US, body};
        struct err e = {0};

        if (pipeline_step(s, &r, fx, &e) != OK)
                abort();
}

static void message(struct state *s, struct effects *fx, const char *topic,
                    const char *payload)
{
        struct buf b = {0};

        record_mqtt_pack(&b, text_of(topic), text_of(payload));
        step(s, fx, RECORD_MQTT, buf_as_text(&b));
        buf_done(&b);
}

static void make_base(void)
{
        struct state *s = NULL;
        struct effects fx;
        struct buf b = {0};
        struct err e = {0};

        effects_init(&fx);
        if (state_create(&s, &e) != OK)
                abort();
        step(s, &fx, RECORD_RULES, text_of(rules));
        step(s, &fx, RECORD_IMPORT, text_of(station));
        step(s, &fx, RECORD_USER, text_of(user));
        record_tick_pack(&b, START_US, START_US);
        step(s, &fx, RECORD_TICK, buf_as_text(&b));
        buf_done(&b);
        message(s, &fx, "sanfang/v1/st/ZZ1/up/obs",
                "{\"station\":\"ZZ1\",\"boot\":1,\"seq\":1,\"obs\":[{\"time\":"
                "\"2023-10-20T00:00:00+08:00\",\"element\":\"Z\","
                "\"value\":9.5}]}");
        message(s, &fx, "sanfang/v1/st/ZZ2/up/obs", "{");
        state_save(s, &base);
        if (base.failed || !base.n)
                abort();
        state_free(s);
        effects_done(&fx);
}

static void edit(struct buf *b, const uint8_t *x)
{
        size_t at = ((size_t)x[1] << 8 | x[2]) % (b->n ? b->n : 1);
        size_t n = x[0] / 4 % 16u, i;

        if (!b->n)
                return;
        switch (x[0] % 4) {
        case 0:
                b->p[at] = (char)x[3];
                break;
        case 1:
                b->p[at] ^= (char)(1 << x[3] % 8);
                break;
        case 2:
                n = n < b->n - at ? n : b->n - at;
                memmove(b->p + at, b->p + at + n, b->n - at - n);
                b->n -= n;
                break;
        default:
                for (i = 0; i < n && at + i < b->n; i++)
                        b->p[at + i] = (char)x[3];
                break;
        }
}

static bool load(struct text bytes, struct buf *ret)
{
        struct state *s = NULL;
        struct err e = {0};
        bool good;

        if (state_create(&s, &e) != OK)
                abort();
        good = state_load(s, bytes, &e) == OK;
        if (good)
                state_save(s, ret);
        else if (!e.msg[0])
                abort();
        state_free(s);
        return good && !ret->failed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct buf in = {0}, once = {0}, twice = {0};
        size_t i;

        if (!base.n)
                make_base();
        if (size && data[0] == 255) {
                buf_add(&in, data + 1, size - 1);
        } else {
                buf_text(&in, buf_as_text(&base));
                for (i = 0; i + 4 <= size; i += 4)
                        edit(&in, data + i);
        }
        if (in.failed)
                abort();
        if (load(buf_as_text(&in), &once)) {
                if (!load(buf_as_text(&once), &twice) ||
                    !text_eq(buf_as_text(&once), buf_as_text(&twice)))
                        abort();
        } else if (size == 0) {
                abort(); /* the true one loads */
        }
        buf_done(&in);
        buf_done(&once);
        buf_done(&twice);
        return 0;
}

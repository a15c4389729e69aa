/* Tests of the SL 651 writer: what is written is read back alike.
 *
 * SANFANG_SL651_ROUNDS=100000 in the environment runs the long form of the
 * random test (1000 by default). */
#include "sl651_kit.h"

#include "sensors/sl651_part.h"

static struct sl651_frame f, g;
static struct buf out, say_f, say_g;
static uint64_t seed = 651;

static uint32_t dice(uint32_t n)
{
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        return (uint32_t)((seed >> 33) % n);
}

/* ---- random frames ---- */

/* Elements a function may carry alone. */
static enum element some_element(bool bcd_only)
{
        for (;;) {
                enum element e = (enum element)dice(ELEMENT_count);
                const struct sl651_kind *k = sl651_kind_of(e);

                if (!k || k->form >= SL651_FORM_RAIN ||
                    (bcd_only && k->form != SL651_FORM_BCD))
                        continue;
                return e;
        }
}

static int64_t some_value(enum element e)
{
        const struct sl651_kind *k = sl651_kind_of(e);
        const struct element_info *info = element_info(e);
        int64_t limit = 1, v;
        uint8_t i;

        if (k->form == SL651_FORM_BITS)
                return (int64_t)dice(UINT32_MAX) * 1000;
        if (k->form == SL651_FORM_HHMM)
                return (int64_t)dice(6000) * 1000;
        for (i = 0; i < k->digits; i++)
                limit *= 10;
        v = ((int64_t)dice(UINT32_MAX) << 16 | dice(65536)) % limit;
        if (dice(3) == 0)
                v %= 100;
        v = sl651_to_milli(info->min_milli < 0 && dice(2) ? -v : v, k->decimals,
                           k->shift);
        if (v < info->min_milli || v > info->max_milli)
                return sl651_round(
                        e, info->min_milli +
                                   (info->max_milli - info->min_milli) / 3);
        return v;
}

static int64_t whole(int64_t us, int64_t unit_us)
{
        return us - us % unit_us;
}

static void put(enum element e, uint8_t station, bool missing, int64_t v,
                int64_t time_us)
{
        if (!sl651_frame_add(&f, e, missing, v, time_us))
                return;
        f.value[f.n_values - 1].station = station;
}

static void put_array(uint8_t station, int64_t first_us)
{
        enum element e =
                dice(2) ? ELEMENT_DRP : (enum element)(ELEMENT_DRZ1 + dice(8));
        uint32_t i;

        for (i = 0; i < SL651_SLOTS; i++)
                put(e, station, dice(4) == 0,
                    e == ELEMENT_DRP ? (int64_t)dice(255) * 100
                                     : (int64_t)dice(65535) * 10,
                    first_us + i * SL651_SLOT_US);
}

static void some_report(uint8_t function)
{
        uint8_t station = 0;
        int64_t now = whole(f.sent_us, MINUTE_US), time_us = now;
        uint32_t n = 1 + dice(12), i;

        for (i = 0; i < n; i++) {
                enum element e = some_element(false);

                if (f.n_addresses > 1 && dice(3) == 0)
                        station = (uint8_t)dice(f.n_addresses);
                if (dice(4) == 0)
                        time_us = now - (int64_t)dice(3000) * MINUTE_US;
                if (function == 0x46)
                        e = ELEMENT_ZT, time_us = f.sent_us, station = 0;
                if (dice(6) == 0 && function != 0x46)
                        put_array(station, time_us - 55 * MINUTE_US);
                else
                        put(e, station, dice(5) == 0, some_value(e), time_us);
        }
}

static void some_series(void)
{
        int64_t now = whole(f.sent_us, MINUTE_US);
        int64_t step = (1 + dice(59)) * MINUTE_US;
        uint32_t n = 1 + dice(20), i;
        enum element e = some_element(true);
        int64_t begin = now - n * step;

        if (dice(3) == 0) {
                n = 1 + dice(4);
                for (i = 0; i < n; i++)
                        put_array(0, now - (n - i) * HOUR_US + 5 * MINUTE_US);
                return;
        }
        f.step_us = step;
        for (i = 0; i < n; i++)
                put(e, 0, dice(4) == 0, some_value(e), begin + i * step);
}

static void some_query(void)
{
        uint32_t n = 1 + dice(5), i;

        f.head.downlink = true;
        f.head.end = SL651_ENQ;
        f.serial = 0;
        if (f.head.function == 0x38) {
                f.from_us = whole(f.sent_us, HOUR_US) - 24 * HOUR_US;
                f.to_us = whole(f.sent_us, HOUR_US);
                f.step_us = dice(2) ? 0 : (int64_t)dice(60) * MINUTE_US;
        }
        for (i = 0; i < n; i++) {
                const struct sl651_kind *k = sl651_kind_of(some_element(false));

                f.asked[f.n_asked++] = (struct sl651_asked){
                        true, k->element, k->lead, sl651_definition(k)};
        }
}

static char blob[600];

static void some_blob(enum sl651_span_kind kind, int64_t time_us)
{
        size_t n = 1 + dice(sizeof blob), i;

        for (i = 0; i < n; i++)
                blob[i] = (char)dice(256);
        if (f.head.ascii) /* the body is characters */
                for (i = 0; i < n; i++)
                        blob[i] = (char)('!' + dice(90));
        sl651_frame_span(&f, kind, (struct text){blob, n}, time_us);
}

static void some_body(uint8_t function)
{
        int64_t time_us = whole(f.sent_us, MINUTE_US);

        if (function == 0x31)
                some_series();
        else if ((function >= 0x30 && function <= 0x34) || function == 0x37 ||
                 function == 0x44 || function == 0x46)
                some_report(function);
        else if (function == 0x38 || function == 0x3A)
                some_query();
        else if (function == 0x35)
                some_blob(SL651_SPAN_TEXT, dice(2) ? time_us : TIME_NONE);
        else if (function == 0x36)
                some_blob(SL651_SPAN_PICTURE, time_us);
        else if (function == 0x45)
                some_blob(SL651_SPAN_VERSION, TIME_NONE);
        else if (function == 0x50)
                some_blob(SL651_SPAN_EVENTS, TIME_NONE);
        else if (function == 0x43)
                some_blob(SL651_SPAN_PARAMETERS, TIME_NONE);
}

static void some_frame(struct sl651_how *how)
{
        static const uint8_t functions[] = {0x2F, 0x30, 0x31, 0x32, 0x33, 0x34,
                                            0x35, 0x36, 0x37, 0x38, 0x3A, 0x43,
                                            0x44, 0x45, 0x46, 0x4A, 0x50};
        static const char classes[] = "PHKZDTMGQIO";
        uint8_t function = functions[dice(sizeof functions)];
        uint32_t i;

        sl651_frame_init(&f, function, "0012345678",
                         kit_time("200101080000") +
                                 (int64_t)dice(2000000000) * SECOND_US);
        f.head.ascii = dice(2) && function != 0x36;
        f.head.centre = (uint8_t)(1 + dice(255));
        f.head.password = (uint16_t)dice(65536);
        f.head.end = SL651_ETX;
        f.serial = (uint16_t)(1 + dice(65535));
        f.n_addresses = 1 + dice(3);
        for (i = 0; i < f.n_addresses; i++) {
                snprintf(f.address[i], sizeof f.address[i], "%08u%02X",
                         i == 0 ? 10000000 + dice(90000000) : 44098100 + i,
                         1 + dice(200));
                f.station_class[i] = (uint8_t)classes[dice(11)];
        }
        snprintf(f.head.address, sizeof f.head.address, "%s", f.address[0]);
        *how = (struct sl651_how){.slots = (enum sl651_slots)dice(3)};
        some_body(function);
}

/* ---- what came back ---- */

static const char *say_all(struct buf *b, const struct sl651_frame *x)
{
        uint32_t i;

        kit_say(b, x);
        b->n--; /* the NUL */
        for (i = 0; i < x->n_spans; i++)
                buf_add(b, x->bytes.p + x->span[i].at, x->span[i].n);
        buf_printf(b, " %04X", x->head.password);
        buf_char(b, '\0');
        return b->p;
}

static void there_and_back(uint64_t round)
{
        struct sl651_how how;
        struct err e = {0};
        size_t n;

        some_frame(&how);
        buf_clear(&out);
        if (sl651_encode(&f, &how, &out, &e) != OK)
                fail_msg("round %llu, %02X: %s", (unsigned long long)round,
                         f.head.function, e.msg);
        n = out.n;
        if (sl651_decode(buf_as_text(&out), &how, &g, &e) != OK)
                fail_msg("round %llu, %02X: %s", (unsigned long long)round,
                         f.head.function, e.msg);
        say_all(&say_f, &f);
        say_all(&say_g, &g);
        if (say_f.n != say_g.n || memcmp(say_f.p, say_g.p, say_f.n) != 0)
                fail_msg("round %llu:\nwrote %s\nread  %s",
                         (unsigned long long)round, say_f.p, say_g.p);
        /* Writing what was read gives the same bytes. */
        if (f.head.function == 0x36 || f.head.function == 0x35)
                return; /* the send time stands for a text's own */
        if (sl651_encode(&g, &how, &out, &e) != OK || out.n != 2 * n ||
            memcmp(out.p, out.p + n, n) != 0)
                fail_msg("round %llu: other bytes: %s",
                         (unsigned long long)round, e.msg);
}

TEST(random_frames_come_back_alike)
{
        const char *more = getenv("SANFANG_SL651_ROUNDS");
        uint64_t rounds = more ? strtoull(more, NULL, 10) : 1000, i;

        for (i = 0; i < rounds; i++)
                there_and_back(i);
        CHECK_EQ(i, rounds);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(random_frames_come_back_alike),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

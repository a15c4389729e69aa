/* Tests of sensors/sl651.c, sl651_frame.c and sl651_number.c.
 *
 * The frames are examples of the standard and of public decoders' tests;
 * the values beside them were read by hand. */
#include "check.h"

#include <stdlib.h>

#include "schemas/time.h"
#include "sensors/sl651_part.h"

#define FRAME_30                                                       \
        "7E7E010012345678123430002B020003591011154947F1F1001234567848" \
        "F0F0591011154920190000052619000005392300000127381211150320FA"
#define FRAME_31                                                       \
        "7E7E05001122334403E831004E020031170718110005F1F1001122334448" \
        "F0F017071810050418000005392300000122000001220000028500010490" \
        "00010490FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF000104900001" \
        "0490037AC7"
#define FRAME_32                                                       \
        "7E7E05001122334403E832002B020034170718110016F1F1001122334448" \
        "F0F01707181100201900004026190000403923000104903812109903A421"
#define FRAME_33                                                       \
        "7E7E1000123456781234330038020002140612021500F1F1001234567850" \
        "F0F01406120215F460000000000000000000000000261900002020190000" \
        "101A1900001038121209037C62"
#define FRAME_34                                                       \
        "7E7E1000123456781234340038020001140612020000F1F1001234567850" \
        "F0F01406120200F460000000000000000000000000261900000020190000" \
        "001A1900000038121290034383"
#define FRAME_34_LEVEL                                                 \
        "7E7E1000123456781234340057020003140612020000F1F1001234567848" \
        "F0F01406120200F460000000000000000000000000F5C00AAA0AAAFFFFFF" \
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF261900000020190000001A1900" \
        "0000391A0027303812129003DD4E"

static struct sl651_frame f;
static char raw[SL651_FRAME_MAX + 8];

static int digit(char c)
{
        return c <= '9' ? c - '0' : c - 'A' + 10;
}

static struct text bytes(const char *hex)
{
        size_t n = strlen(hex) / 2, i;

        for (i = 0; i < n; i++)
                raw[i] = (char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
        return (struct text){raw, n};
}

static enum status decode(const char *hex, struct err *e)
{
        return sl651_decode(bytes(hex), NULL, &f, e);
}

/* A frame of function 32 around a body of hex digits, lengths and CRC put
 * right. */
static enum status decode_body(uint8_t function, const char *body,
                               struct err *e)
{
        static const char start[] = "7E7E010012345678123400000002";
        struct text t;
        size_t n = strlen(body) / 2, i;
        uint16_t crc;

        t = bytes(start);
        raw[10] = (char)function;
        raw[11] = (char)(n >> 8);
        raw[12] = (char)n;
        for (i = 0; i < n; i++)
                raw[14 + i] = (char)(digit(body[2 * i]) << 4 |
                                     digit(body[2 * i + 1]));
        raw[14 + n] = 0x03;
        crc = sl651_crc(raw, 15 + n);
        raw[15 + n] = (char)(crc >> 8);
        raw[16 + n] = (char)crc;
        t.n = 17 + n;
        return sl651_decode(t, NULL, &f, e);
}

#define HEAD "0001231020030000F1F1001234567848F0F02310200300"

static int64_t at(const char *rfc3339)
{
        int64_t us = 0;

        if (!time_parse(text_of(rfc3339), &us))
                fail_msg("bad time in the test: %s", rfc3339);
        return us;
}

static bool value_is(uint32_t i, enum element element, int64_t milli,
                     const char *time)
{
        const struct sl651_value *v = &f.value[i];

        if (i < f.n_values && v->element == element && !v->missing &&
            v->value_milli == milli && v->time_us == at(time))
                return true;
        print_error("value %u is %s %lld\n", i, element_name(v->element),
                    (long long)v->value_milli);
        return false;
}

TEST(crc_is_modbus)
{
        CHECK_EQ(sl651_crc("123456789", 9), 0x4B37);
}

TEST(link_keep_has_serial_and_time)
{
        struct err e = {0};

        CHECK_EQ(decode("7E7E01001234567812342F0008020003591011155111036BCA",
                        &e),
                 OK);
        CHECK_EQ(f.head.function, 0x2F);
        CHECK_EQ(f.serial, 3);
        CHECK_EQ(f.n_values, 0);
        CHECK_EQ(f.sent_us, at("2059-10-11T15:51:11+08:00"));
        CHECK_EQ(decode("7E7E00987654321012342F0008027E0822101110074703C3AE",
                        &e),
                 OK);
        CHECK_STR(f.head.address, "9876543210");
}

TEST(test_report_of_the_standard)
{
        struct err e = {0};
        const char *t = "2059-10-11T15:49:00+08:00";

        CHECK_EQ(decode(FRAME_30, &e), OK);
        CHECK_EQ(f.head.function, 0x30);
        CHECK_STR(f.head.address, "0012345678");
        CHECK_EQ(f.head.centre, 1);
        CHECK_EQ(f.head.password, 0x1234);
        CHECK_EQ(f.station_class[0], 0x48);
        CHECK_EQ(f.n_values, 4);
        CHECK(value_is(0, ELEMENT_PJ, 500, t));
        CHECK(value_is(1, ELEMENT_PT, 500, t));
        CHECK(value_is(2, ELEMENT_Z, 127, t));
        CHECK(value_is(3, ELEMENT_VT, 11150, t));
}

TEST(uniform_report_steps_and_has_holes)
{
        struct err e = {0};
        uint32_t i;

        CHECK_EQ(decode(FRAME_31, &e), OK);
        CHECK_EQ(f.n_values, 12);
        CHECK(value_is(0, ELEMENT_Z, 122, "2017-07-18T10:05:00+08:00"));
        CHECK(value_is(1, ELEMENT_Z, 122, "2017-07-18T10:10:00+08:00"));
        CHECK(value_is(2, ELEMENT_Z, 285, "2017-07-18T10:15:00+08:00"));
        CHECK(value_is(3, ELEMENT_Z, 10490, "2017-07-18T10:20:00+08:00"));
        CHECK(value_is(11, ELEMENT_Z, 10490, "2017-07-18T11:00:00+08:00"));
        for (i = 5; i < 10; i++)
                CHECK(f.value[i].missing);
}

TEST(timed_report)
{
        struct err e = {0};
        const char *t = "2017-07-18T11:00:00+08:00";

        CHECK_EQ(decode(FRAME_32, &e), OK);
        CHECK_EQ(f.serial, 0x34);
        CHECK(value_is(0, ELEMENT_PJ, 4000, t));
        CHECK(value_is(1, ELEMENT_PT, 4000, t));
        CHECK(value_is(2, ELEMENT_Z, 10490, t));
        CHECK(value_is(3, ELEMENT_VT, 10990, t));
}

TEST(additional_report_of_a_rain_gauge)
{
        struct err e = {0};
        const char *t = "2014-06-12T02:15:00+08:00";

        CHECK_EQ(decode(FRAME_33, &e), OK);
        CHECK_EQ(f.n_values, 16);
        /* Sent at 02:15, so the twelve slots end then: 01:20 .. 02:15. */
        CHECK(value_is(0, ELEMENT_DRP, 0, "2014-06-12T01:20:00+08:00"));
        CHECK(value_is(11, ELEMENT_DRP, 0, t));
        CHECK(value_is(12, ELEMENT_PT, 2000, t));
        CHECK(value_is(13, ELEMENT_PJ, 1000, t));
        CHECK(value_is(14, ELEMENT_P1, 1000, t));
        CHECK(value_is(15, ELEMENT_VT, 12090, t));
}

TEST(hourly_reports)
{
        struct err e = {0};
        const char *t = "2014-06-12T02:00:00+08:00";

        CHECK_EQ(decode(FRAME_34, &e), OK);
        CHECK_EQ(f.n_values, 16);
        CHECK(value_is(0, ELEMENT_DRP, 0, "2014-06-12T01:05:00+08:00"));
        CHECK(value_is(15, ELEMENT_VT, 12900, t));
        CHECK_EQ(decode(FRAME_34_LEVEL, &e), OK);
        CHECK_EQ(f.n_values, 29);
        CHECK_EQ(f.n_skipped, 0);
        CHECK(value_is(12, ELEMENT_DRZ1, 27300, "2014-06-12T01:05:00+08:00"));
        CHECK(value_is(27, ELEMENT_Z, 27300, t)); /* definition 1A */
}

TEST(slots_by_the_standard_begin_at_the_time)
{
        struct err e = {0};

        /* Observed 10:05, sent 11:00: the first slot ended at 10:05. */
        CHECK_EQ(decode_body(0x34,
                             "0001170718110000F1F1001234567850"
                             "F0F01707181005F460050000001400FF0000000001",
                             &e),
                 OK);
        CHECK_EQ(f.n_values, 12);
        CHECK(value_is(0, ELEMENT_DRP, 500, "2017-07-18T10:05:00+08:00"));
        CHECK(value_is(4, ELEMENT_DRP, 2000, "2017-07-18T10:25:00+08:00"));
        CHECK(f.value[6].missing);
        CHECK(value_is(11, ELEMENT_DRP, 100, "2017-07-18T11:00:00+08:00"));
        CHECK_EQ(sl651_decode((struct text){raw, 60},
                              &(struct sl651_how){SL651_SLOTS_LAST, NULL}, &f,
                              &e),
                 ERR_SIZE);
}

TEST(the_way_to_read_slots_can_be_set)
{
        struct err e = {0};
        struct text t = bytes(FRAME_34);

        CHECK_EQ(sl651_decode(t, &(struct sl651_how){SL651_SLOTS_FIRST, NULL},
                              &f, &e),
                 OK);
        CHECK(value_is(0, ELEMENT_DRP, 0, "2014-06-12T02:00:00+08:00"));
        CHECK_EQ(sl651_decode(t, &(struct sl651_how){SL651_SLOTS_LAST, NULL},
                              &f, &e),
                 OK);
        CHECK(value_is(11, ELEMENT_DRP, 0, "2014-06-12T02:00:00+08:00"));
}

TEST(negative_and_missing_values)
{
        struct err e = {0};
        const char *t = "2023-10-20T03:00:00+08:00";

        /* Z -1.234 with five bytes, Q missing, Z filled with A, AI -5.5 */
        CHECK_EQ(decode_body(0x32,
                             HEAD "392BFF00001234"
                                  "2723FFFFFFFF"
                                  "3B23AAAAAAAA"
                                  "0219FF0055",
                             &e),
                 OK);
        CHECK_EQ(f.n_values, 4);
        CHECK(value_is(0, ELEMENT_Z, -1234, t));
        CHECK(f.value[1].missing);
        CHECK_EQ(f.value[1].element, ELEMENT_Q);
        CHECK(f.value[2].missing);
        CHECK(value_is(3, ELEMENT_AI, -5500, t));
}

TEST(several_stations_and_times)
{
        struct err e = {0};

        CHECK_EQ(decode_body(0x32,
                             HEAD "39230001234520190000"
                                  "05"
                                  "F0F02310200305"
                                  "392300012346"
                                  "F1F1440981000150"
                                  "F0F02310200300"
                                  "2219000012",
                             &e),
                 OK);
        CHECK_EQ(f.n_values, 4);
        CHECK(value_is(0, ELEMENT_Z, 12345, "2023-10-20T03:00:00+08:00"));
        CHECK(value_is(2, ELEMENT_Z, 12346, "2023-10-20T03:05:00+08:00"));
        CHECK(value_is(3, ELEMENT_PN05, 1200, "2023-10-20T03:00:00+08:00"));
        CHECK_EQ(f.n_addresses, 2);
        CHECK_STR(f.address[1], "4409810001");
        CHECK_EQ(f.value[3].station, 1);
        CHECK_EQ(f.station_class[1], 0x50);
}

TEST(strange_elements_are_stepped_over)
{
        struct err e = {0};

        /* humidity 18 08, user FF A0 11, status 45 20, then Z */
        CHECK_EQ(decode_body(0x32,
                             HEAD "180895FFA01112344520000000403923000100"
                                  "00",
                             &e),
                 OK);
        CHECK_EQ(f.n_values, 3);
        CHECK_EQ(f.n_skipped, 1);
        CHECK(value_is(0, ELEMENT_MST, 95000, "2023-10-20T03:00:00+08:00"));
        CHECK(value_is(1, ELEMENT_ZT, 64000, "2023-10-20T03:00:00+08:00"));
        CHECK(value_is(2, ELEMENT_Z, 10000, "2023-10-20T03:00:00+08:00"));
}

TEST(many_slots_in_a_uniform_report)
{
        struct err e = {0};

        CHECK_EQ(decode_body(0x31,
                             "0001231020050500F1F1001234567850F0F02310200305"
                             "0418000000F460"
                             "010000000000000000000000"
                             "020000000000000000000003",
                             &e),
                 OK);
        CHECK_EQ(f.n_values, 24);
        CHECK(value_is(0, ELEMENT_DRP, 100, "2023-10-20T03:05:00+08:00"));
        CHECK(value_is(12, ELEMENT_DRP, 200, "2023-10-20T04:05:00+08:00"));
        CHECK(value_is(23, ELEMENT_DRP, 300, "2023-10-20T05:00:00+08:00"));
}

TEST(functions_have_names)
{
        CHECK_STR(sl651_function_name(0x36), "picture");
        CHECK_STR(sl651_function_name(0xE1), "user defined");
        CHECK_STR(sl651_function_name(0x60), "reserved");
}

static const char *const confirms[] = {
        "7E7E00123456780112343080080200035910111549471B"
        "75D4",
        "7E7E001234567810123430800802000214061202152504"
        "19AF",
        "7E7E00112233440503E83180080200311707181100051B"
        "291C",
        "7E7E00112233440503E83280080200341707181100161B"
        "E5D4",
        "7E7E001234567810123433800802000214061202152504"
        "DAAA",
        "7E7E001234567810123434800802000114061314385304"
        "696E",
};

TEST(confirmations_are_read_back)
{
        size_t i;

        for (i = 0; i < sizeof confirms / sizeof *confirms; i++) {
                struct err e = {0};

                CHECK_EQ(decode(confirms[i], &e), OK);
                CHECK(f.head.downlink);
                CHECK_EQ(f.n_values, 0);
                CHECK(f.head.end == 0x1B || f.head.end == 0x04);
        }
}

/* Packet 2 of 13 of a picture, all but the head left out: the check sum is
 * made anew. */
TEST(packets_of_many_are_named)
{
        struct err e = {0};
        struct text t = bytes("7E7E0100123456781234360007160"
                              "0D002FFD8FFE0170000");
        uint16_t crc = sl651_crc(raw, t.n - 2);

        raw[t.n - 2] = (char)(crc >> 8);
        raw[t.n - 1] = (char)crc;
        CHECK_EQ(sl651_decode(t, NULL, &f, &e), OK);
        CHECK(f.head.many);
        CHECK_EQ(f.head.packet, 2);
        CHECK_EQ(f.head.packets, 13);
        CHECK_EQ(f.serial, 0);
        CHECK_EQ(f.n_spans, 1);
        CHECK_EQ(f.span[0].kind, SL651_SPAN_PART);
        CHECK_EQ(f.span[0].n, 4);
}

TEST(other_protocols_are_named)
{
        struct err e = {0};

        CHECK_EQ(sl651_decode(TEXT("\x68\x0A\x68"), NULL, &f, &e),
                 ERR_UNSUPPORTED);
        CHECK(strstr(e.msg, "SL 427"));
        CHECK_EQ(sl651_decode(TEXT("##0123QN="), NULL, &f, &e),
                 ERR_UNSUPPORTED);
        CHECK(strstr(e.msg, "HJ 212"));
        CHECK_EQ(sl651_decode(TEXT("7E7E0100"), NULL, &f, &e), ERR_SYNTAX);
        CHECK(strstr(e.msg, "hex text"));
        CHECK_EQ(sl651_decode(TEXT(""), NULL, &f, &e), ERR_SYNTAX);
}

TEST(every_flipped_bit_is_seen)
{
        static const char *const good[] = {FRAME_30, FRAME_31, FRAME_32,
                                           FRAME_33, FRAME_34_LEVEL};
        size_t g, bit;

        for (g = 0; g < sizeof good / sizeof *good; g++) {
                struct text t = bytes(good[g]);

                for (bit = 0; bit < t.n * 8; bit++) {
                        struct err e = {0};

                        raw[bit / 8] ^= (char)(1 << bit % 8);
                        CHECK(sl651_decode(t, NULL, &f, &e) != OK);
                        raw[bit / 8] ^= (char)(1 << bit % 8);
                }
        }
}

TEST(every_cut_is_seen)
{
        struct text t = bytes(FRAME_32);

        for (; t.n > 0; t.n--) {
                struct text cut = {t.p, t.n - 1};

                CHECK(sl651_decode(cut, NULL, &f, NULL) != OK);
        }
}

TEST(an_error_names_the_byte)
{
        struct err e = {0};

        CHECK_EQ(decode_body(0x32, HEAD "39230001", &e), ERR_SIZE);
        CHECK(strstr(e.msg, "byte 39"));
        CHECK_EQ(decode_body(0x32, "0001231320030000", &e), ERR_TIME);
        CHECK(strstr(e.msg, "byte 16"));
        CHECK_EQ(decode_body(0x32, "00012310200300", &e), ERR_SIZE);
        CHECK_EQ(decode_body(0x32, "0001231020030000392300012345", &e),
                 ERR_MISSING);
        CHECK(strstr(e.msg, "byte 24: Z before any observation time"));
        CHECK_EQ(decode_body(0x32, HEAD "39", &e), ERR_SIZE);
        CHECK(strstr(e.msg, "byte 37"));
        CHECK_EQ(decode_body(0x32, HEAD "FFA0", &e), ERR_SIZE);
        CHECK_EQ(decode_body(0x31, HEAD "04180A0000", &e), ERR_NUMBER);
        CHECK_EQ(decode_body(0x32, "0001231020030000F0F02313200300", &e),
                 ERR_TIME);
}

TEST(confirmations_are_the_standards)
{
        uint8_t out[SL651_CONFIRM_BYTES];
        struct text want;

        CHECK_EQ(sl651_confirm(bytes(FRAME_30), at("2059-10-11T15:49:47+08:00"),
                               true, out),
                 SL651_CONFIRM_BYTES);
        want = bytes("7E7E00123456780112343080080200035910111549471B75D4");
        CHECK_EQ(want.n, SL651_CONFIRM_BYTES);
        CHECK(memcmp(out, want.p, want.n) == 0);
        CHECK_EQ(sl651_confirm(bytes(FRAME_33), at("2014-06-12T02:15:25+08:00"),
                               false, out),
                 SL651_CONFIRM_BYTES);
        want = bytes("7E7E00123456781012343380080200021406120215"
                     "2504DAAA");
        CHECK(memcmp(out, want.p, want.n) == 0);
        CHECK_EQ(sl651_decode(want, NULL, &f, NULL), OK);
        CHECK(f.head.downlink);
        CHECK_EQ(f.serial, 2);
}

TEST(link_keep_and_broken_frames_get_no_answer)
{
        uint8_t out[SL651_CONFIRM_BYTES];
        struct text t;

        CHECK_EQ(sl651_confirm(bytes("7E7E01001234567812342F00080200035910111"
                                     "55111036BCA"),
                               0, true, out),
                 0);
        t = bytes(FRAME_30);
        raw[20] ^= 1;
        CHECK_EQ(sl651_confirm(t, 0, true, out), 0);
        CHECK_EQ(sl651_confirm(TEXT(""), 0, true, out), 0);
}

TEST(numbers_keep_their_decimals)
{
        static const uint8_t seven[] = {0x00, 0x01, 0x25, 0x00};

        CHECK_EQ(sl651_read_bcd(seven, 4, 0, 0).milli, 12500000);
        CHECK_EQ(sl651_read_bcd(seven, 4, 3, 0).milli, 12500);
        CHECK_EQ(sl651_read_bcd(seven, 4, 7, 0).milli, 1);      /* 0.00125 */
        CHECK_EQ(sl651_read_bcd(seven, 4, 5, 3).milli, 125000); /* mg, ug */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(crc_is_modbus),
                RUN(link_keep_has_serial_and_time),
                RUN(test_report_of_the_standard),
                RUN(uniform_report_steps_and_has_holes),
                RUN(timed_report),
                RUN(additional_report_of_a_rain_gauge),
                RUN(hourly_reports),
                RUN(slots_by_the_standard_begin_at_the_time),
                RUN(the_way_to_read_slots_can_be_set),
                RUN(negative_and_missing_values),
                RUN(several_stations_and_times),
                RUN(strange_elements_are_stepped_over),
                RUN(many_slots_in_a_uniform_report),
                RUN(functions_have_names),
                RUN(confirmations_are_read_back),
                RUN(packets_of_many_are_named),
                RUN(other_protocols_are_named),
                RUN(every_flipped_bit_is_seen),
                RUN(every_cut_is_seen),
                RUN(an_error_names_the_byte),
                RUN(confirmations_are_the_standards),
                RUN(link_keep_and_broken_frames_get_no_answer),
                RUN(numbers_keep_their_decimals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}

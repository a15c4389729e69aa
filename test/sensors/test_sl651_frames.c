/* Tests of the SL 651 reader against frames that others made.
 *
 * What stands beside a frame was read by hand from its bytes and from the
 * standard's text. */
#include "sl651_frames.h"
#include "sl651_kit.h"

static struct sl651_frame f;
static struct buf raw, said;

static const struct {
        const char *name, *want;
} wants[] = {
        {"std_2F_up", "2F up c1 0012345678 s3 @591011155111 03:"},
        {"std_30_up",
         "30 up c1 0012345678 s3 @591011154947 03: 0012345678/H @5910111549 "
         "PJ 0.5 PT 0.5 Z 0.127 VT 11.15"},
        {"std_30_down_ESC", "30 down c1 0012345678 s3 @591011154947 1B:"},
        {"std_30_down_EOT", "30 down c16 0012345678 s2 @140612021525 04:"},
        {"gt_31_up",
         "31 up c5 0011223344 s49 @170718110005 03: 0011223344/H "
         "@1707181005 Z 0.122 @1707181010 Z 0.122 @1707181015 Z 0.285 "
         "@1707181020 Z 10.49 @1707181025 Z 10.49 @1707181030 Z - "
         "@1707181035 Z - @1707181040 Z - @1707181045 Z - @1707181050 Z - "
         "@1707181055 Z 10.49 @1707181100 Z 10.49"},
        {"gt_32_up",
         "32 up c5 0011223344 s52 @170718110016 03: 0011223344/H @1707181100 "
         "PJ 4 PT 4 Z 10.49 VT 10.99"},
        {"gt_33_up_rain",
         "33 up c16 0012345678 s2 @140612021500 03: 0012345678/P "
         "@1406120120 DRP 0 @1406120125 DRP 0 @1406120130 DRP 0 "
         "@1406120135 DRP 0 @1406120140 DRP 0 @1406120145 DRP 0 "
         "@1406120150 DRP 0 @1406120155 DRP 0 @1406120200 DRP 0 "
         "@1406120205 DRP 0 @1406120210 DRP 0 @1406120215 DRP 0 "
         "PT 2 PJ 1 P1 1 VT 12.09"},
        {"gt_34_up_rain",
         "34 up c16 0012345678 s1 @140612020000 03: 0012345678/P "
         "@1406120105 DRP 0 @1406120110 DRP 0 @1406120115 DRP 0 "
         "@1406120120 DRP 0 @1406120125 DRP 0 @1406120130 DRP 0 "
         "@1406120135 DRP 0 @1406120140 DRP 0 @1406120145 DRP 0 "
         "@1406120150 DRP 0 @1406120155 DRP 0 @1406120200 DRP 0 "
         "PT 0 PJ 0 P1 0 VT 12.9"},
        {"gt_34_up_rainlevel",
         "34 up c16 0012345678 s3 @140612020000 03: 0012345678/H "
         "@1406120105 DRP 0 @1406120110 DRP 0 @1406120115 DRP 0 "
         "@1406120120 DRP 0 @1406120125 DRP 0 @1406120130 DRP 0 "
         "@1406120135 DRP 0 @1406120140 DRP 0 @1406120145 DRP 0 "
         "@1406120150 DRP 0 @1406120155 DRP 0 @1406120200 DRP 0 "
         "@1406120105 DRZ1 27.3 @1406120110 DRZ1 27.3 @1406120115 DRZ1 - "
         "@1406120120 DRZ1 - @1406120125 DRZ1 - @1406120130 DRZ1 - "
         "@1406120135 DRZ1 - @1406120140 DRZ1 - @1406120145 DRZ1 - "
         "@1406120150 DRZ1 - @1406120155 DRZ1 - @1406120200 DRZ1 - "
         "PT 0 PJ 0 P1 0 Z 27.3 VT 12.9 ~definition:93 ~decimals:93"},
        {"gt_35_up", "35 up c1 0012345678 s4 @591011155145 03: text[7]"},
        {"gt_35_up2", "35 up c16 0012345678 s15 @130325095804 03: text[23]"},
        {"gt_37_up",
         "37 up c1 0012345678 s9 @591011161403 03: 0012345678/H @5910111614 "
         "PJ 1.5 PT 1.5 Z 0.122 VT 11.08"},
        {"gt_38_down",
         "38 down c16 0012345678 s0 @130325110533 05: from 1303241000 to "
         "1303251000 ask DRP"},
        {"gt_3A_up_F4",
         "3A up c5 0011223344 s55 @170718110226 03: 0011223344/H "
         "@1707181005 DRP 0.5 @1707181010 DRP 0 @1707181015 DRP 0 "
         "@1707181020 DRP 0 @1707181025 DRP 2 @1707181030 DRP - "
         "@1707181035 DRP - @1707181040 DRP - @1707181045 DRP - "
         "@1707181050 DRP - @1707181055 DRP 0 @1707181100 DRP 0"},
        {"gt_3A_up_F5",
         "3A up c5 0011223344 s56 @170718110235 03: 0011223344/H "
         "@1707181005 DRZ1 0.12 @1707181010 DRZ1 0.12 @1707181015 DRZ1 0.28 "
         "@1707181020 DRZ1 0.49 @1707181025 DRZ1 0.49 @1707181030 DRZ1 - "
         "@1707181035 DRZ1 - @1707181040 DRZ1 - @1707181045 DRZ1 - "
         "@1707181050 DRZ1 - @1707181055 DRZ1 0.49 @1707181100 DRZ1 0.49"},
        {"gt_3A_up_multi",
         "3A up c5 0011223344 s57 @170718110254 03: 0011223344/H @1707181102 "
         "PD 0 PJ 4 PT 4 VT 10.99 Z 10.49"},
        {"gt_3A_down", "3A down c5 0011223344 s0 @170718110230 05: ask DRP"},
        {"gt_44_up",
         "44 up c5 0011223344 s33 @170718101949 03: 0011223344/H @1707181019 "
         "VTA - VTB - VTC - VIA - VIB - VIC -"},
        {"gt_45_up", "45 up c5 0011223344 s34 @170718101955 03: version[17]"},
        {"gt_46_up", "46 up c5 0011223344 s35 @170718102008 03: 0011223344/- "
                     "@170718102008 ZT 1024"},
        {"gt_46_down", "46 down c5 0011223344 s0 @170718102108 05:"},
        {"gt_4A_down", "4A down c5 0011223344 s0 @170718102149 05:"},
        {"gt_4A_up", "4A up c5 0011223344 s37 @170718102149 03:"},
        {"gt_47_down",
         "47 down c5 0011223344 s0 @170718110351 05: parameters[2]"},
        {"gt_47_up", "47 up c5 0011223344 s58 @170718110347 03:"},
        {"ascii_32_up", "32 up c1 5010123456 s1 @260909080000 03: 5010123456/H "
                        "@2609090800 Z 6.38 VT 12.5"},
        {"gt_31_down_ESC", "31 down c5 0011223344 s49 @170718110005 1B:"},
        {"gt_32_down", "32 down c5 0011223344 s52 @170718110016 1B:"},
        {"gt_33_down_EOT", "33 down c16 0012345678 s2 @140612021525 04:"},
        {"gt_34_down_EOT", "34 down c16 0012345678 s1 @140613143853 04:"},
        {"gt_36_down", "36 down c1 0012345678 s0 @170718095255 05:"},
        {"gt_37_down", "37 down c1 0012345678 s0 @170718095404 05:"},
        {"dev_2f", "2F up c0 9876543210 s32264 @221011100747 03: ~centre:2"},
};

static struct text frame(const char *hex)
{
        buf_clear(&raw);
        kit_hex(&raw, hex);
        return buf_as_text(&raw);
}

static const char *want_of(const char *name)
{
        size_t i;

        for (i = 0; i < sizeof wants / sizeof *wants; i++)
                if (strcmp(wants[i].name, name) == 0)
                        return wants[i].want;
        return NULL;
}

static void reads_as(const char *name, const char *hex)
{
        const char *want = want_of(name);
        struct err e = {0};

        if (!want)
                return;
        if (sl651_decode(frame(hex), NULL, &f, &e) != OK)
                fail_msg("%s: %s", name, e.msg);
        if (strcmp(kit_say(&said, &f), want) != 0)
                fail_msg("%s:\nis   %s\nwant %s", name, said.p, want);
}

TEST(every_frame_reads_as_it_stands)
{
        size_t n = 0;

#define X(name, hex)          \
        reads_as(#name, hex); \
        n += want_of(#name) != NULL;
        SL651_FRAMES(X)
#undef X
        CHECK_EQ(n, sizeof wants / sizeof *wants);
}

/* ---- damage ---- */

/* A to a in the check sum's own characters: the same number, and told. */
static bool is_other_case(struct text t, size_t at)
{
        return t.p[0] == SL651_SOH && at >= t.n - 4 && f.n_deviations == 1 &&
               f.deviation[0].kind == SL651_DEV_LOWER_CASE &&
               f.deviation[0].at == at;
}

static void no_flip_passes(const char *name, const char *hex)
{
        struct text t = frame(hex);
        size_t bit;

        for (bit = 0; bit < t.n * 8; bit++) {
                raw.p[bit / 8] ^= (char)(1 << bit % 8);
                if (sl651_decode(t, NULL, &f, NULL) == OK &&
                    !is_other_case(t, bit / 8))
                        fail_msg("%s: bit %zu flipped and not seen", name, bit);
                raw.p[bit / 8] ^= (char)(1 << bit % 8);
        }
}

/* CRC-16 sees every single bit; what it does not cover (start, length, end
 * character) must not lead past it. */
TEST(every_flipped_bit_is_seen)
{
        CHECK_EQ(sl651_decode(frame("7E7E00123456780112343080080200035910111549"
                                    "471B75D4"),
                              NULL, &f, NULL),
                 OK);
#define X(name, hex) no_flip_passes(#name, hex);
        SL651_FRAMES(X)
#undef X
}

static void no_cut_passes(const char *name, const char *hex)
{
        struct text t = frame(hex);

        while (t.n-- > 0)
                if (sl651_decode(t, NULL, &f, NULL) == OK)
                        fail_msg("%s: cut at %zu and not seen", name, t.n);
}

TEST(every_cut_is_seen)
{
#define X(name, hex) no_cut_passes(#name, hex);
        SL651_FRAMES(X)
#undef X
        CHECK_EQ(sl651_decode((struct text){NULL, 0}, NULL, &f, NULL),
                 ERR_SYNTAX);
}

/* ---- deviations ---- */

#define HEAD "0001231020030000F1F1001234567850F0F02310200300"
typedef void kit_build(struct buf *out, uint8_t function, const char *body);

/* The message of these words is read, and told as wanted. */
static void reads(kit_build *build, uint8_t function, const char *body,
                  const char *want)
{
        struct err e = {0};
        const char *told;

        build(&raw, function, body);
        if (sl651_decode(buf_as_text(&raw), NULL, &f, &e) != OK)
                fail_msg("%02X %s: %s", function, body, e.msg);
        kit_say(&said, &f);
        told = strchr(said.p, ':');
        if (!told || strcmp(told, want) != 0)
                fail_msg("%02X %s: read \"%s\", want \"%s\"", function, body,
                         told ? told : said.p, want);
}

#define READS(function, body, want) reads(kit_frame, function, body, want)
#define READS_ASCII(function, body, want) reads(kit_ascii, function, body, want)

TEST(what_departs_from_annex_c_is_read_and_told)
{
        const struct sl651_deviation *d = f.deviation;

        READS(0x32, HEAD "391A123456",
              ": 0012345678/P @2310200300 Z 1234.56 ~definition:38 "
              "~decimals:38");
        CHECK_EQ(d[0].kind, SL651_DEV_DEFINITION);
        READS(0x32, HEAD "3923AAAAAAAA",
              ": 0012345678/P @2310200300 Z - "
              "~fill_aa:39");
        READS(0x32, HEAD "3923000B0000 3812 1109",
              ": 0012345678/P @2310200300 Z - VT 11.09 ~not_bcd:40");
        READS(0x32, HEAD "392392345678",
              ": 0012345678/P @2310200300 Z 92345.678! ~padding:39 ~range:39");
        READS(0x32, HEAD "3923FF001234",
              ": 0012345678/P @2310200300 Z -1.234 ~minus:39");
        READS(0x32, HEAD "392BFF00001234",
              ": 0012345678/P @2310200300 Z -1.234");
        READS(0x32, HEAD "0219FF0055", /* N(3,1) has two bytes */
              ": 0012345678/P @2310200300 AI -5.5");
        READS(0x32, HEAD "2219009999",
              ": 0012345678/P @2310200300 PN05 999.9! ~range:39");
        READS(0x32, HEAD "7A080139230000 1000",
              ": 0012345678/P @2310200300 Z 1 ~unknown_lead:37");
        READS(0x32, HEAD "FFA0111234392300001000",
              ": 0012345678/P @2310200300 Z 1 ~unknown_user:37");
        READS(0x32, HEAD "3900", ": ~definition:37");
        READS(0x32, HEAD "4520FFFFFFFF", ": 0012345678/P @2310200300 ZT -");
        READS(0x32, HEAD "4520AAAAAAAA",
              ": 0012345678/P @2310200300 ZT - ~fill_aa:39");
        READS(0x32, HEAD "052831312E3031", ": 0012345678/P @2310200300 DT 661");
        READS(0x32, HEAD "052831312E3930",
              ": 0012345678/P @2310200300 DT - ~not_bcd:39");
        READS(0x32, HEAD "05121101",
              ": 0012345678/P @2310200300 DT 661 ~definition:38 ~decimals:38");
        READS(0x32, HEAD "503C00000012FFFFFF",
              ": 0012345678/P @2310200300 "
              "CU - ~not_bcd:43 "
              "~definition:38");
}

TEST(what_stands_around_is_told)
{
        struct err e = {0};

        READS(0x32, "0000231020030000F1F1001234567858F0F02310200300",
              ": ~serial:14 ~class:24");
        READS(0x32, "0001231020030000F0F02310200300381211 09",
              ": 0012345678/- @2310200300 VT 11.09 ~no_station:24");
        READS(0x32, "0001231020030000F1F1001234567850F0F02310200301",
              ": ~obs_after_sent:32");
        READS(0x32, HEAD "F1F1001234567848F0F02310200300",
              ": ~class_changes:39");
        READS(0x32, HEAD "F1F1440981000048F0F02310200300", ": ~address:39");
        READS(0x37, "0001231020030000F1F1001234567848 38121109",
              ": 0012345678/H @2310200300 VT 11.09 ~no_time:32");
        READS(0x60, "0102", ": raw[2] ~function:10");
        READS(0xE1, "0001231020030000 0102", ": raw[2]");
        READS(0x2F, "000123102003000001", ": raw[1] ~trailing:22");
        READS(0x31, HEAD "392300001000",
              ": 0012345678/P @2310200300 Z 1 ~step:37");
        buf_str(&raw, "\r\n");
        CHECK_EQ(sl651_decode(buf_as_text(&raw), NULL, &f, &e), OK);
        CHECK_EQ(f.deviation[0].kind, SL651_DEV_TRAILING);
        buf_str(&raw, "x");
        CHECK_EQ(sl651_decode(buf_as_text(&raw), NULL, &f, &e), ERR_SIZE);
}

TEST(the_end_character_tells_the_way)
{
        struct sl651_head h = {.centre = 5,
                               .address = "0012345678",
                               .function = 0x2F,
                               .downlink = false};
        struct buf body = {.limit = 0};

        kit_hex(&body, "0001231020030000");
        h.end = SL651_ESC; /* up, as the nibble says, with a centre's end */
        buf_clear(&raw);
        CHECK_EQ(sl651_seal(&h, buf_as_text(&body), &raw, NULL), OK);
        CHECK_EQ(sl651_decode(buf_as_text(&raw), NULL, &f, NULL), OK);
        CHECK_STR(kit_say(&said, &f),
                  "2F up c5 0012345678 s1 @231020030000 1B: ~end:22");
        raw.p[11] = (char)0x80; /* down, but ETX: a terminal speaks */
        raw.p[22] = SL651_ETX;
        raw.p[23] = (char)(sl651_crc(raw.p, 23) >> 8);
        raw.p[24] = (char)sl651_crc(raw.p, 23);
        CHECK_EQ(sl651_decode(buf_as_text(&raw), NULL, &f, NULL), OK);
        CHECK_STR(kit_say(&said, &f),
                  "2F up c5 0012345678 s1 @231020030000 03: ~direction:11");
        buf_done(&body);
}

#define HEAD_A "0001231020030000ST 0012345678 P TT 2310200300 "

TEST(ascii_is_read_as_far_as_it_goes)
{
        READS_ASCII(0x32, HEAD_A "Z -1.234 AI M PT 12.5 ",
                    ": 0012345678/P @2310200300 Z -1.234 AI - PT 12.5");
        READS_ASCII(0x32, HEAD_A "Z 1.2345",
                    ": 0012345678/P @2310200300 Z 1.235 ~no_last_blank:78 "
                    "~decimals:72");
        READS_ASCII(0x32, HEAD_A "Z  1.2 VT x ",
                    ": 0012345678/P @2310200300 Z 1.2 VT - ~blanks:72 "
                    "~not_bcd:80");
        READS_ASCII(0x32, HEAD_A "XYZ 7 ZT 0000004a ",
                    ": 0012345678/P @2310200300 ZT 74 ~unknown_lead:70 "
                    "~lower_case:86");
        READS_ASCII(0x32, HEAD_A "CU 0.0012 DT 11.01 ",
                    ": 0012345678/P @2310200300 CU 1.2 DT 661");
        READS_ASCII(0x31, HEAD_A "DRN05 Z 0.122 M 0.5 ",
                    ": 0012345678/P @2310200300 Z 0.122 @2310200305 Z - "
                    "@2310200310 Z 0.5");
        READS_ASCII(0x35, "0001231020030000RGZS Q 1.234", ": text[7]");
        READS_ASCII(0x34, HEAD_A "DRP 0500000014FF000000000001 ",
                    ": 0012345678/P @2310200205 DRP 0.5 @2310200210 DRP 0 "
                    "@2310200215 DRP 0 @2310200220 DRP 0 @2310200225 DRP 2 "
                    "@2310200230 DRP - @2310200235 DRP 0 @2310200240 DRP 0 "
                    "@2310200245 DRP 0 @2310200250 DRP 0 @2310200255 DRP 0 "
                    "@2310200300 DRP 0.1");
}

/* ---- vendors ---- */

TEST(a_vendor_table_gives_meaning)
{
        static const struct sl651_vendor v = {
                .name = "acme",
                .n = 3,
                .row = {{0x007A, ELEMENT_VT, false, 1, 1000},
                        {0xFF10, ELEMENT_M20, false, SL651_DECIMALS_GIVEN,
                         1000},
                        {0xFFA0, ELEMENT_Z, true, 2, 1000}}};
        struct sl651_how how = {SL651_SLOTS_AUTO, &v};

        kit_frame(&raw, 0x32,
                  HEAD "7A100123 FF10110255 FFA01004D2 FFA010FFFF "
                       "FFB00801");
        CHECK_EQ(sl651_decode(buf_as_text(&raw), &how, &f, NULL), OK);
        CHECK_STR(strchr(kit_say(&said, &f), ':'),
                  ": 0012345678/P @2310200300 VT 12.3 M20 25.5 Z 12.34 Z - "
                  "~unknown_user:56");
        CHECK_EQ(f.n_skipped, 1);
}

/* ---- many packets ---- */

static struct buf packets[5];
static struct text list[6];

static void cut_picture(void **unused_state, const char *picture, size_t n)
{
        struct buf body = {.limit = 0};
        uint32_t k;

        sl651_frame_init(&f, 0x36, "0012345678", kit_time("231020030000"));
        sl651_frame_span(&f, SL651_SPAN_PICTURE, (struct text){picture, n},
                         kit_time("2310200300"));
        CHECK_EQ(sl651_encode_body(&f, NULL, &body, NULL), OK);
        CHECK_EQ(sl651_packets(body.n, 100), 5);
        for (k = 0; k < 5; k++) {
                buf_clear(&packets[k]);
                CHECK_EQ(sl651_packet(&f.head, buf_as_text(&body), 100, k + 1,
                                      false, &packets[k], NULL),
                         OK);
                list[k] = buf_as_text(&packets[k]);
        }
        buf_done(&body);
}

TEST(packets_in_any_order_are_one_picture)
{
        char picture[440];
        struct buf body = {.limit = 0};
        struct sl651_head h;
        struct sl651_missing m;
        struct err e = {0};
        struct text t;
        size_t i;

        for (i = 0; i < sizeof picture; i++)
                picture[i] = (char)(i * 7);
        cut_picture(unused_state, picture, sizeof picture);
        CHECK_EQ(packets[0].p[packets[0].n - 3], SL651_ETB);
        CHECK_EQ(packets[4].p[packets[4].n - 3], SL651_ETX);
        t = list[0];
        list[0] = list[3];
        list[3] = t;
        list[5] = list[1]; /* the same again */
        CHECK_EQ(sl651_assemble(list, 6, &body, &h, &m, &e), OK);
        CHECK_EQ(m.n, 0);
        CHECK_EQ(sl651_decode_message(&h, buf_as_text(&body), NULL, &f, &e),
                 OK);
        CHECK_EQ(f.n_spans, 1);
        CHECK_EQ(f.span[0].kind, SL651_SPAN_PICTURE);
        CHECK_EQ(f.span[0].n, sizeof picture);
        CHECK_EQ(f.span[0].time_us, kit_time("2310200300"));
        CHECK(memcmp(f.bytes.p + f.span[0].at, picture, sizeof picture) == 0);
        buf_done(&body);
}

TEST(missing_and_foreign_packets_are_named)
{
        char picture[440] = {0};
        struct buf body = {.limit = 0};
        struct sl651_head h;
        struct sl651_missing m;
        struct err e = {0};
        struct text two[2];

        cut_picture(unused_state, picture, sizeof picture);
        two[0] = list[1];
        two[1] = list[4];
        CHECK_EQ(sl651_assemble(two, 2, &body, &h, &m, &e), ERR_TOO_FEW);
        CHECK_EQ(m.packets, 5);
        CHECK_EQ(m.n, 3);
        CHECK_EQ(m.packet[0], 1);
        CHECK_EQ(m.packet[1], 3);
        CHECK_EQ(m.packet[2], 4);
        CHECK_EQ(sl651_assemble(NULL, 0, &body, &h, &m, &e), ERR_TOO_FEW);
        two[1] = frame("7E7E01001234567812342F0008020003591011155111036BCA");
        CHECK_EQ(sl651_assemble(two, 2, &body, &h, &m, &e), ERR_MISMATCH);
        /* Another second packet under the same head. */
        buf_clear(&raw);
        buf_text(&raw, list[1]);
        raw.p[20] ^= 1;
        raw.p[raw.n - 2] = (char)(sl651_crc(raw.p, raw.n - 2) >> 8);
        raw.p[raw.n - 1] = (char)sl651_crc(raw.p, raw.n - 2);
        two[1] = buf_as_text(&raw);
        CHECK_EQ(sl651_assemble(two, 2, &body, &h, &m, &e), ERR_CONFLICT);
        body.limit = 300;
        CHECK_EQ(sl651_assemble(list, 5, &body, &h, &m, &e), ERR_SIZE);
        buf_done(&body);
}

/* ---- answers ---- */

TEST(answers_name_the_packet_and_speak_the_terminals_encoding)
{
        uint8_t b[SL651_ANSWER_MAX];
        size_t n;

        CHECK_EQ(sl651_decode(frame("7E7E010012345678123430002B02000359101115"
                                    "4947F1F1001234567848F0F0591011154920190000"
                                    "052619000005392300000127381211150320FA"),
                              NULL, &f, NULL),
                 OK);
        n = sl651_answer(&f.head, 0, kit_time("231020030000"), SL651_NAK, 13, 2,
                         b);
        CHECK_EQ(n, 28);
        CHECK_EQ(sl651_decode((struct text){(char *)b, n}, NULL, &f, NULL), OK);
        CHECK(f.head.downlink && f.head.many);
        CHECK_EQ(f.head.end, SL651_NAK);
        CHECK_EQ(f.head.packet, 2);
        CHECK_EQ(f.head.packets, 13);
        kit_ascii(&raw, 0x32, HEAD_A);
        CHECK_EQ(sl651_decode(buf_as_text(&raw), NULL, &f, NULL), OK);
        n = sl651_answer(&f.head, f.serial, kit_time("231020030000"), SL651_EOT,
                         0, 0, b);
        CHECK_EQ(sl651_decode((struct text){(char *)b, n}, NULL, &f, NULL), OK);
        CHECK_STR(kit_say(&said, &f),
                  "32 down c1 0012345678 s1 @231020030000 04:");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                RUN(every_frame_reads_as_it_stands),
                RUN(every_flipped_bit_is_seen),
                RUN(every_cut_is_seen),
                RUN(what_departs_from_annex_c_is_read_and_told),
                RUN(what_stands_around_is_told),
                RUN(the_end_character_tells_the_way),
                RUN(ascii_is_read_as_far_as_it_goes),
                RUN(a_vendor_table_gives_meaning),
                RUN(packets_in_any_order_are_one_picture),
                RUN(missing_and_foreign_packets_are_named),
                RUN(answers_name_the_packet_and_speak_the_terminals_encoding),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
